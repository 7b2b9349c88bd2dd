//! `AT+QIDNSGIP`: the addresses of a name, one URC each.

use crate::{
    contract::{Names, PortId, QueryId},
    errors::ErrorCode,
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
    /// When it has taken too long.
    pub deadline: Instant,
}

impl Core {
    /// Begins to look a name up.
    pub fn look_up(&mut self, now: Instant, pdp: PdpId, name: String, port: PortId) -> Result<(), ErrorCode> {
        if self.errands.lookup.is_some() {
            return Err(ErrorCode::Busy);
        }
        if !self.pdp.get(pdp).active {
            return Err(ErrorCode::OpenPdpFailed);
        }
        let query = self.next_query();
        self.errands.lookup = Some(Lookup { query, pdp, port, deadline: now + LIMIT });
        match name.parse() {
            // An address is its own answer.
            Ok(address) => self.lookup_resolved(Ok(Names { addresses: alloc::vec![address], ttl: 0 })),
            Err(_) => self.resolve(query, pdp, name),
        }
        Ok(())
    }

    /// The lookup has ended.
    pub fn lookup_resolved(&mut self, result: Result<Names, ErrorCode>) {
        let Some(lookup) = self.errands.lookup.take() else { return };
        match result {
            Ok(names) => {
                let count = names.addresses.len();
                self.report(lookup.port, format!("+QIURC: \"dnsgip\",0,{count},{}", names.ttl));
                for address in names.addresses {
                    self.report(lookup.port, format!("+QIURC: \"dnsgip\",\"{address}\""));
                }
            }
            Err(code) => self.report(lookup.port, format!("+QIURC: \"dnsgip\",{}", code.code())),
        }
    }
}
