//! `modemtwin play` and `modemtwin playback`.

use crate::harness::{Folder, command, output};
use daemon::Place;
use modemtwin::dte::Dte;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdout, Command, Stdio},
};

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
fn a_file_without_an_end_is_given_up() {
    let folder = Folder::new("play-endless");
    let file = folder.arg("key.at");
    fs::write(&file, "file key.pem from /dev/zero\n> AT\n").unwrap();
    let (code, said) = play(&["/dev/zero", &file]);
    let expected = format!(
        "wrong   /dev/zero: this is longer than 256 MiB; check the path; of a long recording take a part\n\
         wrong   {file}:1: /dev/zero: this is longer than 256 MiB; write `file NAME from PATH`, as in `file ca.pem from \
         certs/ca.pem`\n2 scenarios: 0 ok, 2 wrong\n"
    );
    assert_eq!((code, said), (Some(2), expected));
    // A pipe that nobody closes.
    let mut child = command(&["play", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let lines = "# a comment that goes on\n".repeat(4096);
    while pipe.write_all(lines.as_bytes()).is_ok() {}
    let ended = child.wait_with_output().unwrap();
    assert!(String::from_utf8(ended.stdout).unwrap().starts_with("wrong   -: this is longer than 256 MiB; "));
    assert_eq!(ended.status.code(), Some(2));
}

#[test]
fn a_ci_system_reads_the_outcomes() {
    let folder = Folder::new("play-junit");
    let [good, bad, wrong, junit] =
        ["good.at", "bad.at", "wrong.at", "junit.xml"].map(|name| folder.arg(name));
    fs::write(&good, GOOD).unwrap();
    fs::write(&bad, GOOD.replace("OK", "<o\\\"k>&")).unwrap();
    fs::write(&wrong, "\u{1}\n").unwrap();
    assert_eq!(play(&["--junit", &junit, &good, &bad, &wrong, "none.at"]).0, Some(2));
    let junit = fs::read_to_string(junit).unwrap();
    // How long it took differs from run to run.
    let mut parts = junit.split(" time=\"");
    let head = parts.next().unwrap().to_owned();
    let junit = parts.map(|part| part.split_once('"').unwrap().1).fold(head, |junit, part| junit + part);
    let place = folder.path().display();
    for part in [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"4\" failures=\"1\" errors=\"2\">"
            .to_owned(),
        format!("<testcase classname=\"{place}\" name=\"good.at\" file=\"{good}\"/>\n"),
        format!(
            "<failure type=\"difference\" message=\"{bad}:3: uart1 says something else\">failed  {bad}:3:"
        ),
        "\n  - &lt; &lt;o&quot;k&gt;&amp;\\r\\n\n  + &lt; OK\\r\\n\n".to_owned(),
        format!("<error type=\"scenario\" message=\"{wrong}:1: no such line: `\u{fffd}`;"),
        "<error type=\"file\" message=\"none.at: No such file".to_owned(),
        "</testsuite>\n</testsuites>\n".to_owned(),
    ] {
        assert!(junit.contains(&part), "{part} in {junit}");
    }
    assert_eq!(play(&["--junit", "-", &good]), (Some(1), String::new()));
}

#[test]
fn standard_input_is_a_file_too() {
    let mut child = command(&["play", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(GOOD.as_bytes()).unwrap();
    let played = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(played.stdout).unwrap(), "ok      -\n1 scenario: 1 ok\n");
    let updated = output(&["play", "--update", "-"]);
    assert_eq!(updated.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&updated.stderr).contains("name the file"), "{updated:?}");
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
    assert!(said.contains("there is no such command: AT+NONE"), "{said}");
}

/// A program that ends by itself, and the host at its port.
struct Session {
    child: Child,
    out: BufReader<ChildStdout>,
    dte: Dte,
}

impl Session {
    fn start(args: &[&str]) -> Session {
        let mut child = command(args).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut place = None;
        loop {
            let mut line = String::new();
            assert!(out.read_line(&mut line).unwrap() > 0, "it ends before it is ready");
            if line == "ready\n" {
                break;
            }
            place = line.trim_end().strip_prefix("port uart1 pty ").map(|path| Place::Pty(path.into()));
        }
        let dte = Dte::open(&place.unwrap()).unwrap();
        Session { child, out, dte }
    }

    /// Exit code and what was printed. The port stays open, for a host that comes and goes at once is not seen.
    fn end(mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        self.out.read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap().code(), said)
    }
}

const POLL: &str = "\
file ca.pem ca
allow AT+CSQ
peer tls 192.0.2.1:443 host=a.example
dns a.example 192.0.2.1
> ATE0
< ATE0\\r\\r\\n
< OK\\r\\n
> AT+QIACT=1
<...
> AT+QSSLOPEN=1,1,4,\"a.example\",443,0
< \\r\\n
< OK\\r\\n
< \\r\\n
< +QSSLOPEN: 4,0\\r\\n
+20ms
peer 1 sends \"Test data\"
< \\r\\n
< +QSSLURC: \"recv\",4\\r\\n
> AT+QSSLRECV=4,1500
< \\r\\n
< +QSSLRECV: 9\\r\\n
< Test data\\r\\n
< \\r\\n
< OK\\r\\n
> AT+QSSLSEND=4
< \\r\\n
< >\\x20
>> hello\\x1a
<...
peer 1 got \"hello\"
";

/// What the driver under test does; `polls` stands for a change in it.
fn drive(dte: &mut Dte, polls: &str) {
    dte.command("ATE0").unwrap();
    dte.command("AT+QIACT=1").unwrap();
    dte.say(b"AT+CSQ\r").unwrap();
    dte.hear_until(b"OK\r\n").unwrap();
    dte.say(b"AT+QSSLOPEN=1,1,4,\"a.example\",443,0\r").unwrap();
    dte.hear_until(b"+QSSLURC: \"recv\",4\r\n").unwrap();
    dte.say(format!("{polls}\r").as_bytes()).unwrap();
}

#[test]
fn a_driver_is_told_whether_it_does_what_the_scenario_says() {
    let folder = Folder::new("play-driver");
    let file = folder.arg("poll.at");
    fs::write(&file, POLL).unwrap();

    let mut session = Session::start(&["play", "--port", "uart1=pty", &file]);
    drive(&mut session.dte, "AT+QSSLRECV=4,1500");
    let heard = session.dte.hear_until(b"OK\r\n").unwrap();
    assert_eq!(String::from_utf8_lossy(&heard), "\r\n+QSSLRECV: 9\r\nTest data\r\n\r\nOK\r\n");
    session.dte.command("AT+QSSLSEND=4").unwrap();
    session.dte.say(b"hello\x1a").unwrap();
    session.dte.hear_until(b"SEND OK\r\n").unwrap();
    assert_eq!(session.end(), (Some(0), format!("ok      {file}\n1 scenario: 1 ok\n")));

    let mut session = Session::start(&["play", "--port", "uart1=pty", &file]);
    drive(&mut session.dte, "AT+QSSLRECV=1,1500");
    let (code, said) = session.end();
    assert_eq!(code, Some(1));
    assert!(said.starts_with(&format!("failed  {file}:19: the driver sends something else\n")), "{said}");
    assert!(said.contains("\n  - > AT+QSSLRECV=4,1500\n  + > AT+QSSLRECV=1,1500\n"), "{said}");
    assert!(said.ends_with("1 scenario: 0 ok, 1 failed\n"), "{said}");
}

/// A driver whose scenario holds, and whose manners do not.
#[test]
fn the_lint_watches_the_driver_of_a_scenario() {
    let folder = Folder::new("play-lint");
    let [file, findings, coverage] = ["a.at", "lint.jsonl", "coverage.json"].map(|name| folder.arg(name));
    fs::write(&file, "use port uart1\n> ATE0\n<...\n> AT+QIACT=1\n<...\n").unwrap();
    let args = [
        "play",
        "--port=uart1=pty",
        "--lint-json",
        &findings,
        "--coverage",
        &coverage,
        "--fail-on-lint",
        &file,
    ];
    for (says, code) in [(&["ATE0\r", "AT+QIACT=1\r"][..], 0), (&["ATE0\rAT+QIACT=1\r"], 3)] {
        let mut session = Session::start(&args);
        for piece in says {
            session.dte.say(piece.as_bytes()).unwrap();
            session.dte.hear_until(b"OK\r\n").unwrap();
        }
        assert_eq!(session.end(), (Some(code), format!("ok      {file}\n1 scenario: 1 ok\n")));
        let findings = fs::read_to_string(&findings).unwrap();
        assert_eq!(findings.contains("\"rule\":\"command-before-result\""), code == 3, "{findings}");
        assert!(fs::read_to_string(&coverage).unwrap().contains("\"results\":{\"OK\":2}"), "{findings}");
    }
    let lonely = output(&["play", "--lint=-", &file]);
    assert_eq!(lonely.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&lonely.stderr).contains("add --port uart1=pty"), "{lonely:?}");
}

