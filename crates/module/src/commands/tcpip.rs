//! Commands of document \[1\] beside sockets and PDP contexts.

use super::{Group, execs, form, later, params, reads, row, transfer};
use crate::{
    cause::Cause,
    dispatch::{Cx, Outcome, Row},
    errors::ErrorCode,
    pdp::PdpId,
    tcpip::{ntp, ping},
};
use alloc::{borrow::ToOwned, format};
use at::{
    args::Args,
    spec::{MaxResponse, Saved, Test, opt, req},
};
use core::time::Duration;

const fn tcpip(name: &'static str, summary: &'static str) -> Row {
    row(name, Group::TcpIp, "document [1]", summary)
}

/// `AT+QISDE`
pub(crate) static QISDE: Row = Row {
    read: Some(|cx, _| {
        let echo = u8::from(cx.core.payload_echo);
        cx.info(format!("+QISDE: {echo}"));
        Outcome::Done
    }),
    set: &[form(&[req(&params::ECHO)], |cx, args| {
        cx.core.payload_echo = args.int(&params::ECHO) == 1;
        Outcome::Done
    })],
    saved: Saved::No,
    ..row("+QISDE", Group::TcpIp, "document [1]; 1.4", "Echo of payloads")
};

/// `AT+QIDNSGIP`
pub(crate) static QIDNSGIP: Row = Row {
    set: &[form(&[req(&params::CONTEXT_ID), req(&params::HOST_NAME)], |cx, args| {
        let (Some(pdp), Some(host)) = (context(args), transfer::host(args.text(&params::HOST_NAME))) else {
            return cx.wrong_parameter(&QIDNSGIP, "<hostname> must be a host name");
        };
        let begun = cx.core.look_up(cx.now, pdp, host.to_owned(), cx.port.id);
        begun_or_refused(cx, begun)
    })],
    max_response: MaxResponse::Seconds(60),
    answers: &[
        later(r#"+QIURC: "dnsgip",<err>[,<IP_count>,<DNS_ttl>]"#),
        later(r#"+QIURC: "dnsgip","<IP_address>""#),
    ],
    errors: &[561, 564, 565, 568],
    ..tcpip("+QIDNSGIP", "Addresses of a name")
};

/// `AT+QPING`
pub(crate) static QPING: Row = Row {
    set: &[form(
        &[
            req(&params::CONTEXT_ID),
            req(&params::PING_HOST),
            opt(&params::PING_TIMEOUT),
            opt(&params::PING_COUNT),
        ],
        |cx, args| {
            let (Some(pdp), Some(host)) = (context(args), transfer::host(args.text(&params::PING_HOST)))
            else {
                return cx.wrong_parameter(&QPING, "<host> must be a host name or an IP address");
            };
            let timeout = Duration::from_secs(u64::from(args.opt_int(&params::PING_TIMEOUT).unwrap_or(4)));
            let count = args.opt_int(&params::PING_COUNT).and_then(|n| u16::try_from(n).ok()).unwrap_or(4);
            let begun =
                cx.core.ping(cx.now, ping::Plan { pdp, host: host.to_owned(), timeout, count }, cx.port.id);
            begun_or_refused(cx, begun)
        },
    )],
    answers: &[
        later(r#"+QPING: <err>[,"<IP_address>",<bytes>,<time>,<ttl>]"#),
        later("+QPING: <err>,<sent>,<received>,<lost>,<min>,<max>,<avg>"),
    ],
    errors: &[554, 558, 559, 561, 565, 568, 569],
    ..tcpip("+QPING", "Echo requests")
};

/// `AT+QNTP`
pub(crate) static QNTP: Row = Row {
    read: Some(|cx, _| {
        let asking =
            cx.core.errands.ntp.as_ref().map(|ntp| format!("+QNTP: \"{}\",{}", ntp.plan.host, ntp.plan.port));
        asking.iter().for_each(|line| cx.info(line));
        Outcome::Done
    }),
    set: &[form(
        &[
            req(&params::CONTEXT_ID),
            req(&params::NTP_SERVER),
            opt(&params::NTP_PORT),
            opt(&params::AUTO_SET),
            opt(&params::NTP_RETRIES),
            opt(&params::NTP_INTERVAL),
        ],
        ask_time,
    )],
    max_response: MaxResponse::Seconds(125),
    answers: &[reads(r#"+QNTP: "<server>",<port>"#), later(r#"+QNTP: <err>[,"<time>"]"#)],
    errors: &[554, 561, 565, 568, 569],
    ..tcpip("+QNTP", "Ask a time server, and set the clock")
};

fn ask_time(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let (Some(pdp), Some(host)) = (context(args), transfer::host(args.text(&params::NTP_SERVER))) else {
        return cx.wrong_parameter(&QNTP, "<server> must be a host name or an IP address");
    };
    let plan = ntp::Plan {
        pdp,
        host: host.to_owned(),
        port: args.opt_int(&params::NTP_PORT).and_then(|n| u16::try_from(n).ok()).unwrap_or(123),
        set_clock: args.opt_int(&params::AUTO_SET) != Some(0),
        retries: args.opt_int(&params::NTP_RETRIES).unwrap_or(3),
        interval: Duration::from_secs(u64::from(args.opt_int(&params::NTP_INTERVAL).unwrap_or(15))),
    };
    let begun = cx.core.ask_time(cx.now, plan, cx.port.id);
    begun_or_refused(cx, begun)
}

/// The context that a command names.
fn context(args: &Args) -> Option<PdpId> {
    PdpId::new(args.int(&params::CONTEXT_ID))
}

fn begun_or_refused(cx: &mut Cx<'_>, begun: Result<(), (ErrorCode, Cause)>) -> Outcome {
    match begun {
        Ok(()) => Outcome::Done,
        Err((code, cause)) => cx.refuse(code, cause),
    }
}

/// `AT+QIGETERROR`
pub(crate) static QIGETERROR: Row = Row {
    test: Test::Empty,
    exec: Some(|cx, _| {
        let line = cx.core.register.printed();
        cx.info(line);
        Outcome::Done
    }),
    answers: &[execs("+QIGETERROR: <err>,<description>")],
    ..row("+QIGETERROR", Group::LastError, "document [1]; 5", "Code of the last TCP/IP or SSL command")
};
