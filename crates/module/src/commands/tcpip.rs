//! Commands of document \[1\] that act on SSL sockets too.

use super::{Group, form, params, row};
use crate::{
    dispatch::{Cx, Outcome, Row},
    errors::ErrorCode,
    socket::{AccessMode, ClientId, SocketState},
};
use alloc::format;
use at::{
    args::Args,
    spec::{Saved, Test, req},
};

const fn tcpip(name: &'static str, summary: &'static str) -> Row {
    row(name, Group::TcpIp, "document [1]; 1.4", summary)
}

/// `AT+QISWTMD`
pub(crate) static QISWTMD: Row = Row {
    set: &[form(&[req(&params::CONNECT_ID), req(&params::ACCESS_MODE)], switch_mode)],
    saved: Saved::No,
    ..tcpip("+QISWTMD", "Switch the data access mode")
};

fn switch_mode(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let Some(client) = ClientId::new(args.int(&params::CONNECT_ID)) else {
        return Outcome::code(ErrorCode::InvalidParameter);
    };
    let socket = cx.core.links.get_mut(client);
    if let Err(code) = open_connection(socket.state()) {
        cx.refused("+QISWTMD", "the socket is not connected");
        return Outcome::code(code);
    }
    if socket.mode() == AccessMode::Transparent {
        cx.refused("+QISWTMD", "the socket is in transparent mode on another port");
        return Outcome::code(ErrorCode::NotAllowed);
    }
    match AccessMode::new(args.int(&params::ACCESS_MODE)) {
        AccessMode::Transparent => Outcome::Online(client),
        mode => {
            if let Some(about) = &mut socket.about {
                about.mode = mode;
            }
            Outcome::Done
        }
    }
}

/// What a command that needs an open connection is refused with.
pub(crate) fn open_connection(state: &SocketState) -> Result<(), ErrorCode> {
    match state {
        SocketState::Connected(_) => Ok(()),
        SocketState::Initial | SocketState::Opening(_) => Err(ErrorCode::NotAllowed),
        SocketState::ClosingOurs(..) | SocketState::ClosingTheirs(_) => Err(ErrorCode::SocketClosed),
    }
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
    ..tcpip("+QISDE", "Echo of payloads")
};

/// `AT+QIGETERROR`
pub(crate) static QIGETERROR: Row = Row {
    test: Test::Empty,
    exec: Some(|cx, _| {
        let line = cx.core.register.printed();
        cx.info(line);
        Outcome::Done
    }),
    ..row("+QIGETERROR", Group::LastError, "document [1]; 5", "Code of the last TCP/IP or SSL command")
};
