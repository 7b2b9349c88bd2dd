//! What faults do, as values. The table makes them, the border acts on them.

use crate::chance::Random;
use core::{net::IpAddr, time::Duration};
use module::NetFailure;

/// What a fault does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    /// Takes longer.
    Delay(Span),
    /// Takes as long as so many kilobits per second do.
    Bandwidth { kbit: u64 },
    /// Comes in pieces.
    Slice { size: usize, vary: usize, gap: Duration },
    /// The end of a connection comes late.
    SlowClose { late: Duration },
    /// Something of connections alone.
    Net(Net),
    /// Something of names alone.
    Dns(Dns),
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
