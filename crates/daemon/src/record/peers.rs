//! The other ends of a run as the peers of a scenario: which is which, and what they do as lines.

use super::{
    conns::{Conn, Kind},
    queue::Act,
};
use module::ConnId;
use scenario::transcript::escape::escape;
use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
};

/// Peers of a recording; whoever sends from ever other ports ends it.
const MOST: usize = 10_000;

/// All peers of a run and the connections to them.
#[derive(Default)]
pub(super) struct Peers {
    servers: Vec<Server>,
    numbers: HashMap<SocketAddr, usize>,
    pub(super) conns: HashMap<ConnId, Conn>,
    /// What addresses are called.
    names: HashMap<IpAddr, String>,
}

/// A peer.
struct Server {
    address: SocketAddr,
    /// The line that has made it what it is.
    line: String,
    /// How many connections to it are on the tape, and those of them that nobody has accepted.
    met: usize,
    waiting: Vec<ConnId>,
    /// The time stamp of the last question, if it is a time server.
    stamp: Option<[u8; 8]>,
}

impl Server {
    /// The line that makes the peer what it is to be, unless it is that already.
    fn becomes(&mut self, line: String) -> Option<String> {
        if self.line == line {
            return None;
        }
        self.line.clone_from(&line);
        Some(line)
    }
}

impl Peers {
    /// The number of the peer at an address, from 1 on, and whether it is a new one.
    pub(super) fn number(&mut self, address: SocketAddr) -> (usize, bool) {
        if let Some(number) = self.numbers.get(&address) {
            return (*number, false);
        }
        let server = Server { address, line: String::new(), met: 0, waiting: Vec::new(), stamp: None };
        self.servers.push(server);
        self.numbers.insert(address, self.servers.len());
        (self.servers.len(), true)
    }

    pub(super) fn are_too_many(&self) -> bool {
        self.servers.len() > MOST || self.names.len() > MOST
    }

    /// A name has been found to have this address.
    pub(super) fn name(&mut self, address: IpAddr, name: &str) {
        self.names.insert(address, name.to_owned());
    }

    pub(super) fn add(&mut self, id: ConnId, peer: usize, kind: Kind) -> &mut Conn {
        self.conns.entry(id).or_insert_with(|| Conn::new(peer, kind))
    }

    /// It is known now what a connection is.
    pub(super) fn is(&mut self, id: ConnId, kind: Kind) {
        if let Some(conn) = self.conns.get_mut(&id).filter(|conn| matches!(conn.kind, Kind::Unknown)) {
            conn.kind = kind;
        }
    }

    /// Is it known what a connection is, if it is known at all?
    pub(super) fn is_known(&self, id: ConnId) -> bool {
        self.conns.get(&id).is_none_or(|conn| match conn.kind {
            Kind::Unknown => false,
            Kind::Datagrams(_) => conn.local_port != 0,
            _ => true,
        })
    }

    /// A connection of which nothing more can be found out.
    pub(super) fn give_up(&mut self, id: ConnId) {
        let has_come_up = self.conns.get(&id).is_some_and(|conn| conn.local_port != 0);
        self.is(id, if has_come_up { Kind::Plain } else { Kind::Silent });
    }

    /// Another port for datagrams has the number of this one.
    pub(super) fn has_port_of_another(&self, id: ConnId) -> bool {
        let port = self.conns.get(&id).map_or(0, |conn| conn.local_port);
        let has_it = |conn: &Conn| matches!(conn.kind, Kind::Datagrams(_)) && conn.local_port == port;
        port != 0 && self.conns.iter().any(|(other, conn)| *other != id && has_it(conn))
    }

    fn server(&mut self, id: ConnId) -> Option<(&mut Conn, &mut Server)> {
        let conn = self.conns.get_mut(&id)?;
        let server = self.servers.get_mut(conn.peer.checked_sub(1)?)?;
        Some((conn, server))
    }

    /// The line that makes the peer of a connection, unless it is what it is already.
    pub(super) fn line(&mut self, id: ConnId) -> Option<String> {
        let address = self.server(id)?.1.address;
        let name = self.names.get(&address.ip()).cloned();
        let (conn, server) = self.server(id)?;
        if conn.is_accepted_by_peer() {
            server.met += 1;
            conn.number = server.met;
            server.waiting.push(id);
        }
        let line = conn.service(address, name.as_ref())?;
        server.becomes(line)
    }

