//! What a connection is told before it starts.

use crate::{
    suites::{self, Suite},
    version::Versions,
    x509,
};
use std::{net::IpAddr, sync::Arc};

/// Seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime(pub i64);

/// Who the peer should be: checked against its certificate and sent as SNI (never an IP literal).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ServerName {
    /// A host name.
    Dns(String),
    /// An address.
    Ip(IpAddr),
}

/// The most plaintext bytes in a record that can be asked for (RFC 6066 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum MaxFragmentLength {
    Bytes512 = 1,
    Bytes1024,
    Bytes2048,
    Bytes4096,
}

impl MaxFragmentLength {
    /// The number on the wire.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The length in bytes.
    pub const fn bytes(self) -> usize {
        256 << self.code()
    }
}

/// Everything one connection needs to know; shared by the connections of one context.
#[derive(Clone, Debug)]
pub struct Config {
    /// Versions offered.
    pub versions: Versions,
    /// Suites offered, in order of preference. What a version cannot carry is not offered in it.
    pub suites: Vec<&'static Suite>,
    /// Suites that were asked for one by one (not by "all"): D10 accepts an EC suite in SSL 3.0 only then.
    pub suites_explicit: bool,
    /// How the server's certificate is judged.
    pub policy: x509::Policy,
    /// Certificate chain and key, sent when the server asks.
    pub identity: Option<Arc<x509::Identity>>,
    /// Send SNI (when the name is a DNS name).
    pub sni: bool,
    /// Offer RFC 7627.
    pub extended_master_secret: bool,
    /// Offer RFC 7366.
    pub encrypt_then_mac: bool,
    /// Offer session tickets (RFC 5077) and keep sessions for resumption.
    pub resumption: bool,
    /// Ask for short records (RFC 6066 4).
    pub max_fragment_length: Option<MaxFragmentLength>,
}

impl Config {
    /// All versions and suites, the strongest first, with every extension that does not have to be asked for. For
    /// less, `Config { versions: Versions::only(Version::Tls12), ..Config::new(policy) }`.
    pub fn new(policy: x509::Policy) -> Config {
        Config {
            versions: Versions::ALL,
            suites: suites::by_preference().collect(),
            suites_explicit: false,
            policy,
            identity: None,
            sni: true,
            extended_master_secret: true,
            encrypt_then_mac: true,
            resumption: true,
            max_fragment_length: None,
        }
    }
}
