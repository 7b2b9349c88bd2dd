//! A command line's body to its invocations (V.250 5.3 and 5.4, 27.007 4).

use alloc::{string::String, vec::Vec};

/// The form of an invocation (Table 4 of the note).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `=?`
    Test,
    /// `?`
    Read,
    /// `=` with parameters, or a basic command with its number. "Write" in the note.
    Set,
    /// Nothing behind the name.
    Exec,
}

/// One command on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// Upper case, without prefix: `+QSSLCFG`, `E`, `&C`, `S`.
    pub name: String,
    /// Its form.
    pub kind: Kind,
    /// The register of an S command.
    pub register: Option<u8>,
    /// The parameters as typed; for a basic command its number.
    pub tail: Vec<u8>,
}

/// The body does not follow the syntax from here on. Commands before it are still run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyntaxError;

/// Takes the next invocation off `body`; `None` at its end.
pub fn next(body: &mut &[u8]) -> Option<Result<Invocation, SyntaxError>> {
    skip_separators(body);
    let (&first, _) = body.split_first()?;
    Some(match first {
        b'&' => {
            advance(body, 1);
            basic(body, "&")
        }
        b'D' | b'd' => Ok(dial(body)),
        b'S' | b's' => s_register(body),
        letter if letter.is_ascii_alphabetic() => basic(body, ""),
        mark if mark.is_ascii_punctuation() && mark != b'"' => extended(body),
        _ => Err(SyntaxError),
    })
}

/// Spaces, semicolons between commands, and a second `AT` after a semicolon.
fn skip_separators(body: &mut &[u8]) {
    let mut after_semicolon = false;
    loop {
        match **body {
            [b' ', ..] => advance(body, 1),
            [b';', ..] => {
                after_semicolon = true;
                advance(body, 1);
            }
            [b'A' | b'a', b'T' | b't', ..] if after_semicolon => {
                after_semicolon = false;
                advance(body, 2);
            }
            _ => return,
        }
    }
}

fn advance(body: &mut &[u8], n: usize) {
    *body = body.get(n..).unwrap_or_default();
}

/// Spaces mean nothing, but inside a number or a string (V.250 5.2.1).
fn skip_spaces(body: &mut &[u8]) {
    let n = body.iter().take_while(|b| **b == b' ').count();
    advance(body, n);
}

fn digits(body: &mut &[u8]) -> Vec<u8> {
    skip_spaces(body);
    let n = body.iter().take_while(|b| b.is_ascii_digit()).count();
    let taken = body.get(..n).unwrap_or_default().to_vec();
    advance(body, n);
    taken
}

/// A letter and perhaps a number, behind a mark that has been taken.
fn basic(body: &mut &[u8], mark: &str) -> Result<Invocation, SyntaxError> {
    skip_spaces(body);
    let letter = body.first().copied().filter(u8::is_ascii_alphabetic).ok_or(SyntaxError)?;
    advance(body, 1);
    let mut name = String::from(mark);
    name.push(char::from(letter.to_ascii_uppercase()));
    let tail = digits(body);
    let kind = if tail.is_empty() { Kind::Exec } else { Kind::Set };
    Ok(Invocation { name, kind, register: None, tail })
}

/// `D` takes the rest of the line (V.250 6.3.1).
fn dial(body: &mut &[u8]) -> Invocation {
    let tail = body.get(1..).unwrap_or_default().to_vec();
    *body = &[];
    Invocation { name: "D".into(), kind: Kind::Set, register: None, tail }
}

/// `Sn=v`, `Sn?` (V.250 5.3.2), and the `Sn` that sets nothing.
fn s_register(body: &mut &[u8]) -> Result<Invocation, SyntaxError> {
    advance(body, 1);
    let number = digits(body);
    let register = decimal(&number).and_then(|n| u8::try_from(n).ok()).ok_or(SyntaxError)?;
    skip_spaces(body);
    let (kind, tail) = match **body {
        [b'?', ..] => {
            advance(body, 1);
            (Kind::Read, Vec::new())
        }
        [b'=', ..] => {
            advance(body, 1);
            (Kind::Set, digits(body))
        }
        _ => (Kind::Exec, Vec::new()),
    };
    Ok(Invocation { name: "S".into(), kind, register: Some(register), tail })
}

