//! Wires: --baud, --chunk, --latency reach the port, as the trace tells; a host that stops reading stops only itself.

use crate::harness::{Folder, Modemtwin};
use daemon::Place;
use modemtwin::{dte::Dte, sockets::plain_echo};
use rustix::process::Signal;
use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    thread,
};

/// Bytes on the port: when in microseconds since the host came, who says them, how many.
type Passed = (u64, bool, usize);

/// Types `lines` on a module with these options, hears `answer` behind each, and reads in the trace what passed when.
/// The stamps are the module's own: however slow the machine, nothing is earlier than the wire allows.
fn passed(options: &[&str], lines: &[&str], answer: &str) -> Vec<Passed> {
    let folder = Folder::new(&format!("wire{}", options.concat().replace(['-', '='], "")));
    let trace = folder.arg("trace.jsonl");
    let arguments = [&["--port=uart1=tcp:127.0.0.1:0", "--trace-json", &trace], options].concat();
    let modem = Modemtwin::start(&arguments);
    let mut dte = modem.dte("uart1");
    for line in lines {
        dte.say(format!("{line}\r").as_bytes()).unwrap();
        let expected = format!("{line}\r{answer}");
        assert_eq!(String::from_utf8(dte.hear_exactly(expected.len()).unwrap()).unwrap(), expected);
    }
    modem.stop(Signal::TERM);
    let text = fs::read_to_string(&trace).unwrap();
    let attached = text.lines().find(|line| field(line, "kind") == Some("\"attached\"")).map(stamp).unwrap();
    text.lines()
        .filter_map(|line| {
            let from_host = match field(line, "kind")? {
                "\"host\"" => true,
                "\"module\"" => false,
                _ => return None,
            };
            let data = line.split("\"data\":\"").nth(1)?.strip_suffix("\"}")?;
            Some((stamp(line) - attached, from_host, data.replace("\\r", "r").replace("\\n", "n").len()))
        })
        .collect()
}

/// What a field of a line of the trace has, as it stands there; up to a comma.
fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.split(&format!("\"{name}\":")).nth(1)?.split(',').next()
}

fn stamp(line: &str) -> u64 {
    let seconds: f64 = field(line, "t").unwrap().parse().unwrap();
    (seconds * 1e6).round() as u64
}

/// What one side says, as it passed.
fn of(passed: &[Passed], host: bool) -> Vec<(u64, usize)> {
    passed.iter().filter(|(_, from_host, _)| *from_host == host).map(|(at, _, n)| (*at, *n)).collect()
}

const OK: &str = "\r\nOK\r\n";

const CSQ: &str = "\r\n+CSQ: (0-31,99),(0-7,99)\r\n\r\nOK\r\n";

#[test]
fn baud_lets_each_byte_take_its_time_in_both_directions() {
    // 8333 us a byte. The host's are taken one by one.
    let passed = passed(&["--baud=1200"], &["AT+CSQ=?"], CSQ);
    let heard = of(&passed, true);
    assert_eq!(heard.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [1; 9]);
    assert!(heard.last().unwrap().0 >= 8 * 8333, "{heard:?}");
    let said = of(&passed, false);
    assert!(said.last().unwrap().0 >= (9 + CSQ.len() as u64) * 8333, "{said:?}");
}

#[test]
fn ipr_sets_the_baud() {
    let passed = passed(&["--baud=ipr"], &["AT+IPR=600", "AT"], OK);
    // The echo and the answer of AT.
    let said = of(&passed, false);
    assert!(said.last().unwrap().0 >= 9 * 16_666, "{said:?}");
}

/// "New rate valid after `OK`": which still comes at the old one.
#[test]
fn the_ok_of_ipr_has_the_rate_before_it() {
    let line = "AT+IPR=115200";
    let passed = passed(&["--baud=ipr"], &["AT+IPR=600", line], OK);
    // Echo and answer of the second line.
    let said = of(&passed, false);
    assert!(said.last().unwrap().0 >= (line.len() + 1 + OK.len()) as u64 * 16_666, "{said:?}");
}

