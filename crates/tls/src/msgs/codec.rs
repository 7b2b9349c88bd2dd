//! Reading and writing the presentation language (RFC 5246 4).

use crate::error::Decode;

/// Reads fields from the front of a slice.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8], Decode> {
        let (head, rest) = self.0.split_at_checked(len).ok_or(Decode::TooShort)?;
        self.0 = rest;
        Ok(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Decode> {
        let (head, rest) = self.0.split_first_chunk().ok_or(Decode::TooShort)?;
        self.0 = rest;
        Ok(*head)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Decode> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Decode> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u24(&mut self) -> Result<usize, Decode> {
        self.array().map(|[a, b, c]| usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Decode> {
        self.array().map(u32::from_be_bytes)
    }

    /// opaque<0..2^8-1>
    pub(crate) fn vec8(&mut self) -> Result<&'a [u8], Decode> {
        let len = self.u8()?;
        self.take(len.into())
    }

    /// opaque<0..2^16-1>
    pub(crate) fn vec16(&mut self) -> Result<&'a [u8], Decode> {
        let len = self.u16()?;
        self.take(len.into())
    }

    /// opaque<0..2^24-1>
    pub(crate) fn vec24(&mut self) -> Result<&'a [u8], Decode> {
        let len = self.u24()?;
        self.take(len)
    }

    /// A list of two-byte numbers, with its length in front.
    pub(crate) fn u16s(&mut self) -> Result<impl Iterator<Item = u16> + 'a, Decode> {
        let (numbers, rest) = self.vec16()?.as_chunks();
        if !rest.is_empty() {
            return Err(Decode::OddLength);
        }
        Ok(numbers.iter().map(|&number| u16::from_be_bytes(number)))
    }

    /// Everything that is left.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    /// Nothing may be left.
    pub(crate) fn finish(self) -> Result<(), Decode> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(Decode::TrailingBytes),
        }
    }
}

/// Writes a length of `N` bytes in front of what `write` appends.
pub(crate) fn with_length<const N: usize>(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; N]);
    write(out);
    let len = (out.len() - start - N).to_be_bytes();
    let (_, low) = len.split_at(len.len() - N);
    out[start..start + N].copy_from_slice(low);
}
