//! What peers say once they are connected.

use std::io::{self, Read, Write};

/// Bytes of a source; they repeat.
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789\r\n";
/// What a source sends on one connection.
const SOURCE: usize = 1024 * 1024;
/// Longest request that is read before it is answered.
const MAX_REQUEST: usize = 16 * 1024;

/// A connection, seen from the server, whatever is below it.
pub trait Traffic: Read + Write {}

impl<T: Read + Write> Traffic for T {}

/// A connection of any kind.
pub type Stream = dyn Traffic;

/// What a server does with a connection. It is closed properly when that is done.
#[derive(Clone, Copy, Debug)]
pub enum Talk {
    /// Sends everything back.
    Echo,
    /// Takes everything and says nothing.
    Sink,
    /// Sends a mebibyte, and closes.
    Source,
    /// Answers a request of HTTP with its method and path, and closes.
    Http,
    /// Says a few bytes and is gone, without close_notify.
    Truncated,
    /// Something else.
    Of(fn(&mut Stream) -> io::Result<()>),
}

impl Talk {
    /// Talks to the end. Whether the end is a proper one.
    ///
    /// # Errors
    /// The connection's.
    pub(super) fn run(self, stream: &mut Stream) -> io::Result<bool> {
        match self {
            Talk::Echo => echo(stream)?,
            Talk::Sink => {
                io::copy(&mut Reading(stream), &mut io::sink())?;
            }
            Talk::Source => source(stream)?,
            Talk::Http => http(stream)?,
            Talk::Truncated => stream.write_all(b"this is not the e").and_then(|()| stream.flush())?,
            Talk::Of(talk) => talk(stream)?,
        }
        Ok(!matches!(self, Talk::Truncated))
    }
}

struct Reading<'a>(&'a mut Stream);

impl Read for Reading<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

/// Sends everything back.
///
/// # Errors
/// The connection's.
pub fn echo(stream: &mut Stream) -> io::Result<()> {
    let mut buf = vec![0; 16 * 1024];
    loop {
        match stream.read(&mut buf)? {
            0 => return Ok(()),
            n => stream.write_all(buf.get(..n).unwrap_or_default()).and_then(|()| stream.flush())?,
        }
    }
}

fn source(stream: &mut Stream) -> io::Result<()> {
    let portion: Vec<u8> = LETTERS.iter().cycle().take(16 * LETTERS.len()).copied().collect();
    let mut left = SOURCE;
    while left > 0 {
        let now = left.min(portion.len());
        stream.write_all(portion.get(..now).unwrap_or_default())?;
        left -= now;
    }
    stream.flush()
}

/// Up to the empty line behind the head; a body is not waited for.
fn http(stream: &mut Stream) -> io::Result<()> {
    let mut request = Vec::new();
    let mut buf = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buf)? {
            0 => return Ok(()),
            n => request.extend_from_slice(buf.get(..n).unwrap_or_default()),
        }
        if request.len() > MAX_REQUEST {
            return stream
                .write_all(b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\n\r\n");
        }
    }
    let head = String::from_utf8_lossy(&request);
    let line = head.lines().next().unwrap_or_default();
    let body = format!("modemtwin peer: {}\n", line.rsplit_once(' ').map_or(line, |(what, _)| what));
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(answer.as_bytes()).and_then(|()| stream.flush())
}
