//! `modemtwin why`: from a connection that fails to a line that says what helps.

use crate::harness::{Folder, Modemtwin, output, succeeds};
use rustix::process::Signal;
use std::{io::Write, net::TcpListener, thread};

#[test]
fn a_trace_says_why_a_connection_failed_and_what_helps() {
    let folder = Folder::new("why");
    let (trace, people) = (folder.arg("trace.jsonl"), folder.arg("trace.txt"));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"SSH-2.0-some\r\n").unwrap();
        stream
    });
    let modem = Modemtwin::start(&["--port=uart1=pty", "--trace-json", &trace, "--trace", &people]);
    let mut host = modem.dte("uart1");
    assert!(host.command("AT+QSSLSEND=4").unwrap().contains("ERROR"));
    host.command("AT+QIACT=1").unwrap();
    host.say(format!("AT+QSSLOPEN=1,1,4,\"127.0.0.1\",{port},0\r").as_bytes()).unwrap();
    host.hear_until(b"+QSSLOPEN: 4,566\r\n").unwrap();
    drop(server.join());
    modem.stop(Signal::TERM);

    let said = output(&["why", &trace]);
    succeeds(&said);
    let text = String::from_utf8(said.stdout).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(
        lines[0].contains(" uart1 AT+QSSLSEND 572: the socket 4 is not connected: it is Initial: "),
        "{text}"
    );
    let due = format!(
        " socket 4 566: 127.0.0.1:{port} does not speak TLS but SSH: its first bytes are \"SSH-2\": "
    );
    assert!(lines[1].contains(&due) && lines[1].ends_with(" [not_tls]"), "{text}");

    let said = output(&["why", "--json", &trace]);
    succeeds(&said);
    let text = String::from_utf8(said.stdout).unwrap();
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&last["client"], &last["code"], &last["reason"]),
        (&4.into(), &566.into(), &"not_tls".into())
    );

    let people = std::fs::read_to_string(&people).unwrap();
    for part in [
        "uart1 # AT+QSSLOPEN= 2.2.2 Open an SSL socket: PDP_ctxID 1, SSL_ctxID 1, clientID 4, serveraddr \"127.0.0.1\"",
        "access_mode 0 (buffer access)\n",
        "socket 4: sends ClientHello, ",
        "socket 4: sends Alert, 2 bytes, level fatal, description 10 (unexpected_message)\n",
        "\n            what helps: take the port on which the server speaks TLS",
    ] {
        assert!(people.contains(part), "no {part} in\n{people}");
    }
}

#[test]
fn what_is_no_trace_is_said_to_be_none() {
    let folder = Folder::new("why-not");
    let path = folder.arg("notes.txt");
    std::fs::write(&path, "AT+CSQ\n").unwrap();
    for (path, reason) in
        [(path.as_str(), "line 1: this is no line of a trace"), ("/no/such/file", "No such file")]
    {
        let said = output(&["why", path]);
        let stderr = String::from_utf8(said.stderr).unwrap();
        assert_eq!(said.status.code(), Some(1));
        assert!(stderr.contains(reason) && stderr.contains("--trace-json"), "{stderr}");
    }
}
