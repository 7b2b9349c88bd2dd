//! A UDP port.

use std::{
    io,
    net::SocketAddr,
    task::{Context, Poll, ready},
};
use tokio::{io::ReadBuf, net::UdpSocket};

/// A UDP port of this machine, for one peer or for everybody.
pub struct Datagrams {
    socket: UdpSocket,
    is_v6: bool,
    peer: Option<SocketAddr>,
}

impl Datagrams {
    /// Takes a local address. With a `peer`, only what comes from there is heard.
    ///
    /// # Errors
    /// As the operating system has it; the address may be in use.
    pub fn bind(local: SocketAddr, peer: Option<SocketAddr>) -> io::Result<Datagrams> {
        let socket = std::net::UdpSocket::bind(local)?;
        if let Some(peer) = peer {
            socket.connect(peer)?;
        }
        socket.set_nonblocking(true)?;
        Ok(Datagrams { socket: UdpSocket::from_std(socket)?, is_v6: local.is_ipv6(), peer })
    }

    /// Its local address.
    ///
    /// # Errors
    /// As the operating system has it.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// The next datagram: its length at the start of `buf`, and its sender. What does not fit into `buf` is lost.
    /// That an earlier one could not be delivered is no error here.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<(usize, SocketAddr)> {
        loop {
            let mut space = ReadBuf::new(buf);
            // Errors are those of datagrams sent before (ICMP); the next call takes the next thing in the queue.
            if let Ok(from) = ready!(self.socket.poll_recv_from(cx, &mut space)) {
                return Poll::Ready((space.filled().len(), from));
            }
        }
    }

    /// Sends one datagram. One that the operating system does not take for another reason than lack of room is
    /// lost, as datagrams are.
    pub fn poll_send(&mut self, cx: &mut Context<'_>, to: Option<SocketAddr>, bytes: &[u8]) -> Poll<()> {
        let result = match (to, self.peer) {
            (_, Some(_)) => ready!(self.socket.poll_send(cx, bytes)),
            (Some(to), None) => ready!(self.socket.poll_send_to(cx, bytes, self.reachable(to))),
            (None, None) => Ok(0),
        };
        // Datagrams may be lost.
        drop(result);
        Poll::Ready(())
    }

    /// An IPv6 socket knows IPv4 addresses in their mapped form.
    fn reachable(&self, to: SocketAddr) -> SocketAddr {
        match to {
            SocketAddr::V4(v4) if self.is_v6 => SocketAddr::new(v4.ip().to_ipv6_mapped().into(), v4.port()),
            to => to,
        }
    }
}
