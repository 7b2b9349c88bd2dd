//! A peer without TLS: application data is what is on the wire.

use super::{Manners, Peer};

/// Takes everything, says only what a test makes it say. To a TLS client it is a server that accepts
/// the connection and never answers.
#[derive(Default)]
pub struct PlainPeer {
    manners: Manners,
    echo: bool,
    tx: Vec<u8>,
    received: Vec<u8>,
    facts: Vec<String>,
    finished: bool,
}

impl PlainPeer {
    /// A peer with these manners.
    pub fn new(manners: Manners) -> PlainPeer {
        PlainPeer { manners, ..PlainPeer::default() }
    }

    /// The same peer, sending everything back.
    pub fn echoing(self) -> PlainPeer {
        PlainPeer { echo: true, ..self }
    }
}

impl Peer for PlainPeer {
    fn rx(&mut self, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
        if self.echo {
            self.tx.extend_from_slice(bytes);
        }
    }

    fn eof(&mut self) {
        self.facts.push("eof".into());
        if self.manners == Manners::Polite {
            self.finished = true;
        }
    }

    fn reset(&mut self) {
        self.facts.push("reset".into());
    }

    fn tx(&mut self) -> &mut Vec<u8> {
        &mut self.tx
    }

    fn has_finished(&self) -> bool {
        self.finished
    }

    fn send(&mut self, data: &[u8]) {
        self.tx.extend_from_slice(data);
    }

    fn close(&mut self) {
        self.finished = true;
    }

    fn received(&self) -> &[u8] {
        &self.received
    }

    fn facts(&self) -> &[String] {
        &self.facts
    }
}
