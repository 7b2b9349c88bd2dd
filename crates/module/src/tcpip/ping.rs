//! `AT+QPING`: echo requests, one after the other, and a line for each and for all.

use super::Failed;
use crate::{
    cause::{NetworkCause, Wait},
    contract::{Action, DnsFailure, Names, NetFailure, Pong, PortId, QueryId},
    errors::ErrorCode,
    pdp::PdpId,
    state::Core,
};
use alloc::{format, string::String, vec::Vec};
use at::time::Instant;
use core::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

/// How long a name may take.
const NAME_LIMIT: Duration = Duration::from_secs(60);

/// What `AT+QPING` asks for.
#[derive(Clone, Debug)]
pub struct Plan {
    /// PDP context.
    pub pdp: PdpId,
    /// Name or address.
    pub host: String,
    /// Longest wait for each reply.
    pub timeout: Duration,
    /// How many requests.
    pub count: u16,
}

/// A series of echo requests.
pub struct Ping {
    /// Its query.
    pub query: QueryId,
    /// By which context.
    pub pdp: PdpId,
    /// When the present wait is over.
    pub deadline: Instant,
    port: PortId,
    plan: Plan,
    /// Once it is known.
    address: Option<IpAddr>,
    sent: u16,
    sent_at: Instant,
    /// Round trips in milliseconds.
    times: Vec<u128>,
}

impl Ping {
    /// Whom it asks.
    pub fn host(&self) -> &str {
        &self.plan.host
    }
}

impl Core {
    /// Begins a series.
    pub fn ping(&mut self, now: Instant, plan: Plan, port: PortId) -> Result<(), Failed> {
        self.may_begin("+QPING", self.errands.ping.is_some(), plan.pdp)?;
        let (query, pdp, host) = (self.next_query(), plan.pdp, plan.host.clone());
        self.errands.ping = Some(Ping {
            query,
            pdp,
            deadline: now + NAME_LIMIT,
            port,
            plan,
            address: None,
            sent: 0,
            sent_at: now,
            times: Vec::new(),
        });
        match host.parse() {
            Ok(address) => self.ping_resolved(now, Ok(Names { addresses: alloc::vec![address], ttl: 0 })),
            Err(_) => self.resolve(now, query, pdp, host),
        }
        Ok(())
    }

    /// The name of the series is known, or not.
    pub fn ping_resolved(&mut self, now: Instant, result: Result<Names, Failed>) {
        let Some(ping) = &mut self.errands.ping else { return };
        match result.map(|names| names.addresses.first().copied()) {
            Ok(Some(address)) => {
                ping.address = Some(address);
                self.next_ping(now);
            }
            Ok(None) => {
                let (pdp, host) = (ping.pdp, ping.plan.host.clone());
                self.ping_failed(self.unresolved(&DnsFailure::NotFound, pdp, &host));
            }
            Err(failed) => self.ping_failed(failed),
        }
    }

    /// The next request, or the line for all.
    fn next_ping(&mut self, now: Instant) {
        let Some(ping) = &mut self.errands.ping else { return };
        let Some(address) = ping.address.filter(|_| ping.sent < ping.plan.count) else {
            let (sent, back) = (usize::from(ping.sent), ping.times.len());
            let least = ping.times.iter().min().copied().unwrap_or_default();
            let most = ping.times.iter().max().copied().unwrap_or_default();
            let mean = ping.times.iter().sum::<u128>() / (back.max(1) as u128);
            let port = ping.port;
            self.errands.ping = None;
            self.report(port, format!("+QPING: 0,{sent},{back},{},{least},{most},{mean}", sent - back));
            return;
        };
        ping.sent += 1;
        ping.sent_at = now;
        ping.deadline = now + ping.plan.timeout;
        let action = Action::Ping(ping.query, address, ping.sent);
        self.act(action);
    }

    /// An echo reply, or why there is none.
    pub fn pong(&mut self, now: Instant, query: QueryId, sequence: u16, result: Result<Pong, NetFailure>) {
        let Some(ping) = &mut self.errands.ping else { return };
        let Some(address) = ping.address.filter(|_| ping.query == query && ping.sent == sequence) else {
            return;
        };
        let (port, to) = (ping.port, SocketAddr::new(address, 0));
        match result {
            Ok(pong) => {
                let time = (now - ping.sent_at).as_millis();
                ping.times.push(time);
                let line = format!("+QPING: 0,\"{address}\",{},{time},{}", pong.bytes, pong.ttl);
                self.report(port, line);
            }
            Err(NetFailure::Denied(why)) => {
                let cause = NetworkCause::PingDenied { to: address, why };
                return self.ping_failed((ErrorCode::CreateSocketFailed, cause.into()));
            }
            Err(failure @ NetFailure::NoSocket(_)) => {
                let cause = NetworkCause::Socket { failure, to, over: "ICMP" };
                return self.ping_failed((ErrorCode::CreateSocketFailed, cause.into()));
            }
            Err(failure) => {
                let code = match failure {
                    NetFailure::Unreachable | NetFailure::Refused | NetFailure::Reset => {
                        ErrorCode::ReadFailed
                    }
                    NetFailure::TimedOut => ErrorCode::Timeout,
                    _ => ErrorCode::WriteFailed,
                };
                let cause = NetworkCause::Socket { failure, to, over: "ICMP" };
                self.errand_failed("+QPING", (code, cause.into()));
                self.report(port, format!("+QPING: {}", code.code()));
            }
        }
        self.next_ping(now);
    }

    /// Nothing has come in time.
    pub fn ping_waited(&mut self, now: Instant) {
        match &self.errands.ping {
            Some(Ping { address: None, pdp, plan, .. }) => self.ping_failed(self.name_late(*pdp, &plan.host)),
            Some(ping) => {
                let port = ping.port;
                let cause = NetworkCause::NoReply { host: ping.plan.host.clone(), what: Wait::Ping };
                self.errand_failed("+QPING", (ErrorCode::Timeout, cause.into()));
                self.report(port, format!("+QPING: {}", ErrorCode::Timeout.code()));
                self.next_ping(now);
            }
            None => {}
        }
    }

    /// The series ends with this failure.
    pub fn ping_failed(&mut self, failed: Failed) {
        if let Some(ping) = self.errands.ping.take() {
            let code = self.errand_failed("+QPING", failed);
            self.report(ping.port, format!("+QPING: {}", code.code()));
        }
    }
}
