//! V.250 commands (6.2, 6.3) as document \[3\] has them.

use super::{Group, form, params, probe::Kept, reads, row, writes};
use crate::{
    contract::Action,
    dispatch::{Cx, Outcome, Row},
    errors::Failure,
    general::nv::Stored,
    port::Link,
    socket::SocketState,
};
use alloc::format;
use at::{
    args::Args,
    result::ResultCode,
    settings::Settings,
    spec::{MaxResponse, Saved, req},
    sreg::SREGS,
};

const fn basic(name: &'static str, summary: &'static str) -> Row {
    row(name, Group::Basic, "V.250, document [3]", summary)
}

/// `ATE`
pub(crate) static ECHO: Row = Row {
    set: &[form(&[req(&params::SWITCH)], |cx, args| {
        cx.port.session.settings.echo = args.int(&params::SWITCH) == 1;
        Outcome::Done
    })],
    saved: Saved::ByProfile,
    ..basic("E", "Command echo")
};

/// `ATQ`
pub(crate) static QUIET: Row = Row {
    set: &[form(&[req(&params::SWITCH)], |cx, args| {
        cx.port.session.settings.quiet = args.int(&params::SWITCH) == 1;
        Outcome::Done
    })],
    saved: Saved::ByProfile,
    ..basic("Q", "Result code suppression")
};

/// `ATV`
pub(crate) static VERBOSE: Row = Row {
    set: &[form(&[req(&params::SWITCH)], |cx, args| {
        cx.port.session.settings.verbose = args.int(&params::SWITCH) == 1;
        Outcome::Done
    })],
    saved: Saved::ByProfile,
    ..basic("V", "Form of result codes")
};

/// `ATX`
pub(crate) static PROGRESS: Row = Row {
    set: &[form(&[req(&params::PROGRESS)], |cx, args| {
        cx.port.session.settings.progress = small(args.int(&params::PROGRESS));
        Outcome::Done
    })],
    saved: Saved::ByProfile,
    ..basic("X", "Result code set")
};

/// `AT&C`
pub(crate) static CARRIER: Row = Row {
    set: &[form(&[req(&params::SWITCH)], |cx, args| {
        cx.port.session.settings.dcd = small(args.int(&params::SWITCH));
        Outcome::Done
    })],
    saved: Saved::ByProfile,
    ..basic("&C", "Behaviour of DCD: 0 always on, 1 on with a data link")
};

/// `AT&D`
pub(crate) static DTR: Row = Row {
    set: &[form(&[req(&params::DTR_MODE)], |cx, args| {
        cx.port.session.settings.dtr = small(args.int(&params::DTR_MODE));
        Outcome::Done
    })],
    saved: Saved::ByProfile,
    ..basic("&D", "Reaction to DTR")
};

/// `AT&S`
pub(crate) static DSR: Row = Row {
    set: &[form(&[req(&params::SWITCH)], |cx, args| {
        cx.port.session.settings.dsr = small(args.int(&params::SWITCH));
        Outcome::Done
    })],
    saved: Saved::ByProfile,
    ..basic("&S", "Behaviour of DSR: 0 always on, 1 on in online data state")
};

/// `ATZ`
pub(crate) static RESET: Row = Row {
    set: &[form(&[req(&params::ZERO)], |cx, _| {
        factory(cx);
        let stored = cx.core.nv.profile.clone();
        cx.port.session.settings = stored.settings;
        cx.core.general.registration_format = stored.registration_format;
        cx.core.general.line.flow = stored.line.flow;
        Outcome::Done
    })],
    ..basic("Z", "Settings of the stored profile")
};

/// `AT&F`
pub(crate) static FACTORY: Row = Row {
    set: &[form(&[req(&params::ZERO)], |cx, _| {
        factory(cx);
        Outcome::Done
    })],
    ..basic("&F", "Settings of the factory")
};

/// What the factory has set, but for the serial line: a host that has set a rate of its own must not lose the module.
fn factory(cx: &mut Cx<'_>) {
    cx.port.session.settings = Settings::default();
    cx.core.general.registration_format = [0; 3];
    cx.core.kept = Kept::default();
    if core::mem::take(&mut cx.core.nv.time_zone_report) != 0 {
        cx.core.act(Action::StoreSettings);
    }
}

