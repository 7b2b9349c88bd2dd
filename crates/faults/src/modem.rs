//! What faults do to the module itself, by what an operator can do.

use crate::{
    active::Active,
    effect::{Effect, Modem},
    fault::Fault,
};
use core::time::Duration;
use module::{Cause, Coverage, Failure, FaultPoint, NetworkCause, Operator, PROFILES, Setup, SimCard};

/// How a module is when nothing is wrong with it.
#[derive(Clone, Debug)]
pub(crate) struct Usual {
    card: Option<SimCard>,
    signal: u8,
    /// Which of several it is.
    pub(crate) unit: u32,
}

impl Usual {
    /// As it was set up.
    pub(crate) fn of(setup: &Setup) -> Usual {
        let profile = PROFILES.iter().find(|profile| profile.model == setup.model);
        let signal = profile.map_or(31, |profile| profile.signal);
        Usual { card: setup.sim.clone(), signal, unit: setup.unit }
    }
}

/// What is to be done when a fault begins, or has struck.
#[derive(Debug)]
pub(crate) struct Begin {
    pub(crate) order: Operator,
    /// And so much later.
    pub(crate) then: Option<(Duration, Operator)>,
}

/// A fault begins: what the operator does, if it strikes.
pub(crate) fn begin(active: &mut Active) -> Option<Begin> {
    let (id, by) = (active.id, active.injected());
    let modem = match &active.fault.effect {
        Effect::Modem(modem) if active.chance.strikes() => modem,
        Effect::Code { code, on } => {
            let skip = active.chance.gap()?;
            let point = FaultPoint::Code { on: *on, code: *code, skip };
            return Some(Begin { order: Operator::Fault(id, by, point), then: None });
        }
        _ => return None,
    };
    active.hits += 1;
    let mut then = None;
    let order = match modem {
        Modem::NoSim => Operator::Sim(None),
        Modem::Coverage(coverage) => Operator::Coverage(*coverage),
        Modem::Signal(signal) => Operator::Signal(*signal),
        Modem::PdpRefused => Operator::RefusePdp(true),
        Modem::PdpDrop(cid) => Operator::LosePdp(*cid),
        Modem::ClockJump(seconds) => Operator::ClockJump(*seconds),
        Modem::Point(point) => Operator::Fault(id, by, point.clone()),
        Modem::NoPower(lasts) => {
            then = Some((*lasts, Operator::PowerOn));
            Operator::PowerCut
        }
    };
    Some(Begin { order, then })
}

/// Is this failure what such a fault leads to?
pub(crate) fn leads_to(effect: &Effect, cause: &Cause) -> bool {
    let Effect::Modem(modem) = effect else { return false };
    match (modem, cause) {
        // SIM not inserted; no space.
        (Modem::NoSim, Cause::Result(Failure::Cme(cme))) => cme.code == 10,
        (Modem::Point(FaultPoint::MemoryFull), Cause::Result(Failure::Cme(cme))) => cme.code == 420,
        (
            Modem::NoSim | Modem::Coverage(_) | Modem::PdpRefused,
            Cause::Network(NetworkCause::NoBearer(_) | NetworkCause::PdpLost { .. }),
        ) => true,
        (Modem::PdpDrop(cid), Cause::Network(NetworkCause::PdpLost { pdp })) => pdp == cid,
        _ => false,
    }
}

/// A fault is over: what the operator puts back.
pub(crate) fn end(usual: &Usual, fault: &Fault, id: u32) -> Option<Operator> {
    match &fault.effect {
        Effect::Modem(modem) => match modem {
            Modem::NoSim => Some(Operator::Sim(usual.card.clone())),
            Modem::Coverage(_) => Some(Operator::Coverage(Coverage::Home)),
            Modem::Signal(_) => Some(Operator::Signal(usual.signal)),
            Modem::PdpRefused => Some(Operator::RefusePdp(false)),
            Modem::Point(_) => Some(Operator::FaultOver(id)),
            Modem::PdpDrop(_) | Modem::NoPower(_) | Modem::ClockJump(_) => None,
        },
        Effect::Code { .. } | Effect::Tls(_) => Some(Operator::FaultOver(id)),
        _ => None,
    }
}
