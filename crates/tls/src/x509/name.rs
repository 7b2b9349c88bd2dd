//! Distinguished names: how they read, and when two are the same.
use const_oid::{
    ObjectIdentifier,
    db::{
        rfc3280::EMAIL_ADDRESS,
        rfc4519::{
            COMMON_NAME, COUNTRY_NAME, DOMAIN_COMPONENT, LOCALITY_NAME, ORGANIZATION_NAME,
            ORGANIZATIONAL_UNIT_NAME, SERIAL_NUMBER, ST, STREET, UID,
        },
    },
};
use der::{AnyRef, Decode, Reader, SliceReader, Tag, Tagged};
use std::fmt;

/// A distinguished name in DER (RFC 5280 4.1.2.4), known to be well formed.
///
/// It prints as RFC 4514 has it, the last part first: `CN=www.example.com,O=Example,C=CN`.
#[derive(Clone, Copy)]
pub struct Name<'a>(&'a [u8]);

/// One AttributeTypeAndValue.
#[derive(Clone, Copy)]
struct Attribute<'a> {
    kind: ObjectIdentifier,
    value: AnyRef<'a>,
}

/// Short names of attributes: those of RFC 4514 chapter 3 and two more that certificates are full of.
const SHORT_NAMES: [(ObjectIdentifier, &str); 11] = [
    (COMMON_NAME, "CN"),
    (LOCALITY_NAME, "L"),
    (ST, "ST"),
    (ORGANIZATION_NAME, "O"),
    (ORGANIZATIONAL_UNIT_NAME, "OU"),
    (COUNTRY_NAME, "C"),
    (STREET, "STREET"),
    (DOMAIN_COMPONENT, "DC"),
    (UID, "UID"),
    (EMAIL_ADDRESS, "emailAddress"),
    (SERIAL_NUMBER, "serialNumber"),
];

/// More characters of one value are not printed.
const PRINTED_CHARS: usize = 128;

impl<'a> Name<'a> {
    /// Checks the form of all parts.
    pub(super) fn from_der(der: &'a [u8]) -> der::Result<Name<'a>> {
        check(der)?;
        Ok(Name(der))
    }

    /// A name that `from_der` has seen before.
    pub(super) fn trusted(der: &'a [u8]) -> Name<'a> {
        Name(der)
    }

    /// The DER of the name.
    pub fn der(&self) -> &'a [u8] {
        self.0
    }

    /// Whether the name has no parts.
    pub fn is_empty(&self) -> bool {
        self.rdns().is_empty()
    }

    /// The common names, in order.
    pub fn common_names(&self) -> Vec<String> {
        self.texts_of(COMMON_NAME)
    }

    /// The mail addresses, in order.
    pub(super) fn email_addresses(&self) -> Vec<String> {
        self.texts_of(EMAIL_ADDRESS)
    }

    fn texts_of(&self, kind: ObjectIdentifier) -> Vec<String> {
        let attributes = self.rdns().into_iter().flatten().filter(|attribute| attribute.kind == kind);
        attributes.filter_map(|attribute| text(&attribute.value)).collect()
    }

    /// Whether both name the same (RFC 5280 7.1): texts compare without regard to case, to the kind of string, and
    /// to white space at the ends and in runs.
    pub fn matches(&self, other: &Name<'_>) -> bool {
        self.0 == other.0 || {
            let mut ours = self.sets();
            starts_with(&mut ours, other.sets()) && ours.next().is_none()
        }
    }

    /// Whether the name lies in the subtree of the other: begins with all its parts.
    pub(super) fn is_within(&self, base: &Name<'_>) -> bool {
        starts_with(&mut self.sets(), base.sets())
    }

    fn rdns(&self) -> Vec<Vec<Attribute<'a>>> {
        self.sets().map(|set| attributes(set).collect()).collect()
    }

    /// The contents of the sets that the name is a sequence of.
    fn sets(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let names = SliceReader::new(self.0).and_then(|mut reader| AnyRef::decode(&mut reader));
        elements(names.map_or(&[][..], |names| names.value())).map(|set| set.value())
    }
}

