//! The form of recorded conversations, which are there, and who speaks them.
//!
//! A file in `tests/flows` has one connection, or two of which the second resumes the session of the first. A line of
//! `>` for the client or `<` for the server begins a turn, lines of hex follow; `=` begins the second connection.

use crate::common::{NOW, only, pairs};
use modemtwin_tls::{
    Client, Config, Rng, ServerName, Session, Version,
    suites::{self, Suite},
};
use std::{fmt::Write as _, fs, path::PathBuf, sync::Arc};

/// What is sent, and comes back.
pub(crate) const SAID: &[u8] = b"the same words in every version\n";

/// Who was spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stranger {
    /// The TLS of the Java platform.
    Java,
    /// The last OpenSSL that has what the modules have.
    OpenSsl102,
}

/// How the connections came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handshakes {
    /// One, in full.
    Full,
    /// Two; the server keeps the session.
    Id,
    /// Two; the client keeps it in a ticket.
    Ticket,
}

/// One file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flow {
    pub(crate) version: Version,
    pub(crate) suite: &'static Suite,
    pub(crate) stranger: Stranger,
    pub(crate) handshakes: Handshakes,
}

/// Suites that are resumed: each kind of cipher, each hash of records and of secrets.
const RESUMED: [u16; 7] = [0x0004, 0x0005, 0x000A, 0x0035, 0xC027, 0xC028, 0xC02F];

/// Suites that a second stranger has spoken: each key exchange, each kind of cipher.
const AGAIN: [u16; 10] = [0x0005, 0x000A, 0x0035, 0xC004, 0xC00E, 0xC009, 0xC013, 0xC028, 0xC02C, 0xC02F];

/// All that have been recorded.
pub(crate) fn flows() -> Vec<Flow> {
    use Handshakes::{Full, Id, Ticket};
    let mut flows = Vec::new();
    let mut add = |stranger, handshakes, among: Option<&[u16]>| {
        for (version, suite) in pairs() {
            // SSL 3.0 has no tickets.
            let known = handshakes != Ticket || version > Version::Ssl30;
            if known && among.is_none_or(|codes| codes.contains(&suite.code)) {
                flows.push(Flow { version, suite, stranger, handshakes });
            }
        }
    };
    add(Stranger::Java, Full, None);
    add(Stranger::Java, Id, Some(&RESUMED));
    add(Stranger::Java, Ticket, Some(&RESUMED));
    add(Stranger::OpenSsl102, Full, Some(&AGAIN));
    add(Stranger::OpenSsl102, Id, Some(&[0x0035, 0xC02F]));
    add(Stranger::OpenSsl102, Ticket, Some(&[0x0035, 0xC02F]));
    flows
}

/// What one side said before the other did.
pub(crate) struct Turn {
    pub(crate) client: bool,
    pub(crate) bytes: Vec<u8>,
}

impl Flow {
    pub(crate) fn full(version: Version, suite: &'static Suite) -> Flow {
        Flow { version, suite, stranger: Stranger::Java, handshakes: Handshakes::Full }
    }

    /// In words.
    pub(crate) fn heading(&self) -> String {
        let with = match self.stranger {
            Stranger::Java => "the TLS of Java",
            Stranger::OpenSsl102 => "OpenSSL 1.0.2",
        };
        let how = match self.handshakes {
            Handshakes::Full => "",
            Handshakes::Id => ", resumed by session ID",
            Handshakes::Ticket => ", resumed by ticket",
        };
        format!("{}, {}, with {with}{how}", self.version, self.suite.name)
    }

    pub(crate) fn path(&self) -> PathBuf {
        let version = self.version.to_string().replace([' ', '.'], "").to_lowercase();
        let with = match self.stranger {
            Stranger::Java => "",
            Stranger::OpenSsl102 => "-openssl102",
        };
        let how = match self.handshakes {
            Handshakes::Full => "",
            Handshakes::Id => "-id",
            Handshakes::Ticket => "-ticket",
        };
        let file = format!("{version}-{:04x}{with}{how}.flow", self.suite.code);
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/flows").join(file)
    }

    /// The connections of the file.
    pub(crate) fn recorded(&self) -> Vec<Vec<Turn>> {
        let path = self.path();
        parse(&fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    /// The client of the first connection, or of the second one.
    pub(crate) fn speaker(&self, resume: Option<Session>, out: &mut Vec<u8>) -> Speaker {
        let resumption = self.handshakes != Handshakes::Full;
        let config = Config { resumption, ..only(self.version, self.suite.code) };
        let rng = Rng::from_seed(self.seed(resume.is_some()));
        let name = Some(ServerName::Dns("localhost".to_owned()));
        let client = Client::new(Arc::new(config), name, resume, rng, NOW, out);
        Speaker { client, received: Vec::new(), said: false }
    }

    /// What the client's randomness is made of.
    pub(crate) fn seed(&self, resumes: bool) -> [u8; 32] {
        [if resumes { 0x43 } else { 0x42 }; 32]
    }
}

fn parse(text: &str) -> Vec<Vec<Turn>> {
    let mut connections: Vec<Vec<Turn>> = vec![Vec::new()];
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let turns = connections.last_mut().expect("there is one");
        match (line, turns.last_mut()) {
            ("=", _) => connections.push(Vec::new()),
            (">" | "<", _) => turns.push(Turn { client: line == ">", bytes: Vec::new() }),
            (_, Some(turn)) => turn.bytes.extend(hex(line)),
            (_, None) => panic!("no turn before {line:?}"),
        }
    }
    connections
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

/// Everything that the server said in a full handshake.
pub(crate) fn server_bytes(version: Version, suite: &Suite) -> Vec<u8> {
    let suite = suites::by_code(suite.code).expect("a suite of the table");
    let [turns] = &Flow::full(version, suite).recorded()[..] else { panic!("one connection") };
    turns.iter().filter(|turn| !turn.client).flat_map(|turn| turn.bytes.clone()).collect()
}

pub(crate) fn print(heading: &str, connections: &[Vec<Turn>]) -> String {
    let mut text = format!("# {heading}\n");
    for (index, turns) in connections.iter().enumerate() {
        text.push_str(if index > 0 { "=\n" } else { "" });
        for turn in turns {
            text.push_str(if turn.client { ">\n" } else { "<\n" });
            for line in turn.bytes.chunks(48) {
                line.iter().for_each(|byte| write!(text, "{byte:02x}").expect("memory"));
                text.push('\n');
            }
        }
    }
    text
}

/// A client that says its words as soon as it can, and closes when they have come back.
pub(crate) struct Speaker {
    pub(crate) client: Client,
    pub(crate) received: Vec<u8>,
    said: bool,
}

impl Speaker {
    pub(crate) fn hear(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
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
