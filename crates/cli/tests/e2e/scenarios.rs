//! `modemtwin play`.

use crate::harness::{Folder, output};
use std::fs;

const GOOD: &str = "> AT\n< AT\\r\\r\\n\n< OK\\r\\n\n";

/// Exit code and standard output.
fn play(args: &[&str]) -> (Option<i32>, String) {
    let output = output(&[&["play"], args].concat());
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn every_transcript_of_the_project_plays() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../module/tests/transcripts");
    let (code, said) = play(&[folder]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.lines().count() > 200 && !said.contains("failed"), "{said}");
}

#[test]
fn what_does_not_hold_is_shown_and_can_be_updated() {
    let folder = Folder::new("play");
    let (good, bad) = (folder.arg("good.at"), folder.arg("bad.at"));
    fs::write(&good, GOOD).unwrap();
    fs::write(&bad, GOOD.replace("OK", "ok")).unwrap();
    let (code, said) = play(&[&good, &bad]);
    assert_eq!(code, Some(1));
    let expected = format!(
        "ok      {good}\nfailed  {bad}:3: uart1 says something else\n    < AT\\r\\r\\n\n  - < ok\\r\\n\n  + < OK\\r\\n\n  \
         (- as the file has it, + as it is)\n2 scenarios: 1 ok, 1 failed\n"
    );
    assert_eq!(said, expected);
    let (code, said) = play(&["--update", folder.path().to_str().unwrap()]);
    assert_eq!((code, said), (Some(0), format!("updated {bad}\nok      {good}\n2 scenarios: 2 ok\n")));
    assert_eq!(fs::read_to_string(&bad).unwrap(), GOOD);
    assert_eq!(play(&["--split=bytes", &bad]).0, Some(0));
}

#[test]
fn wrong_files_are_told_with_line_and_remedy() {
    let folder = Folder::new("play-wrong");
    let (file, binary) = (folder.arg("wrong.at"), folder.arg("binary.at"));
    fs::write(&file, "file ca.pem from nowhere.pem\nAT\n").unwrap();
    fs::write(&binary, b"> AT\n\xff").unwrap();
    let (code, said) = play(&[&file, &binary, &folder.arg("none.at")]);
    assert_eq!(code, Some(2));
    for part in [
        format!("wrong   {file}:1: {}: No such file", folder.arg("nowhere.pem")),
        format!("wrong   {file}:2: no such line: `AT`; put `> ` in front of what the host sends"),
        format!("wrong   {binary}:2: this is no text in UTF-8"),
        format!("wrong   {}: No such file", folder.arg("none.at")),
        "3 scenarios: 0 ok, 3 wrong".to_owned(),
    ] {
        assert!(said.contains(&part), "{part} in {said}");
    }
}

#[test]
fn files_beside_the_scenario_and_events_are_there() {
    let folder = Folder::new("play-files");
    fs::write(folder.path().join("hello.txt"), "hello").unwrap();
    let file = folder.arg("file.at");
    fs::write(&file, "file hello.txt from hello.txt\n> AT+QFLST=\"hello.txt\"\n<...\n< +QFLST: \"UFS:hello.txt\",5\\r\\n\n<...\n> AT+NONE\n<...\n")
        .unwrap();
    let (code, said) = play(&["--trace", &file]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("0.000000 uart1: AT+NONE refused"), "{said}");
}
