//! SIM, registration, PDP contexts, names, TCP and UDP.

use super::{Cause, Explanation, Kind, row};
use crate::contract::{DnsFailure, NetFailure};
use alloc::{format, string::String, vec::Vec};
use core::net::{IpAddr, SocketAddr};

/// A network that does not do what it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkCause {
    /// The network gives no PDP context.
    NoBearer(Bearer),
    /// The PDP context is not active.
    PdpInactive {
        /// contextID.
        pdp: u8,
    },
    /// The PDP context is active already.
    PdpActive {
        /// contextID.
        pdp: u8,
    },
    /// Three are active, and no more can be (D25).
    PdpTooMany,
    /// The network has deactivated the PDP context.
    PdpLost {
        /// contextID.
        pdp: u8,
    },
    /// The host has deactivated the PDP context meanwhile.
    PdpDeactivated {
        /// contextID.
        pdp: u8,
    },
    /// The PDP context has no addresses of this kind.
    AddressFamily {
        /// contextID.
        pdp: u8,
        /// The address to connect to.
        address: IpAddr,
    },
    /// The name servers say that there is no such name.
    NameNotFound {
        /// The name.
        name: String,
        /// What `AT+QIDNSCFG` says; none: those of the network.
        servers: Vec<IpAddr>,
    },
    /// No name server has answered.
    NameServersSilent {
        /// The name.
        name: String,
        /// What `AT+QIDNSCFG` says; none: those of the network.
        servers: Vec<IpAddr>,
        /// What the operating system says of it; empty when the time allowed has passed.
        why: String,
    },
    /// TCP, UDP or an echo request.
    Socket {
        /// What failed.
        failure: NetFailure,
        /// The address to connect to, or the own one.
        to: SocketAddr,
        /// What goes there: `TCP`, `UDP`, or `ICMP`, which has no port.
        over: &'static str,
    },
    /// The operating system lets this program send no echo requests.
    PingDenied {
        /// To whom.
        to: IpAddr,
        /// What the operating system says of it.
        why: String,
    },
    /// TCP has not connected in the time allowed.
    ConnectTimeout {
        /// The address to connect to, if it is known.
        to: Option<SocketAddr>,
    },
    /// The own port has served a connection that is gone (TIME-WAIT).
    PortLingers {
        /// The port.
        port: u16,
        /// For how long nobody may have it.
        seconds: u64,
    },
    /// A connection broke.
    Broken {
        /// How.
        failure: NetFailure,
        /// The other end.
        to: SocketAddr,
    },
    /// Somebody wanted to connect, and `AT+QICFG="tcp/accept",0` turns him away.
    CallerRefused {
        /// Who.
        from: SocketAddr,
    },
    /// A server that was asked by UDP or ICMP has not answered.
    NoReply {
        /// Whom `AT+QPING` or `AT+QNTP` has asked.
        host: String,
        /// What was asked of it.
        what: Wait,
    },
}

/// What no reply came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// An ICMP echo request.
    Ping,
    /// A question for the time (RFC 4330).
    Ntp,
}

/// Why the network gives no PDP context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// `AT+CFUN` is not 1.
    RadioOff,
    /// No SIM, a locked one, or a manual search.
    NotRegistered,
    /// No network yet.
    Searching,
    /// The network does not want this module.
    Denied,
    /// `AT+CGATT=0`
    NotAttached,
    /// The network gives none to anybody.
    Refused,
}

impl Bearer {
    const fn row(self) -> (Kind, &'static str, &'static str) {
        match self {
            Bearer::RadioOff => (Kind::RadioOff, "the radio is off", "AT+CFUN=1"),
            Bearer::NotRegistered => {
                (Kind::NotRegistered, "the module is not registered", "see AT+CPIN? and AT+COPS?")
            }
            Bearer::Searching => {
                (Kind::StillSearching, "the module is still looking for a network", "see AT+CREG?")
            }
            Bearer::Denied => {
                (Kind::RegistrationDenied, "the network has denied registration", "see AT+CREG?")
            }
            Bearer::NotAttached => (Kind::NotAttached, "the module is not attached", "AT+CGATT=1"),
            Bearer::Refused => (
                Kind::PdpRefused,
                "the network refuses PDP contexts",
                "try later, and check the APN: AT+QICSGP=1,1,\"<apn>\"",
            ),
        }
    }
}