/// `+NAME...`: up to the semicolon that is outside quotes, or the end of the line.
fn extended(body: &mut &[u8]) -> Result<Invocation, SyntaxError> {
    let end = end_of_extended(body);
    let text = body.get(..end).unwrap_or_default().trim_ascii();
    advance(body, end);
    let (mark, text) = text.split_at_checked(1).ok_or(SyntaxError)?;
    let text = text.trim_ascii_start();
    let name_len = text.iter().take_while(|b| is_name_character(**b)).count();
    let (name, rest) = text.split_at_checked(name_len).ok_or(SyntaxError)?;
    let rest = rest.trim_ascii_start();
    let (kind, tail) = match rest {
        [] => (Kind::Exec, &[][..]),
        [b'?'] => (Kind::Read, &[][..]),
        [b'=', tail @ ..] if tail.trim_ascii() == b"?" => (Kind::Test, &[][..]),
        [b'=', tail @ ..] => (Kind::Set, tail),
        _ => return Err(SyntaxError),
    };
    let name = String::from_utf8([mark, name].concat().to_ascii_uppercase()).map_err(|_| SyntaxError)?;
    Ok(Invocation { name, kind, register: None, tail: tail.to_vec() })
}

fn end_of_extended(body: &[u8]) -> usize {
    let mut quoted = false;
    for (i, byte) in body.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b';' if !quoted => return i,
            _ => {}
        }
    }
    body.len()
}

/// V.250 5.4.1.
fn is_name_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!%-./:_".contains(&byte)
}

/// A decimal number of at most ten digits that fits.
pub(crate) fn decimal(text: &[u8]) -> Option<u32> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    core::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn parsed(mut body: &[u8]) -> Vec<String> {
        let mut out = Vec::new();
        while let Some(next) = next(&mut body) {
            match next {
                Ok(i) => {
                    let register = i.register.map_or(String::new(), |r| format!("{r}"));
                    out.push(format!(
                        "{}{register} {:?} {}",
                        i.name,
                        i.kind,
                        String::from_utf8_lossy(&i.tail)
                    ));
                }
                Err(SyntaxError) => {
                    out.push("error".into());
                    break;
                }
            }
        }
        out
    }

    #[test]
    fn basic_commands_run_together() {
        assert_eq!(
            parsed(b"E0V1&c1&D2S3=13s4?S12I"),
            ["E Set 0", "V Set 1", "&C Set 1", "&D Set 2", "S3 Set 13", "S4 Read ", "S12 Exec ", "I Exec "]
        );
        assert_eq!(parsed(b"DT*99#;+X"), ["D Set T*99#;+X"]);
        assert_eq!(
            parsed(b" E 0 V  S0 = 5 S 0 ? & F 0"),
            ["E Set 0", "V Exec ", "S0 Set 5", "S0 Read ", "&F Set 0"]
        );
        assert_eq!(parsed(b"S0=1 2"), ["S0 Set 1", "error"]);
    }

    #[test]
    fn extended_commands() {
        assert_eq!(
            parsed(b"+CPIN?;+csq;+COPS=3,0;ATI;&W"),
            ["+CPIN Read ", "+CSQ Exec ", "+COPS Set 3,0", "I Exec ", "&W Exec "]
        );
        assert_eq!(parsed(b"+QSSLCFG=?;+X=\"a;b\";+Y"), ["+QSSLCFG Test ", "+X Set \"a;b\"", "+Y Exec "]);
        assert_eq!(parsed(b"E0+QSSLOPEN= 1,1"), ["E Set 0", "+QSSLOPEN Set  1,1"]);
        assert_eq!(parsed(b"+X==1"), ["+X Set =1"]);
        assert_eq!(parsed(b"+ CSQ ; + X ?"), ["+CSQ Exec ", "+X Read "]);
    }

    #[test]
    fn what_is_no_command() {
        for body in [&b"+CSQ!x?y"[..], b"&", b"&1", b"1", b"S=1", b"S999", b"\"x\"", b"\x80"] {
            assert!(matches!(parsed(body).last().map(String::as_str), Some("error")), "{body:?}");
        }
        assert!(parsed(b"").is_empty());
        assert!(parsed(b" ;; ").is_empty());
    }

    #[test]
    fn basic_then_extended_needs_no_semicolon() {
        assert_eq!(parsed(b"E0+CSQ"), ["E Set 0", "+CSQ Exec "]);
    }
}
