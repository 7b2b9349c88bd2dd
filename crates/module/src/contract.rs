//! The border of the module: what comes in, what goes out. No behaviour here.

use crate::{cause::Injected, errors::ErrorCode, events::Event};
use alloc::{string::String, vec, vec::Vec};
use core::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

/// Everything a module needs to boot. The default is an EC200N-CN with one port and a SIM that asks for nothing,
/// in 1970.
#[derive(Clone, Debug)]
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
    /// What is in the SIM holder.
    pub sim: Option<SimCard>,
    /// How long the hardware takes.
    pub timing: Timing,
    /// Which unit of its model it is: IMEI, serial number, IMSI and ICCID count up with it.
    pub unit: u32,
    /// What the module has saved in a former life: `Module::settings`, or nothing.
    pub settings: String,
    /// Somebody reads what commands mean and what TLS says: `Event::Command` and `Event::Tls` are told, too.
    pub narrates: bool,
    /// Somebody wants to know what is said on the channels of a multiplexer: `Event::Channel` is told, too.
    pub tells_channels: bool,
    /// Somebody wants to know what servers say behind TLS: `Event::Received` is told, too.
    pub tells_data: bool,
    /// Certificates, PEM, that are trusted beside those of the host's CA files: for servers that play others.
    pub trusted: Vec<u8>,
}

impl Default for Setup {
    fn default() -> Setup {
        Setup {
            ports: vec![AtPort::Uart1],
            model: MODELS[1],
            tolerance: Tolerance::Default,
            clock_unix: 0,
            seed: [1; 32],
            files: Vec::new(),
            sim: Some(SimCard::default()),
            timing: Timing::Instant,
            unit: 0,
            settings: String::new(),
            narrates: false,
            tells_channels: false,
            tells_data: false,
            trusted: Vec::new(),
        }
    }
}

/// A SIM card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SimCard {
    /// The PIN that it asks for, 4 to 8 digits. `None`: it asks for none; the PIN is 1234 then.
    pub pin: Option<String>,
}

/// How long the hardware takes (D29).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// No time. The module has been running since long before its hosts come.
    Instant,
    /// What the profile says. The module is switched on when the first host opens a port, and boots.
    Real,
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
    /// The channels of a multiplexed wire, in their order.
    pub const CHANNELS: [AtPort; 4] = [AtPort::Cmux1, AtPort::Cmux2, AtPort::Cmux3, AtPort::Cmux4];

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

    /// Is it a channel of `AT+CMUX`?
    pub fn is_channel(self) -> bool {
        AtPort::CHANNELS.contains(&self)
    }
}

/// Index of a port in `Setup::ports`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortId(pub u8);

/// A network connection, listener or datagram socket; never reused in the life of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnId(pub u64);

/// A name query or a series of echo requests; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueryId(pub u64);

/// Where bytes come from or go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
    /// Answer to `Action::Resolve`.
    Resolved(QueryId, Result<Names, DnsFailure>),
    /// Answer to `Action::Connect`, `Action::Bind` and `Action::Listen`, with the local address.
    Connected(ConnId, SocketAddr),
    /// Answer to `Action::Connect`, `Action::Bind` and `Action::Listen`.
    ConnectFailed(ConnId, NetFailure),
    /// Somebody, at this address, connects to a listener. `Action::Accept` or `Action::Refuse` answers, in the
    /// same round; the listener takes nobody else before.
    Incoming(ConnId, SocketAddr),
    /// Answer to `Action::Ping`: what came back, if it did. Not answered at all when nothing comes.
    Pong(QueryId, u16, Result<Pong, NetFailure>),
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
    /// The network deactivates this PDP context, 1 to 15.
    LosePdp(u8),
    /// The process ends: every connection is closed with close_notify. Afterwards write out every
    /// `tx` and do every action once more, then stop.
    ShutDown,
    /// PWRKEY: switches the module off, or on again.
    PowerKey,
    /// RESET_N: the module starts anew at once, also one that is off.
    Reset,
    /// Another SIM card in the holder, or none.
    Sim(Option<SimCard>),
    /// Signal strength as `AT+CSQ` prints it: 0 to 31.
    Signal(u8),
    /// What the network has for this module.
    Coverage(Coverage),
    /// The network refuses PDP contexts, or does not.
    RefusePdp(bool),
    /// The power is gone: no goodbye to anybody, no word to a host.
    PowerCut,
    /// The power is back.
    PowerOn,
    /// The module's clock is wrong by so many seconds more.
    ClockJump(i64),
    /// A fault point is set, for the fault of this number.
    Fault(u32, Injected, FaultPoint),
    /// The fault of this number is over.
    FaultOver(u32),
    /// The network tells the time: seconds since 1970 UTC, and the zone in quarter hours east of UTC (-48 to 56).
    NetworkTime(i64, i8),
    /// The module's clock shows this: seconds since 1970 UTC. Its zone stays.
    Clock(i64),
}

