//! A module whose surroundings can be made to fail.

use crate::{active::Active, border::Border, fault::Fault, modem::Usual, request::Request};
use at::time::Instant;
use core::fmt;
use module::{Action, AtPort, Channel, ConnId, Input, Module, Operator, PortId, Setup, Talk};
use std::net::SocketAddr;

/// Most faults of a module at a time, those of presets counted one by one: each looks at every byte.
pub const MOST_FAULTS: usize = 256;

/// [`Module`], with faults at its border. As long as none is asked for, every call goes straight through: what stands in
/// the way of each is one look at a pointer, in the caller itself.
pub struct Faulty {
    module: Module,
    border: Option<Box<Border>>,
    ports: Vec<AtPort>,
    usual: Usual,
    /// Faults are numbered from 1 in the life of a module.
    numbers: u32,
}

/// A fault as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Its number, by which it can be lifted.
    pub id: u32,
    /// Its text; of a preset there are several with one number.
    pub fault: String,
    /// The text of what was asked for: itself, or the preset.
    pub asked: String,
    /// It is on now; otherwise it is to begin later.
    pub is_on: bool,
    /// How many occurrences it has struck.
    pub hits: u64,
}

/// As many faults are asked for as there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a module takes {MOST_FAULTS} faults at a time")
    }
}

impl core::error::Error for TooMany {}

/// Which faults are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lift {
    /// Every one.
    All,
    /// All of this name, or of this family where the name has no dot.
    Name(String),
    /// The one with this number.
    Id(u32),
}

impl Lift {
    /// `all`, a number, a name or a family.
    pub fn parse(text: &str) -> Lift {
        match (text, text.parse()) {
            ("all", _) => Lift::All,
            (_, Ok(id)) => Lift::Id(id),
            (name, Err(_)) => Lift::Name(name.into()),
        }
    }

    fn means(&self, active: &Active) -> bool {
        match self {
            Lift::All => true,
            Lift::Id(id) => active.id == *id,
            Lift::Name(name) => {
                [active.group, active.fault.name(), active.fault.row.family.name()].contains(&name.as_str())
            }
        }
    }
}

/// As [`Lift::parse`] reads it.
impl fmt::Display for Lift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lift::All => f.write_str("all"),
            Lift::Name(name) => f.write_str(name),
            Lift::Id(id) => id.fmt(f),
        }
    }
}

impl Faulty {
    /// As [`Module::new`].
    pub fn new(setup: Setup, now: Instant) -> Faulty {
        let ports = setup.ports.clone();
        let usual = Usual::of(&setup);
        Faulty { module: Module::new(setup, now), border: None, ports, usual, numbers: 0 }
    }

    /// The module itself.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// The module itself, for what somebody asks of it that is no input.
    pub fn module_mut(&mut self) -> &mut Module {
        &mut self.module
    }

    /// Asks for a fault; its number. What there is to do because of it is among the next actions.
    ///
    /// # Errors
    /// There are [`MOST_FAULTS`] with it.
    pub fn inject(&mut self, now: Instant, fault: Fault) -> Result<u32, TooMany> {
        let there = self.border.as_ref().map_or(0, |border| border.actives.len());
        if there + fault.parts().len() > MOST_FAULTS {
            return Err(TooMany);
        }
        self.numbers += 1;
        let usual = &self.usual;
        let border =
            self.border.get_or_insert_with(|| Box::new(Border::new(&self.ports, usual.clone(), now)));
        border.inject(now, &mut self.module, self.numbers, fault);
        Ok(self.numbers)
    }

    /// Ends faults; how many there were. Bytes that they have held go on.
    pub fn lift(&mut self, now: Instant, which: &Lift) -> usize {
        let Some(border) = &mut self.border else { return 0 };
        border.lift(now, &mut self.module, |active| which.means(active))
    }

    /// Does what a request says: the number of the fault, or how many ended.
    ///
    /// # Errors
    /// As [`Faulty::inject`].
    pub fn request(&mut self, now: Instant, request: Request) -> Result<usize, TooMany> {
        match request {
            Request::Inject(fault) => {
                self.inject(now, fault).map(|number| usize::try_from(number).unwrap_or(usize::MAX))
            }
            Request::Lift(which) => Ok(self.lift(now, &which)),
        }
    }

