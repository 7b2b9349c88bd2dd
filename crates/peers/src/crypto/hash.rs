//! The hashes of SSL 3.0 to TLS 1.2, with HMAC.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Digest;

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Hash {
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

/// Runs `$body` with the hash's type as `$H`.
macro_rules! with_hash {
    ($hash:expr, $H:ident => $body:expr) => {
        match $hash {
            Hash::Md5 => {
                type $H = md5::Md5;
                $body
            }
            Hash::Sha1 => {
                type $H = sha1::Sha1;
                $body
            }
            Hash::Sha256 => {
                type $H = sha2::Sha256;
                $body
            }
            Hash::Sha384 => {
                type $H = sha2::Sha384;
                $body
            }
            Hash::Sha512 => {
                type $H = sha2::Sha512;
                $body
            }
        }
    };
}

impl Hash {
    /// Length of the digest in bytes.
    pub fn size(self) -> usize {
        with_hash!(self, H => H::output_size())
    }

    /// Digest of the parts, one after another.
    pub fn digest(self, parts: &[&[u8]]) -> Vec<u8> {
        with_hash!(self, H => {
            let mut hash = H::new();
            parts.iter().for_each(|part| hash.update(part));
            hash.finalize().to_vec()
        })
    }

    /// HMAC (RFC 2104) of the parts, one after another.
    pub fn hmac(self, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        with_hash!(self, H => {
            let mut mac = Hmac::<H>::new_from_slice(key).expect("HMAC takes keys of any length");
            parts.iter().for_each(|part| mac.update(part));
            mac.finalize().into_bytes().to_vec()
        })
    }
}
