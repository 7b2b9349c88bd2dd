//! PDP contexts: document \[1\], sections 3.1 and 4 of the note, D25.

use super::{Group, form, later, params, reads, row, writes};
use crate::{
    activation::{Activation, Waiter},
    dispatch::{Cx, Outcome, Row},
    errors::ErrorCode,
    pdp::PdpId,
    port::Op,
};
use alloc::format;
use at::{
    args::Args,
    spec::{MaxResponse, Param, Saved, opt, req},
};
use core::net::IpAddr;

const fn tcpip(name: &'static str, summary: &'static str) -> Row {
    row(name, Group::TcpIp, "document [1]; 3.1", summary)
}

/// The context that a parameter names; its range is checked already.
fn context(args: &Args, param: &'static Param) -> Option<PdpId> {
    PdpId::new(args.int(param))
}

/// `AT+QICSGP`
pub(crate) static QICSGP: Row = Row {
    set: &[form(
        &[
            req(&params::CONTEXT_ID),
            opt(&params::CONTEXT_TYPE),
            opt(&params::APN),
            opt(&params::USER),
            opt(&params::PASSWORD),
            opt(&params::AUTH),
        ],
        configure,
    )],
    saved: Saved::No,
    answers: &[writes(r#"+QICSGP: <context_type>,"<APN>","<username>","<password>",<authentication>"#)],
    ..tcpip("+QICSGP", "Configure a PDP context")
};

fn configure(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let Some(id) = context(args, &params::CONTEXT_ID) else {
        return Outcome::code(ErrorCode::InvalidParameter);
    };
    let pdp = cx.core.pdp.get_mut(id);
    let Some(kind) = args.opt_int(&params::CONTEXT_TYPE) else {
        let line = format!(
            "+QICSGP: {},\"{}\",\"{}\",\"{}\",{}",
            pdp.kind, pdp.apn, pdp.user, pdp.password, pdp.auth
        );
        cx.info(line);
        return Outcome::Done;
    };
    let Some(apn) = args.opt_text(&params::APN) else {
        return cx.wrong_parameter(&QICSGP, "<APN> is missing");
    };
    pdp.kind = kind;
    pdp.defined = true;
    pdp.apn = apn.into();
    if let Some(user) = args.opt_text(&params::USER) {
        pdp.user = user.into();
    }
    if let Some(password) = args.opt_text(&params::PASSWORD) {
        pdp.password = password.into();
    }
    if let Some(auth) = args.opt_int(&params::AUTH) {
        pdp.auth = auth;
    }
    Outcome::Done
}

/// `AT+QIACT`
pub(crate) static QIACT: Row = Row {
    read: Some(|cx, _| {
        let active: alloc::vec::Vec<PdpId> = cx.core.pdp.active().collect();
        for id in active {
            let kind = cx.core.pdp.get(id).kind;
            cx.info(format!("+QIACT: {},1,{kind},{}", id.number(), cx.core.pdp.addresses(id)));
        }
        Outcome::Done
    }),
    set: &[form(&[req(&params::CONTEXT_ID)], activate)],
    max_response: MaxResponse::Seconds(150),
    saved: Saved::No,
    answers: &[
        reads(r#"+QIACT: <contextID>,<context_state>,<context_type>,"<IP_address>"[,"<IPv6_address>"]"#),
        later(r#"+QIURC: "pdpdeact",<contextID>"#),
    ],
    errors: &[561, 568, 572],
    ..tcpip("+QIACT", "Activate a PDP context")
};

fn activate(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let Some(id) = context(args, &params::CONTEXT_ID) else {
        return Outcome::code(ErrorCode::InvalidParameter);
    };
    match cx.core.activate(cx.now, id, Waiter::Port) {
        Ok(Activation::Active) => activated(cx),
        Ok(Activation::Trying) => Outcome::Later(Op::Activate(id)),
        Err((code, cause)) => cx.refuse(code, cause),
    }
}

/// The context of `AT+QIACT` is active, as soon as the hardware is done.
pub(crate) fn activated(cx: &Cx<'_>) -> Outcome {
    Outcome::Done.after(cx.now, cx.core.delays.pdp_activate)
}

/// `AT+QIACTEX`
pub(crate) static QIACTEX: Row = Row {
    set: &[form(&[req(&params::CONTEXT_ID), opt(&params::VIEW)], |cx, args| {
        let Some(id) = context(args, &params::CONTEXT_ID) else {
            return Outcome::code(ErrorCode::InvalidParameter);
        };
        let shows = args.opt_int(&params::VIEW) == Some(1);
        let result = match cx.core.activate(cx.now, id, Waiter::Urc(cx.port.id, shows)) {
            Ok(Activation::Trying) => return Outcome::Done,
            Ok(Activation::Active) => Ok(()),
            Err(failed) => Err(failed),
        };
        cx.core.tell_activation(id, cx.port.id, shows, result);
        Outcome::Done
    })],
    max_response: MaxResponse::Seconds(150),
    saved: Saved::No,
    answers: &[later(r#"+QIACTEX: <contextID>,<err>[,<context_type>,"<IP_address>"[,"<IPv6_address>"]]"#)],
    errors: &[561, 568, 572],
    ..tcpip("+QIACTEX", "Activate a PDP context; a URC tells the result")
};

/// `AT+QIDEACTEX`
pub(crate) static QIDEACTEX: Row = Row {
    set: &[form(&[req(&params::CONTEXT_ID)], |cx, args| {
        let Some(id) = context(args, &params::CONTEXT_ID) else {
            return Outcome::code(ErrorCode::InvalidParameter);
        };
        cx.core.deactivate(id);
        cx.core.report(cx.port.id, format!("+QIDEACTEX: {},0", id.number()));
        Outcome::Done
    })],
    max_response: MaxResponse::Seconds(40),
    saved: Saved::No,
    answers: &[later("+QIDEACTEX: <contextID>,<err>")],
    ..tcpip("+QIDEACTEX", "Deactivate a PDP context; a URC tells the result")
};

/// `AT+QIDEACT`
pub(crate) static QIDEACT: Row = Row {
    set: &[form(&[req(&params::CONTEXT_ID)], |cx, args| {
        if let Some(id) = context(args, &params::CONTEXT_ID) {
            cx.core.deactivate(id);
        }
        Outcome::Done.after(cx.now, cx.core.delays.pdp_deactivate)
    })],
    max_response: MaxResponse::Seconds(40),
    saved: Saved::No,
    ..tcpip("+QIDEACT", "Deactivate a PDP context; its sockets are closed")
};

/// `AT+QIDNSCFG`
pub(crate) static QIDNSCFG: Row = Row {
    set: &[form(&[req(&params::CONTEXT_ID), opt(&params::PRI_DNS), opt(&params::SEC_DNS)], name_servers)],
    saved: Saved::No,
    answers: &[writes(r#"+QIDNSCFG: <contextID>,"<pridnsaddr>","<secdnsaddr>""#)],
    ..tcpip("+QIDNSCFG", "Name servers of a PDP context (chapter 4)")
};

fn name_servers(cx: &mut Cx<'_>, args: &Args) -> Outcome {
    let Some(id) = context(args, &params::CONTEXT_ID) else {
        return Outcome::code(ErrorCode::InvalidParameter);
    };
    let shown = cx.core.pdp.get(id).dns_shown();
    let address = |param| args.opt_text(param).map(str::parse::<IpAddr>);
    match (address(&params::PRI_DNS), address(&params::SEC_DNS)) {
        (None, None) => {
            let [primary, secondary] = shown;
            cx.info(format!("+QIDNSCFG: {},\"{primary}\",\"{secondary}\"", id.number()));
        }
        (Some(Ok(primary)), None) => {
            let [_, secondary] = shown;
            cx.core.pdp.get_mut(id).dns = Some([primary, secondary]);
        }
        (Some(Ok(primary)), Some(Ok(secondary))) => cx.core.pdp.get_mut(id).dns = Some([primary, secondary]),
        (None, Some(_)) => return cx.wrong_parameter(&QIDNSCFG, "<pridnsaddr> is missing"),
        (Some(Err(_)), _) | (_, Some(Err(_))) => {
            return cx.wrong_parameter(&QIDNSCFG, "a name server must be an IP address");
        }
    }
    Outcome::Done
}
