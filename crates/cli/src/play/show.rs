//! What `modemtwin play` prints.

use super::Outcome;
use scenario::{
    transcript::{Difference, Failure},
    world::{Event, Instant},
};
use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
    path::Path,
};

/// What is printed.
pub(crate) struct Show {
    out: io::Stdout,
    colours: bool,
}

const RED: &str = "31";
const GREEN: &str = "32";
const CYAN: &str = "36";

impl Show {
    pub(crate) fn new() -> Show {
        let out = io::stdout();
        let colours = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Show { out, colours }
    }

    /// What came of a file, in lines without colours.
    pub(super) fn plain(path: &Path, outcome: &Outcome) -> String {
        Show { out: io::stdout(), colours: false }.text(path, outcome)
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        if self.colours { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// What came of a file. Whoever does not read this still gets the exit code.
    pub(crate) fn outcome(&mut self, path: &Path, outcome: &Outcome) {
        let text = self.text(path, outcome);
        self.print(&text);
    }

    /// The same in lines.
    fn text(&self, path: &Path, outcome: &Outcome) -> String {
        let path = path.display();
        match outcome {
            Outcome::Holds => format!("{} {path}\n", self.paint(GREEN, "ok     ")),
            Outcome::Updated => format!("{} {path}\n", self.paint(CYAN, "updated")),
            Outcome::Different(failure) => self.failure(&path, "failed ", failure),
            Outcome::Wrong(failures) => {
                failures.iter().map(|failure| self.failure(&path, "wrong  ", failure)).collect()
            }
            Outcome::Unreadable(e) => {
                let how = self.paint(RED, "wrong  ");
                let remedy = match e.kind() {
                    io::ErrorKind::FileTooLarge => "check the path; of a long recording take a part",
                    _ => "check the path and who may read and write it",
                };
                format!("{how} {path}: {e}; {remedy}\n")
            }
        }
    }

    fn failure(&self, path: &impl Display, how: &str, failure: &Failure) -> String {
        let how = self.paint(RED, how);
        let mut text = format!("{how} {path}:{}: {}", failure.line, failure.what);
        if let Some(remedy) = &failure.remedy {
            text += &format!("; {remedy}");
        }
        text.push('\n');
        for line in &failure.diff {
            let shown = line.to_string();
            text += &match line {
                Difference::Both(_) => shown,
                Difference::Wanted(_) => self.paint(RED, &shown),
                Difference::Found(_) => self.paint(GREEN, &shown),
            };
            text.push('\n');
        }
        if !failure.diff.is_empty() {
            text += "  (- as the file has it, + as it is)\n";
        }
        text
    }

    pub(super) fn events(&mut self, path: &Path, events: &[(Instant, Event)]) {
        let mut text = format!("        {}\n", path.display());
        for (at, event) in events.iter().filter(|(_, event)| !matches!(event, Event::KeyLog(_))) {
            let micros = at.as_micros();
            text += &format!("{:>8}.{:06} {event}\n", micros / 1_000_000, micros % 1_000_000);
        }
        self.print(&text);
    }

    pub(super) fn summary(&mut self, ok: usize, different: usize, wrong: usize) {
        let all = ok + different + wrong;
        let mut text = format!("{all} scenario{}: {ok} ok", if all == 1 { "" } else { "s" });
        for (count, how) in [(different, "failed"), (wrong, "wrong")] {
            if count > 0 {
                text += &format!(", {}", self.paint(RED, &format!("{count} {how}")));
            }
        }
        self.print(&(text + "\n"));
    }

    fn print(&mut self, text: &str) {
        let _ = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
    }
}
