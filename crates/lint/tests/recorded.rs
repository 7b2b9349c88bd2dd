//! Recorded traces: what they leave out is no mistake of the host.
#![allow(clippy::unwrap_used, reason = "a test: what breaks here fails it")]

use modemtwin_lint::{Recorded, Severity};

/// A line of a trace: seconds, kind, and the rest of its fields.
fn line(t: f64, kind: &str, rest: &str) -> String {
    format!("{{\"t\":{t},\"unix\":1.0,\"kind\":\"{kind}\",{rest}}}\n")
}

fn host(t: f64, data: &str) -> String {
    line(t, "host", &format!("\"port\":\"uart1\",\"data\":\"{data}\""))
}

fn module(t: f64, data: &str) -> String {
    line(t, "module", &format!("\"port\":\"uart1\",\"data\":\"{data}\""))
}

fn hidden(t: f64, kind: &str, n: usize) -> String {
    line(t, kind, &format!("\"port\":\"uart1\",\"hidden\":{n}"))
}

fn errors(lines: &[String]) -> Vec<String> {
    let mut recorded = Recorded::new(&[]);
    lines.iter().for_each(|line| recorded.line(line).unwrap());
    let (lint, gaps) = recorded.end();
    assert_eq!(gaps, 0);
    let errors = lint.findings().iter().filter(|finding| finding.rule.severity == Severity::Error);
    errors.map(ToString::to_string).collect()
}

/// As `--trace-hide-payload` writes it: result codes behind a payload are hidden with its echo.
#[test]
fn hidden_payloads_are_complete() {
    for (command, sent) in [("AT+QSSLSEND=4,1460", 1460), ("AT+QSSLSEND=4", 1461)] {
        let send = |t: f64| {
            [
                host(t, &format!("{command}\\r")),
                module(t + 0.1, &format!("{command}\\r\\r\\n> ")),
                hidden(t + 0.2, "host", sent),
                hidden(t + 0.3, "module", 1460 + 11),
                module(t + 0.3, "\\n"),
            ]
            .concat()
            .lines()
            .map(str::to_owned)
            .collect::<Vec<_>>()
        };
        assert_eq!(errors(&[send(1.0), send(9.0)].concat()), [""; 0], "{command}");
    }
}

/// Contents of files are hidden by default.
#[test]
fn hidden_files_are_complete() {
    let lines = [
        host(1.0, "AT+QFUPL=\\\"f\\\",3\\r"),
        module(1.1, "AT+QFUPL=\\\"f\\\",3\\r\\r\\nCONNECT\\r\\n"),
        hidden(1.2, "host", 3),
        module(1.3, "\\r\\n+QFUPL: 3,0262\\r\\n\\r\\nOK\\r\\n"),
        host(2.0, "AT+QFDWL=\\\"f\\\"\\r"),
        module(2.1, "AT+QFDWL=\\\"f\\\"\\r\\r\\nCONNECT\\r\\n"),
        hidden(2.1, "module", 30),
        module(2.1, "\\n"),
        host(3.0, "AT\\r"),
        module(3.1, "AT\\r\\r\\nOK\\r\\n"),
    ];
    assert_eq!(errors(&lines), [""; 0]);
    let early = [&lines[..1], &[hidden(1.05, "host", 3)], &lines[1..2]].concat();
    assert!(errors(&early)[0].starts_with("error[data-before-connect]"), "{early:?}");
}

/// Bytes of transparent mode may be written in base64; here they are a command that is sent too soon behind another.
#[test]
fn bytes_may_be_written_in_base64() {
    let hasty = |second: &str| [host(1.0, "AT+QIACT=1\\r"), line(1.0, "host", second)];
    let text = errors(&hasty("\"port\":\"uart1\",\"data\":\"AT\\r\""));
    assert_eq!(errors(&hasty("\"port\":\"uart1\",\"base64\":\"QVQN\"")), text);
    assert!(!text.is_empty());
}

#[test]
fn lines_that_are_none_are_named() {
    for (text, why) in [
        ("{", "EOF"),
        ("[]", "invalid length"),
        ("{\"kind\":\"host\",\"data\":\"x\"}", "there is no `port`"),
        ("{\"kind\":\"host\",\"port\":\"uart9\",\"data\":\"x\"}", "no port is called `uart9`"),
        ("{\"kind\":\"host\",\"port\":\"uart1\"}", "none of `data`, `base64` and `hidden`"),
        ("{\"kind\":\"host\",\"port\":\"uart1\",\"data\":\"\\u0100\"}", "above U+00FF"),
        ("{\"kind\":\"host\",\"port\":\"uart1\",\"base64\":\"A*==\"}", "not base64"),
    ] {
        let mut recorded = Recorded::new(&[]);
        recorded.line("\n").unwrap();
        let error = recorded.line(text).unwrap_err();
        assert_eq!(error.line, 2);
        assert!(error.to_string().contains(why), "{text}: {error}");
    }
}

/// What the module says when the program is told to end is no end of transparent mode that the host should know of.
#[test]
fn the_end_of_the_program_is_the_end_of_the_run() {
    let lines = [
        host(1.0, "AT+QSSLOPEN=1,0,4,\\\"a\\\",443,2\\r"),
        module(1.1, "\\r\\nCONNECT\\r\\n"),
        line(9.0, "operator", "\"order\":\"ShutDown\""),
        line(9.0, "socket", "\"client\":4,\"from\":\"Connected\",\"to\":\"Initial\",\"why\":\"\""),
        module(9.0, "\\r\\nNO CARRIER\\r\\n"),
    ];
    let mut recorded = Recorded::new(&[]);
    lines.iter().for_each(|line| recorded.line(line).unwrap());
    let (lint, _) = recorded.end();
    assert!(lint.findings().iter().any(|finding| finding.rule.name == "id-left-open"), "{lint:?}");
}

/// As `modemtwin tap --trace-json` writes it: nobody tells that the peer has closed. A module would.
#[test]
fn what_has_bytes_only_ends_transparent_mode_by_what_looks_like_its_end() {
    let bytes = [
        host(1.0, "AT+QSSLOPEN=1,0,4,\\\"a\\\",443,2\\r"),
        module(1.1, "\\r\\nCONNECT\\r\\n"),
        module(2.0, "data\\r\\nNO CARRIER\\r\\n"),
        host(3.0, "AT+QSSLCLOSE=4\\r"),
        module(3.1, "\\r\\nOK\\r\\n"),
    ];
    assert_eq!(errors(&bytes), [""; 0]);
    let told = [&[line(0.9, "command", "\"port\":\"uart1\"")], &bytes[..]].concat();
    assert!(errors(&told)[0].starts_with("error[command-as-data]"));
}
