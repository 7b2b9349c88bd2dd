//! Commands of document \[3\]: identity, SIM, network, clock, functionality.

use super::{Group, form, params, row, synonym};
use crate::{
    dispatch::{Cx, Outcome, Row},
    errors::cme,
    general::{Domain, Functionality},
    pdp::PdpId,
};
use alloc::{format, vec::Vec};
use at::{
    args::Args,
    spec::{MaxResponse, Saved, Test, opt, req},
};

const fn general(name: &'static str, summary: &'static str) -> Row {
    row(name, Group::General, "document [3]", summary)
}

/// `AT+CLAC`
pub(crate) static CLAC: Row = Row {
    test: Test::Empty,
    exec: Some(|cx, _| {
        for row in super::TABLE {
            cx.info(format!("AT{}", row.name));
        }
        Outcome::Done
    }),
    ..general("+CLAC", "List of commands")
};

/// `AT+CMEE`
pub(crate) static CMEE: Row = Row {
    read: Some(|cx, _| {
        let mode = cx.port.session.settings.cmee;
        cx.info(format!("+CMEE: {mode}"));
        Outcome::Done
    }),
    set: &[form(&[req(&params::CMEE_MODE)], |cx, args| {
        cx.port.session.settings.cmee = u8::try_from(args.int(&params::CMEE_MODE)).unwrap_or_default();
        Outcome::Done
    })],
    saved: Saved::No,
    ..general("+CMEE", "Form of +CME ERROR")
};

/// `AT+CGMI`
pub(crate) static CGMI: Row = Row {
    test: Test::Empty,
    exec: Some(|cx, _| {
        cx.info("Quectel");
        Outcome::Done
    }),
    aliases: &[synonym("+GMI")],
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
    ..general("+CGMR", "Revision")
};

/// `AT+CGSN`
pub(crate) static CGSN: Row = Row {
    exec: Some(|cx, _| {
        cx.info(cx.core.profile.imei);
        Outcome::Done
    }),
    set: &[form(&[req(&params::SNT)], |cx, args| {
        match args.int(&params::SNT) {
            0 => cx.info(cx.core.profile.serial),
            _ => cx.info(format!("+CGSN: \"{}\"", cx.core.profile.imei)),
        }
        Outcome::Done
    })],
    aliases: &[synonym("+GSN")],
    ..general("+CGSN", "IMEI and serial number")
};

/// Runs what needs a SIM, unless `AT+CFUN=0` has switched it off.
fn with_sim(cx: &mut Cx<'_>, print: fn(&mut Cx<'_>)) -> Outcome {
    if cx.core.general.functionality == Functionality::Minimum {
        return Outcome::cme(cme::SIM_FAILURE);
    }
    print(cx);
    Outcome::Done
}

/// `AT+CIMI`
pub(crate) static CIMI: Row = Row {
    test: Test::Empty,
    exec: Some(|cx, _| with_sim(cx, |cx| cx.info(cx.core.profile.imsi))),
    ..general("+CIMI", "IMSI of the SIM")
};

/// `AT+QCCID`
pub(crate) static QCCID: Row = Row {
    test: Test::Empty,
    exec: Some(|cx, _| with_sim(cx, |cx| cx.info(format!("+QCCID: {}", cx.core.profile.iccid)))),
    aliases: &[synonym("+ICCID"), synonym("+CCID")],
    ..general("+QCCID", "ICCID of the SIM")
};

/// `AT+CPIN`
pub(crate) static CPIN: Row = Row {
    test: Test::Empty,
    read: Some(|cx, _| with_sim(cx, |cx| cx.info("+CPIN: READY"))),
    // The SIM wants no PIN, so there is none to give.
    set: &[form(&[req(&params::PIN), opt(&params::NEW_PIN)], |_, _| Outcome::cme(cme::NOT_ALLOWED))],
    max_response: MaxResponse::Seconds(5),
    ..general("+CPIN", "PIN state")
};

/// `AT+CSQ`
pub(crate) static CSQ: Row = Row {
    test: Test::Literal(&["+CSQ: (0-31,99),(0-7,99)"]),
    exec: Some(|cx, _| {
        let rssi = if cx.core.general.registered() { cx.core.profile.rssi } else { 99 };
        cx.info(format!("+CSQ: {rssi},99"));
        Outcome::Done
    }),
    ..general("+CSQ", "Signal strength")
};

