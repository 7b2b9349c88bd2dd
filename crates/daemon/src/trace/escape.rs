//! Bytes of ports as text: the bulk of a trace. A table has what stands for each byte; pieces in which all stand for
//! themselves are copied as they are.

use std::sync::LazyLock;

/// Bytes that are looked at in one go.
const PIECE: usize = 64;
/// The longest text for a byte.
const LONGEST: usize = 8;

/// What stands for each byte, and how much of it counts.
pub(super) struct Escapes {
    texts: [[u8; LONGEST]; 256],
    lengths: [u8; 256],
}

/// As in C.
pub(super) static C: LazyLock<Escapes> =
    LazyLock::new(|| Escapes::new(|byte| byte.escape_ascii().to_string()));

/// As in strings of JSON (RFC 8259 7): each byte is the character of the same number. Those above U+009F, which no terminal
/// takes for an order, stand for themselves.
pub(super) static JSON: LazyLock<Escapes> = LazyLock::new(|| {
    Escapes::new(|byte| match byte {
        0xa0.. => char::from(byte).into(),
        _ => super::json::escaped(char::from(byte)),
    })
});

impl Escapes {
    fn new(text: impl Fn(u8) -> String) -> Escapes {
        let mut all = Escapes { texts: [[0; LONGEST]; 256], lengths: [0; 256] };
        for (byte, (slot, length)) in (0..=u8::MAX).zip(all.texts.iter_mut().zip(&mut all.lengths)) {
            let text = text(byte);
            for (slot, byte) in slot.iter_mut().zip(text.bytes()) {
                *slot = byte;
                *length += 1;
            }
        }
        all
    }

    /// Whether what stands for these bytes is longer than this.
    pub(super) fn is_longer(&self, bytes: &[u8], limit: usize) -> bool {
        let mut length = 0;
        // The first half tells, as a rule.
        bytes.chunks(PIECE).any(|piece| {
            length += if all_stand_for_themselves(piece) {
                piece.len()
            } else {
                piece.iter().map(|byte| usize::from(self.lengths[usize::from(*byte)])).sum()
            };
            length > limit
        })
    }

    /// Appends what stands for these bytes.
    pub(super) fn push(&self, out: &mut Vec<u8>, bytes: &[u8]) {
        out.reserve(bytes.len());
        for piece in bytes.chunks(PIECE) {
            if all_stand_for_themselves(piece) {
                out.extend_from_slice(piece);
                continue;
            }
            let (mut text, mut length) = ([0; PIECE * LONGEST], 0);
            for byte in piece.iter().map(|byte| usize::from(*byte)) {
                // A whole slot at a time: that is one move, however much of it counts.
                if let Some(place) = text.get_mut(length..length + LONGEST) {
                    place.copy_from_slice(&self.texts[byte]);
                }
                length += usize::from(self.lengths[byte]);
            }
            out.extend_from_slice(text.get(..length).unwrap_or_default());
        }
    }
}

fn all_stand_for_themselves(bytes: &[u8]) -> bool {
    // Without a way out of the loop: it is one comparison for many bytes.
    bytes.iter().fold(true, |all, byte| all & stands_for_itself(*byte))
}

/// In every table.
fn stands_for_itself(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte) & (byte != b'"') & (byte != b'\'') & (byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_its_text() {
        let all: Vec<u8> = (0..=255).chain(*b"plain text").chain([b'x'; 2 * PIECE]).collect();
        let mut out = b"> ".to_vec();
        C.push(&mut out, &all);
        assert_eq!(out, format!("> {}", all.escape_ascii()).as_bytes());
        out.clear();
        JSON.push(&mut out, &all);
        let expected: String = all.iter().map(|byte| char::from(*byte)).collect();
        let quoted = [b"\"", out.as_slice(), b"\""].concat();
        assert_eq!(serde_json::from_slice::<String>(&quoted).unwrap(), expected);
        out.clear();
        JSON.push(&mut out, b"a \"\\\r\n\t\x00\x7f\x9f\xff~");
        assert_eq!(out, "a \\\"\\\\\\r\\n\\t\\u0000\\u007f\\u009f\u{ff}~".as_bytes());
    }
}
