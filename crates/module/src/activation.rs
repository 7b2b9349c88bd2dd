//! Activating a PDP context (D25), and asking a network again that refuses (`AT+QICFG="pdp/retry"`).

use crate::{
    cause::{Bearer, Cause, NetworkCause},
    contract::PortId,
    errors::ErrorCode,
    events::Event,
    pdp::{PdpContexts, PdpId},
    state::Core,
    tcpip::Failed,
};
use alloc::{format, string::String};
use at::time::Instant;
use core::time::Duration;

/// An activation that the network has refused and will be asked for again.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// How often it will be asked at most.
    left: u32,
    /// When it is asked next.
    at: Instant,
    /// Time between two.
    period: Duration,
    /// Who waits for the result.
    waiter: Waiter,
}

/// Who waits for the result of an activation.
#[derive(Clone, Copy, Debug)]
pub enum Waiter {
    /// The port that `AT+QIACT` came from.
    Port,
    /// `AT+QIACTEX` of this port tells by URC; with type and address or not.
    Urc(PortId, bool),
}

/// What an activation has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// The context is active.
    Active,
    /// The network has refused, and will be asked again.
    Trying,
}

impl Core {
    /// Activates a context for a host.
    pub fn activate(&mut self, now: Instant, id: PdpId, waiter: Waiter) -> Result<Activation, Failed> {
        if self.pdp.get(id).attempt.is_some() {
            return Err((ErrorCode::Busy, "the network is being asked for this context already".into()));
        }
        let [count, seconds] = self.options.activation_retries.unwrap_or(self.delays.pdp_retries);
        match self.try_activate(id) {
            Err((_, cause)) if count > 0 && cause == Bearer::Refused.into() => {
                let period = Duration::from_secs(seconds.into());
                self.pdp.get_mut(id).attempt =
                    Some(Attempt { left: count, at: now + period, period, waiter });
                Ok(Activation::Trying)
            }
            result => result.map(|()| Activation::Active),
        }
    }

    /// Activates a context, or says why not.
    fn try_activate(&mut self, id: PdpId) -> Result<(), Failed> {
        let pdp = id.number();
        let context = self.pdp.get(id);
        let refusal: (ErrorCode, Cause) = if context.active {
            (ErrorCode::NotAllowed, NetworkCause::PdpActive { pdp }.into())
        } else if !self.pdp.has_room() {
            (ErrorCode::OpenPdpFailed, NetworkCause::PdpTooMany.into())
        } else if let Err(why) = self.general.bearer() {
            (ErrorCode::OpenPdpFailed, why.into())
        } else if context.lost {
            (ErrorCode::NotAllowed, NetworkCause::PdpLost { pdp }.into())
        } else {
            self.pdp.get_mut(id).active = true;
            return Ok(());
        };
        Err(refusal)
    }

    /// When the network is asked again.
    pub fn activation_deadline(&self) -> Option<Instant> {
        PdpContexts::ids().filter_map(|id| Some(self.pdp.get(id).attempt.as_ref()?.at)).min()
    }

    /// Asks again where it is time to.
    pub fn activation_tick(&mut self, now: Instant) {
        for id in PdpContexts::ids() {
            let due = self.pdp.get_mut(id).attempt.take_if(|attempt| attempt.at <= now);
            let Some(mut attempt) = due else { continue };
            attempt.left -= 1;
            attempt.at = now + attempt.period;
            match self.try_activate(id) {
                Err((_, cause)) if attempt.left > 0 && cause == Bearer::Refused.into() => {
                    self.pdp.get_mut(id).attempt = Some(attempt);
                }
                result => self.activation_over(id, attempt.waiter, result),
            }
        }
    }

    /// The host does not want the context any more that the network is being asked for.
    pub fn give_up_activation(&mut self, id: PdpId) {
        if let Some(attempt) = self.pdp.get_mut(id).attempt.take() {
            let cause = NetworkCause::PdpDeactivated { pdp: id.number() };
            self.activation_over(id, attempt.waiter, Err((ErrorCode::PdpBroken, cause.into())));
        }
    }

    fn activation_over(&mut self, id: PdpId, waiter: Waiter, result: Result<(), Failed>) {
        match waiter {
            Waiter::Urc(port, shows) => self.tell_activation(id, port, shows, result),
            Waiter::Port => self.pdp.get_mut(id).outcome = Some(result),
        }
    }

    /// The result of `AT+QIACTEX`.
    pub fn tell_activation(&mut self, id: PdpId, port: PortId, shows: bool, result: Result<(), Failed>) {
        let code = match result {
            Ok(()) => ErrorCode::Success,
            Err((code, cause)) => {
                self.event(Event::ErrandFailed { command: "+QIACTEX", code, cause });
                code
            }
        };
        let shown = match code {
            ErrorCode::Success if shows => {
                format!(",{},{}", self.pdp.get(id).kind, self.pdp.addresses(id))
            }
            _ => String::new(),
        };
        self.report(port, format!("+QIACTEX: {},{}{shown}", id.number(), code.code()));
    }
}
