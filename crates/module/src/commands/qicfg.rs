//! `AT+QICFG` (document \[1\]): every item at once, nothing kept over a restart. What makes sense for an SSL socket
//! holds for it too.

use super::{Group, item, params, row, shows, transfer};
use crate::{
    dispatch::{Cx, Outcome, Row, Run},
    profile::PDP_RETRIES,
    socket::{Heartbeat, Options},
    tcpip::hex,
};
use alloc::{format, string::String};
use at::{
    args::Args,
    spec::{Form, Param, Saved, opt, req},
};

/// An item that is one number: its parameter, and the handler that keeps it in a field of [`Options`].
macro_rules! number {
    ($name:literal, $param:ident, $field:ident) => {
        item($name, &[opt(&params::$param)], |cx, args| {
            number(cx, args, $name, &params::$param, |o| &mut o.$field)
        })
    };
}

/// `AT+QICFG`
pub(crate) static QICFG: Row = Row {
    set: &ITEMS,
    saved: Saved::No,
    answers: &[
        shows(
            "tcp/keepalive",
            r#"+QICFG: "tcp/keepalive",<enable>[,<idle_time>,<interval_time>,<probe_cnt>]"#,
        ),
        shows("send/auto", r#"+QICFG: "send/auto",<connectID>,<cycle>[,"<message>"]"#),
    ],
    ..row("+QICFG", Group::TcpIp, "document [1]", "Configure sockets")
};

static ITEMS: [Form<Run>; 23] = [
    number!("transpktsize", PACKET_SIZE, packet_size),
    number!("transwaittm", PACKET_WAIT, packet_wait),
    item("dataformat", &[opt(&params::SEND_FORMAT), opt(&params::RECEIVE_FORMAT)], data_format),
    number!("viewmode", VIEW_MODE, view_mode),
    number!("udp/sendmode", UDP_SEND_MODE, udp_send_mode),
    number!("udp/readmode", UDP_READ_MODE, udp_read_mode),
    number!("tcp/accept", AUTO_ACCEPT, accept),
    number!("passiveclosed", PASSIVE_CLOSE, passive_close),
    number!("tcp/twrecycle", RECYCLE, recycle),
    number!("close/mode", CLOSE_MODE, close_mode),
    number!("recvind", RECEIVE_LENGTH, receive_length),
    number!("sendinfo", SEND_REPORT, send_report),
    item(
        "tcp/keepalive",
        &[
            opt(&params::KEEP_ALIVE),
            opt(&params::KEEP_ALIVE_IDLE),
            opt(&params::KEEP_ALIVE_INTERVAL),
            opt(&params::KEEP_ALIVE_PROBES),
        ],
        keep_alive,
    ),
    item(
        "tcp/retranscfg",
        &[opt(&params::RETRANSMISSIONS), opt(&params::RETRANSMISSION_PERIOD)],
        retransmission,
    ),
    item(
        "send/auto",
        &[req(&params::CONNECT_ID), opt(&params::SEND_CYCLE), opt(&params::AUTO_MESSAGE)],
        heartbeat,
    ),
    item("recv/ignore", &[req(&params::CONNECT_ID), opt(&params::AUTO_MESSAGE)], ignore),
    number!("formatcfg", PROMPT_FORM, prompt_form),
    number!("qisend/timeout", SEND_TIMEOUT, send_timeout),
    number!("send/buffersize", SEND_BUFFER, send_buffer),
    number!("recv/buffersize", RECEIVE_BUFFER, receive_buffer),
    item(
        "pdp/retry",
        &[
            opt(&params::RETRY_OF),
            opt(&params::RETRY_NETWORK),
            opt(&params::RETRY_COUNT),
            opt(&params::RETRY_PERIOD),
        ],
        retry,
    ),
    item("dns/cache", &[opt(&params::DNS_CACHE)], dns_cache),
    number!("window/scale", WINDOW_SCALE, window_scale),
];

/// Sets or shows an item that is a number.
fn number(
    cx: &mut Cx<'_>,
    args: &Args,
    name: &str,
    param: &'static Param,
    field: fn(&mut Options) -> &mut u32,
) -> Outcome {
    let field = field(&mut cx.core.options);
    match args.opt_int(param) {
        Some(value) => *field = value,
        None => {
            let line = format!("+QICFG: \"{name}\",{field}");
            cx.info(line);
        }
    }
    Outcome::Done
}

/// What the cache has learnt is gone when it is switched off.
fn dns_cache(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    if args.opt_int(&params::DNS_CACHE) == Some(0) {
        cx.core.names.clear();
    }
    number(cx, args, "dns/cache", &params::DNS_CACHE, |o| &mut o.dns_cache)
}

fn data_format(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let options = &mut cx.core.options;
    match (args.opt_int(&params::SEND_FORMAT), args.opt_int(&params::RECEIVE_FORMAT)) {
        (Some(send), Some(receive)) => (options.send_hex, options.receive_hex) = (send, receive),
        (None, None) => {
            let line = format!("+QICFG: \"dataformat\",{},{}", options.send_hex, options.receive_hex);
            cx.info(line);
        }
        (Some(_), None) | (None, Some(_)) => {
            return cx.wrong_parameter(&QICFG, "both formats have to be given");
        }
    }
    Outcome::Done
}

fn keep_alive(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let given = [&params::KEEP_ALIVE_IDLE, &params::KEEP_ALIVE_INTERVAL, &params::KEEP_ALIVE_PROBES]
        .map(|param| args.opt_int(param));
    match (args.opt_int(&params::KEEP_ALIVE), given) {
        (None, [None, None, None]) => {
            let state = match cx.core.options.keep_alive {
                Some([idle, interval, probes]) => format!("1,{idle},{interval},{probes}"),
                None => "0".into(),
            };
            cx.info(format!("+QICFG: \"tcp/keepalive\",{state}"));
        }
        (Some(0), [None, None, None]) => cx.core.options.keep_alive = None,
        (Some(1), [Some(idle), Some(interval), Some(probes)]) => {
            cx.core.options.keep_alive = Some([idle, interval, probes]);
        }
        _ => return cx.wrong_parameter(&QICFG, "0 stands alone, 1 takes idle time, interval and probes"),
    }
    Outcome::Done
}

/// The only network that the models have, in `pdp/retry`.
const LTE: u32 = 0;

/// What is shown while the operating system decides.
const RETRANSMISSION_SHOWN: [u32; 2] = [8, 60];

fn retransmission(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let options = &mut cx.core.options;
    match (args.opt_int(&params::RETRANSMISSIONS), args.opt_int(&params::RETRANSMISSION_PERIOD)) {
        (Some(count), Some(period)) => options.retransmission = Some([count, period]),
        (None, None) => {
            let [count, period] = options.retransmission.unwrap_or(RETRANSMISSION_SHOWN);
            cx.info(format!("+QICFG: \"tcp/retranscfg\",{count},{period}"));
        }
        (Some(_), None) | (None, Some(_)) => {
            return cx.wrong_parameter(&QICFG, "both count and period have to be given");
        }
    }
    Outcome::Done
}

fn heartbeat(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let Some(client) = transfer::client(args, &params::CONNECT_ID) else {
        return cx.wrong_parameter(&QICFG, "<connectID> is missing");
    };
    let id = client.number();
    match (args.opt_int(&params::SEND_CYCLE), args.opt_text(&params::AUTO_MESSAGE)) {
        (None, None) => {
            let state = match cx.core.options.heartbeat(client) {
                Some(Heartbeat { cycle, message }) => format!("{cycle},\"{}\"", hex_text(message)),
                None => "0".into(),
            };
            cx.info(format!("+QICFG: \"send/auto\",{id},{state}"));
        }
        (Some(0), None) => {
            cx.core.options.set_heartbeat(client, None);
            cx.core.start_heartbeat(cx.now, client);
        }
        (Some(cycle @ 20..), Some(text)) => {
            let Some(message) = hex::decode(text.as_bytes()).filter(|message| !message.is_empty()) else {
                return cx.wrong_parameter(&QICFG, "the message must be pairs of hexadecimal digits");
            };
            cx.core.options.set_heartbeat(client, Some(Heartbeat { cycle, message }));
            cx.core.start_heartbeat(cx.now, client);
        }
        _ => {
            return cx.wrong_parameter(&QICFG, "a cycle in 20-86400 takes a message, and 0 alone ends it");
        }
    }
    Outcome::Done
}

fn ignore(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let Some(client) = transfer::client(args, &params::CONNECT_ID) else {
        return cx.wrong_parameter(&QICFG, "<connectID> is missing");
    };
    match args.opt_text(&params::AUTO_MESSAGE).map(|text| hex::decode(text.as_bytes())) {
        Some(Some(message)) => cx.core.options.set_ignored(client, message),
        Some(None) => return cx.wrong_parameter(&QICFG, "the message must be pairs of hexadecimal digits"),
        None => {
            let message = hex_text(cx.core.options.ignored(client));
            cx.info(format!("+QICFG: \"recv/ignore\",{},\"{message}\"", client.number()));
        }
    }
    Outcome::Done
}

fn retry(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let of = args.opt_int(&params::RETRY_OF);
    let given = [&params::RETRY_NETWORK, &params::RETRY_COUNT, &params::RETRY_PERIOD]
        .map(|param| args.opt_int(param));
    let options = &mut cx.core.options;
    match (of, given) {
        (None, [None, None, None]) => {
            let both = [options.deactivation_retries, options.activation_retries.unwrap_or(PDP_RETRIES)];
            for (of, [count, period]) in both.into_iter().enumerate() {
                cx.info(format!("+QICFG: \"pdp/retry\",{of},{LTE},{count},{period}"));
            }
        }
        (Some(of), [Some(_), Some(count), Some(period)]) => match of {
            0 => options.deactivation_retries = [count, period],
            _ => options.activation_retries = Some([count, period]),
        },
        _ => return cx.wrong_parameter(&QICFG, "all four numbers have to be given"),
    }
    Outcome::Done
}

fn hex_text(bytes: &[u8]) -> String {
    hex::encode(bytes).into_iter().map(char::from).collect()
}
