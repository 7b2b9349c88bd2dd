//! What must hold of the whole table.

use super::*;
use crate::{AtPort, Channel, Input, Module, PortId, Setup, Tolerance};
use alloc::{
    collections::BTreeSet,
    format,
    string::{String, ToString},
    vec::Vec,
};
use at::{
    spec::{Kind, Need},
    time::Instant,
};

const PORT: Channel = Channel::Port(PortId(0));

fn module(tolerance: Tolerance) -> Module {
    let setup = Setup {
        ports: [AtPort::Uart1].to_vec(),
        model: "EC200N-CN",
        tolerance,
        clock_unix: 1_795_348_800,
        ..Setup::default()
    };
    let mut module = Module::new(setup, Instant::ZERO);
    module.handle(Instant::ZERO, Input::PortAttached(PortId(0)));
    module.rx(Instant::ZERO, PORT, b"ATE0\r");
    read(&mut module);
    module
}

fn read(module: &mut Module) -> String {
    let text = String::from_utf8_lossy(module.tx(PORT)).to_string();
    module.tx_done(Instant::ZERO, PORT, text.len());
    text
}

fn answer(tolerance: Tolerance, line: &str) -> String {
    let mut module = module(tolerance);
    module.rx(Instant::ZERO, PORT, format!("{line}\r").as_bytes());
    read(&mut module)
}

/// A value at the lower or upper end of a parameter, as a host types it.
fn sample(kind: &Kind, high: bool) -> String {
    match kind {
        Kind::Range(min, max) | Kind::Number(min, max) | Kind::Length(min, max) => {
            (if high { max } else { min }).to_string()
        }
        Kind::List(list) => list.iter().max().filter(|_| high).unwrap_or(&list[0]).to_string(),
        Kind::Text(max) => format!("\"{}\"", "x".repeat(if high { *max } else { 1 })),
        Kind::Word(words) => format!("\"{}\"", words[if high { words.len() - 1 } else { 0 }]),
        Kind::Codes(codes) => format!("0X{:04X}", codes[if high { codes.len() - 1 } else { 0 }]),
        Kind::Raw(max) | Kind::Loose(max) => "1".repeat(if high { *max } else { 1 }),
    }
}

/// The parameters of a form as a host types them: the required ones, or all.
fn tail(form: &Form<Run>, high: bool) -> String {
    let selector = form.selector.map(|s| format!("\"{s}\""));
    let wanted = form.params.iter().filter(|arg| high || arg.need == Need::Required);
    let values = wanted.map(|arg| sample(&arg.param.kind, high));
    selector.into_iter().chain(values).collect::<Vec<_>>().join(",")
}

fn line(row: &Row, tail: &str) -> String {
    match row.name {
        "S" => format!("ATS{}", tail.replace(',', "=")),
        name if row.group == Group::Basic => format!("AT{name}{tail}"),
        name => format!("AT{name}={tail}"),
    }
}

#[test]
fn names_are_unique_and_in_the_right_case() {
    let mut seen = BTreeSet::new();
    for row in TABLE {
        assert_eq!(row.name, row.name.to_ascii_uppercase());
        assert!(seen.insert(row.name), "{} stands twice", row.name);
        for alias in row.aliases {
            assert!(seen.insert(alias.name), "{} stands twice", alias.name);
        }
        assert_eq!(row.group == Group::Basic, !row.name.starts_with('+'), "{}", row.name);
        assert!(!row.summary.is_empty() && !row.section.is_empty());
    }
}

#[test]
fn required_parameters_stand_first_and_selectors_are_unique() {
    for row in TABLE {
        let mut selectors = BTreeSet::new();
        for form in row.set {
            assert!(form.params.is_sorted_by_key(|arg| arg.need != Need::Required), "{}", row.name);
            let repeated = form.params.iter().position(|arg| arg.need == Need::Repeated);
            assert!(repeated.is_none_or(|at| at + 1 == form.params.len()), "{}", row.name);
            assert!(form.selector.is_none_or(|s| selectors.insert(s)), "{}", row.name);
        }
    }
}

#[test]
fn every_handler_takes_the_least_and_the_most_it_declares() {
    for row in TABLE {
        for form in row.set {
            for high in [false, true] {
                let line = line(row, &tail(form, high));
                let answer = answer(Tolerance::Lenient, &line);
                // The answers themselves are the transcripts' affair.
                let whole = ["\r", "\r\n", "> "].iter().any(|end| answer.ends_with(end));
                assert!(answer.is_empty() || whole, "{line}: {answer:?}");
            }
        }
        for kind in ["", "?", "=?"] {
            answer(Tolerance::Default, &format!("AT{}{kind}", row.name));
        }
    }
}

#[test]
fn one_above_the_range_is_refused() {
    for row in TABLE {
        for form in row.set {
            for (i, arg) in form.params.iter().enumerate() {
                let (Kind::Range(_, max) | Kind::Number(_, max) | Kind::Length(_, max)) = arg.param.kind
                else {
                    continue;
                };
                if max == u32::MAX {
                    continue;
                }
                let mut values: Vec<String> =
                    form.params[..=i].iter().map(|arg| sample(&arg.param.kind, false)).collect();
                values[i] = (max + 1).to_string();
                values.splice(0..0, form.selector.map(|s| format!("\"{s}\"")));
                let line = line(row, &values.join(","));
                assert!(answer(Tolerance::Default, &line).contains("ERROR"), "{line}");
            }
        }
    }
}

#[test]
fn clac_lists_the_table() {
    let listed = answer(Tolerance::Default, "AT+CLAC");
    let names: Vec<&str> = listed.lines().filter_map(|line| line.strip_prefix("AT")).collect();
    assert_eq!(names, TABLE.iter().map(|row| row.name).collect::<Vec<_>>());
}

#[test]
fn misprints_work_unless_strict() {
    for row in TABLE {
        for alias in row.aliases {
            let test = format!("AT{}=?", alias.name);
            let own = answer(Tolerance::Default, &format!("AT{}=?", row.name));
            assert_eq!(answer(Tolerance::Default, &test), own);
            if matches!(alias.source, Source::Misprint(_)) {
                assert_eq!(answer(Tolerance::Strict, &test), "\r\nERROR\r\n");
            }
        }
    }
}

/// Prints that do not follow from a declaration, as ranges with a number beside them: the number rises only with such
/// a command.
#[test]
fn literal_test_replies_are_few() {
    assert_eq!(TABLE.iter().filter(|row| matches!(row.test, Test::Literal(_))).count(), 8);
}
