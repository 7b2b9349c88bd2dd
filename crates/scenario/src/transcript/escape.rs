//! Bytes as visible text and back.

/// Runs of this length and more are written as `\{N*x}`.
const LONG_RUN: usize = 24;

/// No text stands for more bytes than this.
const MOST: usize = 1 << 20;

/// Every byte visible: a space at the end is written as `\x20`.
pub fn escape(bytes: &[u8]) -> String {
    let mut out = String::new();
    let mut rest = bytes;
    while let Some((first, _)) = rest.split_first() {
        let run = rest.iter().take_while(|b| *b == first).count();
        let (_, tail) = rest.split_at(if run >= LONG_RUN { run } else { 1 });
        let one = escape_byte(*first, tail.is_empty());
        match run {
            LONG_RUN.. => out.push_str(&format!("\\{{{run}*{one}}}")),
            _ => out.push_str(&one),
        }
        rest = tail;
    }
    out
}

fn escape_byte(byte: u8, last: bool) -> String {
    match byte {
        b'\r' => "\\r".into(),
        b'\n' => "\\n".into(),
        b'\t' => "\\t".into(),
        b'\\' => "\\\\".into(),
        b' ' if last => "\\x20".into(),
        0x20..0x7F => char::from(byte).into(),
        _ => format!("\\x{byte:02x}"),
    }
}

/// The bytes that an escaped text stands for.
pub fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        match (byte, tail) {
            (b'\\', [b'{', tail @ ..]) => {
                let end = tail.iter().position(|b| *b == b'}').ok_or("`\\{` without `}`")?;
                let (count, what) = split_once(&tail[..end], b'*').ok_or("`\\{` wants N*x")?;
                let count: usize = count.parse().map_err(|_| format!("`{count}` is no number"))?;
                let what = unescape(what)?;
                if count.checked_mul(what.len()).is_none_or(|n| n > MOST - out.len().min(MOST)) {
                    return Err(format!("this stands for more than {MOST} bytes"));
                }
                out.extend(what.repeat(count));
                rest = &tail[end + 1..];
            }
            (b'\\', [kind, tail @ ..]) => {
                let (byte, used) = match kind {
                    b'r' => (b'\r', 0),
                    b'n' => (b'\n', 0),
                    b't' => (b'\t', 0),
                    b'\\' | b'"' => (*kind, 0),
                    b'x' => (hex(tail).ok_or("`\\x` wants two hex digits")?, 2),
                    _ => return Err(format!("unknown escape `\\{}`", char::from(*kind))),
                };
                out.push(byte);
                rest = &tail[used..];
            }
            (b'\\', []) => return Err("a `\\` at the end".into()),
            (byte, tail) => {
                out.push(*byte);
                rest = tail;
            }
        }
    }
    Ok(out)
}

fn split_once(bytes: &[u8], mark: u8) -> Option<(&str, &str)> {
    std::str::from_utf8(bytes).ok()?.split_once(char::from(mark))
}

fn hex(bytes: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(bytes.get(..2)?).ok()?, 16).ok()
}

/// Cuts bytes behind every LF, as transcripts show them.
pub fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|b| *b == b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_survives() {
        let all: Vec<u8> = (0..=255).chain([b' ', b'\\']).collect();
        assert_eq!(unescape(&escape(&all)).unwrap(), all);
        let runs = [vec![b'x'; 1460], vec![b'\\'; 30], vec![b' '; 30], vec![0; 3]].concat();
        assert_eq!(escape(&runs), "\\{1460*x}\\{30*\\\\}\\{30* }\\x00\\x00\\x00");
        assert_eq!(unescape(&escape(&runs)).unwrap(), runs);
    }

    #[test]
    fn bad_escapes_are_named() {
        for bad in ["\\{9999999999*x}", "\\", "\\q", "\\x1", "\\{3x}", "\\{3*x", "\\{n*x}"] {
            assert!(unescape(bad).is_err(), "{bad}");
        }
    }
}
