//! Bytes of ports as text: the bulk of a trace, so a table has what stands for each, and runs of bytes that stand for
//! themselves are copied as they are.

use std::sync::LazyLock;

/// What stands for each byte; nothing where it stands for itself, as only printable ASCII does.
pub(super) struct Escapes([Option<Box<str>>; 256]);

/// As in C.
pub(super) static C: LazyLock<Escapes> =
    LazyLock::new(|| Escapes::new(|byte| byte.escape_ascii().to_string()));

/// As in strings of JSON (RFC 8259 7): each byte is the character of the same number.
pub(super) static JSON: LazyLock<Escapes> =
    LazyLock::new(|| Escapes::new(|byte| super::json::escaped(char::from(byte))));

impl Escapes {
    fn new(text: impl Fn(u8) -> String) -> Escapes {
        Escapes(std::array::from_fn(|n| {
            let byte = u8::try_from(n).unwrap_or_default();
            let text = text(byte);
            (text.as_bytes() != [byte]).then(|| text.into())
        }))
    }

    /// Appends what stands for these bytes.
    pub(super) fn push(&self, out: &mut String, bytes: &[u8]) {
        out.reserve(bytes.len());
        let mut rest = bytes;
        while let Some((first, after)) = rest.split_first() {
            match &self.0[usize::from(*first)] {
                Some(text) => {
                    out.push_str(text);
                    rest = after;
                }
                None => {
                    let run = rest.iter().take_while(|byte| self.0[usize::from(**byte)].is_none()).count();
                    let (run, beyond) = rest.split_at(run);
                    // ASCII is UTF-8.
                    out.push_str(str::from_utf8(run).unwrap_or_default());
                    rest = beyond;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_its_text() {
        let all: Vec<u8> = (0..=255).chain(*b"plain text").collect();
        let mut out = String::from("> ");
        C.push(&mut out, &all);
        assert_eq!(out, format!("> {}", all.escape_ascii()));
        out.clear();
        JSON.push(&mut out, b"a \"\\\r\n\t\x00\x7f\xff~");
        assert_eq!(out, "a \\\"\\\\\\r\\n\\t\\u0000\\u007f\\u00ff~");
    }
}
