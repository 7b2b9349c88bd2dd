//! Transparent mode: how a host leaves it, and whether it knows that it is in it.

use super::Out;
use crate::{fact::Fact, rules};
use at::time::Instant;
use std::time::Duration;

/// Silence before and behind `+++`, and the time that the three characters may take (§1.4).
const GUARD: Duration = at::escape::GUARD;
/// Bytes of a burst that are looked at.
const HEAD: usize = 24;

#[derive(Default)]
pub(crate) struct Topic {
    online: Option<Online>,
}

#[derive(Default)]
struct Online {
    /// When the host's last byte before the pluses came; `CONNECT` before there was any.
    last: Instant,
    /// The burst of data that is coming begins with this; `None` when it can be no command any more.
    head: Option<Vec<u8>>,
    /// Pluses in a row, and when the first and the last of them came.
    pluses: usize,
    first: Instant,
    latest: Instant,
    /// What was between the pluses and the data before them, as long as nothing but line ends has followed.
    attempt: Option<Attempt>,
    /// DTR went off in vain.
    dtr: bool,
    /// It has been said that commands go to the peer.
    told: bool,
}

/// Three pluses by themselves.
#[derive(Clone, Copy)]
struct Attempt {
    before: Duration,
    took: Duration,
    behind: Duration,
}

impl super::Topic for Topic {
    fn see(&mut self, fact: &Fact<'_>, out: &mut Out<'_>) {
        match fact {
            Fact::Online(_) => {
                self.online = Some(Online { last: out.now, head: Some(Vec::new()), ..Online::default() });
            }
            Fact::Data(bytes) => {
                if let Some(online) = &mut self.online {
                    online.data(bytes, out);
                }
            }
            Fact::DtrOff { reaction: 0 } => {
                if let Some(online) = &mut self.online {
                    online.dtr = true;
                    online.head = Some(Vec::new());
                }
            }
            Fact::NoCarrier { .. } | Fact::Detached | Fact::End => {
                if let Some(online) = self.online.take() {
                    online.ends(out);
                }
            }
            Fact::Escaped => self.online = None,
            _ => {}
        }
    }
}

impl Online {
    fn data(&mut self, bytes: &[u8], out: &mut Out<'_>) {
        let is_new = out.now.since(self.last.max(self.latest)) >= rules::COMMAND_AS_DATA.time();
        if is_new && !self.told {
            self.head = Some(Vec::new());
        }
        if self.head.is_none() && self.pluses == 0 && self.attempt.is_none() && !bytes.contains(&b'+') {
            self.last = out.now;
            return;
        }
        for byte in bytes {
            self.byte(*byte, out);
        }
    }

    fn byte(&mut self, byte: u8, out: &mut Out<'_>) {
        if byte == b'+' && self.head.as_ref().is_none_or(Vec::is_empty) {
            if self.pluses == 0 {
                self.first = out.now;
            }
            (self.pluses, self.latest, self.attempt) = (self.pluses + 1, out.now, None);
            return;
        }
        let is_line_end = matches!(byte, b'\r' | b'\n');
        match self.pluses {
            0 => {}
            3 => {
                let (before, took) = (self.first.since(self.last), self.latest.since(self.first));
                self.attempt = Some(Attempt { before, took, behind: out.now.since(self.latest) });
                self.head = Some(Vec::new());
            }
            _ => self.head = None,
        }
        (self.pluses, self.last) = (0, out.now);
        if is_line_end && self.attempt.is_some() && self.head.as_ref().is_some_and(Vec::is_empty) {
            return;
        }
        let Some(head) = &mut self.head else { return };
        head.push(byte);
        let goes_on = match head.as_slice() {
            [b'A' | b'a'] => true,
            [b'A' | b'a', b'T' | b't', ..] => {
                let head = head.clone();
                self.command(&head, out)
            }
            _ => false,
        };
        if !goes_on {
            (self.head, self.attempt, self.dtr) = (None, None, false);
        }
    }

    /// A burst that begins with `AT`. Says whether more of it is wanted.
    fn command(&mut self, head: &[u8], out: &mut Out<'_>) -> bool {
        if let Some(attempt) = self.attempt {
            self.told = true;
            attempt.tell(out);
            return false;
        }
        if self.dtr {
            self.told = true;
            out.find(&rules::DTR_IGNORED, "");
            return false;
        }
        let name = head.get(2..).unwrap_or_default();
        let Some((_, name)) = name.split_last().filter(|(end, _)| matches!(**end, b'=' | b'?' | b'\r'))
        else {
            return head.len() < HEAD;
        };
        let name = String::from_utf8_lossy(name).to_ascii_uppercase();
        let is_known = module::commands().any(|known| known == name);
        if is_known && (name.starts_with("+Q") || name.starts_with("+C")) {
            self.told = true;
            out.find(&rules::COMMAND_AS_DATA, format!("AT{name}"));
        }
        false
    }

    /// The host gave up behind pluses that were not heard as such.
    fn ends(&self, out: &mut Out<'_>) {
        let (before, took) = (self.first.since(self.last), self.latest.since(self.first));
        let own_write = before >= rules::COMMAND_AS_DATA.time();
        if self.pluses == 3 && own_write && out.now.since(self.latest) >= GUARD {
            Attempt { before, took, behind: out.now.since(self.latest) }.tell(out);
        }
    }
}

impl Attempt {
    fn tell(self, out: &mut Out<'_>) {
        let Attempt { before, took, behind } = self;
        let after = |time: Duration| format!("{} ms", time.as_millis());
        if out.port.is_channel() {
            out.find(&rules::ESCAPE_ON_CHANNEL, "");
        } else if took > GUARD {
            out.find(&rules::ESCAPE_TOO_SLOW, after(took));
        } else if before < GUARD {
            out.find(&rules::ESCAPE_GUARD_BEFORE, after(before));
        } else if behind < GUARD {
            out.find(&rules::ESCAPE_GUARD_AFTER, after(behind));
        }
    }
}
