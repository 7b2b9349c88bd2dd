//! The other end of the interface, for programs that can wait: one connection for each request, as HTTP/1.0 has it, so an
//! answer ends where its connection ends.

use crate::api::Problem;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use std::{
    fmt,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream, ToSocketAddrs},
    path::Path,
    time::Duration,
};

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest silence of the other end; event streams say something every 15 s.
const SILENCE: Duration = Duration::from_secs(60);
/// Most bytes of an answer that is no stream.
const MAX_ANSWER: u64 = 64 * 1024 * 1024;
/// What may stand in a segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where to find an interface when nothing else says so: what modemtwin printed behind `control`, or the name of the file
/// of `--control-token`.
pub const VARIABLE: &str = "MODEMTWIN_CONTROL";

/// A control interface to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Host and port.
    authority: String,
    token: Option<String>,
}

/// Why something could not be had.
#[derive(Debug)]
pub enum Failure {
    /// The interface could not be reached or understood: place, reason, remedy.
    NoContact(Problem),
    /// It has answered that it will not.
    Refused(Problem),
}

impl Client {
    /// The interface of a text such as `http://127.0.0.1:4711 token 00ff`, or of a file that has such a text in it. A
    /// `token` beside it counts more.
    ///
    /// # Errors
    /// The text has another form, or the file cannot be read.
    pub fn find(text: &str, token: Option<&str>) -> Result<Client, Failure> {
        if !text.starts_with("http://") {
            let path = Path::new(text);
            let read = std::fs::read_to_string(path).map_err(|e| {
                no_contact(text, e, "give the URL that modemtwin printed, or the file of its --control-token")
            })?;
            return Client::parse(text, &read, token);
        }
        Client::parse(text, text, token)
    }

    fn parse(place: &str, text: &str, token: Option<&str>) -> Result<Client, Failure> {
        let mut words = text.split_whitespace();
        let authority =
            words.next().and_then(|url| url.strip_prefix("http://")).map(|url| url.trim_end_matches('/'));
        let own = match (words.next(), words.next()) {
            (Some("token"), Some(token)) => Some(token),
            _ => None,
        };
        match authority {
            Some(authority) if !authority.is_empty() && !authority.contains('/') => {
                let token = token.or(own).map(str::to_owned);
                Ok(Client { authority: authority.into(), token })
            }
            _ => Err(no_contact(
                place,
                "this is no control interface",
                "write http://127.0.0.1:PORT token TOKEN",
            )),
        }
    }

