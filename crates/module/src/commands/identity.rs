//! Who the module is: document \[3\], D28.

use super::{execs, form, general::general, params, synonym, writes};
use crate::dispatch::{Outcome, Row};
use alloc::format;
use at::spec::{Test, req};

/// `AT+CGMI`
pub(crate) static CGMI: Row = Row {
    test: Test::Empty,
    exec: Some(|cx, _| {
        cx.info("Quectel");
        Outcome::Done
    }),
    aliases: &[synonym("+GMI")],
    answers: &[execs("Quectel")],
    ..general("+CGMI", "Manufacturer")
};

/// `AT+CGMM`
pub(crate) static CGMM: Row = Row {
    test: Test::Empty,
    exec: Some(|cx, _| {
        cx.info(cx.core.profile.product);
        Outcome::Done
    }),
    aliases: &[synonym("+GMM")],
    answers: &[execs("<model>")],
    ..general("+CGMM", "Model")
};

/// `AT+CGMR`
pub(crate) static CGMR: Row = Row {
    test: Test::Empty,
    exec: Some(|cx, _| {
        cx.info(cx.core.profile.revision);
        Outcome::Done
    }),
    aliases: &[synonym("+GMR")],
    answers: &[execs("<revision>")],
    ..general("+CGMR", "Revision")
};

/// `AT+CGSN`
pub(crate) static CGSN: Row = Row {
    exec: Some(|cx, _| {
        cx.info(cx.core.profile.imei_of(cx.core.unit));
        Outcome::Done
    }),
    set: &[form(&[req(&params::SNT)], |cx, args| {
        match args.int(&params::SNT) {
            0 => cx.info(cx.core.profile.serial_of(cx.core.unit)),
            _ => cx.info(format!("+CGSN: \"{}\"", cx.core.profile.imei_of(cx.core.unit))),
        }
        Outcome::Done
    })],
    answers: &[execs("<IMEI>"), writes("<SN>"), writes(r#"+CGSN: "<IMEI>""#)],
    ..general("+CGSN", "IMEI and serial number")
};

/// `AT+GSN`
pub(crate) static GSN: Row = Row {
    exec: CGSN.exec,
    set: &[form(&[req(&params::SNT)], |cx, args| {
        match args.int(&params::SNT) {
            0 => cx.info(cx.core.profile.serial_of(cx.core.unit)),
            _ => cx.info(format!("+GSN: \"{}\"", cx.core.profile.imei_of(cx.core.unit))),
        }
        Outcome::Done
    })],
    answers: &[execs("<IMEI>"), writes("<SN>"), writes(r#"+GSN: "<IMEI>""#)],
    ..general("+GSN", "IMEI and serial number, as AT+CGSN")
};