    /// A datagram goes to a peer. If it is the first question to a time server, the line that makes it one.
    pub(super) fn asks(&mut self, id: ConnId, to: Option<SocketAddr>, datagram: &[u8]) -> Option<String> {
        const CLIENT: u8 = 3;
        let stamp = datagram.get(40..).and_then(|stamp| stamp.try_into().ok());
        let stamp = stamp.filter(|_| datagram.first().is_some_and(|flags| flags & 7 == CLIENT))?;
        let conn = self.conns.get(&id)?;
        let Kind::Datagrams(only) = conn.kind else { return None };
        let (address, local) = (to.or(only)?, conn.local_port);
        let server = self.servers.get_mut(self.numbers.get(&address)?.checked_sub(1)?)?;
        server.stamp = Some(stamp);
        let line = format!("peer ntp {address} waits localport={local}");
        server.becomes(line)
    }

    /// A datagram of a time server that answers a question: the time stamp of the question is left to the play, which has
    /// another one.
    pub(super) fn is_answer(&self, peer: usize, datagram: &[u8]) -> bool {
        let stamp = peer.checked_sub(1).and_then(|at| self.servers.get(at)).and_then(|server| server.stamp);
        stamp.is_some_and(|stamp| datagram.get(24..32) == Some(&stamp))
    }

    /// What the other end of a connection does, as a line.
    pub(super) fn act(&mut self, id: ConnId, act: &Act, show: impl Fn(&[u8]) -> String) -> Option<String> {
        let (conn, server) = self.server(id)?;
        let (is_plain, is_broken) = (matches!(conn.kind, Kind::Plain), matches!(conn.kind, Kind::Broken));
        let all = format!("peer {}", conn.peer);
        let this = format!("{all}.{}", conn.number);
        let newest = if conn.number == server.met { &all } else { &this };
        let only = if server.waiting.iter().all(|other| *other == id) { newest } else { &this };
        match act {
            Act::Comes if !is_plain && !is_broken => return None,
            // TCP is up already.
            Act::Accepts if conn.is_stopped => return Some(format!("{this} reads")),
            Act::Raw(_) if !is_plain => return None,
            Act::Piece { clear, closes: false, .. } if clear.is_empty() => return None,
            Act::Comes | Act::Accepts | Act::Refuses | Act::IsUnreachable => {
                server.waiting.retain(|other| *other != id);
            }
            _ => {}
        }
        Some(match act {
            Act::Comes | Act::Accepts => format!("{only} accepts"),
            Act::Refuses => format!("{only} refuses"),
            Act::IsUnreachable => format!("{only} is unreachable"),
            Act::Fails(bytes) => format!("{newest} sends \"{}\"", escape(bytes)),
            Act::Raw(bytes) | Act::Sends(bytes) | Act::Piece { clear: bytes, closes: false, .. } => {
                format!("{newest} sends \"{}\"", show(bytes))
            }
            Act::SendsEarly(bytes, false) => format!("{this} sends \"{}\"", show(bytes)),
            Act::SendsEarly(bytes, true) => format!("{this} closes with \"{}\"", show(bytes)),
            Act::Piece { clear, .. } if clear.is_empty() => format!("{newest} closes"),
            Act::Piece { clear, .. } => format!("{newest} closes with \"{}\"", show(clear)),
            Act::Cuts => format!("{newest} cuts"),
            Act::Resets => format!("{newest} resets"),
        })
    }

    /// TCP comes up, and TLS later, while other things happen: the server takes nothing until then.
    pub(super) fn stop(&mut self, id: ConnId) -> Option<[String; 2]> {
        let (conn, server) = self.server(id)?;
        if !matches!(conn.kind, Kind::Tls(_)) {
            return None;
        }
        conn.is_stopped = true;
        server.waiting.retain(|other| *other != id);
        let this = format!("peer {}.{}", conn.peer, conn.number);
        Some([format!("{this} stops"), format!("{this} accepts")])
    }

    /// Nothing more will be said of a connection.
    pub(super) fn forget(&mut self, id: ConnId) {
        if let Some((_, server)) = self.server(id) {
            server.waiting.retain(|other| *other != id);
        }
        self.conns.remove(&id);
    }
}
