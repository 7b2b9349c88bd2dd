//! The record buffer: bytes from the network until they are used.

use crate::{limits, work};
use std::ops::Range;

/// Bytes in the order of their arrival.
///
/// ```text
/// |  used  | plaintext |  used  | records not worked off yet | room
///          ^ plaintext.start    ^ next
/// ```
///
/// Records are decrypted where they lie, so plaintext is handed out from here. What is used is
/// skipped over; the rest is moved to the front when room is needed, and so much has been used that
/// the bytes that are moved are paid for.
#[derive(Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    /// Application data on its way out; empty for most of the time.
    plaintext: Range<usize>,
    /// The next record.
    next: usize,
    /// What came last filled the room, so there will be more at once.
    streaming: bool,
}

impl Buffer {
    /// Bytes that may be appended.
    pub(crate) fn room(&self) -> usize {
        limits::RECORD_BUFFER.saturating_sub(self.bytes.len() - self.movable())
    }

    pub(crate) fn append(&mut self, bytes: &[u8]) {
        self.streaming = bytes.len() >= self.room();
        let used = self.movable();
        if self.bytes.len() + bytes.len() > limits::RECORD_BUFFER && used > 0 {
            work::count(self.bytes.len() - used);
            self.bytes.drain(..used);
            self.next -= used;
            self.plaintext = match self.plaintext.is_empty() {
                true => 0..0,
                false => 0..self.plaintext.end - used,
            };
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Bytes at the front that nobody needs any more.
    fn used(&self) -> usize {
        match self.plaintext.is_empty() {
            true => self.next,
            false => self.plaintext.start,
        }
    }

    /// Bytes at the front that the rest may be moved over. While there is plaintext, so few may have been used that
    /// it is better to wait for more: a reader that takes single bytes would have everything moved for each. Without
    /// plaintext the rest is less than a record, and its end must have room.
    fn movable(&self) -> usize {
        let used = self.used();
        if self.plaintext.is_empty() || used >= limits::RECORD_BUFFER / 4 { used } else { 0 }
    }

    /// Records that have not been taken yet.
    pub(crate) fn unread(&self) -> &[u8] {
        self.bytes.get(self.next..).unwrap_or_default()
    }

    /// Takes bytes off the front of the unread ones; also says where they lie.
    pub(crate) fn take(&mut self, len: usize) -> (Range<usize>, &mut [u8]) {
        let place = self.next..(self.next + len).min(self.bytes.len());
        self.next = place.end;
        (place.clone(), self.bytes.get_mut(place).unwrap_or_default())
    }

    /// Bytes that have been taken, by their place.
    pub(crate) fn get(&self, place: Range<usize>) -> &[u8] {
        self.bytes.get(place).unwrap_or_default()
    }

    /// Bytes that have been taken turn out to be for the application.
    pub(crate) fn set_plaintext(&mut self, place: Range<usize>) {
        self.plaintext = place;
    }

    pub(crate) fn plaintext(&self) -> &[u8] {
        self.get(self.plaintext.clone())
    }

    /// The application has used so much of the plaintext.
    pub(crate) fn consume(&mut self, len: usize) {
        self.plaintext.start = self.plaintext.end.min(self.plaintext.start + len);
    }

    /// Gives memory back once everything has been used.
    pub(crate) fn release(&mut self) {
        if self.used() == self.bytes.len() {
            self.clear();
        }
    }

    /// Drops everything, and gives memory back unless a stream needs as much again at once: fresh
    /// memory costs more than the bytes that come into it. An idle connection keeps next to none.
    pub(crate) fn clear(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        if !self.streaming {
            bytes.shrink_to(limits::IDLE_BUFFER);
        }
        *self = Buffer { bytes, ..Buffer::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both sides as slow as they can be: records come in pieces of what room there is, and are used `step` bytes at
    /// a time. Moving costs a few times the bytes that come, and not the buffer for each of them.
    #[test]
    fn what_is_moved_is_in_proportion_to_what_comes() {
        for record in [1, 100, 5_000, 16_000, 18_000] {
            for step in [1, 7, 1_000, 20_000] {
                let mut buffer = Buffer::default();
                let (mut came, mut used) = (0, 0);
                let (moved, ()) = work::counted(|| {
                    while used < 200_000 {
                        let room = buffer.room();
                        buffer.append(&vec![0; room]);
                        came += room;
                        used += step.min(buffer.plaintext().len());
                        buffer.consume(step);
                        // As a connection does.
                        if buffer.plaintext().is_empty() && buffer.unread().len() >= record {
                            let (place, _) = buffer.take(record);
                            buffer.set_plaintext(place);
                        }
                        assert!(buffer.room() > 0 || !buffer.plaintext().is_empty(), "stuck");
                        buffer.release();
                    }
                });
                assert!(moved <= 3 * came, "records of {record}, steps of {step}: {moved} for {came} bytes");
            }
        }
    }

    #[test]
    fn plaintext_survives_the_move_to_the_front() {
        let mut buffer = Buffer::default();
        buffer.append(&vec![1; 20_000]);
        buffer.take(15_000);
        let (place, _) = buffer.take(5_000);
        buffer.set_plaintext(place.start + 5..place.end);
        assert_eq!(buffer.room(), limits::RECORD_BUFFER - 4_995);
        buffer.append(&vec![2; 25_000]);
        assert_eq!(buffer.plaintext(), vec![1; 4_995]);
        assert_eq!(buffer.unread(), vec![2; 25_000]);
        buffer.consume(4_000);
        buffer.append(&vec![3; 2_500]);
        assert_eq!(buffer.plaintext(), vec![1; 995]);
        buffer.consume(2_000);
        assert!(buffer.plaintext().is_empty());
        assert_eq!(buffer.unread().len(), 27_500);
    }

    #[test]
    fn a_stream_keeps_its_memory_and_an_idle_connection_does_not() {
        let mut buffer = Buffer::default();
        let fill = |buffer: &mut Buffer, len| {
            buffer.append(&vec![1; len]);
            let (place, _) = buffer.take(len);
            buffer.set_plaintext(place);
            buffer.release();
            assert_eq!(buffer.plaintext().len(), len);
            buffer.consume(len);
            buffer.release();
            assert_eq!(buffer.room(), limits::RECORD_BUFFER);
            buffer.bytes.capacity()
        };
        assert_eq!(fill(&mut buffer, limits::RECORD_BUFFER), limits::RECORD_BUFFER);
        assert!(fill(&mut buffer, 30_000) <= limits::IDLE_BUFFER);
        assert!(fill(&mut buffer, 100) <= limits::IDLE_BUFFER);
    }
}
