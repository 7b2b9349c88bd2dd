//! The border of the module: what comes in, what goes out. No behaviour here.

use crate::events::Event;
use alloc::{string::String, vec::Vec};
use core::net::{IpAddr, SocketAddr};

/// Everything a module needs to boot.
pub struct Setup {
    /// Its AT ports, in the order of their `PortId`s. At least one.
    pub ports: Vec<AtPort>,
    /// Model (`EC200N-CN` ...): a name of [`MODELS`].
    pub model: &'static str,
    /// How misprints and foreign habits are treated.
    pub tolerance: Tolerance,
    /// What the clock shows at boot, in seconds since 1970 UTC.
    pub clock_unix: i64,
    /// Entropy for everything random in this module.
    pub seed: [u8; 32],
    /// Files in UFS at boot: name without prefix, content.
    pub files: Vec<(String, Vec<u8>)>,
}

/// The models (Table 1 of the note).
pub const MODELS: [&str; 4] = ["EC200M-CN", "EC200N-CN", "EC800M-CN", "EC800N-CN"];

/// `--strict`, neither, `--lenient` (D1, D34).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tolerance {
    /// The note's misprints are refused.
    Strict,
    /// The note's misprints are accepted and reported.
    Default,
    /// Also what sibling modules or sloppy drivers use.
    Lenient,
}

/// Names of COM ports (§2.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum AtPort {
    UsbModem,
    UsbAt,
    Uart1,
    Cmux1,
    Cmux2,
    Cmux3,
    Cmux4,
}

impl AtPort {
    /// The name in QSSLSTATE and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            AtPort::UsbModem => "usbmodem",
            AtPort::UsbAt => "usbat",
            AtPort::Uart1 => "uart1",
            AtPort::Cmux1 => "cmux1",
            AtPort::Cmux2 => "cmux2",
            AtPort::Cmux3 => "cmux3",
            AtPort::Cmux4 => "cmux4",
        }
    }
}

/// Index of a port in `Setup::ports`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortId(pub u8);

/// A network connection; never reused in the life of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnId(pub u64);

/// A name query; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueryId(pub u64);

/// Where bytes come from or go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// An AT port.
    Port(PortId),
    /// A network connection.
    Net(ConnId),
}

/// Modem lines as the DTE drives them (V.24 circuits 108/2 and 105).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DteLines {
    /// Data terminal ready.
    pub dtr: bool,
    /// Request to send.
    pub rts: bool,
}

/// Modem lines as the module drives them (V.24 circuits 109, 125, 107, 106).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DceLines {
    /// Data carrier detect.
    pub dcd: bool,
    /// Ring indicator.
    pub ri: bool,
    /// Data set ready.
    pub dsr: bool,
    /// Clear to send.
    pub cts: bool,
}

/// Everything that happens to a module and is not bytes.
#[derive(Clone, Debug)]
pub enum Input {
    /// Time has come (`deadline`).
    Tick,
    /// A host opened the port.
    PortAttached(PortId),
    /// The host closed the port.
    PortDetached(PortId),
    /// The host moved its modem lines.
    PortLines(PortId, DteLines),
    /// Answer to `Action::Resolve`. The addresses are in the order to try them; never empty.
    Resolved(QueryId, Result<Vec<IpAddr>, DnsFailure>),
    /// Answer to `Action::Connect`, with the local address.
    Connected(ConnId, SocketAddr),
    /// Answer to `Action::Connect`.
    ConnectFailed(ConnId, NetFailure),
    /// The peer sent FIN; everything before it has been given to `rx`.
    NetEof(ConnId),
    /// The connection broke (reset, or an error while reading or writing).
    NetReset(ConnId, NetFailure),
    /// Somebody beside the module acts on it.
    Operator(Operator),
}

/// Acts of the operator: command line, signals, scenario, control interface.
#[derive(Clone, Debug)]
pub enum Operator {
    /// The process ends: every connection is closed with close_notify. Afterwards write out every
    /// `tx` and do every action once more, then stop.
    ShutDown,
}

/// Why a name did not resolve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DnsFailure {
    /// The servers answered that there is no such name or no address (565).
    NotFound,
    /// No server answered (564).
    Unreachable(String),
}

/// Why a connection failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetFailure {
    /// RST in answer to SYN.
    Refused,
    /// No route, host or network.
    Unreachable,
    /// The operating system gave up waiting.
    TimedOut,
    /// The peer reset an established connection.
    Reset,
    /// Anything else, in the words of the operating system.
    Other(String),
}

/// What the world around the module has to do.
#[derive(Clone, Debug)]
pub enum Action {
    /// Look a host name up, at these servers or, when there are none, at the system's.
    Resolve(QueryId, String, Vec<IpAddr>),
    /// Connect by TCP.
    Connect(ConnId, SocketAddr),
    /// Send FIN after everything in `tx` of this connection; go on reading.
    Shutdown(ConnId),
    /// Write these last bytes as far as the operating system takes them, then close. The connection
    /// is unknown to the module from here on.
    Close(ConnId, Vec<u8>),
    /// The module moved its modem lines.
    PortLines(PortId, DceLines),
    /// This file (name without prefix) has changed: make `Module::file` durable.
    StoreFile(String),
    /// This file is gone.
    RemoveFile(String),
    /// Something a trace reader wants to know.
    Event(Event),
}
