//! Alerts of the server, right and wrong.

use super::*;
use crate::server::{
    Item, Message,
    wire::{alert::*, content},
};

/// A fatal alert of this description in answer to the ClientHello, and one among the data.
macro_rules! fatal {
    ($($description:ident),* $(,)?) => {
        vec![$(
            knob(
                concat!("fatal alert ", stringify!($description), " in the handshake"),
                "RFC 5246 7.2.2",
                EACH_VERSION,
                Hook::FirstFlight(|f| f.0 = vec![Item::Record(content::ALERT, vec![FATAL, $description])]),
                Due::Silence("AlertReceived"),
            ),
            knob(
                concat!("fatal alert ", stringify!($description), " among the data"),
                "RFC 5246 7.2.2",
                USUAL,
                Hook::Traffic(|f| {
                    f.before(Message::Data, Item::Record(content::ALERT, vec![FATAL, $description]));
                }),
                Due::Silence("AlertReceived"),
            ),
        )*]
    };
}

pub(super) fn knobs() -> Vec<Knob> {
    let first = |name, edit, due| knob(name, "RFC 5246 7.2", EACH_VERSION, Hook::FirstFlight(edit), due);
    let traffic = |name, edit, due| knob(name, "RFC 5246 7.2", EACH_VERSION, Hook::Traffic(edit), due);
    let level = Due::Alert(ILLEGAL_PARAMETER, "PeerMisbehaved(AlertLevel");
    let split = Due::Alert(UNEXPECTED_MESSAGE, "PeerMisbehaved(SplitByOtherRecord");
    let flood = Due::Alert(UNEXPECTED_MESSAGE, "PeerMisbehaved(TooManyWarnings");
    let mut rows = fatal![
        UNEXPECTED_MESSAGE,
        BAD_RECORD_MAC,
        DECRYPTION_FAILED,
        RECORD_OVERFLOW,
        DECOMPRESSION_FAILURE,
        HANDSHAKE_FAILURE,
        BAD_CERTIFICATE,
        UNSUPPORTED_CERTIFICATE,
        CERTIFICATE_REVOKED,
        CERTIFICATE_EXPIRED,
        CERTIFICATE_UNKNOWN,
        ILLEGAL_PARAMETER,
        UNKNOWN_CA,
        ACCESS_DENIED,
        DECODE_ERROR,
        DECRYPT_ERROR,
        EXPORT_RESTRICTION,
        PROTOCOL_VERSION,
        INSUFFICIENT_SECURITY,
        INTERNAL_ERROR,
        INAPPROPRIATE_FALLBACK,
        UNRECOGNIZED_NAME,
    ];
    rows.extend([
        first(
            "fatal alert that nobody knows",
            |f| f.0 = vec![Item::Record(content::ALERT, vec![FATAL, 199])],
            Due::Silence("AlertReceived"),
        ),
        knob(
            "fatal alert in place of Finished",
            "RFC 5246 7.2.2",
            EACH_VERSION,
            Hook::LastFlight(|f| {
                f.remove(Message::Finished);
                f.push(Item::Record(content::ALERT, vec![FATAL, DECRYPT_ERROR]));
            }),
            Due::Silence("AlertReceived"),
        ),
        knob(
            "fatal alert in place of the last flight",
            "RFC 5246 7.2.2",
            EACH_VERSION,
            Hook::LastFlight(|f| f.0 = vec![Item::Record(content::ALERT, vec![FATAL, HANDSHAKE_FAILURE])]),
            Due::Silence("AlertReceived"),
        ),
        first(
            "close_notify in place of the ServerHello",
            |f| f.0 = vec![Item::Record(content::ALERT, vec![WARNING, CLOSE_NOTIFY])],
            Due::Silence("AlertReceived"),
        ),
        first(
            "close_notify in the middle of the flight",
            |f| f.before(Message::ServerHelloDone, Item::Record(content::ALERT, vec![WARNING, CLOSE_NOTIFY])),
            Due::Silence("AlertReceived"),
        ),
        first(
            "alert of level 0",
            |f| f.before(Message::Certificate, Item::Record(content::ALERT, vec![0, 90])),
            level,
        ),
        traffic(
            "alert of level 3 among the data",
            |f| f.before(Message::Data, Item::Record(content::ALERT, vec![3, 90])),
            level,
        ),
        first(
            "half an alert, then another message",
            |f| f.before(Message::Certificate, Item::Record(content::ALERT, vec![WARNING])),
            split,
        ),
        traffic(
            "an alert and a half, then data",
            |f| f.before(Message::Data, Item::Record(content::ALERT, vec![WARNING, 90, WARNING])),
            split,
        ),
        first(
            "warning in two records",
            |f| {
                f.before(Message::Certificate, Item::Record(content::ALERT, vec![WARNING]));
                f.before(Message::Certificate, Item::Record(content::ALERT, vec![90]));
            },
            Due::Accept,
        ),
        traffic(
            "two warnings in one record",
            |f| f.before(Message::Data, Item::Record(content::ALERT, vec![WARNING, 90, WARNING, 112])),
            Due::Accept,
        ),
        first(
            "flood of warnings in the handshake",
            |f| {
                (0..100).for_each(|_| {
                    f.before(Message::Certificate, Item::Record(content::ALERT, vec![WARNING, 90]));
                });
            },
            flood,
        ),
        traffic(
            "flood of warnings among the data",
            |f| {
                (0..100).for_each(|_| {
                    f.before(Message::Data, Item::Record(content::ALERT, vec![WARNING, 90]));
                });
            },
            flood,
        ),
        first(
            "warning that the name is not known",
            |f| {
                f.before(Message::ServerHello, Item::Record(content::ALERT, vec![WARNING, UNRECOGNIZED_NAME]))
            },
            Due::Accept,
        ),
        first(
            "warning that nobody knows",
            |f| f.before(Message::Certificate, Item::Record(content::ALERT, vec![WARNING, 199])),
            Due::Accept,
        ),
        traffic(
            "warning among the data",
            |f| f.before(Message::Data, Item::Record(content::ALERT, vec![WARNING, USER_CANCELED])),
            Due::Accept,
        ),
        traffic(
            "data after close_notify",
            |f| {
                f.push(Item::Record(content::ALERT, vec![WARNING, CLOSE_NOTIFY]));
                f.push(Item::Record(content::APPLICATION_DATA, b"never read".to_vec()));
            },
            Due::Accept,
        ),
        traffic(
            "garbage after close_notify",
            |f| {
                f.push(Item::Record(content::ALERT, vec![WARNING, CLOSE_NOTIFY]));
                f.push(Item::Bytes(b"never read".to_vec()));
            },
            Due::Accept,
        ),
        traffic("end without close_notify", |f| f.push(Item::Silence), Due::Accept),
    ]);
    rows
}
