//! The serial line, where unsolicited codes go, and settings that are kept: document \[3\].

use super::{form, general::general, item, later, params, reads, shows};
use crate::{
    contract::Action,
    dispatch::{Cx, Outcome, Row},
    general::nv::{AUTO_RATES, FAST_RATES, ITEMS, Indication, PULSES, RATES, URC_PORTS, is_rate},
};
use alloc::{format, string::String, vec::Vec};
use at::{
    args::Args,
    spec::{Arg, Form, Saved, Test, opt, req},
};

fn joined(numbers: impl IntoIterator<Item = u32>) -> String {
    let numbers: Vec<String> = numbers.into_iter().map(|n| format!("{n}")).collect();
    numbers.join(",")
}

/// `AT+IPR`
pub(crate) static IPR: Row = Row {
    test: Test::Run(|cx, _| {
        let (auto, all) = (joined(AUTO_RATES), joined(RATES.into_iter().chain(FAST_RATES)));
        cx.info(format!("+IPR: ({auto}),({all})"));
        Outcome::Done
    }),
    read: Some(|cx, _| {
        cx.info(format!("+IPR: {}", cx.core.general.line.rate));
        Outcome::Done
    }),
    set: &[form(&[req(&params::RATE)], |cx, args| match args.int(&params::RATE) {
        rate if is_rate(rate) => {
            cx.core.general.line.rate = rate;
            Outcome::Done
        }
        rate => cx.wrong_parameter(&IPR, &format!("{rate} is no rate of the test reply")),
    })],
    saved: Saved::ByProfile,
    ..general("+IPR", "Rate of the serial line")
};

/// `AT+IFC`
pub(crate) static IFC: Row = Row {
    read: Some(|cx, _| {
        let flow = cx.core.general.line.flow;
        cx.info(format!("+IFC: {flow},{flow}"));
        Outcome::Done
    }),
    set: &[form(&[req(&params::FLOW_BY_DCE), req(&params::FLOW_BY_DTE)], |cx, args| {
        let flow = args.int(&params::FLOW_BY_DCE);
        if flow != args.int(&params::FLOW_BY_DTE) {
            return cx.wrong_parameter(&IFC, "both directions must be the same");
        }
        cx.core.general.line.flow = flow;
        Outcome::Done
    })],
    saved: Saved::ByProfile,
    ..general("+IFC", "Flow control of the serial line")
};

/// `AT+ICF`
pub(crate) static ICF: Row = Row {
    read: Some(|cx, _| {
        match cx.core.general.framing {
            (format, Some(parity)) => cx.info(format!("+ICF: {format},{parity}")),
            (format, None) => cx.info(format!("+ICF: {format}")),
        }
        Outcome::Done
    }),
    set: &[form(&[req(&params::FRAMING), opt(&params::PARITY)], |cx, args| {
        let format = args.int(&params::FRAMING);
        // Formats 2 and 5 are those with a parity bit.
        let parity = matches!(format, 2 | 5).then(|| args.opt_int(&params::PARITY).unwrap_or_default());
        cx.core.general.framing = (format, parity);
        Outcome::Done
    })],
    saved: Saved::No,
    answers: &[reads("+ICF: <format>[,<parity>]")],
    ..general("+ICF", "Framing of the serial line: 1 8N2, 2 8 bits and parity, 3 8N1")
};

/// `AT+QURCCFG`
pub(crate) static QURCCFG: Row = Row {
    set: &[item("urcport", &[opt(&params::URC_PORT)], |cx, args| {
        match args.opt_text(&params::URC_PORT) {
            None => {
                let port = cx.core.nv.urc_port().name();
                cx.info(format!("+QURCCFG: \"urcport\",\"{port}\""));
            }
            Some(name) => {
                let index = (0..).zip(URC_PORTS).find(|(_, (known, _))| *known == name);
                cx.core.nv.urc_port = index.map_or(0, |(index, _)| index);
                cx.core.act(Action::StoreSettings);
            }
        }
        Outcome::Done
    })],
    saved: Saved::AtOnce,
    ..general("+QURCCFG", "Port of unsolicited codes that belong to no socket")
};

fn indication(cx: &mut Cx<'_>, args: &Args, name: &str, which: Indication) -> Outcome {
    let Some(on) = cx.core.nv.indications.get_mut(which as usize) else { return Outcome::Done };
    match args.opt_int(&params::ENABLE) {
        None => {
            let line = format!("+QINDCFG: \"{name}\",{on}");
            cx.info(line);
        }
        Some(new) => {
            *on = new;
            cx.core.act(Action::StoreSettings);
        }
    }
    Outcome::Done
}

