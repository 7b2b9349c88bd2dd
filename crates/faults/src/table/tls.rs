//! What happens to TLS connections, whatever the server.

use super::{BYTES, DOWN_FIRST, Family, Param, Row, Takes, net, param};
use crate::{
    effect::{Effect, Tls},
    values::Values,
};
use module::Pretend;

const fn tls(name: &'static str, make: fn(&Values) -> Effect) -> Row {
    Row { family: Family::Tls, ..net(name, make) }
}

const FLIGHT: Param = param(
    "flight",
    Takes::Number(1, 1000),
    Some(1),
    "of the server: 1 ServerHello and so on, 2 ends a full handshake",
);

pub(super) static ROWS: &[Row] = &[
    Row {
        params: &[
            param(
                "code",
                Takes::Alert,
                Some(40),
                "the alert, as in RFC 5246 7.2 and RFC 6066 9; 40 is handshake_failure",
            ),
            FLIGHT,
        ],
        does: "The server sends a fatal alert in place of a flight, and closes.",
        sees: "566",
        driver: "close the socket and try again later; an alert that stays needs another configuration",
        ..tls("tls.alert", |v| Effect::Tls(Tls::Alert { code: v.byte("code"), flight: v.unsigned("flight") }))
    },
    Row {
        params: &[FLIGHT],
        does: "A flight of the server does not come while this is on.",
        sees: "569 after negotiatetime",
        driver: "wait for the result (negotiatetime), then try again with growing pauses",
        ..tls("tls.stall", |v| Effect::Tls(Tls::Stall { flight: v.unsigned("flight") }))
    },
    Row {
        params: &[FLIGHT, param("bytes", BYTES, Some(20), "bytes of it that come")],
        does: "The server closes (FIN) in the middle of a flight, and so of a record.",
        sees: "566; later `closed`",
        driver: "close the socket, and try again with growing pauses",
        ..tls("tls.cut", |v| {
            Effect::Tls(Tls::Cut { flight: v.unsigned("flight"), bytes: v.unsigned("bytes") })
        })
    },
    Row {
        params: &[param(
            "record",
            Takes::Number(1, 1_000_000),
            Some(1),
            "this one of those with application data",
        )],
        dirs: DOWN_FIRST,
        does: "A bit of a protected record changes.",
        sees: "`closed`: the record does not authenticate here, or (`dir=up`) there",
        driver: "close the socket, open it again, and send again what was not confirmed",
        ..tls("tls.corrupt", |v| Effect::Tls(Tls::Corrupt { record: v.unsigned("record") }))
    },
    Row {
        does: "The server's alerts do not come, close_notify among them.",
        sees: "`closed` all the same; the trace tells",
        driver: "take a message that is not whole for none: the end may not be the server's",
        ..tls("tls.no_close_notify", |_| Effect::Tls(Tls::NoCloseNotify))
    },
    Row {
        does: "The server's certificate has expired: for this connection it is a second later than its end.",
        sees: "566 with seclevel 1 or 2 and ignorelocaltime 0",
        driver: "check the clock (AT+CCLK?, AT+QNTP), and not go on without checking certificates",
        ..tls("tls.expired", |_| Effect::Tls(Tls::Pretend(Pretend::Expired)))
    },
    Row {
        does: "The server's certificate is not valid yet: for this connection it is a second before its beginning.",
        sees: "566 with seclevel 1 or 2 and ignorelocaltime 0",
        driver: "set the clock (AT+QNTP), and try again",
        ..tls("tls.not_yet_valid", |_| Effect::Tls(Tls::Pretend(Pretend::NotYetValid)))
    },
    Row {
        does: "The CA files of the context have the certificate of nobody.",
        sees: "566 with seclevel 1 or 2",
        driver: "not go on: tell it, and look for a new CA file",
        ..tls("tls.unknown_ca", |_| Effect::Tls(Tls::Pretend(Pretend::UnknownCa)))
    },
    Row {
        does: "The server's certificate is for another host.",
        sees: "566 with seclevel 1 or 2 and the name checked",
        driver: "not go on: this is another server",
        ..tls("tls.wrong_host", |_| Effect::Tls(Tls::Pretend(Pretend::WrongHost)))
    },
    Row {
        does: "The server's certificate was not signed by whom it names.",
        sees: "566 with seclevel 1 or 2 and ignoreinvalidcertsign 0",
        driver: "not go on: this certificate is forged",
        ..tls("tls.bad_signature", |_| Effect::Tls(Tls::Pretend(Pretend::BadSignature)))
    },
    Row {
        does: "The server's Finished is wrong.",
        sees: "566",
        driver: "not go on, and try again with growing pauses",
        ..tls("tls.wrong_finished", |_| Effect::Tls(Tls::Pretend(Pretend::WrongFinished)))
    },
];
