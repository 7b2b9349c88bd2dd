//! One dialogue per rule that breaks it, and one beside it that does not; `docs/lint.md` has the table of rules
//! (`UPDATE_EXPECT=1` rewrites it).
#![allow(clippy::unwrap_used, reason = "a test: what breaks here fails it")]

mod common;

use modemtwin_lint::RULES;
use std::{collections::BTreeSet, fmt::Write, fs, path::Path};

/// A peer, an active context, no echo of payloads.
const ACTIVE: &str = "peer rustls 192.0.2.1:443\n> AT+QIACT=1;+QISDE=0\n";
/// Socket 4 is open in buffer access mode.
const OPEN: &str =
    "peer rustls 192.0.2.1:443\n> AT+QIACT=1;+QISDE=0\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0\n";
/// Socket 4 is open in transparent mode.
const ONLINE: &str =
    "peer rustls 192.0.2.1:443\n> AT+QIACT=1;+QISDE=0\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,2\n";
/// The send buffer of socket 4 is full, and 1460 times `x` were not taken.
const FULL: &str = "window 1000
peer rustls 192.0.2.1:443
> AT+QIACT=1;+QISDE=0
> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0
peer 1 stops
> AT+QSSLSEND=4,1460
>> \\{1460*a}
> AT+QSSLSEND=4,1460
>> \\{1460*a}
> AT+QSSLSEND=4,1460
>> \\{1460*a}
> AT+QSSLSEND=4,1460
>> \\{1460*a}
> AT+QSSLSEND=4,1460
>> \\{1460*a}
> AT+QSSLSEND=4,1460
>> \\{1460*a}
> AT+QSSLSEND=4,1460
>> \\{1460*a}
> AT+QSSLSEND=4,1460
>> \\{1460*x}
";

