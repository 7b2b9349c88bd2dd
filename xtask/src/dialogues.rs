//! The transcripts, read as dialogues: each command with what the module said until the next one.

use at::{
    spec::{Command, Form},
    syntax::{self, Kind},
};
use module::{Row, command_table};
use std::{
    fs,
    path::{Path, PathBuf},
};
use testkit::transcript::escape::unescape;

/// A command line of a transcript and its answer.
pub(crate) struct Dialogue {
    /// The transcript, below the folder of all, without its ending.
    pub(crate) file: String,
    /// The port that it was typed on; empty for the only one.
    pub(crate) port: String,
    /// As typed, without the CR.
    pub(crate) typed: String,
    /// The commands on it.
    pub(crate) commands: Vec<Typed>,
    /// What the module said until the next command on this port, without the echo.
    pub(crate) said: Vec<u8>,
    /// Did the host send more before the next command: a payload, `+++`?
    pub(crate) fed: bool,
}

impl Dialogue {
    /// The lines of the answer, without empty ones.
    pub(crate) fn lines(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.said);
        text.split(['\r', '\n']).filter(|line| !line.is_empty()).map(ToOwned::to_owned).collect()
    }
}

/// A command as it was typed.
pub(crate) struct Typed {
    pub(crate) row: &'static Row,
    /// Of the row's write forms.
    pub(crate) form: Option<usize>,
    pub(crate) kind: Kind,
}

impl Typed {
    /// The form as a host begins it.
    pub(crate) fn form(&self) -> String {
        let name = self.row.name;
        match self.kind {
            Kind::Test => format!("AT{name}=?"),
            Kind::Read => format!("AT{name}?"),
            // A basic command without its number means 0.
            Kind::Exec if self.row.exec.is_none() => format!("AT{name}="),
            Kind::Exec => format!("AT{name}"),
            Kind::Set => match self.form.and_then(|index| self.row.set.get(index)) {
                Some(form) => set(self.row, form),
                None => format!("AT{name}="),
            },
        }
    }
}

/// A write form as a host begins it.
pub(crate) fn set<R>(row: &Row, form: &Form<R>) -> String {
    match form.selector {
        Some(selector) => format!("AT{}=\"{selector}\"", row.name),
        None => format!("AT{}=", row.name),
    }
}

/// All dialogues of all transcripts, in the order of their names.
pub(crate) fn all() -> Result<Vec<Dialogue>, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/module/tests/transcripts");
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let mut dialogues = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let name = path.strip_prefix(&root).unwrap_or(&path).with_extension("");
        read(&name.to_string_lossy(), &text, &mut dialogues);
    }
    Ok(dialogues)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    for entry in fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))? {
        let path = entry.map_err(|e| format!("{}: {e}", folder.display()))?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "at") {
            files.push(path);
        }
    }
    Ok(())
}

fn read(file: &str, text: &str, dialogues: &mut Vec<Dialogue>) {
    let first = dialogues.len();
    for line in text.lines() {
        let Some((port, says, rest)) = spoken(line) else { continue };
        let open = dialogues.get_mut(first..).unwrap_or_default().iter_mut().rev().find(|d| d.port == port);
        if !says {
            match rest.split("\\r").next().and_then(|typed| Some((typed, typed.strip_prefix("AT")?))) {
                Some((typed, body)) => dialogues.push(Dialogue {
                    file: file.into(),
                    port: port.into(),
                    typed: unescape(typed)
                        .map_or_else(|_| typed.into(), |t| String::from_utf8_lossy(&t).into()),
                    commands: commands(body),
                    said: Vec::new(),
                    fed: false,
                }),
                None => open.into_iter().for_each(|dialogue| dialogue.fed = true),
            }
        } else if let (Some(dialogue), Ok(bytes)) = (open, unescape(rest)) {
            let echo = format!("{}\r", dialogue.typed);
            let new = if dialogue.said.is_empty() { bytes.strip_prefix(echo.as_bytes()) } else { None };
            dialogue.said.extend_from_slice(new.unwrap_or(&bytes));
        }
    }
}

/// Port, whether the module speaks, and what is said.
fn spoken(line: &str) -> Option<(&str, bool, &str)> {
    let length = line.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let (port, rest) = line.split_at(length);
    let text = rest.trim_start_matches(['<', '>']);
    let mark = rest.strip_suffix(text)?;
    matches!(mark, "<" | ">" | ">>").then(|| (port, mark == "<", text.strip_prefix(' ').unwrap_or(text)))
}

/// The commands on a line, without its `AT`.
fn commands(body: &str) -> Vec<Typed> {
    let mut rest = body.as_bytes();
    let mut commands = Vec::new();
    while let Some(Ok(invocation)) = syntax::next(&mut rest) {
        let Some((row, _)) = Command::find(command_table(), &invocation.name) else { continue };
        let tail = String::from_utf8_lossy(&invocation.tail);
        let item = tail.trim_start().strip_prefix('"').and_then(|t| t.split('"').next());
        let form = row.set.iter().position(|form| match form.selector {
            Some(selector) => item.is_some_and(|item| {
                let mut spellings = form.aliases.iter().map(|alias| alias.name).chain([selector]);
                spellings.any(|spelling| spelling.eq_ignore_ascii_case(item))
            }),
            None => true,
        });
        commands.push(Typed { row, form, kind: invocation.kind });
    }
    commands
}
