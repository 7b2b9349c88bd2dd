//! One certificate (RFC 5280 4.1).
use super::{Extensions, Name, time};
use crate::{
    UnixTime,
    sign::{KeyError, PublicKey, oid_name},
};
use const_oid::ObjectIdentifier;
use der::{Decode, Header, Reader, SliceReader, Tag, TagMode, TagNumber, asn1::BitStringRef};
use std::{fmt, ops::Range};

/// One parsed certificate. It keeps its DER and knows where in it the parts are.
#[derive(Clone)]
pub struct Certificate {
    der: Box<[u8]>,
    version: Version,
    signed_part: Range<usize>,
    serial: Range<usize>,
    algorithm: Range<usize>,
    issuer: Range<usize>,
    not_before: UnixTime,
    not_after: UnixTime,
    subject: Range<usize>,
    self_issued: bool,
    key: Result<PublicKey, KeyError>,
    extensions: Extensions,
    signature: Range<usize>,
}

/// Version of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Version {
    V1,
    V2,
    V3,
}

/// Why bytes are not a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// Not the DER that a certificate is; the error knows the offset.
    Der(der::Error),
    /// A version other than 1 to 3; the number is one less than the version's name.
    Version(u8),
    /// The signature algorithms inside and outside of the signed part differ.
    AlgorithmMismatch,
    /// Extensions before version 3.
    ExtensionsInOldVersion,
    /// The same extension twice.
    DuplicateExtension(ObjectIdentifier),
    /// An extension whose value is malformed.
    Extension {
        /// Which.
        id: ObjectIdentifier,
        /// What is wrong, with the offset in the extension's value.
        error: der::Error,
    },
}

impl Certificate {
    /// Parses one certificate; bytes behind it are an error.
    pub fn from_der(der: &[u8]) -> Result<Certificate, ParseError> {
        let mut reader = SliceReader::new(der)?;
        let certificate = Certificate::decode(&mut reader, der)?;
        reader.finish()?;
        Ok(certificate)
    }

    /// Parses the certificate that `bytes` begin with.
    pub(super) fn from_der_prefix(bytes: &[u8]) -> Result<Certificate, ParseError> {
        let end = SliceReader::new(bytes)?.tlv_bytes()?.len();
        Certificate::from_der(bytes.get(..end).unwrap_or_default())
    }

    fn decode(reader: &mut SliceReader<'_>, der: &[u8]) -> Result<Certificate, ParseError> {
        reader.sequence(|outer| {
            let start = offset(outer);
            // Certificate, in the order of the standard: what is signed, with which algorithm, the signature.
            let mut certificate = outer.sequence(Certificate::decode_signed_part)?;
            certificate.signed_part = start..offset(outer);
            let algorithm = skip(outer)?;
            if der.get(algorithm) != der.get(certificate.algorithm.clone()) {
                return Err(ParseError::AlgorithmMismatch);
            }
            let signature = BitStringRef::decode(outer)?;
            let length = signature.as_bytes().map_or(0, <[u8]>::len);
            certificate.signature = offset(outer) - length..offset(outer);
            certificate.der = der.into();
            Ok(certificate)
        })
    }

    /// TBSCertificate.
    fn decode_signed_part(reader: &mut SliceReader<'_>) -> Result<Certificate, ParseError> {
        let version = match reader.context_specific::<u8>(TagNumber(0), TagMode::Explicit)? {
            None | Some(0) => Version::V1,
            Some(1) => Version::V2,
            Some(2) => Version::V3,
            Some(other) => return Err(ParseError::Version(other)),
        };
        let serial = integer(reader)?;
        let algorithm = skip(reader)?;
        let (issuer, issuer_name) = name(reader)?;
        let (not_before, not_after) = reader
            .sequence(|validity| Ok::<_, der::Error>((time::decode(validity)?, time::decode(validity)?)))?;
        let (subject, subject_name) = name(reader)?;
        let key = PublicKey::from_spki(reader.tlv_bytes()?);
        let mut extensions = Extensions::default();
        while !reader.is_finished() {
            match Tag::peek(reader)? {
                // issuerUniqueID, subjectUniqueID
                Tag::ContextSpecific { number: TagNumber(1 | 2), .. } if version >= Version::V2 => {
                    skip(reader)?;
                }
                Tag::ContextSpecific { number: TagNumber(3), constructed: true } => {
                    if version < Version::V3 {
                        return Err(ParseError::ExtensionsInOldVersion);
                    }
                    let header = Header::decode(reader)?;
                    extensions = reader.read_nested(header.length(), Extensions::decode)?;
                    break;
                }
                other => return Err(der::Error::from(other.unexpected_error(None)).into()),
            }
        }
        Ok(Certificate {
            der: Box::default(),
            version,
            signed_part: 0..0,
            serial,
            algorithm,
            issuer,
            not_before,
            not_after,
            subject,
            self_issued: issuer_name.matches(&subject_name),
            key,
            extensions,
            signature: 0..0,
        })
    }

