//! A socket: the states of §2.2.6 and of document \[1\], and what belongs to a connection on this side of TLS.
//!
//! | from | on | to |
//! |---|---|---|
//! | Initial | QSSLOPEN, QIOPEN accepted | Opening |
//! | Initial | a listener has accepted | Connected |
//! | Opening | TCP, TLS or UDP is ready | Connected |
//! | Opening | the listener listens | Listening |
//! | Opening | any failure, QSSLCLOSE, QICLOSE | Initial |
//! | Connected | close with a timeout | Closing (ours) |
//! | Connected | close with timeout 0, or of datagrams | Initial |
//! | Connected, Listening | the connection ends, PDP lost | Closing (theirs) |
//! | Listening | QICLOSE | Initial |
//! | Closing (ours) | peer done, timeout, PDP lost | Initial |
//! | Closing (theirs) | close | Initial |

use super::{conn::Conn, open::Opening, options::Packing, packets::Packets, service::Service};
use crate::{
    cause::Cause,
    contract::{AtPort, ConnId, PortId},
    events::Event,
    pdp::PdpId,
};
use alloc::{boxed::Box, string::String, vec::Vec};
use at::time::Instant;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Sockets 0 to 11, shared with TCP/IP (D12).
pub(crate) const SOCKETS: usize = 12;

/// The largest datagram that the network can bring.
const MAX_DATAGRAM: usize = 65_535;

/// A clientID or connectID, 0 to 11.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientId(u8);

impl ClientId {
    /// From the number a host gives.
    pub fn new(number: u32) -> Option<ClientId> {
        u8::try_from(number).ok().filter(|n| usize::from(*n) < SOCKETS).map(ClientId)
    }

    /// All of them.
    pub fn all() -> impl Iterator<Item = ClientId> {
        (0..12).map(ClientId)
    }

    /// 0 to 11.
    pub fn number(self) -> u8 {
        self.0
    }
}

/// Data access modes (§1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessMode {
    /// 0: a notice; the host fetches the data.
    Buffer,
    /// 1: the data come as URCs.
    Push,
    /// 2: the port is the connection.
    Transparent,
}

impl AccessMode {
    /// From the number a host gives; anything above 2 is transparent.
    pub fn new(number: u32) -> AccessMode {
        match number {
            0 => AccessMode::Buffer,
            1 => AccessMode::Push,
            _ => AccessMode::Transparent,
        }
    }

    /// The number of the note.
    pub fn number(self) -> u8 {
        match self {
            AccessMode::Buffer => 0,
            AccessMode::Push => 1,
            AccessMode::Transparent => 2,
        }
    }
}

/// State of a socket.
pub enum SocketState {
    /// 0: no connection.
    Initial,
    /// 1: on the way.
    Opening(Box<Opening>),
    /// 2: open.
    Connected(Box<Connected>),
    /// 3: waits for connections.
    Listening(ConnId),
    /// 4: being closed from here until the peer has closed too, at most up to the time given.
    ClosingOurs(Box<Conn>, Instant, Announce),
    /// 4: ended from there; the flag says that the host has been told.
    ClosingTheirs(Told),
}

/// Has the host been told?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Not yet.
    No,
    /// By URC or `NO CARRIER`.
    Yes,
}

/// Is the host told when a close from here is complete?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announce {
    /// A port waits for it.
    No,
    /// By URC (`close/mode` 1).
    Yes,
}

impl SocketState {
    /// The number of §2.2.6.
    pub const fn code(&self) -> u8 {
        match self {
            SocketState::Initial => 0,
            SocketState::Opening(_) => 1,
            SocketState::Connected(_) => 2,
            SocketState::Listening(_) => 3,
            SocketState::ClosingOurs(..) | SocketState::ClosingTheirs(_) => 4,
        }
    }

