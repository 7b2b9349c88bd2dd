//! The virtual network: names, addresses with a service behind them, and TCP connections with
//! latency, a window, FIN and RST ([`conns`]).

mod conns;

use super::datagrams::Datagrams;
use at::time::Instant;
use conns::{Conn, Pipe, Segment};
use core::time::Duration;
use module::{ConnId, DnsFailure, Families, Names, NetFailure, Pong, QueryId};
use peers::peer::Peer;
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
    /// Nobody accepts; the peer that the function makes connects to this port of the module when it is told to.
    Call(Box<dyn FnMut() -> Box<dyn Peer>>, u16),
    /// Datagrams come and go; without having heard of the module the peer sends to this port of it.
    Datagrams(Box<dyn Peer>, u16),
}

/// A connection of a service: the newest that was accepted, or one by the order of connecting, from 0 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whom {
    /// The number of the service.
    pub service: usize,
    /// Which one.
    pub conn: Option<usize>,
}

impl From<usize> for Whom {
    fn from(service: usize) -> Whom {
        Whom { service, conn: None }
    }
}

/// What becomes of an echo request.
#[derive(Clone, Debug)]
pub enum Echo {
    /// So long after it there is a reply, or it is known why there is none.
    After(Duration, Result<Pong, NetFailure>),
    /// Nothing comes.
    Silence,
}

/// What the resolver says about a name.
#[derive(Clone, Debug)]
pub enum Answer {
    /// These addresses, in this order.
    Addresses(Vec<IpAddr>),
    /// The same, and for how many seconds they hold.
    AddressesFor(Vec<IpAddr>, u32),
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
    /// All who have connected, or were called, the first one first.
    pub(super) conns: Vec<ConnId>,
    /// How often it has called, and been turned away.
    pub(super) calls: u16,
    pub(super) refusals: usize,
    /// Those who connect wait until the service is told to answer.
    pub(super) waits: bool,
}

enum Happening {
    Resolved(QueryId, Result<Names, DnsFailure>),
    Connected(ConnId, SocketAddr),
    Failed(ConnId, NetFailure),
    Pong(QueryId, u16, Result<Pong, NetFailure>),
    ToPeer(ConnId, Segment),
    ToModule(ConnId, Segment),
    Reset(ConnId),
    Aborted(ConnId),
}

/// What the network tells the module, or asks it for.
pub(super) enum Signal {
    Resolved(QueryId, Result<Names, DnsFailure>),
    Connected(ConnId, SocketAddr),
    Failed(ConnId, NetFailure),
    Pong(QueryId, u16, Result<Pong, NetFailure>),
    /// Somebody connects to a listener.
    Incoming(ConnId, SocketAddr),
    /// A datagram, and who sent it.
    Datagram(ConnId, SocketAddr, Vec<u8>),
    /// Bytes for the module: at most its room, taken by `Network::take_inbox`.
    Readable(ConnId),
    Eof(ConnId),
    Reset(ConnId),
}

/// Names, hosts, connections and everything that is on its way.
pub(super) struct Network {
    names: HashMap<String, Answer>,
    /// What becomes of echo requests to some addresses.
    pub(super) echoes: HashMap<IpAddr, Echo>,
    /// Queries that the resolver has not answered.
    unanswered: Vec<(QueryId, String, Families)>,
    pub(super) hosts: Vec<Host>,
    pub(super) conns: BTreeMap<ConnId, Conn>,
    /// One way.
    pub(super) latency: Duration,
    /// Bytes that one direction of a connection holds at most, in flight and unread together.
    pub(super) window: usize,
    pub(super) datagrams: Datagrams,
    listeners: BTreeMap<ConnId, u16>,
    /// Hosts that call, and the one at which the module looks.
    callers: VecDeque<usize>,
    at_the_door: Option<(ConnId, usize)>,
    agenda: BTreeMap<(Instant, u64), Happening>,
    sequence: u64,
    next_port: u16,
}

/// For how long a name holds, in seconds.
const TTL: u32 = 60;

/// The first dynamic port.
const FIRST_PORT: u16 = 49152;

/// The module's own address, as in the note's example (3.1.2).
const MODULE_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 7, 157, 1));

impl Network {
    pub(super) fn new() -> Network {
        Network {
            names: HashMap::new(),
            echoes: HashMap::new(),
            unanswered: Vec::new(),
            hosts: Vec::new(),
            conns: BTreeMap::new(),
            latency: Duration::ZERO,
            window: 65536,
            datagrams: Datagrams::default(),
            listeners: BTreeMap::new(),
            callers: VecDeque::new(),
            at_the_door: None,
            agenda: BTreeMap::new(),
            sequence: 0,
            next_port: FIRST_PORT,
        }
    }

    pub(super) fn deadline(&self, now: Instant) -> Option<Instant> {
        let agenda = self.agenda.keys().next().map(|(at, _)| *at);
        agenda.into_iter().chain(self.datagrams.deadline(now)).min()
    }

