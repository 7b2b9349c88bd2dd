//! The SIM: document \[3\]. What the card does is in `general::sim`.

use super::{execs, form, general::general, later, params, reads, writes};
use crate::{
    dispatch::{Cx, Outcome, Row},
    errors::cme,
    general::{
        power::Step,
        sim::{Card, CardState, Secret, is_pin},
        wanted,
    },
};
use alloc::format;
use at::{
    args::Args,
    result::Cme,
    spec::{MaxResponse, Saved, Test, opt, req},
};

/// `Done`, or the error.
fn outcome(result: Result<(), Cme>) -> Outcome {
    match result {
        Ok(()) => Outcome::Done,
        Err(cme) => Outcome::cme(cme),
    }
}

/// `AT+CIMI`
pub(crate) static CIMI: Row = Row {
    test: Test::Empty,
    exec: Some(|cx, _| {
        let ready = cx.core.general.ready_card().map(|_| ());
        outcome(ready.map(|()| cx.info(cx.core.profile.imsi_of(cx.core.unit))))
    }),
    answers: &[execs("<IMSI>")],
    errors: &[10, 11, 13],
    ..general("+CIMI", "IMSI of the SIM")
};

fn iccid(cx: &mut Cx<'_>, name: &str) -> Outcome {
    let found = cx.core.general.card().map(|_| ());
    outcome(found.map(|()| cx.info(format!("{name}: {}", cx.core.profile.iccid_of(cx.core.unit)))))
}

/// `AT+QCCID`
pub(crate) static QCCID: Row = Row {
    test: Test::Empty,
    exec: Some(|cx, _| iccid(cx, "+QCCID")),
    answers: &[execs("+QCCID: <ccid>")],
    errors: &[10],
    ..general("+QCCID", "ICCID of the SIM")
};

/// `AT+ICCID`
pub(crate) static ICCID: Row = Row {
    test: Test::Empty,
    exec: Some(|cx, _| iccid(cx, "+ICCID")),
    answers: &[execs("+ICCID: <ccid>")],
    errors: &[10],
    ..general("+ICCID", "ICCID of the SIM")
};

/// `AT+CCID`
pub(crate) static CCID: Row = Row {
    test: Test::Empty,
    exec: Some(|cx, _| iccid(cx, "+CCID")),
    answers: &[execs("+CCID: <ccid>")],
    ..general("+CCID", "ICCID of the SIM")
};

/// `AT+CPIN`
pub(crate) static CPIN: Row = Row {
    test: Test::Empty,
    read: Some(|cx, _| {
        outcome(match cx.core.general.card().map(|card| card.state()) {
            Ok(CardState::Blocked) => Err(cme::SIM_FAILURE),
            Ok(state) => {
                cx.info(format!("+CPIN: {}", wanted(state)));
                Ok(())
            }
            Err(cme) => Err(cme),
        })
    }),
    set: &[form(&[req(&params::PIN), opt(&params::NEW_PIN)], enter_pin)],
    max_response: MaxResponse::Seconds(5),
    answers: &[reads("+CPIN: <code>"), later("+CPIN: <code>")],
    errors: &[3, 10, 13, 14, 16],
    ..general("+CPIN", "PIN state; enter a PIN, or a PUK with a new PIN")
};

fn enter_pin(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let (code, new) = (args.text(&params::PIN), args.opt_text(&params::NEW_PIN));
    if ![Some(code), new].into_iter().flatten().all(is_pin) {
        return cx.wrong_parameter(&CPIN, "PIN and PUK are 4 to 8 digits");
    }
    let entered = cx.core.general.card().and_then(|card| card.enter(code, new));
    match entered {
        Ok(()) => {
            let now = cx.now;
            cx.core.unlocked(now);
            Outcome::Done
        }
        Err(cme) => refused(cx, cme),
    }
}

/// The error of a PIN command, with what the AT port does not say.
fn refused(cx: &mut Cx<'_>, error: Cme) -> Outcome {
    if let Ok(Secret { pin_tries, puk_tries, .. }) = cx.core.general.card().map(|card| card.pin1.clone()) {
        let left = format!("{pin_tries} tries for the PIN and {puk_tries} for the PUK are left");
        cx.refused(format!("{}; {left}", error.text));
    }
    Outcome::cme(error)
}

/// `AT+CLCK`
pub(crate) static CLCK: Row = Row {
    test: Test::Literal(&["+CLCK: (\"SC\")"]),
    set: &[form(&[req(&params::FACILITY), req(&params::LOCK_MODE), opt(&params::PIN)], lock)],
    max_response: MaxResponse::Seconds(5),
    answers: &[writes("+CLCK: <status>")],
    errors: &[3, 10, 11, 16],
    ..general("+CLCK", "Lock of the SIM: does it ask for its PIN?")
};

