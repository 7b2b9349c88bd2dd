//! Network and registration: document \[3\].

use super::{execs, form, general::general, later, params, reads};
use crate::{
    contract::Coverage,
    dispatch::{Cx, Outcome, Row},
    errors::cme,
    general::{Domain, Functionality, Selection},
    profile::Operator,
};
use alloc::{format, string::String, vec::Vec};
use at::{
    args::Args,
    spec::{MaxResponse, Saved, Test, opt, req},
};

/// `AT+CSQ`
pub(crate) static CSQ: Row = Row {
    test: Test::Literal(&["+CSQ: (0-31,99),(0-7,99)"]),
    exec: Some(|cx, _| {
        let signal = cx.core.general.signal();
        cx.info(format!("+CSQ: {signal},99"));
        Outcome::Done
    }),
    answers: &[execs("+CSQ: <rssi>,<ber>")],
    ..general("+CSQ", "Signal strength")
};

fn show_registration(cx: &mut Cx<'_>, domain: Domain) -> Outcome {
    let (n, shown) = (cx.core.registration_format(domain), cx.core.shown_registration(domain));
    cx.info(format!("{}: {n},{shown}", domain.name()));
    Outcome::Done
}

fn set_registration(cx: &mut Cx<'_>, args: &Args, domain: Domain) -> Outcome {
    if let Some(n) = cx.core.general.registration_format.get_mut(domain as usize) {
        *n = args.int(&params::REGISTRATION);
    }
    Outcome::Done
}

