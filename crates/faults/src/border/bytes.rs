//! Bytes that cross the border, both ways, on connections and ports.

use super::{Border, CONNECTION, DATAGRAM, Link, PORT, Party};
use crate::{
    active::{Active, Way},
    lane::{Lane, What},
};
use at::time::Instant;
use module::{Action, Carries, Channel, ConnId, Module, Purpose};
use std::net::SocketAddr;

impl Border {
    /// Faults act on what goes this way, or something is on its way that they have acted on.
    pub(super) fn is_used(&self, channel: Channel, link: &Link, way: Way) -> bool {
        let lane = link.lane(way);
        !lane.is_empty()
            || lane.is_marked()
            || link.is_left
            || self.actives.iter().any(|active| acts(active, channel, link, way))
    }

    pub(super) fn used(&self, channel: Channel, way: Way) -> Option<&Lane> {
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
        from: SocketAddr,
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

    pub(crate) fn tx_to(&self, module: &Module, conn: ConnId) -> Option<SocketAddr> {
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

    pub(super) fn has_answered(&mut self, channel: Channel) {
        self.links.get_mut(&channel).into_iter().for_each(|link| link.has_answered = true);
    }

    pub(super) fn enter(&mut self, now: Instant, channel: Channel, way: Way, what: What) {
        let Some(link) = self.links.get_mut(&channel) else { return };
        let mut lane = std::mem::take(link.lane_mut(way));
        let client = match &link.party {
            Party::Conn(purpose) => purpose.client,
            Party::Port(_) => None,
        };
        let link = &*link;
        for active in &mut self.actives {
            (active.conn, active.way, active.flight, active.struck) =
                (conn_of(channel), way, link.flight, false);
        }
        let acting = self.actives.iter_mut().filter(|active| acts(active, channel, link, way));
        lane.enter(now, what, acting);
        for active in &mut self.actives {
            if !std::mem::take(&mut active.struck) {
                continue;
            }
            self.blame.insert(client, active.injected());
        }
        if let Some(link) = self.links.get_mut(&channel) {
            *link.lane_mut(way) = lane;
        }
    }

    /// Moves what is due on one channel.
    pub(super) fn flow(&mut self, now: Instant, module: &mut Module, channel: Channel) -> bool {
        self.take_said(now, module, channel) | self.let_out(now, channel) | self.let_in(now, module, channel)
    }

    /// What the module says goes on its way.
    pub(super) fn take_said(&mut self, now: Instant, module: &mut Module, channel: Channel) -> bool {
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
    pub(super) fn let_out(&mut self, now: Instant, channel: Channel) -> bool {
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
                What::Do(Action::Abort(conn)) => self.break_off(conn, Action::Abort(conn)),
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
    pub(super) fn let_in(&mut self, now: Instant, module: &mut Module, channel: Channel) -> bool {
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
                (What::Tell(input), _) => self.arrive(now, module, input),
                (What::Do(Action::Abort(conn)), _) => self.break_off(conn, Action::Abort(conn)),
                (What::Do(action), _) => self.out.push_back(action),
                (What::Datagram(..), _) => {}
            }
        }
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

fn conn_of(channel: Channel) -> ConnId {
    match channel {
        Channel::Net(conn) => conn,
        Channel::Port(_) => ConnId(0),
    }
}

fn is_on(actives: &[Active]) -> impl Fn(u32) -> bool {
    |id| actives.iter().any(|active| active.id == id && active.is_on)
}
