//! Transparent mode through one channel of `AT+CMUX`, beside the bare port doing the same.

use super::{
    Result, Row, Running, modemtwin,
    throughput::{Direction, LENGTH, ORDER, TRIES, connected, order, prepare, transfer, with_server},
};
use daemon::Place;
use modemtwin::dte::Dte;
use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};
use testkit::mux::{MuxHost, SABM, UIH, frame};

/// Bytes in a frame.
const N1: usize = 1500;
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) fn measure(program: &Path) -> Result<Vec<Row>> {
    with_server(|port, folder| compare(program, port, folder))
}

fn compare(program: &Path, port: u16, folder: &Path) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (direction, name) in [(Direction::Up, "CMUX -> TLS"), (Direction::Down, "TLS -> CMUX")] {
        let (mut muxed, mut bare) = (0.0_f64, 0.0_f64);
        for _ in 0..TRIES {
            let (_running, mut host) = Muxed::connected(program, port, folder)?;
            muxed = muxed.max(host.transfer(direction)?);
            let (running, mut dte) = connected(program, port, folder, &[])?;
            bare = bare.max(transfer(&mut dte, &running, direction)?.0);
        }
        let ratio = muxed / bare;
        rows.push(Row {
            what: format!("one channel, frames of {N1}, {name}"),
            ours: format!("{muxed:.0} MB/s"),
            reference: Some(format!("bare port {bare:.0} MB/s")),
            ratio: format!("{ratio:.2}"),
            goal: "at least 0.85".into(),
            met: ratio >= 0.85,
        });
    }
    Ok(rows)
}

/// A host on channel 1.
struct Muxed {
    dte: Dte,
    host: MuxHost,
    /// Heard on the channel and not used.
    heard: Vec<u8>,
}

impl Muxed {
    fn connected(program: &Path, port: u16, folder: &Path) -> Result<(Running, Muxed)> {
        let (running, place): (_, Place) = modemtwin(program)?;
        let mut dte = Dte::open(&place)?;
        prepare(&mut dte, folder)?;
        dte.command(&format!("AT+CMUX=0,0,5,{N1}"))?;
        dte.say(&[frame(0, SABM, &[]), frame(1, SABM, &[])].concat())?;
        let mut muxed = Muxed { dte, host: MuxHost::default(), heard: Vec::new() };
        let open = format!("AT+QSSLOPEN=1,1,0,\"127.0.0.1\",{port},2\r");
        muxed.dte.say(&frame(1, UIH, open.as_bytes()))?;
        while !muxed.heard.ends_with(b"\r\nCONNECT\r\n") {
            muxed.hear()?;
        }
        muxed.heard.clear();
        Ok((running, muxed))
    }

    fn hear(&mut self) -> Result<()> {
        let bytes = self.dte.hear(64 * 1024, PATIENCE)?;
        self.host.hear(&bytes);
        self.heard.append(&mut self.host.data(1));
        Ok(())
    }

    /// Megabytes of payload a second.
    fn transfer(&mut self, direction: Direction) -> Result<f64> {
        let start;
        match direction {
            Direction::Up => {
                let rest = LENGTH - ORDER;
                let data = [order(b'u', rest).as_slice(), &vec![b'u'; rest]].concat();
                let frames: Vec<u8> = data.chunks(N1).flat_map(|piece| frame(1, UIH, piece)).collect();
                let mut writer = self.dte.try_clone()?;
                start = Instant::now();
                let writing = thread::spawn(move || writer.say(&frames));
                while self.heard.is_empty() {
                    self.hear()?;
                }
                writing.join().map_err(|_| "the writer panicked")??;
            }
            Direction::Down => {
                self.dte.say(&frame(1, UIH, &order(b'd', LENGTH)))?;
                self.hear()?;
                start = Instant::now();
                let mut got = self.heard.len();
                while got < LENGTH {
                    self.heard.clear();
                    self.hear()?;
                    got += self.heard.len();
                }
            }
        }
        Ok(LENGTH as f64 / 1e6 / start.elapsed().as_secs_f64())
    }
}
