//! The private key of a client certificate.
use super::{
    Algorithm, Curve, Hash, KeyError, PublicKey, SignatureScheme, ec_key::EcPrivateKey,
    rsa_key::RsaPrivateKey,
};
use std::fmt;

/// A private key: RSA of 1024 to 8192 bits, or ECDSA on P-256, P-384 or P-521. Wiped when it is dropped.
pub struct PrivateKey {
    kind: Kind,
    public: PublicKey,
}

enum Kind {
    Rsa(Box<RsaPrivateKey>),
    Ec(EcPrivateKey),
}

/// Why no signature was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignError {
    /// A scheme that is not among the key's `schemes`.
    Scheme(SignatureScheme),
    /// The digest given has not the length of the scheme's hash.
    WrongDigestLength,
    /// The key is too small for the scheme, or the library failed.
    Failed,
}

impl PrivateKey {
    /// From an `RSAPrivateKey` (PKCS#1, RFC 8017 A.1.2) in DER.
    pub fn from_pkcs1(der: &[u8]) -> Result<PrivateKey, KeyError> {
        let key = RsaPrivateKey::from_pkcs1(der)?;
        Ok(PrivateKey { public: PublicKey::Rsa(key.public_key().clone()), kind: Kind::Rsa(Box::new(key)) })
    }

    /// From an `ECPrivateKey` (SEC 1, RFC 5915) in DER.
    pub fn from_sec1(curve: Curve, der: &[u8]) -> Result<PrivateKey, KeyError> {
        let key = EcPrivateKey::from_sec1(curve, der)?;
        Ok(PrivateKey { public: PublicKey::Ec(key.public_key().clone()), kind: Kind::Ec(key) })
    }

    /// The public key that belongs to it.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The TLS 1.2 schemes it can sign in, the preferred first.
    ///
    /// PKCS#1 stands before PSS because Mbed TLS 2.x, which the modules are made with, signs TLS 1.2 with nothing
    /// else; and because it is deterministic, so that a recorded handshake can be replayed.
    pub fn schemes(&self) -> &'static [SignatureScheme] {
        match self.kind {
            Kind::Rsa(_) => &[
                SignatureScheme::RSA_PKCS1_SHA256,
                SignatureScheme::RSA_PKCS1_SHA384,
                SignatureScheme::RSA_PKCS1_SHA512,
                SignatureScheme::RSA_PKCS1_SHA1,
                SignatureScheme::RSA_PSS_RSAE_SHA256,
                SignatureScheme::RSA_PSS_RSAE_SHA384,
                SignatureScheme::RSA_PSS_RSAE_SHA512,
            ],
            Kind::Ec(_) => &[
                SignatureScheme::ECDSA_SHA256,
                SignatureScheme::ECDSA_SHA384,
                SignatureScheme::ECDSA_SHA512,
                SignatureScheme::ECDSA_SHA1,
            ],
        }
    }

    /// The scheme of SSL 3.0 to TLS 1.1, which have one for each kind of key.
    pub fn legacy_scheme(&self) -> SignatureScheme {
        match self.kind {
            Kind::Rsa(_) => SignatureScheme::RSA_PKCS1_MD5_SHA1,
            Kind::Ec(_) => SignatureScheme::ECDSA_SHA1,
        }
    }

    /// Signs `message`. Salts of PSS and nonces of ECDSA come from AWS-LC's own generator.
    pub fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let algorithm = scheme.algorithm().ok_or(SignError::Scheme(scheme))?;
        self.sign_digest(scheme, algorithm.hash().digest(message).as_ref())
    }

    /// Signs a message whose digest is known already.
    pub fn sign_digest(&self, scheme: SignatureScheme, digest: &[u8]) -> Result<Vec<u8>, SignError> {
        let algorithm = scheme.algorithm().ok_or(SignError::Scheme(scheme))?;
        if digest.len() != algorithm.hash().output_len() {
            return Err(SignError::WrongDigestLength);
        }
        match (&self.kind, algorithm) {
            (_, Algorithm::RsaPkcs1(Hash::Md5)) => Err(SignError::Scheme(scheme)),
            (Kind::Rsa(key), Algorithm::RsaPkcs1(_) | Algorithm::RsaPss(..)) => {
                key.sign(algorithm, digest).ok_or(SignError::Failed)
            }
            (Kind::Ec(key), Algorithm::Ecdsa(_)) => key.sign(digest).ok_or(SignError::Failed),
            (Kind::Rsa(_), Algorithm::Ecdsa(_))
            | (Kind::Ec(_), Algorithm::RsaPkcs1(_) | Algorithm::RsaPss(..)) => Err(SignError::Scheme(scheme)),
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.public)
    }
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SignError::Scheme(scheme) => write!(f, "the key cannot sign {scheme}"),
            SignError::WrongDigestLength => f.write_str("digest of another hash function"),
            SignError::Failed => f.write_str("the key is too small for the signature scheme"),
        }
    }
}

impl std::error::Error for SignError {}
