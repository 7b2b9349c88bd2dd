//! Registration: a small state machine over virtual time. What it may do comes from `AT+CFUN`, `AT+COPS` and the
//! SIM; what it finds comes from the operator; how long that takes comes from the profile.

use crate::contract::Coverage;
use at::time::Instant;
use core::time::Duration;

/// Where registration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Not registered, and not looking.
    Idle,
    /// Looking; with a time, something will be found then.
    Searching(Option<Instant>),
    /// Registered at home.
    Home,
    /// The network has refused.
    Denied,
    /// Registered elsewhere.
    Roaming,
}

impl Registration {
    /// `<stat>` of `AT+CREG` (27.007 7.2).
    pub const fn number(self) -> u8 {
        match self {
            Registration::Idle => 0,
            Registration::Home => 1,
            Registration::Searching(_) => 2,
            Registration::Denied => 3,
            Registration::Roaming => 5,
        }
    }

    /// Is there service?
    pub const fn is_registered(self) -> bool {
        matches!(self, Registration::Home | Registration::Roaming)
    }
}

/// What the module sees of networks.
#[derive(Clone, Debug)]
pub struct Network {
    state: Registration,
    /// What there is to find.
    pub coverage: Coverage,
    /// Signal strength, 0 to 31.
    pub signal: u8,
    /// PDP contexts are refused.
    pub refuses_pdp: bool,
}

impl Network {
    /// A home network, where the module is or is not registered already.
    pub fn new(signal: u8, registered: bool) -> Network {
        let state = if registered { Registration::Home } else { Registration::Idle };
        Network { state, coverage: Coverage::Home, signal, refuses_pdp: false }
    }

    /// Where registration is.
    pub fn state(&self) -> Registration {
        self.state
    }

    /// The module starts anew.
    pub fn forget(&mut self) {
        self.state = Registration::Idle;
    }

    /// When [`Network::step`] has something to say by itself.
    pub fn deadline(&self) -> Option<Instant> {
        match self.state {
            Registration::Searching(until) => until,
            Registration::Idle | Registration::Home | Registration::Denied | Registration::Roaming => None,
        }
    }

    /// The next change, if one is due: `allowed` says whether the module may register, `search` how long that
    /// takes. Call until `None`.
    pub fn step(&mut self, now: Instant, allowed: bool, search: Duration) -> Option<Registration> {
        let found = match self.coverage {
            Coverage::None => None,
            Coverage::Home => Some(Registration::Home),
            Coverage::Roaming => Some(Registration::Roaming),
            Coverage::Denied => Some(Registration::Denied),
        };
        let begin = Registration::Searching(found.map(|_| now + search));
        let next = match self.state {
            _ if !allowed => Registration::Idle,
            Registration::Idle => begin,
            Registration::Searching(None) if found.is_some() => begin,
            Registration::Searching(Some(_)) if found.is_none() => begin,
            Registration::Searching(Some(until)) if until <= now => found.unwrap_or(begin),
            Registration::Searching(_) => self.state,
            Registration::Home | Registration::Roaming | Registration::Denied => {
                if found == Some(self.state) { self.state } else { begin }
            }
        };
        let changed = next != self.state;
        self.state = next;
        changed.then_some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Registration::{Denied, Home, Idle, Roaming, Searching};
    use alloc::vec::Vec;

    const SECOND: Duration = Duration::from_secs(1);

    fn settle(network: &mut Network, now: Instant, allowed: bool, search: Duration) -> Vec<Registration> {
        core::iter::from_fn(|| network.step(now, allowed, search)).collect()
    }

    #[test]
    fn every_state_and_what_there_is_to_find() {
        let (now, later) = (Instant::ZERO, Instant::ZERO + SECOND);
        for start in [Idle, Searching(None), Searching(Some(later)), Home, Denied, Roaming] {
            for (coverage, found) in [
                (Coverage::None, None),
                (Coverage::Home, Some(Home)),
                (Coverage::Roaming, Some(Roaming)),
                (Coverage::Denied, Some(Denied)),
            ] {
                let mut network = Network { state: start, coverage, ..Network::new(20, false) };
                settle(&mut network, now, true, SECOND);
                settle(&mut network, later, true, SECOND);
                assert_eq!(network.state(), found.unwrap_or(Searching(None)), "{start:?} {coverage:?}");
                assert_eq!(network.deadline(), None);
                settle(&mut network, later, false, SECOND);
                assert_eq!(network.state(), Idle, "{start:?} {coverage:?}");
            }
        }
    }

    #[test]
    fn no_time_is_a_time() {
        let mut network = Network::new(20, false);
        let path = settle(&mut network, Instant::ZERO, true, Duration::ZERO);
        assert_eq!(path, [Searching(Some(Instant::ZERO)), Home]);
    }
}
