//! What can be seen of a connection from outside: key log, trace.

use crate::{
    harness::{Folder, Modemtwin, command},
    servers::Server,
    transfer::Host,
};
use rustix::process::Signal;
use std::{fs, io::BufRead, os::unix::fs::PermissionsExt};

#[test]
fn the_key_log_has_a_line_for_every_handshake_and_the_trace_has_none() {
    let folder = Folder::new("keylog");
    let (keys, trace) = (folder.arg("keys.txt"), folder.arg("trace.txt"));
    fs::write(&keys, "# from an earlier run\n").unwrap();
    let server = Server::rustls();
    let modem = Modemtwin::start(&["--port=uart1=pty", "--keylog", &keys, "--trace", &trace]);
    let mut host = Host::prepare(&modem, "uart1", &server);
    host.ok("AT+QSSLCFG=\"session_cache\",1,1");
    for handshakes in 1..=3 {
        host.open(&server, 0);
        let log = fs::read_to_string(&keys).unwrap();
        assert_eq!(log.lines().count(), 1 + handshakes, "{log}");
        host.ok("AT+QSSLCLOSE=4");
    }
    modem.stop(Signal::TERM);

    let log = fs::read_to_string(&keys).unwrap();
    let lines: Vec<_> = log.lines().collect();
    assert_eq!(lines[0], "# from an earlier run");
    let fields = lines[1..].iter().map(|line| line.split(' ').collect::<Vec<_>>()).collect::<Vec<_>>();
    assert!(fields.iter().all(|f| f[0] == "CLIENT_RANDOM" && f[1].len() == 64 && f[2].len() == 96), "{log}");
    // Each handshake has its own random; those after the first resume its session, and so its secret.
    assert!(fields[0][1] != fields[1][1] && fields[1][1] != fields[2][1], "{log}");
    assert!(fields[0][2] == fields[1][2] && fields[1][2] == fields[2][2], "{log}");
    assert_eq!(fs::metadata(&keys).unwrap().permissions().mode() & 0o777, 0o600);

    let trace = fs::read_to_string(&trace).unwrap();
    assert_eq!(trace.matches("TLS established").count(), 3, "{trace}");
    assert_eq!(trace.matches(", resumed").count(), 2, "{trace}");
    assert!(!trace.contains(fields[0][2]), "{trace}");
}

#[test]
fn a_trace_for_programs_has_every_step_and_no_secret() {
    let folder = Folder::new("json");
    let trace = folder.arg("trace.jsonl");
    let server = Server::rustls();
    let modem = Modemtwin::start(&["--port=uart1=pty", "--trace-json", &trace]);
    let mut host = Host::prepare(&modem, "uart1", &server);
    host.ok("AT+QICSGP=1,1,\"net\",\"me\",\"hidden-word\",1");
    host.open(&server, 0);
    host.ok("AT+QSSLCLOSE=4");
    modem.stop(Signal::TERM);

    let text = fs::read_to_string(&trace).unwrap();
    assert!(text.lines().all(|l| l.starts_with("{\"t\":") && l.ends_with('}')), "{text}");
    assert!(!text.contains("hidden-word") && text.contains("\\\"me\\\",\\\"***********\\\",1\\r"), "{text}");
    assert!(!text.contains("BEGIN CERTIFICATE"), "{text}");
    let mut at = 0;
    for kind in
        ["attached", "host", "module", "connect", "connected", "tcp", "net_sent", "tls", "urc", "close"]
    {
        let found = text[at..].find(&format!("\"kind\":\"{kind}\""));
        at += found.unwrap_or_else(|| panic!("no {kind} in its place:\n{text}"));
    }
}

#[test]
fn a_key_log_that_cannot_be_written_is_said_at_the_start() {
    let failed = crate::harness::output(&["--keylog", "/no/such/folder/keys.txt"]);
    let stderr = String::from_utf8(failed.stderr).unwrap();
    assert_eq!(failed.status.code(), Some(1));
    assert!(stderr.starts_with("modemtwin: /no/such/folder/keys.txt: "), "{stderr}");
    assert!(stderr.contains("give --keylog a file"), "{stderr}");
}

/// `-` is standard output, as of traces.
#[test]
fn a_key_log_goes_to_standard_output() {
    let server = Server::rustls();
    let (modem, mut said) = Modemtwin::heard(&mut command(&["--port=uart1=pty", "--keylog=-"]));
    Host::prepare(&modem, "uart1", &server).open(&server, 0);
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert!(line.starts_with("CLIENT_RANDOM "), "{line}");
}
