//! Conversations with a stranger, recorded once and replayed byte for byte: one file in
//! `tests/flows` for each legal pair of version and suite.
//!
//! The stranger is the TLS of the Java platform. Randomness is fixed, so the client has to say
//! exactly what it said then; after a change of what it says, record again (this needs `java`):
//!
//! ```text
//! cargo test -p modemtwin-tls --test engine -- --ignored record_flows
//! ```

use crate::common::{NOW, only, pairs};
use modemtwin_tls::{
    Client, Config, Rng, ServerName, Version,
    suites::{KeyExchange, Suite},
};
use std::{
    collections::HashMap,
    fmt::Write as _,
    fs,
    io::{BufRead, BufReader, Read, Write as _},
    net::TcpStream,
    path::PathBuf,
    process::{Command, Stdio},
    sync::Arc,
};
use testkit::ca::{Curve, Kind, pki};

/// What is sent, and comes back.
const SAID: &[u8] = b"the same words in every version\n";

/// A client that says its words as soon as it can, and closes when they have come back.
struct Speaker {
    client: Client,
    received: Vec<u8>,
    said: bool,
}

impl Speaker {
    fn new(version: Version, suite: &Suite, out: &mut Vec<u8>) -> Speaker {
        let config = Config { resumption: false, ..only(version, suite.code) };
        let name = Some(ServerName::Dns("localhost".to_owned()));
        let client = Client::new(Arc::new(config), name, None, Rng::from_seed([0x42; 32]), NOW, out);
        Speaker { client, received: Vec::new(), said: false }
    }

    fn hear(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let client = &mut self.client;
        client.read_tls(bytes, out).unwrap_or_else(|error| panic!("{error}"));
        if client.is_established() && !self.said {
            self.said = true;
            client.write(SAID, out).expect("open");
        }
        while !client.plaintext().is_empty() {
            self.received.extend_from_slice(client.plaintext());
            client.consume(client.plaintext().len(), out).unwrap_or_else(|error| panic!("{error}"));
        }
        if self.received == SAID {
            client.close(out);
        }
    }
}

/// What one side said before the other did.
struct Turn {
    client: bool,
    bytes: Vec<u8>,
}

fn path(version: Version, suite: &Suite) -> PathBuf {
    let version = version.to_string().replace([' ', '.'], "").to_lowercase();
    let file = format!("{version}-{:04x}.flow", suite.code);
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/flows").join(file)
}

/// A line of `>` for the client or `<` for the server begins a turn; lines of hex follow.
fn parse(text: &str) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        match (line, turns.last_mut()) {
            (">" | "<", _) => turns.push(Turn { client: line == ">", bytes: Vec::new() }),
            (_, Some(turn)) => {
                turn.bytes.extend(hex(line));
            }
            (_, None) => panic!("no turn before {line:?}"),
        }
    }
    turns
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

/// Everything that the server said.
pub(crate) fn server_bytes(version: Version, suite: &Suite) -> Vec<u8> {
    recorded(version, suite).into_iter().filter(|turn| !turn.client).flat_map(|turn| turn.bytes).collect()
}

fn recorded(version: Version, suite: &Suite) -> Vec<Turn> {
    let path = path(version, suite);
    parse(&fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

fn print(heading: &str, turns: &[Turn]) -> String {
    let mut text = format!("# {heading}\n");
    for turn in turns {
        text.push_str(if turn.client { ">\n" } else { "<\n" });
        for line in turn.bytes.chunks(48) {
            line.iter().for_each(|byte| write!(text, "{byte:02x}").expect("memory"));
            text.push('\n');
        }
    }
    text
}

#[test]
fn every_pair_says_what_it_said() {
    for (version, suite) in pairs() {
        let turns = recorded(version, suite);
        for cut in [1, 7, usize::MAX] {
            let mut out = Vec::new();
            let mut speaker = Speaker::new(version, suite, &mut out);
            for turn in &turns {
                if turn.client {
                    assert!(out == turn.bytes, "{version} {}: another answer than recorded", suite.name);
                    out.clear();
                } else {
                    turn.bytes.chunks(cut).for_each(|piece| speaker.hear(piece, &mut out));
                }
            }
            assert_eq!(speaker.received, SAID);
            assert!(speaker.client.peer_has_closed());
            let summary = speaker.client.summary().expect("established");
            assert_eq!((summary.version, summary.suite), (version, suite));
        }
    }
}

#[test]
#[ignore = "writes the files, and needs java"]
fn record_flows() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("flows");
    fs::create_dir_all(&folder).expect("a folder");
    let identities =
        [("rsa", Kind::Rsa1024), ("ec", Kind::Ec(Curve::P256)), ("by-rsa", Kind::EcByRsa(Curve::P256))];
    fs::write(folder.join("roots.pem"), pki().roots_pem()).expect("a file");
    for (name, kind) in identities {
        let identity = pki().server(kind, "localhost");
        fs::write(folder.join(format!("{name}.pem")), identity.chain_pem()).expect("a file");
        fs::write(folder.join(format!("{name}.key")), identity.key_pem()).expect("a file");
    }
    let mut java = Command::new("java")
        .arg(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../xtask/interop/JsseServer.java"))
        .arg(&folder)
        .args(identities.map(|(name, _)| name))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("java");
    let lines = BufReader::new(java.stdout.take().expect("a pipe")).lines();
    let ports: HashMap<String, String> = lines
        .take(2 * identities.len())
        .map(|line| {
            let line = line.expect("text");
            let (name, port) = line.rsplit_once(' ').expect("a port");
            (name.to_owned(), port.to_owned())
        })
        .collect();
    fs::create_dir_all(path(Version::Tls12, &modemtwin_tls::suites::SUITES[0]).parent().expect("a folder"))
        .expect("a folder");
    for (version, suite) in pairs() {
        let name = match suite.kx {
            KeyExchange::Rsa | KeyExchange::EcdheRsa => "rsa false",
            KeyExchange::EcdhEcdsa | KeyExchange::EcdheEcdsa => "ec false",
            KeyExchange::EcdhRsa => "by-rsa false",
        };
        let turns = record(version, suite, &ports[name]);
        let heading = format!("{version}, {}, with the TLS of Java", suite.name);
        fs::write(path(version, suite), print(&heading, &turns)).expect("a file");
    }
    java.kill().expect("a process");
    java.wait().expect("a process");
}

fn record(version: Version, suite: &Suite, port: &str) -> Vec<Turn> {
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).expect("a listener");
    let mut out = Vec::new();
    let mut speaker = Speaker::new(version, suite, &mut out);
    let mut turns: Vec<Turn> = Vec::new();
    loop {
        if !out.is_empty() {
            stream.write_all(&out).expect("an open connection");
            turns.push(Turn { client: true, bytes: std::mem::take(&mut out) });
        }
        if speaker.client.peer_has_closed() {
            return turns;
        }
        let mut bytes = [0; 1 << 14];
        let len = stream.read(&mut bytes).expect("an open connection");
        assert!(len > 0, "{version} {}: closed", suite.name);
        speaker.hear(&bytes[..len], &mut out);
        match turns.last_mut() {
            Some(turn) if !turn.client => turn.bytes.extend_from_slice(&bytes[..len]),
            _ => turns.push(Turn { client: false, bytes: bytes[..len].to_vec() }),
        }
    }
}
