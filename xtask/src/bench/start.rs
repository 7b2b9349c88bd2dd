//! From starting the process to the first `OK`.

use super::{Result, Row, modemtwin, ok, percentiles};
use modemtwin::dte::Dte;
use std::{
    path::Path,
    time::{Duration, Instant},
};

const STARTS: usize = 50;
const LIMIT: Duration = Duration::from_millis(50);

pub(super) fn measure(program: &Path) -> Result<Row> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let start = Instant::now();
        let (_running, place) = modemtwin(program)?;
        ok(&mut Dte::open(&place)?, "AT")?;
        times.push(start.elapsed());
    }
    let worst = times.iter().max().copied().unwrap_or_default();
    let (middle, _) = percentiles(times);
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    Ok(Row {
        what: "first OK after process start, p50 (worst)".into(),
        ours: format!("{:.1} ({:.1}) ms", ms(middle), ms(worst)),
        reference: None,
        ratio: format!("{:.2}", ms(middle) / ms(LIMIT)),
        goal: "p50 within 50 ms".into(),
        met: middle <= LIMIT,
    })
}
