//! What happens to name queries.

use super::{Family, LATENCY, Row, Takes, net, required};
use crate::{
    effect::{Dns, Effect},
    values::Values,
};

const fn dns(name: &'static str, make: fn(&Values) -> Effect) -> Row {
    Row { family: Family::Dns, counts: "queries", ..net(name, make) }
}

pub(super) static ROWS: &[Row] = &[
    Row {
        does: "There is no such name.",
        sees: "565; `+QIURC: \"dnsgip\",565`",
        driver: "tell it, and try again much later: a name that is wrong stays wrong",
        ..dns("dns.nxdomain", |_| Effect::Dns(Dns::NotFound))
    },
    Row {
        does: "No name server can be asked: SERVFAIL, or no way there.",
        sees: "564",
        driver: "try again with growing pauses, or other servers: AT+QIDNSCFG",
        ..dns("dns.servfail", |_| Effect::Dns(Dns::Unreachable))
    },
    Row {
        does: "Name servers do not answer while this is on.",
        sees: "569 after 150 s (QSSLOPEN, QIOPEN) or 60 s (QIDNSGIP, QPING)",
        driver: "wait for the result (150 s, 60 s), then try again with growing pauses, or other servers: AT+QIDNSCFG",
        ..dns("dns.timeout", |_| Effect::Dns(Dns::Silence))
    },
    Row {
        params: &[required("address", Takes::Address, "what every name is")],
        does: "The name has another address.",
        sees: "what is there instead",
        driver: "check the certificate with its name (seclevel 1, sni 1), so that nobody else is taken for the server",
        ..dns("dns.wrong_answer", |v| Effect::Dns(Dns::Wrong(v.address("address"))))
    },
    Row {
        params: LATENCY,
        does: "Answers come late.",
        sees: "the same, later",
        driver: "wait: the open has 150 s",
        ..dns("dns.latency", |v| Effect::Delay(v.span("ms", "jitter")))
    },
];
