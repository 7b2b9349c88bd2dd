//! Entry points for fuzzers and for the replay of their corpora (`fuzz/corpus`): the product beside its counterparts.
//! Whatever the bytes, these return.

use crate::{
    ca::{Curve, Kind},
    server::{
        ClientAuth, Fault, Flight, Hook, Item, Outgoing, ServerConfig,
        pair::{ClientSide, MaxFragmentLength, Pair},
        suites::legal_pairs,
    },
    transcript,
    world::World,
};
use module::{AtPort, MODELS, PortId, Setup, Tolerance};
use std::{cell::RefCell, sync::Arc, time::Duration};

/// One change of what the server sends: which step of it, what to do, and two arguments.
type Edit = [u8; 4];

thread_local! {
    /// Hooks are plain functions, so this is where they find their edits.
    static EDITS: RefCell<Vec<Edit>> = const { RefCell::new(Vec::new()) };
}

/// A connection of the client with the test server, which protects and hashes its messages after they are edited; so a
/// change is not stopped by the first MAC or Finished.
///
/// The first byte chooses version and suite, the second settings, every four after them are an edit.
pub fn dialogue(bytes: &[u8]) {
    let Some(([pair, settings], edits)) = bytes.split_first_chunk() else { return };
    let Some((version, suite)) = legal_pairs().nth(usize::from(*pair) % legal_pairs().count()) else {
        return;
    };
    let (edits, _) = edits.as_chunks();
    EDITS.with_borrow_mut(|current| *current = edits.iter().copied().take(16).collect());
    let identity = match settings & 3 {
        0 => None,
        1 => Some(Kind::Rsa1024),
        _ => Some(Kind::Ec(Curve::P256)),
    };
    let client = ClientSide {
        versions: (version, version),
        suites: vec![suite.code],
        verify: settings & 4 != 0,
        identity,
        max_fragment_length: (settings & 8 != 0).then_some(MaxFragmentLength::Bytes512),
        ..ClientSide::default()
    };
    let server = ServerConfig {
        client_auth: if settings & 16 != 0 { ClientAuth::Ask } else { ClientAuth::No },
        hooks: vec![
            Hook::FirstFlight(|flight| edit(0, flight)),
            Hook::LastFlight(|flight| edit(1, flight)),
            Hook::Traffic(|flight| edit(2, flight)),
            Hook::Record(spoil),
        ],
        ..ServerConfig::new("localhost").only(version, suite.code)
    };
    let mut pair = Pair::new(Arc::new(client.config()), None, Arc::new(server), 1);
    pair.run();
    pair.say(b"a few words");
    pair.say(&[7; 600]);
    pair.close();
}

/// The edits of a flight: the first two bits of each say which flight, the others which step.
fn edit(flight_number: u8, flight: &mut Flight) {
    let items = &mut flight.0;
    for [place, what, a, b] in EDITS.with_borrow(Clone::clone) {
        if place >> 6 != flight_number || items.is_empty() {
            continue;
        }
        let at = usize::from(place & 63) % items.len();
        let filling = vec![b; usize::from(a)];
        match what % 10 {
            0 => drop(items.remove(at)),
            1 => items.insert(at, items[at].clone()),
            2 => {
                let other = usize::from(a) % items.len();
                items.swap(at, other);
            }
            3 => items.insert(at, Item::Record(20 + b % 5, filling)),
            4 => items.insert(at, Item::Handshake(b, filling)),
            5 => items.insert(at, Item::Record(21, vec![a, b])),
            6 => items.insert(at, Item::RawHandshake(filling)),
            _ => change(&mut items[at], what, a, b),
        }
    }
}

/// Edits of a body.
fn change(item: &mut Item, what: u8, a: u8, b: u8) {
    let (Item::Handshake(_, body) | Item::Record(_, body) | Item::ChangeCipherSpec(body)) = item else {
        return;
    };
    match what % 10 {
        7 => body.truncate(body.len().saturating_sub(usize::from(a))),
        8 => body.extend(vec![b; usize::from(a)]),
        _ if body.is_empty() => {}
        _ => {
            // Lengths stand at the front.
            let at = usize::from(a) % body.len();
            body[at] = b;
        }
    }
}

/// The edits of records.
fn spoil(record: &mut Outgoing) {
    for [place, what, a, b] in EDITS.with_borrow(Clone::clone) {
        if place >> 6 != 3 || record.index != u64::from(place & 63) {
            continue;
        }
        record.fault = Some(match what % 13 {
            0 => Fault::BadMac,
            1 => Fault::WrongSequence,
            2 => Fault::BadPaddingByte,
            3 => Fault::BadFarPaddingByte,
            4 => Fault::PaddingTooLong,
            5 => Fault::PaddingIntoMac,
            6 => Fault::LongPadding,
            7 => Fault::OneByteShort,
            8 => Fault::Cut(a.into()),
            9 => Fault::Extra(a.into()),
            10 => Fault::HeaderType(a),
            11 => Fault::HeaderLength(u16::from_be_bytes([a, b])),
            _ => Fault::Plain,
        });
    }
}

/// What a host types: `0xFE` lets 1.1 s pass, `0xFD` turns DTR, everything else is a byte on the first port. A server
/// listens at 192.0.2.1:443.
pub fn at_port(bytes: &[u8]) {
    let mut world = World::new(Setup {
        ports: vec![AtPort::Uart1, AtPort::UsbAt],
        model: MODELS[1],
        tolerance: Tolerance::Default,
        clock_unix: 1_795_348_800,
        seed: [5; 32],
        ..Setup::default()
    });
    let (_, make) = transcript::service("tls", &["key=rsa1024"]).expect("a service of transcripts");
    world.serve("192.0.2.1:443".parse().expect("an address"), make(), None);
    let port = PortId(0);
    let mut dtr = true;
    for piece in bytes.chunk_by(|a, b| *a < 0xFD && *b < 0xFD) {
        match piece {
            [0xFE] => world.run_for(Duration::from_millis(1100)),
            [0xFD] => {
                dtr = !dtr;
                world.set_dtr(port, dtr);
            }
            typed => world.send(port, typed),
        }
    }
    world.run_for(Duration::from_secs(200));
}
