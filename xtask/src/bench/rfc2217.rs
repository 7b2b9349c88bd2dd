//! AT → OK through RFC 2217: a telnet client that has agreed on the COM port option.

use super::{Result, Row, percentiles, start};
use std::{
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    time::{Duration, Instant},
};

const ROUNDS: usize = 10_000;
const LIMIT: Duration = Duration::from_micros(500);
const ANSWER: &[u8] = b"AT\r\r\nOK\r\n";

pub(super) fn measure(program: &Path) -> Result<Row> {
    let (_running, lines) = start(program, &["--port=uart1=rfc2217:127.0.0.1:0"])?;
    let addr = lines.first().and_then(|line| line.strip_prefix("port uart1 rfc2217 ")).ok_or("no port")?;
    let mut client = TcpStream::connect(addr)?;
    client.set_nodelay(true)?;
    // WILL and DO BINARY, WILL COM-PORT, and a speed whose confirmation ends the negotiation.
    client.write_all(b"\xff\xfb\x00\xff\xfd\x00\xff\xfb\x2c\xff\xfa\x2c\x01\x00\x00\x25\x80\xff\xf0")?;
    let mut heard = Vec::new();
    while !heard.ends_with(b"\x2c\x65\x00\x00\x25\x80\xff\xf0") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        heard.extend(byte);
    }
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        client.write_all(b"AT\r")?;
        let mut answer = [0; ANSWER.len()];
        client.read_exact(&mut answer)?;
        times.push(start.elapsed());
        if answer != ANSWER {
            return Err(format!("heard {}", answer.escape_ascii()).into());
        }
    }
    let (p50, p99) = percentiles(times);
    Ok(Row {
        what: "AT -> OK through RFC 2217, p50 (p99)".into(),
        ours: format!("{} ({}) us", p50.as_micros(), p99.as_micros()),
        reference: None,
        ratio: format!("{:.3}", p50.as_secs_f64() / LIMIT.as_secs_f64()),
        goal: "at most 500 us".into(),
        met: p50 <= LIMIT,
    })
}
