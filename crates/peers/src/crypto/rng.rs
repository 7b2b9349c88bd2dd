//! A generator that gives the same bytes for the same seed, on every machine.

use super::Hash;

/// SHA-256 in counter mode over a seed and a label.
#[derive(Clone, Debug)]
pub struct Rng {
    seed: Vec<u8>,
    counter: u64,
    left: Vec<u8>,
}

impl Rng {
    /// The stream of this seed and label; different labels give unrelated streams.
    pub fn new(seed: u64, label: &str) -> Rng {
        let seed = [&seed.to_be_bytes()[..], label.as_bytes()].concat();
        Rng { seed, counter: 0, left: Vec::new() }
    }

    /// The next `n` bytes.
    pub fn bytes(&mut self, n: usize) -> Vec<u8> {
        while self.left.len() < n {
            self.left.extend(Hash::Sha256.digest(&[&self.seed, &self.counter.to_be_bytes()]));
            self.counter += 1;
        }
        self.left.drain(..n).collect()
    }

    /// The next `N` bytes, as an array.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        out.copy_from_slice(&self.bytes(N));
        out
    }
}
