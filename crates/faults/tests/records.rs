//! Faults of TLS that are switched on in the middle of a connection, with any number of bytes of a record here and the
//! others still there: what has begun ends as it would, and the fault acts on the record behind it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test: what breaks here fails it")]

use module::{AtPort, PortId, Setup};
use std::{sync::Arc, time::Duration};
use testkit::{
    peer::{Manners, Peer, TlsPeer},
    server::{ServerConfig, Version},
    world::{Service, World},
};

const PORT: PortId = PortId(0);
/// A byte is on its way for so long, and alone.
const BYTE: Duration = Duration::from_millis(10);
/// More bytes than a record with five bytes of data has.
const RECORD: u32 = 48;

/// A connection that passes one byte at a time from now on.
fn online() -> World {
    let mut world = World::new(Setup { ports: vec![AtPort::Uart1], ..Setup::default() });
    let config = Arc::new(ServerConfig::new("localhost").only(Version::Tls12, 0xC02F));
    let peer = move || Box::new(TlsPeer::new(config.clone(), 1, Manners::Polite)) as Box<dyn Peer>;
    world.serve("192.0.2.1:443".parse().unwrap(), Service::Accept(Box::new(peer)), None);
    says(&mut world, "ATE0");
    says(&mut world, "AT+QIACT=1");
    let opened = says(&mut world, "AT+QSSLOPEN=1,0,0,\"192.0.2.1\",443,0");
    assert!(opened.ends_with("+QSSLOPEN: 0,0\r\n"), "{opened}");
    world.set_latency(BYTE);
    world.set_window(1);
    world
}

fn says(world: &mut World, line: &str) -> String {
    world.send(PORT, format!("{line}\r").as_bytes());
    String::from_utf8(world.take_output(PORT)).unwrap()
}

/// `before` is on its way, so many bytes of it have come, the fault begins, and `then` is said: what the host reads, and
/// how the trace explains the end.
fn struck(bytes: u32, fault: &str, then: impl Fn(&mut dyn Peer)) -> (String, String) {
    let mut world = online();
    world.with_peer(0, |peer| peer.send(b"begun"));
    world.run_for(BYTE * bytes);
    world.fault(fault.parse().unwrap()).unwrap();
    world.with_peer(0, then);
    world.run_for(Duration::from_secs(60));
    world.take_output(PORT);
    let read = says(&mut world, "AT+QSSLRECV=0,100");
    let read = read.split("\r\n").nth(2).unwrap_or_default().to_owned();
    let mut ends =
        world.events().iter().map(|(_, event)| event.to_string()).filter(|e| e.contains("injected"));
    (read, ends.next_back().unwrap_or_default())
}

#[test]
fn a_record_that_has_begun_is_not_corrupted() {
    for bytes in 0..=RECORD {
        let (read, end) = struck(bytes, "tls.corrupt", |peer| peer.send(b"behind"));
        let whole = if bytes == 0 { "" } else { "begun" };
        assert_eq!(read.trim_end_matches("OK"), whole, "{bytes}: {end}");
        assert!(end.contains("(injected by fault tls.corrupt)"), "{bytes}: {end}");
    }
}

#[test]
fn alerts_are_found_behind_it() {
    for bytes in 0..=RECORD {
        let (read, end) = struck(bytes, "tls.no_close_notify", |peer| peer.close());
        assert_eq!(read, "begun", "{bytes}: {end}");
        assert!(end.contains("without close_notify (injected"), "{bytes}: {end}");
        let (read, end) = struck(bytes, "tls.alert code=80", |peer| peer.send(b"behind"));
        let whole = if bytes == 0 { "" } else { "begun" };
        assert_eq!(read.trim_end_matches("OK"), whole, "{bytes}: {end}");
        assert!(end.contains("fatal alert 80 (internal_error)"), "{bytes}: {end}");
        assert!(end.contains("(injected by fault tls.alert)"), "{bytes}: {end}");
    }
}

#[test]
fn a_record_that_has_half_left_is_not_corrupted() {
    for bytes in 0..=RECORD {
        let mut world = online();
        let send = |world: &mut World, data: &str| {
            says(world, &format!("AT+QSSLSEND=0,{}", data.len()));
            world.send(PORT, data.as_bytes());
        };
        send(&mut world, "begun");
        world.run_for(BYTE * bytes);
        world.fault("tls.corrupt dir=up".parse().unwrap()).unwrap();
        send(&mut world, "behind");
        world.run_for(Duration::from_secs(60));
        let peer = world.peer(0).unwrap();
        assert_eq!(peer.received(), b"begun", "{bytes}: {:?}", peer.facts());
        assert!(peer.facts().iter().any(|fact| fact.contains("error")), "{bytes}: {:?}", peer.facts());
    }
}

#[test]
fn an_alert_that_has_half_gone_goes_whole_when_the_fault_ends() {
    let mut ends = Vec::new();
    for bytes in 0..=RECORD {
        let mut world = online();
        world.fault("tls.no_close_notify".parse().unwrap()).unwrap();
        world.with_peer(0, |peer| peer.close());
        world.run_for(BYTE * bytes);
        world.fault("off tls".parse().unwrap()).unwrap();
        world.run_for(Duration::from_secs(60));
        let mut said = world.events().iter().map(|(_, event)| event.to_string());
        let end = said.rfind(|event| event.contains("Connected -> Closing")).unwrap();
        ends.push(end.ends_with("without close_notify"));
        assert!(ends.ends_with(&[true]) || end.ends_with("(close_notify)"), "{bytes}: {end}");
    }
    // Nothing of it has come, or something.
    assert!(!ends[0] && ends[2..].iter().all(|is_without| *is_without), "{ends:?}");
}
