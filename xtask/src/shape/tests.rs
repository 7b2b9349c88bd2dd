//! What is declared is what transcripts show, and the other way round.

use super::*;
use crate::dialogues::{self, Dialogue, Typed};
use at::syntax::Kind;
use module::command_table;
use std::collections::{BTreeMap, BTreeSet};

/// What a command answers, as far as it is declared: by name of the row, what it answers, and the shape.
type Used = BTreeSet<(&'static str, String)>;

fn to(typed: &Typed) -> Option<To> {
    match typed.kind {
        Kind::Test => None,
        Kind::Read => Some(To::Read),
        Kind::Exec if typed.row.exec.is_some() => Some(To::Exec),
        Kind::Exec => Some(To::Write),
        Kind::Set => Some(typed.form.map_or(To::Write, |form| to_form(&typed.row.set[form]))),
    }
}

/// Words and numbers of result codes that end a command.
fn is_result(line: &str) -> bool {
    matches!(line, "OK" | "SEND OK" | "SEND FAIL" | "ERROR" | "0" | "4") || line.starts_with("+CME ERROR: ")
}

/// Digits of `ATV0` for the words that are declared.
fn in_words(line: &str) -> &str {
    match line {
        "1" => "CONNECT",
        "3" => "NO CARRIER",
        _ => line,
    }
}

/// Do other settings or edits change how the answer looks?
fn is_odd(dialogue: &Dialogue) -> bool {
    let control = |b: &u8| matches!(b, 0..32 | 127) && !matches!(b, b'\r' | b'\n');
    dialogue.typed.as_bytes().iter().any(control) || dialogue.said.contains(&30)
}

/// Compares an answer with what is declared, and notes the shapes that it has.
fn check(dialogue: &Dialogue, used: &mut Used) -> Result<(), String> {
    let answered = dialogue.commands.iter().filter_map(|typed| Some((typed.row, to(typed)?)));
    let shapes: Vec<(&'static Row, String)> =
        answered.flat_map(|(row, to)| of(row, to).into_iter().map(move |shape| (row, shape))).collect();
    let has = |wanted: &str| shapes.iter().any(|(_, shape)| shape == wanted);
    // Echo, and data of a transparent link.
    let carries = has("> ") || has("CONNECT") || has("CONNECT <read_length>");
    let mut rest = dialogue.said.as_slice();
    let mut over = dialogue.commands.is_empty() || dialogue.commands.iter().any(|t| t.kind == Kind::Test);
    while let Some((line, tail)) = next_line(rest) {
        rest = tail;
        let fit = |(row, shape): &(&'static Row, String)| {
            shape != "<data>" && fits(row, shape, &line)
                || fits(row, shape, in_words(&line))
                || shape == "> " && line.starts_with("> ")
        };
        let found: Vec<usize> = (0..shapes.len()).filter(|at| !over && fit(&shapes[*at])).collect();
        used.extend(found.iter().map(|at| (shapes[*at].0.name, shapes[*at].1.clone())));
        match found.first().map(|first| (shapes[*first].0, shapes.get(first + 1))) {
            Some((row, next)) => {
                over |= is_result(&line);
                if next.is_some_and(|(_, next)| next == "<data>") {
                    used.insert((row.name, "<data>".into()));
                    rest = behind_data(&line, rest);
                }
            }
            None if over || is_result(&line) => {
                over = true;
                let later = command_table()
                    .iter()
                    .flat_map(|row| of(row, To::Later).into_iter().map(move |s| (*row, s)));
                used.extend(
                    later.filter(|(row, shape)| fits(row, shape, &line)).map(|(row, s)| (row.name, s)),
                );
            }
            None if carries => {}
            None => {
                return Err(format!("{}: {} answers {line:?}", dialogue.file, dialogue.typed));
            }
        }
    }
    Ok(())
}

/// The next line that is not empty, and what follows it.
fn next_line(text: &[u8]) -> Option<(String, &[u8])> {
    let ends = |b: &u8| matches!(b, b'\r' | b'\n');
    let text = text.get(text.iter().position(|b| !ends(b))?..)?;
    let (line, rest) = text.split_at(text.iter().position(ends).unwrap_or(text.len()));
    Some((String::from_utf8_lossy(line).into_owned(), rest))
}

/// What follows the data that a line announces, as they are or in hexadecimal digits.
fn behind_data<'a>(line: &str, rest: &'a [u8]) -> &'a [u8] {
    let number = line.split([' ', ',']).nth(1).and_then(|n| n.parse::<usize>().ok()).unwrap_or_default();
    let ends = |n: &usize| rest.get(2 + n..).is_some_and(|rest| rest.starts_with(b"\r\n"));
    let length = [number, 2 * number].into_iter().find(ends).unwrap_or_default();
    rest.get(2 + length..).unwrap_or_default()
}

