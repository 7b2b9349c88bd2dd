//! The record layer: headers, lengths, types, empty records.

use super::*;
use crate::server::{
    Fault, Flight, Item, Message,
    wire::{alert::*, content},
};

/// The last bytes before the usual application data.
fn before_data(flight: &mut Flight, item: Item) {
    flight.before(Message::Data, item);
}

pub(super) fn knobs() -> Vec<Knob> {
    let first = |name, rule, edit, due| knob(name, rule, EACH_VERSION, Hook::FirstFlight(edit), due);
    let traffic = |name, rule, edit, due| knob(name, rule, EACH_VERSION, Hook::Traffic(edit), due);
    let record = |name, rule, edit, due| knob(name, rule, EACH_VERSION, Hook::Record(edit), due);
    let unexpected = Due::Alert(UNEXPECTED_MESSAGE, "PeerMisbehaved(UnexpectedMessage");
    let unknown_type = Due::Alert(UNEXPECTED_MESSAGE, "PeerMisbehaved(UnknownContentType");
    let overflow = Due::Alert(RECORD_OVERFLOW, "PeerMisbehaved(RecordOverflow");
    let version = Due::Alert(PROTOCOL_VERSION, "PeerMisbehaved(RecordVersion");
    let empty = Due::Alert(DECODE_ERROR, "PeerMisbehaved(EmptyRecord");
    let flood = Due::Alert(UNEXPECTED_MESSAGE, "PeerMisbehaved(TooManyEmptyRecords");
    let decode = Due::Alert(DECODE_ERROR, "Decode");
    vec![
        // Content types.
        first(
            "record of an unknown type in the handshake",
            "RFC 5246 6",
            |f| f.before(Message::Certificate, Item::Record(99, vec![1])),
            unknown_type,
        ),
        first(
            "heartbeat in the handshake",
            "RFC 6520 4",
            |f| f.before(Message::Certificate, Item::Record(content::HEARTBEAT, vec![1, 0xff, 0xff])),
            unknown_type,
        ),
        traffic(
            "record of an unknown type among the data",
            "RFC 5246 6",
            |f| before_data(f, Item::Record(0, vec![1])),
            unknown_type,
        ),
        traffic(
            "heartbeat among the data",
            "RFC 6520 4",
            |f| before_data(f, Item::Record(content::HEARTBEAT, vec![1, 0, 1, 9])),
            unknown_type,
        ),
        first(
            "an HTTP answer in place of TLS",
            "RFC 5246 6.2.1",
            |f| f.0 = vec![Item::Bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())],
            unknown_type,
        ),
        first(
            "an SSH banner in place of TLS",
            "RFC 5246 6.2.1",
            |f| f.0 = vec![Item::Bytes(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec())],
            unknown_type,
        ),
        first(
            "an SSL 2.0 ServerHello",
            "RFC 5246 E.2",
            |f| {
                f.0 = vec![Item::Bytes(
                    b"\x80\x13\x04\x00\x01\x00\x02\x00\x00\x00\x03\x00\x05\x07\x00\xc0\x00\x00\x00\x00\x00"
                        .to_vec(),
                )]
            },
            unknown_type,
        ),
        // Versions.
        record(
            "record of another version in the handshake",
            "RFC 5246 6.2.1",
            |r| {
                if r.index == 1 {
                    r.version ^= 1;
                }
            },
            version,
        ),
        record(
            "record of another version among the data",
            "RFC 5246 6.2.1",
            |r| {
                if r.content == content::APPLICATION_DATA {
                    r.fault = Some(Fault::HeaderVersion(r.version ^ 1));
                }
            },
            version,
        ),
        record(
            "record of another version for the ChangeCipherSpec",
            "RFC 5246 6.2.1",
            |r| {
                if r.content == content::CHANGE_CIPHER_SPEC {
                    r.version ^= 1;
                }
            },
            version,
        ),
        record(
            "first record of a version that is not 3.x",
            "RFC 5246 E.1",
            |r| {
                if r.index == 0 {
                    r.version = 0x0203;
                }
            },
            version,
        )
        .with(|s| s.client.versions.0 = s.client.versions.0.max(s.server.versions.0)),
        // Lengths.
        record(
            "plain record that says 2^14 + 2049 bytes",
            "RFC 5246 6.2.3",
            |r| {
                if r.index == 1 {
                    r.fault = Some(Fault::HeaderLength(16384 + 2049));
                }
            },
            overflow,
        ),
        record(
            "protected record that says 65535 bytes",
            "RFC 5246 6.2.3",
            |r| {
                if r.content == content::APPLICATION_DATA {
                    r.fault = Some(Fault::HeaderLength(0xffff));
                }
            },
            overflow,
        ),
        first(
            "plain record with 2^14 + 1 bytes",
            "RFC 5246 6.2.1",
            |f| f.before(Message::Certificate, Item::Record(content::HANDSHAKE, vec![0x0b; 16385])),
            overflow,
        ),
        traffic(
            "protected record with 2^14 + 1 bytes of data",
            "RFC 5246 6.2.1",
            |f| before_data(f, Item::Record(content::APPLICATION_DATA, vec![0; 16385])),
            overflow,
        ),
        knob(
            "protected record with 2^14 + 1 bytes of data, GCM",
            "RFC 5246 6.2.1",
            USUAL,
            Hook::Traffic(|f| before_data(f, Item::Record(content::APPLICATION_DATA, vec![0; 16385]))),
            overflow,
        ),
        knob(
            "protected record with 2^14 + 1 bytes of data, RC4",
            "RFC 5246 6.2.1",
            &[(Ssl30, RSA_RC4), (Tls10, RSA_RC4), (Tls12, RSA_RC4)],
            Hook::Traffic(|f| before_data(f, Item::Record(content::APPLICATION_DATA, vec![0; 16385]))),
            overflow,
        ),
        knob(
            "more data in a record than max_fragment_length allows",
            "RFC 6066 4",
            USUAL,
            Hook::Traffic(|f| before_data(f, Item::Record(content::APPLICATION_DATA, vec![0; 513]))),
            overflow,
        )
        .with(|s| s.client.max_fragment_length = Some(tls::MaxFragmentLength::Bytes512)),
        knob(
            "longest record that a cipher could make, and it is none",
            "RFC 5246 6.2.3",
            USUAL,
            Hook::Traffic(|f| before_data(f, Item::Record(content::APPLICATION_DATA, vec![0; 16384]))),
            Due::Alert(BAD_RECORD_MAC, "PeerMisbehaved(BadRecordMac"),
        )
        .and(Hook::Record(|r| {
            if r.payload.len() == 16384 {
                // Nonce and tag are 24 bytes.
                r.fault = Some(Fault::Extra(2048 - 24));
            }
        })),
        // Empty records.
        first(
            "empty handshake record",
            "RFC 5246 6.2.1",
            |f| f.before(Message::Certificate, Item::Record(content::HANDSHAKE, vec![])),
            empty,
        ),
        first(
            "empty alert record",
            "RFC 5246 6.2.1",
            |f| f.before(Message::Certificate, Item::Record(content::ALERT, vec![])),
            empty,
        ),
        traffic(
            "empty handshake record among the data",
            "RFC 5246 6.2.1",
            |f| before_data(f, Item::Record(content::HANDSHAKE, vec![])),
            empty,
        ),
        traffic(
            "empty alert record among the data",
            "RFC 5246 6.2.1",
            |f| before_data(f, Item::Record(content::ALERT, vec![])),
            empty,
        ),
        traffic(
            "flood of empty data records",
            "RFC 5246 6.2.1",
            |f| (0..1000).for_each(|_| before_data(f, Item::Record(content::APPLICATION_DATA, vec![]))),
            flood,
        ),
        // What comes at the wrong time.
        first(
            "application data before ServerHello",
            "RFC 5246 7.4",
            |f| f.before(Message::ServerHello, Item::Record(content::APPLICATION_DATA, vec![1, 2, 3])),
            unexpected,
        ),
        first(
            "application data before ServerHelloDone",
            "RFC 5246 7.4",
            |f| f.before(Message::ServerHelloDone, Item::Record(content::APPLICATION_DATA, vec![1, 2, 3])),
            unexpected,
        ),
        first(
            "empty application data before ServerHelloDone",
            "RFC 5246 7.4",
            |f| f.before(Message::ServerHelloDone, Item::Record(content::APPLICATION_DATA, vec![])),
            unexpected,
        ),
        knob(
            "application data between ChangeCipherSpec and Finished",
            "RFC 5246 7.4.9",
            EACH_VERSION,
            Hook::LastFlight(|f| {
                f.before(Message::Finished, Item::Record(content::APPLICATION_DATA, vec![1, 2, 3]));
            }),
            unexpected,
        ),
        knob(
            "application data before the ChangeCipherSpec",
            "RFC 5246 7.4.9",
            EACH_VERSION,
            Hook::LastFlight(|f| {
                f.before(Message::ChangeCipherSpec, Item::Record(content::APPLICATION_DATA, vec![1, 2, 3]));
            }),
            unexpected,
        ),
        traffic(
            "ChangeCipherSpec among the data",
            "RFC 5246 7.1",
            |f| before_data(f, Item::ChangeCipherSpec(vec![1])),
            unexpected,
        ),
        traffic("Finished among the data", "RFC 5246 7.4.9", |f| before_data(f, Item::Finished), unexpected),
        traffic(
            "ServerHello among the data, without a renegotiation",
            "RFC 5246 7.4.1.3",
            |f| {
                let body = [&[3, 3][..], &[9; 32], &[0, 0, 0x2f, 0]].concat();
                before_data(f, Item::Handshake(2, body));
            },
            unexpected,
        ),
        traffic(
            "Certificate among the data",
            "RFC 5246 7.4.2",
            |f| before_data(f, Item::Handshake(11, vec![0, 0, 0])),
            unexpected,
        ),
        traffic(
            "NewSessionTicket among the data",
            "RFC 5077 3.3",
            |f| before_data(f, Item::Handshake(4, vec![0, 0, 0, 9, 0, 1, 7])),
            unexpected,
        ),
        traffic(
            "handshake message of an unknown type among the data",
            "RFC 5246 7.4",
            |f| before_data(f, Item::Handshake(99, vec![7])),
            unexpected,
        ),
        traffic(
            "HelloRequest with content",
            "RFC 5246 7.4.1.1",
            |f| before_data(f, Item::Handshake(0, vec![1])),
            decode,
        ),
        traffic(
            "flood of HelloRequests",
            "RFC 5246 7.4.1.1",
            |f| (0..100).for_each(|_| before_data(f, Item::Handshake(0, vec![]))),
            Due::Alert(UNEXPECTED_MESSAGE, "PeerMisbehaved("),
        ),
        knob(
            "renegotiation in SSL 3.0, which has no word to decline it",
            "RFC 5746 4.5",
            &[(Ssl30, RSA_AES128)],
            Hook::Traffic(|f| before_data(f, Item::Handshake(0, vec![]))),
            Due::Alert(HANDSHAKE_FAILURE, "PeerMisbehaved(Renegotiation"),
        ),
    ]
}
