//! The six SSL commands (chapter 2 of the note).

use super::{
    Group, execs, form, item, later, misprint, params, row,
    transfer::{self, Family},
    writes,
};
use crate::{
    dispatch::{Cx, Outcome, Row},
    errors::ErrorCode,
    pdp::PdpId,
    port::Op,
    socket::{AccessMode, Announce, ClientId, NETWORK_TIME, Request, Service, Socket},
    ssl::{CtxId, Settings, Suites},
};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use at::{
    args::Args,
    spec::{MaxResponse, Param, Saved, Test, opt, rep, req},
};

const fn ssl(name: &'static str, section: &'static str, summary: &'static str) -> Row {
    row(name, Group::Ssl, section, summary)
}

/// `AT+QSSLCFG`
pub(crate) static QSSLCFG: Row = Row {
    set: &[
        item("sslversion", &[req(&params::SSL_CTX_ID), opt(&params::SSL_VERSION)], |cx, args| {
            number(cx, args, "sslversion", &params::SSL_VERSION, |s| &mut s.sslversion)
        }),
        item("ciphersuite", &[req(&params::SSL_CTX_ID), rep(&params::CIPHER_SUITES)], ciphersuite),
        item("cacert", &[req(&params::SSL_CTX_ID), opt(&params::CACERTPATH)], |cx, args| {
            path(cx, args, "cacert", &params::CACERTPATH, |s| &mut s.cacert)
        }),
        item("cacertex", &[opt(&params::SSL_CTX_ID), opt(&params::CACERTPATH)], cacertex),
        item("clientcert", &[req(&params::SSL_CTX_ID), opt(&params::CLIENT_CERT_PATH)], |cx, args| {
            path(cx, args, "clientcert", &params::CLIENT_CERT_PATH, |s| &mut s.clientcert)
        }),
        item("clientkey", &[req(&params::SSL_CTX_ID), opt(&params::CLIENT_KEY_PATH)], |cx, args| {
            path(cx, args, "clientkey", &params::CLIENT_KEY_PATH, |s| &mut s.clientkey)
        }),
        item("seclevel", &[req(&params::SSL_CTX_ID), opt(&params::SECLEVEL)], |cx, args| {
            number(cx, args, "seclevel", &params::SECLEVEL, |s| &mut s.seclevel)
        })
        .spelled(&[misprint("secllevel", "2.2.1, 3.2")]),
        item("ignorelocaltime", &[req(&params::SSL_CTX_ID), opt(&params::IGNORE_LTIME)], |cx, args| {
            number(cx, args, "ignorelocaltime", &params::IGNORE_LTIME, |s| &mut s.ignorelocaltime)
        }),
        item("negotiatetime", &[req(&params::SSL_CTX_ID), opt(&params::NEGOTIATE_TIME)], |cx, args| {
            number(cx, args, "negotiatetime", &params::NEGOTIATE_TIME, |s| &mut s.negotiatetime)
        }),
        item("sni", &[req(&params::SSL_CTX_ID), opt(&params::SNI)], |cx, args| {
            number(cx, args, "sni", &params::SNI, |s| &mut s.sni)
        }),
        item("closetimemode", &[req(&params::SSL_CTX_ID), opt(&params::CLOSE_TIME_MODE)], |cx, args| {
            number(cx, args, "closetimemode", &params::CLOSE_TIME_MODE, |s| &mut s.closetimemode)
        }),
        item(
            "ignoremulticertchainverify",
            &[req(&params::SSL_CTX_ID), opt(&params::IGNORE_MULTICERTCHAIN_VERIFY)],
            |cx, args| {
                number(cx, args, "ignoremulticertchainverify", &params::IGNORE_MULTICERTCHAIN_VERIFY, |s| {
                    &mut s.ignoremulticertchainverify
                })
            },
        ),
        item(
            "ignoreinvalidcertsign",
            &[req(&params::SSL_CTX_ID), opt(&params::IGNORE_INVALID_CERTSIGN)],
            |cx, args| {
                number(cx, args, "ignoreinvalidcertsign", &params::IGNORE_INVALID_CERTSIGN, |s| {
                    &mut s.ignoreinvalidcertsign
                })
            },
        ),
        item("session_cache", &[req(&params::SSL_CTX_ID), opt(&params::SESSION_CACHE_ENABLE)], |cx, args| {
            number(cx, args, "session_cache", &params::SESSION_CACHE_ENABLE, |s| &mut s.session_cache)
        }),
        item("checkhost", &[req(&params::SSL_CTX_ID), opt(&params::CHECK_HOST)], |cx, args| {
            number(cx, args, "checkhost", &params::CHECK_HOST, |s| &mut s.checkhost)
        })
        .foreign(),
    ],
    aliases: &[misprint("+QSSLCF", "2.2.1")],
    saved: Saved::No,
    ..ssl("+QSSLCFG", "2.2.1", "Configure an SSL context")
};

