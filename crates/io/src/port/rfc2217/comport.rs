//! The COM port option (RFC 2217) on the access server's side: what a client sets, asks and is told.

use super::{options::COM_PORT, telnet};
use crate::port::{HostLines, ModuleLines};

/// Added to a client's code for the server's answer.
const SERVER: u8 = 100;

const SIGNATURE: u8 = 0;
pub(super) const SET_BAUDRATE: u8 = 1;
pub(super) const SET_DATASIZE: u8 = 2;
pub(super) const SET_PARITY: u8 = 3;
pub(super) const SET_STOPSIZE: u8 = 4;
pub(super) const SET_CONTROL: u8 = 5;
const NOTIFY_LINESTATE: u8 = 6;
const NOTIFY_MODEMSTATE: u8 = 7;
const FLOWCONTROL_SUSPEND: u8 = 8;
const FLOWCONTROL_RESUME: u8 = 9;
const SET_LINESTATE_MASK: u8 = 10;
pub(super) const SET_MODEMSTATE_MASK: u8 = 11;
const PURGE_DATA: u8 = 12;

/// What a server tells.
pub(super) const TOLD_BAUDRATE: u8 = SET_BAUDRATE + SERVER;
pub(super) const TOLD_MODEMSTATE: u8 = NOTIFY_MODEMSTATE + SERVER;
pub(super) const TOLD_SUSPEND: u8 = FLOWCONTROL_SUSPEND + SERVER;
pub(super) const TOLD_RESUME: u8 = FLOWCONTROL_RESUME + SERVER;

/// Values of SET-PARITY and SET-CONTROL.
pub(super) const PARITY_NONE: u8 = 1;
pub(super) const FLOW_NONE: u8 = 1;
pub(super) const FLOW_SOFTWARE: u8 = 2;
pub(super) const FLOW_HARDWARE: u8 = 3;
pub(super) const DTR_ON: u8 = 8;
pub(super) const DTR_OFF: u8 = 9;
pub(super) const RTS_ON: u8 = 11;
pub(super) const RTS_OFF: u8 = 12;

/// Line state: the transmitter is empty.
const TRANSMITTER_EMPTY: u8 = 0x60;

/// The purge concerns what the client has sent.
const PURGE_TRANSMIT: [u8; 2] = [2, 3];

/// The port's settings as one client has made them. The module is no UART: every setting is as good as any other,
/// and kept for whoever asks.
#[derive(Debug)]
pub(super) struct ComPort {
    baud: u32,
    data_bits: u8,
    parity: u8,
    stop_bits: u8,
    /// A value of SET-CONTROL: 1 to 3, 17, 19.
    outbound_flow: u8,
    /// A value of SET-CONTROL: 14 to 16, 18.
    inbound_flow: u8,
    is_break: bool,
    host: HostLines,
    line_mask: u8,
    modem_mask: u8,
    module: ModuleLines,
    /// FLOWCONTROL-SUSPEND: the client takes no data.
    pub(super) suspended: bool,
}

/// What a subnegotiation leads to beyond its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Lines(HostLines),
    /// What the client has sent and nobody has taken yet is void.
    Purge,
}

impl ComPort {
    pub(super) fn new(module: ModuleLines) -> ComPort {
        ComPort {
            baud: 115_200,
            data_bits: 8,
            parity: PARITY_NONE,
            stop_bits: 1,
            outbound_flow: FLOW_NONE,
            inbound_flow: 14,
            is_break: false,
            host: HostLines::ON,
            line_mask: 0,
            modem_mask: 255,
            module,
            suspended: false,
        }
    }

