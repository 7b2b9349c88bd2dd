//! PDP contexts: opened before active, or although the activation failed.

use super::{Out, form::fault};
use crate::{
    fact::{Fact, Outcome},
    line::{Command, Line},
    rules,
};
use at::syntax::Kind;

/// Numbers of contexts are below this.
const CONTEXTS: usize = 16;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Inactive,
    Active,
    Failed,
}

#[derive(Default)]
pub(crate) struct Topic {
    states: [State; CONTEXTS],
}

impl super::Topic for Topic {
    fn see(&mut self, fact: &Fact<'_>, out: &mut Out<'_>) {
        match fact {
            Fact::Result(line, outcome) => {
                if let (Outcome::Bad, Some(command)) = (outcome, line.only()) {
                    self.failed(command, out);
                }
                if outcome.may_be_good() {
                    line.commands.iter().for_each(|command| self.done(command));
                }
            }
            Fact::Info(line, text) => self.info(line, text),
            Fact::Urc(text) => self.urc(text),
            _ => {}
        }
    }
}

impl Topic {
    fn set(&mut self, context: Option<u32>, state: State) {
        let slot = context.and_then(|n| usize::try_from(n).ok()).and_then(|n| self.states.get_mut(n));
        if let Some(slot) = slot {
            *slot = state;
        }
    }

    fn state(&self, context: Option<u32>) -> Option<State> {
        self.states.get(usize::try_from(context?).ok()?).copied()
    }

    fn done(&mut self, command: &Command) {
        if command.kind != Kind::Set {
            return;
        }
        match (command.name(), command.number(0)) {
            ("+QIACT", context) => self.set(context, State::Active),
            ("+QIDEACT", context) => self.set(context, State::Inactive),
            ("+CGACT", Some(0)) => self.set(command.number(1), State::Inactive),
            ("+CGACT", Some(_)) => self.set(command.number(1), State::Active),
            ("+CFUN", Some(0 | 4)) | ("+CGATT", Some(0)) => self.states = Default::default(),
            _ => {}
        }
    }

    fn failed(&mut self, command: &Command, out: &mut Out<'_>) {
        let context = command.number(0);
        match (command.name(), self.state(context)) {
            ("+QIACT", Some(State::Inactive)) if fault(command).is_none() => {
                self.set(context, State::Failed);
            }
            ("+QSSLOPEN" | "+QIOPEN", Some(state @ (State::Inactive | State::Failed)))
                if command.kind == Kind::Set && fault(command).is_none() =>
            {
                let rule = match state {
                    State::Failed => &rules::OPEN_AFTER_FAILED_ACTIVATION,
                    _ => &rules::OPEN_BEFORE_ACTIVATION,
                };
                out.find(rule, format!("AT{} with context {}", command.typed, context.unwrap_or_default()));
            }
            _ => {}
        }
    }

    /// `+QIACT: 1,1,1,"10.7.157.1"`
    fn info(&mut self, line: &Line, text: &str) {
        let asked = line.commands.iter().any(|c| c.name() == "+QIACT" && c.kind == Kind::Read);
        if let Some(rest) = text.strip_prefix("+QIACT: ").filter(|_| asked) {
            let mut fields = rest.split(',').map(|field| field.parse().ok());
            let (context, active) = (fields.next().flatten(), fields.next().flatten());
            if active == Some(1) {
                self.set(context, State::Active);
            }
        }
    }

    fn urc(&mut self, text: &str) {
        let numbers = |rest: &str| {
            let mut fields = rest.split(',').map(|field| field.parse().ok());
            (fields.next().flatten(), fields.next().flatten())
        };
        if text == "RDY" || text == "POWERED DOWN" {
            self.states = Default::default();
        } else if let Some(rest) = text.strip_prefix("+QIURC: \"pdpdeact\",") {
            self.set(rest.parse().ok(), State::Inactive);
        } else if let Some((context, error)) = text.strip_prefix("+QIACTEX: ").map(numbers) {
            self.set(context, if error == Some(0) { State::Active } else { State::Failed });
        } else if let Some((context, Some(0))) = text.strip_prefix("+QIDEACTEX: ").map(numbers) {
            self.set(context, State::Inactive);
        }
    }
}
