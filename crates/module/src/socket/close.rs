//! Closing a socket (§2.2.5, D20, D22): from here, from there, by the loss of the PDP context.

use super::state::{ClientId, SocketState, Told};
use crate::{
    contract::{Action, ConnId, NetFailure},
    errors::ErrorCode,
    events::Event,
    pdp::PdpId,
    state::Core,
};
use alloc::{boxed::Box, string::String};
use at::time::Instant;
use core::time::Duration;

/// Is a close complete?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The id is in Initial.
    Now,
    /// The peer has not closed yet.
    Later,
}

impl Core {
    /// `AT+QSSLCLOSE`: waits for the peer at most `timeout` units (seconds, or milliseconds with
    /// closetimemode 1 at the open); 0 does not wait.
    pub fn close(&mut self, now: Instant, client: ClientId, timeout: u32) -> Closed {
        let socket = self.links.get_mut(client);
        let wait = match &socket.about {
            Some(about) if about.close_in_millis => Duration::from_millis(u64::from(timeout)),
            _ => Duration::from_secs(u64::from(timeout)),
        };
        match socket.state_mut() {
            SocketState::Initial => {}
            SocketState::Opening(_) => self.abandon_opening(client, "AT+QSSLCLOSE"),
            SocketState::ClosingTheirs(_) => {
                self.leave(client, "AT+QSSLCLOSE");
            }
            // Another port waits for this close already: whoever wants it sooner has it sooner.
            SocketState::ClosingOurs(_, deadline) => {
                *deadline = (*deadline).min(now + wait);
                if !wait.is_zero() {
                    return Closed::Later;
                }
                self.leave(client, "AT+QSSLCLOSE without waiting");
            }
            SocketState::Connected(connected) => {
                connected.send_outgoing();
                connected.conn.close();
                if wait.is_zero() {
                    self.leave(client, "AT+QSSLCLOSE without waiting");
                } else {
                    let id = connected.conn.id;
                    self.act(Action::Shutdown(id));
                    self.change(client, "AT+QSSLCLOSE", |state| match state {
                        SocketState::Connected(c) => {
                            (SocketState::ClosingOurs(Box::new(c.conn), now + wait), ())
                        }
                        other => (other, ()),
                    });
                    return Closed::Later;
                }
            }
        }
        Closed::Now
    }

    /// What has happened to a socket that is not opening: data to keep, an end to notice. While a port is `online`
    /// with it, the data stay in the connection and go from there to the port.
    pub fn service(&mut self, client: ClientId, online: bool) {
        let socket = self.links.get_mut(client);
        match socket.state_mut() {
            SocketState::Initial | SocketState::Opening(_) | SocketState::ClosingTheirs(_) => {}
            SocketState::Connected(_) => {
                if !online {
                    socket.fill_rx();
                }
                let Some(cause) = socket.conn().and_then(super::conn::Conn::ended) else { return };
                self.event(Event::Ended { client: client.number(), cause: cause.clone() });
                self.end_theirs(client, cause);
            }
            SocketState::ClosingOurs(conn, _) => {
                // Data that comes while closing has no reader.
                while !conn.plaintext().is_empty() {
                    let n = conn.plaintext().len();
                    conn.consume(n);
                }
                if let Some(cause) = conn.ended() {
                    self.leave(client, cause);
                }
            }
        }
    }

    /// Connected to Closing (theirs): the TCP connection is given up, received data stays.
    fn end_theirs(&mut self, client: ClientId, cause: String) {
        if let SocketState::Connected(connected) = self.links.get_mut(client).state_mut() {
            connected.conn.close();
        }
        let left = self.change(client, cause, |state| (SocketState::ClosingTheirs(Told::No), state));
        self.give_up(left);
    }

    /// To Initial, whatever there is of a connection being given up.
    fn leave(&mut self, client: ClientId, why: impl Into<String>) {
        let left = self.change(client, why, |state| (SocketState::Initial, state));
        self.give_up(left);
    }

    /// Writes out what a state that was left still has to say, and closes its connection.
    fn give_up(&mut self, left: SocketState) {
        let conn = match left {
            SocketState::Connected(connected) => connected.conn,
            SocketState::ClosingOurs(conn, _) => *conn,
            SocketState::Initial | SocketState::Opening(_) | SocketState::ClosingTheirs(_) => return,
        };
        let id = conn.id;
        self.act(Action::Close(id, conn.into_last_bytes()));
    }

    /// The time for a close has passed.
    pub fn close_deadline(&mut self, now: Instant, client: ClientId) {
        if matches!(self.links.get(client).state(), SocketState::ClosingOurs(_, deadline) if *deadline <= now)
        {
            self.leave(client, "the peer did not close in time");
        }
    }

    /// A PDP context is gone: its sockets lose their connections (D25).
    pub fn pdp_lost(&mut self, pdp: PdpId) {
        for client in ClientId::all() {
            let socket = self.links.get_mut(client);
            if socket.about.as_ref().is_none_or(|about| about.pdp != pdp) {
                continue;
            }
            match socket.state() {
                SocketState::Initial | SocketState::ClosingTheirs(_) => {}
                SocketState::Opening(_) => {
                    self.open_failed(client, ErrorCode::PdpBroken, "the PDP context was deactivated".into());
                }
                SocketState::Connected(_) => {
                    socket.fill_rx();
                    self.end_theirs(client, "the PDP context was deactivated".into());
                }
                SocketState::ClosingOurs(..) => self.leave(client, "the PDP context was deactivated"),
            }
        }
    }

    /// Everything ends: close_notify on every connection.
    pub fn close_all(&mut self) {
        for client in ClientId::all() {
            match self.links.get_mut(client).state_mut() {
                SocketState::Initial => {}
                SocketState::Opening(_) => self.abandon_opening(client, "the module stops"),
                SocketState::Connected(connected) => {
                    connected.send_outgoing();
                    connected.conn.close();
                    self.leave(client, "the module stops");
                }
                SocketState::ClosingOurs(..) | SocketState::ClosingTheirs(_) => {
                    self.leave(client, "the module stops")
                }
            }
        }
    }

    /// TCP has ended.
    pub fn net_ended(&mut self, now: Instant, conn: ConnId, failure: Option<NetFailure>) {
        let Some(client) = self.links.by_conn(conn) else { return };
        if let Some(conn) = self.links.get_mut(client).conn_mut() {
            conn.receive_end(failure);
        }
        self.handshake_progress(now, client);
    }

    /// Bytes of the network.
    pub fn net_rx(&mut self, now: Instant, conn: ConnId, bytes: &[u8]) {
        let Some(client) = self.links.by_conn(conn) else { return };
        if let Some(conn) = self.links.get_mut(client).conn_mut() {
            conn.receive(bytes);
        }
        self.handshake_progress(now, client);
        self.keep_session(now, client);
    }
}
