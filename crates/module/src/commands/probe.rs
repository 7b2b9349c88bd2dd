//! What host software asks any modem before it knows which one it has, and what it sets on the way to a data
//! connection: V.250, T.31, 27.005, 27.007. Kept, where there is nothing that it could change: there are no calls, no
//! messages and no packet events here.

use super::{Group, execs, form, params, reads, row};
use crate::dispatch::{Outcome, Row};
use alloc::format;
use at::{
    args::Args,
    spec::{Param, Saved, Test, opt, req},
};

/// What is kept, until the module starts anew or `AT&F`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// `AT+CSCS`: index in [`params::CHARACTER_SETS`].
    character_set: usize,
    /// `AT+CMGF`.
    message_format: u32,
    /// `AT+CNMI`.
    new_messages: [u32; 5],
    /// `AT+CGEREP`.
    packet_events: [u32; 2],
}

impl Default for Kept {
    fn default() -> Kept {
        Kept { character_set: 0, message_format: 0, new_messages: [2, 1, 0, 0, 0], packet_events: [0, 0] }
    }
}

const fn standard(name: &'static str, section: &'static str, summary: &'static str) -> Row {
    row(name, Group::General, section, summary)
}

/// `AT+GCAP`
pub(crate) static GCAP: Row = Row {
    test: Test::Empty,
    exec: Some(|cx, _| {
        cx.info("+GCAP: +CGSM,+FCLASS");
        Outcome::Done
    }),
    answers: &[execs("+GCAP: +CGSM,+FCLASS")],
    ..standard("+GCAP", "V.250 6.1.9", "Families of commands")
};

/// `AT+FCLASS`
pub(crate) static FCLASS: Row = Row {
    read: Some(|cx, _| {
        cx.info("+FCLASS: 0");
        Outcome::Done
    }),
    set: &[form(&[req(&params::ZERO)], |_, _| Outcome::Done)],
    answers: &[reads("+FCLASS: 0")],
    ..standard("+FCLASS", "T.31 8.2", "Service class: data, and no fax")
};

/// `AT+CSCS`
pub(crate) static CSCS: Row = Row {
    read: Some(|cx, _| {
        let name = params::CHARACTER_SETS.get(cx.core.kept.character_set).copied().unwrap_or_default();
        cx.info(format!("+CSCS: \"{name}\""));
        Outcome::Done
    }),
    set: &[form(&[req(&params::CHARACTER_SET)], |cx, args| {
        let name = args.text(&params::CHARACTER_SET);
        let index = params::CHARACTER_SETS.iter().position(|known| *known == name);
        cx.core.kept.character_set = index.unwrap_or_default();
        Outcome::Done
    })],
    saved: Saved::No,
    ..standard("+CSCS", "27.007 5.5", "Character set; kept, as there is no text here that has one")
};

/// `AT+CMGF`
pub(crate) static CMGF: Row = Row {
    read: Some(|cx, _| {
        cx.info(format!("+CMGF: {}", cx.core.kept.message_format));
        Outcome::Done
    }),
    set: &[form(&[req(&params::MESSAGE_FORMAT)], |cx, args| {
        cx.core.kept.message_format = args.int(&params::MESSAGE_FORMAT);
        Outcome::Done
    })],
    saved: Saved::No,
    ..standard("+CMGF", "27.005 3.2.3", "Format of messages; kept, there are none")
};

/// `AT+CNMI`
pub(crate) static CNMI: Row = Row {
    read: Some(|cx, _| {
        let [mode, mt, bm, ds, bfr] = cx.core.kept.new_messages;
        cx.info(format!("+CNMI: {mode},{mt},{bm},{ds},{bfr}"));
        Outcome::Done
    }),
    set: &[form(
        &[
            req(&params::CNMI_MODE),
            opt(&params::CNMI_MT),
            opt(&params::CNMI_BM),
            opt(&params::CNMI_DS),
            opt(&params::CNMI_BFR),
        ],
        |cx, args| {
            let given =
                [&params::CNMI_MODE, &params::CNMI_MT, &params::CNMI_BM, &params::CNMI_DS, &params::CNMI_BFR];
            keep(&mut cx.core.kept.new_messages, args, given)
        },
    )],
    saved: Saved::No,
    ..standard("+CNMI", "27.005 3.4.1", "How new messages are told of; kept, there are none")
};

/// `AT+CGEREP`
pub(crate) static CGEREP: Row = Row {
    read: Some(|cx, _| {
        let [mode, buffer] = cx.core.kept.packet_events;
        cx.info(format!("+CGEREP: {mode},{buffer}"));
        Outcome::Done
    }),
    set: &[form(&[req(&params::EVENT_MODE), opt(&params::EVENT_BUFFER)], |cx, args| {
        let given = [&params::EVENT_MODE, &params::EVENT_BUFFER];
        keep(&mut cx.core.kept.packet_events, args, given)
    })],
    saved: Saved::No,
    ..standard("+CGEREP", "27.007 10.1.19", "Is +CGEV told? Kept; +QIURC tells of a lost context")
};

/// Keeps the numbers that are given; the others stay (§2.1.1).
fn keep<const N: usize>(values: &mut [u32; N], args: &Args, params: [&'static Param; N]) -> Outcome {
    for (value, param) in values.iter_mut().zip(params) {
        *value = args.opt_int(param).unwrap_or(*value);
    }
    Outcome::Done
}

/// `AT+CESQ`
pub(crate) static CESQ: Row = Row {
    test: Test::Literal(&["+CESQ: (0-63,99),(0-7,99),(0-96,255),(0-49,255),(0-34,255),(0-97,255)"]),
    exec: Some(|cx, _| {
        let (quality, power) = match cx.core.general.signal() {
            99 => (UNKNOWN, UNKNOWN),
            signal => (REFERENCE_QUALITY, reference_power(signal)),
        };
        cx.info(format!("+CESQ: 99,99,{UNKNOWN},{UNKNOWN},{quality},{power}"));
        Outcome::Done
    }),
    answers: &[execs("+CESQ: <rxlev>,<ber>,<rscp>,<ecno>,<rsrq>,<rsrp>")],
    ..standard("+CESQ", "27.007 8.69", "Signal of LTE: as AT+CSQ has it, in a cell of 10 MHz")
};

/// Not known, or not of this network (27.007 8.69).
const UNKNOWN: u8 = 255;

/// RSRQ of -11 dB: 50 resource blocks in use, of which the reference signal is a 600th.
const REFERENCE_QUALITY: u8 = 18;

/// RSRP in steps of 1 dB from -141 dBm. `AT+CSQ` has the whole power in steps of 2 dB from -113 dBm, 600 times (28 dB) the
/// reference signal's.
const fn reference_power(signal: u8) -> u8 {
    2 * signal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_signal_is_28_db_below_the_whole() {
        for signal in [0, 9, 29, 31] {
            let whole = -113 + 2 * i32::from(signal);
            assert_eq!(-141 + i32::from(reference_power(signal)), whole - 28);
        }
    }
}
