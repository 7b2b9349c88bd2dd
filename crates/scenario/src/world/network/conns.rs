//! TCP connections: two directions, each with a window, and their ends.

use super::{Happening, Network};
use at::time::Instant;
use module::ConnId;
use peers::peer::Peer;
use std::collections::VecDeque;

/// One direction's bytes on their way and at the receiver.
#[derive(Default)]
pub(super) struct Pipe {
    flying: usize,
    /// Arrived and not yet taken by the receiver.
    pub(super) inbox: VecDeque<u8>,
    /// FIN has been sent; nothing follows it.
    pub(super) fin_sent: bool,
    /// FIN has arrived behind the bytes of `inbox`.
    fin_arrived: bool,
    /// The receiver has been told of the FIN.
    pub(super) fin_told: bool,
}

impl Pipe {
    fn room(&self, window: usize) -> usize {
        if self.fin_sent { 0 } else { window.saturating_sub(self.flying + self.inbox.len()) }
    }

    pub(super) fn arrive(&mut self, segment: Segment) {
        match segment {
            Segment::Data(bytes) => {
                self.flying -= bytes.len();
                self.inbox.extend(bytes);
            }
            Segment::Fin => self.fin_arrived = true,
        }
    }

    /// Nothing comes any more, and everybody knows.
    pub(super) fn broken() -> Pipe {
        Pipe { fin_sent: true, fin_told: true, ..Pipe::default() }
    }

    pub(super) fn fin_is_due(&self) -> bool {
        self.fin_arrived && !self.fin_told && self.inbox.is_empty()
    }
}

/// A connection of the module.
pub(in crate::world) struct Conn {
    /// It was accepted.
    pub(in crate::world) is_up: bool,
    /// The module's port.
    pub(super) own_port: u16,
    pub(in crate::world) peer: Box<dyn Peer>,
    /// The peer's application takes bytes from its inbox.
    pub(in crate::world) peer_reads: bool,
    pub(super) to_peer: Pipe,
    pub(super) to_module: Pipe,
    /// The module asked for FIN behind its last byte.
    shutting_down: bool,
    /// The module knows nothing of the connection any more.
    pub(super) forgotten: bool,
}

impl Conn {
    /// One that nobody has accepted yet.
    pub(super) fn new(peer: Box<dyn Peer>, own_port: u16) -> Conn {
        Conn {
            is_up: false,
            own_port,
            peer,
            peer_reads: true,
            to_peer: Pipe::default(),
            to_module: Pipe::default(),
            shutting_down: false,
            forgotten: false,
        }
    }

    /// Somebody has connected and waits to be accepted.
    pub(super) fn is_waiting(&self) -> bool {
        !self.is_up && !self.forgotten
    }
}

pub(super) enum Segment {
    Data(Vec<u8>),
    Fin,
}

