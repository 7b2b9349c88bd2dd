//! Certificates (RFC 5280): files, chains, names, dates.
//!
//! Every switch that the note has for them is one field of [`Policy`]. Nothing here reads a clock: the time is an
//! argument, and what the time is compared with are the certificate's own bytes. Revocation lists and certificate
//! policies are not looked at, as on the modules.
//!
//! # Fine points
//!
//! Where the note and its decisions leave a choice, it is that of Mbed TLS 2.16, with which the modules are made; where
//! it is not, the line says so. `tests/data/x509/chains.txt` pins each.
//!
//! * **Anchors** may be roots, intermediates, or (Mbed TLS: only if self-signed) the server's own certificate. Their
//!   signatures are not checked; their dates, basicConstraints and keyUsage are. Version 1 is good enough for an anchor.
//! * **A CA file** with a certificate whose key cannot be worked with is refused as a whole. Blocks of other kinds in it
//!   do not matter. Mbed TLS knows the label `CERTIFICATE` only, and overlooks a last block without end.
//! * **Keys** have at least 1024 bits (RSA) in every certificate of the path; SHA-1 and MD5 signatures are accepted (D7).
//! * **keyUsage** of the server's certificate must fit the suite, extKeyUsage must have serverAuth; extKeyUsage of
//!   authorities is not looked at.
//! * **Names**: a subjectAltName extension, whatever is in it, keeps the common name out. All common names count.
//!   `*.` stands for one label. Addresses match iPAddress entries (Mbed TLS 2.16 does not read those) or, without
//!   subjectAltName, a common name that is the address.
//! * **Name constraints** hold (Mbed TLS refuses them when critical), for host names also in the common name, if there is
//!   no subjectAltName. Critical certificate policies are accepted, since no policy is asked for; a critical
//!   policyConstraints is refused.
//! * **`ignore_signatures`** also makes signature algorithms and authorities' keys not matter.
//! * **`leaf_only`** checks of the issuer that it is an authority, its constraints and its signature on the server's
//!   certificate, not its dates.
//! * **Limits**: 10 certificates from the server's to the trusted one (Mbed TLS's limit), 64 issuers tried, 100,000
//!   comparisons with name constraints, 2,000,000 iterations to derive a key from a password.
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
mod budget;
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
