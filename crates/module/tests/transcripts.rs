//! Plays every file under `transcripts/`: behaviour as text, exact to the byte, in virtual time.
//!
//! `UPDATE_EXPECT=1` rewrites the files to what the module says now; read the difference before you
//! believe it. `TRANSCRIPT=part-of-a-path` plays those only; the path of a folder plays what is there.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test: what breaks here fails it")]

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use testkit::transcript;

#[test]
fn every_transcript_holds() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let wanted = std::env::var("TRANSCRIPT").unwrap_or_default();
    let (root, part) = if Path::new(&wanted).is_dir() { (wanted.into(), "") } else { (own, wanted.as_str()) };
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.retain(|file| file.to_string_lossy().contains(part));
    files.sort();
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let failures = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for share in 0..threads {
            let (files, failures) = (&files, &failures);
            scope.spawn(move || {
                for file in files.iter().skip(share).step_by(threads) {
                    if let Err(failure) = play(file, update) {
                        failures.lock().unwrap().push(failure);
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap();
    failures.sort();
    assert!(failures.is_empty(), "{} of {} fail\n\n{}\n", failures.len(), files.len(), failures.join("\n\n"));
}

fn play(file: &Path, update: bool) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let run = || -> Result<(), transcript::Failure> {
        if update {
            let now = transcript::update(&text)?;
            if now != text {
                std::fs::write(file, &now).expect("the transcript is writable");
            }
            return transcript::check(&now);
        }
        transcript::check(&text)
    };
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    match outcome {
        Ok(result) => result.map_err(|failure| format!("{}, {failure}", file.display())),
        Err(_) => Err(format!("{}: panicked, see above", file.display())),
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder of transcripts is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "at") {
            files.push(path);
        }
    }
}
