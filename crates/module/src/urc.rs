//! Unsolicited result codes (§2.3, D18-D21). They are pulled, not pushed: a source is a state (unread data
//! without notice, a finished open, a peer's close), and a URC is made of it when a port can take it.
//! So nothing is queued twice, and direct push data stay in the socket until there is room.

use crate::{
    contract::PortId,
    errors::ErrorCode,
    socket::{AccessMode, ClientId, Options, SOCKETS, Socket, SocketState, Told},
    state::{Core, News},
    tcpip::hex,
};
use alloc::{format, string::String, vec::Vec};
use core::{fmt::Write, net::SocketAddr};

/// Bytes that one direct push frame carries at most (D19).
const MAX_PUSH: usize = 1500;

/// What a URC is made of.
enum Source {
    News(News),
    Notice(ClientId),
    Push(ClientId),
    Closed(ClientId),
}

/// A line of text, and a payload behind it where it has one.
pub struct Message {
    /// Without line ends.
    pub text: Vec<u8>,
    /// Direct push data.
    pub payload: Option<Vec<u8>>,
}

impl Message {
    fn line(text: String) -> Message {
        Message { text: text.into_bytes(), payload: None }
    }
}

impl Options {
    /// Received data as it is printed (`dataformat`).
    fn printed(&self, data: &[u8]) -> Vec<u8> {
        match self.receive_hex {
            0 => data.to_vec(),
            _ => hex::encode(data),
        }
    }

    /// A header line and the data behind it, on a line of their own or behind a comma (`viewmode`); with their
    /// sender where a socket has many.
    pub fn headed(&self, mut header: String, from: Option<SocketAddr>, data: &[u8]) -> Message {
        if let Some(from) = from {
            // Writing to a string cannot fail.
            let _ = write!(header, ",\"{}\",{}", from.ip(), from.port());
        }
        let (header, data) = (header.into_bytes(), self.printed(data));
        match self.view_mode {
            0 => Message { text: header, payload: Some(data) },
            _ => Message { text: [&header[..], b",", &data[..]].concat(), payload: None },
        }
    }
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
        general || self.has_news(wish.routed_here) || self.find_socket_urc(wish).is_some()
    }

    /// The next URC for the port that asks; it counts as given.
    pub fn next_urc(&mut self, wish: &Wish<'_>) -> Option<Message> {
        if wish.general
            && let Some(text) = self.general.codes.pop_front()
        {
            return Some(Message::line(text));
        }
        let source = match self.take_news(wish.routed_here) {
            Some(news) => Source::News(news),
            None => self.find_socket_urc(wish)?,
        };
        match source {
            Source::News(news) => Some(Message::line(news.text)),
            Source::Notice(client) => {
                let socket = self.links.get_mut(client);
                socket.notified = true;
                let mut text = format!("{}: \"recv\",{}", socket.service()?.urc(), client.number());
                if self.options.receive_length == 1 {
                    // Writing to a string cannot fail.
                    let _ = write!(text, ",{}", socket.rx.packet().len());
                }
                Some(Message::line(text))
            }
            Source::Push(client) => {
                let socket = self.links.get_mut(client);
                let packet = socket.rx.packet();
                let data = packet.get(..MAX_PUSH).unwrap_or(packet).to_vec();
                let service = socket.service()?;
                let from = socket.rx.address().filter(|_| service.serves());
                socket.read(data.len());
                self.push_turn = client.number().wrapping_add(1);
                let header = format!("{}: \"recv\",{},{}", service.urc(), client.number(), data.len());
                Some(self.options.headed(header, from, &data))
            }
            Source::Closed(client) => {
                let socket = self.links.get_mut(client);
                socket.tell_closed();
                Some(Message::line(format!("{}: \"closed\",{}", socket.service()?.urc(), client.number())))
            }
        }
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
        (
            SocketState::Initial
            | SocketState::Opening(_)
            | SocketState::Listening(_)
            | SocketState::ClosingOurs(..),
            _,
        ) => None,
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
