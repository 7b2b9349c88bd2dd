//! The protocol versions of Table 2 of the note, one row of facts per version.
//!
//! What differs between two versions is a column here; the modules that act on it (`prf`,
//! `record`, `transcript`, `handshake`) ask for the fact and never for the version.

use std::fmt;

/// Protocol versions of Table 2 of the note, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// SSL 3.0, RFC 6101.
    Ssl30,
    /// TLS 1.0, RFC 2246.
    Tls10,
    /// TLS 1.1, RFC 4346.
    Tls11,
    /// TLS 1.2, RFC 5246.
    Tls12,
}

/// An inclusive range of versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The oldest version offered.
    pub min: Version,
    /// The newest version offered.
    pub max: Version,
}

impl Version {
    /// All versions, oldest first.
    pub const ALL: [Version; 4] = [Self::Ssl30, Self::Tls10, Self::Tls11, Self::Tls12];

    /// The two bytes on the wire, `0x0300` to `0x0303`.
    pub const fn code(self) -> u16 {
        self.facts().code
    }

    /// The version with these two bytes on the wire.
    pub fn from_code(code: u16) -> Option<Version> {
        Self::ALL.into_iter().find(|version| version.code() == code)
    }

    pub(crate) const fn facts(self) -> &'static Facts {
        match self {
            Self::Ssl30 => &SSL30,
            Self::Tls10 => &TLS10,
            Self::Tls11 => &TLS11,
            Self::Tls12 => &TLS12,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.facts().name)
    }
}

impl Versions {
    /// Exactly one version.
    pub const fn only(version: Version) -> Versions {
        Versions { min: version, max: version }
    }

    /// SSL 3.0 to TLS 1.2: sslversion 4 of the note.
    pub const ALL: Versions = Versions { min: Version::Ssl30, max: Version::Tls12 };

    /// Whether `version` lies in the range.
    pub fn contains(self, version: Version) -> bool {
        self.min <= version && version <= self.max
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.min == self.max {
            true => self.max.fmt(f),
            false => write!(f, "{} to {}", self.min, self.max),
        }
    }
}

/// How secrets are derived and Finished is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PrfFamily {
    /// MD5 of SHA-1 with "A", "BB", ... (RFC 6101 6.1, 6.2.2).
    Ssl30,
    /// P_MD5 xor P_SHA1 (RFC 2246 5).
    Md5Sha1,
    /// P_hash with the hash of the suite (RFC 5246 5).
    OfSuite,
}

/// How a record is authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MacFamily {
    /// hash(secret + pad_2 + hash(secret + pad_1 + ...)) without the version (RFC 6101 5.2.3.1).
    Ssl30,
    /// HMAC (RFC 2246 6.2.3.1).
    Hmac,
}

/// Where the CBC initialisation vector of a record comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CbcIv {
    /// The last ciphertext block of the record before; so data is split 1/n-1 when sent.
    Chained,
    /// The first block of the record (RFC 4346 6.2.3.2).
    Explicit,
}

/// What CBC padding must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CbcPadding {
    /// At most one block, only the length byte is defined (RFC 6101 5.2.3.2).
    LengthOnly,
    /// Up to 256 bytes, each the length (RFC 2246 6.2.3.2).
    AllBytes,
}

/// What is signed in ServerKeyExchange and CertificateVerify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signing {
    /// As `Md5Sha1`, but CertificateVerify hashes the master secret too (RFC 6101 5.6.8).
    Ssl30,
    /// MD5 + SHA-1 with RSA, SHA-1 with ECDSA, unnamed (RFC 2246 4.7, RFC 4492 5.10).
    Md5Sha1,
    /// A signature scheme on the wire (RFC 5246 4.7).
    Negotiated,
}

/// How a client says that it has no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoCertificate {
    /// Warning alert no_certificate, no Certificate message (RFC 6101 5.6.6).
    Alert,
    /// Certificate message with an empty list.
    EmptyMessage,
}

/// One row per version.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) code: u16,
    pub(crate) name: &'static str,
    pub(crate) prf: PrfFamily,
    /// Length of Finished in bytes.
    pub(crate) verify_data_len: usize,
    pub(crate) mac: MacFamily,
    pub(crate) cbc_iv: CbcIv,
    pub(crate) cbc_padding: CbcPadding,
    /// The RSA-encrypted premaster secret has a length in front of it.
    pub(crate) premaster_has_length: bool,
    pub(crate) signing: Signing,
    pub(crate) no_certificate: NoCertificate,
    /// Extensions, and with them SNI, exist (§1.6 of the note).
    pub(crate) extensions: bool,
    /// The alerts that TLS 1.0 added exist.
    pub(crate) tls_alerts: bool,
    /// Its clients look for the mark of a server that was made to answer with an older one (RFC 8446 4.1.3).
    pub(crate) looks_for_downgrade: bool,
}

static SSL30: Facts = Facts {
    code: 0x0300,
    name: "SSL 3.0",
    prf: PrfFamily::Ssl30,
    verify_data_len: 36,
    mac: MacFamily::Ssl30,
    cbc_iv: CbcIv::Chained,
    cbc_padding: CbcPadding::LengthOnly,
    premaster_has_length: false,
    signing: Signing::Ssl30,
    no_certificate: NoCertificate::Alert,
    extensions: false,
    tls_alerts: false,
    looks_for_downgrade: false,
};

static TLS10: Facts = Facts {
    code: 0x0301,
    name: "TLS 1.0",
    prf: PrfFamily::Md5Sha1,
    verify_data_len: 12,
    mac: MacFamily::Hmac,
    cbc_iv: CbcIv::Chained,
    cbc_padding: CbcPadding::AllBytes,
    premaster_has_length: true,
    signing: Signing::Md5Sha1,
    no_certificate: NoCertificate::EmptyMessage,
    extensions: true,
    tls_alerts: true,
    looks_for_downgrade: false,
};

static TLS11: Facts = Facts { code: 0x0302, name: "TLS 1.1", cbc_iv: CbcIv::Explicit, ..TLS10 };

static TLS12: Facts = Facts {
    code: 0x0303,
    name: "TLS 1.2",
    prf: PrfFamily::OfSuite,
    signing: Signing::Negotiated,
    looks_for_downgrade: true,
    ..TLS11
};
