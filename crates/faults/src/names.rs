//! What faults do to name queries.

use crate::{
    active::Active,
    effect::{Dns, Effect},
    table::Family,
};
use core::time::Duration;
use module::{DnsFailure, Injected, Names, QueryId};

/// For how many seconds a wrong answer holds.
const TTL: u32 = 60;

/// A query, and for whom it is.
pub(crate) struct Asked<'a> {
    pub(crate) query: QueryId,
    pub(crate) client: Option<u8>,
    pub(crate) name: &'a str,
}

/// What becomes of a query.
pub(crate) enum Fate {
    /// The world is asked, and answers so much later.
    Asked { late: Duration },
    /// A fault answers.
    Answered { late: Duration, result: Result<Names, DnsFailure>, blame: Injected },
    /// Nobody is asked until this fault is over.
    Held { by: u32, blame: Injected },
}

/// Asks the faults in the order in which they were asked for; the first that answers does.
pub(crate) fn fate(actives: &mut [Active], asked: &Asked<'_>) -> Fate {
    let mut late = Duration::ZERO;
    for active in actives {
        let target = &active.fault.target;
        let is_meant = active.is_on
            && active.fault.row.family == Family::Dns
            && target.client.is_none_or(|client| asked.client == Some(client))
            && target.host.as_ref().is_none_or(|host| host.eq_ignore_ascii_case(asked.name));
        if !is_meant || !active.chance.strikes() {
            continue;
        }
        active.hits += 1;
        let blame = active.injected();
        let result = match &active.fault.effect {
            Effect::Delay(span) => {
                late += span.draw(&mut active.chance.random);
                continue;
            }
            Effect::Dns(Dns::Silence) => return Fate::Held { by: active.id, blame },
            Effect::Dns(Dns::NotFound) => Err(DnsFailure::NotFound),
            Effect::Dns(Dns::Unreachable) => Err(DnsFailure::Unreachable("SERVFAIL".into())),
            Effect::Dns(Dns::Wrong(address)) => Ok(Names { addresses: vec![*address], ttl: TTL }),
            _ => continue,
        };
        return Fate::Answered { late, result, blame };
    }
    Fate::Asked { late }
}
