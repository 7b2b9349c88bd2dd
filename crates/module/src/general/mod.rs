//! What stands behind the general commands: power and start, SIM, registration, indications. The operator acts
//! here too. Identity and the network's names are the profile's; what survives a restart is in `nv`.

mod acts;
pub(crate) mod network;
pub(crate) mod nv;
pub(crate) mod power;
pub(crate) mod sim;

use crate::{
    cause::{Bearer, Cause},
    clock::Clock,
    contract::{Coverage, Setup, Timing},
    errors::cme,
    profile::Profile,
};
use alloc::{collections::VecDeque, string::String};
use at::{result::Cme, time::Instant};
use network::{Network, Registration};
use nv::{Line, Nv};

pub(crate) use acts::wanted;
use power::{Power, Step};
use sim::{Card, CardState};

/// `AT+CFUN`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Functionality {
    /// 0: minimum; the SIM is off.
    Minimum,
    /// 1: full.
    Full,
    /// 4: the radio is off.
    Airplane,
}

impl Functionality {
    /// The number of `AT+CFUN`.
    pub const fn number(self) -> u8 {
        match self {
            Functionality::Minimum => 0,
            Functionality::Full => 1,
            Functionality::Airplane => 4,
        }
    }
}

/// Which registration a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Domain {
    /// `AT+CREG`
    Circuit = 0,
    /// `AT+CGREG`
    Packet = 1,
    /// `AT+CEREG`
    Eps = 2,
}

impl Domain {
    /// All, in the order in which they are reported.
    pub(crate) const ALL: [Domain; 3] = [Domain::Circuit, Domain::Packet, Domain::Eps];

    /// The name in front of its codes.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Domain::Circuit => "+CREG",
            Domain::Packet => "+CGREG",
            Domain::Eps => "+CEREG",
        }
    }
}

/// `<mode>` of `AT+COPS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// 0: the module chooses.
    Automatic,
    /// 1: the host has chosen.
    Manual,
    /// 2: not registered, at the host's wish.
    Deregistered,
}

impl Selection {
    /// The number of `AT+COPS`.
    pub const fn number(self) -> u8 {
        match self {
            Selection::Automatic => 0,
            Selection::Manual => 1,
            Selection::Deregistered => 2,
        }
    }
}

/// What the general commands have set, and what is behind them. Everything but the card, the network and its time
/// is as after power-on when the module restarts.
#[derive(Clone, Debug)]
pub struct General {
    /// Is the module alive?
    pub power: Power,
    /// The step of the start that comes next, and when.
    pub next_step: Option<(Step, Instant)>,
    /// The last step that is done.
    pub done: Option<Step>,
    /// `AT+CFUN`.
    pub functionality: Functionality,
    /// What is in the SIM holder.
    pub card: Option<Card>,
    /// Registration.
    pub network: Network,
    /// `n` of `AT+CREG`, `AT+CGREG`, `AT+CEREG`.
    pub registration_format: [u32; 3],
    /// `AT+COPS`.
    pub selection: Selection,
    /// `AT+COPS=3,<format>`.
    pub operator_format: u32,
    /// `AT+CGATT`: the host wants packet service.
    pub attached: bool,
    /// `AT+QSIMSTAT=1`: changes of the SIM holder are told.
    pub sim_status: bool,
    /// `AT+QSCLK`.
    pub sleep: u32,
    /// `AT+IPR`, `AT+IFC`.
    pub line: Line,
    /// `AT+ICF`: format and parity.
    pub framing: (u32, Option<u32>),
    /// `AT+CEER`.
    pub last_failure: Option<Cause>,
    /// What the network has told of the time.
    pub network_time: Option<Clock>,
    /// Codes that wait for the port that takes them.
    pub codes: VecDeque<String>,
}

impl General {
    /// A module that has been running for long, or one that is off: as the timing says.
    pub fn new(profile: &Profile, setup: &Setup, clock: &Clock, nv: &Nv) -> General {
        let running = setup.timing == Timing::Instant;
        let card = setup.sim.as_ref().map(Card::new);
        let ready = card.as_ref().is_some_and(|card| card.state() == CardState::Ready);
        General {
            power: if running { Power::On } else { Power::Off },
            done: running.then_some(if ready { Step::PhoneBook } else { Step::Sim }),
            network: Network::new(profile.signal, running && ready),
            network_time: (running && ready).then(|| clock.clone()),
            ..General::volatile(profile, card, nv)
        }
    }

    fn volatile(profile: &Profile, card: Option<Card>, nv: &Nv) -> General {
        General {
            power: Power::Off,
            next_step: None,
            done: None,
            functionality: Functionality::Full,
            card,
            network: Network::new(profile.signal, false),
            registration_format: nv.profile.registration_format,
            line: nv.profile.line,
            selection: Selection::Automatic,
            operator_format: 0,
            attached: true,
            sim_status: false,
            sleep: 0,
            framing: (3, None),
            last_failure: None,
            network_time: None,
            codes: VecDeque::new(),
        }
    }

    /// Is the host heard?
    pub fn is_up(&self) -> bool {
        self.power == Power::On
    }

    /// Has this step of the start been done?
    pub fn has_done(&self, step: Step) -> bool {
        self.done.is_some_and(|done| done as u8 >= step as u8)
    }

    /// The card, if commands can reach it.
    pub fn card(&mut self) -> Result<&mut Card, Cme> {
        if self.functionality == Functionality::Minimum {
            return Err(cme::SIM_FAILURE);
        }
        let found = self.has_done(Step::Sim);
        let card = self.card.as_mut().ok_or(cme::NO_SIM)?;
        if found { Ok(card) } else { Err(cme::SIM_BUSY) }
    }

    /// The card, if it is ready to work.
    pub fn ready_card(&mut self) -> Result<&mut Card, Cme> {
        let card = self.card()?;
        match card.state() {
            CardState::Ready => Ok(card),
            CardState::Pin => Err(cme::SIM_PIN),
            CardState::Puk => Err(cme::SIM_PUK),
            CardState::Blocked => Err(cme::SIM_FAILURE),
        }
    }

    /// May the module look for a network?
    fn may_register(&mut self) -> bool {
        self.is_up()
            && self.functionality == Functionality::Full
            && self.selection != Selection::Deregistered
            && self.ready_card().is_ok()
    }

    /// Where the registration of a domain is.
    pub(crate) fn registration(&self, domain: Domain) -> Registration {
        match domain {
            Domain::Packet | Domain::Eps if !self.attached && self.registered() => Registration::Idle,
            Domain::Circuit | Domain::Packet | Domain::Eps => self.network.state(),
        }
    }

    /// Is there service?
    pub fn registered(&self) -> bool {
        self.network.state().is_registered()
    }

    /// May a PDP context be activated? Else why not.
    pub fn bearer(&self) -> Result<(), Bearer> {
        match self.network.state() {
            _ if self.functionality != Functionality::Full => Err(Bearer::RadioOff),
            Registration::Idle => Err(Bearer::NotRegistered),
            Registration::Searching(_) => Err(Bearer::Searching),
            Registration::Denied => Err(Bearer::Denied),
            Registration::Home | Registration::Roaming if !self.attached => Err(Bearer::NotAttached),
            Registration::Home | Registration::Roaming if self.network.refuses_pdp => Err(Bearer::Refused),
            Registration::Home | Registration::Roaming => Ok(()),
        }
    }

    /// Signal strength as `AT+CSQ` prints it.
    pub fn signal(&self) -> u8 {
        let hears = self.functionality == Functionality::Full && self.network.coverage != Coverage::None;
        if hears { self.network.signal } else { 99 }
    }
}
