//! What the rules are told of a port: the dialogue in words instead of bytes.

use crate::line::{Command, Line};
use at::time::Instant;

/// How a command line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// `OK`, `SEND OK`, `CONNECT`.
    Good(Good),
    /// `SEND FAIL`.
    SendFail,
    /// `ERROR`, `+CME ERROR`, or `NO CARRIER` of a line that wanted to connect.
    Bad,
    /// It cannot be seen: `ATQ1`, or bytes that a trace leaves out.
    Unknown,
}

/// Which good result it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Good {
    Ok,
    SendOk,
    Connect,
}

impl Outcome {
    /// It may have worked.
    pub(crate) fn may_be_good(self) -> bool {
        matches!(self, Outcome::Good(_) | Outcome::Unknown)
    }
}

/// What a host sends before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Early {
    /// A command line, while another is worked off.
    Command,
    /// A command line, while the result of a payload is awaited.
    AfterPayload,
    /// A payload before the prompt.
    Payload,
    /// Data before `CONNECT`.
    Data,
}

/// A flaw in how command lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    LfLineEnd,
    MixedPrefix,
    TooLong,
    /// A byte that begins no line.
    Noise(u8),
    /// LF where a payload begins.
    LfBeforePayload,
}

/// A payload of a host.
#[derive(Debug)]
pub(crate) struct Payload {
    /// The command that asked for it.
    pub(crate) command: Command,
    /// How many bytes it announced.
    pub(crate) announced: Option<usize>,
    /// The first bytes: as many as one payload may have.
    pub(crate) bytes: Vec<u8>,
    /// How many bytes there were.
    pub(crate) count: usize,
    /// How it ended; `None`: it is not complete.
    pub(crate) end: Option<End>,
    /// When its last byte came.
    pub(crate) last: Instant,
    /// Where it went on after a silence.
    pub(crate) paused_at: Option<usize>,
    /// Its bytes came back.
    pub(crate) echoed: bool,
    /// Its command ended before it did, with an error of the module's.
    pub(crate) broken_off: bool,
}

/// How a payload ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Length,
    CtrlZ,
    Esc,
}

/// What happened on a port.
#[derive(Debug)]
pub(crate) enum Fact<'a> {
    /// A command line is complete, and the module works on it from now on.
    Line(&'a Line),
    /// A line of information text of the line in hand.
    Info(&'a Line, &'a str),
    /// The line has ended.
    Result(&'a Line, Outcome),
    /// The words of a result, as they were printed.
    Words(&'a str),
    /// An unsolicited result code.
    Urc(&'a str),
    /// An unsolicited "recv" that tells the length of what waits (`recvind`), on this socket.
    Announced(u8, u32),
    /// The host was too early.
    Early(&'a Line, Early),
    /// How the host writes.
    Flaw(Flaw),
    /// A payload has ended.
    Payload(&'a Payload),
    /// A byte behind a payload, that long after it, which belongs to no command.
    Behind(&'a Payload, u8),
    /// Transparent mode begins, with this socket if it is known.
    Online(Option<u8>),
    /// The host sends data in transparent mode.
    Data(&'a [u8]),
    /// `+++`, or DTR with `AT&D1`, has ended transparent mode.
    Escaped,
    /// The end of transparent mode by the module; the peer's end, or DTR with `AT&D2`.
    NoCarrier { client: Option<u8>, by_dtr: bool },
    /// DTR went off in transparent mode.
    DtrOff { reaction: u8 },
    /// So many command lines were not heard before `RDY`; the first of them.
    Unheard(&'a str, usize),
    /// The host has closed the port.
    Detached,
    /// A habit that was accepted with leniency.
    Habit { command: &'a str, what: &'a str },
    /// The run is over.
    End,
}
