//! Writes a dialogue down as a scenario, as it happens.
//!
//! What a host sends in pieces, and the module echoes in pieces, is one line again. Time is written down where it passes
//! between two steps, to the microsecond, so that nothing drifts.

use crate::transcript::escape::{escape, lines};
use core::time::Duration;

/// A host that goes on with its line within this time has not paused.
const PAUSE: Duration = Duration::from_millis(200);

/// Longest time in one line.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// A scenario that is being written.
pub struct Tape {
    /// What is complete.
    text: String,
    /// Names of the ports; the first needs none.
    ports: Vec<String>,
    /// The point of time up to which time has been written down.
    written: Duration,
    /// What the host has sent last, while more of it may come.
    held: Option<Held>,
    /// What the module has said since the last step.
    said: Vec<(usize, Vec<u8>)>,
}

/// What a host has sent.
struct Held {
    port: usize,
    first: Duration,
    last: Duration,
    bytes: Vec<u8>,
    is_secret: bool,
}

impl Tape {
    /// For these ports, the first of which is meant where none is named.
    pub fn new(ports: &[&str]) -> Tape {
        Tape {
            text: String::new(),
            ports: ports.iter().map(|name| (*name).to_owned()).collect(),
            written: Duration::ZERO,
            held: None,
            said: Vec::new(),
        }
    }

    /// A line of its own: a comment, or about the module.
    pub fn note(&mut self, line: &str) {
        self.close();
        self.text += line;
        self.text.push('\n');
    }

    /// The host sends. Of what is secret the bytes are others, which stand for the host's own.
    pub fn host(&mut self, at: Duration, port: usize, bytes: &[u8], is_secret: bool) {
        let at = whole_micros(at);
        if let Some(held) = &mut self.held {
            let is_open = held.bytes.last() != Some(&b'\r') && at < held.last + PAUSE;
            // What the module has said so far is not more than the echo.
            let is_echo = self.said.iter().all(|(by, said)| *by == held.port && held.bytes.starts_with(said));
            if held.port == port && is_open && is_echo {
                held.bytes.extend_from_slice(bytes);
                held.last = at;
                held.is_secret |= is_secret;
                return;
            }
        }
        self.close();
        self.held = Some(Held { port, first: at, last: at, bytes: bytes.to_vec(), is_secret });
    }

    /// The module says something because of what came before.
    pub fn module(&mut self, port: usize, bytes: &[u8]) {
        match self.said.last_mut() {
            Some((by, said)) if *by == port => said.extend_from_slice(bytes),
            _ => self.said.push((port, bytes.to_vec())),
        }
    }

    /// Something else happens.
    pub fn step(&mut self, at: Duration, line: &str) {
        self.pass(at);
        self.text += line;
        self.text.push('\n');
    }

    /// Time passes before what comes next.
    pub fn pass(&mut self, at: Duration) {
        let at = whole_micros(at);
        self.close();
        self.wait(at);
    }

    /// How much time has passed that is not written down yet.
    pub fn unwritten(&self, at: Duration) -> Duration {
        at.saturating_sub(self.held.as_ref().map_or(self.written, |held| held.last))
    }

    /// What can be written away.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    /// The rest.
    pub fn end(&mut self) -> String {
        self.close();
        self.take()
    }

    fn wait(&mut self, at: Duration) {
        while at > self.written {
            let passed = (at - self.written).min(LONGEST);
            let (millis, micros) = (passed.as_millis(), passed.subsec_micros() % 1000);
            self.text += &match micros {
                0 => format!("+{millis}ms\n"),
                _ => format!("+{millis}.{micros:03}ms\n"),
            };
            self.written += passed;
        }
    }

    /// Nothing belongs to the last step any more.
    fn close(&mut self) {
        if let Some(held) = self.held.take() {
            self.wait(held.first);
            self.written = held.last;
            let prefix = self.prefix(held.port);
            self.text += &match held.is_secret {
                false => as_sent(&prefix, &held.bytes),
                true => match held.bytes.split_last() {
                    Some((b'\r', line)) if is_plain(line) => {
                        let line = String::from_utf8_lossy(line);
                        format!("# A secret was in this line.\n{prefix}>* {line}")
                    }
                    _ => {
                        let (n, bytes) = (held.bytes.len(), escape(&held.bytes));
                        format!("# Here was a content that is not shown.\n{prefix}>>* {n} {bytes}")
                    }
                },
            };
            self.text.push('\n');
        }
        for (port, bytes) in std::mem::take(&mut self.said) {
            let prefix = self.prefix(port);
            for line in lines(&bytes) {
                self.text += &format!("{prefix}< {}\n", escape(line));
            }
        }
    }

    fn prefix(&self, port: usize) -> String {
        if port == 0 { String::new() } else { self.ports.get(port).cloned().unwrap_or_default() }
    }
}

/// A scenario has no shorter times, and rounding each would let it drift.
fn whole_micros(at: Duration) -> Duration {
    Duration::from_micros(u64::try_from(at.as_micros()).unwrap_or(u64::MAX))
}

/// The line of a scenario in which the host sends this.
pub fn as_sent(prefix: &str, bytes: &[u8]) -> String {
    match bytes.split_last() {
        Some((b'\r', line)) if is_plain(line) => format!("{prefix}> {}", String::from_utf8_lossy(line)),
        _ => format!("{prefix}>> {}", escape(bytes)),
    }
}

fn is_plain(line: &[u8]) -> bool {
    line.last().is_some_and(|last| *last != b' ') && line.iter().all(|b| (0x20..0x7F).contains(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_become_lines_and_time_is_kept() {
        let ms = Duration::from_millis;
        let mut tape = Tape::new(&["uart1", "usbat"]);
        tape.note("# a recording");
        tape.host(ms(5), 0, b"AT", false);
        tape.module(0, b"AT");
        tape.host(ms(7), 0, b"I\r", false);
        tape.module(0, b"I\r");
        tape.module(0, b"\r\nX\r\n");
        tape.module(1, b"RDY\r\n");
        tape.pass(Duration::from_micros(20_500));
        tape.module(0, b"\r\nOK\r\n");
        tape.host(ms(30), 0, b"data \x1a", false);
        tape.step(ms(31), "peer 1 closes");
        tape.host(ms(31), 1, b"AT+CPIN=\"****\"\r", true);
        tape.host(ms(32), 1, b"-----", true);
        assert_eq!(
            tape.end(),
            "# a recording\n+5ms\n> ATI\n< ATI\\r\\r\\n\n< X\\r\\n\nusbat< RDY\\r\\n\n+13.500ms\n< \\r\\n\n< OK\\r\\n\n\
             +9.500ms\n>> data \\x1a\n+1ms\npeer 1 closes\n# A secret was in this line.\nusbat>* AT+CPIN=\"****\"\n+1ms\n\
             # Here was a content that is not shown.\nusbat>>* 5 -----\n"
        );
    }
}