    fn plan(&mut self, at: Instant, happening: Happening) {
        self.sequence += 1;
        self.agenda.insert((at, self.sequence), happening);
    }

    /// What the resolver says about a name from now on, also to those who are waiting to hear it.
    pub(super) fn set_name(&mut self, now: Instant, name: &str, answer: Answer) {
        self.names.insert(name.into(), answer);
        for (query, asked, families) in std::mem::take(&mut self.unanswered) {
            if asked == name {
                self.resolve(now, query, name, families);
            } else {
                self.unanswered.push((query, asked, families));
            }
        }
    }

    /// Puts a service at an address. What was there is replaced; its connections stay.
    pub(super) fn serve(&mut self, address: SocketAddr, service: Service, local_port: Option<u16>) -> usize {
        if let Some(index) = self.hosts.iter().position(|host| host.address == address) {
            (self.hosts[index].service, self.hosts[index].local_port) = (service, local_port);
            return index;
        }
        self.hosts.push(Host {
            address,
            service,
            local_port,
            conns: Vec::new(),
            calls: 0,
            refusals: 0,
            waits: false,
        });
        self.hosts.len() - 1
    }

    /// A service that lets them wait accepts everybody, or this one, or they fail. False when there is nobody.
    pub(super) fn answer(&mut self, now: Instant, whom: Whom, failure: Option<&NetFailure>) -> bool {
        let Some(host) = self.hosts.get(whom.service) else { return false };
        let meant = host.conns.iter().enumerate().filter(|(at, _)| whom.conn.is_none_or(|conn| conn == *at));
        let waits = |id: &ConnId| self.conns.get(id).is_some_and(Conn::is_waiting);
        let waiting: Vec<ConnId> = meant.map(|(_, id)| *id).filter(waits).collect();
        for id in &waiting {
            if let Some(failure) = failure {
                self.conns.get_mut(id).into_iter().for_each(|conn| conn.forgotten = true);
                self.plan(now, Happening::Failed(*id, failure.clone()));
            } else {
                self.accepted(now, *id);
            }
        }
        !waiting.is_empty()
    }

