//! What faults cost while none is asked for: the same bytes through a module with faults at its border, and through a
//! bare one. All in memory, so nothing but the two is measured: instructions, which are the same in each run, and
//! processor time, in which code that lies otherwise in memory already differs by some percent.

use super::{Result, Row};
use at::time::Instant;
use daemon::faults::Faulty;
use module::{Action, Channel, ConnId, Input, Module, PortId, Setup};
use rustix::time::{ClockId, clock_gettime};
use std::{io::Write, process::Command};

const PORT: Channel = Channel::Port(PortId(0));
/// Bare, faulty, bare: the two bare ones tell what bare modules differ by in the same moment.
const TURNS: usize = 400;
const ROUNDS: usize = 500;
const LENGTH: usize = 512 * 1024;
/// What one read of a port brings.
const PIECE: usize = 4096;
/// Instructions are counted exactly. So much more is still nothing that anybody can measure.
const MORE: f64 = 1.01;
/// The same work takes by some percent more or less processor time from process to process, by where its memory lies.
const MORE_TIME: f64 = 1.05;
const WHAT: [&str; 3] = ["AT -> OK", "port -> TCP", "TCP -> port"];

/// What a module is asked, bare or not.
trait Border {
    fn start() -> Self;
    fn rx_room(&self, channel: Channel) -> usize;
    fn rx(&mut self, channel: Channel, bytes: &[u8]);
    fn tx(&self, channel: Channel) -> &[u8];
    fn tx_done(&mut self, channel: Channel, n: usize);
    fn handle(&mut self, input: Input);
    fn poll(&mut self) -> Option<Action>;
}

macro_rules! border {
    ($module:ty) => {
        impl Border for $module {
            fn start() -> Self {
                <$module>::new(Setup::default(), Instant::ZERO)
            }
            fn rx_room(&self, channel: Channel) -> usize {
                <$module>::rx_room(self, channel)
            }
            fn rx(&mut self, channel: Channel, bytes: &[u8]) {
                <$module>::rx(self, Instant::ZERO, channel, bytes);
            }
            fn tx(&self, channel: Channel) -> &[u8] {
                <$module>::tx(self, channel)
            }
            fn tx_done(&mut self, channel: Channel, n: usize) {
                <$module>::tx_done(self, Instant::ZERO, channel, n);
            }
            fn handle(&mut self, input: Input) {
                <$module>::handle(self, Instant::ZERO, input);
            }
            fn poll(&mut self) -> Option<Action> {
                <$module>::poll(self)
            }
        }
    };
}

border!(Module);
border!(Faulty);

pub(super) fn measure() -> Result<Vec<Row>> {
    let mut rows = counted()?;
    rows.extend(timed_in_turns()?);
    Ok(rows)
}

/// Instructions of one turn of each kind, by valgrind. A loader and its set-up are in both counts of a difference.
fn counted() -> Result<Vec<Row>> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        writeln!(std::io::stderr(), "instructions: SKIPPED, valgrind is not installed")?;
        return Ok(Vec::new());
    }
    let rows = WHAT.iter().enumerate().map(|(kind, what)| {
        let turn = |side| -> Result<f64> { Ok(count(side, kind, 3)? - count(side, kind, 1)?) };
        let (ours, reference) = (turn("faulty")?, turn("bare")?);
        let ratio = ours / reference;
        Ok(Row {
            what: format!("faults off: {what}, instructions"),
            ours: format!("{ours:.0}"),
            reference: Some(format!("bare {reference:.0}")),
            ratio: format!("{ratio:.3}"),
            goal: format!("at most {MORE}"),
            met: ratio <= MORE,
        })
    });
    rows.collect()
}

/// Instructions of this program while it does so many turns, see [`work`].
fn count(side: &str, kind: usize, turns: usize) -> Result<f64> {
    let out = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["bench", &format!("faults {side} {kind} {turns}")])
        .output()?;
    let said = String::from_utf8_lossy(&out.stderr);
    if !out.status.success() {
        return Err(format!("valgrind: {said}").into());
    }
    let collected = said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    collected.ok_or_else(|| format!("valgrind has counted nothing: {said}").into())
}

/// What is counted: turns of one kind on one side, as in `bare 0 3`.
pub(super) fn work(what: &str) -> Result<()> {
    let [side, kind, turns] = *what.split(' ').collect::<Vec<_>>() else { return Err("no such part".into()) };
    let kind = kind.parse()?;
    for _ in 0..turns.parse::<usize>()? {
        // Valgrind has no clock of the kind that is asked elsewhere.
        match side {
            "bare" => turn::<Module>(kind, || 0.0)?,
            _ => turn::<Faulty>(kind, || 0.0)?,
        };
    }
    Ok(())
}

