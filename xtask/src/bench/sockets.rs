//! All twelve sockets echoing at once over a pty: six plain, six of TLS, each beside what it has when it is alone.

use super::{Result, Row, modemtwin};
use modemtwin::{
    dte::Dte,
    peer::{Identity, Peer, echo},
    sockets::{self, SOCKETS},
};
use std::{
    io::{self, Write},
    path::Path,
};

/// So many bytes through each socket and back.
const LENGTH: usize = 1024 * 1024;

/// The least that any socket has back when the first is complete.
const FAIR: f64 = 0.5;

pub(super) fn measure(program: &Path) -> Result<Vec<Row>> {
    let identity = Identity::new().map_err(|e| e.to_string())?;
    let tls = Peer::start(&identity, echo)?;
    let (_running, place) = modemtwin(program)?;
    let plain = sockets::plain_echo()?;
    let outcome = sockets::echo(&mut Dte::open(&place)?, plain, tls.addr().port(), LENGTH)?;
    let total = (SOCKETS * LENGTH) as f64 / (1024.0 * 1024.0);
    let shares: Vec<f64> = outcome.back.iter().map(|back| *back as f64 / LENGTH as f64).collect();
    let least = shares.iter().copied().fold(1.0, f64::min);
    let printed: Vec<String> = shares.iter().map(|share| format!("{:.0}", share * 100.0)).collect();
    writeln!(
        io::stdout(),
        "percent back when the first was complete, sockets 0 to 11: {}",
        printed.join(" ")
    )?;
    Ok(vec![Row {
        what: "12 sockets echo at once, direct push".into(),
        ours: format!("{:.1} MiB/s", total / outcome.elapsed.as_secs_f64()),
        reference: None,
        ratio: format!("{least:.2}"),
        goal: format!("slowest to fastest at least {FAIR}"),
        met: least >= FAIR,
    }])
}
