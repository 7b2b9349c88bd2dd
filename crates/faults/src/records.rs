//! TLS records in a stream (RFC 5246 6.2.1): where they begin and end, and no more of them.

/// Content types (RFC 5246 6.2.1).
const CHANGE_CIPHER_SPEC: u8 = 20;
pub(crate) const ALERT: u8 = 21;
const APPLICATION_DATA: u8 = 23;
const TYPES: core::ops::RangeInclusive<u8> = CHANGE_CIPHER_SPEC..=APPLICATION_DATA;

/// The header of a record.
const HEADER: usize = 5;

/// Follows a stream of records. One that had begun before is let alone: what is already on the other side of it cannot
/// be taken back.
#[derive(Debug, Default)]
pub(crate) struct Records {
    header: Vec<u8>,
    /// Bytes of the present record that are still to come.
    left: usize,
    /// The present record had begun before.
    is_old: bool,
    /// Records with application data that have begun.
    data: u64,
    /// It has turned out to be no stream of records.
    is_lost: bool,
}

impl Records {
    /// Behind these bytes, which begin with a record.
    pub(crate) fn behind(bytes: &[u8]) -> Records {
        let mut records = Records::default();
        records.pass(bytes);
        let is_old = !records.is_between();
        Records { is_old, data: 0, ..records }
    }

    /// Before these bytes, which end with a record and may begin in the middle of one.
    pub(crate) fn before(bytes: &[u8]) -> Records {
        // Records that follow one another to the very end are no coincidence.
        let left = (0..bytes.len()).find(|at| are_records(bytes.get(*at..).unwrap_or_default()));
        match left.unwrap_or(bytes.len()) {
            0 => Records::default(),
            left => Records { header: vec![0; HEADER], left, is_old: true, ..Records::default() },
        }
    }

    /// These go by.
    pub(crate) fn pass(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.step(*byte));
    }

    /// Changes the last bit of the record with application data of this number.
    pub(crate) fn corrupt(&mut self, bytes: &mut [u8], number: u64) -> bool {
        let mut changed = false;
        for byte in bytes {
            let is_last = self.left == 1;
            self.step(*byte);
            if is_last && self.is(APPLICATION_DATA) && self.data == number {
                *byte ^= 1;
                changed = true;
            }
        }
        changed
    }

    /// Takes the records of one type out.
    pub(crate) fn without(&mut self, bytes: &[u8], kind: u8) -> Vec<u8> {
        let mut kept = Vec::with_capacity(bytes.len());
        for byte in bytes {
            self.step(*byte);
            if !self.is(kind) {
                kept.push(*byte);
            }
        }
        kept
    }

    /// What comes behind the present record.
    pub(crate) fn rest(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut rest = bytes.iter();
        while !self.is_between()
            && let Some(byte) = rest.next()
        {
            self.step(*byte);
        }
        rest.copied().collect()
    }

    /// A record of this type has begun, which is followed from its first byte, and has not ended.
    pub(crate) fn is_within(&self, kind: u8) -> bool {
        self.is(kind) && !self.is_between()
    }

    /// Lets what has begun go on, and nothing behind it; the version of the first record that does not, once it is known.
    pub(crate) fn give_way(&mut self, bytes: &[u8]) -> (Vec<u8>, Option<[u8; 2]>) {
        let mut kept = Vec::new();
        for byte in bytes {
            self.step(*byte);
            match *self.header.as_slice() {
                _ if self.is_old || self.is_lost => kept.push(*byte),
                [_, major, minor] => return (kept, Some([major, minor])),
                _ => {}
            }
        }
        (kept, None)
    }

    /// The present record is a new one of this type.
    fn is(&self, kind: u8) -> bool {
        !self.is_old && !self.is_lost && self.header.first() == Some(&kind)
    }

    /// No record has begun that has not ended.
    fn is_between(&self) -> bool {
        self.left == 0 && matches!(self.header.len(), 0 | HEADER)
    }

    fn step(&mut self, byte: u8) {
        if self.is_lost {
            return;
        }
        if self.left > 0 {
            self.left -= 1;
            return;
        }
        if self.is_between() {
            self.header.clear();
            self.is_old = false;
        }
        self.header.push(byte);
        match *self.header.as_slice() {
            [kind] => self.is_lost = !TYPES.contains(&kind),
            [kind, _, _, high, low] => {
                self.left = usize::from(u16::from_be_bytes([high, low]));
                self.data += u64::from(kind == APPLICATION_DATA && !self.is_old);
            }
            _ => {}
        }
    }
}

