//! Bytes that wait for the other side.

#[derive(Debug, Default)]
pub(super) struct Outgoing {
    bytes: Vec<u8>,
    /// How many of them have left.
    left: usize,
}

impl Outgoing {
    /// Those that have not left.
    pub(super) fn tx(&self) -> &[u8] {
        self.bytes.get(self.left..).unwrap_or_default()
    }

    /// Where more is put behind them.
    pub(super) fn behind(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// The first `n` bytes of `tx` have left.
    pub(super) fn tx_done(&mut self, n: usize) {
        self.left += n;
        if self.left >= self.bytes.len() {
            self.bytes.clear();
            self.left = 0;
        }
    }
}
