//! The fuzz dictionary: every token that the command table knows, in the form that fuzzers read.

use at::spec::{Kind, Param};
use module::command_table;
use std::collections::BTreeSet;

/// One quoted token a line, sorted.
pub(crate) fn dictionary() -> String {
    let mut tokens: BTreeSet<String> =
        ["AT", "\r", "\r\n", "=?", "?", "=", ";", ",", "\"", "+++", "\x1a", "\x1b", "A/"]
            .into_iter()
            .map(String::from)
            .collect();
    for row in command_table() {
        tokens.insert(row.name.into());
        tokens.extend(row.aliases.iter().map(|alias| alias.name.to_string()));
        for form in row.set {
            tokens.extend(form.selector.map(|s| format!("\"{s}\"")));
            tokens.extend(form.aliases.iter().map(|alias| format!("\"{}\"", alias.name)));
            tokens.extend(form.params.iter().flat_map(|arg| values(arg.param)));
        }
    }
    let quoted = tokens.iter().map(|token| format!("\"{}\"\n", token.escape_default()));
    let hex =
        quoted.map(|line| line.replace("\\r", "\\x0d").replace("\\n", "\\x0a").replace("\\u{1a}", "\\x1a"));
    let head = "# Made by `cargo xtask codegen` from the command table.\n".to_string();
    head + &hex.map(|line| line.replace("\\u{1b}", "\\x1b")).collect::<String>()
}

fn values(param: &Param) -> Vec<String> {
    match &param.kind {
        Kind::Range(min, max) | Kind::Number(min, max) | Kind::Length(min, max) => {
            vec![min.to_string(), max.to_string()]
        }
        Kind::List(list) => list.iter().map(u32::to_string).collect(),
        Kind::Word(words) => words.iter().map(|word| format!("\"{word}\"")).collect(),
        Kind::Codes(codes) => codes.iter().map(|code| format!("0X{code:04X}")).collect(),
        Kind::Text(_) | Kind::Raw(_) | Kind::Loose(_) => Vec::new(),
    }
}
