//! Own ports in state TIME-WAIT (RFC 9293 3.6.1): the connection was closed from here first, and its last segments may
//! still be on their way. Whoever asks for such a port is refused, unless `AT+QICFG="tcp/twrecycle"` is 1.
//!
//! The module counts for itself: this machine's TCP lingers too, but over a restart of the module, and not as long.

use alloc::collections::VecDeque;
use at::time::Instant;
use core::time::Duration;

/// Twice the maximum segment lifetime of the module's TCP.
const LINGER: Duration = Duration::from_secs(120);

/// So many ports; the oldest makes room, as where memory is short.
const MOST: usize = 16;

/// Ports that linger, and until when.
#[derive(Debug, Default)]
pub struct Lingering(VecDeque<(u16, Instant)>);

impl Lingering {
    /// A connection of this port has been closed, from here first.
    pub fn add(&mut self, now: Instant, port: u16) {
        self.0.retain(|(other, until)| *other != port && *until > now);
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back((port, now + LINGER));
    }

    /// How long this port still lingers.
    pub fn left(&self, now: Instant, port: u16) -> Option<Duration> {
        let until = self.0.iter().find(|(other, _)| *other == port).map(|(_, until)| *until);
        until.filter(|until| *until > now).map(|until| until - now)
    }
}
