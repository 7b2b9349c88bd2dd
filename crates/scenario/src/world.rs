//! A whole world in virtual time around one module: its ports, a network, a clock.
//!
//! Nothing here sleeps: time jumps from deadline to deadline. Within one instant the order is fixed:
//! first what time itself brings, then everything the hosts have sent, then the network, one thing
//! after the other until nothing moves. So the same calls give the same bytes, in whatever pieces the
//! hosts' bytes arrive.

mod datagrams;
mod network;
mod split;

pub use network::{Answer, Service};
pub use split::{Split, next_random};

pub use at::time::Instant;
use core::time::Duration;
use faults::{Faulty, Request};
use module::{Action, Channel, ConnId, DceLines, Input, Module, NetFailure, Operator, PortId, Setup};
pub use module::{DteLines, Event};
use network::{Network, Signal};
use peers::peer::Peer;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

/// One entry of what was said on a port, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Bytes of the host reached the module.
    Host(Vec<u8>),
    /// The module said this, in one write. A host that does not read hears it later.
    Module(Vec<u8>),
    /// The host moved DTR.
    Dtr(bool),
    /// The host opened (`true`) or closed the port.
    Attached(bool),
}

/// What was said on a port and when.
pub type Log = Vec<(Instant, Said)>;

/// A port's wire.
struct Wire {
    /// Pieces of the host's bytes that the module has not taken yet.
    waiting: VecDeque<Vec<u8>>,
    /// What the test has not yet taken.
    output: Vec<u8>,
    /// The host takes what the module says.
    reads: bool,
    /// What the module has said and the host has not taken.
    unread: Vec<u8>,
    lines: DteLines,
    dce: Option<DceLines>,
    log: Log,
}

impl Wire {
    /// Notes what the module says now. Online data that the host has not taken may be withdrawn: they stay with
    /// the connection when the port leaves it. True when there is something new.
    fn hear(&mut self, now: Instant, said: &[u8]) -> bool {
        if !said.starts_with(&self.unread) {
            self.forget(self.unread.len());
            self.unread.clear();
        }
        let news = said[self.unread.len()..].to_vec();
        if news.is_empty() {
            return false;
        }
        self.unread.extend_from_slice(&news);
        self.log.push((now, Said::Module(news)));
        true
    }

    /// The last `n` bytes of the module were not said after all.
    fn forget(&mut self, mut n: usize) {
        for (_, said) in self.log.iter_mut().rev() {
            if let Said::Module(bytes) = said {
                let cut = n.min(bytes.len());
                bytes.truncate(bytes.len() - cut);
                n -= cut;
            }
        }
        self.log.retain(|(_, said)| *said != Said::Module(Vec::new()));
    }

    /// The host takes what waits for it, if it takes anything.
    fn read(&mut self, now: Instant, module: &mut Faulty, channel: Channel) {
        if self.reads {
            let n = self.unread.len();
            self.output.append(&mut self.unread);
            module.tx_done(now, channel, n);
        }
    }
}

/// A module and everything around it.
pub struct World {
    now: Instant,
    module: Faulty,
    wires: Vec<Wire>,
    net: Network,
    split: Split,
    net_split: Split,
    events: Vec<(Instant, Event)>,
    stored: BTreeMap<String, Option<Vec<u8>>>,
    settings: Option<String>,
    restless: bool,
}

/// More steps than this within one instant mean that the module never comes to rest.
const MAX_STEPS_PER_INSTANT: usize = 2_000_000;

/// `run_until_idle` gives up after this much virtual time.
const MAX_IDLE: Duration = Duration::from_secs(7 * 24 * 3600);

impl World {
    /// A module that has just booted, with a host at every port, on a network without anybody.
    pub fn new(setup: Setup) -> World {
        let ports: Vec<PortId> = (0..setup.ports.len()).map(|index| PortId(index as u8)).collect();
        World::with_hosts(setup, &ports)
    }

