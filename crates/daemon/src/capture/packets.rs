//! IP packets around what modules send and receive.

use etherparse::{IpHeaders, PacketBuilder, PacketBuilderStep, TcpHeader, TcpOptionElement};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// What most hosts send with.
const TIME_TO_LIVE: u8 = 64;
/// Largest packet of a mobile network and of an Ethernet.
const MTU: u16 = 1500;
/// Largest packet of IP, and the headers in front of a segment.
const LARGEST: usize = 65535;
const HEADERS: usize = 60;
/// As large as it gets without a scale: a turn of the event loop moves less.
const WINDOW: u16 = u16::MAX;
/// Any port.
const ANY: u16 = 0;

/// What a segment says beside its data.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub(super) syn: bool,
    pub(super) fin: bool,
    pub(super) rst: bool,
    pub(super) psh: bool,
}

/// Bytes that one packet takes. It may be longer than one on a wire, as captures of a host have them whose interface
/// cuts them up.
pub(super) const MOST: usize = LARGEST - HEADERS;

/// A segment; `ack` is what the sender waits for next, if it has heard anything.
pub(super) fn tcp(
    out: &mut Vec<u8>,
    from: SocketAddr,
    to: SocketAddr,
    seq: u32,
    ack: Option<u32>,
    flags: Flags,
    data: &[u8],
) {
    let Flags { syn, fin, rst, psh } = flags;
    let mut header = TcpHeader::new(from.port(), to.port(), seq, WINDOW);
    (header.syn, header.fin, header.rst, header.psh) = (syn, fin, rst, psh);
    (header.ack, header.acknowledgment_number) = (ack.is_some(), ack.unwrap_or_default());
    if syn {
        // One option of four bytes, which fits.
        let headers = if to.is_ipv4() { 40 } else { 60 };
        let _ = header.set_options(&[TcpOptionElement::MaximumSegmentSize(MTU - headers)]);
    }
    if let Some(ip) = ip(from.ip(), to.ip(), TIME_TO_LIVE) {
        // It fails on data that no packet holds, and these come from one.
        let _ = ip.tcp_header(header).write_to_vec(out, data);
    }
}

/// A datagram.
pub(super) fn udp(out: &mut Vec<u8>, from: SocketAddr, to: SocketAddr, data: &[u8]) {
    if let Some(ip) = ip(from.ip(), to.ip(), TIME_TO_LIVE) {
        let _ = ip.udp(from.port(), to.port()).write_to_vec(out, data);
    }
}

/// An echo request, or the reply to one.
#[expect(clippy::too_many_arguments, reason = "the fields of a message")]
pub(super) fn echo(
    out: &mut Vec<u8>,
    from: IpAddr,
    to: IpAddr,
    ttl: u8,
    is_reply: bool,
    id: u16,
    sequence: u16,
    data: &[u8],
) {
    if let Some(ip) = ip(from, to, ttl) {
        let _ = match (from.is_ipv4(), is_reply) {
            (true, false) => ip.icmpv4_echo_request(id, sequence).write_to_vec(out, data),
            (true, true) => ip.icmpv4_echo_reply(id, sequence).write_to_vec(out, data),
            (false, false) => ip.icmpv6_echo_request(id, sequence).write_to_vec(out, data),
            (false, true) => ip.icmpv6_echo_reply(id, sequence).write_to_vec(out, data),
        };
    }
}

/// Nothing when the addresses are of different kinds.
fn ip(from: IpAddr, to: IpAddr, ttl: u8) -> Option<PacketBuilderStep<IpHeaders>> {
    match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => Some(PacketBuilder::ipv4(from.octets(), to.octets(), ttl)),
        (IpAddr::V6(from), IpAddr::V6(to)) => Some(PacketBuilder::ipv6(from.octets(), to.octets(), ttl)),
        _ => None,
    }
}

/// `local` as a peer sees it: with the address that this machine talks to the peer from, if it stands for all.
pub(super) fn seen_by(peer: IpAddr, local: SocketAddr) -> SocketAddr {
    let ip = local.ip().to_canonical();
    let is_known = !ip.is_unspecified() && ip.is_ipv4() == peer.is_ipv4();
    SocketAddr::new(if is_known { ip } else { own_address(peer) }, local.port())
}

/// The address that this machine talks to a peer from. It sends nothing to find out.
pub(super) fn own_address(peer: IpAddr) -> IpAddr {
    let any: IpAddr =
        if peer.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let routed = UdpSocket::bind((any, ANY)).and_then(|socket| {
        // Port 9 discards (RFC 863), if anything ever came there.
        socket.connect((peer, 9))?;
        socket.local_addr()
    });
    routed.map_or(any, |local| local.ip())
}

/// Both addresses of the same kind: an IPv4 address in IPv6 clothes is one of IPv4.
pub(super) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
