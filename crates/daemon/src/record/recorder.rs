//! Writes a whole run of a module down as a scenario that plays without the network it had.
//!
//! A connection becomes a peer that waits until it is told to accept, and then does what the real one has done, at the
//! same time: so nothing that the module says comes earlier in the play than it did. Behind TLS that is what the peer
//! has said in clear. A handshake that has failed is the bytes of the server: its certificate fails again, in the same way.

mod hosts;
mod network;

use super::{
    Recording, Scribe,
    conns::Kind,
    echoes::{Echoes, SILENT},
    head::head,
    multiplexer::Wire,
    operator,
    peers::Peers,
    queue::{Act, Entry, Queue},
};
use crate::{
    SetupError,
    redact::Secrets,
    watch::{Seen, Stamp, Watch},
};
use faults::Fault;
use module::{Action, AtPort, ConnId, DnsFailure, DteLines, Event, Input, Operator, QueryId, Setup};
use scenario::transcript::escape::escape;
use std::{collections::HashMap, time::Duration};

/// What is kept of a handshake; more would be no handshake.
const MOST_HANDSHAKE: usize = 256 * 1024;

pub(crate) struct Recorder {
    scribe: Scribe,
    secrets: Secrets,
    report: fn(&str),
    /// The ports, and behind them the channels of a multiplexer.
    ports: Vec<Line>,
    wire: Wire,
    /// What is not on the tape yet.
    queue: Queue,
    peers: Peers,
    echoes: Echoes,
    listeners: HashMap<ConnId, u16>,
    caller: Option<usize>,
    queries: HashMap<QueryId, String>,
    /// Which connection a socket has, and the one that has come up last.
    clients: HashMap<u8, ConnId>,
    latest: Option<ConnId>,
    /// When the module was told something last: whatever it does comes of that.
    caused: Duration,
    /// If that were bytes of the network: of this connection.
    heard: Option<ConnId>,
    /// There have been faults, which may make everything late.
    has_faults: bool,
    /// The module has been told to end.
    is_over: bool,
}

/// What stands between a host and the module.
struct Line {
    name: &'static str,
    /// As the host moved them last.
    lines: DteLines,
    /// The host takes nothing.
    is_held: bool,
}

impl Line {
    const REST: DteLines = DteLines { dtr: true, rts: true };

    fn new(port: AtPort) -> Line {
        Line { name: port.name(), lines: Line::REST, is_held: false }
    }
}

impl Recorder {
    pub(crate) fn start(
        recording: &Recording,
        setup: &Setup,
        faults: &[Fault],
        report: fn(&str),
    ) -> Result<Recorder, SetupError> {
        let ports: Vec<AtPort> = setup.ports.iter().chain(&AtPort::CHANNELS).copied().collect();
        let names: Vec<&str> = ports.iter().map(|port| port.name()).collect();
        let mut scribe = Scribe::start(recording, &names, report)?;
        let head = head(setup, recording.secrets, &scribe);
        scribe.write(|tape| head.iter().for_each(|line| tape.note(line)));
        for fault in faults {
            scribe.write(|tape| tape.note(&format!("fault {fault}")));
        }
        Ok(Recorder {
            scribe,
            secrets: recording.secrets,
            report,
            ports: ports.into_iter().map(Line::new).collect(),
            wire: Wire::default(),
            queue: Queue::default(),
            peers: Peers::default(),
            echoes: Echoes::default(),
            listeners: HashMap::new(),
            caller: None,
            queries: HashMap::new(),
            clients: HashMap::new(),
            latest: None,
            caused: Duration::ZERO,
            heard: None,
            has_faults: !faults.is_empty(),
            is_over: false,
        })
    }

    fn begin(&mut self, entry: Entry) {
        self.flush();
        self.queue.begin(entry);
    }

    fn happens(&mut self, line: String) {
        self.begin(Entry::Step(self.caused, line));
    }

    fn note_before(&mut self, line: String) {
        self.queue.before(Entry::Note(line));
    }

    /// The peer of a connection does something.
    fn acts(&mut self, id: ConnId, act: Act) {
        self.begin(Entry::Act(self.caused, id, act));
    }

    /// The module moves because of something that has no line.
    fn ticks(&mut self) {
        self.flush();
        self.queue.tick(self.caused);
    }

    /// Puts everything on the tape that is known.
    fn flush(&mut self) {
        loop {
            let peers = &self.peers;
            let is_known = |entry: &Entry| match entry {
                Entry::Peer(id) | Entry::Act(_, id, Act::Comes | Act::Raw(_)) => peers.is_known(*id),
                Entry::Upload(..) => false,
                Entry::Echo(_, _, _, fate) => fate.is_some(),
                Entry::Act(_, _, Act::Piece { is_open, .. }) => !is_open,
                _ => true,
            };
            let Some(entry) = self.queue.next(is_known) else { return };
            self.put(entry);
        }
    }

