//! Blocks of a pcapng file (draft-ietf-opsawg-pcapng), little-endian, as far as a capture of a module needs them.
//!
//! No library: those that write pcapng lack Decryption Secrets Blocks or options of packets, and six kinds of blocks that
//! are only written are less than what an adapter would take.

/// Which way a packet went, seen from the module (`epb_flags`, 4.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    In = 1,
    Out = 2,
}

/// What an interface carries (its LINKTYPE).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// IPv4 or IPv6 packets without anything in front.
    Raw = 101,
    /// A serial line: events with a time, the control lines, data.
    RtacSerial = 250,
}

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const PACKET: u32 = 6;
const SECRETS: u32 = 10;
const BYTE_ORDER: u32 = 0x1a2b_3c4d;
/// "TLSK": a TLS key log.
const TLS_KEY_LOG: u32 = 0x544c_534b;

const COMMENT: u16 = 1;
const NAME: u16 = 2;
const DESCRIPTION: u16 = 3;
const APPLICATION: u16 = 4;
const HARDWARE: u16 = 2;
const RESOLUTION: u16 = 9;
const FLAGS: u16 = 2;
const DROPPED: u16 = 4;

/// Nanoseconds.
const RESOLUTION_NANO: u8 = 9;

/// Blocks one after the other.
#[derive(Debug, Default)]
pub(super) struct Blocks(pub(super) Vec<u8>);

/// A packet. What is `None`, empty or zero stays away.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet<'a> {
    /// Number of its interface, from 0.
    pub(super) interface: u32,
    /// Nanoseconds since 1970 UTC.
    pub(super) at: u64,
    pub(super) way: Way,
    pub(super) comment: &'a str,
    /// Packets that are missing before this one.
    pub(super) dropped: u64,
}

impl Blocks {
    /// A section begins; its length is not known.
    pub(super) fn section(&mut self, hardware: &str, application: &str) {
        self.block(SECTION, |out| {
            out.extend(BYTE_ORDER.to_le_bytes());
            out.extend([1, 0, 0, 0]);
            out.extend(u64::MAX.to_le_bytes());
            option(out, HARDWARE, hardware.as_bytes());
            option(out, APPLICATION, application.as_bytes());
        });
    }

    /// The next interface of the section.
    pub(super) fn interface(&mut self, link: Link, name: &str, description: &str) {
        self.block(INTERFACE, |out| {
            out.extend((link as u16).to_le_bytes());
            // Reserved, and no limit to a packet's length.
            out.extend([0; 6]);
            option(out, NAME, name.as_bytes());
            option(out, DESCRIPTION, description.as_bytes());
            option(out, RESOLUTION, &[RESOLUTION_NANO]);
        });
    }

    /// A packet with what `data` writes.
    pub(super) fn packet(&mut self, packet: &Packet<'_>, data: impl FnOnce(&mut Vec<u8>)) {
        self.block(PACKET, |out| {
            out.extend(packet.interface.to_le_bytes());
            out.extend(((packet.at >> 32) as u32).to_le_bytes());
            out.extend((packet.at as u32).to_le_bytes());
            let lengths = out.len();
            out.extend([0; 8]);
            data(out);
            let length = u32::try_from(out.len() - lengths - 8).unwrap_or(u32::MAX).to_le_bytes();
            // What is kept of the packet, and what there was.
            if let Some((kept, whole)) = out.get_mut(lengths..lengths + 8).map(|field| field.split_at_mut(4))
            {
                kept.copy_from_slice(&length);
                whole.copy_from_slice(&length);
            }
            pad(out);
            option(out, FLAGS, &(packet.way as u32).to_le_bytes());
            if packet.dropped > 0 {
                option(out, DROPPED, &packet.dropped.to_le_bytes());
            }
            if !packet.comment.is_empty() {
                option(out, COMMENT, packet.comment.as_bytes());
            }
        });
    }

