//! `modemtwin tap` between a host and another modemtwin, and `modemtwin playback` of what it has recorded.

use crate::harness::{Folder, Modemtwin, python, succeeds};
use daemon::Place;
use modemtwin::{
    dte::Dte,
    peer::{Identity, Peer, echo},
};
use rustix::process::Signal;
use std::{
    io::{Read, Write},
    process::Command,
};

/// A byte that differs from its neighbours.
fn payload(n: usize) -> Vec<u8> {
    (0..n).map(|i| (i ^ (i >> 8).wrapping_mul(31)) as u8).collect()
}

/// A whole session through TLS in direct push mode; what the host heard.
fn session(dte: &mut Dte, port: u16, data: &[u8]) -> Vec<u8> {
    let mut heard = Vec::new();
    let mut say = |dte: &mut Dte, bytes: &[u8], end: &[u8]| {
        dte.say(bytes).unwrap();
        let answer = dte.hear_until(end).unwrap();
        heard.extend_from_slice(&answer);
    };
    say(dte, b"ATE0\r", b"OK\r\n");
    say(dte, b"AT+QISDE=0\r", b"OK\r\n");
    say(dte, b"AT+QIACT=1\r", b"OK\r\n");
    say(dte, format!("AT+QSSLOPEN=1,1,4,\"127.0.0.1\",{port},1\r").as_bytes(), b"+QSSLOPEN: 4,0\r\n");
    say(dte, format!("AT+QSSLSEND=4,{}\r", data.len()).as_bytes(), b"> ");
    say(dte, data, b"SEND OK\r\n");
    heard.extend(dte.hear_until(format!("\"recv\",4,{}\r\n", data.len()).as_bytes()).unwrap());
    let back = dte.hear_exactly(data.len() + 2).unwrap();
    assert_eq!(&back[..data.len()], data, "what comes back is what was sent");
    heard.extend(back);
    let mut say = |dte: &mut Dte, bytes: &[u8], end: &[u8]| {
        dte.say(bytes).unwrap();
        heard.extend(dte.hear_until(end).unwrap());
    };
    say(dte, b"AT+QSSLCLOSE=4\r", b"OK\r\n");
    heard
}

#[test]
fn a_session_passes_whole_and_plays_back_without_the_module() {
    let folder = Folder::new("tap");
    let recording = folder.arg("session.at");
    let server = Peer::start(&Identity::new().unwrap(), echo).unwrap();
    let (port, data) = (server.addr().port(), payload(1400));

    let heard = ["pty", "tcp"].map(|kind| {
        let module =
            Modemtwin::start(&["--port", if kind == "pty" { "uart1=pty" } else { "uart1=tcp:127.0.0.1:0" }]);
        let place = match module.place("uart1") {
            Place::Pty(path) => format!("pty:{}", path.display()),
            Place::Tcp(addr) => format!("tcp:{addr}"),
            other => panic!("{other}"),
        };
        let tap = Modemtwin::start(&["tap", "--host=pty", "--module", &place, "--record", &recording]);
        let heard = session(&mut tap.dte("uart1"), port, &data);
        assert!(tap.stop(Signal::TERM).success());
        heard
    });
    assert_eq!(heard[0], heard[1]);

    let text = std::fs::read_to_string(&recording).unwrap();
    assert!(text.contains("\n> ATE0\n< ATE0\\r\\r\\n\n< OK\\r\\n\n"), "{text}");
    for fast in [&["--fast"][..], &[]] {
        let played = Modemtwin::start(&[&["playback", &recording, "--port=uart1=pty"], fast].concat());
        assert_eq!(session(&mut played.dte("uart1"), port, &data), heard[0]);
        assert!(played.wait().success());
    }
    let other = Modemtwin::start(&["playback", "--fast", &recording, "--port=uart1=pty"]);
    let mut dte = other.dte("uart1");
    dte.command("ATE0").unwrap();
    dte.say(b"AT+QISDE=1\r").unwrap();
    assert_eq!(other.wait().code(), Some(1));
}

/// The driver of `poll.py`, and what it has to complain of.
fn drive(python: &str, device: &str, args: &[&str]) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/poll.py");
    succeeds(&Command::new(python).args([script, device]).args(args).output().unwrap());
}

