//! One TLS connection over one TCP connection: bytes of the network on one side, application data on the
//! other, both bounded.

use crate::contract::{ConnId, NetFailure};
use alloc::{
    collections::VecDeque,
    format,
    string::{String, ToString},
    vec::Vec,
};
use at::fifo::Fifo;
use tls::Client;

/// Application bytes that a connection takes before `SEND FAIL` (D17).
pub(super) const SEND_BUFFER: usize = 10_240;

/// How a connection ended.
#[derive(Clone, Debug)]
enum End {
    /// TCP FIN.
    Fin,
    /// TCP broke.
    Broken(NetFailure),
    /// TLS failed.
    Tls(tls::Error),
}

/// A connection from the TLS handshake to its end.
pub struct Conn {
    /// Its TCP connection.
    pub id: ConnId,
    tls: Client,
    tx: Fifo,
    /// Bytes of `tx` that have ever left.
    sent: u64,
    /// Where in the stream of `tx` each piece of application data ends, and its length.
    pieces: VecDeque<(u64, usize)>,
    /// Application bytes in `tx`.
    outstanding: usize,
    end: Option<End>,
}

impl Conn {
    /// A connection whose ClientHello stands in `hello`.
    pub fn new(id: ConnId, tls: Client, hello: Vec<u8>) -> Conn {
        let mut conn = Conn {
            id,
            tls,
            tx: Fifo::default(),
            sent: 0,
            pieces: VecDeque::new(),
            outstanding: 0,
            end: None,
        };
        conn.tx.push(&hello);
        conn
    }

    /// The TLS side, for what it knows of the handshake.
    pub fn tls(&mut self) -> &mut Client {
        &mut self.tls
    }

    /// How many bytes of the network may come now.
    pub fn rx_room(&self) -> usize {
        if self.end.is_some() { 0 } else { self.tls.room() }
    }

    /// Bytes of the network.
    pub fn receive(&mut self, bytes: &[u8]) {
        if self.end.is_none() {
            let result = self.tls.read_tls(bytes, self.tx.tail());
            self.after(result);
        }
    }

    /// TCP has ended: after what has been received, nothing comes.
    pub fn receive_end(&mut self, failure: Option<NetFailure>) {
        self.end.get_or_insert(failure.map_or(End::Fin, End::Broken));
    }

    /// Application data received and not consumed.
    pub fn plaintext(&self) -> &[u8] {
        self.tls.plaintext()
    }

    /// `n` bytes of [`Conn::plaintext`] are done with.
    pub fn consume(&mut self, n: usize) {
        let result = self.tls.consume(n, self.tx.tail());
        self.after(result);
    }

    /// How many application bytes the send buffer takes.
    pub fn send_room(&self) -> usize {
        SEND_BUFFER.saturating_sub(self.outstanding)
    }

    /// Sends application data, at most [`Conn::send_room`].
    pub fn send(&mut self, data: &[u8]) {
        let result = self.tls.write(data, self.tx.tail());
        let sent = if result.is_ok() { data.len() } else { 0 };
        self.after(result);
        if sent > 0 {
            self.outstanding += sent;
            self.pieces.push_back((self.sent + self.tx.len() as u64, sent));
        }
    }

    /// Says goodbye to the peer: close_notify is the last that goes out.
    pub fn close(&mut self) {
        self.tls.close(self.tx.tail());
    }

    /// Bytes for the network.
    pub fn tx(&self) -> &[u8] {
        self.tx.front()
    }

    /// The first `n` bytes of [`Conn::tx`] have left.
    pub fn tx_done(&mut self, n: usize) {
        self.tx.consume(n);
        self.sent += n as u64;
        while let Some((_, len)) = self.pieces.pop_front_if(|(end, _)| *end <= self.sent) {
            self.outstanding -= len;
        }
    }

    /// The bytes that have not left; the connection is given up.
    pub fn into_last_bytes(mut self) -> Vec<u8> {
        self.tx.take()
    }

    /// Why nothing more will come, once everything that came has been consumed.
    pub fn ended(&self) -> Option<String> {
        if !self.plaintext().is_empty() {
            return None;
        }
        if self.tls.peer_has_closed() {
            return Some("the server closed the connection (close_notify)".into());
        }
        Some(match self.end.as_ref()? {
            End::Fin => "the server closed the TCP connection without close_notify".into(),
            End::Broken(failure) => format!("the TCP connection broke: {}", failure_text(failure)),
            End::Tls(error) => error.to_string(),
        })
    }

    fn after(&mut self, result: Result<(), tls::Error>) {
        if let Err(error) = result {
            self.end.get_or_insert(End::Tls(error));
        }
    }
}

/// A network failure in words.
pub(super) fn failure_text(failure: &NetFailure) -> String {
    match failure {
        NetFailure::Refused => "connection refused".into(),
        NetFailure::Unreachable => "no route to the host".into(),
        NetFailure::TimedOut => "timed out".into(),
        NetFailure::Reset => "reset by the peer".into(),
        NetFailure::Other(text) => text.clone(),
    }
}
