//! One connection: bytes of the network on one side, those of the host on the other, both bounded.

use super::packets::Packets;
use crate::{
    cause::{Cause, NetworkCause, ServerCause, SslFacts},
    commands::MAX_SEND,
    contract::{ConnId, NetFailure},
};
use alloc::{boxed::Box, collections::VecDeque, vec::Vec};
use at::fifo::Fifo;
use core::net::SocketAddr;
use tls::Client;

/// Received bytes of a bare TCP connection that wait for the socket to take them.
const INBOX: usize = 32 * 1024;

/// How a connection ended.
#[derive(Clone, Debug)]
enum End {
    /// TCP FIN.
    Fin,
    /// The connection broke.
    Broken(NetFailure),
    /// TLS failed.
    Tls(tls::Error),
}

/// What stands between the bytes of the network and those of the host.
enum Layer {
    /// TLS over TCP, and what its context told it.
    Tls(Box<Client>, Box<SslFacts>),
    /// Bare TCP, and what it has brought.
    Tcp(Fifo),
    /// Datagrams, to this peer if there is only one.
    Udp(Option<SocketAddr>),
}

/// A connection from its first byte to its end.
pub struct Conn {
    /// Its name on the border.
    pub id: ConnId,
    layer: Layer,
    tx: Packets,
    /// Bytes of `tx` that have ever left.
    sent: u64,
    /// Where in the stream of `tx` each piece of data ends, and its length.
    pieces: VecDeque<(u64, usize)>,
    /// Bytes of data in `tx`.
    outstanding: usize,
    /// Bytes of data ever taken.
    accepted: u64,
    /// Bytes of data that it takes before `SEND FAIL` (D17).
    send_buffer: usize,
    end: Option<End>,
    /// What has come in clear and has not been told, if somebody wants to know.
    fresh: Option<Vec<u8>>,
    /// Bytes of [`Conn::plaintext`] that are in there, or have been.
    heard: usize,
}

impl Conn {
    fn new(id: ConnId, layer: Layer, send_buffer: u32) -> Conn {
        Conn {
            id,
            layer,
            tx: Packets::default(),
            sent: 0,
            pieces: VecDeque::new(),
            outstanding: 0,
            accepted: 0,
            send_buffer: usize::try_from(send_buffer).unwrap_or_default(),
            end: None,
            fresh: None,
            heard: 0,
        }
    }

    /// From now on what comes in clear is kept for [`Conn::take_fresh`].
    pub fn keep_fresh(&mut self) {
        self.fresh = Some(Vec::new());
    }

    /// What has come in clear since the last call.
    pub fn take_fresh(&mut self) -> Option<Vec<u8>> {
        self.fresh.as_mut().filter(|fresh| !fresh.is_empty()).map(core::mem::take)
    }

    fn hear_fresh(&mut self) {
        if let (Some(fresh), Layer::Tls(tls, _)) = (&mut self.fresh, &self.layer) {
            fresh.extend_from_slice(tls.plaintext().get(self.heard..).unwrap_or_default());
            self.heard = tls.plaintext().len();
        }
    }

    /// TLS over TCP, whose ClientHello stands in `hello`.
    pub fn tls_over_tcp(id: ConnId, tls: Client, facts: SslFacts, hello: &[u8], send_buffer: u32) -> Conn {
        let mut conn = Conn::new(id, Layer::Tls(Box::new(tls), Box::new(facts)), send_buffer);
        conn.tx.push(hello);
        // A context that leaves nothing to offer.
        conn.end = conn.tls().and_then(|tls| tls.error().cloned()).map(End::Tls);
        conn
    }

    /// Bare TCP.
    pub fn tcp(id: ConnId, send_buffer: u32) -> Conn {
        Conn::new(id, Layer::Tcp(Fifo::default()), send_buffer)
    }

    /// Datagrams, all to `peer` if there is one.
    pub fn udp(id: ConnId, peer: Option<SocketAddr>, send_buffer: u32) -> Conn {
        Conn::new(id, Layer::Udp(peer), send_buffer)
    }