#[test]
fn chunk_cuts_what_passes_and_sets_the_pieces_apart() {
    let passed = passed(&["--chunk=3,15"], &["AT+CSQ=?"], CSQ);
    for (host, total) in [(true, 9), (false, 9 + CSQ.len())] {
        let pieces = of(&passed, host);
        assert_eq!(pieces.iter().map(|(_, n)| n).sum::<usize>(), total);
        assert!(pieces.iter().all(|(_, n)| *n <= 3), "{pieces:?}");
        assert!(pieces.last().unwrap().0 >= (total as u64 - 1) / 3 * 15_000, "{pieces:?}");
    }
}

#[test]
fn latency_delays_what_is_said_after_a_silence() {
    let passed = passed(&["--latency=40-60", "--seed=7"], &["AT", "AT"], OK);
    let mut heard = None;
    for (at, from_host, _) in passed {
        match heard.take() {
            Some(heard) if !from_host => assert!(at - heard >= 40_000, "{} us", at - heard),
            _ => {}
        }
        if from_host {
            heard = Some(at);
        }
    }
}

/// The seed decides: with one the first answer is late by more than 190 of 200 ms, which hardly any other has.
#[test]
fn the_seed_reaches_the_wire() {
    let passed = passed(&["--latency=0-200", "--seed=9"], &["AT"], OK);
    let (heard, said) = (of(&passed, true)[0].0, of(&passed, false)[0].0);
    assert!(said - heard >= 190_000, "{} us", said - heard);
}

#[test]
fn without_them_an_answer_passes_whole() {
    let passed = passed(&["--seed=5"], &["AT+CSQ=?"], CSQ);
    let pieces: Vec<usize> = of(&passed, false).iter().map(|(_, n)| *n).collect();
    assert!(pieces == [9 + CSQ.len()] || pieces == [9, CSQ.len()], "{pieces:?}");
}

/// More answers than all buffers between hold; the other port and the network go on; then nothing is missing.
#[test]
fn a_tcp_host_that_stops_reading_blocks_only_its_own_port() {
    let modem = Modemtwin::start(&["--port=uart1=tcp:127.0.0.1:0", "--port=usbat=tcp:127.0.0.1:0"]);
    let Place::Tcp(addr) = modem.place("uart1") else { panic!("{:?}", modem.place("uart1")) };
    let mut deaf = TcpStream::connect(addr).unwrap();
    deaf.write_all(b"ATE0\r").unwrap();
    let mut echo = [0; 11];
    deaf.read_exact(&mut echo).unwrap();
    let mut other = modem.dte("usbat");
    let mut ok = |line: &str| assert!(other.command(line).unwrap().ends_with(OK), "{line}");
    ["ATE0", "AT+QISDE=0", "AT+QIACT=1"].into_iter().for_each(&mut ok);
    let open = format!("AT+QIOPEN=1,0,\"TCP\",\"127.0.0.1\",{},0,1\r", plain_echo().unwrap());
    other.say(open.as_bytes()).unwrap();
    other.hear_until(b"+QIOPEN: 0,0\r\n").unwrap();
    let answer = other.command("ATI").unwrap();
    let turn = |other: &mut Dte| {
        other.say(b"AT+QISENDEX=0,\"68656C6C6F\"\r").unwrap();
        other.hear_until(b"hello\r\n").unwrap();
    };

    deaf.set_nonblocking(true).unwrap();
    let line = b"ATI\r";
    let mut sent = 0;
    // Stuck is a port that takes nothing while the other one is served a hundred times.
    let mut turns = 0;
    while turns < 100 {
        match deaf.write(&line[sent % line.len()..]) {
            Ok(n) => (sent, turns) = (sent + n, 0),
            Err(e) if e.kind() == ErrorKind::WouldBlock => {
                turn(&mut other);
                turns += 1;
            }
            Err(e) => panic!("{e}"),
        }
    }

    // It reads again, and completes the line that it was in.
    deaf.set_nonblocking(false).unwrap();
    let mut rest = deaf.try_clone().unwrap();
    let lines = sent.div_ceil(line.len());
    let writing = thread::spawn(move || rest.write_all(&line[sent - (lines - 1) * line.len()..]));
    let mut heard = vec![0; answer.len()];
    for _ in 0..lines {
        deaf.read_exact(&mut heard).unwrap();
        assert_eq!(String::from_utf8_lossy(&heard), answer);
    }
    writing.join().unwrap().unwrap();
    turn(&mut other);
}
