//! The coverage for people: how much of it all, what is missing, what there was.

use super::{CommandForm, Coverage, RESULTS, mark};
use module::ErrorCode;
use std::fmt;

/// Forms not met that are shown; JSON has all.
const SHOWN: usize = 40;
/// Columns of a list.
const WIDTH: usize = 100;

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |met: usize, not_met: usize| format!("{met} of {}", met + not_met);
        writeln!(
            f,
            "Met {} unsolicited codes, {} result codes, {} codes of Table 5, {} forms of commands",
            of(self.urcs.len(), self.urcs_not_met.len()),
            of(RESULTS.len() - self.results_not_met.len(), self.results_not_met.len()),
            of(self.codes.keys().filter(|code| **code != 0).count(), self.codes_not_met.len()),
            of(self.commands.len(), self.commands_not_met.len()),
        )?;
        self.not_met(f)?;
        self.met(f)
    }
}

impl Coverage {
    fn not_met(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nNot met")?;
        list(f, "unsolicited codes", self.urcs_not_met.iter().copied())?;
        list(f, "result codes", self.results_not_met.iter().copied())?;
        list(f, "codes of Table 5", self.codes_not_met.iter().map(String::as_str))?;
        let forms = self.commands_not_met.iter().map(String::as_str);
        let shown: Vec<&str> = forms.filter(|form| is_of_interest(form)).take(SHOWN).collect();
        list(f, "forms of commands", shown.iter().copied())?;
        match self.commands_not_met.len() - shown.len() {
            0 => Ok(()),
            more => writeln!(f, "    and {more} more, which JSON has"),
        }
    }

    fn met(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nMet")?;
        counts(f, "unsolicited codes", self.urcs.iter().map(|(urc, n)| (*n, urc.clone())))?;
        counts(f, "result codes", self.results.iter().map(|(words, n)| (*n, words.clone())))?;
        let text = |code: u16| {
            ErrorCode::ALL.iter().find(|known| known.code() == code).map_or("", |known| known.text())
        };
        let codes = self.codes.iter().map(|(code, n)| (*n, format!("{code} {}", text(*code))));
        counts(f, "codes of Table 5", codes)?;
        let forms = self.commands.iter().map(|CommandForm { command, form, item, sent, failed }| {
            let failed = if *failed > 0 { format!(" ({failed} failed)") } else { String::new() };
            (*sent, format!("{command}{}{failed}", mark((form, *item))))
        });
        counts(f, "forms of commands", forms)
    }
}

/// Forms that are worth a line for people: test forms, and what has nothing to do with connections, are not.
fn is_of_interest(form: &str) -> bool {
    !form.ends_with("=?") && (form.starts_with("AT+Q") || form.starts_with("AT+C"))
}

/// A heading, and a line for each with how often it was met.
fn counts(
    f: &mut fmt::Formatter<'_>,
    heading: &str,
    items: impl Iterator<Item = (u64, String)>,
) -> fmt::Result {
    let lines: Vec<String> = items.map(|(n, what)| format!("{n:>8}  {what}\n")).collect();
    let none = if lines.is_empty() { " none" } else { "" };
    write!(f, "  {heading}:{none}\n{}", lines.concat())
}

/// A heading and a list that is broken into lines.
fn list<'a>(f: &mut fmt::Formatter<'_>, heading: &str, items: impl Iterator<Item = &'a str>) -> fmt::Result {
    let mut width = WIDTH;
    let mut is_empty = true;
    for item in items {
        if is_empty {
            write!(f, "  {heading}:")?;
        }
        is_empty = false;
        if width + item.len() + 2 > WIDTH {
            write!(f, "\n    {item}")?;
            width = 4 + item.len();
        } else {
            write!(f, ", {item}")?;
            width += 2 + item.len();
        }
    }
    if is_empty { writeln!(f, "  {heading}: none") } else { writeln!(f) }
}
