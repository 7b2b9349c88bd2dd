//! CBC records (RFC 5246 6.2.3.2): MAC then encrypt, or encrypt then MAC (RFC 7366).

use super::{
    BadRecord, Context,
    block_cipher::{Decryptor, Encryptor},
};
use crate::{
    Rng,
    crypto::{Digest, Mac, ct::Mask},
    version::{CbcIv, CbcPadding, Facts, MacFamily},
};
use std::ops::Range;
use subtle::ConstantTimeEq;

/// What both directions of a connection have in common.
#[derive(Clone, Copy)]
pub(super) struct Format {
    pub(super) mac: MacFamily,
    pub(super) iv: CbcIv,
    pub(super) padding: CbcPadding,
    pub(super) encrypt_then_mac: bool,
}

impl Format {
    pub(super) fn new(version: &Facts, encrypt_then_mac: bool) -> Format {
        Format { mac: version.mac, iv: version.cbc_iv, padding: version.cbc_padding, encrypt_then_mac }
    }

    /// Bytes in front of the content in an encrypted record.
    fn iv_len(self, block_len: usize) -> usize {
        match self.iv {
            CbcIv::Chained => 0,
            CbcIv::Explicit => block_len,
        }
    }
}

/// Authenticated bytes that are not in the record.
pub(super) fn pseudo_header(mac: MacFamily, context: Context, len: usize) -> ([u8; 13], usize) {
    let mut bytes = context.bytes(len);
    match mac {
        MacFamily::Hmac => (bytes, 13),
        MacFamily::Ssl30 => {
            bytes.copy_within(11.., 9);
            (bytes, 11)
        }
    }
}

/// The direction from us.
pub(crate) struct Sealer {
    pub(super) cipher: Encryptor,
    pub(super) mac: Mac,
    pub(super) format: Format,
    pub(super) block_len: usize,
}

impl Sealer {
    /// Whether the initialisation vector of the next record is known to the peer.
    pub(super) fn chains(&self) -> bool {
        self.format.iv == CbcIv::Chained
    }

    pub(super) fn seal(&mut self, context: Context, plaintext: &[u8], rng: &mut Rng, out: &mut Vec<u8>) {
        let mac_len = self.mac.hash().output_len();
        let iv_len = self.format.iv_len(self.block_len);
        out.reserve(iv_len + plaintext.len() + mac_len + 2 * self.block_len);
        let start = out.len();

        // A random block in front, encrypted like the rest, is as good as a random vector and
        // needs no new key schedule (RFC 4346 6.2.3.2, the second method).
        let mut iv = [0; 16];
        let iv = &mut iv[..iv_len];
        rng.fill(iv);
        out.extend_from_slice(iv);
        let content = out.len();
        out.extend_from_slice(plaintext);

        let sign = |len, data: &[u8]| {
            let (header, header_len) = pseudo_header(self.format.mac, context, len);
            self.mac.sign(&[&header[..header_len], data])
        };
        if !self.format.encrypt_then_mac {
            let mac = sign(plaintext.len(), &out[content..]);
            out.extend_from_slice(mac.as_ref());
        }
        let padding = self.block_len - (out.len() - content) % self.block_len;
        out.resize(out.len() + padding, (padding - 1) as u8);
        self.cipher.encrypt(&mut out[start..]);
        if self.format.encrypt_then_mac {
            let mac = sign(out.len() - start, &out[start..]);
            out.extend_from_slice(mac.as_ref());
        }
    }
}

/// The direction towards us.
pub(crate) struct Opener {
    pub(super) cipher: Decryptor,
    pub(super) mac: Mac,
    pub(super) format: Format,
}

impl Opener {
    pub(super) fn open(&mut self, context: Context, fragment: &mut [u8]) -> Result<Range<usize>, BadRecord> {
        match self.format.encrypt_then_mac {
            true => self.open_after_mac(context, fragment),
            false => self.open_before_mac(context, fragment),
        }
    }

