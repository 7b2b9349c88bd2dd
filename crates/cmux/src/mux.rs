//! Channels and their control (27.010 clauses 5.3 and 5.4), the responder's side.

use crate::{
    frame::{self, Decoder, Frame, Kind, Role},
    message::{self, Lines, Message, kind},
};
use alloc::{collections::VecDeque, vec::Vec};
use core::time::Duration;

/// Channels beside the control channel: DLCI 1 to 4.
pub const CHANNELS: usize = 4;

/// Least and greatest N1, the longest information field of a frame.
pub const MIN_N1: usize = 1;
/// See [`MIN_N1`].
pub const MAX_N1: usize = 1509;

/// So long after its last byte the beginning of a frame is taken for garbage: T1 of clause 5.7.1, so that the host's
/// first repetition is understood.
pub const PATIENCE: Duration = Duration::from_millis(100);

/// A channel, 1 to 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dlci(u8);

impl Dlci {
    /// From its number on the wire.
    pub fn new(number: u8) -> Option<Dlci> {
        (1..=CHANNELS).contains(&usize::from(number)).then_some(Dlci(number))
    }

    /// All of them.
    pub fn all() -> impl Iterator<Item = Dlci> {
        (1..=CHANNELS as u8).map(Dlci)
    }

    /// 0 to 3.
    pub fn index(self) -> usize {
        usize::from(self.0 - 1)
    }
}

/// What the wire has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// The host has opened a channel.
    Opened(Dlci),
    /// The host has closed a channel.
    Closed(Dlci),
    /// Bytes of a channel.
    Data(Dlci, &'a [u8]),
    /// The host has moved the modem lines of a channel.
    Lines(Dlci, Lines),
    /// The host has closed the multiplexer: after what is to be sent, the wire is a plain port again.
    Over,
}

#[derive(Clone, Debug)]
struct Channel {
    open: bool,
    /// The host takes no data on it (FC of MSC).
    stopped: bool,
    /// Longest information field towards the host.
    n1: usize,
    /// Lines as last told to the host.
    told: Option<Lines>,
}

/// One multiplexed wire. What is to be sent goes into `out` of each call.
#[derive(Clone, Debug)]
pub struct Mux {
    decoder: Decoder,
    /// The control channel is open.
    open: bool,
    /// FCoff: the host takes no data on any channel.
    stopped: bool,
    over: bool,
    channels: [Channel; CHANNELS],
    /// N1 of `AT+CMUX`, for channels that negotiate none.
    n1: usize,
    events: VecDeque<Event<'static>>,
}

impl Mux {
    /// A wire that has just become multiplexed, with N1 as given by `AT+CMUX`.
    pub fn new(n1: usize) -> Mux {
        let n1 = n1.clamp(MIN_N1, MAX_N1);
        Mux {
            // Hosts are known to send more than they announce.
            decoder: Decoder::new(MAX_N1),
            open: false,
            stopped: false,
            over: false,
            channels: core::array::from_fn(|_| Channel { open: false, stopped: false, n1, told: None }),
            n1,
            events: VecDeque::new(),
        }
    }

