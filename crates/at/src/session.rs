//! One port: which kind of byte comes next, and whole frames out (V.250 5.1; the table is
//! `ARCHITECTURE.md` 6.1).
//!
//! A session does not know what commands mean. It turns input into [`Step`]s and is told what to print
//! and which state comes next.

use crate::{
    escape::{Escape, Piece},
    fifo::Fifo,
    frame,
    line::{Edit, HOLD, LineEditor},
    result::ResultCode,
    settings::Settings,
    time::Instant,
};
use alloc::vec::Vec;
use core::time::Duration;

/// How many bytes may wait while a command executes (D32: one line).
pub const TYPE_AHEAD: usize = crate::line::MAX_LINE;

/// Output waiting for a slow host above which command input is not taken.
const TX_HIGH: usize = 64 * 1024;

/// State of a port.
#[derive(Clone, Debug, Default)]
enum State {
    /// Command state, or online command state when a link is suspended.
    #[default]
    Command,
    /// A command line is worked off; input waits.
    Executing,
    /// The payload of a command.
    Payload(Collector),
    /// Online data state.
    Online(Escape),
}

/// How a payload ends and what may end it early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadKind {
    /// After a prompt: exactly so many bytes (D16).
    Fixed(usize),
    /// After a prompt: up to Ctrl-Z or ESC (D16).
    UntilCtrlZ,
    /// While bytes go to the host: only `+++` means something, all else is dropped.
    Watch,
    /// After `CONNECT`: so many bytes, each at most this long after the one before; `+++` ends it.
    Upload(usize, Duration),
}

/// How a prompt is printed and its payload taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// The payload is echoed, if `ATE1`.
    pub echo: bool,
    /// CR LF follows the prompt.
    pub own_line: bool,
    /// Longest silence of the host; `None` waits for ever.
    pub patience: Option<Duration>,
}

#[derive(Clone, Debug)]
struct Collector {
    kind: PayloadKind,
    /// Longest silence in a payload behind a prompt.
    patience: Option<Duration>,
    /// Bytes still to come, where their number is known.
    left: usize,
    echo: bool,
    escape: Escape,
    last: Instant,
}

/// How a payload ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadEnd {
    /// All bytes are there, or Ctrl-Z came.
    Complete,
    /// ESC, or `+++` in an upload.
    Cancelled,
    /// Nothing came for the time allowed.
    TimedOut,
}

