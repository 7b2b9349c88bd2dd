//! Randomness as an argument.

use chacha20::{
    ChaCha20Rng,
    rand_core::{Rng as _, SeedableRng},
};

/// A deterministic random bit generator (ChaCha20): one seed, one stream.
///
/// The seed comes from outside, 32 bytes of the operating system or of a test. It is the only
/// source of randomness of a connection, so the same seed and the same peer give the same bytes.
pub struct Rng(ChaCha20Rng);

impl Rng {
    /// From 32 bytes of entropy.
    pub fn from_seed(seed: [u8; 32]) -> Rng {
        Rng(ChaCha20Rng::from_seed(seed))
    }

    /// Fills `out` with the next bytes of the stream.
    pub fn fill(&mut self, out: &mut [u8]) {
        self.0.fill_bytes(out);
    }

    /// The next `N` bytes of the stream.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// An independent generator for a part of the work (a connection).
    pub fn fork(&mut self) -> Rng {
        Rng::from_seed(self.bytes())
    }

    /// The generator behind, for libraries that take one.
    pub(crate) fn core(&mut self) -> &mut ChaCha20Rng {
        &mut self.0
    }
}
