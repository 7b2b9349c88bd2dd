//! Ten mebibytes of random bytes to a TLS server and back, through every access mode, arriving exact.

use crate::{harness::Modemtwin, servers::Server};
use modemtwin::{
    dte::Dte,
    peer::{Identity, Peer},
};
use rustix::process::Signal;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

const LENGTH: usize = 10 * 1024 * 1024;
/// Most that one QSSLSEND takes (2.2.3).
const SEND: usize = 1460;

fn random(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

/// A host that reads in units of the module's answers.
pub(crate) struct Host(pub(crate) Dte);

/// What a module says, with echo off.
#[derive(Debug, PartialEq)]
pub(crate) enum Item {
    Prompt,
    /// Information, a result code, or an unsolicited one.
    Line(String),
    /// `+QSSLURC: "recv",4,<n>` and the data.
    Push(Vec<u8>),
    /// `+QSSLRECV: <n>` and the data.
    Read(Vec<u8>),
}

impl Host {
    /// Attaches, uploads the CA, configures context 1 for the server.
    pub(crate) fn prepare(modem: &Modemtwin, port: &str, server: &Server) -> Host {
        let mut host = Host(modem.dte(port));
        host.0.command("ATE0").unwrap();
        host.ok("AT+QISDE=0");
        host.0.say(format!("AT+QFUPL=\"ca.pem\",{}\r", server.ca_pem.len()).as_bytes()).unwrap();
        assert_eq!(host.item(), Item::Line("CONNECT".into()));
        host.0.say(server.ca_pem.as_bytes()).unwrap();
        assert!(matches!(host.item(), Item::Line(line) if line.starts_with("+QFUPL: ")));
        assert_eq!(host.item(), Item::Line("OK".into()));
        host.ok("AT+QIACT=1");
        host.ok(&format!("AT+QSSLCFG=\"sslversion\",1,{}", server.version));
        host.ok(&format!("AT+QSSLCFG=\"ciphersuite\",1,{}", server.suite));
        host.ok("AT+QSSLCFG=\"seclevel\",1,1");
        host.ok("AT+QSSLCFG=\"cacert\",1,\"UFS:ca.pem\"");
        host
    }

    pub(crate) fn say(&mut self, line: &str) {
        self.0.say(format!("{line}\r").as_bytes()).unwrap();
    }

    pub(crate) fn ok(&mut self, line: &str) {
        self.say(line);
        assert_eq!(self.item(), Item::Line("OK".into()), "{line}");
    }

    pub(crate) fn open(&mut self, server: &Server, mode: u8) {
        self.say(&format!("AT+QSSLOPEN=1,1,4,\"127.0.0.1\",{},{mode}", server.port));
        if mode == 2 {
            assert_eq!(self.item(), Item::Line("CONNECT".into()));
        } else {
            assert_eq!(self.item(), Item::Line("OK".into()));
            assert_eq!(self.item(), Item::Line("+QSSLOPEN: 4,0".into()));
        }
    }

    pub(crate) fn item(&mut self) -> Item {
        assert_eq!(self.0.hear_exactly(2).unwrap(), b"\r\n");
        let start = self.0.hear_exactly(2).unwrap();
        if start == b"> " {
            return Item::Prompt;
        }
        let line = [start, self.0.hear_until(b"\r\n").unwrap()].concat();
        let line = String::from_utf8(line[..line.len() - 2].to_vec()).unwrap();
        if let Some(length) = line.strip_prefix("+QSSLURC: \"recv\",4,") {
            return Item::Push(self.data(length.parse().unwrap()));
        }
        match line.strip_prefix("+QSSLRECV: ").map(|n| n.parse().unwrap()) {
            None => Item::Line(line),
            Some(0) => Item::Read(Vec::new()),
            Some(length) => Item::Read(self.data(length)),
        }
    }

    pub(crate) fn data(&mut self, length: usize) -> Vec<u8> {
        let data = self.0.hear_exactly(length).unwrap();
        assert_eq!(self.0.hear_exactly(2).unwrap(), b"\r\n");
        data
    }

    /// Sends one piece by QSSLSEND. False: the send buffer is full, nothing was taken. What comes in
    /// between goes to `other`.
    fn send(&mut self, piece: &[u8], mut other: impl FnMut(Item)) -> bool {
        self.say(&format!("AT+QSSLSEND=4,{}", piece.len()));
        loop {
            match self.item() {
                Item::Prompt => self.0.say(piece).unwrap(),
                Item::Line(line) if line == "SEND OK" => return true,
                Item::Line(line) if line == "SEND FAIL" => return false,
                item => other(item),
            }
        }
    }
}

fn transparent(mut host: Host, server: &Server) {
    let data = random(LENGTH);
    host.open(server, 2);
    let mut writer = host.0.try_clone().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| writer.say(&data).unwrap());
        let mut at = 0;
        while at < data.len() {
            let heard = host.0.hear_exactly(4096.min(data.len() - at)).unwrap();
            assert!(heard == data[at..at + heard.len()], "different from byte {at} on");
            at += heard.len();
        }
    });
}

