//! The public key of a certificate.
use super::{Algorithm, Curve, Digest, EcPublicKey, RsaPublicKey, SignatureScheme, rsa_key::MODULUS_BITS};
use const_oid::{
    ObjectIdentifier,
    db::{
        DB,
        rfc5912::{ID_EC_PUBLIC_KEY, ID_RSASSA_PSS, RSA_ENCRYPTION},
    },
};
use der::Decode;
use spki::SubjectPublicKeyInfoRef;
use std::fmt;

/// A public key that can be worked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// RSA, 1024 to 8192 bits.
    Rsa(RsaPublicKey),
    /// ECDSA and ECDH on a NIST curve.
    Ec(EcPublicKey),
}

/// Why a key cannot be worked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// It is not the DER it should be.
    Malformed(der::Error),
    /// Neither RSA nor elliptic curve.
    Algorithm(ObjectIdentifier),
    /// A curve other than P-256, P-384 and P-521; nothing if it is not a named one.
    Curve(Option<ObjectIdentifier>),
    /// A point in a form other than the uncompressed one.
    CompressedPoint,
    /// A point that is not on its curve.
    NotOnCurve(&'static str),
    /// An RSA modulus of this many bits.
    RsaSize(usize),
    /// RSA numbers that cannot be: an even modulus, an exponent that is even, 1, or of more than 33 bits.
    RsaNumbers,
    /// What says how a private key is encrypted is not what it should be.
    Encryption,
    /// A private key whose parts do not belong together (of this kind or curve).
    Inconsistent(&'static str),
}

/// Why a signature is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyError {
    /// A scheme that is not in the table.
    UnknownScheme,
    /// An RSA scheme with an elliptic curve key, or the other way round.
    WrongKeyKind,
    /// The digest given has not the length of the scheme's hash.
    WrongDigestLength,
    /// The signature was not made by this key over this message.
    WrongSignature,
}

impl PublicKey {
    /// From the DER of a `SubjectPublicKeyInfo` (RFC 5280 4.1.2.7).
    pub fn from_spki(der: &[u8]) -> Result<PublicKey, KeyError> {
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(KeyError::Malformed)?;
        let key = info.subject_public_key.as_bytes().unwrap_or_default();
        match info.algorithm.oid {
            RSA_ENCRYPTION | ID_RSASSA_PSS => RsaPublicKey::from_pkcs1(key).map(PublicKey::Rsa),
            ID_EC_PUBLIC_KEY => {
                let oid = info.algorithm.parameters_oid().ok();
                let curve = oid.and_then(Curve::from_oid).ok_or(KeyError::Curve(oid))?;
                EcPublicKey::new(curve, key).map(PublicKey::Ec)
            }
            other => Err(KeyError::Algorithm(other)),
        }
    }

    /// Checks a signature over `message`.
    pub fn verify(
        &self,
        scheme: SignatureScheme,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        let algorithm = scheme.algorithm().ok_or(VerifyError::UnknownScheme)?;
        self.verify_algorithm(algorithm, &algorithm.hash().digest(message), signature)
    }

    /// Checks a signature over a message whose digest is known already.
    pub fn verify_digest(
        &self,
        scheme: SignatureScheme,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        let algorithm = scheme.algorithm().ok_or(VerifyError::UnknownScheme)?;
        let digest = Digest::import(algorithm.hash(), digest).ok_or(VerifyError::WrongDigestLength)?;
        self.verify_algorithm(algorithm, &digest, signature)
    }

    pub(crate) fn verify_algorithm(
        &self,
        algorithm: Algorithm,
        digest: &Digest,
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        match (self, algorithm) {
            (PublicKey::Rsa(key), Algorithm::RsaPkcs1(_) | Algorithm::RsaPss(..)) => {
                key.verify(algorithm, digest, signature)
            }
            (PublicKey::Ec(key), Algorithm::Ecdsa(_)) => key.verify(digest, signature),
            (PublicKey::Rsa(_), Algorithm::Ecdsa(_))
            | (PublicKey::Ec(_), Algorithm::RsaPkcs1(_) | Algorithm::RsaPss(..)) => {
                Err(VerifyError::WrongKeyKind)
            }
        }
    }
}

/// `RSA-2048` or `ECDSA P-256`.
impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PublicKey::Rsa(key) => write!(f, "RSA-{}", key.bits()),
            PublicKey::Ec(key) => write!(f, "ECDSA {}", key.curve().name()),
        }
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyError::Malformed(error) => write!(f, "the key is malformed: {error}"),
            KeyError::Algorithm(oid) => {
                write!(f, "{} keys are not supported, only RSA and ECDSA ones", oid_name(oid))
            }
            KeyError::Curve(Some(oid)) => {
                write!(f, "curve {} is not supported, only P-256, P-384 and P-521", oid_name(oid))
            }
            KeyError::Curve(None) => f.write_str("the key does not name its curve"),
            KeyError::CompressedPoint => f.write_str("the key's point is not in the uncompressed form"),
            KeyError::NotOnCurve(curve) => write!(f, "the key's point is not on {curve}"),
            KeyError::RsaSize(bits) => {
                let (min, max) = (MODULUS_BITS.start(), MODULUS_BITS.end());
                write!(f, "an RSA key of {bits} bits is not supported, only {min} to {max}")
            }
            KeyError::RsaNumbers => f.write_str("the RSA key's modulus or exponent is impossible"),
            KeyError::Encryption => f.write_str("what says how the key is encrypted is malformed"),
            KeyError::Inconsistent(kind) => {
                write!(f, "the parts of the {kind} private key do not belong together")
            }
        }
    }
}

impl std::error::Error for KeyError {}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            VerifyError::UnknownScheme => "unknown signature scheme",
            VerifyError::WrongKeyKind => "signature scheme for another kind of key",
            VerifyError::WrongDigestLength => "digest of another hash function",
            VerifyError::WrongSignature => "wrong signature",
        })
    }
}

impl std::error::Error for VerifyError {}

/// The registered name of an object identifier, or its numbers.
pub(crate) fn oid_name(oid: &ObjectIdentifier) -> String {
    DB.by_oid(oid).map_or_else(|| oid.to_string(), |name| format!("{name} ({oid})"))
}
