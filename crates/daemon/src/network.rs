//! The module's connections, ports, lookups and echo requests.

mod errands;

use errands::Errands;
use io::net::{Connection, Datagrams, DialOptions, KeepAlive, Listener, Received, is_out_of_sockets};
use module::{ConnId, Dial, Families, Input, NetFailure, QueryId};
use std::{
    collections::VecDeque,
    io::{Error, ErrorKind},
    net::{IpAddr, SocketAddr},
    task::{Context, Poll},
};

#[derive(Default)]
pub(crate) struct Network {
    conns: Vec<Conn>,
    /// What has become of ports that were asked for, which is known at once.
    answers: VecDeque<(ConnId, Input)>,
    errands: Errands,
    /// Connections whose peers are to hear nothing more: this machine's TCP would say that they are closed.
    vanished: VecDeque<Connection>,
}

/// Connections that are kept silent. One more, and the oldest is reset, as by a network that has forgotten it.
const MOST_VANISHED: usize = 64;

pub(crate) struct Conn {
    pub(crate) id: ConnId,
    link: Link,
    /// The module knows that it is there.
    is_up: bool,
    /// FIN is to follow the bytes that are still to be written.
    fin_wanted: bool,
}

/// What a connection is made of.
enum Link {
    Stream(Connection),
    Datagrams(Datagrams),
    Listener(Listener),
    /// Was gone before it came into being.
    Failed,
}

/// What happened on a connection.
pub(crate) enum NetEvent {
    /// So many bytes at the start of the caller's buffer.
    Data(usize),
    /// A datagram of so many bytes at the start of the caller's buffer, and its sender.
    Datagram(usize, SocketAddr),
    /// Something for the module to know.
    Input(Input),
}

impl Network {
    pub(crate) fn connect(&mut self, id: ConnId, addr: SocketAddr, dial: Dial) {
        if dial.local_port != 0 {
            // One that is silent may have this port.
            self.vanished.drain(..).for_each(Connection::abort);
        }
        self.add(id, Link::Stream(Connection::dial(addr, options(dial))), false);
    }

    pub(crate) fn bind(&mut self, id: ConnId, local: SocketAddr, peer: Option<SocketAddr>) {
        let bound = Datagrams::bind(local, peer).and_then(|d| Ok((d.local_addr()?, Link::Datagrams(d))));
        self.take_port(id, bound);
    }

    pub(crate) fn listen(&mut self, id: ConnId, local: SocketAddr) {
        let bound = Listener::bind(local).and_then(|l| Ok((l.local_addr()?, Link::Listener(l))));
        self.take_port(id, bound);
    }

    fn take_port(&mut self, id: ConnId, bound: Result<(SocketAddr, Link), Error>) {
        let answer = match bound {
            Ok((local, link)) => {
                self.add(id, link, true);
                Input::Connected(id, local)
            }
            Err(e) => Input::ConnectFailed(id, classify(&e)),
        };
        self.answers.push_back((id, answer));
    }

    /// The next answer that needs no waiting. It belongs to what the module was told last: nothing may come between.
    pub(crate) fn answer(&mut self) -> Option<Input> {
        self.answers.pop_front().map(|(_, answer)| answer)
    }

    /// What is at the door of a listener becomes a connection; one that is gone already ends at once.
    pub(crate) fn accept(&mut self, listener: ConnId, id: ConnId, dial: Dial) {
        if let Some(door) = self.listener(listener) {
            let link = door.accept(&options(dial)).map_or(Link::Failed, Link::Stream);
            self.add(id, link, true);
        }
    }

    pub(crate) fn refuse(&mut self, listener: ConnId) {
        if let Some(door) = self.listener(listener) {
            door.refuse();
        }
    }

    fn listener(&mut self, id: ConnId) -> Option<&mut Listener> {
        self.conns.iter_mut().find(|conn| conn.id == id).and_then(|conn| match &mut conn.link {
            Link::Listener(listener) => Some(listener),
            Link::Stream(_) | Link::Datagrams(_) | Link::Failed => None,
        })
    }

    fn add(&mut self, id: ConnId, link: Link, is_up: bool) {
        self.conns.push(Conn { id, link, is_up, fin_wanted: false });
    }

    /// FIN as soon as everything is written.
    pub(crate) fn shutdown(&mut self, id: ConnId) {
        if let Some(conn) = self.conns.iter_mut().find(|conn| conn.id == id) {
            conn.fin_wanted = true;
        }
    }

    pub(crate) fn close(&mut self, id: ConnId, last: &[u8]) {
        self.take(id).into_iter().for_each(|link| link.close(last));
    }

    pub(crate) fn abort(&mut self, id: ConnId) {
        self.take_stream(id).into_iter().for_each(Connection::abort);
    }

    /// The peer hears nothing more, not even an end.
    pub(crate) fn vanish(&mut self, id: ConnId) {
        let stream = self.take_stream(id);
        self.vanished.extend(stream);
        if self.vanished.len() > MOST_VANISHED {
            self.vanished.pop_front().into_iter().for_each(Connection::abort);
        }
    }

