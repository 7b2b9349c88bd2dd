//! A TLS peer of any version, over the test kit's own server.

use super::{
    Manners,
    secure::{Engine, Heard, SecurePeer},
};
use crate::server::{
    Event, Server, ServerConfig, Version,
    wire::{alert, extension},
};
use std::sync::Arc;

/// A server of SSL 3.0 to TLS 1.2.
pub type TlsPeer = SecurePeer<Own>;

/// The own server as an engine.
pub struct Own {
    server: Server,
    /// How many of the server's events have been told.
    seen: usize,
}

impl TlsPeer {
    /// A peer that has just accepted a connection.
    pub fn new(config: Arc<ServerConfig>, seed: u64, manners: Manners) -> TlsPeer {
        SecurePeer::over(Own { server: Server::new(config, seed), seen: 0 }, manners)
    }
}

fn note(heard: &mut Heard, event: &Event) {
    match event {
        Event::ClientHello(hello) => {
            if let Some(name) = hello.extension(extension::SERVER_NAME) {
                // The list's length, the name's type and length come first (RFC 6066 3).
                let name = name.get(5..).unwrap_or_default();
                heard.facts.push(format!("sni {}", String::from_utf8_lossy(name)));
            }
        }
        Event::ClientCertificate(chain) => heard.facts.push(format!("client chain of {}", chain.len())),
        Event::Established(agreed) => {
            heard.established = true;
            heard.facts.push(format!("version {}", version_name(agreed.version)));
            heard.facts.push(format!("suite 0X{:04X}", agreed.suite.code));
            if agreed.resumed {
                heard.facts.push("resumption".into());
            }
        }
        Event::Data(_) => {}
        Event::Alert(_, alert::CLOSE_NOTIFY) => {
            heard.facts.push("close_notify".into());
            heard.closed = true;
        }
        Event::Alert(_, number) => {
            heard.facts.push(format!("alert {number}"));
            heard.failed = true;
        }
        Event::Failed(failure) => {
            heard.facts.push(format!("error {}", failure.reason));
            heard.failed = true;
        }
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

impl Engine for Own {
    fn read(&mut self, bytes: &[u8]) -> Heard {
        self.server.read(bytes);
        let mut heard = Heard { data: self.server.take_plaintext(), ..Heard::default() };
        let events = self.server.events();
        events.iter().skip(self.seen).for_each(|event| note(&mut heard, event));
        self.seen = events.len();
        heard
    }

    fn write(&mut self, data: &[u8]) {
        self.server.write(data);
    }

    fn close(&mut self) {
        self.server.close();
    }

    fn take_output(&mut self) -> Vec<u8> {
        self.server.take_output()
    }
}