impl NetworkCause {
    /// A name that did not resolve.
    pub(crate) fn name(failure: &DnsFailure, name: String, servers: Vec<IpAddr>) -> NetworkCause {
        match failure {
            DnsFailure::NotFound => Self::NameNotFound { name, servers },
            DnsFailure::Unreachable(why) => Self::NameServersSilent { name, servers, why: why.clone() },
        }
    }

    pub(super) fn explain(&self) -> Explanation {
        match self {
            Self::NoBearer(bearer) => {
                let (kind, what, remedy) = bearer.row();
                row(kind, what, remedy)
            }
            Self::PdpInactive { pdp } => row(
                Kind::PdpInactive,
                format!("the PDP context {pdp} is not active"),
                format!("activate it first: AT+QIACT={pdp}"),
            ),
            Self::PdpActive { pdp } => row(
                Kind::PdpActive,
                format!("the PDP context {pdp} is active already"),
                format!("use it as it is (AT+QIACT? shows it), or end it first: AT+QIDEACT={pdp}"),
            ),
            Self::PdpTooMany => row(
                Kind::PdpTooMany,
                "three contexts are active already",
                "end one that is not needed: AT+QIACT? lists them, AT+QIDEACT=<contextID>",
            ),
            Self::PdpLost { pdp } => row(
                Kind::PdpLost,
                format!("the network deactivated the PDP context {pdp}"),
                format!("AT+QIDEACT={pdp}, then AT+QIACT={pdp}, then open again"),
            ),
            Self::PdpDeactivated { pdp } => row(
                Kind::PdpDeactivated,
                format!("the host deactivated the PDP context {pdp} meanwhile"),
                format!("wait for the result of an open before AT+QIDEACT={pdp}"),
            ),
            Self::AddressFamily { pdp, address } => {
                let (family, kind) = if address.is_ipv4() { ("IPv4", 1) } else { ("IPv6", 2) };
                row(
                    Kind::AddressFamily,
                    format!("the PDP context {pdp} has no {family}, and {address} wants it"),
                    format!("AT+QICSGP={pdp},{kind},\"<apn>\" (or 3 for both) before AT+QIACT={pdp}"),
                )
            }
            Self::NameNotFound { name, servers } => row(
                Kind::NameNotFound,
                format!("there is no address for the name {name}{}", at_servers(servers)),
                "check the name; one of a private network wants its own name servers: AT+QIDNSCFG=1,\"<server>\"",
            ),
            Self::NameServersSilent { name, servers, why } => row(
                Kind::NameServersSilent,
                match why.as_str() {
                    "" => format!(
                        "no name server answered for {name} in the time allowed{}",
                        at_servers(servers)
                    ),
                    why => format!("no name server answered for {name}{}: {why}", at_servers(servers)),
                },
                match servers.is_empty() {
                    true => {
                        "check the network of this machine and its name servers, or name others: AT+QIDNSCFG=1,\"<server>\""
                    }
                    false => "check that they can be reached, or name others: AT+QIDNSCFG=1,\"<server>\"",
                },
            ),
            Self::Socket { failure, to, over } => socket(failure, *to, over),
            Self::PingDenied { to, why } => row(
                Kind::PingDenied,
                format!("this machine lets the program send no ICMP to {to}: {why}"),
                "on Linux: sysctl -w net.ipv4.ping_group_range='0 2147483647', or give the program CAP_NET_RAW",
            ),
            Self::ConnectTimeout { to } => {
                let whom = to.map_or(String::new(), |to| format!(" to {to}"));
                row(
                    Kind::ConnectTimeout,
                    format!("no TCP connection{whom} in the time allowed: nothing answers"),
                    "a firewall drops it, or the address is wrong or its host down: try the same from this machine",
                )
            }
            Self::PortLingers { port, seconds } => row(
                Kind::LocalPortLingers,
                format!(
                    "the own port {port} served a connection that was closed from here, and lingers for {seconds} s more"
                ),
                "let port numbers be used again at once: AT+QICFG=\"tcp/twrecycle\",1; or take another <local_port>, or 0 for any",
            ),
            Self::Broken { failure, to } => row(
                if *failure == NetFailure::Reset { Kind::Reset } else { Kind::NetworkError },
                format!("the connection to {to} broke: {}", failure_text(failure)),
                match failure {
                    NetFailure::Reset => {
                        "the server, or something in between, gave it up: its log tells more; open again"
                    }
                    _ => "check the network of this machine, then open again",
                },
            ),
            Self::CallerRefused { from } => row(
                Kind::CallerRefused,
                format!("{from} is refused (tcp/accept)"),
                "let callers in: AT+QICFG=\"tcp/accept\",1",
            ),
            Self::NoReply { host, what: Wait::Ping } => row(
                Kind::NoReply,
                format!("{host} did not answer an echo request in time"),
                "many hosts and firewalls drop ICMP: it says little about TCP",
            ),
            Self::NoReply { host, what: Wait::Ntp } => row(
                Kind::NoReply,
                format!("{host} did not tell the time, or does not know it itself"),
                "ask a server of RFC 4330 on UDP port 123 that no firewall stands before: AT+QNTP=1,\"<server>\"",
            ),
        }
    }
}

