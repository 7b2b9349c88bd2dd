//! Certificates (RFC 5280): files, chains, names, dates.
//!
//! Every switch that the note has for them is one field of [`Policy`]. Nothing here reads a clock: the time is an
//! argument, and what the time is compared with are the certificate's own bytes. Revocation lists and certificate
//! policies are not looked at, as on the modules.
//!
//! What is refused is said in words for the developer whose certificates they are:
//!
//! ```
//! use modemtwin_tls::x509::Anchors;
//!
//! let error = Anchors::default().add_file(b"<html><h1>404").unwrap_err();
//! assert_eq!(error.to_string(), r#"the file is neither PEM nor DER; it begins with "<html><h1>404""#);
//! ```

mod algorithm;
mod certificate;
mod constraints;
mod decrypt;
mod error;
mod extensions;
mod file;
#[doc(hidden)]
pub mod fuzzing;
mod host;
mod identity;
mod key_file;
mod name;
mod path;
mod pem;
mod policy;
mod time;

pub use certificate::{Certificate, ParseError, Version};
pub use error::{CertError, Problem};
pub use extensions::{BasicConstraints, Extensions, GeneralName, KeyUsage, NameConstraints};
pub use file::{FileError, Place, Wanted};
pub use identity::{Identity, IdentityError};
pub use name::Name;
pub use path::{KeyUse, MAX_PATH, Verified, verify};
pub use pem::{PemError, PemProblem};
pub use policy::{Anchors, Policy};
