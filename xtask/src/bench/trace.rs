//! What it costs to write down what happens: transparent mode with a trace or a capture beside the same without.
//!
//! Both programs are there all the time and take turns, so that a machine that is faster or slower for a while is so for
//! both. What a trace leaves to do for later is waited for, and counts.

use super::{
    Result, Row, Running,
    throughput::{Direction, Payload, connected, pass, processor_time, with_server},
};
use modemtwin::dte::Dte;
use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// Turns of each, and bytes in a turn; the middle one of the ratios counts. Many short ones say more than few long ones on
/// a machine that has other things to do.
const ROUNDS: usize = 11;
const LENGTH: usize = 8 * 1024 * 1024;
/// A program whose threads have not run for so long has nothing left to do.
const QUIET: Duration = Duration::from_millis(30);

/// What is switched on, and whether it minds what the bytes are.
const OPTIONS: [(&str, bool); 5] =
    [("--trace", true), ("--trace-json", true), ("--pcapng", false), ("--lint", false), ("--control", false)];

pub(super) fn measure(program: &Path) -> Result<Vec<Row>> {
    with_server(|port, folder| {
        let mut rows = Vec::new();
        for (option, minds) in OPTIONS {
            for (direction, way) in [(Direction::Up, "pty -> TLS"), (Direction::Down, "TLS -> pty")] {
                let kinds = [(Payload::Mixed, "all bytes"), (Payload::Plain, "text")];
                for (payload, kind) in kinds.into_iter().take(if minds { 2 } else { 1 }) {
                    let what = format!("{option}, {way}, {kind}");
                    rows.push(compare(program, port, folder, option, (direction, payload), what)?);
                }
            }
        }
        Ok(rows)
    })
}

fn compare(
    program: &Path,
    port: u16,
    folder: &Path,
    option: &str,
    (direction, payload): (Direction, Payload),
    what: String,
) -> Result<Row> {
    let written = folder.join("written");
    let file = written.to_str().ok_or("a temporary folder with a strange name")?;
    let value = if option == "--control" { "127.0.0.1:0" } else { file };
    let mut without = Side::start(program, port, folder, &[])?;
    let mut with = Side::start(program, port, folder, &[option, value])?;
    let mut ratios = Vec::new();
    for round in 0..ROUNDS {
        // In both orders, so that neither is always behind the other.
        let (first, second) =
            if round % 2 == 0 { (&mut without, &mut with) } else { (&mut with, &mut without) };
        first.turn(direction, payload)?;
        second.turn(direction, payload)?;
        ratios.push(without.last().as_secs_f64() / with.last().as_secs_f64());
    }
    let kept = fs::metadata(&written).map_or(0, |file| file.len());
    let _ = fs::remove_file(&written);
    ratios.sort_unstable_by(f64::total_cmp);
    let ratio = ratios[ROUNDS / 2];
    Ok(Row {
        what,
        ours: with.figure(),
        reference: Some(format!("without {}", without.figure())),
        ratio: format!("{ratio:.2}"),
        goal: format!(
            "at least 0.9 (half of all {:.2} to {:.2}; {:.1} written a byte)",
            ratios[ROUNDS / 4],
            ratios[ROUNDS - 1 - ROUNDS / 4],
            kept as f64 / (ROUNDS * LENGTH) as f64
        ),
        met: ratio >= 0.9,
    })
}

/// One of the two programs, in transparent mode with the server.
struct Side {
    running: Running,
    dte: Dte,
    /// What each turn took: time, and processor time of all threads.
    turns: Vec<(Duration, Duration)>,
}

impl Side {
    fn start(program: &Path, port: u16, folder: &Path, more: &[&str]) -> Result<Side> {
        let (running, dte) = connected(program, port, folder, more)?;
        Ok(Side { running, dte, turns: Vec::new() })
    }

    fn turn(&mut self, direction: Direction, payload: Payload) -> Result<()> {
        let before = processor_time(&self.running)?;
        let elapsed = pass(&mut self.dte, direction, payload, LENGTH)?;
        let passed = processor_time(&self.running)?;
        let settled = self.settled()?;
        // Work that was put off is work all the same.
        self.turns.push((elapsed + (settled - passed), settled - before));
        Ok(())
    }

    /// Waits until the threads of the program rest, and says what they have taken until then.
    fn settled(&self) -> Result<Duration> {
        let (mut taken, mut since) = (processor_time(&self.running)?, Instant::now());
        while since.elapsed() < QUIET {
            thread::sleep(QUIET / 10);
            let now = processor_time(&self.running)?;
            if now != taken {
                (taken, since) = (now, Instant::now());
            }
        }
        Ok(taken)
    }

    fn last(&self) -> Duration {
        self.turns.last().map_or(Duration::ZERO, |(time, _)| *time)
    }

    /// The middle ones of its rates and its efforts.
    fn figure(&self) -> String {
        let middle = |mut all: Vec<Duration>| {
            all.sort_unstable();
            all[all.len() / 2].as_secs_f64()
        };
        let (time, processor) = self.turns.iter().copied().unzip();
        let rate = LENGTH as f64 / 1e6 / middle(time);
        let effort = middle(processor) * 1e3 / (LENGTH as f64 / 1024.0 / 1024.0);
        format!("{rate:.0} MB/s, {effort:.1} ms/MiB")
    }
}