#[test]
fn answers_have_the_declared_shapes() {
    let mut used = Used::new();
    let dialogues = dialogues::all().unwrap();
    let wrong: Vec<String> =
        dialogues.iter().filter(|d| !is_odd(d)).filter_map(|d| check(d, &mut used).err()).collect();
    assert!(wrong.is_empty(), "no shape is declared for\n{}", wrong.join("\n"));
    let mut unseen = Vec::new();
    for row in command_table() {
        let forms = row.set.iter().map(to_form);
        let to = [row.read.map(|_| To::Read), row.exec.map(|_| To::Exec), Some(To::Later)];
        for shape in to.into_iter().flatten().chain(forms).flat_map(|to| of(row, to)) {
            // What prints the whole table is compared with it in a test of its own.
            if row.name != "+CLAC" && !used.contains(&(row.name, shape.clone())) {
                unseen.push(format!("AT{}: {shape}", row.name));
            }
        }
    }
    unseen.sort();
    unseen.dedup();
    assert!(unseen.is_empty(), "no transcript shows\n{}", unseen.join("\n"));
}

/// The numbers that a command gave in the transcripts.
fn errors(dialogues: &[Dialogue]) -> BTreeMap<&'static str, BTreeSet<u16>> {
    let mut found: BTreeMap<&'static str, BTreeSet<u16>> = BTreeMap::new();
    for (at, dialogue) in dialogues.iter().enumerate() {
        let [typed] = dialogue.commands.as_slice() else { continue };
        let said = String::from_utf8_lossy(&dialogue.said);
        let mut numbers: Vec<u16> = Vec::new();
        for line in said.split(['\r', '\n']) {
            numbers.extend(line.strip_prefix("+CME ERROR: ").and_then(|n| n.parse::<u16>().ok()));
            if of(typed.row, To::Later).iter().any(|shape| fits(typed.row, shape, line)) {
                numbers.extend(
                    line.split([' ', ','])
                        .filter_map(|n| n.parse::<u16>().ok())
                        .filter(|n| (550..=574).contains(n)),
                );
            }
        }
        let next =
            dialogues.get(at + 1).filter(|next| next.file == dialogue.file && next.typed == "AT+QIGETERROR");
        if let Some(next) = next
            && matches!(typed.row.group, Group::TcpIp | Group::Ssl)
        {
            let line = String::from_utf8_lossy(&next.said);
            let code =
                line.trim_start().strip_prefix("+QIGETERROR: ").and_then(|text| text.split(',').next());
            numbers.extend(code.and_then(|code| code.parse::<u16>().ok()).filter(|code| *code != 0));
        }
        let own = wrong_parameter(typed.row.group);
        found.entry(typed.row.name).or_default().extend(numbers.into_iter().filter(|n| Some(*n) != own));
    }
    found
}

#[test]
fn errors_are_those_of_the_transcripts() {
    let found = errors(&dialogues::all().unwrap());
    let mut wrong = Vec::new();
    for row in command_table() {
        let declared: BTreeSet<u16> = row.errors.iter().copied().collect();
        let seen = found.get(row.name).cloned().unwrap_or_default();
        if declared != seen {
            wrong.push(format!("AT{}: declared {declared:?}, in transcripts {seen:?}", row.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
