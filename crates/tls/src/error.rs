//! Why connections fail, by whose fault it is.

use crate::{
    alert::{AlertDescription, AlertLevel},
    sign::SignatureScheme,
    version::{Version, Versions},
    x509::{self, ParseError, Problem},
};

/// Why a connection failed. The first error is the last: it sticks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The peer's bytes do not parse.
    Decode {
        /// The message they should have been.
        message: &'static str,
        /// What is wrong with them.
        cause: Decode,
    },
    /// The peer's messages parse, but break a rule.
    PeerMisbehaved(Misbehaved),
    /// The peer is honest, but nothing is common to both sides.
    PeerIncompatible(Incompatible),
    /// The server's certificate or its chain is not acceptable.
    Certificate(x509::CertError),
    /// A certificate of the server's chain is malformed.
    CertificateEncoding {
        /// 0 is the server's own.
        depth: usize,
        /// What is wrong with it.
        cause: ParseError,
    },
    /// The peer has given up and said so.
    AlertReceived {
        /// What it said.
        description: AlertDescription,
        /// How it said it.
        level: AlertLevel,
        /// What it answered, if the handshake was not over.
        offer: Option<Box<Offer>>,
    },
    /// The connection was closed in good order, and is used all the same.
    Closed,
    /// This side cannot go on, by no fault of the peer.
    Local(Local),
}

/// How bytes fail to parse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decode {
    /// They end within a field.
    TooShort,
    /// They go on after the last field.
    TrailingBytes,
    /// A list of two-byte numbers has an odd length.
    OddLength,
    /// A field has a value that does not exist.
    UnknownValue,
    /// A field that must not be empty is.
    Empty,
    /// A field is longer than its type allows.
    TooLong,
}

/// Rules that a peer has broken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misbehaved {
    /// RFC 5246 7.4: another message was due.
    UnexpectedMessage {
        /// What came.
        got: &'static str,
        /// What was due.
        expected: &'static str,
    },
    /// RFC 5246 6.2.3: a record does not authenticate. Padding, code and length faults are one.
    BadRecordMac,
    /// RFC 5246 6.2.1, 6.2.3: a record is too long.
    RecordOverflow {
        /// Its length in bytes.
        len: usize,
    },
    /// RFC 5246 6.2.1: a content type that does not exist. 5 bytes that are no TLS at all end here, and stand here.
    UnknownContentType([u8; 5]),
    /// RFC 5246 6.2.1: the version of a record is not the one agreed on.
    RecordVersion(u16),
    /// RFC 5246 6.2.1: an empty record of a kind that must not be empty.
    EmptyRecord,
    /// More empty records in a row than [`crate::limits::EMPTY_RECORDS`].
    TooManyEmptyRecords,
    /// More warnings in a row than [`crate::limits::WARNING_ALERTS`].
    TooManyWarnings,
    /// More HelloRequests in a row than [`crate::limits::HELLO_REQUESTS`].
    TooManyHelloRequests,
    /// A handshake message longer than [`crate::limits::HANDSHAKE_MESSAGE`].
    HandshakeTooLong {
        /// The length that its header says.
        len: usize,
    },
    /// More certificates than [`crate::limits::CERTIFICATES`].
    TooManyCertificates,
    /// RFC 5246 7.1: ChangeCipherSpec, or other records, in the middle of a handshake message.
    SplitByOtherRecord,
    /// RFC 5246 7.2: an alert level other than 1 and 2.
    AlertLevel(u8),
    /// RFC 5246 7.4.1.3: the server has taken a version that was not offered, but exists.
    VersionNotOffered(Version),
    /// RFC 8446 4.1.3: the server says it could do better than it does.
    Downgrade(Version),
    /// RFC 5246 7.4.1.3: the server has taken a suite that was not offered (in this version).
    SuiteNotOffered(u16),
    /// RFC 5246 7.4.1.3: the server has taken a compression method other than null.
    Compression(u8),
    /// RFC 5246 7.4.1.4: an extension that was not offered.
    UnsolicitedExtension(u16),
    /// RFC 5246 7.4.1.4: the same extension twice.
    DuplicateExtension(u16),
    /// RFC 5746 3.4: renegotiation_info of a first handshake is not empty.
    RenegotiationInfo,
    /// RFC 8422 5.1.2: ec_point_formats without the uncompressed one.
    PointFormats,
    /// RFC 6066 4: the answer to max_fragment_length is not what was asked for.
    MaxFragmentLength,
    /// RFC 7366 3: encrypt_then_mac with a suite that is not CBC.
    EncryptThenMac,
    /// RFC 5246 7.4.1.3: a resumed session has another version or suite.
    ResumedDifferently,
    /// RFC 7627 5.3: a resumed session with another use of extended master secret.
    ResumedMasterSecret,
    /// RFC 5246 7.4.2: a Certificate message without certificates.
    NoCertificate,
    /// RFC 5246 7.4.2: the key in the certificate is not of the suite's kind.
    WrongKeyKind {
        /// What it is, like `RSA-2048`.
        key: String,
    },
    /// RFC 8422 5.4: a group that was not offered.
    GroupNotOffered(u16),
    /// RFC 8422 5.4: a public value that is not on its curve, or gives no secret.
    BadPublicValue,
    /// RFC 5246 7.4.3: a signature scheme that was not offered, or does not fit the key.
    SchemeNotOffered(SignatureScheme),
    /// RFC 5246 7.4.3: ServerKeyExchange is not signed by the key of the certificate.
    BadSignature,
    /// RFC 5246 7.4.9: Finished does not match the handshake as seen here.
    BadFinished,
    /// RFC 5746 4.2 and this crate: SSL 3.0 has no way to say that renegotiation is not wanted.
    Renegotiation,
}

