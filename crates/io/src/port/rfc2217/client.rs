//! The client's side of RFC 2217, sans-IO: bytes in, bytes out, and what the device at the other end does in between.

use super::{
    comport::{self, lines_of},
    options::{BINARY, COM_PORT, Options},
    outgoing::Outgoing,
    telnet::{self, Decoder, Token, Verb},
};
use crate::{
    endpoint::Flow,
    port::{HostLines, ModuleLines},
};
use std::collections::VecDeque;

/// Data of the device that wait, above which no more is read.
const MAX_HELD: usize = 16 * 1024;
/// Bytes for the server that wait, above which no more is taken.
const MAX_OUT: usize = 16 * 1024;

/// What the device at the other end has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// It has sent: so many bytes are in the buffer.
    Data(usize),
    /// It has moved its lines.
    Lines(ModuleLines),
    /// It has another speed than was wanted.
    Speed(u32),
    /// The server knows nothing of RFC 2217.
    Refused,
}

/// What a server makes of the device.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) baud: u32,
    pub(super) flow: Flow,
}

#[derive(Debug)]
pub(super) struct Client {
    settings: Settings,
    decoder: Decoder,
    options: Options,
    out: Outgoing,
    held: VecDeque<u8>,
    /// In the order of the server; lines overtake data, as they do in a cable.
    news: VecDeque<Done>,
    /// The lines as the host drives them.
    host: HostLines,
    /// Those that the server has been told of.
    told: Option<HostLines>,
    is_agreed: bool,
    /// The server takes no data.
    is_suspended: bool,
}

impl Client {
    pub(super) fn new(settings: Settings) -> Client {
        let mut client = Client {
            settings,
            decoder: Decoder::default(),
            options: Options::of_client(),
            out: Outgoing::default(),
            held: VecDeque::new(),
            news: VecDeque::new(),
            host: HostLines::ON,
            told: None,
            is_agreed: false,
            is_suspended: false,
        };
        client.options.start(client.out.behind());
        client
    }

    /// May more be heard?
    pub(super) fn has_room(&self) -> bool {
        self.held.len() < MAX_HELD && self.tx().len() < MAX_OUT
    }

    /// Takes what the server sent.
    pub(super) fn hear(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (n, token) = self.decoder.next(bytes);
            bytes = bytes.get(n..).unwrap_or_default();
            match token {
                None => {}
                Some(Token::Data(data)) => self.held.extend(data),
                Some(Token::Option(verb, option)) => {
                    self.options.hear(verb, option, self.out.behind());
                    self.decoder.binary = self.options.is_theirs(BINARY);
                    match (option, verb) {
                        (COM_PORT, Verb::Do) => self.agree(),
                        (COM_PORT, Verb::Dont) => self.news.push_back(Done::Refused),
                        _ => {}
                    }
                }
                Some(Token::Sub(content)) => {
                    if let Some((&COM_PORT, content)) = content.split_first() {
                        // Who speaks of it knows it, too.
                        self.agree();
                        self.comport(content);
                    }
                }
            }
        }
    }

    /// The server knows the option: it is told how the device is to be.
    fn agree(&mut self) {
        if std::mem::replace(&mut self.is_agreed, true) {
            return;
        }
        let flow = match self.settings.flow {
            Flow::None => comport::FLOW_NONE,
            Flow::XonXoff => comport::FLOW_SOFTWARE,
            Flow::RtsCts => comport::FLOW_HARDWARE,
        };
        let baud = self.settings.baud.to_be_bytes();
        let settings: [(u8, &[u8]); 6] = [
            (comport::SET_BAUDRATE, &baud),
            (comport::SET_DATASIZE, &[8]),
            (comport::SET_PARITY, &[comport::PARITY_NONE]),
            (comport::SET_STOPSIZE, &[1]),
            (comport::SET_CONTROL, &[flow]),
            (comport::SET_MODEMSTATE_MASK, &[255]),
        ];
        for (code, value) in settings {
            self.say_sub(code, value);
        }
        self.tell_lines();
    }

    fn comport(&mut self, content: &[u8]) {
        match content {
            [comport::TOLD_MODEMSTATE, state] => self.news.push_back(Done::Lines(lines_of(*state))),
            [comport::TOLD_BAUDRATE, baud @ ..] => {
                let baud = baud.try_into().map(u32::from_be_bytes);
                self.news.extend(baud.ok().filter(|baud| *baud != self.settings.baud).map(Done::Speed));
            }
            [comport::TOLD_SUSPEND] => self.is_suspended = true,
            [comport::TOLD_RESUME] => self.is_suspended = false,
            _ => {}
        }
    }

    /// What the device has done next.
    pub(super) fn next(&mut self, buf: &mut [u8]) -> Option<Done> {
        if let Some(news) = self.news.pop_front() {
            return Some(news);
        }
        let n = buf.len().min(self.held.len());
        for (place, byte) in buf.iter_mut().zip(self.held.drain(..n)) {
            *place = byte;
        }
        (n > 0).then_some(Done::Data(n))
    }

    /// Takes data for the device, and says how many bytes; 0 while it takes none.
    pub(super) fn say(&mut self, bytes: &[u8]) -> usize {
        if self.is_suspended || !self.is_agreed {
            return 0;
        }
        let taken = bytes.get(..MAX_OUT.saturating_sub(self.tx().len())).unwrap_or(bytes);
        telnet::data(self.out.behind(), taken);
        taken.len()
    }

    /// The host drives its lines so.
    pub(super) fn set_lines(&mut self, lines: HostLines) {
        self.host = lines;
        self.tell_lines();
    }

    /// Those that are not as the server knows them, once it knows the option and takes them.
    fn tell_lines(&mut self) {
        if !self.is_agreed || self.told == Some(self.host) || self.tx().len() >= MAX_OUT {
            return;
        }
        let HostLines { dtr, rts } = self.host;
        let told = self.told.replace(self.host);
        if told.is_none_or(|told| told.dtr != dtr) {
            self.say_sub(comport::SET_CONTROL, &[if dtr { comport::DTR_ON } else { comport::DTR_OFF }]);
        }
        // With RTS/CTS it is the device's own.
        if self.settings.flow != Flow::RtsCts && told.is_none_or(|told| told.rts != rts) {
            self.say_sub(comport::SET_CONTROL, &[if rts { comport::RTS_ON } else { comport::RTS_OFF }]);
        }
    }

    fn say_sub(&mut self, code: u8, value: &[u8]) {
        telnet::sub(self.out.behind(), COM_PORT, &[&[code], value].concat());
    }

    /// Bytes for the server.
    pub(super) fn tx(&self) -> &[u8] {
        self.out.tx()
    }

    /// The first `n` bytes of `tx` have left.
    pub(super) fn tx_done(&mut self, n: usize) {
        self.out.tx_done(n);
        self.tell_lines();
    }
}

#[cfg(test)]
mod tests;
