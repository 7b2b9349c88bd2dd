//! Writes a whole run of a module down as a scenario that plays without the network it had.
//!
//! A connection becomes a peer that waits until it is told to accept, and then does what the real one has done, at the
//! same time: so nothing that the module says comes earlier in the play than it did. Behind TLS that is what the peer
//! has said in clear. A handshake that has failed is the bytes of the server: its certificate fails again, in the same way.

use super::{
    Recording, Scribe,
    conns::{Conn, Kind, keys},
    head::head,
    operator,
};
use crate::{
    SetupError,
    redact::Secrets,
    watch::{Seen, Stamp, Watch},
};
use module::{Action, ConnId, DnsFailure, Event, Input, NetFailure, Operator, PortId, QueryId, Setup};
use scenario::{tape::Tape, transcript::escape::escape};
use std::{
    collections::{HashMap, VecDeque},
    net::{IpAddr, SocketAddr},
    time::Duration,
};

pub(crate) struct Recorder {
    scribe: Scribe,
    secrets: Secrets,
    ports: Vec<&'static str>,
    /// DTR and RTS as last seen, by port.
    lines: Vec<(bool, bool)>,
    /// What is not on the tape yet: the last step, and what follows the first connection of which it is not known what
    /// it is.
    queue: VecDeque<Entry>,
    /// Where in the queue the last step begins.
    step: usize,
    /// Time alone has moved the module since the last step.
    tick: Option<Duration>,
    /// All peers, in the order of their numbers.
    peers: Vec<SocketAddr>,
    conns: HashMap<ConnId, Conn>,
    listeners: HashMap<ConnId, u16>,
    caller: Option<usize>,
    queries: HashMap<QueryId, String>,
    names: HashMap<IpAddr, String>,
    /// Which connection a socket has, and the one that has come up last.
    clients: HashMap<u8, ConnId>,
    latest: Option<ConnId>,
    /// The module has been told to end.
    is_over: bool,
}

/// Something for the tape.
enum Entry {
    Host(Duration, usize, Vec<u8>, bool),
    Module(usize, Vec<u8>),
    /// Time has passed before what the module says next.
    Late(Duration),
    Step(Duration, String),
    Note(String),
    /// A connection is asked for; what it is, is said here.
    Peer(ConnId),
    /// It comes up, and brings bytes, if it turns out not to be TLS.
    Accepted(ConnId, Duration),
    Raw(ConnId, Duration, Vec<u8>),
}

impl Recorder {
    pub(crate) fn start(
        recording: &Recording,
        setup: &Setup,
        report: fn(&str),
    ) -> Result<Recorder, SetupError> {
        let ports: Vec<&'static str> = setup.ports.iter().map(|port| port.name()).collect();
        let mut scribe = Scribe::start(recording, &ports, report)?;
        scribe.write(|tape| head(setup, recording.secrets).iter().for_each(|line| tape.note(line)));
        Ok(Recorder {
            scribe,
            secrets: recording.secrets,
            lines: vec![(true, true); ports.len()],
            ports,
            queue: VecDeque::new(),
            step: 0,
            tick: None,
            peers: Vec::new(),
            conns: HashMap::new(),
            listeners: HashMap::new(),
            caller: None,
            queries: HashMap::new(),
            names: HashMap::new(),
            clients: HashMap::new(),
            latest: None,
            is_over: false,
        })
    }

    fn begin(&mut self, entry: Entry) {
        self.flush();
        self.step = self.queue.len();
        self.queue.push_back(entry);
    }

    fn happens(&mut self, at: Duration, line: String) {
        self.begin(Entry::Step(at, line));
    }

    /// Puts something in front of the last step.
    fn before(&mut self, entry: Entry) {
        self.queue.insert(self.step.min(self.queue.len()), entry);
        self.step += 1;
    }

    /// Puts everything on the tape that is known.
    fn flush(&mut self) {
        while let Some(entry) = self.queue.front() {
            if let Entry::Peer(id) | Entry::Accepted(id, _) | Entry::Raw(id, ..) = entry
                && self.conns.get(id).is_some_and(|conn| matches!(conn.kind, Kind::Unknown))
            {
                return;
            }
            let Some(entry) = self.queue.pop_front() else { return };
            self.put(entry);
        }
    }