#[test]
fn pyserial_is_watched_on_a_real_module_and_its_session_played_with_it() {
    let Some(python) = python("serial") else { return };
    let folder = Folder::new("tap-pyserial");
    let server = Peer::start(&Identity::new().unwrap(), echo).unwrap();
    let port = server.addr().port().to_string();
    let [recording, findings, trace] = ["session.at", "lint.jsonl", "trace.txt"].map(|name| folder.arg(name));
    for (more, code, rules) in [(&[][..], 0, &[][..]), (&["in-a-hurry"], 3, &["command-before-result"])] {
        let module = Modemtwin::start(&["--port=uart1=pty"]);
        let Place::Pty(path) = module.place("uart1") else { panic!("a pty") };
        let at = format!("pty:{}", path.display());
        let args = ["tap", "--host=pty", "--module", &at, "--record", &recording, "--trace", &trace];
        let args = [&args[..], &["--lint-json", &findings, "--fail-on-lint"]].concat();
        let tap = Modemtwin::start(&args);
        let Place::Pty(device) = tap.place("uart1") else { panic!("a pty") };
        drive(python, device.to_str().unwrap(), &[&["127.0.0.1", port.as_str()], more].concat());
        assert_eq!(tap.stop(Signal::TERM).code(), Some(code));
        let findings = std::fs::read_to_string(&findings).unwrap();
        let errors = findings.lines().filter(|line| line.contains("\"severity\":\"error\""));
        let told: Vec<_> = errors.map(|line| line.split('"').nth(9).unwrap()).collect();
        assert_eq!(told, rules, "{findings}");
        assert!(std::fs::read_to_string(&trace).unwrap().contains(" uart1 > ATE0\\r\n"));
        if code == 0 {
            let played = Modemtwin::start(&["playback", "--fast", &recording, "--port=uart1=pty"]);
            let Place::Pty(device) = played.place("uart1") else { panic!("a pty") };
            drive(python, device.to_str().unwrap(), &["127.0.0.1", &port]);
            assert!(played.wait().success());
        }
    }
}

/// Bytes, lines and settings of pyserial, to a module at a device of another machine and back.
#[test]
fn modem_lines_pass_both_ways_through_rfc_2217() {
    let Some(python) = python("serial") else { return };
    let folder = Folder::new("tap-rfc2217");
    let [seen, taken] = ["module.at", "tap.at"].map(|name| folder.arg(name));
    let module = Modemtwin::start(&["--port=uart1=rfc2217:127.0.0.1:0", "--record", &seen]);
    let Place::Rfc2217(addr) = module.place("uart1") else { panic!("{:?}", module.place("uart1")) };
    let to = format!("rfc2217:{addr}");
    let args = ["tap", "--host=rfc2217:127.0.0.1:0", "--module", &to, "--record", &taken];
    let tap = Modemtwin::start(&args);
    let Place::Rfc2217(addr) = tap.place("uart1") else { panic!("{:?}", tap.place("uart1")) };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/pyserial.py");
    succeeds(&Command::new(python).args([script, &format!("rfc2217://{addr}")]).output().unwrap());
    assert!(tap.stop(Signal::TERM).success());
    assert!(module.stop(Signal::TERM).success());
    for file in [&seen, &taken] {
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.contains("\ndtr off\n") && text.contains("\nrts on\n"), "{text}");
    }
}

/// Ten megabytes, faster than either side, and none is lost or in another place.
#[test]
fn a_fast_module_and_a_slow_host_lose_nothing() {
    const LENGTH: usize = 10_000_000;
    let module = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let place = format!("tcp:{}", module.local_addr().unwrap());
    let data = payload(LENGTH);
    let echo = std::thread::spawn(move || {
        let (mut stream, _) = module.accept().unwrap();
        let mut reader = stream.try_clone().unwrap();
        let down = std::thread::spawn(move || stream.write_all(&payload(LENGTH)).unwrap());
        let mut up = vec![0; LENGTH];
        reader.read_exact(&mut up).unwrap();
        down.join().unwrap();
        up
    });
    let tap = Modemtwin::start(&["tap", "--host=tcp:127.0.0.1:0", "--module", &place]);
    let mut host = tap.dte("uart1");
    let mut writer = host.try_clone().unwrap();
    let sent = data.clone();
    let up = std::thread::spawn(move || writer.say(&sent).unwrap());
    assert!(host.hear_exactly(LENGTH).unwrap() == data, "what the module has sent");
    up.join().unwrap();
    assert!(echo.join().unwrap() == data, "what the host has sent");
}