fn show_registration(cx: &mut Cx<'_>, name: &str, domain: Domain) -> Outcome {
    let n = registration_format(cx, domain).map_or(0, |n| *n);
    let state = u8::from(cx.core.general.registered());
    let [lac, cell] = cx.core.profile.cell;
    match (n, state) {
        (2, 1) => cx.info(format!("{name}: 2,1,\"{lac}\",\"{cell}\",7")),
        _ => cx.info(format!("{name}: {n},{state}")),
    }
    Outcome::Done
}

fn set_registration(cx: &mut Cx<'_>, args: &Args, domain: Domain) -> Outcome {
    if let Some(n) = registration_format(cx, domain) {
        *n = args.int(&params::REGISTRATION);
    }
    Outcome::Done
}

fn registration_format<'a>(cx: &'a mut Cx<'_>, domain: Domain) -> Option<&'a mut u32> {
    cx.core.general.registration_format.get_mut(domain as usize)
}

/// `AT+CREG`
pub(crate) static CREG: Row = Row {
    read: Some(|cx, _| show_registration(cx, "+CREG", Domain::Circuit)),
    set: &[form(&[req(&params::REGISTRATION)], |cx, args| set_registration(cx, args, Domain::Circuit))],
    saved: Saved::No,
    ..general("+CREG", "Network registration")
};

/// `AT+CGREG`
pub(crate) static CGREG: Row = Row {
    read: Some(|cx, _| show_registration(cx, "+CGREG", Domain::Packet)),
    set: &[form(&[req(&params::REGISTRATION)], |cx, args| set_registration(cx, args, Domain::Packet))],
    saved: Saved::No,
    ..general("+CGREG", "GPRS registration")
};

/// `AT+CEREG`
pub(crate) static CEREG: Row = Row {
    read: Some(|cx, _| show_registration(cx, "+CEREG", Domain::Eps)),
    set: &[form(&[req(&params::REGISTRATION)], |cx, args| set_registration(cx, args, Domain::Eps))],
    saved: Saved::No,
    ..general("+CEREG", "EPS registration")
};

/// `AT+COPS`
pub(crate) static COPS: Row = Row {
    test: Test::Run(|cx, _| {
        let [long, short, number] = cx.core.profile.operator;
        cx.info(format!("+COPS: (2,\"{long}\",\"{short}\",\"{number}\",7),,(0-4),(0-2)"));
        Outcome::Done
    }),
    read: Some(|cx, _| {
        let format = cx.core.general.operator_format;
        let name = usize::try_from(format).ok().and_then(|i| cx.core.profile.operator.get(i).copied());
        match name {
            Some(name) if cx.core.general.registered() => cx.info(format!("+COPS: 0,{format},\"{name}\",7")),
            _ => cx.info("+COPS: 0"),
        }
        Outcome::Done
    }),
    set: &[form(
        &[req(&params::COPS_MODE), opt(&params::COPS_FORMAT), opt(&params::COPS_OPERATOR)],
        |cx, args| match (args.int(&params::COPS_MODE), args.opt_int(&params::COPS_FORMAT)) {
            (0, format) => {
                cx.core.general.operator_format = format.unwrap_or(cx.core.general.operator_format);
                Outcome::Done
            }
            (3, Some(format)) => {
                cx.core.general.operator_format = format;
                Outcome::Done
            }
            (3, None) => cx.wrong_parameter(&COPS, "mode 3 needs a format"),
            // There is one network, and leaving it is for AT+CFUN.
            (mode, _) => {
                cx.refused("+COPS", format!("mode {mode} is not supported: there is one network"));
                Outcome::cme(cme::NOT_SUPPORTED)
            }
        },
    )],
    max_response: MaxResponse::Seconds(180),
    saved: Saved::No,
    ..general("+COPS", "Operator")
};

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
    ..general("+CFUN", "Functionality")
};

fn set_functionality(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let delay = cx.core.profile.delays.function;
    let level = match args.int(&params::FUNCTIONALITY) {
        0 => Functionality::Minimum,
        1 => Functionality::Full,
        _ => Functionality::Airplane,
    };
    if args.opt_int(&params::RESET) == Some(1) {
        return match level {
            Functionality::Full => Outcome::Restart.after(cx.now, delay),
            Functionality::Minimum | Functionality::Airplane => {
                cx.wrong_parameter(&CFUN, "only AT+CFUN=1,1 restarts the module")
            }
        };
    }
    cx.core.general.functionality = level;
    if level != Functionality::Full {
        // Without radio no bearer is left.
        let active: Vec<PdpId> = cx.core.pdp.active().collect();
        active.into_iter().for_each(|pdp| cx.core.deactivate(pdp));
    }
    Outcome::Done.after(cx.now, delay)
}