/// What the input has brought.
#[derive(Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// Nothing more to do with this input now: it is used up, or it has to wait.
    Idle,
    /// A command line is complete; the session executes until told otherwise.
    Line(Vec<u8>),
    /// A line was too long and has been discarded.
    TooLong,
    /// A piece of payload.
    Payload(&'a [u8]),
    /// The payload is over; the session executes again.
    PayloadEnd(PayloadEnd),
    /// A piece of online data; empty when characters of a possible `+++` are held back.
    Data(&'a [u8]),
    /// `+++`: the session is in command state again.
    Escaped,
}

/// The DCE's side of one port.
#[derive(Clone, Debug, Default)]
pub struct Session {
    state: State,
    /// What the host has set.
    pub settings: Settings,
    editor: LineEditor,
    /// The last complete line was followed by LF (D30).
    host_sends_lf: bool,
    /// The byte before this one ended a line.
    after_cr: bool,
    /// Information text of the current command has begun.
    info_begun: bool,
    /// `+++` is data.
    no_escape: bool,
    tx: Fifo,
}

impl Session {
    /// A session whose online data state only the other side ends.
    pub fn without_escape() -> Session {
        Session { no_escape: true, ..Session::default() }
    }

    /// Consumes input up to the next thing that matters: how many bytes, and what it was. Data and
    /// payload are borrowed from the input; at most `room` bytes of online data are given out. Call
    /// until it says `Idle`.
    pub fn step<'a>(&mut self, now: Instant, input: &'a [u8], room: usize) -> (usize, Step<'a>) {
        if matches!(self.state, State::Executing) {
            return (0, Step::Idle);
        }
        let swallowed = usize::from(self.line_feed(input));
        let rest = input.get(swallowed..).unwrap_or_default();
        let (n, step) = match &mut self.state {
            State::Executing => (0, Step::Idle),
            State::Command => self.command(now, rest),
            State::Payload(_) => self.payload(now, rest),
            State::Online(escape) => match escape.step(now, rest, room) {
                (n, Piece::Data(data)) => (n, Step::Data(data)),
                (0, Piece::Held) => (0, Step::Idle),
                (n, Piece::Held) => (n, Step::Data(&[])),
                (n, Piece::Escaped) => {
                    self.state = State::Command;
                    (n, Step::Escaped)
                }
            },
        };
        (swallowed + n, step)
    }

    /// What the passing of time has brought, with `room` as in [`Session::step`]. Call until `Idle`.
    pub fn tick(&mut self, now: Instant, room: usize) -> Step<'static> {
        self.step(now, &[], room).1
    }

    /// When [`Session::tick`] has something to say.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Command | State::Executing => None,
            State::Online(escape) => escape.deadline(),
            State::Payload(collector) => match collector.kind {
                PayloadKind::Fixed(_) | PayloadKind::UntilCtrlZ => {
                    collector.patience.map(|patience| collector.last + patience)
                }
                PayloadKind::Watch => collector.escape.deadline(),
                PayloadKind::Upload(_, idle) => {
                    let timeout = collector.last + idle;
                    Some(collector.escape.deadline().map_or(timeout, |escape| escape.min(timeout)))
                }
            },
        }
    }

    /// May an unsolicited result code be printed now (D21)?
    pub fn at_boundary(&self, now: Instant) -> bool {
        self.boundary_from().is_some_and(|from| from <= now)
    }

    /// From when on [`Session::at_boundary`] holds, if nothing comes from the host; `None` while
    /// something else than time decides.
    pub fn boundary_from(&self) -> Option<Instant> {
        match self.state {
            State::Command => {
                Some(self.editor.half_typed_since().map_or(Instant::ZERO, |since| since + HOLD))
            }
            State::Executing | State::Payload(_) | State::Online(_) => None,
        }
    }

    /// Is command input taken? Not while a slow host leaves too much output behind.
    pub fn takes_commands(&self) -> bool {
        self.backlog() < TX_HIGH
    }

    /// A command line is being worked off.
    pub fn is_executing(&self) -> bool {
        matches!(self.state, State::Executing)
    }

    /// Command state, also with a suspended link.
    pub fn is_command(&self) -> bool {
        matches!(self.state, State::Command)
    }

    /// Online data state.
    pub fn is_online(&self) -> bool {
        matches!(self.state, State::Online(_))
    }

    /// A payload is awaited.
    pub fn is_payload(&self) -> bool {
        matches!(self.state, State::Payload(_))
    }

    /// Bytes of an upload that are still to come: they are taken at once, however many come together.
    pub fn upload_room(&self) -> usize {
        match &self.state {
            State::Payload(Collector { kind: PayloadKind::Upload(..), left, .. }) => *left,
            State::Payload(_) | State::Command | State::Executing | State::Online(_) => 0,
        }
    }

    /// A new command of the line begins: its information text is set off from what stands before.
    pub fn begin_command(&mut self) {
        self.info_begun = false;
    }

    /// Prints one line of information text; the bytes need not be text.
    pub fn info(&mut self, text: &[u8]) {
        frame::info(self.tx.tail(), &self.settings, !self.info_begun, text);
        self.info_begun = true;
    }

    /// Prints an unsolicited result code as one frame. Only at a boundary.
    pub fn urc(&mut self, text: &[u8], payload: Option<&[u8]>) {
        debug_assert!(self.is_command(), "URC outside command state");
        frame::urc(self.tx.tail(), &self.settings, text, payload);
    }

    /// The line is done: prints its final result and returns to command state.
    pub fn finish(&mut self, code: ResultCode) {
        frame::result(self.tx.tail(), &self.settings, code);
        self.state = State::Command;
    }

    /// Prints the prompt and collects a payload.
    pub fn prompt(&mut self, now: Instant, kind: PayloadKind, prompt: Prompt) {
        frame::prompt(self.tx.tail(), &self.settings, prompt.own_line);
        self.collect(now, kind, prompt.echo && self.settings.echo, prompt.patience);
    }

    /// Prints `connect` and takes a payload, not echoed.
    pub fn connect(&mut self, now: Instant, connect: ResultCode, kind: PayloadKind) {
        frame::result(self.tx.tail(), &self.settings, connect);
        self.collect(now, kind, false, None);
    }

    /// The payload is over from this side; the session executes again.
    pub fn end_payload(&mut self) {
        if self.is_payload() {
            self.state = State::Executing;
            self.info_begun = false;
        }
    }

    fn collect(&mut self, now: Instant, kind: PayloadKind, echo: bool, patience: Option<Duration>) {
        let left = match kind {
            PayloadKind::Fixed(n) | PayloadKind::Upload(n, _) => n,
            PayloadKind::UntilCtrlZ | PayloadKind::Watch => 0,
        };
        let escape = Escape::new(now);
        self.state = State::Payload(Collector { kind, patience, left, echo, escape, last: now });
    }

    /// Prints `CONNECT` and enters online data state.
    pub fn go_online(&mut self, now: Instant) {
        frame::result(self.tx.tail(), &self.settings, ResultCode::Connect);
        self.state = State::Online(if self.no_escape { Escape::none() } else { Escape::new(now) });
    }

    /// Leaves online data state for another reason than `+++` and prints why. Characters of an unfinished
    /// `+++` are gone with the link.
    pub fn go_offline(&mut self, code: ResultCode) {
        debug_assert!(self.is_online(), "not online");
        frame::result(self.tx.tail(), &self.settings, code);
        self.state = State::Command;
    }

    /// Prints the result of an escape: the session is in command state already.
    pub fn acknowledge_escape(&mut self) {
        frame::result(self.tx.tail(), &self.settings, ResultCode::Ok);
    }

    /// The host has gone: half a line, a payload and everything it has not read are void. Settings stay, and
    /// so does online data state: leaving that is for whoever owns the link.
    pub fn detach(&mut self) {
        self.editor.reset();
        self.after_cr = false;
        match self.state {
            State::Online(_) => {}
            State::Command | State::Executing => self.tx = Fifo::default(),
            State::Payload(_) => {
                self.tx = Fifo::default();
                self.state = State::Command;
            }
        }
    }

    /// Power-on state with these settings; what has been printed stays.
    pub fn restart(&mut self, settings: &Settings) {
        self.settings = settings.clone();
        self.editor.reset();
        self.state = State::Command;
    }

    /// Bytes that stand outside every frame: the content of a file, the acknowledgements inside an upload.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.tx.push(bytes);
    }

    /// Bytes ready to leave.
    pub fn tx(&self) -> &[u8] {
        self.tx.front()
    }

    /// The first `n` bytes of [`Session::tx`] have left.
    pub fn tx_done(&mut self, n: usize) {
        self.tx.consume(n);
    }

    /// How many bytes wait for the host.
    pub fn backlog(&self) -> usize {
        self.tx.len()
    }

    /// Decides about a LF that follows the CR of a command line (D30): `true` when the first byte of
    /// `input` is one that belongs to the line end and is to be dropped.
    fn line_feed(&mut self, input: &[u8]) -> bool {
        let Some(&byte) = input.first() else { return false };
        if !core::mem::take(&mut self.after_cr) {
            return false;
        }
        let is_lf = byte == b'\n';
        if matches!(self.state, State::Command) {
            self.host_sends_lf = is_lf;
        }
        is_lf && self.host_sends_lf
    }

    fn command<'a>(&mut self, now: Instant, input: &'a [u8]) -> (usize, Step<'a>) {
        let (n, edit) = self.editor.take(now, input, &self.settings, self.tx.tail());
        self.after_cr |= edit != Edit::More;
        match edit {
            Edit::More => (n, Step::Idle),
            Edit::TooLong => (n, Step::TooLong),
            Edit::Line => {
                self.state = State::Executing;
                (n, Step::Line(self.editor.line().to_vec()))
            }
        }
    }

    fn payload<'a>(&mut self, now: Instant, input: &'a [u8]) -> (usize, Step<'a>) {
        let State::Payload(collector) = &mut self.state else { return (0, Step::Idle) };
        let (n, step) = collector.step(now, input);
        if let (Step::Payload(bytes), true) = (&step, collector.echo) {
            self.tx.push(bytes);
        }
        if matches!(step, Step::PayloadEnd(_)) {
            self.state = State::Executing;
            self.info_begun = false;
        }
        (n, step)
    }
}

