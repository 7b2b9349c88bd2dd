//! What a port is connected to, as written on the command line.

use std::{fmt, path::PathBuf, str::FromStr};

/// Where an AT port is to be found by a host.
///
/// ```
/// use modemtwin_io::Endpoint;
/// assert_eq!("pty:/tmp/modem".parse(), Ok(Endpoint::Pty { link: Some("/tmp/modem".into()) }));
/// assert_eq!("tcp:[::1]:0".parse(), Ok(Endpoint::Tcp { host: "::1".into(), port: 0 }));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A pseudo-terminal: the host opens a path as it would open a serial port.
    Pty {
        /// A symbolic link with a stable name; without one the host uses the path under `/dev/pts`.
        link: Option<PathBuf>,
    },
    /// A TCP server for one host at a time.
    Tcp {
        /// Name or address to listen at.
        host: String,
        /// TCP port, 0 for any free one.
        port: u16,
    },
    /// A Unix domain socket for one host at a time.
    Unix {
        /// Where the socket is made.
        path: PathBuf,
    },
    /// Standard input and output of this process.
    Stdio,
    /// A serial device of this machine, with the host at the other end of the cable.
    Serial {
        /// The device, as in `/dev/ttyUSB0`.
        device: PathBuf,
        /// Bits per second.
        baud: u32,
        /// What stops the other side.
        flow: Flow,
    },
    /// A telnet server with the COM port option (RFC 2217), for one host at a time.
    Rfc2217 {
        /// Name or address to listen at.
        host: String,
        /// TCP port, 0 for any free one.
        port: u16,
    },
}

/// Flow control of a serial device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flow {
    /// Up to the module (`AT+IFC`): RTS and CTS are lines like any other.
    #[default]
    None,
    /// The operating system drives RTS and obeys CTS.
    RtsCts,
    /// The operating system sends and obeys XON and XOFF. They are not data any more.
    XonXoff,
}

/// Bits per second of a serial device that is not told otherwise, as of the module.
const DEFAULT_BAUD: u32 = 115_200;

/// Text that is no endpoint: what was written, what is wrong with it, what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadEndpoint {
    text: String,
    reason: &'static str,
    remedy: &'static str,
}

/// Reason and remedy.
type Wrong = (&'static str, &'static str);

const KINDS: &str = "write pty, pty:LINK, tcp:HOST:PORT, unix:PATH, stdio, serial:DEVICE[,BAUD[,FLOW]] or \
                     rfc2217:HOST:PORT";
const TCP: &str = "write tcp:HOST:PORT, as in tcp:127.0.0.1:5000 or tcp:[::1]:0";
const RFC2217: &str = "write rfc2217:HOST:PORT, as in rfc2217:127.0.0.1:2217 or rfc2217:[::1]:0";
const SERIAL: &str = "write serial:DEVICE[,BAUD[,FLOW]], as in serial:/dev/ttyUSB0,115200,rtscts";

impl FromStr for Endpoint {
    type Err = BadEndpoint;

    fn from_str(text: &str) -> Result<Endpoint, BadEndpoint> {
        parse(text).map_err(|(reason, remedy)| BadEndpoint { text: text.to_owned(), reason, remedy })
    }
}

fn parse(text: &str) -> Result<Endpoint, Wrong> {
    let (kind, rest) = match text.split_once(':') {
        Some((kind, rest)) => (kind, Some(rest)),
        None => (text, None),
    };
    match (kind, rest) {
        ("pty", None) => Ok(Endpoint::Pty { link: None }),
        ("pty", Some("")) => Err(("there is no path after `pty:`", "write pty or pty:PATH")),
        ("pty", Some(link)) => Ok(Endpoint::Pty { link: Some(link.into()) }),
        ("tcp", rest) => address(rest, TCP).map(|(host, port)| Endpoint::Tcp { host, port }),
        ("rfc2217", rest) => address(rest, RFC2217).map(|(host, port)| Endpoint::Rfc2217 { host, port }),
        ("unix", None | Some("")) => {
            Err(("there is no path after `unix:`", "write unix:PATH, as in unix:/tmp/modem.sock"))
        }
        ("unix", Some(path)) => Ok(Endpoint::Unix { path: path.into() }),
        ("stdio", None) => Ok(Endpoint::Stdio),
        ("serial", rest) => serial(rest.unwrap_or_default()),
        _ => Err(("unknown kind of endpoint", KINDS)),
    }
}

/// `HOST:PORT`.
fn address(text: Option<&str>, form: &'static str) -> Result<(String, u16), Wrong> {
    let (host, port) =
        text.and_then(|r| r.rsplit_once(':')).ok_or(("host or port is missing after the colon", form))?;
    let port = port.parse().map_err(|_| ("the port is no number from 0 to 65535", form))?;
    let host = match host.strip_prefix('[').map(|h| h.strip_suffix(']')) {
        Some(Some(inner)) => inner,
        Some(None) => return Err(("`[` without `]`", form)),
        None if host.contains(':') => return Err(("an IPv6 address needs brackets", form)),
        None => host,
    };
    if host.is_empty() {
        return Err(("the host is empty", form));
    }
    Ok((host.to_owned(), port))
}