    /// The name of §2.2.6.
    pub const fn name(&self) -> &'static str {
        match self {
            SocketState::Initial => "Initial",
            SocketState::Opening(_) => "Opening",
            SocketState::Connected(_) => "Connected",
            SocketState::Listening(_) => "Listening",
            SocketState::ClosingOurs(..) | SocketState::ClosingTheirs(_) => "Closing",
        }
    }

    const fn kind(&self) -> Kind {
        match self {
            SocketState::Initial => Kind::Initial,
            SocketState::Opening(_) => Kind::Opening,
            SocketState::Connected(_) => Kind::Connected,
            SocketState::Listening(_) => Kind::Listening,
            SocketState::ClosingOurs(..) => Kind::Ours,
            SocketState::ClosingTheirs(_) => Kind::Theirs,
        }
    }
}

/// A state without what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Initial,
    Opening,
    Connected,
    Listening,
    Ours,
    Theirs,
}

impl Kind {
    /// Is this change in the table above?
    fn leads_to(self, to: Kind) -> bool {
        match self {
            Kind::Initial => matches!(to, Kind::Opening | Kind::Connected),
            Kind::Opening => matches!(to, Kind::Connected | Kind::Listening | Kind::Initial),
            Kind::Connected => matches!(to, Kind::Ours | Kind::Theirs | Kind::Initial),
            Kind::Listening => matches!(to, Kind::Theirs | Kind::Initial),
            Kind::Ours | Kind::Theirs => to == Kind::Initial,
        }
    }
}

/// An open connection and the packetizer of transparent mode (D23).
pub struct Connected {
    /// The connection.
    pub conn: Conn,
    /// Host bytes of transparent mode not yet sent, fewer than a packet (D23).
    pub outgoing: Vec<u8>,
    /// When they are sent although they are few.
    pub flush_at: Option<Instant>,
    /// When the next message of `send/auto` is due.
    pub heartbeat_at: Option<Instant>,
}

impl Connected {
    /// With nothing to send yet.
    pub fn new(conn: Conn) -> Connected {
        Connected { conn, outgoing: Vec::new(), flush_at: None, heartbeat_at: None }
    }

    /// How many host bytes it takes now.
    pub fn outgoing_room(&self) -> usize {
        self.conn.send_room().saturating_sub(self.outgoing.len())
    }

    /// Takes host bytes of transparent mode, at most [`Connected::outgoing_room`]: whole packets go out,
    /// the rest waits for more.
    pub fn take_outgoing(&mut self, now: Instant, mut bytes: &[u8], packing: Packing) {
        if !self.outgoing.is_empty() {
            let missing = packing.size.saturating_sub(self.outgoing.len());
            let (fill, rest) = bytes.split_at(bytes.len().min(missing));
            self.outgoing.extend_from_slice(fill);
            bytes = rest;
            if self.outgoing.len() >= packing.size {
                self.send_outgoing();
            }
        }
        while let Some((packet, rest)) = bytes.split_at_checked(packing.size) {
            self.conn.send(packet);
            bytes = rest;
        }
        self.outgoing.extend_from_slice(bytes);
        self.flush_at = (!self.outgoing.is_empty()).then(|| now + packing.wait);
    }

    /// Sends what waits for more.
    pub fn send_outgoing(&mut self) {
        let packet = core::mem::take(&mut self.outgoing);
        self.flush_at = None;
        if !packet.is_empty() {
            self.conn.send(&packet);
        }
    }
}

/// What `AT+QSSLSTATE` and `AT+QISTATE` print, fixed at the open but for the mode and the addresses.
#[derive(Clone, Debug)]
pub struct About {
    /// PDP context.
    pub pdp: PdpId,
    /// What the socket is for.
    pub service: Service,
    /// Name or address as given.
    pub host: String,
    /// Address connected to, once known.
    pub remote: Option<IpAddr>,
    /// Port connected to.
    pub remote_port: u16,
    /// Own port; 0 until known, if the host has not chosen it.
    pub local_port: u16,
    /// Access mode; changes with `+++`, `ATO` and `AT+QISWTMD`.
    pub mode: AccessMode,
    /// The port that opened the socket.
    pub port: PortId,
    /// Its name.
    pub at_port: AtPort,
    /// How the host gives close timeouts (closetimemode at the open).
    pub close_in_millis: bool,
}

