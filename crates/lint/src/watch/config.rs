//! SSL contexts: what they ask for when a connection is opened, and whether that can be right.

use super::{Out, form::fault, sockets::closed_id};
use crate::{
    SOCKETS,
    fact::{Fact, Outcome},
    line::Command,
    rules::{self, Rule},
};
use at::syntax::Kind;
use std::{collections::BTreeSet, net::IpAddr};

/// How many contexts there are (§2.2.1).
const CONTEXTS: usize = 6;
/// Suites with RC4 or 3DES (Table 3).
const WEAK: &[u32] =
    &[0x0004, 0x0005, 0x000A, 0xC002, 0xC003, 0xC007, 0xC008, 0xC00C, 0xC00D, 0xC011, 0xC012];
/// Items that are numbers.
const NUMBERS: [&str; 4] = ["sslversion", "seclevel", "ignorelocaltime", "sni"];
/// Items that are paths.
const PATHS: [&str; 4] = ["cacert", "cacertex", "clientcert", "clientkey"];

#[derive(Clone, Debug)]
struct Context {
    /// In the order of [`NUMBERS`]; the default is the note's (D4).
    numbers: [u32; NUMBERS.len()],
    /// In the order of [`PATHS`].
    paths: [bool; PATHS.len()],
    /// A weak suite has been asked for by its code.
    weak: Option<u32>,
    /// Items that could not be set.
    failed: BTreeSet<String>,
    /// The item that was changed while a connection was open.
    changed: Option<String>,
    /// What has been said of it.
    told: BTreeSet<&'static str>,
}

#[derive(Default)]
pub(crate) struct Topic {
    contexts: [Context; CONTEXTS],
    /// Which context the sockets were opened with.
    users: [Option<usize>; SOCKETS],
    /// Somebody has set the clock, or looked at it.
    clock: bool,
}

impl Default for Context {
    fn default() -> Context {
        Context {
            numbers: [4, 0, 1, 0],
            paths: [false; 4],
            weak: None,
            failed: BTreeSet::new(),
            changed: None,
            told: BTreeSet::new(),
        }
    }
}

impl super::Topic for Topic {
    fn see(&mut self, fact: &Fact<'_>, out: &mut Out<'_>) {
        match fact {
            Fact::Result(line, outcome) => {
                for command in &line.commands {
                    if outcome.may_be_good() {
                        self.done(command);
                    }
                    if command.sets("+QSSLOPEN") && fault(command).is_none() {
                        self.opens(command, *outcome, out);
                    }
                }
                if let (Outcome::Bad, Some(command)) = (outcome, line.only())
                    && let Some((context, item)) = self.item(command)
                {
                    context.failed.insert(item);
                }
            }
            Fact::Urc(text) => self.urc(text),
            Fact::NoCarrier { client: Some(client), .. } => self.closed(*client),
            Fact::End => {
                for (number, context) in self.contexts.iter_mut().enumerate() {
                    if let Some(item) = context.changed.take() {
                        out.find(&rules::CONFIG_AFTER_OPEN, format!("\"{item}\" of context {number}"));
                    }
                }
            }
            _ => {}
        }
    }
}

impl Topic {
    /// The context and the item that a command sets.
    fn item(&mut self, command: &Command) -> Option<(&mut Context, String)> {
        if !command.sets("+QSSLCFG") || command.text(2).is_none() && command.args.len() < 3 {
            return None;
        }
        let item = command.text(0)?.to_ascii_lowercase().replace("secllevel", "seclevel");
        let context = self.contexts.get_mut(usize::try_from(command.number(1)?).ok()?)?;
        Some((context, item))
    }

