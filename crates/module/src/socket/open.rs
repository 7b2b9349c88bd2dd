//! Opening a socket (§2.2.2, D12, D13): name, TCP, TLS, each with its error code.

use super::{
    conn::{Conn, failure_text},
    state::{About, AccessMode, ClientId, Connected, SocketState},
};
use crate::{
    contract::{Action, ConnId, DnsFailure, NetFailure, PortId, QueryId},
    errors::ErrorCode,
    events::Event,
    pdp::PdpId,
    ssl::{CtxId, SessionKey},
    state::Core,
};
use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};
use at::time::Instant;
use core::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};
use tls::{Client, Config, ServerName, UnixTime, x509::Policy};

/// How long name resolution and TCP may take together (§2.2.2: maximum network response time).
const NETWORK_TIME: Duration = Duration::from_secs(150);

/// The parameters of `AT+QSSLOPEN`.
#[derive(Clone, Debug)]
pub struct Request {
    /// PDP context.
    pub pdp: PdpId,
    /// SSL context.
    pub context: CtxId,
    /// clientID.
    pub client: ClientId,
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Access mode.
    pub mode: AccessMode,
}

/// A connection on its way.
pub struct Opening {
    step: Step,
    /// When the present step has taken too long.
    deadline: Instant,
    /// The snapshot of the context, or what is wrong with its files (D5).
    config: Result<Arc<Config>, String>,
    negotiate: Duration,
}

enum Step {
    Resolving(QueryId),
    /// Connecting to an address, with others to try.
    Connecting(ConnId, Vec<IpAddr>),
    Handshaking(Conn),
}

impl Opening {
    /// The connection, once there is one.
    pub fn conn(&self) -> Option<&Conn> {
        match &self.step {
            Step::Handshaking(conn) => Some(conn),
            Step::Resolving(_) | Step::Connecting(..) => None,
        }
    }

    /// The connection, once there is one.
    pub fn conn_mut(&mut self) -> Option<&mut Conn> {
        match &mut self.step {
            Step::Handshaking(conn) => Some(conn),
            Step::Resolving(_) | Step::Connecting(..) => None,
        }
    }

    /// When the present step has taken too long.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }
}

impl Core {
    /// Begins to open a socket. The result comes by [`Core::open_result`].
    pub fn open(&mut self, now: Instant, request: Request, port: PortId) -> Result<(), ErrorCode> {
        if !matches!(self.links.get(request.client).state(), SocketState::Initial) {
            return Err(ErrorCode::IdentityUsed);
        }
        if !self.pdp.get(request.pdp).active {
            return Err(ErrorCode::OpenPdpFailed);
        }
        let settings = self.contexts.settings(request.context);
        let negotiate = Duration::from_secs(u64::from(settings.negotiatetime));
        let close_in_millis = settings.closetimemode == 1;
        let config = self.contexts.config(request.context, &self.files, self.takes_ram());
        let about = About {
            pdp: request.pdp,
            context: request.context,
            host: request.host.clone(),
            remote: None,
            remote_port: request.port,
            local_port: 0,
            mode: request.mode,
            port,
            at_port: self.at_port(port),
            close_in_millis,
        };
        let query = self.next_query();
        let opening =
            Opening { step: Step::Resolving(query), deadline: now + NETWORK_TIME, config, negotiate };
        self.change(request.client, "AT+QSSLOPEN", |_| (SocketState::Opening(Box::new(opening)), ()));
        self.links.get_mut(request.client).about = Some(about);
        match request.host.parse::<IpAddr>() {
            Ok(address) => self.connect(request.client, alloc::vec![address]),
            Err(_) => {
                let servers = self.pdp.get(request.pdp).dns.map_or(Vec::new(), Vec::from);
                self.act(Action::Resolve(query, request.host, servers));
            }
        }
        Ok(())
    }

