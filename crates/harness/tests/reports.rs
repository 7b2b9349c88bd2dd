//! What is said when the test of a driver fails: tests that fail on purpose, and one that reads what they say.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests: what fails here fails the test")]

use modemtwin_harness::ModemTwin;
use std::{io::Write, process::Command};

/// A module that a host has said something to.
fn told(line: &str, end: &str) -> ModemTwin {
    let twin = ModemTwin::builder().spawn().unwrap();
    let mut port = twin.open().unwrap();
    port.write_all(format!("{line}\r").as_bytes()).unwrap();
    port.hear(end);
    twin
}

#[test]
#[ignore = "fails on purpose"]
fn breaks_a_rule() {
    told("AT+QSSLCF=\"sni\",1,0", "OK\r\n").finish();
}

#[test]
#[ignore = "fails on purpose"]
fn breaks_a_rule_and_forgets_to_finish() {
    told("AT+QSSLCF=\"sni\",1,0", "OK\r\n");
}

#[test]
#[ignore = "fails on purpose"]
fn trips_over_the_module() {
    told("AT+QICLOSE=99", "ERROR\r\n").assert_no_failures();
}

#[test]
#[ignore = "fails on purpose"]
fn listens_to_a_module_that_is_gone() {
    let twin = ModemTwin::builder().spawn().unwrap();
    let mut port = twin.open().unwrap();
    twin.finish();
    port.hear("OK\r\n");
}

#[test]
#[ignore = "fails on purpose"]
fn fails_by_itself() {
    let _twin = told("AT+QSSLCF=\"sni\",1,0;+QICLOSE=99", "ERROR\r\n");
    panic!("the test's own words");
}

/// What a test says, run by itself.
fn said(test: &str) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--nocapture", test])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(101), "one failure, and no panic in a panic");
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

#[test]
fn a_failure_says_which_test_where_and_why() {
    for (test, words) in [
        ("breaks_a_rule", &["reports.rs", "error[misprint] uart1 at ", "; remedy: write +QSSLCFG"][..]),
        ("breaks_a_rule_and_forgets_to_finish", &["error[misprint] uart1 at "]),
        ("trips_over_the_module", &["reports.rs", "failures of the module:\n", "AT+QICLOSE"]),
        ("listens_to_a_module_that_is_gone", &["reports.rs", "\"OK\\r\\n\" did not come ("]),
        ("fails_by_itself", &["reports.rs", "the test's own words", "modemtwin: ", "AT+QICLOSE"]),
    ] {
        let said = said(test);
        assert!(said.contains(&format!("thread '{test}' ")), "{said}");
        for words in words {
            assert!(said.contains(words), "{words}: {said}");
        }
    }
}
