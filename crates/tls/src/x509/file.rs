//! Files that a host has put on the module: certificates and keys, in PEM or DER (D7).
use super::{
    Certificate, ParseError,
    pem::{self, Block, PemError},
};
use crate::sign::KeyError;
use std::fmt;

/// Why a certificate or key file cannot be used; worded for the developer who uploaded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileError {
    /// No bytes, or only white space.
    Empty,
    /// Neither PEM nor DER; how it begins.
    Unrecognised(Vec<u8>),
    /// PEM, but no block of the kind wanted; the labels of those there are.
    NothingWanted {
        /// Looked for a certificate or a private key.
        wanted: Wanted,
        /// What the blocks are.
        found: Vec<String>,
    },
    /// A PEM block cannot be read.
    Pem(PemError),
    /// A certificate cannot be read.
    Certificate {
        /// Where it stands.
        place: Place,
        /// What is wrong with it.
        error: ParseError,
    },
    /// Nothing can be done with the key in a certificate.
    CertificateKey {
        /// Where it stands.
        place: Place,
        /// The certificate's subject.
        subject: String,
        /// What is wrong with it.
        error: KeyError,
    },
    /// The private key cannot be used.
    Key(KeyError),
    /// The key is encrypted and no password was given.
    PasswordNeeded,
    /// The password does not fit.
    WrongPassword,
    /// The key is encrypted with something that is not supported.
    UnsupportedEncryption(String),
}

/// What a file is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Certificates.
    Certificate,
    /// A private key.
    Key,
}

/// Where in a file something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The file is one DER element.
    Der,
    /// A PEM block.
    Block {
        /// Which one, counted from 1.
        number: usize,
        /// The line that it begins in, counted from 1.
        line: usize,
    },
}

/// What a file holds.
pub(super) enum Content<'a> {
    Pem(Vec<Block>),
    Der(&'a [u8]),
}

/// Tells PEM from DER.
pub(super) fn open(file: &[u8]) -> Result<Content<'_>, FileError> {
    if file.trim_ascii().is_empty() {
        return Err(FileError::Empty);
    }
    let blocks = pem::blocks(file).map_err(FileError::Pem)?;
    if !blocks.is_empty() {
        return Ok(Content::Pem(blocks));
    }
    match file.first() {
        Some(0x30) => Ok(Content::Der(file)),
        _ => Err(FileError::Unrecognised(file.iter().copied().take(16).collect())),
    }
}

/// The certificates of a file, at least one. All have keys that can be worked with, or the file is refused, as
/// Mbed TLS does.
pub(super) fn certificates(file: &[u8]) -> Result<Vec<Certificate>, FileError> {
    let blocks = match open(file)? {
        Content::Der(der) => return Ok(vec![certificate(der, || Place::Der)?]),
        Content::Pem(blocks) => blocks,
    };
    let wanted = |block: &&Block| {
        matches!(block.label.as_str(), "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE")
    };
    let certificates = blocks.iter().filter(wanted).map(|block| {
        certificate(&block.content, || Place::Block {
            number: block.number,
            line: pem::line(file, block.start),
        })
    });
    let certificates = certificates.collect::<Result<Vec<_>, _>>()?;
    if certificates.is_empty() {
        let found = blocks.into_iter().map(|block| block.label).collect();
        return Err(FileError::NothingWanted { wanted: Wanted::Certificate, found });
    }
    Ok(certificates)
}

/// What stands behind the certificate is not looked at: OpenSSL puts trust settings there, and Mbed TLS reads no
/// further either.
fn certificate(der: &[u8], place: impl Fn() -> Place) -> Result<Certificate, FileError> {
    let certificate = Certificate::from_der_prefix(der)
        .map_err(|error| FileError::Certificate { place: place(), error })?;
    if let Err(error) = certificate.public_key() {
        let (subject, error) = (certificate.subject().to_string(), error.clone());
        return Err(FileError::CertificateKey { place: place(), subject, error });
    }
    Ok(certificate)
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Wanted::Certificate => "certificate",
            Wanted::Key => "private key",
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Der => f.write_str("the file"),
            Place::Block { number, line } => write!(f, "PEM block {number} (line {line})"),
        }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileError::Empty => f.write_str("the file is empty"),
            FileError::Unrecognised(start) => {
                write!(f, "the file is neither PEM nor DER; it begins with \"{}\"", start.escape_ascii())
            }
            FileError::NothingWanted { wanted, found } => {
                let found: Vec<_> = found.iter().map(|label| label.escape_debug().to_string()).collect();
                write!(f, "no {wanted} in the file, only {}", found.join(", "))
            }
            FileError::Pem(error) => write!(f, "{error}"),
            FileError::Certificate { place, error } => write!(f, "{place}: {error}"),
            FileError::CertificateKey { place, subject, error } => {
                write!(f, "{place}: the certificate of {subject} cannot be used: {error}")
            }
            FileError::Key(error) => write!(f, "{error}"),
            FileError::PasswordNeeded => f.write_str("the key is encrypted and no password is set"),
            FileError::WrongPassword => f.write_str("the password does not fit the key file"),
            FileError::UnsupportedEncryption(name) => {
                write!(f, "the key is encrypted with {name}, which is not supported")
            }
        }
    }
}

impl std::error::Error for FileError {}
