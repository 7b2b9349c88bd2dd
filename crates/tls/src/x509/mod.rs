//! Certificates (RFC 5280): files, chains, names, dates.
//!
//! Every switch that the note has for them is one field of [`Policy`]. Nothing here reads a clock: the time is an
//! argument, and what the time is compared with are the certificate's own bytes. Revocation lists and certificate
//! policies are not looked at, as on the modules.

mod algorithm;
mod certificate;
mod constraints;
mod error;
mod extensions;
mod host;
mod identity;
mod name;
mod path;
mod policy;
mod time;

pub use certificate::{Certificate, ParseError, Version};
pub use error::{CertError, Problem};
pub use extensions::{BasicConstraints, Extensions, GeneralName, KeyUsage, NameConstraints};
pub use identity::Identity;
pub use name::Name;
pub use path::{KeyUse, MAX_PATH, Verified, verify};
pub use policy::{Anchors, FileError, Policy};
