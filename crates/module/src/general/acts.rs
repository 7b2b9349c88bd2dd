//! The general part at work in the module: the start, what the operator does, and what follows from both.

use super::{
    Domain, Functionality, General, nv,
    power::{Power, Step},
    sim::{Card, CardState},
};
use crate::{
    contract::{FaultPoint, Operator, SimCard},
    events::Event,
    pdp::PdpId,
    socket::{Conn, Loss},
    state::Core,
};
use alloc::{format, string::String, vec::Vec};
use at::time::Instant;
use core::time::Duration;

/// Codes that wait for their port; more only when nobody reads.
const MAX_CODES: usize = 64;

impl Core {
    /// Something to tell on the port that takes general codes.
    pub fn announce(&mut self, code: impl Into<String>) {
        let code = code.into();
        if self.general.codes.len() < MAX_CODES {
            self.general.codes.push_back(code);
        } else {
            let port = self.first_port();
            self.event(Event::Dropped { port, what: code.into_bytes() });
        }
    }

    /// A code of `+QIND`, if `AT+QINDCFG` wants it.
    fn indicate(&mut self, item: nv::Indication, code: impl Into<String>) {
        if self.nv.indicates(item) {
            self.announce(code);
        }
    }

    /// Power-on: the start begins.
    pub fn power_on(&mut self, now: Instant) {
        self.general.power = Power::Booting;
        self.general.done = None;
        self.plan(now, Step::Ready);
        self.advance(now);
    }

    /// `POWERED DOWN` is to come.
    pub fn fall(&mut self, now: Instant) {
        let delay = Duration::from_millis(u64::from(self.delays.power_down));
        self.general.power = Power::Falling(now + delay);
    }

    /// The SIM starts anew: after power-on, `AT+CFUN=1`, or when a card comes.
    pub fn start_sim(&mut self, now: Instant) {
        if let Some(card) = &mut self.general.card {
            card.reset();
        }
        self.general.done = Some(Step::Function);
        self.plan(now, Step::Sim);
        self.advance(now);
    }

    fn plan(&mut self, now: Instant, step: Step) {
        self.general.next_step = Some((step, now + step.delay(self.delays)));
    }

    /// Does what is due of the start and of registration.
    pub fn advance(&mut self, now: Instant) {
        while let Some((step, _)) = self.general.next_step.filter(|(_, at)| *at <= now) {
            self.take_step(now, step);
        }
        self.register(now);
    }

    fn take_step(&mut self, now: Instant, step: Step) {
        self.general.next_step = None;
        self.general.done = Some(step);
        match step {
            Step::Ready => {
                self.general.power = Power::On;
                self.announce("RDY");
            }
            Step::Function => self.announce("+CFUN: 1"),
            Step::Sim => {
                let Some(card) = &self.general.card else { return self.announce("+CPIN: NOT READY") };
                let state = card.state();
                self.announce(format!("+CPIN: {}", wanted(state)));
                if state != CardState::Ready {
                    // AT+CPIN goes on.
                    return;
                }
            }
            Step::Usim => self.announce("+QUSIM: 1"),
            Step::Messages => self.indicate(nv::Indication::All, "+QIND: SMS DONE"),
            Step::PhoneBook => self.indicate(nv::Indication::All, "+QIND: PB DONE"),
        }
        if let Some(next) = step.next() {
            self.plan(now, next);
        }
    }

    /// The card has what it wants.
    pub fn unlocked(&mut self, now: Instant) {
        self.announce("+CPIN: READY");
        self.plan(now, Step::Usim);
        self.advance(now);
    }

    /// Lets registration follow from what it depends on, and tells.
    pub fn register(&mut self, now: Instant) {
        let search = Duration::from_millis(u64::from(self.delays.search));
        loop {
            let allowed = self.general.may_register();
            let was = self.general.network.state();
            let Some(state) = self.general.network.step(now, allowed, search) else { return };
            if was.is_registered() && !state.is_registered() {
                let by_host = self.general.functionality != Functionality::Full;
                self.lose_contexts(if by_host { Loss::Host } else { Loss::Network });
            }
            if was.number() != state.number() {
                Domain::ALL.into_iter().for_each(|domain| self.tell_registration(domain));
            }
            if state.is_registered() {
                if self.general.network_time.is_none() {
                    self.general.network_time = Some(self.clock.clone());
                }
                self.indicate(nv::Indication::Access, "+QIND: \"act\",\"LTE\"");
            }
        }
    }

    /// The URC of a registration, if the host wants it.
    pub(crate) fn tell_registration(&mut self, domain: Domain) {
        let n = self.registration_format(domain);
        if n != 0 {
            let code = format!("{}: {}", domain.name(), self.shown_registration(domain));
            self.announce(code);
        }
    }

    /// `n` of `AT+CREG=n`.
    pub(crate) fn registration_format(&self, domain: Domain) -> u32 {
        self.general.registration_format.get(domain as usize).copied().unwrap_or_default()
    }

    /// `<stat>`, and with format 2 the cell.
    pub(crate) fn shown_registration(&self, domain: Domain) -> String {
        let state = self.general.registration(domain);
        let [area, cell] = self.profile.cell;
        match (self.registration_format(domain), state.is_registered()) {
            (2, true) => format!("{},\"{area}\",\"{cell}\",7", state.number()),
            _ => format!("{}", state.number()),
        }
    }

