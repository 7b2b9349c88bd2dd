//! The module's connections and lookups.

use io::net::{Connection, LookupError, Received};
use module::{ConnId, DnsFailure, Input, NetFailure, QueryId};
use std::{
    future::Future,
    io::{Error, ErrorKind},
    net::{IpAddr, SocketAddr},
    pin::Pin,
    task::{Context, Poll},
};

/// UDP and TCP port of name servers (RFC 1035 4.2).
const DNS_PORT: u16 = 53;

type Lookup = Pin<Box<dyn Future<Output = Result<Vec<IpAddr>, LookupError>> + Send>>;

#[derive(Default)]
pub(crate) struct Network {
    conns: Vec<Conn>,
    lookups: Vec<(QueryId, Lookup)>,
}

pub(crate) struct Conn {
    pub(crate) id: ConnId,
    link: Connection,
    is_up: bool,
    /// FIN is to follow the bytes that are still to be written.
    fin_wanted: bool,
}

/// What happened on a connection.
pub(crate) enum NetEvent {
    /// So many bytes at the start of the caller's buffer.
    Data(usize),
    /// Something for the module to know.
    Input(Input),
}

impl Network {
    pub(crate) fn connect(&mut self, id: ConnId, addr: SocketAddr) {
        self.conns.push(Conn { id, link: Connection::dial(addr), is_up: false, fin_wanted: false });
    }

    /// FIN as soon as everything is written.
    pub(crate) fn shutdown(&mut self, id: ConnId) {
        if let Some(conn) = self.conns.iter_mut().find(|conn| conn.id == id) {
            conn.fin_wanted = true;
        }
    }

    pub(crate) fn close(&mut self, id: ConnId, last: &[u8]) {
        if let Some(at) = self.conns.iter().position(|conn| conn.id == id) {
            self.conns.swap_remove(at).link.close(last);
        }
    }

    pub(crate) fn close_all(&mut self) {
        self.conns.drain(..).for_each(|conn| conn.link.close(&[]));
    }

    pub(crate) fn resolve(&mut self, id: QueryId, name: String, servers: &[IpAddr]) {
        let servers: Vec<SocketAddr> = servers.iter().map(|ip| SocketAddr::new(*ip, DNS_PORT)).collect();
        self.lookups.push((id, Box::pin(async move { io::net::resolve(&name, &servers).await })));
    }

    /// The connections, for reading and writing. The order is of no meaning.
    pub(crate) fn conns(&mut self) -> &mut [Conn] {
        &mut self.conns
    }

    /// A connection that broke or never came up is of no more use to anybody.
    pub(crate) fn forget(&mut self, id: ConnId) {
        self.conns.retain(|conn| conn.id != id);
    }

    pub(crate) fn poll_lookups(&mut self, cx: &mut Context<'_>) -> Poll<Input> {
        for at in 0..self.lookups.len() {
            if let Some((id, lookup)) = self.lookups.get_mut(at)
                && let Poll::Ready(answer) = lookup.as_mut().poll(cx)
            {
                let id = *id;
                drop(self.lookups.swap_remove(at));
                let answer = answer.map_err(|e| match e {
                    LookupError::NotFound => DnsFailure::NotFound,
                    LookupError::NoAnswer(why) => DnsFailure::Unreachable(why),
                });
                return Poll::Ready(Input::Resolved(id, answer));
            }
        }
        Poll::Pending
    }
}

impl Conn {
    pub(crate) fn poll_event(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<NetEvent> {
        let id = self.id;
        if !self.is_up {
            return self.link.poll_connected(cx).map(|result| {
                self.is_up = result.is_ok();
                NetEvent::Input(match result {
                    Ok(local) => Input::Connected(id, local),
                    Err(e) => Input::ConnectFailed(id, classify(&e)),
                })
            });
        }
        self.link.poll_read(cx, buf).map(|received| match received {
            Received::Data(n) => NetEvent::Data(n),
            Received::End => NetEvent::Input(Input::NetEof(id)),
            Received::Broken(e) => NetEvent::Input(Input::NetReset(id, classify(&e))),
        })
    }

    /// Writes from the front of `bytes`, and FIN after the last of them if it is wanted.
    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<usize> {
        if bytes.is_empty() {
            if self.fin_wanted {
                self.link.shutdown();
            }
            return Poll::Pending;
        }
        self.link.poll_write(cx, bytes)
    }
}

fn classify(error: &Error) -> NetFailure {
    match error.kind() {
        ErrorKind::ConnectionRefused => NetFailure::Refused,
        ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::AddrNotAvailable => NetFailure::Unreachable,
        ErrorKind::TimedOut => NetFailure::TimedOut,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            NetFailure::Reset
        }
        _ => NetFailure::Other(error.to_string()),
    }
}
