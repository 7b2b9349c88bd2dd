//! What a host types, and when.

use super::{Explanation, Kind, row};
use alloc::{format, string::String};

/// A command that cannot be done because of what it is or when it comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandCause {
    /// The line does not follow V.250.
    NotACommand,
    /// No document has this command.
    NoSuchCommand {
        /// As typed, without `AT`.
        name: String,
    },
    /// A misprint of the note, with `--strict`.
    Misprint {
        /// Where it is printed so.
        section: &'static str,
        /// What is meant, without `AT`.
        command: &'static str,
    },
    /// The command is not asked, set, tested or run.
    NoSuchForm {
        /// Without `AT`.
        command: &'static str,
        /// `?`, `=`, `=?` or nothing.
        form: &'static str,
    },
    /// A parameter is missing, malformed or out of range.
    Parameter {
        /// Without `AT`.
        command: &'static str,
        /// Which, and what it must be.
        what: String,
    },
    /// A command line beyond 4096 bytes.
    LineTooLong,
    /// The payload has not come within `AT+QICFG="qisend/timeout"`.
    PayloadLate {
        /// What that is set to, in seconds.
        seconds: u32,
    },
    /// `AT+QICFG="dataformat",1` wants pairs of hexadecimal digits.
    PayloadNotHex,
    /// The id is not free.
    IdInUse {
        /// clientID or connectID.
        client: u8,
        /// The state of its socket.
        state: &'static str,
        /// The command that frees it, without `AT`.
        close: &'static str,
    },
    /// The socket has no connection.
    NotConnected {
        /// clientID or connectID.
        client: u8,
        /// Its state.
        state: &'static str,
    },
    /// The socket was opened by a command of the other family.
    OtherFamily {
        /// clientID or connectID.
        client: u8,
        /// The command that opened it, without `AT`.
        opener: &'static str,
    },
    /// The send buffer has not room for all of it (D17).
    SendBufferFull {
        /// Bytes to send.
        wanted: usize,
        /// Bytes that fit.
        free: usize,
    },
    /// Another errand of the same kind is on its way.
    ErrandBusy {
        /// Without `AT`.
        command: &'static str,
    },
    /// Words say it all.
    Refused(String),
}

impl CommandCause {
    pub(super) fn explain(&self) -> Explanation {
        match self {
            Self::NotACommand => row(
                Kind::NotACommand,
                "this is no command line",
                "begin with AT, separate commands by semicolons, close quotes, end with CR",
            ),
            Self::NoSuchCommand { name } => row(
                Kind::NoSuchCommand,
                format!("there is no such command: AT{name}"),
                "AT+CLAC lists the commands there are",
            ),
            Self::Misprint { section, command } => row(
                Kind::Misprint,
                format!("a misprint of section {section}; the command is {command}"),
                format!("send AT{command}, or start without --strict"),
            ),
            Self::NoSuchForm { command, form } => row(
                Kind::NoSuchForm,
                format!("the command has no form AT{command}{form}"),
                format!("AT{command} is in docs/at-reference.md with the forms it has"),
            ),
            Self::Parameter { command, what } => row(
                Kind::WrongParameter,
                what.as_str(),
                match command.starts_with('+') {
                    true => format!("AT{command}=? lists the parameters and their ranges"),
                    false => format!("AT{command} is in docs/at-reference.md with its values"),
                },
            ),
            Self::LineTooLong => row(
                Kind::LineTooLong,
                "the command line is longer than 4096 bytes",
                "send payload after the > of AT+QSSLSEND or AT+QISEND, files by AT+QFUPL",
            ),
            Self::PayloadLate { seconds } => row(
                Kind::PayloadLate,
                format!("the payload did not come in {seconds} s (qisend/timeout)"),
                "send all of it and CTRL+Z, or wait longer: AT+QICFG=\"qisend/timeout\",<seconds>",
            ),
            Self::PayloadNotHex => row(
                Kind::PayloadNotHex,
                "with \"dataformat\",1 the payload must be pairs of hexadecimal digits",
                "send digits, or switch that off: AT+QICFG=\"dataformat\",0,0",
            ),
            Self::IdInUse { client, state, close } => row(
                Kind::IdInUse,
                format!("the id {client} is in use: its socket is {state}"),
                format!(
                    "close it first, also after URC \"closed\": AT{close}={client}; or take another of 0 to 11"
                ),
            ),
            Self::NotConnected { client, state } => row(
                Kind::NotConnected,
                format!("the socket {client} is not connected: it is {state}"),
                "open it and wait for its result with code 0 first; after URC \"closed\" close it and open it again",
            ),
            Self::OtherFamily { client, opener } => row(
                Kind::OtherFamily,
                format!("the socket {client} was opened by AT{opener}"),
                match *opener {
                    "+QSSLOPEN" => "use AT+QSSLSEND, AT+QSSLRECV and AT+QSSLCLOSE with it",
                    _ => "use AT+QISEND, AT+QIRD and AT+QICLOSE with it",
                },
            ),
            Self::SendBufferFull { wanted, free } => row(
                Kind::SendBufferFull,
                format!("the send buffer has room for {free} of {wanted} bytes: the peer reads too slowly"),
                "wait and send again; AT+QISEND=<id>,0 tells of TCP/IP sockets how much is unacknowledged",
            ),
            Self::ErrandBusy { command } => row(
                Kind::ErrandBusy,
                format!("another AT{command} is on its way"),
                format!("wait for the URC of the one before, then send AT{command} again"),
            ),
            Self::Refused(why) => row(
                Kind::Refused,
                why.as_str(),
                "the section of the command tells when it can be given: docs/at-reference.md",
            ),
        }
    }
}
