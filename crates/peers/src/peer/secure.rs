//! What every server of TLS is around its engine.

use super::{Manners, Peer};

/// A TLS implementation on the side of a server.
pub trait Engine {
    /// Bytes from the module.
    fn read(&mut self, bytes: &[u8]) -> Heard;
    /// Application data for the module, after the handshake.
    fn write(&mut self, data: &[u8]);
    /// Says close_notify.
    fn close(&mut self);
    /// Bytes for the module since the last call.
    fn take_output(&mut self) -> Vec<u8>;
}

/// What bytes from the module came to.
#[derive(Debug, Default)]
pub struct Heard {
    /// Application data.
    pub data: Vec<u8>,
    /// What is worth a note, see [`Peer::facts`].
    pub facts: Vec<String>,
    /// The handshake is complete.
    pub established: bool,
    /// The module has said close_notify.
    pub closed: bool,
    /// Nothing more can come of it.
    pub failed: bool,
}

/// A TLS server.
pub struct SecurePeer<E> {
    engine: E,
    manners: Manners,
    tx: Vec<u8>,
    /// Application data that waits for the end of the handshake, and whether it is the last.
    waiting: Vec<u8>,
    closes: bool,
    received: Vec<u8>,
    facts: Vec<String>,
    established: bool,
    finished: bool,
}

impl<E: Engine> SecurePeer<E> {
    /// A peer that has just accepted a connection.
    pub(super) fn over(engine: E, manners: Manners) -> SecurePeer<E> {
        SecurePeer {
            engine,
            manners,
            tx: Vec::new(),
            waiting: Vec::new(),
            closes: false,
            received: Vec::new(),
            facts: Vec::new(),
            established: false,
            finished: false,
        }
    }

    fn flush(&mut self) {
        self.tx.extend(self.engine.take_output());
    }
}

impl<E: Engine> Peer for SecurePeer<E> {
    fn rx(&mut self, bytes: &[u8]) {
        let heard = self.engine.read(bytes);
        self.received.extend(heard.data);
        self.facts.extend(heard.facts);
        self.finished |= heard.failed;
        if heard.established {
            self.established = true;
            self.engine.write(&std::mem::take(&mut self.waiting));
            if self.closes {
                self.close();
            }
        }
        if heard.closed && self.manners == Manners::Polite {
            self.close();
        }
        self.flush();
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
        if self.established {
            self.engine.write(data);
            self.flush();
        } else {
            self.waiting.extend_from_slice(data);
        }
    }

    fn close(&mut self) {
        if !self.established {
            self.closes = true;
            return;
        }
        self.engine.close();
        self.flush();
        self.finished = true;
    }

    fn received(&self) -> &[u8] {
        &self.received
    }

    fn facts(&self) -> &[String] {
        &self.facts
    }
}
