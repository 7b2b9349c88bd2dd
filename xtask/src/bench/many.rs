//! Many modules in one process, each with one established TLS connection: memory, connecting, latency, and whether
//! a module costs as much among a thousand as among ten.

use super::{Result, Row, ok, percentiles, start};
use daemon::{Place, allow_many_files};
use modemtwin::{
    dte::Dte,
    peer::{Identity, Peer, echo},
};
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

const LIMIT_KIB: f64 = 64.0;
/// Answers of a round, spread over all modules.
const ANSWERS: u32 = 2000;
/// The round that costs the processor least counts: what else runs on the machine empties its caches.
const ROUNDS: u32 = 10;
/// How much more the processor may work for a command among many modules than among few.
const FLAT: f64 = 1.5;

struct Fleet {
    /// Resident memory of the process with all modules connected.
    kib: f64,
    count: usize,
    connects_per_second: f64,
    p50: Duration,
    p99: Duration,
    /// Processor time of the program for one command.
    work: Duration,
}

pub(super) fn measure(program: &Path) -> Result<Vec<Row>> {
    allow_many_files();
    let one = fleet(program, 1)?;
    let few = fleet(program, 10)?;
    let hundred = fleet(program, 100)?;
    let many = fleet(program, 1000)?;
    // Of a module with its connection, beyond the first.
    let each = |fleet: &Fleet| (fleet.kib - one.kib) / (fleet.count - one.count) as f64;
    let kib = each(&many);
    let flat = many.work.as_secs_f64() / few.work.as_secs_f64();
    Ok(vec![
        Row {
            what: "resident memory of a module with TLS, of 1000".into(),
            ours: format!("{kib:.1} KiB"),
            reference: Some(format!("10: {:.1}, 100: {:.1}", each(&few), each(&hundred))),
            ratio: format!("{:.2}", kib / LIMIT_KIB),
            goal: "at most 64 KiB".into(),
            met: kib <= LIMIT_KIB,
        },
        Row {
            what: "TLS connections opened by 1000 modules".into(),
            ours: format!("{:.0} /s", many.connects_per_second),
            reference: Some(format!("10: {:.0} /s", few.connects_per_second)),
            ratio: format!("{:.2}", many.connects_per_second / few.connects_per_second),
            goal: "-".into(),
            met: true,
        },
        Row {
            what: "AT -> OK among 1000 modules, p50 (p99)".into(),
            ours: format!("{} ({}) us", many.p50.as_micros(), many.p99.as_micros()),
            reference: Some(format!("10: {} ({}) us", few.p50.as_micros(), few.p99.as_micros())),
            ratio: format!("{:.2}", many.p99.as_secs_f64() / few.p99.as_secs_f64()),
            goal: "-".into(),
            met: true,
        },
        Row {
            what: "processor time of a command among 1000".into(),
            ours: format!("{:.1} us", 1e6 * many.work.as_secs_f64()),
            reference: Some(format!("10: {:.1} us", 1e6 * few.work.as_secs_f64())),
            ratio: format!("{flat:.2}"),
            goal: "at most 1.5".into(),
            met: flat <= FLAT,
        },
    ])
}

fn fleet(program: &Path, count: usize) -> Result<Fleet> {
    let identity = Identity::new().map_err(|e| e.to_string())?;
    let peer = Peer::start(&identity, echo)?;
    let file = std::env::temp_dir().join(format!("modemtwin-bench-{}-{count}.toml", std::process::id()));
    fs::write(&file, format!("[[module]]\ncount = {count}\nports = {{ uart1 = 'tcp:127.0.0.1:0' }}\n"))?;
    let started = start(program, &["--config", file.to_str().ok_or("no path")?]);
    fs::remove_file(&file)?;
    let (running, lines) = started?;
    let mut hosts = Vec::with_capacity(count);
    for line in &lines {
        let (_, addr) = line.rsplit_once(' ').ok_or("no address")?;
        hosts.push(Dte::open(&Place::Tcp(addr.parse()?))?);
    }
    let open = format!("AT+QSSLOPEN=1,1,4,\"127.0.0.1\",{},0", peer.addr().port());
    let begin = Instant::now();
    connect(&mut hosts, &open)?;
    let connecting = begin.elapsed();
    let kib = resident_kib(&running)?;

    let (mut work, mut times) = (Duration::MAX, Vec::new());
    for _ in 0..ROUNDS {
        let before = processor_time(&running)?;
        // A step that is prime to the number of modules: no host is the last one's neighbour.
        for at in (0..ANSWERS as usize).map(|answer| answer * 7 % count) {
            let Some(host) = hosts.get_mut(at) else { continue };
            let start = Instant::now();
            host.say(b"AT\r")?;
            host.hear_exactly(b"\r\nOK\r\n".len())?;
            times.push(start.elapsed());
        }
        work = work.min((processor_time(&running)? - before) / ANSWERS);
    }
    let (p50, p99) = percentiles(times);
    let connects_per_second = count as f64 / connecting.as_secs_f64();
    Ok(Fleet { kib, count, connects_per_second, p50, p99, work })
}

/// Opens a connection on each module, all at the same time.
fn connect(hosts: &mut [Dte], open: &str) -> Result<()> {
    for host in &mut *hosts {
        host.command("ATE0")?;
        ok(host, "AT+QIACT=1")?;
    }
    for host in &mut *hosts {
        host.say(format!("{open}\r").as_bytes())?;
    }
    for host in hosts {
        // One reading for both: the code may come together with the OK.
        let result = host.hear_until(b"+QSSLOPEN: 4,0\r\n")?;
        if result != b"\r\nOK\r\n\r\n+QSSLOPEN: 4,0\r\n" {
            return Err(format!("heard {}", result.escape_ascii()).into());
        }
    }
    Ok(())
}

/// `VmRSS` of the program.
fn resident_kib(running: &super::Running) -> Result<f64> {
    super::memory::resident_kib(&running.0.id().to_string())
}

/// What the threads of the program have used of the processors, in nanoseconds (`schedstat`).
fn processor_time(running: &super::Running) -> Result<Duration> {
    let mut time = Duration::ZERO;
    for task in fs::read_dir(format!("/proc/{}/task", running.0.id()))? {
        let stat = fs::read_to_string(task?.path().join("schedstat"))?;
        let on_processor = stat.split(' ').next().ok_or("no schedstat")?;
        time += Duration::from_nanos(on_processor.parse()?);
    }
    Ok(time)
}
