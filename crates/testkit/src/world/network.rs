//! The virtual network: names, addresses with a service behind them, and TCP connections with
//! latency, a window, FIN and RST.

use crate::peer::Peer;
use at::time::Instant;
use core::time::Duration;
use module::{ConnId, DnsFailure, NetFailure, QueryId};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// What happens to whoever connects to an address.
pub enum Service {
    /// RST answers SYN.
    Refuse,
    /// A router says that there is no way.
    Unreachable,
    /// Nobody answers, ever.
    Blackhole,
    /// The connection is accepted; the function makes the peer.
    Accept(Box<dyn FnMut() -> Box<dyn Peer>>),
}

/// What the resolver says about a name.
#[derive(Clone, Debug)]
pub enum Answer {
    /// These addresses, in this order.
    Addresses(Vec<IpAddr>),
    /// There is no such name.
    NotFound,
    /// The resolver cannot be reached.
    Unreachable,
    /// The resolver never answers.
    Silence,
}

/// A service at an address, with the local port that the module is given when it connects there.
pub(super) struct Host {
    pub(super) address: SocketAddr,
    pub(super) service: Service,
    pub(super) local_port: Option<u16>,
    /// Its connections, oldest first.
    pub(super) conns: Vec<ConnId>,
}

/// One direction's bytes on their way and at the receiver.
#[derive(Default)]
struct Pipe {
    flying: usize,
    /// Arrived and not yet taken by the receiver.
    inbox: VecDeque<u8>,
    /// FIN has been sent; nothing follows it.
    fin_sent: bool,
    /// FIN has arrived behind the bytes of `inbox`.
    fin_arrived: bool,
    /// The receiver has been told of the FIN.
    fin_told: bool,
}

impl Pipe {
    fn room(&self, window: usize) -> usize {
        if self.fin_sent { 0 } else { window.saturating_sub(self.flying + self.inbox.len()) }
    }

    fn arrive(&mut self, segment: Segment) {
        match segment {
            Segment::Data(bytes) => {
                self.flying -= bytes.len();
                self.inbox.extend(bytes);
            }
            Segment::Fin => self.fin_arrived = true,
        }
    }

    fn fin_is_due(&self) -> bool {
        self.fin_arrived && !self.fin_told && self.inbox.is_empty()
    }
}

/// A connection that was accepted.
pub(super) struct Conn {
    pub(super) peer: Box<dyn Peer>,
    /// The peer's application takes bytes from its inbox.
    pub(super) peer_reads: bool,
    to_peer: Pipe,
    to_module: Pipe,
    /// The module asked for FIN behind its last byte.
    shutting_down: bool,
    /// The module knows nothing of the connection any more.
    forgotten: bool,
}

enum Segment {
    Data(Vec<u8>),
    Fin,
}

enum Happening {
    Resolved(QueryId, Result<Vec<IpAddr>, DnsFailure>),
    Connected(ConnId, SocketAddr),
    Failed(ConnId, NetFailure),
    ToPeer(ConnId, Segment),
    ToModule(ConnId, Segment),
    Reset(ConnId),
}

/// What the network tells the module, or asks it for.
pub(super) enum Signal {
    Resolved(QueryId, Result<Vec<IpAddr>, DnsFailure>),
    Connected(ConnId, SocketAddr),
    Failed(ConnId, NetFailure),
    /// Bytes for the module: at most its room, taken by `Network::take_inbox`.
    Readable(ConnId),
    Eof(ConnId),
    Reset(ConnId),
}

/// Names, hosts, connections and everything that is on its way.
pub(super) struct Network {
    pub(super) names: HashMap<String, Answer>,
    pub(super) hosts: Vec<Host>,
    pub(super) conns: BTreeMap<ConnId, Conn>,
    /// One way.
    pub(super) latency: Duration,
    /// Bytes that one direction of a connection holds at most, in flight and unread together.
    pub(super) window: usize,
    agenda: BTreeMap<(Instant, u64), Happening>,
    sequence: u64,
    next_port: u16,
}

/// The module's own address, as in the note's example (3.1.2).
const MODULE_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 7, 157, 1));