/// `DEVICE[,BAUD[,FLOW]]`.
fn serial(text: &str) -> Result<Endpoint, Wrong> {
    let mut parts = text.split(',');
    let device = parts.next().filter(|d| !d.is_empty()).ok_or(("the device is missing", SERIAL))?;
    let baud = match parts.next() {
        None => DEFAULT_BAUD,
        Some(baud) => baud
            .parse()
            .ok()
            .filter(|baud| *baud > 0)
            .ok_or(("the speed is no number of bits per second", SERIAL))?,
    };
    let flow = match parts.next() {
        None | Some("none") => Flow::None,
        Some("rtscts") => Flow::RtsCts,
        Some("xonxoff") => Flow::XonXoff,
        Some(_) => return Err(("the flow control is none of none, rtscts, xonxoff", SERIAL)),
    };
    match parts.next() {
        None => Ok(Endpoint::Serial { device: device.into(), baud, flow }),
        Some(_) => Err(("there is something after the flow control", SERIAL)),
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Pty { link: None } => f.write_str("pty"),
            Endpoint::Pty { link: Some(link) } => write!(f, "pty:{}", link.display()),
            Endpoint::Tcp { host, port } if host.contains(':') => write!(f, "tcp:[{host}]:{port}"),
            Endpoint::Tcp { host, port } => write!(f, "tcp:{host}:{port}"),
            Endpoint::Rfc2217 { host, port } if host.contains(':') => write!(f, "rfc2217:[{host}]:{port}"),
            Endpoint::Rfc2217 { host, port } => write!(f, "rfc2217:{host}:{port}"),
            Endpoint::Unix { path } => write!(f, "unix:{}", path.display()),
            Endpoint::Stdio => f.write_str("stdio"),
            Endpoint::Serial { device, baud, flow } => {
                write!(f, "serial:{},{baud}", device.display())?;
                match flow {
                    Flow::None => Ok(()),
                    Flow::RtsCts => f.write_str(",rtscts"),
                    Flow::XonXoff => f.write_str(",xonxoff"),
                }
            }
        }
    }
}

impl fmt::Display for BadEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "endpoint `{}`: {} ({})", self.text, self.reason, self.remedy)
    }
}

impl std::error::Error for BadEndpoint {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_endpoints_read_and_print_alike() {
        for text in [
            "pty",
            "pty:/tmp/m:1",
            "tcp:127.0.0.1:0",
            "tcp:[::1]:65535",
            "tcp:localhost:5000",
            "rfc2217:[::1]:2217",
            "rfc2217:localhost:0",
            "unix:/tmp/modem:1",
            "stdio",
            "serial:/dev/ttyUSB0,9600",
            "serial:/dev/serial/by-id/x,1000000,rtscts",
            "serial:/dev/ttyS0,300,xonxoff",
        ] {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!(endpoint.to_string(), text);
        }
        let short: Endpoint = "serial:/dev/ttyS0".parse().unwrap();
        assert_eq!(short.to_string(), "serial:/dev/ttyS0,115200");
    }

    #[test]
    fn bad_endpoints_say_what_is_wrong() {
        for (text, reason) in [
            ("", "unknown kind of endpoint"),
            ("usb:1", "unknown kind of endpoint"),
            ("stdio:1", "unknown kind of endpoint"),
            ("pty:", "there is no path after `pty:`"),
            ("unix", "there is no path after `unix:`"),
            ("unix:", "there is no path after `unix:`"),
            ("tcp", "host or port is missing after the colon"),
            ("tcp:5000", "host or port is missing after the colon"),
            ("tcp::5000", "the host is empty"),
            ("tcp:h:65536", "the port is no number from 0 to 65535"),
            ("tcp:h:", "the port is no number from 0 to 65535"),
            ("tcp:::1:5", "an IPv6 address needs brackets"),
            ("rfc2217:[::1:5", "`[` without `]`"),
            ("serial", "the device is missing"),
            ("serial:,9600", "the device is missing"),
            ("serial:/dev/ttyS0,fast", "the speed is no number of bits per second"),
            ("serial:/dev/ttyS0,0", "the speed is no number of bits per second"),
            ("serial:/dev/ttyS0,9600,dtr", "the flow control is none of none, rtscts, xonxoff"),
            ("serial:/dev/ttyS0,9600,none,8N1", "there is something after the flow control"),
        ] {
            let error = text.parse::<Endpoint>().unwrap_err();
            assert_eq!(error.reason, reason, "{text}");
            assert!(error.to_string().starts_with(&format!("endpoint `{text}`: ")));
        }
    }
}
