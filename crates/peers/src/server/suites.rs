//! The server's own copy of Table 3, written from the RFCs that define the suites.

use super::config::Version;
use crate::crypto::Hash;
use Bulk::*;
use Kx::*;

/// One cipher suite.
#[derive(Debug, PartialEq, Eq)]
pub struct Suite {
    /// Code on the wire.
    pub code: u16,
    /// Key exchange with authentication.
    pub kx: Kx,
    /// Encryption.
    pub bulk: Bulk,
    /// Hash of the record MAC; unused with GCM.
    pub mac: Hash,
    /// Hash of the PRF in TLS 1.2.
    pub prf: Hash,
    /// The lowest version that the suite is defined for.
    pub min: Version,
}

/// Key exchange and authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Kx {
    Rsa,
    EcdhRsa,
    EcdhEcdsa,
    EcdheRsa,
    EcdheEcdsa,
}

/// Bulk encryption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Bulk {
    Rc4,
    TripleDes,
    Aes128,
    Aes256,
    Aes128Gcm,
    Aes256Gcm,
}

impl Bulk {
    /// Key length in bytes.
    pub fn key_len(self) -> usize {
        match self {
            Rc4 | Aes128 | Aes128Gcm => 16,
            TripleDes => 24,
            Aes256 | Aes256Gcm => 32,
        }
    }

    /// Block length of a CBC cipher.
    pub fn block(self) -> Option<usize> {
        match self {
            TripleDes => Some(8),
            Aes128 | Aes256 => Some(16),
            Rc4 | Aes128Gcm | Aes256Gcm => None,
        }
    }

    /// AES-GCM.
    pub fn is_aead(self) -> bool {
        matches!(self, Aes128Gcm | Aes256Gcm)
    }
}

impl Kx {
    /// The server sends a signed ephemeral key.
    pub fn is_ephemeral(self) -> bool {
        matches!(self, EcdheRsa | EcdheEcdsa)
    }

    /// Elliptic curves are involved.
    pub fn is_ec(self) -> bool {
        self != Rsa
    }
}

impl Suite {
    /// Whether `version` can carry the suite. The EC suites of SSL 3.0 are counted in (D10).
    pub fn fits(&self, version: Version) -> bool {
        version >= self.min
    }
}

/// The suite with this code.
pub fn by_code(code: u16) -> Option<&'static Suite> {
    SUITES.iter().find(|suite| suite.code == code)
}

/// Every pair of a version and a suite that it can carry: 95.
pub fn legal_pairs() -> impl Iterator<Item = (Version, &'static Suite)> {
    Version::ALL.into_iter().flat_map(|v| SUITES.iter().filter(move |s| s.fits(v)).map(move |s| (v, s)))
}

/// A suite of RFC 5246 A.5 or RFC 8422 6: HMAC-SHA-1 or MD5, any version.
const fn old(code: u16, kx: Kx, bulk: Bulk, mac: Hash) -> Suite {
    Suite { code, kx, bulk, mac, prf: Hash::Sha256, min: Version::Ssl30 }
}

/// A suite of TLS 1.2 only (RFC 5246 1.2, RFC 5289 3).
const fn new(code: u16, kx: Kx, bulk: Bulk, hash: Hash) -> Suite {
    Suite { code, kx, bulk, mac: hash, prf: hash, min: Version::Tls12 }
}

/// In the order of their codes.
pub static SUITES: [Suite; 32] = [
    old(0x0004, Rsa, Rc4, Hash::Md5),
    old(0x0005, Rsa, Rc4, Hash::Sha1),
    old(0x000a, Rsa, TripleDes, Hash::Sha1),
    old(0x002f, Rsa, Aes128, Hash::Sha1),
    old(0x0035, Rsa, Aes256, Hash::Sha1),
    new(0x003d, Rsa, Aes256, Hash::Sha256),
    old(0xc002, EcdhEcdsa, Rc4, Hash::Sha1),
    old(0xc003, EcdhEcdsa, TripleDes, Hash::Sha1),
    old(0xc004, EcdhEcdsa, Aes128, Hash::Sha1),
    old(0xc005, EcdhEcdsa, Aes256, Hash::Sha1),
    old(0xc007, EcdheEcdsa, Rc4, Hash::Sha1),
    old(0xc008, EcdheEcdsa, TripleDes, Hash::Sha1),
    old(0xc009, EcdheEcdsa, Aes128, Hash::Sha1),
    old(0xc00a, EcdheEcdsa, Aes256, Hash::Sha1),
    old(0xc00c, EcdhRsa, Rc4, Hash::Sha1),
    old(0xc00d, EcdhRsa, TripleDes, Hash::Sha1),
    old(0xc00e, EcdhRsa, Aes128, Hash::Sha1),
    old(0xc00f, EcdhRsa, Aes256, Hash::Sha1),
    old(0xc011, EcdheRsa, Rc4, Hash::Sha1),
    old(0xc012, EcdheRsa, TripleDes, Hash::Sha1),
    old(0xc013, EcdheRsa, Aes128, Hash::Sha1),
    old(0xc014, EcdheRsa, Aes256, Hash::Sha1),
    new(0xc023, EcdheEcdsa, Aes128, Hash::Sha256),
    new(0xc024, EcdheEcdsa, Aes256, Hash::Sha384),
    new(0xc025, EcdhEcdsa, Aes128, Hash::Sha256),
    new(0xc026, EcdhEcdsa, Aes256, Hash::Sha384),
    new(0xc027, EcdheRsa, Aes128, Hash::Sha256),
    new(0xc028, EcdheRsa, Aes256, Hash::Sha384),
    new(0xc029, EcdhRsa, Aes128, Hash::Sha256),
    new(0xc02a, EcdhRsa, Aes256, Hash::Sha384),
    new(0xc02f, EcdheRsa, Aes128Gcm, Hash::Sha256),
    new(0xc030, EcdheRsa, Aes256Gcm, Hash::Sha384),
];
