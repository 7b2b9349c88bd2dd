//! `docs/at-reference.md`: every command with its forms, parameters, answers, errors, and an example.

use crate::{
    dialogues::{self, Dialogue},
    shape,
};
use at::{
    spec::{Answer, Form, MaxResponse, Need, Param, Saved, Source, Test, To},
    syntax::Kind,
    test_reply,
};
use module::{Group, Row, command_table, error_text};
use std::{cmp::Reverse, collections::BTreeSet, fmt::Write};

const HEAD: &str = "# AT command reference

Made by `cargo xtask codegen` from the command table and the transcripts; do not edit.

Ranges are those that the parser enforces. Square brackets mark what may be left out. \"The note\" is the
*EC200x-CN & EC800x-CN SSL Application Note* 1.0.0; documents [1], [2] and [3] are its companions on TCP/IP, files
and general commands.

Behind each form stands what it answers: lines that come, or may come, before `OK`, as often as there is something to
list, and result codes other than `OK`. A form without such lines answers `OK` alone; a write form of an item shows the
line when its values are left out. \"Later\" lines are unsolicited: they come when what the command began has ended, or
something happens to it. Errors are `ERROR` in basic, TCP/IP and SSL commands, the last two with their number in
`AT+QIGETERROR`, and `+CME ERROR: <number>` in the others. Examples are pieces of transcripts that the tests play.
";

/// The whole page.
pub(crate) fn page() -> Result<String, String> {
    let dialogues = dialogues::all()?;
    let mut out = String::from(HEAD);
    for (title, group) in [
        ("SSL commands", Group::Ssl),
        ("TCP/IP commands", Group::TcpIp),
        ("Error query", Group::LastError),
        ("File commands", Group::File),
        ("General commands", Group::General),
        ("Basic commands", Group::Basic),
    ] {
        put(&mut out, format_args!("\n## {title}\n"));
        for row in command_table().iter().filter(|row| row.group == group) {
            command(&mut out, row, &dialogues);
        }
    }
    Ok(out)
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
    out.push('\n');
}

fn command(out: &mut String, row: &Row, dialogues: &[Dialogue]) {
    put(out, format_args!("\n### AT{}\n\n{}. Specified in: {}.\n", row.name, row.summary, row.section));
    forms(out, row);
    let params = distinct(row);
    if !params.is_empty() {
        put(out, format_args!("\n| parameter | values | meaning |\n|---|---|---|"));
        for param in params {
            let values = param.kind.described().replace('|', "\\|");
            // One place for either of two is declared as they stand between angle brackets.
            let name = param.name.replace(">/<", "` or `");
            put(out, format_args!("| `{name}` | {values} | {} |", param.doc));
        }
    }
    put(
        out,
        format_args!(
            "\nLongest response: {}. {}. Errors: {}.",
            response(row.max_response),
            saved(row.saved),
            errors(row)
        ),
    );
    for alias in row.aliases {
        match alias.source {
            Source::Misprint(section) => put(
                out,
                format_args!(
                    "Also taken, unless `--strict`: `AT{}`, a misprint of section {section}.",
                    alias.name
                ),
            ),
            Source::Synonym => put(out, format_args!("Also: `AT{}`.", alias.name)),
        }
    }
    example(out, row, dialogues);
}

fn forms(out: &mut String, row: &Row) {
    if row.group != Group::Basic {
        let reply = match row.test {
            Test::Derived => test_reply::lines(row),
            Test::Empty => Vec::new(),
            Test::Literal(lines) => lines.iter().map(ToString::to_string).collect(),
            Test::Run(_) => vec!["depends on the module's state".into()],
        };
        form(out, format_args!("Test `AT{}=?`", row.name), &reply);
    }
    if row.read.is_some() {
        let number = if row.name == "S" { "<register>" } else { "" };
        form(out, format_args!("Read `AT{}{number}?`", row.name), &shape::of(row, To::Read));
    }
    if row.exec.is_some() {
        form(out, format_args!("Execution `AT{}`", row.name), &shape::of(row, To::Exec));
    }
    for (index, write) in row.set.iter().enumerate() {
        let foreign = if write.foreign { " (`--lenient` only)" } else { "" };
        let to = shape::to_form(write);
        // Forms without an item answer alike: the first one says how.
        let first = row.set.iter().position(|other| shape::to_form(other) == to) == Some(index);
        let lines = if first { shape::of(row, to) } else { Vec::new() };
        form(out, format_args!("Write `{}`{foreign}", write_form(row, write)), &lines);
    }
    let later = shape::of(row, To::Later);
    if !later.is_empty() {
        form(out, format_args!("Later"), &later);
    }
}

