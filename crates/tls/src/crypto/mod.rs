//! Primitives in the shape that this protocol wants them: thin layers over libraries.

pub(crate) mod ct;
mod hash;
mod mac;

pub use hash::Hash;
pub(crate) use hash::{Digest, Hasher};
pub(crate) use mac::{Mac, ssl30_pad};
