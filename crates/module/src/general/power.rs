//! Power and the way from power-on to a module at work: one table of steps, each with the code that tells of it.

use crate::profile::Delays;
use at::time::Instant;
use core::time::Duration;

/// Is the module alive?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// Off: it hears and says nothing.
    Off,
    /// On its way to `RDY`: it hears nothing yet.
    Booting,
    /// Alive.
    On,
    /// On its way to `POWERED DOWN`, at this time: it hears nothing any more.
    Falling(Instant),
}

/// What happens one after the other when a module starts. The SIM's part happens also when only the SIM starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// `RDY`
    Ready,
    /// `+CFUN: 1`
    Function,
    /// The SIM is found: `+CPIN: READY`, or what it wants.
    Sim,
    /// `+QUSIM: 1`
    Usim,
    /// `+QIND: SMS DONE`
    Messages,
    /// `+QIND: PB DONE`
    PhoneBook,
}

impl Step {
    /// How long this step takes after the one before it.
    pub fn delay(self, delays: &Delays) -> Duration {
        let millis = match self {
            Step::Ready => delays.ready,
            Step::Function | Step::Usim => 0,
            Step::Sim => delays.sim,
            Step::Messages => delays.messages,
            Step::PhoneBook => delays.phone_book,
        };
        Duration::from_millis(u64::from(millis))
    }

    /// What follows.
    pub fn next(self) -> Option<Step> {
        match self {
            Step::Ready => Some(Step::Function),
            Step::Function => Some(Step::Sim),
            Step::Sim => Some(Step::Usim),
            Step::Usim => Some(Step::Messages),
            Step::Messages => Some(Step::PhoneBook),
            Step::PhoneBook => None,
        }
    }
}
