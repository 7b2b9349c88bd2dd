//! The network side of a module as packets.

use super::{
    NET, dns, packets,
    pcapng::Way,
    sheet::{Sheet, Shot},
    stream::Stream,
};
use module::{Action, ConnId, Event, Families, Input, NetFailure, QueryId};
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

/// UDP port of name servers (RFC 1035 4.2).
const DNS_PORT: u16 = 53;
/// Where ports begin that are taken at random (RFC 6335 6), and how many there are.
const DYNAMIC_PORTS: (u16, u16) = (49152, 16384);
/// What an echo request of a module carries.
const ECHO: [u8; 32] = *b"abcdefghijklmnopqrstuvwabcdefghi";
const TIME_TO_LIVE: u8 = 64;

/// Everything that is under way.
#[derive(Debug, Default)]
pub(super) struct Network {
    conns: BTreeMap<ConnId, Conn>,
    lookups: BTreeMap<QueryId, Lookup>,
    /// Who is asked for an echo; one at a time.
    ping: Option<(QueryId, IpAddr)>,
}

#[derive(Debug)]
enum Conn {
    Dialing { remote: SocketAddr, since: u64, own_port: u16 },
    Stream(Stream),
    Listener { local: SocketAddr, caller: Option<(SocketAddr, u64)> },
    Datagrams { local: SocketAddr, peer: Option<SocketAddr> },
}

#[derive(Debug)]
struct Lookup {
    name: String,
    server: Option<IpAddr>,
    families: Families,
}

impl Network {
    pub(super) fn action(&mut self, sheet: &mut Sheet, at: u64, action: &Action) {
        match action {
            Action::Connect(id, remote, dial) => {
                let dialing = Conn::Dialing { remote: *remote, since: at, own_port: dial.local_port };
                self.conns.insert(*id, dialing);
            }
            Action::Bind(id, local, peer) => {
                self.conns.insert(*id, Conn::Datagrams { local: *local, peer: *peer });
            }
            Action::Listen(id, local) => {
                self.conns.insert(*id, Conn::Listener { local: *local, caller: None });
            }
            Action::Accept(listener, id, _) => {
                if let Some(stream) = self.incoming(sheet, *listener, *id) {
                    self.conns.insert(*id, Conn::Stream(stream));
                }
            }
            Action::Refuse(listener) => {
                if let Some(mut stream) = self.incoming(sheet, *listener, *listener) {
                    stream.finish(sheet, at, Way::Out);
                }
            }
            Action::Close(id, last) => match self.conns.remove(id) {
                Some(Conn::Stream(mut stream)) => {
                    stream.data(sheet, at, Way::Out, last);
                    stream.finish(sheet, at, Way::Out);
                }
                Some(Conn::Dialing { remote, since, own_port }) => {
                    unanswered(*id, remote, own_port).syn(sheet, since, Way::Out, "given up by the module");
                }
                Some(Conn::Listener { .. } | Conn::Datagrams { .. }) | None => {}
            },
            Action::Abort(id) => {
                if let Some(Conn::Stream(mut stream)) = self.conns.remove(id) {
                    stream.reset(sheet, at, Way::Out);
                }
            }
            Action::Vanish(id) => {
                if let Some(Conn::Dialing { remote, since, own_port }) = self.conns.remove(id) {
                    let why = "network or power went before an answer came";
                    unanswered(*id, remote, own_port).syn(sheet, since, Way::Out, why);
                }
            }
            Action::Resolve(id, name, servers, families) => {
                let server = servers.first().copied();
                let lookup = Lookup { name: name.clone(), server, families: *families };
                lookup.ask(sheet, at, *id);
                self.lookups.insert(*id, lookup);
            }
            Action::Ping(id, address, sequence) => {
                self.ping = Some((*id, *address));
                let own = packets::own_address(*address);
                net(sheet, at, Way::Out, "", |out| {
                    packets::echo(out, own, *address, TIME_TO_LIVE, false, id.0 as u16, *sequence, &ECHO);
                });
            }
            Action::Event(Event::KeyLog(line)) => sheet.blocks.key_log(line),
            // FIN goes out when everything before it has.
            Action::Shutdown(_) => {}
            Action::PortLines(..)
            | Action::StoreFile(_)
            | Action::RemoveFile(_)
            | Action::StoreSettings
            | Action::Event(_) => {}
        }
    }

