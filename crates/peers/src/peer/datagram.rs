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

/// A time server (RFC 4330) whose clock stands still, or one that answers only what it is made to say.
pub struct TimePeer {
    /// Nothing: it waits.
    unix: Option<i64>,
    /// The first byte of its answers: warning, version, mode.
    flags: u8,
    stratum: u8,
    /// The time stamp of the last request.
    stamp: [u8; 8],
    datagrams: DatagramPeer,
}

/// From the beginning of 1900 to that of 1970.
const UNIX_EPOCH: i64 = 2_208_988_800;

/// A message without extensions, and in it the time stamp of the sender and that of the request that it answers.
const MESSAGE: usize = 48;
const STAMP: core::ops::Range<usize> = 40..48;
const ORIGINAL: core::ops::Range<usize> = 24..32;

impl TimePeer {
    /// A server that says this time; one that is not synchronised says so.
    pub fn new(unix: i64, synchronised: bool) -> TimePeer {
        let (flags, stratum) = if synchronised { (0x24, 2) } else { (0xE4, 0) };
        TimePeer { unix: Some(unix), flags, stratum, stamp: [0; 8], datagrams: DatagramPeer::default() }
    }

    /// A server that says only what [`Peer::send`] has. An answer without the time stamp of the request gets it.
    pub fn waiting() -> TimePeer {
        TimePeer { unix: None, ..TimePeer::new(0, true) }
    }
}

impl Peer for TimePeer {
    fn rx(&mut self, bytes: &[u8]) {
        self.datagrams.rx(bytes);
        if let Some(stamp) = bytes.get(STAMP).filter(|_| bytes.len() == MESSAGE) {
            self.stamp.copy_from_slice(stamp);
            if let Some(unix) = self.unix {
                let mut answer = [0; MESSAGE];
                (answer[0], answer[1]) = (self.flags, self.stratum);
                let seconds = (unix + UNIX_EPOCH) as u32;
                answer[40..44].copy_from_slice(&seconds.to_be_bytes());
                self.send(&answer);
            }
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
        let mut data = data.to_vec();
        if let Some(original) =
            data.get_mut(ORIGINAL).filter(|original| original.iter().all(|byte| *byte == 0))
        {
            original.copy_from_slice(&self.stamp);
        }
        self.datagrams.send(&data);
    }

    fn close(&mut self) {}

    fn received(&self) -> &[u8] {
        self.datagrams.received()
    }

    fn facts(&self) -> &[String] {
        self.datagrams.facts()
    }
}
