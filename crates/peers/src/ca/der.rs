//! As much DER (X.690) as certificates and keys need, written and read.

/// One element.
pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let len = content.len();
    let mut out = vec![tag];
    if len < 0x80 {
        out.push(len as u8);
    } else {
        let bytes = len.to_be_bytes();
        let bytes = &bytes[bytes.iter().take_while(|b| **b == 0).count()..];
        out.push(0x80 | bytes.len() as u8);
        out.extend(bytes);
    }
    out.extend(content);
    out
}

/// SEQUENCE of encoded elements.
pub fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &elements.concat())
}

/// SET of encoded elements (one, or already in order).
pub fn set(elements: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x31, &elements.concat())
}

/// A non-negative INTEGER from big-endian bytes.
pub fn integer(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|b| **b == 0).count().min(bytes.len().saturating_sub(1));
    let bytes = &bytes[zeros..];
    let sign = if bytes[0] & 0x80 == 0 { &[][..] } else { &[0] };
    tlv(0x02, &[sign, bytes].concat())
}

/// OBJECT IDENTIFIER.
pub fn oid(arcs: &[u64]) -> Vec<u8> {
    let mut content = Vec::new();
    let first = arcs[0] * 40 + arcs[1];
    for arc in std::iter::once(&first).chain(&arcs[2..]) {
        let mut groups = vec![(arc & 0x7f) as u8];
        let mut rest = arc >> 7;
        while rest > 0 {
            groups.push(0x80 | (rest & 0x7f) as u8);
            rest >>= 7;
        }
        content.extend(groups.iter().rev());
    }
    tlv(0x06, &content)
}

/// BIT STRING of whole bytes.
pub fn bits(bytes: &[u8]) -> Vec<u8> {
    tlv(0x03, &[&[0], bytes].concat())
}

/// BIT STRING of named bits (bit 0 first, no trailing zeros), for keyUsage.
pub fn named_bits(set: &[u8]) -> Vec<u8> {
    let last = set.iter().copied().max().unwrap_or(0);
    let mut bytes = vec![0u8; usize::from(last / 8) + 1];
    set.iter().for_each(|bit| bytes[usize::from(bit / 8)] |= 0x80 >> (bit % 8));
    tlv(0x03, &[&[7 - last % 8], &bytes[..]].concat())
}

/// OCTET STRING.
pub fn octets(bytes: &[u8]) -> Vec<u8> {
    tlv(0x04, bytes)
}

/// BOOLEAN TRUE.
pub fn yes() -> Vec<u8> {
    tlv(0x01, &[0xff])
}

/// NULL.
pub fn null() -> Vec<u8> {
    tlv(0x05, &[])
}

/// UTF8String.
pub fn utf8(text: &str) -> Vec<u8> {
    tlv(0x0c, text.as_bytes())
}

/// A time `YYYYMMDDhhmmss`, as UTCTime until 2049 and GeneralizedTime from then on (RFC 5280 4.1.2.5).
pub fn time(text: &str) -> Vec<u8> {
    match text {
        _ if ("1950".."2050").contains(&&text[..4]) => tlv(0x17, format!("{}Z", &text[2..]).as_bytes()),
        _ => tlv(0x18, format!("{text}Z").as_bytes()),
    }
}

/// A PEM block.
pub fn pem(label: &str, der: &[u8]) -> String {
    pem_rfc7468::encode_string(label, pem_rfc7468::LineEnding::LF, der).expect("short enough")
}

/// Reads elements one after another.
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Over the content of one element, or a whole file.
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader(bytes)
    }

    /// The content of the next element, if it has this tag.
    pub fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        if self.0.first() != Some(&tag) {
            return None;
        }
        let first = usize::from(*self.0.get(1)?);
        let (len, header) = if first < 0x80 {
            (first, 2)
        } else {
            let n = first & 0x7f;
            let bytes = self.0.get(2..2 + n).filter(|_| (1..=4).contains(&n))?;
            (bytes.iter().fold(0, |len, b| len << 8 | usize::from(*b)), 2 + n)
        };
        let content = self.0.get(header..header + len)?;
        self.0 = &self.0[header + len..];
        Some(content)
    }

    /// Skips the next element if it has this tag.
    pub fn optional(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.expect(tag)
    }

    /// A reader over the content of the next element.
    pub fn enter(&mut self, tag: u8) -> Option<Reader<'a>> {
        self.expect(tag).map(Reader)
    }
}
