//! CBC records (RFC 5246 6.2.3.2): MAC then encrypt, or encrypt then MAC (RFC 7366).

use super::{
    BadRecord, Context,
    block_cipher::{Chain, Decryptor, Encryptor},
};
use crate::{
    Rng,
    crypto::{
        Hasher, Mac,
        ct::{Mask, secret},
    },
    error::Local,
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

    /// Encrypts from `plaintext` into `out`.
    pub(super) fn seal(
        &mut self,
        context: Context,
        plaintext: &[u8],
        rng: &mut Rng,
        out: &mut Vec<u8>,
    ) -> Result<(), Local> {
        let block_len = self.block_len;
        let mac_len = self.mac.hash().output_len();
        let inner_mac_len = if self.format.encrypt_then_mac { 0 } else { mac_len };
        let iv_len = self.format.iv_len(block_len);
        let encrypted_len = iv_len + (plaintext.len() + inner_mac_len + 1).next_multiple_of(block_len);
        let start = out.len();
        out.reserve(encrypted_len + mac_len);
        out.resize(start + encrypted_len, 0);
        let (_, fragment) = out.split_at_mut(start);

        // A random block in front, encrypted like the rest, is as good as a random vector and
        // needs no new key schedule (RFC 4346 6.2.3.2, the second method).
        let mut iv = [0; 16];
        let iv = &mut iv[..iv_len];
        rng.fill(iv);
        self.cipher.encrypt(iv, fragment)?;

        // The end: what does not fill a block, the MAC, padding.
        let (blocks, rest) = plaintext.split_at(plaintext.len() - plaintext.len() % block_len);
        let mut end = [0; LONGEST_END];
        let end = &mut end[..encrypted_len - iv_len - blocks.len()];
        end[..rest.len()].copy_from_slice(rest);
        let padding = end.len() - rest.len() - inner_mac_len;
        end[rest.len() + inner_mac_len..].fill((padding - 1) as u8);

        let mut at = iv_len;
        if self.format.encrypt_then_mac {
            let mut hasher = start_mac(&self.mac, self.format.mac, context, encrypted_len);
            let mut hashed = 0;
            let mut step = hasher.missing();
            for from in blocks.chunks(SEAL_TURN) {
                self.cipher.encrypt(from, &mut fragment[at..])?;
                // The hash keeps behind, so that it need not wait for the cipher.
                if hashed + step <= at {
                    hasher.update(&fragment[hashed..hashed + step]);
                    hashed += step;
                    step = SEAL_TURN;
                }
                at += from.len();
            }
            self.cipher.encrypt(end, &mut fragment[at..])?;
            hasher.update(&fragment[hashed..]);
            out.extend_from_slice(self.mac.finish(hasher.finish()).as_ref());
        } else {
            let mut hasher = start_mac(&self.mac, self.format.mac, context, plaintext.len());
            let (odd, mut unhashed) = blocks.split_at(hasher.missing().min(blocks.len()));
            hasher.update(odd);
            for from in blocks.chunks(SEAL_TURN) {
                let turn;
                (turn, unhashed) = unhashed.split_at(SEAL_TURN.min(unhashed.len()));
                hasher.update(turn);
                self.cipher.encrypt(from, &mut fragment[at..])?;
                at += from.len();
            }
            hasher.update(rest);
            let mac = self.mac.finish(hasher.finish());
            end[rest.len()..rest.len() + mac_len].copy_from_slice(mac.as_ref());
            self.cipher.encrypt(end, &mut fragment[at..])?;
        }
        Ok(())
    }
}

/// Bytes that hash and cipher take in a turn: one block of most hashes.
///
/// CBC encryption and SHA are chains in which each instruction waits for the one before, and so
/// leave most of a processor idle. It works on both chains at the same time if it finds the
/// instructions of both close together: hence the short turns.
const SEAL_TURN: usize = 64;

/// The same for decryption, which is no chain: eight blocks are decrypted at once, while the
/// processor waits for the hash.
const OPEN_TURN: usize = 128;

/// What remains for the end of a record: less than a block, the longest MAC, a block of padding.
const LONGEST_END: usize = 15 + LONGEST_MAC + 16;

/// The MAC of a record, up to its content.
fn start_mac(mac: &Mac, family: MacFamily, context: Context, len: usize) -> Hasher {
    let (header, header_len) = pseudo_header(family, context, len);
    let mut hasher = mac.start();
    hasher.update(&header[..header_len]);
    hasher
}

