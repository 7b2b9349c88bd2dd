//! What faults cost while none is asked for: the same bytes through a module with faults at its border, and through a
//! bare one. All in memory, so nothing but the two is measured.

use super::{Result, Row};
use at::time::Instant;
use daemon::faults::Faulty;
use module::{Action, Channel, ConnId, Input, Module, PortId, Setup};
use std::time::{Duration, Instant as OsInstant};

const PORT: Channel = Channel::Port(PortId(0));
/// Measured in turns, so that a change of the machine's mood meets both; the best counts, on both sides.
const TURNS: usize = 60;
const ROUNDS: usize = 2_000;
const LENGTH: usize = 4 * 1024 * 1024;
/// What one read of a port brings.
const PIECE: usize = 4096;
/// A difference that is no more than noise.
const NOISE: f64 = 1.03;

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
    let (mut faulty, mut bare) = (best(), best());
    for _ in 0..TURNS {
        keep_best(&mut faulty, turn::<Faulty>()?);
        keep_best(&mut bare, turn::<Module>()?);
    }
    let row = |what: &str, ours: Duration, reference: Duration, shown: &dyn Fn(Duration) -> String| {
        let ratio = ours.as_secs_f64() / reference.as_secs_f64();
        Row {
            what: what.into(),
            ours: shown(ours),
            reference: Some(format!("bare {}", shown(reference))),
            ratio: format!("{ratio:.2}"),
            goal: format!("at most {NOISE}"),
            met: ratio <= NOISE,
        }
    };
    let round = |time: Duration| format!("{} ns", time.as_nanos() / ROUNDS as u128);
    let rate = |time: Duration| format!("{:.0} MB/s", LENGTH as f64 / 1e6 / time.as_secs_f64());
    Ok(vec![
        row("faults off: AT -> OK, in memory", faulty.0, bare.0, &round),
        row("faults off: transparent mode, port -> TCP", faulty.1, bare.1, &rate),
        row("faults off: transparent mode, TCP -> port", faulty.2, bare.2, &rate),
    ])
}

type Times = (Duration, Duration, Duration);

fn best() -> Times {
    (Duration::MAX, Duration::MAX, Duration::MAX)
}

fn keep_best(best: &mut Times, times: Times) {
    *best = (best.0.min(times.0), best.1.min(times.1), best.2.min(times.2));
}

fn turn<B: Border>() -> Result<Times> {
    let mut module = B::start();
    module.handle(Input::PortAttached(PortId(0)));
    let conn = online(&mut module)?;
    let net = Channel::Net(conn);
    let up = timed(|| pass(&mut module, PORT, net));
    let down = timed(|| pass(&mut module, net, PORT));
    let mut module = B::start();
    let rounds = timed(|| (0..ROUNDS).all(|_| say(&mut module, b"AT\r").ends_with(b"OK\r\n")));
    match (rounds, up, down) {
        ((rounds, true), (up, true), (down, true)) => Ok((rounds, up, down)),
        _ => Err("the module does not answer".into()),
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = OsInstant::now();
    let result = work();
    (start.elapsed(), result)
}

/// One line, and what comes of it. What the module wants of the world is left to [`online`].
fn say<B: Border>(module: &mut B, line: &[u8]) -> Vec<u8> {
    module.rx(PORT, line);
    take(module, PORT)
}

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