    fn done(&mut self, command: &Command) {
        match (command.name(), command.kind) {
            ("+CCLK" | "+QLTS", _) => self.clock = true,
            ("+CTZU", Kind::Set) => self.clock |= command.number(0) != Some(0),
            ("+CFUN", Kind::Set) if command.number(1) == Some(1) => *self = Topic::default(),
            _ => {}
        }
        if let Some(id) = closed_id(command) {
            self.closed(id);
        }
        let used: Vec<usize> = self.users.iter().flatten().copied().collect();
        let number = command.number(1).and_then(|n| usize::try_from(n).ok());
        let Some((context, item)) = self.item(command) else { return };
        context.failed.remove(&item);
        let before = (context.numbers, context.paths, context.weak);
        if let Some(at) = NUMBERS.iter().position(|known| *known == item)
            && let (Some(slot), Some(value)) = (context.numbers.get_mut(at), command.number(2))
        {
            *slot = value;
        }
        if let Some(slot) =
            PATHS.iter().position(|known| *known == item).and_then(|at| context.paths.get_mut(at))
        {
            *slot = command.text(2).is_some();
        }
        if item == "ciphersuite" {
            let codes = command.args.iter().skip(2).flat_map(|arg| arg.split(':'));
            let code = |text: &str| u32::from_str_radix(text.trim().get(2..)?, 16).ok();
            context.weak = codes.filter_map(code).find(|code| WEAK.contains(code));
        }
        let is_changed = before != (context.numbers, context.paths, context.weak);
        if is_changed && number.is_some_and(|number| used.contains(&number)) {
            context.changed = Some(item);
        }
    }

    fn closed(&mut self, id: u8) {
        if let Some(user) = self.users.get_mut(usize::from(id)) {
            *user = None;
        }
    }

    fn urc(&mut self, text: &str) {
        let number = |rest: &str| rest.split(',').next().and_then(|id| id.parse::<u8>().ok());
        if text == "RDY" || text == "POWERED DOWN" {
            *self = Topic::default();
        } else if text.starts_with("+QNTP: 0") || text.starts_with("+CTZ") {
            self.clock = true;
        } else if let Some(id) = text.strip_prefix("+QSSLURC: \"closed\",").and_then(number) {
            self.closed(id);
        } else if let Some(rest) = text.strip_prefix("+QSSLOPEN: ")
            && let (Some(id), false) = (number(rest), rest.ends_with(",0"))
        {
            self.closed(id);
        }
    }

    fn opens(&mut self, command: &Command, outcome: Outcome, out: &mut Out<'_>) {
        let Some(number) = command.number(1).and_then(|n| usize::try_from(n).ok()) else { return };
        let Some(context) = self.contexts.get_mut(number) else { return };
        context.changed = None;
        for item in std::mem::take(&mut context.failed) {
            out.find(&rules::OPEN_AFTER_FAILED_CONFIG, format!("\"{item}\" of context {number}"));
        }
        let [version, level, ignores_dates, sni] = context.numbers;
        let [ca, more_ca, certificate, key] = context.paths;
        let is_name = command.text(3).is_some_and(|host| host.parse::<IpAddr>().is_err());
        let verifies = level > 0;
        let broken: [(&'static Rule, bool); 7] = [
            (&rules::SERVER_NOT_VERIFIED, !verifies),
            (
                &rules::CERTIFICATE_NOT_SET,
                verifies && !(ca || more_ca) || level == 2 && !(certificate && key),
            ),
            (&rules::DATES_NOT_CHECKED, verifies && ignores_dates == 1),
            (&rules::CLOCK_NOT_SET, verifies && ignores_dates == 0 && !self.clock),
            (&rules::NAME_NOT_CHECKED, is_name && sni == 0),
            (&rules::OLD_VERSION, version <= 2),
            (&rules::WEAK_SUITE, context.weak.is_some()),
        ];
        for (rule, _) in broken.into_iter().filter(|(_, is_broken)| *is_broken) {
            if context.told.insert(rule.name) {
                let weak = context.weak.filter(|_| *rule == rules::WEAK_SUITE);
                let suite = weak.map_or(String::new(), |code| format!(", 0X{code:04X}"));
                out.find(rule, format!("context {number}{suite}"));
            }
        }
        if outcome.may_be_good()
            && let Some(user) = command.id(2).and_then(|id| self.users.get_mut(usize::from(id)))
        {
            *user = Some(number);
        }
    }
}
