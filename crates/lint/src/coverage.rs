//! What of the module a driver has met: forms of commands, result codes, codes of Table 5, unsolicited codes.

mod show;

use crate::{
    Lint,
    fact::{Fact, Outcome},
    line::Command,
};
use at::{spec::Test, syntax::Kind};
use module::{ErrorCode, Group, Row};
use serde::Serialize;
use std::collections::BTreeMap;

/// Result codes that a driver has to know.
const RESULTS: [&str; 7] = ["OK", "ERROR", "SEND OK", "SEND FAIL", "CONNECT", "NO CARRIER", "+CME ERROR"];

/// Unsolicited codes, those of SSL first.
const URCS: [&str; 31] = [
    "+QSSLOPEN",
    "+QSSLURC: \"recv\"",
    "+QSSLURC: \"closed\"",
    "+QIURC: \"pdpdeact\"",
    "+QIOPEN",
    "+QIURC: \"recv\"",
    "+QIURC: \"closed\"",
    "+QIURC: \"incoming\"",
    "+QIURC: \"incoming full\"",
    "+QIURC: \"dnsgip\"",
    "+QIACTEX",
    "+QIDEACTEX",
    "+QPING",
    "+QNTP",
    "RDY",
    "POWERED DOWN",
    "+CPIN: READY",
    "+CPIN: NOT READY",
    "+CPIN: SIM PIN",
    "+CFUN",
    "+QUSIM",
    "+QSIMSTAT",
    "+QIND: SMS DONE",
    "+QIND: PB DONE",
    "+QIND: \"csq\"",
    "+QIND: \"act\"",
    "+CREG",
    "+CGREG",
    "+CEREG",
    "+CTZV",
    "+CTZE",
];

/// Codes of Table 5 that every driver of SSL connections meets one day; they are told first.
const FIRST: [ErrorCode; 8] = [
    ErrorCode::ConnectFailed,
    ErrorCode::DnsFailed,
    ErrorCode::DnsBusy,
    ErrorCode::Timeout,
    ErrorCode::PdpBroken,
    ErrorCode::OpenPdpFailed,
    ErrorCode::IdentityUsed,
    ErrorCode::SocketClosed,
];

/// A form of a command, and its item where a quoted one selects what it does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct CommandForm {
    /// As in the documents, with `AT`.
    pub command: String,
    /// `test`, `read`, `set` or `exec`.
    pub form: &'static str,
    /// As in `AT+QSSLCFG="sni"`.
    pub item: Option<&'static str>,
    /// How often it was sent.
    pub sent: u64,
    /// How often it, or the line that it stood in, failed.
    pub failed: u64,
}

/// What of the module a driver has met.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Forms of commands that were sent, in the order of the command table.
    pub commands: Vec<CommandForm>,
    /// Forms that were not, as a driver would write them.
    pub commands_not_met: Vec<String>,
    /// Result codes, and how often each came.
    pub results: BTreeMap<String, u64>,
    /// Result codes that never came.
    pub results_not_met: Vec<&'static str>,
    /// Codes of Table 5 in unsolicited codes and in `AT+QIGETERROR`, and how often each came.
    pub codes: BTreeMap<u16, u64>,
    /// Codes of Table 5 that never came, with their text; those that matter most first.
    pub codes_not_met: Vec<String>,
    /// Unsolicited codes, and how often each came.
    pub urcs: BTreeMap<String, u64>,
    /// Unsolicited codes that never came.
    pub urcs_not_met: Vec<&'static str>,
}

impl Coverage {
    /// What all of these have met together.
    pub fn of<'a>(lints: impl IntoIterator<Item = &'a Lint>) -> Coverage {
        let mut sum = Meter::default();
        lints.into_iter().for_each(|lint| sum.add(&lint.meter));
        sum.coverage()
    }
}

/// `set` and so on, and the item.
type Form = (&'static str, Option<&'static str>);

/// Counts while a module runs.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    /// Sent and failed.
    commands: BTreeMap<(&'static str, Form), (u64, u64)>,
    results: BTreeMap<String, u64>,
    codes: BTreeMap<u16, u64>,
    urcs: BTreeMap<&'static str, u64>,
}

impl Meter {
    pub(crate) fn see(&mut self, fact: &Fact<'_>) {
        match fact {
            Fact::Result(line, outcome) => {
                for command in &line.commands {
                    let Some(row) = command.row else { continue };
                    let counts = self.commands.entry((row.name, (form(command), item(command)))).or_default();
                    counts.0 += 1;
                    counts.1 += u64::from(matches!(outcome, Outcome::Bad | Outcome::SendFail));
                }
            }
            Fact::Words(words) => self.result(words),
            Fact::Escaped => self.result("OK"),
            Fact::Urc(text) => self.urc(text),
            Fact::Info(_, text) => {
                if let Some(rest) = text.strip_prefix("+QIGETERROR: ") {
                    self.code(rest.split(',').next().unwrap_or_default());
                }
            }
            _ => {}
        }
    }

    /// What another one has counted.
    fn add(&mut self, other: &Meter) {
        for (form, (sent, failed)) in &other.commands {
            let counts = self.commands.entry(*form).or_default();
            *counts = (counts.0 + sent, counts.1 + failed);
        }
        other.results.iter().for_each(|(words, n)| *self.results.entry(words.clone()).or_default() += n);
        other.codes.iter().for_each(|(code, n)| *self.codes.entry(*code).or_default() += n);
        other.urcs.iter().for_each(|(urc, n)| *self.urcs.entry(urc).or_default() += n);
    }

