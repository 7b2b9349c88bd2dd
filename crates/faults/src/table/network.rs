//! What happens to connections, datagrams and echo requests.

use super::{BYTES, DOWN_FIRST, EVERY_WAY, LATENCY, MS, Row, SIZE, Takes, net, param, required};
use crate::effect::{Effect, Net};

pub(super) static ROWS: &[Row] = &[
    Row {
        params: LATENCY,
        dirs: EVERY_WAY,
        does: "Bytes, datagrams and echo requests take longer; a connect takes both ways. Order is kept.",
        sees: "the same, later",
        driver: "wait: a timeout shorter than the delay there and back ends what would have gone well",
        ..net("net.latency", |v| Effect::Delay(v.span("ms", "jitter")))
    },
    Row {
        params: &[
            required("kbit", Takes::Number(1, 10_000_000), "kilobits per second"),
            param(
                "of",
                Takes::Word(&["conn", "module"]),
                None,
                "each connection has so much, or all of the module's together (conn)",
            ),
        ],
        dirs: EVERY_WAY,
        does: "So many bits pass a second each way, in steps of 10 ms.",
        sees: "the same, more slowly",
        driver: "wait for SEND OK, and give transfers time according to their length",
        ..net("net.bandwidth", |v| Effect::Bandwidth {
            kbit: v.unsigned("kbit"),
            is_shared: v.word("of") == Some("module"),
        })
    },
    Row {
        params: &[
            param("size", SIZE, Some(64), "bytes of a piece"),
            param("vary", Takes::Number(0, 65_535), Some(0), "up to so many bytes more or less"),
            param("us", Takes::Number(0, 10_000_000), Some(0), "time between two pieces, microseconds"),
        ],
        dirs: EVERY_WAY,
        does: "Bytes come in small pieces. No datagram is cut.",
        sees: "the same; more `recv`",
        driver: "read on until the message is whole: one `recv` is no message",
        ..net("net.slicer", |v| Effect::Slice {
            size: v.size("size"),
            vary: v.size("vary"),
            gap: v.micros("us"),
        })
    },
    Row {
        params: &[
            param("bytes", BYTES, Some(0), "so many bytes of each connection pass before, each way"),
            param(
                "ms",
                MS,
                None,
                "the connection breaks after so many milliseconds; without it, it only waits",
            ),
        ],
        dirs: EVERY_WAY,
        does: "Nothing passes: a connect is never answered, a connection stalls, datagrams and echo requests are lost. \
               Bytes of connections that stall wait until the fault ends.",
        sees: "open: 569 after 150 s (TCP) or negotiatetime (TLS), after `ms` if that is sooner; `+QPING: 569`",
        driver: "end the attempt after a timeout of its own, close the socket, and open it again with growing pauses",
        ..net("net.timeout", |v| {
            Effect::Net(Net::Timeout { bytes: v.unsigned("bytes"), limit: v.maybe_millis("ms") })
        })
    },
    Row {
        params: &[
            param("bytes", BYTES, None, "after so many bytes of a direction"),
            param("ms", MS, Some(0), "so many milliseconds after the connect, when no bytes are said"),
        ],
        dirs: EVERY_WAY,
        does: "The connection is reset.",
        sees: "open: 566; later `closed`, and reads what came before",
        driver: "read what came before, close the socket, open it again, and send again what was not confirmed",
        ..net("net.reset_peer", |v| {
            Effect::Net(Net::Reset { bytes: v.maybe_unsigned("bytes"), after: v.millis("ms") })
        })
    },
    Row {
        params: &[required("bytes", BYTES, "bytes that pass")],
        dirs: DOWN_FIRST,
        does: "The connection is closed (FIN) after so many bytes.",
        sees: "open: 566; later `closed`, and reads what came before",
        driver: "read what came before, close the socket, and take a message that is not whole for none",
        ..net("net.limit_data", |v| Effect::Net(Net::Limit { bytes: v.unsigned("bytes") }))
    },
    Row {
        params: &[param("ms", MS, Some(1000), "so many milliseconds")],
        dirs: DOWN_FIRST,
        does: "FIN comes late.",
        sees: "`closed` later; QSSLCLOSE and QICLOSE wait longer",
        driver: "give the close its time, and do not use the id before its OK",
        ..net("net.slow_close", |v| Effect::SlowClose { late: v.millis("ms") })
    },
    Row {
        params: &[param("bytes", BYTES, Some(0), "bytes that pass before")],
        dirs: DOWN_FIRST,
        does: "The peer is gone and nobody says so: its data stop, and neither FIN nor RST comes, also when the fault \
               has ended. `dir=up`: what is sent goes nowhere.",
        sees: "open: 569; later nothing, SEND OK",
        driver: "ask for a sign of life (keep-alive of the protocol, or AT+QICFG=\"tcp/keepalive\"), and open again without one",
        ..net("net.half_open", |v| Effect::Net(Net::HalfOpen { bytes: v.unsigned("bytes") }))
    },
    Row {
        does: "RST answers the connect.",
        sees: "566",
        driver: "try again with growing pauses, or another server",
        ..net("net.refuse", |_| Effect::Net(Net::Refuse))
    },
    Row {
        does: "A router answers that there is no way; echo requests too.",
        sees: "566; `+QPING: 559`",
        driver: "try again with growing pauses; after some tries deactivate the context and activate it again",
        ..net("net.unreachable", |_| Effect::Net(Net::Unreachable))
    },
    Row {
        params: &[required(
            "why",
            Takes::Word(&["denied", "no_socket", "in_use", "other"]),
            "what the operating system says",
        )],
        does: "The socket for a connect, bind, listen or echo request cannot be had.",
        sees: "554 no_socket, 556 in_use, 557 listeners, else 566 (a chosen port that is denied: 556)",
        driver: "close sockets that it does not need, take another local port, and try again later",
        ..net("net.socket", |v| Effect::Net(Net::Socket(v.failure("why"))))
    },
    Row {
        dirs: EVERY_WAY,
        counts: "datagrams and echo requests",
        does: "Datagrams and echo requests are lost.",
        sees: "nothing; `+QPING: 569`; QNTP asks again",
        driver: "send again what was not answered",
        ..net("net.loss", |_| Effect::Net(Net::Lose))
    },
    Row {
        dirs: EVERY_WAY,
        counts: "datagrams",
        does: "Datagrams come twice.",
        sees: "the datagram again",
        driver: "number requests, and pass over what was answered already",
        ..net("net.duplicate", |_| Effect::Net(Net::Duplicate))
    },
    Row {
        params: &[param("ms", MS, Some(20), "so many milliseconds")],
        dirs: EVERY_WAY,
        counts: "datagrams",
        does: "Datagrams come later, and those after them overtake.",
        sees: "another order",
        driver: "number datagrams, and sort them",
        ..net("net.reorder", |v| Effect::Net(Net::Reorder { late: v.millis("ms") }))
    },
];
