//! Starting, serving hosts that come and go, stopping.

use crate::harness::{Folder, Modemtwin, command, output};
use daemon::Place;
use modemtwin::dte::{Dte, PATIENCE};
use rustix::process::Signal;
use std::{
    fs,
    io::{BufRead, BufReader, ErrorKind, Write},
    net::TcpListener,
    process::{Command, Stdio},
    thread,
};

const TCP: &str = "--port=uart1=tcp:127.0.0.1:0";

/// Echo and answer of `AT`.
const AT_OK: &[u8] = b"AT\r\r\nOK\r\n";

fn check(dte: &mut Dte) {
    dte.say(b"AT\r").unwrap();
    assert_eq!(dte.hear_exactly(AT_OK.len()).unwrap(), AT_OK);
}

#[test]
fn without_arguments_there_is_one_pty() {
    let modem = Modemtwin::start(&[]);
    let Place::Pty(path) = modem.place("uart1") else { panic!("no pty") };
    assert!(path.starts_with("/dev/pts"), "{path:?}");
    check(&mut modem.dte("uart1"));
}

#[test]
fn ports_of_all_kinds_serve_at_the_same_time() {
    let folder = Folder::new("kinds");
    let link = format!("--port=usbat=pty:{}", folder.arg("modem"));
    let modem = Modemtwin::start(&["run", TCP, &link, "--port=usbmodem=pty"]);
    let mut hosts = ["uart1", "usbat", "usbmodem"].map(|port| modem.dte(port));
    for _ in 0..3 {
        hosts.iter_mut().for_each(check);
    }
}

#[test]
fn signals_end_it_well() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let folder = Folder::new("signals");
        let link = folder.path().join("modem");
        let modem = Modemtwin::start(&[&format!("--port=uart1=pty:{}", link.display())]);
        let mut dte = modem.dte("uart1");
        check(&mut dte);
        assert_eq!(modem.stop(signal).code(), Some(0));
        assert!(fs::symlink_metadata(&link).is_err(), "the link is still there");
        assert_eq!(dte.hear(1, PATIENCE).unwrap_err().kind(), ErrorKind::UnexpectedEof);
    }
}

#[test]
fn what_nohup_has_it_ignore_does_not_end_it() {
    let program = command(&[TCP]);
    let mut nohup = Command::new("nohup");
    nohup.arg(program.get_program()).args(program.get_args()).stdin(Stdio::null());
    let modem = Modemtwin::of(&mut nohup);
    let mut dte = modem.dte("uart1");
    check(&mut dte);
    modem.signal(Signal::HUP);
    // One that ends does so before it answers so often.
    (0..5).for_each(|_| check(&mut dte));
    assert_eq!(modem.stop(Signal::TERM).code(), Some(0));
}

#[test]
fn a_host_that_does_not_read_does_not_keep_it_from_ending() {
    let modem = Modemtwin::start(&["--port=uart1=pty"]);
    let mut dte = modem.dte("uart1");
    let mut flood = dte.try_clone().unwrap();
    let flooding = thread::spawn(move || while flood.say(b"ATI\r").is_ok() {});
    assert_eq!(dte.hear(3, PATIENCE).unwrap(), b"ATI");
    assert_eq!(modem.stop(Signal::TERM).code(), Some(0));
    flooding.join().unwrap();
}

#[test]
fn hosts_come_and_go() {
    let modem = Modemtwin::start(&[TCP, "--port=usbat=pty"]);
    for _ in 0..5 {
        check(&mut modem.dte("uart1"));
        check(&mut modem.dte("usbat"));
    }
}

#[test]
fn the_second_tcp_host_is_told_why_it_is_refused() {
    let modem = Modemtwin::start(&[TCP]);
    let mut first = modem.dte("uart1");
    check(&mut first);
    let mut second = modem.dte("uart1");
    second.say(b"AT\r").unwrap();
    let why = String::from_utf8(second.hear_until(b"first\r\n").unwrap()).unwrap();
    assert!(why.contains("uart1 is in use by 127.0.0.1:"), "{why}");
    assert_eq!(second.hear(1, PATIENCE).unwrap_err().kind(), ErrorKind::UnexpectedEof);
    check(&mut first);
}

