//! The parameters of an invocation, split, unquoted and checked against the form they select.

use crate::{
    spec::{Alias, Form, Kind, Need, Param},
    syntax::decimal,
};
use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

/// A checked value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Of a `Range` or `List`.
    Int(u32),
    /// Of a `Text`, `Word` (in the spelling of the declaration) or `Raw`.
    Text(String),
    /// Of `Codes`.
    Codes(Vec<u16>),
}

/// The parameters of one invocation. Ask by the declaration: `args.int(&CLIENT_ID)`.
#[derive(Clone, Debug, Default)]
pub struct Args {
    values: Vec<(&'static Param, Value)>,
    habits: Vec<Habit>,
}

/// Something accepted that the documents do not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Habit {
    /// A number or code in quotes.
    QuotedNumber(&'static Param),
    /// A length above its limit, cut to it.
    Clamped(&'static Param, u32),
    /// A form that only other modules have: its selector, or nothing.
    Foreign(Option<&'static str>),
    /// A selector or command by another spelling.
    Alias(&'static Alias),
}

/// Why the parameters are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArgError {
    /// A quote is missing, or something stands behind a closing quote.
    Quotes,
    /// No form has this item.
    UnknownItem(String),
    /// A required parameter is missing.
    Missing(&'static Param),
    /// More parameters than the form has.
    TooMany,
    /// The parameter does not have the right type.
    Type(&'static Param, String),
    /// Out of range, not in the list, unknown code, or too long.
    Range(&'static Param, String),
}

/// How forgiving the check is (D34).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leniency {
    /// Spellings that the note misprints are taken (D1).
    pub misprints: bool,
    /// What other modules have is taken: numbers in quotes, lengths above the limit, foreign forms (D34).
    pub foreign: bool,
}

impl Args {
    /// Selects the form of `forms` that fits and checks `tail` against it. `lead` values (the number of
    /// an S-parameter) stand before those of the tail.
    pub fn parse<'f, R>(
        forms: &'f [Form<R>],
        lead: Option<u8>,
        tail: &[u8],
        leniency: Leniency,
    ) -> Result<(&'f Form<R>, Args), ArgError> {
        let mut items = split(tail)?;
        if let Some(lead) = lead {
            if matches!(items.as_slice(), [Item::Empty]) {
                items.clear();
            }
            items.insert(0, Item::Bare(lead.to_string()));
        }
        let mut args = Args::default();
        let (form, rest) = select(forms, &items, leniency, &mut args.habits)?;
        args.fill(form.params, rest, leniency)?;
        Ok((form, args))
    }

    /// One number by itself: what a read form has in front of its question mark.
    pub fn single(param: &'static Param, number: u32) -> Args {
        Args { values: alloc::vec![(param, Value::Int(number))], habits: Vec::new() }
    }

    /// A number that was given. `None` when it was left out.
    pub fn opt_int(&self, param: &'static Param) -> Option<u32> {
        match self.value(param)? {
            Value::Int(n) => Some(*n),
            Value::Text(_) | Value::Codes(_) => None,
        }
    }

    /// A required number. The declaration guarantees it; a row without it is a defect that the table
    /// tests find, and reads as 0.
    pub fn int(&self, param: &'static Param) -> u32 {
        debug_assert!(self.value(param).is_some(), "the form has no required <{}>", param.name);
        self.opt_int(param).unwrap_or_default()
    }

    /// A string that was given. `None` when it was left out.
    pub fn opt_text(&self, param: &'static Param) -> Option<&str> {
        match self.value(param)? {
            Value::Text(text) => Some(text),
            Value::Int(_) | Value::Codes(_) => None,
        }
    }

    /// A required string; empty when the row lacks it (see [`Args::int`]).
    pub fn text(&self, param: &'static Param) -> &str {
        debug_assert!(self.value(param).is_some(), "the form has no required <{}>", param.name);
        self.opt_text(param).unwrap_or_default()
    }

    /// All codes given for a repeated parameter, in order. `None` when it was left out.
    pub fn codes(&self, param: &'static Param) -> Option<Vec<u16>> {
        let mut found = None;
        for (p, value) in &self.values {
            if let (true, Value::Codes(codes)) = (core::ptr::eq(*p, param), value) {
                found.get_or_insert_with(Vec::new).extend_from_slice(codes);
            }
        }
        found
    }

    /// What was given, in the order of the form.
    pub fn values(&self) -> impl Iterator<Item = (&'static Param, &Value)> {
        self.values.iter().map(|(param, value)| (*param, value))
    }

    /// What was accepted although the documents do not have it.
    pub fn habits(&self) -> &[Habit] {
        &self.habits
    }

    fn value(&self, param: &'static Param) -> Option<&Value> {
        self.values.iter().find(|(p, _)| core::ptr::eq(*p, param)).map(|(_, value)| value)
    }

    fn fill(
        &mut self,
        params: &'static [crate::spec::Arg],
        items: &[Item],
        leniency: Leniency,
    ) -> Result<(), ArgError> {
        let mut items = items.iter();
        for arg in params {
            loop {
                match items.next() {
                    Some(Item::Empty) | None => {
                        if arg.need == Need::Required {
                            return Err(ArgError::Missing(arg.param));
                        }
                    }
                    Some(item) => {
                        let value = self.check(arg.param, item, leniency)?;
                        self.values.push((arg.param, value));
                    }
                }
                if arg.need != Need::Repeated || items.len() == 0 {
                    break;
                }
            }
        }
        if items.len() == 0 { Ok(()) } else { Err(ArgError::TooMany) }
    }

    fn check(&mut self, param: &'static Param, item: &Item, leniency: Leniency) -> Result<Value, ArgError> {
        let wrong_type = || ArgError::Type(param, item.to_string());
        let out_of_range = || ArgError::Range(param, item.to_string());
        let number_text = match (item, &param.kind) {
            (
                Item::Quoted(text),
                Kind::Range(..) | Kind::Number(..) | Kind::Length(..) | Kind::List(_) | Kind::Codes(_),
            ) => {
                if !leniency.foreign {
                    return Err(wrong_type());
                }
                self.habits.push(Habit::QuotedNumber(param));
                text
            }
            (Item::Quoted(text) | Item::Bare(text), _) => text,
            (Item::Empty, _) => return Err(wrong_type()),
        };
        match (&param.kind, item) {
            (Kind::Range(min, max) | Kind::Number(min, max), _) => {
                let n = decimal(number_text.as_bytes()).ok_or_else(wrong_type)?;
                (*min..=*max).contains(&n).then_some(Value::Int(n)).ok_or_else(out_of_range)
            }
            (Kind::Length(min, max), _) => {
                let n = decimal(number_text.as_bytes()).ok_or_else(wrong_type)?;
                if n > *max && leniency.foreign {
                    self.habits.push(Habit::Clamped(param, *max));
                    return Ok(Value::Int(*max));
                }
                (*min..=*max).contains(&n).then_some(Value::Int(n)).ok_or_else(out_of_range)
            }
            (Kind::List(list), _) => {
                let n = decimal(number_text.as_bytes()).ok_or_else(wrong_type)?;
                list.contains(&n).then_some(Value::Int(n)).ok_or_else(out_of_range)
            }
            (Kind::Codes(known), _) => number_text
                .split(':')
                .map(|code| code_number(code.trim()).ok_or_else(wrong_type))
                .map(|code| code.and_then(|c| known.contains(&c).then_some(c).ok_or_else(out_of_range)))
                .collect::<Result<_, _>>()
                .map(Value::Codes),
            (Kind::Text(max), Item::Quoted(text))
            | (Kind::Loose(max), Item::Quoted(text) | Item::Bare(text)) => {
                (text.len() <= *max).then(|| Value::Text(text.clone())).ok_or_else(out_of_range)
            }
            (Kind::Word(words), Item::Quoted(text)) => words
                .iter()
                .find(|word| word.eq_ignore_ascii_case(text))
                .map(|word| Value::Text((*word).into()))
                .ok_or_else(out_of_range),
            (Kind::Raw(max), Item::Bare(text)) => {
                (text.len() <= *max).then(|| Value::Text(text.clone())).ok_or_else(out_of_range)
            }
            (Kind::Text(_) | Kind::Word(_) | Kind::Raw(_) | Kind::Loose(_), _) => Err(wrong_type()),
        }
    }
}

/// `0X0035`, in either case.
fn code_number(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("0X").or_else(|| text.strip_prefix("0x"))?;
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    plain.then(|| u16::from_str_radix(digits, 16).ok()).flatten()
}

fn select<'f, 'i, R>(
    forms: &'f [Form<R>],
    items: &'i [Item],
    leniency: Leniency,
    habits: &mut Vec<Habit>,
) -> Result<(&'f Form<R>, &'i [Item]), ArgError> {
    let Some((first, rest)) = items.split_first() else { return Err(ArgError::TooMany) };
    let allowed = |form: &&Form<R>| leniency.foreign || !form.foreign;
    let mut found = None;
    if let Item::Quoted(item) = first {
        for form in forms.iter().filter(allowed) {
            let alias = form.aliases.iter().find(|a| a.name.eq_ignore_ascii_case(item));
            if form.selector.is_some_and(|s| s.eq_ignore_ascii_case(item)) {
                found = Some((form, rest));
            } else if let Some(alias) = alias.filter(|_| leniency.misprints) {
                habits.push(Habit::Alias(alias));
                found = Some((form, rest));
            }
        }
    }
    let mut plain = forms.iter().filter(allowed).filter(|form| form.selector.is_none());
    let (form, rest) = match found {
        Some(found) => found,
        None => {
            let first_plain = plain.next().ok_or_else(|| ArgError::UnknownItem(first.to_string()))?;
            let roomy = |form: &&Form<R>| form.params.len() >= items.len();
            let form = Some(first_plain).filter(roomy).or_else(|| plain.find(roomy)).unwrap_or(first_plain);
            (form, items)
        }
    };
    if form.foreign {
        habits.push(Habit::Foreign(form.selector));
    }
    Ok((form, rest))
}

/// A parameter as typed.
#[derive(Debug, PartialEq, Eq)]
enum Item {
    Empty,
    Quoted(String),
    Bare(String),
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Item::Empty => Ok(()),
            Item::Quoted(text) => write!(f, "\"{text}\""),
            Item::Bare(text) => f.write_str(text),
        }
    }
}

/// Splits at commas outside quotes, drops spaces outside quotes, resolves `\HH` inside them.
fn split(tail: &[u8]) -> Result<Vec<Item>, ArgError> {
    let mut items = Vec::new();
    let mut rest = tail;
    loop {
        rest = rest.trim_ascii_start();
        let item = if let Some(quoted) = rest.strip_prefix(b"\"") {
            let (bytes, after) = unquote(quoted)?;
            rest = after.trim_ascii_start();
            Item::Quoted(String::from_utf8(bytes).map_err(|_| ArgError::Quotes)?)
        } else {
            let end = rest.iter().position(|b| *b == b',').unwrap_or(rest.len());
            let (bare, after) = rest.split_at_checked(end).unwrap_or_default();
            rest = after;
            match core::str::from_utf8(bare.trim_ascii()).map_err(|_| ArgError::Quotes)? {
                "" => Item::Empty,
                text if text.contains('"') => return Err(ArgError::Quotes),
                text => Item::Bare(text.into()),
            }
        };
        items.push(item);
        match rest.split_first() {
            None => return Ok(items),
            Some((b',', after)) => rest = after,
            Some(_) => return Err(ArgError::Quotes),
        }
    }
}

/// The bytes up to the closing quote (V.250 5.4.2.2), and what follows it.
fn unquote(text: &[u8]) -> Result<(Vec<u8>, &[u8]), ArgError> {
    let mut bytes = Vec::new();
    let mut rest = text;
    loop {
        match rest {
            [b'"', after @ ..] => return Ok((bytes, after)),
            [b'\\', high, low, after @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes.push(nibble(*high) << 4 | nibble(*low));
                rest = after;
            }
            [byte, after @ ..] => {
                bytes.push(*byte);
                rest = after;
            }
            [] => return Err(ArgError::Quotes),
        }
    }
}

fn nibble(digit: u8) -> u8 {
    char::from(digit).to_digit(16).and_then(|n| u8::try_from(n).ok()).unwrap_or_default()
}

impl fmt::Display for ArgError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ArgError::Quotes => f.write_str("a quote is missing, or something stands behind a closing quote"),
            ArgError::UnknownItem(item) => write!(f, "there is no item {item}"),
            ArgError::Missing(param) => write!(f, "<{}> is missing", param.name),
            ArgError::TooMany => f.write_str("there are more parameters than the command takes"),
            ArgError::Type(param, text) => match param.kind {
                Kind::Text(_) | Kind::Word(_) => {
                    write!(f, "<{}> must be a string in quotes, not {text}", param.name)
                }
                _ => write!(f, "<{}> must be a bare number, not {text}", param.name),
            },
            ArgError::Range(param, text) => {
                write!(f, "<{}> must be {}, not {text}", param.name, param.kind.described())
            }
        }
    }
}

impl fmt::Display for Habit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Habit::QuotedNumber(param) => write!(f, "<{}> is a number and takes no quotes", param.name),
            Habit::Clamped(param, to) => {
                write!(f, "<{}> is above its limit and was read as {to}", param.name)
            }
            Habit::Foreign(Some(item)) => write!(f, "\"{item}\" is an item of other modules"),
            Habit::Foreign(None) => f.write_str("this form belongs to other modules"),
            Habit::Alias(alias) => match alias.source {
                crate::spec::Source::Misprint(section) => {
                    write!(f, "{} is a misprint of section {section}", alias.name)
                }
                crate::spec::Source::Synonym => write!(f, "{} is another spelling", alias.name),
            },
        }
    }
}

#[cfg(test)]
mod tests;
