//! One connection. SKELETON: null TLS.
use crate::{Config, Error, Rng, ServerName, Session, UnixTime};
use std::sync::Arc;

/// One TLS client connection. Bytes, time and chance come in as arguments; records go out into `out`.
pub struct Client {
    plain: Vec<u8>,
    at: usize,
}

/// What a finished handshake agreed on, for traces.
#[derive(Clone, Debug)]
pub struct Summary {
    _private: (),
}

impl Client {
    /// Starts the handshake: puts the ClientHello into `out`.
    pub fn new(
        _config: Arc<Config>,
        _name: Option<ServerName>,
        _resume: Option<Session>,
        _rng: Rng,
        _now: UnixTime,
        _out: &mut Vec<u8>,
    ) -> Client {
        Client { plain: Vec::new(), at: 0 }
    }
    /// How many bytes `read_tls` wants at most now; 0 while undelivered plaintext and records fill the buffer.
    pub fn room(&self) -> usize {
        32768usize.saturating_sub(self.plain.len())
    }
    /// Takes bytes from the network (all of them; the caller keeps to `room`), answers into `out`.
    /// Stops after the first record with application data; `consume` goes on.
    pub fn read_tls(&mut self, bytes: &[u8], _out: &mut Vec<u8>) -> Result<(), Error> {
        self.plain.extend_from_slice(bytes);
        Ok(())
    }
    /// Decrypted application data not yet consumed, in place in the record buffer.
    pub fn plaintext(&self) -> &[u8] {
        &self.plain[self.at..]
    }
    /// `n` bytes of `plaintext` have been used; when none is left the next records are processed.
    pub fn consume(&mut self, n: usize, _out: &mut Vec<u8>) -> Result<(), Error> {
        self.at += n;
        if self.at == self.plain.len() {
            self.plain.clear();
            self.at = 0
        }
        Ok(())
    }
    /// Encrypts application data into `out` in records of at most 2^14 bytes.
    pub fn write(&mut self, plaintext: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        out.extend_from_slice(plaintext);
        Ok(())
    }
    /// Sends close_notify (once).
    pub fn close(&mut self, _out: &mut Vec<u8>) {}
    /// Handshake finished.
    pub fn is_established(&self) -> bool {
        true
    }
    /// The peer has sent close_notify and everything before it has been consumed.
    pub fn peer_has_closed(&self) -> bool {
        false
    }
    /// What was agreed, once established.
    pub fn summary(&self) -> Option<&Summary> {
        None
    }
    /// A session to store for resumption, at most once after it became available.
    pub fn take_session(&mut self) -> Option<Session> {
        None
    }
    /// The NSS key log line of the connection, at most once.
    pub fn take_key_log(&mut self) -> Option<String> {
        None
    }
}
