//! What fuzzers have found worth keeping, played again.

#![allow(clippy::unwrap_used, reason = "a test")]

use modemtwin_testkit::fuzzing;
use std::{fs, path::Path};

fn replay(target: &str, play: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let entries: Vec<_> = fs::read_dir(folder).unwrap().collect();
    assert!(!entries.is_empty(), "{target}");
    for entry in entries {
        play(&fs::read(entry.unwrap().path()).unwrap());
    }
}

#[test]
fn dialogue() {
    replay("dialogue", fuzzing::dialogue);
}

#[test]
fn at_port() {
    replay("at_port", fuzzing::at_port);
}