    /// The same with hosts at these ports only.
    pub fn with_hosts(setup: Setup, hosts: &[PortId]) -> World {
        let ports = setup.ports.len();
        let now = Instant::from_micros(0);
        let mut world = World {
            now,
            module: Faulty::new(setup, now),
            wires: (0..ports)
                .map(|_| Wire {
                    waiting: VecDeque::new(),
                    output: Vec::new(),
                    reads: true,
                    unread: Vec::new(),
                    lines: DteLines { dtr: true, rts: true },
                    dce: None,
                    log: Vec::new(),
                })
                .collect(),
            net: Network::new(),
            split: Split::Whole,
            net_split: Split::Whole,
            events: Vec::new(),
            stored: BTreeMap::new(),
            settings: None,
            restless: false,
        };
        for port in hosts.iter().copied() {
            world.attach(port);
            world.module.handle(now, Input::PortLines(port, DteLines { dtr: true, rts: true }));
        }
        world.settle();
        world
    }

    // ---- the surroundings -------------------------------------------------------------------------

    /// In which pieces hosts' bytes arrive from now on.
    pub fn set_split(&mut self, split: Split) {
        self.split = split;
    }

    /// In which pieces the network's bytes arrive from now on.
    pub fn set_net_split(&mut self, split: Split) {
        self.net_split = split;
    }

    /// How long a packet is on its way, one way. A connect or a name query takes twice this.
    pub fn set_latency(&mut self, latency: Duration) {
        self.net.latency = latency;
    }

    /// How many bytes one direction of a TCP connection holds at most.
    pub fn set_window(&mut self, bytes: usize) {
        self.net.window = bytes;
    }

    /// What the resolver says about `name` from now on. A name nobody set is not found.
    pub fn set_name(&mut self, name: &str, answer: Answer) {
        self.net.set_name(self.now, name, answer);
        self.settle();
    }

    /// Puts a service at an address; returns its number for the `peer` methods. An address without
    /// service refuses when its host has another one, and is unreachable otherwise.
    pub fn serve(&mut self, address: SocketAddr, service: Service, local_port: Option<u16>) -> usize {
        self.net.serve(address, service, local_port)
    }

    /// Whether a service lets those who connect wait until it is told to answer.
    pub fn set_waits(&mut self, service: usize, waits: bool) {
        self.net.hosts[service].waits = waits;
    }

    /// A service that lets them wait accepts or refuses everybody who has connected. False when there is nobody.
    pub fn answer(&mut self, service: usize, accepts: bool) -> bool {
        let answered = self.net.answer(self.now, service, accepts);
        self.settle();
        answered
    }

    // ---- hosts --------------------------------------------------------------------------------------

    /// The host sends these bytes now, in the pieces of the split, as fast as the module takes them.
    pub fn send(&mut self, port: PortId, bytes: &[u8]) {
        let pieces: Vec<Vec<u8>> = self.split.pieces(bytes).into_iter().map(<[u8]>::to_vec).collect();
        self.wire(port).waiting.extend(pieces);
        self.settle();
    }

    /// Bytes that the module has not yet taken from this host.
    pub fn untaken(&self, port: PortId) -> usize {
        self.wires[usize::from(port.0)].waiting.iter().map(Vec::len).sum()
    }

    /// Takes what the module has said on this port since the last call.
    pub fn take_output(&mut self, port: PortId) -> Vec<u8> {
        std::mem::take(&mut self.wire(port).output)
    }

    /// Everything said on this port from the start.
    pub fn log(&self, port: PortId) -> &Log {
        &self.wires[usize::from(port.0)].log
    }

    /// Whether the host takes what the module says (flow control).
    pub fn set_host_reads(&mut self, port: PortId, reads: bool) {
        let (now, wire) = (self.now, &mut self.wires[usize::from(port.0)]);
        wire.reads = reads;
        wire.read(now, &mut self.module, Channel::Port(port));
        self.drain();
        self.settle();
    }

    /// Stops a host that does not keep up, or lets it read again.
    pub fn limit_host(&mut self, port: PortId, is_full: bool) {
        if self.wires[usize::from(port.0)].reads == is_full {
            self.set_host_reads(port, !is_full);
        }
    }