#[test]
fn a_flood_of_commands_is_answered_in_full() {
    const LINES: usize = 2000;
    let modem = Modemtwin::start(&[TCP, "--port=usbat=pty"]);
    for port in ["uart1", "usbat"] {
        let mut dte = modem.dte(port);
        let mut writer = dte.try_clone().unwrap();
        let writing = thread::spawn(move || writer.say("ATE0\r".repeat(LINES).as_bytes()).unwrap());
        let expected = [&b"ATE0\r"[..], &b"\r\nOK\r\n".repeat(LINES)].concat();
        assert_eq!(dte.hear_exactly(expected.len()).unwrap(), expected);
        writing.join().unwrap();
        dte.say(b"ATE1\r").unwrap();
        assert_eq!(dte.hear_exactly(6).unwrap(), b"\r\nOK\r\n");
    }
}

#[test]
fn the_trace_has_both_sides() {
    let folder = Folder::new("trace");
    let trace = folder.arg("trace.txt");
    let modem = Modemtwin::start(&[TCP, "--trace", &trace]);
    check(&mut modem.dte("uart1"));
    modem.stop(Signal::TERM);
    let text = fs::read_to_string(trace).unwrap();
    let without_times: String = text.lines().map(|line| line[12..].to_owned() + "\n").collect();
    assert!(without_times.starts_with("uart1 host attached\n"), "{text}");
    assert!(without_times.contains("uart1 > AT\\r\nuart1 < AT\\r\\r\\nOK\\r\\n\n"), "{text}");
    assert!(without_times.contains("operator ShutDown\n"), "{text}");
}

#[test]
fn what_cannot_be_had_is_said_with_place_reason_and_remedy() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = format!("tcp:{}", taken.local_addr().unwrap());
    let failed = output(&[&format!("--port=uart1={port}")]);
    let stderr = String::from_utf8(failed.stderr).unwrap();
    assert_eq!(failed.status.code(), Some(1));
    assert!(stderr.starts_with(&format!("modemtwin: {port}: ")), "{stderr}");
    assert!(stderr.contains("or 0 for any free one"), "{stderr}");
    assert!(failed.stdout.is_empty());

    let failed = output(&["--port=uart1=pty", "--port=uart1=pty"]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(String::from_utf8(failed.stderr).unwrap().contains("port uart1: it is given twice"));

    let failed = output(&["--port=uart1=tcp:127.0.0.1:5009", "--port=usbat=rfc2217:127.0.0.1:5009"]);
    let stderr = String::from_utf8(failed.stderr).unwrap();
    assert!(stderr.contains("tcp:127.0.0.1:5009 is given to `uart1` and to `usbat`"), "{stderr}");

    assert_eq!(output(&["--port=uart1"]).status.code(), Some(2));
    let help = output(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(String::from_utf8(help.stdout).unwrap().contains("Exit codes:"));
}

#[test]
fn the_end_of_standard_input_ends_it_where_that_is_wanted() {
    let folder = Folder::new("stdin");
    let link = folder.arg("modem");
    let mut held = command(&["--end-with-stdin", &format!("--port=uart1=pty:{link}")]);
    let mut held = held.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(held.stdout.take().unwrap()).lines();
    while said.next().unwrap().unwrap() != "ready" {}
    let mut stdin = held.stdin.take().unwrap();
    stdin.write_all(b"of no meaning\n").unwrap();
    assert!(fs::symlink_metadata(&link).is_ok());
    drop(stdin);
    assert_eq!(held.wait().unwrap().code(), Some(0));
    assert!(fs::symlink_metadata(&link).is_err(), "the link is left behind");
    // Elsewhere it means nothing: the tests above run without one.
}
