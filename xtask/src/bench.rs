//! `cargo xtask bench`: what speed and memory are, each figure beside a reference measured in the same run.
//!
//! Everything is a release build: the program measured, and what measures it, parts of which are measured, too.

mod cmux;
mod faults;
mod files;
mod latency;
mod many;
mod memory;
mod rfc2217;
mod sockets;
mod start;
mod throughput;
mod trace;

use daemon::Place;
use modemtwin::dte::Dte;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::{
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// One line of the table.
pub(crate) struct Row {
    what: String,
    ours: String,
    /// What it is measured against, and how that did. None: there is a fixed limit instead.
    reference: Option<String>,
    /// Ours to the reference's or the limit's, as printed.
    ratio: String,
    goal: String,
    met: bool,
}

/// Measures everything, or one part of it, and prints the table.
pub(crate) fn run(part: Option<&str>) -> std::result::Result<(), String> {
    if cfg!(debug_assertions) {
        return in_release(part).map_err(|e| format!("bench: {e}"));
    }
    if part == Some("echo") {
        // Started by the measurement of latency.
        return latency::echo().map_err(|e| format!("bench: {e}"));
    }
    if part == Some("copy") {
        // Started by the measurement of files.
        return files::copy().map_err(|e| format!("bench: {e}"));
    }
    if let Some(work) = part.and_then(|part| part.strip_prefix("faults ")) {
        // Started by the measurement of faults.
        return faults::work(work).map_err(|e| format!("bench: {e}"));
    }
    let rows = measure(part).map_err(|e| format!("bench: {e}"))?;
    print(&rows).map_err(|e| format!("bench: {e}"))
}

/// The same by the release build of this program.
fn in_release(part: Option<&str>) -> Result<()> {
    let status = Command::new(build("xtask", "release")?).arg("bench").args(part).status()?;
    if status.success() { Ok(()) } else { Err(format!("the release build says: {status}").into()) }
}

fn print(rows: &[Row]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{:<46} {:>16} {:>24} {:>6}  goal", "", "modemtwin", "reference", "ratio")?;
    for row in rows {
        let reference = row.reference.as_deref().unwrap_or("-");
        let verdict = if row.met { "" } else { "  MISSED" };
        let Row { what, ours, ratio, goal, .. } = row;
        writeln!(out, "{what:<46} {ours:>16} {reference:>24} {ratio:>6}  {goal}{verdict}")?;
    }
    Ok(())
}

fn measure(part: Option<&str>) -> Result<Vec<Row>> {
    if part == Some("faults") {
        // In memory: it takes no program.
        return faults::measure();
    }
    let program = build("modemtwin", "release")?;
    let wanted = |name| part.is_none_or(|part| part == name);
    let mut rows = Vec::new();
    if wanted("latency") {
        rows.push(latency::measure(&program)?);
    }
    if wanted("throughput") {
        rows.extend(throughput::measure(&program)?);
    }
    if wanted("trace") {
        rows.extend(trace::measure(&program)?);
    }
    if wanted("sockets") {
        rows.extend(sockets::measure(&program)?);
    }
    if wanted("files") {
        rows.extend(files::measure(&program)?);
    }
    if wanted("cmux") {
        rows.extend(cmux::measure(&program)?);
    }
    if wanted("start") {
        rows.extend(start::measure(&program)?);
    }
    if wanted("memory") {
        rows.push(memory::measure()?);
    }
    if wanted("rfc2217") {
        rows.push(rfc2217::measure(&program)?);
    }
    if wanted("many") {
        rows.extend(many::measure(&program)?);
    }
    if wanted("faults") {
        rows.extend(faults::measure()?);
    }
    if rows.is_empty() { Err("there is no such part".into()) } else { Ok(rows) }
}

/// The program of a package, built with a profile of cargo.
pub(crate) fn build(package: &str, profile: &str) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--profile", profile, "--package", package])
        .args(["--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let (_, rest) = text.rsplit_once("\"executable\":\"").ok_or("cargo built no program")?;
    let (path, _) = rest.split_once('"').ok_or("cargo names no program")?;
    Ok(path.into())
}

/// Measures with everything on one processor, so that the scheduler does not choose each time where a program wakes.
fn on_one_processor<T>(measure: impl FnOnce() -> Result<T>) -> Result<T> {
    let everywhere = sched_getaffinity(None)?;
    let mut here = CpuSet::new();
    here.set((0..CpuSet::MAX_CPU).find(|cpu| everywhere.is_set(*cpu)).unwrap_or_default());
    // Programs started from here stay here too.
    sched_setaffinity(None, &here)?;
    let result = measure();
    sched_setaffinity(None, &everywhere)?;
    result
}

/// A program that ends with the value.
pub(crate) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts modemtwin and waits until it is ready; what it prints before that.
fn start(program: &Path, args: &[&str]) -> Result<(Running, Vec<String>)> {
    let mut child = Command::new(program).args(args).stdout(Stdio::piped()).spawn()?;
    let out = child.stdout.take().ok_or("no output")?;
    let running = Running(child);
    let mut lines = Vec::new();
    for line in BufReader::new(out).lines() {
        match line? {
            line if line == "ready" => return Ok((running, lines)),
            line => lines.push(line),
        }
    }
    Err("it ended".into())
}

/// Starts modemtwin with one pty.
fn modemtwin(program: &Path) -> Result<(Running, Place)> {
    modemtwin_at(program, "pty", &[])
}

/// The same with its port at another endpoint, and more arguments.
pub(crate) fn modemtwin_at(program: &Path, endpoint: &str, more: &[&str]) -> Result<(Running, Place)> {
    let port = format!("--port=uart1={endpoint}");
    let (running, lines) = start(program, &[&[port.as_str()], more].concat())?;
    let port = lines.first().ok_or("no port line")?;
    let place = match port.splitn(4, ' ').collect::<Vec<_>>().as_slice() {
        ["port", "uart1", "pty", path] => Place::Pty(path.into()),
        ["port", "uart1", "tcp", address] => Place::Tcp(address.parse()?),
        _ => return Err(format!("no port: {port}").into()),
    };
    Ok((running, place))
}

/// The middle one, and the one that only a hundredth exceeds.
fn percentiles(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    (at(50), at(99))
}

fn ok(dte: &mut Dte, line: &str) -> Result<()> {
    let answer = dte.command(line)?;
    if answer.ends_with("\r\nOK\r\n") { Ok(()) } else { Err(format!("{line}: {answer}").into()) }
}
