//! AT ports: one type for every kind of wire.

mod descriptor;
mod listener;
mod pty;
mod rfc2217;
mod serial;
mod server;
mod stdio;

use crate::{Endpoint, SetupError};
use std::{
    fmt,
    net::SocketAddr,
    path::PathBuf,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Interval, MissedTickBehavior, interval};

pub use pty::open_as_host;
pub use rfc2217::{Remote, RemoteEvent};

/// An open AT port. A host may come, go and come back; the port stays.
#[derive(Debug)]
pub struct Port(Wire);

#[derive(Debug)]
enum Wire {
    Pty(pty::Pty),
    Server(server::Server),
    Stdio(stdio::Stdio),
    Serial(serial::Serial),
    Rfc2217(rfc2217::Rfc2217),
}

/// Where hosts find an open port. Prints as `pty PATH`, `tcp ADDR:PORT` and so on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The link, or the device itself when there is no link.
    Pty(PathBuf),
    /// The address it listens at, with the port that port 0 became.
    Tcp(SocketAddr),
    /// The path of the socket.
    Unix(PathBuf),
    /// Standard input and output.
    Stdio,
    /// The other end of the cable of this device.
    Serial(PathBuf),
    /// The address of the telnet server, with the port that port 0 became.
    Rfc2217(SocketAddr),
}

/// What happened on a port. Every `Data` and `Lines` is between an `Attached` and the next `Detached`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortEvent {
    /// A host has opened the port. Its modem lines are on until it says otherwise.
    Attached,
    /// The host wrote; so many bytes are at the start of the caller's buffer.
    Data(usize),
    /// The host has moved its modem lines.
    Lines(HostLines),
    /// The host has closed the port; everything that it wrote has been given out.
    Detached,
}

/// Modem lines that the host drives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostLines {
    /// Data terminal ready.
    pub dtr: bool,
    /// Request to send: ready to receive.
    pub rts: bool,
}

impl HostLines {
    /// As after opening a port.
    const ON: HostLines = HostLines { dtr: true, rts: true };
}

/// Modem lines that the module drives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModuleLines {
    /// Data carrier detect.
    pub dcd: bool,
    /// Ring indicator.
    pub ri: bool,
    /// Data set ready.
    pub dsr: bool,
    /// Clear to send: ready to receive.
    pub cts: bool,
}

impl ModuleLines {
    /// Switched on, and nothing going on.
    const IDLE: ModuleLines = ModuleLines { dcd: false, ri: false, dsr: true, cts: true };
}

impl Port {
    /// Opens the module's side of `endpoint`. `name` is what the port is called towards hosts.
    ///
    /// # Errors
    /// The pty, its link, the listening socket or the device cannot be had.
    pub fn open(name: &'static str, endpoint: &Endpoint) -> Result<Port, SetupError> {
        use listener::Listener;
        Ok(Port(match endpoint {
            Endpoint::Pty { link } => Wire::Pty(pty::Pty::open(link.as_deref())?),
            Endpoint::Tcp { host, port } => {
                Wire::Server(server::Server::new(name, Listener::tcp(host, *port, endpoint)?))
            }
            Endpoint::Unix { path } => Wire::Server(server::Server::new(name, Listener::unix(path)?)),
            Endpoint::Stdio => Wire::Stdio(stdio::Stdio::open()?),
            Endpoint::Serial { device, baud, flow } => {
                Wire::Serial(serial::Serial::open(device, *baud, *flow)?)
            }
            Endpoint::Rfc2217 { host, port } => {
                Wire::Rfc2217(rfc2217::Rfc2217::new(name, Listener::tcp(host, *port, endpoint)?))
            }
        }))
    }

    /// Where hosts find it.
    pub fn place(&self) -> Place {
        match &self.0 {
            Wire::Pty(pty) => Place::Pty(pty.path().to_owned()),
            Wire::Server(server) => server.place(),
            Wire::Stdio(_) => Place::Stdio,
            Wire::Serial(serial) => Place::Serial(serial.device().to_owned()),
            Wire::Rfc2217(rfc2217) => rfc2217.place(),
        }
    }