impl Collector {
    fn step<'a>(&mut self, now: Instant, input: &'a [u8]) -> (usize, Step<'a>) {
        if let Some(patience) = self.patience {
            let complete = matches!(self.kind, PayloadKind::Fixed(_)) && self.left == 0;
            if !input.is_empty() {
                self.last = now;
            } else if !complete && now - self.last >= patience {
                return (0, Step::PayloadEnd(PayloadEnd::TimedOut));
            }
        }
        match self.kind {
            PayloadKind::Fixed(_) => match self.left {
                0 => (0, Step::PayloadEnd(PayloadEnd::Complete)),
                left => self.count(input.get(..left.min(input.len())).unwrap_or_default()),
            },
            PayloadKind::UntilCtrlZ => match input.iter().position(|b| matches!(*b, CTRL_Z | ESC)) {
                Some(0) if input.first() == Some(&CTRL_Z) => (1, Step::PayloadEnd(PayloadEnd::Complete)),
                Some(0) => (1, Step::PayloadEnd(PayloadEnd::Cancelled)),
                Some(n) => (n, Step::Payload(input.get(..n).unwrap_or_default())),
                None if input.is_empty() => (0, Step::Idle),
                None => (input.len(), Step::Payload(input)),
            },
            PayloadKind::Watch => match self.escape.step(now, input, usize::MAX) {
                (n, Piece::Escaped) => (n, Step::PayloadEnd(PayloadEnd::Cancelled)),
                (0, Piece::Held) => (0, Step::Idle),
                (n, Piece::Held | Piece::Data(_)) => (n, Step::Payload(&[])),
            },
            PayloadKind::Upload(_, idle) => {
                if self.left == 0 {
                    return (0, Step::PayloadEnd(PayloadEnd::Complete));
                }
                let room = self.left;
                match self.escape.step(now, input, room) {
                    (n, Piece::Data(data)) => {
                        self.last = now;
                        self.left -= data.len().min(self.left);
                        (n, Step::Payload(data))
                    }
                    (n, Piece::Escaped) => (n, Step::PayloadEnd(PayloadEnd::Cancelled)),
                    // The last bytes of a file may be pluses: nothing can follow that disproves them.
                    (n, Piece::Held) if self.escape.held() >= self.left => {
                        let data = b"+++".get(..self.left).unwrap_or_default();
                        self.left = 0;
                        (n, Step::Payload(data))
                    }
                    (0, Piece::Held) if now - self.last >= idle => {
                        (0, Step::PayloadEnd(PayloadEnd::TimedOut))
                    }
                    (0, Piece::Held) => (0, Step::Idle),
                    (n, Piece::Held) => {
                        self.last = now;
                        (n, Step::Payload(&[]))
                    }
                }
            }
        }
    }

    fn count<'a>(&mut self, bytes: &'a [u8]) -> (usize, Step<'a>) {
        self.left -= bytes.len();
        if bytes.is_empty() { (0, Step::Idle) } else { (bytes.len(), Step::Payload(bytes)) }
    }
}

