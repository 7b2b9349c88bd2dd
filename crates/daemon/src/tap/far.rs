//! The module's end of a tap.

use crate::SetupError;
use io::{
    Endpoint, Flow, HostLines, ModuleLines, Port, PortEvent,
    net::{Connection, DialOptions, Received},
};
use std::{
    fmt,
    net::{SocketAddr, ToSocketAddrs},
    path::PathBuf,
    str::FromStr,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Interval, MissedTickBehavior, interval};

/// Where a module is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FarEnd {
    /// At a serial device of this machine, or any other terminal device.
    Serial {
        /// The device.
        device: PathBuf,
        /// Bits per second.
        baud: u32,
        /// What stops the other side.
        flow: Flow,
    },
    /// At a TCP port.
    Tcp {
        /// Name or address.
        host: String,
        /// TCP port.
        port: u16,
    },
}

const KINDS: &str = "write serial:DEVICE[,BAUD[,FLOW]], pty:PATH or tcp:HOST:PORT";

impl FromStr for FarEnd {
    type Err = String;

    fn from_str(text: &str) -> Result<FarEnd, String> {
        match text.parse::<Endpoint>() {
            Ok(Endpoint::Serial { device, baud, flow }) => Ok(FarEnd::Serial { device, baud, flow }),
            Ok(Endpoint::Pty { link: Some(device) }) => {
                Ok(FarEnd::Serial { device, baud: 115_200, flow: Flow::None })
            }
            Ok(Endpoint::Tcp { host, port }) => Ok(FarEnd::Tcp { host, port }),
            Ok(_) => Err(format!("no module can be at `{text}` ({KINDS})")),
            Err(e) => Err(format!("{e}; {KINDS}")),
        }
    }
}

impl fmt::Display for FarEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.clone() {
            FarEnd::Serial { device, baud, flow } => Endpoint::Serial { device, baud, flow }.fmt(f),
            FarEnd::Tcp { host, port } => Endpoint::Tcp { host, port }.fmt(f),
        }
    }
}

/// What came from there.
pub(super) enum Heard {
    /// So many bytes at the start of the caller's buffer.
    Data(usize),
    /// The module has moved its lines.
    Lines(ModuleLines),
    /// Nothing will come any more.
    End(SetupError),
}

pub(super) enum Far {
    /// The port, which has the plug of a terminal already, and when to look at the module's lines again.
    Serial {
        port: Port,
        lines: ModuleLines,
        look: Interval,
    },
    Tcp {
        connection: Connection,
        is_up: bool,
        address: SocketAddr,
    },
}

/// How often the module's lines are looked at.
const LOOK: Duration = Duration::from_millis(10);

impl Far {
    pub(super) fn open(end: &FarEnd) -> Result<Far, SetupError> {
        match end {
            FarEnd::Serial { device, baud, flow } => {
                let endpoint = Endpoint::Serial { device: device.clone(), baud: *baud, flow: *flow };
                let port = Port::open("module", &endpoint)?;
                let mut look = interval(LOOK);
                look.set_missed_tick_behavior(MissedTickBehavior::Delay);
                Ok(Far::Serial {
                    port,
                    lines: ModuleLines { dcd: false, ri: false, dsr: true, cts: true },
                    look,
                })
            }
            FarEnd::Tcp { host, port } => {
                let remedy = "check name and port, and that something listens there";
                let failed = |e| SetupError::new(end, e, remedy);
                let address = (host.as_str(), *port).to_socket_addrs().map_err(failed)?.next();
                let address =
                    address.ok_or_else(|| SetupError::new(end, "the name has no address", remedy))?;
                let connection = Connection::dial(address, DialOptions::default());
                Ok(Far::Tcp { connection, is_up: false, address })
            }
        }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<Heard> {
        match self {
            Far::Serial { port, lines, look } => {
                if let Poll::Ready(event) = port.poll_event(cx, buf)
                    && let PortEvent::Data(n) = event
                {
                    return Poll::Ready(Heard::Data(n));
                }
                while look.poll_tick(cx).is_ready() {
                    if let Some(now) = port.far_lines().filter(|now| now != lines) {
                        *lines = now;
                        return Poll::Ready(Heard::Lines(now));
                    }
                }
                Poll::Pending
            }
            Far::Tcp { connection, is_up, address } => {
                let end = |why: &dyn fmt::Display| {
                    Heard::End(SetupError::new(
                        format_args!("module at tcp {address}"),
                        why,
                        "start it, then start again",
                    ))
                };
                if !*is_up {
                    match ready!(connection.poll_connected(cx)) {
                        Ok(_) => *is_up = true,
                        Err(e) => return Poll::Ready(end(&e)),
                    }
                }
                if buf.is_empty() {
                    return Poll::Pending;
                }
                Poll::Ready(match ready!(connection.poll_read(cx, buf)) {
                    Received::Data(n) => Heard::Data(n),
                    Received::End => end(&"it has closed the connection"),
                    Received::Broken(e) => end(&e),
                })
            }
        }
    }

    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<usize> {
        match self {
            Far::Serial { port, .. } => port.poll_write(cx, bytes),
            Far::Tcp { is_up: false, .. } => Poll::Pending,
            Far::Tcp { connection, .. } => connection.poll_write(cx, bytes),
        }
    }

    /// The host's lines, on the pins of a terminal.
    pub(super) fn set_lines(&mut self, HostLines { dtr, rts }: HostLines) {
        if let Far::Serial { port, .. } = self {
            port.set_lines(ModuleLines { dcd: dtr, cts: rts, ri: false, dsr: true });
        }
    }
}
