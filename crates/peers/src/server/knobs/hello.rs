//! ServerHello: what the server may choose, and how it has to say so.

use super::*;
use crate::server::{
    Message,
    wire::{alert::*, extension},
};

/// An extension that was not offered, with content that would be right if it had been.
fn unsolicited(name: &str, hook: Hook) -> Knob {
    let due = Due::Alert(UNSUPPORTED_EXTENSION, "PeerMisbehaved(UnsolicitedExtension");
    knob(&format!("unsolicited extension {name}"), "RFC 5246 7.4.1.4", NO_SKE, hook, due)
}

pub(super) fn knobs() -> Vec<Knob> {
    let hello = |name, rule, edit, due| knob(name, rule, USUAL, Hook::ServerHello(edit), due);
    let illegal = |error| Due::Alert(ILLEGAL_PARAMETER, error);
    let version = |error| Due::Alert(PROTOCOL_VERSION, error);
    let decode = Due::Alert(DECODE_ERROR, "Decode");
    vec![
        hello(
            "ServerHello of TLS 1.3 by its version field",
            "RFC 5246 7.4.1.3",
            |h, _| h.version = 0x0304,
            version("PeerIncompatible(Version"),
        )
        .with(no_ssl3),
        hello(
            "ServerHello of SSL 2.0 by its version field",
            "RFC 5246 7.4.1.3",
            |h, _| h.version = 0x0200,
            version("PeerIncompatible(Version"),
        )
        .with(no_ssl3),
        hello(
            "ServerHello of DTLS",
            "RFC 5246 7.4.1.3",
            |h, _| h.version = 0xfefd,
            version("PeerIncompatible(Version"),
        )
        .with(no_ssl3),
        knob(
            "version below the lowest offered",
            "RFC 5246 7.4.1.3",
            NO_SKE,
            Hook::ServerHello(|h, _| h.version = 0x0302),
            version("PeerIncompatible(Version"),
        )
        .with(|s| s.client.versions = (Tls12, Tls12)),
        knob(
            "version above the highest offered",
            "RFC 5246 7.4.1.3",
            &[(Tls10, RSA_AES128)],
            Hook::ServerHello(|h, _| h.version = 0x0303),
            version("PeerMisbehaved(VersionNotOffered"),
        )
        .with(|s| s.client.versions = (Tls10, Tls10)),
        knob(
            "downgrade below TLS 1.2 with the mark of a server that can do it",
            "RFC 8446 4.1.3",
            &[(Tls10, RSA_AES128), (Tls11, RSA_AES128)],
            Hook::ServerHello(|h, _| h.random[24..].copy_from_slice(b"DOWNGRD\x00")),
            illegal("PeerMisbehaved(Downgrade"),
        ),
        hello(
            "suite that exists but was not offered",
            "RFC 5246 7.4.1.3",
            |h, _| h.suite = ECDHE_RSA_GCM256,
            illegal("PeerMisbehaved(SuiteNotOffered"),
        )
        .with(|s| s.client.suites = vec![ECDHE_RSA_GCM]),
        hello(
            "suite of TLS 1.3",
            "RFC 5246 7.4.1.3",
            |h, _| h.suite = 0x1301,
            illegal("PeerMisbehaved(SuiteNotOffered"),
        ),
        hello(
            "suite NULL_WITH_NULL_NULL",
            "RFC 5246 A.5",
            |h, _| h.suite = 0,
            illegal("PeerMisbehaved(SuiteNotOffered"),
        ),
        hello(
            "signalling value as suite",
            "RFC 5746 3.3",
            |h, _| h.suite = 0x00ff,
            illegal("PeerMisbehaved(SuiteNotOffered"),
        ),
        knob(
            "GCM suite in a version before TLS 1.2",
            "RFC 5289 4",
            &[(Tls10, ECDHE_RSA_AES128), (Tls11, ECDHE_RSA_AES128)],
            Hook::ServerHello(|h, _| h.suite = ECDHE_RSA_GCM),
            illegal("PeerMisbehaved(SuiteNotOffered"),
        ),
        knob(
            "SHA-256 suite in a version before TLS 1.2",
            "RFC 5246 1.2",
            &[(Tls10, RSA_AES128), (Tls11, RSA_AES128)],
            Hook::ServerHello(|h, _| h.suite = RSA_AES256_SHA256),
            illegal("PeerMisbehaved(SuiteNotOffered"),
        ),
        knob(
            "EC suite in SSL 3.0 that was offered for later versions only",
            "D10",
            &[(Ssl30, RSA_AES128)],
            Hook::ServerHello(|h, _| h.suite = ECDHE_RSA_AES128),
            illegal("PeerMisbehaved(SuiteNotOffered"),
        )
        .with(|s| s.client.suites_explicit = false),
        knob(
            "compression",
            "RFC 5246 7.4.1.3",
            EACH_VERSION,
            Hook::ServerHello(|h, _| h.compression = 1),
            illegal("PeerMisbehaved(Compression"),
        ),
        hello("session ID of 33 bytes", "RFC 5246 7.4.1.3", |h, _| h.session_id = vec![7; 33], decode)
            .with(no_ssl3),
        knob(
            "bytes after the ServerHello's extensions",
            "RFC 5246 7.4.1.3",
            USUAL,
            Hook::FirstFlight(|f| f.body(Message::ServerHello).push(0)),
            decode,
        ),
        knob(
            "one byte after a ServerHello without extensions",
            "RFC 6101 5.6.1.3",
            EACH_VERSION,
            Hook::ServerHello(|h, _| h.extensions.clear()),
            decode,
        )
        .and(Hook::FirstFlight(|f| f.body(Message::ServerHello).push(0))),
        knob(
            "ServerHello that ends within the random",
            "RFC 5246 7.4.1.3",
            USUAL,
            Hook::FirstFlight(|f| f.body(Message::ServerHello).truncate(20)),
            decode,
        )
        .with(no_ssl3),
        knob(
            "ServerHello without a compression method",
            "RFC 5246 7.4.1.3",
            USUAL,
            Hook::FirstFlight(|f| f.body(Message::ServerHello).truncate(2 + 32 + 1 + 2)),
            decode,
        )
        .with(no_ssl3),
        knob(
            "empty ServerHello",
            "RFC 5246 7.4.1.3",
            USUAL,
            Hook::FirstFlight(|f| f.body(Message::ServerHello).clear()),
            decode,
        )
        .with(no_ssl3),
        knob(
            "extensions that are longer than the message",
            "RFC 5246 7.4.1.4",
            USUAL,
            Hook::FirstFlight(|f| f.body(Message::ServerHello)[39] += 1),
            decode,
        ),
        knob(
            "extension that is longer than the extensions",
            "RFC 5246 7.4.1.4",
            USUAL,
            Hook::FirstFlight(|f| {
                let body = f.body(Message::ServerHello);
                let last = body.len() - 1;
                body[last] = 1;
            }),
            decode,
        )
        .and(Hook::ServerHello(|h, _| h.set(extension::EXTENDED_MASTER_SECRET, &[]))),
        unsolicited("ALPN", Hook::ServerHello(|h, _| h.add(extension::ALPN, b"\x00\x03\x02h2"))),
        unsolicited("status_request", Hook::ServerHello(|h, _| h.add(extension::STATUS_REQUEST, &[]))),
        unsolicited("heartbeat", Hook::ServerHello(|h, _| h.add(extension::HEARTBEAT, &[1]))),
        unsolicited(
            "supported_versions",
            Hook::ServerHello(|h, _| h.add(extension::SUPPORTED_VERSIONS, &[3, 4])),
        ),
        unsolicited("key_share", Hook::ServerHello(|h, _| h.add(51, b"\x00\x1d\x00\x01\x09"))),
        unsolicited("next protocol", Hook::ServerHello(|h, _| h.add(13172, b"\x02h2"))),
        unsolicited("that nobody knows", Hook::ServerHello(|h, _| h.add(0x1234, &[]))),
        unsolicited(
            "max_fragment_length",
            Hook::ServerHello(|h, _| h.add(extension::MAX_FRAGMENT_LENGTH, &[1])),
        ),
        unsolicited("session_ticket", Hook::ServerHello(|h, _| h.add(extension::SESSION_TICKET, &[])))
            .with(|s| s.client.resumption = false),
        unsolicited("server_name", Hook::ServerHello(|h, _| h.add(extension::SERVER_NAME, &[])))
            .with(|s| s.client.sni = false),
        unsolicited(
            "extended_master_secret",
            Hook::ServerHello(|h, _| h.add(extension::EXTENDED_MASTER_SECRET, &[])),
        )
        .with(|s| s.client.extended_master_secret = false),
        unsolicited("encrypt_then_mac", Hook::ServerHello(|h, _| h.add(extension::ENCRYPT_THEN_MAC, &[])))
            .with(|s| s.client.encrypt_then_mac = false),
        knob(
            "any extension in SSL 3.0 that was asked for without extensions",
            "RFC 6101 5.6.1.3",
            &[(Ssl30, RSA_AES128)],
            Hook::ServerHello(|h, _| h.add(extension::EXTENDED_MASTER_SECRET, &[])),
            Due::Alert(UNSUPPORTED_EXTENSION, "PeerMisbehaved(UnsolicitedExtension"),
        )
        .with(|s| s.client.versions = (Ssl30, Ssl30)),
        knob(
            "the same extension twice",
            "RFC 5246 7.4.1.4",
            NO_SKE,
            Hook::ServerHello(|h, _| h.add(extension::EXTENDED_MASTER_SECRET, &[])),
            illegal("PeerMisbehaved(DuplicateExtension"),
        ),
        knob(
            "renegotiation_info twice",
            "RFC 5246 7.4.1.4",
            EACH_TLS,
            Hook::ServerHello(|h, _| h.add(extension::RENEGOTIATION_INFO, &[0])),
            illegal("PeerMisbehaved(DuplicateExtension"),
        ),
        hello(
            "renegotiation_info of another connection",
            "RFC 5746 3.4",
            |h, _| h.set(extension::RENEGOTIATION_INFO, &[&[24][..], &[5; 24]].concat()),
            Due::Alert(HANDSHAKE_FAILURE, "PeerMisbehaved(RenegotiationInfo"),
        ),
        hello(
            "renegotiation_info without its length byte",
            "RFC 5746 3.2",
            |h, _| h.set(extension::RENEGOTIATION_INFO, &[]),
            decode,
        ),
        hello(
            "renegotiation_info with bytes after its value",
            "RFC 5746 3.2",
            |h, _| h.set(extension::RENEGOTIATION_INFO, &[0, 0]),
            decode,
        ),
        hello(
            "content in the answer to server_name",
            "RFC 6066 3",
            |h, _| h.set(extension::SERVER_NAME, b"\x00\x00"),
            decode,
        ),
        hello(
            "content in extended_master_secret",
            "RFC 7627 5.1",
            |h, _| h.set(extension::EXTENDED_MASTER_SECRET, &[0]),
            decode,
        ),
        knob(
            "content in encrypt_then_mac",
            "RFC 7366 2",
            NO_SKE,
            Hook::ServerHello(|h, _| h.set(extension::ENCRYPT_THEN_MAC, &[0])),
            decode,
        ),
        hello(
            "content in the promise of a ticket",
            "RFC 5077 3.2",
            |h, _| h.set(extension::SESSION_TICKET, b"ticket"),
            decode,
        ),
        hello(
            "point formats without the uncompressed one",
            "RFC 8422 5.1.2",
            |h, _| h.set(extension::POINT_FORMATS, &[1, 1]),
            illegal("PeerMisbehaved(PointFormats"),
        ),
        hello(
            "no point formats",
            "RFC 8422 5.1.2",
            |h, _| h.set(extension::POINT_FORMATS, &[0]),
            illegal("PeerMisbehaved(PointFormats"),
        ),
        hello(
            "point formats longer than their extension",
            "RFC 8422 5.1.2",
            |h, _| h.set(extension::POINT_FORMATS, &[3, 0]),
            decode,
        ),
        hello(
            "encrypt_then_mac with GCM",
            "RFC 7366 3",
            |h, _| h.add(extension::ENCRYPT_THEN_MAC, &[]),
            illegal("PeerMisbehaved(EncryptThenMac"),
        ),
        knob(
            "encrypt_then_mac with RC4",
            "RFC 7366 3",
            &[(Tls12, RSA_RC4)],
            Hook::ServerHello(|h, _| h.add(extension::ENCRYPT_THEN_MAC, &[])),
            illegal("PeerMisbehaved(EncryptThenMac"),
        ),
        hello(
            "another max_fragment_length than asked for",
            "RFC 6066 4",
            |h, _| h.set(extension::MAX_FRAGMENT_LENGTH, &[2]),
            illegal("PeerMisbehaved(MaxFragmentLength"),
        )
        .with(|s| s.client.max_fragment_length = Some(tls::MaxFragmentLength::Bytes512)),
        hello(
            "max_fragment_length of two bytes",
            "RFC 6066 4",
            |h, _| h.set(extension::MAX_FRAGMENT_LENGTH, &[1, 1]),
            decode,
        )
        .with(|s| s.client.max_fragment_length = Some(tls::MaxFragmentLength::Bytes512)),
    ]
}

/// Until the version is agreed, a client that offers SSL 3.0 speaks its alerts; these rows want the later ones.
fn no_ssl3(setup: &mut Setup) {
    setup.client.versions.0 = Tls10;
}
