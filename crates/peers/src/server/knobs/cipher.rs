//! Record protection: MAC, padding, nonce and tag. All faults are one to the peer: bad_record_mac.

use super::*;
use crate::server::{Fault, Outgoing, wire::alert::*};

/// Stream, block and AEAD ciphers in each version, with encrypt-then-MAC where it is agreed.
const EACH_CIPHER: &[(Version, u16)] = &[
    (Ssl30, RSA_RC4),
    (Ssl30, RSA_AES128),
    (Ssl30, ECDHE_RSA_3DES),
    (Tls10, RSA_RC4),
    (Tls10, RSA_AES128),
    (Tls10, ECDHE_RSA_3DES),
    (Tls11, RSA_RC4),
    (Tls11, RSA_AES128),
    (Tls12, 0x0004),
    (Tls12, RSA_RC4),
    (Tls12, RSA_AES128),
    (Tls12, ECDHE_RSA_3DES),
    (Tls12, RSA_AES256_SHA256),
    (Tls12, 0xc028),
    (Tls12, ECDHE_RSA_GCM),
    (Tls12, ECDHE_RSA_GCM256),
];

/// Ciphers that have a padding, and where it is checked whole.
const EACH_TLS_CBC: &[(Version, u16)] = &[
    (Tls10, RSA_AES128),
    (Tls10, ECDHE_RSA_3DES),
    (Tls11, RSA_AES128),
    (Tls12, RSA_AES128),
    (Tls12, ECDHE_RSA_3DES),
    (Tls12, RSA_AES256_SHA256),
    (Tls12, 0xc028),
];

const EACH_CBC: &[(Version, u16)] = &[
    (Ssl30, RSA_AES128),
    (Ssl30, ECDHE_RSA_3DES),
    (Tls10, RSA_AES128),
    (Tls10, ECDHE_RSA_3DES),
    (Tls11, RSA_AES128),
    (Tls12, RSA_AES128),
    (Tls12, RSA_AES256_SHA256),
    (Tls12, 0xc028),
];

/// Ciphers whose nonce or IV stands in the record.
const EACH_EXPLICIT: &[(Version, u16)] =
    &[(Tls11, RSA_AES128), (Tls12, RSA_AES128), (Tls12, ECDHE_RSA_GCM), (Tls12, ECDHE_RSA_GCM256)];

/// Spoils the first record under the keys, which holds Finished, or the data after it.
macro_rules! fault {
    (finished, $fault:expr) => {
        Hook::Record(|r: &mut Outgoing| {
            if r.protected && r.content == crate::server::wire::content::HANDSHAKE {
                r.fault = Some($fault);
            }
        })
    };
    (data, $fault:expr) => {
        Hook::Record(|r: &mut Outgoing| {
            if r.content == crate::server::wire::content::APPLICATION_DATA {
                r.fault = Some($fault);
            }
        })
    };
}