    /// A line of an NSS key log, for the packets behind it.
    pub(super) fn key_log(&mut self, line: &str) {
        self.block(SECRETS, |out| {
            let length = u32::try_from(line.len() + 1).unwrap_or(u32::MAX);
            out.extend(TLS_KEY_LOG.to_le_bytes());
            out.extend(length.to_le_bytes());
            out.extend(line.as_bytes());
            out.push(b'\n');
            pad(out);
        });
    }

    /// A block around what `body` writes. Its options, if there are any, are ended here.
    fn block(&mut self, kind: u32, body: impl FnOnce(&mut Vec<u8>)) {
        let out = &mut self.0;
        let start = out.len();
        out.extend(kind.to_le_bytes());
        out.extend([0; 4]);
        body(out);
        if kind != SECRETS {
            out.extend([0; 4]);
        }
        let length = u32::try_from(out.len() - start + 4).unwrap_or(u32::MAX).to_le_bytes();
        out.extend(length);
        if let Some(field) = out.get_mut(start + 4..start + 8) {
            field.copy_from_slice(&length);
        }
    }
}

/// An option; what is longer than its length field can say is cut.
fn option(out: &mut Vec<u8>, code: u16, value: &[u8]) {
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    out.extend(code.to_le_bytes());
    out.extend(length.to_le_bytes());
    out.extend(value.iter().take(length.into()));
    pad(out);
}

/// To a multiple of 4. Blocks begin at one, so it can be counted from the start.
fn pad(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(fill: impl FnOnce(&mut Blocks)) -> Vec<u8> {
        let mut blocks = Blocks::default();
        fill(&mut blocks);
        blocks.0
    }

    #[test]
    fn a_section_and_an_interface() {
        #[rustfmt::skip]
        assert_eq!(bytes(|b| b.section("EC200N-CN", "twin")), [
            0x0a, 0x0d, 0x0d, 0x0a, 56, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0,
            255, 255, 255, 255, 255, 255, 255, 255,
            2, 0, 9, 0, b'E', b'C', b'2', b'0', b'0', b'N', b'-', b'C', b'N', 0, 0, 0,
            4, 0, 4, 0, b't', b'w', b'i', b'n', 0, 0, 0, 0, 56, 0, 0, 0,
        ]);
        #[rustfmt::skip]
        assert_eq!(bytes(|b| b.interface(Link::RtacSerial, "uart1", "AT")), [
            1, 0, 0, 0, 52, 0, 0, 0, 250, 0, 0, 0, 0, 0, 0, 0,
            2, 0, 5, 0, b'u', b'a', b'r', b't', b'1', 0, 0, 0, 3, 0, 2, 0, b'A', b'T', 0, 0,
            9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0, 52, 0, 0, 0,
        ]);
    }

    #[test]
    fn a_packet_with_everything() {
        let packet = Packet { interface: 2, at: 0x1_0000_0002, way: Way::Out, comment: "why", dropped: 7 };
        #[rustfmt::skip]
        assert_eq!(bytes(|b| b.packet(&packet, |out| out.extend(b"12345"))), [
            6, 0, 0, 0, 72, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 5, 0, 0, 0,
            b'1', b'2', b'3', b'4', b'5', 0, 0, 0, 2, 0, 4, 0, 2, 0, 0, 0,
            4, 0, 8, 0, 7, 0, 0, 0, 0, 0, 0, 0, 1, 0, 3, 0, b'w', b'h', b'y', 0,
            0, 0, 0, 0, 72, 0, 0, 0,
        ]);
    }

    #[test]
    fn a_line_of_the_key_log() {
        assert_eq!(
            bytes(|b| b.key_log("RSA a b")),
            [&[10, 0, 0, 0, 28, 0, 0, 0][..], b"KSLT", &[8, 0, 0, 0], b"RSA a b\n", &[28, 0, 0, 0]].concat()
        );
    }
}