fn lock(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let mode = args.int(&params::LOCK_MODE);
    let card = match cx.core.general.ready_card() {
        Ok(card) => card,
        Err(cme) => return Outcome::cme(cme),
    };
    if mode == 2 {
        let locked = u8::from(card.locked);
        cx.info(format!("+CLCK: {locked}"));
        return Outcome::Done;
    }
    let Some(pin) = args.opt_text(&params::PIN).filter(|pin| is_pin(pin)) else {
        return cx.wrong_parameter(&CLCK, "the PIN is missing, or is not 4 to 8 digits");
    };
    match card.lock(mode == 1, pin) {
        Ok(()) => Outcome::Done,
        Err(cme) => refused(cx, cme),
    }
}

/// `AT+CPWD`
pub(crate) static CPWD: Row = Row {
    test: Test::Literal(&["+CPWD: (\"SC\",8),(\"P2\",8)"]),
    set: &[form(&[req(&params::SECRET), req(&params::PIN), req(&params::NEW_PIN)], change_pin)],
    max_response: MaxResponse::Seconds(5),
    errors: &[3, 16, 18],
    ..general("+CPWD", "Change a PIN")
};

fn change_pin(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let (old, new) = (args.text(&params::PIN), args.text(&params::NEW_PIN));
    if !is_pin(old) || !is_pin(new) {
        return cx.wrong_parameter(&CPWD, "PINs are 4 to 8 digits");
    }
    let change = match args.text(&params::SECRET) {
        "SC" => Card::change_pin1,
        _ => Card::change_pin2,
    };
    match cx.core.general.ready_card().and_then(|card| change(card, old, new)) {
        Ok(()) => Outcome::Done,
        Err(cme) => refused(cx, cme),
    }
}

/// `AT+QPINC`
pub(crate) static QPINC: Row = Row {
    read: Some(|cx, _| tries(cx, &["SC", "P2"])),
    set: &[form(&[req(&params::SECRET)], |cx, args| tries(cx, &[args.text(&params::SECRET)]))],
    answers: &[
        reads(r#"+QPINC: "<fac>",<PIN_counter>,<PUK_counter>"#),
        writes(r#"+QPINC: "<fac>",<PIN_counter>,<PUK_counter>"#),
    ],
    errors: &[10],
    ..general("+QPINC", "How many tries are left for PIN and PUK")
};

fn tries(cx: &mut Cx<'_>, secrets: &[&str]) -> Outcome {
    let card = match cx.core.general.card() {
        Ok(card) => card.clone(),
        Err(cme) => return Outcome::cme(cme),
    };
    for name in secrets {
        let secret = if *name == "SC" { &card.pin1 } else { &card.pin2 };
        cx.info(format!("+QPINC: \"{name}\",{},{}", secret.pin_tries, secret.puk_tries));
    }
    Outcome::Done
}

/// `AT+QINISTAT`
pub(crate) static QINISTAT: Row = Row {
    test: Test::Literal(&["+QINISTAT: (0-7)"]),
    exec: Some(|cx, _| {
        let ready = cx.core.general.ready_card().is_ok();
        let parts = [(1, Step::Sim), (2, Step::Messages), (4, Step::PhoneBook)];
        let sum: u8 = parts
            .iter()
            .filter(|(_, step)| ready && cx.core.general.has_done(*step))
            .map(|(bit, _)| bit)
            .sum();
        cx.info(format!("+QINISTAT: {sum}"));
        Outcome::Done
    }),
    answers: &[execs("+QINISTAT: <status>")],
    ..general("+QINISTAT", "What of the SIM is ready: 1 PIN, 2 messages, 4 phone book")
};

/// `AT+QSIMSTAT`
pub(crate) static QSIMSTAT: Row = Row {
    read: Some(|cx, _| {
        let (on, inserted) = (cx.core.general.sim_status, cx.core.general.card.is_some());
        cx.info(format!("+QSIMSTAT: {},{}", u8::from(on), u8::from(inserted)));
        Outcome::Done
    }),
    set: &[form(&[req(&params::ENABLE)], |cx, args| {
        cx.core.general.sim_status = args.int(&params::ENABLE) == 1;
        Outcome::Done
    })],
    saved: Saved::No,
    answers: &[
        reads("+QSIMSTAT: <enable>,<inserted_status>"),
        later("+QSIMSTAT: <enable>,<inserted_status>"),
    ],
    ..general("+QSIMSTAT", "Is a SIM inserted? With 1 changes are told")
};