/// The direction towards us.
pub(crate) struct Opener {
    pub(super) cipher: Decryptor,
    pub(super) chain: Chain,
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
        let mut hasher = start_mac(&self.mac, self.format.mac, context, encrypted_len);
        let mut hashed = hasher.missing().min(encrypted_len);
        hasher.update(&encrypted[..hashed]);
        for turn in (0..encrypted_len).step_by(OPEN_TURN) {
            // The hash goes ahead, because what is decrypted is gone.
            let hash_to = encrypted_len.min(hashed + OPEN_TURN);
            hasher.update(&encrypted[hashed..hash_to]);
            hashed = hash_to;
            let end = encrypted_len.min(turn + OPEN_TURN);
            self.cipher.decrypt(&mut self.chain, &mut encrypted[turn..end]);
        }
        let expected = self.mac.finish(hasher.finish());
        if !bool::from(expected.as_ref().ct_eq(mac)) {
            return Err(BadRecord);
        }
        let (_, content) = encrypted.split_at(iv_len);
        let (good, padding) = padding(content, self.format.padding, 0, block_len);
        match good.reveal() {
            true => Ok(iv_len..encrypted_len - usize::from(padding)),
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
        // The end comes first: the content's length is in there, which is authenticated before the
        // content.
        let head_len = fragment.len().saturating_sub(Hasher::UNKNOWN);
        let (head, tail) = fragment.split_at_mut(head_len);
        let mut chain = self.chain;
        if let Some(before) = head.len().checked_sub(block_len) {
            self.chain = Chain::after(&head[before..]);
        }
        self.cipher.decrypt(&mut self.chain, tail);
        let (_, content) = fragment.split_at(iv_len);

        let (good, padding) = padding(content, self.format.padding, mac_len, block_len);
        // From here on bad padding is no padding, and the code will be wrong.
        let padding = good.of(padding) | good.not().of(1);
        let longest = content.len() - mac_len - 1;
        let known = (content.len() - mac_len).saturating_sub(Hasher::UNKNOWN);
        let len = (content.len() - mac_len) as u16 - padding;

        let mut hasher = start_mac(&self.mac, self.format.mac, context, len.into());
        let mut hashed = 0;
        let mut step = hasher.missing();
        for turn in (0..head_len).step_by(OPEN_TURN) {
            let end = head_len.min(turn + OPEN_TURN);
            self.cipher.decrypt(&mut chain, &mut fragment[turn..end]);
            // The hash keeps a turn behind, so that it need not wait for the cipher.
            while hashed + step <= known.min(turn.saturating_sub(iv_len)) {
                hasher.update(&fragment[iv_len + hashed..][..step]);
                hashed += step;
                step = OPEN_TURN;
            }
        }
        let (_, content) = fragment.split_at(iv_len);
        let rest = hasher.finish_at(&content[hashed..longest], known - hashed, len - hashed as u16);
        let expected = self.mac.finish(rest);
        let received = extract(&content[known..], len - known as u16, mac_len);
        let right = received[..mac_len].ct_eq(expected.as_ref()).unwrap_u8();
        match good.and(Mask::eq(right.into(), 1)).reveal() {
            true => Ok(iv_len..iv_len + usize::from(len)),
            false => Err(BadRecord),
        }
    }
}

/// Whether the padding at the end of `content` is right, and how long it is with its length byte.
/// `after` bytes in front of it must be left.
fn padding(content: &[u8], rule: CbcPadding, after: usize, block_len: usize) -> (Mask, u16) {
    let Some(&last) = content.last() else { return (Mask::lt(1, 0), 0) };
    let last = secret(last.into());
    let fits = Mask::lt(last, (content.len() - after) as u16);
    match rule {
        CbcPadding::LengthOnly => (fits.and(Mask::lt(last, block_len as u16)), last + 1),
        CbcPadding::AllBytes => {
            let longest = content.len().min(256);
            let mut wrong = 0;
            for (&byte, left) in content[content.len() - longest..].iter().zip((1..=longest as u16).rev()) {
                // The last `last + 1` bytes count.
                wrong |= Mask::lt(last + 1, left).not().of(last ^ u16::from(byte));
            }
            (fits.and(Mask::eq(wrong, 0)), last + 1)
        }
    }
}

/// The `len` bytes of `window` from the secret place `at` on; `at` is at most 256.
fn extract(window: &[u8], at: u16, len: usize) -> [u8; 2 * LONGEST_MAC] {
    // First every byte of the code goes to its place in the window modulo its length ...
    let mut code = [0; 2 * LONGEST_MAC];
    let end = at + len as u16;
    for (chunk, start) in window.chunks(len).zip((0..).step_by(len)) {
        for ((slot, &byte), position) in code.iter_mut().zip(chunk).zip(start..) {
            *slot |= Mask::lt(position, at).not().and(Mask::lt(position, end)).of_u8(byte);
        }
    }
    // ... then it is turned back, one bit of the offset at a time; a copy behind it saves the seam.
    code.copy_within(..len, len);
    let offset = at - quotient(at, len as u16) * len as u16;
    let mut step = 1;
    while step < len {
        let turn = Mask::eq(offset & step as u16, 0).not();
        for place in 0..2 * len - step {
            code[place] = turn.of_u8(code[place + step]) | turn.not().of_u8(code[place]);
        }
        step <<= 1;
    }
    code
}

/// `a / b` for `a` up to 1000, without an instruction whose time depends on `a`.
fn quotient(a: u16, b: u16) -> u16 {
    let reciprocal = (1 << 16) / u32::from(b) + 1;
    ((u32::from(a) * reciprocal) >> 16) as u16
}

/// Bytes of the longest MAC, SHA-384's.
const LONGEST_MAC: usize = 48;

#[cfg(test)]
mod tests;
