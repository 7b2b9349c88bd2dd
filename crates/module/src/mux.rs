//! A multiplexed wire (27.010, `AT+CMUX`): its channels are ports of their own, `cmux1` to `cmux4`.
//!
//! The port that `AT+CMUX` was given on is the wire and no port any more until the host closes the multiplexer or goes
//! away. Channels take part in everything that ports do; only the world does not see them.

use crate::{
    Module,
    contract::{AtPort, DteLines, PortId},
    events::{Event as ModuleEvent, OnChannel},
    port::Port,
    serve::port_tx,
};
use at::{fifo::Fifo, time::Instant};
use cmux::{CHANNELS, Dlci, Event, Lines, Mux, PATIENCE};

const NAMES: [AtPort; CHANNELS] = AtPort::CHANNELS;

/// Bytes that wait for a channel above which its host is asked to stop, and above which the wire is not read.
const STOP: usize = 2048;
const FULL: usize = 16 * 1024;

/// Bytes that wait on the wire above which no more frames are put behind them.
const WIRE_HIGH: usize = 16 * 1024;

/// Bytes of the wire taken at a time.
const WIRE_ROOM: usize = 4096;

/// A wire and what belongs to it.
pub(crate) struct Multiplexed {
    /// The port that is the wire.
    pub(crate) wire: PortId,
    /// The ports that are the channels.
    ports: [PortId; CHANNELS],
    mux: Mux,
    tx: Fifo,
    /// Bytes of the channels that their ports have not taken.
    waiting: [Fifo; CHANNELS],
    /// When a frame that does not go on is given up.
    give_up_at: Option<Instant>,
    /// The channel whose turn to send it is.
    turn: usize,
}

impl Multiplexed {
    pub(crate) fn room(&self) -> usize {
        if self.waiting.iter().any(|waiting| waiting.len() >= FULL) { 0 } else { WIRE_ROOM }
    }

    pub(crate) fn tx(&self) -> &[u8] {
        self.tx.front()
    }

    pub(crate) fn tx_done(&mut self, n: usize) {
        self.tx.consume(n);
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.give_up_at
    }
}

impl Module {
    /// The multiplexer, if this port is its wire.
    pub(crate) fn wire(&self, id: PortId) -> Option<&Multiplexed> {
        self.mux.as_ref().filter(|mux| mux.wire == id)
    }

    /// After the `OK` of `AT+CMUX`: the port becomes a wire.
    pub(crate) fn multiplex(&mut self, wire: PortId, n1: usize) {
        let ports = NAMES.map(|name| self.channel_port(name));
        if let Some(port) = self.ports.get_mut(usize::from(wire.0)) {
            port.attached = false;
        }
        self.mux = Some(Multiplexed {
            wire,
            ports,
            mux: Mux::new(n1),
            tx: Fifo::default(),
            waiting: Default::default(),
            give_up_at: None,
            turn: 0,
        });
    }

    /// The port of this name; made when it is needed first.
    fn channel_port(&mut self, name: AtPort) -> PortId {
        if let Some(port) = self.ports.iter().find(|port| port.is_channel && port.name == name) {
            return port.id;
        }
        let id = PortId(u8::try_from(self.ports.len()).unwrap_or(u8::MAX));
        self.ports.push(Port::channel(id, name));
        self.core.add_port(name);
        id
    }

    /// Bytes of the wire.
    pub(crate) fn wire_rx(&mut self, now: Instant, bytes: &[u8]) {
        if let Some(line) = &mut self.mux {
            line.mux.receive(bytes);
        }
        self.wire_events(now);
        if let Some(line) = &mut self.mux {
            line.give_up_at = line.mux.is_waiting().then(|| now + PATIENCE);
        }
    }

    /// A frame that has begun and does not go on was none.
    pub(crate) fn wire_tick(&mut self, now: Instant) {
        let due = |line: &Multiplexed| line.give_up_at.is_some_and(|at| at <= now);
        while let Some(line) = self.mux.as_mut().filter(|line| due(line) && line.mux.is_waiting()) {
            line.mux.give_up();
            self.wire_events(now);
        }
        if let Some(line) = self.mux.as_mut().filter(|line| due(line)) {
            line.give_up_at = None;
        }
    }

    fn wire_events(&mut self, now: Instant) {
        loop {
            let Some(line) = &mut self.mux else { return };
            match line.mux.step(line.tx.tail()) {
                None => return,
                Some(Event::Data(dlci, bytes)) => {
                    if let Some(waiting) = line.waiting.get_mut(dlci.index()) {
                        waiting.push(bytes);
                    }
                    self.deliver(now, dlci);
                    // Before the channel may be closed by what comes next.
                    self.send_frames();
                }
                Some(Event::Opened(dlci)) => {
                    let id = line.port(dlci);
                    self.tell(id, || OnChannel::Opened);
                    self.attach(now, id);
                }
                Some(Event::Closed(dlci)) => {
                    let id = line.port(dlci);
                    if let Some(waiting) = line.waiting.get_mut(dlci.index()) {
                        *waiting = Fifo::default();
                    }
                    self.tell(id, || OnChannel::Closed);
                    self.detach(now, id);
                }
                Some(Event::Lines(dlci, lines)) => {
                    let id = line.port(dlci);
                    let lines = DteLines { dtr: lines.ready, rts: lines.takes };
                    self.tell(id, || OnChannel::Lines(lines));
                    self.lines(now, id, lines);
                }
                Some(Event::Over) => {
                    let (wire, rest) = (line.wire, line.mux.rest().to_vec());
                    self.end_multiplex();
                    if let Some(port) = self.ports.get_mut(usize::from(wire.0)) {
                        port.typed.extend(rest);
                    }
                }
            }
        }
    }

