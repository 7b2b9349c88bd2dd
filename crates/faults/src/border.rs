//! The border of a module while faults are asked for: everything that crosses it passes through here.

use crate::{
    active::{Active, Way},
    effect::{Effect, Net, Tls},
    fault::Fault,
    lane::{Lane, What},
    modem::{self, Usual},
    table::Family,
};
use at::time::Instant;
use core::time::Duration;
use module::{
    Action, AtPort, Carries, Cause, Channel, ConnId, DteLines, Event, FaultPoint, Input, Module, NetFailure,
    Operator, PortId, Purpose, QueryId,
};
use std::collections::{BTreeMap, VecDeque};

/// Bytes on their way in one direction of a connection: what the buffers of two TCPs hold.
const CONNECTION: usize = 64 * 1024;

/// Bytes on their way in one direction of a port.
const PORT: usize = 4096;

/// The largest datagram.
const DATAGRAM: usize = 65_535;

/// Connections that the module has closed and whose bytes are still on their way.
const MOST_LEFT: usize = 64;

/// What a channel is.
#[derive(Debug)]
enum Party {
    Port(AtPort),
    Conn(Purpose),
}

/// A channel: its two directions.
#[derive(Debug)]
struct Link {
    party: Party,
    inward: Lane,
    outward: Lane,
    /// The module knows it no more; what it said is still on its way.
    is_left: bool,
    /// Which flight of the server this is, and whether the module has said something since.
    flight: u64,
    has_answered: bool,
}

impl Link {
    fn new(party: Party) -> Link {
        Link {
            party,
            inward: Lane::default(),
            outward: Lane::default(),
            is_left: false,
            flight: 0,
            has_answered: true,
        }
    }

    fn lane(&self, way: Way) -> &Lane {
        match way {
            Way::Inward => &self.inward,
            Way::Outward => &self.outward,
        }
    }

    fn lane_mut(&mut self, way: Way) -> &mut Lane {
        match way {
            Way::Inward => &mut self.inward,
            Way::Outward => &mut self.outward,
        }
    }

    fn is_idle(&self) -> bool {
        let lanes = [&self.inward, &self.outward];
        !self.is_left && lanes.iter().all(|lane| lane.is_empty() && !lane.is_dead)
    }
}

/// Something that the module is told later.
#[derive(Debug)]
struct Due {
    input: Input,
    /// Not if this fault is over by then.
    by: Option<u32>,
}

/// Something that the world does when a fault is over.
#[derive(Debug)]
struct Held {
    action: Action,
    by: u32,
}

/// Faults that are asked for, and what they hold.
#[derive(Debug)]
pub(crate) struct Border {
    now: Instant,
    pub(crate) actives: Vec<Active>,
    links: BTreeMap<Channel, Link>,
    agenda: BTreeMap<(Instant, u64), Due>,
    planned: u64,
    held: Vec<Held>,
    /// DTR as the module sees it.
    dtr: BTreeMap<PortId, bool>,
    /// What is put back when a fault is over.
    usual: Usual,
    /// Answers to these come late.
    late: BTreeMap<(QueryId, u16), Duration>,
    out: VecDeque<Action>,
    /// Whose doing it is if something of this socket fails, or of a lookup, echo or time query.
    blame: BTreeMap<Option<u8>, &'static str>,
}

impl Border {
    pub(crate) fn new(ports: &[AtPort], usual: Usual, now: Instant) -> Border {
        let ids = (0..).map(|id| Channel::Port(PortId(id)));
        let links = ids.zip(ports).map(|(id, port)| (id, Link::new(Party::Port(*port)))).collect();
        Border {
            now,
            actives: Vec::new(),
            links,
            agenda: BTreeMap::new(),
            planned: 0,
            held: Vec::new(),
            dtr: BTreeMap::new(),
            usual,
            late: BTreeMap::new(),
            out: VecDeque::new(),
            blame: BTreeMap::new(),
        }
    }

    // ---- faults --------------------------------------------------------------------------------------------

    pub(crate) fn inject(&mut self, now: Instant, module: &mut Module, id: u32, fault: Fault) {
        for part in fault.parts() {
            self.actives.push(Active::new(id, part, &fault, now));
        }
        self.pump(now, module);
    }

