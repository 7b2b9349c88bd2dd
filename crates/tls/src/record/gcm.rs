//! GCM records (RFC 5288).

use super::{BadRecord, Context};
use crate::{
    error::{Error, Local},
    suites::Bulk,
};
use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::ops::Range;

/// Bytes of nonce in the record.
const EXPLICIT_LEN: usize = 8;
const TAG_LEN: usize = 16;

/// One direction.
pub(crate) struct Key {
    key: LessSafeKey,
    salt: [u8; 4],
}

impl Key {
    pub(super) fn new(bulk: Bulk, key: &[u8], iv: &[u8]) -> Result<Key, Local> {
        const WRONG_LENGTH: Local = Local::Crypto("GCM key");
        let algorithm = match bulk {
            Bulk::Aes256Gcm => &AES_256_GCM,
            Bulk::Aes128Gcm | Bulk::Rc4_128 | Bulk::TripleDes | Bulk::Aes128Cbc | Bulk::Aes256Cbc => {
                &AES_128_GCM
            }
        };
        let key = UnboundKey::new(algorithm, key).map_err(|_| WRONG_LENGTH)?;
        Ok(Key { key: LessSafeKey::new(key), salt: iv.try_into().map_err(|_| WRONG_LENGTH)? })
    }

    fn nonce(&self, explicit: [u8; EXPLICIT_LEN]) -> Nonce {
        let mut nonce = [0; NONCE_LEN];
        let (salt, counter) = nonce.split_at_mut(self.salt.len());
        salt.copy_from_slice(&self.salt);
        counter.copy_from_slice(&explicit);
        Nonce::assume_unique_for_key(nonce)
    }

    pub(super) fn open(&mut self, context: Context, fragment: &mut [u8]) -> Result<Range<usize>, BadRecord> {
        let len = fragment.len().checked_sub(EXPLICIT_LEN + TAG_LEN).ok_or(BadRecord)?;
        let (explicit, sealed) = fragment.split_first_chunk_mut().ok_or(BadRecord)?;
        self.key
            .open_in_place(self.nonce(*explicit), Aad::from(context.bytes(len)), sealed)
            .map_err(|_| BadRecord)?;
        Ok(EXPLICIT_LEN..EXPLICIT_LEN + len)
    }

    pub(super) fn seal(
        &mut self,
        context: Context,
        plaintext: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        // The sequence number never repeats under a key (RFC 5288 3).
        let explicit = context.sequence.to_be_bytes();
        out.reserve(EXPLICIT_LEN + plaintext.len() + TAG_LEN);
        out.extend_from_slice(&explicit);
        let start = out.len();
        out.extend_from_slice(plaintext);
        let (_, content) = out.split_at_mut(start);
        let tag = self
            .key
            .seal_in_place_separate_tag(
                self.nonce(explicit),
                Aad::from(context.bytes(plaintext.len())),
                content,
            )
            .map_err(|_| Local::Crypto("GCM"))?;
        out.extend_from_slice(tag.as_ref());
        Ok(())
    }
}
