//! Opening a socket (§2.2.2, D12, D13, document \[1\]): name, then TCP, UDP or a listener, each failure with its code.
//! What TLS does after TCP is in `ssl::handshake`.

use super::{
    conn::Conn,
    service::Service,
    state::{About, AccessMode, ClientId, Connected, SocketState},
};
use crate::{
    cause::{Cause, CommandCause, NetworkCause},
    contract::{Action, ConnId, Dial, DnsFailure, KeepAlive, Names, NetFailure, PortId, QueryId},
    errors::ErrorCode,
    events::Event,
    pdp::PdpId,
    ssl::Secure,
    state::Core,
    tcpip::Failed,
};
use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
    vec::Vec,
};
use at::time::Instant;
use core::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

/// How long name resolution and TCP may take together (§2.2.2: maximum network response time).
pub(crate) const NETWORK_TIME: Duration = Duration::from_secs(150);

/// The largest window that TCP can tell of without a scale (RFC 9293 3.1).
const UNSCALED_WINDOW: u32 = 65_535;

/// What a host asks for.
#[derive(Clone, Debug)]
pub struct Request {
    /// PDP context.
    pub pdp: PdpId,
    /// What is opened.
    pub service: Service,
    /// Its id.
    pub client: ClientId,
    /// Host name or address.
    pub host: String,
    /// Port of the peer; 0 for one that serves.
    pub port: u16,
    /// Own port; 0 for any.
    pub local_port: u16,
    /// Access mode.
    pub mode: AccessMode,
    /// How long name resolution and connecting may take together.
    pub limit: Duration,
}

/// A connection on its way.
pub struct Opening {
    pub(crate) step: Step,
    /// When the present step has taken too long.
    pub(crate) deadline: Instant,
    /// What follows when the connection is there.
    pub(crate) then: Then,
}

/// Where an opening is.
pub(crate) enum Step {
    Resolving(QueryId),
    /// Connecting to an address, with others to try; or binding a port.
    Connecting(ConnId, Vec<IpAddr>),
    Handshaking(Box<Conn>),
}

/// What follows a connection.
pub(crate) enum Then {
    /// The socket is open.
    Done,
    /// A TLS handshake.
    Secure(Box<Secure>),
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
    pub fn open(&mut self, now: Instant, request: Request, port: PortId) -> Result<(), Failed> {
        let socket = self.links.get(request.client);
        if !matches!(socket.state(), SocketState::Initial) {
            let close = match socket.service() {
                Some(service) if service.is_ssl() => "+QSSLCLOSE",
                _ => "+QICLOSE",
            };
            let (client, state) = (request.client.number(), socket.state().name());
            return Err((ErrorCode::IdentityUsed, CommandCause::IdInUse { client, state, close }.into()));
        }
        let context = self.pdp.get(request.pdp);
        if !context.active {
            let pdp = request.pdp.number();
            let cause = match context.lost {
                true => NetworkCause::PdpLost { pdp },
                false => NetworkCause::PdpInactive { pdp },
            };
            return Err((ErrorCode::OpenPdpFailed, cause.into()));
        }
        let (then, close_in_millis) = match request.service {
            Service::Ssl(context) => {
                let millis = self.contexts.settings(context).closetimemode == 1;
                (Then::Secure(Box::new(self.secure(context, &request))), millis)
            }
            _ => (Then::Done, false),
        };
        let about = About {
            pdp: request.pdp,
            service: request.service,
            host: request.host.clone(),
            remote: None,
            remote_port: request.port,
            local_port: request.local_port,
            mode: request.mode,
            port,
            at_port: self.at_port(port),
            close_in_millis,
        };
        let query = self.next_query();
        let opening = Opening { step: Step::Resolving(query), deadline: now + request.limit, then };
        let command = format!("AT{}", request.service.open_command());
        self.change(request.client, command, |_| (SocketState::Opening(Box::new(opening)), ()));
        self.enter(request.client, about);
        if self.open_point(request.client) {
            return Ok(());
        }
        if let Some(left) = self.lingering.left(now, request.local_port)
            && request.service == Service::Tcp
            && self.options.recycle == 0
        {
            let cause = NetworkCause::PortLingers { port: request.local_port, seconds: left.as_secs() };
            self.open_failed(request.client, ErrorCode::BindFailed, cause);
            return Ok(());
        }
        let pdp = self.pdp.get(request.pdp);
        match request.host.parse::<IpAddr>() {
            _ if request.service.serves() => self.serve(request.client, request.local_port),
            Ok(address) if pdp.families().includes(address) => {
                self.connect(request.client, alloc::vec![address]);
            }
            Ok(address) => {
                let cause = NetworkCause::AddressFamily { pdp: request.pdp.number(), address };
                self.open_failed(request.client, ErrorCode::ConnectFailed, cause);
            }
            Err(_) => self.resolve(now, query, request.pdp, request.host),
        }
        Ok(())
    }