fn form(out: &mut String, title: std::fmt::Arguments<'_>, lines: &[String]) {
    put(out, format_args!("- {title}{}", if lines.is_empty() { "" } else { ":" }));
    for line in lines {
        // A code span loses a space at its end.
        let shown = if line == "> " { "`>` and a space".into() } else { format!("`{line}`") };
        put(out, format_args!("  - {shown}"));
    }
}

/// The dialogue of a transcript that shows most of what the command answers; the shortest of them. Transcripts of the
/// command come first, so that a new one about something else changes nothing here.
fn example(out: &mut String, row: &Row, dialogues: &[Dialogue]) {
    let folder = format!("{}/", row.name.trim_start_matches('+').to_lowercase());
    let own = |dialogue: &&Dialogue| {
        let lines = dialogue.lines();
        let commands = dialogue.commands.as_slice();
        matches!(commands, [typed] if std::ptr::eq(typed.row, row) && typed.kind != Kind::Test)
            && lines.iter().all(|line| line.is_ascii() && line.len() < 100)
    };
    let shown = |dialogue: &&Dialogue| {
        let lines = dialogue.lines();
        let code = |field: &str| field.parse().is_ok_and(|n: u16| row.errors.contains(&n));
        let fails = lines.iter().any(|line| line == "ERROR" || line.split([' ', ',']).any(code));
        let shapes: BTreeSet<usize> = lines.iter().filter_map(|line| shape_of(row, line)).collect();
        let payload = lines.iter().any(|line| line.starts_with("> ") && line.len() > 2);
        let size: usize = lines.iter().map(String::len).sum();
        let is_about = dialogue.file.starts_with(&folder);
        (Reverse(fails), is_about, shapes.len(), payload, Reverse(lines.len()), Reverse(size))
    };
    let Some(best) = dialogues.iter().filter(own).max_by_key(shown) else { return };
    put(out, format_args!("\nExample, from `{}.at`:\n\n```text\n{}", best.file, best.typed));
    best.lines().iter().for_each(|line| put(out, format_args!("{line}")));
    put(out, format_args!("```"));
}

/// Which of the declared shapes a line has; that of data has room for any line, so it comes last.
fn shape_of(row: &Row, line: &str) -> Option<usize> {
    let fits = |answer: &Answer| answer.line != "<data>" && shape::fits(row, answer.line, line);
    let data = || row.answers.iter().position(|answer| answer.line == "<data>" && line != "OK");
    row.answers.iter().position(fits).or_else(data)
}

fn write_form<R>(row: &Row, form: &Form<R>) -> String {
    if row.name == "S" {
        return "ATS<register>=<value>".into();
    }
    let mut text = format!("AT{}", row.name);
    if row.group != Group::Basic {
        text.push('=');
    }
    let mut first = true;
    let mut open = 0;
    if let Some(selector) = form.selector {
        let _ = write!(text, "\"{selector}\"");
        first = false;
    }
    for arg in form.params {
        if arg.need != Need::Required {
            text.push('[');
            open += 1;
        }
        if !first {
            text.push(',');
        }
        first = false;
        let dots = if arg.need == Need::Repeated { "[,...]" } else { "" };
        let _ = write!(text, "<{}>{dots}", arg.param.name);
    }
    text + &"]".repeat(open)
}

fn distinct(row: &Row) -> Vec<&'static Param> {
    let mut params: Vec<&'static Param> = Vec::new();
    for arg in row.set.iter().flat_map(|form| form.params) {
        if !params.iter().any(|param| std::ptr::eq(*param, arg.param)) {
            params.push(arg.param);
        }
    }
    params
}

fn response(max: MaxResponse) -> String {
    match max {
        MaxResponse::Millis(n) => format!("{n} ms"),
        MaxResponse::Seconds(n) => format!("{n} s"),
        MaxResponse::Words(words) => words.into(),
    }
}

fn saved(saved: Saved) -> &'static str {
    match saved {
        Saved::NotApplicable => "Nothing to save",
        Saved::No => "Takes effect at once; not saved",
        Saved::ByProfile => "Takes effect at once; saved by `AT&W`",
        Saved::AtOnce => "Takes effect at once; saved at once",
    }
}

/// The errors of a command: that of a wrong parameter, and those that transcripts provoke.
fn errors(row: &Row) -> String {
    let numbers = shape::wrong_parameter(row.group).into_iter().chain(row.errors.iter().copied());
    let named: Vec<String> = numbers
        .map(|number| format!("{number} {}", error_text(row.group, number).unwrap_or_default()))
        .collect();
    if named.is_empty() { "`ERROR`".into() } else { named.join(", ") }
}
