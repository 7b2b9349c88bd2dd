//! What the interface promises beside the protocol.

use crate::common::{NOW, Pair, config, only, sample, server_version};
use modemtwin_tls::{
    AlertDescription, Client, Config, Error, Incompatible, Local, MaxFragmentLength, Misbehaved, Rng,
    ServerName, Version, Versions, suites,
};
use std::sync::Arc;
use testkit::server::{Hook, Item, Message, Resumption, ServerConfig};

fn established(config: Config) -> Pair {
    let mut pair = Pair::new(config, ServerConfig::new("server.test"));
    pair.established();
    pair
}

#[test]
fn nothing_can_be_written_before_the_handshake_is_finished() {
    let mut pair = Pair::new(config(), ServerConfig::new("server.test"));
    let early = pair.client.write(b"early", &mut pair.out);
    assert_eq!(early, Err(Error::Local(Local::NotEstablished)));
    // That was no harm.
    pair.established();
    pair.echo(b"now");
}

#[test]
fn a_configuration_that_offers_nothing_fails_at_once_and_says_so() {
    let config = Config { versions: Versions::only(Version::Tls11), ..only(Version::Tls12, 0xC02F) };
    let mut out = Vec::new();
    let mut client = Client::new(Arc::new(config), None, None, Rng::from_seed([0; 32]), NOW, &mut out);
    let error = Error::Local(Local::NothingToOffer);
    assert_eq!(client.error(), Some(&error));
    assert_eq!(client.read_tls(b"whatever", &mut out), Err(error));
    assert!(out.is_empty());
}

#[test]
fn the_first_error_sticks_and_comes_after_the_plaintext_before_it() {
    let mut pair = established(config());
    pair.server.write(b"good");
    let mut bytes = pair.server.take_output();
    pair.server.write(b"bad");
    let mut bad = pair.server.take_output();
    *bad.last_mut().expect("bytes") ^= 1;
    bytes.extend_from_slice(&bad);

    let client = &mut pair.client;
    client.read_tls(&bytes, &mut pair.out).expect("the first record is good");
    assert_eq!(client.plaintext(), b"good");
    client.consume(3, &mut pair.out).expect("there is a byte left");
    assert_eq!(client.plaintext(), b"d");
    assert!(pair.out.is_empty());
    let error = Error::PeerMisbehaved(Misbehaved::BadRecordMac);
    assert_eq!(client.consume(1, &mut pair.out), Err(error.clone()));
    assert!(!pair.out.is_empty(), "the alert");

    pair.out.clear();
    assert_eq!(client.consume(0, &mut pair.out), Err(error.clone()));
    assert_eq!(client.read_tls(b"more", &mut pair.out), Err(error.clone()));
    assert_eq!(client.write(b"more", &mut pair.out), Err(error.clone()));
    client.close(&mut pair.out);
    assert!(pair.out.is_empty(), "one alert is enough");
    assert_eq!(client.error(), Some(&error));
    assert!(client.plaintext().is_empty());
}

#[test]
fn plaintext_is_handed_out_record_by_record_and_waits() {
    let mut pair = established(only(Version::Tls12, 0xC02F));
    for piece in [&b"one"[..], b"two", b"three"] {
        pair.server.write(piece);
    }
    let bytes = pair.server.take_output();
    let room = pair.client.room();
    pair.client.read_tls(&bytes, &mut pair.out).expect("good records");
    assert_eq!(pair.client.plaintext(), b"one");
    assert!(pair.client.room() < room);
    for next in [&b"two"[..], b"three", b""] {
        let len = pair.client.plaintext().len();
        pair.client.consume(len, &mut pair.out).expect("good records");
        assert_eq!(pair.client.plaintext(), next);
    }
    assert_eq!(pair.client.room(), room);
}