    /// The wire is a port again; what the multiplexer still has to say goes first.
    pub(crate) fn end_multiplex(&mut self) {
        let Some(mut line) = self.mux.take() else { return };
        self.core.multiplexer = None;
        if let Some(port) = self.ports.get_mut(usize::from(line.wire.0)) {
            port.session.raw(&line.tx.take());
            port.attached = true;
        }
    }

    /// The host of the wire has gone, or the module starts anew: so have the hosts of the channels.
    pub(crate) fn drop_multiplex(&mut self, now: Instant) {
        let Some(line) = &self.mux else { return };
        let ports = line.ports;
        self.end_multiplex();
        for id in ports {
            if self.ports.get(usize::from(id.0)).is_some_and(|port| port.attached) {
                self.tell(id, || OnChannel::Closed);
            }
            self.detach(now, id);
        }
    }

    /// Tells those who look on what happens on a channel, if there are any.
    fn tell(&mut self, id: PortId, what: impl FnOnce() -> OnChannel) {
        if self.core.tells_channels
            && let Some(port) = self.ports.get(usize::from(id.0))
        {
            self.core.event(ModuleEvent::Channel { port: port.name, what: what() });
        }
    }

    /// Moves bytes between the channels and the wire. Says whether there were any.
    pub(crate) fn pump(&mut self, now: Instant) -> bool {
        let delivered = Dlci::all().fold(false, |any, dlci| self.deliver(now, dlci) | any);
        self.send_frames() | delivered
    }

    /// Puts what the channels' ports have to say on the wire, a frame of each in turn. Says whether there was any.
    pub(crate) fn send_frames(&mut self) -> bool {
        let (mut any, mut idle) = (false, 0);
        while idle < CHANNELS {
            let Some(line) = self.mux.as_ref().filter(|line| line.tx.len() < WIRE_HIGH) else { break };
            let turn = line.turn;
            let sent = Dlci::all().nth(turn).map_or(0, |dlci| self.send_frame(dlci));
            idle = if sent > 0 { 0 } else { idle + 1 };
            any |= sent > 0;
            if let Some(line) = &mut self.mux {
                line.turn = (turn + 1) % CHANNELS;
            }
        }
        any
    }

    /// One frame of what a channel's port has to say.
    fn send_frame(&mut self, dlci: Dlci) -> usize {
        let Some(line) = &mut self.mux else { return 0 };
        let id = line.port(dlci);
        let said = port_tx(&self.ports, &self.core, id);
        let sent = line.mux.send(dlci, said, line.tx.tail());
        if sent > 0 && self.core.tells_channels {
            let bytes = said.get(..sent).unwrap_or_default().to_vec();
            let talk = self.says(id);
            self.tell(id, || OnChannel::Module(talk, bytes));
        }
        self.port_tx_done(id, sent);
        sent
    }

    /// Gives a channel's port what it takes of what has come for it.
    fn deliver(&mut self, now: Instant, dlci: Dlci) -> bool {
        let Some(line) = &mut self.mux else { return false };
        let id = line.port(dlci);
        let Some(waiting) = line.waiting.get_mut(dlci.index()).filter(|waiting| !waiting.is_empty()) else {
            return false;
        };
        let mut bytes = core::mem::take(waiting);
        let n = bytes.first(self.port_room(id)).len();
        if n > 0 {
            let talk = self.hears(id);
            self.tell(id, || OnChannel::Host(talk, bytes.first(n).to_vec()));
        }
        self.port_rx(now, id, bytes.first(n));
        bytes.consume(n);
        // A command may have ended the multiplexer.
        if let Some(waiting) = self.mux.as_mut().and_then(|line| line.waiting.get_mut(dlci.index())) {
            *waiting = bytes;
        }
        n > 0
    }

    /// Tells the host the modem lines of the channels.
    pub(crate) fn tell_channel_lines(&mut self) {
        let Some(line) = &mut self.mux else { return };
        for dlci in Dlci::all() {
            let stop = line.waiting.get(dlci.index()).is_some_and(|waiting| waiting.len() > STOP);
            if let Some(port) = self.ports.get(usize::from(line.port(dlci).0)) {
                let dce = port.lines;
                let lines = Lines { stop, ready: dce.dsr, takes: dce.cts, ring: dce.ri, carrier: dce.dcd };
                line.mux.set_lines(dlci, lines, line.tx.tail());
            }
        }
    }
}

impl Multiplexed {
    fn port(&self, dlci: Dlci) -> PortId {
        self.ports.get(dlci.index()).copied().unwrap_or(self.wire)
    }
}
