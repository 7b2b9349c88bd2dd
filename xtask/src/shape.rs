//! Shapes of answers: which a form has, and does a line have one?

use at::spec::{Arg, Form, Kind as Values, Need, Param, To};
use module::{Group, Row};

/// The shapes of the answer to a form, as declared, or as they follow from its parameters: `?` and an item without
/// values show what is set.
pub(crate) fn of(row: &Row, to: To) -> Vec<String> {
    let declared: Vec<String> =
        row.answers.iter().filter(|answer| answer.to == to).map(|answer| answer.line.into()).collect();
    if !declared.is_empty() {
        return declared;
    }
    let shown = match to {
        To::Read => row.set.first().map(|form| format!("{}: {}", row.name, values(form.params))),
        To::Item(item) => row
            .set
            .iter()
            .find(|form| form.selector == Some(item))
            .map(|form| format!("{}: \"{item}\",{}", row.name, values(form.params))),
        To::Exec | To::Write | To::Later => None,
    };
    shown.into_iter().collect()
}

fn values(args: &[Arg]) -> String {
    let value = |arg: &Arg| {
        let dots = if arg.need == Need::Repeated { "[,...]" } else { "" };
        match arg.param.kind {
            Values::Text(_) | Values::Word(_) => format!("\"<{}>\"", arg.param.name),
            _ => format!("<{}>{dots}", arg.param.name),
        }
    };
    args.iter().map(value).collect::<Vec<_>>().join(",")
}

/// Which answer a write form has.
pub(crate) fn to_form<R>(form: &Form<R>) -> To {
    form.selector.map_or(To::Write, To::Item)
}

/// Does a line have this shape? Values of the command's own parameters have to be in their ranges.
pub(crate) fn fits(row: &Row, shape: &str, line: &str) -> bool {
    let Some(mark) = shape.chars().next() else { return line.is_empty() };
    let rest = &shape[mark.len_utf8()..];
    match mark {
        '[' => match closing(rest) {
            Some((inside, after)) => fits(row, &format!("{inside}{after}"), line) || fits(row, after, line),
            None => false,
        },
        '<' => match rest.split_once('>') {
            Some((name, after)) => {
                let loose = name == "data" || after.starts_with('"');
                let values = (0..=line.len()).filter_map(|end| line.split_at_checked(end));
                values
                    .take_while(|(value, _)| loose || !value.contains(','))
                    .any(|(value, tail)| is_value(row, name, value) && fits(row, after, tail))
            }
            None => false,
        },
        '.' if rest.starts_with("..") => {
            let after = &rest[2..];
            (0..=line.len()).filter_map(|end| line.get(end..)).any(|tail| fits(row, after, tail))
        }
        _ => line.strip_prefix(mark).is_some_and(|tail| fits(row, rest, tail)),
    }
}

/// What stands in brackets, and what behind them.
fn closing(text: &str) -> Option<(&str, &str)> {
    let mut depth = 1;
    for (at, c) in text.char_indices() {
        depth += match c {
            '[' => 1,
            ']' => -1,
            _ => 0,
        };
        if depth == 0 {
            return Some((&text[..at], &text[at + 1..]));
        }
    }
    None
}

fn is_value(row: &Row, name: &str, value: &str) -> bool {
    let mut params = row.set.iter().flat_map(|form| form.params).map(|arg| arg.param);
    params.clone().all(|param| param.name != name) && !value.contains('"')
        || params.any(|param| param.name == name && in_range(param, value))
}

fn in_range(param: &Param, value: &str) -> bool {
    let number = value.parse::<u32>();
    match param.kind {
        Values::Range(min, max) | Values::Number(min, max) | Values::Length(min, max) => {
            number.is_ok_and(|n| (min..=max).contains(&n))
        }
        Values::List(list) => number.is_ok_and(|n| list.contains(&n)),
        Values::Text(max) | Values::Loose(max) | Values::Raw(max) => {
            value.len() <= max && !value.contains('"')
        }
        Values::Word(words) => words.contains(&value),
        Values::Codes(codes) => {
            let code = value.strip_prefix("0X").and_then(|digits| u16::from_str_radix(digits, 16).ok());
            code.is_some_and(|code| codes.contains(&code))
        }
    }
}

/// Numbers of the errors of wrong parameters.
pub(crate) fn wrong_parameter(group: Group) -> Option<u16> {
    match group {
        Group::Basic | Group::LastError => None,
        Group::General => Some(50),
        Group::File => Some(425),
        Group::TcpIp | Group::Ssl => Some(552),
    }
}

#[cfg(test)]
mod tests;
