//! `AT+QIDNSGIP`: the addresses of a name, one URC each.

use super::Failed;
use crate::{
    contract::{Names, PortId, QueryId},
    pdp::PdpId,
    state::Core,
};
use alloc::{format, string::String};
use at::time::Instant;
use core::time::Duration;

/// The longest that an answer may take.
const LIMIT: Duration = Duration::from_secs(60);

/// A name on its way.
pub struct Lookup {
    /// Its query.
    pub query: QueryId,
    /// By which context.
    pub pdp: PdpId,
    /// For whom.
    pub port: PortId,
    /// The name.
    pub name: String,
    /// When it has taken too long.
    pub deadline: Instant,
}

impl Core {
    /// Begins to look a name up.
    pub fn look_up(&mut self, now: Instant, pdp: PdpId, name: String, port: PortId) -> Result<(), Failed> {
        self.may_begin("+QIDNSGIP", self.errands.lookup.is_some(), pdp)?;
        let query = self.next_query();
        self.errands.lookup = Some(Lookup { query, pdp, port, name: name.clone(), deadline: now + LIMIT });
        match name.parse() {
            // An address is its own answer.
            Ok(address) => self.lookup_resolved(Ok(Names { addresses: alloc::vec![address], ttl: 0 })),
            Err(_) => self.resolve(now, query, pdp, name),
        }
        Ok(())
    }

    /// The lookup has ended.
    pub fn lookup_resolved(&mut self, result: Result<Names, Failed>) {
        let Some(lookup) = self.errands.lookup.take() else { return };
        match result {
            Ok(names) => {
                let count = names.addresses.len();
                self.report(lookup.port, format!("+QIURC: \"dnsgip\",0,{count},{}", names.ttl));
                for address in names.addresses {
                    self.report(lookup.port, format!("+QIURC: \"dnsgip\",\"{address}\""));
                }
            }
            Err(failed) => {
                let code = self.errand_failed("+QIDNSGIP", failed).code();
                self.report(lookup.port, format!("+QIURC: \"dnsgip\",{code}"));
            }
        }
    }

    /// The lookup has taken too long.
    pub fn lookup_waited(&mut self) {
        if let Some(Lookup { pdp, name, .. }) = &self.errands.lookup {
            self.lookup_resolved(Err(self.name_late(*pdp, name)));
        }
    }
}
