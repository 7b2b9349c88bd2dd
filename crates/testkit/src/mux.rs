//! The host's side of a 27.010 multiplexer (basic option), written apart from the product: bit by bit and strict. A
//! frame that it cannot read fails the test.

use std::collections::BTreeMap;

const FLAG: u8 = 0xF9;

/// SABM with the poll bit.
pub const SABM: u8 = 0x3F;
/// DISC with the poll bit.
pub const DISC: u8 = 0x53;
/// UA with the final bit.
pub const UA: u8 = 0x73;
/// DM with the final bit.
pub const DM: u8 = 0x1F;
/// UIH.
pub const UIH: u8 = 0xEF;

/// A frame of the host.
pub fn frame(dlci: u8, control: u8, info: &[u8]) -> Vec<u8> {
    let mut head = vec![dlci << 2 | 0b11, control];
    let n = info.len();
    if n < 128 {
        head.push((n as u8) << 1 | 1);
    } else {
        head.extend([(n as u8) << 1, (n >> 7) as u8]);
    }
    let fcs = !crc(&head);
    [&[FLAG][..], &head, info, &[fcs, FLAG]].concat()
}

/// A message of the control channel: `kind` with its EA and C/R bits.
pub fn message(kind: u8, value: &[u8]) -> Vec<u8> {
    let info = [&[kind, (value.len() as u8) << 1 | 1][..], value].concat();
    frame(0, UIH, &info)
}

/// CRC-8 with the polynomial x^8 + x^2 + x + 1, least bit first, from all ones.
fn crc(bytes: &[u8]) -> u8 {
    let mut crc = 0xFFu8;
    for byte in bytes {
        crc ^= byte;
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xE0 } else { crc >> 1 };
        }
    }
    crc
}

/// What a host has heard.
#[derive(Debug, Default)]
pub struct MuxHost {
    unread: Vec<u8>,
    data: BTreeMap<u8, Vec<u8>>,
    answers: Vec<(u8, u8)>,
    messages: Vec<Vec<u8>>,
}

impl MuxHost {
    /// Reads bytes of the module.
    ///
    /// # Panics
    /// When something stands on the wire that is no frame.
    pub fn hear(&mut self, bytes: &[u8]) {
        let mut all = std::mem::take(&mut self.unread);
        all.extend_from_slice(bytes);
        let mut rest = all.as_slice();
        while rest.len() >= 2 {
            assert_eq!(rest[0], FLAG, "no flag: {}", rest.escape_ascii());
            if rest[1] == FLAG {
                rest = &rest[1..];
                continue;
            }
            let (head, n) = match rest.get(3) {
                Some(low) if low & 1 == 1 => (4, usize::from(low >> 1)),
                Some(low) if rest.len() > 4 => (5, usize::from(low >> 1) | usize::from(rest[4]) << 7),
                _ => break,
            };
            if rest.len() < head + n + 2 {
                break;
            }
            let (control, info) = (rest[2], &rest[head..head + n]);
            assert_eq!(rest[head + n], !crc(&rest[1..head]), "check of {}", rest.escape_ascii());
            assert_eq!(rest[head + n + 1], FLAG, "no closing flag");
            self.take(rest[1], control, info);
            rest = &rest[head + n + 1..];
        }
        let read = all.len() - rest.len();
        all.drain(..read);
        self.unread = all;
    }

    fn take(&mut self, address: u8, control: u8, info: &[u8]) {
        let dlci = address >> 2;
        // The responder's commands go without the bit, its responses with it.
        assert_eq!(address & 2 == 0, control == UIH, "C/R of {address:02X} {control:02X}");
        match (control, dlci) {
            (UIH, 0) => self.messages.push(info.to_vec()),
            (UIH, _) => self.data.entry(dlci).or_default().extend_from_slice(info),
            _ => self.answers.push((dlci, control)),
        }
    }

    /// What has come on a channel since the last time.
    pub fn data(&mut self, dlci: u8) -> Vec<u8> {
        self.data.remove(&dlci).unwrap_or_default()
    }

    /// Answers to SABM and DISC since the last time: channel and control octet.
    pub fn answers(&mut self) -> Vec<(u8, u8)> {
        std::mem::take(&mut self.answers)
    }

    /// Messages of the control channel since the last time.
    pub fn messages(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.messages)
    }
}
