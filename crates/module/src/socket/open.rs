//! Opening a socket (§2.2.2, D12, D13, document \[1\]): name, then TCP, UDP or a listener, each failure with its code.
//! What TLS does after TCP is in `ssl::handshake`.

use super::{
    conn::{Conn, failure_text},
    service::Service,
    state::{About, AccessMode, ClientId, Connected, SocketState},
};
use crate::{
    contract::{Action, ConnId, Dial, DnsFailure, KeepAlive, Names, NetFailure, PortId, QueryId},
    errors::ErrorCode,
    events::Event,
    pdp::PdpId,
    ssl::Secure,
    state::Core,
};
use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
    vec::Vec,
};
use at::time::Instant;
use core::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

/// How long name resolution and TCP may take together (§2.2.2: maximum network response time).
pub(crate) const NETWORK_TIME: Duration = Duration::from_secs(150);

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
    Secure(Secure),
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
        let (then, close_in_millis) = match request.service {
            Service::Ssl(context) => {
                let millis = self.contexts.settings(context).closetimemode == 1;
                (Then::Secure(self.secure(context)), millis)
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
        let pdp = self.pdp.get(request.pdp);
        match request.host.parse::<IpAddr>() {
            _ if request.service.serves() => self.serve(request.client, request.local_port),
            Ok(address) if pdp.families().includes(address) => {
                self.connect(request.client, alloc::vec![address]);
            }
            Ok(address) => {
                let cause =
                    format!("the PDP context has no {}", if address.is_ipv4() { "IPv4" } else { "IPv6" });
                self.open_failed(request.client, ErrorCode::ConnectFailed, cause);
            }
            Err(_) => self.resolve(query, request.pdp, request.host),
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

    /// Looks a name up in the way of a PDP context.
    pub fn resolve(&mut self, query: QueryId, pdp: PdpId, name: String) {
        let pdp = self.pdp.get(pdp);
        let servers = pdp.dns.map_or(Vec::new(), Vec::from);
        let families = pdp.families();
        self.act(Action::Resolve(query, name, servers, families));
    }

    /// A name query of an open has ended. `false`: it is none.
    pub fn open_resolved(&mut self, query: QueryId, result: &Result<Names, DnsFailure>) -> bool {
        let waits = |o: &Opening| matches!(o.step, Step::Resolving(q) if q == query);
        let Some(client) = self.find_opening(waits) else { return false };
        let host = self.links.get(client).about.as_ref().map_or(String::new(), |about| about.host.clone());
        match result {
            Ok(names) if !names.addresses.is_empty() => {
                let list: Vec<String> = names.addresses.iter().map(IpAddr::to_string).collect();
                let what = format!("{host} is {}", list.join(", "));
                self.event(Event::Resolved { client: client.number(), what });
                self.connect(client, names.addresses.clone());
            }
            Ok(_) | Err(DnsFailure::NotFound) => {
                let cause = format!("there is no address for the name {host}");
                self.open_failed(client, ErrorCode::DnsFailed, cause);
            }
            Err(DnsFailure::Unreachable(why)) => {
                let cause = format!("no name server answered for {host}: {why}");
                self.open_failed(client, ErrorCode::DnsBusy, cause);
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
        Dial { local_port, keep_alive, give_up }
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
        let what = if service.is_datagram() { "UDP" } else { "TCP" };
        self.open_failed(client, code, format!("{what}: {}", failure_text(failure)));
    }

    /// The time for a step of an open has passed.
    pub fn open_deadline(&mut self, now: Instant, client: ClientId) {
        let SocketState::Opening(opening) = self.links.get(client).state() else { return };
        if opening.deadline > now {
            return;
        }
        let cause = match &opening.step {
            Step::Resolving(_) => "no answer from the name servers in the time allowed",
            Step::Connecting(..) => "no TCP connection in the time allowed",
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

/// Every address of this machine that is of the same family.
pub(crate) fn any_address(like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => core::net::Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => core::net::Ipv6Addr::UNSPECIFIED.into(),
    }
}