    /// A value of the interface.
    ///
    /// # Errors
    /// It cannot be had.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.understand(&self.send("GET", path, &[])?)
    }

    /// Reads the value of an answer.
    ///
    /// # Errors
    /// It is none, or of another version.
    pub fn understand<T: DeserializeOwned>(&self, answer: &[u8]) -> Result<T, Failure> {
        serde_json::from_slice(answer).map_err(|e| {
            no_contact(
                &self.authority,
                format_args!("the answer is strange: {e}"),
                "use the same version at both ends",
            )
        })
    }

    /// What the interface answers to a request.
    ///
    /// # Errors
    /// There is no answer, or it says that something is wrong.
    pub fn send(&self, method: &str, path: &str, body: &[u8]) -> Result<Vec<u8>, Failure> {
        let mut answer = Vec::new();
        let stream = self.request(method, path, body)?;
        stream.take(MAX_ANSWER).read_to_end(&mut answer).map_err(|e| self.broken(e))?;
        Ok(answer)
    }

    /// The data of server-sent events, as they come.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub fn events(&self, path: &str) -> Result<impl Iterator<Item = io::Result<String>> + use<>, Failure> {
        let lines = self.request("GET", path, &[])?.lines();
        Ok(lines.filter_map(|line| match line {
            Ok(line) => line.strip_prefix("data:").map(|data| Ok(data.trim_start().to_owned())),
            Err(e) => Some(Err(e)),
        }))
    }

    /// Sends a request and reads the head of the answer.
    fn request(&self, method: &str, path: &str, body: &[u8]) -> Result<BufReader<TcpStream>, Failure> {
        let mut stream = self
            .connect()
            .map_err(|e| no_contact(&self.authority, e, "check that modemtwin runs there with --control"))?;
        let token =
            self.token.iter().map(|token| format!("Authorization: Bearer {token}\r\n")).collect::<String>();
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: {}\r\n{token}Content-Length: {}\r\n\r\n",
            self.authority,
            body.len()
        );
        // Who refuses a request may not read all of it; the answer says why.
        let sent = stream.write_all(&[head.as_bytes(), body].concat());
        let mut stream = BufReader::new(stream);
        let status = status(&mut stream).map_err(|e| self.broken(sent.err().unwrap_or(e)))?;
        if (200..300).contains(&status) {
            return Ok(stream);
        }
        let mut answer = Vec::new();
        stream.take(MAX_ANSWER).read_to_end(&mut answer).map_err(|e| self.broken(e))?;
        Err(match serde_json::from_slice(&answer) {
            Ok(problem) => Failure::Refused(problem),
            Err(_) => {
                no_contact(&self.authority, format_args!("status {status}"), "check that modemtwin is there")
            }
        })
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in self.authority.to_socket_addrs()?.collect::<Vec<SocketAddr>>() {
            match TcpStream::connect_timeout(&address, CONNECT) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(SILENCE))?;
                    stream.set_write_timeout(Some(SILENCE))?;
                    return Ok(stream);
                }
                Err(e) => last = e,
            }
        }
        Err(last)
    }

    fn broken(&self, error: io::Error) -> Failure {
        no_contact(&self.authority, error, "check that modemtwin still runs there")
    }
}

/// The status of an answer; the stream stands behind its head afterwards.
fn status(stream: &mut impl BufRead) -> io::Result<u16> {
    let strange = || io::Error::new(io::ErrorKind::InvalidData, "this is no answer of HTTP");
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let is_http = line.starts_with("HTTP/1.");
    let status = line
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .filter(|_| is_http)
        .ok_or_else(strange)?;
    loop {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Err(strange());
        }
        if line.trim_end().is_empty() {
            return Ok(status);
        }
    }
}

fn no_contact(place: &str, reason: impl fmt::Display, remedy: &str) -> Failure {
    Failure::NoContact(Problem {
        status: 0,
        title: String::new(),
        place: place.into(),
        detail: reason.to_string(),
        remedy: remedy.into(),
    })
}

/// A name as a segment of a path.
pub fn segment(name: &str) -> impl fmt::Display + '_ {
    utf8_percent_encode(name, SEGMENT)
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::NoContact(problem) | Failure::Refused(problem) => problem.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_an_interface_is() {
        let found = Client::find("http://127.0.0.1:5 token ab", None).unwrap();
        assert_eq!((found.authority.as_str(), found.token.as_deref()), ("127.0.0.1:5", Some("ab")));
        assert_eq!(Client::find("http://[::1]:5/", None).unwrap().authority, "[::1]:5");
        assert_eq!(Client::find("http://h:5 token ab", Some("cd")).unwrap().token.as_deref(), Some("cd"));
        for wrong in ["http://", "http:///v1", "/no/such/file"] {
            assert!(matches!(Client::find(wrong, None), Err(Failure::NoContact(_))), "{wrong}");
        }
    }

    #[test]
    fn heads_of_answers() {
        let read = |text: &str| status(&mut text.as_bytes()).ok();
        assert_eq!(read("HTTP/1.1 204 No Content\r\na: b\r\n\r\n"), Some(204));
        for wrong in [
            "",
            "HTTP/1.1\r\n\r\n",
            "HTTP/1.1 x\r\n\r\n",
            "SSH-2.0 200\r\n\r\n",
            "HTTP/1.1 200 OK\r\na: b\r\n",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(segment("a/b c.pem").to_string(), "a%2Fb%20c.pem");
    }
}
