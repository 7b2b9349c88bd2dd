//! Bytes in order, and of datagrams also where each ends and whom it concerns.

use alloc::{collections::VecDeque, vec::Vec};
use at::fifo::Fifo;
use core::net::SocketAddr;

/// A queue of bytes. What was pushed with an address keeps its boundary, what was pushed without has none; a queue
/// holds only one of the two sorts.
#[derive(Debug, Default)]
pub struct Packets {
    bytes: Fifo,
    /// Length and address of each packet; a length shrinks as its packet is consumed.
    packets: VecDeque<(usize, SocketAddr)>,
}

impl Packets {
    /// How many bytes wait.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Nothing waits.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// All that waits, across boundaries.
    pub fn front(&self) -> &[u8] {
        self.bytes.front()
    }

    /// The first packet, or everything where there are none.
    pub fn packet(&self) -> &[u8] {
        match self.packets.front() {
            Some((len, _)) => self.bytes.first(*len),
            None => self.bytes.front(),
        }
    }

    /// Whom the first packet is from, or to.
    pub fn address(&self) -> Option<SocketAddr> {
        self.packets.front().map(|(_, address)| *address)
    }

    /// Appends to a stream.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.push(bytes);
    }

    /// Appends a packet; one without bytes leaves no trace.
    pub fn push_packet(&mut self, address: SocketAddr, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.bytes.push(bytes);
            self.packets.push_back((bytes.len(), address));
        }
    }

    /// Appends to the last packet if it has the same address and does not grow beyond `most`; else as a new one.
    pub fn extend_packet(&mut self, address: SocketAddr, bytes: &[u8], most: usize) {
        match self.packets.back_mut() {
            Some((len, to)) if *to == address && *len + bytes.len() <= most => {
                *len += bytes.len();
                self.bytes.push(bytes);
            }
            _ => self.push_packet(address, bytes),
        }
    }

    /// The tail of a stream to append to in place. Nothing before the present end may be touched.
    pub fn tail(&mut self) -> &mut Vec<u8> {
        self.bytes.tail()
    }

    /// The first `n` bytes are done with.
    pub fn consume(&mut self, n: usize) {
        let n = n.min(self.len());
        self.bytes.consume(n);
        let mut left = n;
        while let Some((len, _)) = self.packets.front_mut() {
            if *len > left {
                *len -= left;
                break;
            }
            left -= *len;
            self.packets.pop_front();
        }
    }

    /// Takes everything out.
    pub fn take(&mut self) -> Vec<u8> {
        self.packets.clear();
        self.bytes.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_keep_their_boundaries_and_senders() {
        let (a, b) = ("192.0.2.1:1".parse().unwrap(), "192.0.2.2:2".parse().unwrap());
        let mut queue = Packets::default();
        queue.push_packet(a, b"first");
        queue.push_packet(a, b"");
        queue.push_packet(b, b"second");
        assert_eq!((queue.packet(), queue.address(), queue.len()), (&b"first"[..], Some(a), 11));
        queue.consume(2);
        assert_eq!((queue.packet(), queue.address()), (&b"rst"[..], Some(a)));
        queue.consume(3);
        assert_eq!((queue.packet(), queue.address()), (&b"second"[..], Some(b)));
        queue.consume(99);
        assert_eq!((queue.packet(), queue.address()), (&b""[..], None));
        queue.extend_packet(a, b"one", 8);
        queue.extend_packet(a, b" more", 8);
        queue.extend_packet(a, b"next", 8);
        queue.extend_packet(b, b"other", 8);
        assert_eq!((queue.packet(), queue.address()), (&b"one more"[..], Some(a)));
        queue.consume(8);
        assert_eq!((queue.packet(), queue.address()), (&b"next"[..], Some(a)));
        queue.consume(4);
        assert_eq!((queue.packet(), queue.address()), (&b"other"[..], Some(b)));
        queue.consume(5);
        queue.push(b"stream");
        assert_eq!(queue.packet(), b"stream");
    }
}