    /// The certificate as it was given.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The version.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The serial number: the content of its INTEGER.
    pub fn serial(&self) -> &[u8] {
        self.part(&self.serial)
    }

    /// Who signed it.
    pub fn issuer(&self) -> Name<'_> {
        Name::trusted(self.part(&self.issuer))
    }

    /// Whose it is.
    pub fn subject(&self) -> Name<'_> {
        Name::trusted(self.part(&self.subject))
    }

    /// The first second of its validity.
    pub fn not_before(&self) -> UnixTime {
        self.not_before
    }

    /// The last second of its validity.
    pub fn not_after(&self) -> UnixTime {
        self.not_after
    }

    /// The key, or why nothing can be done with it.
    pub fn public_key(&self) -> Result<&PublicKey, &KeyError> {
        self.key.as_ref()
    }

    /// Its extensions; all absent before version 3.
    pub fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// Issuer and subject are the same.
    pub fn is_self_issued(&self) -> bool {
        self.self_issued
    }

    /// The bytes that are signed.
    pub(super) fn signed_part(&self) -> &[u8] {
        self.part(&self.signed_part)
    }

    /// The DER of the signature's AlgorithmIdentifier.
    pub(super) fn signature_algorithm(&self) -> &[u8] {
        self.part(&self.algorithm)
    }

    pub(super) fn signature(&self) -> &[u8] {
        self.part(&self.signature)
    }

    fn part(&self, range: &Range<usize>) -> &[u8] {
        self.der.get(range.clone()).unwrap_or_default()
    }
}

fn offset(reader: &SliceReader<'_>) -> usize {
    usize::try_from(reader.position()).unwrap_or(usize::MAX)
}

/// Steps over one element and says where it is.
fn skip(reader: &mut SliceReader<'_>) -> der::Result<Range<usize>> {
    let start = offset(reader);
    reader.tlv_bytes()?;
    Ok(start..offset(reader))
}

fn integer(reader: &mut SliceReader<'_>) -> der::Result<Range<usize>> {
    let header = Header::decode(reader)?;
    header.tag().assert_eq(Tag::Integer)?;
    let start = offset(reader);
    reader.read_slice(header.length())?;
    Ok(start..offset(reader))
}

/// A name, and where it is.
fn name<'a>(reader: &mut SliceReader<'a>) -> der::Result<(Range<usize>, Name<'a>)> {
    let start = offset(reader);
    let name = Name::from_der(reader.tlv_bytes()?)?;
    Ok((start..offset(reader), name))
}

impl From<der::Error> for ParseError {
    fn from(error: der::Error) -> ParseError {
        ParseError::Der(error)
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Certificate) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject())
            .field("issuer", &self.issuer())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParseError::Der(error) => write!(f, "not a certificate in DER: {error}"),
            ParseError::Version(number) => {
                write!(f, "version {} of certificates does not exist", u16::from(*number) + 1)
            }
            ParseError::AlgorithmMismatch => {
                f.write_str("the signature algorithms inside and outside of the signed part differ")
            }
            ParseError::ExtensionsInOldVersion => f.write_str("extensions in a certificate before version 3"),
            ParseError::DuplicateExtension(id) => write!(f, "extension {} stands twice", oid_name(id)),
            ParseError::Extension { id, error } => {
                write!(f, "extension {} is malformed: {error}", oid_name(id))
            }
        }
    }
}

impl std::error::Error for ParseError {}
