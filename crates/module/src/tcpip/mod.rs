//! What the commands of document \[1\] do beside sockets: one lookup, one series of echo requests and one time query
//! at a time.

pub(crate) mod hex;
mod lookup;
mod names;
pub(crate) mod ntp;
pub(crate) mod ping;

use crate::{
    cause::{Cause, CommandCause, NetworkCause},
    contract::{Action, DnsFailure, Names, QueryId},
    errors::ErrorCode,
    events::Event,
    pdp::PdpId,
    socket::{Conn, Loss},
    state::Core,
};
use alloc::string::String;
use at::time::Instant;

pub(crate) use lookup::Lookup;
pub(crate) use names::NameCache;
pub(crate) use ntp::Ntp;
pub(crate) use ping::Ping;

/// What the host is told of a failure, and why it is one.
pub(crate) type Failed = (ErrorCode, Cause);

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
    /// Looks a name up in the way of a PDP context.
    pub fn resolve(&mut self, now: Instant, query: QueryId, pdp: PdpId, name: String) {
        match self.known_name(now, pdp, &name) {
            Some(names) => self.answered(now, query, Ok(names)),
            None => {
                let (servers, families) = (self.name_servers(pdp), self.pdp.get(pdp).families());
                self.act(Action::Resolve(query, name, servers, families));
            }
        }
    }

    /// A name query has ended.
    pub fn resolved(&mut self, now: Instant, query: QueryId, result: Result<Names, DnsFailure>) {
        if let Ok(names) = &result {
            self.learn_name(now, query, names);
        }
        self.answered(now, query, result);
    }

    /// Gives an answer to whoever has asked.
    fn answered(&mut self, now: Instant, query: QueryId, result: Result<Names, DnsFailure>) {
        if self.open_resolved(query, &result) {
            return;
        }
        let (lookup, ping, ntp) = (&self.errands.lookup, &self.errands.ping, &self.errands.ntp);
        if let Some(lookup) = lookup.as_ref().filter(|lookup| lookup.query == query) {
            let result = result.map_err(|failure| self.unresolved(&failure, lookup.pdp, &lookup.name));
            self.lookup_resolved(result);
        } else if let Some(ping) = ping.as_ref().filter(|ping| ping.query == query) {
            let result = result.map_err(|failure| self.unresolved(&failure, ping.pdp, ping.host()));
            self.ping_resolved(now, result);
        } else if let Some(ntp) = ntp.as_ref().filter(|ntp| ntp.query == query) {
            let result = result.map_err(|failure| self.unresolved(&failure, ntp.pdp, ntp.host()));
            self.ntp_resolved(result);
        }
    }

    /// What becomes of a name that did not resolve.
    pub fn unresolved(&self, failure: &DnsFailure, pdp: PdpId, name: &str) -> Failed {
        let code = match failure {
            DnsFailure::NotFound => ErrorCode::DnsFailed,
            DnsFailure::Unreachable(_) => ErrorCode::DnsBusy,
        };
        (code, NetworkCause::name(failure, name.into(), self.name_servers(pdp)).into())
    }

    /// The name servers have not answered in time.
    pub fn name_late(&self, pdp: PdpId, name: &str) -> Failed {
        let silent = NetworkCause::NameServersSilent {
            name: name.into(),
            servers: self.name_servers(pdp),
            why: String::new(),
        };
        (ErrorCode::Timeout, silent.into())
    }

    /// May an errand of this kind begin?
    fn may_begin(&self, command: &'static str, busy: bool, pdp: PdpId) -> Result<(), Failed> {
        if busy {
            return Err((ErrorCode::Busy, CommandCause::ErrandBusy { command }.into()));
        }
        if !self.pdp.get(pdp).active {
            let cause = NetworkCause::PdpInactive { pdp: pdp.number() };
            return Err((ErrorCode::OpenPdpFailed, cause.into()));
        }
        Ok(())
    }

    /// Tells trace readers why an errand came to nothing.
    fn errand_failed(&mut self, command: &'static str, (code, cause): Failed) -> ErrorCode {
        self.event(Event::ErrandFailed { command, code, cause });
        code
    }

    /// Time has passed.
    pub fn errands_tick(&mut self, now: Instant) {
        if self.errands.lookup.as_ref().is_some_and(|lookup| lookup.deadline <= now) {
            self.lookup_waited();
        }
        if self.errands.ping.as_ref().is_some_and(|ping| ping.deadline <= now) {
            self.ping_waited(now);
        }
        if self.errands.ntp.as_ref().is_some_and(|ntp| ntp.deadline <= now) {
            self.ntp_waited(now);
        }
    }

    /// The PDP context that an errand uses is gone.
    pub fn errands_lost(&mut self, pdp: PdpId, loss: Loss) {
        let broken = || (ErrorCode::PdpBroken, loss.cause(pdp).into());
        if self.errands.lookup.as_ref().is_some_and(|lookup| lookup.pdp == pdp) {
            self.lookup_resolved(Err(broken()));
        }
        if self.errands.ping.as_ref().is_some_and(|ping| ping.pdp == pdp) {
            self.ping_failed(broken());
        }
        if self.errands.ntp.as_ref().is_some_and(|ntp| ntp.pdp == pdp) {
            self.ntp_failed(broken());
        }
    }
}
