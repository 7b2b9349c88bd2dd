//! Packet service: document \[3\]. The contexts are those of `AT+QICSGP` and `AT+QIACT`.

use super::{execs, form, general::general, params, reads, writes};
use crate::{
    cause::{Bearer, Cause, NetworkCause},
    contract::Action,
    dispatch::{Cx, Outcome, Row},
    errors::cme,
    general::{Domain, nv::Definition},
    pdp::{self, Pdp, PdpId},
    socket::Loss,
};
use alloc::{format, string::String, vec::Vec};
use at::{
    args::Args,
    spec::{MaxResponse, Saved, Test, opt, req},
};

/// `AT+CGATT`
pub(crate) static CGATT: Row = Row {
    read: Some(|cx, _| {
        let on = cx.core.general.registration(Domain::Packet).is_registered();
        cx.info(format!("+CGATT: {}", u8::from(on)));
        Outcome::Done
    }),
    set: &[form(&[req(&params::STATE)], attach)],
    max_response: MaxResponse::Seconds(140),
    saved: Saved::No,
    errors: &[30],
    ..general("+CGATT", "Attach to packet service, or detach: then every context is lost")
};

fn attach(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let on = args.int(&params::STATE) == 1;
    if !cx.core.general.registered() {
        return failed(cx, Bearer::NotRegistered.into());
    }
    if cx.core.general.attached != on {
        cx.core.general.attached = on;
        if !on {
            cx.core.lose_contexts(Loss::Host);
        }
        cx.core.tell_registration(Domain::Packet);
        cx.core.tell_registration(Domain::Eps);
    }
    Outcome::Done.after(cx.now, cx.core.delays.attach)
}

/// Refuses for want of a network, and keeps why for `AT+CEER`.
fn failed(cx: &mut Cx<'_>, cause: Cause) -> Outcome {
    cx.core.general.last_failure = Some(cause.clone());
    cx.refused(cause);
    Outcome::cme(cme::NO_SERVICE)
}

/// The names of `<context_type>` 1 to 3.
const TYPES: [&str; 3] = ["IP", "IPV6", "IPV4V6"];

fn type_name(kind: u32) -> &'static str {
    usize::try_from(kind).ok().and_then(|kind| TYPES.get(kind.checked_sub(1)?).copied()).unwrap_or("IP")
}

/// `AT+CGDCONT`
pub(crate) static CGDCONT: Row = Row {
    read: Some(|cx, _| {
        let lines: Vec<String> = cx
            .core
            .pdp
            .defined()
            .map(|id| {
                let Pdp { kind, apn, active, .. } = cx.core.pdp.get(id);
                let address = if *active { format!("{}", pdp::address(id)) } else { String::new() };
                format!("+CGDCONT: {},\"{}\",\"{apn}\",\"{address}\",0,0,0,0", id.number(), type_name(*kind))
            })
            .collect();
        lines.iter().for_each(|line| cx.info(line));
        Outcome::Done
    }),
    set: &[form(
        &[
            req(&params::CID),
            opt(&params::PDP_TYPE),
            opt(&params::APN),
            opt(&params::PDP_ADDRESS),
            opt(&params::DATA_COMPRESSION),
            opt(&params::HEADER_COMPRESSION),
            opt(&params::ADDRESS_ALLOCATION),
            opt(&params::REQUEST_TYPE),
        ],
        define,
    )],
    saved: Saved::AtOnce,
    errors: &[3],
    ..general("+CGDCONT", "Define a PDP context; the number alone deletes it")
};

