//! What went wrong, in words for the one who has to put it right.
//!
//! The reader knows his module and his server, and not this crate: every text names the side that
//! is at fault, what it sent, and what it should have sent.

use super::{Decode, Error, Incompatible, Local, Misbehaved, Offer};
use crate::{
    alert::{AlertDescription, AlertLevel},
    limits, suites,
};
use std::fmt;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode { message, cause } => write!(f, "the server's {message} is malformed: {cause}"),
            Self::PeerMisbehaved(rule) => write!(f, "the server breaks the protocol: {rule}"),
            Self::PeerIncompatible(lack) => lack.fmt(f),
            Self::Certificate(error) => error.fmt(f),
            Self::CertificateEncoding { depth, cause } => {
                write!(f, "certificate {depth} of the server's chain cannot be parsed: {cause}")
            }
            Self::AlertReceived { description, level, offer } => {
                let level = match level {
                    AlertLevel::Warning => "warning",
                    AlertLevel::Fatal => "fatal",
                };
                write!(f, "the server ended the connection with {level} alert {description}")?;
                if let Some(reason) = reason(*description, offer.is_some()) {
                    write!(f, ": {reason}")?;
                }
                match offer {
                    Some(offer) => write!(f, "; offered were {offer}"),
                    None => Ok(()),
                }
            }
            Self::Closed => f.write_str("the connection is closed"),
            Self::Local(reason) => reason.fmt(f),
        }
    }
}

/// What a server usually means by an alert, while there is a handshake and later.
fn reason(description: AlertDescription, in_handshake: bool) -> Option<&'static str> {
    use AlertDescription as Alert;
    Some(match description {
        Alert::CLOSE_NOTIFY => "it closed before the handshake was finished",
        Alert::HANDSHAKE_FAILURE if !in_handshake => "it wanted to renegotiate, which is refused",
        Alert::HANDSHAKE_FAILURE => {
            "it found no cipher suite, group or signature that both sides have, or wants a client certificate"
        }
        Alert::BAD_RECORD_MAC => "it could not authenticate a record of ours",
        Alert::NO_CERTIFICATE | Alert::CERTIFICATE_REQUIRED => "it wants a client certificate",
        Alert::BAD_CERTIFICATE => "it does not accept the client certificate, or wants one",
        Alert::UNSUPPORTED_CERTIFICATE => "it cannot work with the kind of the client certificate",
        Alert::CERTIFICATE_EXPIRED => "the client certificate has expired",
        Alert::CERTIFICATE_REVOKED => "the client certificate has been revoked",
        Alert::CERTIFICATE_UNKNOWN => "it does not accept the client certificate",
        Alert::UNKNOWN_CA => "it does not know the authority that signed the client certificate",
        Alert::ACCESS_DENIED => "it does not let this client certificate in",
        Alert::DECRYPT_ERROR => "a signature or Finished of ours did not verify",
        Alert::PROTOCOL_VERSION => "it speaks none of the versions offered",
        Alert::INSUFFICIENT_SECURITY => "it takes only stronger cipher suites than those offered",
        Alert::UNRECOGNIZED_NAME => "it has no host of the name in SNI",
        _ => return None,
    })
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, ", self.versions)?;
        match self.suites.as_slice() {
            [one] => match suites::by_code(*one) {
                Some(suite) => write!(f, "{} (0X{one:04X})", suite.name)?,
                None => write!(f, "0X{one:04X}")?,
            },
            many => {
                write!(f, "{} suites (", many.len())?;
                for (index, code) in many.iter().enumerate() {
                    let comma = if index > 0 { "," } else { "" };
                    write!(f, "{comma}0X{code:04X}")?;
                }
                f.write_str(")")?;
            }
        }
        match &self.server_name {
            Some(name) => write!(f, ", SNI {name}"),
            None => f.write_str(", no SNI"),
        }
    }
}

impl fmt::Display for Decode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooShort => "it ends within a field",
            Self::TrailingBytes => "it goes on after its last field",
            Self::OddLength => "a list of two-byte numbers has an odd length",
            Self::UnknownValue => "a field has a value that does not exist",
            Self::Empty => "a field is empty that must not be",
            Self::TooLong => "a field is longer than allowed",
        })
    }
}

