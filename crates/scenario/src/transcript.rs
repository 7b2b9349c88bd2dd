//! Transcripts: dialogues with a module as text files, run in virtual time with exact bytes.
//!
//! One line, one thing: properties of the module first, then what happens, each followed by everything that the module
//! says because of it. [`forms::SECTIONS`] has every kind of line; `docs/scenario.md` is the same for people.

mod acts;
mod compare;
pub mod escape;
mod fixture;
pub mod forms;
pub mod live;
mod parse;
mod play;
mod service;
mod setup;
mod stage;
#[cfg(test)]
mod tests;
mod words;

pub use compare::Difference;
pub use fixture::{SELECTORS, fixture};
pub use forms::{Load, forms};
pub use service::{KEYS, KINDS, service};
pub use words::utc;

use crate::world::{Event, Instant, Split, World};
use module::AtPort;
use std::fmt;

/// Where a transcript is wrong or does not hold, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The line of the file, counted from 1.
    pub line: usize,
    /// What is wrong, over several lines where that helps.
    pub what: String,
    /// What was wanted beside what came.
    pub diff: Vec<Difference>,
    /// What to do about it, where that is known.
    pub remedy: Option<String>,
}

impl Failure {
    fn new(what: impl Into<String>) -> Failure {
        Failure { line: 0, what: what.into(), diff: Vec::new(), remedy: None }
    }

    fn at(self, line: usize) -> Failure {
        Failure { line, ..self }
    }

    fn remedy(self, remedy: impl Into<String>) -> Failure {
        Failure { remedy: Some(remedy.into()), ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)?;
        for line in &self.diff {
            write!(f, "\n{line}")?;
        }
        self.remedy.as_ref().map_or(Ok(()), |remedy| write!(f, "; {remedy}"))
    }
}

/// A scenario that can be played.
pub struct Scenario {
    text: String,
    script: parse::Script,
}

impl Scenario {
    /// Reads it; `load` reads the files that it names.
    ///
    /// # Errors
    /// All lines that are wrong.
    pub fn parse(text: &str, load: Load<'_>) -> Result<Scenario, Vec<Failure>> {
        Ok(Scenario { text: text.into(), script: parse::script(text, load)? })
    }

    /// Plays it in virtual time, with the hosts' bytes in these pieces. What has happened inside goes to `events`.
    ///
    /// # Errors
    /// Where it does not hold.
    pub fn play(&self, split: Split, events: &mut Vec<(Instant, Event)>) -> Result<(), Failure> {
        play::play(&self.script, split, events).map(|_| ())
    }

    /// Its text with every `<` line as the module says it now; everything else still has to hold.
    ///
    /// # Errors
    /// Where something else does not hold.
    pub fn update(&self) -> Result<String, Failure> {
        play::update(&self.script, &self.text)
    }

    /// The ports of its module.
    pub fn ports(&self) -> &[AtPort] {
        &self.script.setup.ports
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl Failure {
    /// What is at the place of the first byte of a file that is no text.
    pub fn no_text(bytes: &[u8], at: usize) -> Failure {
        let line = 1 + bytes.iter().take(at).filter(|b| **b == b'\n').count();
        Failure::new("this is no text in UTF-8").remedy("write other bytes as `\\xNN`").at(line)
    }
}

/// Plays a transcript once for every way to cut the hosts' bytes. The output of each port is also read
/// by the strict [`crate::dte`].
///
/// # Errors
/// The first line that is wrong, or does not hold.
pub fn check(text: &str) -> Result<(), Failure> {
    let script = of_test(text)?;
    for split in [Split::Whole, Split::Bytes, Split::Random(1), Split::Random(2)] {
        let name = format!("{split:?}");
        play::play(&script, split, &mut Vec::new())
            .and_then(|stage| play::read_strictly(&script, &stage))
            .map_err(|f| Failure { what: format!("({name}) {}", f.what), ..f })?;
    }
    Ok(())
}

/// The world that a transcript leads to, and the names of its ports. What the module should say is not compared.
///
/// # Errors
/// As [`check`].
pub fn world(text: &str, split: Split) -> Result<(World, Vec<AtPort>), Failure> {
    let script = of_test(text)?;
    Ok((play::world(&script, split)?, script.setup.ports.clone()))
}

/// The transcript with every `<` line as the module says it now. Everything else still has to hold.
///
/// # Errors
/// As [`check`].
pub fn update(text: &str) -> Result<String, Failure> {
    play::update(&of_test(text)?, text)
}

/// A transcript that names no files.
fn of_test(text: &str) -> Result<parse::Script, Failure> {
    let no_files = |_: &str| Err("a test names no files".to_string());
    parse::script(text, &no_files)
        .map_err(|failures| failures.into_iter().next().unwrap_or_else(|| Failure::new("")))
}
