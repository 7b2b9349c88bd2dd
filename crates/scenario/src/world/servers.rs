//! What peers of the module do, and what they have noted.

use super::{Service, World};
use module::ConnId;
use peers::peer::Peer;

impl World {
    /// How many connections a service has had; of datagrams there is always one.
    pub fn connections(&self, service: usize) -> usize {
        match &self.net.hosts[service].service {
            Service::Datagrams(..) => 1,
            _ => self.net.hosts[service].conns.len(),
        }
    }

    /// A host connects to the module.
    pub fn call(&mut self, service: usize) {
        self.net.call(service);
        self.settle();
    }

    /// How often a host that called was turned away.
    pub fn refusals(&self, service: usize) -> usize {
        self.net.hosts[service].refusals
    }

    /// The peer of the newest connection of a service.
    pub fn peer(&self, service: usize) -> Option<&dyn Peer> {
        if let Service::Datagrams(peer, _) = &self.net.hosts.get(service)?.service {
            return Some(peer.as_ref());
        }
        let id = self.newest(service)?;
        self.net.conns.get(&id).map(|conn| conn.peer.as_ref())
    }

    /// Acts on the peer of the newest connection of a service; panics when there is none.
    pub fn with_peer<R>(&mut self, service: usize, act: impl FnOnce(&mut dyn Peer) -> R) -> R {
        let newest = self.newest(service);
        let result = match &mut self.net.hosts[service].service {
            Service::Datagrams(peer, _) => act(peer.as_mut()),
            _ => {
                let id = newest.expect("the service has a connection");
                act(self.net.conns.get_mut(&id).expect("connections are kept").peer.as_mut())
            }
        };
        self.settle();
        result
    }

    /// Whether the newest connection's peer takes what the module sends.
    pub fn set_peer_reads(&mut self, service: usize, reads: bool) {
        if let Some(conn) = self.newest(service).and_then(|id| self.net.conns.get_mut(&id)) {
            conn.peer_reads = reads;
        }
        self.settle();
    }

    /// The newest connection's peer sends FIN and nothing else.
    pub fn cut(&mut self, service: usize) {
        if let Some(id) = self.newest(service) {
            self.net.cut(self.now, id);
        }
        self.settle();
    }

    /// The newest connection's peer sends RST.
    pub fn reset(&mut self, service: usize) {
        if let Some(id) = self.newest(service) {
            self.net.reset(self.now, id);
        }
        self.settle();
    }

    fn newest(&self, service: usize) -> Option<ConnId> {
        self.net.hosts.get(service)?.conns.last().copied()
    }
}
