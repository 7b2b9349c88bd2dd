//! The client's own certificate and key.
use super::{Certificate, FileError};
use crate::{
    Rng,
    sign::{PrivateKey, PublicKey, SignError, SignatureScheme},
};

/// A client certificate chain with its private key, which is wiped when this is dropped.
#[derive(Debug)]
pub struct Identity {
    chain: Vec<Certificate>,
    key: PrivateKey,
}

impl Identity {
    /// Parses both files and checks that they belong together.
    pub fn from_files(_chain: &[u8], _key: &[u8], _password: Option<&[u8]>) -> Result<Identity, FileError> {
        Err(FileError("client certificates are not read yet".to_owned()))
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
    pub fn sign(&self, scheme: SignatureScheme, message: &[u8], rng: &mut Rng) -> Result<Vec<u8>, SignError> {
        self.key.sign(scheme, message, rng)
    }

    /// Signs a message whose digest is known already.
    pub fn sign_digest(
        &self,
        scheme: SignatureScheme,
        digest: &[u8],
        rng: &mut Rng,
    ) -> Result<Vec<u8>, SignError> {
        self.key.sign_digest(scheme, digest, rng)
    }
}
