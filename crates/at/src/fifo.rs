//! A byte queue that is read from the front as one slice. Empty, it keeps no more memory than it has use for.

use alloc::vec::Vec;

/// Capacity that an empty queue may always keep.
const KEEP: usize = 256;

/// An empty queue gives memory back when it is so many times what was last needed. A stream needs as much
/// again at once, and fresh memory costs it more than its bytes do.
const SURPLUS: usize = 4;

/// Consumed bytes in front of the rest that make moving the rest worth while.
const COMPACT: usize = 64 * 1024;

/// Bytes in, bytes out, in order.
#[derive(Clone, Debug, Default)]
pub struct Fifo {
    bytes: Vec<u8>,
    start: usize,
}

impl Fifo {
    /// How many bytes wait.
    pub fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    /// Nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All that waits.
    pub fn front(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// At most the first `n` bytes that wait.
    pub fn first(&self, n: usize) -> &[u8] {
        let front = self.front();
        front.get(..n).unwrap_or(front)
    }

    /// Appends.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The tail to append to in place. Nothing before the present end may be touched.
    pub fn tail(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// The first `n` bytes are done with.
    pub fn consume(&mut self, n: usize) {
        self.start += n.min(self.len());
        if self.is_empty() {
            let needed = self.bytes.len();
            self.start = 0;
            self.bytes.clear();
            if self.bytes.capacity() / SURPLUS > needed {
                self.bytes.shrink_to(needed.max(KEEP));
            }
        } else if self.start >= COMPACT {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
    }

    /// Takes everything out.
    pub fn take(&mut self) -> Vec<u8> {
        let mut bytes = core::mem::take(&mut self.bytes);
        bytes.drain(..core::mem::take(&mut self.start));
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_memory() {
        let mut fifo = Fifo::default();
        let mut expected = Vec::new();
        let mut got = Vec::new();
        for i in 0..2000u32 {
            let piece = alloc::vec![i as u8; (i % 257) as usize];
            fifo.push(&piece);
            expected.extend_from_slice(&piece);
            let n = fifo.first((i % 101) as usize).len();
            got.extend_from_slice(fifo.first(n));
            fifo.consume(n);
        }
        assert_eq!(fifo.len() + got.len(), expected.len());
        got.extend_from_slice(&fifo.clone().take());
        assert_eq!(got, expected);
        fifo.consume(usize::MAX);
        assert!(fifo.is_empty());
        fifo.push(b"x");
        fifo.consume(1);
        assert!(fifo.bytes.capacity() <= KEEP);
    }

    #[test]
    fn a_stream_keeps_its_memory() {
        let mut fifo = Fifo::default();
        let block = [0; 20_000];
        fifo.push(&block);
        let memory = fifo.front().as_ptr();
        for _ in 0..10 {
            fifo.consume(block.len());
            fifo.push(&block);
            assert_eq!(fifo.front().as_ptr(), memory);
        }
    }
}
