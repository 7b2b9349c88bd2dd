//! What was found.

use crate::rules::{Rule, Severity};
use at::time::Instant;
use module::AtPort;
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::{collections::BTreeMap, fmt};

/// Findings of one rule that are kept; more are counted.
pub const KEPT: usize = 20;

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// When, on the module's time scale.
    pub at: Instant,
    /// Where.
    pub port: AtPort,
    /// Which.
    pub rule: &'static Rule,
    /// By what.
    pub detail: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { at, port, rule, detail } = self;
        let (seconds, micros) = (at.as_micros() / 1_000_000, at.as_micros() % 1_000_000);
        let (severity, name) = (rule.severity, rule.name);
        write!(f, "{severity}[{name}] {} at {seconds}.{micros:06}: {}", port.name(), rule.what)?;
        if !detail.is_empty() {
            write!(f, ": {detail}")?;
        }
        write!(f, " ({}); remedy: {}", rule.section, rule.remedy)
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Finding", 8)?;
        // Exact to the microsecond for some hundred years.
        #[expect(clippy::cast_precision_loss, reason = "2^53 microseconds are 285 years")]
        let seconds = self.at.as_micros() as f64 / 1e6;
        object.serialize_field("t", &seconds)?;
        object.serialize_field("port", self.port.name())?;
        object.serialize_field("rule", self.rule.name)?;
        object.serialize_field("severity", &self.rule.severity)?;
        object.serialize_field("section", self.rule.section)?;
        object.serialize_field("what", self.rule.what)?;
        object.serialize_field("detail", &self.detail)?;
        object.serialize_field("remedy", self.rule.remedy)?;
        object.end()
    }
}

/// All findings of a module.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) list: Vec<Finding>,
    counts: BTreeMap<&'static str, usize>,
    /// Rules that nobody wants to hear of.
    ignored: Vec<&'static Rule>,
}

impl Findings {
    pub(crate) fn without(ignored: &[&'static Rule]) -> Findings {
        Findings { ignored: ignored.to_vec(), ..Findings::default() }
    }

    pub(crate) fn add(&mut self, finding: Finding) {
        if self.ignored.contains(&finding.rule) {
            return;
        }
        let count = self.counts.entry(finding.rule.name).or_default();
        *count += 1;
        if *count <= KEPT {
            self.list.push(finding);
        }
    }

    /// How often each rule was broken, in the order of the rules.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&'static Rule, usize)> {
        crate::rules::RULES.iter().filter_map(|rule| self.counts.get(rule.name).map(|count| (*rule, *count)))
    }

    pub(crate) fn worst(&self) -> Option<Severity> {
        self.counts().map(|(rule, _)| rule.severity).max()
    }
}
