//! What comes of connections and from them.

use super::{MOST_HANDSHAKE, Recorder};
use crate::{
    record::{
        conns::{Kind, keys},
        queue::{Act, Entry},
    },
    redact::Secrets,
};
use module::{ConnId, NetFailure};
use scenario::transcript::escape::escape;
use std::net::SocketAddr;

impl Recorder {
    pub(super) fn net_in(&mut self, id: ConnId, from: Option<SocketAddr>, bytes: &[u8]) {
        if let Some(from) = from {
            let (peer, is_new) = self.peers.number(from);
            if is_new {
                let port = self.peers.conns.get(&id).map_or(0, |conn| conn.local_port);
                self.note_before(format!("peer udp {from} to={port}"));
            }
            let content = match bytes {
                [head @ .., _, _, _, _, _, _, _, _]
                    if self.peers.is_answer(peer, bytes) && head.len() >= 24 =>
                {
                    escape(&[&bytes[..24], &[0; 8], &bytes[32..]].concat())
                }
                _ if self.secrets == Secrets::HiddenWithPayload => escape(&vec![b'x'; bytes.len()]),
                _ => escape(bytes),
            };
            return self.happens(format!("peer {peer} sends \"{content}\""));
        }
        let Some(conn) = self.peers.conns.get_mut(&id) else { return };
        // Where the records begin has to be known when it turns out to be TLS.
        let ended = conn.records.follow(bytes);
        if matches!(conn.kind, Kind::Tls(_)) {
            let closes = ended.alert && !conn.has_ended;
            conn.has_ended |= closes;
            // In clear it is told by the module.
            return match ended.data || closes {
                true => self.acts(id, Act::Piece { clear: Vec::new(), closes, is_open: ended.data }),
                false => self.ticks(),
            };
        }
        conn.closes_early |= ended.alert;
        if matches!(conn.kind, Kind::Unknown) && conn.handshake.len() < MOST_HANDSHAKE {
            conn.handshake.extend_from_slice(bytes);
        }
        self.acts(id, Act::Raw(bytes.to_vec()));
    }

    pub(super) fn connect_failed(&mut self, id: ConnId, failure: &NetFailure) {
        if self.peers.conns.get(&id).is_some_and(|conn| matches!(conn.kind, Kind::Unknown)) {
            self.peers.is(id, Kind::Plain);
            let is_refused = *failure == NetFailure::Refused;
            return self.acts(id, if is_refused { Act::Refuses } else { Act::IsUnreachable });
        }
        // A port of the module's own. That it has it already is so in the play, too.
        let is_its_own = match self.listeners.remove(&id) {
            Some(port) => self.listeners.values().any(|other| *other == port),
            None => self.peers.has_port_of_another(id),
        };
        if !is_its_own {
            self.note_before(format!("# Not played: a port of this machine: {failure:?}"));
        }
        self.peers.forget(id);
    }

    /// A TLS handshake is complete.
    pub(super) fn secured(&mut self, id: ConnId, summary: &str) {
        let Some(conn) = self.peers.conns.get_mut(&id) else { return };
        conn.handshake = Vec::new();
        let (early, closes) = (std::mem::take(&mut conn.early), conn.closes_early);
        let is_accepted = std::mem::replace(&mut conn.is_accepted, true);
        if !early.is_empty() || closes {
            conn.has_ended |= closes;
            self.acts(id, Act::SendsEarly(early, closes));
        }
        if !is_accepted {
            self.acts(id, Act::Accepts);
        }
        // Only now: what has waited for it sees what comes next.
        self.peers.is(id, Kind::Tls(keys(summary)));
    }

    /// An open has failed. A server of the play cannot get further in a handshake than a certificate, so it says everything
    /// at this point, if it was something that the server said that made it fail.
    pub(super) fn broken(&mut self, id: ConnId) {
        self.peers.is(id, Kind::Broken);
        let said = self.peers.conns.get_mut(&id).map(|conn| std::mem::take(&mut conn.handshake));
        if let Some(said) = said.filter(|said| !said.is_empty() && self.heard == Some(id)) {
            self.acts(id, Act::Fails(said));
        }
    }

    /// A server has said this behind TLS.
    pub(super) fn received(&mut self, id: ConnId, bytes: &[u8], more: bool) {
        match self.peers.conns.get_mut(&id) {
            Some(conn) if matches!(conn.kind, Kind::Unknown) => conn.early.extend_from_slice(bytes),
            _ if self.queue.clear(id, bytes, more) => {}
            _ => match self.queue.last() {
                Some(Entry::Act(_, same, Act::Accepts)) if *same == id => {
                    self.queue.before(Entry::Act(self.caused, id, Act::SendsEarly(bytes.to_vec(), false)));
                }
                _ => self.acts(id, Act::Sends(bytes.to_vec())),
            },
        }
    }

    /// Notes that the peer's side of a connection has ended. False when that was known.
    pub(super) fn end(&mut self, id: ConnId) -> bool {
        self.peers.conns.get_mut(&id).is_some_and(|conn| !std::mem::replace(&mut conn.has_ended, true))
    }
}
