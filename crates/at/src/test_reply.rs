//! The answer to `=?`, derived from the declaration: ranges print as `(0-11)`, lists as `(0,1)`,
//! strings as `<name>`; a command with items prints one line for each.

use crate::spec::{Command, Form, Kind, Param};
use alloc::{format, string::String, vec::Vec};
use core::fmt::Write;

impl Kind {
    /// As a test reply prints it. `name` is the parameter's name.
    pub fn printed(&self, name: &str) -> String {
        match self {
            Kind::Range(min, max) | Kind::Length(min, max) => format!("({min}-{max})"),
            Kind::List(list) => format!("({})", joined(list.iter())),
            Kind::Number(..) | Kind::Text(_) | Kind::Raw(_) | Kind::Loose(_) => format!("<{name}>"),
            Kind::Word(words) => format!("({})", joined(words.iter().map(|w| format!("\"{w}\"")))),
            Kind::Codes(codes) => format!("({})", joined(codes.iter().map(|c| format!("0X{c:04X}")))),
        }
    }

    /// As an error message says it, behind "must be".
    pub fn described(&self) -> String {
        match self {
            Kind::Range(min, max) | Kind::Number(min, max) | Kind::Length(min, max) => {
                format!("in {min}-{max}")
            }
            Kind::List(list) => format!("one of {}", joined(list.iter())),
            Kind::Text(max) | Kind::Raw(max) | Kind::Loose(max) => format!("at most {max} bytes long"),
            Kind::Word(words) => format!("one of {}", joined(words.iter().map(|w| format!("\"{w}\"")))),
            Kind::Codes(_) => "one of the known codes".into(),
        }
    }
}

impl Param {
    /// As a test reply prints it.
    pub fn printed(&self) -> String {
        self.kind.printed(self.name)
    }
}

/// The lines of a derived test reply.
pub fn lines<R, G>(command: &Command<R, G>) -> Vec<String> {
    command.set.iter().filter(|form| form.listed).map(|form| line(command.name, form)).collect()
}

fn line<R>(name: &str, form: &Form<R>) -> String {
    let selector = form.selector.map(|s| format!("\"{s}\""));
    let params = form.params.iter().map(|arg| arg.param.printed());
    format!("{name}: {}", joined(selector.into_iter().chain(params)))
}

fn joined(items: impl Iterator<Item = impl core::fmt::Display>) -> String {
    let mut out = String::new();
    for (i, item) in items.enumerate() {
        let comma = if i == 0 { "" } else { "," };
        // Writing to a String cannot fail.
        let _ = write!(out, "{comma}{item}");
    }
    out
}
