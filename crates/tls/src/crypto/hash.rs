//! Hash functions with their state in reach.
//!
//! The compression functions are the libraries'; the buffering around them is here because a
//! record MAC must stop at a length that nobody may learn (see [`Hasher::finish_at`]), which no
//! digest interface offers. Everything else that hashes uses the same type, so a connection has
//! one implementation of each function, no allocation, and states that can be cloned cheaply.

use super::ct::{Mask, secret};
use crate::work;
use std::{fmt, hint::black_box};
use zeroize::Zeroize;

/// The hash functions of MACs, PRFs and transcripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// RFC 1321.
    Md5,
    /// FIPS 180.
    Sha1,
    /// FIPS 180.
    Sha256,
    /// FIPS 180.
    Sha384,
}

impl Hash {
    /// Length of a digest in bytes.
    pub const fn output_len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
        }
    }

    /// Length in bytes of what the compression function takes.
    pub(crate) const fn block_len(self) -> usize {
        match self {
            Self::Md5 | Self::Sha1 | Self::Sha256 => 64,
            Self::Sha384 => 128,
        }
    }

    /// Bytes that the message length takes at the end of the last block.
    const fn length_len(self) -> usize {
        self.block_len() / 8
    }

    /// The digest of the concatenation of `parts`.
    pub(crate) fn digest(self, parts: &[&[u8]]) -> Digest {
        let mut hasher = Hasher::new(self);
        for part in parts {
            hasher.update(part);
        }
        hasher.finish()
    }
}

/// A digest, at most 48 bytes.
#[derive(Clone, Copy)]
pub(crate) struct Digest {
    bytes: [u8; 48],
    len: usize,
}