/// Ways of having nothing in common.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Incompatible {
    /// The server wants this version, which was not offered or is not known here.
    Version {
        /// What it wants.
        server: u16,
        /// What was offered.
        offered: Versions,
    },
    /// The server's ECDH parameters are not a named curve (RFC 8422 5.4).
    ExplicitCurve(u8),
}

/// Reasons on this side.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Local {
    /// No suite of the configuration exists in any version of the configuration (D10).
    NothingToOffer,
    /// A primitive has failed in a way that no input explains.
    Crypto(&'static str),
    /// The client key could not sign.
    ClientKey,
    /// `write` before the handshake is finished.
    NotEstablished,
}

/// What a ClientHello offered, for explanations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Versions, from and to.
    pub versions: Versions,
    /// Codes of the suites, the preferred first.
    pub suites: Vec<u16>,
    /// The name sent as SNI.
    pub server_name: Option<String>,
}

impl Error {
    /// The alert that tells the peer: the one mapping outwards. `None` when the peer has nothing
    /// to be told.
    pub fn alert(&self) -> Option<AlertDescription> {
        use AlertDescription as Alert;
        Some(match self {
            Self::Decode { cause, .. } => match cause {
                Decode::UnknownValue => Alert::ILLEGAL_PARAMETER,
                Decode::TooShort
                | Decode::TrailingBytes
                | Decode::OddLength
                | Decode::Empty
                | Decode::TooLong => Alert::DECODE_ERROR,
            },
            Self::PeerMisbehaved(rule) => rule.alert(),
            Self::PeerIncompatible(Incompatible::Version { .. }) => Alert::PROTOCOL_VERSION,
            Self::PeerIncompatible(Incompatible::ExplicitCurve(_)) => Alert::HANDSHAKE_FAILURE,
            Self::Certificate(error) => match &error.problem {
                Problem::UnknownIssuer { .. } | Problem::UntrustedRoot { .. } => Alert::UNKNOWN_CA,
                Problem::NotYetValid { .. } | Problem::Expired { .. } => Alert::CERTIFICATE_EXPIRED,
                Problem::UnsupportedSignature(_)
                | Problem::UnsupportedKey(_)
                | Problem::KeyUsage(_)
                | Problem::NotForServers => Alert::UNSUPPORTED_CERTIFICATE,
                Problem::NoCertificate
                | Problem::NameMismatch { .. }
                | Problem::WrongSignature { .. }
                | Problem::NotAnAuthority
                | Problem::PathLength { .. }
                | Problem::UnknownCriticalExtension(_)
                | Problem::NameNotPermitted { .. }
                | Problem::ChainTooLong
                | Problem::TooMuchWork => Alert::BAD_CERTIFICATE,
            },
            Self::CertificateEncoding { cause: ParseError::Version(_), .. } => Alert::UNSUPPORTED_CERTIFICATE,
            Self::CertificateEncoding { .. } => Alert::BAD_CERTIFICATE,
            Self::Local(Local::Crypto(_) | Local::ClientKey) => Alert::INTERNAL_ERROR,
            Self::AlertReceived { .. }
            | Self::Closed
            | Self::Local(Local::NothingToOffer | Local::NotEstablished) => return None,
        })
    }
}

impl Misbehaved {
    fn alert(&self) -> AlertDescription {
        use AlertDescription as Alert;
        match self {
            Self::UnexpectedMessage { .. }
            | Self::UnknownContentType(_)
            | Self::TooManyEmptyRecords
            | Self::TooManyWarnings
            | Self::TooManyHelloRequests
            | Self::SplitByOtherRecord
            | Self::Renegotiation => Alert::UNEXPECTED_MESSAGE,
            Self::BadRecordMac => Alert::BAD_RECORD_MAC,
            Self::RecordOverflow { .. } => Alert::RECORD_OVERFLOW,
            Self::RecordVersion(_) | Self::VersionNotOffered(_) => Alert::PROTOCOL_VERSION,
            Self::EmptyRecord | Self::NoCertificate => Alert::DECODE_ERROR,
            Self::UnsolicitedExtension(_) => Alert::UNSUPPORTED_EXTENSION,
            Self::RenegotiationInfo | Self::ResumedMasterSecret => Alert::HANDSHAKE_FAILURE,
            Self::BadSignature | Self::BadFinished => Alert::DECRYPT_ERROR,
            Self::WrongKeyKind { .. } => Alert::UNSUPPORTED_CERTIFICATE,
            Self::HandshakeTooLong { .. }
            | Self::TooManyCertificates
            | Self::AlertLevel(_)
            | Self::Downgrade(_)
            | Self::SuiteNotOffered(_)
            | Self::Compression(_)
            | Self::DuplicateExtension(_)
            | Self::PointFormats
            | Self::MaxFragmentLength
            | Self::EncryptThenMac
            | Self::ResumedDifferently
            | Self::GroupNotOffered(_)
            | Self::BadPublicValue
            | Self::SchemeNotOffered(_) => Alert::ILLEGAL_PARAMETER,
        }
    }
}

impl From<Misbehaved> for Error {
    fn from(rule: Misbehaved) -> Error {
        Error::PeerMisbehaved(rule)
    }
}

impl From<Incompatible> for Error {
    fn from(lack: Incompatible) -> Error {
        Error::PeerIncompatible(lack)
    }
}

impl From<Local> for Error {
    fn from(reason: Local) -> Error {
        Error::Local(reason)
    }
}

impl std::error::Error for Error {}

mod display;
