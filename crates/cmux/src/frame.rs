//! Frames of the basic option (27.010 clause 5.2): flag, address, control, length, information, check, flag.

use alloc::vec::Vec;
use core::ops::Range;

/// Opens and closes a frame; one may do both.
const FLAG: u8 = 0xF9;
/// Last octet of an address or of a length.
const EA: u8 = 0x01;
/// Command of the initiator, or response of the responder (clause 5.2.1.2).
const CR: u8 = 0x02;
/// Poll and final bit of the control octet.
const PF: u8 = 0x10;
/// A check over a frame and its own check octet gives this (clause 5.2.1.6).
const GOOD: u8 = 0xCF;
/// Flag, address, control, two octets of length.
const MAX_HEAD: usize = 5;

/// What a frame is (clause 5.2.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Opens a channel.
    Sabm,
    /// Yes.
    Ua,
    /// There is no such channel.
    Dm,
    /// Closes a channel.
    Disc,
    /// Data; only the head is checked.
    Uih,
    /// Data; all is checked.
    Ui,
}

impl Kind {
    const ALL: [(Kind, u8); 6] = [
        (Kind::Sabm, 0x2F),
        (Kind::Ua, 0x63),
        (Kind::Dm, 0x0F),
        (Kind::Disc, 0x43),
        (Kind::Uih, 0xEF),
        (Kind::Ui, 0x03),
    ];

    fn from_octet(control: u8) -> Option<Kind> {
        Kind::ALL.into_iter().find(|(_, octet)| *octet == control & !PF).map(|(kind, _)| kind)
    }

    fn octet(self) -> u8 {
        Kind::ALL.into_iter().find(|(kind, _)| *kind == self).map_or(0, |(_, octet)| octet)
    }
}

/// A frame that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Channel, 0 to 63.
    pub(crate) dlci: u8,
    /// What it is.
    pub(crate) kind: Kind,
    /// Poll bit of a command.
    pub(crate) poll: bool,
    /// Where its information field stands: [`Decoder::info`].
    pub(crate) info: Range<usize>,
}

/// Finds frames in a stream of bytes. What cannot be a frame is skipped, byte by byte, so that a frame behind garbage,
/// or inside of what garbage made look like one, is found.
#[derive(Clone, Debug)]
pub(crate) struct Decoder {
    /// From a flag on; at most one frame of the greatest size and what came with its end.
    bytes: Vec<u8>,
    /// Where the next frame may begin.
    start: usize,
    /// Longest information field that is taken.
    max_info: usize,
}

/// What stands at the front of the bytes.
enum Found {
    /// Not enough to tell.
    Nothing,
    /// No frame begins here.
    Garbage,
    /// A frame: the length of its head and of its information.
    Frame { head: usize, info: usize },
}

impl Decoder {
    pub(crate) fn new(max_info: usize) -> Decoder {
        Decoder { bytes: Vec::new(), start: 0, max_info }
    }

    /// Takes bytes of the wire.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.start);
        self.start = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// Something has begun that may become a frame.
    pub(crate) fn is_waiting(&self) -> bool {
        // A lone flag is the end of the frame before.
        self.bytes.len() - self.start > 1
    }

    /// What has begun does not become a frame any more: looks for one behind its first byte.
    pub(crate) fn give_up(&mut self) {
        self.skip();
    }

    /// The information field of the frame found last.
    pub(crate) fn info(&self, at: Range<usize>) -> &[u8] {
        self.bytes.get(at).unwrap_or_default()
    }

    /// What has come behind the frame found last, without the flag that closes it.
    pub(crate) fn rest(&self) -> &[u8] {
        let rest = self.bytes.get(self.start..).unwrap_or_default();
        rest.strip_prefix(&[FLAG]).unwrap_or(rest)
    }

