//! The line editor: characters of command state to command lines (V.250 5.2).
//!
//! | state | on | does |
//! |---|---|---|
//! | between lines | `AT`, `at` | a line begins; both characters are echoed |
//! | | `A/`, `a/` | the last line again, at once |
//! | | anything else | dropped silently, not echoed (D33) |
//! | in a line | S3 | the line is complete |
//! | | S5 | the character before is gone |
//! | | control characters | dropped |
//! | | more than 4096 bytes | discarded up to S3, then reported as too long |

use crate::{settings::Settings, time::Instant};
use alloc::vec::Vec;
use core::time::Duration;

/// The longest line, prefix included, terminator not.
pub const MAX_LINE: usize = 4096;

/// How long a half-typed line keeps unsolicited result codes back (D21).
pub const HOLD: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Between lines.
    Between,
    /// An `A` or `a` has come.
    Prefix(u8),
    /// After the prefix; since when.
    Body(Instant),
    /// A line that became too long; since when.
    Overflow(Instant),
}

/// Collects one command line at a time and remembers the last for `A/`.
#[derive(Clone, Debug)]
pub struct LineEditor {
    state: State,
    body: Vec<u8>,
    last: Vec<u8>,
}

/// What the input has brought.
#[derive(Debug, PartialEq, Eq)]
pub enum Edit {
    /// No complete line yet.
    More,
    /// A command line is complete: [`LineEditor::line`] is its body.
    Line,
    /// A line was longer than [`MAX_LINE`] and has been discarded.
    TooLong,
}

impl Default for LineEditor {
    fn default() -> LineEditor {
        LineEditor { state: State::Between, body: Vec::new(), last: Vec::new() }
    }
}

impl LineEditor {
    /// Takes characters up to the end of the first complete line, echoes them to `echo`, and says how
    /// many it took. A terminator is the last byte taken.
    pub fn take(
        &mut self,
        now: Instant,
        input: &[u8],
        settings: &Settings,
        echo: &mut Vec<u8>,
    ) -> (usize, Edit) {
        for (i, &byte) in input.iter().enumerate() {
            let edit = self.character(now, byte, settings, echo);
            if edit != Edit::More {
                return (i + 1, edit);
            }
        }
        (input.len(), Edit::More)
    }

    /// The body (what follows the prefix) of the line that was completed last.
    pub fn line(&self) -> &[u8] {
        &self.last
    }

    /// Since when a line is half typed.
    pub fn half_typed_since(&self) -> Option<Instant> {
        match self.state {
            State::Between | State::Prefix(_) => None,
            State::Body(since) | State::Overflow(since) => Some(since),
        }
    }

    /// Forgets a half-typed line: the host has gone.
    pub fn reset(&mut self) {
        self.state = State::Between;
        self.body = Vec::new();
    }

    fn character(&mut self, now: Instant, byte: u8, settings: &Settings, echo: &mut Vec<u8>) -> Edit {
        let mut print = |bytes: &[u8]| {
            if settings.echo {
                echo.extend_from_slice(bytes);
            }
        };
        match (self.state, byte) {
            (State::Between | State::Prefix(_), b'A' | b'a') => self.state = State::Prefix(byte),
            (State::Between, _) => {}
            (State::Prefix(a), b'/') => {
                print(&[a, b'/']);
                self.state = State::Between;
                return Edit::Line;
            }
            (State::Prefix(a), b'T' | b't') if a.is_ascii_uppercase() == byte.is_ascii_uppercase() => {
                print(&[a, byte]);
                self.state = State::Body(now);
            }
            (State::Prefix(_), _) => self.state = State::Between,
            (State::Body(_), _) if byte == settings.cr() => {
                print(&[byte]);
                self.state = State::Between;
                self.last = core::mem::take(&mut self.body);
                return Edit::Line;
            }
            (State::Overflow(_), _) if byte == settings.cr() => {
                print(&[byte]);
                self.state = State::Between;
                return Edit::TooLong;
            }
            (State::Body(_), _) if byte == settings.backspace() => {
                if self.body.pop().is_some() {
                    print(&[byte, b' ', byte]);
                }
            }
            (State::Body(_) | State::Overflow(_), 0..=0x1F | 0x7F) => {}
            (State::Body(since), _) => {
                print(&[byte]);
                if self.body.len() + 2 < MAX_LINE {
                    self.body.push(byte);
                } else {
                    self.body = Vec::new();
                    self.state = State::Overflow(since);
                }
            }
            (State::Overflow(_), _) => print(&[byte]),
        }
        Edit::More
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(input: &[u8]) -> (Vec<Vec<u8>>, Vec<u8>) {
        let settings = Settings::default();
        let (mut editor, mut echo, mut out) = (LineEditor::default(), Vec::new(), Vec::new());
        let mut rest = input;
        while !rest.is_empty() {
            let (n, edit) = editor.take(Instant::ZERO, rest, &settings, &mut echo);
            rest = &rest[n..];
            match edit {
                Edit::More => {}
                Edit::Line => out.push(editor.line().to_vec()),
                Edit::TooLong => out.push(b"too long".to_vec()),
            }
        }
        (out, echo)
    }

    #[test]
    fn prefix_and_noise() {
        assert_eq!(lines(b"\n\x1axAxaTAT+CSQ\r"), (alloc::vec![b"+CSQ".to_vec()], b"AT+CSQ\r".to_vec()));
        assert_eq!(lines(b"ati\r").0, [b"i".to_vec()]);
        assert_eq!(lines(b"AAT\r").0, [b"".to_vec()]);
    }

    #[test]
    fn editing_and_repeating() {
        assert_eq!(
            lines(b"ATIX\x08\x08\x08E0\r"),
            (alloc::vec![b"E0".to_vec()], b"ATIX\x08 \x08\x08 \x08E0\r".to_vec())
        );
        assert_eq!(lines(b"ATI\rA/").0, [b"I".to_vec(), b"I".to_vec()]);
        assert_eq!(lines(b"A/").0, [b"".to_vec()]);
    }

    #[test]
    fn length_limit() {
        let line = |n: usize| [&b"AT"[..], &alloc::vec![b'x'; n - 2], b"\rATI\r"].concat();
        let (ok, _) = lines(&line(MAX_LINE));
        assert_eq!(ok[0].len(), MAX_LINE - 2);
        let (long, echo) = lines(&line(MAX_LINE + 1));
        assert_eq!(long, [b"too long".to_vec(), b"I".to_vec()]);
        assert_eq!(echo.len(), MAX_LINE + 2 + 4);
    }
}