    /// Ends the faults that are meant; how many there were.
    pub(crate) fn lift(
        &mut self,
        now: Instant,
        module: &mut Module,
        meant: impl Fn(&Active) -> bool,
    ) -> usize {
        let before = self.actives.len();
        let (lifted, kept): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.actives).into_iter().partition(|active| meant(active));
        self.actives = kept;
        for active in lifted {
            if active.is_on {
                self.goes_off(now, module, &active.fault, active.id, active.undo);
            }
        }
        self.pump(now, module);
        before - self.actives.len()
    }

    /// Nothing is asked for, and nothing is on its way.
    pub(crate) fn is_idle(&self) -> bool {
        self.actives.is_empty()
            && self.agenda.is_empty()
            && self.held.is_empty()
            && self.out.is_empty()
            && self.late.is_empty()
            && self.links.values().all(Link::is_idle)
    }

    /// Nothing waits any more: the module shuts down.
    pub(crate) fn hurry(&mut self) {
        self.actives.clear();
        self.held.clear();
        for link in self.links.values_mut() {
            link.inward.clear();
            link.outward.hurry();
        }
    }

    /// Turns on and off what is due.
    fn turn(&mut self, now: Instant, module: &mut Module) -> bool {
        let mut moved = false;
        for at in 0..self.actives.len() {
            let Some(active) = self.actives.get_mut(at) else { break };
            let Some(is_on) = active.turn(now) else { continue };
            moved = true;
            let (id, fault, undo) = (active.id, active.fault.clone(), std::mem::take(&mut active.undo));
            if is_on {
                self.tell(format!("{fault} is on"));
                self.begin_in_module(now, module, at);
                // Connections that are there already are connections, too.
                for conn in module.conns() {
                    self.meet(now, module, conn);
                    self.established(now, conn, Some(id));
                }
            } else {
                self.goes_off(now, module, &fault, id, undo);
            }
        }
        self.actives.retain(|active| !active.is_over());
        moved
    }

    fn goes_off(&mut self, now: Instant, module: &mut Module, fault: &Fault, id: u32, undo: bool) {
        self.tell(format!("{fault} is off"));
        self.agenda.retain(|_, due| due.by != Some(id));
        self.blame.retain(|_, name| *name != fault.name());
        let (free, held): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.held).into_iter().partition(|held| held.by == id);
        self.held = held;
        self.out.extend(free.into_iter().map(|held| held.action));
        if let Some(order) = modem::end(&self.usual, fault, id).filter(|_| undo) {
            module.handle(now, Input::Operator(order));
        }
    }

    /// A fault of the module itself begins, or goes on after it has struck; whether there is anything to be done.
    fn begin_in_module(&mut self, now: Instant, module: &mut Module, at: usize) -> bool {
        let Some(active) = self.actives.get_mut(at) else { return false };
        let Some(begin) = modem::begin(active) else { return false };
        active.undo = true;
        module.handle(now, Input::Operator(begin.order));
        if let Some((after, order)) = begin.then {
            self.plan(now + after, Input::Operator(order), None);
        }
        true
    }

    fn tell(&mut self, what: String) {
        self.out.push_back(Action::Event(Event::Fault { what }));
    }

    fn plan(&mut self, at: Instant, input: Input, by: Option<u32>) {
        self.planned += 1;
        self.agenda.insert((at, self.planned), Due { input, by });
    }

    // ---- bytes ---------------------------------------------------------------------------------------------

    /// Faults act on what goes this way, or something is on its way that they have acted on.
    fn is_used(&self, channel: Channel, link: &Link, way: Way) -> bool {
        let lane = link.lane(way);
        !lane.is_empty()
            || lane.is_dead
            || link.is_left
            || self.actives.iter().any(|active| acts(active, channel, link, way))
    }

    fn used(&self, channel: Channel, way: Way) -> Option<&Lane> {
        self.links.get(&channel).filter(|link| self.is_used(channel, link, way)).map(|link| link.lane(way))
    }

    pub(crate) fn rx_room(&self, module: &Module, channel: Channel) -> usize {
        let Some(lane) = self.used(channel, Way::Inward) else { return module.rx_room(channel) };
        let link = self.links.get(&channel);
        match link.map(|link| &link.party) {
            _ if link.is_some_and(|link| link.is_left) => 0,
            Some(Party::Port(_)) => PORT.saturating_sub(lane.len()),
            Some(Party::Conn(Purpose { carries: Carries::Datagrams, .. })) if lane.len() < CONNECTION => {
                DATAGRAM
            }
            Some(Party::Conn(Purpose { carries: Carries::Datagrams, .. })) => 0,
            _ => CONNECTION.saturating_sub(lane.len()),
        }
    }

    pub(crate) fn rx(&mut self, now: Instant, module: &mut Module, channel: Channel, bytes: &[u8]) {
        if let Some(link) = self.links.get_mut(&channel)
            && std::mem::take(&mut link.has_answered)
        {
            link.flight += 1;
        }
        if self.used(channel, Way::Inward).is_some() {
            self.enter(now, channel, Way::Inward, What::Bytes(bytes.to_vec()));
        } else {
            module.rx(now, channel, bytes);
        }
        self.pump(now, module);
    }

    pub(crate) fn rx_from(
        &mut self,
        now: Instant,
        module: &mut Module,
        conn: ConnId,
        from: std::net::SocketAddr,
        bytes: &[u8],
    ) {
        let channel = Channel::Net(conn);
        if self.used(channel, Way::Inward).is_some() {
            self.enter(now, channel, Way::Inward, What::Datagram(Some(from), bytes.to_vec()));
        } else {
            module.rx_from(now, conn, from, bytes);
        }
        self.pump(now, module);
    }

    /// What leaves by this channel, if it is not what the module says.
    pub(crate) fn tx(&self, channel: Channel) -> Option<&[u8]> {
        self.used(channel, Way::Outward).map(|lane| lane.ready.front())
    }

    pub(crate) fn tx_to(&self, module: &Module, conn: ConnId) -> Option<std::net::SocketAddr> {
        self.used(Channel::Net(conn), Way::Outward).map_or_else(|| module.tx_to(conn), |lane| lane.to)
    }

    pub(crate) fn tx_done(&mut self, now: Instant, module: &mut Module, channel: Channel, n: usize) {
        self.has_answered(channel);
        if self.used(channel, Way::Outward).is_none() {
            module.tx_done(now, channel, n);
        } else if let Some(link) = self.links.get_mut(&channel) {
            link.outward.ready.consume(n);
        }
        self.pump(now, module);
    }

    fn has_answered(&mut self, channel: Channel) {
        self.links.get_mut(&channel).into_iter().for_each(|link| link.has_answered = true);
    }

    fn enter(&mut self, now: Instant, channel: Channel, way: Way, what: What) {
        let Some(link) = self.links.get_mut(&channel) else { return };
        let mut lane = std::mem::take(link.lane_mut(way));
        let client = match &link.party {
            Party::Conn(purpose) => purpose.client,
            Party::Port(_) => None,
        };
        let link = &*link;
        for active in &mut self.actives {
            (active.conn, active.flight, active.struck) = (conn_of(channel), link.flight, false);
        }
        let acting = self.actives.iter_mut().filter(|active| acts(active, channel, link, way));
        lane.enter(now, what, acting);
        for active in &mut self.actives {
            if !std::mem::take(&mut active.struck) {
                continue;
            }
            self.blame.insert(client, active.fault.name());
        }
        if let Some(link) = self.links.get_mut(&channel) {
            *link.lane_mut(way) = lane;
        }
    }

    /// Moves what is due on one channel.
    fn flow(&mut self, now: Instant, module: &mut Module, channel: Channel) -> bool {
        self.take_said(now, module, channel) | self.let_out(now, channel) | self.let_in(now, module, channel)
    }

    /// What the module says goes on its way.
    fn take_said(&mut self, now: Instant, module: &mut Module, channel: Channel) -> bool {
        let mut moved = false;
        loop {
            let Some(lane) = self.used(channel, Way::Outward) else { return moved };
            let (most, is_datagram) = match self.links.get(&channel) {
                Some(link) if link.is_left => return moved,
                Some(Link { party: Party::Port(_), .. }) => (PORT, false),
                Some(Link { party: Party::Conn(purpose), .. }) => {
                    (CONNECTION, purpose.carries == Carries::Datagrams)
                }
                None => return moved,
            };
            let room = most.saturating_sub(lane.len());
            let said = module.tx(channel);
            if said.is_empty() || room == 0 {
                return moved;
            }
            let bytes = if is_datagram { said } else { said.get(..room).unwrap_or(said) }.to_vec();
            let n = bytes.len();
            let what = match channel {
                Channel::Net(conn) if is_datagram => What::Datagram(module.tx_to(conn), bytes),
                Channel::Net(_) | Channel::Port(_) => What::Bytes(bytes),
            };
            module.tx_done(now, channel, n);
            self.has_answered(channel);
            self.enter(now, channel, Way::Outward, what);
            moved = true;
        }
    }

    /// What is due goes out, one piece after the other has left.
    fn let_out(&mut self, now: Instant, channel: Channel) -> bool {
        let mut moved = false;
        loop {
            let is_on = is_on(&self.actives);
            let Some(link) = self.links.get_mut(&channel) else { return moved };
            let lane = &mut link.outward;
            if !lane.ready.is_empty() {
                return moved;
            }
            let Some(what) = lane.pop(now, is_on) else { return moved };
            moved = true;
            match what {
                What::Bytes(bytes) => lane.ready.push(&bytes),
                What::Datagram(to, bytes) => {
                    lane.to = to;
                    lane.ready.push(&bytes);
                }
                What::Tell(input) => self.plan(now, input, None),
                What::Do(action) => {
                    if let Action::Close(conn, _) = action {
                        self.forget(conn);
                    }
                    self.out.push_back(action);
                }
            }
        }
    }

    /// What is due goes in, as far as the module takes it.
    fn let_in(&mut self, now: Instant, module: &mut Module, channel: Channel) -> bool {
        let mut moved = false;
        loop {
            let is_on = is_on(&self.actives);
            let Some(link) = self.links.get_mut(&channel) else { return moved };
            let Some(first) = link.inward.queue.front() else { return moved };
            let room = module.rx_room(channel);
            if room == 0 && matches!(first.what, What::Bytes(_) | What::Datagram(..)) {
                return moved;
            }
            let Some(what) = link.inward.pop(now, is_on) else { return moved };
            moved = true;
            match (what, channel) {
                (What::Bytes(mut bytes), _) => {
                    let rest = bytes.split_off(room.min(bytes.len()));
                    if !rest.is_empty() {
                        link.inward.unpop(now, rest);
                    }
                    module.rx(now, channel, &bytes);
                }
                (What::Datagram(Some(from), bytes), Channel::Net(conn)) => {
                    module.rx_from(now, conn, from, &bytes);
                }
                (What::Tell(input), _) => module.handle(now, input),
                (What::Do(action), _) => self.out.push_back(action),
                (What::Datagram(..), _) => {}
            }
        }
    }

    // ---- time ----------------------------------------------------------------------------------------------

    pub(crate) fn deadline(&self, module: &Module) -> Option<Instant> {
        let agenda = self.agenda.keys().next().map(|(at, _)| *at);
        let faults = self.actives.iter().filter_map(Active::deadline);
        let lanes = self.links.values().flat_map(|link| [&link.inward, &link.outward]);
        let lanes = lanes.filter_map(|lane| lane.deadline(self.now));
        lanes.chain(faults).chain(agenda).chain(module.deadline()).min()
    }

    /// Does everything that is due now and that nobody else has to do first.
    pub(crate) fn pump(&mut self, now: Instant, module: &mut Module) {
        self.now = now;
        loop {
            let mut moved = self.turn(now, module);
            while let Some(entry) = self.agenda.first_entry().filter(|entry| entry.key().0 <= now) {
                let due = entry.remove();
                self.blame_for(&due);
                self.arrive(now, module, due.input);
                moved = true;
            }
            while let Some(action) = module.poll() {
                self.route(now, module, action);
                moved = true;
            }
            let channels: Vec<Channel> = self.links.keys().copied().collect();
            for channel in channels {
                moved |= self.flow(now, module, channel);
            }
            if !moved {
                return;
            }
        }
    }

    // ---- connections ---------------------------------------------------------------------------------------

    /// A connection that faults may have to do with.
    fn meet(&mut self, now: Instant, module: &mut Module, conn: ConnId) {
        let Some(purpose) = module.purpose(conn) else { return };
        for active in &mut self.actives {
            if active.choose(conn, &purpose) {
                let (fault, client) = (&active.fault, purpose.client);
                let whom = client.map_or("AT+QNTP".into(), |client| format!("socket {client}"));
                let what = format!("{fault} concerns {whom}");
                self.out.push_back(Action::Event(Event::Fault { what }));
                if let Effect::Tls(Tls::Pretend(pretend)) = fault.effect {
                    active.undo = true;
                    let point = FaultPoint::Tls(conn, pretend);
                    module.handle(now, Input::Operator(Operator::Fault(active.id, point)));
                    self.blame.insert(client, fault.name());
                }
            }
        }
        self.links.entry(Channel::Net(conn)).or_insert_with(|| Link::new(Party::Conn(purpose)));
    }

    /// Faults that act so long after a connection is there begin to count; all of them, or one.
    fn established(&mut self, now: Instant, conn: ConnId, only: Option<u32>) {
        let Some(Link { party: Party::Conn(purpose), .. }) = self.links.get(&Channel::Net(conn)) else {
            return;
        };
        let is_stream = is_stream(purpose);
        let mut breaks = Vec::new();
        for active in &self.actives {
            if !is_stream || !active.has_chosen(conn) || only.is_some_and(|id| id != active.id) {
                continue;
            }
            let (after, failure) = match &active.fault.effect {
                Effect::Net(Net::Reset { bytes: None, after }) => (*after, NetFailure::Reset),
                Effect::Net(Net::Timeout { limit: Some(limit), .. }) => (*limit, NetFailure::TimedOut),
                _ => continue,
            };
            breaks.push((now + after, failure, active.id));
        }
        for (at, failure, id) in breaks {
            self.plan(at, Input::NetReset(conn, failure), Some(id));
        }
    }

    /// What a fault has planned happens: it is its doing.
    fn blame_for(&mut self, due: &Due) {
        let (Input::NetReset(conn, _) | Input::ConnectFailed(conn, _)) = due.input else { return };
        let name =
            self.actives.iter().find(|active| Some(active.id) == due.by).map(|active| active.fault.name());
        if let (Some(name), Some(Link { party: Party::Conn(purpose), .. })) =
            (name, self.links.get(&Channel::Net(conn)))
        {
            self.blame.insert(purpose.client, name);
        }
    }

    /// How much longer a connect or an echo takes, there and back.
    fn round_trip(&mut self, conn: ConnId) -> Duration {
        let mut total = Duration::ZERO;
        let link = self.links.get(&Channel::Net(conn));
        // A port of this machine is had at once.
        if !link.is_some_and(|link| matches!(&link.party, Party::Conn(purpose) if is_stream(purpose))) {
            return total;
        }
        for active in self.actives.iter_mut().filter(|active| active.has_chosen(conn)) {
            if let Effect::Delay(span) = active.fault.effect {
                total += both_ways(active, span);
            }
        }
        total
    }

    /// What the world tells the module.
    pub(crate) fn handle(&mut self, now: Instant, module: &mut Module, input: Input) {
        match input {
            Input::Connected(conn, _) | Input::ConnectFailed(conn, _) => {
                let late = self.round_trip(conn);
                if late.is_zero() {
                    self.arrive(now, module, input);
                } else {
                    self.plan(now + late, input, None);
                }
            }
            Input::NetEof(conn) | Input::NetReset(conn, _) => {
                let channel = Channel::Net(conn);
                if self.links.get(&channel).is_some_and(|link| link.is_left) {
                    // Nobody is there to hear it. What is broken has nothing on its way any more.
                    if matches!(input, Input::NetReset(..)) {
                        self.forget(conn);
                    }
                } else if self.used(channel, Way::Inward).is_some() {
                    self.enter(now, channel, Way::Inward, What::Tell(input));
                } else {
                    self.arrive(now, module, input);
                }
            }
            Input::Resolved(query, _) => self.answered(now, module, (query, 0), input),
            Input::Pong(query, sequence, _) => self.answered(now, module, (query, sequence), input),
            Input::PortLines(id, lines) => {
                let dtr = self.seen_dtr(id, lines.dtr);
                self.arrive(now, module, Input::PortLines(id, DteLines { dtr, ..lines }));
            }
            Input::PortDetached(id) => {
                self.dtr.remove(&id);
                if let Some(link) = self.links.get_mut(&Channel::Port(id)) {
                    link.inward.clear();
                    link.outward.clear();
                }
                self.arrive(now, module, input);
            }
            input => self.arrive(now, module, input),
        }
        self.pump(now, module);
    }

    /// How the module sees DTR, which the host has moved or not.
    fn seen_dtr(&mut self, id: PortId, dtr: bool) -> bool {
        let before = *self.dtr.get(&id).unwrap_or(&true);
        let Some(Link { party: Party::Port(port), .. }) = self.links.get(&Channel::Port(id)) else {
            return dtr;
        };
        let is_lost = before != dtr
            && self.actives.iter_mut().any(|active| {
                let is_meant = active.is_on
                    && active.fault.effect == Effect::Port(crate::effect::Port::LostDtr)
                    && active.fault.target.at.is_none_or(|at| at == *port);
                let strikes = is_meant && active.chance.strikes();
                active.hits += u64::from(strikes);
                strikes
            });
        let seen = if is_lost { before } else { dtr };
        self.dtr.insert(id, seen);
        seen
    }

    fn answered(&mut self, now: Instant, module: &mut Module, to: (QueryId, u16), input: Input) {
        match self.late.remove(&to) {
            Some(late) => self.plan(now + late, input, None),
            None => self.arrive(now, module, input),
        }
    }

    /// The module hears of something.
    fn arrive(&mut self, now: Instant, module: &mut Module, input: Input) {
        let connected = match input {
            Input::Connected(conn, _) => Some(conn),
            _ => None,
        };
        if let Some(conn) = connected {
            // Faults that were asked for while it was on its way.
            self.meet(now, module, conn);
        }
        if let Input::NetReset(conn, _) = input
            && let Some(link) = self.links.get_mut(&Channel::Net(conn))
        {
            link.inward.clear();
            link.outward.clear();
        }
        module.handle(now, input);
        if let Some(conn) = connected {
            self.established(now, conn, None);
        }
    }

    /// What the module wants of the world.
    fn route(&mut self, now: Instant, module: &mut Module, action: Action) {
        match action {
            Action::Connect(conn, ..) | Action::Bind(conn, ..) | Action::Listen(conn, _) => {
                self.meet(now, module, conn);
                self.begin(now, conn, action);
            }
            Action::Accept(_, conn, _) => {
                self.meet(now, module, conn);
                self.established(now, conn, None);
                self.out.push_back(action);
            }
            Action::Shutdown(conn) => self.end(now, conn, action),
            Action::Close(conn, last) => self.close(now, conn, last),
            Action::Resolve(query, ref name, _, _) => {
                let asked = crate::names::Asked { query, client: module.asker(query).0, name };
                let fate = crate::names::fate(&mut self.actives, &asked);
                self.decide_name(now, &asked, fate, action.clone());
            }
            Action::Ping(query, address, sequence) => {
                let (_, host) = module.asker(query);
                let remote = Some(std::net::SocketAddr::new(address, 0));
                let purpose = Purpose { client: None, host, remote, carries: Carries::Datagrams };
                self.echo(now, query, sequence, &purpose, action);
            }
            Action::Event(Event::Struck { fault }) => {
                let at = self.actives.iter().position(|active| active.id == fault);
                if let Some(at) = at {
                    self.actives.get_mut(at).into_iter().for_each(|active| active.hits += 1);
                    if !self.begin_in_module(now, module, at) {
                        self.actives.get_mut(at).into_iter().for_each(|active| active.finish(now));
                    }
                }
            }
            Action::Event(event) => {
                let event = self.blamed(event);
                self.out.push_back(Action::Event(event));
            }
            action => self.out.push_back(action),
        }
    }

    /// A connection, a port for datagrams or a listener is asked for.
    fn begin(&mut self, now: Instant, conn: ConnId, action: Action) {
        let is_connect = matches!(action, Action::Connect(..));
        let mut late = self.round_trip(conn);
        let mut striking = self.actives.iter().filter(|active| active.has_chosen(conn));
        let fate = striking.find_map(|active| match &active.fault.effect {
            Effect::Net(Net::Refuse) if is_connect => Some((active, Some(NetFailure::Refused))),
            Effect::Net(Net::Unreachable) if is_connect => Some((active, Some(NetFailure::Unreachable))),
            Effect::Net(Net::Socket(failure)) => Some((active, Some(failure.clone()))),
            Effect::Net(Net::Timeout { bytes: 0, .. }) if is_connect => Some((active, None)),
            _ => None,
        });
        let Some((active, failure)) = fate else {
            self.out.push_back(action);
            return;
        };
        let (id, name) = (active.id, active.fault.name());
        let limit = match active.fault.effect {
            Effect::Net(Net::Timeout { limit, .. }) => limit,
            // This machine itself answers at once.
            Effect::Net(Net::Socket(_)) => {
                late = Duration::ZERO;
                None
            }
            _ => None,
        };
        if let Some(Link { party: Party::Conn(purpose), .. }) = self.links.get(&Channel::Net(conn)) {
            self.blame.insert(purpose.client, name);
        }
        match failure {
            Some(failure) => self.plan(now + late, Input::ConnectFailed(conn, failure), None),
            None => {
                self.held.push(Held { action, by: id });
                if let Some(limit) = limit {
                    self.plan(now + limit, Input::ConnectFailed(conn, NetFailure::TimedOut), Some(id));
                }
            }
        }
    }

    /// An echo request.
    fn echo(&mut self, now: Instant, query: QueryId, sequence: u16, purpose: &Purpose, action: Action) {
        let mut late = Duration::ZERO;
        let mut fate = None;
        for active in self.actives.iter_mut().filter(|active| active.concerns(purpose)) {
            let failure = match &active.fault.effect {
                Effect::Net(Net::Unreachable) => Some(NetFailure::Unreachable),
                Effect::Net(Net::Socket(failure)) => Some(failure.clone()),
                Effect::Net(Net::Timeout { .. } | Net::Lose) | Effect::Delay(_) => None,
                _ => continue,
            };
            if fate.is_some() || !active.chance.strikes() {
                continue;
            }
            active.hits += 1;
            match active.fault.effect {
                Effect::Delay(span) => late += both_ways(active, span),
                _ => {
                    fate = Some(failure);
                    self.blame.insert(None, active.fault.name());
                }
            }
        }
        match fate {
            Some(Some(failure)) => self.plan(now + late, Input::Pong(query, sequence, Err(failure)), None),
            Some(None) => {}
            None => {
                self.delay_answer((query, sequence), late);
                self.out.push_back(action);
            }
        }
    }

    /// The answer to this comes late.
    fn delay_answer(&mut self, to: (QueryId, u16), late: Duration) {
        // Queries that are never answered must not add up.
        while self.late.len() >= MOST_LEFT {
            self.late.pop_first();
        }
        if !late.is_zero() {
            self.late.insert(to, late);
        }
    }

    fn decide_name(
        &mut self,
        now: Instant,
        asked: &crate::names::Asked<'_>,
        fate: crate::names::Fate,
        action: Action,
    ) {
        use crate::names::Fate;
        match fate {
            Fate::Asked { late } => {
                self.delay_answer((asked.query, 0), late);
                self.out.push_back(action);
            }
            Fate::Answered { late, result, name } => {
                self.blame.insert(asked.client, name);
                self.plan(now + late, Input::Resolved(asked.query, result), None);
            }
            Fate::Held { by, name } => {
                self.blame.insert(asked.client, name);
                // Queries that the module has given up must not add up.
                if self.held.len() >= MOST_LEFT {
                    self.held.remove(0);
                }
                self.held.push(Held { action, by });
            }
        }
    }

    /// FIN behind everything that was said.
    fn end(&mut self, now: Instant, conn: ConnId, action: Action) {
        let channel = Channel::Net(conn);
        if self.used(channel, Way::Outward).is_some() {
            self.enter(now, channel, Way::Outward, What::Do(action));
        } else {
            self.out.push_back(action);
        }
    }

    /// The module gives a connection up; its last bytes go behind those that are on their way.
    fn close(&mut self, now: Instant, conn: ConnId, last: Vec<u8>) {
        let channel = Channel::Net(conn);
        let concerns = |input: &Input| match input {
            Input::Connected(c, _)
            | Input::ConnectFailed(c, _)
            | Input::NetEof(c)
            | Input::NetReset(c, _) => *c == conn,
            _ => false,
        };
        self.agenda.retain(|_, due| !concerns(&due.input));
        let is_connect = |held: &Held| matches!(held.action, Action::Connect(c, ..) if c == conn);
        if self.held.iter().any(is_connect) {
            // The world has never heard of it.
            self.held.retain(|held| !is_connect(held));
            return self.forget(conn);
        }
        let left = self.links.values().filter(|link| link.is_left).count();
        if self.used(channel, Way::Outward).is_none() || left >= MOST_LEFT {
            self.forget(conn);
            self.out.push_back(Action::Close(conn, last));
            return;
        }
        if !last.is_empty() {
            self.enter(now, channel, Way::Outward, What::Bytes(last));
        }
        self.enter(now, channel, Way::Outward, What::Do(Action::Close(conn, Vec::new())));
        if let Some(link) = self.links.get_mut(&channel) {
            link.is_left = true;
            link.inward.clear();
        }
    }

    fn forget(&mut self, conn: ConnId) {
        self.links.remove(&Channel::Net(conn));
        self.actives.iter_mut().for_each(|active| active.forget(conn));
    }

    // ---- what is told ----------------------------------------------------------------------------------------

    /// A failure with the name of the fault that it comes of.
    fn blamed(&mut self, event: Event) -> Event {
        match event {
            Event::OpenFailed { client, code, cause } => {
                let cause = self.with_name(Some(client), cause);
                Event::OpenFailed { client, code, cause }
            }
            Event::Ended { client, cause } => {
                Event::Ended { client, cause: self.with_name(Some(client), cause) }
            }
            Event::ErrandFailed { command, code, cause } => {
                Event::ErrandFailed { command, code, cause: self.with_name(None, cause) }
            }
            Event::Socket { client, to: "Opening" | "Connected", .. } => {
                // Whatever was done to it before has come to nothing.
                self.blame.remove(&Some(client));
                event
            }
            event => event,
        }
    }

    fn with_name(&mut self, client: Option<u8>, cause: Cause) -> Cause {
        match self.blame.remove(&client) {
            Some(name) => Cause::Fault(name.into(), Box::new(cause)),
            None => cause,
        }
    }

    pub(crate) fn next_action(&mut self) -> Option<Action> {
        self.out.pop_front()
    }
}

