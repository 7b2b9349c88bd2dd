//! The client's own certificate and key.
use super::{Certificate, FileError, file, key_file};
use crate::sign::{PrivateKey, PublicKey, SignError, SignatureScheme};
use std::fmt;

/// A client certificate chain with its private key, which is wiped when this is dropped.
#[derive(Debug)]
pub struct Identity {
    chain: Vec<Certificate>,
    key: PrivateKey,
}

/// Why a client certificate and key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityError {
    /// The certificate file.
    Chain(Box<FileError>),
    /// The key file.
    Key(Box<FileError>),
    /// Each is good, and they do not belong together.
    Mismatch {
        /// Subject of the first certificate.
        subject: String,
        /// Kind of its key.
        certificate: String,
        /// Kind of the private key.
        key: String,
    },
}

impl Identity {
    /// Parses both files and checks that they belong together. The first certificate of the chain file is the
    /// client's own. The password is for an encrypted key.
    pub fn from_files(chain: &[u8], key: &[u8], password: Option<&[u8]>) -> Result<Identity, IdentityError> {
        let chain = file::certificates(chain).map_err(|error| IdentityError::Chain(Box::new(error)))?;
        let key =
            key_file::private_key(key, password).map_err(|error| IdentityError::Key(Box::new(error)))?;
        match chain.first().map(|own| (own, own.public_key())) {
            Some((own, Ok(public))) if public != key.public_key() => Err(IdentityError::Mismatch {
                subject: own.subject().to_string(),
                certificate: public.to_string(),
                key: key.public_key().to_string(),
            }),
            _ => Ok(Identity { chain, key }),
        }
    }

    /// The chain in the order of the file, the client's own certificate first.
    pub fn chain_der(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.chain.iter().map(Certificate::der)
    }

    /// The public key of the client's own certificate.
    pub fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    /// The TLS 1.2 schemes the key can sign in, the preferred first.
    pub fn schemes(&self) -> &'static [SignatureScheme] {
        self.key.schemes()
    }

    /// The scheme of SSL 3.0 to TLS 1.1.
    pub fn legacy_scheme(&self) -> SignatureScheme {
        self.key.legacy_scheme()
    }

    /// Signs `message`; see [`PrivateKey::sign`].
    pub fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.key.sign(scheme, message)
    }

    /// Signs a message whose digest is known already.
    pub fn sign_digest(&self, scheme: SignatureScheme, digest: &[u8]) -> Result<Vec<u8>, SignError> {
        self.key.sign_digest(scheme, digest)
    }
}

impl fmt::Display for IdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IdentityError::Chain(error) => write!(f, "client certificate: {error}"),
            IdentityError::Key(error) => write!(f, "client key: {error}"),
            IdentityError::Mismatch { subject, certificate, key } => write!(
                f,
                "the client key ({key}) does not belong to the client certificate of {subject} ({certificate})"
            ),
        }
    }
}

impl std::error::Error for IdentityError {}
