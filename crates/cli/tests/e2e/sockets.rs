//! Plain sockets over this machine's network, alone and beside SSL ones.

use crate::{harness::Modemtwin, servers::Server};
use modemtwin::{
    dte::Dte,
    sockets::{self, SOCKETS},
};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream, UdpSocket},
};

/// Every socket has something to do all the time, so the slowest is never far behind the fastest.
#[test]
fn twelve_sockets_echo_at_once_and_none_starves() {
    const LENGTH: usize = 256 * 1024;
    let server = Server::rustls();
    let modem = Modemtwin::start(&["--port=uart1=pty"]);
    let plain = sockets::plain_echo().unwrap();
    let outcome = sockets::echo(&mut modem.dte("uart1"), plain, server.port, LENGTH).unwrap();
    let least = outcome.back.iter().min().unwrap();
    assert_eq!(outcome.back.len(), SOCKETS);
    assert!(*least > LENGTH / 4, "{:?} when the first was complete", outcome.back);
}

fn start() -> (Modemtwin, Dte) {
    let modem = Modemtwin::start(&["--port=uart1=pty"]);
    let mut dte = modem.dte("uart1");
    for line in ["ATE0", "AT+QISDE=0", "AT+QIACT=1"] {
        assert!(dte.command(line).unwrap().ends_with("OK\r\n"), "{line}");
    }
    (modem, dte)
}

#[track_caller]
fn hears(dte: &mut Dte, said: &str) {
    let heard = dte.hear_exactly(said.len()).unwrap();
    assert_eq!(String::from_utf8_lossy(&heard), said);
}

/// A port that was free just now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn datagrams_both_ways() {
    let (_modem, mut dte) = start();
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = peer.local_addr().unwrap().port();
    dte.say(format!("AT+QIOPEN=1,0,\"UDP\",\"127.0.0.1\",{port},0,1\r").as_bytes()).unwrap();
    hears(&mut dte, "\r\nOK\r\n\r\n+QIOPEN: 0,0\r\n");
    dte.say(b"AT+QISENDEX=0,\"68656C6C6F\"\r").unwrap();
    hears(&mut dte, "\r\nSEND OK\r\n");
    let mut buf = [0; 64];
    let (n, module) = peer.recv_from(&mut buf).unwrap();
    assert_eq!(&buf[..n], b"hello");
    peer.send_to(b"to you", module).unwrap();
    hears(&mut dte, "\r\n+QIURC: \"recv\",0,6\r\nto you\r\n");
    let service = free_port();
    dte.say(format!("AT+QIOPEN=1,1,\"UDP SERVICE\",\"127.0.0.1\",0,{service},1\r").as_bytes()).unwrap();
    hears(&mut dte, "\r\nOK\r\n\r\n+QIOPEN: 1,0\r\n");
    peer.send_to(b"anybody", ("127.0.0.1", service)).unwrap();
    hears(&mut dte, &format!("\r\n+QIURC: \"recv\",1,7,\"127.0.0.1\",{port}\r\nanybody\r\n"));
    dte.say(format!("AT+QISEND=1,3,\"127.0.0.1\",{port}\r").as_bytes()).unwrap();
    hears(&mut dte, "\r\n> ");
    dte.say(b"yes").unwrap();
    hears(&mut dte, "\r\nSEND OK\r\n");
    assert_eq!(
        peer.recv_from(&mut buf).unwrap(),
        (3, ("127.0.0.1".parse::<std::net::IpAddr>().unwrap(), service).into())
    );
}

#[test]
fn a_listener_serves_who_connects() {
    let (_modem, mut dte) = start();
    let port = free_port();
    dte.say(format!("AT+QIOPEN=1,0,\"TCP LISTENER\",\"127.0.0.1\",0,{port},1,1\r").as_bytes()).unwrap();
    hears(&mut dte, "\r\nOK\r\n\r\n+QIOPEN: 0,0\r\n");
    let mut peer = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let own = peer.local_addr().unwrap().port();
    hears(&mut dte, &format!("\r\n+QIURC: \"incoming\",11,0,\"127.0.0.1\",{own}\r\n"));
    peer.write_all(b"hello").unwrap();
    hears(&mut dte, "\r\n+QIURC: \"recv\",11,5\r\nhello\r\n");
    dte.say(b"AT+QISENDEX=11,\"6279650A\"\r").unwrap();
    hears(&mut dte, "\r\nSEND OK\r\n");
    let mut line = [0; 4];
    peer.read_exact(&mut line).unwrap();
    assert_eq!(&line, b"bye\n");
    let mut second = TcpStream::connect(("127.0.0.1", port)).unwrap();
    hears(&mut dte, "\r\n+QIURC: \"incoming full\"\r\n");
    assert_eq!(second.read(&mut line).unwrap_or(0), 0);
    drop(peer);
    hears(&mut dte, "\r\n+QIURC: \"closed\",11\r\n");
}