/// Does a fault act on what goes this way on this channel?
fn acts(active: &Active, channel: Channel, link: &Link, way: Way) -> bool {
    match (channel, &link.party) {
        (Channel::Net(conn), Party::Conn(purpose)) => active.acts_on_conn(conn, purpose.carries, way),
        (_, Party::Port(at)) => active.acts_on_port(*at, way),
        (Channel::Port(_), Party::Conn(_)) => false,
    }
}

/// Bytes and not datagrams.
fn is_stream(purpose: &Purpose) -> bool {
    matches!(purpose.carries, Carries::Tls | Carries::Tcp)
}

fn conn_of(channel: Channel) -> ConnId {
    match channel {
        Channel::Net(conn) => conn,
        Channel::Port(_) => ConnId(0),
    }
}

fn is_on(actives: &[Active]) -> impl Fn(u32) -> bool {
    |id| actives.iter().any(|active| active.id == id && active.is_on)
}

/// A delay for each way that the fault's direction includes.
fn both_ways(active: &mut Active, span: crate::effect::Span) -> Duration {
    let mut total = Duration::ZERO;
    for way in [Way::Outward, Way::Inward] {
        if active.fault.row.family == Family::Net && active.goes(way) {
            total += span.draw(&mut active.chance.random);
        }
    }
    total
}
