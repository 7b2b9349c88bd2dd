//! `cargo xtask interop`: the client of `tls` against implementations that share no code with it.
//!
//! Every legal pair of version and suite is tried on every peer that knows it: without a client certificate, with an
//! RSA one and with an ECDSA one; each in a full handshake and then resumed; and every connection echoes 1 MiB (8 KiB
//! with NSS, which has no echo server but shows the request). Where the peer knows encrypt-then-MAC or the extended
//! master secret, they must have been agreed on. A peer that is not on the machine is skipped by name; with `CI=true`
//! the complete one, JSSE, must be there. NIST's certificates are a peer of their own kind, see [`pkits`].

mod connection;
mod gnutls;
mod jsse;
mod matrix;
mod nss;
mod openssl;
mod openssl102;
mod peer;
mod pip;
mod pkits;
mod visit;

use matrix::{Cell, Matrix};
use peer::{Files, Peer};
use std::{io, sync::mpsc, thread, time::Instant};
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
const PEERS: [(&str, Start); 6] = [
    ("JSSE without extended master secret", |files| jsse::start(files, false)),
    ("JSSE with extended master secret", |files| jsse::start(files, true)),
    ("OpenSSL s_server", openssl::start),
    ("OpenSSL 1.0.2", openssl102::start),
    ("GnuTLS gnutls-serv", gnutls::start),
    ("NSS selfserv", nss::start),
];

/// The legal pairs: an EC suite has no extensions to lean on in SSL 3.0, but D10 has it there.
fn legal(version: Version, suite: &Suite) -> bool {
    suite.offered_in(version, true)
}

/// Meets every peer, or those with `only` in their names, and prints what came of each as soon as it is known.
pub(crate) fn run(only: Option<&str>) -> std::result::Result<(), String> {
    let wanted = |name: &str| only.is_none_or(|only| name.to_lowercase().contains(&only.to_lowercase()));
    let names = || PEERS.map(|(name, _)| name).into_iter().chain([pkits::NAME]);
    if !names().any(wanted) {
        let names: Vec<_> = names().collect();
        return Err(format!("interop: no such peer; there are {}", names.join(", ")));
    }
    let started = Instant::now();
    let files = &Files::write().map_err(|e| format!("interop: {e}"))?;
    let mut unproven = Vec::new();
    // A peer serves one connection at a time, but the peers do not wait for each other.
    thread::scope(|scope| {
        let (done, matrices) = mpsc::channel();
        for (name, start) in PEERS.into_iter().filter(|(name, _)| wanted(name)) {
            let done = done.clone();
            // Somebody listens until the last of them is done.
            scope.spawn(move || done.send(meet(name, start(files))));
        }
        drop(done);
        for matrix in matrices {
            matrix::print(&matrix, &mut io::stdout().lock())?;
            if matrix.failed() > 0 || matrix.absent.is_some() && must_run(matrix.peer) {
                unproven.push(matrix.peer);
            }
        }
        Ok(())
    })
    .map_err(|e: io::Error| format!("interop: {e}"))?;
    let pkits = || pkits::run(&mut io::stdout()).map_err(|e| format!("interop: {}: {e}", pkits::NAME));
    if wanted(pkits::NAME) && !pkits()? {
        unproven.push(pkits::NAME);
    }
    eprintln!("{} s", started.elapsed().as_secs());
    match unproven.is_empty() {
        true => Ok(()),
        false => Err(format!("interop: not proven against {}", unproven.join(", "))),
    }
}

/// In CI the peer that knows everything must not be missing.
fn must_run(peer: &str) -> bool {
    peer.starts_with("JSSE") && std::env::var_os("CI").is_some_and(|value| value == "true")
}

/// All pairs with one peer.
fn meet(name: &'static str, peer: Started) -> Matrix {
    let peer = match peer {
        Ok(Some(peer)) => peer,
        Ok(None) => return Matrix::absent(name, "it cannot be had here".into()),
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
