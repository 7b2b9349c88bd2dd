//! NIST's Public Key Interoperability Test Suite: 223 certification paths, and what should be said of each.
//!
//! The paths are in the Python package `cryptography-vectors`, which is fetched into the build folder once. The verdicts
//! are compared by the test `pkits` of `tls`; `crates/tls/tests/data/x509/pkits.txt` has those that differ, with reasons.

use super::{Result, pip};
use std::{io::Write, path::PathBuf, process::Command};

pub(super) const NAME: &str = "NIST PKITS";

const PACKAGE: &str = "cryptography-vectors==50.0.2";

/// Prints what came of it; false if a verdict is another one than written down. `PKITS_DIR` spares the download.
pub(super) fn run(out: &mut impl Write) -> Result<bool> {
    let folder = match std::env::var_os("PKITS_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => match pip::folder("pkits", PACKAGE, &[])? {
            Some(folder) => folder.join("cryptography_vectors/x509/PKITS_data"),
            None => {
                writeln!(out, "{NAME}: skipped, {PACKAGE} cannot be fetched with pip")?;
                return Ok(true);
            }
        },
    };
    let mut test = Command::new(env!("CARGO"));
    test.args(["test", "--quiet", "--package", "modemtwin-tls", "--test", "x509", "pkits", "--"]);
    test.args(["--ignored", "--nocapture"]).env("PKITS_DIR", folder);
    writeln!(out, "{NAME}")?;
    Ok(test.status()?.success())
}
