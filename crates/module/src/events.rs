//! What happens inside, for traces. Values only: who prints them decides the form.

use crate::{
    cause::Cause,
    contract::{AtPort, DteLines},
    errors::{ErrorCode, Failure},
};
use alloc::{string::String, vec::Vec};
use core::{fmt, net::SocketAddr};
use tls::{Speaker, Spoken};

/// Something a trace reader wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A host did what the documents forbid or do not have, and it was accepted.
    HostMistake {
        /// Where.
        port: AtPort,
        /// The command concerned.
        command: String,
        /// What, and where it is specified.
        what: String,
    },
    /// A command was refused; the AT port shows less than this.
    Refused {
        /// Where.
        port: AtPort,
        /// The command concerned.
        command: String,
        /// What the host is told.
        failure: Failure,
        /// Why.
        cause: Cause,
    },
    /// A socket changed its state.
    Socket {
        /// clientID or connectID.
        client: u8,
        /// State before.
        from: &'static str,
        /// State now.
        to: &'static str,
        /// Why.
        why: String,
    },
    /// A name was looked up.
    Resolved {
        /// clientID or connectID.
        client: u8,
        /// The name, and what it resolved to.
        what: String,
    },
    /// A TCP connection was made.
    Connected {
        /// clientID or connectID.
        client: u8,
        /// This end.
        local: SocketAddr,
        /// The other end.
        remote: SocketAddr,
    },
    /// A port of this machine is taken.
    Bound {
        /// connectID.
        client: u8,
        /// Where.
        local: SocketAddr,
        /// What comes there.
        what: &'static str,
    },
    /// A command begins; only with [`crate::Setup::narrates`].
    Command {
        /// Where.
        port: AtPort,
        /// Its name without `AT`.
        command: &'static str,
        /// Behind the name: `?`, `=`, `=?` or nothing.
        form: &'static str,
        /// Where it is specified.
        section: &'static str,
        /// What it does.
        summary: &'static str,
        /// Its parameters: name, and value with what it means where the documents say so.
        values: Vec<(&'static str, String)>,
    },
    /// Something happens on a channel of a multiplexer, on whose wire there are frames; only with
    /// [`crate::Setup::tells_channels`].
    Channel {
        /// Its port.
        port: AtPort,
        /// What.
        what: OnChannel,
    },
    /// One side of a TLS connection says something; only with [`crate::Setup::narrates`].
    Tls {
        /// clientID.
        client: u8,
        /// Who says what.
        spoken: Spoken,
    },
    /// A TLS handshake is complete.
    Secured {
        /// clientID or connectID.
        client: u8,
        /// Version, suite and what else was agreed.
        summary: String,
    },
    /// The NSS key log line of a connection: whoever has it can decrypt the connection.
    KeyLog(String),
    /// A server has said something behind TLS; only with [`crate::Setup::tells_data`].
    Received {
        /// clientID.
        client: u8,
        /// In clear.
        bytes: Vec<u8>,
        /// There are whole records behind it that wait for room.
        more: bool,
    },
    /// An open failed.
    OpenFailed {
        /// clientID or connectID.
        client: u8,
        /// What the host is told.
        code: ErrorCode,
        /// What it is not told (D15).
        cause: Cause,
    },
    /// A connection ended, or broke.
    Ended {
        /// clientID or connectID.
        client: u8,
        /// Why.
        cause: Cause,
    },
    /// What a command has begun came to nothing, as its URC says.
    ErrandFailed {
        /// The command, without `AT`.
        command: &'static str,
        /// What the host is told.
        code: ErrorCode,
        /// What it is not told.
        cause: Cause,
    },
    /// An unsolicited result code was printed.
    Urc {
        /// Where.
        port: AtPort,
        /// Its line, without the data behind it.
        text: String,
    },
    /// A fault of the operator's begins, ends, or acts.
    Fault {
        /// What it does.
        what: String,
    },
    /// A fault point has done what it was set for.
    Struck {
        /// The number of its fault.
        fault: u32,
    },
    /// Something was printed, or dropped, that no one will read.
    Dropped {
        /// Where.
        port: AtPort,
        /// What.
        what: Vec<u8>,
    },
}