    pub(super) fn input(&mut self, sheet: &mut Sheet, at: u64, input: &Input) {
        match input {
            Input::Connected(id, local) => self.connected(sheet, at, *id, *local),
            Input::ConnectFailed(id, why) => self.failed(sheet, at, *id, why),
            Input::Incoming(id, from) => {
                if let Some(Conn::Listener { caller, .. }) = self.conns.get_mut(id) {
                    *caller = Some((packets::canonical(*from), at));
                }
            }
            Input::NetEof(id) => {
                if let Some(Conn::Stream(stream)) = self.conns.get_mut(id) {
                    stream.finish(sheet, at, Way::In);
                }
            }
            Input::NetReset(id, why) => {
                let conn = self.conns.remove(id);
                if let (Some(Conn::Stream(mut stream)), NetFailure::Reset) = (conn, why) {
                    stream.reset(sheet, at, Way::In);
                }
            }
            Input::Resolved(id, answer) => {
                if let Some(lookup) = self.lookups.remove(id) {
                    lookup.answer(sheet, at, *id, answer);
                }
            }
            Input::Pong(id, sequence, Ok(pong)) => {
                if let Some((_, address)) = self.ping.filter(|(asked, _)| asked == id) {
                    let own = packets::own_address(address);
                    let mut data = ECHO.to_vec();
                    data.resize(pong.bytes.into(), 0);
                    net(sheet, at, Way::In, "", |out| {
                        packets::echo(out, address, own, pong.ttl, true, id.0 as u16, *sequence, &data);
                    });
                }
            }
            Input::Pong(_, _, Err(_))
            | Input::Tick
            | Input::PortAttached(_)
            | Input::PortDetached(_)
            | Input::PortLines(..)
            | Input::Operator(_) => {}
        }
    }

    /// Bytes of a connection, or a datagram from or to somebody.
    pub(super) fn data(
        &mut self,
        sheet: &mut Sheet,
        at: u64,
        way: Way,
        id: ConnId,
        other: Option<SocketAddr>,
        bytes: &[u8],
    ) {
        match self.conns.get_mut(&id) {
            Some(Conn::Stream(stream)) => stream.data(sheet, at, way, bytes),
            Some(Conn::Datagrams { local, peer }) => {
                let Some(other) = other.or(*peer).map(packets::canonical) else { return };
                let local = packets::seen_by(other.ip(), *local);
                let (from, to) = if way == Way::Out { (local, other) } else { (other, local) };
                net(sheet, at, way, "", |out| packets::udp(out, from, to, bytes));
            }
            Some(Conn::Dialing { .. } | Conn::Listener { .. }) | None => {}
        }
    }

    /// So many bytes could not be kept.
    pub(super) fn gap(&mut self, sheet: &mut Sheet, way: Way, id: ConnId, length: usize) {
        match self.conns.get_mut(&id) {
            Some(Conn::Stream(stream)) => stream.gap(sheet, way, length),
            _ => sheet.miss(NET),
        }
    }

    /// FIN went out.
    pub(super) fn fin(&mut self, sheet: &mut Sheet, at: u64, id: ConnId) {
        if let Some(Conn::Stream(stream)) = self.conns.get_mut(&id) {
            stream.finish(sheet, at, Way::Out);
        }
    }