    fn put(&mut self, entry: Entry) {
        let write = |scribe: &mut Scribe, act: &dyn Fn(&mut Tape)| scribe.write(|tape| act(tape));
        match entry {
            Entry::Host(at, port, bytes, secret) => {
                write(&mut self.scribe, &|t| t.host(at, port, &bytes, secret))
            }
            Entry::Module(port, bytes) => write(&mut self.scribe, &|t| t.module(port, &bytes)),
            Entry::Late(at) => write(&mut self.scribe, &|t| t.pass(at)),
            Entry::Step(at, line) => write(&mut self.scribe, &|t| t.step(at, &line)),
            Entry::Note(line) => write(&mut self.scribe, &|t| t.note(&line)),
            Entry::Peer(id) => {
                if let Some(line) = self.service(id) {
                    write(&mut self.scribe, &|t| t.note(&line));
                }
            }
            Entry::Accepted(id, at) => {
                if let Some(conn) =
                    self.conns.get(&id).filter(|c| matches!(c.kind, Kind::Plain | Kind::Broken))
                {
                    let line = format!("peer {} accepts", conn.peer);
                    write(&mut self.scribe, &|t| t.step(at, &line));
                }
            }
            Entry::Raw(id, at, bytes) => {
                if let Some(conn) =
                    self.conns.get(&id).filter(|c| matches!(c.kind, Kind::Plain | Kind::Broken))
                {
                    let is_payload = matches!(conn.kind, Kind::Plain);
                    let line = format!("peer {} sends \"{}\"", conn.peer, self.content(&bytes, is_payload));
                    write(&mut self.scribe, &|t| t.step(at, &line));
                }
            }
        }
    }

    /// What a peer says, or as many bytes.
    fn content(&self, bytes: &[u8], is_payload: bool) -> String {
        match is_payload && self.secrets == Secrets::HiddenWithPayload {
            true => escape(&vec![b'x'; bytes.len()]),
            false => escape(bytes),
        }
    }

    /// The line that makes the peer of a connection.
    fn service(&self, id: ConnId) -> Option<String> {
        let conn = self.conns.get(&id)?;
        let address = self.peers.get(conn.peer.checked_sub(1)?)?;
        conn.service(*address, self.names.get(&address.ip()))
    }

    /// The number of the peer at an address, and whether it is a new one.
    fn peer(&mut self, address: SocketAddr) -> (usize, bool) {
        match self.peers.iter().position(|known| *known == address) {
            Some(at) => (at + 1, false),
            None => {
                self.peers.push(address);
                (self.peers.len(), true)
            }
        }
    }

    fn add(&mut self, id: ConnId, peer: usize, kind: Kind) {
        self.conns.insert(id, Conn::new(peer, kind));
    }

    /// It is known now what a connection is.
    fn is(&mut self, id: ConnId, kind: Kind) {
        if let Some(conn) = self.conns.get_mut(&id)
            && matches!(conn.kind, Kind::Unknown)
        {
            conn.kind = kind;
        }
    }

    /// The peer of a connection does something.
    fn acts(&mut self, at: Duration, id: ConnId, act: &str) {
        if let Some(conn) = self.conns.get(&id) {
            self.happens(at, format!("peer {} {act}", conn.peer));
        }
    }

    fn net_in(&mut self, at: Duration, id: ConnId, from: Option<SocketAddr>, bytes: &[u8]) {
        if let Some(from) = from {
            let (peer, is_new) = self.peer(from);
            if is_new {
                let port = self.conns.get(&id).map_or(0, |conn| conn.local_port);
                self.before(Entry::Note(format!("peer udp {from} to={port}")));
            }
            return self.happens(at, format!("peer {peer} sends \"{}\"", self.content(bytes, true)));
        }
        let Some(conn) = self.conns.get_mut(&id) else { return };
        match conn.kind {
            // In clear it is told by the module.
            Kind::Tls(_) => conn.says_goodbye |= conn.records.has_alert(bytes),
            _ => {
                // Where the records begin has to be known when it turns out to be TLS.
                conn.records.has_alert(bytes);
                self.begin(Entry::Raw(id, at, bytes.to_vec()));
            }
        }
    }

