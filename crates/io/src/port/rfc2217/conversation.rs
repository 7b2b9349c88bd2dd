//! A conversation with one RFC 2217 client, sans-IO: bytes in, bytes out, and what the client did in between.

use super::{
    comport::{ComPort, Effect},
    options::{BINARY, COM_PORT, Options},
    outgoing::Outgoing,
    telnet::{self, Decoder, Token},
};
use crate::port::{HostLines, ModuleLines};
use std::collections::VecDeque;

/// Data that wait for the module, above which no more is read.
const MAX_HELD: usize = 4096;
/// Movements of lines that wait for the module, above which no more is read.
const MAX_MOVES: usize = 64;
/// Bytes that wait for the client, above which nothing more is put behind them.
const MAX_OUT: usize = 4096;
/// Most that is taken at once for the client.
const MAX_SAY: usize = 4096;

#[derive(Debug)]
pub(super) struct Conversation {
    decoder: Decoder,
    options: Options,
    com: ComPort,
    out: Outgoing,
    held: VecDeque<u8>,
    /// In the order of the client; each behind so many bytes of `held`, counted from the one before it.
    moves: VecDeque<(usize, HostLines)>,
    /// Bytes of `held` behind the last of `moves`.
    since: usize,
    /// The client has not been told of the lines for want of room.
    is_behind: bool,
    /// The client has been told of the lines at the beginning.
    is_greeted: bool,
}

/// What the client did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// It wrote: so many bytes are in the buffer.
    Data(usize),
    Lines(HostLines),
}

impl Conversation {
    /// With a client that has just connected.
    pub(super) fn new(lines: ModuleLines) -> Conversation {
        let mut conversation = Conversation {
            decoder: Decoder::default(),
            options: Options::of_server(),
            com: ComPort::new(lines),
            out: Outgoing::default(),
            held: VecDeque::new(),
            moves: VecDeque::new(),
            since: 0,
            is_behind: false,
            is_greeted: false,
        };
        conversation.options.start(conversation.out.behind());
        conversation
    }

    /// May more be heard?
    pub(super) fn has_room(&self) -> bool {
        self.held.len() < MAX_HELD && self.moves.len() < MAX_MOVES && self.tx().len() < MAX_OUT
    }

    /// Takes what the client sent.
    pub(super) fn hear(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (n, token) = self.decoder.next(bytes);
            bytes = bytes.get(n..).unwrap_or_default();
            match token {
                None => {}
                Some(Token::Data(data)) => {
                    self.held.extend(data);
                    self.since += data.len();
                }
                Some(Token::Option(verb, option)) => {
                    if self.options.hear(verb, option, self.out.behind()) && option == COM_PORT {
                        self.greet();
                    }
                    self.decoder.binary = self.options.is_theirs(BINARY);
                }
                Some(Token::Sub(content)) => {
                    let Some((&COM_PORT, content)) = content.split_first() else { continue };
                    // pyserial takes our asking for its own offer when that comes first, and never offers.
                    self.greet();
                    match self.com.hear(content, self.out.behind()) {
                        None => {}
                        Some(Effect::Lines(lines)) => {
                            self.moves.push_back((std::mem::take(&mut self.since), lines));
                        }
                        Some(Effect::Purge) => self.purge(),
                    }
                }
            }
        }
    }

    /// The movements of the lines stay, and nothing stands before them any more.
    fn purge(&mut self) {
        self.held.clear();
        self.since = 0;
        self.moves.iter_mut().for_each(|(behind, _)| *behind = 0);
    }

    /// What the client did next. With an empty buffer (no room) the lines overtake the data, as they do in a cable.
    pub(super) fn next(&mut self, buf: &mut [u8]) -> Option<Done> {
        if let Some((behind, lines)) = self.moves.front().copied()
            && (behind == 0 || buf.is_empty())
        {
            self.moves.pop_front();
            *self.moves.front_mut().map_or(&mut self.since, |(behind, _)| behind) += behind;
            return Some(Done::Lines(lines));
        }
        let before = self.moves.front_mut().map_or(&mut self.since, |(behind, _)| behind);
        let n = buf.len().min(*before);
        if n == 0 {
            return None;
        }
        *before -= n;
        for (place, byte) in buf.iter_mut().zip(self.held.drain(..n)) {
            *place = byte;
        }
        Some(Done::Data(n))
    }

    /// Takes data for the client, and says how many bytes; 0 while it takes none.
    pub(super) fn say(&mut self, bytes: &[u8]) -> usize {
        if self.com.suspended || self.tx().len() >= MAX_OUT {
            return 0;
        }
        let taken = bytes.get(..MAX_SAY).unwrap_or(bytes);
        telnet::data(self.out.behind(), taken);
        taken.len()
    }

    /// FLOWCONTROL-SUSPEND is in force.
    pub(super) fn is_suspended(&self) -> bool {
        self.com.suspended
    }

    /// The module has moved its lines. A client that does not read is told of the last state only.
    pub(super) fn set_lines(&mut self, lines: ModuleLines) {
        if self.tx().len() < MAX_OUT {
            self.com.set_lines(lines, self.out.behind());
        } else {
            self.com.set_lines(lines, &mut Vec::new());
            self.is_behind = true;
        }
    }

    /// Tells the lines, once: clients wait for it before they tell anybody of them.
    fn greet(&mut self) {
        if !std::mem::replace(&mut self.is_greeted, true) {
            self.com.notify(0, self.out.behind());
        }
    }

    /// Bytes for the client.
    pub(super) fn tx(&self) -> &[u8] {
        self.out.tx()
    }

    /// The first `n` bytes of `tx` have left.
    pub(super) fn tx_done(&mut self, n: usize) {
        self.out.tx_done(n);
        if self.tx().is_empty() && std::mem::take(&mut self.is_behind) {
            self.com.notify(0, self.out.behind());
        }
    }
}

#[cfg(test)]
mod tests;