impl fmt::Display for Misbehaved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnexpectedMessage { got, expected } => write!(f, "{got} came where {expected} was due"),
            Self::BadRecordMac => f.write_str("a record does not authenticate"),
            Self::RecordOverflow { len } => write!(f, "a record of {len} bytes is too long"),
            Self::UnknownContentType(header) => write!(
                f,
                "a record of type {} does not exist (\"{}\"); is this a TLS port at all?",
                header[0],
                header.escape_ascii()
            ),
            Self::RecordVersion(version) => {
                write!(f, "a record has version 0x{version:04x}, which is not the one agreed on")
            }
            Self::EmptyRecord => f.write_str("a record is empty that must not be"),
            Self::TooManyEmptyRecords => {
                write!(f, "more than {} empty records in a row", limits::EMPTY_RECORDS)
            }
            Self::TooManyWarnings => write!(f, "more than {} warnings in a row", limits::WARNING_ALERTS),
            Self::TooManyHelloRequests => {
                write!(f, "more than {} requests to renegotiate in a row", limits::HELLO_REQUESTS)
            }
            Self::HandshakeTooLong { len } => write!(
                f,
                "a handshake message of {len} bytes is too long, {} are accepted",
                limits::HANDSHAKE_MESSAGE
            ),
            Self::TooManyCertificates => {
                write!(f, "more than {} certificates in one message", limits::CERTIFICATES)
            }
            Self::SplitByOtherRecord => f.write_str("another record stands inside a message"),
            Self::AlertLevel(level) => write!(f, "alert level {level} does not exist"),
            Self::VersionNotOffered(version) => write!(f, "it chose {version}, which was not offered"),
            Self::Downgrade(version) => {
                write!(f, "it chose {version} and says that it could do better, so somebody is in between")
            }
            Self::SuiteNotOffered(code) => {
                write!(f, "it chose suite 0X{code:04X}, which was not offered in the version it chose")
            }
            Self::Compression(method) => {
                write!(f, "it chose compression method {method}, only 0 was offered")
            }
            Self::UnsolicitedExtension(code) => {
                write!(f, "it answers extension {code}, which was not offered")
            }
            Self::DuplicateExtension(code) => write!(f, "it answers extension {code} twice"),
            Self::RenegotiationInfo => f.write_str("renegotiation_info of a first handshake is not empty"),
            Self::PointFormats => f.write_str("it does not take uncompressed points"),
            Self::MaxFragmentLength => f.write_str("its max_fragment_length is not the one asked for"),
            Self::EncryptThenMac => f.write_str("encrypt-then-MAC with a suite that is not CBC"),
            Self::ResumedDifferently => f.write_str("it resumes a session with another version or suite"),
            Self::ResumedMasterSecret => {
                f.write_str("it resumes a session with another use of extended master secret")
            }
            Self::NoCertificate => f.write_str("its Certificate message is empty"),
            Self::WrongKeyKind { key } => {
                write!(f, "its certificate has a key ({key}) that the suite it chose cannot use")
            }
            Self::GroupNotOffered(code) => write!(f, "it chose group {code}, which was not offered"),
            Self::BadPublicValue => f.write_str("its ECDH key is not a point of its group"),
            Self::SchemeNotOffered(scheme) => {
                write!(f, "it signs with {scheme}, which was not offered or does not fit its key")
            }
            Self::BadSignature => f.write_str("its key exchange is not signed by its certificate's key"),
            Self::BadFinished => f.write_str("its Finished does not match this handshake"),
            Self::Renegotiation => f.write_str("it wants to renegotiate, which SSL 3.0 cannot refuse"),
        }
    }
}

impl fmt::Display for Incompatible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { server, offered } => {
                let server = crate::Version::from_code(*server)
                    .map_or_else(|| format!("version 0x{server:04x}"), |version| version.to_string());
                write!(f, "the server wants {server}, offered was {offered}")
            }
            Self::ExplicitCurve(code) => {
                write!(
                    f,
                    "the server's key exchange has curve parameters (type {code}) and not a named curve"
                )
            }
        }
    }
}

impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingToOffer => {
                f.write_str("none of the configured cipher suites exists in the configured versions")
            }
            Self::Crypto(what) => write!(f, "a cryptographic library failed ({what})"),
            Self::ClientKey => f.write_str("the client key could not sign"),
            Self::NotEstablished => f.write_str("the handshake is not finished yet"),
        }
    }
}
