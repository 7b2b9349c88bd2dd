//! Events of the control interface: what comes, for whom, and how many may listen.

use super::{M, ask, start};
use control::client::Failure;
use serde_json::Value;

#[test]
fn events_tell_what_happens_and_filters_choose() {
    let (modem, client) = start(&["--port=uart1=tcp:127.0.0.1:0"]);
    let mut all = client.events(&format!("{M}/events")).unwrap();
    let mut codes = client.events(&format!("{M}/events?kind=urc,operator")).unwrap();
    let mut human = client.events(&format!("{M}/events?form=human")).unwrap();
    let mut host = modem.dte("uart1");
    host.command("AT+QSIMSTAT=1").unwrap();
    ask(&client, "DELETE", &format!("{M}/sim"), &Value::Null).unwrap();

    let mut next = || serde_json::from_str::<Value>(&codes.next().unwrap().unwrap()).unwrap();
    assert_eq!(next()["order"], "Sim(None)");
    assert_eq!(next()["text"], "+QSIMSTAT: 1,0");
    assert_eq!(next()["text"], "+CPIN: NOT READY");
    let kind = |line: std::io::Result<String>| {
        serde_json::from_str::<Value>(&line.unwrap()).unwrap()["kind"].as_str().unwrap().to_owned()
    };
    let mut kinds = all.by_ref().map(kind);
    for wanted in ["attached", "host", "command", "module", "operator", "urc"] {
        assert!(kinds.any(|kind| kind == wanted), "{wanted}");
    }
    assert!(human.any(|line| line.unwrap().contains("uart1 > AT+QSIMSTAT=1\\r")));
    // The end of the process is the end of the events.
    drop(modem);
    assert!(codes.last().is_none_or(|line| line.is_err()));
}

#[test]
fn a_slow_reader_of_events_is_told_what_it_lost_and_slows_nobody() {
    // More than a reader's queue and the buffers of a connection hold together.
    const LINES: usize = 12_000;
    let line = format!("AT{}\r", " ".repeat(4000));
    let (modem, client) = start(&["--port=uart1=tcp:127.0.0.1:0"]);
    let events = client.events(&format!("{M}/events?kind=host,module,lost")).unwrap();
    let mut host = modem.dte("uart1");
    let mut writer = host.try_clone().unwrap();
    host.command("ATE0").unwrap();
    let writing = std::thread::spawn(move || writer.say(line.repeat(LINES).as_bytes()).unwrap());
    let answers = b"\r\nOK\r\n".repeat(LINES);
    assert_eq!(host.hear_exactly(answers.len()).unwrap(), answers);
    writing.join().unwrap();
    // All has been said while nobody read the events.
    let mut lines = events.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let mut heard = lines.by_ref().take_while(|line| line["kind"] != "lost");
    assert!(heard.any(|line| line["kind"] == "host"));
    assert_eq!(heard.last().unwrap()["port"], "uart1");
    // And what follows is told again.
    host.command("ATI").unwrap();
    assert!(lines.any(|line| line["data"] == "ATI\r"));
}

#[test]
fn readers_beyond_a_number_are_refused_and_leave_room_for_questions() {
    let (_modem, client) = start(&["--port=uart1=pty"]);
    let listen = || client.events(&format!("{M}/events"));
    let mut readers: Vec<_> = (0..64).map(|_| listen().unwrap()).collect();
    for _ in 0..300 {
        match listen().err() {
            Some(Failure::Refused(problem)) => {
                assert_eq!(
                    (problem.status, problem.detail.as_str()),
                    (503, "there are 64 readers of events")
                );
            }
            other => panic!("{other:?}"),
        }
    }
    ask(&client, "GET", &format!("{M}/clock"), &Value::Null).unwrap();
    // One that leaves makes room, as soon as that is known.
    readers.pop();
    while listen().is_err() {}
}
