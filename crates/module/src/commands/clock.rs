//! The clock and the time of the network: document \[3\], D26.

use super::{execs, form, general::general, later, params, writes};
use crate::{
    contract::Action,
    dispatch::{Cx, Outcome, Row},
};
use alloc::format;
use at::spec::{Saved, Test, req};

/// `AT+CCLK`
pub(crate) static CCLK: Row = Row {
    test: Test::Empty,
    read: Some(|cx, _| {
        let text = cx.core.clock.text(cx.now);
        cx.info(format!("+CCLK: \"{text}\""));
        Outcome::Done
    }),
    set: &[form(&[req(&params::TIME)], |cx, args| {
        match cx.core.clock.set(cx.now, args.text(&params::TIME)) {
            Some(()) => Outcome::Done,
            None => cx.wrong_parameter(&CCLK, "the time must be \"yy/MM/dd,hh:mm:ss+zz\" and exist"),
        }
    })],
    saved: Saved::No,
    ..general("+CCLK", "Clock; certificate dates are compared with it (section 1.5)")
};

/// `AT+CTZU`
pub(crate) static CTZU: Row = Row {
    read: Some(|cx, _| {
        cx.info(format!("+CTZU: {}", cx.core.nv.time_zone_update));
        Outcome::Done
    }),
    set: &[form(&[req(&params::ZONE_UPDATE)], |cx, args| {
        cx.core.nv.time_zone_update = args.int(&params::ZONE_UPDATE);
        cx.core.act(Action::StoreSettings);
        Outcome::Done
    })],
    saved: Saved::AtOnce,
    ..general("+CTZU", "Does the network's time set the clock?")
};

/// `AT+CTZR`
pub(crate) static CTZR: Row = Row {
    read: Some(|cx, _| {
        cx.info(format!("+CTZR: {}", cx.core.nv.time_zone_report));
        Outcome::Done
    }),
    set: &[form(&[req(&params::ZONE_REPORT)], |cx, args| {
        cx.core.nv.time_zone_report = args.int(&params::ZONE_REPORT);
        cx.core.act(Action::StoreSettings);
        Outcome::Done
    })],
    saved: Saved::AtOnce,
    answers: &[later(r#"+CTZV: "<zone>""#), later(r#"+CTZE: "<zone>",<dst>,"<time>""#)],
    ..general("+CTZR", "Is the network's time told by a URC?")
};

/// `AT+QLTS`
pub(crate) static QLTS: Row = Row {
    exec: Some(|cx, _| network_time(cx, 0)),
    set: &[form(&[req(&params::TIME_MODE)], |cx, args| network_time(cx, args.int(&params::TIME_MODE)))],
    answers: &[execs(r#"+QLTS: "<time>""#), writes(r#"+QLTS: "<time>""#)],
    ..general("+QLTS", "Time of the network")
};

fn network_time(cx: &mut Cx<'_>, mode: u32) -> Outcome {
    let now = cx.now;
    match &cx.core.general.network_time {
        None => cx.info("+QLTS: \"\""),
        Some(clock) => {
            let stamp = match mode {
                0 => clock.local_stamp(clock.set_at()),
                1 => clock.utc_stamp(now),
                _ => clock.local_stamp(now),
            };
            let line = format!("+QLTS: \"{stamp}{},0\"", clock.zone_text());
            cx.info(line);
        }
    }
    Outcome::Done
}
