//! The harness as the test of a driver uses it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests: what fails here fails the test")]

use modemtwin_harness::{AtPort, Coverage, HostPort, ModemTwin, Severity};
use std::{
    io::{ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    panic::{AssertUnwindSafe, catch_unwind},
};

/// A line that ends with OK, or with ERROR.
fn say(port: &mut HostPort, line: &str) -> String {
    port.write_all(format!("{line}\r").as_bytes()).unwrap();
    let mut heard = String::new();
    while !heard.ends_with("OK\r\n") && !heard.ends_with("ERROR\r\n") {
        heard += &port.hear("\r\n");
    }
    heard
}

#[test]
fn a_module_is_built_looked_at_and_driven() {
    let twin = ModemTwin::builder().model("ec800m-cn").file("a", "one").clock(86_400).spawn().unwrap();
    let mut port = twin.open().unwrap();
    assert!(say(&mut port, "ATI").contains("EC800M"));
    assert_eq!(twin.state().model, "EC800M-CN");
    assert!(say(&mut port, "AT+CCLK?").contains("+CCLK: \"70/01/02,"));
    twin.set_clock(0);
    assert!(twin.state().clock.unix < 60);
    twin.put_file("b", "other");
    assert_eq!(twin.read_file("UFS:b").unwrap(), b"other");
    twin.remove_file("a");
    assert_eq!(twin.files().len(), 1);
    twin.set_signal(3);
    assert!(say(&mut port, "AT+CSQ").contains("+CSQ: 3,99"));
    twin.set_coverage(Coverage::None);
    twin.remove_sim();
    assert!(twin.state().sim.is_none());
    twin.insert_sim(Some("4711"));
    twin.insert_sim(None);
    twin.set_coverage(Coverage::Home);
    twin.wait_until("it is registered", |twin| twin.state().network.registration == 1);
    say(&mut port, "AT+QIACT=1");
    twin.drop_pdp(1);
    twin.wait_until("the context is lost", |twin| twin.pdp_contexts()[0].is_lost);
    twin.set_dtr(AtPort::Uart1, false);
    assert!(!twin.ports()[0].host_lines.dtr);
    assert_eq!(twin.add_fault("net.latency ms=5"), 1);
    assert_eq!(twin.end_faults("all"), 1);
    assert!(twin.sockets().is_empty() && twin.socket(4).is_none());
    drop(port);
    twin.wait_until("the host has left", |twin| !twin.ports()[0].is_attached);
    twin.finish();
}

#[test]
fn what_breaks_on_the_real_module_fails_the_test() {
    let misprint = |builder: modemtwin_harness::Builder| {
        let twin = builder.spawn().unwrap();
        let mut port = twin.open().unwrap();
        assert!(say(&mut port, "AT+QSSLCF=\"sni\",1,0").ends_with("OK\r\n"));
        assert_eq!(twin.lint()[0].rule.severity, Severity::Error);
        twin
    };
    for end in [ModemTwin::finish, drop::<ModemTwin>] {
        let twin = misprint(ModemTwin::builder());
        let failed = catch_unwind(AssertUnwindSafe(|| end(twin))).unwrap_err();
        let text = failed.downcast_ref::<String>().unwrap();
        assert!(text.contains("breaks on the real module") && text.contains("[misprint]"), "{text}");
    }
    let twin = ModemTwin::builder().ignore_lint("misprint").spawn().unwrap();
    say(&mut twin.open().unwrap(), "AT+QSSLCF=\"sni\",1,0");
    twin.finish();
}

#[test]
fn failures_are_explained() {
    let twin = ModemTwin::builder().ignore_lint("use-before-open").spawn().unwrap();
    say(&mut twin.open().unwrap(), "AT+QISEND=3,5");
    let failed = catch_unwind(AssertUnwindSafe(|| twin.assert_no_failures())).unwrap_err();
    assert!(failed.downcast_ref::<String>().unwrap().contains("[not_connected]"));
}

#[test]
fn a_fault_too_many_is_refused_with_words() {
    let twin = ModemTwin::builder().spawn().unwrap();
    for id in 1..=256 {
        assert_eq!(twin.add_fault("net.refuse after=1h"), id);
    }
    let failed = catch_unwind(AssertUnwindSafe(|| twin.add_fault("net.refuse"))).unwrap_err();
    assert_eq!(failed.downcast_ref::<String>().unwrap(), "net.refuse: a module takes 256 faults at a time");
    assert_eq!(twin.end_faults("all"), 256);
    let builder = (0..257).fold(ModemTwin::builder(), |builder, _| builder.fault("net.refuse"));
    let error = builder.spawn().err().unwrap().to_string();
    assert_eq!(error, "fault net.refuse: a module takes 256 faults at a time (ask for fewer)");
}

#[test]
fn what_cannot_be_had_is_said() {
    for (builder, said) in [
        (ModemTwin::builder().model("EC200"), "model: `EC200` is not known (write EC200M-CN"),
        (ModemTwin::builder().port(AtPort::Uart1, "usb"), "unknown kind of endpoint"),
        (ModemTwin::builder().fault("net.nothing"), "net.nothing"),
        (ModemTwin::builder().ignore_lint("none"), "no rule is called `none`"),
        (ModemTwin::builder().file("*", ""), "UFS:*: invalid file name"),
    ] {
        let error = builder.spawn().err().unwrap().to_string();
        assert!(error.contains(said), "{error}");
    }
}

/// A plain connection from socket 0, seen by its server.
fn connected(port: &mut HostPort, listener: &TcpListener) -> TcpStream {
    let number = listener.local_addr().unwrap().port();
    say(port, &format!("AT+QIOPEN=1,0,\"TCP\",\"127.0.0.1\",{number}"));
    port.hear("+QIOPEN: 0,0\r\n");
    listener.accept().unwrap().0
}

/// The server's end stays open and silent.
fn hears_nothing(server: &mut TcpStream) {
    server.set_nonblocking(true).unwrap();
    assert_eq!(server.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn faults_are_as_real_for_the_server() {
    let twin = ModemTwin::builder().spawn().unwrap();
    let mut port = twin.open().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    say(&mut port, "AT+QIACT=1");

    let mut server = connected(&mut port, &listener);
    twin.add_fault("net.reset_peer");
    assert_eq!(server.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    twin.end_faults("all");
    port.hear("\"closed\",0\r\n");
    say(&mut port, "AT+QICLOSE=0");

    let mut server = connected(&mut port, &listener);
    twin.add_fault("net.limit_data bytes=3");
    server.write_all(b"four").unwrap();
    assert_eq!(server.read(&mut [0]).unwrap(), 0, "FIN");
    twin.end_faults("all");
    port.hear("\"closed\",0\r\n");
    say(&mut port, "AT+QICLOSE=0");

    let mut server = connected(&mut port, &listener);
    twin.add_fault("module.reboot");
    port.hear("RDY\r\n");
    hears_nothing(&mut server);
    port.hear("PB DONE\r\n");

    say(&mut port, "AT+QIACT=1");
    let mut server = connected(&mut port, &listener);
    twin.drop_pdp(1);
    port.hear("\"pdpdeact\",1\r\n");
    hears_nothing(&mut server);
}
