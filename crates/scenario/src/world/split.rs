//! In which pieces a host's bytes arrive. What a module says must not depend on it.

/// A way to cut every `send` into pieces that arrive at the same instant, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Split {
    /// One piece.
    Whole,
    /// Byte by byte.
    Bytes,
    /// Cut after these positions, ascending, of each `send`.
    Cuts(Vec<usize>),
    /// Pieces of 1 to 17 bytes, drawn from this seed.
    Random(u64),
}

impl Split {
    /// `bytes` in pieces, none of them empty. Takes `self` by `&mut` because a random split goes on
    /// drawing from where it stopped.
    pub fn pieces<'a>(&mut self, bytes: &'a [u8]) -> Vec<&'a [u8]> {
        let mut rest = bytes;
        let mut pieces = Vec::new();
        let mut taken = 0;
        while !rest.is_empty() {
            let n = match self {
                Split::Whole => rest.len(),
                Split::Bytes => 1,
                Split::Cuts(cuts) => cuts
                    .iter()
                    .find(|cut| **cut > taken)
                    .map_or(rest.len(), |cut| (cut - taken).min(rest.len())),
                Split::Random(state) => 1 + (next_random(state) % 17) as usize,
            };
            let (piece, tail) = rest.split_at(n.min(rest.len()));
            pieces.push(piece);
            taken += piece.len();
            rest = tail;
        }
        pieces
    }
}

/// The next number of a SplitMix64 sequence: enough chance for tests, the same on every machine.
pub fn next_random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_join_to_the_whole() {
        let bytes: Vec<u8> = (0..100).collect();
        for mut split in [
            Split::Whole,
            Split::Bytes,
            Split::Cuts(vec![1, 7, 7, 50, 200]),
            Split::Cuts(vec![]),
            Split::Random(3),
        ] {
            let pieces = split.pieces(&bytes);
            assert!(pieces.iter().all(|p| !p.is_empty()), "{split:?}");
            assert_eq!(pieces.concat(), bytes, "{split:?}");
        }
    }

    #[test]
    fn cuts_are_where_they_were_asked_for() {
        let lengths: Vec<_> = Split::Cuts(vec![1, 3]).pieces(b"abcdef").iter().map(|p| p.len()).collect();
        assert_eq!(lengths, [1, 2, 3]);
    }
}
