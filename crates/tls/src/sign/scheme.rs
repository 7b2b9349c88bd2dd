//! Names of signatures: on the wire, and as what they are.
use super::Hash;
use std::fmt;

/// SignatureScheme of RFC 8446 4.2.3, which in TLS 1.2 is SignatureAndHashAlgorithm (RFC 5246 7.4.1.4.1): a newtype
/// over the code point, so that an unknown one keeps its value.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SignatureScheme(pub u16);

/// What a signature consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1(Hash),
    /// RSASSA-PSS with MGF1 of the same hash and this many bytes of salt.
    RsaPss(Hash, usize),
    /// ECDSA on the curve of the key, in DER.
    Ecdsa(Hash),
}

macro_rules! schemes {
    ($($(#[$doc:meta])* $name:ident = $code:literal $text:literal $algorithm:expr;)*) => {
        impl SignatureScheme {
            $($(#[$doc])* pub const $name: SignatureScheme = SignatureScheme($code);)*

            /// What the scheme stands for; nothing for one that this crate does not have.
            pub const fn algorithm(self) -> Option<Algorithm> {
                match self.0 {
                    $($code => Some($algorithm),)*
                    _ => None,
                }
            }

            /// The name of RFC 8446 in lower case.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some($text),)*
                    _ => None,
                }
            }
        }
    };
}

schemes! {
    /// Certificates only; never offered.
    RSA_PKCS1_MD5 = 0x0101 "rsa_pkcs1_md5" Algorithm::RsaPkcs1(Hash::Md5);
    /// RFC 5246.
    RSA_PKCS1_SHA1 = 0x0201 "rsa_pkcs1_sha1" Algorithm::RsaPkcs1(Hash::Sha1);
    /// RFC 5246; in TLS 1.0 and 1.1 every ECDSA signature is this one (RFC 8422 5.4).
    ECDSA_SHA1 = 0x0203 "ecdsa_sha1" Algorithm::Ecdsa(Hash::Sha1);
    /// RFC 5246.
    RSA_PKCS1_SHA224 = 0x0301 "rsa_pkcs1_sha224" Algorithm::RsaPkcs1(Hash::Sha224);
    /// RFC 5246.
    ECDSA_SHA224 = 0x0303 "ecdsa_sha224" Algorithm::Ecdsa(Hash::Sha224);
    /// RFC 5246.
    RSA_PKCS1_SHA256 = 0x0401 "rsa_pkcs1_sha256" Algorithm::RsaPkcs1(Hash::Sha256);
    /// RFC 5246; TLS 1.2 does not tie the hash to a curve.
    ECDSA_SHA256 = 0x0403 "ecdsa_sha256" Algorithm::Ecdsa(Hash::Sha256);
    /// RFC 5246.
    RSA_PKCS1_SHA384 = 0x0501 "rsa_pkcs1_sha384" Algorithm::RsaPkcs1(Hash::Sha384);
    /// RFC 5246.
    ECDSA_SHA384 = 0x0503 "ecdsa_sha384" Algorithm::Ecdsa(Hash::Sha384);
    /// RFC 5246.
    RSA_PKCS1_SHA512 = 0x0601 "rsa_pkcs1_sha512" Algorithm::RsaPkcs1(Hash::Sha512);
    /// RFC 5246.
    ECDSA_SHA512 = 0x0603 "ecdsa_sha512" Algorithm::Ecdsa(Hash::Sha512);
    /// RFC 8446.
    RSA_PSS_RSAE_SHA256 = 0x0804 "rsa_pss_rsae_sha256" Algorithm::RsaPss(Hash::Sha256, 32);
    /// RFC 8446.
    RSA_PSS_RSAE_SHA384 = 0x0805 "rsa_pss_rsae_sha384" Algorithm::RsaPss(Hash::Sha384, 48);
    /// RFC 8446.
    RSA_PSS_RSAE_SHA512 = 0x0806 "rsa_pss_rsae_sha512" Algorithm::RsaPss(Hash::Sha512, 64);
    /// The RSA signature of SSL 3.0 to TLS 1.1 (RFC 4346 7.4.3). The code point is of the private range and never
    /// on the wire: those versions do not name their signatures.
    RSA_PKCS1_MD5_SHA1 = 0xFF01 "rsa_pkcs1_md5_sha1" Algorithm::RsaPkcs1(Hash::Md5Sha1);
}

impl Algorithm {
    /// The hash that is signed.
    pub const fn hash(self) -> Hash {
        match self {
            Algorithm::RsaPkcs1(hash) | Algorithm::RsaPss(hash, _) | Algorithm::Ecdsa(hash) => hash,
        }
    }
}

impl SignatureScheme {
    /// The hash that is signed; nothing for an unknown scheme.
    pub const fn hash(self) -> Option<Hash> {
        match self.algorithm() {
            Some(algorithm) => Some(algorithm.hash()),
            None => None,
        }
    }
}

impl fmt::Display for SignatureScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "0x{:04x}", self.0),
        }
    }
}

impl fmt::Debug for SignatureScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
