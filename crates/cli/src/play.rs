//! `modemtwin play`: scenario files, in virtual time or with a driver.

use crate::{args, live};
use clap::Args;
use daemon::{AtPort, Endpoint};
use scenario::{
    transcript::{
        Difference, Failure, Scenario,
        live::{Live, Pace},
    },
    world::{Event, Instant, Split},
};
use std::{
    error::Error,
    fmt::Display,
    fs,
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

pub(crate) const PLAY_HELP: &str = "\
Examples:
  modemtwin play poll.at
      One scenario, in virtual time
  modemtwin play tests/ more/
      All *.at in folders and what is below them
  modemtwin play --update poll.at
      Writes its < lines as the module says them now
  modemtwin play --split random:7 poll.at
      The host's bytes in other pieces; nothing else may change
  modemtwin play --port uart1=pty:/tmp/modem poll.at
      In real time: your driver on /tmp/modem is the host, and is to send what the > lines say

Exit codes:
  0  every scenario holds
  1  a scenario does not hold: the module, or the driver, does something else; or a port could not be had
  2  a file cannot be read, or a line in it is wrong";

/// What a scenario that does not hold leads to, and one that cannot be played.
const DIFFERENT: u8 = 1;
const WRONG: u8 = 2;

#[derive(Args, Debug)]
pub(crate) struct PlayArgs {
    /// Scenario files, and folders in which every *.at is one
    #[arg(value_name = "FILE|DIR", required = true)]
    paths: Vec<PathBuf>,
    /// Write the `<` lines of the files as the module says them now
    #[arg(long)]
    update: bool,
    /// In which pieces the host's bytes come: whole, bytes, or random[:SEED]
    #[arg(long, value_name = "HOW", default_value = "whole", value_parser = split)]
    split: Split,
    /// Show what happens inside
    #[arg(long)]
    trace: bool,
    /// Play in real time with a driver at this port, as of `modemtwin run`. May be repeated
    #[arg(long = "port", value_name = "NAME=ENDPOINT", value_parser = args::port, conflicts_with_all = ["update", "split"])]
    ports: Vec<(AtPort, Endpoint)>,
    /// With a driver: how many seconds anything is waited for
    #[arg(long, value_name = "SECONDS", default_value_t = 30, requires = "ports")]
    patience: u32,
}

fn split(text: &str) -> Result<Split, &'static str> {
    match text.split_once(':').unwrap_or((text, "1")) {
        ("whole", "1") => Ok(Split::Whole),
        ("bytes", "1") => Ok(Split::Bytes),
        ("random", seed) => {
            seed.parse().map(Split::Random).map_err(|_| "the seed is a number, as in random:7")
        }
        _ => Err("write whole, bytes or random[:SEED]"),
    }
}

/// Plays everything, says what came of it, and how many.
pub(crate) fn play(args: &PlayArgs) -> Result<ExitCode, Box<dyn Error>> {
    let mut show = Show::new();
    let (mut ok, mut different, mut wrong) = (0, 0, 0);
    for path in files(&args.paths)? {
        let mut events = Vec::new();
        let outcome = play_file(&path, args, &mut events)?;
        if args.trace {
            show.events(&path, &events);
        }
        match outcome {
            Outcome::Holds | Outcome::Updated => ok += 1,
            Outcome::Different(_) => different += 1,
            Outcome::Wrong(_) | Outcome::Unreadable(_) => wrong += 1,
        }
        show.outcome(&path, &outcome);
    }
    show.summary(ok, different, wrong);
    Ok(match (different, wrong) {
        (_, 1..) => ExitCode::from(WRONG),
        (1.., 0) => ExitCode::from(DIFFERENT),
        (0, 0) => ExitCode::SUCCESS,
    })
}

/// What came of a file.
pub(crate) enum Outcome {
    Holds,
    Updated,
    Different(Failure),
    Wrong(Vec<Failure>),
    Unreadable(io::Error),
}

