//! A driver of a few lines, in virtual time.

use super::*;

const PACE: Pace = Pace { patience: Duration::from_secs(30), fast: false };

const SESSION: &str = "\
file ca.pem ca
allow AT+CSQ
peer tls 192.0.2.1:443 host=a.example
dns a.example 192.0.2.1
> ATE0
< ATE0\\r\\r\\n
< OK\\r\\n
>? AT+GMM
<...
> AT+QIACT=1
< \\r\\n
< OK\\r\\n
> AT+QSSLOPEN=1,1,4,\"a.example\",443,0
< \\r\\n
< OK\\r\\n
< \\r\\n
< +QSSLOPEN: 4,0\\r\\n
+2s
peer 1 sends \"Test data\"
< \\r\\n
< +QSSLURC: \"recv\",4\\r\\n
>...
> AT+QSSLRECV=4,1500
<...
< OK\\r\\n
> AT+QSSLSEND=4,5
< \\r\\n
< >\\x20
>>* 5
<...
peer 1 got \"hello\"
> AT+QSSLCLOSE=4
<...
< OK\\r\\n
";

/// A driver that says each line when the answer to the one before has come, and waits where it is told to.
fn drive(scenario: &str, lines: &[&str]) -> (Result<(), Failure>, String) {
    let no_files = |_: &str| Err(String::new());
    let scenario = Scenario::parse(scenario, &no_files).unwrap_or_else(|f| panic!("{}", f[0]));
    let mut live = Live::with_module(&scenario, PACE).unwrap();
    run(&mut live, lines)
}

fn run(live: &mut Live<'_>, lines: &[&str]) -> (Result<(), Failure>, String) {
    let mut now = Instant::from_micros(1_000_000);
    live.hear(now, 0, Deed::Opens);
    let mut heard = String::new();
    let mut lines = lines.iter();
    let mut fresh = String::from("OK\r\n");
    while live.verdict().is_none() {
        let said = String::from_utf8_lossy(live.tx(0)).into_owned();
        live.tx_done(now, 0, said.len());
        fresh += &said;
        heard += &said;
        let is_answer =
            ["OK\r\n", "ERROR\r\n", "> ", "\"recv\",4\r\n"].iter().any(|end| fresh.ends_with(end));
        if is_answer && let Some(line) = lines.next() {
            fresh.clear();
            // In two pieces.
            let (front, back) = line.as_bytes().split_at(line.len() / 2);
            live.hear(now, 0, Deed::Sends(front));
            now += Duration::from_millis(3);
            live.hear(now, 0, Deed::Sends(back));
            continue;
        }
        if !said.is_empty() {
            continue;
        }
        let Some(next) = live.deadline() else { break };
        now = next;
        live.tick(now);
    }
    heard += &String::from_utf8_lossy(live.tx(0));
    (live.verdict().cloned().unwrap_or_else(|| Err(live.give_up())), heard)
}

const DRIVER: [&str; 7] = [
    "ATE0\r",
    "AT+QIACT=1\r",
    "AT+QSSLOPEN=1,1,4,\"a.example\",443,0\r",
    "AT+QSSLRECV=4,1500\r",
    "AT+QSSLSEND=4,5\r",
    "hello",
    "AT+QSSLCLOSE=4\r",
];

fn driver_with(at: usize, lines: &[&'static str]) -> Vec<&'static str> {
    let mut driver = DRIVER.to_vec();
    driver.splice(at..at, lines.iter().copied());
    driver
}

#[test]
fn a_driver_that_does_as_the_scenario_says_passes() {
    let (verdict, heard) = drive(SESSION, &DRIVER);
    assert_eq!(verdict, Ok(()));
    assert!(
        heard.contains("+QSSLRECV: 9\r\nTest data\r\n\r\nOK\r\n") && heard.ends_with("OK\r\n"),
        "{heard}"
    );
}

#[test]
fn what_is_optional_allowed_or_open_may_come() {
    for (at, lines) in [
        (1, &["AT+GMM\r"][..]),
        (2, &["AT+CSQ\r", "AT+CSQ\r"]),
        (3, &["AT+QSSLSTATE=4\r", "AT+GMR\r"]),
        (4, &["AT+CSQ\r"]),
    ] {
        assert_eq!(drive(SESSION, &driver_with(at, lines)).0, Ok(()), "{lines:?}");
    }
}

#[test]
fn a_driver_that_does_something_else_is_shown() {
    let (verdict, _) = drive(SESSION, &driver_with(2, &["AT+CGATT?\r"]));
    assert_eq!(
        verdict.unwrap_err().to_string(),
        "line 13: the driver sends something else\n    > ATE0\n    < ATE0\\r\\r\\n\n    < OK\\r\\n\n    > AT+QIACT=1\n    < \\r\\n\n    < OK\\r\\n\n  \
         - > AT+QSSLOPEN=1,1,4,\"a.example\",443,0\n  + > AT+CGATT?"
    );
    let (verdict, _) = drive(SESSION, &DRIVER[..2]);
    let said = verdict.unwrap_err().to_string();
    assert!(said.starts_with("line 13: the driver has sent nothing more\n"), "{said}");
    let wrong = SESSION.replace("peer 1 got \"hello\"", "peer 1 got \"other\"");
    let said = drive(&wrong, &DRIVER).0.unwrap_err().to_string();
    assert!(said.starts_with("line 31: it got something else\n"), "{said}");
    assert!(said.ends_with("\n  - peer 1 got \"other\"\n  + peer 1 got \"hello\""), "{said}");
    let wrong = SESSION.replace("+QSSLOPEN: 4,0", "+QSSLOPEN: 4,566");
    let said = drive(&wrong, &DRIVER).0.unwrap_err().to_string();
    assert!(
        said.contains("line 17: uart1 says something else") && said.ends_with("+ < +QSSLOPEN: 4,0\\r\\n"),
        "{said}"
    );
}

#[test]
fn a_recording_plays_the_module() {
    let tape =
        "> ATE0\n< ATE0\\r\\r\\n< OK\\r\\n\n+10ms\n> AT+X?\n+5s\n< \\r\\n+X: 1\\r\\n\n< \\r\\nOK\\r\\n\n";
    let tape = tape.replace("< ATE0\\r\\r\\n< OK", "< ATE0\\r\\r\\n\n< OK");
    let no_files = |_: &str| Err(String::new());
    let scenario = Scenario::parse(&tape, &no_files).unwrap_or_else(|f| panic!("{}", f[0]));
    for (fast, lines, ok) in [
        (false, &["ATE0\r", "AT+X?\r"], true),
        (true, &["ATE0\r", "AT+X?\r"], true),
        (true, &["ATE0\r", "AT+Y?\r"], false),
    ] {
        let mut live = Live::from_tape(&scenario, Pace { fast, ..PACE });
        let (verdict, heard) = run(&mut live, lines);
        assert_eq!(verdict.is_ok(), ok, "{verdict:?}");
        if ok {
            assert_eq!(heard, "ATE0\r\r\nOK\r\n\r\n+X: 1\r\n\r\nOK\r\n");
            assert_eq!(live.now.as_micros() >= 5_000_000, !fast);
        }
    }
}
