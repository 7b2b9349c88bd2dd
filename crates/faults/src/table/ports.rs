//! What happens to bytes and lines on AT ports.

use super::{EVERY_WAY, Family, LATENCY, MS, Row, SIZE, Takes, net, param};
use crate::{
    effect::{Effect, Port},
    values::Values,
};

const fn port(name: &'static str, make: fn(&Values) -> Effect) -> Row {
    Row { family: Family::Port, dirs: EVERY_WAY, counts: "pieces of bytes", ..net(name, make) }
}

pub(super) static ROWS: &[Row] = &[
    Row {
        params: LATENCY,
        does: "Bytes come late. Order is kept.",
        sees: "the same, later",
        driver: "wait for the final result, and not for a fixed time",
        ..port("port.delay", |v| Effect::Delay(v.span("ms", "jitter")))
    },
    Row {
        dirs: EVERY_WAY,
        counts: "bytes",
        does: "Bytes are lost. Without `prob`, `nth`, `first` or `every` all are.",
        sees: "damaged commands: ERROR or nothing; damaged answers",
        driver: "give each command a timeout, synchronise with AT after it, and send the command again",
        ..port("port.drop", |_| Effect::Port(Port::Drop))
    },
    Row {
        params: &[param(
            "mask",
            Takes::Number(0, 255),
            Some(0),
            "bits that change; 0: one of the eight, by chance",
        )],
        counts: "bytes",
        does: "Bits of bytes change. Without `prob`, `nth`, `first` or `every` of all bytes.",
        sees: "damaged commands: ERROR; damaged answers",
        driver: "take only whole lines that it knows, and send again what was answered with ERROR",
        ..port("port.corrupt", |v| Effect::Port(Port::Corrupt { mask: v.byte("mask") }))
    },
    Row {
        params: &[
            param("size", SIZE, Some(1), "bytes of a piece"),
            param("vary", Takes::Number(0, 65_535), Some(0), "up to so many bytes more or less"),
            param("us", Takes::Number(0, 10_000_000), Some(10_000), "time between two pieces, microseconds"),
        ],
        does: "Bytes come in small pieces. Order is kept.",
        sees: "the same, in pieces",
        driver: "collect bytes up to the end of a line; a read is no line",
        ..port("port.split", |v| Effect::Slice {
            size: v.size("size"),
            vary: v.size("vary"),
            gap: v.micros("us"),
        })
    },
    Row {
        params: &[param("ms", MS, Some(20), "so many milliseconds")],
        does: "What comes within so long after a first byte comes together with it, at the end of that time.",
        sees: "several answers in one read",
        driver: "take lines apart: a read may hold several",
        ..port("port.merge", |v| Effect::Port(Port::Merge { within: v.millis("ms") }))
    },
    Row {
        dirs: &[],
        counts: "times that DTR moves",
        does: "The module does not see DTR move.",
        sees: "what AT&D says does not happen",
        driver: "look whether the mode has changed, and use +++ if it has not",
        ..port("port.lost_dtr", |_| Effect::Port(Port::LostDtr))
    },
];
