//! Lookups and echo requests.

use super::classify;
use io::net::{EchoReply, Found, LookupError, Pinger};
use module::{DnsFailure, Families, Input, Names, NetFailure, Pong, QueryId};
use std::{
    future::Future,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    task::{Context, Poll},
};

/// UDP and TCP port of name servers (RFC 1035 4.2).
const DNS_PORT: u16 = 53;

/// The time to live that is told where the operating system has none to tell.
const USUAL_TTL: u8 = 255;

type Lookup = Pin<Box<dyn Future<Output = Result<Found, LookupError>> + Send>>;

#[derive(Default)]
pub(super) struct Errands {
    lookups: Vec<(QueryId, Lookup)>,
    ping: Option<Ping>,
}

/// The present echo request.
struct Ping {
    id: QueryId,
    sequence: u16,
    /// Why there is none, once.
    failure: Option<NetFailure>,
    pinger: Option<Pinger>,
}

impl Errands {
    pub(super) fn resolve(&mut self, id: QueryId, name: String, servers: &[IpAddr], families: Families) {
        let servers: Vec<SocketAddr> = servers.iter().map(|ip| SocketAddr::new(*ip, DNS_PORT)).collect();
        let families = match families {
            Families::V4 => io::net::Families::V4,
            Families::V6 => io::net::Families::V6,
            Families::Both => io::net::Families::Both,
        };
        self.lookups.push((id, Box::pin(async move { io::net::resolve(&name, &servers, families).await })));
    }

    pub(super) fn ping(&mut self, id: QueryId, address: IpAddr, sequence: u16) {
        let same = self.ping.take().filter(|ping| ping.id == id).and_then(|ping| ping.pinger);
        let pinger = same.map_or_else(|| Pinger::new(address), Ok);
        let sent = pinger.and_then(|pinger| pinger.send(sequence).map(|()| pinger));
        let (pinger, failure) = match sent {
            Ok(pinger) => (Some(pinger), None),
            Err(e) => (None, Some(classify(&e))),
        };
        self.ping = Some(Ping { id, sequence, failure, pinger });
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Input> {
        for at in 0..self.lookups.len() {
            if let Some((id, lookup)) = self.lookups.get_mut(at)
                && let Poll::Ready(answer) = lookup.as_mut().poll(cx)
            {
                let id = *id;
                drop(self.lookups.swap_remove(at));
                let answer = answer.map(|found| Names { addresses: found.addresses, ttl: found.ttl });
                let answer = answer.map_err(|e| match e {
                    LookupError::NotFound => DnsFailure::NotFound,
                    LookupError::NoAnswer(why) => DnsFailure::Unreachable(why),
                });
                return Poll::Ready(Input::Resolved(id, answer));
            }
        }
        self.ping.as_mut().map_or(Poll::Pending, |ping| ping.poll(cx))
    }
}

impl Ping {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Input> {
        if let Some(failure) = self.failure.take() {
            return Poll::Ready(Input::Pong(self.id, self.sequence, Err(failure)));
        }
        let Some(pinger) = &mut self.pinger else { return Poll::Pending };
        pinger.poll_reply(cx).map(|reply| match reply {
            Ok(EchoReply { sequence, bytes, ttl }) => {
                let bytes = u16::try_from(bytes).unwrap_or(u16::MAX);
                Input::Pong(self.id, sequence, Ok(Pong { bytes, ttl: ttl.unwrap_or(USUAL_TTL) }))
            }
            Err(e) => Input::Pong(self.id, self.sequence, Err(classify(&e))),
        })
    }
}
