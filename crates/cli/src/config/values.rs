//! The values of a `[[module]]`, read by the functions that read the options.

use crate::{
    args,
    lint::{rule, severity},
};
use ::lint::{Rule, Severity};
use daemon::{Baud, Endpoint, MODELS, faults::Fault};
use serde::Deserialize;
use std::{fmt, ops::RangeInclusive, time::Duration};

/// Modules that one entry may ask for.
const MAX_COUNT: u32 = 20_000;
/// Index of EC200N-CN in [`MODELS`].
const DEFAULT_MODEL: usize = 1;

/// Text with `{n}` or `{6000+n}` in it, where n counts the modules of the entry from 0.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Pattern(String);

#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(super) struct EndpointPattern(Pattern);

/// Reads what an option takes as text: text, or a number or a time that stands for itself.
fn read<T, E: fmt::Display>(
    value: toml::Value,
    from_text: impl Fn(&str) -> Result<T, E>,
) -> Result<T, String> {
    let text = match value {
        toml::Value::String(text) => text,
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Datetime(time) => time.to_string(),
        other => return Err(format!("{} is no value of this key", other.type_str())),
    };
    from_text(&text).map_err(|e| e.to_string())
}

/// Types for values of options, each with the function that reads the option.
macro_rules! values {
    ($($name:ident($value:ty) by $from_text:expr;)*) => {$(
        #[derive(Clone, Deserialize)]
        #[serde(try_from = "toml::Value")]
        pub(super) struct $name(pub(super) $value);

        impl TryFrom<toml::Value> for $name {
            type Error = String;

            fn try_from(value: toml::Value) -> Result<$name, String> {
                read(value, $from_text).map($name)
            }
        }
    )*};
}

values! {
    Count(u32) by count;
    Model(String) by model;
    Clock(i64) by args::clock;
    Pin(String) by args::sim_pin;
    Speed(Baud) by args::baud;
    Pieces((usize, Duration)) by args::pieces;
    Latency(RangeInclusive<u32>) by args::latency;
    FaultText(Fault) by |text: &str| text.parse::<Fault>();
    Ignored(&'static Rule) by rule;
    Limit(Severity) by severity;
}

fn count(text: &str) -> Result<u32, String> {
    let count = text.parse().ok().filter(|count| (1..=MAX_COUNT).contains(count));
    count.ok_or_else(|| format!("count is 1 to {MAX_COUNT}"))
}

fn model(text: &str) -> Result<String, String> {
    let model = MODELS.into_iter().find(|model| model.eq_ignore_ascii_case(text));
    model
        .map(str::to_owned)
        .ok_or_else(|| format!("no model is called `{text}` (write {})", MODELS.join(", ")))
}

impl Default for Model {
    fn default() -> Model {
        Model(MODELS[DEFAULT_MODEL].to_owned())
    }
}

impl Default for Count {
    fn default() -> Count {
        Count(1)
    }
}

impl Pattern {
    /// The text of module `n`.
    pub(super) fn at(&self, n: u32) -> Result<String, String> {
        let mut out = String::new();
        let mut rest = self.0.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let (inner, after) = after.split_once('}').ok_or("`{` without `}`")?;
            let base = match inner {
                "n" => Some(0),
                _ => inner.strip_suffix("+n").and_then(|base| base.parse::<u32>().ok()),
            };
            let number = base.and_then(|base| base.checked_add(n));
            let number = number.ok_or_else(|| format!("`{{{inner}}}` is neither {{n}} nor {{NUMBER+n}}"))?;
            out += before;
            out += &number.to_string();
            rest = after;
        }
        Ok(out + rest)
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Pattern, String> {
        let pattern = Pattern(text);
        pattern.at(0).map(|_| pattern)
    }
}

impl EndpointPattern {
    pub(super) fn at(&self, n: u32) -> Result<Endpoint, String> {
        self.0.at(n)?.parse().map_err(|e| format!("{e}"))
    }
}

impl TryFrom<String> for EndpointPattern {
    type Error = String;

    fn try_from(text: String) -> Result<EndpointPattern, String> {
        let pattern = EndpointPattern(Pattern(text));
        pattern.at(0).map(|_| pattern)
    }
}