impl Network {
    pub(super) fn new() -> Network {
        Network {
            names: HashMap::new(),
            hosts: Vec::new(),
            conns: BTreeMap::new(),
            latency: Duration::ZERO,
            window: 65536,
            agenda: BTreeMap::new(),
            sequence: 0,
            next_port: 49152,
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.agenda.keys().next().map(|(at, _)| *at)
    }

    fn plan(&mut self, at: Instant, happening: Happening) {
        self.sequence += 1;
        self.agenda.insert((at, self.sequence), happening);
    }

    pub(super) fn resolve(&mut self, now: Instant, query: QueryId, name: &str) {
        let result = match self.names.get(name) {
            Some(Answer::Addresses(addresses)) => Ok(addresses.clone()),
            Some(Answer::Unreachable) => Err(DnsFailure::Unreachable("no route to the resolver".into())),
            Some(Answer::Silence) => return,
            Some(Answer::NotFound) | None => Err(DnsFailure::NotFound),
        };
        self.plan(now + self.latency * 2, Happening::Resolved(query, result));
    }

    pub(super) fn connect(&mut self, now: Instant, id: ConnId, address: SocketAddr) {
        let answer = now + self.latency * 2;
        let Some(host) = self.hosts.iter_mut().find(|h| h.address == address) else {
            let known = self.hosts.iter().any(|h| h.address.ip() == address.ip());
            let failure = if known { NetFailure::Refused } else { NetFailure::Unreachable };
            return self.plan(answer, Happening::Failed(id, failure));
        };
        match &mut host.service {
            Service::Refuse => self.plan(answer, Happening::Failed(id, NetFailure::Refused)),
            Service::Unreachable => self.plan(answer, Happening::Failed(id, NetFailure::Unreachable)),
            Service::Blackhole => {}
            Service::Accept(make) => {
                let conn = Conn {
                    peer: make(),
                    peer_reads: true,
                    to_peer: Pipe::default(),
                    to_module: Pipe::default(),
                    shutting_down: false,
                    forgotten: false,
                };
                host.conns.push(id);
                let port = host.local_port.unwrap_or(self.next_port);
                if host.local_port.is_none() {
                    self.next_port += 1;
                }
                self.conns.insert(id, conn);
                self.plan(answer, Happening::Connected(id, SocketAddr::new(MODULE_ADDRESS, port)));
            }
        }
    }

    /// The module wants FIN behind its last byte.
    pub(super) fn shutdown(&mut self, id: ConnId) {
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.shutting_down = true;
        }
    }

    /// The module's last bytes, as far as the window takes them, and FIN. The module hears no more.
    pub(super) fn close(&mut self, now: Instant, id: ConnId, mut last: Vec<u8>) {
        self.agenda.retain(|_, h| {
            !matches!(h, Happening::Connected(c, _) | Happening::Failed(c, _) | Happening::ToModule(c, _) if *c == id)
        });
        let window = self.window;
        let Some(conn) = self.conns.get_mut(&id) else { return };
        conn.forgotten = true;
        last.truncate(conn.to_peer.room(window));
        self.send_to_peer(now, id, last);
        self.send_fin_to_peer(now, id);
    }

    /// How many bytes the module may send on this connection now.
    pub(super) fn room(&self, id: ConnId) -> usize {
        self.conns.get(&id).map_or(0, |conn| conn.to_peer.room(self.window))
    }

