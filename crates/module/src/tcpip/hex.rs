//! Bytes as hexadecimal digits, and back.

use alloc::vec::Vec;

const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

/// Two upper-case digits for each byte.
pub(crate) fn encode(bytes: &[u8]) -> Vec<u8> {
    let digit = |n: u8| DIGITS.get(usize::from(n)).copied().unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// One byte for each two digits of either case. `None` when there is anything else.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|n| u8::try_from(n).ok());
    let (pairs, rest) = text.as_chunks::<2>();
    let bytes: Option<Vec<u8>> =
        pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    bytes.filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        assert_eq!(encode(b"\x00\x9aZ"), b"009A5A");
        assert_eq!(decode(b"009a5A").unwrap(), b"\x00\x9aZ");
        assert_eq!(decode(b""), Some(Vec::new()));
        for bad in [&b"0"[..], b"0g", b" 0", b"001"] {
            assert_eq!(decode(bad), None);
        }
    }
}