    /// The next frame.
    pub(crate) fn next(&mut self) -> Option<Frame> {
        loop {
            match look(self.bytes.get(self.start..)?, self.max_info) {
                Found::Nothing => return None,
                Found::Garbage => self.skip(),
                Found::Frame { head, info } => {
                    let begin = self.start;
                    // The flag that closes this frame may open the next.
                    self.start += head + info + 1;
                    let frame = self.bytes.get(begin..)?;
                    let (address, control) = (*frame.get(1)?, *frame.get(2)?);
                    return Some(Frame {
                        dlci: address >> 2,
                        kind: Kind::from_octet(control)?,
                        poll: control & PF != 0,
                        info: begin + head..begin + head + info,
                    });
                }
            }
        }
    }

    /// To the next flag.
    fn skip(&mut self) {
        let rest = self.bytes.get(self.start + 1..).unwrap_or_default();
        let next = rest.iter().position(|byte| *byte == FLAG).unwrap_or(rest.len());
        self.start = (self.start + 1 + next).min(self.bytes.len());
    }
}

fn look(bytes: &[u8], max_info: usize) -> Found {
    let [first, rest @ ..] = bytes else { return Found::Nothing };
    if *first != FLAG {
        return Found::Garbage;
    }
    let [address, rest @ ..] = rest else { return Found::Nothing };
    if *address == FLAG || address & EA == 0 {
        return Found::Garbage;
    }
    let [control, rest @ ..] = rest else { return Found::Nothing };
    let Some(kind) = Kind::from_octet(*control) else { return Found::Garbage };
    let (head, info) = match rest {
        [low, ..] if low & EA != 0 => (MAX_HEAD - 1, usize::from(low >> 1)),
        [low, high, ..] => (MAX_HEAD, usize::from(low >> 1) | usize::from(*high) << 7),
        _ => return Found::Nothing,
    };
    if info > max_info {
        return Found::Garbage;
    }
    let Some(frame) = bytes.get(..head + info + 2) else { return Found::Nothing };
    let checked = if kind == Kind::Uih { head } else { head + info };
    let (Some(covered), Some([fcs, end])) = (frame.get(1..checked), frame.get(head + info..)) else {
        return Found::Garbage;
    };
    let good = check(check(0xFF, covered), core::slice::from_ref(fcs)) == GOOD && *end == FLAG;
    if good { Found::Frame { head, info } } else { Found::Garbage }
}

/// Appends a frame. Its information is at most 32767 bytes.
pub(crate) fn write(out: &mut Vec<u8>, dlci: u8, from_us_as: Role, kind: Kind, poll: bool, info: &[u8]) {
    let begin = out.len() + 1;
    let cr = if from_us_as == Role::Response { CR } else { 0 };
    let control = kind.octet() | if poll { PF } else { 0 };
    out.extend_from_slice(&[FLAG, dlci << 2 | cr | EA, control]);
    let low = (info.len() << 1) as u8;
    if info.len() < 128 {
        out.push(low | EA);
    } else {
        out.extend_from_slice(&[low, (info.len() >> 7) as u8]);
    }
    if kind == Kind::Uih {
        let fcs = 0xFF - check(0xFF, out.get(begin..).unwrap_or_default());
        out.extend_from_slice(info);
        out.push(fcs);
    } else {
        out.extend_from_slice(info);
        let fcs = 0xFF - check(0xFF, out.get(begin..).unwrap_or_default());
        out.push(fcs);
    }
    out.push(FLAG);
}

/// Who speaks: the module is always the responder, and data are commands (clause 5.2.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Data and messages.
    Command,
    /// An answer to SABM or DISC.
    Response,
}

/// The check sequence of clause 5.2.1.6: reversed CRC-8 with the polynomial x^8 + x^2 + x + 1.
fn check(start: u8, bytes: &[u8]) -> u8 {
    bytes.iter().fold(start, |crc, byte| TABLE[usize::from(crc ^ byte)])
}

