//! What is to be written next.

use super::pcapng::{Blocks, Packet, Way};

/// Blocks that come together, and what is missing in them.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) blocks: Blocks,
    /// Packets of each interface that are missing since its last one.
    missing: Vec<u64>,
}

/// One packet of an interface.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shot<'a> {
    pub(super) interface: usize,
    /// Nanoseconds since 1970 UTC.
    pub(super) at: u64,
    pub(super) way: Way,
    pub(super) comment: &'a str,
}

impl Sheet {
    /// A packet with what `data` writes.
    pub(super) fn packet(&mut self, shot: Shot<'_>, data: impl FnOnce(&mut Vec<u8>)) {
        let dropped = self.missing.get_mut(shot.interface).map_or(0, std::mem::take);
        let told;
        let comment = match (dropped, shot.comment) {
            (0, comment) => comment,
            (_, comment) => {
                told = format!("{dropped} pieces left out before this: the disk is too slow. {comment}");
                told.trim_end()
            }
        };
        let interface = u32::try_from(shot.interface).unwrap_or(u32::MAX);
        self.blocks.packet(&Packet { interface, at: shot.at, way: shot.way, comment, dropped }, data);
    }

    /// Something of an interface could not be kept.
    pub(super) fn miss(&mut self, interface: usize) {
        self.missing.resize(self.missing.len().max(interface + 1), 0);
        self.missing[interface] += 1;
    }
}