const CTRL_Z: u8 = 0x1A;
const ESC: u8 = 0x1B;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn while_bytes_go_to_the_host_only_an_escape_counts() {
        let mut session = Session::default();
        let at = |seconds| Instant::ZERO + Duration::from_secs(seconds);
        assert_eq!(session.step(at(0), b"AT\r", 0), (3, Step::Line(Vec::new())));
        session.connect(at(0), ResultCode::ConnectLength(9), PayloadKind::Watch);
        assert_eq!(session.step(at(1), b"ATI\r++", 0), (6, Step::Payload(&[])));
        let mut escape = b"+++".as_slice();
        while let (1, Step::Payload(&[])) = session.step(at(2), escape, 0) {
            escape = &escape[1..];
        }
        assert_eq!(session.tick(at(2), 0), Step::Idle);
        assert_eq!(session.deadline(), Some(at(3)));
        assert_eq!(session.tick(at(3), 0), Step::PayloadEnd(PayloadEnd::Cancelled));
        assert!(session.is_executing());
    }

    #[test]
    fn a_prompt_has_its_form_and_its_patience() {
        let mut session = Session::default();
        let at = |seconds| Instant::ZERO + Duration::from_secs(seconds);
        session.step(at(0), b"AT\r", 0);
        let prompt = Prompt { own_line: true, patience: Some(Duration::from_secs(5)), ..Prompt::default() };
        session.prompt(at(0), PayloadKind::Fixed(3), prompt);
        assert!(session.tx().ends_with(b"\r\n>\r\n"));
        assert_eq!(session.step(at(4), b"ab", 0), (2, Step::Payload(b"ab")));
        assert_eq!(session.tick(at(8), 0), Step::Idle);
        assert_eq!(session.deadline(), Some(at(9)));
        assert_eq!(session.tick(at(9), 0), Step::PayloadEnd(PayloadEnd::TimedOut));
        session.prompt(at(9), PayloadKind::Fixed(1), prompt);
        assert_eq!(session.step(at(9), b"c", 0), (1, Step::Payload(b"c")));
        assert_eq!(session.tick(at(99), 0), Step::PayloadEnd(PayloadEnd::Complete));
    }
}
