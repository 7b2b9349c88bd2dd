//! The cipher suites of Table 3 of the note, one row each.
//!
//! Lengths of keys, initialisation vectors and codes follow from the columns and are written
//! nowhere else.

mod table;

pub use crate::crypto::Hash;
pub use table::SUITES;

use crate::version::Version;

/// One cipher suite.
#[derive(Debug, PartialEq, Eq)]
pub struct Suite {
    /// The two bytes on the wire.
    pub code: u16,
    /// The name of the registry (D2).
    pub name: &'static str,
    /// How the premaster secret comes about and the server proves who it is.
    pub kx: KeyExchange,
    /// What encrypts the records.
    pub bulk: Bulk,
    /// The hash of the record MAC; GCM suites have none.
    pub mac: Option<Hash>,
    /// The hash of the PRF in TLS 1.2.
    pub prf: Hash,
}

/// Key exchanges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyExchange {
    /// The client encrypts the premaster secret to the server's RSA key.
    Rsa,
    /// ECDH with the server's fixed key, in a certificate signed with RSA (RFC 4492 2.3).
    EcdhRsa,
    /// ECDH with the server's fixed key, in a certificate signed with ECDSA (RFC 4492 2.1).
    EcdhEcdsa,
    /// ECDH with a fresh key signed with the server's RSA key.
    EcdheRsa,
    /// ECDH with a fresh key signed with the server's ECDSA key.
    EcdheEcdsa,
}

/// Bulk ciphers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bulk {
    /// RC4 with 128 bits.
    Rc4_128,
    /// Triple DES, three keys, CBC.
    TripleDes,
    /// AES-128 CBC.
    Aes128Cbc,
    /// AES-256 CBC.
    Aes256Cbc,
    /// AES-128 GCM.
    Aes128Gcm,
    /// AES-256 GCM.
    Aes256Gcm,
}

impl KeyExchange {
    /// Whether elliptic curves have a part in it.
    pub const fn is_ec(self) -> bool {
        match self {
            Self::Rsa => false,
            Self::EcdhRsa | Self::EcdhEcdsa | Self::EcdheRsa | Self::EcdheEcdsa => true,
        }
    }

    /// Whether the server's key is made for this handshake and signed in ServerKeyExchange.
    pub const fn is_ephemeral(self) -> bool {
        match self {
            Self::EcdheRsa | Self::EcdheEcdsa => true,
            Self::Rsa | Self::EcdhRsa | Self::EcdhEcdsa => false,
        }
    }
}

impl Bulk {
    /// Length of the key in bytes.
    pub const fn key_len(self) -> usize {
        match self {
            Self::Rc4_128 | Self::Aes128Cbc | Self::Aes128Gcm => 16,
            Self::TripleDes => 24,
            Self::Aes256Cbc | Self::Aes256Gcm => 32,
        }
    }

    /// Bytes of initialisation vector in the key block: CBC's first one, GCM's fixed part.
    pub(crate) const fn iv_len(self) -> usize {
        match self {
            Self::Rc4_128 => 0,
            Self::TripleDes => 8,
            Self::Aes128Cbc | Self::Aes256Cbc => 16,
            Self::Aes128Gcm | Self::Aes256Gcm => 4,
        }
    }

    /// Whether it is a block cipher in CBC mode.
    pub const fn is_cbc(self) -> bool {
        match self {
            Self::TripleDes | Self::Aes128Cbc | Self::Aes256Cbc => true,
            Self::Rc4_128 | Self::Aes128Gcm | Self::Aes256Gcm => false,
        }
    }
}

impl Suite {
    /// The oldest version that can carry the suite (D10): GCM and the SHA-2 MACs need TLS 1.2.
    pub const fn min_version(&self) -> Version {
        match self.mac {
            None | Some(Hash::Sha256 | Hash::Sha384) => Version::Tls12,
            Some(Hash::Md5 | Hash::Sha1) => Version::Ssl30,
        }
    }

    /// Whether a hello of this version offers the suite. EC suites are offered from TLS 1.0 on, and
    /// in SSL 3.0 when they were asked for one by one (`explicit`, D10).
    pub fn offered_in(&self, version: Version, explicit: bool) -> bool {
        self.min_version() <= version && (version.facts().extensions || !self.kx.is_ec() || explicit)
    }
}

/// The suite with this code.
pub fn by_code(code: u16) -> Option<&'static Suite> {
    SUITES.iter().find(|suite| suite.code == code)
}

/// All suites, the preferred first: what 0XFFFF offers.
///
/// The rules, in this order, are those of the library that the modules carry (mbed TLS 2.x):
/// AES before 3DES before RC4; a fresh key before a fixed one; AES-256 before AES-128 within
/// these; GCM before CBC; the longer MAC first; ECDSA before RSA, but RSA before ECDH.
pub fn by_preference() -> impl Iterator<Item = &'static Suite> {
    PREFERENCE.iter().filter_map(|&code| by_code(code))
}

static PREFERENCE: [u16; 32] = [
    0xC030, 0xC024, 0xC028, 0xC00A, 0xC014, // ECDHE, AES-256
    0xC02F, 0xC023, 0xC027, 0xC009, 0xC013, // ECDHE, AES-128
    0x003D, 0x0035, 0xC02A, 0xC00F, 0xC026, 0xC005, // fixed, AES-256
    0x002F, 0xC029, 0xC00E, 0xC025, 0xC004, // fixed, AES-128
    0xC008, 0xC012, 0x000A, 0xC00D, 0xC003, // 3DES
    0xC007, 0xC011, 0x0005, 0x0004, 0xC00C, 0xC002, // RC4
];