    /// RFC 7366: what authenticates may be looked at without care.
    fn open_after_mac(&mut self, context: Context, fragment: &mut [u8]) -> Result<Range<usize>, BadRecord> {
        let block_len = self.cipher.block_len();
        let encrypted_len = fragment.len().checked_sub(self.mac.hash().output_len()).ok_or(BadRecord)?;
        let (encrypted, mac) = fragment.split_at_mut(encrypted_len);
        let iv_len = self.format.iv_len(block_len);
        if !encrypted.len().is_multiple_of(block_len) || encrypted.len() < iv_len + block_len {
            return Err(BadRecord);
        }
        let (header, header_len) = pseudo_header(self.format.mac, context, encrypted.len());
        let expected = self.mac.sign(&[&header[..header_len], encrypted]);
        if !bool::from(expected.as_ref().ct_eq(mac)) {
            return Err(BadRecord);
        }
        self.cipher.decrypt(encrypted);
        let (_, content) = encrypted.split_at(iv_len);
        let (good, padding) = padding(content, self.format.padding, 0, block_len);
        match good.reveal() {
            true => Ok(iv_len..encrypted_len - padding as usize),
            false => Err(BadRecord),
        }
    }

    /// The older order, where padding and code are secret until both are found right. The work
    /// depends on the length of the record alone (the attack of "Lucky Thirteen").
    fn open_before_mac(&mut self, context: Context, fragment: &mut [u8]) -> Result<Range<usize>, BadRecord> {
        let block_len = self.cipher.block_len();
        let mac_len = self.mac.hash().output_len();
        let iv_len = self.format.iv_len(block_len);
        let shortest = (mac_len + 1).next_multiple_of(block_len);
        if !fragment.len().is_multiple_of(block_len) || fragment.len() < iv_len + shortest {
            return Err(BadRecord);
        }
        self.cipher.decrypt(fragment);
        let (_, content) = fragment.split_at(iv_len);

        let (good, padding) = padding(content, self.format.padding, mac_len, block_len);
        // From here on bad padding is no padding, and the code will be wrong.
        let padding = good.of(padding) | good.not().of(1);
        let longest = content.len() - mac_len - 1;
        let known = (content.len() - mac_len).saturating_sub(256);
        let len = (content.len() - mac_len) as u32 - padding;

        let (header, header_len) = pseudo_header(self.format.mac, context, len as usize);
        let mut hasher = self.mac.start();
        hasher.update(&header[..header_len]);
        let expected = self.mac.finish(hasher.finish_at(&content[..longest], known, len));
        let received = extract(content, known, len, &expected);
        let right = received.ct_eq(expected.as_ref()).unwrap_u8();
        match good.and(Mask::eq(right.into(), 1)).reveal() {
            true => Ok(iv_len..iv_len + len as usize),
            false => Err(BadRecord),
        }
    }
}

/// Whether the padding at the end of `content` is right, and how long it is with its length byte.
/// `after` bytes in front of it must be left.
fn padding(content: &[u8], rule: CbcPadding, after: usize, block_len: usize) -> (Mask, u32) {
    let Some(&last) = content.last() else { return (Mask::lt(1, 0), 0) };
    let last = crate::crypto::ct::secret(last.into());
    let room = (content.len() - after) as u32;
    let fits = Mask::lt(last, room);
    match rule {
        CbcPadding::LengthOnly => (fits.and(Mask::lt(last, block_len as u32)), last + 1),
        CbcPadding::AllBytes => {
            let mut wrong = 0;
            for (distance, &byte) in (0..256).zip(content.iter().rev()) {
                wrong |= Mask::lt(last, distance).not().of(last ^ u32::from(byte));
            }
            (fits.and(Mask::eq(wrong, 0)), last + 1)
        }
    }
}

/// The bytes of `content` from the secret place `at` on, as many as `like` has. `known` is a
/// public lower bound of `at`.
fn extract(content: &[u8], known: usize, at: u32, like: &Digest) -> Vec<u8> {
    let len = like.as_ref().len();
    // First every byte of the code is put where it belongs modulo its length ...
    let mut rotated = [0; 64];
    let (_, window) = content.split_at(known);
    let first = at.wrapping_sub(known as u32);
    let mut offset = 0;
    let mut slot = 0;
    for (position, &byte) in (0..).zip(window) {
        let started = Mask::lt(position, first).not();
        let ended = Mask::lt(position, first + len as u32).not();
        rotated[slot] |= started.and(ended.not()).of_u8(byte);
        offset |= Mask::eq(position, first).of(slot as u32);
        slot = if slot + 1 == len { 0 } else { slot + 1 };
    }
    // ... then all are turned by the secret offset, one bit of it at a time.
    let mut code = rotated[..len].to_vec();
    let mut step = 1;
    while step < len {
        let turn = Mask::eq(offset & step as u32, 0).not();
        let turned: Vec<u8> = (0..len).map(|i| code[(i + step) % len]).collect();
        for (byte, other) in code.iter_mut().zip(turned) {
            *byte = turn.of_u8(other) | turn.not().of_u8(*byte);
        }
        step <<= 1;
    }
    code
}