    fn input(&mut self, at: Duration, input: &Input) {
        match input {
            Input::Tick => {
                self.tick = Some(at);
                return;
            }
            Input::PortAttached(id) => self.host_does(at, *id, "attach"),
            Input::PortDetached(id) => {
                self.host_does(at, *id, "detach");
                if let Some(lines) = self.lines.get_mut(usize::from(id.0)) {
                    *lines = (true, true);
                }
            }
            Input::PortLines(id, lines) => {
                let Some(before) = self.lines.get_mut(usize::from(id.0)) else { return };
                let (dtr, rts) = std::mem::replace(before, (lines.dtr, lines.rts));
                for (name, was, is) in [("dtr", dtr, lines.dtr), ("rts", rts, lines.rts)] {
                    if was != is {
                        self.host_does(at, *id, &format!("{name} {}", if is { "on" } else { "off" }));
                    }
                }
            }
            Input::Resolved(query, result) => {
                let Some(name) = self.queries.remove(query) else { return };
                let answer = match result {
                    Ok(found) => {
                        for address in &found.addresses {
                            self.names.insert(*address, name.clone());
                        }
                        found.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
                    }
                    Err(DnsFailure::NotFound) => "none".into(),
                    Err(DnsFailure::Unreachable(_)) => "dead".into(),
                };
                self.happens(at, format!("dns {name} {answer}"));
            }
            Input::Connected(id, local) => {
                self.latest = Some(*id);
                if let Some(conn) = self.conns.get_mut(id) {
                    conn.local_port = local.port();
                    if !matches!(conn.kind, Kind::Datagrams) {
                        self.begin(Entry::Accepted(*id, at));
                    }
                }
            }
            Input::ConnectFailed(id, NetFailure::Refused) => {
                self.is(*id, Kind::Plain);
                self.acts(at, *id, "refuses");
            }
            Input::ConnectFailed(id, _) => self.is(*id, Kind::Unreachable),
            Input::NetEof(id) => {
                if !self.says_goodbye(at, *id) && self.end(*id) {
                    self.acts(at, *id, "cuts");
                }
            }
            Input::NetReset(id, _) => {
                if self.end(*id) {
                    self.acts(at, *id, "resets");
                }
            }
            Input::Incoming(listener, from) => {
                let port = self.listeners.get(listener).copied().unwrap_or(0);
                let (peer, is_new) = self.peer(*from);
                if is_new {
                    self.before(Entry::Note(format!("peer caller {from} to={port} lingers")));
                }
                self.caller = Some(peer);
                self.happens(at, format!("peer {peer} calls"));
            }
            Input::Operator(act) => self.operator(at, act),
            Input::Pong(..) => {}
        }
        self.tick = None;
    }

    fn operator(&mut self, at: Duration, act: &Operator) {
        self.flush();
        match operator::line(act, self.secrets) {
            _ if matches!(act, Operator::ShutDown) => self.is_over = true,
            Some(line) => self.happens(at, format!("operator {line}")),
            // What a fault does; the fault is not in here.
            None => self.queue.push_back(Entry::Note(format!("# Not played: {act:?}"))),
        }
    }

    fn host_does(&mut self, at: Duration, id: PortId, act: &str) {
        let name = self.ports.get(usize::from(id.0)).copied().unwrap_or_default();
        let line = if id.0 == 0 { act.to_owned() } else { format!("{name} {act}") };
        self.happens(at, line);
    }

    fn action(&mut self, at: Duration, action: &Action) {
        match action {
            Action::Resolve(query, name, ..) => {
                self.queries.insert(*query, name.clone());
                self.before(Entry::Note(format!("dns {name} silent")));
            }
            Action::Connect(id, address, _) => {
                let (peer, _) = self.peer(*address);
                self.add(*id, peer, Kind::Unknown);
                self.before(Entry::Peer(*id));
            }
            Action::Bind(id, local, peer) => {
                if let Some(address) = peer {
                    let (peer, is_new) = self.peer(*address);
                    self.add(*id, peer, Kind::Datagrams);
                    if is_new {
                        self.before(Entry::Note(format!("peer udp {address} to={}", local.port())));
                    }
                } else {
                    self.add(*id, 0, Kind::Datagrams);
                }
                if let Some(conn) = self.conns.get_mut(id) {
                    conn.local_port = local.port();
                }
            }
            Action::Listen(id, local) => {
                self.listeners.insert(*id, local.port());
            }
            Action::Accept(_, id, _) => {
                if let Some(peer) = self.caller.take() {
                    self.add(*id, peer, Kind::Plain);
                }
            }
            Action::Close(id, _) | Action::Abort(id) | Action::Vanish(id) => {
                let has_come_up = self.conns.get(id).is_some_and(|conn| conn.local_port != 0);
                self.is(*id, if has_come_up { Kind::Broken } else { Kind::Silent });
                // What waits in the queue needs to know what it was.
                let waits = |e: &Entry| matches!(e, Entry::Peer(q) | Entry::Raw(q, ..) | Entry::Accepted(q, _) if q == id);
                if !self.queue.iter().any(waits) {
                    self.conns.remove(id);
                }
            }
            Action::Event(event) => self.event(at, event),
            _ => {}
        }
    }

