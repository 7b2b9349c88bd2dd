//! Branch-free choices on secret numbers.
//!
//! `subtle` guards every single operation against the optimiser, which costs more than the hash
//! itself where hundreds of bytes are masked per record. Here a secret is hidden from the optimiser
//! once, by [`secret`], and the masks are plain arithmetic that vectorises. Two bytes are enough,
//! because no length in a record reaches 2^15.

use std::hint::black_box;

/// All ones or all zeros.
#[derive(Clone, Copy)]
pub(crate) struct Mask(u16);

impl Mask {
    /// Whether `a < b`; both below 2^15.
    #[inline]
    pub(crate) fn lt(a: u16, b: u16) -> Mask {
        Mask((a.wrapping_sub(b) >> 15).wrapping_neg())
    }

    /// Whether `a == b`; both below 2^15.
    #[inline]
    pub(crate) fn eq(a: u16, b: u16) -> Mask {
        Mask(((a ^ b).wrapping_sub(1) >> 15).wrapping_neg())
    }

    #[inline]
    pub(crate) fn and(self, other: Mask) -> Mask {
        Mask(self.0 & other.0)
    }

    #[inline]
    pub(crate) fn not(self) -> Mask {
        Mask(!self.0)
    }

    /// `value` or 0.
    #[inline]
    pub(crate) fn of(self, value: u16) -> u16 {
        self.0 & value
    }

    #[inline]
    pub(crate) fn of_u8(self, value: u8) -> u8 {
        self.0 as u8 & value
    }

    #[inline]
    pub(crate) fn of_u32(self, value: u32) -> u32 {
        u32::from(self.0).wrapping_mul(0x0001_0001) & value
    }

    #[inline]
    pub(crate) fn of_u64(self, value: u64) -> u64 {
        u64::from(self.0).wrapping_mul(0x0001_0001_0001_0001) & value
    }

    /// The outcome, once it may be known.
    pub(crate) fn reveal(self) -> bool {
        black_box(self.0) != 0
    }
}

/// A number that the optimiser knows nothing about.
#[inline]
pub(crate) fn secret(value: u16) -> u16 {
    black_box(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_agree_with_the_operators() {
        let numbers = [0, 1, 2, 15, 16, 255, 256, 16384, 18432, 0x7FFF];
        for a in numbers {
            for b in numbers {
                assert_eq!(Mask::lt(a, b).reveal(), a < b, "{a} < {b}");
                assert_eq!(Mask::eq(a, b).reveal(), a == b, "{a} == {b}");
                assert_eq!(Mask::eq(a, b).not().reveal(), a != b);
                assert_eq!(Mask::eq(a, b).of(7), if a == b { 7 } else { 0 });
            }
        }
        assert_eq!(Mask::eq(1, 1).of_u32(u32::MAX), u32::MAX);
        assert_eq!(Mask::eq(1, 1).of_u64(u64::MAX), u64::MAX);
        assert_eq!(Mask::eq(1, 2).of_u64(u64::MAX), 0);
    }
}
