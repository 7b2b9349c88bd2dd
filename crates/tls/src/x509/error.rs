//! Why a server's certificate is not accepted.
use super::{KeyUsage, time::Readable};
use crate::{
    UnixTime,
    sign::{KeyError, oid_name},
};
use const_oid::ObjectIdentifier;
use std::fmt;

/// Which certificate of the chain breaks which rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertError {
    /// 0 is the server's own certificate, 1 the one that signed it, and so on.
    pub depth: usize,
    /// The certificate's subject.
    pub subject: String,
    /// The rule and the values that break it.
    pub problem: Problem,
}

/// A rule that a certificate breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The server sent no certificate.
    NoCertificate,
    /// The certificate is not for the host that was asked for (D8).
    NameMismatch {
        /// The host asked for.
        wanted: String,
        /// The names in the certificate.
        presented: Vec<String>,
    },
    /// The time is before the certificate's first second.
    NotYetValid {
        /// The first second of its validity.
        not_before: UnixTime,
        /// The time it was compared with.
        now: UnixTime,
    },
    /// The time is after the certificate's last second.
    Expired {
        /// The last second of its validity.
        not_after: UnixTime,
        /// The time it was compared with.
        now: UnixTime,
    },
    /// Its signer is neither in the CA files nor among the certificates that the server sent.
    UnknownIssuer {
        /// The signer's name.
        issuer: String,
    },
    /// It signed itself and is not in the CA files.
    UntrustedRoot {
        /// Whether the CA files or the server's chain have another one with its name.
        namesake: bool,
    },
    /// The one with its signer's name has not signed it.
    WrongSignature {
        /// The signer's name.
        issuer: String,
    },
    /// A signature algorithm that is not supported.
    UnsupportedSignature(ObjectIdentifier),
    /// A key that nothing can be done with.
    UnsupportedKey(KeyError),
    /// It signed another one, and is no authority by its basicConstraints.
    NotAnAuthority,
    /// More intermediate certificates stand below it than its basicConstraints allow.
    PathLength {
        /// How many it allows.
        allowed: u32,
        /// How many there are.
        found: usize,
    },
    /// Its keyUsage extension does not allow what its key is used for.
    KeyUsage(KeyUsage),
    /// Its extKeyUsage extension does not allow server authentication.
    NotForServers,
    /// A critical extension that is not understood.
    UnknownCriticalExtension(ObjectIdentifier),
    /// A name in it lies outside of the name constraints of an authority above it.
    NameNotPermitted {
        /// The name.
        name: String,
        /// The authority.
        authority: String,
    },
    /// The chain is longer than [`super::MAX_PATH`].
    ChainTooLong,
    /// The chain takes more work to check than any honest one.
    TooMuchWork,
}

impl fmt::Display for CertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.depth {
            _ if self.problem == Problem::NoCertificate => {}
            0 => write!(f, "server certificate ({}) ", self.subject)?,
            depth => write!(f, "certificate {depth} above the server's ({}) ", self.subject)?,
        }
        write!(f, "{}", self.problem)
    }
}

impl std::error::Error for CertError {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::NoCertificate => f.write_str("the server sent no certificate"),
            Problem::NameMismatch { wanted, presented } if presented.is_empty() => {
                write!(f, "names no host, wanted {wanted}")
            }
            Problem::NameMismatch { wanted, presented } => {
                write!(f, "is for {}, wanted {wanted}", presented.join(", "))
            }
            Problem::NotYetValid { not_before, now } => {
                write!(f, "is valid from {}, the clock says {}", Readable(*not_before), Readable(*now))
            }
            Problem::Expired { not_after, now } => {
                write!(f, "expired {}, the clock says {}", Readable(*not_after), Readable(*now))
            }
            Problem::UnknownIssuer { issuer } => {
                write!(f, "was signed by {issuer}, which is neither in the CA file nor sent by the server")
            }
            Problem::UntrustedRoot { namesake: false } => {
                f.write_str("signed itself and is not in the CA file")
            }
            Problem::UntrustedRoot { namesake: true } => {
                f.write_str("signed itself and is not in the CA file; another one with its name is known")
            }
            Problem::WrongSignature { issuer } => {
                write!(f, "was not signed with the key of the certificate that is named {issuer}")
            }
            Problem::UnsupportedSignature(id) => {
                write!(f, "is signed with {}, which is not supported", oid_name(id))
            }
            Problem::UnsupportedKey(error) => write!(f, "cannot be used: {error}"),
            Problem::NotAnAuthority => {
                f.write_str("signed a certificate without being an authority (basicConstraints)")
            }
            Problem::PathLength { allowed, found } => write!(
                f,
                "allows {allowed} intermediate certificates below it, and there are {found} (pathLenConstraint)"
            ),
            Problem::KeyUsage(usage) => write!(f, "does not allow {} (keyUsage)", usage.name()),
            Problem::NotForServers => f.write_str("does not allow server authentication (extKeyUsage)"),
            Problem::UnknownCriticalExtension(id) => {
                write!(f, "has the critical extension {}, which is not supported", oid_name(id))
            }
            Problem::NameNotPermitted { name, authority } => {
                write!(f, "has the name {name}, which {authority} may not certify (nameConstraints)")
            }
            Problem::ChainTooLong => f.write_str("is the last of a chain that is too long"),
            Problem::TooMuchWork => f.write_str("belongs to a chain that takes too much work to check"),
        }
    }
}
