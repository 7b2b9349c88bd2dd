//! What the module asks of the world, and what the world tells it: connections, names, echo requests.

use super::{Border, Due, Held, Link, MOST_LEFT, Party, queries::both_ways};
use crate::{
    active::Way,
    effect::{Effect, Net, Tls},
    lane::What,
    names::{self, Asked},
    records::Records,
    table::Family,
};
use at::time::Instant;
use core::time::Duration;
use module::{
    Action, Carries, Channel, ConnId, DteLines, Event, FaultPoint, Input, Module, NetFailure, Operator,
    PortId, Purpose,
};
use std::net::SocketAddr;

impl Border {
    /// A connection that faults may have to do with.
    pub(super) fn meet(&mut self, now: Instant, module: &mut Module, conn: ConnId) {
        let Some(purpose) = module.purpose(conn) else { return };
        let channel = Channel::Net(conn);
        let link = self.links.entry(channel).or_insert_with(|| Link::new(Party::Conn(purpose.clone())));
        for active in &mut self.actives {
            if active.choose(conn, &purpose) {
                let (fault, client) = (&active.fault, purpose.client);
                let whom = client.map_or("AT+QNTP".into(), |client| format!("socket {client}"));
                let what = format!("{fault} concerns {whom}");
                self.out.push_back(Action::Event(Event::Fault { what }));
                if fault.row.family == Family::Tls {
                    let come = [module.unread(conn), &Vec::from_iter(link.inward.queued())].concat();
                    link.inward.follow(active.id, Records::behind(&come));
                    link.outward.follow(active.id, Records::before(module.tx(channel)));
                }
                if let Effect::Tls(Tls::Pretend(pretend)) = fault.effect {
                    active.undo = true;
                    let point = FaultPoint::Tls(conn, pretend);
                    module.handle(
                        now,
                        Input::Operator(Operator::Fault(active.id, fault.row.injected(), point)),
                    );
                    self.blame.insert(client, fault.row.injected());
                }
            }
        }
    }

    /// Faults that act so long after a connection is there begin to count; all of them, or one.
    pub(super) fn established(&mut self, now: Instant, conn: ConnId, only: Option<u32>) {
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
    pub(super) fn blame_for(&mut self, due: &Due) {
        let (Input::NetReset(conn, _) | Input::ConnectFailed(conn, _)) = due.input else { return };
        let by = self.actives.iter().find(|active| Some(active.id) == due.by);
        let by = by.map(|active| active.injected());
        if let (Some(by), Some(Link { party: Party::Conn(purpose), .. })) =
            (by, self.links.get(&Channel::Net(conn)))
        {
            self.blame.insert(purpose.client, by);
            match due.input {
                Input::NetReset(_, NetFailure::Reset) => self.break_off(conn, Action::Abort(conn)),
                // Who gives up waiting sends nothing more.
                Input::NetReset(..) => self.break_off(conn, Action::Vanish(conn)),
                _ => {}
            }
        }
    }

    /// The world ends a connection because a fault does.
    pub(super) fn break_off(&mut self, conn: ConnId, action: Action) {
        self.out.push_back(action);
        if let Some(link) = self.links.get_mut(&Channel::Net(conn)) {
            link.is_broken = true;
            (link.inward.is_dead, link.outward.is_dead) = (true, true);
        }
    }

    /// How much longer a connect or an echo takes, there and back.
    pub(super) fn round_trip(&mut self, conn: ConnId) -> Duration {
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
    pub(super) fn seen_dtr(&mut self, id: PortId, dtr: bool) -> bool {
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

    /// The module hears of something.
    pub(super) fn arrive(&mut self, now: Instant, module: &mut Module, input: Input) {
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
    pub(super) fn route(&mut self, now: Instant, module: &mut Module, action: Action) {
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
            Action::Abort(conn) | Action::Vanish(conn) => {
                self.hears_nothing(conn);
                self.held.retain(|held| !is_connect(held, conn));
                self.forget(conn);
                self.out.push_back(action);
            }
            Action::Resolve(query, ref name, _, _) => {
                let asked = Asked { query, client: module.asker(query).0, name };
                let fate = names::fate(&mut self.actives, &asked);
                self.decide_name(now, &asked, fate, action.clone());
            }
            Action::Ping(query, address, sequence) => {
                let (_, host) = module.asker(query);
                let remote = Some(SocketAddr::new(address, 0));
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
    pub(super) fn begin(&mut self, now: Instant, conn: ConnId, action: Action) {
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
        let (id, by) = (active.id, active.injected());
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
            self.blame.insert(purpose.client, by);
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

    /// FIN behind everything that was said.
    pub(super) fn end(&mut self, now: Instant, conn: ConnId, action: Action) {
        let channel = Channel::Net(conn);
        if let Some(lane) = self.used(channel, Way::Outward) {
            if !lane.is_mute {
                self.enter(now, channel, Way::Outward, What::Do(action));
            }
        } else {
            self.out.push_back(action);
        }
    }

    /// The module gives a connection up; its last bytes go behind those that are on their way.
    pub(super) fn close(&mut self, now: Instant, conn: ConnId, last: Vec<u8>) {
        let channel = Channel::Net(conn);
        self.hears_nothing(conn);
        if self.held.iter().any(|held| is_connect(held, conn)) {
            // The world has never heard of it.
            self.held.retain(|held| !is_connect(held, conn));
            return self.forget(conn);
        }
        let left = self.links.values().filter(|link| link.is_left).count();
        let Some(link) = self.links.get(&channel) else {
            self.out.push_back(Action::Close(conn, last));
            return;
        };
        if link.is_broken {
            return self.forget(conn);
        }
        if link.outward.is_mute {
            self.forget(conn);
            self.out.push_back(Action::Vanish(conn));
            return;
        }
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

    /// What the module was to be told of a connection that it has given up.
    fn hears_nothing(&mut self, conn: ConnId) {
        let concerns = |input: &Input| match input {
            Input::Connected(c, _)
            | Input::ConnectFailed(c, _)
            | Input::NetEof(c)
            | Input::NetReset(c, _) => *c == conn,
            _ => false,
        };
        self.agenda.retain(|_, due| !concerns(&due.input));
    }

    pub(super) fn forget(&mut self, conn: ConnId) {
        self.links.remove(&Channel::Net(conn));
        self.actives.iter_mut().for_each(|active| active.forget(conn));
    }
}

/// A connect of this connection waits for the end of a fault.
fn is_connect(held: &Held, conn: ConnId) -> bool {
    matches!(held.action, Action::Connect(c, ..) if c == conn)
}

/// Bytes and not datagrams.
fn is_stream(purpose: &Purpose) -> bool {
    matches!(purpose.carries, Carries::Tls | Carries::Tcp)
}
