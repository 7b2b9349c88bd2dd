//! `modemtwin peer`: every peer of the table, met by a module, with the result that the table says.

use crate::{
    harness::{Folder, Modemtwin, command},
    transfer::{Host, Item},
};
use daemon::allow_many_files;
use peers::menu::{MAX_CONNECTIONS, ROWS, Row, Trial, Way};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    os::unix::fs::PermissionsExt,
    process::{Child, Stdio},
};

/// What a trial starts from.
const BASE: &str = "\"sslversion\",4;\"ciphersuite\",0XFFFF;\"seclevel\",1;\"cacert\",\"UFS:ca.pem\";\
                    \"sni\",0;\"ignorelocaltime\",1;\"negotiatetime\",300";

/// A running `modemtwin peer`, all of them on free ports.
struct Peers {
    child: Child,
    places: BTreeMap<String, SocketAddr>,
}

impl Peers {
    fn start(folder: &Folder, rows: &[Row]) -> Peers {
        let wanted: Vec<_> = rows.iter().map(|row| row.name).collect();
        let dir = folder.arg("");
        Peers::of(&[&["peer", "--any-port", "--dir", &dir][..], &wanted].concat())
    }

    fn of(args: &[&str]) -> Peers {
        let mut child = command(args).stdout(Stdio::piped()).spawn().unwrap();
        let mut places = BTreeMap::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if line == "ready" {
                return Peers { child, places };
            }
            let words: Vec<_> = line.split(' ').collect();
            let ["peer", name, place] = words[..] else { panic!("no line of a start: {line}") };
            places.insert(name.to_owned(), place.parse().unwrap());
        }
        panic!("ended without `ready`: {:?}", child.wait());
    }

    fn port(&self, row: &Row) -> u16 {
        self.places[row.name].port()
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A module with what `--dir` has written, and its trace.
fn module(folder: &Folder) -> (Modemtwin, Host) {
    let put: Vec<_> = ["ca.pem", "client.pem", "client.key"]
        .map(|name| format!("--put={name}={}", folder.arg(name)))
        .to_vec();
    let trace = format!("--trace-json={}", folder.arg("trace.jsonl"));
    let args: Vec<_> =
        ["--port=uart1=pty", &trace].into_iter().chain(put.iter().map(String::as_str)).collect();
    let modem = Modemtwin::start(&args);
    let mut host = Host(modem.dte("uart1"));
    host.0.command("ATE0").unwrap();
    host.ok("AT+QISDE=0");
    host.ok("AT+QIACT=1");
    (modem, host)
}

/// The result of the open.
fn open(host: &mut Host, peers: &Peers, row: &Row, trial: &Trial) -> u16 {
    let port = peers.port(row);
    let urc = match row.way {
        Way::Ssl => {
            for setting in BASE.split(';').chain(trial.settings.split(';')).filter(|s| !s.is_empty()) {
                let (name, value) = setting.split_once(',').unwrap();
                host.ok(&format!("AT+QSSLCFG={name},1,{value}"));
            }
            host.say(&format!("AT+QSSLOPEN=1,1,4,\"localhost\",{port},0"));
            "+QSSLOPEN: 4,"
        }
        Way::Tcp => {
            host.say(&format!("AT+QIOPEN=1,4,\"TCP\",\"127.0.0.1\",{port},0,0"));
            "+QIOPEN: 4,"
        }
        Way::Udp => {
            host.say(&format!("AT+QIOPEN=1,4,\"UDP\",\"127.0.0.1\",{port},0,0"));
            "+QIOPEN: 4,"
        }
    };
    assert_eq!(host.item(), Item::Line("OK".into()));
    match host.item() {
        Item::Line(line) => line.strip_prefix(urc).unwrap().parse().unwrap(),
        item => panic!("{item:?} for an open"),
    }
}

/// Sends some bytes and reads them again, in as many pieces as they come.
fn hears_echo(host: &mut Host, way: Way) {
    let (send, read) = match way {
        Way::Ssl => ("AT+QSSLSEND=4,5", "AT+QSSLRECV=4,1500"),
        Way::Tcp | Way::Udp => ("AT+QISEND=4,5", "AT+QIRD=4,1500"),
    };
    host.say(send);
    assert_eq!(host.item(), Item::Prompt);
    host.0.say(b"hello").unwrap();
    assert_eq!(host.item(), Item::Line("SEND OK".into()));
    let mut heard = Vec::new();
    while heard != b"hello" {
        // "recv", unless it has come already.
        host.say(read);
        let piece = loop {
            match host.item() {
                Item::Read(piece) => break piece,
                Item::Line(line) if line.contains("URC: \"recv\",4") => {}
                Item::Line(line) if line.starts_with("+QIRD: ") => {
                    let length: usize = line["+QIRD: ".len()..].parse().unwrap();
                    break if length == 0 { Vec::new() } else { host.data(length) };
                }
                item => panic!("{item:?} for {read}"),
            }
        };
        assert_eq!(host.item(), Item::Line("OK".into()));
        heard.extend(piece);
    }
}

fn close(host: &mut Host, way: Way) {
    host.say(if way == Way::Ssl { "AT+QSSLCLOSE=4" } else { "AT+QICLOSE=4" });
    // What the peer has said or done by itself may come first.
    while host.item() != Item::Line("OK".into()) {}
}

/// Causes of failed opens, from the trace.
fn causes(folder: &Folder) -> Vec<String> {
    let trace = fs::read_to_string(folder.arg("trace.jsonl")).unwrap();
    let failed = trace.lines().filter(|line| line.contains("\"kind\":\"open_failed\""));
    failed.map(|line| line.split_once("\"cause\":\"").unwrap().1.to_owned()).collect()
}

#[test]
fn a_module_makes_of_every_peer_what_the_table_says() {
    let folder = Folder::new("menu");
    let peers = Peers::start(&folder, ROWS);
    let (modem, mut host) = module(&folder);
    let mut seen = Vec::new();
    for row in ROWS {
        for trial in row.trials {
            let code = open(&mut host, &peers, row, trial);
            seen.push((row, trial, code));
            let echoes =
                !["sink", "source", "http", "truncated"].contains(&row.name.trim_end_matches("-tcp"));
            if code == 0 && echoes {
                hears_echo(&mut host, row.way);
            }
            close(&mut host, row.way);
        }
    }
    modem.stop(Signal::TERM);
    let mut causes = causes(&folder).into_iter();
    let mut wrong = Vec::new();
    for (row, trial, code) in seen {
        let cause = if code == 0 { String::new() } else { causes.next().unwrap_or_default() };
        if code != trial.code || !cause.contains(trial.why) {
            wrong.push(format!("{} {}: {code} {cause}", row.name, trial.sentence()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn sources_send_all_and_http_answers() {
    let folder = Folder::new("menu-data");
    let rows: Vec<_> =
        ["source-tcp", "http-tcp", "sink-tcp"].map(|name| *Row::by_name(name).unwrap()).to_vec();
    let peers = Peers::start(&folder, &rows);
    let mut data = Vec::new();
    TcpStream::connect(peers.places["source-tcp"]).unwrap().read_to_end(&mut data).unwrap();
    assert_eq!(data.len(), 1024 * 1024);
    let mut http = TcpStream::connect(peers.places["http-tcp"]).unwrap();
    http.write_all(b"POST /up HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = String::new();
    http.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nmodemtwin peer: POST /up\n"), "{answer}");

    // One connection too many is closed; when one of the others has gone, there is room again.
    allow_many_files();
    let place = peers.places["sink-tcp"];
    let crowd: Vec<_> = (0..MAX_CONNECTIONS).map(|_| TcpStream::connect(place).unwrap()).collect();
    assert_eq!(TcpStream::connect(place).unwrap().read(&mut [0]).unwrap_or(0), 0);
    drop(crowd);
}

#[test]
fn everybody_may_read_certificates_and_their_owner_keys() {
    let folder = Folder::new("menu-files");
    let path = |name: &str| folder.arg(name);
    fs::write(path("client.key"), "an old one").unwrap();
    fs::set_permissions(path("client.key"), fs::Permissions::from_mode(0o644)).unwrap();
    let peers = Peers::start(&folder, &ROWS[..1]);
    for (name, wanted) in [("ca.pem", 0o644), ("client.pem", 0o644), ("client.key", 0o600)] {
        assert_eq!(fs::metadata(path(name)).unwrap().permissions().mode() & 0o777, wanted, "{name}");
    }
    // Who finds the place taken leaves the certificates of whom has it.
    let before = fs::read(path("ca.pem")).unwrap();
    let place = format!("echo={}", peers.places["echo"]);
    let second = crate::harness::output(&["peer", "--dir", &folder.arg(""), &place]);
    assert_eq!((second.status.code(), fs::read(path("ca.pem")).unwrap()), (Some(1), before));
}

#[test]
fn an_address_for_all_may_be_of_ipv6() {
    let folder = Folder::new("menu-ipv6");
    let dir = folder.arg("");
    let stderr = crate::harness::output(&["peer", "--address", "here", "echo", "--dir", &dir]).stderr;
    assert!(String::from_utf8(stderr).unwrap().contains("'here' for '--address <IP>'"));
    let peers = Peers::of(&["peer", "--address", "::1", "--any-port", "echo-tcp", "--dir", &dir]);
    let mut echo = TcpStream::connect(peers.places["echo-tcp"]).unwrap();
    assert!(echo.peer_addr().unwrap().is_ipv6());
    let mut heard = [0; 5];
    echo.write_all(b"hello").and_then(|()| echo.read_exact(&mut heard)).unwrap();
    assert_eq!(&heard, b"hello");
}

#[test]
fn signals_end_it_and_mistakes_have_a_remedy() {
    let folder = Folder::new("menu-end");
    let mut peers = Peers::start(&folder, &ROWS[..2]);
    kill_process(Pid::from_child(&peers.child), Signal::TERM).unwrap();
    assert_eq!(peers.child.wait().unwrap().code(), Some(0));

    let stderr = |args: &[&str]| String::from_utf8(crate::harness::output(args).stderr).unwrap();
    assert!(stderr(&["peer", "ecko"]).contains("no peer is called `ecko`; did you mean `echo`? (see"));
    assert!(stderr(&["peer", "xyzzy"]).contains("no peer is called `xyzzy`; there are "));
    assert!(stderr(&["peer", "echo=here"]).contains("write NAME=ADDR:PORT, as in echo=0.0.0.0:8401"));
    assert!(stderr(&["peer"]).contains("NAME[=ADDR:PORT]"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let place = format!("echo={}", taken.local_addr().unwrap());
    assert!(stderr(&["peer", &place]).contains("any port: echo=127.0.0.1:0; all of them: --any-port"));
    let list = String::from_utf8(crate::harness::output(&["peer", "--list"]).stdout).unwrap();
    assert!(ROWS.iter().all(|row| list.contains(row.name) && list.contains(row.shows)), "{list}");
}
