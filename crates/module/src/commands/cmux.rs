//! `AT+CMUX` (27.007 5.7).

use super::{Group, form, params, row};
use crate::{
    dispatch::{Cx, Outcome, Row},
    errors::cme,
};
use alloc::{format, string::ToString, vec::Vec};
use at::{
    args::Args,
    spec::{Arg, Saved, opt, req},
};

/// Values where `AT+CMUX` gives none: mode, subset, speed, N1, T1, N2, T2, T3, k (V106).
pub(crate) const DEFAULTS: [u32; 9] = [0, 0, 5, 127, 10, 3, 30, 10, 2];

const ARGS: [Arg; 9] = [
    req(&params::MUX_MODE),
    opt(&params::MUX_SUBSET),
    opt(&params::MUX_SPEED),
    opt(&params::MUX_N1),
    opt(&params::MUX_T1),
    opt(&params::MUX_N2),
    opt(&params::MUX_T2),
    opt(&params::MUX_T3),
    opt(&params::MUX_K),
];

/// `AT+CMUX`
pub(crate) static CMUX: Row = Row {
    read: Some(|cx, _| {
        let values: Vec<_> =
            cx.core.multiplexer.unwrap_or(DEFAULTS).iter().map(ToString::to_string).collect();
        cx.info(format!("+CMUX: {}", values.join(",")));
        Outcome::Done
    }),
    set: &[form(&ARGS, multiplex)],
    saved: Saved::No,
    ..row("+CMUX", Group::General, "document [3], 27.007 5.7, 27.010", "Several ports on one wire")
};

fn multiplex(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    if cx.core.multiplexer.is_some() {
        cx.refused("there is a multiplexer already, and a module has one");
        return Outcome::cme(cme::NOT_ALLOWED);
    }
    let mut values = DEFAULTS;
    for (value, arg) in values.iter_mut().zip(&ARGS) {
        *value = args.opt_int(arg.param).unwrap_or(*value);
    }
    let [_, _, _, n1, ..] = values;
    cx.core.multiplexer = Some(values);
    Outcome::Multiplex(usize::try_from(n1).unwrap_or_default())
}