    /// The TLS side, for what it knows of the handshake.
    pub fn tls(&mut self) -> Option<&mut Client> {
        match &mut self.layer {
            Layer::Tls(tls, _) => Some(tls),
            Layer::Tcp(_) | Layer::Udp(_) => None,
        }
    }

    /// What the handshake agreed on, once it is complete.
    pub fn tls_summary(&self) -> Option<&tls::Summary> {
        match &self.layer {
            Layer::Tls(tls, _) => tls.summary(),
            Layer::Tcp(_) | Layer::Udp(_) => None,
        }
    }

    /// Carries datagrams.
    pub fn is_datagram(&self) -> bool {
        matches!(self.layer, Layer::Udp(_))
    }

    /// How many bytes of the network's stream may come now.
    pub fn rx_room(&self) -> usize {
        match &self.layer {
            _ if self.end.is_some() => 0,
            Layer::Tls(tls, _) => tls.room(),
            Layer::Tcp(inbox) => INBOX.saturating_sub(inbox.len()),
            Layer::Udp(_) => 0,
        }
    }

    /// Records that have not been worked off, the last one perhaps in part.
    pub fn unread(&self) -> &[u8] {
        match &self.layer {
            Layer::Tls(tls, _) => tls.unread(),
            Layer::Tcp(_) | Layer::Udp(_) => &[],
        }
    }

    /// One of the records of [`Conn::unread`] has come as a whole.
    pub fn has_whole_record(&self) -> bool {
        match self.unread() {
            [_, _, _, high, low, rest @ ..] => rest.len() >= usize::from(u16::from_be_bytes([*high, *low])),
            _ => false,
        }
    }

    /// Bytes of the network's stream.
    pub fn receive(&mut self, bytes: &[u8]) {
        if self.end.is_some() {
            return;
        }
        match &mut self.layer {
            Layer::Tls(tls, _) => {
                let result = tls.read_tls(bytes, self.tx.tail());
                self.after(result);
                self.hear_fresh();
            }
            Layer::Tcp(inbox) => inbox.push(bytes),
            Layer::Udp(_) => {}
        }
    }

    /// The connection has ended: after what has been received, nothing comes.
    pub fn receive_end(&mut self, failure: Option<NetFailure>) {
        self.end.get_or_insert(failure.map_or(End::Fin, End::Broken));
    }

    /// The peer has sent FIN.
    pub fn is_closed_by_peer(&self) -> bool {
        matches!(self.end, Some(End::Fin))
    }

    /// Data received and not consumed. Datagrams are not among them: the socket keeps those.
    pub fn plaintext(&self) -> &[u8] {
        match &self.layer {
            Layer::Tls(tls, _) => tls.plaintext(),
            Layer::Tcp(inbox) => inbox.front(),
            Layer::Udp(_) => &[],
        }
    }

    /// `n` bytes of [`Conn::plaintext`] are done with.
    pub fn consume(&mut self, n: usize) {
        match &mut self.layer {
            Layer::Tls(tls, _) => {
                let result = tls.consume(n, self.tx.tail());
                self.heard = self.heard.saturating_sub(n);
                self.after(result);
                self.hear_fresh();
            }
            Layer::Tcp(inbox) => inbox.consume(n),
            Layer::Udp(_) => {}
        }
    }

    /// How many bytes the send buffer takes.
    pub fn send_room(&self) -> usize {
        self.send_buffer.saturating_sub(self.outstanding)
    }

    /// Sends data, at most [`Conn::send_room`]; to the peer of a datagram socket as one packet.
    pub fn send(&mut self, data: &[u8]) {
        match &mut self.layer {
            Layer::Tls(tls, _) => {
                let result = tls.write(data, self.tx.tail());
                let failed = result.is_err();
                self.after(result);
                if failed {
                    return;
                }
            }
            Layer::Tcp(_) => self.tx.push(data),
            Layer::Udp(Some(peer)) => self.tx.push_packet(*peer, data),
            Layer::Udp(None) => return,
        }
        self.taken(data.len());
    }

    /// Sends one datagram.
    pub fn send_to(&mut self, to: SocketAddr, data: &[u8]) {
        self.tx.push_packet(to, data);
        self.taken(data.len());
    }

