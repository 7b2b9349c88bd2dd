//! What the commands of the note and those of document \[1\] have in common: each pair differs in its names and in
//! whose sockets it acts on.

use crate::{
    cause::{Cause, CommandCause},
    dispatch::{Cx, Outcome},
    errors::{ErrorCode, Failure},
    port::{Doubt, Op},
    socket::{AccessMode, Announce, ClientId, Closed, Service, SocketState},
    tcpip::hex,
};
use alloc::{borrow::Cow, boxed::Box, format, vec::Vec};
use at::{
    result::ResultCode,
    session::{PayloadEnd, PayloadKind},
};
use core::net::SocketAddr;

/// Bytes of one `AT+QSSLSEND` or `AT+QISEND` (§2.2.3).
pub(crate) const MAX_SEND: usize = 1460;

/// Bytes of one `AT+QSSLRECV` or `AT+QIRD` without a length.
const DEFAULT_READ: u32 = 1500;

/// `close_timeout` without a value.
const DEFAULT_CLOSE: u32 = 10;

/// Whose sockets a command acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `AT+QSSLSEND` and its like.
    Ssl,
    /// `AT+QISEND` and its like.
    TcpIp,
}

impl Family {
    /// The command that sends.
    pub(crate) const fn send(self) -> &'static str {
        match self {
            Family::Ssl => "+QSSLSEND",
            Family::TcpIp => "+QISEND",
        }
    }

    /// The command that reads.
    const fn read(self) -> &'static str {
        match self {
            Family::Ssl => "+QSSLRECV",
            Family::TcpIp => "+QIRD",
        }
    }

    /// Refuses a socket of the other family.
    pub(crate) fn owns(self, cx: &mut Cx<'_>, client: ClientId) -> Result<(), ErrorCode> {
        let service = cx.core.links.get(client).service();
        if service.is_none_or(|service| service.is_ssl() == (self == Family::Ssl)) {
            return Ok(());
        }
        let opener = if self == Family::Ssl { "+QIOPEN" } else { "+QSSLOPEN" };
        cx.refused(CommandCause::OtherFamily { client: client.number(), opener });
        Err(ErrorCode::NotAllowed)
    }
}

/// What a command that needs an open connection is refused with.
pub(crate) fn open_connection(state: &SocketState) -> Result<(), ErrorCode> {
    match state {
        SocketState::Connected(_) => Ok(()),
        SocketState::Initial | SocketState::Opening(_) | SocketState::Listening(_) => {
            Err(ErrorCode::NotAllowed)
        }
        SocketState::ClosingOurs(..) | SocketState::ClosingTheirs(_) => Err(ErrorCode::SocketClosed),
    }
}

/// A payload on its way in.
pub struct Sending {
    /// By which command.
    pub family: Family,
    /// To which socket.
    pub client: ClientId,
    /// To whom, where the socket has no peer of its own.
    pub to: Option<SocketAddr>,
    /// What has come.
    pub data: Vec<u8>,
    /// How many bytes of it were too many.
    pub surplus: usize,
}

/// The prompt of a send, if the socket can send.
pub(crate) fn send(
    cx: &mut Cx<'_>,
    family: Family,
    client: ClientId,
    length: Option<u32>,
    to: Option<SocketAddr>,
) -> Outcome {
    if let Err(code) = may_send(cx, family, client) {
        return Outcome::code(code);
    }
    let kind = match length.map(usize::try_from) {
        Some(Ok(n)) => PayloadKind::Fixed(n),
        Some(Err(_)) | None => PayloadKind::UntilCtrlZ,
    };
    Outcome::Prompt(kind, Op::Send(Sending { family, client, to, data: Vec::new(), surplus: 0 }))
}

/// Refuses a send on a socket that cannot.
pub(crate) fn may_send(cx: &mut Cx<'_>, family: Family, client: ClientId) -> Result<(), ErrorCode> {
    family.owns(cx, client)?;
    connected(cx, client)
}

/// Refuses what needs an open connection on a socket without one.
pub(crate) fn connected(cx: &mut Cx<'_>, client: ClientId) -> Result<(), ErrorCode> {
    let state = cx.core.links.get(client).state();
    open_connection(state).inspect_err(|_| {
        let cause = CommandCause::NotConnected { client: client.number(), state: state.name() };
        cx.port.doubt = Doubt::Cause(cause.into());
    })
}

/// The payload of a send is there, or was cancelled (D16, D17).
pub(crate) fn send_payload(cx: &mut Cx<'_>, sending: &Sending, end: PayloadEnd) -> Outcome {
    let command = sending.family.send();
    match end {
        PayloadEnd::Complete => {}
        PayloadEnd::Cancelled => {
            cx.core.register = ErrorCode::CancelSend;
            return Outcome::Final(ResultCode::Ok);
        }
        PayloadEnd::TimedOut => {
            let seconds = cx.core.options.send_timeout;
            return cx.refuse(ErrorCode::Timeout, CommandCause::PayloadLate { seconds });
        }
    }
    if sending.surplus > 0 {
        let surplus = sending.surplus;
        cx.mistake(command, format!("{surplus} bytes above the {MAX_SEND} of section 2.2.3 were dropped"));
    }
    let data = match cx.core.options.send_hex {
        0 => Some(Cow::Borrowed(sending.data.as_slice())),
        _ => hex::decode(&sending.data).map(Cow::Owned),
    };
    match data {
        Some(data) => deliver(cx, sending.family, sending.client, sending.to, &data),
        None => cx.refuse(ErrorCode::InvalidParameter, CommandCause::PayloadNotHex),
    }
}