/// `AT&W`
pub(crate) static STORE_PROFILE: Row = Row {
    set: &[form(&[req(&params::ZERO)], |cx, _| {
        // Of what a port has set, AT+CMEE alone is not part of the profile.
        let cmee = cx.core.nv.profile.settings.cmee;
        cx.core.nv.profile = Stored {
            settings: Settings { cmee, ..cx.port.session.settings.clone() },
            registration_format: cx.core.general.registration_format,
            line: cx.core.general.line,
        };
        cx.core.act(Action::StoreSettings);
        Outcome::Done
    })],
    ..basic("&W", "Store settings into the profile")
};

/// `AT&V`
pub(crate) static SHOW_PROFILE: Row = Row {
    set: &[form(&[req(&params::ZERO)], show_profile)],
    answers: &[writes("<command>: <setting>")],
    ..basic("&V", "Show settings")
};

fn show_profile(cx: &mut Cx<'_>, _: &Args) -> Outcome {
    let s = cx.port.session.settings.clone();
    let named = [
        ("&C", s.dcd),
        ("&D", s.dtr),
        ("&F", 0),
        ("&W", 0),
        ("E", u8::from(s.echo)),
        ("Q", u8::from(s.quiet)),
        ("V", u8::from(s.verbose)),
        ("X", s.progress),
        ("Z", 0),
    ];
    for (name, value) in named {
        cx.info(format!("{name}: {value}"));
    }
    for register in &SREGS {
        let value = s.s.get(register.number).unwrap_or_default();
        cx.info(format!("S{}: {value}", register.number));
    }
    Outcome::Done
}

/// `ATS`
pub(crate) static S_REGISTER: Row = Row {
    read: Some(|cx, args| match register(cx, args) {
        Some((_, value)) => {
            cx.info(format!("{value:03}"));
            Outcome::Done
        }
        None => Outcome::Fail(Failure::Plain),
    }),
    set: &[form(&[req(&params::REGISTER), req(&params::REGISTER_VALUE)], |cx, args| {
        let number = small(args.int(&params::REGISTER));
        if cx.port.session.settings.s.set(number, small(args.int(&params::REGISTER_VALUE))) {
            Outcome::Done
        } else {
            cx.refused("there is no such register, or the value is out of its range");
            Outcome::Fail(Failure::Plain)
        }
    })],
    saved: Saved::ByProfile,
    answers: &[reads("<value>")],
    ..basic("S", "S-parameters")
};

fn register(cx: &Cx<'_>, args: &Args) -> Option<(u8, u8)> {
    let number = small(args.opt_int(&params::REGISTER)?);
    Some((number, cx.port.session.settings.s.get(number)?))
}

/// `ATI`
pub(crate) static IDENTITY: Row = Row {
    set: &[form(&[req(&params::ZERO)], |cx, _| {
        let profile = cx.core.profile;
        cx.info("Quectel");
        cx.info(profile.product);
        cx.info(format!("Revision: {}", profile.revision));
        Outcome::Done
    })],
    answers: &[writes("Quectel"), writes("<model>"), writes("Revision: <revision>")],
    ..basic("I", "Identity")
};

/// `ATO`
pub(crate) static ONLINE: Row = Row {
    set: &[form(&[req(&params::ZERO)], |cx, _| match cx.port.link {
        Link::Suspended(client) if matches!(cx.core.links.get(client).state(), SocketState::Connected(_)) => {
            Outcome::Online(client)
        }
        Link::None | Link::Suspended(_) | Link::Online(_) => Outcome::Final(ResultCode::NoCarrier),
    })],
    answers: &[writes("CONNECT"), writes("NO CARRIER")],
    ..basic("O", "Return to online data state (section 1.4)")
};

/// `ATH`
pub(crate) static HANG_UP: Row = Row {
    set: &[form(&[req(&params::SWITCH)], |_, _| Outcome::Done)],
    max_response: MaxResponse::Seconds(90),
    ..basic("H", "Hang up a call; sockets are not calls and stay")
};

/// `ATA`
pub(crate) static ANSWER: Row = Row {
    set: &[form(&[req(&params::ZERO)], |_, _| Outcome::Final(ResultCode::NoCarrier))],
    max_response: MaxResponse::Seconds(90),
    answers: &[writes("NO CARRIER")],
    ..basic("A", "Answer a call; there are none")
};

/// `ATD`
pub(crate) static DIAL: Row = Row {
    set: &[form(&[req(&params::DIAL_STRING)], |_, _| Outcome::Final(ResultCode::NoCarrier))],
    max_response: MaxResponse::Seconds(5),
    answers: &[writes("NO CARRIER")],
    ..basic("D", "Dial; there are no calls and no PPP here")
};

/// A number that its declaration keeps below 256.
fn small(n: u32) -> u8 {
    u8::try_from(n).unwrap_or(u8::MAX)
}