/// Rule, what stands before both dialogues, the one that breaks it, the one that does not.
const CASES: &[(&str, &str, &str, &str)] = &[
    ("command-before-result", "", ">> AT\\rAT\\r", "> AT\n> AT"),
    (
        "command-before-result",
        "use real timing\n+10s\n",
        "> AT+QIACT=1\n+100ms\n> AT+CSQ",
        "> AT+QIACT=1\n+5s\n> AT+CSQ",
    ),
    // Bare ATs are what hosts send until they are heard.
    (
        "command-before-result",
        "use real timing\n",
        "> AT\n+100ms\n> AT+CPIN?\n+100ms\n> AT\n+5s",
        "> AT\n+100ms\n> ATE0\n+100ms\n> AT\n+5s\n> AT",
    ),
    (
        "send-before-send-ok",
        OPEN,
        "> AT+QSSLSEND=4,3\n>> abcAT+CSQ\\r",
        "> AT+QSSLSEND=4,3\n>> abc\n> AT+CSQ",
    ),
    ("payload-before-prompt", OPEN, ">> AT+QSSLSEND=4,3\\rabc", "> AT+QSSLSEND=4,3\n>> abc"),
    (
        "data-before-connect",
        ACTIVE,
        ">> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,2\\rabc",
        "> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,2\n>> abc",
    ),
    (
        "no-wait-for-ready",
        "use real timing\n",
        "> AT+CPIN?\n+1s\n> AT+CSQ\n+5s",
        "> AT\n+1s\n> AT\n+5s\n> AT+CPIN?",
    ),
    ("payload-too-long", OPEN, "> AT+QSSLSEND=4\n>> \\{1461*a}\\x1a", "> AT+QSSLSEND=4\n>> \\{1460*a}\\x1a"),
    ("payload-too-long", OPEN, "> AT+QSSLSEND=4,1461", "> AT+QSSLSEND=4,1460\n>> \\{1460*a}"),
    ("payload-short", OPEN, "> AT+QSSLSEND=4,5\n>> abc\n+1s", "> AT+QSSLSEND=4,5\n>> abc\n+1s\n>> de"),
    (
        "payload-short",
        OPEN,
        "> AT+QSSLSEND=4,9\n>> abc\n+2s\n> AT+QSSLSTATE\n+1s\n> AT",
        "> AT+QSSLSEND=4,9\n>> abcATdef\\r\n> AT",
    ),
    ("payload-short", "", "> AT+QFUPL=\"f\",5\n>> abc\n+10s", "> AT+QFUPL=\"f\",5\n>> abcde\n+10s"),
    ("payload-surplus", OPEN, "> AT+QSSLSEND=4,3\n>> abcde\n> AT", "> AT+QSSLSEND=4,5\n>> abcde\n> AT"),
    (
        "stray-after-payload",
        OPEN,
        "> AT+QSSLSEND=4,3\n>> abc\\x1a\n> AT",
        "> AT+QSSLSEND=4\n>> abc\\x1a\n> AT",
    ),
    (
        "payload-cut",
        OPEN,
        "> AT+QSSLSEND=4\n>> abc\\x1adef\\x1a\n> AT",
        "> AT+QSSLSEND=4,7\n>> abc\\x1adef\n> AT",
    ),
    (
        "lf-before-payload",
        OPEN,
        ">> AT+QSSLSEND=4,3\\r\\n\n>> abc",
        ">> AT+CSQ\\r\\n\n> AT+QSSLSEND=4,3\n>> abc",
    ),
    (
        "payload-echo",
        OPEN,
        "> AT+QISDE=1\n> AT+QSSLSEND=4,3\n>> abc",
        "> AT+QISDE=1;E0\n> AT+QSSLSEND=4,3\n>> abc",
    ),
    (
        "send-fail-ignored",
        FULL,
        "peer 1 reads\n> AT+QSSLSEND=4,3\n>> abc",
        "peer 1 reads\n> AT+QSSLSEND=4,1000\n>> \\{1000*x}\n> AT+QSSLSEND=4,460\n>> \\{460*x}",
    ),
    ("send-fail-ignored", FULL, "+3s", "> AT+QSSLCLOSE=4,0"),
    (
        "escape-guard-before",
        ONLINE,
        "+1s\n>> abc\n+500ms\n>> +++\n+2s\n> AT+CSQ",
        "+1s\n>> abc\n+1s\n>> +++\n+2s\n> AT+CSQ",
    ),
    ("escape-guard-before", ONLINE, "+1s\n>> abc\n+500ms\n>> +++\n+10s", "+1s\n>> abc+++\n+10s"),
    ("escape-guard-after", ONLINE, "+1s\n>> +++\\r\n+900ms\n> AT+CSQ", "+1s\n>> +++\\r\n+900ms\n>> +++\\nb"),
    ("escape-guard-after", ONLINE, "+1s\n>> +++AT\\r", "+1s\n>> +++\n+1s\n> AT"),
    (
        "escape-too-slow",
        ONLINE,
        "+1s\n>> +\n+600ms\n>> +\n+600ms\n>> +\n+2s\n> AT",
        "+1s\n>> +\n+500ms\n>> +\n+500ms\n>> +\n+2s\n> AT",
    ),
    (
        "escape-on-channel",
        "peer rustls 192.0.2.1:443\n> AT+QIACT=1;+CMUX=0\ncmux1 attach\ncmux1> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,2\n",
        "+1s\ncmux1>> +++\n+2s\ncmux1> AT+QSSLCLOSE=4",
        "+1s\ncmux1>> a+++\n+2s\ncmux1>> b",
    ),
    ("command-as-data", ONLINE, "> AT+QSSLSEND=4,3", "> AT&T, GET\n>> xAT+QSSLSEND=4,3\\r"),
    (
        "data-after-no-carrier",
        ONLINE,
        "peer 1 closes\n+1s\n>> abc\n> AT+QSSLCLOSE=4",
        "peer 1 closes\n+100ms\n>> abc\n> AT+QSSLCLOSE=4",
    ),
    (
        "dtr-ignored",
        "peer rustls 192.0.2.1:443\n> AT+QIACT=1;&D0\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,2\n",
        ">> abc\ndtr off\n+1s\n> AT+CSQ",
        ">> abc\ndtr off\n+1s\n>> def",
    ),
    (
        "open-before-activation",
        "peer rustls 192.0.2.1:443\n",
        "> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
        "> AT+QIACT=1\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
    ),
    (
        "open-after-failed-activation",
        "peer rustls 192.0.2.1:443\n",
        "operator pdp refused\n> AT+QIACT=1\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
        // Active already: that it cannot be activated again is no failure (572).
        "> AT+QIACT=1\n> AT+QIACT=1\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
    ),
    (
        "open-after-failed-config",
        ACTIVE,
        "> AT+QSSLCFG=\"sslversion\",0,9\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
        "> AT+QSSLCFG=\"sslversion\",0,9\n> AT+QSSLCFG=\"sslversion\",0,3\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
    ),
    (
        "use-before-open",
        "latency 50ms\npeer rustls 192.0.2.1:443\n> AT+QIACT=1\n",
        "> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0\n> AT+QSSLSEND=4",
        "> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0\n+1s\n> AT+QSSLSEND=4\n>> \\x1a",
    ),
    (
        "use-after-failed-open",
        ACTIVE,
        "> AT+QSSLOPEN=1,0,4,\"192.0.2.2\",443,0\n+200s\n> AT+QSSLSEND=4",
        "> AT+QSSLOPEN=1,0,4,\"192.0.2.2\",443,0\n+200s\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0\n> AT+QSSLSEND=4\n>> \\x1a",
    ),
    (
        "use-after-closed",
        OPEN,
        "peer 1 closes\n+200ms\n> AT+QSSLSEND=4",
        "peer 1 closes\n> AT+QSSLSEND=4\n+1s\n> AT+QSSLRECV=4",
    ),
    (
        "id-in-use",
        OPEN,
        "peer 1 closes\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
        "peer 1 closes\n> AT+QSSLCLOSE=4\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
    ),
    (
        "id-in-use",
        OPEN,
        "> AT+QIDEACT=1\n> AT+QIACT=1\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
        "> AT+QIDEACT=1\n> AT+QSSLCLOSE=4\n> AT+QIACT=1\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
    ),
    (
        "id-in-use",
        "peer plain 192.0.2.2:80\npeer rustls 192.0.2.1:443\n> AT+QIACT=1\n> AT+QIOPEN=1,4,\"TCP\",\"192.0.2.2\",80\n> AT+QSSLOPEN=1,0,5,\"192.0.2.1\",443,0\n> AT+CFUN=4\n> AT+CFUN=1\n+1s\n> AT+QIACT=1\n",
        "> AT+QSSLOPEN=1,0,5,\"192.0.2.1\",443,0",
        "> AT+QIOPEN=1,4,\"TCP\",\"192.0.2.2\",80",
    ),
    ("closed-not-closed", OPEN, "> AT+QIDEACT=1\n+3s", "> AT+QIDEACT=1\n+3s\n> AT+QSSLCLOSE=4"),
    ("closed-not-closed", OPEN, "peer 1 closes\n+3s", "peer 1 closes\n+3s\n> AT+QSSLCLOSE=4"),
    ("closed-not-closed", ONLINE, "peer 1 closes\n+3s", "peer 1 closes\n+2s"),
    // Whoever has gone cannot close.
    ("closed-not-closed", OPEN, "peer 1 closes\n+3s\ndetach\n+9s", "peer 1 closes\n+1s\ndetach\n+9s"),
    ("id-left-open", OPEN, "> AT", "> AT+QSSLCLOSE=4"),
    (
        "open-retry-no-backoff",
        "peer tls 192.0.2.9:1 version=1.0\n> AT+QIACT=1\n",
        "> AT+QIOPEN=1,0,\"TCP\",\"192.0.2.9\",2\n> AT+QIOPEN=1,0,\"TCP\",\"192.0.2.9\",2\n> AT+QIOPEN=1,0,\"TCP\",\"192.0.2.9\",2\n> AT+QIOPEN=1,0,\"TCP\",\"192.0.2.9\",2",
        "> AT+QIOPEN=1,0,\"TCP\",\"192.0.2.9\",2\n+1s\n> AT+QIOPEN=1,0,\"TCP\",\"192.0.2.9\",2\n+2s\n> AT+QIOPEN=1,0,\"TCP\",\"192.0.2.9\",2\n+4s\n> AT+QIOPEN=1,0,\"TCP\",\"192.0.2.9\",2",
    ),
    (
        "open-given-up",
        "latency 50s\npeer rustls 192.0.2.1:443\n> AT+QIACT=1\n",
        "> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0\n+10s\n> AT+QSSLCLOSE=4,0",
        "> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0\n+160s\n> AT+QSSLCLOSE=4,0",
    ),
    ("recv-not-read", OPEN, "peer 1 sends \"x\"\n+3s", "peer 1 sends \"x\"\n+3s\n> AT+QSSLRECV=4"),
    (
        "recv-not-read",
        OPEN,
        "peer 1 sends \"x\"\n+3s\n> AT+QSSLCLOSE=4",
        "peer 1 sends \"x\"\n+2s\n> AT+QSSLCLOSE=4",
    ),
    (
        "recv-not-emptied",
        OPEN,
        "peer 1 sends \"abcdef\"\n> AT+QSSLRECV=4,3\n+3s",
        "peer 1 sends \"abcdef\"\n> AT+QSSLRECV=4,3\n> AT+QSSLRECV=4,4\n+3s",
    ),
    (
        "recv-not-emptied",
        "peer plain 192.0.2.1:80\n> AT+QIACT=1;+QICFG=\"recvind\",1\n> AT+QIOPEN=1,0,\"TCP\",\"192.0.2.1\",80,0,0\n",
        "peer 1 sends \"abcdef\"\n> AT+QIRD=0,5\n+3s",
        "peer 1 sends \"abcdef\"\n> AT+QIRD=0,100\n+3s",
    ),
    (
        "polling-read",
        OPEN,
        "> AT+QSSLRECV=4\n> AT+QSSLRECV=4\n+900ms\n> AT+QSSLRECV=4\n> AT+QSSLRECV=4\n> AT+QSSLRECV=4",
        "> AT+QSSLRECV=4\n> AT+QSSLRECV=4\n+1s\n> AT+QSSLRECV=4\n> AT+QSSLRECV=4\n> AT+QSSLRECV=4",
    ),
    (
        "polling-state",
        "",
        "> AT+QSSLSTATE\n> AT+QSSLSTATE\n> AT+QISTATE\n> AT+QSSLSTATE\n> AT+QSSLSTATE",
        "> AT+QSSLSTATE\n> AT+QSSLSTATE\n> AT+QISTATE\n> AT\n> AT+QSSLSTATE\n> AT+QSSLSTATE",
    ),
    (
        "polling-network",
        "",
        "> AT+CSQ\n> AT+CREG?\n> AT+CSQ\n> AT+CREG?\n> AT+CSQ",
        "> AT+CSQ\n+500ms\n> AT+CREG?\n+500ms\n> AT+CSQ\n+500ms\n> AT+CREG?\n+500ms\n> AT+CSQ",
    ),
    (
        "clock-not-set",
        "peer rustls 192.0.2.1:443\n> AT+QIACT=1;+QSSLCFG=\"seclevel\",0,1;+QSSLCFG=\"ignorelocaltime\",0,0\n",
        "> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
        "> AT+CCLK=\"26/11/22,12:00:00+00\"\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
    ),
    (
        "dates-not-checked",
        "peer rustls 192.0.2.1:443\n> AT+QIACT=1;+QSSLCFG=\"seclevel\",0,1\n",
        "> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
        "> AT+QSSLCFG=\"ignorelocaltime\",0,0\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
    ),
    (
        "server-not-verified",
        ACTIVE,
        "> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
        "> AT+QSSLCFG=\"seclevel\",0,1\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
    ),
    (
        "name-not-checked",
        "dns a.example 192.0.2.1\npeer rustls 192.0.2.1:443\n> AT+QIACT=1\n",
        "> AT+QSSLOPEN=1,0,4,\"a.example\",443,0",
        "> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
    ),
    (
        "certificate-not-set",
        "peer rustls 192.0.2.1:443\n> AT+QIACT=1;+QSSLCFG=\"seclevel\",0,2;+QSSLCFG=\"cacert\",0,\"ca\"\n",
        "> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
        "> AT+QSSLCFG=\"seclevel\",0,1\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
    ),
    (
        "old-version",
        ACTIVE,
        "> AT+QSSLCFG=\"sslversion\",0,2\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
        "> AT+QSSLCFG=\"sslversion\",1,2\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
    ),
    (
        "weak-suite",
        ACTIVE,
        "> AT+QSSLCFG=\"ciphersuite\",0,0XC02F,0X0005\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
        "> AT+QSSLCFG=\"ciphersuite\",0,0XFFFF\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0",
    ),
    (
        "config-after-open",
        OPEN,
        "> AT+QSSLCFG=\"sni\",0,1\n> AT+QSSLCLOSE=4",
        "> AT+QSSLCFG=\"sni\",0,1\n> AT+QSSLOPEN=1,0,5,\"192.0.2.1\",443,0",
    ),
    ("misprint", OPEN, "> AT+QSSLRCV=4", "> AT+QSSLRECV=4"),
    ("misprint", "use strict\n", "> AT+QSSLCFG=\"secllevel\",0,1", "> AT+QSSLCFG=\"seclevel\",0,1"),
    ("foreign-habit", "use lenient\n", "> AT+QSSLCFG=\"sni\",0,\"1\"", "> AT+QSSLCFG=\"sni\",0,1"),
    ("unknown-command", "", "> AT+QSSLCTX=1", "> AT+QSSLCFG=?"),
    ("other-vendor", "", "> AT+CIPSTART=\"TCP\",\"a\",1", "> AT+CPIN?"),
    ("bad-parameter", "", "> AT+QSSLCFG=\"negotiatetime\",0,5", "> AT+QSSLCFG=\"negotiatetime\",0,10"),
    // That there is no such file is no flaw of the command.
    ("bad-parameter", "", "> AT+QSSLOPEN?", "> AT+QFDEL=\"x\""),
    ("lf-line-end", "", ">> AT\\n", ">> AT\\r\\n"),
    ("mixed-prefix", "", ">> At\\r", ">> at\\r"),
    ("line-too-long", "", ">> AT\\{4095* }\\r", ">> AT\\{4094* }\\r"),
    ("lower-case", "", "> at+csq", "> AT+QSSLCFG=\"sni\",0"),
    ("noise", "", ">> hello\\r\n> AT", ">> \\r\\n\\x1a\\x1b\n> AT"),
    ("noise", "", ">> ++\\r\n> AT", ">> +++\n+1s\n> AT"),
];

