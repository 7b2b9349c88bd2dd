//! ICMP echo by a datagram socket, which needs no privilege where the operating system allows it
//! (`net.ipv4.ping_group_range` on Linux); elsewhere by a raw one, which root and `CAP_NET_RAW` may have.

use rustix::{
    io::Errno,
    net::{AddressFamily, SendFlags, SocketFlags, SocketType, ipproto, send, socket_with},
};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::atomic::{AtomicU16, Ordering},
    task::{Context, Poll, ready},
};
use tokio::{io::Interest, net::UdpSocket};

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
    /// Tells the replies of a raw socket from those to others; a datagram socket has an identifier of its own.
    raw: Option<u16>,
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
        let open = |kind| socket_with(family, kind, flags, Some(protocol));
        let (socket, raw) = match open(SocketType::DGRAM) {
            Err(denied @ Errno::ACCESS) => (open(SocketType::RAW).map_err(|_| denied)?, Some(identifier())),
            socket => (socket?, None),
        };
        let socket = std::net::UdpSocket::from(socket);
        socket.connect(SocketAddr::new(address, 0))?;
        ttl::ask(&socket, address.is_ipv6())?;
        Ok(Pinger { socket: UdpSocket::from_std(socket)?, is_v6: address.is_ipv6(), raw })
    }

    /// Sends a request. The operating system fills in identifier and checksum, of a raw socket that of ICMPv6 only.
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
        if let Some(identifier) = self.raw {
            request[4..6].copy_from_slice(&identifier.to_be_bytes());
            let checksum = checksum(&request);
            request[2..4].copy_from_slice(&checksum.to_be_bytes());
        }
        // Not by tokio: it has not heard of room yet when the socket is new, and a socket has room for one request.
        send(&self.socket, &request, SendFlags::empty())?;
        Ok(())
    }

    /// The next reply.
    ///
    /// # Errors
    /// What a router or the peer answered instead.
    pub fn poll_reply(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<EchoReply>> {
        let mut buf = [0; 256];
        loop {
            ready!(self.socket.poll_recv_ready(cx))?;
            let received = self.socket.try_io(Interest::READABLE, || ttl::receive(&self.socket, &mut buf));
            let (length, ttl) = match received {
                Ok(received) => received,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => continue,
                Err(e) => return Poll::Ready(Err(e)),
            };
            match parse(buf.get(..length).unwrap_or_default(), self.is_v6, ttl) {
                Some((identifier, reply)) if self.raw.is_none_or(|own| own == identifier) => {
                    return Poll::Ready(Ok(reply));
                }
                _ => {}
            }
        }
    }
}

/// Another one for each series of this process, and most likely for those of other processes.
fn identifier() -> u16 {
    static SERIES: AtomicU16 = AtomicU16::new(0);
    let [.., high, low] = std::process::id().to_be_bytes();
    u16::from_be_bytes([high, low]).wrapping_add(SERIES.fetch_add(1, Ordering::Relaxed))
}

/// Of an ICMP message whose checksum is zero (RFC 1071).
fn checksum(message: &[u8]) -> u16 {
    let (pairs, _) = message.as_chunks::<2>();
    let sum = pairs.iter().fold(0_u32, |sum, pair| sum + u32::from(u16::from_be_bytes(*pair)));
    let folded = (sum & 0xFFFF) + (sum >> 16);
    !((folded & 0xFFFF) + (folded >> 16)) as u16
}

/// Linux tells the time to live beside the datagram.
#[cfg(target_os = "linux")]
mod ttl {
    use nix::{
        cmsg_space,
        sys::socket::{
            ControlMessageOwned, MsgFlags, recvmsg, setsockopt,
            sockopt::{Ipv4RecvTtl, Ipv6RecvHopLimit},
        },
    };
    use std::{
        io::{self, IoSliceMut},
        os::fd::{AsFd, AsRawFd},
    };

    pub(super) fn ask(socket: &impl AsFd, is_v6: bool) -> io::Result<()> {
        Ok(if is_v6 {
            setsockopt(socket, Ipv6RecvHopLimit, &true)
        } else {
            setsockopt(socket, Ipv4RecvTtl, &true)
        }?)
    }

    /// Length, and time to live.
    pub(super) fn receive(socket: &impl AsRawFd, buf: &mut [u8]) -> io::Result<(usize, Option<u8>)> {
        let (mut parts, mut space) = ([IoSliceMut::new(buf)], cmsg_space!(i32));
        let message = recvmsg::<()>(socket.as_raw_fd(), &mut parts, Some(&mut space), MsgFlags::empty())?;
        let ttl = message.cmsgs()?.find_map(|control| match control {
            ControlMessageOwned::Ipv4Ttl(ttl) | ControlMessageOwned::Ipv6HopLimit(ttl) => {
                u8::try_from(ttl).ok()
            }
            _ => None,
        });
        Ok((message.bytes, ttl))
    }
}

/// Elsewhere it stands in the header, if that is there.
#[cfg(not(target_os = "linux"))]
mod ttl {
    use rustix::net::{RecvFlags, recv};
    use std::{io, os::fd::AsFd};

    pub(super) fn ask(_: &impl AsFd, _: bool) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn receive(socket: &impl AsFd, buf: &mut [u8]) -> io::Result<(usize, Option<u8>)> {
        Ok((recv(socket, buf, RecvFlags::empty())?.0, None))
    }
}

/// A reply and its identifier. Raw sockets, and some systems, leave the IP header in front (RFC 791 3.1).
fn parse(datagram: &[u8], is_v6: bool, told: Option<u8>) -> Option<(u16, EchoReply)> {
    let (ttl, message) = match datagram.first()? {
        0x45 if !is_v6 => (datagram.get(8).copied(), datagram.get(20..)?),
        _ => (told, datagram),
    };
    let (header, payload) = message.split_first_chunk::<HEADER>()?;
    let expected = if is_v6 { 129 } else { 0 };
    let sequence = u16::from_be_bytes([header[6], header[7]]);
    let identifier = u16::from_be_bytes([header[4], header[5]]);
    (header[0] == expected).then_some((identifier, EchoReply { sequence, bytes: payload.len(), ttl }))
}
