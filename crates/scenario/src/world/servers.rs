//! What peers of the module do, and what they have noted.

use super::{Service, Whom, World};
use module::ConnId;
use peers::peer::Peer;

impl World {
    /// How many connections a service has had; of datagrams there is always one.
    pub fn connections(&self, service: usize) -> usize {
        match &self.net.hosts[service].service {
            Service::Datagrams(..) => 1,
            _ => self.net.hosts[service].conns.iter().filter(|id| self.is_up(id)).count(),
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

    /// The peer of a connection.
    pub fn peer(&self, whom: impl Into<Whom>) -> Option<&dyn Peer> {
        let whom = whom.into();
        if let Service::Datagrams(peer, _) = &self.net.hosts.get(whom.service)?.service {
            return Some(peer.as_ref());
        }
        let id = self.conn(whom)?;
        self.net.conns.get(&id).map(|conn| conn.peer.as_ref())
    }

    /// Acts on the peer of a connection; panics when there is none.
    pub fn with_peer<R>(&mut self, whom: impl Into<Whom>, act: impl FnOnce(&mut dyn Peer) -> R) -> R {
        let whom = whom.into();
        let conn = self.conn(whom);
        let result = match &mut self.net.hosts[whom.service].service {
            Service::Datagrams(peer, _) => act(peer.as_mut()),
            _ => {
                let id = conn.expect("the service has a connection");
                act(self.net.conns.get_mut(&id).expect("connections are kept").peer.as_mut())
            }
        };
        self.settle();
        result
    }

    /// Whether a connection's peer takes what the module sends.
    pub fn set_peer_reads(&mut self, whom: impl Into<Whom>, reads: bool) {
        if let Some(conn) = self.conn(whom.into()).and_then(|id| self.net.conns.get_mut(&id)) {
            conn.peer_reads = reads;
        }
        self.settle();
    }

    /// A connection's peer sends FIN and nothing else.
    pub fn cut(&mut self, whom: impl Into<Whom>) {
        if let Some(id) = self.conn(whom.into()) {
            self.net.cut(self.now, id);
        }
        self.settle();
    }

    /// A connection's peer sends RST.
    pub fn reset(&mut self, whom: impl Into<Whom>) {
        if let Some(id) = self.conn(whom.into()) {
            self.net.reset(self.now, id);
        }
        self.settle();
    }

    /// Which of the connections of a service a connection is, from 0 on.
    pub fn number(&self, whom: Whom) -> Option<usize> {
        let id = self.conn(whom)?;
        self.net.hosts[whom.service].conns.iter().position(|conn| *conn == id)
    }

    fn conn(&self, whom: Whom) -> Option<ConnId> {
        let conns = &self.net.hosts.get(whom.service)?.conns;
        match whom.conn {
            Some(at) => conns.get(at).copied(),
            None => conns.iter().rev().find(|id| self.is_up(id)).copied(),
        }
    }

    fn is_up(&self, id: &ConnId) -> bool {
        self.net.conns.get(id).is_some_and(|conn| conn.is_up)
    }
}
