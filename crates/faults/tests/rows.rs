//! Every row of the table has a dialogue of its own: what the host sees when the fault strikes, and when it does not.
//!
//! `UPDATE_EXPECT=1` rewrites the dialogues to what is said now; read the difference before you believe it.
//! `TRANSCRIPT=part-of-a-name` plays those only.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test: what breaks here fails it")]

use modemtwin_faults::{Family, rows};
use std::{fs, path::Path};
use testkit::transcript;

#[test]
fn every_row_does_what_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let wanted = std::env::var("TRANSCRIPT").unwrap_or_default();
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut failures = Vec::new();
    // Codes are proved by another test.
    let rows = rows().filter(|row| row.family != Family::Error);
    for row in rows.filter(|row| row.name.contains(&wanted)) {
        let file = folder.join(format!("{}.at", row.name));
        let mut text = fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        assert!(text.contains(&format!("fault {}", row.name)), "{} is not in its dialogue", row.name);
        if update {
            match transcript::update(&text) {
                Ok(now) => {
                    fs::write(&file, &now).unwrap();
                    text = now;
                }
                Err(failure) => failures.push(format!("{}: {failure}", row.name)),
            }
        }
        if let Err(failure) = transcript::check(&text) {
            failures.push(format!("{}: {failure}", row.name));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn every_dialogue_has_a_row() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(rows().any(|row| row.name == name), "{name} is in no row");
    }
}
