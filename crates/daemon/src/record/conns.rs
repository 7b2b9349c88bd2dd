//! Connections of a run as peers of a scenario.

use std::net::SocketAddr;

/// A connection of the run, and the peer that stands for its other end.
pub(super) struct Conn {
    pub(super) peer: usize,
    /// Which of the connections of this peer it is, from 1 on, once that is on the tape.
    pub(super) number: usize,
    pub(super) kind: Kind,
    pub(super) local_port: u16,
    /// The file has that TCP is up and the server takes nothing.
    pub(super) is_stopped: bool,
    /// The file has that it was accepted.
    pub(super) is_accepted: bool,
    /// The server has said close_notify in one piece with the end of the handshake.
    pub(super) closes_early: bool,
    pub(super) has_ended: bool,
    pub(super) records: Records,
    /// What has come while it is not known what it is.
    pub(super) handshake: Vec<u8>,
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
    Silent,
    /// With a server, or with everybody.
    Datagrams(Option<SocketAddr>),
}

impl Conn {
    pub(super) fn new(peer: usize, kind: Kind) -> Conn {
        Conn {
            peer,
            number: 0,
            kind,
            local_port: 0,
            is_stopped: false,
            is_accepted: false,
            closes_early: false,
            has_ended: false,
            records: Records::default(),
            handshake: Vec::new(),
            early: Vec::new(),
        }
    }

    /// It is one that a peer accepts, or could.
    pub(super) fn is_accepted_by_peer(&self) -> bool {
        matches!(self.kind, Kind::Unknown | Kind::Plain | Kind::Tls(_) | Kind::Broken)
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
            Kind::Silent => format!("peer blackhole {address}"),
            Kind::Datagrams(None) => return None,
            Kind::Datagrams(Some(_)) => format!("peer udp {address} to={}{local}", self.local_port),
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

/// Where the records of a TLS stream are.
#[derive(Default)]
pub(super) struct Records {
    header: Vec<u8>,
    kind: u8,
    left: usize,
    /// What comes now is protected: the handshake is over but for its last message.
    is_protected: bool,
}

/// What of protected records comes to its end in a piece of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ended {
    /// Application data.
    pub(super) data: bool,
    /// An alert: the server's close_notify.
    pub(super) alert: bool,
}

impl Records {
    /// The next bytes of the server.
    pub(super) fn follow(&mut self, mut bytes: &[u8]) -> Ended {
        const CHANGE_CIPHER_SPEC: u8 = 20;
        const ALERT: u8 = 21;
        const DATA: u8 = 23;
        let mut ended = Ended::default();
        while let Some((first, rest)) = bytes.split_first() {
            if self.left == 0 {
                self.header.push(*first);
                bytes = rest;
                if let [kind, _, _, high, low] = self.header[..] {
                    (self.kind, self.left) = (kind, usize::from(u16::from_be_bytes([high, low])));
                    self.header.clear();
                }
                continue;
            }
            let n = self.left.min(bytes.len());
            self.left -= n;
            bytes = bytes.get(n..).unwrap_or_default();
            if self.left == 0 {
                self.is_protected |= self.kind == CHANGE_CIPHER_SPEC;
                ended.alert |= self.kind == ALERT && self.is_protected;
                ended.data |= self.kind == DATA;
            }
        }
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_followed_through_every_split() {
        let stream = b"\x15\x03\x03\x00\x02\x01\x70\x14\x03\x03\x00\x01\x01\x17\x03\x03\x00\x03\x15\x15\x15\
                       \x15\x03\x03\x00\x01\x00";
        for at in 0..stream.len() {
            let mut records = Records::default();
            let (first, second) = (records.follow(&stream[..at]), records.follow(&stream[at..]));
            assert_eq!((first.data, first.alert), (at >= 21, false), "{at}");
            assert_eq!((second.data, second.alert), (at < 21, true), "{at}");
        }
        // A warning in the handshake ends nothing.
        assert_eq!(Records::default().follow(&stream[..13]), Ended::default());
    }
}