#[test]
fn a_server_that_knows_nothing_of_rfc_2217_is_told_of() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let place = format!("rfc2217:{}", server.local_addr().unwrap());
    let mut tap = crate::harness::command(&["tap", "--host=pty", "--module", &place]);
    let tap = tap.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let (mut stream, _) = server.accept().unwrap();
    // DONT COM-PORT.
    stream.write_all(&[255, 254, 44]).unwrap();
    let ended = tap.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(1));
    assert!(told.contains("does not know RFC 2217") && told.contains("tcp:HOST:PORT"), "{told}");
}

#[test]
fn transparent_mode_of_a_module_that_tells_nothing_ends_where_its_end_is_read() {
    let folder = Folder::new("tap-transparent");
    let findings = folder.arg("lint.jsonl");
    let server = Peer::start(&Identity::new().unwrap(), |stream| {
        stream.read_exact(&mut [0; 5])?;
        stream.write_all(b"bye")
    });
    let port = server.as_ref().unwrap().addr().port();
    let module = Modemtwin::start(&["--port=uart1=pty"]);
    let Place::Pty(path) = module.place("uart1") else { panic!("a pty") };
    let at = format!("pty:{}", path.display());
    let tap = Modemtwin::start(&["tap", "--host=pty", "--module", &at, "--lint-json", &findings]);
    let mut dte = tap.dte("uart1");
    dte.command("AT+QIACT=1").unwrap();
    dte.say(format!("AT+QSSLOPEN=1,1,4,\"127.0.0.1\",{port},2\r").as_bytes()).unwrap();
    dte.hear_until(b"CONNECT\r\n").unwrap();
    dte.say(b"hello").unwrap();
    dte.hear_until(b"bye\r\nNO CARRIER\r\n").unwrap();
    dte.command("AT+QSSLCLOSE=4").unwrap();
    dte.say(b"ATI\rATI\r").unwrap();
    dte.hear_until(b"OK\r\n").unwrap();
    dte.hear_until(b"OK\r\n").unwrap();
    assert_eq!(tap.stop(Signal::TERM).code(), Some(0));
    let findings = std::fs::read_to_string(&findings).unwrap();
    assert!(findings.contains("\"rule\":\"command-before-result\""), "{findings}");
    assert!(!findings.contains("command-as-data"), "{findings}");
}

#[test]
fn secrets_are_not_recorded_unless_asked_for() {
    let folder = Folder::new("tap-secrets");
    for (args, pin, content) in [(&[][..], false, false), (&["--secrets"], true, true)] {
        let recording = folder.arg("secret.at");
        let module = Modemtwin::start(&["--port=uart1=pty", "--sim-pin=47110815"]);
        let Place::Pty(path) = module.place("uart1") else { panic!("a pty") };
        let place = format!("pty:{}", path.display());
        let tap = Modemtwin::start(
            &[&["tap", "--host=pty", "--module", &place, "--record", &recording], args].concat(),
        );
        let mut dte = tap.dte("uart1");
        dte.say(b"AT+CPIN=\"47110815\"\r").unwrap();
        dte.hear_until(b"PB DONE\r\n").unwrap();
        dte.say(b"AT+QFUPL=\"key.pem\",9\r").unwrap();
        dte.hear_until(b"CONNECT\r\n").unwrap();
        dte.say(b"very dark").unwrap();
        dte.hear_until(b"OK\r\n").unwrap();
        assert!(tap.stop(Signal::TERM).success());
        let text = std::fs::read_to_string(&recording).unwrap();
        assert_eq!((text.contains("47110815"), text.contains("very dark")), (pin, content), "{text}");
        if !pin {
            assert!(text.contains("\n>* AT+CPIN=\"") && text.contains("\n>>* 9 *********\n"), "{text}");
        }
        // It plays back all the same.
        let played = Modemtwin::start(&["playback", "--fast", &recording, "--port=uart1=pty"]);
        let mut dte = played.dte("uart1");
        dte.say(b"AT+CPIN=\"0815\"\r").unwrap();
        if pin {
            assert_eq!(played.wait().code(), Some(1));
            continue;
        }
        dte.hear_until(b"PB DONE\r\n").unwrap();
        dte.say(b"AT+QFUPL=\"key.pem\",9\r").unwrap();
        dte.hear_until(b"CONNECT\r\n").unwrap();
        dte.say(b"123456789").unwrap();
        dte.hear_until(b"OK\r\n").unwrap();
        assert!(played.wait().success());
    }
}
