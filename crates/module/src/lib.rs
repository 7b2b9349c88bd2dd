//! The emulated module, sans-IO: the EC200M-CN, EC200N-CN, EC800M-CN and EC800N-CN as far as their SSL
//! application note and what it needs of its companion documents go.
//!
//! [`Module`] takes bytes, time and what happened, and gives bytes, actions and a time to come back. It reads
//! no clock and opens nothing.
//!
//! | room | what |
//! |---|---|
//! | `contract` | the border: inputs, actions, ids |
//! | `view` | what is shown of it to whoever watches over it |
//! | `dispatch` | a command line to result codes |
//! | `commands` | the command table and its handlers, one file per family |
//! | `socket` | sockets: states, connections, opening and closing |
//! | `tcpip` | lookups, echo requests, time queries |
//! | `ssl` | SSL contexts and sessions |
//! | `urc` | unsolicited result codes, pulled from state |
//! | `state` | everything but the ports |
//! | `port` | one AT port |
//! | `serve`, `hosts` | what happens on ports: bytes; hosts that come, go and move DTR |
//! | `mux` | several ports on one wire |
//! | `lines` | modem lines |
//! | `general` | power, SIM, registration, what is kept without power |
//! | `cause` | why something failed, in words |
//! | `points` | what the module is made to do wrong when somebody asks for it |
//! | `purpose` | what connections and queries are for, told to whoever stands between |
//! | `pdp`, `files`, `clock`, `profile`, `errors`, `events` | what their names say |
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;

mod activation;
mod cause;
mod clock;
mod commands;
mod contract;
mod dispatch;
mod errors;
mod events;
mod files;
mod general;
mod handles;
mod hosts;
mod lines;
mod mux;
mod operations;
mod pdp;
mod points;
mod port;
mod profile;
mod purpose;
mod serve;
mod socket;
mod ssl;
mod state;
mod tcpip;
mod urc;
pub mod view;

pub use cause::{
    Bearer, Cause, CertificateCause, CommandCause, ContextCause, FileFault, Injected, Item, Kind,
    NetworkCause, ServerCause, SslFacts, Wait,
};
pub use commands::Group;
pub use contract::*;
pub use dispatch::Row;
pub use errors::{ErrorCode, Failure};
pub use events::{Event, OnChannel, Talk};
pub use profile::{PROFILES, Profile};
pub use purpose::{Carries, Purpose};
pub use tls::{AlertDescription, Speaker, Spoken};

use crate::{
    dispatch::{After, Cx},
    general::power::Power,
    mux::Multiplexed,
    port::{Link, Op, Port},
    serve::{PORT_HIGH, port_tx},
    socket::ClientId,
    state::Core,
};
use alloc::{string::String, vec::Vec};
use at::time::Instant;
use core::net::SocketAddr;

/// The largest datagram that something other than a socket takes.
const MESSAGE_ROOM: usize = 4096;

/// The command table, in the order of `AT+CLAC`.
pub fn command_table() -> &'static [&'static Row] {
    commands::TABLE
}

/// What the number of an error means: of Table 5 for TCP/IP and SSL commands, else of `+CME ERROR`.
pub fn error_text(group: Group, number: u16) -> Option<&'static str> {
    if group.has_register() {
        ErrorCode::ALL.iter().find(|code| code.code() == number).map(|code| code.text())
    } else {
        errors::cme::ALL.iter().find(|cme| cme.code == number).map(|cme| cme.text)
    }
}

/// The names of all commands without their prefix, as in `+QSSLOPEN`, `E`, `&C`.
pub fn commands() -> impl Iterator<Item = &'static str> {
    commands::TABLE.iter().map(|row| row.name)
}

/// The emulated module. Method families: `rx`/`handle` take what happened, `tx`/`poll` give what is
/// to be done, `deadline` says when to come back. Nothing else has an effect but `put_file` and
/// `remove_file`, whose results somebody waits for.
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
        let mut ports: Vec<Port> = ids.zip(&setup.ports).map(|(id, name)| Port::of(id, *name)).collect();
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

    /// Takes all of `bytes`; the caller keeps to `rx_room`.
    pub fn rx(&mut self, now: Instant, ch: Channel, bytes: &[u8]) {
        match ch {
            Channel::Net(conn) => self.core.net_rx(now, conn, bytes),
            Channel::Port(id) if self.wire(id).is_some() => self.wire_rx(now, bytes),
            Channel::Port(id) => self.port_rx(now, id, bytes),
        }
        self.settle(now);
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

    /// What stands behind [`Module::tx`] already and may leave with it, in the same write: of a file that goes to a host.
    /// Each has a `tx_done` of its own.
    pub fn tx_behind(&self, ch: Channel) -> &[u8] {
        let Channel::Port(id) = ch else { return &[] };
        let port = self.ports.get(usize::from(id.0)).filter(|_| !self.is_held(id));
        match port.map(|port| (port.session.tx(), &port.op)) {
            Some((said, Some(Op::Download(download)))) if !said.is_empty() => download.rest(),
            _ => &[],
        }
    }

    /// What a host's bytes are that come on this port now.
    pub fn hears(&self, id: PortId) -> Talk {
        match self.ports.get(usize::from(id.0)) {
            Some(_) if self.wire(id).is_some() => Talk::Frames,
            Some(port) if port.session.is_online() => Talk::Data,
            Some(_) | None => Talk::Dialogue,
        }
    }

    /// What the bytes are that `tx` has for this port.
    pub fn says(&self, id: PortId) -> Talk {
        match self.ports.get(usize::from(id.0)) {
            Some(port) if !port.session.tx().is_empty() => Talk::Dialogue,
            Some(_) if self.wire(id).is_some() => Talk::Frames,
            Some(port) if matches!(port.op, Some(Op::Download(_))) => Talk::Dialogue,
            Some(port) if matches!(port.link, Link::Online(_)) => Talk::Data,
            Some(_) | None => Talk::Dialogue,
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
            Input::Operator(Operator::PowerCut) => self.power_cut(now),
            Input::Operator(Operator::PowerOn) if self.core.general.power == Power::Off => {
                self.core.power_on(now);
            }
            Input::Operator(Operator::Reset) => {
                self.core.lose_power();
                self.follow(now, After::Restart);
            }
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

    /// Somebody begins to read what commands mean, what TLS says and what goes on on channels, or nobody does any more;
    /// see [`Setup::narrates`] and [`Setup::tells_channels`].
    pub fn narrate(&mut self, commands: bool, channels: bool) {
        (self.core.narrates, self.core.tells_channels) = (commands, channels);
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
                self.core.service(now, client, online);
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

    /// The power is gone, and with it everything that is not kept.
    fn power_cut(&mut self, now: Instant) {
        self.core.lose_power();
        self.restart(now);
        self.core.general.power = Power::Off;
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
