//! Messages of the control channel (27.010 clause 5.4.6.3): type, length, value.

use alloc::vec::Vec;

const EA: u8 = 0x01;
/// A command, not a response.
const CR: u8 = 0x02;

/// Types without their C/R bit, as `clause` of 5.4.6.3 numbers them.
pub(crate) mod kind {
    /// Parameter negotiation (1).
    pub(crate) const PN: u8 = 0x81;
    /// Power saving control (2).
    pub(crate) const PSC: u8 = 0x41;
    /// Multiplexer close down (3).
    pub(crate) const CLD: u8 = 0xC1;
    /// Test (4).
    pub(crate) const TEST: u8 = 0x21;
    /// Flow control on (5).
    pub(crate) const FCON: u8 = 0xA1;
    /// Flow control off (6).
    pub(crate) const FCOFF: u8 = 0x61;
    /// Modem status (7).
    pub(crate) const MSC: u8 = 0xE1;
    /// Non supported command (8).
    pub(crate) const NSC: u8 = 0x11;
    /// Remote port negotiation (9).
    pub(crate) const RPN: u8 = 0x91;
    /// Remote line status (10).
    pub(crate) const RLS: u8 = 0x51;
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Message<'a> {
    /// Type octet without C/R.
    pub(crate) kind: u8,
    /// A command wants a response; a response does not.
    pub(crate) is_command: bool,
    /// Its value.
    pub(crate) value: &'a [u8],
}

/// Splits the first message off the information of a frame; `None` at its end and where it is malformed.
pub(crate) fn split(info: &[u8]) -> Option<(Message<'_>, &[u8])> {
    let (kind, rest) = info.split_first().filter(|(kind, _)| **kind & EA != 0)?;
    let (length, rest) = match rest {
        [low, rest @ ..] if low & EA != 0 => (usize::from(low >> 1), rest),
        [low, high, rest @ ..] => (usize::from(low >> 1) | usize::from(high >> 1) << 7, rest),
        _ => return None,
    };
    let (value, rest) = rest.split_at_checked(length)?;
    Some((Message { kind: kind & !CR, is_command: kind & CR != 0, value }, rest))
}

/// A message of at most 127 bytes of value.
pub(crate) fn write(kind: u8, is_command: bool, value: &[u8]) -> Vec<u8> {
    let value = value.get(..127).unwrap_or(value);
    let mut out = Vec::with_capacity(value.len() + 2);
    out.push(kind | if is_command { CR } else { 0 });
    out.push((value.len() << 1) as u8 | EA);
    out.extend_from_slice(value);
    out
}

/// V.24 signals of a channel (clause 5.4.6.3.7), in the names of the side that hears them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lines {
    /// The sender takes no data now (FC).
    pub stop: bool,
    /// RTC: DTR of the host, DSR of the module.
    pub ready: bool,
    /// RTR: RTS of the host, CTS of the module.
    pub takes: bool,
    /// IC: RI of the module.
    pub ring: bool,
    /// DV: DCD of the module.
    pub carrier: bool,
}

impl Lines {
    pub(crate) fn from_octet(octet: u8) -> Lines {
        let bit = |n: u32| octet >> n & 1 != 0;
        Lines { stop: bit(1), ready: bit(2), takes: bit(3), ring: bit(6), carrier: bit(7) }
    }

    pub(crate) fn octet(self) -> u8 {
        let bit = |on: bool, n: u32| u8::from(on) << n;
        EA | bit(self.stop, 1)
            | bit(self.ready, 2)
            | bit(self.takes, 3)
            | bit(self.ring, 6)
            | bit(self.carrier, 7)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_there_and_back() {
        for (kind, value) in [(kind::TEST, &b"hello"[..]), (kind::CLD, &[]), (kind::TEST, &[0; 127])] {
            for is_command in [true, false] {
                let mut bytes = write(kind, is_command, value);
                bytes.push(9);
                assert_eq!(split(&bytes), Some((Message { kind, is_command, value }, &[9][..])));
            }
        }
        assert_eq!(split(&[0xE3, 0x05, 1]), None, "the value is cut off");
        assert_eq!(split(&[0xE3]), None);
    }

    #[test]
    fn lines_there_and_back() {
        for octet in (0..=255).filter(|octet| octet & 0b0011_0001 == EA) {
            assert_eq!(Lines::from_octet(octet).octet(), octet);
        }
        // What hosts send when a channel opens: DTR and RTS.
        assert_eq!(
            Lines::from_octet(0x0D),
            Lines { stop: false, ready: true, takes: true, ring: false, carrier: false }
        );
    }
}
