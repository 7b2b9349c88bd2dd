//! Commands of document \[3\] about commands themselves.

use super::{Group, execs, form, params, row};
use crate::dispatch::{Outcome, Row};
use alloc::format;
use at::spec::{Saved, Test, req};

/// A row of document \[3\].
pub(super) const fn general(name: &'static str, summary: &'static str) -> Row {
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
    answers: &[execs("AT<command>")],
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