    /// Sends data of `udp/sendmode` 1: they go into the datagram that waits, while both are no longer than one send.
    pub fn send_joined(&mut self, to: Option<SocketAddr>, data: &[u8]) {
        let peer = if let Layer::Udp(peer) = self.layer { peer.or(to) } else { None };
        match peer {
            Some(to) => {
                self.tx.extend_packet(to, data, MAX_SEND);
                self.taken(data.len());
            }
            None => self.send(data),
        }
    }

    fn taken(&mut self, n: usize) {
        if n > 0 {
            self.accepted += n as u64;
            self.outstanding += n;
            self.pieces.push_back((self.sent + self.tx.len() as u64, n));
        }
    }

    /// Bytes ever taken, and those of them that have not left yet (`AT+QISEND=<id>,0`).
    pub fn send_counts(&self) -> (u64, usize) {
        (self.accepted, self.outstanding)
    }

    /// Says goodbye to the peer: close_notify is the last that goes out.
    pub fn close(&mut self) {
        if let Layer::Tls(tls, _) = &mut self.layer {
            tls.close(self.tx.tail());
        }
    }

    /// Bytes for the network; of datagrams the next one, whole.
    pub fn tx(&self) -> &[u8] {
        self.tx.packet()
    }

    /// Where the datagram in [`Conn::tx`] goes.
    pub fn tx_to(&self) -> Option<SocketAddr> {
        self.tx.address()
    }

    /// The first `n` bytes of [`Conn::tx`] have left.
    pub fn tx_done(&mut self, n: usize) {
        self.tx.consume(n);
        self.sent += n as u64;
        while let Some((_, len)) = self.pieces.pop_front_if(|(end, _)| *end <= self.sent) {
            self.outstanding -= len;
        }
    }

    /// The bytes that have not left; the connection is given up. Datagrams that wait are lost.
    pub fn into_last_bytes(mut self) -> Vec<u8> {
        match self.layer {
            Layer::Tls(..) | Layer::Tcp(_) => self.tx.take(),
            Layer::Udp(_) => Vec::new(),
        }
    }

    /// Why nothing more will come from `peer`, once everything that came has been consumed.
    pub fn ended(&self, peer: SocketAddr) -> Option<Cause> {
        if !self.plaintext().is_empty() {
            return None;
        }
        let end = self.end.as_ref();
        Some(match (&self.layer, end) {
            (Layer::Tls(tls, _), _) if tls.peer_has_closed() => {
                ServerCause::Closed { by: "the server closed the connection (close_notify)" }.into()
            }
            (Layer::Tls(tls, facts), Some(End::Tls(error))) => {
                let progress = (!tls.is_established()).then(|| tls.progress());
                Cause::tls(error, progress, facts)
            }
            (Layer::Tls(tls, facts), Some(end)) if !tls.is_established() => {
                let failure = if let End::Broken(failure) = end { Some(failure) } else { None };
                Cause::cut_handshake(failure, tls.progress(), facts)
            }
            (Layer::Tls(..), Some(End::Fin)) => ServerCause::ClosedWithoutNotify.into(),
            (_, Some(End::Broken(failure))) => {
                NetworkCause::Broken { failure: failure.clone(), to: peer }.into()
            }
            (Layer::Tcp(_) | Layer::Udp(_), Some(End::Fin | End::Tls(_))) => {
                ServerCause::Closed { by: "the peer closed the connection" }.into()
            }
            (_, None) => return None,
        })
    }

    /// The handshake has not come to its end in time.
    pub fn handshake_late(&self) -> Cause {
        match &self.layer {
            Layer::Tls(tls, facts) => {
                ServerCause::Timeout { progress: tls.progress(), facts: SslFacts::clone(facts) }.into()
            }
            Layer::Tcp(_) | Layer::Udp(_) => NetworkCause::ConnectTimeout { to: None }.into(),
        }
    }

    fn after(&mut self, result: Result<(), tls::Error>) {
        if let Err(error) = result {
            self.end.get_or_insert(End::Tls(error));
        }
    }
}
