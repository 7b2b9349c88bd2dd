//! The kinds of JSON lines: there is a line of each, and the document has them.

use super::*;
use module::{DceLines, Dial, DnsFailure, DteLines, Families, Names, NetFailure, Pong};
use std::collections::BTreeSet;

/// Something of every kind, but for lines that are lost.
fn everything(trace: &mut Tracer) {
    let (conn, query) = (ConnId(1), QueryId(1));
    let to: SocketAddr = "192.0.2.1:443".parse().unwrap();
    for talk in [Talk::Dialogue, Talk::Frames] {
        trace.see(AT, &Seen::Host(PORT, talk, b"AT\r"));
        trace.see(AT, &Seen::Module(PORT, talk, b"OK\r\n"));
    }
    trace.see(AT, &Seen::NetOut { conn, to: None, bytes: b"x" });
    trace.see(AT, &Seen::NetIn { conn, from: None, bytes: b"x" });
    for input in [
        Input::PortAttached(PORT),
        Input::PortLines(PORT, DteLines { dtr: true, rts: false }),
        Input::PortDetached(PORT),
        Input::Resolved(query, Ok(Names { addresses: vec![to.ip()], ttl: 60 })),
        Input::Resolved(query, Err(DnsFailure::NotFound)),
        Input::Connected(conn, to),
        Input::ConnectFailed(conn, NetFailure::Refused),
        Input::Incoming(conn, to),
        Input::Pong(query, 1, Ok(Pong { bytes: 32, ttl: 60 })),
        Input::Pong(query, 1, Err(NetFailure::TimedOut)),
        Input::NetEof(conn),
        Input::NetReset(conn, NetFailure::Reset),
        Input::Operator(Operator::Reset),
    ] {
        trace.see(AT, &Seen::Input(&input));
    }
    for action in [
        Action::Resolve(query, "a.example".into(), Vec::new(), Families::V4),
        Action::Connect(conn, to, Dial::default()),
        Action::Bind(conn, to, Some(to)),
        Action::Listen(conn, to),
        Action::Accept(conn, ConnId(2), Dial::default()),
        Action::Refuse(conn),
        Action::Ping(query, to.ip(), 1),
        Action::Shutdown(conn),
        Action::Close(conn, b"last".to_vec()),
        Action::Abort(conn),
        Action::Vanish(conn),
        Action::PortLines(PORT, DceLines { dcd: true, ri: false, dsr: true, cts: false }),
        Action::StoreFile("a".into()),
        Action::RemoveFile("a".into()),
        Action::StoreSettings,
    ] {
        trace.see(AT, &Seen::Action(&action));
    }
    let (port, client, code) = (AtPort::Uart1, 4, ErrorCode::PdpBroken);
    let cause = || Cause::from(NetworkCause::PdpLost { pdp: 1 });
    let command = Event::Command {
        port,
        command: "+CSQ",
        form: "",
        section: "document [3]",
        summary: "Signal strength",
        values: Vec::new(),
    };
    let tls = |by| {
        let spoken = Spoken { by, message: "Finished", len: 16, facts: Vec::new() };
        Event::Tls { client, spoken }
    };
    for event in [
        command,
        Event::HostMistake { port, command: "+CSQ".into(), what: "a misprint".into() },
        Event::Refused { port, command: "+CSQ".into(), failure: Failure::Plain, cause: cause() },
        Event::Socket { client, from: "Initial", to: "Opening", why: "AT+QSSLOPEN".into() },
        Event::Resolved { client, what: "a.example is 192.0.2.1".into() },
        Event::Connected { client, local: to, remote: to },
        Event::Bound { client, local: to, what: "datagrams" },
        tls(Speaker::Client),
        tls(Speaker::Server),
        Event::Secured { client, summary: "TLS 1.2".into() },
        Event::OpenFailed { client, code, cause: cause() },
        Event::Ended { client, cause: cause() },
        Event::ErrandFailed { command: "+QPING", code, cause: cause() },
        Event::Urc { port, text: "+CREG: 1".into() },
        Event::Fault { what: "net.refuse".into() },
        Event::Dropped { port, what: b"+CREG: 1".to_vec() },
        // What no other kind has.
        Event::Received { client, bytes: b"x".to_vec(), more: false },
    ] {
        trace.see(AT, &Seen::Action(&Action::Event(event)));
    }
}

#[test]
fn there_is_a_line_of_every_kind() {
    let text = json(everything);
    let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let met: BTreeSet<String> = lines.map(|line| line["kind"].as_str().unwrap().to_owned()).collect();
    // What is lost is counted where it is lost.
    let due: BTreeSet<String> =
        KINDS.iter().map(|kind| (*kind).into()).filter(|kind| kind != "lost").collect();
    assert_eq!(met, due);
    assert_eq!(human(everything).matches("\n   0.512233 ").count() + 1, text.lines().count());
}

#[test]
fn the_document_has_every_kind() {
    let page = include_str!("../../../../../docs/trace.md");
    let (_, table) = page.split_once("| kind | fields | |").unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let documented: Vec<&str> = rows
        .flat_map(|row| row.split('|').nth(1).unwrap().split(", "))
        .map(|kind| kind.trim().trim_matches('`'))
        .collect();
    for kind in KINDS {
        assert!(documented.contains(kind), "docs/trace.md has no `{kind}`");
    }
    for kind in documented {
        assert!(KINDS.contains(&kind), "there is no kind {kind}");
    }
}
