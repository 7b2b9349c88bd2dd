//! The last failures of a module, each with its remedy: what the AT port does not say.
//!
//! A failure is a plain value with the names of the trace's fields, so what a trace, the control interface and a handle tell
//! of a failure is the same. `docs/why.md` has what there is.

use crate::{
    redact::{Secrets, discreet},
    watch::Stamp,
};
use module::{Event, Failure as Told};
use serde::{Deserialize, Serialize};
use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How many are kept.
pub const KEPT: usize = 16;

/// A failure: when, whose, what the host was told, why, and what helps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// Seconds since the module started.
    pub t: f64,
    /// Seconds since 1970 UTC by the clock of this machine.
    pub unix: f64,
    /// The port of the command, if it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<String>,
    /// The command, without `AT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// clientID or connectID, of a connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<u8>,
    /// Code of Table 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
    /// Number of `+CME ERROR`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cme: Option<u16>,
    /// What happened.
    pub cause: String,
    /// What helps.
    pub remedy: String,
    /// The kind of cause, as `docs/why.md` has it.
    pub reason: String,
    /// The fault that somebody has asked for and that it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// How often it has happened in a row; the times are those of the last.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub times: u32,
}

fn once() -> u32 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_once(times: &u32) -> bool {
    *times == 1
}

impl Failure {
    /// What of an event is a failure; secrets are left out.
    fn of(at: Stamp, event: &Event) -> Option<Failure> {
        let event = discreet(event, Secrets::Hidden);
        let cause = event.cause().filter(|cause| cause.is_failure())?;
        let seconds = |time: Duration| time.as_micros() as f64 / 1e6;
        let mut failure = Failure {
            t: seconds(at.elapsed),
            unix: seconds(at.unix),
            port: None,
            command: None,
            client: None,
            code: None,
            cme: None,
            cause: cause.to_string(),
            remedy: cause.remedy(),
            reason: cause.kind().name().into(),
            fault: cause.fault().map(Into::into),
            times: 1,
        };
        match &event {
            Event::Refused { port, command, failure: told, .. } => {
                failure.port = Some(port.name().into());
                failure.command = Some(command.clone());
                match told {
                    Told::Code(code) => failure.code = Some(code.code()),
                    Told::Cme(cme) => failure.cme = Some(cme.code),
                    Told::Plain => {}
                }
            }
            Event::ErrandFailed { command, code, .. } => {
                (failure.command, failure.code) = (Some((*command).into()), Some(code.code()));
            }
            Event::OpenFailed { client, code, .. } => {
                (failure.client, failure.code) = (Some(*client), Some(code.code()));
            }
            Event::Ended { client, .. } => failure.client = Some(*client),
            _ => {}
        }
        Some(failure)
    }

    /// The same but for the time.
    fn repeats(&self, other: &Failure) -> bool {
        let Failure { t, unix, times, .. } = other;
        *other == Failure { t: *t, unix: *unix, times: *times, ..self.clone() }
    }

    /// Adds a failure to a list that keeps the last `most`; one that repeats the last takes its place.
    pub fn add_to(mut self, list: &mut VecDeque<Failure>, most: usize) {
        if let Some(last) = list.pop_back_if(|last| self.repeats(last)) {
            self.times += last.times;
        }
        if list.len() >= most {
            list.pop_front();
        }
        list.push_back(self);
    }
}

/// One line: `12.503122 socket 4 566: what happened: what helps [reason]`.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>11.6}", self.t)?;
        if let Some(port) = &self.port {
            write!(f, " {port}")?;
        }
        if let Some(command) = &self.command {
            write!(f, " AT{command}")?;
        }
        if let Some(client) = self.client {
            write!(f, " socket {client}")?;
        }
        match (self.code, self.cme) {
            (Some(code), _) => write!(f, " {code}")?,
            (None, Some(cme)) => write!(f, " CME {cme}")?,
            (None, None) => {}
        }
        write!(f, ": {}: {} [{}]", self.cause, self.remedy, self.reason)?;
        if self.times > 1 { write!(f, " ({} times)", self.times) } else { Ok(()) }
    }
}

/// The last failures of one module. Clones are of the same list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Failures(Arc<Mutex<VecDeque<Failure>>>);

impl Failures {
    /// Remembers an event if it tells of a failure.
    pub(crate) fn note(&self, at: Stamp, event: &Event) {
        if let Some(failure) = Failure::of(at, event) {
            failure.add_to(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner), KEPT);
        }
    }

    /// The oldest first.
    pub(crate) fn list(&self) -> Vec<Failure> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use module::{AtPort, ErrorCode, NetworkCause};

    fn stamp(millis: u64) -> Stamp {
        Stamp { elapsed: Duration::from_millis(millis), unix: Duration::from_secs(1_795_348_800) }
    }

    fn open_failed(client: u8) -> Event {
        let cause = NetworkCause::PdpLost { pdp: 1 }.into();
        Event::OpenFailed { client, code: ErrorCode::PdpBroken, cause }
    }

    #[test]
    fn the_last_sixteen_are_kept_and_repetitions_are_counted() {
        let failures = Failures::default();
        for n in 0..20 {
            failures.note(stamp(n), &open_failed(n as u8 % 12));
        }
        failures.note(stamp(100), &open_failed(7));
        failures.note(stamp(200), &Event::KeyLog("CLIENT_RANDOM".into()));
        let list = failures.list();
        assert_eq!((list.len(), list[0].client), (KEPT, Some(4)));
        assert_eq!(
            list[KEPT - 1].to_string(),
            "   0.100000 socket 7 570: the network deactivated the PDP context 1: \
             AT+QIDEACT=1, then AT+QIACT=1, then open again [pdp_lost] (2 times)"
        );
    }

    #[test]
    fn values_of_secret_parameters_are_left_out() {
        let failures = Failures::default();
        let what = "<pin> must be a string in quotes, not 1234".into();
        let cause = module::CommandCause::Parameter { command: "+CPIN", what }.into();
        let failure = Told::Code(ErrorCode::InvalidParameter);
        let event = Event::Refused { port: AtPort::Uart1, command: "+CPIN".into(), failure, cause };
        failures.note(stamp(1), &event);
        let [failure] = failures.list().try_into().unwrap();
        assert_eq!(
            failure.to_string(),
            "   0.001000 uart1 AT+CPIN 552: <pin> must be a string in quotes, not this: \
             AT+CPIN=? lists the parameters and their ranges [wrong_parameter]"
        );
    }
}
