//! The server behind a real listener, with the client on a blocking socket.

#![allow(clippy::unwrap_used, reason = "a test")]

use modemtwin_peers::server::{
    Event, ServerConfig, Version,
    pair::{ClientSide, NOW},
    tcp::{Behaviour, Listener, spawn},
};
use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
};
use tls::{Client, Rng, ServerName};

/// A client that says all of `data` at once and reads until `enough` bytes are there or the server
/// has closed.
fn talk(listener: &Listener, data: &[u8], enough: usize) -> Vec<u8> {
    let mut stream = TcpStream::connect(listener.address()).unwrap();
    let config = Arc::new(ClientSide { verify: true, ..ClientSide::default() }.config());
    let name = Some(ServerName::Dns("localhost".into()));
    let (mut out, mut received, mut said) = (Vec::new(), Vec::new(), false);
    let mut client = Client::new(config, name, None, Rng::from_seed([8; 32]), NOW, &mut out);
    let mut buffer = [0; 4096];
    loop {
        if client.is_established() && !said {
            said = true;
            client.write(data, &mut out).unwrap();
        }
        let is_enough = said && (received.len() >= enough || client.peer_has_closed());
        if is_enough {
            client.close(&mut out);
        }
        stream.write_all(&out).unwrap();
        out.clear();
        if is_enough {
            return received;
        }
        let n = stream.read(&mut buffer).unwrap();
        assert_ne!(n, 0, "end without close_notify");
        client.read_tls(&buffer[..n], &mut out).unwrap();
        while !client.plaintext().is_empty() {
            received.extend_from_slice(client.plaintext());
            client.consume(client.plaintext().len(), &mut out).unwrap();
        }
    }
}

fn mebibyte() -> Vec<u8> {
    (0..1u32 << 20).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn config() -> ServerConfig {
    ServerConfig::new("localhost").only(Version::Tls12, 0xc02f)
}

#[test]
fn echo() {
    let listener = spawn(config(), Behaviour::Echo).unwrap();
    let data = mebibyte();
    assert!(talk(&listener, &data, data.len()) == data);
    let report = listener.report();
    assert!(matches!(report.events.last(), Some(Event::Alert(1, 0))), "{:?}", report.events.last());
}

#[test]
fn sink() {
    let listener = spawn(config(), Behaviour::Sink).unwrap();
    let data = mebibyte();
    assert_eq!(talk(&listener, &data, 0), b"");
    assert!(listener.report().received == data);
}

#[test]
fn source() {
    let data = Arc::new(mebibyte());
    let listener = spawn(config(), Behaviour::Source(data.clone())).unwrap();
    for _ in 0..2 {
        assert!(talk(&listener, b"", usize::MAX) == *data);
        listener.report();
    }
}
