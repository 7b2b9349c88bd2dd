//! A peer of datagrams.

use super::Peer;

/// Takes datagrams, says only what a test makes it say, or sends everything back. Its facts are the lengths of
/// what has come: `datagram 5`.
#[derive(Default)]
pub struct DatagramPeer {
    echo: bool,
    tx: Vec<u8>,
    received: Vec<u8>,
    facts: Vec<String>,
}

impl DatagramPeer {
    /// A peer that sends everything back, or nothing by itself.
    pub fn new(echo: bool) -> DatagramPeer {
        DatagramPeer { echo, ..DatagramPeer::default() }
    }
}

impl Peer for DatagramPeer {
    fn rx(&mut self, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
        self.facts.push(format!("datagram {}", bytes.len()));
        if self.echo {
            self.tx.extend_from_slice(bytes);
        }
    }

    fn eof(&mut self) {}

    fn reset(&mut self) {}

    fn tx(&mut self) -> &mut Vec<u8> {
        &mut self.tx
    }

    fn has_finished(&self) -> bool {
        false
    }

    fn send(&mut self, data: &[u8]) {
        self.tx.extend_from_slice(data);
    }

    fn close(&mut self) {}

    fn received(&self) -> &[u8] {
        &self.received
    }

    fn facts(&self) -> &[String] {
        &self.facts
    }
}

/// A time server (RFC 4330) whose clock stands still.
pub struct TimePeer {
    unix: i64,
    /// The first byte of its answers: warning, version, mode.
    flags: u8,
    stratum: u8,
    datagrams: DatagramPeer,
}

/// From the beginning of 1900 to that of 1970.
const UNIX_EPOCH: i64 = 2_208_988_800;

impl TimePeer {
    /// A server that says this time; one that is not synchronised says so.
    pub fn new(unix: i64, synchronised: bool) -> TimePeer {
        let (flags, stratum) = if synchronised { (0x24, 2) } else { (0xE4, 0) };
        TimePeer { unix, flags, stratum, datagrams: DatagramPeer::default() }
    }
}

impl Peer for TimePeer {
    fn rx(&mut self, bytes: &[u8]) {
        self.datagrams.rx(bytes);
        if bytes.len() == 48 {
            let mut answer = [0; 48];
            (answer[0], answer[1]) = (self.flags, self.stratum);
            answer[24..32].copy_from_slice(&bytes[40..]);
            let seconds = (self.unix + UNIX_EPOCH) as u32;
            answer[40..44].copy_from_slice(&seconds.to_be_bytes());
            self.datagrams.send(&answer);
        }
    }

    fn eof(&mut self) {}

    fn reset(&mut self) {}

    fn tx(&mut self) -> &mut Vec<u8> {
        self.datagrams.tx()
    }

    fn has_finished(&self) -> bool {
        false
    }

    fn send(&mut self, data: &[u8]) {
        self.datagrams.send(data);
    }

    fn close(&mut self) {}

    fn received(&self) -> &[u8] {
        self.datagrams.received()
    }

    fn facts(&self) -> &[String] {
        self.datagrams.facts()
    }
}
