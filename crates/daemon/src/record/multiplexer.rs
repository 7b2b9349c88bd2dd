//! A multiplexed wire in a recording. Its frames are not written down: its channels are ports of their own, and what is
//! said on them is told by the module. Only its end has to be one on the wire, too.

/// What a host sends to end it: SABM and CLD on the control channel (27.010 5.3, 5.4.6.3.3), and the answers.
pub(super) const END: [(&[u8], &[u8]); 2] = [
    (b"\xF9\x03\x3F\x01\x1C\xF9", b"\xF9\x03\x73\x01\xD7\xF9"),
    (b"\xF9\x03\xEF\x05\xC3\x01\xF2\xF9", b"\xF9\x01\xEF\x05\xC1\x01\x93\xF9"),
];

const FLAG: u8 = 0xF9;

/// Which port is the wire.
#[derive(Default)]
pub(super) struct Wire(Option<usize>);

impl Wire {
    /// There are frames on this port.
    pub(super) fn has_frames(&mut self, port: usize) {
        self.0 = Some(port);
    }

    pub(super) fn is(&self, port: usize) -> bool {
        self.0 == Some(port)
    }

    /// The module says what are no frames. If this is the end of the multiplexer by the host's will, what is said
    /// behind its last frame.
    pub(super) fn ends<'a>(&mut self, port: usize, bytes: &'a [u8]) -> Option<&'a [u8]> {
        self.0.take_if(|wire| *wire == port)?;
        let mut rest = bytes;
        while let [FLAG, more @ ..] = rest {
            rest = match more {
                [FLAG, ..] => more,
                [_, _, low, ..] if low & 1 == 1 => more.get(usize::from(low >> 1) + 4..).unwrap_or_default(),
                [_, _, low, high, ..] => {
                    let info = usize::from(low >> 1) | usize::from(*high) << 7;
                    more.get(info + 5..).unwrap_or_default()
                }
                _ => &[],
            };
            // The closing flag may be the next frame's opening one.
            rest = rest.strip_prefix(&[FLAG]).unwrap_or(rest);
        }
        (rest.len() < bytes.len()).then_some(rest)
    }
}
