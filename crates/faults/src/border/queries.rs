//! What the module asks: names, and echoes.

use super::{Border, Held, MOST_LEFT};
use crate::{
    active::{Active, Way},
    effect::{Effect, Net, Span},
    names::{Asked, Fate},
    table::Family,
};
use at::time::Instant;
use core::time::Duration;
use module::{Action, Input, Module, NetFailure, Purpose, QueryId};

impl Border {
    /// An echo request.
    pub(super) fn echo(
        &mut self,
        now: Instant,
        query: QueryId,
        sequence: u16,
        purpose: &Purpose,
        action: Action,
    ) {
        let mut late = Duration::ZERO;
        let mut fate = None;
        for active in self.actives.iter_mut().filter(|active| active.concerns(purpose)) {
            let failure = match &active.fault.effect {
                Effect::Net(Net::Unreachable) => Some(NetFailure::Unreachable),
                Effect::Net(Net::Socket(failure)) => Some(failure.clone()),
                Effect::Net(Net::Timeout { .. } | Net::Lose) | Effect::Delay(_) => None,
                _ => continue,
            };
            if fate.is_some() || !active.chance.strikes() {
                continue;
            }
            active.hits += 1;
            match active.fault.effect {
                Effect::Delay(span) => late += both_ways(active, span),
                _ => {
                    fate = Some(failure);
                    self.blame.insert(None, active.injected());
                }
            }
        }
        match fate {
            Some(Some(failure)) => self.plan(now + late, Input::Pong(query, sequence, Err(failure)), None),
            Some(None) => {}
            None => {
                self.delay_answer((query, sequence), late);
                self.out.push_back(action);
            }
        }
    }

    /// The answer to this comes late.
    pub(super) fn delay_answer(&mut self, to: (QueryId, u16), late: Duration) {
        // Queries that are never answered must not add up.
        while self.late.len() >= MOST_LEFT {
            self.late.pop_first();
        }
        if !late.is_zero() {
            self.late.insert(to, late);
        }
    }

    pub(super) fn decide_name(&mut self, now: Instant, asked: &Asked<'_>, fate: Fate, action: Action) {
        match fate {
            Fate::Asked { late } => {
                self.delay_answer((asked.query, 0), late);
                self.out.push_back(action);
            }
            Fate::Answered { late, result, blame } => {
                self.blame.insert(asked.client, blame);
                self.plan(now + late, Input::Resolved(asked.query, result), None);
            }
            Fate::Held { by, blame } => {
                self.blame.insert(asked.client, blame);
                // Queries that the module has given up must not add up.
                if self.held.len() >= MOST_LEFT {
                    self.held.remove(0);
                }
                self.held.push(Held { action, by });
            }
        }
    }

    pub(super) fn answered(&mut self, now: Instant, module: &mut Module, to: (QueryId, u16), input: Input) {
        match self.late.remove(&to) {
            Some(late) => self.plan(now + late, input, None),
            None => self.arrive(now, module, input),
        }
    }
}

/// A delay for each way that the fault's direction includes.
pub(super) fn both_ways(active: &mut Active, span: Span) -> Duration {
    let mut total = Duration::ZERO;
    for way in [Way::Outward, Way::Inward] {
        if active.fault.row.family == Family::Net && active.goes(way) {
            total += span.draw(&mut active.chance.random);
        }
    }
    total
}
