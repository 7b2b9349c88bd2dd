//! An AT port as packets of LINKTYPE_RTAC_SERIAL: a time, what happened, the control lines, and the data. Wireshark and
//! tshark know them without being told anything, which is not so for linktypes of users.

use super::{
    NET, Wire,
    pcapng::{Link, Way},
    sheet::{Sheet, Shot},
};
use crate::redact::Piece;
use module::{AtPort, DceLines, DteLines};

const LINES_CHANGED: u8 = 0;
const MODULE_SAID: u8 = 1;
const HOST_SAID: u8 = 2;

const NANOS: u64 = 1_000_000_000;

/// All ports: those of the module in their order, and channels of a multiplexer as they come.
#[derive(Debug, Default)]
pub(super) struct Serials {
    all: Vec<Serial>,
    channels: Vec<(AtPort, usize)>,
}

impl Serials {
    /// The next interface is this port.
    pub(super) fn add(&mut self, sheet: &mut Sheet, name: &str) -> usize {
        let what = "AT port; In and RX: the host, Out and TX: the module";
        sheet.blocks.interface(Link::RtacSerial, name, what);
        self.all.push(Serial::new(NET + 1 + self.all.len()));
        self.all.len() - 1
    }

    pub(super) fn on(&mut self, sheet: &mut Sheet, wire: Wire) -> Option<&mut Serial> {
        let at = match wire {
            Wire::Port(id) => usize::from(id.0),
            Wire::Channel(port) => {
                let known = self.channels.iter().find(|(known, _)| *known == port).map(|(_, at)| *at);
                known.unwrap_or_else(|| {
                    let at = self.add(sheet, port.name());
                    self.channels.push((port, at));
                    at
                })
            }
        };
        self.all.get_mut(at)
    }
}

/// A port, and its interface in the capture.
#[derive(Debug)]
pub(super) struct Serial {
    interface: usize,
    host: DteLines,
    module: DceLines,
}

impl Serial {
    fn new(interface: usize) -> Serial {
        Serial {
            interface,
            host: DteLines { dtr: false, rts: false },
            module: DceLines { dcd: false, ri: false, dsr: true, cts: true },
        }
    }

    /// Somebody opened the port, or closed it.
    pub(super) fn host_is_there(&mut self, sheet: &mut Sheet, at: u64, is_there: bool) {
        self.host = DteLines { dtr: is_there, rts: is_there };
        let comment = if is_there { "a host is attached" } else { "the host has left" };
        self.event(sheet, at, Way::In, LINES_CHANGED, &[], comment);
    }

    pub(super) fn host_lines(&mut self, sheet: &mut Sheet, at: u64, lines: DteLines) {
        self.host = lines;
        self.event(sheet, at, Way::In, LINES_CHANGED, &[], "");
    }

    pub(super) fn module_lines(&mut self, sheet: &mut Sheet, at: u64, lines: DceLines) {
        self.module = lines;
        self.event(sheet, at, Way::Out, LINES_CHANGED, &[], "");
    }

    pub(super) fn said(&self, sheet: &mut Sheet, at: u64, way: Way, piece: &Piece) {
        let event = if way == Way::In { HOST_SAID } else { MODULE_SAID };
        match piece {
            Piece::Shown(bytes) => self.event(sheet, at, way, event, bytes, ""),
            Piece::Hidden(count) => {
                self.event(sheet, at, way, event, &[], &format!("{count} bytes not shown"));
            }
        }
    }

    /// Something that was said could not be kept.
    pub(super) fn miss(&self, sheet: &mut Sheet) {
        sheet.miss(self.interface);
    }

    fn event(&self, sheet: &mut Sheet, at: u64, way: Way, event: u8, data: &[u8], comment: &str) {
        let lines =
            [self.module.cts, self.module.dcd, self.module.dsr, self.host.rts, self.host.dtr, self.module.ri];
        let lines = lines.iter().rev().fold(0, |all, line| all << 1 | u8::from(*line));
        // Seconds and microseconds, big-endian; behind the lines there are two bytes without a meaning here.
        sheet.packet(Shot { interface: self.interface, at, way, comment }, |packet| {
            packet.extend(((at / NANOS) as u32).to_be_bytes());
            packet.extend(((at % NANOS / 1000) as u32).to_be_bytes());
            packet.extend([event, lines, 0, 0]);
            packet.extend(data);
        });
    }
}
