//! What the commands of document \[1\] do beside sockets: one lookup, one series of echo requests and one time query
//! at a time.

pub(crate) mod hex;
mod lookup;
pub(crate) mod ntp;
pub(crate) mod ping;

use crate::{
    contract::{DnsFailure, Names, QueryId},
    errors::ErrorCode,
    pdp::PdpId,
    socket::Conn,
    state::Core,
};
use at::time::Instant;

pub(crate) use lookup::Lookup;
pub(crate) use ntp::Ntp;
pub(crate) use ping::Ping;

/// What is on its way.
#[derive(Default)]
pub struct Errands {
    /// `AT+QIDNSGIP`
    pub lookup: Option<Lookup>,
    /// `AT+QPING`
    pub ping: Option<Ping>,
    /// `AT+QNTP`
    pub ntp: Option<Ntp>,
}

impl Errands {
    /// The connection of one of them.
    pub fn conn(&self) -> Option<&Conn> {
        self.ntp.as_ref().and_then(Ntp::conn)
    }

    /// The connection of one of them.
    pub fn conn_mut(&mut self) -> Option<&mut Conn> {
        self.ntp.as_mut().and_then(Ntp::conn_mut)
    }

    /// When one of them has waited long enough.
    pub fn deadline(&self) -> Option<Instant> {
        [
            self.lookup.as_ref().map(|lookup| lookup.deadline),
            self.ping.as_ref().map(|ping| ping.deadline),
            self.ntp.as_ref().map(|ntp| ntp.deadline),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

impl Core {
    /// A name query has ended.
    pub fn resolved(&mut self, now: Instant, query: QueryId, result: Result<Names, DnsFailure>) {
        if self.open_resolved(query, &result) {
            return;
        }
        let result = result.map_err(|failure| match failure {
            DnsFailure::NotFound => ErrorCode::DnsFailed,
            DnsFailure::Unreachable(_) => ErrorCode::DnsBusy,
        });
        if self.errands.lookup.as_ref().is_some_and(|lookup| lookup.query == query) {
            self.lookup_resolved(result);
        } else if self.errands.ping.as_ref().is_some_and(|ping| ping.query == query) {
            self.ping_resolved(now, result);
        } else if self.errands.ntp.as_ref().is_some_and(|ntp| ntp.query == query) {
            self.ntp_resolved(result);
        }
    }

    /// Time has passed.
    pub fn errands_tick(&mut self, now: Instant) {
        if self.errands.lookup.as_ref().is_some_and(|lookup| lookup.deadline <= now) {
            self.lookup_resolved(Err(ErrorCode::Timeout));
        }
        if self.errands.ping.as_ref().is_some_and(|ping| ping.deadline <= now) {
            self.ping_waited(now);
        }
        if self.errands.ntp.as_ref().is_some_and(|ntp| ntp.deadline <= now) {
            self.ntp_waited(now);
        }
    }

    /// The PDP context that an errand uses is gone.
    pub fn errands_lost(&mut self, pdp: PdpId) {
        if self.errands.lookup.as_ref().is_some_and(|lookup| lookup.pdp == pdp) {
            self.lookup_resolved(Err(ErrorCode::PdpBroken));
        }
        if self.errands.ping.as_ref().is_some_and(|ping| ping.pdp == pdp) {
            self.ping_failed(ErrorCode::PdpBroken);
        }
        if self.errands.ntp.as_ref().is_some_and(|ntp| ntp.pdp == pdp) {
            self.ntp_failed(ErrorCode::PdpBroken);
        }
    }
}
