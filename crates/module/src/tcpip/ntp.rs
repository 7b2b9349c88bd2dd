//! `AT+QNTP`: one question to a time server (RFC 4330, SNTP version 4) over UDP, asked again while nothing comes.

use super::Failed;
use crate::{
    cause::{NetworkCause, Wait},
    contract::{Action, ConnId, DnsFailure, Names, NetFailure, PortId, QueryId},
    errors::ErrorCode,
    pdp::PdpId,
    socket::{Conn, any_address},
    state::Core,
};
use alloc::{format, string::String};
use at::time::Instant;
use core::{net::SocketAddr, time::Duration};

/// How long everything may take together.
const LIMIT: Duration = Duration::from_secs(125);

/// A message without extensions (RFC 4330 4).
const MESSAGE: usize = 48;

/// From the beginning of 1900 to that of 1970 (RFC 4330 3).
const UNIX_EPOCH: i64 = 2_208_988_800;

/// An era of the 32-bit seconds; the next begins in 2036.
const ERA: i64 = 1 << 32;

/// What `AT+QNTP` asks for.
#[derive(Clone, Debug)]
pub struct Plan {
    /// PDP context.
    pub pdp: PdpId,
    /// Name or address of the server.
    pub host: String,
    /// Its UDP port.
    pub port: u16,
    /// The module's clock is set.
    pub set_clock: bool,
    /// How often it is asked again.
    pub retries: u32,
    /// Time between two.
    pub interval: Duration,
}

/// A question on its way.
pub struct Ntp {
    /// The query for the server's name.
    pub query: QueryId,
    /// By which context.
    pub pdp: PdpId,
    /// When the present wait is over.
    pub deadline: Instant,
    /// What was asked for.
    pub plan: Plan,
    end: Instant,
    port: PortId,
    conn: Option<Conn>,
    /// Bound, but not yet known as bound.
    binding: Option<(ConnId, SocketAddr)>,
    /// What stood in the request, so that a reply is a reply to it.
    nonce: [u8; 8],
    asked: u32,
    asked_at: Instant,
}

impl Ntp {
    /// Whom it asks.
    pub fn host(&self) -> &str {
        &self.plan.host
    }

    /// The connection to the server.
    pub fn conn(&self) -> Option<&Conn> {
        self.conn.as_ref()
    }

    /// Its name on the border, from the time it is asked for.
    pub fn conn_id(&self) -> Option<ConnId> {
        self.conn.as_ref().map(|conn| conn.id).or(self.binding.map(|(id, _)| id))
    }

    /// The server, while that is all that is known of the connection.
    pub fn server(&self) -> Option<SocketAddr> {
        self.binding.map(|(_, server)| server)
    }

    /// The connection to the server.
    pub fn conn_mut(&mut self) -> Option<&mut Conn> {
        self.conn.as_mut()
    }
}

impl Core {
    /// Begins to ask.
    pub fn ask_time(&mut self, now: Instant, plan: Plan, port: PortId) -> Result<(), Failed> {
        self.may_begin("+QNTP", self.errands.ntp.is_some(), plan.pdp)?;
        let (query, pdp, host) = (self.next_query(), plan.pdp, plan.host.clone());
        self.errands.ntp = Some(Ntp {
            query,
            pdp,
            deadline: now + LIMIT,
            plan,
            end: now + LIMIT,
            port,
            conn: None,
            binding: None,
            nonce: [0; 8],
            asked: 0,
            asked_at: now,
        });
        match host.parse() {
            Ok(address) => self.ntp_resolved(Ok(Names { addresses: alloc::vec![address], ttl: 0 })),
            Err(_) => self.resolve(now, query, pdp, host),
        }
        Ok(())
    }

    /// The name of the server is known, or not.
    pub fn ntp_resolved(&mut self, result: Result<Names, Failed>) {
        let address = match result.map(|names| names.addresses.first().copied()) {
            Ok(Some(address)) => address,
            Ok(None) => {
                let Some(Ntp { pdp, plan, .. }) = &self.errands.ntp else { return };
                return self.ntp_failed(self.unresolved(&DnsFailure::NotFound, *pdp, &plan.host));
            }
            Err(failed) => return self.ntp_failed(failed),
        };
        let id = self.next_conn();
        let Some(ntp) = &mut self.errands.ntp else { return };
        let server = SocketAddr::new(address, ntp.plan.port);
        ntp.binding = Some((id, server));
        self.act(Action::Bind(id, SocketAddr::new(any_address(address), 0), Some(server)));
    }

    /// There is a UDP socket for the question. `false`: this is another one.
    pub fn ntp_connected(&mut self, now: Instant, id: ConnId) -> bool {
        let Some(ntp) = &mut self.errands.ntp else { return false };
        let Some((_, server)) = ntp.binding.take_if(|(binding, _)| *binding == id) else { return false };
        ntp.conn = Some(Conn::udp(id, Some(server), MESSAGE as u32));
        self.ask(now);
        true
    }

