//! Echo requests of a run, and what became of them.

use module::{NetFailure, Pong, QueryId};
use std::{collections::HashMap, net::IpAddr, time::Duration};

/// Nothing comes.
pub(super) const SILENT: &str = "silent";

/// Addresses of which it is remembered what the file says.
const MOST: usize = 1000;

#[derive(Default)]
pub(super) struct Echoes {
    /// The request that is on its way, and since when.
    asked: Option<(QueryId, u16, Duration)>,
    /// What the file says of addresses.
    told: HashMap<IpAddr, String>,
}

impl Echoes {
    pub(super) fn ask(&mut self, query: QueryId, sequence: u16, at: Duration) {
        self.asked = Some((query, sequence, at));
    }

    /// What has become of a request, in the words of a scenario.
    pub(super) fn answer(
        &mut self,
        query: QueryId,
        sequence: u16,
        at: Duration,
        result: &Result<Pong, NetFailure>,
    ) -> Option<String> {
        let (.., since) = self.asked.take_if(|(known, number, _)| (*known, *number) == (query, sequence))?;
        let micros = (at - since.min(at)).as_micros();
        let late = format!("{}.{:03}ms", micros / 1000, micros % 1000);
        Some(match result {
            Ok(pong) if pong.ttl == 255 => late,
            Ok(pong) => format!("{late} ttl={}", pong.ttl),
            Err(NetFailure::Denied(_) | NetFailure::NoSocket(_)) => format!("denied {late}"),
            Err(NetFailure::Unreachable | NetFailure::Refused | NetFailure::Reset) => {
                format!("unreachable {late}")
            }
            Err(NetFailure::TimedOut) => SILENT.to_owned(),
            Err(NetFailure::InUse | NetFailure::Other(_)) => format!("failed {late}"),
        })
    }

    /// The line for it, if the file does not say so already.
    pub(super) fn line(&mut self, address: IpAddr, fate: &str) -> Option<String> {
        if self.told.get(&address).is_some_and(|told| told == fate) {
            return None;
        }
        if self.told.len() >= MOST {
            self.told.clear();
        }
        self.told.insert(address, fate.to_owned());
        Some(format!("ping {address} {fate}"))
    }
}
