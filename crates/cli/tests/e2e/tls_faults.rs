//! Faults of TLS strike connections to servers that are none of ours and know nothing of it: what the host sees, and why.

use crate::{
    harness::{Folder, Modemtwin, is_missing},
    servers::Server,
    transfer::{Host, Item},
};
use rustix::process::Signal;
use std::{fs, process::Command};

/// Each fault in its connection, the result of the open, and what the trace says of the failure. Behind an open that
/// goes well the host sends something, and reads of the end.
const FAULTS: &[(&str, u16, &str)] = &[
    ("tls.alert code=80", 566, "fatal alert 80 (internal_error)"),
    ("tls.alert code=48 flight=2", 566, "fatal alert 48 (unknown_ca)"),
    ("tls.alert code=90 flight=3", 0, "fatal alert 90 (user_canceled)"),
    ("tls.cut", 566, "without close_notify while ServerHello was due"),
    ("tls.cut flight=2 bytes=3", 566, "without close_notify while ChangeCipherSpec was due"),
    ("tls.cut flight=3 bytes=7", 0, "closed the TCP connection without close_notify"),
    ("tls.corrupt", 0, "a record does not authenticate"),
    ("tls.corrupt dir=up", 0, "fatal alert 20 (bad_record_mac)"),
    ("tls.expired", 566, "expired 2049-12-31 23:59:59"),
    ("tls.not_yet_valid", 566, "is valid from 2020-01-01 00:00:00"),
    ("tls.unknown_ca", 566, "which is neither in the CA file nor sent by the server"),
    ("tls.wrong_host", 566, "wanted other.invalid"),
    ("tls.bad_signature", 566, "was not signed with the key of"),
    ("tls.wrong_finished", 566, "its Finished does not match"),
];

fn strike(server: &Server) {
    let folder = Folder::new("tls-faults");
    let trace = folder.arg("trace.jsonl");
    let faults: Vec<String> =
        (1..).zip(FAULTS).map(|(nth, (fault, ..))| format!("--fault={fault} nth={nth}")).collect();
    let args = ["--port=uart1=pty", "--trace-json", &trace].into_iter();
    let args: Vec<&str> = args.chain(faults.iter().map(String::as_str)).collect();
    let modem = Modemtwin::start(&args);
    let mut host = Host::prepare(&modem, "uart1", server);
    host.ok("AT+QSSLCFG=\"sni\",1,1");
    host.ok("AT+QSSLCFG=\"ignorelocaltime\",1,0");
    // Behind all of them a connection that nothing strikes.
    for (fault, code, why) in FAULTS.iter().chain([&("none", 0, "")]) {
        host.say(&format!("AT+QSSLOPEN=1,1,4,\"localhost\",{},0", server.port));
        assert_eq!(host.item(), Item::Line("OK".into()));
        assert_eq!(host.item(), Item::Line(format!("+QSSLOPEN: 4,{code}")), "{fault}");
        if *code == 0 {
            // One byte, so that all of it is in the first record, also where CBC records of TLS 1.0 are split.
            host.say("AT+QSSLSEND=4,1");
            assert_eq!(host.item(), Item::Prompt);
            host.0.say(b"x").unwrap();
            assert_eq!(host.item(), Item::Line("SEND OK".into()));
            let urc = if why.is_empty() { "recv" } else { "closed" };
            assert_eq!(host.item(), Item::Line(format!("+QSSLURC: \"{urc}\",4")), "{fault}");
        }
        host.ok("AT+QSSLCLOSE=4");
    }
    modem.stop(Signal::TERM);
    let trace = fs::read_to_string(trace).unwrap();
    let mut injected = trace.lines().filter(|line| line.contains("(injected by fault"));
    for (fault, _, why) in FAULTS {
        let (line, name) = (injected.next().unwrap_or_default(), fault.split(' ').next().unwrap());
        assert!(line.contains(why), "{fault}: {line}");
        assert!(line.contains(&format!("(injected by fault {name})")), "{fault}: {line}");
    }
}

#[test]
fn faults_of_tls_strike_openssl_with_tls_10() {
    if is_missing("openssl", Command::new("openssl").arg("version")) {
        return;
    }
    match Server::openssl() {
        Some(server) => strike(&server),
        None => eprintln!("skipped: this openssl has no TLS 1.0"),
    }
}

#[test]
fn faults_of_tls_strike_rustls_with_tls_12() {
    strike(&Server::rustls());
}
