//! Faults in real time: from the command line, and switched by a handle in the middle of a connection.

use crate::harness::{Folder, Modemtwin, command, output};
use daemon::{
    Config, Endpoint, Twin,
    faults::{Fault, Lift},
    runtime,
};
use modemtwin::{dte::Dte, sockets::plain_echo};
use rustix::process::Signal;
use std::{fs, thread};

fn fault(text: &str) -> Fault {
    text.parse().unwrap_or_else(|e| panic!("{e}"))
}

/// Types a line and hears everything up to `end`.
fn ask(dte: &mut Dte, line: &str, end: &str) -> String {
    dte.say(format!("{line}\r").as_bytes()).unwrap();
    String::from_utf8(dte.hear_until(end.as_bytes()).unwrap()).unwrap()
}

#[test]
fn the_command_line_makes_connections_fail() {
    let (port, folder) = (plain_echo().unwrap(), Folder::new("faults"));
    let trace = folder.arg("trace");
    let faults = ["--fault=net.refuse nth=2", "--fault=error.573 on=QIACT"];
    let modem =
        Modemtwin::start(&[&["--port=uart1=tcp:127.0.0.1:0", "--trace", &trace], &faults[..]].concat());
    let mut dte = modem.dte("uart1");
    assert!(ask(&mut dte, "ATE0", "OK\r\n").ends_with("\r\nOK\r\n"));
    assert_eq!(ask(&mut dte, "AT+QIACT=1", "R\r\n"), "\r\nERROR\r\n");
    assert_eq!(ask(&mut dte, "AT+QIACT=1", "OK\r\n"), "\r\nOK\r\n");
    for (id, code) in [(0, 0), (1, 566), (1, 0)] {
        let urc = format!("+QIOPEN: {id},{code}\r\n");
        ask(&mut dte, &format!("AT+QIOPEN=1,{id},\"TCP\",\"127.0.0.1\",{port}"), &urc);
    }
    modem.stop(Signal::TERM);
    let trace = fs::read_to_string(trace).unwrap();
    assert!(trace.contains("connection refused (injected by fault net.refuse)"), "{trace}");
}

#[test]
fn a_handle_switches_faults_in_mid_connection() {
    let port = plain_echo().unwrap();
    let runtime = runtime().unwrap();
    let endpoint = Endpoint::Tcp { host: "127.0.0.1".into(), port: 0 };
    let mut config = Config::default();
    config.ports[0].1 = endpoint;
    runtime.block_on(async {
        let twin = Twin::start(config).unwrap();
        let place = twin.ports()[0].1.clone();
        // The host blocks; the module goes on in this thread.
        let host = move |act: fn(&mut Dte, u16), mut dte: Dte| {
            thread::spawn(move || {
                act(&mut dte, port);
                dte
            })
        };
        let joined = |thread: thread::JoinHandle<Dte>| async {
            tokio::task::spawn_blocking(move || thread.join().unwrap()).await.unwrap()
        };
        let dte = tokio::task::spawn_blocking(move || Dte::open(&place).unwrap()).await.unwrap();
        let open = |dte: &mut Dte, port: u16| {
            ask(dte, "AT+QIACT=1", "OK\r\n");
            ask(dte, &format!("AT+QIOPEN=1,0,\"TCP\",\"127.0.0.1\",{port},0,2"), "CONNECT\r\n");
            dte.say(b"before").unwrap();
            assert_eq!(dte.hear_exactly(6).unwrap(), b"before");
        };
        let dte = joined(host(open, dte)).await;
        let id = twin.inject(fault("net.reset_peer bytes=3 dir=down")).await.unwrap();
        assert_eq!(twin.inject(fault("preset.cat1 after=1h")).await.unwrap(), id + 1);
        let faults = twin.faults().await.unwrap();
        assert!(faults[0].is_on && !faults[1].is_on, "{faults:?}");
        assert_eq!(faults[1].asked, "preset.cat1 after=1h");
        let broken = |dte: &mut Dte, _: u16| {
            dte.say(b"after it").unwrap();
            assert_eq!(dte.hear_exactly(15).unwrap(), b"aft\r\nNO CARRIER");
        };
        let dte = joined(host(broken, dte)).await;
        let faults = twin.faults().await.unwrap();
        assert_eq!((faults[0].id, faults[0].hits), (id, 1));
        assert_eq!(twin.lift(Lift::Id(id)).await, Some(1));
        assert!(twin.lift(Lift::parse("preset.cat1")).await.unwrap() > 1);
        assert_eq!(twin.faults().await, Some(Vec::new()));
        drop(dte);
        twin.stop().await;
    });
}

#[test]
fn faults_are_listed_and_mistakes_explained() {
    let list = output(&["faults"]);
    let text = String::from_utf8(list.stdout).unwrap();
    assert!(
        list.status.success() && text.contains("net.reset_peer ") && text.contains("error.574 "),
        "{text}"
    );
    let one = String::from_utf8(output(&["faults", "net.latency"]).stdout).unwrap();
    assert!(one.contains("ms=0 to 600000") && !one.contains("net.loss"), "{one}");
    assert_eq!(output(&["faults", "nothing"]).status.code(), Some(1));
    let wrong = command(&["--fault", "net.latency ms=x"]).output().unwrap();
    let said = String::from_utf8(wrong.stderr).unwrap();
    assert!(wrong.status.code() == Some(2) && said.contains("column 16: `x` is no `ms`"), "{said}");
}