    fn connected(&mut self, sheet: &mut Sheet, at: u64, id: ConnId, here: SocketAddr) {
        match self.conns.get_mut(&id) {
            Some(Conn::Dialing { remote, since, .. }) => {
                let mut stream = Stream::new(id, here, *remote);
                stream.syn(sheet, *since, Way::Out, "");
                stream.answer(sheet, at, Way::Out);
                self.conns.insert(id, Conn::Stream(stream));
            }
            Some(Conn::Listener { local, .. } | Conn::Datagrams { local, .. }) => *local = here,
            Some(Conn::Stream(_)) | None => {}
        }
    }

    fn failed(&mut self, sheet: &mut Sheet, at: u64, id: ConnId, why: &NetFailure) {
        let Some(Conn::Dialing { remote, since, own_port }) = self.conns.remove(&id) else { return };
        let mut stream = unanswered(id, remote, own_port);
        let port = if own_port == 0 { "the own port is not known; " } else { "" };
        match why {
            NetFailure::Refused => {
                stream.syn(sheet, since, Way::Out, port.trim_end_matches("; "));
                stream.reset(sheet, at, Way::In);
            }
            NetFailure::TimedOut | NetFailure::Unreachable | NetFailure::Reset | NetFailure::Other(_) => {
                stream.syn(sheet, since, Way::Out, &format!("{port}the end of it: {why:?}"));
            }
            // Nothing went out.
            NetFailure::InUse | NetFailure::Denied(_) | NetFailure::NoSocket(_) => {}
        }
    }

    /// Who was at the door has connected.
    fn incoming(&mut self, sheet: &mut Sheet, listener: ConnId, id: ConnId) -> Option<Stream> {
        let Some(Conn::Listener { local, caller }) = self.conns.get_mut(&listener) else { return None };
        let (from, at) = caller.take()?;
        let mut stream = Stream::new(id, packets::seen_by(from.ip(), *local), from);
        stream.syn(sheet, at, Way::In, "");
        stream.answer(sheet, at, Way::In);
        Some(stream)
    }
}

impl Lookup {
    /// Its two ends. Without a server it is not known whom this machine asks.
    fn ends(&self, id: QueryId) -> (SocketAddr, SocketAddr) {
        let server = self.server.unwrap_or(Ipv4Addr::UNSPECIFIED.into());
        let own = if self.server.is_some() { packets::own_address(server) } else { server };
        (SocketAddr::new(own, dynamic_port(id.0)), SocketAddr::new(server, DNS_PORT))
    }

    fn comment(&self) -> &'static str {
        if self.server.is_some() { "" } else { "looked up in the way that this machine is configured" }
    }

    fn ask(&self, sheet: &mut Sheet, at: u64, id: QueryId) {
        let (own, server) = self.ends(id);
        for question in dns::questions(id.0, self.families) {
            if let Some(message) = dns::query(question, &self.name) {
                net(sheet, at, Way::Out, self.comment(), |out| packets::udp(out, own, server, &message));
            }
        }
    }

    fn answer(
        &self,
        sheet: &mut Sheet,
        at: u64,
        id: QueryId,
        answer: &Result<module::Names, module::DnsFailure>,
    ) {
        let (own, server) = self.ends(id);
        for question in dns::questions(id.0, self.families) {
            if let Some(message) = dns::response(question, &self.name, answer) {
                net(sheet, at, Way::In, self.comment(), |out| packets::udp(out, server, own, &message));
            }
        }
    }
}

/// A connection that never came to be, so that the operating system tells little of it.
fn unanswered(id: ConnId, remote: SocketAddr, own_port: u16) -> Stream {
    let own_port = if own_port == 0 { dynamic_port(id.0) } else { own_port };
    let remote = packets::canonical(remote);
    Stream::new(id, SocketAddr::new(packets::own_address(remote.ip()), own_port), remote)
}

fn dynamic_port(number: u64) -> u16 {
    let (first, count) = DYNAMIC_PORTS;
    first + (number % u64::from(count)) as u16
}

fn net(sheet: &mut Sheet, at: u64, way: Way, comment: &str, packet: impl FnOnce(&mut Vec<u8>)) {
    sheet.packet(Shot { interface: NET, at, way, comment }, packet);
}
