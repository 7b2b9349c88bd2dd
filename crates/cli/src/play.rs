//! `modemtwin play`: scenario files, in virtual time or with a driver.

mod junit;
mod show;

pub(crate) use show::Show;

use crate::{
    args,
    lint::{LintArgs, has_failed},
    live,
};
use clap::Args;
use daemon::{AtPort, Endpoint, HostLint, LintView};
use junit::Report;
use scenario::{
    transcript::{
        Failure, Scenario,
        live::{Live, Pace},
    },
    world::{Event, Instant, Split},
};
use std::{
    error::Error,
    fs::{self, File},
    io::{self, ErrorKind, Read},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant as OsInstant},
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
  modemtwin play --junit results.xml tests/
      The outcomes for a CI system, too
  modemtwin play --port uart1=pty:/tmp/modem poll.at
      In real time: your driver on /tmp/modem is the host, and is to send what the > lines say
  modemtwin play --port uart1=pty:/tmp/modem --lint - --fail-on-lint poll.at
      The same, and what the driver does wrong

Exit codes:
  0  every scenario holds
  1  a scenario does not hold: the module, or the driver, does something else, or it was stopped by a signal; or a port
     or a file to write could not be had
  2  the command line is wrong, a file cannot be read, or a line in it is wrong
  3  every scenario holds, and --fail-on-lint: the driver did something wrong";

/// What a scenario that does not hold leads to, and one that cannot be played.
const DIFFERENT: u8 = 1;
const WRONG: u8 = 2;

#[derive(Args, Debug)]
pub(crate) struct PlayArgs {
    /// Scenario files, - for standard input, and folders in which every *.at is one
    #[arg(value_name = "FILE|DIR|-", required = true)]
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
    /// Write the outcomes as JUnit XML, for CI systems
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    #[command(flatten)]
    lint: LintArgs,
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
    let lint = args.lint.open()?;
    if lint.is_some() && args.ports.is_empty() {
        return Err(
            "--lint and what belongs to it watch a driver, and there is none: add --port uart1=pty".into()
        );
    }
    if args.update && args.paths.iter().any(|path| path == Path::new(STDIN)) {
        return Err("--update writes files, and - is none: name the file".into());
    }
    if args.junit.as_deref() == Some(Path::new("-")) {
        return Err(
            "--junit writes a file, and standard output has the outcomes for people: name a file".into()
        );
    }
    let files = match files(&args.paths) {
        Ok(files) => files,
        Err(why) => {
            eprintln!("modemtwin: {why}");
            return Ok(ExitCode::from(WRONG));
        }
    };
    let mut show = Show::new();
    let mut report = Report::default();
    let mut lints = Vec::new();
    for path in files {
        let begin = OsInstant::now();
        let Played { outcome, events, stopped, view } = play_file(&path, args, lint.as_ref())?;
        if args.trace {
            show.events(&path, &events);
        }
        show.outcome(&path, &outcome);
        report.add(path, outcome, begin.elapsed());
        lints.extend(view);
        if stopped {
            break;
        }
    }
    let [ok, different, wrong] = report.counts();
    show.summary(ok, different, wrong);
    if let Some(path) = &args.junit {
        fs::write(path, report.to_string())
            .map_err(|e| format!("{}: {e}; give --junit a file that can be written", path.display()))?;
    }
    if let Some(lint) = &lint {
        lint.write_coverage(&LintView::coverage_of(&lints))?;
    }
    let limit = args.lint.fail_on_lint;
    let lints: Vec<_> = lints.into_iter().filter_map(|view| Some((view, limit?))).collect();
    Ok(match (different, wrong) {
        (_, 1..) => ExitCode::from(WRONG),
        (1.., 0) => ExitCode::from(DIFFERENT),
        (0, 0) if has_failed(&lints) => ExitCode::from(crate::LINT),
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

/// A file that was played.
struct Played {
    outcome: Outcome,
    /// What has happened inside.
    events: Vec<(Instant, Event)>,
    /// A signal has ended it.
    stopped: bool,
    /// What was seen of its driver, if that was watched.
    view: Option<LintView>,
}

impl From<Outcome> for Played {
    fn from(outcome: Outcome) -> Played {
        Played { outcome, events: Vec::new(), stopped: false, view: None }
    }
}

fn play_file(path: &Path, args: &PlayArgs, lint: Option<&HostLint>) -> Result<Played, Box<dyn Error>> {
    let scenario = match read(path) {
        Ok(scenario) => scenario,
        Err(outcome) => return Ok(outcome.into()),
    };
    if args.update {
        return Ok(update(path, &scenario).into());
    }
    if args.ports.is_empty() {
        let mut events = Vec::new();
        let outcome = scenario
            .play(args.split.clone(), &mut events)
            .map_or_else(Outcome::Different, |()| Outcome::Holds);
        return Ok(Played { events, ..outcome.into() });
    }
    let pace = Pace { patience: Duration::from_secs(args.patience.into()), fast: false };
    let mut live = match Live::with_module(&scenario, pace) {
        Ok(live) => live,
        Err(failure) => return Ok(Outcome::Wrong(vec![failure]).into()),
    };
    let lint = lint.map(HostLint::start);
    let ended = live::run(&mut live, scenario.ports(), &args.ports, lint.as_ref())?;
    Ok(Played {
        outcome: ended.verdict.map_or_else(Outcome::Different, |()| Outcome::Holds),
        events: live.events().to_vec(),
        stopped: ended.stopped,
        view: lint.map(|lint| lint.view()),
    })
}

/// Writes a file as the module says it now.
fn update(path: &Path, scenario: &Scenario) -> Outcome {
    match scenario.update() {
        Err(failure) => Outcome::Different(failure),
        Ok(text) if text == scenario.text() => Outcome::Holds,
        Ok(text) => fs::write(path, text).map_or_else(Outcome::Unreadable, |()| Outcome::Updated),
    }
}

/// Standard input in place of a file.
const STDIN: &str = "-";

/// Reads a scenario, and the files beside it that it names.
pub(crate) fn read(path: &Path) -> Result<Scenario, Outcome> {
    let bytes = if path == Path::new(STDIN) { whole(io::stdin().lock()) } else { whole_file(path) };
    let text = String::from_utf8(bytes.map_err(Outcome::Unreadable)?)
        .map_err(|e| Outcome::Wrong(vec![Failure::no_text(e.as_bytes(), e.utf8_error().valid_up_to())]))?;
    let beside = path.parent().unwrap_or(Path::new(""));
    let load = |name: &str| {
        whole_file(&beside.join(name)).map_err(|e| format!("{}: {e}", beside.join(name).display()))
    };
    Scenario::parse(&text, &load).map_err(Outcome::Wrong)
}

/// Most of a file, in MiB: days of a recorded dialogue. To play so much takes some GiB, and a device or a pipe may have
/// no end.
const MOST_MIB: u64 = 256;

fn whole_file(path: &Path) -> io::Result<Vec<u8>> {
    File::open(path).and_then(whole)
}

/// Reads everything, which must not be too much.
fn whole(from: impl Read) -> io::Result<Vec<u8>> {
    let most = MOST_MIB << 20;
    let mut bytes = Vec::new();
    if from.take(most + 1).read_to_end(&mut bytes)? as u64 > most {
        return Err(io::Error::new(ErrorKind::FileTooLarge, format!("this is longer than {MOST_MIB} MiB")));
    }
    Ok(bytes)
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
