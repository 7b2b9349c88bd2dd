//! AT ports: one type for every kind of wire.

mod pty;
mod tcp;

use crate::{Endpoint, SetupError};
use std::{
    fmt,
    net::SocketAddr,
    path::PathBuf,
    task::{Context, Poll},
};

pub use pty::open_as_host;

/// An open AT port. A host may come, go and come back; the port stays.
#[derive(Debug)]
pub struct Port(Wire);

#[derive(Debug)]
enum Wire {
    Pty(pty::Pty),
    Tcp(tcp::Tcp),
}

/// Where hosts find an open port. Prints as `pty PATH` or `tcp ADDR:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The link, or the device itself when there is no link.
    Pty(PathBuf),
    /// The address it listens at, with the port that port 0 became.
    Tcp(SocketAddr),
}

/// What happened on a port. Every `Data` is between an `Attached` and the next `Detached`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortEvent {
    /// A host has opened the port.
    Attached,
    /// The host wrote; so many bytes are at the start of the caller's buffer.
    Data(usize),
    /// The host has closed the port; everything that it wrote has been given out.
    Detached,
}

impl Port {
    /// Opens the module's side of `endpoint`. `name` is what the port is called towards hosts.
    ///
    /// # Errors
    /// The pty, its link or the listening socket cannot be made.
    pub fn open(name: &str, endpoint: &Endpoint) -> Result<Port, SetupError> {
        Ok(Port(match endpoint {
            Endpoint::Pty { link } => Wire::Pty(pty::Pty::open(link.as_deref())?),
            Endpoint::Tcp { host, port } => Wire::Tcp(tcp::Tcp::open(name, host, *port)?),
        }))
    }

    /// Where hosts find it.
    pub fn place(&self) -> Place {
        match &self.0 {
            Wire::Pty(pty) => Place::Pty(pty.path().to_owned()),
            Wire::Tcp(tcp) => Place::Tcp(tcp.addr()),
        }
    }

    /// The next thing that happened. With an empty `buf` (no room) nothing is read from the host:
    /// its operating system makes it wait.
    pub fn poll_event(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<PortEvent> {
        match &mut self.0 {
            Wire::Pty(pty) => pty.poll_event(cx, buf),
            Wire::Tcp(tcp) => tcp.poll_event(cx, buf),
        }
    }

    /// Writes as much of `bytes` as the wire takes in one go, and says how much that was. Bytes for a
    /// host that is not there are taken and dropped, as from an unplugged connector.
    pub fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<usize> {
        match &mut self.0 {
            Wire::Pty(pty) => pty.poll_write(cx, bytes),
            Wire::Tcp(tcp) => tcp.poll_write(cx, bytes),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Pty(path) => write!(f, "pty {}", path.display()),
            Place::Tcp(addr) => write!(f, "tcp {addr}"),
        }
    }
}

#[cfg(test)]
mod tests;
