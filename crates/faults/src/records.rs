//! TLS records in a stream (RFC 5246 6.2.1): where they begin and end, and no more of them.

/// Content types (RFC 5246 6.2.1).
const CHANGE_CIPHER_SPEC: u8 = 20;
pub(crate) const ALERT: u8 = 21;
const APPLICATION_DATA: u8 = 23;

/// The header of a record.
const HEADER: usize = 5;

/// Follows a stream from the beginning of a record on.
#[derive(Debug, Default)]
pub(crate) struct Records {
    header: Vec<u8>,
    /// Bytes of the present record that are still to come.
    left: usize,
    /// Records with application data that have begun.
    data: u64,
    /// It has turned out to be no stream of records.
    is_lost: bool,
}

impl Records {
    /// Changes the last bit of the record with application data of this number.
    pub(crate) fn corrupt(&mut self, bytes: &mut [u8], number: u64) -> bool {
        let mut changed = false;
        for byte in bytes {
            let is_last = self.left == 1;
            self.step(*byte);
            if is_last && self.kind() == Some(APPLICATION_DATA) && self.data == number {
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
            let in_body = self.left > 0;
            self.step(*byte);
            if self.is_lost || (in_body && self.kind() != Some(kind)) {
                kept.push(*byte);
            } else if !in_body && self.header.len() == HEADER && self.kind() != Some(kind) {
                kept.extend_from_slice(&self.header);
            }
        }
        kept
    }

    fn kind(&self) -> Option<u8> {
        self.header.first().copied()
    }

    fn step(&mut self, byte: u8) {
        if self.is_lost {
            return;
        }
        if self.left > 0 {
            self.left -= 1;
            return;
        }
        if self.header.len() == HEADER {
            self.header.clear();
        }
        self.header.push(byte);
        if let [kind, _, _, high, low] = *self.header.as_slice() {
            self.left = usize::from(u16::from_be_bytes([high, low]));
            self.data += u64::from(kind == APPLICATION_DATA);
            self.is_lost = !(CHANGE_CIPHER_SPEC..=APPLICATION_DATA).contains(&kind);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &[u8] =
        b"\x16\x03\x03\x00\x02ab\x17\x03\x03\x00\x03cde\x15\x03\x03\x00\x02fg\x17\x03\x03\x00\x01h";

    fn pieces(size: usize, mut each: impl FnMut(&[u8])) {
        STREAM.chunks(size).for_each(&mut each);
    }

    #[test]
    fn records_are_found_however_they_are_cut() {
        for size in 1..=STREAM.len() {
            let (mut records, mut out) = (Records::default(), Vec::new());
            pieces(size, |piece| out.extend(records.without(piece, ALERT)));
            let expected = b"\x16\x03\x03\x00\x02ab\x17\x03\x03\x00\x03cde\x17\x03\x03\x00\x01h";
            assert_eq!(out, expected, "{size}");
            for (number, at) in [(1, 14), (2, 27)] {
                let (mut records, mut out) = (Records::default(), Vec::new());
                pieces(size, |piece| {
                    let mut piece = piece.to_vec();
                    records.corrupt(&mut piece, number);
                    out.extend(piece);
                });
                let mut expected = STREAM.to_vec();
                expected[at] ^= 1;
                assert_eq!(out, expected, "{size} {number}");
            }
        }
    }
}
