//! Asking for what the module tells by itself.

use super::Out;
use crate::{
    fact::Fact,
    line::Line,
    rules::{self, Rule},
};
use at::time::Instant;

#[derive(Default)]
pub(crate) struct Topic {
    /// What the last line asked for, when, and how often in a row.
    last: Option<(&'static Rule, Instant, u32)>,
}

impl super::Topic for Topic {
    fn see(&mut self, fact: &Fact<'_>, out: &mut Out<'_>) {
        let Fact::Line(line) = fact else { return };
        self.last = asks(line).map(|rule| {
            let times = match self.last {
                Some((same, at, times)) if same == rule && line.at.since(at) < rule.time() => times + 1,
                _ => 1,
            };
            if times == rule.times() {
                out.find(rule, format!("{} and the {} before it", super::early::shown(line), times - 1));
            }
            (rule, line.at, times)
        });
    }
}

/// The rule under which the line falls if it is repeated.
fn asks(line: &Line) -> Option<&'static Rule> {
    match line.only()?.name() {
        "+QSSLSTATE" | "+QISTATE" => Some(&rules::POLLING_STATE),
        "+CREG" | "+CGREG" | "+CEREG" | "+CSQ" | "+QNWINFO" | "+CGATT" => Some(&rules::POLLING_NETWORK),
        _ => None,
    }
}