    /// The host moves DTR.
    pub fn set_dtr(&mut self, port: PortId, dtr: bool) {
        let now = self.now;
        let wire = self.wire(port);
        wire.lines.dtr = dtr;
        wire.log.push((now, Said::Dtr(dtr)));
        let lines = wire.lines;
        self.tell(Input::PortLines(port, lines));
    }

    /// The host moves RTS.
    pub fn set_rts(&mut self, port: PortId, rts: bool) {
        let wire = self.wire(port);
        wire.lines.rts = rts;
        let lines = wire.lines;
        self.tell(Input::PortLines(port, lines));
    }

    /// The host opens the port.
    pub fn attach(&mut self, port: PortId) {
        let now = self.now;
        self.wire(port).log.push((now, Said::Attached(true)));
        self.tell(Input::PortAttached(port));
    }

    /// The host closes the port; what it has not read is gone.
    pub fn detach(&mut self, port: PortId) {
        let now = self.now;
        let wire = self.wire(port);
        wire.waiting.clear();
        wire.output.clear();
        wire.unread.clear();
        wire.log.push((now, Said::Attached(false)));
        self.tell(Input::PortDetached(port));
    }

    /// The modem lines as the module last set them.
    pub fn dce_lines(&self, port: PortId) -> Option<DceLines> {
        self.wires[usize::from(port.0)].dce
    }

    /// Somebody beside the module acts on it.
    pub fn operate(&mut self, act: Operator) {
        self.tell(Input::Operator(act));
    }

    // ---- peers --------------------------------------------------------------------------------------

    /// How many connections a service has had; of datagrams there is always one.
    pub fn connections(&self, service: usize) -> usize {
        match &self.net.hosts[service].service {
            Service::Datagrams(..) => 1,
            _ => self.net.hosts[service].conns.len(),
        }
    }

    /// A host connects to the module.
    pub fn call(&mut self, service: usize) {
        self.net.call(service);
        self.settle();
    }

    /// How often a host that called was turned away.
    pub fn refusals(&self, service: usize) -> usize {
        self.net.hosts[service].refusals
    }

    /// The peer of the newest connection of a service.
    pub fn peer(&self, service: usize) -> Option<&dyn Peer> {
        if let Service::Datagrams(peer, _) = &self.net.hosts.get(service)?.service {
            return Some(peer.as_ref());
        }
        let id = self.newest(service)?;
        self.net.conns.get(&id).map(|conn| conn.peer.as_ref())
    }

    /// Acts on the peer of the newest connection of a service; panics when there is none.
    pub fn with_peer<R>(&mut self, service: usize, act: impl FnOnce(&mut dyn Peer) -> R) -> R {
        let newest = self.newest(service);
        let result = match &mut self.net.hosts[service].service {
            Service::Datagrams(peer, _) => act(peer.as_mut()),
            _ => {
                let id = newest.expect("the service has a connection");
                act(self.net.conns.get_mut(&id).expect("connections are kept").peer.as_mut())
            }
        };
        self.settle();
        result
    }

    /// Whether the newest connection's peer takes what the module sends.
    pub fn set_peer_reads(&mut self, service: usize, reads: bool) {
        if let Some(conn) = self.newest(service).and_then(|id| self.net.conns.get_mut(&id)) {
            conn.peer_reads = reads;
        }
        self.settle();
    }

    /// The newest connection's peer sends FIN and nothing else.
    pub fn cut(&mut self, service: usize) {
        if let Some(id) = self.newest(service) {
            self.net.cut(self.now, id);
        }
        self.settle();
    }

    /// The newest connection's peer sends RST.
    pub fn reset(&mut self, service: usize) {
        if let Some(id) = self.newest(service) {
            self.net.reset(self.now, id);
        }
        self.settle();
    }

    fn newest(&self, service: usize) -> Option<ConnId> {
        self.net.hosts.get(service)?.conns.last().copied()
    }

    // ---- what happened inside ---------------------------------------------------------------------

    /// All events so far.
    pub fn events(&self) -> &[(Instant, Event)] {
        &self.events
    }

