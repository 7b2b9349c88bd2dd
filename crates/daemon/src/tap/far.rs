//! The module's end of a tap.

use crate::SetupError;
use io::{
    Endpoint, Flow, HostLines, ModuleLines, Port, PortEvent, Remote, RemoteEvent,
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
    /// At a serial device behind a server of RFC 2217, such as ser2net.
    Rfc2217 {
        /// Name or address.
        host: String,
        /// TCP port.
        port: u16,
        /// Bits per second that the device is to have.
        baud: u32,
        /// What stops the other side there.
        flow: Flow,
    },
}

const KINDS: &str =
    "write serial:DEVICE[,BAUD[,FLOW]], pty:PATH, tcp:HOST:PORT or rfc2217:HOST:PORT[,BAUD[,FLOW]]";

impl FromStr for FarEnd {
    type Err = String;

    fn from_str(text: &str) -> Result<FarEnd, String> {
        if let Some((server, settings)) = text.strip_prefix("rfc2217:").and_then(|rest| rest.split_once(','))
        {
            // As of a device of this machine.
            let Endpoint::Serial { baud, flow, .. } = parsed(&format!("serial:there,{settings}"))? else {
                return Err(KINDS.into());
            };
            return match parsed(&format!("rfc2217:{server}"))? {
                Endpoint::Rfc2217 { host, port } => Ok(FarEnd::Rfc2217 { host, port, baud, flow }),
                _ => Err(KINDS.into()),
            };
        }
        match text.parse::<Endpoint>() {
            Ok(Endpoint::Serial { device, baud, flow }) => Ok(FarEnd::Serial { device, baud, flow }),
            Ok(Endpoint::Pty { link: Some(device) }) => {
                Ok(FarEnd::Serial { device, baud: USUAL_BAUD, flow: Flow::None })
            }
            Ok(Endpoint::Rfc2217 { host, port }) => {
                Ok(FarEnd::Rfc2217 { host, port, baud: USUAL_BAUD, flow: Flow::None })
            }
            Ok(Endpoint::Tcp { host, port }) => Ok(FarEnd::Tcp { host, port }),
            Ok(_) => Err(format!("no module can be at `{text}` ({KINDS})")),
            Err(e) => Err(format!("{e}; {KINDS}")),
        }
    }
}

fn parsed(text: &str) -> Result<Endpoint, String> {
    text.parse::<Endpoint>().map_err(|e| format!("{e}; {KINDS}"))
}

impl fmt::Display for FarEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.clone() {
            FarEnd::Serial { device, baud, flow } => Endpoint::Serial { device, baud, flow }.fmt(f),
            FarEnd::Tcp { host, port } => Endpoint::Tcp { host, port }.fmt(f),
            FarEnd::Rfc2217 { host, port, .. } => Endpoint::Rfc2217 { host, port }.fmt(f),
        }
    }
}

/// Bits per second where nothing else is said.
const USUAL_BAUD: u32 = 115_200;

/// What came from there.
pub(super) enum Heard {
    /// So many bytes at the start of the caller's buffer.
    Data(usize),
    /// The module has moved its lines.
    Lines(ModuleLines),
    /// Something is not as it was wanted.
    Trouble(String),
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
    Remote {
        remote: Box<Remote>,
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
                let address = resolve(end, host, *port)?;
                let connection = Connection::dial(address, DialOptions::default());
                Ok(Far::Tcp { connection, is_up: false, address })
            }
            FarEnd::Rfc2217 { host, port, baud, flow } => {
                let address = resolve(end, host, *port)?;
                Ok(Far::Remote { remote: Box::new(Remote::dial(address, *baud, *flow)), address })
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
                let end = |why: &dyn fmt::Display| gone("tcp", *address, why);
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
            Far::Remote { remote, address } => {
                let place = format!("module at rfc2217 {address}");
                Poll::Ready(match ready!(remote.poll_event(cx, buf)) {
                    RemoteEvent::Data(n) => Heard::Data(n),
                    RemoteEvent::Lines(lines) => Heard::Lines(lines),
                    RemoteEvent::Speed(baud) => Heard::Trouble(format!(
                        "{place}: the device has {baud} bit/s; write the speed that it is to have behind a comma"
                    )),
                    RemoteEvent::End(why) => gone("rfc2217", *address, &why),
                })
            }
        }
    }

    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<usize> {
        match self {
            Far::Serial { port, .. } => port.poll_write(cx, bytes),
            Far::Tcp { is_up: false, .. } => Poll::Pending,
            Far::Tcp { connection, .. } => connection.poll_write(cx, bytes),
            Far::Remote { remote, .. } => remote.poll_write(cx, bytes),
        }
    }

    /// The host's lines.
    pub(super) fn set_lines(&mut self, lines: HostLines) {
        match self {
            Far::Serial { port, .. } => port.set_far_lines(lines),
            Far::Remote { remote, .. } => remote.set_lines(lines),
            Far::Tcp { .. } => {}
        }
    }
}

fn resolve(end: &FarEnd, host: &str, port: u16) -> Result<SocketAddr, SetupError> {
    let remedy = "check name and port, and that something listens there";
    let mut found = (host, port).to_socket_addrs().map_err(|e| SetupError::new(end, e, remedy))?;
    found.next().ok_or_else(|| SetupError::new(end, "the name has no address", remedy))
}

fn gone(kind: &str, address: SocketAddr, why: &dyn fmt::Display) -> Heard {
    let place = format!("module at {kind} {address}");
    Heard::End(SetupError::new(place, why, "start it, then start again"))
}
