//! `docs/at-reference.md`: every command with its forms, parameters and test reply.

use at::{
    spec::{Form, MaxResponse, Need, Param, Saved, Source, Test},
    test_reply,
};
use module::{Group, Row, command_table};
use std::fmt::Write;

const HEAD: &str = "# AT command reference

Made by `cargo xtask codegen` from the command table; do not edit.

Ranges are those that the parser enforces. Square brackets mark what may be left out. \"The note\" is the
*EC200x-CN & EC800x-CN SSL Application Note* 1.0.0; documents [1], [2] and [3] are its companions on TCP/IP, files
and general commands.
";

/// The whole page.
pub(crate) fn page() -> String {
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
            command(&mut out, row);
        }
    }
    out
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
    out.push('\n');
}

fn command(out: &mut String, row: &Row) {
    put(out, format_args!("\n### AT{}\n\n{}. Specified in: {}.\n", row.name, row.summary, row.section));
    if row.group != Group::Basic {
        let reply = match row.test {
            Test::Derived => test_reply::lines(row),
            Test::Empty => vec!["OK alone".into()],
            Test::Literal(lines) => lines.iter().map(ToString::to_string).collect(),
            Test::Run(_) => vec!["depends on the module's state".into()],
        };
        put(out, format_args!("- Test `AT{}=?`:", row.name));
        for line in reply {
            put(out, format_args!("  - `{line}`"));
        }
    }
    if row.read.is_some() {
        let number = if row.name == "S" { "n" } else { "" };
        put(out, format_args!("- Read `AT{}{number}?`", row.name));
    }
    if row.exec.is_some() {
        put(out, format_args!("- Execution `AT{}`", row.name));
    }
    for form in row.set {
        put(
            out,
            format_args!(
                "- Write `{}`{}",
                write_form(row, form),
                if form.foreign { " (`--lenient` only)" } else { "" }
            ),
        );
    }
    let params = distinct(row);
    if !params.is_empty() {
        put(out, format_args!("\n| parameter | values | meaning |\n|---|---|---|"));
        for param in params {
            let values = param.kind.described().replace('|', "\\|");
            put(out, format_args!("| `{}` | {values} | {} |", param.name, param.doc));
        }
        out.push('\n');
    }
    put(
        out,
        format_args!(
            "Longest response: {}. {}. Errors: {}.",
            response(row.max_response),
            saved(row.saved),
            errors(row.group)
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

fn errors(group: Group) -> &'static str {
    match group {
        Group::Basic | Group::LastError => "`ERROR`",
        Group::General => "`+CME ERROR` (50 for a wrong parameter)",
        Group::File => "`+CME ERROR` 400 to 426",
        Group::TcpIp | Group::Ssl => {
            "`ERROR`, with the code of Table 5 in `AT+QIGETERROR` (552 for a wrong parameter)"
        }
    }
}