    fn put(&mut self, entry: Entry) {
        match entry {
            Entry::Host(at, port, bytes, secret) => self.scribe.write(|t| t.host(at, port, &bytes, secret)),
            Entry::Upload(at, port, bytes) => {
                let hidden = vec![b'*'; bytes.len()];
                self.scribe.write(|t| t.host(at, port, &hidden, true));
            }
            Entry::Module(port, bytes) => self.scribe.write(|t| t.module(port, &bytes)),
            Entry::Late(at) => self.scribe.write(|t| t.pass(at)),
            Entry::Step(at, line) => self.scribe.write(|t| t.step(at, &line)),
            Entry::Note(line) => self.scribe.write(|t| t.note(&line)),
            Entry::Peer(id) => {
                self.peers.give_up(id);
                if let Some(line) = self.peers.line(id) {
                    self.scribe.write(|t| t.note(&line));
                }
            }
            Entry::Act(at, id, act) => {
                self.peers.give_up(id);
                if act == Act::Comes && !self.queue.is_secured_next(id) {
                    let lines = self.peers.stop(id).into_iter().flatten();
                    lines.for_each(|line| self.scribe.write(|t| t.step(at, &line)));
                }
                let hides = self.secrets == Secrets::HiddenWithPayload;
                let show =
                    |bytes: &[u8]| if hides { escape(&vec![b'x'; bytes.len()]) } else { escape(bytes) };
                if let Some(line) = self.peers.act(id, &act, show) {
                    self.scribe.write(|t| t.step(at, &line));
                }
            }
            Entry::Echo(_, _, address, fate) => {
                let line = self.echoes.line(address, fate.as_deref().unwrap_or(SILENT));
                line.into_iter().for_each(|line| self.scribe.write(|t| t.note(&line)));
            }
            Entry::Gone(id) => self.peers.forget(id),
        }
    }

    fn input(&mut self, input: &Input) {
        match input {
            Input::Tick => self.ticks(),
            Input::PortAttached(id) => self.attaches(usize::from(id.0), true),
            Input::PortDetached(id) => self.attaches(usize::from(id.0), false),
            Input::PortLines(id, lines) => self.moves(usize::from(id.0), *lines),
            Input::Resolved(query, result) => {
                let Some(name) = self.queries.remove(query) else { return };
                let answer = match result {
                    Ok(found) => {
                        found.addresses.iter().for_each(|address| self.peers.name(*address, &name));
                        let addresses: Vec<_> = found.addresses.iter().map(ToString::to_string).collect();
                        format!("{} ttl={}", addresses.join(" "), found.ttl)
                    }
                    Err(DnsFailure::NotFound) => "none".into(),
                    Err(DnsFailure::Unreachable(_)) => "dead".into(),
                };
                self.happens(format!("dns {name} {answer}"));
            }
            Input::Connected(id, local) => {
                self.latest = Some(*id);
                let Some(conn) = self.peers.conns.get_mut(id) else { return };
                conn.local_port = local.port();
                // A port for datagrams is there at once.
                if !matches!(conn.kind, Kind::Datagrams(_)) {
                    conn.is_accepted = self.has_faults;
                    let act = if self.has_faults { Act::Accepts } else { Act::Comes };
                    self.acts(*id, act);
                }
            }
            Input::ConnectFailed(id, failure) => self.connect_failed(*id, failure),
            Input::NetEof(id) => match self.end(*id) {
                true => self.acts(*id, Act::Cuts),
                false => self.ticks(),
            },
            Input::NetReset(id, _) => match self.end(*id) {
                true => self.acts(*id, Act::Resets),
                false => self.ticks(),
            },
            Input::Incoming(listener, from) => {
                let port = self.listeners.get(listener).copied().unwrap_or(0);
                let (peer, is_new) = self.peers.number(*from);
                if is_new {
                    self.flush();
                    self.queue.tick(self.caused);
                    self.note_before(format!("peer caller {from} to={port} lingers"));
                }
                self.caller = Some(peer);
                self.happens(format!("peer {peer} calls"));
            }
            Input::Operator(act) => self.operator(act),
            Input::Pong(query, sequence, result) => {
                let fate = self.echoes.answer(*query, *sequence, self.caused, result);
                fate.iter().for_each(|fate| self.queue.echo(Some((*query, *sequence)), fate));
                self.ticks();
            }
        }
    }

    fn operator(&mut self, act: &Operator) {
        if matches!(act, Operator::PowerKey | Operator::Reset) {
            self.queue.echo(None, SILENT);
        }
        match operator::line(act, self.secrets, &self.scribe) {
            _ if matches!(act, Operator::ShutDown) => {
                self.flush();
                self.is_over = true;
            }
            Some(line) => self.happens(format!("operator {line}")),
            None => self.begin(Entry::Note(format!("# Not played: {act:?}"))),
        }
    }

