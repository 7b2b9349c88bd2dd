//! Everything that the module's own dialogues prove holds as well with faults at the border that do no harm: the same
//! bytes at the same times.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test: what breaks here fails it")]

use std::{
    fs,
    path::{Path, PathBuf},
};
use testkit::transcript;

/// Faults that change no byte and no time. Everything passes through their lanes.
const FAULTS: &[&str] = &[
    "net.latency ms=0",
    "net.slow_close ms=0",
    "net.slicer size=65535",
    "dns.latency ms=0",
    "port.delay ms=0",
    "port.split size=1 us=0 dir=up",
    "port.corrupt prob=0",
    "tls.corrupt record=1000000",
    "error.550 prob=0",
];

/// Dialogues about how much fits between two ends: lanes hold more.
const ABOUT_ROOM: &[&str] = &["lines/flow", "qisend/full", "qsslsend/full", "why/send_buffer_full"];

#[test]
fn harmless_faults_change_nothing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../module/tests/transcripts");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    assert!(files.len() > 200, "only {} dialogues", files.len());
    let mut failures = Vec::new();
    for file in files {
        let name = file.strip_prefix(&root).unwrap().with_extension("");
        let name = name.to_str().unwrap();
        if ABOUT_ROOM.contains(&name) {
            continue;
        }
        if let Err(failure) = transcript::check(&with_faults(&fs::read_to_string(&file).unwrap())) {
            failures.push(format!("{name}: {failure}"));
        }
    }
    assert!(failures.is_empty(), "{} fail\n\n{}", failures.len(), failures.join("\n\n"));
}

/// The dialogue with the faults on from its first step.
fn with_faults(text: &str) -> String {
    let is_head = |line: &&str| {
        let heads = ["#", "use ", "clock ", "file ", "<", "allow "];
        line.trim().is_empty() || heads.iter().any(|head| line.starts_with(head)) || line.contains("< ")
    };
    let head = text.lines().take_while(is_head).count();
    let faults = FAULTS.iter().map(|fault| format!("fault {fault}"));
    let lines = text.lines().map(str::to_owned);
    let all: Vec<String> = lines.clone().take(head).chain(faults).chain(lines.skip(head)).collect();
    all.join("\n")
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the dialogues of the module are there") {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "at") {
            files.push(path);
        }
    }
}
