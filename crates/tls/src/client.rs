//! One connection, as the caller sees it.

use crate::{
    Config, Error, Pretend, Progress, Rng, ServerName, Session, Spoken, Summary, UnixTime,
    connection::Connection,
};
use std::{fmt, sync::Arc};

/// One TLS client connection. Bytes, time and chance come in as arguments; records go out into `out`.
///
/// Give it what the network brings ([`read_tls`](Self::read_tls)), look at what it decrypted
/// ([`plaintext`](Self::plaintext)) and say how much of it has been used
/// ([`consume`](Self::consume)), give it what is to be sent ([`write`](Self::write)); and send
/// what any of these appended to `out`. Nothing else has an effect.
///
/// The first error is the state from then on: every later call gives it again. The alert that
/// tells the peer is in `out` when the error is returned. Plaintext that came before the error has
/// been delivered before it.
pub struct Client(Box<Connection>);

impl Client {
    /// Starts the handshake: puts the ClientHello into `out`.
    ///
    /// `name` is the server's, for SNI and certificate; `resume` a session of the same server;
    /// `now` what certificate dates are compared with. A configuration that offers nothing leaves
    /// the connection failed, see [`error`](Self::error).
    pub fn new(
        config: Arc<Config>,
        name: Option<ServerName>,
        resume: Option<Session>,
        rng: Rng,
        now: UnixTime,
        out: &mut Vec<u8>,
    ) -> Client {
        Client(Box::new(Connection::new(config, name, resume, rng, now, out)))
    }

    /// From now on the connection takes something of its server to be wrong. For tests of those who use it.
    pub fn pretend(&mut self, what: Pretend) {
        self.0.pretend(what);
    }

    /// How many bytes `read_tls` wants at most now; 0 while undelivered plaintext and records fill the buffer.
    pub fn room(&self) -> usize {
        self.0.room()
    }

    /// Takes bytes from the network (all of them; the caller keeps to `room`), answers into `out`.
    /// Stops after the first record with application data; `consume` goes on.
    pub fn read_tls(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        self.0.read_tls(bytes, out)
    }

    /// Records that have come and wait for their turn, the last one perhaps in part.
    pub fn unread(&self) -> &[u8] {
        self.0.unread()
    }

    /// Decrypted application data not yet consumed, in place in the record buffer.
    pub fn plaintext(&self) -> &[u8] {
        self.0.plaintext()
    }

    /// `n` bytes of `plaintext` have been used; when none is left the next records are processed.
    pub fn consume(&mut self, n: usize, out: &mut Vec<u8>) -> Result<(), Error> {
        self.0.consume(n, out)
    }

    /// Encrypts application data into `out` in records of at most 2^14 bytes.
    ///
    /// Fails before the handshake is finished and after either side has closed; that does not
    /// touch the connection.
    pub fn write(&mut self, plaintext: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        self.0.write(plaintext, out)
    }

    /// Sends close_notify (once).
    pub fn close(&mut self, out: &mut Vec<u8>) {
        self.0.close(out);
    }

    /// Handshake finished.
    pub fn is_established(&self) -> bool {
        self.0.summary().is_some()
    }

    /// The peer has sent close_notify and everything before it has been consumed.
    pub fn peer_has_closed(&self) -> bool {
        self.0.peer_has_closed()
    }

    /// Why the connection has failed, if it has.
    pub fn error(&self) -> Option<&Error> {
        self.0.error()
    }

    /// From now on, [`take_spoken`](Self::take_spoken) has what both sides say. To be called right after
    /// [`new`](Self::new), so that it begins with the ClientHello.
    pub fn narrate(&mut self) {
        self.0.narrate();
    }

    /// What has been said since the last call, application data and its records left out.
    pub fn take_spoken(&mut self) -> Vec<Spoken> {
        self.0.take_spoken()
    }

    /// How far the handshake has come, or had when the connection failed.
    pub fn progress(&self) -> Progress {
        self.0.progress()
    }

    /// What was agreed, once established.
    pub fn summary(&self) -> Option<&Summary> {
        self.0.summary()
    }

    /// A session to store for resumption, at most once after it became available.
    pub fn take_session(&mut self) -> Option<Session> {
        self.0.take_session()
    }

    /// The NSS key log line of the connection, at most once, as soon as its keys are known.
    pub fn take_key_log(&mut self) -> Option<String> {
        self.0.take_key_log()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("summary", &self.summary())
            .field("error", &self.error())
            .finish_non_exhaustive()
    }
}
