//! The emulated module, sans-IO: the EC200M-CN, EC200N-CN, EC800M-CN and EC800N-CN as far as their SSL
//! application note and what it needs of its companion documents go.
//!
//! [`Module`] takes bytes, time and what happened, and gives bytes, actions and a time to come back. It reads
//! no clock and opens nothing.
//!
//! | room | what |
//! |---|---|
//! | `contract` | the border: inputs, actions, ids |
//! | `dispatch` | a command line to result codes |
//! | `commands` | the command table and its handlers, one file per family |
//! | `socket` | sockets: states, connections, opening and closing |
//! | `tcpip` | lookups, echo requests, time queries |
//! | `ssl` | SSL contexts and sessions |
//! | `urc` | unsolicited result codes, pulled from state |
//! | `state` | everything but the ports |
//! | `port` | one AT port |
//! | `mux` | several ports on one wire |
//! | `lines` | modem lines |
//! | `general` | power, SIM, registration, what is kept without power |
//! | `pdp`, `files`, `clock`, `profile`, `errors`, `events` | what their names say |
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;

mod clock;
mod commands;
mod contract;
mod dispatch;
mod errors;
mod events;
mod files;
mod general;
mod handles;
mod lines;
mod mux;
mod pdp;
mod port;
mod profile;
mod socket;
mod ssl;
mod state;
mod tcpip;
mod urc;

pub use commands::Group;
pub use contract::*;
pub use dispatch::Row;
pub use errors::ErrorCode;
pub use events::Event;
pub use profile::{PROFILES, Profile};

use crate::{
    dispatch::{After, Cx, route, route_general},
    general::power::Power,
    mux::Multiplexed,
    port::{Link, Op, Port},
    socket::{AccessMode, Announce, ClientId, SocketState},
    state::Core,
    urc::Wish,
};
use alloc::{string::String, vec::Vec};
use at::{
    result::ResultCode,
    session::{PayloadEnd, Step, TYPE_AHEAD},
    time::Instant,
};
use core::net::SocketAddr;

/// Bytes waiting for a host above which no more data are put behind them.
const PORT_HIGH: usize = 16 * 1024;

/// Bytes that an online port takes for a connection that is gone: they are dropped.
const NOWHERE: usize = 4096;

/// The largest datagram that something other than a socket takes.
const MESSAGE_ROOM: usize = 4096;

/// The command table, in the order of `AT+CLAC`.
pub fn command_table() -> &'static [&'static Row] {
    commands::TABLE
}

/// The names of all commands without their prefix, as in `+QSSLOPEN`, `E`, `&C`.
pub fn commands() -> impl Iterator<Item = &'static str> {
    commands::TABLE.iter().map(|row| row.name)
}

/// The emulated module. Method families: `rx`/`handle` take what happened, `tx`/`poll` give what is
/// to be done, `deadline` says when to come back. Nothing else has an effect.
pub struct Module {
    ports: Vec<Port>,
    core: Core,
    mux: Option<Multiplexed>,
}

impl Module {
    /// A module that has just booted at `now`. An unknown model is the first of the table.
    pub fn new(setup: Setup, now: Instant) -> Module {
        let profile = profile::by_model(setup.model).unwrap_or(&PROFILES[0]);
        let ids = (0..).map(PortId);
        let mut ports: Vec<Port> = ids.zip(&setup.ports).map(|(id, name)| Port::new(id, *name)).collect();
        let core = Core::new(setup, profile, now);
        for port in &mut ports {
            port.session.restart(&core.nv.profile.settings);
        }
        Module { ports, core, mux: None }
    }

    /// How many bytes `rx` takes at most from this channel now; 0 is back-pressure: do not read.
    pub fn rx_room(&self, ch: Channel) -> usize {
        match ch {
            Channel::Net(conn) => match self.core.links.by_conn(conn) {
                Some(client) => self.core.links.get(client).rx_room(),
                None if self.core.conn(conn).is_some() => MESSAGE_ROOM,
                None => 0,
            },
            Channel::Port(id) => self.wire(id).map_or_else(|| self.port_room(id), Multiplexed::room),
        }
    }

