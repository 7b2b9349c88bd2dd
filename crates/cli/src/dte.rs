//! A host on an AT port, as firmware would be: says something, waits for something, not for ever.

use daemon::{Place, open_as_host};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use std::{
    fmt,
    io::{Error, ErrorKind, Result},
    net::TcpStream,
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::UnixStream,
    },
    time::{Duration, Instant},
};

/// Longest wait for anything on loopback; a machine that is slower than this is stuck.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The host's end of an AT port.
#[derive(Debug)]
pub struct Dte {
    fd: OwnedFd,
    /// Came, but is not taken yet.
    held: Vec<u8>,
}

impl Dte {
    /// Opens the port.
    ///
    /// # Errors
    /// The operating system's.
    pub fn open(place: &Place) -> Result<Dte> {
        let fd = match place {
            Place::Pty(path) => open_as_host(path)?.into(),
            Place::Tcp(addr) => {
                let stream = TcpStream::connect(addr)?;
                stream.set_nodelay(true)?;
                stream.into()
            }
            Place::Unix(path) => UnixStream::connect(path)?.into(),
            Place::Stdio | Place::Serial(_) | Place::Rfc2217(_) => {
                return Err(Error::new(ErrorKind::Unsupported, format!("no plain bytes at {place}")));
            }
        };
        Ok(Dte { fd, held: Vec::new() })
    }

    /// A second handle of the same port, for writing while the first one reads.
    ///
    /// # Errors
    /// The operating system's.
    pub fn try_clone(&self) -> Result<Dte> {
        Ok(Dte { fd: self.fd.try_clone()?, held: Vec::new() })
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// The operating system's.
    pub fn say(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            match rustix::io::write(&self.fd, bytes) {
                Ok(n) => bytes = bytes.get(n..).unwrap_or_default(),
                Err(Errno::INTR) => {}
                Err(e) => return Err(e.into()),
            }
        }
        Ok(())
    }

    /// Whatever comes next, at most `max` bytes.
    ///
    /// # Errors
    /// `TimedOut` when nothing comes within `patience`, `UnexpectedEof` when the module has gone.
    pub fn hear(&mut self, max: usize, patience: Duration) -> Result<Vec<u8>> {
        if self.held.is_empty() {
            self.fill(Instant::now() + patience)?;
        }
        Ok(self.held.drain(..max.min(self.held.len())).collect())
    }

    /// Exactly `count` bytes.
    ///
    /// # Errors
    /// As [`hear`](Dte::hear).
    pub fn hear_exactly(&mut self, count: usize) -> Result<Vec<u8>> {
        let deadline = Instant::now() + PATIENCE;
        while self.held.len() < count {
            self.fill(deadline)?;
        }
        Ok(self.held.drain(..count).collect())
    }

    /// Everything up to and including `end`.
    ///
    /// # Errors
    /// As [`hear`](Dte::hear).
    pub fn hear_until(&mut self, end: &[u8]) -> Result<Vec<u8>> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.held.windows(end.len()).position(|window| window == end) {
                return Ok(self.held.drain(..at + end.len()).collect());
            }
            self.fill(deadline)?;
        }
    }

    /// Says a command line and hears its answer, up to the final result code.
    ///
    /// # Errors
    /// As [`hear`](Dte::hear).
    pub fn command(&mut self, line: &str) -> Result<String> {
        const FINALS: [&str; 5] =
            ["\r\nOK\r\n", "\r\nERROR\r\n", "\r\nCONNECT\r\n", "\r\nNO CARRIER\r\n", "\r\n> "];
        self.say(format!("{line}\r").as_bytes())?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = String::from_utf8_lossy(&self.held);
            if FINALS.iter().any(|code| text.ends_with(code)) || text.contains("\r\n+CME ERROR: ") {
                let text = text.into_owned();
                self.held.clear();
                return Ok(text);
            }
            self.fill(deadline)?;
        }
    }

    /// Hears what `pattern` describes, and nothing less. In it `#` stands for one or more digits.
    ///
    /// # Errors
    /// What came instead.
    pub fn expect(&mut self, pattern: &str) -> std::result::Result<Vec<u8>, Surprise> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match compare(pattern.as_bytes(), &self.held) {
                Verdict::Whole(len) => return Ok(self.held.drain(..len).collect()),
                Verdict::Different => return Err(self.surprise(pattern, None)),
                Verdict::Part => {}
            }
            if let Err(e) = self.fill(deadline) {
                return Err(self.surprise(pattern, Some(e)));
            }
        }
    }

    fn surprise(&mut self, pattern: &str, error: Option<Error>) -> Surprise {
        Surprise { expected: pattern.to_owned(), came: std::mem::take(&mut self.held), error }
    }

    /// Waits for more.
    fn fill(&mut self, deadline: Instant) -> Result<()> {
        let mut buf = [0; 4096];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let left = Timespec::try_from(left).map_err(|_| ErrorKind::InvalidInput)?;
            let mut fds = [PollFd::from_borrowed_fd(self.fd.as_fd(), PollFlags::IN)];
            match poll(&mut fds, Some(&left)) {
                Ok(0) => return Err(ErrorKind::TimedOut.into()),
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(e) => return Err(e.into()),
            }
            match rustix::io::read(&self.fd, &mut buf) {
                // A pty whose module has gone says EIO.
                Ok(0) | Err(Errno::IO) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(n) => {
                    self.held.extend_from_slice(buf.get(..n).unwrap_or_default());
                    return Ok(());
                }
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(e) => return Err(e.into()),
            }
        }
    }
}

/// Something else came, or nothing.
#[derive(Debug)]
pub struct Surprise {
    expected: String,
    came: Vec<u8>,
    error: Option<Error>,
}

impl fmt::Display for Surprise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (expected, came) = (self.expected.as_bytes().escape_ascii(), self.came.escape_ascii());
        write!(f, "expected \"{expected}\", got \"{came}\"")?;
        self.error.as_ref().map_or(Ok(()), |e| write!(f, ", then: {e}"))
    }
}

impl std::error::Error for Surprise {}

enum Verdict {
    /// It matches so many bytes.
    Whole(usize),
    /// It matches as far as it goes.
    Part,
    Different,
}

fn compare(pattern: &[u8], bytes: &[u8]) -> Verdict {
    let mut at = 0;
    for expected in pattern {
        let rest = bytes.get(at..).unwrap_or_default();
        if *expected == b'#' {
            match rest.iter().position(|b| !b.is_ascii_digit()) {
                Some(0) => return Verdict::Different,
                Some(digits) => at += digits,
                None => return Verdict::Part,
            }
        } else {
            match rest.first() {
                Some(byte) if byte == expected => at += 1,
                Some(_) => return Verdict::Different,
                None => return Verdict::Part,
            }
        }
    }
    Verdict::Whole(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_digits_of_any_number() {
        let verdict = |pattern: &str, text: &str| match compare(pattern.as_bytes(), text.as_bytes()) {
            Verdict::Whole(n) => format!("whole {n}"),
            Verdict::Part => "part".to_owned(),
            Verdict::Different => "different".to_owned(),
        };
        assert_eq!(verdict("+X: #,4", "+X: 65344,4\r\n"), "whole 11");
        assert_eq!(verdict("+X: #,4", "+X: 65"), "part");
        assert_eq!(verdict("+X: #,4", ""), "part");
        assert_eq!(verdict("+X: #,4", "+X: ,4"), "different");
        assert_eq!(verdict("+X: #,4", "+Y"), "different");
    }
}