/// Whether all parts are well formed.
fn check(der: &[u8]) -> der::Result<()> {
    let mut reader = SliceReader::new(der)?;
    reader.sequence(|names| {
        while !names.is_finished() {
            let set = AnyRef::decode(names)?;
            set.tag().assert_eq(Tag::Set)?;
            let mut parts = SliceReader::new(set.value())?;
            while !parts.is_finished() {
                parts.sequence(attribute)?;
            }
        }
        Ok::<_, der::Error>(())
    })?;
    reader.finish()
}

fn attribute<'a>(part: &mut SliceReader<'a>) -> der::Result<Attribute<'a>> {
    let kind = ObjectIdentifier::decode(part)?;
    Ok(Attribute { kind, value: AnyRef::decode(part)? })
}

/// Elements in a row, up to the first malformed one.
fn elements<'a>(content: &'a [u8]) -> impl Iterator<Item = AnyRef<'a>> + use<'a> {
    let mut reader = SliceReader::new(content).ok();
    std::iter::from_fn(move || {
        let reader = reader.as_mut().filter(|reader| !reader.is_finished())?;
        AnyRef::decode(reader).ok()
    })
}

/// The attributes of a set.
fn attributes<'a>(set: &'a [u8]) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
    elements(set).filter_map(|part| attribute(&mut SliceReader::new(part.value()).ok()?).ok())
}

fn starts_with<'a>(
    name: &mut impl Iterator<Item = &'a [u8]>,
    mut base: impl Iterator<Item = &'a [u8]>,
) -> bool {
    base.all(|theirs| name.next().is_some_and(|ours| same_set(ours, theirs)))
}

/// DER sorts the parts of a set, so two of the same set come in the same order.
fn same_set(ours: &[u8], theirs: &[u8]) -> bool {
    ours == theirs || {
        let (mut ours, mut theirs) = (attributes(ours), attributes(theirs));
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return true,
                (Some(ours), Some(theirs)) if ours.matches(&theirs) => {}
                (Some(_) | None, _) => return false,
            }
        }
    }
}

impl Attribute<'_> {
    fn matches(&self, other: &Attribute<'_>) -> bool {
        self.kind == other.kind
            && (self.value == other.value
                || match (text(&self.value), text(&other.value)) {
                    (Some(ours), Some(theirs)) => folded(&ours) == folded(&theirs),
                    _ => false,
                })
    }
}

