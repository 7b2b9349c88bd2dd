//! A fault that has been asked for: whether it is on, and whom it strikes.

use crate::{
    chance::{Chance, Random},
    effect::{Effect, Net, Port, Tls},
    fault::Fault,
    lane::What,
    table::{Dir, Family, row},
};
use at::time::Instant;
use module::{Carries, ConnId, Injected, Purpose};
use std::collections::BTreeMap;

/// Towards the module, or away from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Inward,
    Outward,
}

/// A fault and what has become of it.
#[derive(Debug)]
pub(crate) struct Active {
    pub(crate) id: u32,
    pub(crate) fault: Fault,
    /// What was asked for: this fault, or the preset that it is a part of.
    pub(crate) asked: String,
    pub(crate) group: &'static str,
    pub(crate) chance: Chance,
    pub(crate) is_on: bool,
    /// How often it has struck.
    pub(crate) hits: u64,
    /// The connection it is asked about just now.
    pub(crate) conn: ConnId,
    /// Where that which it is asked about goes.
    pub(crate) way: Way,
    /// The flight of that connection's server.
    pub(crate) flight: u64,
    /// It has struck that connection.
    pub(crate) struck: bool,
    /// Something in the module is to be put back when it goes off.
    pub(crate) undo: bool,
    /// When it goes on or off next, and when it went on last.
    next: Option<Instant>,
    start: Instant,
    /// When the bandwidth that all connections share is free again, inward and outward, in microseconds.
    pub(crate) free: (u64, u64),
    /// Connections that have been decided about.
    chosen: BTreeMap<ConnId, bool>,
}

impl Active {
    pub(crate) fn new(id: u32, unit: u32, fault: Fault, asked: &Fault, now: Instant) -> Active {
        let next = now + fault.times.after;
        Active {
            id,
            chance: Chance::new(fault.which, fault.prob, Random::new(fault.seed, unit)),
            is_on: false,
            hits: 0,
            conn: ConnId(0),
            way: Way::Inward,
            flight: 0,
            struck: false,
            undo: false,
            next: Some(next),
            start: next,
            free: (0, 0),
            chosen: BTreeMap::new(),
            asked: asked.to_string(),
            group: asked.name(),
            fault,
        }
    }

    /// Goes on or off if it is time; how it is then.
    pub(crate) fn turn(&mut self, now: Instant) -> Option<bool> {
        let at = self.next.filter(|at| *at <= now)?;
        self.is_on = !self.is_on;
        if self.is_on {
            self.start = at;
            self.next = self.fault.times.lasts.map(|lasts| at + lasts);
        } else {
            self.next = self.fault.times.again.map(|again| self.start + again);
            self.chosen.clear();
        }
        Some(self.is_on)
    }

    /// It has done everything that it was asked for.
    pub(crate) fn finish(&mut self, now: Instant) {
        self.next = Some(now);
        self.fault.times.again = None;
    }

    /// When it goes on or off next.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.next
    }

    /// It is off for good.
    pub(crate) fn is_over(&self) -> bool {
        !self.is_on && self.next.is_none()
    }

    /// Decides about a connection, once; whether it was just decided that it is struck.
    pub(crate) fn choose(&mut self, conn: ConnId, purpose: &Purpose) -> bool {
        if !self.concerns(purpose) || self.chosen.contains_key(&conn) {
            return false;
        }
        let struck = self.counts_datagrams() || self.chance.strikes();
        self.chosen.insert(conn, struck);
        if struck && !self.counts_datagrams() {
            self.hits += 1;
        }
        struck
    }

    /// What a failure of it says of itself: the name that was asked for, unless that is a preset's.
    pub(crate) fn injected(&self) -> Injected {
        let asked = row(self.group).filter(|row| row.family != Family::Preset);
        asked.unwrap_or(self.fault.row).injected()
    }

    /// Connections of this purpose are within its target, and it is on.
    pub(crate) fn concerns(&self, purpose: &Purpose) -> bool {
        let fits = match self.fault.row.family {
            Family::Net => true,
            Family::Tls => purpose.carries == Carries::Tls,
            _ => false,
        };
        self.is_on && fits && self.fault.target.includes(purpose)
    }

    /// This connection is struck.
    pub(crate) fn has_chosen(&self, conn: ConnId) -> bool {
        self.is_on && self.chosen.get(&conn) == Some(&true)
    }

    /// The connection is gone.
    pub(crate) fn forget(&mut self, conn: ConnId) {
        self.chosen.remove(&conn);
    }

    /// It acts on what goes this way on a connection.
    pub(crate) fn acts_on_conn(&self, conn: ConnId, carries: Carries, way: Way) -> bool {
        let is_stream = matches!(carries, Carries::Tls | Carries::Tcp);
        let fits = match &self.fault.effect {
            Effect::Delay(_) | Effect::Bandwidth { .. } | Effect::Net(Net::Timeout { .. }) => true,
            Effect::Slice { .. } | Effect::SlowClose { .. } => is_stream,
            Effect::Net(Net::Reset { bytes, .. }) => is_stream && bytes.is_some(),
            Effect::Net(Net::Limit { .. } | Net::HalfOpen { .. }) => is_stream,
            Effect::Net(Net::Lose | Net::Duplicate | Net::Reorder { .. }) => !is_stream,
            Effect::Net(Net::Refuse | Net::Unreachable | Net::Socket(_))
            | Effect::Tls(Tls::Pretend(_))
            | Effect::Port(_)
            | Effect::Dns(_)
            | Effect::Modem(_)
            | Effect::Code { .. }
            | Effect::Several(_) => false,
            Effect::Tls(Tls::Corrupt { .. }) => true,
            Effect::Tls(_) => way == Way::Inward,
        };
        fits && self.has_chosen(conn) && self.goes(way)
    }

    /// It acts on what goes this way on an AT port.
    pub(crate) fn acts_on_port(&self, at: module::AtPort, way: Way) -> bool {
        self.is_on
            && self.fault.row.family == Family::Port
            && self.fault.effect != Effect::Port(Port::LostDtr)
            && self.fault.target.at.is_none_or(|wanted| wanted == at)
            && self.goes(way)
    }

    /// Its direction includes this one. Up is away from the host.
    pub(crate) fn goes(&self, way: Way) -> bool {
        let up = match self.fault.row.family {
            Family::Port => Way::Inward,
            _ => Way::Outward,
        };
        match self.fault.dir {
            Dir::Up => way == up,
            Dir::Down => way != up,
            Dir::Both => true,
        }
    }

    /// Something other than a connection is what it counts.
    pub(crate) fn counts_datagrams(&self) -> bool {
        matches!(self.fault.effect, Effect::Net(Net::Lose | Net::Duplicate | Net::Reorder { .. }))
    }

    /// One more datagram: is it struck?
    pub(crate) fn strikes_datagram(&mut self, what: &What) -> bool {
        let strikes = matches!(what, What::Datagram(..)) && self.chance.strikes();
        self.hits += u64::from(strikes);
        strikes
    }
}