    /// There is none.
    pub fn ntp_not_connected(&mut self, id: ConnId, failure: &NetFailure) -> bool {
        let Some(ntp) = &mut self.errands.ntp else { return false };
        let Some((_, to)) = ntp.binding.take_if(|(binding, _)| *binding == id) else { return false };
        let code = match failure {
            NetFailure::NoSocket(_) => ErrorCode::CreateSocketFailed,
            NetFailure::InUse | NetFailure::Denied(_) => ErrorCode::BindFailed,
            _ => ErrorCode::ConnectFailed,
        };
        let cause = NetworkCause::Socket { failure: failure.clone(), to, over: "UDP" };
        self.ntp_failed((code, cause.into()));
        true
    }

    fn ask(&mut self, now: Instant) {
        let nonce = self.rng.bytes();
        let Some(ntp) = &mut self.errands.ntp else { return };
        ntp.nonce = nonce;
        ntp.asked += 1;
        ntp.asked_at = now;
        ntp.deadline = (now + ntp.plan.interval).min(ntp.end);
        let mut request = [0; MESSAGE];
        // No warning, version 4, client.
        request[0] = 0b00_100_011;
        request[40..].copy_from_slice(&nonce);
        if let Some(conn) = &mut ntp.conn {
            conn.send(&request);
        }
    }

    /// A datagram from the server: the answer, if it is one.
    pub fn ntp_answer(&mut self, now: Instant, message: &[u8]) {
        let Some(ntp) = &self.errands.ntp else { return };
        let Some(seconds) = answer(message, &ntp.nonce) else { return };
        // The answer is half a round trip old.
        let travelled = i64::try_from(((now - ntp.asked_at) / 2).as_secs()).unwrap_or_default();
        let (unix, set_clock, port) = (seconds + travelled, ntp.plan.set_clock, ntp.port);
        if set_clock {
            self.clock.set_unix(now, unix);
        }
        let stamp = self.clock.marked_stamp(unix);
        self.end_ntp();
        self.report(port, format!("+QNTP: 0,\"{stamp}\""));
    }

    /// Nothing has come in time: once more, or never again.
    pub fn ntp_waited(&mut self, now: Instant) {
        let Some(ntp) = &self.errands.ntp else { return };
        if ntp.conn.is_some() && ntp.asked <= ntp.plan.retries && now < ntp.end {
            self.ask(now);
        } else {
            let failed = match ntp.conn.is_some() || ntp.binding.is_some() {
                true => {
                    let cause = NetworkCause::NoReply { host: ntp.plan.host.clone(), what: Wait::Ntp };
                    (ErrorCode::Timeout, cause.into())
                }
                false => self.name_late(ntp.pdp, &ntp.plan.host),
            };
            self.ntp_failed(failed);
        }
    }

    /// The question ends with this failure.
    pub fn ntp_failed(&mut self, failed: Failed) {
        if let Some(port) = self.end_ntp() {
            let code = self.errand_failed("+QNTP", failed);
            self.report(port, format!("+QNTP: {}", code.code()));
        }
    }

    /// The question is over, whatever has come of it: the port that waits for its end.
    pub fn end_ntp(&mut self) -> Option<PortId> {
        let ntp = self.errands.ntp.take()?;
        let binding = ntp.binding.map(|(id, _)| id);
        if let Some(id) = ntp.conn.map(|conn| conn.id).or(binding) {
            self.act(Action::Close(id, alloc::vec::Vec::new()));
        }
        Some(ntp.port)
    }
}

/// The time that a server says, in seconds since 1970; `None` if this is no answer to the request with this nonce
/// (RFC 4330 5).
fn answer(message: &[u8], nonce: &[u8; 8]) -> Option<i64> {
    let header = message.first_chunk::<MESSAGE>()?;
    let (warning, mode, stratum) = (header[0] >> 6, header[0] & 7, header[1]);
    let synchronised = warning != 3 && (1..=15).contains(&stratum);
    if mode != 4 || !synchronised || header[24..32] != *nonce {
        return None;
    }
    let seconds = i64::from(u32::from_be_bytes(*header[40..].first_chunk()?));
    // Values of the first half count from 2036.
    let era = if seconds < ERA / 2 { ERA } else { 0 };
    Some(seconds + era - UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_as_an_answer() {
        let nonce = *b"question";
        let mut message = [0; MESSAGE];
        message[0] = 0b00_100_100;
        message[1] = 2;
        message[24..32].copy_from_slice(&nonce);
        message[40..44].copy_from_slice(&4_004_337_600_u32.to_be_bytes());
        assert_eq!(answer(&message, &nonce), Some(1_795_348_800));
        message[40..44].copy_from_slice(&5_u32.to_be_bytes());
        assert_eq!(answer(&message, &nonce), Some(ERA + 5 - UNIX_EPOCH));
        assert_eq!(answer(&message[..47], &nonce), None);
        assert_eq!(answer(&message, b"another!"), None);
        for (at, byte) in [(0, 0b11_100_100), (0, 0b00_100_011), (1, 0), (1, 16)] {
            let mut bad = message;
            bad[at] = byte;
            assert_eq!(answer(&bad, &nonce), None);
        }
    }
}