fn folded(text: &str) -> String {
    let words: Vec<_> = text.split_ascii_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// The characters of the string types of X.520; nothing for other types and malformed strings.
fn text(value: &AnyRef<'_>) -> Option<String> {
    let bytes = value.value();
    match value.tag() {
        Tag::Utf8String => std::str::from_utf8(bytes).ok().map(str::to_owned),
        Tag::PrintableString | Tag::Ia5String | Tag::VisibleString | Tag::NumericString => {
            bytes.is_ascii().then(|| bytes.iter().map(|byte| char::from(*byte)).collect())
        }
        // T.61 as everybody reads it: Latin-1.
        Tag::TeletexString => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
        Tag::BmpString => {
            let (units, rest) = bytes.as_chunks::<2>();
            let units = units.iter().map(|unit| u16::from_be_bytes(*unit));
            let characters = char::decode_utf16(units).collect::<Result<String, _>>().ok()?;
            rest.is_empty().then_some(characters)
        }
        _ => None,
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rdns = self.rdns();
        if rdns.is_empty() {
            return f.write_str("(empty name)");
        }
        for (index, rdn) in rdns.iter().rev().enumerate() {
            for (part, attribute) in rdn.iter().enumerate() {
                let separator = match (index, part) {
                    (0, 0) => "",
                    (_, 0) => ",",
                    _ => "+",
                };
                write!(f, "{separator}{attribute}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Attribute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match SHORT_NAMES.iter().find(|(kind, _)| *kind == self.kind) {
            Some((_, name)) => write!(f, "{name}=")?,
            None => write!(f, "{}=", self.kind)?,
        }
        let Some(text) = text(&self.value) else {
            return write!(f, "#({} bytes)", self.value.value().len());
        };
        for character in text.chars().take(PRINTED_CHARS) {
            match character {
                ',' | '+' | '"' | '\\' | '<' | '>' | ';' => write!(f, "\\{character}")?,
                _ if character.is_control() => write!(f, "\\{:02X}", u32::from(character))?,
                _ => write!(f, "{character}")?,
            }
        }
        if text.chars().nth(PRINTED_CHARS).is_some() { f.write_str("...") } else { Ok(()) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const CN: &[u8] = b"\x06\x03\x55\x04\x03";
    const UTF8: u8 = 0x0c;
    const PRINTABLE: u8 = 0x13;
    const T61: u8 = 0x14;
    const BMP: u8 = 0x1e;

    fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        [&[tag, u8::try_from(content.len()).unwrap()], &content[..]].concat()
    }

    fn attribute(kind: &[u8], tag: u8, value: &[u8]) -> Vec<u8> {
        tlv(0x30, &[kind, &tlv(tag, &[value])])
    }

    /// One common name.
    fn common_name(tag: u8, value: &[u8]) -> Vec<u8> {
        tlv(0x30, &[&tlv(0x31, &[&attribute(CN, tag, value)])])
    }

    fn same(a: &[u8], b: &[u8]) -> bool {
        let (a, b) = (Name::from_der(a).unwrap(), Name::from_der(b).unwrap());
        assert_eq!(a.matches(&b), b.matches(&a));
        a.matches(&b)
    }

    #[test]
    fn texts_compare_by_what_they_say() {
        let name = common_name(PRINTABLE, b"The Root");
        for (tag, value) in [
            (UTF8, &b"The Root"[..]),
            (UTF8, b" the  ROOT "),
            (T61, b"The Root"),
            (BMP, b"\0T\0h\0e\0 \0R\0o\0o\0t"),
        ] {
            assert!(same(&name, &common_name(tag, value)), "{value:?}");
        }
        for (tag, value) in
            [(UTF8, &b"TheRoot"[..]), (UTF8, b"The Root\0"), (BMP, b"\0T\0h\0e"), (0x04, b"The Root")]
        {
            assert!(!same(&name, &common_name(tag, value)), "{value:?}");
        }
        assert!(same(&common_name(UTF8, "\u{c4}".as_bytes()), &common_name(T61, b"\xe4")));
    }

    #[test]
    fn malformed_texts_are_only_the_same_as_themselves() {
        let bad = common_name(UTF8, b"\xff");
        assert!(same(&bad, &bad));
        assert!(!same(&bad, &common_name(UTF8, b"\xfe")));
        let odd = common_name(BMP, b"\0a\0");
        assert!(!same(&odd, &common_name(BMP, b"\0a")));
    }

    #[test]
    fn parts_count_and_order_counts() {
        let (a, b) = (tlv(0x31, &[&attribute(CN, UTF8, b"a")]), tlv(0x31, &[&attribute(CN, UTF8, b"b")]));
        let (ab, ba) = (tlv(0x30, &[&a, &b]), tlv(0x30, &[&b, &a]));
        let both = tlv(0x30, &[&tlv(0x31, &[&attribute(CN, UTF8, b"a"), &attribute(CN, UTF8, b"b")])]);
        assert!(!same(&ab, &ba));
        assert!(!same(&ab, &both));
        assert!(!same(&ab, &tlv(0x30, &[&a])));
        let (ab, a) = (Name::trusted(&ab), tlv(0x30, &[&a]));
        assert!(ab.is_within(&Name::trusted(&a)));
        assert!(!Name::trusted(&a).is_within(&ab));
        assert!(a.len() > 2 && ab.is_within(&Name::trusted(&[0x30, 0])));
    }

    #[test]
    fn it_prints_as_rfc_4514_has_it() {
        let other = b"\x06\x03\x2a\x03\x04";
        let first = tlv(0x31, &[&attribute(b"\x06\x03\x55\x04\x06", PRINTABLE, b"CN")]);
        let second = tlv(0x31, &[&attribute(CN, UTF8, b"a, b\n"), &attribute(other, 0x04, b"xyz")]);
        let name = tlv(0x30, &[&first, &second]);
        assert_eq!(Name::from_der(&name).unwrap().to_string(), "CN=a\\, b\\0A+1.2.3.4=#(3 bytes),C=CN");
        assert_eq!(Name::from_der(&[0x30, 0]).unwrap().to_string(), "(empty name)");
        let name = common_name(UTF8, &[b'x'; 100]);
        assert_eq!(Name::from_der(&name).unwrap().to_string(), format!("CN={}", "x".repeat(100)));
        assert_eq!(Name::from_der(&name).unwrap().common_names(), ["x".repeat(100)]);
    }
}
