//! Closing a socket (§2.2.5, D20, D22, document \[1\]): from here, from there, by the loss of the PDP context.

use super::{
    open::Step,
    service::Service,
    state::{Announce, ClientId, SocketState, Told},
};
use crate::{
    cause::{Cause, NetworkCause},
    contract::{Action, ConnId, NetFailure},
    errors::ErrorCode,
    events::Event,
    pdp::PdpId,
    state::Core,
};
use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
    vec::Vec,
};
use at::time::Instant;
use core::{net::SocketAddr, time::Duration};

/// Is a close complete?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The id is in Initial.
    Now,
    /// The peer has not closed yet.
    Later,
}

/// Who has ended a PDP context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The host, by `AT+QIDEACT` or by switching the radio off.
    Host,
    /// The network.
    Network,
}

impl Loss {
    /// As an explanation.
    pub fn cause(self, pdp: PdpId) -> NetworkCause {
        let pdp = pdp.number();
        match self {
            Loss::Host => NetworkCause::PdpDeactivated { pdp },
            Loss::Network => NetworkCause::PdpLost { pdp },
        }
    }
}

/// The reason given for a close by command.
const BY_COMMAND: &str = "closed by the host";

impl Core {
    /// `AT+QSSLCLOSE`, `AT+QICLOSE`: waits for the peer at most `timeout` units (seconds, or milliseconds with
    /// closetimemode 1 at the open); 0 does not wait.
    pub fn close(&mut self, now: Instant, client: ClientId, timeout: u32, announce: Announce) -> Closed {
        let socket = self.links.get_mut(client);
        let wait = match &socket.about {
            Some(about) if about.close_in_millis => Duration::from_millis(u64::from(timeout)),
            _ => Duration::from_secs(u64::from(timeout)),
        };
        match socket.state_mut() {
            SocketState::Initial => {}
            SocketState::Opening(_) | SocketState::ClosingTheirs(_) | SocketState::Listening(_) => {
                self.leave(client, BY_COMMAND);
            }
            // Another port waits for this close already: whoever wants it sooner has it sooner.
            SocketState::ClosingOurs(_, deadline, _) => {
                *deadline = (*deadline).min(now + wait);
                if !wait.is_zero() {
                    return Closed::Later;
                }
                self.leave(client, "closed by the host without waiting");
            }
            SocketState::Connected(connected) => {
                connected.send_outgoing();
                connected.conn.close();
                let is_over = wait.is_zero() || connected.conn.is_datagram();
                let id = connected.conn.id;
                self.tell_spoken(client);
                if is_over {
                    self.leave(client, "closed by the host without waiting");
                } else {
                    self.act(Action::Shutdown(id));
                    self.change(client, BY_COMMAND, |state| match state {
                        SocketState::Connected(c) => {
                            (SocketState::ClosingOurs(Box::new(c.conn), now + wait, announce), ())
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
    pub fn service(&mut self, now: Instant, client: ClientId, online: bool) {
        let socket = self.links.get_mut(client);
        match socket.state_mut() {
            SocketState::Initial
            | SocketState::Opening(_)
            | SocketState::Listening(_)
            | SocketState::ClosingTheirs(Told::No) => {}
            SocketState::ClosingTheirs(Told::Yes) => {
                if self.options.passive_close == 1 && socket.rx.is_empty() {
                    self.leave(client, "closed by itself (passiveclosed)");
                }
            }
            SocketState::Connected(_) => {
                if !online {
                    socket.fill_rx();
                }
                if self.tells_data {
                    self.tell_data(client);
                }
                let Some(cause) = self.links.get(client).ended() else { return };
                let why = cause.to_string();
                self.tell_spoken(client);
                self.event(Event::Ended { client: client.number(), cause });
                self.end_theirs(client, why, Told::No);
            }
            SocketState::ClosingOurs(conn, ..) => {
                // Data that comes while closing has no reader.
                while !conn.plaintext().is_empty() {
                    let n = conn.plaintext().len();
                    conn.consume(n);
                }
                let both_have_closed = conn.is_closed_by_peer();
                if let Some(cause) = socket.ended() {
                    let port = socket.about.as_ref().map(|about| about.local_port);
                    if let Some(port) = port.filter(|_| both_have_closed) {
                        self.lingering.add(now, port);
                    }
                    self.leave(client, cause.to_string());
                }
            }
        }
    }

    /// Connected to Closing (theirs): the TCP connection is given up, received data stays.
    fn end_theirs(&mut self, client: ClientId, cause: String, told: Told) {
        if let SocketState::Connected(connected) = self.links.get_mut(client).state_mut() {
            connected.conn.close();
            self.tell_spoken(client);
        }
        let left = self.change(client, cause, |state| (SocketState::ClosingTheirs(told), state));
        self.give_up(left);
    }

    /// The connection of a state that was left goes without a goodbye: there is no way to the peer any more.
    pub fn vanish(&mut self, left: SocketState) {
        let conn = match left {
            SocketState::Opening(opening) => match opening.step {
                Step::Connecting(conn, _) => Some(conn),
                Step::Handshaking(conn) => Some(conn.id),
                Step::Resolving(_) => None,
            },
            SocketState::Connected(connected) => Some(connected.conn.id),
            SocketState::ClosingOurs(conn, ..) => Some(conn.id),
            SocketState::Listening(conn) => Some(conn),
            SocketState::Initial | SocketState::ClosingTheirs(_) => None,
        };
        conn.into_iter().for_each(|conn| self.act(Action::Vanish(conn)));
    }

    /// To Initial, whatever there is of a connection being given up.
    pub fn leave(&mut self, client: ClientId, why: impl Into<String>) {
        let left = self.end(client, why);
        self.give_up(left);
    }

    /// To Initial; what there is of a connection is left to whoever asks for this.
    fn end(&mut self, client: ClientId, why: impl Into<String>) -> SocketState {
        let port = self.links.get(client).about.as_ref().map(|about| about.port);
        let left = self.change(client, why, |state| (SocketState::Initial, state));
        if let (Some(port), SocketState::ClosingOurs(_, _, Announce::Yes)) = (port, &left) {
            self.report(port, format!("+QIURC: \"closed\",{}", client.number()));
        }
        left
    }

    /// Writes out what a state that was left still has to say, and closes its connection.
    fn give_up(&mut self, left: SocketState) {
        let conn = match left {
            SocketState::Opening(opening) => match opening.step {
                Step::Resolving(_) => return,
                Step::Connecting(conn, _) => {
                    self.act(Action::Close(conn, Vec::new()));
                    return;
                }
                Step::Handshaking(conn) => *conn,
            },
            SocketState::Connected(connected) => connected.conn,
            SocketState::ClosingOurs(conn, ..) => *conn,
            SocketState::Listening(conn) => {
                self.act(Action::Close(conn, Vec::new()));
                return;
            }
            SocketState::Initial | SocketState::ClosingTheirs(_) => return,
        };
        let id = conn.id;
        self.act(Action::Close(id, conn.into_last_bytes()));
    }

    /// The time for a close has passed.
    pub fn close_deadline(&mut self, now: Instant, client: ClientId) {
        if matches!(self.links.get(client).state(), SocketState::ClosingOurs(_, deadline, _) if *deadline <= now)
        {
            self.leave(client, "the peer did not close in time");
        }
    }

    /// A PDP context is gone: its sockets lose their connections (D25). SSL sockets end as if the server had
    /// closed them; plain ones are reset by the host's `AT+QIDEACT`, and till then show a loss by the network.
    pub fn pdp_lost(&mut self, pdp: PdpId, loss: Loss) {
        let cause = loss.cause(pdp);
        let why = Cause::from(cause.clone()).to_string();
        for client in ClientId::all() {
            let socket = self.links.get_mut(client);
            let Some(about) = socket.about.as_ref().filter(|about| about.pdp == pdp) else { continue };
            let reset = loss == Loss::Host && !about.service.is_ssl();
            let told = if about.service.is_ssl() { Told::No } else { Told::Yes };
            match socket.state() {
                SocketState::Initial => {}
                SocketState::Opening(_) => {
                    self.tell_open_failed(client, ErrorCode::PdpBroken, cause.clone());
                    self.end_by(loss, client, &why);
                }
                _ if reset => self.leave(client, why.as_str()),
                SocketState::ClosingTheirs(_) => {}
                SocketState::Connected(_) | SocketState::Listening(_) => {
                    socket.fill_rx();
                    match loss {
                        // What the host does itself needs no explanation.
                        Loss::Host => self.end_theirs(client, why.clone(), told),
                        Loss::Network => {
                            let cause = cause.clone().into();
                            self.event(Event::Ended { client: client.number(), cause });
                            let to = SocketState::ClosingTheirs(told);
                            let left = self.change(client, why.as_str(), |state| (to, state));
                            self.vanish(left);
                        }
                    }
                }
                SocketState::ClosingOurs(..) => self.end_by(loss, client, &why),
            }
        }
    }

    /// To Initial; whether the peer hears of it depends on who has ended the PDP context.
    fn end_by(&mut self, loss: Loss, client: ClientId, why: &str) {
        let left = self.end(client, why);
        match loss {
            Loss::Host => self.give_up(left),
            Loss::Network => self.vanish(left),
        }
    }

    /// Everything ends: close_notify on every connection.
    pub fn close_all(&mut self) {
        for client in ClientId::all() {
            match self.links.get_mut(client).state_mut() {
                SocketState::Initial => {}
                SocketState::Connected(connected) => {
                    connected.send_outgoing();
                    connected.conn.close();
                    self.tell_spoken(client);
                    self.leave(client, "the module stops");
                }
                SocketState::Opening(_)
                | SocketState::Listening(_)
                | SocketState::ClosingOurs(..)
                | SocketState::ClosingTheirs(_) => self.leave(client, "the module stops"),
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
        if self.is_ignored(client, bytes) {
            return;
        }
        if let Some(conn) = self.links.get_mut(client).conn_mut() {
            conn.receive(bytes);
        }
        if self.tells_data {
            self.tell_data(client);
        }
        self.handshake_progress(now, client);
        self.keep_session(now, client);
    }

    /// A datagram.
    pub fn net_rx_from(&mut self, now: Instant, conn: ConnId, from: SocketAddr, bytes: &[u8]) {
        let Some(client) = self.links.by_conn(conn) else {
            self.ntp_answer(now, bytes);
            return;
        };
        let from = SocketAddr::new(from.ip().to_canonical(), from.port());
        if !self.is_ignored(client, bytes) {
            self.links.get_mut(client).take_datagram(from, bytes);
        }
    }

    /// Is this the message that the host does not want to see (`recv/ignore`)?
    fn is_ignored(&self, client: ClientId, bytes: &[u8]) -> bool {
        let ignored = self.options.ignored(client);
        let plain = self.links.get(client).service().is_some_and(|service: Service| !service.is_ssl());
        plain && !ignored.is_empty() && ignored == bytes
    }
}