/// What happens on a channel of a multiplexer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnChannel {
    /// The host opened it.
    Opened,
    /// It is closed.
    Closed,
    /// The host drives its lines so.
    Lines(DteLines),
    /// The host said this.
    Host(Talk, Vec<u8>),
    /// The module said this.
    Module(Talk, Vec<u8>),
}

/// What bytes of a port are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Talk {
    /// Commands, answers, unsolicited codes, and the contents and payloads that belong to them.
    Dialogue,
    /// Data of transparent mode.
    Data,
    /// Frames of a multiplexer; what is said in them is told by [`Event::Channel`].
    Frames,
}

impl Event {
    /// Why something failed, if that is what it tells of.
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Event::Refused { cause, .. }
            | Event::OpenFailed { cause, .. }
            | Event::Ended { cause, .. }
            | Event::ErrandFailed { cause, .. } => Some(cause),
            _ => None,
        }
    }
}

/// In one line; with `{:#}` also what helps against a failure.
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::HostMistake { port, command, what } => {
                write!(f, "{}: host mistake in AT{command}: {what}", port.name())
            }
            Event::Refused { port, command, failure, .. } => {
                write!(f, "{}: AT{command} refused with {failure}: ", port.name())
            }
            Event::Socket { client, from, to, why } => write!(f, "socket {client}: {from} -> {to}: {why}"),
            Event::Resolved { client, what } => write!(f, "socket {client}: {what}"),
            Event::Connected { client, local, remote } => {
                write!(f, "socket {client}: TCP connected, {local} to {remote}")
            }
            Event::Bound { client, local, what } => write!(f, "socket {client}: takes {what} at {local}"),
            Event::Command { port, command, form, section, summary, values } => {
                write!(f, "{} # AT{command}{form} {section} {summary}", port.name())?;
                for (at, (name, value)) in values.iter().enumerate() {
                    write!(f, "{} {name} {value}", if at == 0 { ":" } else { "," })?;
                }
                Ok(())
            }
            Event::Tls { client, spoken: Spoken { by, message, len, facts } } => {
                let who = if *by == Speaker::Client { "sends" } else { "receives" };
                let unit = if *len == 1 { "byte" } else { "bytes" };
                write!(f, "socket {client}: {who} {message}, {len} {unit}")?;
                facts.iter().try_for_each(|(name, value)| write!(f, ", {name} {value}"))
            }
            Event::Channel { port, what } => {
                let port = port.name();
                match what {
                    OnChannel::Opened => write!(f, "{port}: the host has opened the channel"),
                    OnChannel::Closed => write!(f, "{port}: the channel is closed"),
                    OnChannel::Lines(lines) => write!(f, "{port}: host lines {lines:?}"),
                    OnChannel::Host(_, bytes) => write!(f, "{port}: the host has said {} bytes", bytes.len()),
                    OnChannel::Module(_, bytes) => {
                        write!(f, "{port}: the module has said {} bytes", bytes.len())
                    }
                }
            }
            Event::Secured { client, summary } => write!(f, "socket {client}: TLS established, {summary}"),
            Event::Received { client, bytes, .. } => {
                write!(f, "socket {client}: the server has sent {} bytes", bytes.len())
            }
            // The line itself is for those who ask for it.
            Event::KeyLog(_) => f.write_str("a line for the key log"),
            Event::OpenFailed { client, code, .. } => {
                write!(f, "socket {client}: open failed with {}: ", code.code())
            }
            Event::Ended { client, .. } => write!(f, "socket {client}: "),
            Event::ErrandFailed { command, code, .. } => {
                write!(f, "AT{command} failed with {}: ", code.code())
            }
            Event::Fault { what } => write!(f, "fault: {what}"),
            Event::Struck { fault } => write!(f, "fault {fault} has struck"),
            Event::Urc { port, text } => write!(f, "{}: URC {text}", port.name()),
            Event::Dropped { port, what } => {
                write!(f, "{}: dropped {}", port.name(), what.escape_ascii())
            }
        }?;
        self.cause().map_or(Ok(()), |cause| cause.fmt(f))
    }
}
