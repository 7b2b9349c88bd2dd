//! What a socket is for, and how it is spoken of on the AT port.

use super::state::ClientId;
use crate::ssl::CtxId;

/// What a host opens, or what comes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// `AT+QSSLOPEN`: TLS over TCP, with the settings of this SSL context.
    Ssl(CtxId),
    /// `AT+QIOPEN` `TCP`: a connection made from here.
    Tcp,
    /// `UDP`: datagrams to and from one peer.
    Udp,
    /// `TCP LISTENER`, and how many connections it may have.
    Listener(usize),
    /// `UDP SERVICE`: datagrams to and from anybody.
    UdpServer,
    /// `TCP INCOMING`: a connection that this listener accepted.
    Incoming(ClientId),
}

impl Service {
    /// As `AT+QISTATE` and `AT+QSSLSTATE` print it.
    pub const fn name(self) -> &'static str {
        match self {
            Service::Ssl(_) => "SSLClient",
            Service::Tcp => "TCP",
            Service::Udp => "UDP",
            Service::Listener(_) => "TCP LISTENER",
            Service::UdpServer => "UDP SERVICE",
            Service::Incoming(_) => "TCP INCOMING",
        }
    }

    /// Belongs to the SSL commands; the others belong to those of document \[1\].
    pub const fn is_ssl(self) -> bool {
        matches!(self, Service::Ssl(_))
    }

    /// Datagrams and not a stream.
    pub const fn is_datagram(self) -> bool {
        matches!(self, Service::Udp | Service::UdpServer)
    }

    /// Waits for others and has no peer of its own.
    pub const fn serves(self) -> bool {
        matches!(self, Service::Listener(_) | Service::UdpServer)
    }

    /// The command that opens it, which is also the name of its result code.
    pub const fn open_command(self) -> &'static str {
        if self.is_ssl() { "+QSSLOPEN" } else { "+QIOPEN" }
    }

    /// The name of its unsolicited result codes.
    pub const fn urc(self) -> &'static str {
        if self.is_ssl() { "+QSSLURC" } else { "+QIURC" }
    }
}
