//! The client against the test server in every pair of version and suite: two readings of the
//! same RFCs have to understand each other.

#![allow(clippy::unwrap_used, reason = "a test")]

use modemtwin_peers::{
    ca::{Curve, Kind, pki},
    server::{
        Event, Group, Resumption, ServerConfig, Version,
        flow::Flow,
        pair::{ClientSide, Pair, Sender},
        suites::{self, Bulk, legal_pairs},
    },
};
use std::sync::Arc;

fn flows() -> impl Iterator<Item = Flow> {
    let identities = [None, Some(Kind::Rsa1024), Some(Kind::Ec(Curve::P256))];
    legal_pairs().flat_map(move |(version, suite)| {
        identities.into_iter().flat_map(move |identity| {
            // SSL 3.0 has no extensions, so no tickets.
            let kinds = if version == Version::Ssl30 { 1 } else { 2 };
            let kinds = [Resumption::Ids, Resumption::RenewedTickets].into_iter().take(kinds);
            kinds.map(move |resumption| Flow { version, suite: suite.code, identity, resumption })
        })
    })
}

#[test]
fn every_version_and_suite_full_and_resumed_with_and_without_client_certificate() {
    let data: Vec<u8> = (0..1000u32).map(|i| (i * i) as u8).collect();
    assert_eq!(legal_pairs().count(), 95);
    for flow in flows() {
        let [first, second] = flow.run(&data);
        for (pair, resumed) in [(&first, false), (&second, true)] {
            if let Some(objection) = flow.objection(pair, resumed, &data) {
                panic!("{flow:?}, resumed {resumed}: {objection}");
            }
        }
        let shown = first.server.events().iter().find_map(|event| match event {
            Event::ClientCertificate(chain) => Some(chain),
            _ => None,
        });
        let expected = flow.identity.map(|kind| pki().client(kind, "client").chain);
        assert_eq!(shown, expected.as_ref(), "{flow:?}");
    }
}

/// Recorded conversations can be compared byte for byte only if nothing but the seed decides. The
/// exception are ECDSA signatures, whose nonces the client's library makes itself.
#[test]
fn equal_seeds_give_equal_bytes() {
    let flows = flows().filter(|flow| flow.resumption == Resumption::Ids);
    for flow in flows.filter(|flow| !matches!(flow.identity, Some(Kind::Ec(_)))) {
        let [a, b] = [flow.run(b"same"), flow.run(b"same")];
        for (a, b) in a.iter().zip(&b) {
            assert!(a.wire == b.wire, "{flow:?}");
        }
    }
}

/// However the network cuts the server's bytes, the client says the same.
#[test]
fn every_split_gives_the_same_bytes() {
    for (version, code) in [
        (Version::Ssl30, 0x0004),
        (Version::Tls10, 0xc013),
        (Version::Tls11, 0x000a),
        (Version::Tls12, 0x003d),
        (Version::Tls12, 0xc02f),
    ] {
        let client = Arc::new(ClientSide::default().config());
        let talk = |cut| {
            let server = Arc::new(ServerConfig::new("localhost").only(version, code));
            let mut pair = Pair::new(client.clone(), None, server, 6).cut(cut);
            pair.run();
            pair.say(b"the same bytes");
            pair.close();
            assert_eq!(pair.received, b"the same bytes", "{version:?} {code:04x}, pieces of {cut}");
            let said = pair.wire.into_iter().filter(|(side, _)| *side == Sender::Client);
            said.flat_map(|(_, bytes)| bytes).collect::<Vec<_>>()
        };
        let whole = talk(usize::MAX);
        for cut in (1..=64).chain([100, 333, 512, 700, 1024]) {
            assert!(talk(cut) == whole, "{version:?} {code:04x}, pieces of {cut}");
        }
    }
}

/// One secret or ciphertext in 256 begins with a zero, which must not get lost.
#[test]
fn numbers_that_begin_with_zero() {
    let client = Arc::new(ClientSide::default().config());
    for (code, group) in [(0x002f, Group::P256), (0xc013, Group::P256), (0xc013, Group::X25519)] {
        let server = ServerConfig { groups: vec![group], ..ServerConfig::new("localhost") };
        let server = Arc::new(server.only(Version::Tls12, code));
        for seed in 0..600 {
            let mut pair = Pair::new(client.clone(), None, server.clone(), seed);
            pair.run();
            assert!(pair.server.established().is_some(), "{code:04x}, seed {seed}: {:?}", pair.error);
        }
    }
}

