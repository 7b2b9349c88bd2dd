//! Things that PyPI has, and nobody else in this form.

use super::{Result, peer};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A package, unpacked into the build folder once; nothing if it cannot be had.
pub(super) fn folder(name: &str, package: &str, options: &[&str]) -> Result<Option<PathBuf>> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target").join(name);
    // Whether it has come to its end.
    let stamp = target.join("fetched");
    if stamp.is_file() {
        return Ok(Some(target));
    }
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--target"]).arg(&target);
    pip.args(options).arg(package);
    let child = pip.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Some(mut process) = peer::if_installed(child)? else { return Ok(None) };
    if !process.0.wait()?.success() {
        return Ok(None);
    }
    fs::write(stamp, package)?;
    Ok(Some(target))
}