    /// What a socket is about, from its first state on.
    pub fn enter(&mut self, client: ClientId, about: About) {
        let limit = self.options.receive_room();
        let socket = self.links.get_mut(client);
        socket.about = Some(about);
        socket.rx_limit = limit;
    }

    /// The name servers that a host has set; none: those of the network.
    pub fn name_servers(&self, pdp: PdpId) -> Vec<IpAddr> {
        self.pdp.get(pdp).dns.map_or(Vec::new(), Vec::from)
    }

    /// A name query of an open has ended. `false`: it is none.
    pub fn open_resolved(&mut self, query: QueryId, result: &Result<Names, DnsFailure>) -> bool {
        let waits = |o: &Opening| matches!(o.step, Step::Resolving(q) if q == query);
        let Some(client) = self.find_opening(waits) else { return false };
        let Some(About { host, pdp, .. }) = self.links.get(client).about.clone() else { return true };
        match result {
            Ok(names) if !names.addresses.is_empty() => {
                let list: Vec<String> = names.addresses.iter().map(IpAddr::to_string).collect();
                let what = format!("{host} is {}", list.join(", "));
                self.event(Event::Resolved { client: client.number(), what });
                self.connect(client, names.addresses.clone());
            }
            Ok(_) => {
                let (code, cause) = self.unresolved(&DnsFailure::NotFound, pdp, &host);
                self.open_failed(client, code, cause);
            }
            Err(failure) => {
                let (code, cause) = self.unresolved(failure, pdp, &host);
                self.open_failed(client, code, cause);
            }
        }
        true
    }

    /// How a TCP connection is made and kept.
    pub fn dial(&self, local_port: u16) -> Dial {
        let keep_alive = self.options.keep_alive.map(|[idle, interval, probes]| KeepAlive {
            idle: Duration::from_secs(u64::from(idle)),
            interval: Duration::from_secs(u64::from(interval)),
            probes,
        });
        let give_up = self
            .options
            .retransmission
            .map(|[count, period]| Duration::from_millis(100 * u64::from(period)).saturating_mul(count));
        let window = (self.options.window_scale == 0).then_some(UNSCALED_WINDOW);
        Dial { local_port, keep_alive, give_up, window }
    }

    /// Tries the first of `addresses`; the others are kept.
    fn connect(&mut self, client: ClientId, mut addresses: Vec<IpAddr>) {
        let address = addresses.remove(0);
        let conn = self.next_conn();
        let Some(about) = &mut self.links.get_mut(client).about else { return };
        about.remote = Some(address);
        let to = SocketAddr::new(address, about.remote_port);
        let (service, local_port) = (about.service, about.local_port);
        let Some(opening) = self.opening(client) else { return };
        opening.step = Step::Connecting(conn, addresses);
        let action = match service {
            Service::Udp => Action::Bind(conn, SocketAddr::new(any_address(address), local_port), Some(to)),
            Service::Ssl(_)
            | Service::Tcp
            | Service::Listener(_)
            | Service::UdpServer
            | Service::Incoming(_) => Action::Connect(conn, to, self.dial(local_port)),
        };
        self.act(action);
    }

    /// Takes a port of its own for a socket that serves.
    fn serve(&mut self, client: ClientId, local_port: u16) {
        let conn = self.next_conn();
        let Some(about) = &mut self.links.get_mut(client).about else { return };
        let at = SocketAddr::new(self.pdp.get(about.pdp).any(), local_port);
        let action = match about.service {
            Service::Listener(_) => Action::Listen(conn, at),
            _ => Action::Bind(conn, at, None),
        };
        about.remote = Some(self.pdp.address(about.pdp));
        let Some(opening) = self.opening(client) else { return };
        opening.step = Step::Connecting(conn, Vec::new());
        self.act(action);
    }

    fn opening(&mut self, client: ClientId) -> Option<&mut Opening> {
        match self.links.get_mut(client).state_mut() {
            SocketState::Opening(opening) => Some(opening),
            _ => None,
        }
    }

    /// The connection is there, or the port is taken.
    pub fn connected(&mut self, now: Instant, conn: ConnId, local: SocketAddr) {
        let waits = |o: &Opening| matches!(o.step, Step::Connecting(c, _) if c == conn);
        let Some(client) = self.find_opening(waits) else {
            if !self.ntp_connected(now, conn) {
                self.act(Action::Close(conn, Vec::new()));
            }
            return;
        };
        let Some(about) = &mut self.links.get_mut(client).about else { return };
        about.local_port = local.port();
        let service = about.service;
        let remote = SocketAddr::new(about.remote.unwrap_or_else(|| local.ip()), about.remote_port);
        let number = client.number();
        let buffer = self.options.send_buffer;
        match service {
            Service::Ssl(context) => {
                self.event(Event::Connected { client: number, local, remote });
                self.begin_handshake(now, client, context, conn);
            }
            Service::Tcp | Service::Incoming(_) => {
                self.event(Event::Connected { client: number, local, remote });
                self.opened(now, client, Conn::tcp(conn, buffer));
            }
            Service::Udp => {
                self.event(Event::Bound { client: number, local, what: "datagrams" });
                self.opened(now, client, Conn::udp(conn, Some(remote), buffer));
            }
            Service::UdpServer => {
                self.event(Event::Bound { client: number, local, what: "datagrams" });
                self.opened(now, client, Conn::udp(conn, None, buffer));
            }
            Service::Listener(_) => {
                self.event(Event::Bound { client: number, local, what: "connections" });
                self.change(client, "the port listens", |_| (SocketState::Listening(conn), ()));
                self.open_result(client, ErrorCode::Success);
            }
        }
    }

