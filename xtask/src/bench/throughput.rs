//! Transparent mode between a pty and TLS 1.2 ECDHE_RSA_AES_128_GCM, beside socat doing the same.

use super::{Result, Row, Running, modemtwin_at, ok};
use daemon::Place;
use modemtwin::{
    dte::Dte,
    peer::{Identity, Peer, Stream},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// So many bytes each way, and so often; the best counts, on both sides.
pub(super) const LENGTH: usize = 32 * 1024 * 1024;
pub(super) const TRIES: usize = 8;

#[derive(Clone, Copy)]
pub(super) enum Direction {
    Up,
    Down,
}

pub(super) fn measure(program: &Path) -> Result<Vec<Row>> {
    with_server(|port, folder| compare(program, port, folder))
}

/// Runs a comparison with a server on a port of this machine, and a folder that has its authority in `ca.pem` and goes
/// afterwards.
pub(super) fn with_server(compare: impl FnOnce(u16, &Path) -> Result<Vec<Row>>) -> Result<Vec<Row>> {
    let identity = Identity::new().map_err(|e| e.to_string())?;
    let peer = Peer::start(&identity, serve)?;
    let folder = std::env::temp_dir().join(format!("modemtwin-bench-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("ca.pem"), &identity.ca_pem)?;
    let rows = compare(peer.addr().port(), &folder);
    fs::remove_dir_all(&folder)?;
    rows
}

fn compare(program: &Path, port: u16, folder: &Path) -> Result<Vec<Row>> {
    let has_socat = Command::new("socat").arg("-V").stdout(Stdio::null()).status().is_ok_and(|s| s.success());
    let mut rows = Vec::new();
    for (direction, name) in [(Direction::Up, "pty -> TLS"), (Direction::Down, "TLS -> pty")] {
        let (mut ours, mut theirs) = (Best::default(), Best::default());
        for _ in 0..TRIES {
            let (running, mut dte) = connected(program, port, folder, &[])?;
            ours.take(transfer(&mut dte, &running, direction)?);
            if has_socat {
                let (running, mut dte) = socat_connected(port, folder)?;
                theirs.take(transfer(&mut dte, &running, direction)?);
            }
        }
        let row = |what: String, figure: &dyn Fn(&Best) -> String, ratio: f64, goal: &str, met: bool| Row {
            what,
            ours: figure(&ours),
            reference: Some(if has_socat {
                format!("socat {}", figure(&theirs))
            } else {
                "no socat here".into()
            }),
            ratio: if has_socat { format!("{ratio:.2}") } else { "-".into() },
            goal: goal.into(),
            met: !has_socat || met,
        };
        let speed = ours.rate / theirs.rate;
        let rate = |best: &Best| format!("{:.0} MB/s", best.rate);
        rows.push(row(format!("transparent mode, {name}"), &rate, speed, "at least 1", speed >= 1.0));
        let effort = ours.processor.as_secs_f64() / theirs.processor.as_secs_f64();
        let processor = |best: &Best| format!("{} ms", best.processor.as_millis());
        let what = format!("processor time of the same, {name}");
        rows.push(row(what, &processor, effort, "(tells load from cost)", true));
    }
    Ok(rows)
}

/// The best of several tries, each figure by itself.
struct Best {
    /// Megabytes a second.
    rate: f64,
    /// What the program took of a processor. Other load on the machine hardly touches this one.
    processor: Duration,
}

impl Default for Best {
    fn default() -> Best {
        Best { rate: 0.0, processor: Duration::MAX }
    }
}

impl Best {
    fn take(&mut self, (rate, processor): (f64, Duration)) {
        self.rate = self.rate.max(rate);
        self.processor = self.processor.min(processor);
    }
}

/// How long the threads of a program have run.
pub(super) fn processor_time(running: &Running) -> Result<Duration> {
    let mut sum = Duration::ZERO;
    for thread in fs::read_dir(format!("/proc/{}/task", running.0.id()))? {
        let text = fs::read_to_string(thread?.path().join("schedstat"))?;
        sum += Duration::from_nanos(text.split(' ').next().unwrap_or_default().parse()?);
    }
    Ok(sum)
}

/// Bytes of an order.
pub(super) const ORDER: usize = 5;

/// What the server is told: which way, and how many bytes follow or are to come.
pub(super) fn order(letter: u8, length: usize) -> [u8; ORDER] {
    let [a, b, c, d] = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    [letter, a, b, c, d]
}

/// Does as it is told, as often as the host likes; what has come it acknowledges with one byte.
fn serve(stream: &mut Stream) -> io::Result<()> {
    let mut buf = vec![0; 16 * 1024];
    let pieces = [Payload::Plain, Payload::Mixed].map(|payload| (payload.letter(), payload.bytes(buf.len())));
    loop {
        let mut told = [0; ORDER];
        let (letter, length) = told.split_at_mut(1);
        if stream.read(letter)? == 0 {
            // The host has ended it.
            return Ok(());
        }
        stream.read_exact(length)?;
        let [letter, length @ ..] = told;
        let mut left = u32::from_be_bytes(length) as usize;
        match pieces.iter().find(|(known, _)| *known == letter) {
            Some((_, piece)) => {
                while left > 0 {
                    let piece = piece.get(..left).unwrap_or(piece);
                    stream.write_all(piece)?;
                    left -= piece.len();
                }
            }
            None => {
                while left > 0 {
                    match stream.read(&mut buf)? {
                        0 => return Ok(()),
                        n => left = left.saturating_sub(n),
                    }
                }
                stream.write_all(b"!")?;
            }
        }
    }
}

/// What is sent. The wire does not care, a trace does.
#[derive(Clone, Copy)]
pub(super) enum Payload {
    /// Printable.
    Plain,
    /// Each of the 256 bytes as often as any other, in no order.
    Mixed,
}

impl Payload {
    /// What the server is told to send it by.
    fn letter(self) -> u8 {
        match self {
            Payload::Plain => b'd',
            Payload::Mixed => b'm',
        }
    }

    fn bytes(self, length: usize) -> Vec<u8> {
        match self {
            Payload::Plain => vec![b'u'; length],
            Payload::Mixed => {
                // Xorshift: the same at every run.
                let mut state = 0x2545_f491_4f6c_dd1d_u64;
                let step = || {
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    state.to_le_bytes()
                };
                std::iter::repeat_with(step).flatten().take(length).collect()
            }
        }
    }
}

/// Megabytes a second, and processor time. Up: until the server has them all. Down: from the first byte to the last.
pub(super) fn transfer(dte: &mut Dte, running: &Running, direction: Direction) -> Result<(f64, Duration)> {
    let before = processor_time(running)?;
    let elapsed = pass(dte, direction, Payload::Plain, LENGTH)?;
    let processor = processor_time(running)?.saturating_sub(before);
    Ok((LENGTH as f64 / 1e6 / elapsed.as_secs_f64(), processor))
}

/// How long so many bytes take. Up: until the server has them all. Down: from the first byte to the last.
pub(super) fn pass(dte: &mut Dte, direction: Direction, payload: Payload, length: usize) -> Result<Duration> {
    let start;
    match direction {
        Direction::Up => {
            let mut writer = dte.try_clone()?;
            // With the order as long as a whole number of packets of the module, so that none waits for more at the end.
            let rest = length - ORDER;
            let data = [order(b'u', rest).as_slice(), &payload.bytes(rest)].concat();
            start = Instant::now();
            let writing = thread::spawn(move || writer.say(&data));
            dte.hear_exactly(1)?;
            writing.join().map_err(|_| "the writer panicked")??;
        }
        Direction::Down => {
            dte.say(&order(payload.letter(), length))?;
            let patience = Duration::from_secs(30);
            let mut left = length - dte.hear(length, patience)?.len();
            start = Instant::now();
            while left > 0 {
                left -= dte.hear(left, patience)?.len();
            }
        }
    }
    Ok(start.elapsed())
}

/// A context that verifies the server.
pub(super) fn prepare(dte: &mut Dte, folder: &Path) -> Result<()> {
    let ca = fs::read(folder.join("ca.pem"))?;
    dte.command(&format!("AT+QFUPL=\"ca.pem\",{}", ca.len()))?;
    dte.say(&ca)?;
    dte.hear_until(b"\r\nOK\r\n")?;
    ok(dte, "AT+QIACT=1")?;
    ok(dte, "AT+QSSLCFG=\"sslversion\",1,3;+QSSLCFG=\"ciphersuite\",1,0XC02F")?;
    ok(dte, "AT+QSSLCFG=\"seclevel\",1,1;+QSSLCFG=\"cacert\",1,\"ca.pem\"")
}

/// A module in transparent mode with the server, started with more arguments.
pub(super) fn connected(program: &Path, port: u16, folder: &Path, more: &[&str]) -> Result<(Running, Dte)> {
    let (running, place) = modemtwin_at(program, "pty", more)?;
    let mut dte = Dte::open(&place)?;
    prepare(&mut dte, folder)?;
    let connect = dte.command(&format!("AT+QSSLOPEN=1,1,0,\"127.0.0.1\",{port},2"))?;
    if !connect.ends_with("\r\nCONNECT\r\n") {
        return Err(format!("QSSLOPEN: {connect}").into());
    }
    Ok((running, dte))
}

fn socat_connected(port: u16, folder: &Path) -> Result<(Running, Dte)> {
    let link: PathBuf = folder.join("socat");
    let ca = folder.join("ca.pem");
    let tls = format!(
        "OPENSSL:127.0.0.1:{port},cafile={},verify=1,cipher=ECDHE-RSA-AES128-GCM-SHA256,nodelay",
        ca.display()
    );
    let pty = format!("PTY,raw,echo=0,wait-slave,link={}", link.display());
    let _ = fs::remove_file(&link);
    let running = Running(Command::new("socat").args([&pty, &tls]).spawn()?);
    let deadline = Instant::now() + Duration::from_secs(5);
    while fs::read_link(&link).is_err() {
        if Instant::now() > deadline {
            return Err("socat makes no pty".into());
        }
        thread::yield_now();
    }
    Ok((running, Dte::open(&Place::Pty(link))?))
}
