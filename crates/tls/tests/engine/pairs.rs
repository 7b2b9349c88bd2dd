//! Every legal pair of version and suite, against a server that shares no code with the client.

use crate::common::{Pair, config, only, pairs, sample, server_version};
use modemtwin_tls::{Config, Version, Versions, suites};
use testkit::server::{Resumption, ServerConfig};

#[test]
fn there_are_95_pairs() {
    assert_eq!(pairs().count(), 95);
}

#[test]
fn every_pair_connects_echoes_and_closes() {
    for (version, suite) in pairs() {
        let server = ServerConfig::new("server.test").only(server_version(version), suite.code);
        let mut pair = Pair::new(only(version, suite.code), server);
        let agreed = pair.established();
        let context = format!("{version} {}", suite.name);
        let summary = pair.client.summary().expect("established").clone();
        assert_eq!((summary.version, summary.suite), (version, suite), "{context}");
        assert_eq!(summary.extended_master_secret, agreed.extended_master_secret, "{context}");
        assert_eq!(summary.extended_master_secret, version > Version::Ssl30, "{context}");
        assert_eq!(summary.encrypt_then_mac, version > Version::Ssl30 && suite.bulk.is_cbc(), "{context}");
        for len in [0, 1, 15, 16, 17, 20_000] {
            pair.echo(&sample(len));
        }
        pair.client.close(&mut pair.out);
        pair.run();
        assert!(pair.client.peer_has_closed(), "{context}");
    }
}

#[test]
fn every_pair_connects_without_any_extension() {
    for (version, suite) in pairs() {
        let server = ServerConfig {
            renegotiation_info: false,
            resumption: Resumption::No,
            ..ServerConfig::new("server.test").only(server_version(version), suite.code)
        };
        let config = Config {
            sni: false,
            extended_master_secret: false,
            encrypt_then_mac: false,
            resumption: false,
            ..only(version, suite.code)
        };
        let mut pair = Pair::new(config, server);
        let agreed = pair.established();
        assert!(!agreed.extended_master_secret && !agreed.encrypt_then_mac);
        pair.echo(&sample(3000));
    }
}

#[test]
fn every_pair_resumes_by_id_and_by_ticket() {
    for (version, suite) in pairs() {
        for resumption in [Resumption::Ids, Resumption::Tickets, Resumption::RenewedTickets] {
            let server = ServerConfig {
                resumption,
                ..ServerConfig::new("server.test").only(server_version(version), suite.code)
            };
            let mut first = Pair::new(only(version, suite.code), server.clone());
            assert!(!first.established().resumed);
            let session = first.client.take_session();
            if version == Version::Ssl30 && resumption != Resumption::Ids {
                continue;
            }
            let session = session.expect("a session");
            assert_eq!(session.has_ticket(), resumption != Resumption::Ids);

            let mut second = Pair::resuming(only(version, suite.code), server.clone(), Some(session));
            assert!(second.established().resumed, "{version} {} {resumption:?}", suite.name);
            assert!(second.client.summary().expect("established").resumed);
            second.echo(&sample(100));
            assert_eq!(second.client.take_session().is_some(), resumption == Resumption::RenewedTickets);

            // The server has forgotten it: a full handshake, and a new session.
            server.sessions.clear();
            let session = first.client.take_session();
            let mut third = Pair::resuming(only(version, suite.code), server, session);
            assert!(!third.established().resumed);
            assert!(third.client.take_session().is_some());
        }
    }
}

#[test]
fn version_4_offers_everything_and_the_server_decides() {
    for (version, suite) in pairs().filter(|(version, suite)| *version > Version::Ssl30 || !suite.kx.is_ec())
    {
        let server = ServerConfig::new("server.test").only(server_version(version), suite.code);
        let mut pair = Pair::new(config(), server);
        pair.established();
        let summary = pair.client.summary().expect("established");
        assert_eq!((summary.version, summary.suite), (version, suite));
    }
}

#[test]
fn version_4_ends_in_the_newest_version() {
    let mut pair = Pair::new(config(), ServerConfig::new("server.test"));
    pair.established();
    assert_eq!(pair.client.summary().expect("established").version, Version::Tls12);
}

#[test]
fn ssl_3_alone_offers_no_curves_unless_asked() {
    let all = Config { versions: Versions::only(Version::Ssl30), ..config() };
    let mut pair = Pair::new(all, ServerConfig::new("server.test"));
    pair.established();
    assert!(!pair.client.summary().expect("established").suite.kx.is_ec());
    assert_eq!(suites::SUITES.iter().filter(|suite| suite.offered_in(Version::Ssl30, false)).count(), 5);
    assert_eq!(suites::SUITES.iter().filter(|suite| suite.offered_in(Version::Ssl30, true)).count(), 21);
}