/// `AT+QINDCFG`
pub(crate) static QINDCFG: Row = Row {
    set: &[
        item("all", &[opt(&params::ENABLE)], |cx, args| indication(cx, args, "all", Indication::All)),
        item("csq", &[opt(&params::ENABLE)], |cx, args| indication(cx, args, "csq", Indication::Signal)),
        item("act", &[opt(&params::ENABLE)], |cx, args| indication(cx, args, "act", Indication::Access)),
    ],
    saved: Saved::AtOnce,
    answers: &[later(r#"+QIND: "csq",<rssi>,<ber>"#), later(r#"+QIND: "act","<Act>""#)],
    ..general("+QINDCFG", "Which +QIND codes come")
};

fn configure(cx: &mut Cx<'_>, args: &Args, index: usize) -> Outcome {
    let (Some(item), Some(value)) = (ITEMS.get(index), cx.core.nv.items.get_mut(index)) else {
        return Outcome::Done;
    };
    match args.opt_int(&params::ITEM_VALUE) {
        None => {
            let line = format!("+QCFG: \"{}\",{value}", item.name);
            cx.info(line);
        }
        Some(new) if new > item.max => {
            return cx.wrong_parameter(&QCFG, &format!("\"{}\" must be in 0-{}", item.name, item.max));
        }
        Some(new) => {
            *value = new;
            cx.core.act(Action::StoreSettings);
        }
    }
    Outcome::Done
}

fn configure_pulse(cx: &mut Cx<'_>, args: &Args, index: usize) -> Outcome {
    let (Some(name), Some(pulse)) = (PULSES.get(index), cx.core.nv.pulses.get_mut(index)) else {
        return Outcome::Done;
    };
    match args.opt_text(&params::RI_TYPE) {
        None => {
            let line = match pulse.is_on {
                true => format!("+QCFG: \"{name}\",\"pulse\",{},{}", pulse.millis, pulse.count),
                false => format!("+QCFG: \"{name}\",\"off\""),
            };
            cx.info(line);
        }
        Some(kind) => {
            pulse.is_on = kind == "pulse";
            pulse.millis = args.opt_int(&params::RI_DURATION).unwrap_or(pulse.millis);
            pulse.count = args.opt_int(&params::RI_COUNT).unwrap_or(pulse.count);
            cx.core.act(Action::StoreSettings);
        }
    }
    Outcome::Done
}

/// `AT+QCFG`
pub(crate) static QCFG: Row = Row {
    test: Test::Run(|cx, _| {
        for (item, form) in ITEMS.iter().zip(&QCFG_FORMS) {
            let effect = if form.params.len() > 1 { ",(0,1)" } else { "" };
            cx.info(format!("+QCFG: \"{}\",(0-{}){effect}", item.name, item.max));
        }
        for name in PULSES {
            cx.info(format!("+QCFG: \"{name}\",(\"off\",\"pulse\"),(5-2000),(1-5)"));
        }
        Outcome::Done
    }),
    set: &QCFG_FORMS,
    saved: Saved::AtOnce,
    answers: &[
        shows("nwscanmode", r#"+QCFG: "nwscanmode",<value>"#),
        shows("urc/ri/ring", r#"+QCFG: "urc/ri/ring","<typeRI>"[,<pulse_duration>,<pulse_count>]"#),
        shows(
            "urc/ri/smsincoming",
            r#"+QCFG: "urc/ri/smsincoming","<typeRI>"[,<pulse_duration>,<pulse_count>]"#,
        ),
        shows("urc/ri/other", r#"+QCFG: "urc/ri/other","<typeRI>"[,<pulse_duration>,<pulse_count>]"#),
    ],
    ..general("+QCFG", "Settings of the hardware: urc/ri/other moves RI, the others are kept without effect")
};

static QCFG_FORMS: [Form<crate::dispatch::Run>; ITEMS.len() + PULSES.len()] = [
    // Drivers written for sibling modules say when it shall take effect.
    item(ITEMS[0].name, &[opt(&params::ITEM_VALUE), opt(&params::EFFECT)], |cx, args| configure(cx, args, 0)),
    item(ITEMS[1].name, &[opt(&params::ITEM_VALUE)], |cx, args| configure(cx, args, 1)),
    item(ITEMS[2].name, &[opt(&params::ITEM_VALUE)], |cx, args| configure(cx, args, 2)),
    item(PULSES[0], &PULSE, |cx, args| configure_pulse(cx, args, 0)),
    item(PULSES[1], &PULSE, |cx, args| configure_pulse(cx, args, 1)),
    item(PULSES[2], &PULSE, |cx, args| configure_pulse(cx, args, 2)),
];

static PULSE: [Arg; 3] = [opt(&params::RI_TYPE), opt(&params::RI_DURATION), opt(&params::RI_COUNT)];