    fn action(&mut self, action: &Action) {
        match action {
            Action::Resolve(query, name, ..) => {
                // A scenario has no other names, and nobody has these.
                let is_word = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
                if is_word {
                    self.queries.insert(*query, name.clone());
                    self.note_before(format!("dns {name} silent"));
                }
            }
            Action::Connect(id, address, _) => {
                let (peer, _) = self.peers.number(*address);
                self.peers.add(*id, peer, Kind::Unknown);
                self.queue.before(Entry::Peer(*id));
            }
            Action::Bind(id, local, only) => {
                let peer = only.map_or(0, |address| self.peers.number(address).0);
                self.peers.add(*id, peer, Kind::Datagrams(*only)).local_port = local.port();
                self.queue.before(Entry::Peer(*id));
            }
            Action::Listen(id, local) => {
                self.listeners.insert(*id, local.port());
            }
            Action::Accept(_, id, _) => {
                if let Some(peer) = self.caller.take() {
                    self.peers.add(*id, peer, Kind::Plain);
                }
            }
            Action::Ping(query, address, sequence) => {
                self.queue.echo(None, SILENT);
                self.queue.before(Entry::Echo(*query, *sequence, *address, None));
                self.echoes.ask(*query, *sequence, self.caused);
            }
            Action::Close(id, _) | Action::Abort(id) | Action::Vanish(id) => {
                let has_come_up = self.peers.conns.get(id).is_some_and(|conn| conn.local_port != 0);
                self.peers.is(*id, if has_come_up { Kind::Broken } else { Kind::Silent });
                self.listeners.remove(id);
                // What it has not understood by now it never will: a fault needs something that it does not understand.
                self.queue.clear(*id, if self.has_faults { b"x" } else { b"" }, false);
                self.queue.push(Entry::Gone(*id));
            }
            Action::Event(event) => self.event(event),
            _ => {}
        }
    }

    fn event(&mut self, event: &Event) {
        let conn = match event {
            Event::Connected { client, .. } => {
                if let Some(id) = self.latest {
                    self.clients.insert(*client, id);
                }
                return;
            }
            Event::ErrandFailed { command: "+QPING", .. } => return self.queue.echo(None, SILENT),
            Event::Channel { port, what } => return self.on_channel(*port, what),
            Event::Secured { client, .. }
            | Event::Received { client, .. }
            | Event::OpenFailed { client, .. }
            | Event::Socket { client, to: "Connected", .. } => self.clients.get(client).copied(),
            _ => return,
        };
        let Some(id) = conn else { return };
        match event {
            Event::Secured { summary, .. } => self.secured(id, summary),
            Event::Received { bytes, more, .. } => self.received(id, bytes, *more),
            Event::OpenFailed { .. } => self.broken(id),
            _ => self.peers.is(id, Kind::Plain),
        }
    }
}

impl Watch for Recorder {
    fn see(&mut self, at: Stamp, seen: &Seen<'_>) {
        if self.is_over {
            return;
        }
        if matches!(seen, Seen::Host(..) | Seen::NetIn { .. } | Seen::Input(_) | Seen::Fault(_)) {
            self.caused = at.elapsed;
            self.heard = if let Seen::NetIn { conn, .. } = seen { Some(*conn) } else { None };
        }
        match *seen {
            Seen::Host(port, talk, bytes) => self.host_says(usize::from(port.0), talk, bytes),
            Seen::Module(port, talk, bytes) => {
                let port = usize::from(port.0);
                if self.ports.get(port).is_some_and(|line| line.is_held) {
                    self.caused = at.elapsed;
                }
                self.module_says(port, talk, bytes);
            }
            Seen::Held(port, is_held) => self.holds(usize::from(port.0), is_held),
            Seen::NetIn { conn, from, bytes } => self.net_in(conn, from, bytes),
            Seen::NetOut { conn, to, bytes } => {
                self.peers.asks(conn, to, bytes).into_iter().for_each(|line| self.note_before(line));
            }
            Seen::NetFin(_) => {}
            Seen::Fault(request) => {
                self.has_faults = true;
                self.happens(format!("fault {request}"));
            }
            Seen::Input(input) => self.input(input),
            Seen::Action(action) => self.action(action),
        }
        if self.peers.are_too_many() {
            self.is_over = true;
            (self.report)("recording: more than 10000 peers; the recording ends here: record a shorter run");
        }
    }

    fn wants_channels(&self) -> bool {
        true
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // What is not known by now will not be known any more.
        (0..self.ports.len()).for_each(|port| self.uploaded(port));
        while let Some(entry) = self.queue.next(|_| true) {
            self.put(entry);
        }
    }
}
