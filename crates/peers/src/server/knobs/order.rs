//! Messages left out, repeated, moved or made up; ChangeCipherSpec and Finished.

use super::*;
use crate::server::{
    Flight, Item, Message, Resumption,
    wire::{alert::*, content, handshake},
};

/// A message that no server sends at this place.
fn intruder(name: &str, edit: fn(&mut Flight)) -> Knob {
    let due = Due::Alert(UNEXPECTED_MESSAGE, "PeerMisbehaved(UnexpectedMessage");
    knob(name, "RFC 5246 7.4", USUAL, Hook::FirstFlight(edit), due)
}

pub(super) fn knobs() -> Vec<Knob> {
    let unexpected = Due::Alert(UNEXPECTED_MESSAGE, "PeerMisbehaved(UnexpectedMessage");
    let first = |name, edit| knob(name, "RFC 5246 7.3", EACH_VERSION, Hook::FirstFlight(edit), unexpected);
    let ecdhe = |name, edit| knob(name, "RFC 5246 7.3", EACH_ECDHE, Hook::FirstFlight(edit), unexpected);
    let last = |name, edit, due| knob(name, "RFC 5246 7.1", EACH_VERSION, Hook::LastFlight(edit), due);
    let finished = |name, edit, due| knob(name, "RFC 5246 7.4.9", EACH_VERSION, Hook::VerifyData(edit), due);
    let decode = Due::Alert(DECODE_ERROR, "Decode");
    let bad_finished = Due::Alert(DECRYPT_ERROR, "PeerMisbehaved(BadFinished");
    let bad_mac = Due::Alert(BAD_RECORD_MAC, "PeerMisbehaved(BadRecordMac");
    let split = Due::Alert(UNEXPECTED_MESSAGE, "PeerMisbehaved(SplitByOtherRecord");
    vec![
        // Left out.
        first("no ServerHello", |f| drop(f.remove(Message::ServerHello))),
        first("no Certificate", |f| drop(f.remove(Message::Certificate))),
        ecdhe("no ServerKeyExchange", |f| drop(f.remove(Message::ServerKeyExchange))),
        first("ChangeCipherSpec in place of ServerHelloDone", |f| {
            f.remove(Message::ServerHelloDone);
            f.push(Item::ChangeCipherSpec(vec![1]));
        }),
        // What the ciphertext reads as is chance.
        last(
            "no ChangeCipherSpec, Finished protected",
            |f| drop(f.remove(Message::ChangeCipherSpec)),
            Due::AnyAlert,
        ),
        last(
            "no ChangeCipherSpec, Finished in plain",
            |f| {
                f.remove(Message::ChangeCipherSpec);
                f.remove(Message::Activate);
            },
            unexpected,
        ),
        last("ChangeCipherSpec, but Finished in plain", |f| drop(f.remove(Message::Activate)), bad_mac),
        knob(
            "application data in place of Finished",
            "RFC 5246 7.4.9",
            EACH_VERSION,
            Hook::LastFlight(|f| {
                f.remove(Message::Finished);
                f.push(Item::Record(content::APPLICATION_DATA, b"too early".to_vec()));
            }),
            unexpected,
        ),
        // Repeated.
        first("ServerHello twice", |f| f.repeat(Message::ServerHello)),
        first("Certificate twice", |f| f.repeat(Message::Certificate)),
        ecdhe("ServerKeyExchange twice", |f| f.repeat(Message::ServerKeyExchange)),
        // Not in the server's handshake hash: the client has sent its Finished by then.
        first("ServerHelloDone twice", |f| f.push(Item::Record(content::HANDSHAKE, vec![14, 0, 0, 0]))),
        last("ChangeCipherSpec twice", |f| f.repeat(Message::ChangeCipherSpec), bad_mac),
        last(
            "ChangeCipherSpec twice, the second protected",
            |f| f.after(Message::Activate, Item::ChangeCipherSpec(vec![1])),
            unexpected,
        ),
        last("Finished twice", |f| f.repeat(Message::Finished), unexpected),
        // Moved.
        first("Certificate before ServerHello", |f| f.swap(Message::ServerHello, Message::Certificate)),
        first("ServerHelloDone before Certificate", |f| {
            f.swap(Message::Certificate, Message::ServerHelloDone)
        }),
        ecdhe("ServerKeyExchange before Certificate", |f| {
            f.swap(Message::Certificate, Message::ServerKeyExchange);
        }),
        ecdhe("ServerHelloDone before ServerKeyExchange", |f| {
            f.swap(Message::ServerKeyExchange, Message::ServerHelloDone);
        }),
        last(
            "Finished before ChangeCipherSpec",
            |f| {
                let finished = f.remove(Message::Finished);
                f.before(Message::ChangeCipherSpec, finished);
            },
            unexpected,
        ),
        first("ChangeCipherSpec before ServerHello", |f| {
            f.before(Message::ServerHello, Item::ChangeCipherSpec(vec![1]));
        }),
        first("ChangeCipherSpec before Certificate", |f| {
            f.before(Message::Certificate, Item::ChangeCipherSpec(vec![1]));
        }),
        first("ChangeCipherSpec before ServerHelloDone", |f| {
            f.before(Message::ServerHelloDone, Item::ChangeCipherSpec(vec![1]));
        }),
        ecdhe("ChangeCipherSpec before ServerKeyExchange", |f| {
            f.before(Message::ServerKeyExchange, Item::ChangeCipherSpec(vec![1]));
        }),
        knob(
            "ChangeCipherSpec right after ServerHelloDone, before the client's",
            "RFC 5246 7.1, CVE-2014-0224",
            EACH_VERSION,
            Hook::FirstFlight(|f| f.push(Item::ChangeCipherSpec(vec![1]))),
            bad_mac,
        )
        .with(|s| s.server.resumption = Resumption::No),
        // Made up.
        intruder("ServerKeyExchange with RSA key transport", |f| {
            let body = vec![3, 0, 23, 0];
            f.before(Message::ServerHelloDone, Item::Handshake(handshake::SERVER_KEY_EXCHANGE, body));
        })
        .with(|s| s.server.suites = vec![RSA_AES128]),
        knob(
            "ServerKeyExchange with fixed ECDH",
            "RFC 8422 5.4",
            &[(Tls10, 0xc004), (Tls12, 0xc029)],
            Hook::FirstFlight(|f| {
                let body = vec![3, 0, 23, 0];
                f.before(Message::ServerHelloDone, Item::Handshake(handshake::SERVER_KEY_EXCHANGE, body));
            }),
            unexpected,
        ),
        intruder("ClientHello from the server", |f| {
            f.before(Message::ServerHello, Item::Handshake(handshake::CLIENT_HELLO, vec![3; 40]));
        }),
        intruder("ClientKeyExchange from the server", |f| {
            f.before(Message::ServerHelloDone, Item::Handshake(handshake::CLIENT_KEY_EXCHANGE, vec![0]));
        }),
        intruder("CertificateVerify from the server", |f| {
            f.before(Message::ServerHelloDone, Item::Handshake(handshake::CERTIFICATE_VERIFY, vec![0; 8]));
        }),
        intruder("CertificateStatus that was not asked for", |f| {
            let body = vec![1, 0, 0, 1, 0x30];
            f.after(Message::Certificate, Item::Handshake(handshake::CERTIFICATE_STATUS, body));
        }),
        intruder("NewSessionTicket in the first flight", |f| {
            let body = vec![0, 0, 0, 9, 0, 1, 7];
            f.before(Message::ServerHelloDone, Item::Handshake(handshake::NEW_SESSION_TICKET, body));
        }),
        intruder("HelloVerifyRequest of DTLS", |f| {
            f.before(Message::ServerHello, Item::Handshake(3, vec![0xfe, 0xff, 0]));
        }),
        intruder("EncryptedExtensions of TLS 1.3", |f| {
            f.after(Message::ServerHello, Item::Handshake(8, vec![0, 0]));
        }),
        intruder("KeyUpdate of TLS 1.3", |f| {
            f.after(Message::Certificate, Item::Handshake(24, vec![0]));
        }),
        intruder("handshake message of an unknown type", |f| {
            f.after(Message::Certificate, Item::Handshake(99, vec![1, 2, 3]));
        }),
        intruder("Finished in the first flight", |f| {
            f.before(Message::ServerHelloDone, Item::Handshake(handshake::FINISHED, vec![0; 12]));
        }),
        knob(
            "handshake message that says it has 16 MB",
            "RFC 5246 7.4",
            EACH_VERSION,
            Hook::FirstFlight(|f| f.lie_about_length(Message::Certificate, 0xff_ffff)),
            Due::Alert(ILLEGAL_PARAMETER, "PeerMisbehaved(HandshakeTooLong"),
        ),
        knob(
            "handshake message that says it is one byte shorter",
            "RFC 5246 7.4",
            USUAL,
            Hook::FirstFlight(|f| {
                let len = f.body(Message::ServerHello).len() as u32;
                f.lie_about_length(Message::ServerHello, len - 1);
            }),
            decode,
        ),
        // Interrupted.
        knob(
            "ChangeCipherSpec in the middle of a message",
            "RFC 5246 6.2.1",
            EACH_VERSION,
            Hook::LastFlight(|f| f.before(Message::ChangeCipherSpec, Item::RawHandshake(vec![20, 0]))),
            split,
        ),
        knob(
            "alert in the middle of a message",
            "RFC 5246 6.2.1",
            EACH_VERSION,
            Hook::FirstFlight(|f| {
                f.before(Message::Certificate, Item::RawHandshake(vec![11, 0]));
                f.before(Message::Certificate, Item::Record(content::ALERT, vec![WARNING, 90]));
            }),
            split,
        ),
        knob(
            "application data in the middle of a message",
            "RFC 5246 6.2.1",
            EACH_VERSION,
            Hook::FirstFlight(|f| {
                f.before(Message::Certificate, Item::RawHandshake(vec![11, 0]));
                f.before(Message::Certificate, Item::Record(content::APPLICATION_DATA, vec![1]));
            }),
            unexpected_or_split(),
        ),
        // ChangeCipherSpec and Finished.
        last(
            "ChangeCipherSpec with the value 2",
            |f| ccs(f, vec![2]),
            Due::Alert(ILLEGAL_PARAMETER, "Decode"),
        ),
        last("ChangeCipherSpec of two bytes", |f| ccs(f, vec![1, 1]), decode),
        last(
            "ChangeCipherSpec of no bytes",
            |f| ccs(f, vec![]),
            Due::Alert(DECODE_ERROR, "PeerMisbehaved(EmptyRecord"),
        ),
        finished("Finished with a wrong bit at its start", |v| v[0] ^= 1, bad_finished),
        finished(
            "Finished with a wrong bit at its end",
            |v| {
                let end = v.len() - 1;
                v[end] ^= 0x80;
            },
            bad_finished,
        ),
        finished("Finished of zeros", |v| v.fill(0), bad_finished),
        finished("Finished of one byte less", |v| v.truncate(v.len() - 1), bad_finished),
        finished("Finished of one byte more", |v| v.push(0), bad_finished),
        finished("empty Finished", |v| v.clear(), bad_finished),
        knob(
            "resumed handshake with a wrong Finished",
            "RFC 5246 7.4.9",
            EACH_VERSION,
            Hook::VerifyData(|v| v[3] ^= 4),
            bad_finished,
        )
        .with(resumption::by_id),
        last(
            "unknown message in the record of Finished",
            |f| f.push(Item::Handshake(99, vec![])),
            unexpected,
        )
        .with(|s| s.server.packing = Packing::Coalesced),
    ]
}

/// Both rules are broken; which one is named is the client's choice, and ours names the one seen first.
fn unexpected_or_split() -> Due {
    Due::Alert(UNEXPECTED_MESSAGE, "PeerMisbehaved(")
}

fn ccs(flight: &mut Flight, content: Vec<u8>) {
    let at = flight.position(Message::ChangeCipherSpec);
    flight.0[at] = Item::ChangeCipherSpec(content);
}