fn direct_push(mut host: Host, server: &Server) {
    let data = random(LENGTH);
    host.open(server, 1);
    let mut back = Vec::with_capacity(data.len());
    for piece in data.chunks(SEND) {
        let mut take = |item| match item {
            Item::Push(bytes) => back.extend(bytes),
            item => panic!("{item:?} in direct push mode"),
        };
        while !host.send(piece, &mut take) {
            // A full send buffer empties as the echo comes.
            take(host.item());
        }
    }
    while back.len() < data.len() {
        match host.item() {
            Item::Push(bytes) => back.extend(bytes),
            item => panic!("{item:?} in direct push mode"),
        }
    }
    assert!(back == data);
}

fn buffer_access(mut host: Host, server: &Server) {
    let data = random(LENGTH);
    host.open(server, 0);
    let notice = Item::Line("+QSSLURC: \"recv\",4".into());
    let mut back = Vec::with_capacity(data.len());
    let mut pieces = data.chunks(SEND).peekable();
    while back.len() < data.len() {
        let mut noticed = false;
        if let Some(piece) = pieces.peek() {
            let taken = host.send(piece, |item| {
                assert_eq!(item, notice);
                noticed = true;
            });
            pieces.next_if(|_| taken);
        }
        if !noticed && pieces.peek().is_none() {
            assert_eq!(host.item(), notice);
        }
        loop {
            host.say("AT+QSSLRECV=4,1500");
            let mut item = host.item();
            if item == notice {
                item = host.item();
            }
            let Item::Read(bytes) = item else { panic!("{item:?} for QSSLRECV") };
            assert_eq!(host.item(), Item::Line("OK".into()));
            if bytes.is_empty() {
                break;
            }
            back.extend(bytes);
        }
    }
    assert!(back == data);
}

fn on_pty(server: &Server, transfer: fn(Host, &Server)) {
    let modem = Modemtwin::start(&["--port=uart1=pty"]);
    transfer(Host::prepare(&modem, "uart1", server), server);
}

fn on_tcp(transfer: fn(Host, &Server)) {
    let Some(server) = Server::openssl() else {
        eprintln!("skipped: there is no openssl with TLS 1.0 and AES256-SHA");
        return;
    };
    let modem = Modemtwin::start(&["--port=uart1=tcp:127.0.0.1:0"]);
    transfer(Host::prepare(&modem, "uart1", &server), &server);
}

#[test]
fn transparent_mode_pty_rustls() {
    on_pty(&Server::rustls(), transparent);
}

#[test]
fn transparent_mode_tcp_openssl() {
    on_tcp(transparent);
}

#[test]
fn direct_push_mode_pty_rustls() {
    on_pty(&Server::rustls(), direct_push);
}

#[test]
fn direct_push_mode_tcp_openssl() {
    on_tcp(direct_push);
}

#[test]
fn buffer_access_mode_pty_rustls() {
    on_pty(&Server::rustls(), buffer_access);
}

#[test]
fn buffer_access_mode_tcp_openssl() {
    on_tcp(buffer_access);
}

#[test]
fn polling_on_another_port_disturbs_no_transfer() {
    let server = Server::rustls();
    let modem = Modemtwin::start(&["--port=uart1=pty", "--port=usbat=pty"]);
    let host = Host::prepare(&modem, "uart1", &server);
    let mut other = Host(modem.dte("usbat"));
    other.0.command("ATE0").unwrap();
    thread::scope(|scope| {
        let transfer = scope.spawn(|| transparent(host, &server));
        while !transfer.is_finished() {
            other.say("AT+QSSLSTATE");
            while other.item() != Item::Line("OK".into()) {}
        }
    });
}

/// Set by the server when the module ended the connection with close_notify.
static SAID_GOODBYE: AtomicBool = AtomicBool::new(false);

#[test]
fn a_signal_ends_connections_with_close_notify() {
    let identity = Identity::new().unwrap();
    let peer = Peer::start(&identity, |stream| {
        // Without close_notify this is an error.
        let end = stream.read(&mut [0; 16])?;
        SAID_GOODBYE.store(end == 0, Ordering::SeqCst);
        Ok(())
    });
    let server = Server::of(&identity, peer.unwrap());
    let modem = Modemtwin::start(&["--port=uart1=pty"]);
    let mut host = Host::prepare(&modem, "uart1", &server);
    host.open(&server, 2);
    assert_eq!(modem.stop(Signal::TERM).code(), Some(0));
    // The server reads what is on its way before it sees the end.
    while !SAID_GOODBYE.load(Ordering::SeqCst) {
        thread::yield_now();
    }
}