    fn port_room(&self, id: PortId) -> usize {
        let Some(port) = self.ports.get(usize::from(id.0)) else { return 0 };
        let ahead = TYPE_AHEAD.saturating_sub(port.typed.len());
        if port.session.is_online() {
            ahead + self.data_room(port)
        } else if port.session.takes_commands() {
            ahead + port.session.upload_room()
        } else {
            0
        }
    }

    /// Takes all of `bytes`; the caller keeps to `rx_room`.
    pub fn rx(&mut self, now: Instant, ch: Channel, bytes: &[u8]) {
        match ch {
            Channel::Net(conn) => self.core.net_rx(now, conn, bytes),
            Channel::Port(id) if self.wire(id).is_some() => self.wire_rx(now, bytes),
            Channel::Port(id) => self.port_rx(now, id, bytes),
        }
        self.settle(now);
    }

    fn port_rx(&mut self, now: Instant, id: PortId, bytes: &[u8]) {
        let index = usize::from(id.0);
        self.attach(now, id);
        if !self.core.general.is_up() {
            return;
        }
        let Some(port) = self.ports.get_mut(index) else { return };
        if port.typed.is_empty() {
            let used = self.feed(now, index, bytes);
            if let (Some(port), Some(rest)) = (self.ports.get_mut(index), bytes.get(used..)) {
                port.typed.extend_from_slice(rest);
            }
        } else {
            port.typed.extend_from_slice(bytes);
        }
    }

    /// Takes a datagram; the caller keeps to `rx_room`, which is 0 when none may come.
    pub fn rx_from(&mut self, now: Instant, conn: ConnId, from: SocketAddr, bytes: &[u8]) {
        self.core.net_rx_from(now, conn, from, bytes);
        self.settle(now);
    }

    /// Where the datagram in `tx` goes; `None` for a connection, and where there is only one peer.
    pub fn tx_to(&self, conn: ConnId) -> Option<SocketAddr> {
        self.core.conn(conn).and_then(socket::Conn::tx_to)
    }

    /// Bytes ready to leave, of a datagram socket the next datagram; empty for a channel that is unknown or has
    /// nothing to say.
    pub fn tx(&self, ch: Channel) -> &[u8] {
        match ch {
            Channel::Port(id) if self.is_held(id) => &[],
            Channel::Port(id) => match (port_tx(&self.ports, &self.core, id), self.wire(id)) {
                (&[], Some(mux)) => mux.tx(),
                (said, _) => said,
            },
            Channel::Net(conn) => self.core.conn(conn).map_or(&[], socket::Conn::tx),
        }
    }

    /// The first `n` bytes of `tx` have left.
    pub fn tx_done(&mut self, now: Instant, ch: Channel, n: usize) {
        match ch {
            Channel::Port(id) => match self.mux.as_mut().filter(|mux| mux.wire == id) {
                Some(mux)
                    if self.ports.get(usize::from(id.0)).is_some_and(|port| port.session.tx().is_empty()) =>
                {
                    mux.tx_done(n)
                }
                _ => self.port_tx_done(id, n),
            },
            Channel::Net(conn) => {
                if let Some(conn) = self.core.conn_mut(conn) {
                    conn.tx_done(n);
                }
            }
        }
        self.settle(now);
    }

    fn port_tx_done(&mut self, id: PortId, n: usize) {
        let Some(port) = self.ports.get_mut(usize::from(id.0)) else { return };
        match (port.session.tx(), &mut port.op, port.link) {
            (&[], Some(Op::Download(download)), _) => download.gone += n,
            (&[], _, Link::Online(client)) => self.core.links.get_mut(client).online_data_done(n),
            _ => port.session.tx_done(n),
        }
    }

    /// Everything that is not bytes.
    pub fn handle(&mut self, now: Instant, input: Input) {
        match input {
            Input::Tick => self.tick(now),
            Input::PortAttached(id) => self.attach(now, id),
            Input::PortDetached(id) => self.detach(now, id),
            Input::PortLines(id, lines) => self.lines(now, id, lines),
            Input::Resolved(query, result) => self.core.resolved(now, query, result),
            Input::Connected(conn, local) => self.core.connected(now, conn, local),
            Input::ConnectFailed(conn, failure) => self.core.connect_failed(conn, &failure),
            Input::Incoming(listener, from) => self.core.incoming(now, listener, from),
            Input::Pong(query, sequence, result) => self.core.pong(now, query, sequence, result),
            Input::NetEof(conn) => self.core.net_ended(now, conn, None),
            Input::NetReset(conn, failure) => self.core.net_ended(now, conn, Some(failure)),
            Input::Operator(Operator::PowerKey) => self.power_key(now),
            Input::Operator(order) => self.core.operate(now, order),
        }
        self.settle(now);
    }

