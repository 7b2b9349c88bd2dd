//! Hosts at the ports of the module, and the wires to them.

use super::{Instant, World};
use faults::Faulty;
use module::{Channel, DceLines, DteLines, Input, PortId};
use std::collections::VecDeque;

/// One entry of what was said on a port, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Bytes of the host reached the module.
    Host(Vec<u8>),
    /// The module said this, in one write. A host that does not read hears it later.
    Module(Vec<u8>),
    /// The host moved DTR.
    Dtr(bool),
    /// The host opened (`true`) or closed the port.
    Attached(bool),
}

/// What was said on a port and when.
pub type Log = Vec<(Instant, Said)>;

/// A port's wire.
pub(super) struct Wire {
    /// Pieces of the host's bytes that the module has not taken yet.
    waiting: VecDeque<Vec<u8>>,
    /// What the test has not yet taken.
    output: Vec<u8>,
    /// The host takes what the module says.
    reads: bool,
    /// What the module has said and the host has not taken.
    unread: Vec<u8>,
    lines: DteLines,
    pub(super) dce: Option<DceLines>,
    log: Log,
}

impl Default for Wire {
    fn default() -> Wire {
        Wire {
            waiting: VecDeque::new(),
            output: Vec::new(),
            reads: true,
            unread: Vec::new(),
            lines: DteLines { dtr: true, rts: true },
            dce: None,
            log: Vec::new(),
        }
    }
}

impl Wire {
    /// Notes what the module says now. Online data that the host has not taken may be withdrawn: they stay with
    /// the connection when the port leaves it. True when there is something new.
    pub(super) fn hear(&mut self, now: Instant, said: &[u8]) -> bool {
        if !said.starts_with(&self.unread) {
            self.forget(self.unread.len());
            self.unread.clear();
        }
        let news = said[self.unread.len()..].to_vec();
        if news.is_empty() {
            return false;
        }
        self.unread.extend_from_slice(&news);
        self.log.push((now, Said::Module(news)));
        true
    }

    /// The last `n` bytes of the module were not said after all.
    fn forget(&mut self, mut n: usize) {
        for (_, said) in self.log.iter_mut().rev() {
            if let Said::Module(bytes) = said {
                let cut = n.min(bytes.len());
                bytes.truncate(bytes.len() - cut);
                n -= cut;
            }
        }
        self.log.retain(|(_, said)| *said != Said::Module(Vec::new()));
    }

    /// The host takes what waits for it, if it takes anything.
    pub(super) fn read(&mut self, now: Instant, module: &mut Faulty, channel: Channel) {
        if self.reads {
            let n = self.unread.len();
            self.output.append(&mut self.unread);
            module.tx_done(now, channel, n);
        }
    }
}

impl World {
    /// The host sends these bytes now, in the pieces of the split, as fast as the module takes them.
    pub fn send(&mut self, port: PortId, bytes: &[u8]) {
        let pieces: Vec<Vec<u8>> = self.split.pieces(bytes).into_iter().map(<[u8]>::to_vec).collect();
        self.wire(port).waiting.extend(pieces);
        self.settle();
    }

    /// Bytes that the module has not yet taken from this host.
    pub fn untaken(&self, port: PortId) -> usize {
        self.wires[usize::from(port.0)].waiting.iter().map(Vec::len).sum()
    }

    /// Takes what the module has said on this port since the last call.
    pub fn take_output(&mut self, port: PortId) -> Vec<u8> {
        std::mem::take(&mut self.wire(port).output)
    }

    /// Everything said on this port from the start.
    pub fn log(&self, port: PortId) -> &Log {
        &self.wires[usize::from(port.0)].log
    }

    /// Whether the host takes what the module says (flow control).
    pub fn set_host_reads(&mut self, port: PortId, reads: bool) {
        let (now, wire) = (self.now, &mut self.wires[usize::from(port.0)]);
        wire.reads = reads;
        wire.read(now, &mut self.module, Channel::Port(port));
        self.drain();
        self.settle();
    }

    /// A host that takes nothing takes so many bytes all the same.
    pub fn take(&mut self, port: PortId, mut bytes: usize) {
        while bytes > 0 {
            let wire = &mut self.wires[usize::from(port.0)];
            let n = bytes.min(wire.unread.len());
            if n == 0 {
                break;
            }
            bytes -= n;
            wire.output.extend(wire.unread.drain(..n));
            self.module.tx_done(self.now, Channel::Port(port), n);
            self.drain();
        }
        self.settle();
    }

    /// Stops a host that does not keep up, or lets it read again.
    pub fn limit_host(&mut self, port: PortId, is_full: bool) {
        if self.wires[usize::from(port.0)].reads == is_full {
            self.set_host_reads(port, !is_full);
        }
    }

    /// The host moves DTR.
    pub fn set_dtr(&mut self, port: PortId, dtr: bool) {
        let now = self.now;
        let wire = self.wire(port);
        wire.lines.dtr = dtr;
        wire.log.push((now, Said::Dtr(dtr)));
        let lines = wire.lines;
        self.tell(Input::PortLines(port, lines));
    }

    /// The host moves RTS.
    pub fn set_rts(&mut self, port: PortId, rts: bool) {
        let wire = self.wire(port);
        wire.lines.rts = rts;
        let lines = wire.lines;
        self.tell(Input::PortLines(port, lines));
    }

    /// The host opens the port.
    pub fn attach(&mut self, port: PortId) {
        let now = self.now;
        self.wire(port).log.push((now, Said::Attached(true)));
        self.tell(Input::PortAttached(port));
    }

    /// The host closes the port; what it has not read is gone.
    pub fn detach(&mut self, port: PortId) {
        let now = self.now;
        let wire = self.wire(port);
        wire.waiting.clear();
        wire.output.clear();
        wire.unread.clear();
        wire.log.push((now, Said::Attached(false)));
        self.tell(Input::PortDetached(port));
    }

    /// The modem lines as the module last set them.
    pub fn dce_lines(&self, port: PortId) -> Option<DceLines> {
        self.wires[usize::from(port.0)].dce
    }

    /// Gives the module the next piece of a host's bytes.
    pub(super) fn feed_host(&mut self) -> bool {
        for (index, wire) in self.wires.iter_mut().enumerate() {
            let channel = Channel::Port(PortId(index as u8));
            let room = self.module.rx_room(channel);
            let Some(piece) = wire.waiting.front_mut().filter(|_| room > 0) else { continue };
            let rest = piece.split_off(room.min(piece.len()));
            let bytes = std::mem::replace(piece, rest);
            if piece.is_empty() {
                wire.waiting.pop_front();
            }
            wire.log.push((self.now, Said::Host(bytes.clone())));
            self.module.rx(self.now, channel, &bytes);
            self.drain();
            return true;
        }
        false
    }

    pub(super) fn wire(&mut self, port: PortId) -> &mut Wire {
        &mut self.wires[usize::from(port.0)]
    }
}
