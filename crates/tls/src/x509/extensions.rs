//! Certificate extensions (RFC 5280 4.2), read once when the certificate is.
use super::{Name, ParseError};
use const_oid::{
    ObjectIdentifier,
    db::rfc5280::{
        ANY_EXTENDED_KEY_USAGE, ID_CE_BASIC_CONSTRAINTS, ID_CE_CERTIFICATE_POLICIES, ID_CE_EXT_KEY_USAGE,
        ID_CE_INHIBIT_ANY_POLICY, ID_CE_KEY_USAGE, ID_CE_NAME_CONSTRAINTS, ID_CE_POLICY_MAPPINGS,
        ID_CE_SUBJECT_ALT_NAME, ID_KP_SERVER_AUTH,
    },
};
use der::{
    AnyRef, Class, Decode, ErrorKind, Reader, SliceReader, Tag, TagNumber, Tagged,
    asn1::{BitStringRef, OctetStringRef, UintRef},
};
use std::collections::BTreeSet;

/// What the extensions of a certificate say, as far as it matters here.
#[derive(Clone, Debug, Default)]
pub struct Extensions {
    /// basicConstraints.
    pub basic_constraints: Option<BasicConstraints>,
    /// keyUsage.
    pub key_usage: Option<KeyUsage>,
    /// extKeyUsage: whether it has serverAuth or anyExtendedKeyUsage.
    pub server_auth: Option<bool>,
    /// subjectAltName.
    pub subject_alt_names: Option<Vec<GeneralName>>,
    /// nameConstraints.
    pub name_constraints: Option<NameConstraints>,
    /// The first critical extension that is not understood.
    pub unknown_critical: Option<ObjectIdentifier>,
}

/// basicConstraints (RFC 5280 4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// The key may sign certificates.
    pub ca: bool,
    /// How many intermediate certificates may follow. A number beyond `u32` is cut to its maximum.
    pub path_len: Option<u32>,
}

/// keyUsage (RFC 5280 4.2.1.3): bit n of the standard is bit n here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage(pub u16);

impl KeyUsage {
    /// Signs handshakes: ECDHE suites.
    pub const DIGITAL_SIGNATURE: KeyUsage = KeyUsage(1 << 0);
    /// Decrypts the premaster secret: RSA suites.
    pub const KEY_ENCIPHERMENT: KeyUsage = KeyUsage(1 << 2);
    /// Agrees on the premaster secret: ECDH suites.
    pub const KEY_AGREEMENT: KeyUsage = KeyUsage(1 << 4);
    /// Signs certificates.
    pub const KEY_CERT_SIGN: KeyUsage = KeyUsage(1 << 5);

    /// Whether all uses of `other` are in this one.
    pub const fn contains(self, other: KeyUsage) -> bool {
        self.0 & other.0 == other.0
    }

    /// The standard's name, for the four that have a constant.
    pub const fn name(self) -> &'static str {
        match self {
            KeyUsage::DIGITAL_SIGNATURE => "digitalSignature",
            KeyUsage::KEY_ENCIPHERMENT => "keyEncipherment",
            KeyUsage::KEY_AGREEMENT => "keyAgreement",
            KeyUsage::KEY_CERT_SIGN => "keyCertSign",
            KeyUsage(_) => "several key usages",
        }
    }
}

/// GeneralName (RFC 5280 4.2.1.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GeneralName {
    /// rfc822Name.
    Email(String),
    /// dNSName.
    Dns(String),
    /// directoryName, in DER.
    Directory(Box<[u8]>),
    /// uniformResourceIdentifier.
    Uri(String),
    /// iPAddress: 4 or 16 bytes, twice that in name constraints.
    Ip(Box<[u8]>),
    /// One of the other kinds, by its tag.
    Other(u32),
}

/// nameConstraints (RFC 5280 4.2.1.10).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameConstraints {
    /// Subtrees that names of their kind must be in.
    pub permitted: Vec<GeneralName>,
    /// Subtrees that no name may be in.
    pub excluded: Vec<GeneralName>,
}