pub(super) fn knobs() -> Vec<Knob> {
    let bad_mac = Due::Alert(BAD_RECORD_MAC, "PeerMisbehaved(BadRecordMac");
    let row = |name, rule, on, hook| knob(name, rule, on, hook, bad_mac);
    let each = |name, rule, hook| row(name, rule, EACH_CIPHER, hook);
    vec![
        each("wrong MAC or tag of Finished", "RFC 5246 6.2.3", fault!(finished, Fault::BadMac)),
        each("wrong MAC or tag of data", "RFC 5246 6.2.3", fault!(data, Fault::BadMac)),
        each("MAC of another sequence number", "RFC 5246 6.2.3", fault!(data, Fault::WrongSequence)),
        each("MAC of another content type", "RFC 5246 6.2.3", fault!(data, Fault::MacOfOtherType)),
        // SSL 3.0 leaves the version out of the MAC.
        row(
            "MAC of another version",
            "RFC 5246 6.2.3",
            &EACH_CIPHER[3..],
            fault!(data, Fault::MacOfOtherVersion),
        ),
        each("wrong bit in the ciphertext", "RFC 5246 6.2.3", fault!(data, Fault::BadCiphertext)),
        row(
            "wrong bit in the explicit nonce or IV",
            "RFC 5246 6.2.3",
            EACH_EXPLICIT,
            fault!(data, Fault::BadNonce),
        ),
        each(
            "data under the name of a handshake message",
            "RFC 5246 6.2.3",
            fault!(data, Fault::HeaderType(22)),
        ),
        each("data under the name of an alert", "RFC 5246 6.2.3", fault!(data, Fault::HeaderType(21))),
        each("record in plain after the keys are in use", "RFC 5246 6.1", fault!(data, Fault::Plain)),
        each("protected record one byte short", "RFC 5246 6.2.3", fault!(data, Fault::OneByteShort)),
        each("protected record with a byte too many", "RFC 5246 6.2.3", fault!(data, Fault::Extra(1))),
        each("protected record with a block too many", "RFC 5246 6.2.3", fault!(data, Fault::Extra(16))),
        each("protected record of no bytes", "RFC 5246 6.2.3", fault!(data, Fault::Cut(0))),
        each("protected record of one byte", "RFC 5246 6.2.3", fault!(data, Fault::Cut(1))),
        each("protected record of 15 bytes", "RFC 5246 6.2.3", fault!(data, Fault::Cut(15))),
        each("protected record of one block", "RFC 5246 6.2.3", fault!(data, Fault::Cut(16))),
        each("protected record of 24 bytes", "RFC 5246 6.2.3", fault!(data, Fault::Cut(24))),
        each("protected record of two blocks", "RFC 5246 6.2.3", fault!(data, Fault::Cut(32))),
        each("Finished cut to one block", "RFC 5246 6.2.3", fault!(finished, Fault::Cut(16))),
        row(
            "wrong byte in the padding",
            "RFC 5246 6.2.3.2",
            EACH_TLS_CBC,
            fault!(data, Fault::BadPaddingByte),
        ),
        row(
            "wrong byte in the padding of Finished",
            "RFC 5246 6.2.3.2",
            EACH_TLS_CBC,
            fault!(finished, Fault::BadPaddingByte),
        ),
        row(
            "wrong byte at the far end of a long padding",
            "RFC 5246 6.2.3.2",
            EACH_TLS_CBC,
            fault!(data, Fault::BadFarPaddingByte),
        ),
        row(
            "padding longer than the record",
            "RFC 5246 6.2.3.2",
            EACH_CBC,
            fault!(data, Fault::PaddingTooLong),
        ),
        row(
            "padding that reaches into the MAC",
            "RFC 5246 6.2.3.2",
            EACH_CBC,
            fault!(data, Fault::PaddingIntoMac),
        ),
        row(
            "padding of more than a block in SSL 3.0",
            "RFC 6101 5.2.3.2",
            &[(Ssl30, RSA_AES128), (Ssl30, ECDHE_RSA_3DES)],
            fault!(data, Fault::LongPadding),
        ),
        row(
            "wrong MAC under encrypt-then-MAC off",
            "RFC 5246 6.2.3.1",
            EACH_TLS_CBC,
            fault!(data, Fault::BadMac),
        )
        .with(mac_then_encrypt),
        row(
            "wrong ciphertext under encrypt-then-MAC off",
            "RFC 5246 6.2.3.1",
            EACH_TLS_CBC,
            fault!(data, Fault::BadCiphertext),
        )
        .with(mac_then_encrypt),
        row(
            "wrong byte in the padding, encrypt-then-MAC off",
            "RFC 5246 6.2.3.2",
            EACH_TLS_CBC,
            fault!(data, Fault::BadPaddingByte),
        )
        .with(mac_then_encrypt),
        row(
            "wrong far byte in the padding, encrypt-then-MAC off",
            "RFC 5246 6.2.3.2",
            EACH_TLS_CBC,
            fault!(data, Fault::BadFarPaddingByte),
        )
        .with(mac_then_encrypt),
        row(
            "padding longer than the record, encrypt-then-MAC off",
            "RFC 5246 6.2.3.2",
            EACH_TLS_CBC,
            fault!(data, Fault::PaddingTooLong),
        )
        .with(mac_then_encrypt),
        row(
            "padding that reaches into the MAC, encrypt-then-MAC off",
            "RFC 5246 6.2.3.2",
            EACH_TLS_CBC,
            fault!(data, Fault::PaddingIntoMac),
        )
        .with(mac_then_encrypt),
        row(
            "cut to two blocks, encrypt-then-MAC off",
            "RFC 5246 6.2.3.2",
            EACH_TLS_CBC,
            fault!(data, Fault::Cut(32)),
        )
        .with(mac_then_encrypt),
        knob(
            "longest padding",
            "RFC 5246 6.2.3.2",
            EACH_TLS_CBC,
            fault!(data, Fault::LongPadding),
            Due::Accept,
        ),
        knob(
            "longest padding, encrypt-then-MAC off",
            "RFC 5246 6.2.3.2",
            EACH_TLS_CBC,
            fault!(data, Fault::LongPadding),
            Due::Accept,
        )
        .with(mac_then_encrypt),
        knob(
            "padding of arbitrary bytes in SSL 3.0",
            "RFC 6101 5.2.3.2",
            &[(Ssl30, RSA_AES128), (Ssl30, ECDHE_RSA_3DES)],
            fault!(data, Fault::BadPaddingByte),
            Due::Accept,
        ),
    ]
}

fn mac_then_encrypt(setup: &mut Setup) {
    setup.server.encrypt_then_mac = false;
}
