//! What faults do, as values. The table makes them, the border acts on them.

use crate::chance::Random;
use core::{net::IpAddr, time::Duration};
use module::{Coverage, ErrorCode, FaultPoint, NetFailure, Pretend};

/// What a fault does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    /// Takes longer.
    Delay(Span),
    /// Takes as long as so many kilobits per second do, of each connection or of all together.
    Bandwidth { kbit: u64, is_shared: bool },
    /// Comes in pieces.
    Slice { size: usize, vary: usize, gap: Duration },
    /// The end of a connection comes late.
    SlowClose { late: Duration },
    /// Something of connections alone.
    Net(Net),
    /// Something of names alone.
    Dns(Dns),
    /// Something of TLS alone.
    Tls(Tls),
    /// Something of bytes on an AT port.
    Port(Port),
    /// Something of the module itself.
    Modem(Modem),
    /// A command fails with this code.
    Code { code: ErrorCode, on: Option<&'static str> },
    /// Several faults.
    Several(&'static [&'static str]),
}

/// What happens to connections and datagrams.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Net {
    /// Nothing passes behind the first bytes.
    Timeout { bytes: u64, limit: Option<Duration> },
    /// RST, after bytes or after a time.
    Reset { bytes: Option<u64>, after: Duration },
    /// FIN behind so many bytes.
    Limit { bytes: u64 },
    /// The peer is gone behind so many bytes, without a word.
    HalfOpen { bytes: u64 },
    /// RST answers SYN.
    Refuse,
    /// No way there.
    Unreachable,
    /// The operating system has no socket.
    Socket(NetFailure),
    /// A datagram is lost.
    Lose,
    /// A datagram comes twice.
    Duplicate,
    /// A datagram is overtaken.
    Reorder { late: Duration },
}

/// What happens to name queries.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Dns {
    /// No such name.
    NotFound,
    /// No server to ask.
    Unreachable,
    /// No answer.
    Silence,
    /// This address.
    Wrong(IpAddr),
}

/// What happens to TLS connections. Flights are the server's, counted from 1.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tls {
    /// The server says this in place of a flight, and closes.
    Alert { code: u8, flight: u64 },
    /// The flight does not come.
    Stall { flight: u64 },
    /// FIN behind so many bytes of a flight.
    Cut { flight: u64, bytes: u64 },
    /// A bit of this record with application data is another.
    Corrupt { record: u64 },
    /// No alert of the server comes.
    NoCloseNotify,
    /// The module believes this.
    Pretend(Pretend),
}

/// What happens to bytes on AT ports.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Port {
    /// A byte is lost.
    Drop,
    /// Bits of a byte are others; 0: one, by chance.
    Corrupt { mask: u8 },
    /// What comes within so long comes in one piece.
    Merge { within: Duration },
    /// The module does not see DTR move.
    LostDtr,
}

/// What happens to the module itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Modem {
    /// The SIM holder is empty.
    NoSim,
    /// The network is like this.
    Coverage(Coverage),
    /// The signal is so weak.
    Signal(u8),
    /// PDP contexts are refused.
    PdpRefused,
    /// The network deactivates a PDP context.
    PdpDrop(u8),
    /// No power for so long.
    NoPower(Duration),
    /// The clock jumps by so many seconds.
    ClockJump(i64),
    /// A fault point of the module.
    Point(FaultPoint),
}

/// A time, more or less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// The middle, milliseconds.
    pub(crate) ms: u64,
    /// Most that it differs, milliseconds.
    pub(crate) jitter: u64,
}

impl Span {
    /// One of the times in it.
    pub(crate) fn draw(self, random: &mut Random) -> Duration {
        let least = self.ms.saturating_sub(self.jitter);
        Duration::from_millis(least + random.below(self.ms + self.jitter - least + 1))
    }
}