    /// Takes the content of a subnegotiation behind its option number, and answers.
    pub(super) fn hear(&mut self, content: &[u8], out: &mut Vec<u8>) -> Option<Effect> {
        let (&code, rest) = content.split_first()?;
        let value = rest.first().copied();
        let mut effect = None;
        let one;
        let four;
        let answer: &[u8] = match (code, value) {
            // With text it is the client's own.
            (SIGNATURE, None) => b"modemtwin",
            (SET_BAUDRATE, _) => {
                let baud = u32::from_be_bytes(rest.try_into().ok()?);
                if baud != 0 {
                    self.baud = baud;
                }
                four = self.baud.to_be_bytes();
                &four
            }
            (SET_DATASIZE, Some(bits)) => {
                one = [set(&mut self.data_bits, bits, 5..=8)];
                &one
            }
            (SET_PARITY, Some(parity)) => {
                one = [set(&mut self.parity, parity, 1..=5)];
                &one
            }
            (SET_STOPSIZE, Some(bits)) => {
                one = [set(&mut self.stop_bits, bits, 1..=3)];
                &one
            }
            (SET_CONTROL, Some(value)) => {
                let before = self.host;
                one = [self.control(value)];
                effect = (self.host != before).then_some(Effect::Lines(self.host));
                &one
            }
            (NOTIFY_LINESTATE, _) => {
                one = [TRANSMITTER_EMPTY & self.line_mask];
                &one
            }
            (NOTIFY_MODEMSTATE, _) => {
                self.notify(0, out);
                return None;
            }
            (FLOWCONTROL_SUSPEND | FLOWCONTROL_RESUME, _) => {
                self.suspended = code == FLOWCONTROL_SUSPEND;
                return None;
            }
            (SET_LINESTATE_MASK, Some(mask)) => {
                self.line_mask = mask;
                one = [mask];
                &one
            }
            (SET_MODEMSTATE_MASK, Some(mask)) => {
                self.modem_mask = mask;
                one = [mask];
                &one
            }
            (PURGE_DATA, Some(which)) => {
                effect = PURGE_TRANSMIT.contains(&which).then_some(Effect::Purge);
                one = [which];
                &one
            }
            _ => return None,
        };
        let answer = [&[code + SERVER], answer].concat();
        telnet::sub(out, COM_PORT, &answer);
        effect
    }

    /// SET-CONTROL: sets, or asks; the answer is what is in force. A value without meaning is given back.
    fn control(&mut self, value: u8) -> u8 {
        let on = |is_on, on, off| if is_on { on } else { off };
        match value {
            0 => return self.outbound_flow,
            FLOW_NONE..=FLOW_HARDWARE | 17 | 19 => self.outbound_flow = value,
            4 => return on(self.is_break, 5, 6),
            5 | 6 => self.is_break = value == 5,
            7 => return on(self.host.dtr, DTR_ON, DTR_OFF),
            DTR_ON | DTR_OFF => self.host.dtr = value == DTR_ON,
            10 => return on(self.host.rts, RTS_ON, RTS_OFF),
            RTS_ON | RTS_OFF => self.host.rts = value == RTS_ON,
            13 => return self.inbound_flow,
            14..=16 | 18 => self.inbound_flow = value,
            _ => {}
        }
        value
    }

    /// The client is told at once, as far as it wants to know.
    pub(super) fn set_lines(&mut self, lines: ModuleLines, out: &mut Vec<u8>) {
        let (before, after) = (levels(self.module), levels(lines));
        self.module = lines;
        let changed = before ^ after;
        // The low half says what has changed; of RI only its going off counts.
        let ring_ended = u8::from(before & RI != 0 && after & RI == 0) << 2;
        let deltas = ((changed >> 4) & !(1 << 2)) | ring_ended;
        if (changed | deltas) & self.modem_mask != 0 {
            self.notify(deltas, out);
        }
    }

    /// The state of the modem lines.
    pub(super) fn notify(&self, deltas: u8, out: &mut Vec<u8>) {
        let state = (levels(self.module) | deltas) & self.modem_mask;
        telnet::sub(out, COM_PORT, &[NOTIFY_MODEMSTATE + SERVER, state]);
    }
}

const CTS: u8 = 0x10;
const DSR: u8 = 0x20;
const RI: u8 = 0x40;
const DCD: u8 = 0x80;

/// The lines of a modem state.
pub(super) fn lines_of(state: u8) -> ModuleLines {
    let is_on = |bit| state & bit != 0;
    ModuleLines { cts: is_on(CTS), dsr: is_on(DSR), ri: is_on(RI), dcd: is_on(DCD) }
}

fn levels(lines: ModuleLines) -> u8 {
    [(lines.cts, CTS), (lines.dsr, DSR), (lines.ri, RI), (lines.dcd, DCD)]
        .into_iter()
        .filter_map(|(is_on, bit)| is_on.then_some(bit))
        .sum()
}

/// 0 asks; what cannot be is not taken.
fn set(setting: &mut u8, value: u8, range: std::ops::RangeInclusive<u8>) -> u8 {
    if range.contains(&value) {
        *setting = value;
    }
    *setting
}
