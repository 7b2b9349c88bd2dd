//! Commands with secrets: what of them is not shown, in the bytes of a port and in events.

use super::{Reader, Secrets, Seen};
use module::{Cause, CommandCause, Event};

/// A command by its name, and which of its parameters are secret: from, to, counted from 1.
type Rule = (&'static str, usize, usize);

/// Parameters that are secret in what a host types.
const PARAMETERS: &[Rule] = &[
    ("+CPIN", 1, usize::MAX),
    ("+CPWD", 2, usize::MAX),
    ("+CLCK", 3, 3),
    ("+QICSGP", 5, 5),
    // The module does not know it, and drivers for others send it: user and password, in either order.
    ("+CGAUTH", 3, usize::MAX),
];

/// Of these, the secrets are PINs: digits, up to eight (27.007 8.3, 7.4, 7.5).
const PINS: &[&str] = &["+CPIN", "+CPWD", "+CLCK"];

/// The same of payload in a command line.
const PAYLOADS: &[Rule] = &[("+QISENDEX", 2, usize::MAX)];

/// Values that are secret in what a module answers.
const ANSWERS: &[Rule] = &[("+QICSGP", 4, 4)];

/// The parameters that are not shown.
fn rules(hides_payload: bool) -> impl Iterator<Item = &'static Rule> {
    PARAMETERS.iter().chain(PAYLOADS.iter().filter(move |_| hides_payload))
}

/// Whether what begins with a `+` may become the name of a command with secrets.
pub(super) fn may_be_secret(name: &[u8], hides_payload: bool) -> bool {
    rules(hides_payload).any(|(known, ..)| known.as_bytes().starts_with(name))
}

/// A command with secrets that is being read, from the end of its name on.
///
/// The parameters that are secret are known where they stand behind `=` and the others before them are well formed.
/// Of anything else all is secret, up to where it is certain that another command begins.
#[derive(Debug)]
pub(super) struct Command {
    name: &'static str,
    /// The secret parameters, from and to, and the one it has come to: 0 as long as none has begun.
    from: usize,
    to: usize,
    at: usize,
    quoted: bool,
    /// The last byte of this parameter.
    before: Option<u8>,
    next: Next,
    /// It begins its line on the side of the module: it may be an answer.
    may_be_answer: bool,
}

/// Whether another command begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Next {
    #[default]
    No,
    /// Behind a semicolon, or a LF that may be what ends a line.
    Maybe,
    /// And the `A` of an `AT` was there.
    Prefix,
}

impl Command {
    /// The one whose name has just been read to its end. With `may_be_answer` it begins a line of the module.
    pub(super) fn named(name: &[u8], hides_payload: bool, may_be_answer: bool) -> Option<Command> {
        let (name, from, to) = *rules(hides_payload).find(|(known, ..)| known.as_bytes() == name)?;
        let (at, quoted, before, next) = (0, false, None, Next::No);
        Some(Command { name, from, to, at, quoted, before, next, may_be_answer })
    }

    pub(super) fn has_pins(&self) -> bool {
        PINS.contains(&self.name)
    }

    /// A LF has come: it ends the line if the host has set S3 so, and is dropped otherwise.
    pub(super) fn line_feed(&mut self) {
        if !self.quoted {
            self.next = Next::Maybe;
        }
    }

    /// Whether the next byte is secret; nothing if the command has ended before it.
    pub(super) fn hides(&mut self, byte: u8) -> Option<bool> {
        match (std::mem::take(&mut self.next), byte) {
            (Next::Maybe, b'+') | (Next::Prefix, b'T' | b't') => return None,
            (Next::Maybe, b'A' | b'a') => self.next = Next::Prefix,
            (Next::Maybe, b' ' | b';') => self.next = Next::Maybe,
            _ if self.at == 0 => return self.separates(byte),
            _ => return Some(self.parameter(byte)),
        }
        Some(false)
    }

    /// The same between its name and its parameters.
    fn separates(&mut self, byte: u8) -> Option<bool> {
        match byte {
            b':' if self.may_be_answer => {
                let (_, from, to) = *ANSWERS.iter().find(|(known, ..)| *known == self.name)?;
                (self.from, self.to, self.at) = (from, to, 1);
            }
            b'=' => self.at = 1,
            b' ' | b'?' | b'\t' => {}
            b':' => self.hide_all(),
            _ => {
                self.hide_all();
                self.at = 1;
                return Some(self.parameter(byte));
            }
        }
        Some(false)
    }

    fn parameter(&mut self, byte: u8) -> bool {
        let before = self.before.replace(byte);
        match byte {
            b'"' => {
                if !self.quoted && before.is_some() {
                    self.hide_all();
                }
                self.quoted = !self.quoted;
            }
            _ if self.quoted => return self.is_secret(),
            b',' => (self.at, self.before) = (self.at + 1, None),
            b';' => {
                self.hide_all();
                self.next = Next::Maybe;
            }
            b'?' => {}
            b' ' => {
                self.before = before;
                return self.is_secret();
            }
            _ => {
                if before == Some(b'"') {
                    self.hide_all();
                }
                return self.is_secret();
            }
        }
        false
    }

    fn is_secret(&self) -> bool {
        (self.from..=self.to).contains(&self.at)
    }

    fn hide_all(&mut self) {
        (self.from, self.to) = (1, usize::MAX);
    }
}

/// An event without the values of secret parameters.
pub(crate) fn discreet(event: &Event, secrets: Secrets) -> Event {
    let hides_payload = secrets == Secrets::HiddenWithPayload;
    let has_secrets = |command: &str| rules(hides_payload).any(|(name, ..)| *name == command);
    let mut event = event.clone();
    match &mut event {
        Event::Refused { command, cause: Cause::Command(CommandCause::Parameter { what, .. }), .. }
            if has_secrets(command) =>
        {
            // The value that does not do stands at the end.
            if let Some((rule, _)) = what.rsplit_once(", not ") {
                *what = format!("{rule}, not this");
            }
        }
        // What is typed close behind a name is taken for a part of it.
        Event::Refused { cause: Cause::Command(CommandCause::NoSuchCommand { name }), .. } => {
            let mut reader = Reader::of_host(hides_payload);
            let shown = name.bytes().map(|byte| if reader.take(byte) == Seen::Secret { b'*' } else { byte });
            *name = shown.map(char::from).collect();
        }
        Event::Command { command, values, .. } if has_secrets(command) => values.clear(),
        _ => {}
    }
    event
}