    /// The next thing that happened. With an empty `buf` (no room) nothing is read from the host:
    /// its operating system makes it wait.
    pub fn poll_event(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<PortEvent> {
        match &mut self.0 {
            Wire::Pty(pty) => pty.poll_event(cx, buf),
            Wire::Server(server) => server.poll_event(cx, buf),
            Wire::Stdio(stdio) => stdio.poll_event(cx, buf),
            Wire::Serial(serial) => serial.poll_event(cx, buf),
            Wire::Rfc2217(rfc2217) => rfc2217.poll_event(cx, buf),
        }
    }

    /// Writes as much of `bytes` as the wire takes in one go, and says how much that was. Bytes for a
    /// host that is not there are taken and dropped, as from an unplugged connector.
    pub fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<usize> {
        match &mut self.0 {
            Wire::Pty(pty) => pty.poll_write(cx, bytes),
            Wire::Server(server) => server.poll_write(cx, bytes),
            Wire::Stdio(stdio) => stdio.poll_write(cx, bytes),
            Wire::Serial(serial) => serial.poll_write(cx, bytes),
            Wire::Rfc2217(rfc2217) => rfc2217.poll_write(cx, bytes),
        }
    }

    /// As [`Port::poll_write`], of two pieces that stand one behind the other. On sockets they leave in one go.
    pub fn poll_write_both(&mut self, cx: &mut Context<'_>, pieces: [&[u8]; 2]) -> Poll<usize> {
        match (&mut self.0, pieces) {
            (Wire::Server(server), [_, [_, ..]]) => server.poll_write_both(cx, pieces),
            (_, [first, _]) => self.poll_write(cx, first),
        }
    }

    /// Moves the module's modem lines; before the first time DSR and CTS are on. On a wire that has none
    /// nothing happens.
    pub fn set_lines(&mut self, lines: ModuleLines) {
        match &mut self.0 {
            Wire::Pty(_) | Wire::Server(_) | Wire::Stdio(_) => {}
            Wire::Serial(serial) => serial.set_lines(lines),
            Wire::Rfc2217(rfc2217) => rfc2217.set_lines(lines),
        }
    }

    /// The module has another speed: a serial device takes it once everything has left that was written before. On
    /// other wires bytes have no speed. What cannot be done, `report` is told.
    pub fn set_rate(&mut self, rate: u32, report: fn(&str)) {
        match &mut self.0 {
            Wire::Serial(serial) => serial.set_rate(rate, report),
            Wire::Pty(_) | Wire::Server(_) | Wire::Stdio(_) | Wire::Rfc2217(_) => {}
        }
    }

    /// The lines that the other side drives, if it is a modem at a serial device and not a host; nothing on a wire
    /// without lines.
    pub fn far_lines(&self) -> Option<ModuleLines> {
        match &self.0 {
            Wire::Serial(serial) => serial.far_lines(),
            Wire::Pty(_) | Wire::Server(_) | Wire::Stdio(_) | Wire::Rfc2217(_) => None,
        }
    }

    /// Drives the lines of the host, towards a modem at a serial device. On a wire without lines nothing happens.
    pub fn set_far_lines(&mut self, HostLines { dtr, rts }: HostLines) {
        if let Wire::Serial(serial) = &mut self.0 {
            // On the pins that a module's DCD and CTS have, as of a null-modem cable.
            serial.set_lines(ModuleLines { dcd: dtr, cts: rts, ..ModuleLines::IDLE });
        }
    }

    /// No host will ever come any more: standard input has ended.
    pub fn is_over(&self) -> bool {
        match &self.0 {
            Wire::Stdio(stdio) => stdio.is_over(),
            Wire::Pty(_) | Wire::Server(_) | Wire::Serial(_) | Wire::Rfc2217(_) => false,
        }
    }
}

/// When to look again and again; late looks are not made up for.
fn every(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Pty(path) => write!(f, "pty {}", path.display()),
            Place::Tcp(addr) => write!(f, "tcp {addr}"),
            Place::Unix(path) => write!(f, "unix {}", path.display()),
            Place::Stdio => f.write_str("stdio"),
            Place::Serial(path) => write!(f, "serial {}", path.display()),
            Place::Rfc2217(addr) => write!(f, "rfc2217 {addr}"),
        }
    }
}

#[cfg(test)]
mod tests;