/// A socket.
pub struct Socket {
    id: ClientId,
    state: SocketState,
    /// What the host was told at the open; meaningful in every state but Initial.
    pub about: Option<About>,
    /// Received data kept for the host.
    pub rx: Packets,
    /// How many bytes of it are kept; then TCP slows the peer (D18).
    pub rx_limit: usize,
    /// Bytes ever put into `rx` on this connection.
    pub received: u64,
    /// Buffer mode: "recv" has been given and `rx` has not been empty since.
    pub notified: bool,
    /// Counts the opens, so that whoever waits for one is not taken in by the next.
    pub generation: u32,
}

impl Socket {
    fn new(id: ClientId) -> Socket {
        Socket {
            id,
            state: SocketState::Initial,
            about: None,
            rx: Packets::default(),
            rx_limit: 0,
            received: 0,
            notified: false,
            generation: 0,
        }
    }

    /// Why nothing more will come, once everything that came has been consumed.
    pub fn ended(&self) -> Option<Cause> {
        let about = self.about.as_ref()?;
        let peer = about.remote.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        self.conn()?.ended(SocketAddr::new(peer, about.remote_port))
    }

    /// Its clientID.
    pub fn id(&self) -> ClientId {
        self.id
    }

    /// Its state.
    pub fn state(&self) -> &SocketState {
        &self.state
    }

    /// Its state, to work on what is in it. A change of state goes through [`Socket::change`].
    pub fn state_mut(&mut self) -> &mut SocketState {
        &mut self.state
    }

    /// The only door: takes the state by value and leaves the next.
    pub fn change<T>(
        &mut self,
        why: String,
        next: impl FnOnce(SocketState) -> (SocketState, T),
    ) -> (Event, T) {
        let left = core::mem::replace(&mut self.state, SocketState::Initial);
        let (from, from_name) = (left.kind(), left.name());
        let (to, value) = next(left);
        debug_assert!(from.leads_to(to.kind()), "{from:?} to {:?}", to.kind());
        match to.kind() {
            Kind::Initial => {
                self.about = None;
                self.rx = Packets::default();
                self.received = 0;
                self.notified = false;
            }
            Kind::Opening | Kind::Connected | Kind::Listening | Kind::Ours | Kind::Theirs => {}
        }
        if from == Kind::Initial {
            self.generation = self.generation.wrapping_add(1);
        }
        self.state = to;
        let event = Event::Socket { client: self.id.0, from: from_name, to: self.state.name(), why };
        (event, value)
    }

    /// The connection in it, from the start of the handshake to the end.
    pub fn conn_mut(&mut self) -> Option<&mut Conn> {
        match &mut self.state {
            SocketState::Opening(opening) => opening.conn_mut(),
            SocketState::Connected(connected) => Some(&mut connected.conn),
            SocketState::ClosingOurs(conn, ..) => Some(conn),
            SocketState::Initial | SocketState::Listening(_) | SocketState::ClosingTheirs(_) => None,
        }
    }

    /// The connection in it.
    pub fn conn(&self) -> Option<&Conn> {
        match &self.state {
            SocketState::Opening(opening) => opening.conn(),
            SocketState::Connected(connected) => Some(&connected.conn),
            SocketState::ClosingOurs(conn, ..) => Some(conn),
            SocketState::Initial | SocketState::Listening(_) | SocketState::ClosingTheirs(_) => None,
        }
    }

    /// The open connection.
    pub fn connected(&mut self) -> Option<&mut Connected> {
        match &mut self.state {
            SocketState::Connected(connected) => Some(connected),
            SocketState::Initial
            | SocketState::Opening(_)
            | SocketState::Listening(_)
            | SocketState::ClosingOurs(..)
            | SocketState::ClosingTheirs(_) => None,
        }
    }

    /// The access mode; buffer while there is no connection.
    pub fn mode(&self) -> AccessMode {
        self.about.as_ref().map_or(AccessMode::Buffer, |about| about.mode)
    }