    pub(super) fn send_to_peer(&mut self, now: Instant, id: ConnId, bytes: Vec<u8>) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        if !bytes.is_empty() && !conn.to_peer.fin_sent {
            conn.to_peer.flying += bytes.len();
            self.plan(now + self.latency, Happening::ToPeer(id, Segment::Data(bytes)));
        }
    }

    fn send_fin_to_peer(&mut self, now: Instant, id: ConnId) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        if !conn.to_peer.fin_sent {
            conn.to_peer.fin_sent = true;
            self.plan(now + self.latency, Happening::ToPeer(id, Segment::Fin));
        }
    }

    /// The peer breaks the connection: what is on its way is lost.
    pub(super) fn reset(&mut self, now: Instant, id: ConnId) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        if !conn.to_module.fin_sent {
            conn.to_module.fin_sent = true;
            conn.to_peer.fin_sent = true;
            self.plan(now + self.latency, Happening::Reset(id));
        }
    }

    /// The peer sends FIN without a word.
    pub(super) fn cut(&mut self, now: Instant, id: ConnId) {
        let latency = self.latency;
        let Some(conn) = self.conns.get_mut(&id) else { return };
        if !conn.to_module.fin_sent {
            conn.to_module.fin_sent = true;
            self.plan(now + latency, Happening::ToModule(id, Segment::Fin));
        }
    }

    /// The next `most` bytes that have arrived for the module.
    pub(super) fn take_inbox(&mut self, id: ConnId, most: usize) -> Vec<u8> {
        self.conns.get_mut(&id).map_or_else(Vec::new, |conn| {
            let n = most.min(conn.to_module.inbox.len());
            conn.to_module.inbox.drain(..n).collect()
        })
    }

    /// Connections whose bytes and FIN the module still gives out, with "FIN is to follow".
    pub(super) fn senders(&self) -> Vec<(ConnId, bool)> {
        self.conns.iter().filter(|(_, c)| !c.forgotten).map(|(id, c)| (*id, c.shutting_down)).collect()
    }

    /// The module has given out everything and asked for FIN.
    pub(super) fn finish(&mut self, now: Instant, id: ConnId) -> bool {
        let due = self.conns.get(&id).is_some_and(|c| c.shutting_down && !c.to_peer.fin_sent);
        if due {
            self.send_fin_to_peer(now, id);
        }
        due
    }

    /// Does one thing that is due now. `Ok(None)`: something moved that the module need not know.
    /// `Err(())`: nothing is due.
    pub(super) fn step(
        &mut self,
        now: Instant,
        room: impl Fn(ConnId) -> usize,
    ) -> Result<Option<Signal>, ()> {
        if let Some(entry) = self.agenda.first_entry()
            && entry.key().0 <= now
        {
            let happening = entry.remove();
            return Ok(self.happen(happening));
        }
        if self.serve_peers(now) {
            return Ok(None);
        }
        for (id, conn) in self.conns.iter_mut().filter(|(_, c)| !c.forgotten) {
            if !conn.to_module.inbox.is_empty() && room(*id) > 0 {
                return Ok(Some(Signal::Readable(*id)));
            }
            if conn.to_module.fin_is_due() {
                conn.to_module.fin_told = true;
                return Ok(Some(Signal::Eof(*id)));
            }
        }
        Err(())
    }

    fn happen(&mut self, happening: Happening) -> Option<Signal> {
        match happening {
            Happening::Resolved(query, result) => Some(Signal::Resolved(query, result)),
            Happening::Connected(id, local) => Some(Signal::Connected(id, local)),
            Happening::Failed(id, failure) => Some(Signal::Failed(id, failure)),
            Happening::ToPeer(id, segment) => {
                self.conns.get_mut(&id)?.to_peer.arrive(segment);
                None
            }
            Happening::ToModule(id, segment) => {
                self.conns.get_mut(&id)?.to_module.arrive(segment);
                None
            }
            Happening::Reset(id) => {
                let conn = self.conns.get_mut(&id)?;
                conn.to_module = Pipe { fin_sent: true, fin_told: true, ..Pipe::default() };
                (!std::mem::replace(&mut conn.forgotten, true)).then_some(Signal::Reset(id))
            }
        }
    }

    /// Lets the peers read and write. True when one of them moved.
    fn serve_peers(&mut self, now: Instant) -> bool {
        let arrival = now + self.latency;
        let mut sent = Vec::new();
        let mut moved = false;
        for (id, conn) in &mut self.conns {
            if conn.peer_reads && !conn.to_peer.inbox.is_empty() {
                let bytes: Vec<u8> = conn.to_peer.inbox.drain(..).collect();
                conn.peer.rx(&bytes);
                moved = true;
            }
            if conn.peer_reads && conn.to_peer.fin_is_due() {
                conn.to_peer.fin_told = true;
                conn.peer.eof();
                moved = true;
            }
            let room = conn.to_module.room(self.window);
            let tx = conn.peer.tx();
            if !tx.is_empty() && room > 0 {
                let bytes: Vec<u8> = tx.drain(..room.min(tx.len())).collect();
                conn.to_module.flying += bytes.len();
                sent.push((*id, Segment::Data(bytes)));
            }
            if conn.peer.tx().is_empty() && conn.peer.has_finished() && !conn.to_module.fin_sent {
                conn.to_module.fin_sent = true;
                sent.push((*id, Segment::Fin));
            }
        }
        moved |= !sent.is_empty();
        for (id, segment) in sent {
            self.plan(arrival, Happening::ToModule(id, segment));
        }
        moved
    }
}