const TABLE: [u8; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u8;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 0 { value >> 1 } else { value >> 1 ^ 0xE0 };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn frames(decoder: &mut Decoder) -> Vec<Read> {
        let mut all = Vec::new();
        while let Some(f) = decoder.next() {
            all.push((f.dlci, f.kind, f.poll, decoder.info(f.info).to_vec()));
        }
        all
    }

    /// Frames that every implementation in the field sends.
    #[test]
    fn known_frames() {
        let mut decoder = Decoder::new(127);
        decoder.push(&[0xF9, 0x03, 0x3F, 0x01, 0x1C, 0xF9, 0xF9, 0x03, 0xEF, 0x05, 0xC3, 0x01, 0xF2, 0xF9]);
        assert_eq!(
            frames(&mut decoder),
            [(0, Kind::Sabm, true, vec![]), (0, Kind::Uih, false, vec![0xC3, 0x01])]
        );
        let mut out = Vec::new();
        write(&mut out, 0, Role::Response, Kind::Ua, true, &[]);
        assert_eq!(out, [0xF9, 0x03, 0x73, 0x01, 0xD7, 0xF9]);
    }

    type Read = (u8, Kind, bool, Vec<u8>);

    fn stream() -> (Vec<u8>, Vec<Read>) {
        let (mut bytes, mut expected) = (Vec::new(), Vec::new());
        for (n, (kind, _)) in Kind::ALL.into_iter().cycle().take(40).enumerate() {
            let info: Vec<u8> = match kind {
                Kind::Uih | Kind::Ui => (0..n * 9).map(|i| if i % 5 == 0 { FLAG } else { i as u8 }).collect(),
                _ => Vec::new(),
            };
            write(&mut bytes, (n % 64) as u8, Role::Command, kind, n % 2 == 0, &info);
            expected.push(((n % 64) as u8, kind, n % 2 == 0, info));
        }
        (bytes, expected)
    }

    #[test]
    fn pieces_change_nothing() {
        let (bytes, expected) = stream();
        for size in [1, 2, 3, 7, 100, bytes.len()] {
            let mut decoder = Decoder::new(1500);
            let mut found = Vec::new();
            for piece in bytes.chunks(size) {
                decoder.push(piece);
                found.extend(frames(&mut decoder));
            }
            assert_eq!(found, expected, "pieces of {size}");
        }
    }

    #[test]
    fn one_flag_between_frames_is_enough() {
        let mut bytes = Vec::new();
        write(&mut bytes, 1, Role::Command, Kind::Uih, false, b"a");
        bytes.pop();
        write(&mut bytes, 2, Role::Command, Kind::Uih, false, b"b");
        let mut decoder = Decoder::new(127);
        decoder.push(&bytes);
        assert_eq!(frames(&mut decoder).len(), 2);
    }

    #[test]
    fn a_frame_behind_garbage_is_found() {
        let mut good = Vec::new();
        write(&mut good, 1, Role::Command, Kind::Uih, false, b"hello");
        for garbage in [
            &b"AT\r\n"[..],
            &[FLAG],
            &[FLAG, 0x05],
            &[FLAG, 0x05, 0xEF, 0x09],
            &[FLAG, 0x05, 0xEF, 0x09, b'x'],
        ] {
            let mut decoder = Decoder::new(127);
            decoder.push(garbage);
            decoder.push(&good);
            // What looks like a longer frame swallows the first; a second shows that it was none.
            decoder.push(&good);
            let found = frames(&mut decoder);
            assert!(!found.is_empty() && found.iter().all(|f| f.3 == b"hello"), "{garbage:?}: {found:?}");
        }
    }

    #[test]
    fn a_damaged_frame_is_no_frame() {
        let (bytes, expected) = stream();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x40;
            let mut decoder = Decoder::new(1500);
            decoder.push(&damaged);
            decoder.push(&[FLAG; 1600]);
            let found = frames(&mut decoder);
            // The information of a UIH is not checked; everything else is.
            let strange = found.iter().filter(|f| !expected.contains(f)).count();
            assert!(strange <= 1 && found.len() + 3 >= expected.len(), "byte {at}: {} frames", found.len());
        }
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut decoder = Decoder::new(127);
        for _ in 0..1000 {
            decoder.push(&[FLAG, 0x05, 0xEF, 0xFE, 0xFF, 1, 2, 3]);
            assert!(decoder.next().is_none());
            assert!(decoder.bytes.len() - decoder.start < 200);
        }
    }
}
