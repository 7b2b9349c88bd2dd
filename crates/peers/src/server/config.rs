//! What a test tells the server.

use super::{Group, Hook, suites::SUITES};
use crate::ca::{Identity, Kind, pki};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// A protocol version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Version {
    Ssl30,
    Tls10,
    Tls11,
    Tls12,
}

impl Version {
    /// Lowest first.
    pub const ALL: [Version; 4] = [Version::Ssl30, Version::Tls10, Version::Tls11, Version::Tls12];

    /// The number on the wire.
    pub fn wire(self) -> u16 {
        0x0300 + self as u16
    }

    /// The version with this number.
    pub fn from_wire(wire: u16) -> Option<Version> {
        Version::ALL.into_iter().find(|version| version.wire() == wire)
    }
}

/// Whether a client certificate is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuth {
    /// No CertificateRequest.
    No,
    /// Asked for; without one the handshake goes on.
    Ask,
    /// Without one the handshake fails.
    Require,
}

/// Which kinds of resumption the server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resumption {
    /// Neither; session IDs are empty.
    No,
    /// Session IDs.
    Ids,
    /// Tickets (RFC 5077), where the client supports them.
    Tickets,
    /// Tickets, each resumption with a new one.
    RenewedTickets,
}

/// How handshake messages are put into records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// A record for each message.
    OnePerRecord,
    /// As many messages as fit.
    Coalesced,
    /// All messages as one stream, cut every so many bytes.
    Fragments(usize),
}

/// What was agreed in a session that can be resumed.
#[derive(Clone, Debug)]
pub(super) struct Saved {
    pub version: Version,
    pub suite: u16,
    pub master: Vec<u8>,
    pub ems: bool,
}

/// Sessions by ID or ticket; clones share one store, so that connections can resume each other's sessions.
#[derive(Clone, Debug, Default)]
pub struct Sessions(Arc<Mutex<HashMap<Vec<u8>, Saved>>>);

impl Sessions {
    pub(super) fn put(&self, id: Vec<u8>, saved: Saved) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, saved);
    }

    pub(super) fn get(&self, id: &[u8]) -> Option<Saved> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// Forgets all sessions.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Everything that can be set. [`ServerConfig::new`] is an honest server with everything on.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Lowest and highest version.
    pub versions: (Version, Version),
    /// Suites in order of preference.
    pub suites: Vec<u16>,
    /// Certificates; the first that a suite can use is taken.
    pub identities: Vec<Identity>,
    /// Groups in order of preference.
    pub groups: Vec<Group>,
    /// Signature schemes in order of preference (TLS 1.2; RFC 5246 7.4.1.4.1 and RFC 8446 4.2.3 for PSS).
    pub schemes: Vec<u16>,
    /// Ask for a client certificate.
    pub client_auth: ClientAuth,
    /// DER names of the CertificateRequest.
    pub client_authorities: Vec<Vec<u8>>,
    /// Kinds of resumption.
    pub resumption: Resumption,
    /// Sessions of this server's earlier connections.
    pub sessions: Sessions,
    /// A close_notify of the client is not answered.
    pub lingers: bool,
    /// RFC 7627, when the client offers it.
    pub extended_master_secret: bool,
    /// RFC 7366, when the client offers it.
    pub encrypt_then_mac: bool,
    /// RFC 5746, when the client offers it.
    pub renegotiation_info: bool,
    /// RFC 6066 4, when the client offers it.
    pub max_fragment_length: bool,
    /// Answer server_name with an empty extension, when the client sends it.
    pub acknowledge_name: bool,
    /// Who does not name it (RFC 6066 3) is answered with unrecognized_name.
    pub requires_name: bool,
    /// Records of handshake messages.
    pub packing: Packing,
    /// Longest plaintext of a record sent, 1 to 16384.
    pub max_plaintext: usize,
    /// What goes wrong.
    pub hooks: Vec<Hook>,
}

impl ServerConfig {
    /// All versions, all suites, quick certificates of each kind for this host name.
    pub fn new(host: &str) -> ServerConfig {
        use crate::ca::Curve::P256;
        ServerConfig {
            versions: (Version::Ssl30, Version::Tls12),
            suites: SUITES.iter().rev().map(|suite| suite.code).collect(),
            identities: [Kind::Rsa1024, Kind::Ec(P256), Kind::EcByRsa(P256)]
                .map(|kind| pki().server(kind, host))
                .to_vec(),
            groups: vec![Group::P256, Group::X25519, Group::P384, Group::P521],
            schemes: DEFAULT_SCHEMES.to_vec(),
            client_auth: ClientAuth::No,
            client_authorities: vec![],
            resumption: Resumption::Tickets,
            sessions: Sessions::default(),
            lingers: false,
            extended_master_secret: true,
            encrypt_then_mac: true,
            renegotiation_info: true,
            max_fragment_length: true,
            acknowledge_name: true,
            requires_name: false,
            packing: Packing::OnePerRecord,
            max_plaintext: 16384,
            hooks: vec![],
        }
    }

    /// Only this version and this suite.
    pub fn only(mut self, version: Version, suite: u16) -> ServerConfig {
        self.versions = (version, version);
        self.suites = vec![suite];
        self
    }

    /// With one more fault.
    pub fn hook(mut self, hook: Hook) -> ServerConfig {
        self.hooks.push(hook);
        self
    }
}

/// ECDSA and RSA with SHA-256, 384, 512, SHA-1, and PSS last.
pub const DEFAULT_SCHEMES: [u16; 11] =
    [0x0403, 0x0401, 0x0503, 0x0501, 0x0603, 0x0601, 0x0203, 0x0201, 0x0804, 0x0805, 0x0806];
