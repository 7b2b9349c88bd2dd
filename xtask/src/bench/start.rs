//! To the first `OK`: from starting the process, and from `spawn()` in the test of a driver.

use super::{Result, Row, modemtwin, ok, percentiles};
use harness::ModemTwin;
use modemtwin::dte::Dte;
use std::{
    path::Path,
    time::{Duration, Instant},
};

const STARTS: usize = 50;
const OF_A_PROCESS: Duration = Duration::from_millis(50);
const IN_A_TEST: Duration = Duration::from_millis(10);

pub(super) fn measure(program: &Path) -> Result<[Row; 2]> {
    let process = row("first OK after process start, p50 (worst)", OF_A_PROCESS, || {
        let start = Instant::now();
        let (_running, place) = modemtwin(program)?;
        ok(&mut Dte::open(&place)?, "AT")?;
        Ok(start.elapsed())
    })?;
    let test = row("first OK after spawn() in a test, p50 (worst)", IN_A_TEST, || {
        let start = Instant::now();
        let twin = ModemTwin::builder().spawn()?;
        let (_, place) = twin.places().first().ok_or("no port")?;
        ok(&mut Dte::open(place)?, "AT")?;
        Ok(start.elapsed())
    })?;
    Ok([process, test])
}

fn row(what: &str, limit: Duration, start: impl Fn() -> Result<Duration>) -> Result<Row> {
    let times = (0..STARTS).map(|_| start()).collect::<Result<Vec<_>>>()?;
    let worst = times.iter().max().copied().unwrap_or_default();
    let (middle, _) = percentiles(times);
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    Ok(Row {
        what: what.into(),
        ours: format!("{:.1} ({:.1}) ms", ms(middle), ms(worst)),
        reference: None,
        ratio: format!("{:.2}", ms(middle) / ms(limit)),
        goal: format!("p50 within {} ms", limit.as_millis()),
        met: middle <= limit,
    })
}
