//! What somebody beside the module has done, as lines of a scenario.

use super::Scribe;
use crate::redact::Secrets;
use module::{Coverage, Operator};
use scenario::transcript::utc;

/// The words behind `operator`; nothing if a scenario has none for it.
pub(super) fn line(act: &Operator, secrets: Secrets, scribe: &Scribe) -> Option<String> {
    Some(match act {
        Operator::LosePdp(id) => format!("pdp lost {id}"),
        Operator::PowerKey => "power".into(),
        Operator::Reset => "reset".into(),
        Operator::Clock(unix) => format!("clock {}", utc(*unix)),
        Operator::Sim(None) => "sim removed".into(),
        Operator::Sim(Some(card)) => match &card.pin {
            Some(pin) if secrets == Secrets::Shown => format!("sim inserted {pin}"),
            Some(pin) => format!("sim inserted {}", scribe.pin(pin)),
            None => "sim inserted".into(),
        },
        Operator::Signal(rssi) => format!("signal {rssi}"),
        Operator::Coverage(coverage) => match coverage {
            Coverage::None => "network gone".into(),
            Coverage::Home => "network home".into(),
            Coverage::Roaming => "network roaming".into(),
            Coverage::Denied => "network denies".into(),
        },
        Operator::RefusePdp(refuses) => format!("pdp {}", if *refuses { "refused" } else { "accepted" }),
        Operator::NetworkTime(unix, zone) => format!("time {} {zone:+}", utc(*unix)),
        _ => return None,
    })
}