impl Digest {
    /// Two digests in a row, 48 bytes at most (MD5 and SHA-1 take 36).
    pub(crate) fn then(mut self, other: Digest) -> Digest {
        if let Some(room) = self.bytes.get_mut(self.len..self.len + other.len) {
            room.copy_from_slice(other.as_ref());
            self.len += other.len;
        }
        self
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl Zeroize for Digest {
    fn zeroize(&mut self) {
        self.bytes.zeroize();
    }
}

#[derive(Clone, Copy)]
enum State {
    Md5([u32; 4]),
    Sha1([u32; 5]),
    Sha256([u32; 8]),
    Sha384([u64; 8]),
}

/// A hash function at work.
#[derive(Clone)]
pub(crate) struct Hasher {
    state: State,
    block: [u8; 128],
    /// Bytes taken so far; the last `total % block_len` of them are in `block`.
    total: u64,
}

impl Hasher {
    pub(crate) fn new(hash: Hash) -> Hasher {
        let state = match hash {
            Hash::Md5 => State::Md5([0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476]),
            Hash::Sha1 => State::Sha1([0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]),
            Hash::Sha256 => State::Sha256([
                0x6a09_e667,
                0xbb67_ae85,
                0x3c6e_f372,
                0xa54f_f53a,
                0x510e_527f,
                0x9b05_688c,
                0x1f83_d9ab,
                0x5be0_cd19,
            ]),
            Hash::Sha384 => State::Sha384([
                0xcbbb_9d5d_c105_9ed8,
                0x629a_292a_367c_d507,
                0x9159_015a_3070_dd17,
                0x152f_ecd8_f70e_5939,
                0x6733_2667_ffc0_0b31,
                0x8eb4_4a87_6858_1511,
                0xdb0c_2e0d_64f9_8fa7,
                0x47b5_481d_befa_4fa4,
            ]),
        };
        Hasher { state, block: [0; 128], total: 0 }
    }

    pub(crate) fn hash(&self) -> Hash {
        match self.state {
            State::Md5(_) => Hash::Md5,
            State::Sha1(_) => Hash::Sha1,
            State::Sha256(_) => Hash::Sha256,
            State::Sha384(_) => Hash::Sha384,
        }
    }

    fn buffered(&self) -> usize {
        // The block length is a power of two, so the low bits are the position.
        self.total as usize & (self.hash().block_len() - 1)
    }

    /// How many bytes complete the block that has been begun.
    pub(crate) fn missing(&self) -> usize {
        let block_len = self.hash().block_len();
        (block_len - self.buffered()) & (block_len - 1)
    }

    pub(crate) fn update(&mut self, mut data: &[u8]) {
        let block_len = self.hash().block_len();
        let buffered = self.buffered();
        self.total += data.len() as u64;
        // Block lengths are powers of two: a mask divides, and much faster.
        let odd = |len: usize| len & (block_len - 1);
        if buffered == 0 && odd(data.len()) == 0 {
            return self.state.compress(data);
        }
        if buffered > 0 {
            let taken = data.len().min(block_len - buffered);
            let (head, rest) = data.split_at(taken);
            self.block[buffered..buffered + taken].copy_from_slice(head);
            data = rest;
            if buffered + taken < block_len {
                return;
            }
            self.state.compress(&self.block[..block_len]);
        }
        let (whole, rest) = data.split_at(data.len() - odd(data.len()));
        self.state.compress(whole);
        self.block[..rest.len()].copy_from_slice(rest);
    }

    pub(crate) fn finish(mut self) -> Digest {
        let hash = self.hash();
        let (block_len, length_at) = (hash.block_len(), hash.block_len() - hash.length_len());
        let buffered = self.buffered();
        self.block[buffered] = 0x80;
        self.block[buffered + 1..].fill(0);
        if buffered >= length_at {
            self.state.compress(&self.block[..block_len]);
            self.block.fill(0);
        }
        self.block[length_at..block_len].copy_from_slice(&self.state.length(self.total)[..hash.length_len()]);
        self.state.compress(&self.block[..block_len]);
        self.state.digest()
    }

    /// The digest after `data[..len]`, in time that depends on `data.len()` and `known` alone.
    ///
    /// `len` is secret; it is at least `known` and at most `data.len()`, which may lie
    /// [`Hasher::UNKNOWN`] bytes apart. The last blocks are made for every possible length, byte by
    /// byte under masks, and the state after the right one is kept.
    pub(crate) fn finish_at(mut self, data: &[u8], known: usize, len: u16) -> Digest {
        let hash = self.hash();
        let (block_len, length_len) = (hash.block_len(), hash.length_len());
        let (head, tail) = data.split_at(known);
        self.update(head);
        let buffered = self.buffered();
        let tail_len = secret(len.wrapping_sub(known as u16));
        let length = self.state.length(self.total.wrapping_add(tail_len.into()));

        // What all lengths have in common, ...
        let mut blocks = [0; 4 * 128];
        let blocks = &mut blocks[..(buffered + tail.len() + length_len) / block_len * block_len + block_len];
        blocks[..buffered].copy_from_slice(&self.block[..buffered]);
        blocks[buffered..buffered + tail.len()].copy_from_slice(tail);
        // ... cut off at the right one.
        let end = buffered as u16 + tail_len;
        for (byte, position) in blocks.iter_mut().zip(0..) {
            *byte = Mask::lt(position, end).of_u8(*byte) | Mask::eq(position, end).of_u8(0x80);
        }
        // The length stands in the first block that has room for it after the 0x80.
        let last = (end + length_len as u16) >> block_len.trailing_zeros();
        let mut kept = self.state.zero();
        for (block, index) in blocks.chunks_mut(block_len).zip(0..) {
            let is_last = Mask::eq(index, last);
            for (byte, value) in block[block_len - length_len..].iter_mut().zip(length) {
                *byte |= is_last.of_u8(value);
            }
            self.state.compress(block);
            kept.merge(&self.state, is_last);
        }
        kept.digest()
    }

    /// Between how many lengths [`Hasher::finish_at`] can keep its secret.
    pub(crate) const UNKNOWN: usize = 256;
}

/// What is hashed is secret now and then. `zeroize` would write byte by byte, which costs as much as hashing.
impl Drop for Hasher {
    fn drop(&mut self) {
        self.state = self.state.zero();
        self.block = [0; 128];
        black_box(self);
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").field("hash", &self.hash()).finish_non_exhaustive()
    }
}

impl State {
    /// Takes whole blocks.
    fn compress(&mut self, blocks: &[u8]) {
        work::count(blocks.len());
        match self {
            Self::Md5(state) => md5::block_api::compress(state, blocks.as_chunks().0),
            Self::Sha1(state) => sha1::block_api::compress(state, blocks.as_chunks().0),
            Self::Sha256(state) => sha2::block_api::compress256(state, blocks.as_chunks().0),
            Self::Sha384(state) => sha2::block_api::compress512(state, blocks.as_chunks().0),
        }
    }

    /// The length field for a message of `bytes` bytes; 8 bytes, or 16 for SHA-384.
    fn length(&self, bytes: u64) -> [u8; 16] {
        let mut field = [0; 16];
        let bits = bytes << 3;
        match self {
            Self::Md5(_) => field[..8].copy_from_slice(&bits.to_le_bytes()),
            Self::Sha1(_) | Self::Sha256(_) => field[..8].copy_from_slice(&bits.to_be_bytes()),
            Self::Sha384(_) => field[8..].copy_from_slice(&bits.to_be_bytes()),
        }
        field
    }

    fn zero(&self) -> State {
        match self {
            Self::Md5(_) => Self::Md5([0; 4]),
            Self::Sha1(_) => Self::Sha1([0; 5]),
            Self::Sha256(_) => Self::Sha256([0; 8]),
            Self::Sha384(_) => Self::Sha384([0; 8]),
        }
    }

    /// Adds the bits of `other`, of the same function, where `mask` says so.
    fn merge(&mut self, other: &State, mask: Mask) {
        fn words<const N: usize>(to: &mut [u32; N], from: &[u32; N], mask: Mask) {
            to.iter_mut().zip(from).for_each(|(to, &from)| *to |= mask.of_u32(from));
        }
        match (self, other) {
            (Self::Md5(to), Self::Md5(from)) => words(to, from, mask),
            (Self::Sha1(to), Self::Sha1(from)) => words(to, from, mask),
            (Self::Sha256(to), Self::Sha256(from)) => words(to, from, mask),
            (Self::Sha384(to), Self::Sha384(from)) => {
                to.iter_mut().zip(from).for_each(|(to, &from)| *to |= mask.of_u64(from));
            }
            (Self::Md5(_) | Self::Sha1(_) | Self::Sha256(_) | Self::Sha384(_), _) => {}
        }
    }

    fn digest(&self) -> Digest {
        let mut bytes = [0; 48];
        match self {
            Self::Md5(state) => put(&mut bytes, state.iter().map(|word| word.to_le_bytes())),
            Self::Sha1(state) => put(&mut bytes, state.iter().map(|word| word.to_be_bytes())),
            Self::Sha256(state) => put(&mut bytes, state.iter().map(|word| word.to_be_bytes())),
            Self::Sha384(state) => put(&mut bytes, state.iter().map(|word| word.to_be_bytes())),
        }
        let len = match self {
            Self::Md5(_) => 16,
            Self::Sha1(_) => 20,
            Self::Sha256(_) => 32,
            Self::Sha384(_) => 48,
        };
        Digest { bytes, len }
    }
}

/// Lines the words up; what does not fit (the end of SHA-512's state) is cut.
fn put<const N: usize>(to: &mut [u8; 48], words: impl Iterator<Item = [u8; N]>) {
    to.chunks_exact_mut(N).zip(words).for_each(|(to, word)| to.copy_from_slice(&word));
}

#[cfg(test)]
pub(crate) mod tests;