/// One established connection for each way of protecting records.
fn connections() -> impl Iterator<Item = ((Version, u16, bool), Pair)> {
    let codes = [0x0004, 0x0005, 0x000a, 0x002f, 0x0035, 0x003d, 0xc028, 0xc02f, 0xc030];
    let ways = Version::ALL.into_iter().flat_map(move |version| {
        codes.into_iter().flat_map(move |code| [true, false].map(|etm| (version, code, etm)))
    });
    let legal = ways.filter(|(version, code, etm)| {
        let suite = suites::by_code(*code).unwrap();
        let has_etm = suite.bulk.block().is_some() && *version > Version::Ssl30;
        suite.fits(*version) && (*etm || has_etm)
    });
    legal.map(|(version, code, etm)| {
        let client = Arc::new(ClientSide { encrypt_then_mac: etm, ..ClientSide::default() }.config());
        let server = Arc::new(ServerConfig::new("localhost").only(version, code));
        let mut pair = Pair::new(client, None, server, 3);
        pair.run();
        ((version, code, etm), pair)
    })
}

#[test]
fn every_length_around_the_longest_record_and_around_blocks() {
    let data: Vec<u8> = (0..40_000u32).map(|i| ((i * 31) >> 3) as u8).collect();
    for (way, mut pair) in connections() {
        let lengths = (1..70).chain(16384 - 20..16384 + 20).chain([32767, 32768, 32769, 40_000]);
        for len in lengths {
            pair.received.clear();
            pair.say(&data[..len]);
            assert_eq!(pair.error, None, "{way:?}, {len} bytes");
            assert!(pair.received == data[..len], "{way:?}, {len} bytes");
        }
        assert_eq!(pair.server.failure(), None, "{way:?}");
    }
}

/// With a chained IV whoever can choose plaintext can test guesses of earlier blocks, so the first
/// block of each write has to hold a MAC, which nobody can choose.
#[test]
fn cbc_with_chained_iv_splits_the_first_byte_off() {
    for ((version, code, _), mut pair) in connections() {
        pair.say(b"twelve bytes");
        let lengths = pair.server.events().iter().filter_map(|event| match event {
            Event::Data(n) => Some(*n),
            _ => None,
        });
        let cbc =
            matches!(suites::by_code(code).unwrap().bulk, Bulk::TripleDes | Bulk::Aes128 | Bulk::Aes256);
        let expected: &[usize] = if version <= Version::Tls10 && cbc { &[1, 11] } else { &[12] };
        assert_eq!(lengths.collect::<Vec<_>>(), expected, "{version:?} {code:04x}");
    }
}

/// What the client offers is what was set, and nothing that a version cannot carry.
#[test]
fn offer() {
    let hello = |side: &ClientSide| {
        let server = Arc::new(ServerConfig::new("localhost"));
        let mut pair = Pair::new(Arc::new(side.config()), None, server, 4);
        pair.run();
        pair.server.client_hello().unwrap().clone()
    };
    let all = hello(&ClientSide::default());
    assert_eq!(all.version, 0x0303);
    assert_eq!(all.server_name().as_deref(), Some("localhost"));
    assert!(all.secure_renegotiation());
    for (version, suite) in legal_pairs() {
        assert!(all.suites.contains(&suite.code), "{version:?} {:04x}", suite.code);
    }
    for version in Version::ALL {
        let only = hello(&ClientSide { versions: (version, version), ..ClientSide::default() });
        assert_eq!(only.version, version.wire());
        let offered = only.suites.iter().filter_map(|code| suites::by_code(*code));
        assert!(offered.clone().all(|suite| suite.fits(version)), "{version:?}");
        assert_eq!(offered.count(), if version == Version::Tls12 { 32 } else { 21 }, "{version:?}");
        assert_eq!(only.extensions.is_some(), version > Version::Ssl30, "{version:?}");
        assert_eq!(only.schemes().is_some(), version == Version::Tls12, "{version:?}");
    }
    let bare = ClientSide {
        sni: false,
        extended_master_secret: false,
        encrypt_then_mac: false,
        resumption: false,
        suites: vec![0x002f],
        versions: (Version::Tls10, Version::Tls10),
        ..ClientSide::default()
    };
    assert_eq!(hello(&bare).extension_types(), []);
    assert_eq!(hello(&bare).suites, [0x002f, 0x00ff]);
}