fn ctx(args: &Args) -> Option<CtxId> {
    args.opt_int(&params::SSL_CTX_ID).and_then(CtxId::new)
}

/// Sets or shows an item that is a number.
fn number(
    cx: &mut Cx<'_>,
    args: &Args,
    name: &str,
    param: &'static Param,
    field: fn(&mut Settings) -> &mut u32,
) -> Outcome {
    let Some(id) = ctx(args) else { return Outcome::code(ErrorCode::InvalidParameter) };
    let field = field(cx.core.contexts.settings_mut(id));
    match args.opt_int(param) {
        Some(value) => *field = value,
        None => {
            let line = format!("+QSSLCFG: \"{name}\",{},{field}", id.number());
            cx.info(line);
        }
    }
    Outcome::Done
}

/// Sets or shows an item that is a path. It is looked at when a connection is opened (D5).
fn path(
    cx: &mut Cx<'_>,
    args: &Args,
    name: &str,
    param: &'static Param,
    field: fn(&mut Settings) -> &mut String,
) -> Outcome {
    let Some(id) = ctx(args) else { return Outcome::code(ErrorCode::InvalidParameter) };
    let field = field(cx.core.contexts.settings_mut(id));
    match args.opt_text(param) {
        Some(value) => *field = value.into(),
        None => {
            let line = format!("+QSSLCFG: \"{name}\",{},\"{field}\"", id.number());
            cx.info(line);
        }
    }
    Outcome::Done
}

/// As `path`, and without any parameter shows all contexts (D6).
fn cacertex(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    if ctx(args).is_some() {
        return path(cx, args, "cacertex", &params::CACERTPATH, |s| &mut s.cacertex);
    }
    if args.opt_text(&params::CACERTPATH).is_some() {
        return cx.wrong_parameter(&QSSLCFG, "<SSL_ctxID> is missing");
    }
    for id in (0..).map_while(CtxId::new) {
        let line =
            format!("+QSSLCFG: \"cacertex\",{},\"{}\"", id.number(), cx.core.contexts.settings(id).cacertex);
        cx.info(line);
    }
    Outcome::Done
}

/// Suites: one code, 0XFFFF, or several in order of preference (D3).
fn ciphersuite(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let Some(id) = ctx(args) else { return Outcome::code(ErrorCode::InvalidParameter) };
    let suites = match args.codes(&params::CIPHER_SUITES).as_deref() {
        None => {
            let codes = match &cx.core.contexts.settings(id).suites {
                Suites::All => "0XFFFF".into(),
                Suites::These(codes) => {
                    codes.iter().map(|code| format!("0X{code:04X}")).collect::<Vec<_>>().join(",")
                }
            };
            cx.info(format!("+QSSLCFG: \"ciphersuite\",{},{codes}", id.number()));
            return Outcome::Done;
        }
        Some([0xFFFF]) => Suites::All,
        Some(codes) if codes.contains(&0xFFFF) => {
            return cx.wrong_parameter(&QSSLCFG, "0XFFFF stands alone, not in a list");
        }
        Some(codes) => Suites::These(codes.to_vec()),
    };
    cx.core.contexts.settings_mut(id).suites = suites;
    Outcome::Done
}