/// What the module itself can be made to do wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultPoint {
    /// There is no memory: files cannot grow, and opens fail with 553.
    MemoryFull,
    /// `SEND FAIL`, whatever room there is.
    SendBufferFull,
    /// Commands on files take so many milliseconds longer.
    SlowFlash(u32),
    /// A command for sockets fails with this code, after so many that do not. `Event::Struck` tells of it; then it is
    /// cleared.
    Code {
        /// The command as in `+QSSLOPEN`; any, if there is none.
        on: Option<&'static str>,
        /// The code.
        code: ErrorCode,
        /// How many of these commands come before.
        skip: u64,
    },
    /// A TLS connection is to believe this.
    Tls(ConnId, Pretend),
    /// A TLS connection takes an alert that comes next and is not protected for one of its server's. Set at once, and
    /// never cleared: the connection ends with it.
    PlainAlert(ConnId),
}

/// What a TLS connection can be made to believe of its server. What the context does not check stays unchecked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pretend {
    /// The module's clock is past the end of the server's certificate.
    Expired,
    /// The module's clock is before the beginning of the server's certificate.
    NotYetValid,
    /// There is no trusted certificate.
    UnknownCa,
    /// Another server is meant.
    WrongHost,
    /// The server's certificate has a bit of its signature wrong.
    BadSignature,
    /// The server's Finished has a bit wrong.
    WrongFinished,
}

/// What the network has for a module that looks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// No cell anywhere.
    None,
    /// The home network.
    Home,
    /// Another network, which takes it.
    Roaming,
    /// A network that refuses it.
    Denied,
}

/// What a name resolves to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// In the order to try them; never empty.
    pub addresses: Vec<IpAddr>,
    /// For how many seconds that holds.
    pub ttl: u32,
}

/// Which addresses are of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Families {
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
    /// Both, IPv4 first.
    Both,
}

impl Families {
    /// Is an address of use?
    pub const fn includes(self, address: IpAddr) -> bool {
        match self {
            Families::V4 => address.is_ipv4(),
            Families::V6 => address.is_ipv6(),
            Families::Both => true,
        }
    }
}

/// An ICMP echo reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pong {
    /// Bytes of payload.
    pub bytes: u16,
    /// Time to live of the reply.
    pub ttl: u8,
}

/// How a TCP connection is made and kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dial {
    /// Own port; 0 for any.
    pub local_port: u16,
    /// Probes on an idle connection.
    pub keep_alive: Option<KeepAlive>,
    /// Unacknowledged data breaks the connection after so long; `None`: as the operating system has it.
    pub give_up: Option<Duration>,
    /// So many bytes may be on their way from the peer and wait here; `None`: as the operating system has it.
    pub window: Option<u32>,
}

/// Keep-alive of TCP (RFC 9293 3.8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepAlive {
    /// Idle time before the first probe.
    pub idle: Duration,
    /// Time between probes.
    pub interval: Duration,
    /// Probes without answer that break the connection.
    pub probes: u32,
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
    /// The own address or port is taken.
    InUse,
    /// The operating system does not permit it.
    Denied(String),
    /// The operating system has no socket to give.
    NoSocket(String),
    /// Anything else, in the words of the operating system.
    Other(String),
}

/// What the world around the module has to do.
#[derive(Clone, Debug)]
pub enum Action {
    /// Look a host name up, at these servers or, when there are none, at the system's.
    Resolve(QueryId, String, Vec<IpAddr>, Families),
    /// Connect by TCP.
    Connect(ConnId, SocketAddr, Dial),
    /// Take a local address for UDP, to talk with one peer or with everybody. Its datagrams go through
    /// `Module::rx_from` and, one at a time, through `Module::tx` and `Module::tx_to`.
    Bind(ConnId, SocketAddr, Option<SocketAddr>),
    /// Wait for TCP connections at a local address.
    Listen(ConnId, SocketAddr),
    /// What has come to the listener (first) is this connection (second) from now on.
    Accept(ConnId, ConnId, Dial),
    /// What has come to the listener is turned away.
    Refuse(ConnId),
    /// Send an ICMP echo request with this sequence number and 32 bytes.
    Ping(QueryId, IpAddr, u16),
    /// Send FIN after everything in `tx` of this connection; go on reading.
    Shutdown(ConnId),
    /// Write these last bytes as far as the operating system takes them, then close. The connection
    /// is unknown to the module from here on.
    Close(ConnId, Vec<u8>),
    /// Break the connection: RST, and nothing that has not left (RFC 9293 3.10.5). Unknown to the module from here on.
    Abort(ConnId),
    /// The connection ends here and its peer hears nothing of it: no power, or no network any more. Unknown to the
    /// module from here on.
    Vanish(ConnId),
    /// The module moved its modem lines.
    PortLines(PortId, DceLines),
    /// This file (name without prefix) has changed: make `Module::file` durable.
    StoreFile(String),
    /// This file is gone.
    RemoveFile(String),
    /// What the module keeps beside its files has changed: make `Module::settings` durable.
    StoreSettings,
    /// Something a trace reader wants to know.
    Event(Event),
}
