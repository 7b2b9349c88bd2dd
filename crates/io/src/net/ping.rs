//! ICMP echo by a datagram socket, which needs no privilege where the operating system allows it
//! (`net.ipv4.ping_group_range` on Linux).

use rustix::net::{AddressFamily, SocketFlags, SocketType, ipproto, socket_with};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    task::{Context, Poll, ready},
};
use tokio::{io::ReadBuf, net::UdpSocket};

/// Payload of an echo request, as on the module.
const PAYLOAD: usize = 32;

/// Length of an ICMP echo header (RFC 792, RFC 4443 4.1).
const HEADER: usize = 8;

/// An echo reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EchoReply {
    /// Sequence number of the request.
    pub sequence: u16,
    /// Bytes of payload.
    pub bytes: usize,
    /// Time to live, where the operating system tells it.
    pub ttl: Option<u8>,
}

/// A series of echo requests to one address.
pub struct Pinger {
    socket: UdpSocket,
    is_v6: bool,
}

impl Pinger {
    /// Gets ready for an address.
    ///
    /// # Errors
    /// The operating system does not permit it, or there is no way to the address.
    pub fn new(address: IpAddr) -> io::Result<Pinger> {
        let (family, protocol) = match address {
            IpAddr::V4(_) => (AddressFamily::INET, ipproto::ICMP),
            IpAddr::V6(_) => (AddressFamily::INET6, ipproto::ICMPV6),
        };
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket =
            std::net::UdpSocket::from(socket_with(family, SocketType::DGRAM, flags, Some(protocol))?);
        socket.connect(SocketAddr::new(address, 0))?;
        Ok(Pinger { socket: UdpSocket::from_std(socket)?, is_v6: address.is_ipv6() })
    }

    /// Sends a request. The operating system fills in identifier and checksum.
    ///
    /// # Errors
    /// As the operating system has it.
    pub fn send(&self, sequence: u16) -> io::Result<()> {
        let mut request = [0; HEADER + PAYLOAD];
        request[0] = if self.is_v6 { 128 } else { 8 };
        request[6..HEADER].copy_from_slice(&sequence.to_be_bytes());
        for (byte, letter) in request[HEADER..].iter_mut().zip((b'a'..=b'w').cycle()) {
            *byte = letter;
        }
        self.socket.try_send(&request).map(|_| ())
    }

    /// The next reply.
    ///
    /// # Errors
    /// What a router or the peer answered instead.
    pub fn poll_reply(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<EchoReply>> {
        let mut buf = [0; 256];
        loop {
            let mut space = ReadBuf::new(&mut buf);
            ready!(self.socket.poll_recv(cx, &mut space))?;
            if let Some(reply) = parse(space.filled(), self.is_v6) {
                return Poll::Ready(Ok(reply));
            }
        }
    }
}

/// Some systems leave the IP header in front (RFC 791 3.1).
fn parse(datagram: &[u8], is_v6: bool) -> Option<EchoReply> {
    let (ttl, message) = match datagram.first()? {
        0x45 if !is_v6 => (datagram.get(8).copied(), datagram.get(20..)?),
        _ => (None, datagram),
    };
    let (header, payload) = message.split_first_chunk::<HEADER>()?;
    let expected = if is_v6 { 129 } else { 0 };
    let sequence = u16::from_be_bytes([header[6], header[7]]);
    (header[0] == expected).then_some(EchoReply { sequence, bytes: payload.len(), ttl })
}