#[test]
fn either_side_closes_in_good_order() {
    // We do.
    let mut pair = established(config());
    pair.client.close(&mut pair.out);
    pair.client.close(&mut pair.out);
    assert_eq!(pair.client.write(b"late", &mut pair.out), Err(Error::Closed));
    assert!(!pair.client.peer_has_closed());
    pair.run();
    assert_eq!(pair.server.alerts(), [(1, 0)]);
    assert!(pair.client.peer_has_closed());
    assert_eq!(pair.client.error(), None);

    // The server does, and what it has sent before comes first.
    let mut pair = established(config());
    pair.server.write(b"last words");
    pair.server.close();
    let bytes = pair.server.take_output();
    pair.client.read_tls(&bytes, &mut pair.out).expect("good records");
    assert!(!pair.client.peer_has_closed());
    assert_eq!(pair.client.plaintext(), b"last words");
    pair.client.consume(10, &mut pair.out).expect("good records");
    assert!(pair.client.peer_has_closed());
    pair.client.read_tls(b"garbage after the end", &mut pair.out).expect("it is not looked at");
    pair.run();
    assert_eq!(pair.server.alerts(), [(1, 0)], "close_notify is answered, once");
}

/// Whoever captures needs the keys before the first record that is encrypted with them.
#[test]
fn the_key_log_is_there_before_our_finished_leaves() {
    let mut pair = Pair::new(config(), ServerConfig::new("server.test"));
    let flight = std::mem::take(&mut pair.out);
    pair.server.read(&flight);
    assert!(pair.client.take_key_log().is_none());
    let answer = pair.server.take_output();
    pair.client.read_tls(&answer, &mut pair.out).expect("a good flight");
    assert!(!pair.client.is_established() && !pair.out.is_empty());
    assert!(pair.client.take_key_log().is_some_and(|line| line.starts_with("CLIENT_RANDOM ")));
}

#[test]
fn session_summary_and_key_log_come_once_and_belong_together() {
    let mut pair = established(config());
    let line = pair.client.take_key_log().expect("a line");
    let fields: Vec<&str> = line.split(' ').collect();
    let [label, random, secret] = fields[..] else { panic!("{line}") };
    assert_eq!((label, random.len(), secret.len()), ("CLIENT_RANDOM", 64, 96));
    assert!(pair.client.take_key_log().is_none());
    assert!(pair.client.take_session().is_some());
    assert!(pair.client.take_session().is_none());
    let summary = pair.client.summary().expect("established").to_string();
    assert!(summary.starts_with("TLS 1.2 TLS_"), "{summary}");

    let mut without = established(Config { resumption: false, ..config() });
    assert!(without.client.take_session().is_none());
}

#[test]
fn a_session_that_does_not_fit_the_configuration_is_not_offered() {
    let server = ServerConfig { resumption: Resumption::Ids, ..ServerConfig::new("server.test") };
    let session = || {
        let mut first = Pair::new(only(Version::Tls12, 0xC02F), server.clone());
        first.established();
        first.client.take_session()
    };
    for config in [
        only(Version::Tls12, 0xC030),
        only(Version::Tls11, 0xC013),
        Config { resumption: false, ..only(Version::Tls12, 0xC02F) },
        Config { extended_master_secret: false, ..only(Version::Tls12, 0xC02F) },
    ] {
        let mut second = Pair::resuming(config, server.clone(), session());
        assert!(!second.established().resumed);
        assert_eq!(second.server.client_hello().expect("a hello").session_id, []);
    }
}

#[test]
fn records_of_every_size_around_the_limit_arrive_and_leave() {
    // A stream cipher, CBC in both orders with implicit and explicit vectors, GCM.
    for (version, suite, encrypt_then_mac) in [
        (Version::Ssl30, 0x0004, false),
        (Version::Tls10, 0x000A, true),
        (Version::Tls10, 0x002F, false),
        (Version::Tls12, 0x003D, true),
        (Version::Tls12, 0xC028, false),
        (Version::Tls12, 0xC030, true),
    ] {
        let config = Config { encrypt_then_mac, ..only(version, suite) };
        let server = ServerConfig::new("server.test").only(server_version(version), suite);
        let mut pair = Pair::new(config, server);
        pair.established();
        for len in 16_380..=16_390 {
            pair.echo(&sample(len));
        }
    }
}