impl Outcome {
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Outcome::Holds | Outcome::Updated => ExitCode::SUCCESS,
            Outcome::Different(_) => ExitCode::from(DIFFERENT),
            Outcome::Wrong(_) | Outcome::Unreadable(_) => ExitCode::from(WRONG),
        }
    }
}

fn play_file(
    path: &Path,
    args: &PlayArgs,
    events: &mut Vec<(Instant, Event)>,
) -> Result<Outcome, Box<dyn Error>> {
    let scenario = match read(path) {
        Ok(scenario) => scenario,
        Err(outcome) => return Ok(outcome),
    };
    if args.update {
        return Ok(match scenario.update() {
            Err(failure) => Outcome::Different(failure),
            Ok(text) if text == scenario.text() => Outcome::Holds,
            Ok(text) => fs::write(path, text).map_or_else(Outcome::Unreadable, |()| Outcome::Updated),
        });
    }
    if args.ports.is_empty() {
        let played = scenario.play(args.split.clone(), events);
        return Ok(played.map_or_else(Outcome::Different, |()| Outcome::Holds));
    }
    let pace = Pace { patience: Duration::from_secs(args.patience.into()), fast: false };
    let mut live = match Live::with_module(&scenario, pace) {
        Ok(live) => live,
        Err(failure) => return Ok(Outcome::Wrong(vec![failure])),
    };
    let outcome = live::run(&mut live, scenario.ports(), &args.ports)?;
    events.extend_from_slice(live.events());
    Ok(outcome.map_or_else(Outcome::Different, |()| Outcome::Holds))
}

/// Reads a scenario, and the files beside it that it names.
pub(crate) fn read(path: &Path) -> Result<Scenario, Outcome> {
    let bytes = fs::read(path).map_err(Outcome::Unreadable)?;
    let text = String::from_utf8(bytes)
        .map_err(|e| Outcome::Wrong(vec![Failure::no_text(e.as_bytes(), e.utf8_error().valid_up_to())]))?;
    let beside = path.parent().unwrap_or(Path::new(""));
    let load =
        |name: &str| fs::read(beside.join(name)).map_err(|e| format!("{}: {e}", beside.join(name).display()));
    Scenario::parse(&text, &load).map_err(Outcome::Wrong)
}

/// The files, and those in folders, in order.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        collect(path, &mut files)
            .map_err(|e| format!("{}: {e}; give files, or folders that can be read", path.display()))?;
        if files.len() == before {
            return Err(format!(
                "{}: there is no *.at in it; give a file, or another folder",
                path.display()
            ));
        }
    }
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "at") {
            files.push(path);
        }
    }
    Ok(())
}

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

    fn paint(&self, colour: &str, text: &str) -> String {
        if self.colours { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// What came of a file. Whoever does not read this still gets the exit code.
    pub(crate) fn outcome(&mut self, path: &Path, outcome: &Outcome) {
        let path = path.display();
        let line = match outcome {
            Outcome::Holds => format!("{} {path}\n", self.paint(GREEN, "ok     ")),
            Outcome::Updated => format!("{} {path}\n", self.paint(CYAN, "updated")),
            Outcome::Different(failure) => self.failure(&path, "failed ", failure),
            Outcome::Wrong(failures) => {
                failures.iter().map(|failure| self.failure(&path, "wrong  ", failure)).collect()
            }
            Outcome::Unreadable(e) => {
                let how = self.paint(RED, "wrong  ");
                format!("{how} {path}: {e}; check the path and who may read and write it\n")
            }
        };
        self.print(&line);
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

    fn events(&mut self, path: &Path, events: &[(Instant, Event)]) {
        let mut text = format!("        {}\n", path.display());
        for (at, event) in events.iter().filter(|(_, event)| !matches!(event, Event::KeyLog(_))) {
            let micros = at.as_micros();
            text += &format!("{:>8}.{:06} {event}\n", micros / 1_000_000, micros % 1_000_000);
        }
        self.print(&text);
    }

    fn summary(&mut self, ok: usize, different: usize, wrong: usize) {
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
