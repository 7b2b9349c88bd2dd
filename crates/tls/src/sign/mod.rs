//! Signatures and the keys that make and check them.
//!
//! Everything below works on digests, because every signature of SSL 3.0 to TLS 1.2 and of X.509 is
//! made over one; the forms that take a message hash it first. Which library does the arithmetic is
//! decided in `rsa_key` and `ec_key` and nowhere else: aws-lc-rs wherever it can, RustCrypto's `rsa`
//! for what it leaves out (MD5, MD5+SHA-1, SHA-1 signing, RSA keys below 2048 bits).

mod ec_key;
mod hash;
mod private_key;
mod public_key;
mod rsa_key;
mod scheme;

pub use ec_key::{Curve, EcPublicKey};
pub use hash::{Digest, Hash};
pub use private_key::{PrivateKey, SignError};
pub(crate) use public_key::oid_name;
pub use public_key::{KeyError, PublicKey, VerifyError};
pub use rsa_key::RsaPublicKey;
pub use scheme::{Algorithm, SignatureScheme};
