//! `modemtwin ctl` as a person or a script would use it.

use crate::{
    control::start,
    harness::{Folder, Modemtwin, command, output, succeeds},
    servers::Server,
    transfer::{Host, Item},
};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Command, Output, Stdio},
};

fn run(modem: &Modemtwin, args: &[&str]) -> Output {
    command(&[&["ctl"], args].concat()).env("MODEMTWIN_CONTROL", modem.control()).output().unwrap()
}

fn ctl(modem: &Modemtwin, args: &[&str]) -> String {
    let out = run(modem, args);
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

#[test]
fn dtr_of_a_pty_goes_off_by_ctl() {
    let server = Server::rustls();
    let (modem, _) = start(&["--port=uart1=pty"]);
    let mut host = Host::prepare(&modem, "uart1", &server);

    // AT&D1: command mode, and the connection stays (D24).
    host.ok("AT&D1");
    host.open(&server, 2);
    assert_eq!(ctl(&modem, &["lines", "uart1"]), "DTR RTS DCD DSR CTS on\n");
    assert!(ctl(&modem, &["ports"]).contains("host, online, socket 4"));
    assert_eq!(ctl(&modem, &["lines", "uart1", "dtr", "off"]), "RTS DCD DSR CTS on\n");
    assert_eq!(host.item(), Item::Line("OK".into()));
    let sockets = ctl(&modem, &["sockets"]);
    assert!(
        sockets.starts_with("4  SSLClient ") && sockets.contains(", Connected\n   buffer mode, by uart1, "),
        "{sockets}"
    );
    ctl(&modem, &["lines", "uart1", "dtr", "on"]);
    assert_eq!(host.0.hear(1, std::time::Duration::ZERO).unwrap_err().kind(), std::io::ErrorKind::TimedOut);

    // AT&D2: the connection is closed.
    host.ok("AT&D2");
    host.say("ATO");
    assert_eq!(host.item(), Item::Line("CONNECT".into()));
    ctl(&modem, &["lines", "uart1", "dtr", "off"]);
    assert_eq!(host.item(), Item::Line("NO CARRIER".into()));
    assert_eq!(ctl(&modem, &["sockets"]), "none\n");
    // A second time it is no edge, and nothing happens.
    ctl(&modem, &["lines", "uart1", "dtr", "off"]);
    host.ok("AT");

    // AT&D0: nothing happens; what is sent afterwards goes through.
    ctl(&modem, &["lines", "uart1", "dtr", "on"]);
    host.ok("AT&D0");
    host.open(&server, 2);
    ctl(&modem, &["lines", "uart1", "dtr", "off"]);
    host.0.say(b"echo").unwrap();
    assert_eq!(host.0.hear_exactly(4).unwrap(), b"echo");
}

#[test]
fn rts_of_a_tcp_port_holds_the_module_back() {
    let (modem, _) = start(&["--port=uart1=tcp:127.0.0.1:0"]);
    let mut host = modem.dte("uart1");
    host.command("AT+IFC=2,2").unwrap();
    ctl(&modem, &["lines", "uart1", "rts", "off"]);
    host.say(b"AT\r").unwrap();
    // The answer waits in the module: the port says so.
    let unsent = || {
        serde_json::from_str::<Value>(&ctl(&modem, &["--json", "ports"])).unwrap()["ports"][0]["unsent"]
            .clone()
    };
    while unsent() == 0 {}
    ctl(&modem, &["lines", "uart1", "rts", "on"]);
    assert_eq!(host.hear_until(b"OK\r\n").unwrap(), b"AT\r\r\nOK\r\n");
}

#[test]
fn everything_can_be_seen_and_done() {
    let folder = Folder::new("ctl");
    let (modem, _) = start(&["--port=uart1=pty", "--clock=2026-03-01T12:00:00Z", "--lint=/dev/null"]);
    let state = ctl(&modem, &["state"]);
    assert!(state.starts_with("module     module0, EC200N-CN, default\n"), "{state}");
    assert!(state.contains("registered at home, signal 29, coverage home\n"), "{state}");
    assert!(ctl(&modem, &["modules"]).starts_with("module0  uart1 pty /dev/pts/"));
    assert_eq!(ctl(&modem, &["pdp"]), "1  not active, APN \"\"\n");
    assert!(ctl(&modem, &["ssl"]).starts_with("0  sslversion 4, ciphersuite 0XFFFF, "));

    let (from, to) = (folder.arg("from"), folder.arg("to"));
    fs::write(&from, b"some\0bytes").unwrap();
    ctl(&modem, &["files", "put", "a.bin", &from]);
    assert_eq!(ctl(&modem, &["files"]), "      10  a.bin\n  282624  free of 286720\n");
    assert_eq!(ctl(&modem, &["files", "get", "UFS:a.bin"]), "some\0bytes");
    ctl(&modem, &["files", "get", "a.bin", &to]);
    assert_eq!(fs::read(&to).unwrap(), b"some\0bytes");
    ctl(&modem, &["files", "rm", "a.bin"]);
    assert_eq!(ctl(&modem, &["files", "ls"]), "  286720  free of 286720\n");

    assert!(ctl(&modem, &["clock", "2030-01-01T00:00:00Z"]).starts_with("2030-01-01T00:00:0"));
    assert_eq!(ctl(&modem, &["signal", "3"]), "registered at home, signal 3, coverage home\n");
    assert_eq!(ctl(&modem, &["network", "none"]), "searching, signal 99, coverage none\n");
    assert!(ctl(&modem, &["pdp", "refuse"]).ends_with(", PDP contexts refused\n"));
    assert!(!ctl(&modem, &["pdp", "accept"]).contains("refused"));
    assert_eq!(ctl(&modem, &["fault"]), "none\n");
    assert_eq!(ctl(&modem, &["fault", "add", "net.latency", "ms=5"]), "fault 1\n");
    assert_eq!(ctl(&modem, &["fault", "ls"]), "1  net.latency ms=5, on, struck 0 times\n");
    assert_eq!(ctl(&modem, &["fault", "rm", "net"]), "1 ended\n");
    assert_eq!(ctl(&modem, &["fault", "add", "preset.tunnel", "after=1h"]), "fault 2\n");
    let listed = ctl(&modem, &["fault"]);
    assert!(
        listed.starts_with("2  net.timeout for=30s after=1h, of preset.tunnel after=1h, to come"),
        "{listed}"
    );
    assert_eq!(ctl(&modem, &["fault", "off", "preset.tunnel"]), "2 ended\n");
    assert_eq!(ctl(&modem, &["lint"]), "none\n");
    assert!(ctl(&modem, &["coverage"]).starts_with("commands:\nnone\nresults:\n"));
    assert_eq!(ctl(&modem, &["why"]), "none\n");
    assert_eq!(ctl(&modem, &["sim", "remove"]), "no card\n");
    assert_eq!(ctl(&modem, &["sim", "insert", "4711"]), "wants its PIN, 3 tries left\n");
    assert_eq!(ctl(&modem, &["sim"]), "wants its PIN, 3 tries left\n");
    ctl(&modem, &["power", "key"]);
    assert!(ctl(&modem, &["state"]).contains("power      off"));
    let json: Value = serde_json::from_str(&ctl(&modem, &["state", "--json"])).unwrap();
    assert_eq!(json["power"], "off");
    ctl(&modem, &["stop"]);
    assert_eq!(modem.wait().code(), Some(0));
}

#[test]
fn why_without_a_trace_asks_the_interface() {
    let (modem, _) = start(&["--port=uart1=tcp:127.0.0.1:0"]);
    modem.dte("uart1").command("AT+QISEND=3,5").unwrap();
    let out = command(&["why"]).env("MODEMTWIN_CONTROL", modem.control()).output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(text.contains(" uart1 AT+QISEND ") && text.contains("[not_connected]"), "{text}");
    let lost = command(&["why"]).env_remove("MODEMTWIN_CONTROL").output().unwrap();
    assert_eq!(lost.status.code(), Some(1));
    assert!(String::from_utf8(lost.stderr).unwrap().contains("give a trace, or set MODEMTWIN_CONTROL"));
}

#[test]
fn events_come_as_they_happen() {
    let (modem, _) = start(&["--port=uart1=tcp:127.0.0.1:0"]);
    let mut reader = command(&["ctl", "events", "--kind", "host"])
        .env("MODEMTWIN_CONTROL", modem.control())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(reader.stdout.take().unwrap()).lines();
    let mut host = modem.dte("uart1");
    // Until the reader is there: what came before it is not told.
    let heard = std::thread::spawn(move || lines.next().unwrap().unwrap());
    while !heard.is_finished() {
        host.say(b"AT\r").unwrap();
        host.hear_until(b"OK\r\n").unwrap();
    }
    let line: Value = serde_json::from_str(&heard.join().unwrap()).unwrap();
    assert_eq!((&line["kind"], &line["data"]), (&"host".into(), &"AT\r".into()));
    reader.kill().unwrap();
    reader.wait().unwrap();
}

#[test]
fn what_does_not_work_has_a_code_of_its_own() {
    let (modem, _) = start(&[]);
    let said = |out: Output| (out.status.code(), String::from_utf8(out.stderr).unwrap());
    let (code, text) = said(run(&modem, &["files", "get", "none"]));
    assert_eq!(code, Some(3));
    assert!(text.contains("file not found (see the list of files)"), "{text}");
    for args in [["--module=other", "state"], ["state", "--module=other"]] {
        let (code, text) = said(run(&modem, &args));
        assert_eq!(code, Some(3));
        assert!(text.contains("no module is called `other`"), "{text}");
    }
    let (code, text) = said(run(&modem, &["--token=00", "state"]));
    assert_eq!((code, text.contains("the token is wrong")), (Some(3), true), "{text}");
    let (code, text) = said(run(&modem, &["files", "put", "x", "/no/such/file"]));
    assert_eq!((code, text.starts_with("modemtwin: /no/such/file: ")), (Some(1), true), "{text}");
    let mut to_full_disk = command(&["ctl", "state"]);
    to_full_disk.env("MODEMTWIN_CONTROL", modem.control()).stdout(fs::File::create("/dev/full").unwrap());
    let (code, text) = said(to_full_disk.stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap());
    assert_eq!((code, text.starts_with("modemtwin: standard output: No space")), (Some(1), true), "{text}");
    assert_eq!(said(run(&modem, &["lines", "uart1", "dtr"])).0, Some(2));
    assert_eq!(said(run(&modem, &["lines", "uart1", "dcd", "on"])).0, Some(2));
    let (code, text) = said(run(&modem, &["signal", "32"]));
    assert_eq!((code, text.contains("32 is not in 0..=31")), (Some(2), true), "{text}");
    assert_eq!(said(run(&modem, &[])).0, Some(2));

    let (code, text) = said(command(&["ctl", "state"]).env_remove("MODEMTWIN_CONTROL").output().unwrap());
    assert_eq!((code, text.contains("start modemtwin with --control")), (Some(1), true), "{text}");
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (code, text) = said(command(&["ctl", "--url", &format!("http://{gone}"), "state"]).output().unwrap());
    assert_eq!((code, text.contains("check that modemtwin runs there")), (Some(1), true), "{text}");
}

#[test]
fn a_shell_completes_commands() {
    let script = output(&["completions", "bash"]);
    succeeds(&script);
    // What bash does behind `modemtwin ctl so` and Tab.
    let tab =
        "\nCOMP_WORDS=(modemtwin ctl so) COMP_CWORD=2; _modemtwin modemtwin so ctl; echo \"${COMPREPLY[@]}\"";
    let script = String::from_utf8(script.stdout).unwrap() + tab;
    let completed = Command::new("bash").args(["--norc", "-c", &script]).output().unwrap();
    assert_eq!(String::from_utf8(completed.stdout).unwrap(), "sockets\n");
}
