//! Functionality and power: document \[3\].

use super::{execs, form, general::general, later, params, reads};
use crate::{
    dispatch::{Cx, Outcome, Row},
    general::Functionality,
};
use alloc::format;
use at::{
    args::Args,
    spec::{MaxResponse, Saved, Test, opt, req},
};

/// `AT+CFUN`
pub(crate) static CFUN: Row = Row {
    read: Some(|cx, _| {
        let level = cx.core.general.functionality.number();
        cx.info(format!("+CFUN: {level}"));
        Outcome::Done
    }),
    set: &[form(&[req(&params::FUNCTIONALITY), opt(&params::RESET)], set_functionality)],
    max_response: MaxResponse::Seconds(15),
    saved: Saved::No,
    answers: &[reads("+CFUN: <fun>"), later("RDY")],
    ..general("+CFUN", "Functionality")
};

fn set_functionality(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let (now, delay) = (cx.now, cx.core.delays.function);
    let level = match args.int(&params::FUNCTIONALITY) {
        0 => Functionality::Minimum,
        1 => Functionality::Full,
        _ => Functionality::Airplane,
    };
    if args.opt_int(&params::RESET) == Some(1) {
        return match level {
            Functionality::Full => Outcome::Restart.after(now, delay),
            Functionality::Minimum | Functionality::Airplane => {
                cx.wrong_parameter(&CFUN, "only AT+CFUN=1,1 restarts the module")
            }
        };
    }
    cx.core.set_functionality(now, level);
    Outcome::Done.after(now, delay)
}

/// `AT+QPOWD`
pub(crate) static QPOWD: Row = Row {
    exec: Some(|_, _| Outcome::PowerDown),
    set: &[form(&[req(&params::POWER_DOWN)], |_, _| Outcome::PowerDown)],
    max_response: MaxResponse::Words("300 ms for OK, 60 s for POWERED DOWN"),
    answers: &[later("POWERED DOWN")],
    ..general("+QPOWD", "Switch the module off")
};

/// `AT+QSCLK`
pub(crate) static QSCLK: Row = Row {
    read: Some(|cx, _| {
        cx.info(format!("+QSCLK: {}", cx.core.general.sleep));
        Outcome::Done
    }),
    set: &[form(&[req(&params::ENABLE)], |cx, args| {
        cx.core.general.sleep = args.int(&params::ENABLE);
        Outcome::Done
    })],
    saved: Saved::No,
    ..general("+QSCLK", "May the module sleep? Kept; it never does")
};

/// `AT+CBC`
pub(crate) static CBC: Row = Row {
    test: Test::Literal(&["+CBC: (0-2),(0-100),<voltage>"]),
    exec: Some(|cx, _| {
        cx.info(format!("+CBC: 0,0,{}", cx.core.profile.voltage));
        Outcome::Done
    }),
    answers: &[execs("+CBC: <bcs>,<bcl>,<voltage>")],
    ..general("+CBC", "Supply voltage in mV")
};