    /// Every PDP context ends: by the host, or by the network if the host has not asked for it.
    pub fn lose_contexts(&mut self, loss: Loss) {
        let active: Vec<PdpId> = self.pdp.active().collect();
        active.into_iter().for_each(|pdp| match loss {
            Loss::Host => self.deactivate(pdp),
            Loss::Network => self.lose_pdp(pdp),
        });
    }

    /// `AT+CFUN`.
    pub fn set_functionality(&mut self, now: Instant, level: Functionality) {
        let was = self.general.functionality;
        self.general.functionality = level;
        if was == Functionality::Minimum && level != Functionality::Minimum {
            self.start_sim(now);
        }
        if level == Functionality::Minimum {
            self.general.next_step = None;
            self.general.done = Some(Step::Function);
        }
        self.advance(now);
    }

    /// Somebody beside the module acts. PWRKEY and RESET_N are for the module, which owns the ports.
    pub fn operate(&mut self, now: Instant, order: Operator) {
        match order {
            Operator::ShutDown => self.close_all(),
            // These are for the module, which owns the ports.
            Operator::PowerKey | Operator::Reset | Operator::PowerCut | Operator::PowerOn => {}
            Operator::ClockJump(seconds) => {
                self.clock.set_unix(now, self.clock.unix(now).saturating_add(seconds));
            }
            Operator::Fault(_, _, FaultPoint::PlainAlert(conn)) => {
                if let Some(tls) = self.conn_mut(conn).and_then(Conn::tls) {
                    tls.pretend(tls::Pretend::PlainAlert);
                }
            }
            Operator::Fault(fault, by, point) => {
                self.points.set(fault, by, point);
                self.files.is_full = self.points.memory_is_full().is_some();
            }
            Operator::FaultOver(fault) => {
                self.points.clear(fault);
                self.files.is_full = self.points.memory_is_full().is_some();
            }
            Operator::Sim(card) => self.change_card(now, card.as_ref()),
            Operator::Signal(signal) => {
                let before = self.general.signal();
                self.general.network.signal = if signal <= 31 { signal } else { 99 };
                let shown = self.general.signal();
                if before != shown && self.general.is_up() {
                    self.indicate(nv::Indication::Signal, format!("+QIND: \"csq\",{shown},99"));
                }
            }
            Operator::Coverage(coverage) => {
                self.general.network.coverage = coverage;
                self.register(now);
            }
            Operator::LosePdp(id) => {
                if let Some(pdp) = PdpId::new(u32::from(id)) {
                    self.lose_pdp(pdp);
                }
            }
            Operator::RefusePdp(refuses) => self.general.network.refuses_pdp = refuses,
            Operator::NetworkTime(unix, zone) => self.hear_time(now, unix, zone),
            Operator::Clock(unix) => self.clock.set_unix(now, unix),
        }
    }

    fn change_card(&mut self, now: Instant, card: Option<&SimCard>) {
        let had = self.general.card.is_some();
        self.general.card = card.map(Card::new);
        if !self.general.has_done(Step::Function) || !self.general.is_up() {
            // The start will find it.
            return;
        }
        let has = self.general.card.is_some();
        if self.general.sim_status && had != has {
            self.announce(format!("+QSIMSTAT: 1,{}", u8::from(has)));
        }
        self.general.next_step = None;
        self.general.done = Some(Step::Function);
        if had {
            self.announce("+CPIN: NOT READY");
            self.register(now);
        }
        match (has, self.general.functionality) {
            (false, _) => self.general.done = Some(Step::Sim),
            (true, Functionality::Minimum) => {}
            (true, Functionality::Full | Functionality::Airplane) => self.start_sim(now),
        }
    }

    /// The network tells the time (`AT+CTZU`, `AT+CTZR`, `AT+QLTS`).
    fn hear_time(&mut self, now: Instant, unix: i64, zone: i8) {
        if !self.general.registered() {
            return;
        }
        let clock = crate::clock::Clock::at_zone(unix, zone, now);
        if self.nv.time_zone_update != 0 {
            self.clock = clock.clone();
        }
        match self.nv.time_zone_report {
            0 => {}
            1 => self.announce(format!("+CTZV: \"{}\"", clock.zone_text())),
            _ => self.announce(format!("+CTZE: \"{}\",0,\"{}\"", clock.zone_text(), clock.utc_stamp(now))),
        }
        self.general.network_time = Some(clock);
    }

    /// When [`Core::advance`] has something to do.
    pub fn general_deadline(&self) -> Option<Instant> {
        let falling = match self.general.power {
            Power::Falling(at) => Some(at),
            Power::Off | Power::Booting | Power::On => None,
        };
        let step = self.general.next_step.map(|(_, at)| at);
        [falling, step, self.general.network.deadline()].into_iter().flatten().min()
    }

    /// A restart: everything but card, network and time.
    pub fn restart_general(&mut self) {
        let mut network = self.general.network.clone();
        network.forget();
        let network_time = self.general.network_time.take();
        let mut card = self.general.card.take();
        card.iter_mut().for_each(Card::reset);
        self.general = General { network, network_time, ..General::volatile(self.profile, card, &self.nv) };
    }
}

/// What `AT+CPIN?` calls it.
pub(crate) fn wanted(state: CardState) -> &'static str {
    match state {
        CardState::Ready => "READY",
        CardState::Pin => "SIM PIN",
        CardState::Puk => "SIM PUK",
        CardState::Blocked => "NOT READY",
    }
}