#[test]
fn max_fragment_length_holds_in_both_directions() {
    use MaxFragmentLength::{Bytes512, Bytes1024, Bytes2048, Bytes4096};
    for (length, len) in [(Bytes512, 512), (Bytes1024, 1024), (Bytes2048, 2048), (Bytes4096, 4096)] {
        let mut pair = established(Config { max_fragment_length: Some(length), ..config() });
        assert_eq!(pair.client.summary().expect("established").max_fragment_length, Some(length));
        pair.echo(&sample(10_000));
        let mut out = Vec::new();
        pair.client.write(&sample(10_000), &mut out).expect("open");
        let mut records = &out[..];
        while let [_, _, _, high, low, rest @ ..] = records {
            let fragment = usize::from(u16::from_be_bytes([*high, *low]));
            assert!(fragment <= len + 64, "a record of {fragment} bytes");
            records = &rest[fragment..];
        }
    }
}

#[test]
fn renegotiation_is_refused_and_the_connection_lives() {
    let mut pair = established(config());
    pair.server.request_renegotiation();
    pair.run();
    assert_eq!(pair.error, None);
    assert_eq!(pair.server.alerts(), [(1, AlertDescription::NO_RENEGOTIATION.0)]);
    pair.echo(b"still here");
}

#[test]
fn errors_tell_what_was_offered_and_what_the_server_said() {
    // The server has none of our suites.
    let server = ServerConfig { suites: vec![0xC030], ..ServerConfig::new("server.test") };
    let mut pair = Pair::new(only(Version::Tls12, 0x0035), server);
    pair.run();
    let error = pair.error.expect("no suite in common").to_string();
    for part in [
        "fatal alert 40 (handshake_failure)",
        "TLS 1.2",
        "TLS_RSA_WITH_AES_256_CBC_SHA (0X0035)",
        "SNI server.test",
    ] {
        assert!(error.contains(part), "{error}");
    }

    // The server insists on what is refused.
    let alert = Hook::Traffic(|flight| flight.before(Message::Data, Item::Record(21, vec![2, 40])));
    let server = ServerConfig { hooks: vec![alert], ..ServerConfig::new("server.test") };
    let mut pair = Pair::new(config(), server);
    pair.established();
    pair.server.write(b"data");
    pair.run();
    assert_eq!(
        pair.error.expect("a fatal alert").to_string(),
        "the server ended the connection with fatal alert 40 (handshake_failure): it wanted to renegotiate, which is \
         refused"
    );

    // The server speaks an older version only.
    let server = ServerConfig {
        versions: (testkit::server::Version::Tls10, testkit::server::Version::Tls10),
        ..ServerConfig::new("server.test")
    };
    let config = Config { versions: Versions::only(Version::Tls12), ..config() };
    let mut pair = Pair::new(config, server);
    pair.run();
    match pair.error.expect("no version in common") {
        Error::AlertReceived { description, .. } => {
            assert_eq!(description, AlertDescription::PROTOCOL_VERSION)
        }
        Error::PeerIncompatible(Incompatible::Version { server, .. }) => assert_eq!(server, 0x0301),
        other => panic!("{other}"),
    }

    // It is no TLS server at all.
    let mut pair = Pair::new(only(Version::Tls12, 0x0035), ServerConfig::new("server.test"));
    let error = pair.client.read_tls(b"HTTP/1.1 400 Bad Request\r\n", &mut pair.out);
    let error = error.expect_err("that is no record").to_string();
    assert!(error.contains("is this a TLS port at all?"), "{error}");
}

#[test]
fn no_address_is_sent_as_a_server_name() {
    let name = Some(ServerName::Ip("127.0.0.1".parse().expect("an address")));
    let mut out = Vec::new();
    Client::new(Arc::new(config()), name, None, Rng::from_seed([0; 32]), NOW, &mut out);
    assert!(!out.windows(9).any(|window| window == b"127.0.0.1"));
}

#[test]
fn preference_names_every_suite_once() {
    let mut codes: Vec<u16> = suites::by_preference().map(|suite| suite.code).collect();
    assert_eq!(codes.len(), 32);
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), 32);
    assert!(suites::SUITES.iter().all(|suite| codes.binary_search(&suite.code).is_ok()));
}
