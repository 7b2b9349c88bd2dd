//! RC4 records (RFC 5246 6.2.3.1).

use super::{BadRecord, Context, cbc::pseudo_header};
use crate::{crypto::Mac, error::Local, version::MacFamily};
use rc4::{KeyInit, Rc4, StreamCipher};
use std::ops::Range;
use subtle::ConstantTimeEq;

/// One direction.
pub(crate) struct Key {
    cipher: Rc4,
    mac: Mac,
    family: MacFamily,
}

impl Key {
    pub(super) fn new(key: &[u8], mac: Mac, family: MacFamily) -> Result<Key, Local> {
        let cipher = Rc4::new_from_slice(key).map_err(|_| Local::Crypto("RC4 key"))?;
        Ok(Key { cipher, mac, family })
    }

    pub(super) fn open(&mut self, context: Context, fragment: &mut [u8]) -> Result<Range<usize>, BadRecord> {
        let len = fragment.len().checked_sub(self.mac.hash().output_len()).ok_or(BadRecord)?;
        self.cipher.apply_keystream(fragment);
        let (content, received) = fragment.split_at(len);
        let (header, header_len) = pseudo_header(self.family, context, len);
        let expected = self.mac.sign(&[&header[..header_len], content]);
        match bool::from(expected.as_ref().ct_eq(received)) {
            true => Ok(0..len),
            false => Err(BadRecord),
        }
    }

    pub(super) fn seal(&mut self, context: Context, plaintext: &[u8], out: &mut Vec<u8>) {
        let (header, header_len) = pseudo_header(self.family, context, plaintext.len());
        let mac = self.mac.sign(&[&header[..header_len], plaintext]);
        let start = out.len();
        out.extend_from_slice(plaintext);
        out.extend_from_slice(mac.as_ref());
        let (_, fragment) = out.split_at_mut(start);
        self.cipher.apply_keystream(fragment);
    }
}
