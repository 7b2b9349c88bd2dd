//! What it costs to write down what happens: transparent mode with a trace or a capture beside the same without.

use super::{
    Result, Row,
    throughput::{Direction, LENGTH, connected, transfer, with_server},
};
use std::{fs, path::Path};

/// The best of so many counts, on all sides.
const TRIES: usize = 6;

pub(super) fn measure(program: &Path) -> Result<Vec<Row>> {
    with_server(|port, folder| compare(program, port, folder))
}

fn compare(program: &Path, port: u16, folder: &Path) -> Result<Vec<Row>> {
    const OPTIONS: [&str; 4] = ["", "--trace", "--trace-json", "--pcapng"];
    let written = folder.join("written");
    let file = written.to_str().ok_or("a temporary folder with a strange name")?;
    let mut rows = Vec::new();
    for (direction, name) in [(Direction::Up, "pty -> TLS"), (Direction::Down, "TLS -> pty")] {
        let (mut best, mut kept) = ([0f64; 4], [0u64; 4]);
        for _ in 0..TRIES {
            for ((option, best), kept) in OPTIONS.iter().zip(&mut best).zip(&mut kept) {
                let more: &[&str] = if option.is_empty() { &[] } else { &[option, file] };
                let (running, mut dte) = connected(program, port, folder, more)?;
                let (rate, _) = transfer(&mut dte, &running, direction)?;
                *best = best.max(rate);
                if !option.is_empty() {
                    *kept = (*kept).max(fs::metadata(&written)?.len());
                    fs::remove_file(&written)?;
                }
            }
        }
        let [without, ..] = best;
        for ((option, rate), kept) in OPTIONS.iter().zip(best).zip(kept).skip(1) {
            let ratio = rate / without;
            rows.push(Row {
                what: format!("transparent mode with {option}, {name}"),
                ours: format!("{rate:.0} MB/s"),
                reference: Some(format!("without {without:.0} MB/s")),
                ratio: format!("{ratio:.2}"),
                goal: format!("at least 0.9 ({} MB written of {} MB)", kept / 1_000_000, LENGTH / 1_000_000),
                met: ratio >= 0.9,
            });
        }
    }
    Ok(rows)
}