/// `AT+QSSLOPEN`
pub(crate) static QSSLOPEN: Row = Row {
    set: &[form(
        &[
            req(&params::PDP_CTX_ID),
            req(&params::SSL_CTX_ID),
            req(&params::CLIENT_ID),
            req(&params::SERVERADDR),
            req(&params::SERVER_PORT),
            opt(&params::ACCESS_MODE),
        ],
        open,
    )],
    max_response: MaxResponse::Words("150 s for the network, and negotiate_time"),
    answers: &[
        writes("CONNECT"),
        later("+QSSLOPEN: <clientID>,<err>"),
        later(r#"+QSSLURC: "recv",<clientID>[,<length>]"#),
        later(r#"+QSSLURC: "closed",<clientID>"#),
    ],
    errors: &[554, 561, 563, 564, 565, 566, 569, 570],
    ..ssl("+QSSLOPEN", "2.2.2", "Open an SSL socket")
};

fn open(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let ids =
        (PdpId::new(args.int(&params::PDP_CTX_ID)), ctx(args), ClientId::new(args.int(&params::CLIENT_ID)));
    let (Some(pdp), Some(context), Some(client)) = ids else {
        return Outcome::code(ErrorCode::InvalidParameter);
    };
    let Some(host) = transfer::host(args.text(&params::SERVERADDR)) else {
        return cx.wrong_parameter(&QSSLOPEN, "<serveraddr> must be a host name or an IP address");
    };
    let mode = AccessMode::new(args.opt_int(&params::ACCESS_MODE).unwrap_or_default());
    let port = u16::try_from(args.int(&params::SERVER_PORT)).unwrap_or_default();
    let request = Request {
        pdp,
        service: Service::Ssl(context),
        client,
        host: host.into(),
        port,
        local_port: 0,
        mode,
        limit: NETWORK_TIME,
    };
    if let Err((code, cause)) = cx.core.open(cx.now, request, cx.port.id) {
        return cx.refuse(code, cause);
    }
    match mode {
        AccessMode::Transparent => Outcome::Later(Op::Open(client, cx.core.links.get(client).generation)),
        AccessMode::Buffer | AccessMode::Push => Outcome::Done,
    }
}

/// `AT+QSSLSEND`
pub(crate) static QSSLSEND: Row = Row {
    set: &[form(&[req(&params::CLIENT_ID), opt(&params::SENDLEN)], send)],
    aliases: &[misprint("+QSSSEND", "2.2.3, 3.4.2"), misprint("+QSSLSSEND", "2.2.3")],
    answers: &[writes("> "), writes("SEND OK"), writes("SEND FAIL")],
    errors: &[553, 567, 571, 572],
    ..ssl("+QSSLSEND", "2.2.3", "Send data")
};

fn send(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    match transfer::client(args, &params::CLIENT_ID) {
        Some(client) => transfer::send(cx, Family::Ssl, client, args.opt_int(&params::SENDLEN), None),
        None => Outcome::code(ErrorCode::InvalidParameter),
    }
}

/// `AT+QSSLRECV`
pub(crate) static QSSLRECV: Row = Row {
    set: &[form(&[req(&params::CLIENT_ID), opt(&params::READLEN)], receive)],
    aliases: &[misprint("+QSSLRCV", "3.3.3")],
    answers: &[
        writes("+QSSLRECV: <read_length>[,<data>]"),
        writes("<data>"),
        writes("+QSSLRECV: <total>,<have_read>,<unread>"),
    ],
    errors: &[572],
    ..ssl("+QSSLRECV", "2.2.4", "Receive data")
};

fn receive(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    match transfer::client(args, &params::CLIENT_ID) {
        Some(client) => transfer::read(cx, Family::Ssl, client, args.opt_int(&params::READLEN)),
        None => Outcome::code(ErrorCode::InvalidParameter),
    }
}

/// `AT+QSSLCLOSE`
pub(crate) static QSSLCLOSE: Row = Row {
    set: &[form(&[req(&params::CLIENT_ID), opt(&params::CLOSE_TIMEOUT)], close)],
    max_response: MaxResponse::Words("close_timeout"),
    errors: &[572],
    ..ssl("+QSSLCLOSE", "2.2.5", "Close an SSL socket")
};

fn close(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    match transfer::client(args, &params::CLIENT_ID) {
        Some(client) => {
            transfer::close(cx, Family::Ssl, client, args.opt_int(&params::CLOSE_TIMEOUT), Announce::No)
        }
        None => Outcome::code(ErrorCode::InvalidParameter),
    }
}

/// `AT+QSSLSTATE`
pub(crate) static QSSLSTATE: Row = Row {
    test: Test::Empty,
    exec: Some(|cx, _| {
        let lines: Vec<String> = cx.core.links.iter().filter_map(state_line).collect();
        lines.iter().for_each(|line| cx.info(line));
        Outcome::Done
    }),
    set: &[
        form(&[req(&params::CLIENT_ID)], state),
        form(&[req(&params::QUERY_TYPE), req(&params::CLIENT_ID)], state).foreign(),
    ],
    answers: &[
        execs(
            r#"+QSSLSTATE: <clientID>,"SSLClient","<IP_address>",<remote_port>,<local_port>,<socket_state>,<PDP_ctxID>,<serverID>,<access_mode>,"<AT_port>",<SSL_ctxID>"#,
        ),
        writes(
            r#"+QSSLSTATE: <clientID>,"SSLClient","<IP_address>",<remote_port>,<local_port>,<socket_state>,<PDP_ctxID>,<serverID>,<access_mode>,"<AT_port>",<SSL_ctxID>"#,
        ),
    ],
    ..ssl("+QSSLSTATE", "2.2.6", "State of SSL sockets")
};

fn state(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let Some(client) = ClientId::new(args.int(&params::CLIENT_ID)) else {
        return Outcome::code(ErrorCode::InvalidParameter);
    };
    if let Some(line) = state_line(cx.core.links.get(client)) {
        cx.info(line);
    }
    Outcome::Done
}

/// Nothing for a socket in Initial.
fn state_line(socket: &Socket) -> Option<String> {
    let about = socket.about.as_ref()?;
    let Service::Ssl(context) = about.service else { return None };
    let remote = about.remote.map_or_else(|| about.host.clone(), |ip| ip.to_string());
    Some(format!(
        "+QSSLSTATE: {id},\"SSLClient\",\"{remote}\",{},{},{},{},{id},{},\"{}\",{}",
        about.remote_port,
        about.local_port,
        socket.state().code(),
        about.pdp.number(),
        about.mode.number(),
        about.at_port.name(),
        context.number(),
        id = socket.id().number(),
    ))
}