/// Gives data to a connection: `SEND OK`, `SEND FAIL`, or the report that `sendinfo` asks for.
pub(crate) fn deliver(
    cx: &mut Cx<'_>,
    family: Family,
    client: ClientId,
    to: Option<SocketAddr>,
    data: &[u8],
) -> Outcome {
    let report = cx.core.options.send_report == 1 && family == Family::TcpIp;
    if let Err(code) = connected(cx, client) {
        return Outcome::code(code);
    }
    let full = cx.core.points.send_buffers_are_full();
    let socket = cx.core.links.get_mut(client);
    let Some(connected) = socket.connected() else { return Outcome::code(ErrorCode::NotAllowed) };
    let room = if full.is_some() { 0 } else { connected.outgoing_room() };
    let fits = room >= data.len();
    match to {
        _ if !fits => {}
        to if cx.core.options.udp_send_mode == 1 => connected.conn.send_joined(to, data),
        Some(to) => connected.conn.send_to(to, data),
        None => connected.conn.send(data),
    }
    let free = if full.is_some() { 0 } else { connected.outgoing_room() };
    if !fits {
        cx.core.register = ErrorCode::MemoryNotEnough;
        let cause = Cause::from(CommandCause::SendBufferFull { wanted: data.len(), free: room });
        cx.refused(match full {
            Some(by) => Cause::Fault(by, Box::new(cause)),
            None => cause,
        });
        cx.tell_refused(Failure::Code(ErrorCode::MemoryNotEnough));
    }
    if report {
        cx.info(format!("+QISEND: {},{},{free}", client.number(), u8::from(!fits)));
        return Outcome::Done;
    }
    Outcome::Final(if fits { ResultCode::SendOk } else { ResultCode::SendFail })
}

/// Reads from a socket in buffer access mode; a length of 0 asks for the counts.
pub(crate) fn read(cx: &mut Cx<'_>, family: Family, client: ClientId, length: Option<u32>) -> Outcome {
    let command = family.read();
    if let Err(code) = family.owns(cx, client) {
        return Outcome::code(code);
    }
    let stream = cx.core.options.udp_read_mode == 1;
    let socket = cx.core.links.get_mut(client);
    let readable = matches!(socket.state(), SocketState::Connected(_) | SocketState::ClosingTheirs(_));
    let service = socket.service().filter(|_| readable && socket.mode() == AccessMode::Buffer);
    let Some(service) = service else {
        let state = if readable { "not in buffer access mode" } else { socket.state().name() };
        let cause = CommandCause::NotConnected { client: client.number(), state };
        return cx.refuse(ErrorCode::NotAllowed, cause);
    };
    let n = length.unwrap_or(DEFAULT_READ);
    if n == 0 {
        let (total, unread) = (socket.received, socket.rx.len() as u64);
        cx.info(format!("{command}: {total},{},{unread}", total.saturating_sub(unread)));
        return Outcome::Done;
    }
    let from = socket.rx.address().filter(|_| service.serves());
    let waiting = if stream && service == Service::Udp { socket.rx.front() } else { socket.rx.packet() };
    let data = waiting.get(..usize::try_from(n).unwrap_or_default()).unwrap_or(waiting).to_vec();
    socket.read(data.len());
    let header = format!("{command}: {}", data.len());
    if data.is_empty() {
        cx.info(header);
        return Outcome::Done;
    }
    let message = cx.core.options.headed(header, from, &data);
    cx.info(message.text);
    message.payload.iter().for_each(|payload| cx.info(payload));
    Outcome::Done
}

/// Closes a socket, and waits for the peer at most so long.
pub(crate) fn close(
    cx: &mut Cx<'_>,
    family: Family,
    client: ClientId,
    timeout: Option<u32>,
    announce: Announce,
) -> Outcome {
    if let Err(code) = family.owns(cx, client) {
        return Outcome::code(code);
    }
    let socket = cx.core.links.get(client);
    let (generation, port) = (socket.generation, cx.port.id);
    let was_open = socket.service().is_some();
    match (cx.core.close(cx.now, client, timeout.unwrap_or(DEFAULT_CLOSE), announce), announce) {
        (Closed::Later, Announce::No) => Outcome::Later(Op::Close(client, generation)),
        (Closed::Now, Announce::Yes) if was_open => {
            cx.core.report(port, format!("+QIURC: \"closed\",{}", client.number()));
            Outcome::Done
        }
        (Closed::Later | Closed::Now, _) => Outcome::Done,
    }
}

/// The id that a parameter names; its range is checked already.
pub(crate) fn client(args: &at::args::Args, param: &'static at::spec::Param) -> Option<ClientId> {
    ClientId::new(args.opt_int(param)?)
}

/// A host name or address without anything that is none.
pub(crate) fn host(text: &str) -> Option<&str> {
    let host = text.trim();
    (!host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c.is_control())).then_some(host)
}
