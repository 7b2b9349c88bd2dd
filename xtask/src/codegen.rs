//! The files that derive from tables of the code, and the test that they are fresh.

use crate::{dictionary, peers_page, python, reference};
use std::{fs, path::PathBuf};

/// Path from the root of the project, and content.
fn files() -> Result<[(&'static str, String); 4], String> {
    Ok([
        ("docs/at-reference.md", reference::page()?),
        ("fuzz/at.dict", dictionary::dictionary()),
        ("docs/peers.md", peers_page::page()),
        ("python/src/modemtwin/values.py", python::values()?),
    ])
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Writes every generated file.
pub(crate) fn write() -> Result<(), String> {
    for (path, content) in files()? {
        let target = root().join(path);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(|e| format!("{path}: {e}"))?;
        }
        fs::write(target, content).map_err(|e| format!("{path}: {e}"))?;
    }
    Ok(())
}

#[test]
fn generated_files_are_fresh() {
    for (path, content) in files().unwrap() {
        let stored = fs::read_to_string(root().join(path)).unwrap_or_default();
        assert!(stored == content, "{path} is not fresh: run `cargo xtask codegen`");
    }
}