#[test]
fn a_signal_ends_the_whole_play() {
    let folder = Folder::new("play-signal");
    let file = folder.arg("a.at");
    fs::write(&file, GOOD).unwrap();
    let mut child =
        command(&["play", "--port=uart1=pty", &file, &file]).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    while !said.ends_with("ready\n") {
        assert!(out.read_line(&mut said).unwrap() > 0, "it ends before it is ready");
    }
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    said.clear();
    out.read_to_string(&mut said).unwrap();
    let expected = format!(
        "failed  {file}:1: it was stopped before a driver had opened the port\n1 scenario: 0 ok, 1 failed\n"
    );
    assert_eq!((child.wait().unwrap().code(), said), (Some(1), expected));
}

/// The block of a page that begins so.
fn block<'a>(page: &'a str, begin: &str) -> &'a str {
    let at = page.find(&format!("\n{begin}")).unwrap() + 1;
    page[at..].split("\n```").next().unwrap()
}

/// Scenario and driver as `docs/scenario.md` has them.
#[test]
fn the_example_of_the_documentation_runs() {
    let page = include_str!("../../../../docs/scenario.md");
    let folder = Folder::new("play-docs");
    let [file, driver] = ["poll.at", "poll.py"].map(|name| folder.arg(name));
    fs::write(&file, block(page, "# poll.at: ")).unwrap();
    fs::write(&driver, block(page, "# poll.py: ")).unwrap();
    assert_eq!(play(&[&file]).0, Some(0));
    let Some(python) = crate::harness::python("serial") else { return };
    let link = folder.arg("modem");
    let session = Session::start(&["play", &format!("--port=uart1=pty:{link}"), &file]);
    let driver = Command::new(python).args([&driver, &link]).output().unwrap();
    assert!(String::from_utf8_lossy(&driver.stdout).contains("Test data"), "{driver:?}");
    assert_eq!(session.end().0, Some(0));
}

