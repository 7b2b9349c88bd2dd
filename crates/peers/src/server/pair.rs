//! A client of `tls` and the server in one process, without a network: every byte passes through here.

use super::{Server, ServerConfig, Version};
use crate::ca::{Kind, pki};
use std::sync::Arc;
pub use tls::MaxFragmentLength;
use tls::{Client, Config, Rng, ServerName, Session, UnixTime, Versions, x509};

/// 2026-01-01, within the validity of every good certificate of the test CA.
pub const NOW: UnixTime = UnixTime(1_767_225_600);

/// What the client is told. The default offers everything and checks nothing.
#[derive(Clone, Debug)]
pub struct ClientSide {
    /// Lowest and highest version.
    pub versions: (Version, Version),
    /// Suites in order of preference; empty for all of them.
    pub suites: Vec<u16>,
    /// The suites were asked for one by one (D10).
    pub suites_explicit: bool,
    /// Check chain, dates and name against the test CA's roots.
    pub verify: bool,
    /// Certificate to present.
    pub identity: Option<Kind>,
    /// Send SNI.
    pub sni: bool,
    /// Offer extended master secret.
    pub extended_master_secret: bool,
    /// Offer encrypt-then-MAC.
    pub encrypt_then_mac: bool,
    /// Offer tickets and keep sessions.
    pub resumption: bool,
    /// Ask for short records.
    pub max_fragment_length: Option<MaxFragmentLength>,
}

impl Default for ClientSide {
    fn default() -> ClientSide {
        ClientSide {
            versions: (Version::Ssl30, Version::Tls12),
            suites: vec![],
            suites_explicit: true,
            verify: false,
            identity: None,
            sni: true,
            extended_master_secret: true,
            encrypt_then_mac: true,
            resumption: true,
            max_fragment_length: None,
        }
    }
}

impl ClientSide {
    /// The client's own form of it.
    pub fn config(&self) -> Config {
        let suites = match self.suites.is_empty() {
            true => tls::suites::SUITES.iter().collect(),
            false => self.suites.iter().filter_map(|code| tls::suites::by_code(*code)).collect(),
        };
        let mut anchors = x509::Anchors::default();
        anchors.add_file(pki().roots_pem().as_bytes()).expect("the CA's own roots");
        let policy = match self.verify {
            true => x509::Policy::strict(anchors),
            false => x509::Policy::None,
        };
        let identity = self.identity.map(|kind| {
            let identity = pki().client(kind, "client");
            let (chain, key) = (identity.chain_pem(), identity.key_pem());
            Arc::new(
                x509::Identity::from_files(chain.as_bytes(), key.as_bytes(), None).expect("the CA's own"),
            )
        });
        Config {
            versions: Versions { min: client_version(self.versions.0), max: client_version(self.versions.1) },
            suites,
            suites_explicit: self.suites_explicit,
            policy,
            identity,
            sni: self.sni,
            extended_master_secret: self.extended_master_secret,
            encrypt_then_mac: self.encrypt_then_mac,
            resumption: self.resumption,
            max_fragment_length: self.max_fragment_length,
        }
    }
}

/// The same version in the client's words.
pub fn client_version(version: Version) -> tls::Version {
    match version {
        Version::Ssl30 => tls::Version::Ssl30,
        Version::Tls10 => tls::Version::Tls10,
        Version::Tls11 => tls::Version::Tls11,
        Version::Tls12 => tls::Version::Tls12,
    }
}

/// Which side sent something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Sender {
    Client,
    Server,
}

/// Both ends of one connection to `localhost`. The server echoes.
pub struct Pair {
    /// The client.
    pub client: Client,
    /// The server.
    pub server: Server,
    /// The client's error, once it has one.
    pub error: Option<tls::Error>,
    /// Application data that the client has received.
    pub received: Vec<u8>,
    /// All bytes in the order of sending; what one side sends at a time is one entry.
    pub wire: Vec<(Sender, Vec<u8>)>,
    to_server: Vec<u8>,
    cut: usize,
}

impl Pair {
    /// A client that has just sent its ClientHello. The seed is that of both sides.
    pub fn new(client: Arc<Config>, session: Option<Session>, server: Arc<ServerConfig>, seed: u64) -> Pair {
        let mut entropy = [0; 32];
        entropy[..8].copy_from_slice(&seed.to_be_bytes());
        let name = Some(ServerName::Dns("localhost".into()));
        let mut to_server = Vec::new();
        let client = Client::new(client, name, session, Rng::from_seed(entropy), NOW, &mut to_server);
        Pair {
            client,
            server: Server::new(server, seed),
            error: None,
            received: vec![],
            wire: vec![],
            to_server,
            cut: usize::MAX,
        }
    }

    /// The client gets its bytes in pieces of at most `n`.
    pub fn cut(mut self, n: usize) -> Pair {
        self.cut = n;
        self
    }

    /// Exchanges bytes until neither side has anything to say.
    pub fn run(&mut self) {
        loop {
            let from_client = std::mem::take(&mut self.to_server);
            if !from_client.is_empty() {
                self.server.read(&from_client);
                self.wire.push((Sender::Client, from_client));
            }
            let plaintext = self.server.take_plaintext();
            if !plaintext.is_empty() {
                self.server.write(&plaintext);
            }
            let from_server = self.server.take_output();
            if from_server.is_empty() && self.to_server.is_empty() {
                return;
            }
            self.to_client(&from_server);
            if !from_server.is_empty() {
                self.wire.push((Sender::Server, from_server));
            }
        }
    }

    /// The client sends application data, and both sides go on.
    pub fn say(&mut self, data: &[u8]) {
        if self.error.is_none() {
            self.error = self.client.write(data, &mut self.to_server).err();
        }
        self.run();
    }

    /// The client closes, and both sides go on.
    pub fn close(&mut self) {
        self.client.close(&mut self.to_server);
        self.run();
    }

    /// The client reads bytes as if the server had sent them.
    pub fn to_client(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while self.error.is_none() && !rest.is_empty() {
            let n = self.cut.min(self.client.room()).min(rest.len());
            assert_ne!(n, 0, "the client takes no bytes, and has none to give");
            let (now, later) = rest.split_at(n);
            rest = later;
            self.error = self.client.read_tls(now, &mut self.to_server).err();
            while self.error.is_none() && !self.client.plaintext().is_empty() {
                self.received.extend_from_slice(self.client.plaintext());
                let n = self.client.plaintext().len();
                self.error = self.client.consume(n, &mut self.to_server).err();
            }
        }
    }
}
