//! A TLS peer of any version, over the test kit's own server.

use super::{Manners, Peer};
use crate::server::wire::{alert, extension};
use crate::server::{Event, Server, ServerConfig, Version};
use std::sync::Arc;

/// A server of SSL 3.0 to TLS 1.2.
pub struct TlsPeer {
    server: Server,
    manners: Manners,
    tx: Vec<u8>,
    /// Application data that waits for the end of the handshake, and whether it is the last.
    waiting: Vec<u8>,
    closes: bool,
    received: Vec<u8>,
    facts: Vec<String>,
    /// How many of the server's events have become facts.
    seen: usize,
    established: bool,
    finished: bool,
}

impl TlsPeer {
    /// A peer that has just accepted a connection.
    pub fn new(config: Arc<ServerConfig>, seed: u64, manners: Manners) -> TlsPeer {
        TlsPeer {
            server: Server::new(config, seed),
            manners,
            tx: Vec::new(),
            waiting: Vec::new(),
            closes: false,
            received: Vec::new(),
            facts: Vec::new(),
            seen: 0,
            established: false,
            finished: false,
        }
    }

    fn note(&mut self, event: &Event) {
        match event {
            Event::ClientHello(hello) => {
                if let Some(name) = hello.extension(extension::SERVER_NAME) {
                    // The list's length, the name's type and length come first (RFC 6066 3).
                    let name = name.get(5..).unwrap_or_default();
                    self.facts.push(format!("sni {}", String::from_utf8_lossy(name)));
                }
            }
            Event::ClientCertificate(chain) => self.facts.push(format!("client chain of {}", chain.len())),
            Event::Established(agreed) => {
                self.established = true;
                self.facts.push(format!("version {}", version_name(agreed.version)));
                self.facts.push(format!("suite 0X{:04X}", agreed.suite.code));
                if agreed.resumed {
                    self.facts.push("resumption".into());
                }
                let waiting = std::mem::take(&mut self.waiting);
                self.server.write(&waiting);
                if self.closes {
                    self.close();
                }
            }
            Event::Data(_) => {}
            Event::Alert(_, alert::CLOSE_NOTIFY) => {
                self.facts.push("close_notify".into());
                if self.manners == Manners::Polite {
                    self.close();
                }
            }
            Event::Alert(_, number) => {
                self.facts.push(format!("alert {number}"));
                self.finished = true;
            }
            Event::Failed(failure) => {
                self.facts.push(format!("error {}", failure.reason));
                self.finished = true;
            }
        }
    }

    fn flush(&mut self) {
        self.tx.extend(self.server.take_output());
    }
}

fn version_name(version: Version) -> &'static str {
    match version {
        Version::Ssl30 => "SSL 3.0",
        Version::Tls10 => "TLS 1.0",
        Version::Tls11 => "TLS 1.1",
        Version::Tls12 => "TLS 1.2",
    }
}

impl Peer for TlsPeer {
    fn rx(&mut self, bytes: &[u8]) {
        self.server.read(bytes);
        self.received.extend(self.server.take_plaintext());
        while let Some(event) = self.server.events().get(self.seen).cloned() {
            self.seen += 1;
            self.note(&event);
        }
        self.flush();
    }

    fn eof(&mut self) {
        self.facts.push("eof".into());
        if self.manners == Manners::Polite {
            self.finished = true;
        }
    }

    fn reset(&mut self) {
        self.facts.push("reset".into());
    }

    fn tx(&mut self) -> &mut Vec<u8> {
        &mut self.tx
    }

    fn has_finished(&self) -> bool {
        self.finished
    }

    fn send(&mut self, data: &[u8]) {
        if self.established {
            self.server.write(data);
            self.flush();
        } else {
            self.waiting.extend_from_slice(data);
        }
    }

    fn close(&mut self) {
        if !self.established {
            self.closes = true;
            return;
        }
        self.server.close();
        self.flush();
        self.finished = true;
    }

    fn received(&self) -> &[u8] {
        &self.received
    }

    fn facts(&self) -> &[String] {
        &self.facts
    }
}