    /// What the socket is for, while it is for anything.
    pub fn service(&self) -> Option<Service> {
        self.about.as_ref().map(|about| about.service)
    }

    /// How many bytes of the network may come now; of datagrams, whether one may.
    pub fn rx_room(&self) -> usize {
        match self.conn() {
            Some(conn) if conn.is_datagram() => {
                let takes = matches!(self.state, SocketState::Connected(_)) && self.rx.len() < self.rx_limit;
                if takes { MAX_DATAGRAM } else { 0 }
            }
            Some(conn) => conn.rx_room(),
            None => 0,
        }
    }

    /// A datagram has come.
    pub fn take_datagram(&mut self, from: SocketAddr, bytes: &[u8]) {
        if matches!(self.state, SocketState::Connected(_)) {
            self.rx.push_packet(from, bytes);
            self.received += bytes.len() as u64;
        }
    }

    /// Keeps what has come on the connection for the host, as far as there is room.
    pub fn fill_rx(&mut self) {
        let SocketState::Connected(connected) = &mut self.state else { return };
        loop {
            let space = self.rx_limit.saturating_sub(self.rx.len());
            let plaintext = connected.conn.plaintext();
            let n = plaintext.len().min(space);
            if n == 0 {
                return;
            }
            self.rx.push(plaintext.get(..n).unwrap_or_default());
            self.received += n as u64;
            connected.conn.consume(n);
        }
    }

    /// What a port that is this connection says next: what was kept, then what stands in the connection itself,
    /// from where it goes out without being copied.
    pub fn online_data(&self) -> &[u8] {
        match &self.state {
            SocketState::Connected(connected) if self.rx.is_empty() => connected.conn.plaintext(),
            _ => self.rx.front(),
        }
    }

    /// The first `n` bytes of [`Socket::online_data`] have left.
    pub fn online_data_done(&mut self, n: usize) {
        match &mut self.state {
            SocketState::Connected(connected) if self.rx.is_empty() => {
                connected.conn.consume(n);
                self.received += n as u64;
            }
            _ => self.read(n),
        }
    }

    /// The host has been told that the connection is gone.
    pub fn tell_closed(&mut self) {
        if let SocketState::ClosingTheirs(told) = &mut self.state {
            *told = Told::Yes;
        }
    }

    /// Bytes of `rx` that the host has fetched: `n` more.
    pub fn read(&mut self, n: usize) {
        self.rx.consume(n);
        if self.rx.is_empty() {
            self.notified = false;
        }
    }
}

/// The sockets of a module.
pub struct Links([Socket; SOCKETS]);

impl Default for Links {
    fn default() -> Links {
        let mut ids = ClientId::all();
        Links(core::array::from_fn(|_| Socket::new(ids.next().unwrap_or(ClientId(0)))))
    }
}

impl Links {
    /// One socket.
    pub fn get(&self, id: ClientId) -> &Socket {
        &self.0[usize::from(id.0)]
    }

    /// One socket.
    pub fn get_mut(&mut self, id: ClientId) -> &mut Socket {
        &mut self.0[usize::from(id.0)]
    }

    /// All sockets in the order of their ids.
    pub fn iter(&self) -> core::slice::Iter<'_, Socket> {
        self.0.iter()
    }

    /// The id that an incoming connection gets: the highest that is free.
    pub fn highest_free(&self) -> Option<ClientId> {
        self.0.iter().rev().find(|s| matches!(s.state, SocketState::Initial)).map(Socket::id)
    }

    /// Whose listener is this?
    pub fn by_listener(&self, conn: ConnId) -> Option<ClientId> {
        self.0.iter().find(|s| matches!(s.state, SocketState::Listening(c) if c == conn)).map(Socket::id)
    }

    /// Whose connection is this?
    pub fn by_conn(&self, conn: ConnId) -> Option<ClientId> {
        self.0.iter().find(|s| s.conn().is_some_and(|c| c.id == conn)).map(Socket::id)
    }
}
