//! Resident memory of one idle module beyond the process.

use super::{Result, Row};
use daemon::{AtPort, Config, Endpoint, Twin, runtime};
use std::fs;

const MODULES: usize = 500;
const LIMIT_KIB: f64 = 2048.0;

pub(super) fn measure() -> Result<Row> {
    let runtime = runtime()?;
    let kib = runtime.block_on(async {
        // The first one brings what all of them share.
        let mut twins = vec![start()?];
        let before = resident_kib("self")?;
        for _ in 0..MODULES {
            twins.push(start()?);
        }
        tokio::task::yield_now().await;
        let after = resident_kib("self")?;
        for twin in twins {
            twin.stop().await;
        }
        Result::Ok((after - before) / MODULES as f64)
    })?;
    Ok(Row {
        what: format!("resident memory of an idle module (of {MODULES})"),
        ours: format!("{kib:.1} KiB"),
        reference: None,
        ratio: format!("{:.3}", kib / LIMIT_KIB),
        goal: "at most 2 MiB".into(),
        met: kib <= LIMIT_KIB,
    })
}

fn start() -> Result<Twin> {
    let endpoint = Endpoint::Tcp { host: "127.0.0.1".into(), port: 0 };
    Ok(Twin::start(Config { ports: vec![(AtPort::Uart1, endpoint)], ..Config::default() })?)
}

/// `VmRSS` of a process, by its number or `self`.
pub(super) fn resident_kib(process: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