/// Whole records and nothing else.
fn are_records(mut bytes: &[u8]) -> bool {
    while let [kind, 3, 0..=3, high, low, rest @ ..] = bytes {
        let body = usize::from(u16::from_be_bytes([*high, *low]));
        match rest.get(body..) {
            Some(next) if TYPES.contains(kind) => bytes = next,
            _ => return false,
        }
    }
    bytes.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &[u8] =
        b"\x16\x03\x03\x00\x02ab\x17\x03\x03\x00\x03cde\x15\x03\x03\x00\x02fg\x17\x03\x03\x00\x01h";
    /// Where records begin, and where those with application data begin and end.
    const BEGINS: [usize; 4] = [0, 7, 15, 22];
    const DATA: [(usize, usize); 2] = [(7, 14), (22, 27)];

    /// Every place to begin at, with what is known there, and every size of the pieces that follow.
    fn everywhere(mut each: impl FnMut(usize, usize, Records)) {
        for start in 0..=STREAM.len() {
            for size in 1..=STREAM.len() {
                each(start, size, Records::behind(&STREAM[..start]));
                each(start, size, Records::before(&STREAM[start..]));
            }
        }
    }

    /// The first record that begins here or later.
    fn first(start: usize) -> usize {
        BEGINS.into_iter().find(|begin| *begin >= start).unwrap_or(STREAM.len())
    }

    #[test]
    fn records_are_found_wherever_one_begins_to_look_and_however_they_are_cut() {
        everywhere(|start, size, mut records| {
            let mut out = Vec::new();
            for piece in STREAM[start..].chunks(size) {
                out.extend(records.without(piece, ALERT));
            }
            let kept: Vec<u8> = match start {
                0..=15 => [&STREAM[start..15], &STREAM[22..]].concat(),
                // The alert has begun.
                _ => STREAM[start..].to_vec(),
            };
            assert_eq!(out, kept, "{start} {size}");
        });
    }

    #[test]
    fn the_record_of_a_number_is_the_one_that_changes() {
        everywhere(|start, size, records| {
            let expected = DATA.into_iter().find(|(begin, _)| *begin >= start).map(|(_, last)| last);
            let (mut records, mut out) = (records, STREAM[start..].to_vec());
            for piece in out.chunks_mut(size) {
                records.corrupt(piece, 1);
            }
            let changed: Vec<usize> =
                (start..STREAM.len()).filter(|at| out[at - start] != STREAM[*at]).collect();
            assert_eq!(changed, Vec::from_iter(expected), "{start} {size}");
        });
    }

    #[test]
    fn what_gives_way_does_so_between_two_records() {
        everywhere(|start, size, mut records| {
            let (mut out, mut version) = (Vec::new(), None);
            for piece in STREAM[start..].chunks(size) {
                let (kept, found) = records.give_way(piece);
                out.extend(kept);
                version = found;
                if version.is_some() {
                    break;
                }
            }
            let end = first(start);
            assert_eq!(out, STREAM[start..end], "{start} {size}");
            assert_eq!(version, (end < STREAM.len()).then_some([3, 3]), "{start} {size}");
        });
    }

    #[test]
    fn what_is_no_record_passes() {
        let text = b"220 mail.example ESMTP\r\n";
        assert_eq!(Records::default().without(text, ALERT), text);
        let mut same = text.to_vec();
        assert!(!Records::default().corrupt(&mut same, 1));
        assert_eq!(Records::default().give_way(text), (text.to_vec(), None));
    }
}
