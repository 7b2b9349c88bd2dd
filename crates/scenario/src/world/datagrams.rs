//! Datagrams of the virtual network: a queue of what flies, and whose port is whose.

use super::network::{Host, Service};
use at::time::Instant;
use module::ConnId;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

/// A port that the module has taken.
struct Bound {
    port: u16,
    /// The only peer it hears.
    peer: Option<SocketAddr>,
    /// Datagrams on their way to it, with their arrival and sender.
    coming: VecDeque<(Instant, SocketAddr, Vec<u8>)>,
}

/// All datagrams and all ports for them.
#[derive(Default)]
pub(super) struct Datagrams {
    bound: BTreeMap<ConnId, Bound>,
    /// On their way from the module: arrival, sender, destination.
    going: VecDeque<(Instant, ConnId, SocketAddr, Vec<u8>)>,
    /// Which port of the module an address has heard last.
    heard: BTreeMap<SocketAddr, ConnId>,
}

impl Datagrams {
    /// Takes a port; false when it is taken already.
    pub(super) fn bind(&mut self, id: ConnId, port: u16, peer: Option<SocketAddr>) -> bool {
        let free = self.bound.values().all(|bound| bound.port != port);
        if free {
            self.bound.insert(id, Bound { port, peer, coming: VecDeque::new() });
        }
        free
    }

    /// The port is given back.
    pub(super) fn close(&mut self, id: ConnId) {
        self.bound.remove(&id);
    }

    /// Ports that the module may have something to say from, with their only peer.
    pub(super) fn senders(&self) -> Vec<(ConnId, Option<SocketAddr>)> {
        self.bound.iter().map(|(id, bound)| (*id, bound.peer)).collect()
    }

    /// The module sends.
    pub(super) fn send(&mut self, arrival: Instant, id: ConnId, to: SocketAddr, bytes: Vec<u8>) {
        self.going.push_back((arrival, id, to, bytes));
    }

    /// When the next one arrives after `now`.
    pub(super) fn deadline(&self, now: Instant) -> Option<Instant> {
        let coming = self.bound.values().filter_map(|bound| bound.coming.front()).map(|(at, _, _)| *at);
        let going = self.going.front().map(|(at, _, _, _)| *at);
        // What has arrived waits for the module and not for time.
        coming.chain(going).filter(|at| *at > now).min()
    }

    /// The next datagram that has arrived for the module and that it has room for.
    pub(super) fn arrived(
        &mut self,
        now: Instant,
        room: &impl Fn(ConnId) -> usize,
    ) -> Option<(ConnId, SocketAddr, Vec<u8>)> {
        let due = |bound: &&mut Bound| bound.coming.front().is_some_and(|(at, _, _)| *at <= now);
        let (id, bound) =
            self.bound.iter_mut().map(|(id, bound)| (*id, bound)).find(|(id, b)| due(b) && room(*id) > 0)?;
        let (_, from, bytes) = bound.coming.pop_front()?;
        Some((id, from, bytes))
    }

    /// Lets the peers of datagrams read and write. True when one of them moved.
    pub(super) fn serve(&mut self, now: Instant, arrival: Instant, hosts: &mut [Host]) -> bool {
        let mut moved = false;
        while let Some((at, _, _, _)) = self.going.front()
            && *at <= now
        {
            let Some((_, id, to, bytes)) = self.going.pop_front() else { break };
            moved = true;
            let host = hosts.iter_mut().find(|host| host.address == to);
            if let Some(Service::Datagrams(peer, _)) = host.map(|host| &mut host.service) {
                self.heard.insert(to, id);
                peer.rx(&bytes);
            }
        }
        for host in hosts {
            let Service::Datagrams(peer, port) = &mut host.service else { continue };
            let bytes = std::mem::take(peer.tx());
            if bytes.is_empty() {
                continue;
            }
            moved = true;
            let hears = |bound: &Bound| bound.peer.is_none_or(|peer| peer == host.address);
            let known = self.heard.get(&host.address).filter(|id| self.bound.contains_key(*id)).copied();
            let by_port = || self.bound.iter().find(|(_, b)| b.port == *port && hears(b)).map(|(id, _)| *id);
            if let Some(bound) = known.or_else(by_port).and_then(|id| self.bound.get_mut(&id)) {
                bound.coming.push_back((arrival, host.address, bytes));
            }
        }
        moved
    }
}
