//! The border of a module while faults are asked for: everything that crosses it passes through here.

mod bytes;
mod conns;
mod queries;

use crate::{
    active::{Active, Way},
    fault::Fault,
    lane::Lane,
    modem::{self, Usual},
};
use at::time::Instant;
use core::time::Duration;
use module::{Action, AtPort, Cause, Channel, Event, Injected, Input, Module, PortId, Purpose, QueryId};
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
    /// A fault has broken it: the world knows it no more, and the module may not know yet.
    is_broken: bool,
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
            is_broken: false,
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
        !self.is_left && lanes.iter().all(|lane| lane.is_empty() && !lane.is_marked())
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
    blame: BTreeMap<Option<u8>, Injected>,
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

    pub(crate) fn inject(&mut self, now: Instant, module: &mut Module, id: u32, fault: Fault) {
        for part in fault.parts() {
            self.actives.push(Active::new(id, self.usual.unit, part, &fault, now));
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
        self.blame.retain(|_, by| by.fault != fault.name());
        for link in self.links.values_mut() {
            link.inward.unfollow(id);
            link.outward.unfollow(id);
        }
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

    /// A failure with the fault that it comes of.
    fn blamed(&mut self, event: Event) -> Event {
        match event {
            Event::OpenFailed { client, code, cause } => {
                let cause = self.by_fault(Some(client), cause);
                Event::OpenFailed { client, code, cause }
            }
            Event::Ended { client, cause } => {
                Event::Ended { client, cause: self.by_fault(Some(client), cause) }
            }
            Event::ErrandFailed { command, code, cause } => {
                Event::ErrandFailed { command, code, cause: self.by_fault(None, cause) }
            }
            Event::Refused { port, command, failure, cause } => {
                Event::Refused { port, command, failure, cause: self.by_modem(cause) }
            }
            Event::Socket { client, to: "Opening" | "Connected", .. } => {
                // Whatever was done to it before has come to nothing.
                self.blame.remove(&Some(client));
                event
            }
            event => event,
        }
    }

    fn by_fault(&mut self, client: Option<u8>, cause: Cause) -> Cause {
        match self.blame.remove(&client) {
            Some(by) => Cause::Fault(by, Box::new(cause)),
            None => self.by_modem(cause),
        }
    }

    /// What the module itself tells is the doing of a fault of the module that leads to such a thing.
    fn by_modem(&self, cause: Cause) -> Cause {
        let does = |active: &&Active| active.undo && modem::leads_to(&active.fault.effect, &cause);
        match self.actives.iter().find(does) {
            Some(active) => Cause::Fault(active.injected(), Box::new(cause)),
            None => cause,
        }
    }

    pub(crate) fn next_action(&mut self) -> Option<Action> {
        self.out.pop_front()
    }
}
