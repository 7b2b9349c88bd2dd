//! `modemtwin demo` and `modemtwin chat` as a person runs them.

use crate::harness::{command, output};
use std::{io::Write, process::Stdio};

#[test]
fn the_demonstration_goes_through() {
    let demo = output(&["demo"]);
    let text = String::from_utf8(demo.stdout).unwrap();
    let errors = String::from_utf8(demo.stderr).unwrap();
    assert_eq!(demo.status.code(), Some(0), "{text}{errors}");
    for line in
        ["> AT+QIACT=1", "< +QSSLURC: \"recv\",4", "> Test data from SSL<CTRL+Z>", "< SEND OK", "< CONNECT"]
    {
        assert!(text.lines().any(|l| l == line), "{line} is not in:\n{text}");
    }
    assert!(text.ends_with("Every answer was as documented.\n"));
}

#[test]
fn the_console_answers_a_script() {
    let mut chat = command(&["chat"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let script = "AT+CSQ\nAT+QFUPL=\"a.txt\",5\nabc\nAT+QFLST\nAT+NOTHING\n";
    chat.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let chat = chat.wait_with_output().unwrap();
    let text = String::from_utf8(chat.stdout).unwrap();
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with("+CSQ: ")).collect();
    let expected = ["OK", "CONNECT", "+QFUPL: 5,086f", "OK", "+QFLST: \"UFS:a.txt\",5", "OK", "ERROR"];
    assert_eq!(lines, expected);
    assert_eq!(chat.status.code(), Some(0));
}
