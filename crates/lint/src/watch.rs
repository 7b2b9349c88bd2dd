//! The rules at work: each topic looks at the facts of the dialogue and reports what breaks one of its rules.

pub(crate) mod config;
pub(crate) mod early;
pub(crate) mod form;
pub(crate) mod opening;
pub(crate) mod payload;
pub(crate) mod pdp;
pub(crate) mod polling;
pub(crate) mod receiving;
pub(crate) mod sockets;
pub(crate) mod transparent;

use crate::{
    fact::Fact,
    findings::{Finding, Findings},
    rules::Rule,
};
use at::time::Instant;
use module::AtPort;

/// A topic: some rules that look at the same things.
pub(crate) trait Topic: Send {
    /// Something happened on a port.
    fn see(&mut self, fact: &Fact<'_>, out: &mut Out<'_>);
}

/// When and where a fact is, and where findings go.
pub(crate) struct Out<'a> {
    pub(crate) now: Instant,
    pub(crate) port: AtPort,
    pub(crate) findings: &'a mut Findings,
}

impl Out<'_> {
    /// Reports that a rule is broken, and by what.
    pub(crate) fn find(&mut self, rule: &'static Rule, detail: impl Into<String>) {
        self.findings.add(Finding { at: self.now, port: self.port, rule, detail: detail.into() });
    }
}

/// What looks at one port.
pub(crate) fn of_a_port() -> Vec<Box<dyn Topic>> {
    vec![
        Box::new(early::Topic),
        Box::new(form::Topic::default()),
        Box::new(payload::Topic::default()),
        Box::new(polling::Topic::default()),
        Box::new(transparent::Topic::default()),
    ]
}

/// What looks at all ports of a module together.
pub(crate) fn of_a_module() -> Vec<Box<dyn Topic>> {
    vec![
        Box::new(pdp::Topic::default()),
        Box::new(config::Topic::default()),
        Box::new(opening::Topic::default()),
        Box::new(sockets::Topic::default()),
        Box::new(receiving::Topic::default()),
    ]
}