/// Which servers were asked, if the host has chosen them.
fn at_servers(servers: &[IpAddr]) -> String {
    match servers {
        [] => String::new(),
        servers => {
            let list: Vec<String> = servers.iter().map(|server| format!("{server}")).collect();
            format!(" (asked: {}, of AT+QIDNSCFG)", list.join(" and "))
        }
    }
}

fn socket(failure: &NetFailure, to: SocketAddr, over: &str) -> Explanation {
    let whom = if over == "ICMP" { format!("{}", to.ip()) } else { format!("{to}") };
    let said = format!("{over} {whom}: {}", failure_text(failure));
    match failure {
        NetFailure::Refused => row(
            Kind::ConnectRefused,
            said,
            format!("no server listens there: check that it runs, and port {} in the command", to.port()),
        ),
        NetFailure::Unreachable => row(
            Kind::Unreachable,
            said,
            "check the address, the network of this machine and its routes and firewall",
        ),
        NetFailure::TimedOut => row(
            Kind::ConnectTimeout,
            said,
            "a firewall drops it, or the address is wrong or its host down: try the same from this machine",
        ),
        NetFailure::Reset => {
            row(Kind::Reset, said, "the server, or something in between, gave it up: its log tells more")
        }
        NetFailure::InUse => row(
            Kind::LocalPortInUse,
            said,
            "take another <local_port>, or 0 for any; another program or socket has this one",
        ),
        NetFailure::Denied(_) => row(
            Kind::Denied,
            said,
            "ports below 1024 need rights on this machine: take a higher one, or grant them",
        ),
        NetFailure::NoSocket(_) => row(
            Kind::NoSocket,
            said,
            "this machine has no socket to give: raise its limit of open files (ulimit -n), close others",
        ),
        NetFailure::Other(_) => row(Kind::NetworkError, said, "check the network of this machine"),
    }
}

/// A network failure in words.
fn failure_text(failure: &NetFailure) -> &str {
    match failure {
        NetFailure::Refused => "connection refused",
        NetFailure::Unreachable => "no route to the host",
        NetFailure::TimedOut => "timed out",
        NetFailure::Reset => "reset by the peer",
        NetFailure::InUse => "the local port is in use",
        NetFailure::Denied(text) | NetFailure::NoSocket(text) | NetFailure::Other(text) => text,
    }
}

impl From<Bearer> for Cause {
    fn from(bearer: Bearer) -> Cause {
        NetworkCause::NoBearer(bearer).into()
    }
}
