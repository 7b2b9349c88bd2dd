//! OpenSSL 1.0.2, the last one with fixed ECDH and with elliptic curves in SSL 3.0: the second stranger of those pairs.
//!
//! No distribution has it any more, but wheels of a database driver carry its libraries. A program of a page
//! (`xtask/interop/openssl102.py`) makes a server of them.

use super::{
    Started,
    peer::{self, Echo, Files, Peer, ServerKey},
    pip,
};
use std::{path::Path, process::Command};
use tls::Version;

/// The last release with libraries of 1.0.2.
const PACKAGE: &str = "psycopg2-binary==2.7.5";

/// The driver itself is for a Python of its time; the libraries do not care.
const OPTIONS: [&str; 5] =
    ["--python-version", "37", "--only-binary=:all:", "--platform", "manylinux1_x86_64"];

pub(super) fn start(files: &Files) -> Started {
    let Some(folder) = pip::folder("openssl-1.0.2", PACKAGE, &OPTIONS)? else { return Ok(None) };
    let libraries = folder.join("psycopg2/.libs");
    let mut python = Command::new("python3");
    python
        .env("LD_LIBRARY_PATH", &libraries)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/openssl102.py"))
        .arg(&libraries)
        .arg(files.folder())
        .args(ServerKey::ALL.map(ServerKey::name));
    let Some((process, listeners)) = peer::announced(&mut python)? else { return Ok(None) };
    Ok(Some(Peer {
        listeners,
        pairs: None,
        echo: Echo::Same,
        extended_master_secret: false,
        encrypt_then_mac: false,
        resumes_from: Version::Ssl30,
        // RFC 4492 has no client authentication for SSL 3.0.
        ecdsa_clients_from: Version::Tls10,
        _processes: vec![process],
    }))
}