    /// What is to be done, in order. Drain after every `rx`, `tx_done` and `handle`.
    pub fn poll(&mut self) -> Option<Action> {
        self.core.next_action()
    }

    /// When to come back with `Input::Tick` at the latest.
    pub fn deadline(&self) -> Option<Instant> {
        let ports = self.ports.iter().filter_map(|port| {
            let delay = match &port.op {
                Some(Op::Delay(until, _)) => Some(*until),
                _ => None,
            };
            let urc = port
                .session
                .boundary_from()
                .filter(|_| port.session.backlog() < PORT_HIGH && self.wants_urc(port));
            let ring = port.ring.as_ref().map(|ring| ring.until);
            [port.session.deadline(), delay, urc, ring].into_iter().flatten().min()
        });
        let mux = self.mux.as_ref().and_then(Multiplexed::deadline);
        ports.chain(self.core.deadline()).chain(mux).min()
    }

    /// The content of a file, for `Action::StoreFile`.
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        let name = files::FileName::parse(name, false).ok()?;
        self.core.files.get(&name).map(|file| file.content.as_slice())
    }

    /// What the module keeps without power besides files, for `Action::StoreSettings` and [`Setup::settings`].
    pub fn settings(&self) -> String {
        self.core.nv.text()
    }

    /// Works on everything that can go on, until nothing can.
    fn settle(&mut self, now: Instant) {
        loop {
            let mut progress = false;
            for client in ClientId::all() {
                let online = self.ports.iter().any(|port| port.link == Link::Online(client));
                self.core.service(client, online);
            }
            for index in 0..self.ports.len() {
                progress |= self.finish_op(now, index);
                progress |= self.feed_typed(now, index);
                progress |= self.end_online(index);
                progress |= self.push_urc(now, index);
            }
            progress |= self.pump(now);
            if !progress {
                break;
            }
        }
        if !self.ports.iter().any(|port| port.attached) {
            // Nobody hears them, and later they would be lies.
            self.core.general.codes.clear();
        }
        for index in 0..self.ports.len() {
            self.tell_lines(now, index);
        }
        self.tell_channel_lines();
    }

    fn cx(&mut self, now: Instant, index: usize) -> Option<Cx<'_>> {
        Some(Cx { now, port: self.ports.get_mut(index)?, core: &mut self.core })
    }

    /// Feeds what time has brought, and what the port could not use before. Says whether that was anything.
    fn feed_typed(&mut self, now: Instant, index: usize) -> bool {
        let Some(port) = self.ports.get_mut(index) else { return false };
        let typed = core::mem::take(&mut port.typed);
        let before = typed.len();
        let id = port.id;
        if self.wire(id).is_some() {
            // What came with the command that made it one.
            if before > 0 {
                self.wire_rx(now, &typed);
            }
            return before > 0;
        }
        let used = self.feed(now, index, &typed);
        if let (Some(port), Some(rest)) = (self.ports.get_mut(index), typed.get(used..)) {
            port.typed = rest.to_vec();
            return port.typed.len() != before;
        }
        false
    }

    /// Gives input to a port's session and does what comes of it; how many bytes that used.
    fn feed(&mut self, now: Instant, index: usize, input: &[u8]) -> usize {
        let mut used = 0;
        loop {
            if !self.core.general.is_up() {
                // Nobody hears it.
                return input.len();
            }
            let Some(port) = self.ports.get(index).filter(|port| self.wire(port.id).is_none()) else {
                return used;
            };
            let room = self.data_room(port);
            let Some(port) = self.ports.get_mut(index) else { return used };
            let (n, step) = port.session.step(now, input.get(used..).unwrap_or_default(), room);
            used += n;
            let Some(mut cx) = self.cx(now, index) else { return used };
            let after = match step {
                Step::Idle => return used,
                Step::Line(line) => {
                    cx.port.rest = line;
                    cx.run_line()
                }
                Step::TooLong => {
                    cx.refused("", "the command line is longer than 4096 bytes");
                    cx.port.session.finish(ResultCode::Error);
                    After::Nothing
                }
                Step::Payload(bytes) => {
                    cx.payload(bytes);
                    After::Nothing
                }
                Step::PayloadEnd(end) => {
                    let outcome = cx.payload_end(end);
                    cx.resume(outcome)
                }
                Step::Data(bytes) => {
                    let packing = cx.core.options.packing();
                    if let Link::Online(client) = cx.port.link
                        && let Some(connected) = cx.core.links.get_mut(client).connected()
                    {
                        connected.take_outgoing(now, bytes, packing);
                    }
                    After::Nothing
                }
                Step::Escaped => {
                    self.suspend(index);
                    if let Some(port) = self.ports.get_mut(index) {
                        port.session.acknowledge_escape();
                    }
                    After::Nothing
                }
            };
            self.follow(now, after);
        }
    }

    /// How many online bytes the port's connection takes.
    fn data_room(&self, port: &Port) -> usize {
        match port.link {
            Link::Online(client) => match self.core.links.get(client).state() {
                SocketState::Connected(connected) => connected.outgoing_room(),
                _ => NOWHERE,
            },
            Link::None | Link::Suspended(_) => 0,
        }
    }

    fn finish_op(&mut self, now: Instant, index: usize) -> bool {
        let Some(mut cx) = self.cx(now, index) else { return false };
        let Some(outcome) = cx.op_outcome() else { return false };
        let after = cx.resume(outcome);
        self.follow(now, after);
        if let Some(port) = self.ports.get_mut(index).filter(|port| !port.attached) {
            // The host went away meanwhile: as if it had gone now.
            let id = port.id;
            self.detach(now, id);
        }
        true
    }

    /// The end of the connection that a port is, once its data have left.
    fn end_online(&mut self, index: usize) -> bool {
        let Some(port) = self.ports.get_mut(index) else { return false };
        let Link::Online(client) = port.link else { return false };
        let socket = self.core.links.get_mut(client);
        let over = matches!(socket.state(), SocketState::ClosingTheirs(_) | SocketState::Initial);
        if over && socket.rx.is_empty() {
            socket.tell_closed();
            port.link = Link::None;
            port.session.go_offline(ResultCode::NoCarrier);
        }
        over && port.link == Link::None
    }

    fn push_urc(&mut self, now: Instant, index: usize) -> bool {
        let Some(port) = self.ports.get(index) else { return false };
        if !port.session.at_boundary(now) || port.session.backlog() >= PORT_HIGH || !self.wants_urc(port) {
            return false;
        }
        let (id, quiet) = (port.id, port.session.settings.quiet);
        let (ports, core) = (&self.ports, &mut self.core);
        let routed_here = |opener| route(ports, opener) == Some(id);
        let general = route_general(ports, core.nv.urc_port()) == Some(id);
        let urc = core.next_urc(&Wish { routed_here: &routed_here, general, quiet });
        match (urc, self.ports.get_mut(index)) {
            (Some(urc), Some(port)) => {
                port.session.urc(&urc.text, urc.payload.as_deref());
                core.event(Event::Urc {
                    port: port.name,
                    text: String::from_utf8_lossy(&urc.text).into_owned(),
                });
                self.ring(now, index);
                true
            }
            _ => false,
        }
    }

    fn wants_urc(&self, port: &Port) -> bool {
        let routed_here = |opener| route(&self.ports, opener) == Some(port.id);
        let general = route_general(&self.ports, self.core.nv.urc_port()) == Some(port.id);
        self.core.has_urc(&Wish { routed_here: &routed_here, general, quiet: port.session.settings.quiet })
    }

    /// Online data state is left and the connection kept, in buffer mode (§1.4, D23).
    fn suspend(&mut self, index: usize) {
        let Some(port) = self.ports.get_mut(index) else { return };
        if let Link::Online(client) = port.link {
            port.link = Link::Suspended(client);
            let socket = self.core.links.get_mut(client);
            if let Some(about) = &mut socket.about {
                about.mode = AccessMode::Buffer;
            }
            if let Some(connected) = socket.connected() {
                connected.send_outgoing();
            }
            self.core.service(client, false);
        }
    }

    /// A host opens a port. A module that is off is switched on by it: a pty has no PWRKEY.
    fn attach(&mut self, now: Instant, id: PortId) {
        if let Some(port) = self.ports.get_mut(usize::from(id.0)).filter(|port| !port.attached) {
            port.attached = true;
            port.dtr = true;
            if self.core.general.power == Power::Off {
                self.core.power_on(now);
            }
        }
    }

    /// The host has closed the port: DTR OFF, and nobody to read (D24).
    fn detach(&mut self, now: Instant, id: PortId) {
        if self.wire(id).is_some() {
            self.drop_multiplex(now);
        }
        self.dtr_off(now, id);
        let index = usize::from(id.0);
        if let Some(mut cx) = self.cx(now, index)
            && cx.port.session.is_payload()
        {
            // What has come of a file is kept; what has come of a message is not sent.
            let end = match cx.port.op {
                Some(Op::Upload(_) | Op::Write(..)) => PayloadEnd::Cancelled,
                _ => PayloadEnd::TimedOut,
            };
            let _ = cx.payload_end(end);
        }
        if let Some(port) = self.ports.get_mut(index) {
            port.attached = false;
            port.dtr = false;
            port.rts = true;
            port.typed = Vec::new();
            port.session.detach();
        }
    }

    /// DTR ON to OFF (D24). With `AT&D1` or `AT&D2` it ends an upload, and online data state: `AT&D1` keeps the
    /// connection, `AT&D2` closes it.
    fn dtr_off(&mut self, now: Instant, id: PortId) {
        let index = usize::from(id.0);
        let Some(mut cx) = self.cx(now, index) else { return };
        let reaction = cx.port.session.settings.dtr;
        if !cx.port.dtr || reaction == 0 {
            return;
        }
        if matches!(cx.port.op, Some(Op::Upload(_))) {
            cx.port.session.end_payload();
            let outcome = cx.payload_end(PayloadEnd::Cancelled);
            let after = cx.resume(outcome);
            return self.follow(now, after);
        }
        let Link::Online(client) = cx.port.link else { return };
        if reaction == 1 {
            cx.port.session.go_offline(ResultCode::Ok);
            self.suspend(index);
        } else {
            cx.port.link = Link::None;
            cx.port.session.go_offline(ResultCode::NoCarrier);
            let _ = self.core.close(now, client, 0, Announce::No);
        }
    }

    /// What a command leads to beyond its port.
    fn follow(&mut self, now: Instant, after: After) {
        match after {
            After::Nothing => {}
            After::Multiplex(wire, n1) => self.multiplex(wire, n1),
            After::Restart => {
                self.restart(now);
                self.core.power_on(now);
            }
            After::PowerDown => {
                self.restart(now);
                self.core.fall(now);
                self.tick(now);
            }
        }
    }

    /// PWRKEY, pressed long enough.
    fn power_key(&mut self, now: Instant) {
        match self.core.general.power {
            Power::Off => self.core.power_on(now),
            Power::On => self.follow(now, After::PowerDown),
            Power::Booting | Power::Falling(_) => {}
        }
    }

    fn tick(&mut self, now: Instant) {
        self.core.tick(now);
        self.wire_tick(now);
        if matches!(self.core.general.power, Power::Falling(at) if at <= now) {
            self.core.general.power = Power::Off;
            self.core.announce("POWERED DOWN");
        }
    }

    /// Power-on state of everything volatile.
    fn restart(&mut self, now: Instant) {
        self.send_frames();
        self.drop_multiplex(now);
        self.core.restart();
        for port in &mut self.ports {
            port.op = None;
            port.rest = Vec::new();
            port.link = Link::None;
            port.session.restart(&self.core.nv.profile.settings);
        }
    }
}

/// What a port has to say: its session first, then the file that goes to the host, or the connection that the port is.
fn port_tx<'a>(ports: &'a [Port], core: &'a Core, id: PortId) -> &'a [u8] {
    let Some(port) = ports.get(usize::from(id.0)) else { return &[] };
    match (port.session.tx(), &port.op, port.link) {
        (&[], Some(Op::Download(download)), _) => download.rest(),
        (&[], _, Link::Online(client)) => core.links.get(client).online_data(),
        (said, ..) => said,
    }
}
