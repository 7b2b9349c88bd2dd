//! Hash functions of signatures.
use aws_lc_rs::digest;
use md5::{Digest as _, Md5};

/// A hash function that a signature is made over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hash {
    /// Chain certificates only (D7).
    Md5,
    /// SSL 3.0 to TLS 1.1 signatures with RSA: MD5 and SHA-1 of the same message, one after the other.
    Md5Sha1,
    /// FIPS 180.
    Sha1,
    /// FIPS 180; in certificates only.
    Sha224,
    /// FIPS 180.
    Sha256,
    /// FIPS 180.
    Sha384,
    /// FIPS 180.
    Sha512,
}

/// The value of a hash function: at most 64 bytes.
#[derive(Clone, Copy)]
pub struct Digest {
    bytes: [u8; 64],
    len: usize,
}

impl Hash {
    /// How many bytes the digest has.
    pub const fn output_len(self) -> usize {
        match self {
            Hash::Md5 => 16,
            Hash::Md5Sha1 => 36,
            Hash::Sha1 => 20,
            Hash::Sha224 => 28,
            Hash::Sha256 => 32,
            Hash::Sha384 => 48,
            Hash::Sha512 => 64,
        }
    }

    /// The digest of `message`.
    pub fn digest(self, message: &[u8]) -> Digest {
        match self.fast() {
            Some(algorithm) => Digest::new(digest::digest(algorithm, message).as_ref()),
            None => {
                let mut both = Digest::new(&Md5::digest(message));
                if self == Hash::Md5Sha1 {
                    both.append(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, message).as_ref());
                }
                both
            }
        }
    }

    /// The same function in aws-lc-rs, which has no MD5.
    pub(super) fn fast(self) -> Option<&'static digest::Algorithm> {
        match self {
            Hash::Md5 | Hash::Md5Sha1 => None,
            Hash::Sha1 => Some(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            Hash::Sha224 => Some(&digest::SHA224),
            Hash::Sha256 => Some(&digest::SHA256),
            Hash::Sha384 => Some(&digest::SHA384),
            Hash::Sha512 => Some(&digest::SHA512),
        }
    }

    /// DER of `DigestInfo` up to the digest (RFC 8017 9.2, note 1). Empty for MD5+SHA-1, which is signed bare
    /// (RFC 4346 7.4.3).
    pub(super) const fn digest_info(self) -> &'static [u8] {
        match self {
            Hash::Md5 => b"\x30\x20\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05\x05\x00\x04\x10",
            Hash::Md5Sha1 => b"",
            Hash::Sha1 => b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
            Hash::Sha224 => b"\x30\x2d\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x04\x05\x00\x04\x1c",
            Hash::Sha256 => b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
            Hash::Sha384 => b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30",
            Hash::Sha512 => b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40",
        }
    }
}

impl Digest {
    /// A digest that was computed elsewhere; nothing if it has not the length of `hash`.
    pub fn import(hash: Hash, bytes: &[u8]) -> Option<Digest> {
        (bytes.len() == hash.output_len()).then(|| Digest::new(bytes))
    }

    fn new(bytes: &[u8]) -> Digest {
        let mut digest = Digest { bytes: [0; 64], len: 0 };
        digest.append(bytes);
        digest
    }

    fn append(&mut self, more: &[u8]) {
        let end = self.len + more.len();
        if let Some(room) = self.bytes.get_mut(self.len..end) {
            room.copy_from_slice(more);
            self.len = end;
        }
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}
