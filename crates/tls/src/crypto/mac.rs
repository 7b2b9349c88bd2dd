//! Message authentication: HMAC (RFC 2104) and its ancestor in SSL 3.0 (RFC 6101 5.2.3.1).
//!
//! Both are hash(key, pad, hash(key, pad, message)); only how key and pad are put together
//! differs, and that is done once per key.

use super::{Digest, Hash, Hasher};
use zeroize::Zeroize;

/// A keyed message authentication code; the hashers wipe themselves.
#[derive(Clone)]
pub(crate) struct Mac {
    inner: Hasher,
    outer: Hasher,
}

impl Mac {
    /// HMAC: the key, padded with zeros to a block, is combined with the pad.
    pub(crate) fn hmac(hash: Hash, key: &[u8]) -> Mac {
        let mut block = [0; 128];
        let block_len = hash.block_len();
        let digest;
        let key = if key.len() > block_len {
            digest = hash.digest(&[key]);
            digest.as_ref()
        } else {
            key
        };
        block[..key.len()].copy_from_slice(key);
        let keyed = |pad: u8| {
            let mut hasher = Hasher::new(hash);
            hasher.update(&block.map(|byte| byte ^ pad)[..block_len]);
            hasher
        };
        let mac = Mac { inner: keyed(0x36), outer: keyed(0x5c) };
        block.zeroize();
        mac
    }

    /// SSL 3.0: the pad follows the key.
    pub(crate) fn ssl30(hash: Hash, key: &[u8]) -> Mac {
        let keyed = |pad: u8| {
            let mut hasher = Hasher::new(hash);
            hasher.update(key);
            hasher.update(ssl30_pad(hash, &[pad; 48]));
            hasher
        };
        Mac { inner: keyed(0x36), outer: keyed(0x5c) }
    }

    pub(crate) fn hash(&self) -> Hash {
        self.inner.hash()
    }

    /// The code of the concatenation of `parts`.
    pub(crate) fn sign(&self, parts: &[&[u8]]) -> Digest {
        let mut inner = self.start();
        for part in parts {
            inner.update(part);
        }
        self.finish(inner.finish())
    }

    /// The hash that takes the message, for callers that have it in pieces.
    pub(crate) fn start(&self) -> Hasher {
        self.inner.clone()
    }

    /// The code, from what [`Mac::start`] came to.
    pub(crate) fn finish(&self, inner: Digest) -> Digest {
        let mut outer = self.outer.clone();
        outer.update(inner.as_ref());
        outer.finish()
    }
}

/// As much of the pad as SSL 3.0 takes with this hash: 48 bytes for MD5, 40 for SHA-1.
pub(crate) fn ssl30_pad(hash: Hash, pad: &[u8; 48]) -> &[u8] {
    match hash {
        Hash::Md5 => pad,
        Hash::Sha1 | Hash::Sha256 | Hash::Sha384 => &pad[..40],
    }
}