#[test]
fn every_rule_fires_and_spares() {
    let mut failures = String::new();
    for (rule, before, fires, spares) in CASES {
        let of = |dialogue: &str| common::findings(&format!("{before}{dialogue}\n"));
        let fired = of(fires);
        if !fired.iter().any(|(name, _)| name == rule) {
            let _ = writeln!(failures, "{rule} does not fire on\n{before}{fires}\nbut {fired:?}\n");
        }
        let spared = of(spares);
        if spared.iter().any(|(name, _)| name == rule) {
            let _ = writeln!(failures, "{rule} does not spare\n{before}{spares}\n{spared:?}\n");
        }
    }
    assert!(failures.is_empty(), "{failures}");
    let tested: BTreeSet<_> = CASES.iter().map(|(rule, ..)| *rule).collect();
    let all: BTreeSet<_> = RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(tested, all);
}

#[test]
fn the_documentation_has_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/lint.md");
    let text = fs::read_to_string(&path).unwrap();
    let (begin, end) = ("<!-- rules -->\n", "<!-- end of rules -->");
    let (head, rest) = text.split_once(begin).unwrap();
    let (_, tail) = rest.split_once(end).unwrap();
    let mut table = "| rule | | | what breaks it | remedy |\n|---|---|---|---|---|\n".to_owned();
    for rule in RULES {
        let limit = rule.limit.map_or(String::new(), |limit| format!(" ({limit})"));
        let cell = |text: &str| text.replace('<', "\\<").replace('|', "\\|");
        let _ = writeln!(
            table,
            "| `{}` | {} | {} | {}{limit} | {} |",
            rule.name,
            rule.severity,
            rule.section,
            cell(rule.what),
            cell(rule.remedy)
        );
    }
    let expected = format!("{head}{begin}{table}{end}{tail}");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    assert!(fs::read_to_string(&path).unwrap() == expected, "docs/lint.md is not as the rules are");
}