    /// What a host computer would have on disk: file name to content, `None` when it was removed.
    pub fn stored(&self) -> &BTreeMap<String, Option<Vec<u8>>> {
        &self.stored
    }

    /// What a host computer would keep beside the files; `None` when there was nothing to keep yet.
    pub fn settings(&self) -> Option<String> {
        self.settings.clone()
    }

    /// The module itself.
    pub fn module(&self) -> &Module {
        self.module.module()
    }

    /// A fault begins, or faults end.
    pub fn fault(&mut self, request: Request) {
        self.module.request(self.now, request);
        self.drain();
        self.settle();
    }

    /// The faults that are asked for, as they stand.
    pub fn faults(&self) -> Vec<faults::Status> {
        self.module.faults()
    }

    // ---- time ---------------------------------------------------------------------------------------

    /// Virtual time.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Lets this much time pass, with everything that happens in it.
    pub fn run_for(&mut self, duration: Duration) {
        self.run_until(self.now + duration);
    }

    /// Lets time pass until nothing is planned any more: no deadline, nothing on its way.
    pub fn run_until_idle(&mut self) {
        let end = self.now + MAX_IDLE;
        while let Some(next) = self.next_deadline() {
            assert!(next <= end, "the module still has plans after a week: {next:?}");
            self.run_until(next);
        }
    }

    /// Lets time pass up to a point of it, if it lies ahead.
    pub fn run_to(&mut self, end: Instant) {
        self.run_until(end.max(self.now));
    }

    /// When something is planned next.
    pub fn deadline(&self) -> Option<Instant> {
        self.next_deadline()
    }