impl Extensions {
    /// From the value of the `extensions` field.
    pub(super) fn decode<'a>(reader: &mut impl Reader<'a>) -> Result<Extensions, ParseError> {
        let mut extensions = Extensions::default();
        let mut seen = BTreeSet::new();
        reader.sequence(|list| {
            while !list.is_finished() {
                let (id, critical, value) = list.sequence(|extension| {
                    let id = ObjectIdentifier::decode(extension)?;
                    let critical = Option::<bool>::decode(extension)?.unwrap_or(false);
                    Ok::<_, der::Error>((id, critical, <&OctetStringRef>::decode(extension)?))
                })?;
                if !seen.insert(id) {
                    return Err(ParseError::DuplicateExtension(id));
                }
                let understood = extensions
                    .read(id, value.as_bytes())
                    .map_err(|error| ParseError::Extension { id, error })?;
                if critical && !understood {
                    extensions.unknown_critical.get_or_insert(id);
                }
            }
            Ok(())
        })?;
        Ok(extensions)
    }

    /// Whether the extension is understood.
    fn read(&mut self, id: ObjectIdentifier, value: &[u8]) -> der::Result<bool> {
        match id {
            ID_CE_BASIC_CONSTRAINTS => self.basic_constraints = Some(basic_constraints(value)?),
            ID_CE_KEY_USAGE => self.key_usage = Some(key_usage(value)?),
            ID_CE_EXT_KEY_USAGE => {
                let uses = Vec::<ObjectIdentifier>::from_der(value)?;
                self.server_auth =
                    Some(uses.iter().any(|id| [ID_KP_SERVER_AUTH, ANY_EXTENDED_KEY_USAGE].contains(id)));
            }
            ID_CE_SUBJECT_ALT_NAME => self.subject_alt_names = Some(general_names(value)?),
            ID_CE_NAME_CONSTRAINTS => self.name_constraints = Some(name_constraints(value)?),
            // No policy is asked for here, so what these say cannot change the verdict (RFC 5280 6.1.1: the
            // initial policy set is any-policy). A policyConstraints extension could, and is not understood.
            ID_CE_CERTIFICATE_POLICIES | ID_CE_POLICY_MAPPINGS | ID_CE_INHIBIT_ANY_POLICY => {}
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn basic_constraints(value: &[u8]) -> der::Result<BasicConstraints> {
    let mut reader = SliceReader::new(value)?;
    let constraints = reader.sequence(|fields| {
        let ca = Option::<bool>::decode(fields)?.unwrap_or(false);
        let path_len = Option::<UintRef<'_>>::decode(fields)?.map(|length| number(length.as_bytes()));
        Ok::<_, der::Error>(BasicConstraints { ca, path_len })
    })?;
    reader.finish()?;
    Ok(constraints)
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number: u32, byte| match number.checked_mul(256) {
        Some(shifted) => shifted | u32::from(*byte),
        None => u32::MAX,
    })
}

fn key_usage(value: &[u8]) -> der::Result<KeyUsage> {
    let bits = BitStringRef::from_der(value)?;
    let mut usage = 0;
    for (index, bit) in bits.bits().take(9).enumerate() {
        usage |= u16::from(bit) << index;
    }
    Ok(KeyUsage(usage))
}

fn general_names(value: &[u8]) -> der::Result<Vec<GeneralName>> {
    let mut reader = SliceReader::new(value)?;
    let names = reader.sequence(|list| {
        let mut names = Vec::new();
        while !list.is_finished() {
            names.push(general_name(&AnyRef::decode(list)?)?);
        }
        Ok::<_, der::Error>(names)
    })?;
    reader.finish()?;
    Ok(names)
}

fn name_constraints(value: &[u8]) -> der::Result<NameConstraints> {
    let mut reader = SliceReader::new(value)?;
    let mut constraints = NameConstraints::default();
    reader.sequence(|fields| {
        while !fields.is_finished() {
            let field = AnyRef::decode(fields)?;
            let subtrees = match field.tag() {
                Tag::ContextSpecific { number: TagNumber(0), .. } => &mut constraints.permitted,
                Tag::ContextSpecific { number: TagNumber(1), .. } => &mut constraints.excluded,
                other => return Err(other.unexpected_error(None).into()),
            };
            let mut list = SliceReader::new(field.value())?;
            while !list.is_finished() {
                let base = list.sequence(|subtree| {
                    let base = general_name(&AnyRef::decode(subtree)?)?;
                    // minimum and maximum: RFC 5280 allows only 0 and nothing, so they say nothing.
                    while !subtree.is_finished() {
                        AnyRef::decode(subtree)?;
                    }
                    Ok::<_, der::Error>(base)
                })?;
                subtrees.push(base);
            }
        }
        Ok::<_, der::Error>(())
    })?;
    reader.finish()?;
    Ok(constraints)
}

fn general_name(name: &AnyRef<'_>) -> der::Result<GeneralName> {
    let tag = name.tag();
    if tag.class() != Class::ContextSpecific {
        return Err(tag.unexpected_error(None).into());
    }
    // RFC 5280 says IA5; a name with other characters is kept, readable, and matches nothing.
    let text = || String::from_utf8_lossy(name.value()).into_owned();
    Ok(match tag.number().value() {
        1 => GeneralName::Email(text()),
        2 => GeneralName::Dns(text()),
        4 => GeneralName::Directory(Name::from_der(name.value())?.der().into()),
        6 => GeneralName::Uri(text()),
        7 if matches!(name.value().len(), 4 | 8 | 16 | 32) => GeneralName::Ip(name.value().into()),
        7 => return Err(ErrorKind::Length { tag }.into()),
        other => GeneralName::Other(other),
    })
}