    /// A connection that is to end; what is none ends.
    fn take_stream(&mut self, id: ConnId) -> Option<Connection> {
        match self.take(id)? {
            Link::Stream(connection) => Some(connection),
            Link::Datagrams(_) | Link::Listener(_) | Link::Failed => None,
        }
    }

    /// Takes a connection out; nothing more is said of it.
    fn take(&mut self, id: ConnId) -> Option<Link> {
        self.answers.retain(|(of, _)| *of != id);
        let at = self.conns.iter().position(|conn| conn.id == id)?;
        Some(self.conns.swap_remove(at).link)
    }

    pub(crate) fn close_all(&mut self) {
        self.conns.drain(..).for_each(|conn| conn.link.close(&[]));
    }

    pub(crate) fn resolve(&mut self, id: QueryId, name: String, servers: &[IpAddr], families: Families) {
        self.errands.resolve(id, name, servers, families);
    }

    pub(crate) fn ping(&mut self, id: QueryId, address: IpAddr, sequence: u16) {
        self.errands.ping(id, address, sequence);
    }

    /// The connections, for reading and writing. The order is of no meaning.
    pub(crate) fn conns(&mut self) -> &mut [Conn] {
        &mut self.conns
    }

    /// A connection that broke or never came up is of no more use to anybody.
    pub(crate) fn forget(&mut self, id: ConnId) {
        self.conns.retain(|conn| conn.id != id);
    }

    /// A lookup or an echo request has ended.
    pub(crate) fn poll_errands(&mut self, cx: &mut Context<'_>) -> Poll<Input> {
        self.errands.poll(cx)
    }
}

impl Link {
    fn close(self, last: &[u8]) {
        match self {
            Link::Stream(connection) => connection.close(last),
            Link::Datagrams(_) | Link::Listener(_) | Link::Failed => {}
        }
    }
}

impl Conn {
    pub(crate) fn poll_event(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<NetEvent> {
        let id = self.id;
        match &mut self.link {
            Link::Stream(connection) if !self.is_up => connection.poll_connected(cx).map(|result| {
                self.is_up = result.is_ok();
                NetEvent::Input(match result {
                    Ok(local) => Input::Connected(id, local),
                    Err(e) => Input::ConnectFailed(id, classify(&e)),
                })
            }),
            Link::Stream(connection) => connection.poll_read(cx, buf).map(|received| match received {
                Received::Data(n) => NetEvent::Data(n),
                Received::End => NetEvent::Input(Input::NetEof(id)),
                Received::Broken(e) => NetEvent::Input(Input::NetReset(id, classify(&e))),
            }),
            // No room: the datagrams wait where the operating system keeps them.
            Link::Datagrams(_) if buf.is_empty() => Poll::Pending,
            Link::Datagrams(datagrams) => {
                datagrams.poll_recv(cx, buf).map(|(n, from)| NetEvent::Datagram(n, from))
            }
            Link::Listener(listener) => {
                listener.poll_incoming(cx).map(|from| NetEvent::Input(Input::Incoming(id, from)))
            }
            Link::Failed => Poll::Ready(NetEvent::Input(Input::NetReset(id, NetFailure::Reset))),
        }
    }

    /// Sends the FIN that is wanted, once, when the last byte before it has been written. Says whether it did.
    pub(crate) fn finish(&mut self) -> bool {
        match &mut self.link {
            Link::Stream(connection) if self.is_up && self.fin_wanted => {
                self.fin_wanted = false;
                connection.shutdown();
                true
            }
            Link::Stream(_) | Link::Datagrams(_) | Link::Listener(_) | Link::Failed => false,
        }
    }

    /// Writes from the front of `bytes`; of datagrams the one that `bytes` is, to `to` unless there is only one peer.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        to: Option<SocketAddr>,
        bytes: &[u8],
    ) -> Poll<usize> {
        match &mut self.link {
            Link::Stream(_) if bytes.is_empty() => Poll::Pending,
            Link::Stream(connection) => connection.poll_write(cx, bytes),
            Link::Datagrams(datagrams) if !bytes.is_empty() => {
                datagrams.poll_send(cx, to, bytes).map(|()| bytes.len())
            }
            Link::Datagrams(_) | Link::Listener(_) | Link::Failed => Poll::Pending,
        }
    }
}

fn options(dial: Dial) -> DialOptions {
    let keep_alive =
        dial.keep_alive.map(|k| KeepAlive { idle: k.idle, interval: k.interval, probes: k.probes });
    DialOptions { local_port: dial.local_port, keep_alive, give_up: dial.give_up, window: dial.window }
}

fn classify(error: &Error) -> NetFailure {
    match error.kind() {
        _ if is_out_of_sockets(error) => NetFailure::NoSocket(error.to_string()),
        ErrorKind::ConnectionRefused => NetFailure::Refused,
        ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::AddrNotAvailable => NetFailure::Unreachable,
        ErrorKind::AddrInUse => NetFailure::InUse,
        ErrorKind::PermissionDenied => NetFailure::Denied(error.to_string()),
        ErrorKind::TimedOut => NetFailure::TimedOut,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            NetFailure::Reset
        }
        _ => NetFailure::Other(error.to_string()),
    }
}