/// Processor time of many short turns: the middle of what each faulty one takes to the two bare ones around it.
fn timed_in_turns() -> Result<Vec<Row>> {
    let rows = WHAT.iter().enumerate().map(|(kind, what)| {
        let mut turns = Vec::new();
        for _ in 0..TURNS {
            let bare = || turn::<Module>(kind, processor);
            turns.push([bare()?, turn::<Faulty>(kind, processor)?, bare()?]);
        }
        let ratios = sorted(turns.iter().map(|[before, ours, after]| 2.0 * ours / (before + after)));
        let control = sorted(turns.iter().map(|[before, _, after]| after / before));
        let part = |values: &[f64], of_four: usize| values.get(TURNS * of_four / 4).copied().unwrap_or(1.0);
        let ratio = part(&ratios, 2);
        let time = |at: usize| part(&sorted(turns.iter().map(|turn| turn[at])), 2);
        let shown = |seconds: f64| match kind {
            0 => format!("{:.0} ns", seconds * 1e9 / ROUNDS as f64),
            _ => format!("{:.0} MB/s", LENGTH as f64 / 1e6 / seconds),
        };
        Ok(Row {
            what: format!("faults off: {what}, processor time"),
            ours: shown(time(1)),
            reference: Some(format!("bare {}", shown(time(0)))),
            ratio: format!("{ratio:.3}"),
            goal: format!(
                "at most {MORE_TIME}; bare to bare {:.3} to {:.3}",
                part(&control, 1),
                part(&control, 3)
            ),
            met: ratio <= MORE_TIME,
        })
    });
    rows.collect()
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// A turn of a kind of [`WHAT`], on a fresh module: processor seconds.
fn turn<B: Border>(kind: usize, clock: Clock) -> Result<f64> {
    let mut module = B::start();
    module.handle(Input::PortAttached(PortId(0)));
    let (time, well) = if kind == 0 {
        timed(clock, || (0..ROUNDS).all(|_| say(&mut module, b"AT\r").ends_with(b"OK\r\n")))
    } else {
        let net = Channel::Net(online(&mut module)?);
        let (from, to) = if kind == 1 { (PORT, net) } else { (net, PORT) };
        timed(clock, || pass(&mut module, from, to))
    };
    if well { Ok(time) } else { Err("the module does not answer".into()) }
}

/// Seconds.
type Clock = fn() -> f64;

/// Processor time of this thread.
fn processor() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn timed<T>(clock: Clock, work: impl FnOnce() -> T) -> (f64, T) {
    let start = clock();
    let result = work();
    (clock() - start, result)
}

/// One line, and what comes of it. What the module wants of the world is left to [`online`].
fn say<B: Border>(module: &mut B, line: &[u8]) -> Vec<u8> {
    module.rx(PORT, line);
    take(module, PORT)
}

/// Never inlined, so that it is one call on both sides.
#[inline(never)]
fn take<B: Border>(module: &mut B, channel: Channel) -> Vec<u8> {
    let said = module.tx(channel).to_vec();
    module.tx_done(channel, said.len());
    said
}

/// Brings a port online with a TCP connection.
fn online<B: Border>(module: &mut B) -> Result<ConnId> {
    say(module, b"AT+QIACT=1\r");
    say(module, b"AT+QIOPEN=1,0,\"TCP\",\"192.0.2.1\",7,0,2\r");
    let conn = std::iter::from_fn(|| module.poll()).find_map(|action| match action {
        Action::Connect(conn, ..) => Some(conn),
        _ => None,
    });
    let conn = conn.ok_or("no connect")?;
    module.handle(Input::Connected(conn, "192.0.2.2:1000".parse()?));
    if take(module, PORT).ends_with(b"CONNECT\r\n") { Ok(conn) } else { Err("no CONNECT".into()) }
}

/// Moves bytes through; whether as many came out as went in.
fn pass<B: Border>(module: &mut B, from: Channel, to: Channel) -> bool {
    let piece = [b'x'; PIECE];
    let (mut sent, mut received) = (0, 0);
    while sent < LENGTH {
        let n = module.rx_room(from).min(PIECE).min(LENGTH - sent);
        if let Some(bytes) = piece.get(..n) {
            module.rx(from, bytes);
        }
        sent += n;
        while module.poll().is_some() {}
        loop {
            let n = module.tx(to).len();
            if n == 0 {
                break;
            }
            received += n;
            module.tx_done(to, n);
        }
        if n == 0 {
            break;
        }
    }
    // Less than a packet may wait for more (transpacketsize).
    sent == LENGTH && received > LENGTH - PIECE
}
