//! AT → OK over a pty, beside a process that does nothing but send back what it reads.
//!
//! All on one processor: waking another one that sleeps takes longer than everything that is measured here, and
//! whether it happens is the scheduler's whim. What a pty is given is moved on by a worker of the kernel, which may run
//! elsewhere all the same; so the best of many turns counts, on both sides.

use super::{Result, Row, Running, modemtwin, on_one_processor, percentiles};
use daemon::{Place, open_as_host};
use modemtwin::dte::Dte;
use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{OptionalActions, tcgetattr, tcsetattr},
};
use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// Measured in turns, so that a change of the machine's mood meets both.
const TURNS: usize = 40;
const ROUNDS: usize = 500;
const COMMAND: &[u8] = b"AT\r";
const ANSWER: &[u8] = b"AT\r\r\nOK\r\n";

pub(super) fn measure(program: &Path) -> Result<Row> {
    on_one_processor(|| compare(program))
}

fn compare(program: &Path) -> Result<Row> {
    let (_running, place) = modemtwin(program)?;
    let mut module = Dte::open(&place)?;
    let (_echo, place) = bare_echo()?;
    let mut echo = Dte::open(&place)?;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        ours.push(percentiles(rounds(&mut module, COMMAND)?));
        bare.push(percentiles(rounds(&mut echo, ANSWER)?));
    }
    let best = |turns: Vec<(Duration, Duration)>| turns.into_iter().min().unwrap_or_default();
    let ((ours, ours_99), (bare, bare_99)) = (best(ours), best(bare));
    let ratio = ours.as_secs_f64() / bare.as_secs_f64();
    Ok(Row {
        what: "AT -> OK over a pty, p50 (p99)".into(),
        ours: format!("{} ({}) us", ours.as_micros(), ours_99.as_micros()),
        reference: Some(format!("echo {} ({}) us", bare.as_micros(), bare_99.as_micros())),
        ratio: format!("{ratio:.2}"),
        goal: "at most 2".into(),
        met: ratio <= 2.0,
    })
}

fn rounds(dte: &mut Dte, say: &[u8]) -> Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        dte.say(say)?;
        let heard = dte.hear_exactly(ANSWER.len())?;
        times.push(start.elapsed());
        if heard != ANSWER {
            return Err(format!("heard {}", heard.escape_ascii()).into());
        }
    }
    Ok(times)
}

/// This program once more, as [`echo`].
fn bare_echo() -> Result<(Running, Place)> {
    let program = std::env::current_exe()?;
    let mut child = Command::new(program).args(["bench", "echo"]).stdout(Stdio::piped()).spawn()?;
    let out = child.stdout.take().ok_or("no output")?;
    let running = Running(child);
    let path = BufReader::new(out).lines().next().ok_or("no echo")??;
    Ok((running, Place::Pty(path.into())))
}

/// The simplest thing that can sit behind a pty: a blocking read, a blocking write. Prints the path first.
pub(super) fn echo() -> Result<()> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let path = PathBuf::from(ptsname(&master, Vec::new())?.into_string()?);
    // This open slave keeps the line up until the measuring side has opened it.
    let slave = open_as_host(&path)?;
    let mut modes = tcgetattr(&slave)?;
    modes.make_raw();
    tcsetattr(&slave, OptionalActions::Now, &modes)?;
    writeln!(std::io::stdout(), "{}", path.display())?;
    let mut buf = [0; 4096];
    loop {
        let n = rustix::io::read(&master, &mut buf)?;
        rustix::io::write(&master, buf.get(..n).unwrap_or_default())?;
    }
}
