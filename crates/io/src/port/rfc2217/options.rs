//! Which telnet options are in force, by the method of RFC 1143: an answer is sent only when something changes,
//! so two sides can never answer each other for ever.

use super::telnet::{self, Verb};

/// RFC 856: eight bits, and CR stands for itself.
pub(super) const BINARY: u8 = 0;
/// RFC 857: this side sends back what it reads, as modules do.
const ECHO: u8 = 1;
/// RFC 858: no turns are taken.
const SUPPRESS_GO_AHEAD: u8 = 3;
/// RFC 2217.
pub(super) const COM_PORT: u8 = 44;

/// What one side makes of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Never,
    IfAsked,
    Asked,
}

/// Options that may be in force: their number, and what is made of them at this side, and at the other.
type Table = [(u8, Wish, Wish); 4];

/// Of a server. COM-PORT is for the client to offer, and is asked for all the same.
const SERVER: Table = [
    (BINARY, Wish::Asked, Wish::Asked),
    (ECHO, Wish::Asked, Wish::Never),
    (SUPPRESS_GO_AHEAD, Wish::Asked, Wish::Asked),
    (COM_PORT, Wish::IfAsked, Wish::Asked),
];

/// Of a client, which offers COM-PORT.
const CLIENT: Table = [
    (BINARY, Wish::Asked, Wish::Asked),
    (ECHO, Wish::Never, Wish::IfAsked),
    (SUPPRESS_GO_AHEAD, Wish::Asked, Wish::Asked),
    (COM_PORT, Wish::Asked, Wish::IfAsked),
];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Side {
    #[default]
    Off,
    /// It has been asked for.
    Asked,
    On,
}

#[derive(Debug)]
pub(super) struct Options {
    table: &'static Table,
    us: [Side; SERVER.len()],
    them: [Side; SERVER.len()],
}

impl Options {
    /// Of a server.
    pub(super) fn of_server() -> Options {
        Options { table: &SERVER, us: Default::default(), them: Default::default() }
    }

    /// Of a client.
    pub(super) fn of_client() -> Options {
        Options { table: &CLIENT, ..Options::of_server() }
    }

    /// Asks for everything. A client that waits to be asked gets on, and a plain telnet client goes into
    /// character mode.
    pub(super) fn start(&mut self, out: &mut Vec<u8>) {
        for (row, (number, us, them)) in self.table.iter().copied().enumerate() {
            if us == Wish::Asked {
                self.us[row] = Side::Asked;
                telnet::option(out, Verb::Will, number);
            }
            if them == Wish::Asked {
                self.them[row] = Side::Asked;
                telnet::option(out, Verb::Do, number);
            }
        }
    }

    /// What the other side says about an option, and the answer where one is due. True: it is on at the other
    /// side from now on.
    pub(super) fn hear(&mut self, verb: Verb, option: u8, out: &mut Vec<u8>) -> bool {
        let row = self.table.iter().position(|(number, ..)| *number == option);
        let theirs = matches!(verb, Verb::Will | Verb::Wont);
        let wanted = matches!(verb, Verb::Will | Verb::Do);
        let (yes, no) = if theirs { (Verb::Do, Verb::Dont) } else { (Verb::Will, Verb::Wont) };
        let sides = if theirs { &mut self.them } else { &mut self.us };
        let wish =
            row.and_then(|row| self.table.get(row)).map(|(_, us, them)| if theirs { *them } else { *us });
        let allowed = wish.is_some_and(|wish| wish != Wish::Never);
        let mut unknown = Side::Off;
        let side = row.and_then(|row| sides.get_mut(row)).unwrap_or(&mut unknown);
        match (*side, wanted) {
            (Side::Off, true) if allowed => {
                *side = Side::On;
                telnet::option(out, yes, option);
            }
            (Side::Off, true) => telnet::option(out, no, option),
            (Side::Asked, true) => *side = Side::On,
            (Side::Asked, false) => *side = Side::Off,
            (Side::On, false) => {
                *side = Side::Off;
                telnet::option(out, no, option);
            }
            (Side::On, true) | (Side::Off, false) => return false,
        }
        theirs && *side == Side::On
    }

    /// Is it on at the other side?
    pub(super) fn is_theirs(&self, option: u8) -> bool {
        self.table.iter().zip(&self.them).any(|((number, ..), side)| *number == option && *side == Side::On)
    }
}