    /// Opening to Connected: nothing is between the host and the network.
    fn opened(&mut self, now: Instant, client: ClientId, conn: Conn) {
        self.change(client, "connected", |_| (SocketState::Connected(Box::new(Connected::new(conn))), ()));
        self.start_heartbeat(now, client);
        self.open_result(client, ErrorCode::Success);
    }

    /// No connection: the next address, or the end.
    pub fn connect_failed(&mut self, conn: ConnId, failure: &NetFailure) {
        let waits = |o: &Opening| matches!(o.step, Step::Connecting(c, _) if c == conn);
        let Some(client) = self.find_opening(waits) else {
            self.ntp_not_connected(conn, failure);
            return;
        };
        let rest = match self.opening(client).map(|opening| &mut opening.step) {
            Some(Step::Connecting(_, rest)) => core::mem::take(rest),
            Some(Step::Resolving(_) | Step::Handshaking(_)) | None => Vec::new(),
        };
        if !rest.is_empty() {
            self.connect(client, rest);
            return;
        }
        let Some(about) = &self.links.get(client).about else { return };
        let service = about.service;
        let (remote, own) = (about.remote.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)), about.local_port);
        let to = match failure {
            NetFailure::InUse | NetFailure::Denied(_) if own != 0 => {
                SocketAddr::new(any_address(remote), own)
            }
            _ if service.serves() => SocketAddr::new(any_address(remote), own),
            _ => SocketAddr::new(remote, about.remote_port),
        };
        // What is denied is the own port, where one was asked for.
        let chosen = about.local_port != 0;
        let code = match failure {
            NetFailure::TimedOut => ErrorCode::Timeout,
            NetFailure::NoSocket(_) => ErrorCode::CreateSocketFailed,
            NetFailure::InUse => ErrorCode::BindFailed,
            NetFailure::Denied(_) if chosen => ErrorCode::BindFailed,
            _ if matches!(service, Service::Listener(_)) => ErrorCode::ListenFailed,
            _ if service == Service::UdpServer => ErrorCode::BindFailed,
            NetFailure::Refused
            | NetFailure::Unreachable
            | NetFailure::Reset
            | NetFailure::Denied(_)
            | NetFailure::Other(_) => ErrorCode::ConnectFailed,
        };
        let over = if service.is_datagram() { "UDP" } else { "TCP" };
        let cause = NetworkCause::Socket { failure: failure.clone(), to, over };
        self.open_failed(client, code, cause);
    }

    /// The time for a step of an open has passed.
    pub fn open_deadline(&mut self, now: Instant, client: ClientId) {
        let SocketState::Opening(opening) = self.links.get(client).state() else { return };
        if opening.deadline > now {
            return;
        }
        let Some(about) = &self.links.get(client).about else { return };
        let cause = match &opening.step {
            Step::Resolving(_) => self.name_late(about.pdp, &about.host).1,
            Step::Connecting(..) => {
                let to = about.remote.map(|remote| SocketAddr::new(remote, about.remote_port));
                NetworkCause::ConnectTimeout { to }.into()
            }
            Step::Handshaking(conn) => conn.handshake_late(),
        };
        self.open_failed(client, ErrorCode::Timeout, cause);
    }

    /// An open has failed: whatever there is of a connection is given up.
    pub fn open_failed(&mut self, client: ClientId, code: ErrorCode, cause: impl Into<Cause>) {
        let cause = cause.into();
        let why = cause.to_string();
        self.tell_open_failed(client, code, cause);
        self.leave(client, why);
    }

    /// Host and traces are told that an open has failed.
    pub fn tell_open_failed(&mut self, client: ClientId, code: ErrorCode, cause: impl Into<Cause>) {
        self.event(Event::OpenFailed { client: client.number(), code, cause: cause.into() });
        self.open_result(client, code);
    }

    /// Whose open waits for the answer to a name query?
    pub fn resolving(&self, query: QueryId) -> Option<ClientId> {
        self.find_opening(|o| matches!(o.step, Step::Resolving(q) if q == query))
    }

    fn find_opening(&self, fits: impl Fn(&Opening) -> bool) -> Option<ClientId> {
        self.links
            .iter()
            .find(|socket| matches!(socket.state(), SocketState::Opening(opening) if fits(opening)))
            .map(super::state::Socket::id)
    }
}

/// Every address of this machine that is of the same family.
pub(crate) fn any_address(like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => core::net::Ipv6Addr::UNSPECIFIED.into(),
    }
}
