//! `cargo xtask interop`: the client of `tls` against implementations that share no code with it.
//!
//! Every legal pair of version and suite is tried on every peer that knows it: without a client certificate, with an
//! RSA one and with an ECDSA one; each in a full handshake and then resumed; and every connection echoes 1 MiB (8 KiB
//! with NSS, which has no echo server but shows the request). A peer that is not on the machine is skipped by name;
//! with `CI=true` the complete one, JSSE, must be there.

mod connection;
mod gnutls;
mod jsse;
mod matrix;
mod nss;
mod openssl;
mod peer;
mod visit;

use matrix::{Cell, Matrix};
use peer::{Files, Peer};
use std::{io, thread, time::Instant};
use tls::{
    Version,
    suites::{SUITES, Suite},
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A peer, if it is installed.
type Started = Result<Option<Peer>>;

/// Starts one.
type Start = fn(&Files) -> Started;

/// What each peer is called, and how to start it.
const PEERS: [(&str, Start); 5] = [
    ("JSSE without extended master secret", |files| jsse::start(files, false)),
    ("JSSE with extended master secret", |files| jsse::start(files, true)),
    ("OpenSSL s_server", openssl::start),
    ("GnuTLS gnutls-serv", gnutls::start),
    ("NSS selfserv", nss::start),
];

/// The legal pairs: an EC suite has no extensions to lean on in SSL 3.0, but D10 has it there.
fn legal(version: Version, suite: &Suite) -> bool {
    suite.offered_in(version, true)
}

/// Meets every peer, or those with `only` in their names, and prints what came of it.
pub(crate) fn run(only: Option<&str>) -> std::result::Result<(), String> {
    let started = Instant::now();
    let files = Files::write().map_err(|e| format!("interop: {e}"))?;
    // A peer serves one connection at a time, but the peers do not wait for each other.
    let files = &files;
    let matrices: Vec<_> = thread::scope(|scope| {
        let wanted = PEERS.into_iter().filter(|(name, _)| only.is_none_or(|only| name.contains(only)));
        let meetings: Vec<_> =
            wanted.map(|(name, start)| scope.spawn(move || meet(name, start(files)))).collect();
        meetings
            .into_iter()
            .map(|meeting| meeting.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let mut out = io::stdout().lock();
    matrix::print(&matrices, started.elapsed(), &mut out).map_err(|e| format!("interop: {e}"))?;
    let must_run = std::env::var_os("CI").is_some_and(|value| value == "true");
    let missing = |matrix: &Matrix| must_run && matrix.absent.is_some() && matrix.peer.starts_with("JSSE");
    match matrices.iter().find(|matrix| matrix.failed() > 0 || missing(matrix)) {
        Some(matrix) => Err(format!("interop: not proven against {}", matrix.peer)),
        None => Ok(()),
    }
}

/// All pairs with one peer.
fn meet(name: &'static str, peer: Started) -> Matrix {
    let peer = match peer {
        Ok(Some(peer)) => peer,
        Ok(None) => return Matrix::absent(name, "not installed".into()),
        Err(error) => return Matrix::absent(name, format!("does not start: {error}")),
    };
    let cells = SUITES.iter().map(|suite| Version::ALL.map(|version| cell(&peer, version, suite))).collect();
    Matrix { peer: name, absent: None, cells }
}

fn cell(peer: &Peer, version: Version, suite: &'static Suite) -> Cell {
    if !legal(version, suite) {
        return Cell::Illegal;
    }
    if !peer.knows(version, suite) {
        return Cell::Unknown;
    }
    let failures = visit::all(peer, version, suite);
    if failures.is_empty() { Cell::Ok } else { Cell::Failed(failures) }
}