/// `AT+CREG`
pub(crate) static CREG: Row = Row {
    read: Some(|cx, _| show_registration(cx, Domain::Circuit)),
    set: &[form(&[req(&params::REGISTRATION)], |cx, args| set_registration(cx, args, Domain::Circuit))],
    saved: Saved::ByProfile,
    answers: &[
        reads(r#"+CREG: <n>,<stat>[,"<lac>","<ci>",<Act>]"#),
        later(r#"+CREG: <stat>[,"<lac>","<ci>",<Act>]"#),
    ],
    ..general("+CREG", "Network registration")
};

/// `AT+CGREG`
pub(crate) static CGREG: Row = Row {
    read: Some(|cx, _| show_registration(cx, Domain::Packet)),
    set: &[form(&[req(&params::REGISTRATION)], |cx, args| set_registration(cx, args, Domain::Packet))],
    saved: Saved::ByProfile,
    answers: &[
        reads(r#"+CGREG: <n>,<stat>[,"<lac>","<ci>",<Act>]"#),
        later(r#"+CGREG: <stat>[,"<lac>","<ci>",<Act>]"#),
    ],
    ..general("+CGREG", "GPRS registration")
};

/// `AT+CEREG`
pub(crate) static CEREG: Row = Row {
    read: Some(|cx, _| show_registration(cx, Domain::Eps)),
    set: &[form(&[req(&params::REGISTRATION)], |cx, args| set_registration(cx, args, Domain::Eps))],
    saved: Saved::ByProfile,
    answers: &[
        reads(r#"+CEREG: <n>,<stat>[,"<tac>","<ci>",<Act>]"#),
        later(r#"+CEREG: <stat>[,"<tac>","<ci>",<Act>]"#),
    ],
    ..general("+CEREG", "EPS registration")
};

/// `AT+COPS`
pub(crate) static COPS: Row = Row {
    test: Test::Run(|cx, _| {
        let found = found(cx);
        cx.info(format!("+COPS: {found},(0-4),(0-2)"));
        Outcome::Done.after(cx.now, cx.core.delays.scan)
    }),
    read: Some(|cx, _| {
        let (mode, format) = (cx.core.general.selection.number(), cx.core.general.operator_format);
        if cx.core.general.registered() {
            let name = cx.core.profile.operator.name(format);
            cx.info(format!("+COPS: {mode},{format},\"{name}\",7"));
        } else {
            cx.info(format!("+COPS: {mode}"));
        }
        Outcome::Done
    }),
    set: &[form(
        &[
            req(&params::COPS_MODE),
            opt(&params::COPS_FORMAT),
            opt(&params::COPS_OPERATOR),
            opt(&params::COPS_ACCESS),
        ],
        select,
    )],
    max_response: MaxResponse::Seconds(180),
    saved: Saved::No,
    answers: &[reads(r#"+COPS: <mode>[,<format>,"<oper>",<Act>]"#)],
    errors: &[30],
    ..general("+COPS", "Operator; the test form searches for all, within 300 s")
};

/// What a search finds: the network of this module, then those that refuse it.
fn found(cx: &Cx<'_>) -> String {
    let general = &cx.core.general;
    let line = |state: u8, Operator { long, short, number }: &Operator| {
        format!("({state},\"{long}\",\"{short}\",\"{number}\",7),")
    };
    if general.functionality != Functionality::Full || general.network.coverage == Coverage::None {
        return ",".into();
    }
    let own = match (general.registered(), general.network.coverage) {
        (true, _) => 2,
        (false, Coverage::Denied) => 3,
        (false, Coverage::None | Coverage::Home | Coverage::Roaming) => 1,
    };
    let others: Vec<String> = cx.core.profile.others.iter().map(|other| line(3, other)).collect();
    line(own, &cx.core.profile.operator) + &others.concat()
}

fn select(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let general = &mut cx.core.general;
    let format = args.opt_int(&params::COPS_FORMAT).unwrap_or(general.operator_format);
    let (mode, now) = (args.int(&params::COPS_MODE), cx.now);
    let selection = match mode {
        0 => Selection::Automatic,
        1 | 4 => {
            let own = cx.core.profile.operator.name(format);
            match args.opt_text(&params::COPS_OPERATOR) {
                None => return cx.wrong_parameter(&COPS, "the operator is missing"),
                Some(wanted) if wanted.eq_ignore_ascii_case(own) => Selection::Manual,
                Some(_) if mode == 4 => Selection::Automatic,
                Some(_) => {
                    cx.refused(format!("this operator does not take the module; {own} does"));
                    return Outcome::cme(cme::NO_SERVICE);
                }
            }
        }
        2 => Selection::Deregistered,
        _ => match args.opt_int(&params::COPS_FORMAT) {
            Some(_) => general.selection,
            None => return cx.wrong_parameter(&COPS, "mode 3 needs a format"),
        },
    };
    cx.core.general.operator_format = format;
    cx.core.general.selection = selection;
    cx.core.register(now);
    Outcome::Done
}

/// `AT+QNWINFO`
pub(crate) static QNWINFO: Row = Row {
    test: Test::Empty,
    exec: Some(|cx, _| {
        let ([technology, band], channel) = (cx.core.profile.access, cx.core.profile.channel);
        if cx.core.general.registered() {
            let number = cx.core.profile.operator.number;
            cx.info(format!("+QNWINFO: \"{technology}\",\"{number}\",\"{band}\",{channel}"));
        } else {
            cx.info("+QNWINFO: \"NONE\"");
        }
        Outcome::Done
    }),
    answers: &[execs(r#"+QNWINFO: "<Act>"[,"<oper>","<band>",<channel>]"#)],
    ..general("+QNWINFO", "Access technology, operator, band and channel")
};

/// `AT+QSPN`
pub(crate) static QSPN: Row = Row {
    test: Test::Empty,
    exec: Some(|cx, _| {
        let Operator { long, short, number } = match cx.core.general.registered() {
            true => cx.core.profile.operator,
            false => Operator { long: "", short: "", number: "" },
        };
        cx.info(format!("+QSPN: \"{long}\",\"{short}\",\"\",0,\"{number}\""));
        Outcome::Done
    }),
    answers: &[execs(r#"+QSPN: "<FNN>","<SNN>","<SPN>",<alphabet>,"<RPLMN>""#)],
    ..general("+QSPN", "Names of the registered network")
};

/// `AT+CPAS`
pub(crate) static CPAS: Row = Row {
    test: Test::Literal(&["+CPAS: (0,3,4)"]),
    exec: Some(|cx, _| {
        cx.info("+CPAS: 0");
        Outcome::Done
    }),
    answers: &[execs("+CPAS: <pas>")],
    ..general("+CPAS", "Activity: 0, for there are no calls")
};

/// `AT+CEER`
pub(crate) static CEER: Row = Row {
    test: Test::Empty,
    exec: Some(|cx, _| {
        let report = match &cx.core.general.last_failure {
            Some(cause) => format!("+CEER: {cause}"),
            None => "+CEER: No report available".into(),
        };
        cx.info(report);
        Outcome::Done
    }),
    answers: &[execs("+CEER: <report>")],
    ..general("+CEER", "Why the last AT+CGACT or AT+CGATT failed")
};