impl Network {
    /// The module wants FIN behind its last byte.
    pub(in crate::world) fn shutdown(&mut self, id: ConnId) {
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.shutting_down = true;
        }
    }

    /// The module's last bytes, as far as the window takes them, and FIN. The module hears no more.
    pub(in crate::world) fn close(&mut self, now: Instant, id: ConnId, mut last: Vec<u8>) {
        if self.conns.get(&id).is_some_and(|conn| conn.forgotten) {
            return;
        }
        self.forget(id);
        let room = self.room(id);
        last.truncate(room);
        self.send_to_peer(now, id, last);
        self.send_fin_to_peer(now, id);
    }

    /// The module breaks the connection: the peer gets RST.
    pub(in crate::world) fn abort(&mut self, now: Instant, id: ConnId) {
        self.forget(id);
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.to_module.fin_sent = true;
            conn.to_peer.fin_sent = true;
            self.plan(now + self.latency, Happening::Aborted(id));
        }
    }

    /// The module hears no more of a connection, and its peer nothing of that.
    pub(in crate::world) fn forget(&mut self, id: ConnId) {
        self.agenda.retain(|_, h| {
            !matches!(h, Happening::Connected(c, _) | Happening::Failed(c, _) | Happening::ToModule(c, _) if *c == id)
        });
        self.listeners.remove(&id);
        self.datagrams.close(id);
        self.conns.get_mut(&id).into_iter().for_each(|conn| conn.forgotten = true);
    }

    /// How many bytes the module may send on this connection now.
    pub(in crate::world) fn room(&self, id: ConnId) -> usize {
        self.conns.get(&id).map_or(0, |conn| conn.to_peer.room(self.window))
    }

    pub(in crate::world) fn send_to_peer(&mut self, now: Instant, id: ConnId, bytes: Vec<u8>) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        if !bytes.is_empty() && !conn.to_peer.fin_sent {
            conn.to_peer.flying += bytes.len();
            self.plan(now + self.latency, Happening::ToPeer(id, Segment::Data(bytes)));
        }
    }

    fn send_fin_to_peer(&mut self, now: Instant, id: ConnId) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        if !conn.to_peer.fin_sent {
            conn.to_peer.fin_sent = true;
            self.plan(now + self.latency, Happening::ToPeer(id, Segment::Fin));
        }
    }

    /// The peer breaks the connection: what is on its way is lost.
    pub(in crate::world) fn reset(&mut self, now: Instant, id: ConnId) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        if !conn.to_module.fin_sent {
            conn.to_module.fin_sent = true;
            conn.to_peer.fin_sent = true;
            self.plan(now + self.latency, Happening::Reset(id));
        }
    }

    /// The peer sends FIN without a word.
    pub(in crate::world) fn cut(&mut self, now: Instant, id: ConnId) {
        let latency = self.latency;
        let Some(conn) = self.conns.get_mut(&id) else { return };
        if !conn.to_module.fin_sent {
            conn.to_module.fin_sent = true;
            self.plan(now + latency, Happening::ToModule(id, Segment::Fin));
        }
    }

    /// The next `most` bytes that have arrived for the module.
    pub(in crate::world) fn take_inbox(&mut self, id: ConnId, most: usize) -> Vec<u8> {
        self.conns.get_mut(&id).map_or_else(Vec::new, |conn| {
            let n = most.min(conn.to_module.inbox.len());
            conn.to_module.inbox.drain(..n).collect()
        })
    }

    /// Connections whose bytes and FIN the module still gives out, with "FIN is to follow".
    pub(in crate::world) fn senders(&self) -> Vec<(ConnId, bool)> {
        self.conns.iter().filter(|(_, c)| !c.forgotten).map(|(id, c)| (*id, c.shutting_down)).collect()
    }

    /// The module has given out everything and asked for FIN.
    pub(in crate::world) fn finish(&mut self, now: Instant, id: ConnId) -> bool {
        let due = self.conns.get(&id).is_some_and(|c| c.shutting_down && !c.to_peer.fin_sent);
        if due {
            self.send_fin_to_peer(now, id);
        }
        due
    }

    /// Lets the peers read and write. True when one of them moved.
    pub(super) fn serve_peers(&mut self, now: Instant) -> bool {
        let arrival = now + self.latency;
        let mut sent = Vec::new();
        let mut moved = false;
        for (id, conn) in self.conns.iter_mut().filter(|(_, conn)| conn.is_up) {
            if conn.peer_reads && !conn.to_peer.inbox.is_empty() {
                let bytes: Vec<u8> = conn.to_peer.inbox.drain(..).collect();
                conn.peer.rx(&bytes);
                moved = true;
            }
            if conn.peer_reads && conn.to_peer.fin_is_due() {
                conn.to_peer.fin_told = true;
                conn.peer.eof();
                moved = true;
            }
            let room = conn.to_module.room(self.window);
            let tx = conn.peer.tx();
            if !tx.is_empty() && room > 0 {
                let bytes: Vec<u8> = tx.drain(..room.min(tx.len())).collect();
                conn.to_module.flying += bytes.len();
                sent.push((*id, Segment::Data(bytes)));
            }
            if conn.peer.tx().is_empty() && conn.peer.has_finished() && !conn.to_module.fin_sent {
                conn.to_module.fin_sent = true;
                sent.push((*id, Segment::Fin));
            }
        }
        moved |= !sent.is_empty();
        for (id, segment) in sent {
            self.plan(arrival, Happening::ToModule(id, segment));
        }
        moved
    }
}