/// The same with a driver of others: what `poll.py` does, on pyserial.
#[test]
fn pyserial_plays_the_host_of_a_scenario() {
    let Some(python) = crate::harness::python("serial") else { return };
    let folder = Folder::new("play-pyserial");
    let file = folder.arg("echo.at");
    let scenario = "\
peer tls 192.0.2.1:443 host=a.example
dns a.example 192.0.2.1
latency 5ms
> ATE0
< ATE0\\r\\r\\n
< OK\\r\\n
> AT+QIACT=1
< \\r\\nOK\\r\\n
> AT+QSSLOPEN=1,1,4,\"a.example\",443,0
< \\r\\nOK\\r\\n
+1s
< \\r\\n+QSSLOPEN: 4,0\\r\\n
> AT+QSSLSEND=4
< \\r\\n>\\x20
>> hello\\x1a
<...
peer 1 sends \"hello\"
< \\r\\n+QSSLURC: \"recv\",4\\r\\n
> AT+QSSLRECV=4,1500
< \\r\\n+QSSLRECV: 5\\r\\nhello\\r\\n\\r\\nOK\\r\\n
> AT+QSSLCLOSE=4
< \\r\\nOK\\r\\n
";
    fs::write(&file, scenario).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/poll.py");
    for (host, code) in [("a.example", 0), ("b.example", 1)] {
        let link = folder.arg("modem");
        let port = format!("uart1=pty:{link}");
        let mut play = command(&["play", "--port", &port, &file]).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(play.stdout.take().unwrap());
        let mut line = String::new();
        while line != "ready\n" {
            line.clear();
            assert!(out.read_line(&mut line).unwrap() > 0, "it ended before");
        }
        let driver = Command::new(python).args([script, &link, host, "443"]).output().unwrap();
        let mut said = String::new();
        out.read_to_string(&mut said).unwrap();
        assert_eq!(play.wait().unwrap().code(), Some(code), "{said}{driver:?}");
        if code == 0 {
            assert!(driver.status.success(), "{driver:?}");
        } else {
            let difference =
                "  - > AT+QSSLOPEN=1,1,4,\"a.example\",443,0\n  + > AT+QSSLOPEN=1,1,4,\"b.example\",443,0\n";
            assert!(said.contains(difference), "{said}");
        }
    }
}

#[test]
fn a_recording_answers_in_place_of_the_module() {
    let folder = Folder::new("playback");
    let file = folder.arg("tape.at");
    fs::write(&file, "> ATI\n< ATI\\r\\r\\n\n< Other Modem\\r\\n\n+1h\n< \\r\\nOK\\r\\n\n").unwrap();
    let args = ["playback", "--fast", &file, "--port=uart1=pty"];
    let mut session = Session::start(&args);
    assert_eq!(session.dte.command("ATI").unwrap(), "ATI\r\r\nOther Modem\r\n\r\nOK\r\n");
    assert_eq!(session.end(), (Some(0), format!("ok      {file}\n")));
    let mut session = Session::start(&args);
    session.dte.say(b"AT+GMM\r").unwrap();
    let (code, said) = session.end();
    assert_eq!(
        (code, said.contains(":1: the driver sends something else\n  - > ATI\n  + > AT+GMM")),
        (Some(1), true),
        "{said}"
    );
}

#[test]
fn ports_and_scenario_have_to_fit() {
    let folder = Folder::new("play-ports");
    let file = folder.arg("a.at");
    fs::write(&file, "> AT\n<...\n").unwrap();
    let output = output(&["play", "--port=usbat=pty", &file]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("port usbat: the scenario has no such port (write `use port usbat` into it"),
        "{said}"
    );
}
