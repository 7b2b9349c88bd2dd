//! `modemtwin run --record`: what was recorded plays without the servers.

use crate::harness::{Folder, Modemtwin, output};
use control::client::Client;
use modemtwin::{
    dte::Dte,
    peer::{Identity, Peer, Stream, echo},
    sockets::plain_echo,
};
use rustix::process::Signal;
use std::{
    fs,
    io::{self, Read, Write},
    net::{TcpListener, TcpStream, UdpSocket},
    thread,
};

/// Records what `talk` does, and plays it; the recording.
pub(crate) fn record(folder: &Folder, args: &[&str], talk: impl FnOnce(&mut Dte)) -> String {
    record_with(folder, args, |dte, _| talk(dte))
}

/// The same, with somebody beside the module.
pub(crate) fn record_with(folder: &Folder, args: &[&str], talk: impl FnOnce(&mut Dte, &Modemtwin)) -> String {
    let file = folder.arg("run.at");
    let twin = Modemtwin::start(&[&["--port=uart1=pty", "--record", &file], args].concat());
    let mut dte = twin.dte("uart1");
    talk(&mut dte, &twin);
    assert!(twin.stop(Signal::TERM).success());
    drop(dte);
    let text = fs::read_to_string(&file).unwrap();
    let played = output(&["play", &file]);
    assert!(played.status.success(), "{}\n{text}", String::from_utf8_lossy(&played.stdout));
    let update = output(&["play", "--update", &file]);
    assert!(String::from_utf8_lossy(&update.stdout).starts_with("ok"), "nothing is left to update");
    text
}

pub(crate) fn say(dte: &mut Dte, bytes: &[u8], end: &[u8]) {
    dte.say(bytes).unwrap();
    dte.hear_until(end).unwrap();
}

pub(crate) fn line(dte: &mut Dte, line: &str) {
    say(dte, format!("{line}\r").as_bytes(), b"OK\r\n");
}

fn open(dte: &mut Dte, port: u16, mode: u8, end: &str) {
    say(dte, format!("AT+QSSLOPEN=1,1,4,\"127.0.0.1\",{port},{mode}\r").as_bytes(), end.as_bytes());
}

/// Answers once, and closes.
fn once(stream: &mut Stream) -> io::Result<()> {
    let mut data = [0; 9];
    stream.read_exact(&mut data)?;
    stream.write_all(&data)
}

#[test]
fn ssl_in_every_access_mode() {
    let folder = Folder::new("record-ssl");
    let identity = Identity::new().unwrap();
    let (server, closer) = (Peer::start(&identity, echo).unwrap(), Peer::start(&identity, once).unwrap());
    let ca = folder.arg("ca.pem");
    fs::write(&ca, &identity.ca_pem).unwrap();
    let text = record(&folder, &["--put", &format!("ca.pem={ca}")], |dte| {
        line(dte, "AT+QIACT=1");
        line(dte, "AT+QSSLCFG=\"seclevel\",1,1");
        line(dte, "AT+QSSLCFG=\"cacert\",1,\"UFS:ca.pem\"");
        open(dte, server.addr().port(), 0, "+QSSLOPEN: 4,0\r\n");
        say(dte, b"AT+QSSLSEND=4,9\r", b"> ");
        say(dte, b"Test data", b"\"recv\",4\r\n");
        line(dte, "AT+QSSLRECV=4,1500");
        line(dte, "AT+QSSLSTATE=4");
        line(dte, "AT+QSSLCLOSE=4");
        open(dte, server.addr().port(), 1, "+QSSLOPEN: 4,0\r\n");
        say(dte, b"AT+QSSLSEND=4,9\r", b"> ");
        say(dte, b"Test data", b"\"recv\",4,9\r\nTest data\r\n");
        line(dte, "AT+QSSLCLOSE=4");
        open(dte, closer.addr().port(), 2, "CONNECT\r\n");
        say(dte, b"Test data", b"Test data\r\nNO CARRIER\r\n");
        line(dte, "AT+QSSLCLOSE=4");
    });
    assert!(text.contains("peer 1 sends \"Test data\"\n") && text.contains("peer 1 accepts\n"), "{text}");
    assert!(text.contains("version=1.2") && text.contains("peer 2 closes"), "{text}");
}

