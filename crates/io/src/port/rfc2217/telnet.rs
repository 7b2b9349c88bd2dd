//! Telnet's bytes (RFC 854, RFC 855): data, commands and subnegotiations told apart, in any number of pieces.

/// Interpret as command.
pub(super) const IAC: u8 = 255;
const SB: u8 = 250;
const SE: u8 = 240;
const CR: u8 = b'\r';
const NUL: u8 = 0;

/// Bytes of a subnegotiation that are kept; the longest that means something here is a signature.
const MAX_SUB: usize = 256;

/// What an option negotiation says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Will = 251,
    Wont = 252,
    Do = 253,
    Dont = 254,
}

/// One thing that the other side said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Data(&'a [u8]),
    Option(Verb, u8),
    Sub(Vec<u8>),
}

#[derive(Debug, Default)]
pub(super) struct Decoder {
    state: State,
    sub: Vec<u8>,
    /// BINARY is agreed (RFC 856): CR stands for itself.
    pub(super) binary: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Data,
    /// Outside BINARY, the NUL behind a CR is part of it.
    AfterCr,
    Command,
    Negotiation(Verb),
    Sub,
    SubCommand,
}

impl Decoder {
    /// Takes some bytes from the front of `input`, and says how many and what they made.
    pub(super) fn next<'a>(&mut self, input: &'a [u8]) -> (usize, Option<Token<'a>>) {
        let Some(&first) = input.first() else { return (0, None) };
        match self.state {
            State::AfterCr if first == NUL => {
                self.state = State::Data;
                (1, None)
            }
            State::Data | State::AfterCr if first == IAC => {
                self.state = State::Command;
                (1, None)
            }
            State::Data | State::AfterCr => {
                let ends = |b: &u8| *b == IAC || (*b == CR && !self.binary);
                let end = input.iter().position(ends).unwrap_or(input.len());
                let cr = input.get(end) == Some(&CR);
                self.state = if cr { State::AfterCr } else { State::Data };
                let n = end + usize::from(cr);
                (n, input.get(..n).map(Token::Data))
            }
            State::Command => {
                self.state = match verb(first) {
                    Some(verb) => State::Negotiation(verb),
                    None if first == SB => {
                        self.sub.clear();
                        State::Sub
                    }
                    // Commands such as "break" and "are you there" ask nothing of a module.
                    None => State::Data,
                };
                (1, (first == IAC).then_some(Token::Data(&[IAC])))
            }
            State::Negotiation(verb) => {
                self.state = State::Data;
                (1, Some(Token::Option(verb, first)))
            }
            State::Sub if first == IAC => {
                self.state = State::SubCommand;
                (1, None)
            }
            State::Sub => {
                self.keep(first);
                (1, None)
            }
            State::SubCommand if first == IAC => {
                self.keep(IAC);
                self.state = State::Sub;
                (1, None)
            }
            State::SubCommand if first == SE => {
                self.state = State::Data;
                (1, Some(Token::Sub(std::mem::take(&mut self.sub))))
            }
            // A subnegotiation without end: it is void, and this is a command.
            State::SubCommand => {
                self.state = State::Command;
                (0, None)
            }
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.sub.len() < MAX_SUB {
            self.sub.push(byte);
        }
    }
}

fn verb(byte: u8) -> Option<Verb> {
    [Verb::Will, Verb::Wont, Verb::Do, Verb::Dont].into_iter().find(|verb| *verb as u8 == byte)
}

/// Appends data.
pub(super) fn data(out: &mut Vec<u8>, bytes: &[u8]) {
    for byte in bytes {
        out.extend_from_slice(if *byte == IAC { &[IAC, IAC] } else { std::slice::from_ref(byte) });
    }
}

/// Appends an option negotiation.
pub(super) fn option(out: &mut Vec<u8>, verb: Verb, option: u8) {
    out.extend_from_slice(&[IAC, verb as u8, option]);
}

/// Appends a subnegotiation.
pub(super) fn sub(out: &mut Vec<u8>, option: u8, content: &[u8]) {
    out.extend_from_slice(&[IAC, SB, option]);
    data(out, content);
    out.extend_from_slice(&[IAC, SE]);
}
