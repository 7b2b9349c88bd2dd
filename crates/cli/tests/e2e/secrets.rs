//! Needles in everything that is secret, and a look for them in everything that is written down.

use crate::{
    harness::{Folder, Modemtwin, command},
    servers::Server,
    transfer::{Host, Item},
};
use control::client::Client;
use rustix::process::Signal;
use std::{fs, process::Stdio};
use testkit::mux::{MuxHost, SABM, UIH, frame};

const PIN: &str = "83746152";
const WRONG_PIN: &str = "52618473";
/// Of a PIN with a LF in its middle. Four digits alone stand in many a time.
const SECOND_HALF: &str = "needle-behind-lf";
const PASSWORD: &str = "needle-password";
const KEY: &str = "needle-in-the-key-file";
const SENT: &str = "needle-sent";
const PUSHED: &str = "needle-pushed";
const THROUGH: &str = "needle-in-transparent-mode";
const HEX: &str = "6E6565646C65";
const ALWAYS: &[&str] = &[PIN, WRONG_PIN, SECOND_HALF, PASSWORD, KEY];
const PAYLOAD: &[&str] = &[SENT, PUSHED, THROUGH, HEX];

/// Says everything that is secret.
fn session(modem: &Modemtwin, server: &Server) {
    let mut dte = modem.dte("uart1");
    // Digit by digit, as somebody types; and what is refused.
    for byte in format!("AT+CPIN={WRONG_PIN}\r").bytes() {
        dte.say(&[byte]).unwrap();
    }
    dte.hear_until(b"+CME ERROR: 16\r\n").unwrap();
    dte.say(format!("AT+CPIN=\"{PIN}9\"\r").as_bytes()).unwrap();
    dte.hear_until(b"+CME ERROR: 50\r\n").unwrap();
    // Mistyped in many ways.
    for typed in
        ["+CPIN:", "+CPIN ", "+CPIN \"", "+CPIN", "+CSQ;+cpin,", "+CPIN?", "+CPIN-", "+CLCK:\"SC\",0,"]
    {
        dte.say(format!("AT{typed}{PIN}\r").as_bytes()).unwrap();
        dte.hear_until(b"ERROR\r\n").unwrap();
        // The prefix got lost.
        dte.say(format!("{typed}{PIN}\r").as_bytes()).unwrap();
    }
    dte.say(format!("AT+CPWD=\"SC\" \"{PIN}\",\"{WRONG_PIN}\"\r").as_bytes()).unwrap();
    dte.hear_until(b"+CME ERROR: 50\r\n").unwrap();
    dte.say(format!("AT+CPIX\x08N\t=\"1234\n{SECOND_HALF}\"\r").as_bytes()).unwrap();
    dte.hear_until(b"+CME ERROR: 50\r\n").unwrap();
    dte.say(format!("AT+CPIN=\"{PIN}\"\r").as_bytes()).unwrap();
    // The last code of the start.
    dte.hear_until(b"+QIND: PB DONE\r\n").unwrap();
    drop(dte);

    let mut host = Host::prepare(modem, "uart1", server);
    host.ok(&format!("AT+QICSGP=2,1,\"net\",\"me\",\"{PASSWORD}\",1"));
    host.say("AT+QICSGP=2");
    assert!(matches!(host.item(), Item::Line(line) if line.contains(PASSWORD)));
    assert_eq!(host.item(), Item::Line("OK".into()));
    host.say(&format!("AT+QFUPL=\"client.key\",{}", KEY.len()));
    assert_eq!(host.item(), Item::Line("CONNECT".into()));
    host.0.say(KEY.as_bytes()).unwrap();
    host.0.hear_until(b"OK\r\n").unwrap();
    host.say("AT+QFDWL=\"client.key\"");
    host.0.hear_until(b"OK\r\n").unwrap();
    // A key that is none: whatever is said of it, its content is not.
    host.ok("AT+QSSLCFG=\"clientkey\",2,\"client.key\";+QSSLCFG=\"clientcert\",2,\"client.key\"");
    host.ok("AT+QSSLCFG=\"seclevel\",2,2;+QSSLCFG=\"cacert\",2,\"ca.pem\"");
    host.say(&format!("AT+QSSLOPEN=1,2,5,\"127.0.0.1\",{},0", server.port));
    host.0.hear_until(b"+QSSLOPEN: 5,566\r\n").unwrap();
    host.ok("AT+QSSLCLOSE=5");

    for (mode, needle) in [(0, SENT), (1, PUSHED)] {
        host.ok(&format!("AT+QISDE={mode}"));
        host.open(server, mode);
        host.say(&format!("AT+QSSLSEND=4,{}", needle.len()));
        assert_eq!(host.item(), Item::Prompt);
        host.0.say(needle.as_bytes()).unwrap();
        host.0.hear_until(b"SEND OK\r\n").unwrap();
        if mode == 0 {
            host.0.hear_until(b"\"recv\",4\r\n").unwrap();
            host.say("AT+QSSLRECV=4,1500");
            assert_eq!(host.item(), Item::Read(needle.into()));
            assert_eq!(host.item(), Item::Line("OK".into()));
        } else {
            assert_eq!(host.item(), Item::Push(needle.into()));
        }
        host.ok("AT+QSSLCLOSE=4");
    }
    host.say(&format!("AT+QISENDEX=1,\"{HEX}\""));
    assert_eq!(host.item(), Item::Line("ERROR".into()));

    // On a channel of a multiplexer, and cut up by its frames.
    let mut dte = modem.dte("usbat");
    dte.command("AT+CMUX=0").unwrap();
    let mut mux = MuxHost::default();
    dte.say(&[frame(0, SABM, &[]), frame(1, SABM, &[])].concat()).unwrap();
    let typed = format!("AT+CLCK=\"SC\",0,\"{PIN}\"\r");
    let (first, rest) = typed.split_at(19);
    dte.say(&[frame(1, UIH, first.as_bytes()), frame(1, UIH, rest.as_bytes())].concat()).unwrap();
    let mut heard = Vec::new();
    while !heard.ends_with(b"\r\nOK\r\n") {
        mux.hear(&dte.hear(1024, std::time::Duration::from_secs(30)).unwrap());
        heard.append(&mut mux.data(1));
    }

    host.open(server, 2);
    host.0.say(THROUGH.as_bytes()).unwrap();
    host.0.hear_until(THROUGH.as_bytes()).unwrap();
}