    /// A name query has ended.
    pub fn resolved(&mut self, query: QueryId, result: Result<Vec<IpAddr>, DnsFailure>) {
        let waits = |o: &Opening| matches!(o.step, Step::Resolving(q) if q == query);
        let Some(client) = self.find_opening(waits) else { return };
        let host = self.links.get(client).about.as_ref().map_or(String::new(), |about| about.host.clone());
        match result {
            Ok(addresses) if !addresses.is_empty() => {
                let list: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
                let what = format!("{host} is {}", list.join(", "));
                self.event(Event::Resolved { client: client.number(), what });
                self.connect(client, addresses);
            }
            Ok(_) | Err(DnsFailure::NotFound) => {
                self.open_failed(
                    client,
                    ErrorCode::DnsFailed,
                    format!("there is no address for the name {host}"),
                );
            }
            Err(DnsFailure::Unreachable(why)) => {
                self.open_failed(
                    client,
                    ErrorCode::DnsBusy,
                    format!("no name server answered for {host}: {why}"),
                );
            }
        }
    }

    /// Tries the first of `addresses`; the others are kept.
    fn connect(&mut self, client: ClientId, mut addresses: Vec<IpAddr>) {
        let address = addresses.remove(0);
        let conn = self.next_conn();
        let socket = self.links.get_mut(client);
        let Some(about) = &mut socket.about else { return };
        about.remote = Some(address);
        let target = SocketAddr::new(address, about.remote_port);
        if let SocketState::Opening(opening) = socket.state_mut() {
            opening.step = Step::Connecting(conn, addresses);
            self.act(Action::Connect(conn, target));
        }
    }

    /// TCP is connected: the handshake begins.
    pub fn connected(&mut self, now: Instant, conn: ConnId, local: SocketAddr) {
        let waits = |o: &Opening| matches!(o.step, Step::Connecting(c, _) if c == conn);
        let Some(client) = self.find_opening(waits) else {
            self.act(Action::Close(conn, Vec::new()));
            return;
        };
        let socket = self.links.get_mut(client);
        let Some(about) = &mut socket.about else { return };
        about.local_port = local.port();
        let key = SessionKey { context: about.context, host: about.host.clone(), port: about.remote_port };
        let name = match about.host.parse::<IpAddr>() {
            Ok(ip) => ServerName::Ip(ip),
            Err(_) => ServerName::Dns(about.host.clone()),
        };
        let remote = SocketAddr::new(about.remote.unwrap_or_else(|| local.ip()), about.remote_port);
        self.event(Event::Connected { client: client.number(), local, remote });
        let wall = UnixTime(self.clock.unix(now));
        let rng = self.rng.fork();
        let resume = self.sessions.find(&key, now);
        let failure = match self.links.get_mut(client).state_mut() {
            SocketState::Opening(opening) => match opening.config.clone() {
                Ok(config) => {
                    let mut hello = Vec::new();
                    let resume = resume.filter(|_| config.resumption);
                    let tls = Client::new(config, Some(name), resume, rng, wall, &mut hello);
                    opening.deadline = now + opening.negotiate;
                    opening.step = Step::Handshaking(Conn::new(conn, tls, hello));
                    None
                }
                Err(cause) => Some(cause),
            },
            _ => None,
        };
        match failure {
            Some(cause) => {
                self.act(Action::Close(conn, Vec::new()));
                self.open_failed(client, ErrorCode::ConnectFailed, cause);
            }
            // A context that leaves nothing to offer fails before a byte has come.
            None => self.handshake_progress(now, client),
        }
    }

    /// TCP did not connect: the next address, or the end.
    pub fn connect_failed(&mut self, conn: ConnId, failure: &NetFailure) {
        let waits = |o: &Opening| matches!(o.step, Step::Connecting(c, _) if c == conn);
        let Some(client) = self.find_opening(waits) else { return };
        let rest = match self.links.get_mut(client).state_mut() {
            SocketState::Opening(opening) => match &mut opening.step {
                Step::Connecting(_, rest) => core::mem::take(rest),
                Step::Resolving(_) | Step::Handshaking(_) => Vec::new(),
            },
            _ => Vec::new(),
        };
        if rest.is_empty() {
            let code = match failure {
                NetFailure::TimedOut => ErrorCode::Timeout,
                NetFailure::Refused | NetFailure::Unreachable | NetFailure::Reset | NetFailure::Other(_) => {
                    ErrorCode::ConnectFailed
                }
            };
            self.open_failed(client, code, format!("TCP: {}", failure_text(failure)));
        } else {
            self.connect(client, rest);
        }
    }

