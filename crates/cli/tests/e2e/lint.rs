//! What the host lint says of a driver, while the module runs and afterwards.

use crate::harness::{Folder, Modemtwin, output};
use modemtwin::dte::Dte;
use rustix::process::Signal;
use std::{fs, time::Duration};
use testkit::mux::{MuxHost, SABM, UIH, frame, message};

const PATIENCE: Duration = Duration::from_secs(30);
const TCP: &str = "--port=uart1=tcp:127.0.0.1:0";

fn ask(dte: &mut Dte, line: &str, end: &[u8]) {
    dte.say(format!("{line}\r").as_bytes()).unwrap();
    dte.hear_until(end).unwrap();
}

#[test]
fn findings_decide_the_exit_code_also_after_a_signal() {
    for (said, args, code) in [
        ("AT+QSSLCFG=\"secllevel\",0,1", &["--fail-on-lint"][..], 3),
        ("AT+QSSLCFG=\"seclevel\",0,1", &["--fail-on-lint"], 0),
        ("AT+QSSLCFG=\"secllevel\",0,1", &["--fail-on-lint", "--lint-ignore=noise,misprint"], 0),
        ("AT+NOSUCH", &["--fail-on-lint=error"], 0),
        ("AT+NOSUCH", &["--fail-on-lint=warning"], 3),
    ] {
        for signal in [Signal::INT, Signal::TERM] {
            let modem = Modemtwin::start(&[&[TCP], args].concat());
            let mut dte = modem.dte("uart1");
            dte.say(format!("{said}\r").as_bytes()).unwrap();
            dte.hear_until(b"\r\r\n").unwrap();
            dte.hear_until(b"\r\n").unwrap();
            assert_eq!(modem.stop(signal).code(), Some(code), "{said} {args:?}");
        }
    }
}

#[test]
fn a_recorded_trace_tells_the_same() {
    let folder = Folder::new("lint");
    let [findings, json, trace, coverage] =
        ["findings.txt", "findings.jsonl", "trace.jsonl", "coverage.json"].map(|name| folder.arg(name));
    let modem = Modemtwin::start(&[
        TCP,
        "--lint",
        &findings,
        "--lint-json",
        &json,
        "--trace-json",
        &trace,
        "--coverage",
        &coverage,
    ]);
    let mut dte = modem.dte("uart1");
    ask(&mut dte, "AT+QSSLRCV=4", b"ERROR\r\n");
    ask(&mut dte, "AT+CPIN=\"1234567890\"", b"+CME ERROR: 50\r\n");
    ask(&mut dte, "AT+QIGETERROR", b"OK\r\n");
    assert_eq!(modem.stop(Signal::TERM).code(), Some(0));
    let json = fs::read_to_string(json).unwrap();
    let rules: Vec<_> = json.lines().map(|line| line.split('"').nth(9).unwrap()).collect();
    assert_eq!(rules, ["misprint", "use-before-open", "bad-parameter"], "{json}");
    assert!(!json.contains("1234567890"), "{json}");
    let human = fs::read_to_string(findings).unwrap();
    assert!(human.contains("3 errors, 0 warnings, 0 notes\n"), "{human}");
    let coverage = fs::read_to_string(coverage).unwrap();
    assert!(coverage.contains("\"codes\":{\"572\":1}") && coverage.contains("+QSSLURC"), "{coverage}");
    let checked = output(&["lint", "--json", &trace]);
    assert_eq!(String::from_utf8(checked.stdout).unwrap(), json);
    assert_eq!(checked.status.code(), Some(3));
    assert_eq!(
        output(&["lint", &trace, "--lint-ignore=misprint,use-before-open,bad-parameter"]).status.code(),
        Some(0)
    );
    // Of several runs the coverage is one, and each finding says whose it is.
    let both = output(&["lint", "--json", "--coverage", &trace, &trace]);
    let both = String::from_utf8(both.stdout).unwrap();
    let whose = format!("{{\"trace\":\"{trace}\",\"t\":");
    assert_eq!(both.lines().filter(|line| line.starts_with(&whose)).count(), 6, "{both}");
    assert!(both.contains("\"codes\":{\"572\":2}"), "{both}");
    let human = String::from_utf8(output(&["lint", "--coverage", &trace, &trace]).stdout).unwrap();
    assert!(human.contains("\nMet 0 of 31 unsolicited codes, 3 of 7 result codes"), "{human}");
    assert!(human.contains("       2  572 Operation not allowed\n"), "{human}");
}

/// A host's multiplexer.
struct Muxed {
    dte: Dte,
    host: MuxHost,
}

impl Muxed {
    fn start(mut dte: Dte) -> Muxed {
        ask(&mut dte, "ATE0", b"OK\r\n");
        ask(&mut dte, "AT+CMUX=0", b"OK\r\n");
        dte.say(&[0, 1, 2].map(|dlci| frame(dlci, SABM, &[])).concat()).unwrap();
        Muxed { dte, host: MuxHost::default() }
    }

    /// Says something on a channel, and hears it out.
    fn ask(&mut self, dlci: u8, text: &str, end: &[u8]) {
        self.dte.say(&frame(dlci, UIH, text.as_bytes())).unwrap();
        let mut heard = Vec::new();
        while !heard.ends_with(end) {
            self.host.hear(&self.dte.hear(4096, PATIENCE).unwrap());
            heard.append(&mut self.host.data(dlci));
        }
    }

