//! A device behind a server of RFC 2217, such as ser2net: its bytes and its modem lines.

use super::client::{Client, Done, Settings};
use crate::{
    endpoint::Flow,
    net::{Connection, DialOptions, Received},
    port::{HostLines, ModuleLines},
};
use std::{
    net::SocketAddr,
    task::{Context, Poll, ready},
};

/// Most that is read from the server at once.
const READ: usize = 2048;

/// A device of another machine, which this one uses as if it were its own.
pub struct Remote {
    connection: Connection,
    is_up: bool,
    client: Client,
    /// Why nothing will come any more; what came before is still to be given out.
    end: Option<String>,
}

/// What happened at the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemoteEvent {
    /// It has sent; so many bytes are at the start of the caller's buffer.
    Data(usize),
    /// The modem there has moved its lines.
    Lines(ModuleLines),
    /// It has this speed and not the one that was wanted.
    Speed(u32),
    /// Nothing will come any more, and why.
    End(String),
}

impl Remote {
    /// Connects to the server. The device is to have this speed, 8 bits, no parity, one stop bit, DTR and RTS on.
    pub fn dial(address: SocketAddr, baud: u32, flow: Flow) -> Remote {
        Remote {
            connection: Connection::dial(address, DialOptions::default()),
            is_up: false,
            client: Client::new(Settings { baud, flow }),
            end: None,
        }
    }

    /// The next thing that happened. With an empty `buf` (no room) only lines and the end of a connection that has nothing
    /// to give any more.
    pub fn poll_event(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<RemoteEvent> {
        if !self.is_up {
            match ready!(self.connection.poll_connected(cx)) {
                Ok(_) => self.is_up = true,
                Err(e) => return Poll::Ready(RemoteEvent::End(e.to_string())),
            }
        }
        loop {
            self.flush(cx);
            match self.client.next(buf) {
                Some(Done::Data(n)) => return Poll::Ready(RemoteEvent::Data(n)),
                Some(Done::Lines(lines)) => return Poll::Ready(RemoteEvent::Lines(lines)),
                Some(Done::Speed(baud)) => return Poll::Ready(RemoteEvent::Speed(baud)),
                Some(Done::Refused) => {
                    let why = "the server there does not know RFC 2217 (write tcp:HOST:PORT if it passes bytes only)";
                    return Poll::Ready(RemoteEvent::End(why.into()));
                }
                None => {}
            }
            if !self.client.has_room() {
                return Poll::Pending;
            }
            if let Some(why) = &self.end {
                return Poll::Ready(RemoteEvent::End(why.clone()));
            }
            let mut raw = [0; READ];
            match ready!(self.connection.poll_read(cx, &mut raw)) {
                Received::Data(n) => {
                    self.client.hear(raw.get(..n).unwrap_or_default());
                    // Whoever has something to write may go on.
                    cx.waker().wake_by_ref();
                }
                Received::End => self.end = Some("the server has closed the connection".into()),
                Received::Broken(e) => self.end = Some(e.to_string()),
            }
        }
    }

    /// Writes as much of `bytes` as is taken in one go, and says how much that was.
    pub fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<usize> {
        self.flush(cx);
        match self.client.say(bytes) {
            0 => Poll::Pending,
            n => {
                self.flush(cx);
                Poll::Ready(n)
            }
        }
    }

    /// The host drives its lines so.
    pub fn set_lines(&mut self, lines: HostLines) {
        self.client.set_lines(lines);
    }

    /// Sends what the connection takes.
    fn flush(&mut self, cx: &mut Context<'_>) {
        while self.is_up
            && !self.client.tx().is_empty()
            && let Poll::Ready(n) = self.connection.poll_write(cx, self.client.tx())
        {
            self.client.tx_done(n);
        }
    }
}