fn define(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let Some(id) = PdpId::new(args.int(&params::CID)) else {
        return Outcome::cme(cme::INCORRECT_PARAMETERS);
    };
    if cx.core.pdp.get(id).active {
        cx.refused(NetworkCause::PdpActive { pdp: id.number() });
        return Outcome::cme(cme::NOT_ALLOWED);
    }
    let definition = match args.opt_text(&params::PDP_TYPE) {
        None => None,
        Some(name) => {
            let Some(kind) = (1..).zip(TYPES).find(|(_, known)| known.eq_ignore_ascii_case(name)) else {
                return cx.wrong_parameter(&CGDCONT, "<PDP_type> must be \"IP\", \"IPV6\" or \"IPV4V6\"");
            };
            let apn = args.opt_text(&params::APN).unwrap_or_default().into();
            Some(Definition { kind: kind.0, apn })
        }
    };
    let slot = cx.core.pdp.get_mut(id);
    *slot = match &definition {
        Some(Definition { kind, apn }) => {
            Pdp { kind: *kind, apn: apn.clone(), defined: true, ..slot.clone() }
        }
        None => Pdp::default(),
    };
    if let Some(kept) = cx.core.nv.contexts.get_mut(id.index()) {
        *kept = definition;
    }
    cx.core.act(Action::StoreSettings);
    Outcome::Done
}

/// `AT+CGACT`
pub(crate) static CGACT: Row = Row {
    test: Test::Literal(&["+CGACT: (0,1)"]),
    read: Some(|cx, _| {
        let defined: Vec<PdpId> = cx.core.pdp.defined().collect();
        for id in defined {
            let active = cx.core.pdp.get(id).active;
            cx.info(format!("+CGACT: {},{}", id.number(), u8::from(active)));
        }
        Outcome::Done
    }),
    set: &[form(&[req(&params::STATE), opt(&params::CID)], activate)],
    max_response: MaxResponse::Seconds(150),
    saved: Saved::No,
    answers: &[reads("+CGACT: <cid>,<state>")],
    errors: &[30],
    ..general("+CGACT", "Activate or deactivate a PDP context, or all that are defined")
};

fn activate(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let on = args.int(&params::STATE) == 1;
    let ids: Vec<PdpId> = match args.opt_int(&params::CID).and_then(PdpId::new) {
        Some(id) => [id].into(),
        None => cx.core.pdp.defined().collect(),
    };
    for id in ids {
        if !on {
            cx.core.deactivate(id);
            continue;
        }
        if cx.core.pdp.get(id).active {
            continue;
        }
        if !cx.core.pdp.get(id).defined {
            cx.refused("the context is not defined: AT+CGDCONT");
            return Outcome::cme(cme::INCORRECT_PARAMETERS);
        }
        if !cx.core.pdp.has_room() {
            return failed(cx, NetworkCause::PdpTooMany.into());
        }
        if let Err(why) = cx.core.general.bearer() {
            return failed(cx, why.into());
        }
        cx.core.pdp.get_mut(id).active = true;
    }
    let delays = cx.core.delays;
    Outcome::Done.after(cx.now, if on { delays.pdp_activate } else { delays.pdp_deactivate })
}

/// `AT+CGPADDR`
pub(crate) static CGPADDR: Row = Row {
    test: Test::Run(|cx, _| {
        let defined: Vec<String> = cx.core.pdp.defined().map(|id| format!("{}", id.number())).collect();
        cx.info(format!("+CGPADDR: ({})", defined.join(",")));
        Outcome::Done
    }),
    exec: Some(|cx, _| {
        let defined: Vec<PdpId> = cx.core.pdp.defined().collect();
        defined.into_iter().for_each(|id| show_address(cx, id));
        Outcome::Done
    }),
    set: &[form(&[req(&params::CID)], |cx, args| {
        if let Some(id) = PdpId::new(args.int(&params::CID)) {
            show_address(cx, id);
        }
        Outcome::Done
    })],
    answers: &[execs(r#"+CGPADDR: <cid>[,"<PDP_addr>"]"#), writes(r#"+CGPADDR: <cid>[,"<PDP_addr>"]"#)],
    ..general("+CGPADDR", "Address of a PDP context, none before it is active (D35)")
};

fn show_address(cx: &mut Cx<'_>, id: PdpId) {
    match cx.core.pdp.get(id).active {
        true => cx.info(format!("+CGPADDR: {},\"{}\"", id.number(), pdp::address(id))),
        false => cx.info(format!("+CGPADDR: {}", id.number())),
    }
}