    /// Ends it: the wire is a port again.
    fn end(mut self) -> Dte {
        const CLD: u8 = 0xC3;
        const CLD_DONE: u8 = 0xC1;
        self.dte.say(&message(CLD, &[])).unwrap();
        while !self.host.messages().iter().any(|message| message[0] == CLD_DONE) {
            self.host.hear(&self.dte.hear(4096, PATIENCE).unwrap());
        }
        self.dte
    }
}

#[test]
fn channels_of_a_multiplexer_are_followed_each_by_itself() {
    let folder = Folder::new("lint-cmux");
    let [json, trace, coverage] = ["lint.jsonl", "trace.jsonl", "coverage.txt"].map(|name| folder.arg(name));
    let modem =
        Modemtwin::start(&[TCP, "--lint-json", &json, "--trace-json", &trace, "--coverage", &coverage]);
    let mut muxed = Muxed::start(modem.dte("uart1"));
    muxed.ask(1, "AT+QSSLRCV=4\r", b"ERROR\r\n");
    // Each by itself is polite; in one stream the second would be early.
    muxed.dte.say(&[frame(1, UIH, b"ATI\r"), frame(2, UIH, b"ATI\r")].concat()).unwrap();
    muxed.ask(2, "", b"OK\r\n");
    muxed.ask(2, "AT+CGMI\rAT+NOSUCH\r", b"ERROR\r\n");
    let mut dte = muxed.end();
    ask(&mut dte, "AT+QSSLSND=4,1", b"ERROR\r\n");
    assert_eq!(modem.stop(Signal::TERM).code(), Some(0));
    let findings = fs::read_to_string(json).unwrap();
    let told: Vec<_> = findings.lines().map(|line| line.split('"').collect::<Vec<_>>()).collect();
    let told: Vec<_> = told.iter().map(|fields| (fields[5], fields[9])).collect();
    let expected = [
        ("cmux1", "misprint"),
        ("cmux1", "use-before-open"),
        ("cmux2", "command-before-result"),
        ("cmux2", "unknown-command"),
        ("uart1", "unknown-command"),
    ];
    assert_eq!(told, expected, "{findings}");
    assert_eq!(String::from_utf8(output(&["lint", "--json", &trace]).stdout).unwrap(), findings);
    let coverage = fs::read_to_string(coverage).unwrap();
    assert!(coverage.contains("AT+CGMI"), "{coverage}");
}

/// A driver is a line of shell here; the pty's own echo and translation are off. It opens the port once: what the end of
/// an earlier stay brings with it could take the first command along.
#[test]
fn the_example_of_a_ci_tells_by_its_exit_code() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/driver-ci.sh");
    let run = |name: &str, driver: &str| {
        let folder = Folder::new(name);
        let driver = format!("exec 3<>\"$0\"; stty raw -echo <&3; {driver}");
        let mut command = std::process::Command::new("sh");
        command.args([script, "sh", "-c", &driver]);
        command.env("MODEMTWIN", env!("CARGO_BIN_EXE_modemtwin")).env("OUT", folder.path());
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let good = "printf 'AT\\r' >&3; head -c 9 <&3 >/dev/null";
    assert_eq!(run("ci-good", good), (Some(0), "0 errors, 0 warnings, 0 notes\n".into()));
    assert_eq!(run("ci-driver", &format!("{good}; exit 7")).0, Some(1));
    let hasty = "printf 'AT\\rAT\\r' >&3; head -c 18 <&3 >/dev/null";
    let (code, findings) = run("ci-lint", hasty);
    assert_eq!(code, Some(3), "{findings}");
    assert!(findings.starts_with("error[command-before-result] uart1 at "), "{findings}");
}

#[test]
fn what_is_no_trace_is_said_with_its_line() {
    let folder = Folder::new("no-trace");
    let path = folder.arg("trace.jsonl");
    fs::write(&path, "{\"kind\":\"lost\",\"lines\":1}\nhello\n").unwrap();
    let failed = output(&["lint", &path]);
    let text = String::from_utf8(failed.stderr).unwrap();
    assert_eq!(failed.status.code(), Some(1));
    assert!(text.contains("trace.jsonl: line 2: ") && text.contains("--trace-json"), "{text}");
    let text = String::from_utf8(output(&["lint", "--rules"]).stdout).unwrap();
    assert!(text.starts_with("error    command-before-result (V.250 5.6)\n"), "{text}");
}

#[test]
fn rules_are_listed_for_programs_too() {
    let listed = |args: &[&str]| {
        let text = String::from_utf8(output(&[&["lint", "--rules"], args].concat()).stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<serde_json::Value>>()
    };
    let rules = listed(&["--json"]);
    let names: Vec<&str> = rules.iter().map(|rule| rule["rule"].as_str().unwrap()).collect();
    assert_eq!(names, ::lint::RULES.iter().map(|rule| rule.name).collect::<Vec<_>>());
    let named = |name| rules.iter().find(|rule| rule["rule"] == name).unwrap();
    assert_eq!(
        *named("escape-on-channel"),
        serde_json::json!({
            "rule": "escape-on-channel",
            "severity": "error",
            "section": "V105",
            "what": "+++ on a channel of AT+CMUX, where it is data",
            "remedy": "close the connection from another channel, with AT+QSSLCLOSE or AT+QICLOSE",
            "limit": null,
        })
    );
    assert_eq!(named("polling-state")["limit"], serde_json::json!({ "times": 5, "millis": 1000 }));
    let others = listed(&["--json", "--lint-ignore", "escape-on-channel"]);
    assert_eq!(others.len(), rules.len() - 1);
    assert!(others.iter().all(|rule| rule["rule"] != "escape-on-channel"));
}
