//! A TCP port that others connect to.

use super::{Connection, DialOptions};
use std::{
    io,
    net::SocketAddr,
    task::{Context, Poll, ready},
};
use tokio::net::{TcpListener, TcpStream};

/// A TCP port of this machine. It takes one connection at a time and waits for the decision about it.
pub struct Listener {
    socket: TcpListener,
    at_the_door: Option<TcpStream>,
}

impl Listener {
    /// Waits at a local address; an IPv6 one that stands for all addresses takes IPv4 too.
    ///
    /// # Errors
    /// As the operating system has it; the address may be in use.
    pub fn bind(local: SocketAddr) -> io::Result<Listener> {
        let socket = std::net::TcpListener::bind(local)?;
        socket.set_nonblocking(true)?;
        Ok(Listener { socket: TcpListener::from_std(socket)?, at_the_door: None })
    }

    /// Its local address.
    ///
    /// # Errors
    /// As the operating system has it.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Somebody connects, from this address. [`Listener::accept`] or [`Listener::refuse`] decides; until then
    /// nobody else is told of. A connection that failed before it was taken is passed over.
    pub fn poll_incoming(&mut self, cx: &mut Context<'_>) -> Poll<SocketAddr> {
        if self.at_the_door.is_some() {
            return Poll::Pending;
        }
        loop {
            match ready!(self.socket.poll_accept(cx)) {
                Ok((stream, from)) => {
                    self.at_the_door = Some(stream);
                    return Poll::Ready(from);
                }
                // Out of descriptors: trying again at once would spin, and the next connection wakes us.
                Err(e) if super::is_out_of_sockets(&e) => return Poll::Pending,
                Err(_) => {}
            }
        }
    }

    /// Takes the connection; `None` when it is gone.
    pub fn accept(&mut self, options: &DialOptions) -> Option<Connection> {
        Connection::accepted(self.at_the_door.take()?, options).ok()
    }

    /// Turns it away.
    pub fn refuse(&mut self) {
        self.at_the_door = None;
    }
}