    /// Bytes of the wire. Then [`Mux::step`] until it says `None`.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.decoder.push(bytes);
    }

    /// A frame has begun. If nothing follows within [`PATIENCE`], call [`Mux::give_up`].
    pub fn is_waiting(&self) -> bool {
        self.decoder.is_waiting()
    }

    /// What has begun was no frame. Then [`Mux::step`] until it says `None`.
    pub fn give_up(&mut self) {
        self.decoder.give_up();
    }

    /// The next thing the wire has brought.
    pub fn step(&mut self, out: &mut Vec<u8>) -> Option<Event<'_>> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            if self.over {
                return None;
            }
            let frame = self.decoder.next()?;
            match (frame.kind, Dlci::new(frame.dlci)) {
                (Kind::Uih | Kind::Ui, Some(dlci)) if self.channel(dlci).open => {
                    return Some(Event::Data(dlci, self.decoder.info(frame.info)));
                }
                (Kind::Uih | Kind::Ui, None) if frame.dlci == 0 && self.open => self.control(frame, out),
                (Kind::Sabm | Kind::Disc | Kind::Uih | Kind::Ui, dlci) => self.link(&frame, dlci, out),
                // Answers to nothing: the module asks for nothing.
                (Kind::Ua | Kind::Dm, _) => {}
            }
        }
    }

    /// What has come behind the end of the multiplexer ([`Event::Over`]): the wire's own bytes again.
    pub fn rest(&self) -> &[u8] {
        self.decoder.rest()
    }

    /// May data go to the host on this channel?
    pub fn may_send(&self, dlci: Dlci) -> bool {
        let channel = self.channel(dlci);
        channel.open && !channel.stopped && !self.stopped && !self.over
    }

    /// Puts the front of `bytes` into one frame; how many went in. 0 while [`Mux::may_send`] says no.
    pub fn send(&self, dlci: Dlci, bytes: &[u8], out: &mut Vec<u8>) -> usize {
        let info = bytes.get(..self.channel(dlci).n1).unwrap_or(bytes);
        if info.is_empty() || !self.may_send(dlci) {
            return 0;
        }
        frame::write(out, dlci.0, Role::Command, Kind::Uih, false, info);
        info.len()
    }

    /// The module's lines of a channel; the host is told when they have changed.
    pub fn set_lines(&mut self, dlci: Dlci, lines: Lines, out: &mut Vec<u8>) {
        let Some(channel) = self.channels.get_mut(dlci.index()) else { return };
        if channel.open && !self.over && channel.told != Some(lines) {
            channel.told = Some(lines);
            let value = [dlci.0 << 2 | 0b11, lines.octet()];
            tell(&message::write(kind::MSC, true, &value), out);
        }
    }

    fn channel(&self, dlci: Dlci) -> &Channel {
        &self.channels[dlci.index()]
    }

    /// Opening and closing, and data for what is not open.
    fn link(&mut self, frame: &Frame, dlci: Option<Dlci>, out: &mut Vec<u8>) {
        let known = frame.dlci == 0 || dlci.is_some_and(|_| self.open);
        let was_open = dlci.map_or(self.open, |dlci| self.channel(dlci).open);
        let answer = match frame.kind {
            Kind::Sabm if known => Kind::Ua,
            Kind::Disc if known && was_open => Kind::Ua,
            Kind::Sabm | Kind::Disc | Kind::Uih | Kind::Ui | Kind::Ua | Kind::Dm => Kind::Dm,
        };
        frame::write(out, frame.dlci, Role::Response, answer, frame.poll || answer == Kind::Dm, &[]);
        if answer == Kind::Ua {
            match (frame.kind == Kind::Sabm, dlci) {
                (opens, Some(dlci)) => self.set_open(dlci, opens),
                (true, None) => self.open = true,
                (false, None) => self.end(),
            }
        }
    }

    fn set_open(&mut self, dlci: Dlci, open: bool) {
        let Some(channel) = self.channels.get_mut(dlci.index()) else { return };
        if core::mem::replace(&mut channel.open, open) != open {
            channel.stopped = false;
            channel.told = None;
            self.events.push_back(if open { Event::Opened(dlci) } else { Event::Closed(dlci) });
        }
    }

    fn end(&mut self) {
        for dlci in Dlci::all() {
            self.set_open(dlci, false);
        }
        self.over = true;
        self.events.push_back(Event::Over);
    }

    /// A frame of the control channel: its messages.
    fn control(&mut self, frame: Frame, out: &mut Vec<u8>) {
        let info = self.decoder.info(frame.info).to_vec();
        let mut rest = info.as_slice();
        while let Some((message, next)) = message::split(rest)
            && !self.over
        {
            rest = next;
            if message.is_command {
                self.command(message, out);
            }
        }
    }

    fn command(&mut self, message: Message<'_>, out: &mut Vec<u8>) {
        let Message { kind, value, .. } = message;
        let answer = match kind {
            kind::PN => self.negotiate(value),
            kind::MSC => {
                if let [address, signals, ..] = value
                    && let Some(dlci) = Dlci::new(address >> 2)
                    && let Some(channel) = self.channels.get_mut(dlci.index())
                {
                    let lines = Lines::from_octet(*signals);
                    channel.stopped = lines.stop;
                    self.events.push_back(Event::Lines(dlci, lines));
                }
                Some(value.to_vec())
            }
            kind::FCON | kind::FCOFF => {
                self.stopped = kind == kind::FCOFF;
                Some(Vec::new())
            }
            kind::RPN => Some(port_parameters(value)),
            kind::TEST | kind::RLS | kind::PSC | kind::CLD => Some(value.to_vec()),
            _ => None,
        };
        match answer {
            Some(value) => tell(&message::write(kind, false, &value), out),
            // With the C/R bit as it came: it was a command (5.4.6.3.8).
            None => tell(&message::write(kind::NSC, false, &[kind | 0b10]), out),
        }
        if kind == kind::CLD {
            self.end();
        }
    }

    /// PN: N1 down to what the module takes, UIH frames, no error recovery (5.4.6.3.1).
    fn negotiate(&mut self, value: &[u8]) -> Option<Vec<u8>> {
        let [dlci, _, priority, t1, low, high, n2, _] = *value else { return None };
        let wanted = usize::from(u16::from_le_bytes([low, high]));
        let n1 = wanted.clamp(MIN_N1, MAX_N1);
        if let Some(channel) = Dlci::new(dlci).and_then(|dlci| self.channels.get_mut(dlci.index())) {
            channel.n1 = n1;
        }
        let [low, high] = u16::try_from(n1).unwrap_or(u16::MAX).to_le_bytes();
        Some([dlci, 0, priority, t1, low, high, n2, 0].into())
    }

    /// N1 as agreed for a channel.
    pub fn n1(&self, dlci: Option<Dlci>) -> usize {
        dlci.map_or(self.n1, |dlci| self.channel(dlci).n1)
    }
}

/// RPN (5.4.6.3.9): what the host sets is taken; when it asks, 115200 8N1, nothing masked.
fn port_parameters(value: &[u8]) -> Vec<u8> {
    match value {
        [dlci] => [*dlci, 0x07, 0x03, 0x00, 0x11, 0x13, 0x7F, 0x3F].into(),
        set => set.to_vec(),
    }
}

/// A message on the control channel.
fn tell(message: &[u8], out: &mut Vec<u8>) {
    frame::write(out, 0, Role::Command, Kind::Uih, false, message);
}

#[cfg(test)]
mod tests;
