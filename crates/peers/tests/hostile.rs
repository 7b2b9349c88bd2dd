//! The server is a product: whatever a client sends, it answers or gives up, and never panics.

#![allow(clippy::unwrap_used, reason = "a test")]

use modemtwin_peers::{
    ca::Kind,
    crypto::Rng,
    server::{
        ClientAuth, Server, ServerConfig, Version,
        pair::{ClientSide, Pair, Sender},
    },
};
use std::sync::Arc;

/// Suites with each key exchange and each kind of cipher, in versions that have them.
const COMBINATIONS: &[(Version, u16)] = &[
    (Version::Ssl30, 0x0005),
    (Version::Ssl30, 0x0035),
    (Version::Tls10, 0x000a),
    (Version::Tls11, 0xc013),
    (Version::Tls12, 0x002f),
    (Version::Tls12, 0x003d),
    (Version::Tls12, 0xc004),
    (Version::Tls12, 0xc023),
    (Version::Tls12, 0xc02f),
    (Version::Tls12, 0xc030),
];
const ROUNDS: u64 = 60;

fn config(version: Version, suite: u16) -> Arc<ServerConfig> {
    Arc::new(ServerConfig {
        client_auth: ClientAuth::Ask,
        ..ServerConfig::new("localhost").only(version, suite)
    })
}

/// What an honest client sends to this server, flight by flight.
fn honest(version: Version, suite: u16) -> Vec<Vec<u8>> {
    let client = ClientSide {
        versions: (version, version),
        suites: vec![suite],
        identity: Some(Kind::Rsa1024),
        ..ClientSide::default()
    };
    let mut pair = Pair::new(Arc::new(client.config()), None, config(version, suite), 1);
    pair.run();
    assert!(pair.client.is_established(), "{version:?} {suite:04x}: {:?}", pair.error);
    pair.say(b"data");
    pair.close();
    let sent = pair.wire.into_iter().filter(|(sender, _)| *sender == Sender::Client);
    sent.map(|(_, bytes)| bytes).collect()
}

/// A byte changed, taken out, or put in; a length field set to an end of its range; a piece twice.
fn spoil(flight: &mut Vec<u8>, rng: &mut Rng) {
    let [a, b, kind] = rng.array::<3>();
    if flight.is_empty() {
        return;
    }
    let at = (usize::from(a) << 8 | usize::from(b)) % flight.len();
    match kind % 6 {
        0 => flight[at] ^= 1 << (b % 8),
        1 => flight[at] = [0, 1, 0x7f, 0x80, 0xff][usize::from(b) % 5],
        2 => drop(flight.remove(at)),
        3 => flight.insert(at, b),
        4 => flight.truncate(at),
        _ => flight.extend_from_within(at..),
    }
}

#[test]
fn nothing_that_a_client_sends_makes_it_panic() {
    for (version, suite) in COMBINATIONS {
        let flights = honest(*version, *suite);
        for round in 0..ROUNDS {
            let mut rng = Rng::new(round, "spoilt");
            // Equal seeds give equal servers, so that all before the spoilt flight is in order.
            let mut server = Server::new(config(*version, *suite), 1);
            let victim = round as usize % flights.len();
            for (number, flight) in flights.iter().enumerate() {
                let mut flight = flight.clone();
                if number >= victim {
                    (0..=round % 3).for_each(|_| spoil(&mut flight, &mut rng));
                }
                // In pieces, as TCP may bring them.
                let size = 1 + usize::from(rng.array::<1>()[0]);
                flight.chunks(size).for_each(|piece| server.read(piece));
                server.take_output();
                server.take_plaintext();
            }
        }
    }
}

#[test]
fn noise_makes_it_give_up() {
    for seed in 0..200 {
        let mut rng = Rng::new(seed, "noise");
        let mut server = Server::new(Arc::new(ServerConfig::new("localhost")), seed);
        // Half of it looks like a record of a handshake.
        let header: &[u8] = if seed % 2 == 0 { &[22, 3, 1, 0, 200, 1, 0, 0, 196] } else { &[] };
        server.read(&[header, &rng.bytes(40_000)].concat());
        assert!(server.is_over(), "noise {seed} is still being read");
    }
}

#[test]
fn a_message_that_is_announced_too_long_is_not_waited_for() {
    let mut server = Server::new(Arc::new(ServerConfig::new("localhost")), 1);
    server.read(&[22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff]);
    assert_eq!(server.failure().unwrap().reason, "a handshake message too long");
}
