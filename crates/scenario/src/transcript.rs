//! Transcripts: dialogues with a module as text files, run in virtual time with exact bytes.
//!
//! One line, one thing; what follows `#` at the start of a line is a comment. First the module:
//!
//! | line | means |
//! |---|---|
//! | `use model EC200N-CN` | the model (default `EC200N-CN`) |
//! | `use port usbmodem` | a port; repeat it for several. The first is meant where no port is named (default `uart1`) |
//! | `use strict`, `use lenient` | how misprints and foreign habits are treated |
//! | `clock 2026-11-22T12:00:00Z` | what the clock shows at boot, UTC |
//! | `file NAME SELECTOR` | a file in UFS at boot; [`SELECTORS`] lists what can be in it |
//!
//! then its surroundings, before or between the steps:
//!
//! | line | means |
//! |---|---|
//! | `dns NAME ADDRESS...`, `dns NAME none`, `dns NAME dead`, `dns NAME silent` | what the resolver says |
//! | `peer KIND ADDRESS:PORT KEY=VALUE...` | a service; [`KEYS`] lists kinds and keys. The first one is `peer 1` |
//! | `latency 30ms`, `window 4096` | of the network, one way; bytes |
//!
//! and the steps, each followed by everything that the module says because of it:
//!
//! | line | means |
//! |---|---|
//! | `> AT+CSQ` | the host sends this and CR; no escapes |
//! | `>> abc\x1a` | the host sends exactly this; escapes as in `<` |
//! | `< +CSQ: 31,99\r\n` | the module says exactly this. Split behind every LF |
//! | `host sends ca` | the host sends the content of a file; [`SELECTORS`] |
//! | `usbat> ...`, `usbat>> ...`, `usbat< ...` | the same on a port by name |
//! | `+120ms` | time passes (`us`, `ms`, `s`, `m`, `h`) |
//! | `peer 1 sends "..."`, `peer 1 closes`, `peer 1 cuts`, `peer 1 resets` | data; close_notify and FIN; FIN alone; RST |
//! | `peer 1 stops`, `peer 1 reads` | it stops taking data and takes it again |
//! | `peer 1 got "..."`, `peer 1 got nothing` | all data it has had since the last such line |
//! | `peer 1 saw close_notify`, `peer 1 missed sni a.example` | a fact that the peer has noted on this connection, or not |
//! | `peer 1 met 2` | how many connections it has had |
//! | `dtr off`, `dtr on`, `detach`, `attach`, `host stops`, `host reads` | what the host does besides sending |
//! | `dcd on`, `dcd off` | the module drives DCD so |
//! | `stored a.pem "..."`, `stored a.pem nothing` | the content that is durable under this name |
//! | `stop` | the operator ends the module |
//! | `event "..."`, `no event "..."` | an event since the last such line contains this, failures with their remedy and kind; none at all does |
//!
//! Escapes: `\r`, `\n`, `\t`, `\\`, `\"`, `\xNN`, and `\{1460*x}` for a byte many times.

pub mod escape;
mod fixture;
mod parse;
mod play;
mod service;
#[cfg(test)]
mod tests;

pub use fixture::{SELECTORS, fixture};
pub use service::{KEYS, service};

use crate::world::Split;
use std::fmt;

/// Where a transcript fails and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The line of the file, counted from 1.
    pub line: usize,
    /// What is wrong, over several lines where that helps.
    pub what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// Plays a transcript once for every way to cut the hosts' bytes. The output of each port is also read
/// by the strict [`crate::dte`].
pub fn check(text: &str) -> Result<(), Failure> {
    let script = parse::script(text)?;
    for split in [Split::Whole, Split::Bytes, Split::Random(1), Split::Random(2)] {
        let name = format!("{split:?}");
        play::play(&script, split).map_err(|f| Failure { what: format!("({name}) {}", f.what), ..f })?;
    }
    Ok(())
}

/// The transcript with every `<` line as the module says it now. Everything else still has to hold.
pub fn update(text: &str) -> Result<String, Failure> {
    play::update(&parse::script(text)?, text)
}