    /// The faults that are asked for and not over, in that order.
    pub fn faults(&self) -> Vec<Status> {
        let status = |active: &Active| Status {
            id: active.id,
            fault: active.fault.to_string(),
            asked: active.asked.clone(),
            is_on: active.is_on,
            hits: active.hits,
        };
        self.border.iter().flat_map(|border| border.actives.iter().map(status)).collect()
    }

    /// As [`Module::rx_room`].
    #[inline]
    pub fn rx_room(&self, channel: Channel) -> usize {
        match &self.border {
            None => self.module.rx_room(channel),
            Some(border) => border.rx_room(&self.module, channel),
        }
    }

    /// As [`Module::rx`].
    #[inline]
    pub fn rx(&mut self, now: Instant, channel: Channel, bytes: &[u8]) {
        match &mut self.border {
            None => self.module.rx(now, channel, bytes),
            Some(border) => border.rx(now, &mut self.module, channel, bytes),
        }
    }

    /// As [`Module::rx_from`].
    #[inline]
    pub fn rx_from(&mut self, now: Instant, conn: ConnId, from: SocketAddr, bytes: &[u8]) {
        match &mut self.border {
            None => self.module.rx_from(now, conn, from, bytes),
            Some(border) => border.rx_from(now, &mut self.module, conn, from, bytes),
        }
    }

    /// As [`Module::tx_to`].
    #[inline]
    pub fn tx_to(&self, conn: ConnId) -> Option<SocketAddr> {
        match &self.border {
            None => self.module.tx_to(conn),
            Some(border) => border.tx_to(&self.module, conn),
        }
    }

    /// As [`Module::tx`].
    #[inline]
    pub fn tx(&self, channel: Channel) -> &[u8] {
        let held = self.border.as_ref().and_then(|border| border.tx(channel));
        held.unwrap_or_else(|| self.module.tx(channel))
    }

    /// As [`Module::tx_behind`]; nothing while there is a border, which looks at one piece after the other.
    pub fn tx_behind(&self, channel: Channel) -> &[u8] {
        if self.border.is_some() { &[] } else { self.module.tx_behind(channel) }
    }

    /// As [`Module::hears`].
    pub fn hears(&self, id: PortId) -> Talk {
        self.module.hears(id)
    }

    /// As [`Module::says`]. Of bytes that a fault has held it is not known any more.
    pub fn says(&self, id: PortId) -> Talk {
        let is_held = self.border.as_ref().is_some_and(|border| border.tx(Channel::Port(id)).is_some());
        if is_held { Talk::Dialogue } else { self.module.says(id) }
    }

    /// As [`Module::tx_done`].
    #[inline]
    pub fn tx_done(&mut self, now: Instant, channel: Channel, n: usize) {
        match &mut self.border {
            None => self.module.tx_done(now, channel, n),
            Some(border) => border.tx_done(now, &mut self.module, channel, n),
        }
    }

    /// As [`Module::handle`].
    #[inline]
    pub fn handle(&mut self, now: Instant, input: Input) {
        match &mut self.border {
            None => self.module.handle(now, input),
            Some(border) => {
                if matches!(input, Input::Operator(Operator::ShutDown)) {
                    border.hurry();
                }
                border.handle(now, &mut self.module, input);
            }
        }
    }

    /// As [`Module::poll`].
    #[inline]
    pub fn poll(&mut self) -> Option<Action> {
        match &mut self.border {
            None => self.module.poll(),
            Some(border) => {
                let action = border.next_action();
                if action.is_none() && border.is_idle() {
                    self.border = None;
                }
                action
            }
        }
    }

    /// As [`Module::deadline`].
    #[inline]
    pub fn deadline(&self) -> Option<Instant> {
        match &self.border {
            None => self.module.deadline(),
            Some(border) => border.deadline(&self.module),
        }
    }

    /// As [`Module::file`].
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        self.module.file(name)
    }

    /// As [`Module::settings`].
    pub fn settings(&self) -> String {
        self.module.settings()
    }

    /// As [`Module::line_rate`].
    pub fn line_rate(&self) -> u32 {
        self.module.line_rate()
    }
}