    fn result(&mut self, words: &str) {
        // Numbers are kept apart; there are few of them.
        let is_cme = words.strip_prefix("+CME ERROR: ").is_some_and(|n| n.parse::<u16>().is_ok());
        let words = if words.starts_with("+CME ERROR") && !is_cme { "+CME ERROR" } else { words };
        *self.results.entry(words.to_owned()).or_default() += 1;
    }

    fn urc(&mut self, text: &str) {
        let known = URCS.iter().find(|known| {
            let rest = text.strip_prefix(**known);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', ',']))
        });
        if let Some(known) = known {
            *self.urcs.entry(known).or_default() += 1;
        }
        let (name, rest) = text.split_once(": ").unwrap_or_default();
        match name {
            "+QSSLOPEN" | "+QIOPEN" | "+QIACTEX" | "+QIDEACTEX" => {
                self.code(rest.split(',').nth(1).unwrap_or_default());
            }
            "+QPING" | "+QNTP" => self.code(rest.split(',').next().unwrap_or_default()),
            _ => {}
        }
    }

    fn code(&mut self, text: &str) {
        let code = text.parse().ok().filter(|code| ErrorCode::ALL.iter().any(|known| known.code() == *code));
        if let Some(code) = code {
            *self.codes.entry(code).or_default() += 1;
        }
    }

    pub(crate) fn coverage(&self) -> Coverage {
        let mut coverage = Coverage {
            results: self.results.clone(),
            codes: self.codes.clone(),
            urcs: self.urcs.iter().map(|(urc, count)| ((*urc).to_owned(), *count)).collect(),
            ..Coverage::default()
        };
        let (ssl, rest): (Vec<&Row>, Vec<&Row>) =
            module::command_table().iter().partition(|row| row.group == Group::Ssl);
        for row in module::command_table() {
            for form in forms(row) {
                if let Some((sent, failed)) = self.commands.get(&(row.name, form)) {
                    let (command, (form, item)) = (format!("AT{}", row.name), form);
                    let (sent, failed) = (*sent, *failed);
                    coverage.commands.push(CommandForm { command, form, item, sent, failed });
                }
            }
        }
        let not_sent = ssl.into_iter().chain(rest).flat_map(|row| {
            let missing = move |form: &Form| !self.commands.contains_key(&(row.name, *form));
            forms(row).filter(missing).map(move |form| format!("AT{}{}", row.name, mark(form)))
        });
        coverage.commands_not_met = not_sent.collect();
        let met = |known: &str| self.results.keys().any(|met| met.split(':').next() == Some(known));
        coverage.results_not_met = RESULTS.into_iter().filter(|known| !met(known)).collect();
        let others =
            ErrorCode::ALL.iter().filter(|code| !FIRST.contains(code) && **code != ErrorCode::Success);
        coverage.codes_not_met = FIRST
            .iter()
            .chain(others)
            .filter(|code| !self.codes.contains_key(&code.code()))
            .map(|code| format!("{} {}", code.code(), code.text()))
            .collect();
        coverage.urcs_not_met = URCS.into_iter().filter(|known| !self.urcs.contains_key(known)).collect();
        coverage
    }
}

fn form(command: &Command) -> &'static str {
    match command.kind {
        Kind::Test => "test",
        Kind::Read => "read",
        Kind::Set => "set",
        // A basic command without its number means 0.
        Kind::Exec if command.row.is_some_and(|row| row.exec.is_none()) => "set",
        Kind::Exec => "exec",
    }
}

/// The item that the first parameter is.
fn item(command: &Command) -> Option<&'static str> {
    let typed = command.text(0).filter(|_| command.kind == Kind::Set)?;
    let is_it = |name: &str| name.eq_ignore_ascii_case(typed);
    let forms = command.row?.set.iter();
    let form = forms
        .filter(|form| form.selector.is_some())
        .find(|form| form.selector.is_some_and(is_it) || form.aliases.iter().any(|alias| is_it(alias.name)));
    form?.selector
}

/// The forms that a command has, by item where there are items.
fn forms(row: &Row) -> impl Iterator<Item = Form> + use<> {
    let has_test = row.group != Group::Basic || !matches!(row.test, Test::Derived);
    let has = [
        ("exec", row.exec.is_some()),
        ("set", !row.set.is_empty()),
        ("read", row.read.is_some()),
        ("test", has_test),
    ];
    let mut items: Vec<_> =
        row.set.iter().filter(|form| !form.foreign).filter_map(|form| form.selector).map(Some).collect();
    items.dedup();
    if items.is_empty() {
        items.push(None);
    }
    has.into_iter().filter(|(_, has)| *has).flat_map(move |(form, _)| {
        let items = if form == "set" { items.clone() } else { vec![None] };
        items.into_iter().map(move |item| (form, item))
    })
}

/// What stands behind the name.
fn mark((form, item): Form) -> String {
    match (form, item) {
        ("test", _) => "=?".into(),
        ("read", _) => "?".into(),
        ("set", Some(item)) => format!("=\"{item}\""),
        ("set", None) => "=".into(),
        _ => String::new(),
    }
}
