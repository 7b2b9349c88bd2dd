//! A TCP connection as packets. What the operating system told is bytes in their order; sequence numbers, acknowledgements
//! and segments are made here as TCP would have made them with nothing lost on the way.

use super::{
    NET,
    packets::{self, Flags},
    pcapng::Way,
    sheet::{Sheet, Shot},
};
use module::ConnId;
use std::net::SocketAddr;

/// Multiplier of Fibonacci hashing.
const SPREAD: u32 = 0x9e37_79b9;

/// One end.
#[derive(Debug)]
struct End {
    address: SocketAddr,
    /// Sequence number of its next byte.
    next: u32,
    has_finished: bool,
}

/// A connection from its first SYN on.
#[derive(Debug)]
pub(super) struct Stream {
    ours: End,
    theirs: End,
}

impl Stream {
    /// Between two addresses of the same kind.
    pub(super) fn new(id: ConnId, local: SocketAddr, remote: SocketAddr) -> Stream {
        // Ports are used again, and a new connection must not look like the old one going on.
        let initial = (id.0 as u32).wrapping_mul(SPREAD);
        Stream {
            ours: End { address: packets::canonical(local), next: initial, has_finished: false },
            theirs: End { address: packets::canonical(remote), next: !initial, has_finished: false },
        }
    }

    pub(super) fn syn(&mut self, sheet: &mut Sheet, at: u64, way: Way, comment: &str) {
        let flags = Flags { syn: true, ..Flags::default() };
        self.segment(sheet, at, way, false, flags, &[], comment);
    }

    /// SYN ACK from the side that was called, and ACK from the one that called.
    pub(super) fn answer(&mut self, sheet: &mut Sheet, at: u64, caller: Way) {
        let flags = Flags { syn: true, ..Flags::default() };
        self.segment(sheet, at, other(caller), true, flags, &[], "");
        self.acknowledge(sheet, at, caller);
    }

    /// Data, and the acknowledgement of the other side.
    pub(super) fn data(&mut self, sheet: &mut Sheet, at: u64, way: Way, bytes: &[u8]) {
        let mut pieces = bytes.chunks(packets::MOST).peekable();
        while let Some(piece) = pieces.next() {
            let flags = Flags { psh: pieces.peek().is_none(), ..Flags::default() };
            self.segment(sheet, at, way, true, flags, piece, "");
        }
        if !bytes.is_empty() {
            self.acknowledge(sheet, at, other(way));
        }
    }

    /// Data that could not be kept leave a gap.
    pub(super) fn gap(&mut self, sheet: &mut Sheet, way: Way, length: usize) {
        let (from, _) = self.ends(way);
        from.next = from.next.wrapping_add(length as u32);
        sheet.miss(NET);
    }

    /// FIN, once, and its acknowledgement.
    pub(super) fn finish(&mut self, sheet: &mut Sheet, at: u64, way: Way) {
        let (from, _) = self.ends(way);
        if !std::mem::replace(&mut from.has_finished, true) {
            let flags = Flags { fin: true, ..Flags::default() };
            self.segment(sheet, at, way, true, flags, &[], "");
            self.acknowledge(sheet, at, other(way));
        }
    }

    pub(super) fn reset(&mut self, sheet: &mut Sheet, at: u64, way: Way) {
        let flags = Flags { rst: true, ..Flags::default() };
        self.segment(sheet, at, way, true, flags, &[], "");
    }

    fn acknowledge(&mut self, sheet: &mut Sheet, at: u64, way: Way) {
        self.segment(sheet, at, way, true, Flags::default(), &[], "");
    }

    fn ends(&mut self, way: Way) -> (&mut End, &End) {
        match way {
            Way::Out => (&mut self.ours, &self.theirs),
            Way::In => (&mut self.theirs, &self.ours),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of a segment")]
    fn segment(
        &mut self,
        sheet: &mut Sheet,
        at: u64,
        way: Way,
        has_ack: bool,
        flags: Flags,
        data: &[u8],
        comment: &str,
    ) {
        let (from, to) = self.ends(way);
        sheet.packet(Shot { interface: NET, at, way, comment }, |out| {
            let ack = has_ack.then_some(to.next);
            packets::tcp(out, from.address, to.address, from.next, ack, flags, data);
        });
        let taken = data.len() as u32 + u32::from(flags.syn) + u32::from(flags.fin);
        from.next = from.next.wrapping_add(taken);
    }
}

fn other(way: Way) -> Way {
    match way {
        Way::In => Way::Out,
        Way::Out => Way::In,
    }
}
