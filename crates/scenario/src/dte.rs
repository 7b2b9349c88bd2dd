//! A strict DTE: the oracle that reads everything a module says on one port.
//!
//! It knows what the host sent and when, and reads the answer the way a careful host driver would:
//! echo, information text, final result code, unsolicited result codes with their payload, prompt,
//! payload echo, online data. Every byte has to be one of these, at a place where it may stand; else
//! it complains with the offset. It is written from the note (2.1.2, 2.2, 2.3, 1.4), the companion
//! facts (1.1 to 1.3) and the decisions D16, D21, D30, D31, D33, and shares no code with the engine
//! that it judges.

mod line;
mod parser;
mod phases;
mod tape;
#[cfg(test)]
mod tests;
mod urc;

use crate::world::Log;
use std::fmt;

/// One thing that the module said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A command line, echoed up to its CR.
    Echo(Vec<u8>),
    /// A line of information text.
    Info(Vec<u8>),
    /// A line of information text with the raw data that it announced.
    InfoData(Vec<u8>, Vec<u8>),
    /// A final result code in words; `CONNECT` is one here.
    Result(String),
    /// An unsolicited result code.
    Urc(Vec<u8>),
    /// An unsolicited result code with the data that it announced.
    UrcData(Vec<u8>, Vec<u8>),
    /// The prompt.
    Prompt,
    /// Payload, echoed.
    PayloadEcho(Vec<u8>),
    /// What came out in online data state.
    Online(Vec<u8>),
}

/// What a whole log says.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// In order.
    pub items: Vec<Item>,
    /// The last command line has been sent and has no final result yet.
    pub unanswered: bool,
}

impl Report {
    /// All result codes, in order.
    pub fn results(&self) -> Vec<&str> {
        self.items
            .iter()
            .filter_map(|item| match item {
                Item::Result(text) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// Everything that came in online data state, joined.
    pub fn online(&self) -> Vec<u8> {
        self.items
            .iter()
            .filter_map(|item| match item {
                Item::Online(bytes) => Some(bytes.as_slice()),
                _ => None,
            })
            .collect::<Vec<_>>()
            .concat()
    }
}

/// Something a host could not have understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Offset in the module's output.
    pub at: usize,
    /// What is wrong.
    pub what: String,
    /// The output around the place, escaped.
    pub excerpt: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "output byte {}: {}: {}", self.at, self.what, self.excerpt)
    }
}

impl std::error::Error for Complaint {}

/// Reads a port's whole log, from boot.
pub fn read(log: &Log) -> Result<Report, Complaint> {
    let mut report = Report::default();
    let mut settings = line::Settings::default();
    for tape in tape::Tape::sessions(log) {
        let owed = report.unanswered;
        report.unanswered = parser::Parser::new(&tape, &mut settings, &mut report.items).run(owed)?;
    }
    Ok(report)
}