#[test]
fn a_handshake_that_fails() {
    let folder = Folder::new("record-566");
    let server = Peer::start(&Identity::new().unwrap(), echo).unwrap();
    let ca = folder.arg("ca.pem");
    fs::write(&ca, &Identity::new().unwrap().ca_pem).unwrap();
    record(&folder, &["--put", &format!("ca.pem={ca}")], |dte| {
        line(dte, "AT+QIACT=1");
        line(dte, "AT+QSSLCFG=\"seclevel\",1,1");
        line(dte, "AT+QSSLCFG=\"cacert\",1,\"UFS:ca.pem\"");
        open(dte, server.addr().port(), 0, "+QSSLOPEN: 4,566\r\n");
        line(dte, "AT+QIGETERROR");
        // Nobody is there.
        open(dte, 1, 0, "+QSSLOPEN: 4,566\r\n");
    });
}

#[test]
fn plain_sockets() {
    let folder = Folder::new("record-plain");
    let tcp = plain_echo().unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = udp.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut data = [0; 100];
        while let Ok((n, from)) = udp.recv_from(&mut data) {
            udp.send_to(&data[..n], from).unwrap();
        }
    });
    record(&folder, &[], |dte| {
        line(dte, "AT+QIACT=1");
        for (service, port) in [("TCP", tcp), ("UDP", port)] {
            let line_ = format!("AT+QIOPEN=1,0,\"{service}\",\"127.0.0.1\",{port},0,0\r");
            say(dte, line_.as_bytes(), b"+QIOPEN: 0,0\r\n");
            say(dte, b"AT+QISEND=0,5\r", b"> ");
            say(dte, b"hello", b"\"recv\",0\r\n");
            line(dte, "AT+QIRD=0");
            line(dte, "AT+QICLOSE=0");
        }
    });
}

#[test]
fn a_listener_and_those_who_call() {
    let folder = Folder::new("record-listener");
    let text = record(&folder, &[], |dte| {
        line(dte, "AT+QIACT=1");
        // A port of the machine that is free.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        say(
            dte,
            format!("AT+QIOPEN=1,0,\"TCP LISTENER\",\"127.0.0.1\",0,{port},0\r").as_bytes(),
            b"+QIOPEN: 0,0\r\n",
        );
        for _ in 0..2 {
            let mut caller = TcpStream::connect(("127.0.0.1", port)).unwrap();
            dte.hear_until(b"+QIURC: \"incoming\",11,0,").unwrap();
            dte.hear_until(b"\r\n").unwrap();
            caller.write_all(b"hello").unwrap();
            dte.hear_until(b"+QIURC: \"recv\",11\r\n").unwrap();
            line(dte, "AT+QIRD=11");
            say(dte, b"AT+QISEND=11,3\r", b"> ");
            say(dte, b"bye", b"SEND OK\r\n");
            caller.read_exact(&mut [0; 3]).unwrap();
            drop(caller);
            dte.hear_until(b"+QIURC: \"closed\",11\r\n").unwrap();
            line(dte, "AT+QICLOSE=11");
        }
    });
    assert!(text.contains("peer caller ") && text.contains(" sends \"hello\"\n"), "{text}");
}

#[test]
fn lines_and_an_operator() {
    let folder = Folder::new("record-lines");
    let text = record_with(&folder, &["--control=127.0.0.1:0"], |dte, twin| {
        let control = Client::find(twin.control(), None).unwrap();
        let act = |method, path: &str, body: &str| {
            control.send(method, &format!("/v1/modules/module0/{path}"), body.as_bytes()).unwrap();
        };
        line(dte, "AT+CREG=1");
        act("PATCH", "ports/uart1/lines", "{\"dtr\":false}");
        act("PATCH", "ports/uart1/lines", "{\"dtr\":true}");
        act("PUT", "clock", "{\"utc\":\"2030-01-02T03:04:05Z\"}");
        say(dte, b"AT+CCLK?\r", b"+CCLK: \"30/01/02,");
        dte.hear_until(b"OK\r\n").unwrap();
        act("POST", "power", "{\"press\":\"reset\"}");
        dte.hear_until(b"RDY\r\n").unwrap();
        dte.hear_until(b"PB DONE\r\n").unwrap();
    });
    for line in ["dtr off\n", "dtr on\n", "operator clock 2030-01-02T03:04:05Z\n", "operator reset\n"] {
        assert!(text.contains(line), "no {line} in\n{text}");
    }
}

/// As slow as hardware, from the first host on.
#[test]
fn a_start_in_real_time() {
    let folder = Folder::new("record-real");
    let text = record(&folder, &["--real-time"], |dte| {
        dte.hear_until(b"RDY\r\n").unwrap();
        line(dte, "AT");
    });
    assert!(text.contains("use real timing\n") && text.contains("< RDY\\r\\n\n"), "{text}");
}
