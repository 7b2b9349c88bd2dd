//! Every transcript of the module, read as the work of a host driver: `transcripts.txt` says which errors and warnings are
//! found in which. `UPDATE_EXPECT=1` rewrites that file; read the difference before you believe it.
#![allow(clippy::unwrap_used, reason = "a test: what breaks here fails it")]

mod common;

use at::time::Instant;
use common::{Pieces, Tape};
use modemtwin_lint::{Coverage, Lint, Rule, Seen, Severity};
use module::AtPort;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
};

#[test]
fn every_transcript_has_the_findings_that_are_listed() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let root = crates.join("module/tests/transcripts");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    assert!(files.len() > 100, "the transcripts have moved");
    let lines = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for share in 0..threads {
            let (files, lines, root) = (&files, &lines, &root);
            scope.spawn(move || {
                for file in files.iter().skip(share).step_by(threads) {
                    let found = common::findings(&fs::read_to_string(file).unwrap());
                    let rules = found.iter().map(|(rule, _)| *rule);
                    let rules: BTreeSet<_> = rules.filter(|rule| severity(rule) > Severity::Note).collect();
                    if !rules.is_empty() {
                        let name = file.strip_prefix(root).unwrap().display();
                        let rules: Vec<_> = rules.into_iter().collect();
                        lines.lock().unwrap().push(format!("{name}: {}\n", rules.join(" ")));
                    }
                }
            });
        }
    });
    let mut lines = lines.into_inner().unwrap();
    lines.sort();
    let (found, list) = (lines.concat(), Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts.txt"));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&list, &found).unwrap();
    }
    let expected = fs::read_to_string(&list).unwrap();
    let news = found.lines().filter(|line| !expected.lines().any(|e| e == *line)).collect::<Vec<_>>();
    let how = "UPDATE_EXPECT=1 cargo test -p modemtwin-lint lists them, if that is what their hosts do wrong";
    assert!(found == expected, "not as listed:\n{}\n{how}", news.join("\n"));
}

/// What the coverage has is what the module has: the transcripts know no other unsolicited code, and meet all of it.
#[test]
fn the_coverage_has_what_the_module_says() {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../module/tests/transcripts"), &mut files);
    let tapes: Vec<Tape> = files.iter().map(|file| Tape::of(&fs::read_to_string(file).unwrap())).collect();
    for text in tapes.iter().flat_map(Tape::urcs) {
        let mut lint = Lint::default();
        lint.see(Instant::ZERO, Seen::Module(AtPort::Uart1, format!("\r\n{text}\r\n").as_bytes()));
        assert_eq!(lint.coverage().urcs.len(), 1, "{text}");
    }
    let lints: Vec<Lint> = tapes.iter().map(|tape| tape.shown(Pieces::AsTheyCame)).collect();
    let coverage = Coverage::of(&lints);
    assert_eq!(coverage.urcs_not_met, [""; 0]);
    assert_eq!(coverage.results_not_met, [""; 0]);
}

/// The dialogues of chapter 3 are correct but for the misprints that the note has in them.
#[test]
fn chapter_3_has_no_error_but_its_misprints() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../module/tests/transcripts/chapter3");
    let mut files = Vec::new();
    collect(&folder, &mut files);
    assert_eq!(files.len(), 5);
    for file in files {
        for (rule, detail) in common::findings(&fs::read_to_string(&file).unwrap()) {
            assert!(
                severity(rule) < Severity::Error || rule == "misprint",
                "{}: {rule}: {detail}",
                file.display()
            );
        }
    }
}

fn severity(rule: &str) -> Severity {
    Rule::named(rule).unwrap().severity
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "at") {
            files.push(path);
        }
    }
}