    /// Looks whether a handshake is complete or has failed.
    pub fn handshake_progress(&mut self, now: Instant, client: ClientId) {
        let SocketState::Opening(opening) = self.links.get_mut(client).state_mut() else { return };
        let Step::Handshaking(conn) = &mut opening.step else { return };
        if let Some(line) = conn.tls().take_key_log() {
            self.event(Event::KeyLog(line));
        }
        let SocketState::Opening(opening) = self.links.get_mut(client).state_mut() else { return };
        let unverified = matches!(&opening.config, Ok(config) if matches!(config.policy, Policy::None));
        let Step::Handshaking(conn) = &mut opening.step else { return };
        if conn.tls().is_established() {
            let mut summary = conn.tls().summary().map(ToString::to_string).unwrap_or_default();
            if unverified {
                summary.push_str(", server certificate not verified (seclevel 0)");
            }
            self.event(Event::Secured { client: client.number(), summary });
            self.established(client);
            self.keep_session(now, client);
            self.open_result(client, ErrorCode::Success);
        } else if let Some(cause) = conn.ended() {
            self.open_failed(client, ErrorCode::ConnectFailed, cause);
        }
    }

    /// Opening to Connected, with the connection carried over.
    fn established(&mut self, client: ClientId) {
        self.change(client, "handshake complete", |state| match state {
            SocketState::Opening(opening) => match opening.step {
                Step::Handshaking(conn) => {
                    let connected = Connected { conn, outgoing: Vec::new(), flush_at: None };
                    (SocketState::Connected(Box::new(connected)), ())
                }
                Step::Resolving(_) | Step::Connecting(..) => (SocketState::Initial, ()),
            },
            other => (other, ()),
        });
    }

    /// Stores the session for resumption when the connection has brought one.
    pub fn keep_session(&mut self, now: Instant, client: ClientId) {
        let socket = self.links.get_mut(client);
        let Some(session) = socket.conn_mut().and_then(|conn| conn.tls().take_session()) else { return };
        if let Some(about) = &socket.about {
            let key =
                SessionKey { context: about.context, host: about.host.clone(), port: about.remote_port };
            self.sessions.store(key, session, now);
        }
    }

    /// The time for a step of an open has passed.
    pub fn open_deadline(&mut self, now: Instant, client: ClientId) {
        let SocketState::Opening(opening) = self.links.get(client).state() else { return };
        if opening.deadline > now {
            return;
        }
        let cause = match &opening.step {
            Step::Resolving(_) => "no answer from the name servers in 150 s",
            Step::Connecting(..) => "no TCP connection in 150 s",
            Step::Handshaking(_) => "the TLS handshake took longer than negotiatetime",
        };
        self.open_failed(client, ErrorCode::Timeout, cause.into());
    }

    /// An open has failed: whatever there is of a connection is given up.
    pub fn open_failed(&mut self, client: ClientId, code: ErrorCode, cause: String) {
        self.event(Event::OpenFailed { client: client.number(), code, cause: cause.clone() });
        self.open_result(client, code);
        self.abandon_opening(client, cause);
    }

    /// Opening to Initial.
    pub fn abandon_opening(&mut self, client: ClientId, why: impl Into<String>) {
        let left = self.change(client, why, |state| (SocketState::Initial, state));
        if let SocketState::Opening(opening) = left {
            match opening.step {
                Step::Resolving(_) => {}
                Step::Connecting(conn, _) => self.act(Action::Close(conn, Vec::new())),
                Step::Handshaking(conn) => {
                    let id = conn.id;
                    self.act(Action::Close(id, conn.into_last_bytes()));
                }
            }
        }
    }

    fn find_opening(&self, fits: impl Fn(&Opening) -> bool) -> Option<ClientId> {
        self.links
            .iter()
            .find(|socket| matches!(socket.state(), SocketState::Opening(opening) if fits(opening)))
            .map(super::state::Socket::id)
    }
}
