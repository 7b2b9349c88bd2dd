//! The few cryptographic operations that the test server and the test CA share, over RustCrypto.
//!
//! Chosen to be plain and deterministic, not fast or hard to observe: keys here protect nothing. The client
//! under test takes the same operations from another library wherever it can, so that a mistake in one of
//! them shows as a failed handshake.

pub mod ec;
pub mod hash;
pub mod key;
pub mod rng;
pub mod rsa;

pub use ec::{Curve, EcKey};
pub use hash::Hash;
pub use key::{PrivateKey, PublicKey};
pub use rng::Rng;
pub use rsa::RsaKey;
