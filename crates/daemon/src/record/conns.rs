//! Connections of a run as peers of a scenario.

use std::net::SocketAddr;

/// A connection of the run, and the peer that stands for its other end.
pub(super) struct Conn {
    pub(super) peer: usize,
    pub(super) kind: Kind,
    pub(super) local_port: u16,
    /// The server has said close_notify; that it is told at the right time.
    pub(super) says_goodbye: bool,
    pub(super) has_ended: bool,
    pub(super) records: Records,
    /// What has come in clear before the module has told that the handshake is complete.
    pub(super) early: Vec<u8>,
}

/// What a connection is.
pub(super) enum Kind {
    Unknown,
    Plain,
    /// With version, suite and key, as keys of a peer.
    Tls(String),
    /// A handshake that has failed.
    Broken,
    Unreachable,
    Silent,
    Datagrams,
}

impl Conn {
    pub(super) fn new(peer: usize, kind: Kind) -> Conn {
        Conn {
            peer,
            kind,
            local_port: 0,
            says_goodbye: false,
            has_ended: false,
            records: Records::default(),
            early: Vec::new(),
        }
    }

    /// The line that makes its peer, at this address and with this name.
    pub(super) fn service(&self, address: SocketAddr, name: Option<&String>) -> Option<String> {
        let local = match self.local_port {
            0 => String::new(),
            port => format!(" localport={port}"),
        };
        Some(match &self.kind {
            Kind::Tls(keys) => {
                let host = name.cloned().unwrap_or_else(|| address.ip().to_string());
                format!("peer tls {address} waits lingers host={host}{keys}{local}")
            }
            Kind::Unreachable => format!("peer unreachable {address}"),
            Kind::Silent => format!("peer blackhole {address}"),
            Kind::Datagrams => return None,
            Kind::Plain | Kind::Broken | Kind::Unknown => {
                format!("peer plain {address} waits lingers{local}")
            }
        })
    }
}

/// Version, suite and key of a handshake, as keys of a peer.
pub(super) fn keys(summary: &str) -> String {
    let version = ["SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2"].into_iter().find(|v| summary.starts_with(v));
    let version =
        version.and_then(|v| v.split(' ').next_back()).map_or(String::new(), |v| format!(" version={v}"));
    let key = if summary.contains("ECDSA") { " key=ec" } else { "" };
    format!("{version}{key}")
}

/// Where the records of a TLS stream begin.
#[derive(Default)]
pub(super) struct Records {
    header: Vec<u8>,
    left: usize,
}

impl Records {
    /// Whether there is an alert among the records that begin in these bytes.
    pub(super) fn has_alert(&mut self, mut bytes: &[u8]) -> bool {
        const ALERT: u8 = 21;
        let mut found = false;
        while let Some((first, rest)) = bytes.split_first() {
            if self.left > 0 {
                let n = self.left.min(bytes.len());
                self.left -= n;
                bytes = bytes.get(n..).unwrap_or_default();
                continue;
            }
            self.header.push(*first);
            bytes = rest;
            if let [kind, _, _, high, low] = self.header[..] {
                found |= kind == ALERT;
                self.left = usize::from(u16::from_be_bytes([high, low]));
                self.header.clear();
            }
        }
        found
    }
}
