//! AT → OK over a pty, beside a thread that sends the bytes of the answer back over a pty.

use super::{Result, Row, modemtwin, percentiles};
use daemon::{Place, open_as_host};
use modemtwin::dte::Dte;
use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{OptionalActions, tcgetattr, tcsetattr},
};
use std::{
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// Measured in turns, so that a change of the machine's mood meets both.
const TURNS: usize = 40;
const ROUNDS: usize = 500;
const COMMAND: &[u8] = b"AT\r";
const ANSWER: &[u8] = b"AT\r\r\nOK\r\n";

pub(super) fn measure(program: &Path) -> Result<Row> {
    let (_running, place) = modemtwin(program)?;
    let mut module = Dte::open(&place)?;
    let mut echo = Dte::open(&Place::Pty(bare_echo()?))?;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        rounds(&mut module, COMMAND, &mut ours)?;
        rounds(&mut echo, ANSWER, &mut bare)?;
    }
    let ((ours, ours_99), (bare, bare_99)) = (percentiles(ours), percentiles(bare));
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

fn rounds(dte: &mut Dte, say: &[u8], times: &mut Vec<Duration>) -> Result<()> {
    for _ in 0..ROUNDS {
        let start = Instant::now();
        dte.say(say)?;
        let heard = dte.hear_exactly(ANSWER.len())?;
        times.push(start.elapsed());
        if heard != ANSWER {
            return Err(format!("heard {}", heard.escape_ascii()).into());
        }
    }
    Ok(())
}

/// The simplest thing that can sit behind a pty: a blocking read, a blocking write.
fn bare_echo() -> Result<PathBuf> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let path = PathBuf::from(ptsname(&master, Vec::new())?.into_string()?);
    let slave = open_as_host(&path)?;
    let mut modes = tcgetattr(&slave)?;
    modes.make_raw();
    tcsetattr(&slave, OptionalActions::Now, &modes)?;
    thread::spawn(move || {
        // The open slave keeps the line up until the measuring side has opened it.
        let _slave = slave;
        echo(&master)
    });
    Ok(path)
}

fn echo(master: &OwnedFd) -> rustix::io::Result<()> {
    let mut buf = [0; 4096];
    loop {
        let n = rustix::io::read(master, &mut buf)?;
        rustix::io::write(master, buf.get(..n).unwrap_or_default())?;
    }
}
