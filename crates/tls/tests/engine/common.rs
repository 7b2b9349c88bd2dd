//! A client and a server with nothing between them but bytes.

use modemtwin_tls::{
    Client, Config, Error, Rng, ServerName, Session, UnixTime, Version, Versions, suites, x509,
};
use std::sync::Arc;
use testkit::server::{Established, Server, ServerConfig};

/// 2024-11-22.
pub(crate) const NOW: UnixTime = UnixTime(1_732_233_600);

/// Nothing is verified, everything is offered.
pub(crate) fn config() -> Config {
    Config::new(x509::Policy::None)
}

/// One version, one suite, asked for by its code.
pub(crate) fn only(version: Version, suite: u16) -> Config {
    Config {
        versions: Versions::only(version),
        suites: vec![suites::by_code(suite).expect("a suite of the table")],
        suites_explicit: true,
        ..config()
    }
}

/// The server's word for a version.
pub(crate) fn server_version(version: Version) -> testkit::server::Version {
    testkit::server::Version::from_wire(version.code()).expect("a known version")
}

/// Every suite in every version that can carry it: 95.
pub(crate) fn pairs() -> impl Iterator<Item = (Version, &'static suites::Suite)> {
    let suites = || suites::SUITES.iter();
    Version::ALL.into_iter().flat_map(move |version| {
        suites().filter(move |suite| suite.min_version() <= version).map(move |suite| (version, suite))
    })
}

/// Both ends of a connection.
pub(crate) struct Pair {
    pub(crate) client: Client,
    pub(crate) server: Server,
    /// From the client, not yet at the server.
    pub(crate) out: Vec<u8>,
    /// What the client has received as plaintext.
    pub(crate) received: Vec<u8>,
    pub(crate) error: Option<Error>,
}

impl Pair {
    pub(crate) fn new(config: Config, server: ServerConfig) -> Pair {
        Pair::resuming(config, server, None)
    }

    pub(crate) fn resuming(config: Config, server: ServerConfig, session: Option<Session>) -> Pair {
        let mut out = Vec::new();
        let name = Some(ServerName::Dns("server.test".to_owned()));
        let client = Client::new(Arc::new(config), name, session, Rng::from_seed([7; 32]), NOW, &mut out);
        let server = Server::new(Arc::new(server), 1);
        Pair { client, server, out, received: Vec::new(), error: None }
    }

    /// Moves bytes until nothing moves any more.
    pub(crate) fn run(&mut self) {
        loop {
            self.server.read(&std::mem::take(&mut self.out));
            let answer = self.server.take_output();
            if answer.is_empty() {
                return;
            }
            self.deliver(&answer);
            if self.out.is_empty() {
                return;
            }
        }
    }

    /// Brings bytes to the client, in pieces for which it has room.
    pub(crate) fn deliver(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(self.client.room().min(bytes.len()));
            bytes = later;
            let mut result = self.client.read_tls(now, &mut self.out);
            while result.is_ok() && !self.client.plaintext().is_empty() {
                let plaintext = self.client.plaintext();
                self.received.extend_from_slice(plaintext);
                let used = plaintext.len();
                result = self.client.consume(used, &mut self.out);
            }
            if let Err(error) = result {
                self.error = Some(error);
                return;
            }
        }
    }

    /// Both ends have finished the handshake.
    pub(crate) fn established(&mut self) -> Established {
        self.run();
        assert_eq!(self.error, None, "{:?}", self.server.events());
        assert!(self.client.is_established(), "{:?}", self.server.events());
        self.server.established().expect("the server is established").clone()
    }

    /// Sends `data` there and back.
    pub(crate) fn echo(&mut self, data: &[u8]) {
        self.client.write(data, &mut self.out).expect("an open connection");
        self.run();
        let arrived = self.server.take_plaintext();
        assert!(arrived == data, "{} of {} bytes arrived", arrived.len(), data.len());
        self.received.clear();
        self.server.write(data);
        self.run();
        assert_eq!(self.error, None);
        assert!(self.received == data, "{} of {} bytes came back", self.received.len(), data.len());
    }
}

/// Bytes that repeat late.
pub(crate) fn sample(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i % 251 + i / 251) as u8).collect()
}
