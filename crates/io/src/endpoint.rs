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
}

/// Text that is no endpoint: what was written, what is wrong with it, what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadEndpoint {
    text: String,
    reason: &'static str,
    remedy: &'static str,
}

impl FromStr for Endpoint {
    type Err = BadEndpoint;

    fn from_str(text: &str) -> Result<Endpoint, BadEndpoint> {
        let bad = |reason, remedy| BadEndpoint { text: text.to_owned(), reason, remedy };
        let (kind, rest) = match text.split_once(':') {
            Some((kind, rest)) => (kind, Some(rest)),
            None => (text, None),
        };
        match (kind, rest) {
            ("pty", None) => Ok(Endpoint::Pty { link: None }),
            ("pty", Some("")) => Err(bad("there is no path after `pty:`", "write pty or pty:PATH")),
            ("pty", Some(link)) => Ok(Endpoint::Pty { link: Some(link.into()) }),
            ("tcp", rest) => {
                const FORM: &str = "write tcp:HOST:PORT, as in tcp:127.0.0.1:5000 or tcp:[::1]:0";
                let (host, port) = rest
                    .and_then(|r| r.rsplit_once(':'))
                    .ok_or(bad("host or port is missing after `tcp:`", FORM))?;
                let port = port.parse().map_err(|_| bad("the port is no number from 0 to 65535", FORM))?;
                let host = match host.strip_prefix('[').map(|h| h.strip_suffix(']')) {
                    Some(Some(inner)) => inner,
                    Some(None) => return Err(bad("`[` without `]`", FORM)),
                    None if host.contains(':') => {
                        return Err(bad("an IPv6 address needs brackets", FORM));
                    }
                    None => host,
                };
                if host.is_empty() {
                    return Err(bad("the host is empty", FORM));
                }
                Ok(Endpoint::Tcp { host: host.to_owned(), port })
            }
            _ => Err(bad("unknown kind of endpoint", "write pty, pty:LINK or tcp:HOST:PORT")),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Pty { link: None } => f.write_str("pty"),
            Endpoint::Pty { link: Some(link) } => write!(f, "pty:{}", link.display()),
            Endpoint::Tcp { host, port } if host.contains(':') => write!(f, "tcp:[{host}]:{port}"),
            Endpoint::Tcp { host, port } => write!(f, "tcp:{host}:{port}"),
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
        for text in ["pty", "pty:/tmp/m:1", "tcp:127.0.0.1:0", "tcp:[::1]:65535", "tcp:localhost:5000"] {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!(endpoint.to_string(), text);
        }
    }

    #[test]
    fn bad_endpoints_say_what_is_wrong() {
        for (text, reason) in [
            ("", "unknown kind of endpoint"),
            ("serial:/dev/ttyS0", "unknown kind of endpoint"),
            ("pty:", "there is no path after `pty:`"),
            ("tcp", "host or port is missing after `tcp:`"),
            ("tcp:5000", "host or port is missing after `tcp:`"),
            ("tcp::5000", "the host is empty"),
            ("tcp:h:65536", "the port is no number from 0 to 65535"),
            ("tcp:h:", "the port is no number from 0 to 65535"),
            ("tcp:::1:5", "an IPv6 address needs brackets"),
            ("tcp:[::1:5", "`[` without `]`"),
        ] {
            let error = text.parse::<Endpoint>().unwrap_err();
            assert_eq!(error.reason, reason, "{text}");
            assert!(error.to_string().starts_with(&format!("endpoint `{text}`: ")));
        }
    }
}
