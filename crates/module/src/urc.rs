//! Unsolicited result codes (§2.3, D18-D21). They are pulled, not pushed: a source is a state (unread data
//! without notice, a finished open, a peer's close), and a URC is made of it when a port can take it.
//! So nothing is queued twice, and direct push data stay in the socket until there is room.

use crate::{
    contract::PortId,
    errors::ErrorCode,
    socket::{AccessMode, ClientId, SOCKETS, Socket, SocketState, Told},
    state::{Core, OpenResult},
};
use alloc::{format, string::String, vec::Vec};

/// Bytes that one direct push frame carries at most (D19).
const MAX_PUSH: usize = 1500;

/// What a URC is made of.
enum Source {
    Opened(OpenResult),
    Notice(ClientId),
    Push(ClientId),
    Closed(ClientId),
}

/// A URC: its text, and a payload where it has one.
pub struct Urc {
    /// Without line ends.
    pub text: String,
    /// Direct push data.
    pub payload: Option<Vec<u8>>,
}

/// What a port is asked before a URC is made for it.
pub struct Wish<'a> {
    /// Does a URC for what this port opened go to the port that asks?
    pub routed_here: &'a dyn Fn(PortId) -> bool,
    /// Does a URC that belongs to no socket go to the port that asks?
    pub general: bool,
    /// `ATQ1`: what is printed is lost, so data must stay.
    pub quiet: bool,
}

impl Core {
    /// Is there a URC for the port that asks?
    pub fn has_urc(&self, wish: &Wish<'_>) -> bool {
        let general = wish.general && !self.general.codes.is_empty();
        general || self.has_result(wish.routed_here) || self.find_socket_urc(wish).is_some()
    }

    /// The next URC for the port that asks; it counts as given.
    pub fn next_urc(&mut self, wish: &Wish<'_>) -> Option<Urc> {
        if wish.general
            && let Some(text) = self.general.codes.pop_front()
        {
            return Some(Urc { text, payload: None });
        }
        let source = match self.take_result(wish.routed_here) {
            Some(result) => Source::Opened(result),
            None => self.find_socket_urc(wish)?,
        };
        let (text, payload) = match source {
            Source::Opened(OpenResult { client, code, .. }) => {
                (format!("+QSSLOPEN: {},{}", client.number(), code.code()), None)
            }
            Source::Notice(client) => {
                self.links.get_mut(client).notified = true;
                (format!("+QSSLURC: \"recv\",{}", client.number()), None)
            }
            Source::Push(client) => {
                let socket = self.links.get_mut(client);
                let data = socket.rx.first(MAX_PUSH).to_vec();
                socket.read(data.len());
                self.push_turn = client.number().wrapping_add(1);
                (format!("+QSSLURC: \"recv\",{},{}", client.number(), data.len()), Some(data))
            }
            Source::Closed(client) => {
                self.links.get_mut(client).tell_closed();
                (format!("+QSSLURC: \"closed\",{}", client.number()), None)
            }
        };
        Some(Urc { text, payload })
    }

    /// The sockets in turn, so that none starves.
    fn find_socket_urc(&self, wish: &Wish<'_>) -> Option<Source> {
        let turn = usize::from(self.push_turn) % SOCKETS;
        self.links
            .iter()
            .cycle()
            .skip(turn)
            .take(SOCKETS)
            .filter(|socket| socket.about.as_ref().is_some_and(|about| (wish.routed_here)(about.port)))
            .find_map(|socket| socket_urc(socket, wish.quiet))
    }
}

/// All data before "closed".
fn socket_urc(socket: &Socket, quiet: bool) -> Option<Source> {
    let id = socket.id();
    let data = !socket.rx.is_empty();
    match (socket.state(), socket.mode()) {
        (SocketState::Initial | SocketState::Opening(_) | SocketState::ClosingOurs(..), _) => None,
        (_, AccessMode::Transparent) => None,
        (SocketState::Connected(_) | SocketState::ClosingTheirs(_), AccessMode::Buffer)
            if data && !socket.notified =>
        {
            Some(Source::Notice(id))
        }
        (SocketState::Connected(_) | SocketState::ClosingTheirs(_), AccessMode::Push) if data => {
            (!quiet).then_some(Source::Push(id))
        }
        (SocketState::ClosingTheirs(Told::No), _) => Some(Source::Closed(id)),
        (SocketState::Connected(_) | SocketState::ClosingTheirs(_), _) => None,
    }
}

impl ErrorCode {
    /// As `AT+QIGETERROR` prints it.
    pub fn printed(self) -> String {
        format!("+QIGETERROR: {},{}", self.code(), self.text())
    }
}
