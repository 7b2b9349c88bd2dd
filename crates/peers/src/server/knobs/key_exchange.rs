//! ServerKeyExchange: curve, point and signature.

use super::*;
use crate::server::{Group, Message, wire::alert::*};

pub(super) fn knobs() -> Vec<Knob> {
    let exchange = |name, rule, edit, due| knob(name, rule, EACH_ECDHE, Hook::KeyExchange(edit), due);
    let body = |name, edit, due| knob(name, "RFC 8422 5.4", EACH_ECDHE, Hook::FirstFlight(edit), due);
    let x25519 =
        |name, edit, due| knob(name, "RFC 8422 5.11", USUAL, Hook::KeyExchange(edit), due).with(only_x25519);
    let scheme = |name, rule, edit, due| knob(name, rule, USUAL, Hook::KeyExchange(edit), due);
    let signature = |name, edit, due| knob(name, "RFC 5246 7.4.3", EACH_ECDHE, Hook::Signature(edit), due);
    let illegal = |error| Due::Alert(ILLEGAL_PARAMETER, error);
    let bad_point = illegal("PeerMisbehaved(BadPublicValue");
    let decode = Due::Alert(DECODE_ERROR, "Decode");
    let bad_signature = Due::Alert(DECRYPT_ERROR, "PeerMisbehaved(BadSignature");
    vec![
        exchange(
            "curve given by its prime",
            "RFC 8422 5.4",
            |k| k.curve_type = 1,
            Due::Alert(HANDSHAKE_FAILURE, "PeerIncompatible(ExplicitCurve"),
        ),
        exchange(
            "curve given by its characteristic-2 field",
            "RFC 8422 5.4",
            |k| k.curve_type = 2,
            Due::Alert(HANDSHAKE_FAILURE, "PeerIncompatible(ExplicitCurve"),
        ),
        exchange(
            "curve that was not offered",
            "RFC 8422 5.4",
            |k| k.group = 22,
            illegal("PeerMisbehaved(GroupNotOffered"),
        ),
        exchange(
            "curve number of no curve",
            "RFC 8422 5.4",
            |k| k.group = 0xff00,
            illegal("PeerMisbehaved(GroupNotOffered"),
        ),
        exchange("point beside the curve", "RFC 8422 5.11", |k| k.point[64] ^= 1, bad_point),
        exchange(
            "compressed point",
            "RFC 8422 5.4.1",
            |k| {
                let sign = 2 + (k.point[64] & 1);
                k.point.truncate(33);
                k.point[0] = sign;
            },
            bad_point,
        ),
        exchange("hybrid point", "RFC 8422 5.4.1", |k| k.point[0] = 6 + (k.point[64] & 1), bad_point),
        exchange("point at infinity", "RFC 8422 5.4", |k| k.point = vec![0], bad_point),
        exchange("point with coordinates of zero", "RFC 8422 5.11", |k| k.point[1..].fill(0), bad_point),
        exchange(
            "point with coordinates not below the prime",
            "SEC 1 2.3.4",
            |k| k.point[1..].fill(0xff),
            bad_point,
        ),
        exchange("point of one byte less", "SEC 1 2.3.4", |k| k.point.truncate(64), bad_point),
        exchange("point of one byte more", "SEC 1 2.3.4", |k| k.point.push(0), bad_point),
        exchange("point of P-256 on P-384", "RFC 8422 5.4", |k| k.group = 24, bad_point),
        exchange("point of P-256 on X25519", "RFC 8422 5.4", |k| k.group = 29, bad_point),
        exchange("point of no bytes", "RFC 8422 5.4", |k| k.point.clear(), bad_point),
        x25519("X25519 with a public value of zero", |k| k.point.fill(0), bad_point),
        x25519(
            "X25519 with a public value of one",
            |k| {
                k.point.fill(0);
                k.point[0] = 1;
            },
            bad_point,
        ),
        x25519("X25519 with 31 bytes", |k| k.point.truncate(31), bad_point),
        x25519("X25519 with 33 bytes", |k| k.point.push(0), bad_point),
        exchange("point longer than the message", "RFC 8422 5.4", |k| k.point_len = Some(255), decode),
        body("ServerKeyExchange of three bytes", |f| f.body(Message::ServerKeyExchange).truncate(3), decode),
        body("empty ServerKeyExchange", |f| f.body(Message::ServerKeyExchange).clear(), decode),
        body("bytes after the signature", |f| f.body(Message::ServerKeyExchange).push(0), decode),
        body(
            "ServerKeyExchange without its signature",
            |f| f.body(Message::ServerKeyExchange).truncate(4 + 65),
            decode,
        ),
        body(
            "signature cut short",
            |f| {
                let body = f.body(Message::ServerKeyExchange);
                body.truncate(body.len() - 1);
            },
            decode,
        ),
        signature(
            "signature with a wrong bit",
            |s| {
                let last = s.signature.len() - 1;
                s.signature[last] ^= 1;
            },
            bad_signature,
        ),
        signature("signature of zeros", |s| s.signature.fill(0), bad_signature),
        signature("signature of no bytes", |s| s.signature.clear(), bad_signature),
        signature("signature with a byte after it, inside its field", |s| s.signature.push(0), bad_signature),
        exchange(
            "signature over the randoms of another connection",
            "RFC 5246 7.4.3",
            |k| k.sign_other_random = true,
            bad_signature,
        ),
        body(
            "signature over another point",
            // The x coordinate of a point is changed together with its sign: still on the curve.
            |f| {
                let body = f.body(Message::ServerKeyExchange);
                negate_p256(&mut body[4..69]);
            },
            bad_signature,
        ),
        scheme(
            "signature scheme that was not offered",
            "RFC 5246 7.4.3",
            |k| k.scheme = Some(0x0101),
            illegal("PeerMisbehaved(SchemeNotOffered"),
        ),
        scheme(
            "signature scheme of the other kind of key",
            "RFC 5246 7.4.3",
            |k| k.scheme = Some(0x0403),
            illegal("PeerMisbehaved(SchemeNotOffered"),
        ),
        scheme(
            "signature scheme that nobody knows",
            "RFC 5246 7.4.3",
            |k| k.scheme = Some(0x0909),
            illegal("PeerMisbehaved(SchemeNotOffered"),
        ),
        scheme(
            "DSA signature",
            "RFC 5246 7.4.3",
            |k| k.scheme = Some(0x0402),
            illegal("PeerMisbehaved(SchemeNotOffered"),
        ),
        knob(
            "signature under another scheme than it says",
            "RFC 5246 7.4.3",
            USUAL,
            Hook::Signature(|s| s.scheme = Some(0x0501)),
            bad_signature,
        ),
        knob(
            "PKCS#1 signature that says it is PSS",
            "RFC 8446 4.2.3",
            USUAL,
            Hook::Signature(|s| s.scheme = Some(0x0804)),
            bad_signature,
        ),
    ]
}

fn only_x25519(setup: &mut Setup) {
    setup.server.groups = vec![Group::X25519];
}

/// Takes the other point with the same x: y becomes p - y.
fn negate_p256(point: &mut [u8]) {
    const P: [u8; 32] = *b"\xff\xff\xff\xff\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\
                           \x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";
    let mut borrow = 0;
    for i in (0..32).rev() {
        let difference = i16::from(P[i]) - i16::from(point[33 + i]) - borrow;
        borrow = i16::from(difference < 0);
        point[33 + i] = (difference + 256 * borrow) as u8;
    }
}
