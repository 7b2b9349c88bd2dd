//! QFUPL and QFDWL of 256 KiB over a TCP port, beside a process that takes as many bytes through the same kind of port into
//! its memory, gives them back and does nothing else.

use super::{Result, Row, Running, modemtwin_at, on_one_processor};
use io::{Endpoint, Place, Port, PortEvent};
use std::{
    future::poll_fn,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const LENGTH: usize = 256 * 1024;
/// Measured in turns, so that a change of the machine's mood meets both; the best one counts, in which nothing else came in
/// between.
const TURNS: usize = 100;
/// So many processes of each, one pair after the other: whether an allocator gives memory back between two turns, and has to
/// ask for it anew, depends on how its heap happens to lie.
const PROCESSES: usize = 8;

pub(super) fn measure(program: &Path) -> Result<Vec<Row>> {
    on_one_processor(|| compare(program))
}

fn compare(program: &Path) -> Result<Vec<Row>> {
    let data = vec![0x55; LENGTH];
    let mut best = [[Duration::MAX; 2]; 2];
    for _ in 0..PROCESSES {
        let (_running, place) = modemtwin_at(program, "tcp:127.0.0.1:0", &[])?;
        let Place::Tcp(module) = place else { return Err("no TCP port".into()) };
        let (_copy, bare) = bare_copy()?;
        let (mut module, mut bare) = (connect(module)?, connect(bare)?);
        for _ in 0..TURNS {
            let ours = [upload(&mut module, &data)?, download(&mut module)?];
            delete(&mut module)?;
            let theirs = [give(&mut bare, &data)?, take(&mut bare)?];
            for (best, times) in best.iter_mut().zip([ours, theirs]) {
                *best = std::array::from_fn(|i| best[i].min(times[i]));
            }
        }
    }
    let [[up, down], [give, take]] = best;
    Ok(vec![row("QFUPL", up, give), row("QFDWL", down, take)])
}

fn row(what: &str, ours: Duration, bare: Duration) -> Row {
    let speed = |time: Duration| LENGTH as f64 / 1e6 / time.as_secs_f64();
    let (ours, bare) = (speed(ours), speed(bare));
    let ratio = ours / bare;
    Row {
        what: format!("{what} of 256 KiB over a TCP port, best"),
        ours: format!("{ours:.0} MB/s"),
        reference: Some(format!("bare copy {bare:.0} MB/s")),
        ratio: format!("{ratio:.2}"),
        goal: "at least 0.8".into(),
        met: ratio >= 0.8,
    }
}

fn connect(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    Ok(stream)
}

/// Reads until what has come ends with `end`: how much that was. Nothing is kept, as the reference keeps nothing.
fn until(stream: &mut TcpStream, end: &[u8]) -> Result<usize> {
    let (mut heard, mut last) = (0, Vec::new());
    let mut buf = vec![0; 64 * 1024];
    while !last.ends_with(end) {
        let n = stream.read(&mut buf)?;
        if n == 0 {
            return Err("the module has gone".into());
        }
        let news = buf.get(..n).unwrap_or_default();
        last.extend_from_slice(news.get(n.saturating_sub(64)..).unwrap_or_default());
        last.drain(..last.len().saturating_sub(64));
        heard += n;
        if last.ends_with(b"ERROR\r\n") {
            return Err(last.escape_ascii().to_string().into());
        }
    }
    Ok(heard)
}

/// From the first byte of the content to `OK`.
fn upload(stream: &mut TcpStream, data: &[u8]) -> Result<Duration> {
    stream.write_all(format!("AT+QFUPL=\"f\",{}\r", data.len()).as_bytes())?;
    until(stream, b"\r\nCONNECT\r\n")?;
    let start = Instant::now();
    stream.write_all(data)?;
    until(stream, b"\r\nOK\r\n")?;
    Ok(start.elapsed())
}

/// From the command to `OK`.
fn download(stream: &mut TcpStream) -> Result<Duration> {
    let start = Instant::now();
    stream.write_all(b"AT+QFDWL=\"f\"\r")?;
    let heard = until(stream, b"\r\nOK\r\n")?;
    if heard > LENGTH { Ok(start.elapsed()) } else { Err("not the whole file".into()) }
}

fn delete(stream: &mut TcpStream) -> Result<()> {
    stream.write_all(b"AT+QFDEL=\"f\"\r")?;
    until(stream, b"\r\nOK\r\n").map(|_| ())
}

fn give(stream: &mut TcpStream, data: &[u8]) -> Result<Duration> {
    stream.write_all(b"u")?;
    stream.read_exact(&mut [0])?;
    let start = Instant::now();
    stream.write_all(data)?;
    stream.read_exact(&mut [0])?;
    Ok(start.elapsed())
}

fn take(stream: &mut TcpStream) -> Result<Duration> {
    let start = Instant::now();
    stream.write_all(b"d")?;
    let (mut left, mut buf) = (LENGTH, vec![0; 64 * 1024]);
    while left > 0 {
        match stream.read(&mut buf)? {
            0 => return Err("the copy has gone".into()),
            n => left = left.saturating_sub(n),
        }
    }
    Ok(start.elapsed())
}

/// This program once more, as [`copy`].
fn bare_copy() -> Result<(Running, SocketAddr)> {
    let program = std::env::current_exe()?;
    let mut child = Command::new(program).args(["bench", "copy"]).stdout(Stdio::piped()).spawn()?;
    let out = child.stdout.take().ok_or("no output")?;
    let running = Running(child);
    let address = BufReader::new(out).lines().next().ok_or("no copy")??;
    Ok((running, address.parse()?))
}

/// Takes and gives through the same kind of port and a buffer as the module's, with nothing between. Prints its address
/// first.
pub(super) fn copy() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let _guard = runtime.enter();
    let mut port = Port::open("copy", &"tcp:127.0.0.1:0".parse::<Endpoint>()?)?;
    let Place::Tcp(address) = port.place() else { return Err("no TCP port".into()) };
    writeln!(std::io::stdout(), "{address}")?;
    runtime.block_on(async {
        let mut buf = vec![0; 32 * 1024];
        let mut file = Vec::new();
        while let Some(n) = hear(&mut port, &mut buf).await {
            if buf.get(..n) == Some(b"u") {
                say(&mut port, b"r").await;
                let mut kept = Vec::with_capacity(LENGTH);
                while kept.len() < LENGTH {
                    let Some(n) = hear(&mut port, &mut buf).await else { return };
                    kept.extend_from_slice(buf.get(..n).unwrap_or_default());
                }
                file = kept;
                say(&mut port, b"k").await;
            } else {
                say(&mut port, &file).await;
            }
        }
    });
    Ok(())
}

/// How many bytes have come; nothing when the host has gone.
async fn hear(port: &mut Port, buf: &mut [u8]) -> Option<usize> {
    loop {
        match poll_fn(|cx| port.poll_event(cx, buf)).await {
            PortEvent::Data(n) => return Some(n),
            PortEvent::Detached => return None,
            _ => {}
        }
    }
}

async fn say(port: &mut Port, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let n = poll_fn(|cx| port.poll_write(cx, bytes)).await;
        bytes = bytes.get(n..).unwrap_or_default();
    }
}
