//! A telnet server with the COM port option (RFC 2217) as an AT port, for one host at a time.

mod client;
mod comport;
mod conversation;
mod options;
mod outgoing;
mod remote;
mod telnet;

use super::{ModuleLines, Place, PortEvent, listener::Listener, server::Server};
pub use remote::{Remote, RemoteEvent};

use conversation::{Conversation, Done};
use std::task::{Context, Poll, ready};

/// Most that is read from a client at once.
const READ: usize = 2048;

#[derive(Debug)]
pub(super) struct Rfc2217 {
    server: Server,
    lines: ModuleLines,
    client: Option<Box<Conversation>>,
    /// The client has gone; what it did before is still to be given out.
    is_leaving: bool,
}

impl Rfc2217 {
    pub(super) fn new(name: &'static str, listener: Listener) -> Rfc2217 {
        let server = Server::new(name, listener);
        Rfc2217 { server, lines: ModuleLines::IDLE, client: None, is_leaving: false }
    }

    pub(super) fn place(&self) -> Place {
        match self.server.place() {
            Place::Tcp(addr) => Place::Rfc2217(addr),
            other => other,
        }
    }

    pub(super) fn set_lines(&mut self, lines: ModuleLines) {
        self.lines = lines;
        if let Some(client) = &mut self.client {
            client.set_lines(lines);
        }
    }

    pub(super) fn poll_event(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<PortEvent> {
        loop {
            self.flush(cx);
            let mut room = READ;
            if let Some(client) = &mut self.client {
                match client.next(buf) {
                    Some(Done::Data(n)) => return Poll::Ready(PortEvent::Data(n)),
                    Some(Done::Lines(lines)) => return Poll::Ready(PortEvent::Lines(lines)),
                    None if self.is_leaving && buf.is_empty() => return Poll::Pending,
                    None if self.is_leaving => {
                        self.is_leaving = false;
                        self.client = None;
                        return Poll::Ready(PortEvent::Detached);
                    }
                    None => {}
                }
                if !client.has_room() {
                    room = 0;
                }
            }
            let mut raw = [0; READ];
            let raw = raw.get_mut(..room).unwrap_or_default();
            match ready!(self.server.poll_event(cx, raw)) {
                PortEvent::Attached => {
                    self.client = Some(Box::new(Conversation::new(self.lines)));
                    return Poll::Ready(PortEvent::Attached);
                }
                PortEvent::Data(n) => {
                    if let (Some(client), Some(bytes)) = (&mut self.client, raw.get(..n)) {
                        let was_suspended = client.is_suspended();
                        client.hear(bytes);
                        if was_suspended && !client.is_suspended() {
                            // Whoever has something to write is to try again.
                            cx.waker().wake_by_ref();
                        }
                    }
                }
                // A socket has no lines.
                PortEvent::Lines(_) => {}
                PortEvent::Detached => self.is_leaving = true,
            }
        }
    }

    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<usize> {
        self.flush(cx);
        let Some(client) = self.client.as_mut().filter(|_| !self.is_leaving) else {
            return Poll::Ready(bytes.len());
        };
        match client.say(bytes) {
            0 if !bytes.is_empty() => Poll::Pending,
            n => {
                self.flush(cx);
                Poll::Ready(n)
            }
        }
    }

    /// Sends what the socket takes.
    fn flush(&mut self, cx: &mut Context<'_>) {
        let Some(client) = &mut self.client else { return };
        while !client.tx().is_empty()
            && let Poll::Ready(n) = self.server.poll_write(cx, client.tx())
        {
            client.tx_done(n);
        }
    }
}
