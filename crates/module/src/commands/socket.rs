//! Plain sockets: `AT+QIOPEN` and its like (document \[1\]).

use super::{
    Group, execs, form, later, params, reads, row,
    transfer::{self, Family},
    writes,
};
use crate::{
    dispatch::{Cx, Outcome, Row},
    errors::ErrorCode,
    pdp::PdpId,
    port::Op,
    socket::{AccessMode, Announce, Request, Service, Socket, SocketState},
    tcpip::hex,
};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use at::{
    args::Args,
    spec::{MaxResponse, Saved, Test, opt, req},
};
use core::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

const fn tcpip(name: &'static str, summary: &'static str) -> Row {
    row(name, Group::TcpIp, "document [1]", summary)
}

/// Connections that a listener may have without another number.
const MAX_CLIENTS: u32 = 11;

/// Seconds that an open may take without another number.
const OPEN_LIMIT: u32 = 150;

/// `AT+QIOPEN`
pub(crate) static QIOPEN: Row = Row {
    set: &[form(
        &[
            req(&params::CONTEXT_ID),
            req(&params::CONNECT_ID),
            req(&params::SERVICE_TYPE),
            req(&params::ADDRESS),
            req(&params::REMOTE_PORT),
            opt(&params::LOCAL_PORT),
            opt(&params::ACCESS_MODE),
            opt(&params::MAX_CLIENTS),
            opt(&params::OPEN_TIMEOUT),
        ],
        open,
    )],
    max_response: MaxResponse::Seconds(150),
    saved: Saved::NotApplicable,
    answers: &[
        writes("CONNECT"),
        later("+QIOPEN: <connectID>,<err>"),
        later(r#"+QIURC: "recv",<connectID>[,<length>][,"<remoteIP>",<remote_port>]"#),
        later(r#"+QIURC: "closed",<connectID>"#),
        later(r#"+QIURC: "incoming",<connectID>,<serverID>,"<remoteIP>",<remote_port>"#),
        later(r#"+QIURC: "incoming full""#),
    ],
    errors: &[554, 555, 556, 557, 561, 563, 564, 565, 566, 569, 570],
    ..tcpip("+QIOPEN", "Open a TCP or UDP socket, a listener or a UDP service")
};

fn open(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let ids = (PdpId::new(args.int(&params::CONTEXT_ID)), transfer::client(args, &params::CONNECT_ID));
    let (Some(pdp), Some(client)) = ids else { return Outcome::code(ErrorCode::InvalidParameter) };
    let number = |param, default| args.opt_int(param).unwrap_or(default);
    let port = |param| u16::try_from(args.opt_int(param).unwrap_or_default()).unwrap_or_default();
    let most = usize::try_from(number(&params::MAX_CLIENTS, MAX_CLIENTS)).unwrap_or_default();
    let service = match args.text(&params::SERVICE_TYPE) {
        "UDP" => Service::Udp,
        "TCP LISTENER" => Service::Listener(most),
        "UDP SERVICE" => Service::UdpServer,
        _ => Service::Tcp,
    };
    let Some(host) = transfer::host(args.text(&params::ADDRESS)) else {
        return cx.wrong_parameter(&QIOPEN, "<IP_address> must be a host name or an IP address");
    };
    let (remote, local) = (port(&params::REMOTE_PORT), port(&params::LOCAL_PORT));
    let mode = AccessMode::new(number(&params::ACCESS_MODE, 0));
    if service.serves() {
        if local == 0 {
            return cx.wrong_parameter(&QIOPEN, "one that serves needs a <local_port>");
        }
        if mode == AccessMode::Transparent {
            cx.refused("one that serves cannot be in transparent mode");
            return Outcome::code(ErrorCode::NotSupported);
        }
    } else if remote == 0 {
        return cx.wrong_parameter(&QIOPEN, "<remote_port> must be in 1-65535");
    }
    let limit = Duration::from_secs(u64::from(number(&params::OPEN_TIMEOUT, OPEN_LIMIT)));
    let request =
        Request { pdp, service, client, host: host.into(), port: remote, local_port: local, mode, limit };
    if let Err((code, cause)) = cx.core.open(cx.now, request, cx.port.id) {
        return cx.refuse(code, cause);
    }
    match mode {
        AccessMode::Transparent => Outcome::Later(Op::Open(client, cx.core.links.get(client).generation)),
        AccessMode::Buffer | AccessMode::Push => Outcome::Done,
    }
}

/// `AT+QICLOSE`
pub(crate) static QICLOSE: Row = Row {
    set: &[form(&[req(&params::CONNECT_ID), opt(&params::TIMEOUT)], |cx, args| {
        let announce = if cx.core.options.close_mode == 1 { Announce::Yes } else { Announce::No };
        match transfer::client(args, &params::CONNECT_ID) {
            Some(client) => {
                transfer::close(cx, Family::TcpIp, client, args.opt_int(&params::TIMEOUT), announce)
            }
            None => Outcome::code(ErrorCode::InvalidParameter),
        }
    })],
    max_response: MaxResponse::Words("timeout"),
    ..tcpip("+QICLOSE", "Close a socket")
};

/// `AT+QISTATE`
pub(crate) static QISTATE: Row = Row {
    test: Test::Empty,
    read: Some(|cx, _| list(cx, |_| true)),
    exec: Some(|cx, _| list(cx, |_| true)),
    set: &[form(&[req(&params::STATE_QUERY), req(&params::STATE_ID)], |cx, args| {
        let id = args.int(&params::STATE_ID);
        match args.int(&params::STATE_QUERY) {
            0 if (1..=15).contains(&id) => {
                list(cx, |s| s.about.as_ref().is_some_and(|about| u32::from(about.pdp.number()) == id))
            }
            1 if id < 12 => list(cx, |s| u32::from(s.id().number()) == id),
            _ => cx.wrong_parameter(&QISTATE, "0 takes a <contextID> in 1-15, 1 a <connectID> in 0-11"),
        }
    })],
    answers: &[
        reads(
            r#"+QISTATE: <connectID>,"<service_type>","<IP_address>",<remote_port>,<local_port>,<socket_state>,<contextID>,<serverID>,<access_mode>,"<AT_port>""#,
        ),
        execs(
            r#"+QISTATE: <connectID>,"<service_type>","<IP_address>",<remote_port>,<local_port>,<socket_state>,<contextID>,<serverID>,<access_mode>,"<AT_port>""#,
        ),
        writes(
            r#"+QISTATE: <connectID>,"<service_type>","<IP_address>",<remote_port>,<local_port>,<socket_state>,<contextID>,<serverID>,<access_mode>,"<AT_port>""#,
        ),
    ],
    ..tcpip("+QISTATE", "State of sockets")
};

fn list(cx: &mut Cx<'_>, wanted: impl Fn(&Socket) -> bool) -> Outcome {
    let lines: Vec<String> = cx.core.links.iter().filter(|s| wanted(s)).filter_map(state_line).collect();
    lines.iter().for_each(|line| cx.info(line));
    Outcome::Done
}

/// Nothing for a socket in Initial, and nothing for one of the SSL commands.
fn state_line(socket: &Socket) -> Option<String> {
    let about = socket.about.as_ref().filter(|about| !about.service.is_ssl())?;
    let remote = about.remote.map_or_else(|| about.host.clone(), |ip| ip.to_string());
    let server = match about.service {
        Service::Incoming(listener) => listener,
        _ => socket.id(),
    };
    Some(format!(
        "+QISTATE: {},\"{}\",\"{remote}\",{},{},{},{},{},{},\"{}\"",
        socket.id().number(),
        about.service.name(),
        about.remote_port,
        about.local_port,
        socket.state().code(),
        about.pdp.number(),
        server.number(),
        about.mode.number(),
        about.at_port.name(),
    ))
}

/// `AT+QISEND`
pub(crate) static QISEND: Row = Row {
    set: &[
        form(&[req(&params::CONNECT_ID), opt(&params::SEND_LENGTH)], send),
        form(
            &[
                req(&params::CONNECT_ID),
                req(&params::SEND_LENGTH),
                req(&params::REMOTE_IP),
                req(&params::REMOTE_PORT),
            ],
            send,
        )
        .unlisted(),
    ],
    answers: &[
        writes("> "),
        writes("SEND OK"),
        writes("SEND FAIL"),
        writes("+QISEND: <total>,<acknowledged>,<unacknowledged>"),
        writes("+QISEND: <connectID>,<result>,<free>"),
    ],
    errors: &[553, 567, 569, 571, 572],
    ..tcpip("+QISEND", "Send data")
};

fn send(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let Some(client) = transfer::client(args, &params::CONNECT_ID) else {
        return Outcome::code(ErrorCode::InvalidParameter);
    };
    let length = args.opt_int(&params::SEND_LENGTH);
    if let Err(code) = transfer::may_send(cx, Family::TcpIp, client) {
        return Outcome::code(code);
    }
    let socket = cx.core.links.get(client);
    if length == Some(0) {
        if let Some(conn) = socket.conn() {
            let (total, unacked) = conn.send_counts();
            cx.info(format!("+QISEND: {total},{},{unacked}", total.saturating_sub(unacked as u64)));
        }
        return Outcome::Done;
    }
    let to =
        args.opt_text(&params::REMOTE_IP).map(|ip| (ip.parse::<IpAddr>(), args.int(&params::REMOTE_PORT)));
    let to = match (socket.service(), to) {
        (Some(Service::UdpServer), Some((Ok(ip), port @ 1..))) => {
            Some(SocketAddr::new(ip, u16::try_from(port).unwrap_or_default()))
        }
        (Some(Service::UdpServer), Some(_)) => {
            return cx.wrong_parameter(&QISEND, "a UDP service sends to an IP address and a port");
        }
        (Some(Service::UdpServer), None) => {
            return cx.wrong_parameter(&QISEND, "a UDP service needs <remoteIP> and <remote_port>");
        }
        (_, Some(_)) => {
            return cx.wrong_parameter(&QISEND, "<remoteIP> and <remote_port> are for a UDP service");
        }
        (_, None) => None,
    };
    transfer::send(cx, Family::TcpIp, client, length, to)
}

/// `AT+QISENDEX`
pub(crate) static QISENDEX: Row = Row {
    set: &[form(&[req(&params::CONNECT_ID), req(&params::HEX_STRING)], |cx, args| {
        let Some(client) = transfer::client(args, &params::CONNECT_ID) else {
            return Outcome::code(ErrorCode::InvalidParameter);
        };
        let Some(data) = hex::decode(args.text(&params::HEX_STRING).as_bytes()) else {
            return cx.wrong_parameter(&QISENDEX, "<hex_string> must be pairs of hexadecimal digits");
        };
        if cx.core.links.get(client).service().is_some_and(Service::serves) {
            cx.refused("not for a TCP listener or a UDP service");
            return Outcome::code(ErrorCode::NotSupported);
        }
        match transfer::may_send(cx, Family::TcpIp, client) {
            Ok(()) => transfer::deliver(cx, Family::TcpIp, client, None, &data),
            Err(code) => Outcome::code(code),
        }
    })],
    answers: &[writes("SEND OK"), writes("+QISEND: <connectID>,<result>,<free>")],
    errors: &[555],
    ..tcpip("+QISENDEX", "Send data given in hexadecimal digits")
};

/// `AT+QIRD`
pub(crate) static QIRD: Row = Row {
    set: &[form(&[req(&params::CONNECT_ID), opt(&params::READLEN)], |cx, args| {
        match transfer::client(args, &params::CONNECT_ID) {
            Some(client) => transfer::read(cx, Family::TcpIp, client, args.opt_int(&params::READLEN)),
            None => Outcome::code(ErrorCode::InvalidParameter),
        }
    })],
    answers: &[
        writes(r#"+QIRD: <read_length>[,"<remoteIP>",<remote_port>][,<data>]"#),
        writes("<data>"),
        writes("+QIRD: <total>,<have_read>,<unread>"),
    ],
    errors: &[572],
    ..tcpip("+QIRD", "Receive data")
};

/// `AT+QISWTMD`
pub(crate) static QISWTMD: Row = Row {
    set: &[form(&[req(&params::CONNECT_ID), req(&params::ACCESS_MODE)], switch_mode)],
    saved: Saved::No,
    answers: &[writes("CONNECT")],
    errors: &[555],
    ..row("+QISWTMD", Group::TcpIp, "document [1]; 1.4", "Switch the data access mode")
};

fn switch_mode(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let Some(client) = transfer::client(args, &params::CONNECT_ID) else {
        return Outcome::code(ErrorCode::InvalidParameter);
    };
    let mode = AccessMode::new(args.int(&params::ACCESS_MODE));
    // A listener has a mode too: that of the connections to come.
    let listens = matches!(cx.core.links.get(client).state(), SocketState::Listening(_));
    if !listens && let Err(code) = transfer::connected(cx, client) {
        return Outcome::code(code);
    }
    let socket = cx.core.links.get_mut(client);
    let serves = socket.service().is_some_and(Service::serves);
    if socket.mode() == AccessMode::Transparent {
        cx.refused("the socket is in transparent mode on another port");
        return Outcome::code(ErrorCode::NotAllowed);
    }
    match mode {
        AccessMode::Transparent if serves => {
            cx.refused("one that serves cannot be in transparent mode");
            Outcome::code(ErrorCode::NotSupported)
        }
        AccessMode::Transparent => Outcome::Online(client),
        AccessMode::Buffer | AccessMode::Push => {
            if let Some(about) = &mut socket.about {
                about.mode = mode;
            }
            Outcome::Done
        }
    }
}