    /// A connection comes into being.
    fn accepted(&mut self, at: Instant, id: ConnId) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        conn.is_up = true;
        let port = conn.own_port;
        self.plan(at, Happening::Connected(id, SocketAddr::new(MODULE_ADDRESS, port)));
    }

    pub(super) fn resolve(&mut self, now: Instant, query: QueryId, name: &str, families: Families) {
        let ttl = match self.names.get(name) {
            Some(Answer::AddressesFor(_, ttl)) => *ttl,
            _ => TTL,
        };
        let result = match self.names.get(name) {
            Some(Answer::Addresses(addresses) | Answer::AddressesFor(addresses, _)) => {
                let mut addresses = addresses.clone();
                addresses.retain(|address| families.includes(*address));
                addresses.sort_by_key(IpAddr::is_ipv6);
                if addresses.is_empty() { Err(DnsFailure::NotFound) } else { Ok(Names { addresses, ttl }) }
            }
            Some(Answer::Unreachable) => Err(DnsFailure::Unreachable("no route to the resolver".into())),
            Some(Answer::Silence) => return self.unanswered.push((query, name.into(), families)),
            Some(Answer::NotFound) | None => Err(DnsFailure::NotFound),
        };
        self.plan(now + self.latency * 2, Happening::Resolved(query, result));
    }

    pub(super) fn connect(&mut self, now: Instant, id: ConnId, address: SocketAddr, own_port: u16) {
        let answer = now + self.latency * 2;
        let Some(index) = self.hosts.iter().position(|h| h.address == address) else {
            let known = self.hosts.iter().any(|h| h.address.ip() == address.ip());
            let failure = if known { NetFailure::Refused } else { NetFailure::Unreachable };
            return self.plan(answer, Happening::Failed(id, failure));
        };
        let host = &mut self.hosts[index];
        match &mut host.service {
            Service::Refuse | Service::Call(..) | Service::Datagrams(..) => {
                self.plan(answer, Happening::Failed(id, NetFailure::Refused))
            }
            Service::Unreachable => self.plan(answer, Happening::Failed(id, NetFailure::Unreachable)),
            Service::Blackhole => {}
            Service::Accept(make) => {
                let (peer, waits) = (make(), host.waits);
                host.conns.push(id);
                let chosen = Some(own_port).filter(|port| *port != 0).or(host.local_port);
                let own_port = chosen.unwrap_or_else(|| self.own_port(0));
                self.conns.insert(id, Conn::new(peer, own_port));
                if !waits {
                    self.accepted(answer, id);
                }
            }
        }
    }

    /// The module takes a port for datagrams.
    pub(super) fn bind(&mut self, now: Instant, id: ConnId, port: u16, peer: Option<SocketAddr>) {
        let host = self.hosts.iter().find(|host| Some(host.address) == peer);
        let wanted = Some(port).filter(|port| *port != 0).or(host.and_then(|host| host.local_port));
        let port = self.own_port(wanted.unwrap_or(0));
        let taken = self.datagrams.bind(id, port, peer);
        self.taken(now, id, port, taken);
    }

    /// The module waits for connections at a port.
    pub(super) fn listen(&mut self, now: Instant, id: ConnId, port: u16) {
        let port = self.own_port(port);
        let taken = !self.listeners.values().any(|other| *other == port);
        if taken {
            self.listeners.insert(id, port);
        }
        self.taken(now, id, port, taken);
    }

    fn own_port(&mut self, wanted: u16) -> u16 {
        if wanted != 0 {
            return wanted;
        }
        let port = self.next_port;
        // After the last one the first dynamic one again (RFC 6335 6).
        self.next_port = port.checked_add(1).unwrap_or(FIRST_PORT);
        port
    }

    fn taken(&mut self, now: Instant, id: ConnId, port: u16, taken: bool) {
        let failure = (!taken).then_some(NetFailure::InUse);
        match failure {
            Some(failure) => self.plan(now, Happening::Failed(id, failure)),
            None => self.plan(now, Happening::Connected(id, SocketAddr::new(MODULE_ADDRESS, port))),
        }
    }

    /// A host connects to the module.
    pub(super) fn call(&mut self, host: usize) {
        self.callers.push_back(host);
    }

    /// The module takes the connection of whoever is at the door.
    pub(super) fn accept(&mut self, id: ConnId) {
        let Some((_, index)) = self.at_the_door.take() else { return };
        let host = &mut self.hosts[index];
        if let Service::Call(make, port) = &mut host.service {
            host.conns.push(id);
            let mut conn = Conn::new(make(), *port);
            conn.is_up = true;
            self.conns.insert(id, conn);
        }
    }

    /// The module turns whoever is at the door away.
    pub(super) fn refuse(&mut self) {
        if let Some((_, index)) = self.at_the_door.take() {
            self.hosts[index].refusals += 1;
        }
    }

    /// The next of those who call.
    fn knock(&mut self) -> Option<Option<Signal>> {
        if self.at_the_door.is_some() {
            return None;
        }
        let index = self.callers.pop_front()?;
        let host = &mut self.hosts[index];
        let Service::Call(_, port) = &host.service else { return Some(None) };
        let from = SocketAddr::new(host.address.ip(), host.address.port().wrapping_add(host.calls));
        host.calls = host.calls.wrapping_add(1);
        match self.listeners.iter().find(|(_, own)| *own == port) {
            Some((listener, _)) => {
                self.at_the_door = Some((*listener, index));
                Some(Some(Signal::Incoming(*listener, from)))
            }
            None => {
                host.refusals += 1;
                Some(None)
            }
        }
    }

    /// The module sends an echo request.
    pub(super) fn ping(&mut self, now: Instant, query: QueryId, address: IpAddr, sequence: u16) {
        match self.echoes.get(&address).cloned() {
            Some(Echo::After(time, result)) => {
                return self.plan(now + time, Happening::Pong(query, sequence, result));
            }
            Some(Echo::Silence) => return,
            None => {}
        }
        let failed = |failure| Happening::Pong(query, sequence, Err(failure));
        let there = self.hosts.iter().find(|host| host.address.ip() == address);
        let happening = match there.map(|host| &host.service) {
            Some(Service::Blackhole) => return,
            None | Some(Service::Unreachable) => failed(NetFailure::Unreachable),
            Some(_) => Happening::Pong(query, sequence, Ok(Pong { bytes: 32, ttl: 255 })),
        };
        self.plan(now + self.latency * 2, happening);
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
        if self.serve_peers(now) || self.datagrams.serve(now, now + self.latency, &mut self.hosts) {
            return Ok(None);
        }
        if let Some(signal) = self.knock() {
            return Ok(signal);
        }
        if let Some((id, from, bytes)) = self.datagrams.arrived(now, &room) {
            return Ok(Some(Signal::Datagram(id, from, bytes)));
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
            Happening::Pong(query, sequence, result) => Some(Signal::Pong(query, sequence, result)),
            Happening::ToPeer(id, segment) => {
                self.conns.get_mut(&id)?.to_peer.arrive(segment);
                None
            }
            Happening::ToModule(id, segment) => {
                self.conns.get_mut(&id)?.to_module.arrive(segment);
                None
            }
            Happening::Aborted(id) => {
                self.conns.get_mut(&id)?.peer.reset();
                None
            }
            Happening::Reset(id) => {
                let conn = self.conns.get_mut(&id)?;
                conn.to_module = Pipe::broken();
                (!std::mem::replace(&mut conn.forgotten, true)).then_some(Signal::Reset(id))
            }
        }
    }
}