/// Everything that the program has written, by name.
fn written(hides_payload: bool) -> Vec<(String, Vec<u8>)> {
    let folder = Folder::new(&format!("secrets-{hides_payload}"));
    let [out, errors] = ["out", "errors"].map(|name| folder.arg(name));
    let files: Vec<String> = [
        ("--trace", "trace.txt"),
        ("--trace-json", "trace.jsonl"),
        ("--pcapng", "twin.pcapng"),
        ("--record", "run.at"),
        ("--lint", "lint.txt"),
        ("--lint-json", "lint.jsonl"),
        ("--coverage", "coverage.json"),
    ]
    .iter()
    .flat_map(|(option, name)| [(*option).to_owned(), folder.arg(name)])
    .collect();
    let fixed = ["--port=uart1=pty", "--port=usbat=pty", "--control=127.0.0.1:0", "--sim-pin", PIN];
    let mut args: Vec<&str> = fixed.iter().copied().chain(files.iter().map(String::as_str)).collect();
    if hides_payload {
        args.push("--trace-hide-payload");
    }
    let server = Server::rustls();
    let modem = Modemtwin::of(command(&args).stderr(Stdio::from(fs::File::create(&errors).unwrap())));
    let client = Client::find(modem.control(), None).unwrap();
    let card = format!("{{\"pin\":\"{PIN}\"}}");
    session(&modem, &server);
    let mut all = Vec::new();
    for path in ["why", "lint", "sockets", "contexts", "ports", ""] {
        let path = format!("/v1/modules/module0/{path}");
        if let Ok(answer) = client.send("GET", path.trim_end_matches('/'), b"") {
            all.push((path, answer));
        }
    }
    let sim = client.send("PUT", "/v1/modules/module0/sim", card.as_bytes());
    all.push(("sim".into(), format!("{sim:?}").into_bytes()));
    modem.stop(Signal::TERM);
    fs::write(out, b"").unwrap();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        all.push((path.display().to_string(), fs::read(&path).unwrap()));
    }
    let trace = folder.arg("trace.jsonl");
    for args in [["why", &trace], ["lint", &trace]] {
        let output = crate::harness::output(&args);
        all.push((args[0].into(), [output.stdout, output.stderr].concat()));
    }
    all
}

fn contains(bytes: &[u8], needle: &str) -> bool {
    bytes.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle.as_bytes()))
}

#[test]
fn no_secret_is_in_anything_that_is_written_down() {
    for hides_payload in [false, true] {
        let all = written(hides_payload);
        let file = |name: &str| &all.iter().find(|(path, _)| path.ends_with(name)).unwrap().1;
        for (name, bytes) in &all {
            let payload = if hides_payload { PAYLOAD } else { &[] };
            for needle in ALWAYS.iter().chain(payload) {
                assert!(
                    !contains(bytes, needle),
                    "{needle} is in {name}:\n{}",
                    String::from_utf8_lossy(bytes)
                );
            }
        }
        // There is something to be found in, and by default the payload is found.
        for name in ["trace.txt", "trace.jsonl", "twin.pcapng", "run.at"] {
            assert!(contains(file(name), "+QSSLOPEN=1,1,4,"), "{name}");
            for needle in PAYLOAD {
                assert_eq!(contains(file(name), needle), !hides_payload, "{needle} in {name}");
            }
        }
        for name in ["why", "lint.jsonl", "coverage.json"] {
            assert!(!file(name).is_empty(), "{name}");
        }
    }
}
