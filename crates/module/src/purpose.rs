//! What connections and queries are for, told to whoever stands between the module and the world.

use crate::{
    Module,
    contract::{ConnId, QueryId},
    socket::{ClientId, Conn, Service, Socket, SocketState, Step},
};
use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::net::SocketAddr;

/// What a connection is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purpose {
    /// clientID or connectID; `None` for `AT+QNTP`.
    pub client: Option<u8>,
    /// Name or address, as the host gave it.
    pub host: String,
    /// The other end, where there is one and it is known.
    pub remote: Option<SocketAddr>,
    /// What it carries.
    pub carries: Carries,
}

/// What a connection carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carries {
    /// TLS over TCP.
    Tls,
    /// Bare TCP.
    Tcp,
    /// Datagrams.
    Datagrams,
    /// Nothing: others connect to it.
    Calls,
}

impl Module {
    /// What a connection is for; `None` for one that the module does not know.
    pub fn purpose(&self, conn: ConnId) -> Option<Purpose> {
        let socket = self.core.links.iter().find(|socket| socket_conn(socket) == Some(conn));
        match socket {
            Some(socket) => {
                let about = socket.about.as_ref()?;
                Some(Purpose {
                    client: Some(socket.id().number()),
                    host: about.host.clone(),
                    remote: about.remote.map(|ip| SocketAddr::new(ip, about.remote_port)),
                    carries: match about.service {
                        Service::Ssl(_) => Carries::Tls,
                        Service::Tcp | Service::Incoming(_) => Carries::Tcp,
                        Service::Udp | Service::UdpServer => Carries::Datagrams,
                        Service::Listener(_) => Carries::Calls,
                    },
                })
            }
            None => {
                let ntp = self.core.errands.ntp.as_ref().filter(|ntp| ntp.conn_id() == Some(conn))?;
                let (client, host) = (None, ntp.plan.host.clone());
                Some(Purpose { client, host, remote: ntp.server(), carries: Carries::Datagrams })
            }
        }
    }

    /// The sockets' connections that are there, in the order of their clients.
    pub fn conns(&self) -> Vec<ConnId> {
        self.core.links.iter().filter(|socket| socket.conn().is_some()).filter_map(socket_conn).collect()
    }

    /// What has come on a TLS connection and waits for its turn. It begins with a record.
    pub fn unread(&self, conn: ConnId) -> &[u8] {
        let mut conns = self.core.links.iter().filter_map(Socket::conn);
        conns.find(|c| c.id == conn).map_or(&[], Conn::unread)
    }

    /// The clientID or connectID that a name is looked up for, and the host that echo requests go to, as it was given.
    pub fn asker(&self, query: QueryId) -> (Option<u8>, String) {
        let ping = self.core.errands.ping.as_ref().filter(|ping| ping.query == query);
        let host = ping.map_or_else(String::new, |ping| ping.host().to_string());
        (self.core.resolving(query).map(ClientId::number), host)
    }
}

fn socket_conn(socket: &Socket) -> Option<ConnId> {
    match socket.state() {
        SocketState::Listening(conn) => Some(*conn),
        SocketState::Opening(opening) => match &opening.step {
            Step::Connecting(conn, _) => Some(*conn),
            Step::Handshaking(conn) => Some(conn.id),
            Step::Resolving(_) => None,
        },
        SocketState::Initial
        | SocketState::Connected(_)
        | SocketState::ClosingOurs(..)
        | SocketState::ClosingTheirs(_) => socket.conn().map(|conn| conn.id),
    }
}
