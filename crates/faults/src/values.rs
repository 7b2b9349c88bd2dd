//! What the parameters of a fault are given.

use crate::{
    effect::Span,
    table::{Param, Row, Takes},
};
use core::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};
use module::{AlertDescription, NetFailure, command_table};

/// What stands behind a `=`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value {
    Number(i64),
    Address(IpAddr),
    Word(&'static str),
}

impl Value {
    /// Reads it; `None`: it is not what the parameter takes.
    pub(crate) fn parse(takes: Takes, text: &str) -> Option<Value> {
        match takes {
            Takes::Number(least, most) => {
                text.parse().ok().filter(|n| (least..=most).contains(n)).map(Value::Number)
            }
            Takes::Address => text.parse().ok().map(Value::Address),
            Takes::Command => {
                let name = text.trim_start_matches("AT").trim_start_matches('+');
                let mut rows = command_table().iter().filter(|row| row.group.has_register());
                let row = rows.find(|row| row.name.trim_start_matches('+').eq_ignore_ascii_case(name));
                row.map(|row| Value::Word(row.name))
            }
            Takes::Alert => {
                let named = || AlertDescription::ALL.iter().find(|alert| alert.name() == Some(text));
                let code = text.parse().ok().or_else(|| named().map(|alert| alert.0));
                code.map(|code: u8| Value::Number(code.into()))
            }
            Takes::Word(words) => words.iter().find(|word| **word == text).map(|word| Value::Word(word)),
        }
    }
}

/// What the parameters of a row were given, or are without.
pub(crate) struct Values {
    row: &'static Row,
    values: Vec<Option<Value>>,
}

impl Values {
    /// Nothing is said.
    pub(crate) fn none(row: &'static Row) -> Values {
        Values { row, values: vec![None; row.params.len()] }
    }

    /// A parameter is given this.
    pub(crate) fn set(&mut self, param: &Param, value: Value) {
        let slots = self.row.params.iter().zip(&mut self.values);
        slots.filter(|(other, _)| other.name == param.name).for_each(|(_, slot)| *slot = Some(value));
    }

    fn value(&self, name: &str) -> Option<Value> {
        let index = self.row.params.iter().position(|param: &Param| param.name == name)?;
        let default = self.row.params.get(index).and_then(|param| param.default).map(Value::Number);
        self.values.get(index).copied().flatten().or(default)
    }

    pub(crate) fn maybe_unsigned(&self, name: &str) -> Option<u64> {
        match self.value(name) {
            Some(Value::Number(n)) => u64::try_from(n).ok(),
            _ => None,
        }
    }

    pub(crate) fn unsigned(&self, name: &str) -> u64 {
        self.maybe_unsigned(name).unwrap_or_default()
    }

    pub(crate) fn size(&self, name: &str) -> usize {
        usize::try_from(self.unsigned(name)).unwrap_or(usize::MAX)
    }

    pub(crate) fn maybe_millis(&self, name: &str) -> Option<Duration> {
        self.maybe_unsigned(name).map(Duration::from_millis)
    }

    pub(crate) fn millis(&self, name: &str) -> Duration {
        self.maybe_millis(name).unwrap_or_default()
    }

    pub(crate) fn micros(&self, name: &str) -> Duration {
        Duration::from_micros(self.unsigned(name))
    }

    pub(crate) fn span(&self, ms: &str, jitter: &str) -> Span {
        Span { ms: self.unsigned(ms), jitter: self.unsigned(jitter) }
    }

    pub(crate) fn address(&self, name: &str) -> IpAddr {
        match self.value(name) {
            Some(Value::Address(address)) => address,
            _ => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        }
    }

    pub(crate) fn signed(&self, name: &str) -> i64 {
        match self.value(name) {
            Some(Value::Number(n)) => n,
            _ => 0,
        }
    }

    pub(crate) fn byte(&self, name: &str) -> u8 {
        u8::try_from(self.unsigned(name)).unwrap_or(u8::MAX)
    }

    pub(crate) fn word(&self, name: &str) -> Option<&'static str> {
        match self.value(name) {
            Some(Value::Word(word)) => Some(word),
            _ => None,
        }
    }

    pub(crate) fn failure(&self, name: &str) -> NetFailure {
        match self.value(name) {
            Some(Value::Word("denied")) => NetFailure::Denied("permission denied".into()),
            Some(Value::Word("no_socket")) => NetFailure::NoSocket("too many open files".into()),
            Some(Value::Word("in_use")) => NetFailure::InUse,
            _ => NetFailure::Other("something else".into()),
        }
    }
}
