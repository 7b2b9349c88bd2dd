//! Opens that are repeated without a pause.

use super::Out;
use crate::{
    SOCKETS,
    fact::{Fact, Outcome},
    line::Command,
    rules,
    watch::form::fault,
};
use at::time::Instant;
use std::collections::BTreeMap;

/// Places that are remembered; a host with more of them is none that repeats itself.
const MAX_PLACES: usize = 32;

#[derive(Default)]
pub(crate) struct Topic {
    /// Failures by place: when the last was, and how many opens in a row came right after one.
    failures: BTreeMap<String, (Instant, u32)>,
    /// Where the sockets are to go.
    places: [String; SOCKETS],
}

impl super::Topic for Topic {
    fn see(&mut self, fact: &Fact<'_>, out: &mut Out<'_>) {
        match fact {
            Fact::Line(line) => {
                for command in &line.commands {
                    if let Some((id, place)) = target(command) {
                        self.begins(id, &place, out);
                    }
                }
            }
            Fact::Result(line, outcome) => {
                for command in &line.commands {
                    match (target(command), outcome) {
                        (Some((_, place)), Outcome::Bad) => self.fails(&place, out.now),
                        (Some((_, place)), Outcome::Good(_)) if command.goes_online() => {
                            self.failures.remove(&place);
                        }
                        _ => {}
                    }
                }
            }
            Fact::Urc(text) => {
                let rest = text.strip_prefix("+QSSLOPEN: ").or_else(|| text.strip_prefix("+QIOPEN: "));
                let fields = rest.and_then(|rest| rest.split_once(','));
                let Some((Ok(id), error)) = fields.map(|(id, error)| (id.parse::<usize>(), error)) else {
                    return;
                };
                let place = self.places.get(id).cloned().unwrap_or_default();
                match error {
                    "0" => {
                        self.failures.remove(&place);
                    }
                    _ => self.fails(&place, out.now),
                }
            }
            _ => {}
        }
    }
}

impl Topic {
    fn begins(&mut self, id: u8, place: &str, out: &mut Out<'_>) {
        if let Some(slot) = self.places.get_mut(usize::from(id)) {
            slot.replace_range(.., place);
        }
        let rule = &rules::OPEN_RETRY_NO_BACKOFF;
        if let Some((last, times)) = self.failures.get_mut(place) {
            *times = if out.now.since(*last) < rule.time() { *times + 1 } else { 0 };
            if *times == rule.times() {
                out.find(rule, format!("{place}, {times} times in a row"));
            }
        }
    }

    fn fails(&mut self, place: &str, now: Instant) {
        if self.failures.len() >= MAX_PLACES {
            self.failures.clear();
        }
        self.failures.entry(place.to_owned()).or_default().0 = now;
    }
}

/// What a command opens: the id, and where to.
fn target(command: &Command) -> Option<(u8, String)> {
    let (id, host, port) = match command.name() {
        "+QSSLOPEN" => (command.id(2)?, command.text(3)?, command.number(4)?),
        "+QIOPEN" => (command.id(1)?, command.text(3)?, command.number(4)?),
        _ => return None,
    };
    fault(command).is_none().then(|| (id, format!("{host}:{port}")))
}