    fn run_until(&mut self, end: Instant) {
        self.settle();
        while let Some(next) = self.next_deadline().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.settle();
        }
        self.now = self.now.max(end);
        self.settle();
    }

    fn next_deadline(&self) -> Option<Instant> {
        [self.module.deadline(), self.net.deadline(self.now)].into_iter().flatten().min()
    }

    /// Does everything that is due now.
    fn settle(&mut self) {
        for _ in 0..MAX_STEPS_PER_INSTANT {
            if self.restless || !(self.tick() || self.feed_host() || self.step_net()) {
                return;
            }
        }
        self.restless = true;
    }

    /// There was an instant at which module and peers did not come to rest. Nothing that follows means anything.
    pub fn is_restless(&self) -> bool {
        self.restless
    }

    fn tell(&mut self, input: Input) {
        self.module.handle(self.now, input);
        self.drain();
        self.settle();
    }

    fn tick(&mut self) -> bool {
        let due = self.module.deadline().is_some_and(|at| at <= self.now);
        if due {
            self.module.handle(self.now, Input::Tick);
        }
        self.drain() || due
    }

    /// Gives the module the next piece of a host's bytes.
    fn feed_host(&mut self) -> bool {
        for (index, wire) in self.wires.iter_mut().enumerate() {
            let channel = Channel::Port(PortId(index as u8));
            let room = self.module.rx_room(channel);
            let Some(piece) = wire.waiting.front_mut().filter(|_| room > 0) else { continue };
            let rest = piece.split_off(room.min(piece.len()));
            let bytes = std::mem::replace(piece, rest);
            if piece.is_empty() {
                wire.waiting.pop_front();
            }
            wire.log.push((self.now, Said::Host(bytes.clone())));
            self.module.rx(self.now, channel, &bytes);
            self.drain();
            return true;
        }
        false
    }

    /// Moves one thing in the network.
    fn step_net(&mut self) -> bool {
        for (id, shutting_down) in self.net.senders() {
            let tx = self.module.tx(Channel::Net(id));
            let n = tx.len().min(self.net.room(id));
            if n > 0 {
                let bytes = tx[..n].to_vec();
                self.net.send_to_peer(self.now, id, bytes);
                self.module.tx_done(self.now, Channel::Net(id), n);
                self.drain();
                return true;
            }
            if tx.is_empty() && shutting_down && self.net.finish(self.now, id) {
                return true;
            }
        }
        for (id, peer) in self.net.datagrams.senders() {
            let channel = Channel::Net(id);
            let bytes = self.module.tx(channel).to_vec();
            if let Some(to) = self.module.tx_to(id).or(peer).filter(|_| !bytes.is_empty()) {
                self.module.tx_done(self.now, channel, bytes.len());
                self.net.datagrams.send(self.now + self.net.latency, id, to, bytes);
                self.drain();
                return true;
            }
        }
        let module = &self.module;
        let Ok(signal) = self.net.step(self.now, |id| module.rx_room(Channel::Net(id))) else { return false };
        match signal {
            None => {}
            Some(Signal::Readable(id)) => {
                let bytes = self.net.take_inbox(id, self.module.rx_room(Channel::Net(id)));
                self.receive(id, bytes);
            }
            Some(Signal::Resolved(query, result)) => {
                self.module.handle(self.now, Input::Resolved(query, result))
            }
            Some(Signal::Connected(id, local)) => self.module.handle(self.now, Input::Connected(id, local)),
            Some(Signal::Failed(id, failure)) => {
                self.module.handle(self.now, Input::ConnectFailed(id, failure))
            }
            Some(Signal::Pong(query, sequence, result)) => {
                self.module.handle(self.now, Input::Pong(query, sequence, result))
            }
            Some(Signal::Incoming(listener, from)) => {
                self.module.handle(self.now, Input::Incoming(listener, from))
            }
            Some(Signal::Datagram(id, from, bytes)) => self.module.rx_from(self.now, id, from, &bytes),
            Some(Signal::Eof(id)) => self.module.handle(self.now, Input::NetEof(id)),
            Some(Signal::Reset(id)) => self.module.handle(self.now, Input::NetReset(id, NetFailure::Reset)),
        }
        self.drain();
        true
    }

    fn receive(&mut self, id: ConnId, bytes: Vec<u8>) {
        let pieces: Vec<Vec<u8>> = self.net_split.pieces(&bytes).into_iter().map(<[u8]>::to_vec).collect();
        for piece in pieces {
            self.module.rx(self.now, Channel::Net(id), &piece);
            self.drain();
        }
    }

    /// Does the module's actions and takes what it has to say to the hosts. True when there was any.
    fn drain(&mut self) -> bool {
        let mut moved = false;
        while let Some(action) = self.module.poll() {
            moved = true;
            self.act(action);
        }
        for (index, wire) in self.wires.iter_mut().enumerate() {
            let channel = Channel::Port(PortId(index as u8));
            while wire.hear(self.now, self.module.tx(channel)) {
                moved = true;
                wire.read(self.now, &mut self.module, channel);
            }
        }
        moved
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Resolve(query, name, _, families) => self.net.resolve(self.now, query, &name, families),
            Action::Connect(id, address, dial) => self.net.connect(self.now, id, address, dial.local_port),
            Action::Bind(id, local, peer) => self.net.bind(self.now, id, local.port(), peer),
            Action::Listen(id, local) => self.net.listen(self.now, id, local.port()),
            Action::Accept(_, id, _) => self.net.accept(id),
            Action::Refuse(_) => self.net.refuse(),
            Action::Ping(query, address, sequence) => self.net.ping(self.now, query, address, sequence),
            Action::Shutdown(id) => self.net.shutdown(id),
            Action::Close(id, last) => self.net.close(self.now, id, last),
            Action::Abort(id) => self.net.abort(self.now, id),
            Action::Vanish(id) => self.net.forget(id),
            Action::PortLines(port, lines) => self.wire(port).dce = Some(lines),
            Action::StoreFile(name) => {
                // None: it has gone meanwhile, and its removal is among the next actions.
                let content = self.module.file(&name).map(<[u8]>::to_vec);
                self.stored.insert(name, content);
            }
            Action::RemoveFile(name) => {
                self.stored.insert(name, None);
            }
            Action::StoreSettings => self.settings = Some(self.module.settings()),
            Action::Event(event) => self.events.push((self.now, event)),
        }
    }

    fn wire(&mut self, port: PortId) -> &mut Wire {
        &mut self.wires[usize::from(port.0)]
    }
}

#[cfg(test)]
mod tests;