    fn event(&mut self, at: Duration, event: &Event) {
        match event {
            Event::Connected { client, .. } => {
                if let Some(id) = self.latest {
                    self.clients.insert(*client, id);
                }
            }
            Event::Secured { client, summary } => {
                if let Some(id) = self.clients.get(client).copied() {
                    self.is(id, Kind::Tls(keys(summary)));
                    self.acts(at, id, "accepts");
                    let early = self.conns.get_mut(&id).map(|conn| std::mem::take(&mut conn.early));
                    if let Some(bytes) = early.filter(|bytes| !bytes.is_empty()) {
                        let content = self.content(&bytes, true);
                        self.acts(at, id, &format!("sends \"{content}\""));
                    }
                }
            }
            Event::Received { client, bytes } => {
                let Some(id) = self.clients.get(client).copied() else { return };
                match self.conns.get_mut(&id) {
                    Some(conn) if matches!(conn.kind, Kind::Unknown) => conn.early.extend_from_slice(bytes),
                    _ => {
                        let content = self.content(bytes, true);
                        self.acts(at, id, &format!("sends \"{content}\""));
                    }
                }
            }
            Event::OpenFailed { client, .. } => {
                if let Some(id) = self.clients.get(client).copied() {
                    self.is(id, Kind::Broken);
                }
            }
            Event::Ended { client, .. } => {
                if let Some(id) = self.clients.get(client).copied() {
                    self.says_goodbye(at, id);
                }
            }
            Event::Socket { client, to, .. } => {
                if let Some(id) = self.clients.get(client).copied() {
                    match *to {
                        "Connected" => self.is(id, Kind::Plain),
                        _ => drop(self.says_goodbye(at, id)),
                    }
                }
            }
            _ => {}
        }
    }

    /// The server's close_notify, if it has come and is not on the tape yet.
    fn says_goodbye(&mut self, at: Duration, id: ConnId) -> bool {
        let is_due = self.conns.get(&id).is_some_and(|conn| conn.says_goodbye && !conn.has_ended);
        if is_due && self.end(id) {
            self.acts(at, id, "closes");
        }
        is_due
    }

    /// Notes that the peer's side of a connection has ended. False when that was known.
    fn end(&mut self, id: ConnId) -> bool {
        self.conns.get_mut(&id).is_some_and(|conn| !std::mem::replace(&mut conn.has_ended, true))
    }
}

impl Watch for Recorder {
    fn see(&mut self, at: Stamp, seen: &Seen<'_>) {
        if self.is_over {
            return;
        }
        let at = at.elapsed;
        match *seen {
            Seen::Host(port, talk, bytes) => {
                self.tick = None;
                let port = usize::from(port.0);
                for (bytes, is_secret) in self.scribe.of_host(port, talk, bytes) {
                    self.begin(Entry::Host(at, port, bytes, is_secret));
                }
            }
            Seen::Module(port, talk, bytes) => {
                let port = usize::from(port.0);
                if let Some(tick) = self.tick.take() {
                    self.queue.push_back(Entry::Late(tick));
                }
                let bytes = self.scribe.of_module(port, talk, bytes);
                self.queue.push_back(Entry::Module(port, bytes));
            }
            Seen::NetIn { conn, from, bytes } => {
                self.tick = None;
                self.net_in(at, conn, from, bytes);
            }
            Seen::NetOut { .. } | Seen::NetFin(_) => {}
            Seen::Input(input) => self.input(at, input),
            Seen::Action(action) => self.action(at, action),
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // What is not known by now will not be known any more.
        for conn in self.conns.values_mut() {
            if matches!(conn.kind, Kind::Unknown) {
                conn.kind = Kind::Plain;
            }
        }
        self.flush();
    }
}
