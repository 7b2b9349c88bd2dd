//! A whole world in virtual time around one module: its ports, a network, a clock.
//!
//! Nothing here sleeps: time jumps from deadline to deadline. Within one instant the order is fixed:
//! first what time itself brings, then everything the hosts have sent, then the network, one thing
//! after the other until nothing moves. So the same calls give the same bytes, in whatever pieces the
//! hosts' bytes arrive.

mod datagrams;
mod hosts;
mod network;
mod servers;
mod split;

pub use hosts::{Log, Said};
pub use network::{Answer, Echo, Service, Whom};
pub use split::{Split, next_random};

pub use at::time::Instant;
use core::time::Duration;
use faults::{Faulty, Request, TooMany};
use hosts::Wire;
use module::{Action, Channel, ConnId, Input, Module, NetFailure, Operator, PortId, Setup};
pub use module::{DteLines, Event};
use network::{Network, Signal};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

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
            wires: (0..ports).map(|_| Wire::default()).collect(),
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

    /// What becomes of echo requests to an address from now on.
    pub fn set_echo(&mut self, address: IpAddr, echo: Echo) {
        self.net.echoes.insert(address, echo);
    }

    /// A service that lets them wait accepts everybody who has connected, or the one that is named, or they fail. False
    /// when there is nobody.
    pub fn answer(&mut self, whom: impl Into<Whom>, failure: Option<NetFailure>) -> bool {
        let answered = self.net.answer(self.now, whom.into(), failure.as_ref());
        self.settle();
        answered
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

    /// Somebody beside the module acts on it.
    pub fn operate(&mut self, act: Operator) {
        self.tell(Input::Operator(act));
    }

    /// A fault begins, or faults end.
    ///
    /// # Errors
    /// There are as many as a module takes.
    pub fn fault(&mut self, request: Request) -> Result<(), TooMany> {
        let _number = self.module.request(self.now, request)?;
        self.drain();
        self.settle();
        Ok(())
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
}

#[cfg(test)]
mod tests;
