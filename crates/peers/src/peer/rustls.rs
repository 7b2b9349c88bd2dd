//! A TLS 1.2 peer over an independent library, sans-IO.

use super::{
    Manners,
    secure::{Engine, Heard, SecurePeer},
};
use ::rustls::{ServerConfig, ServerConnection};
use std::{
    io::{Read, Write},
    sync::Arc,
};

/// A server of TLS 1.2. It shares no code with the client under test.
pub type RustlsPeer = SecurePeer<Rustls>;

/// A connection of rustls as an engine.
pub struct Rustls {
    conn: ServerConnection,
    /// What has been told.
    established: bool,
    closed: bool,
    failed: bool,
}

impl RustlsPeer {
    /// A peer that has just accepted a connection.
    pub fn new(config: Arc<ServerConfig>, manners: Manners) -> RustlsPeer {
        let mut conn = ServerConnection::new(config).expect("the server configuration is complete");
        conn.set_buffer_limit(None);
        SecurePeer::over(Rustls { conn, established: false, closed: false, failed: false }, manners)
    }
}

impl Rustls {
    fn agreed(&self) -> Vec<String> {
        let suite = self.conn.negotiated_cipher_suite().map(|s| u16::from(s.suite()));
        let mut facts = vec!["version TLS 1.2".into(), format!("suite 0X{:04X}", suite.unwrap_or(0))];
        facts.extend(self.conn.server_name().map(|name| format!("sni {name}")));
        facts.extend(self.conn.peer_certificates().map(|chain| format!("client chain of {}", chain.len())));
        facts
    }
}

impl Engine for Rustls {
    fn read(&mut self, mut bytes: &[u8]) -> Heard {
        let mut heard = Heard::default();
        while !bytes.is_empty() && !self.failed {
            let Ok(taken @ 1..) = self.conn.read_tls(&mut bytes) else { break };
            debug_assert!(taken > 0);
            match self.conn.process_new_packets() {
                Ok(state) => {
                    // Ends with an error ("would block") when nothing is left, which is no failure.
                    let _ = self.conn.reader().read_to_end(&mut heard.data);
                    if !self.established && !self.conn.is_handshaking() {
                        (self.established, heard.established) = (true, true);
                        heard.facts.extend(self.agreed());
                    }
                    if state.peer_has_closed() && !self.closed {
                        (self.closed, heard.closed) = (true, true);
                        heard.facts.push("close_notify".into());
                    }
                }
                Err(error) => {
                    heard.facts.push(match error {
                        ::rustls::Error::AlertReceived(alert) => format!("alert {alert:?}"),
                        error => format!("error {error}"),
                    });
                    (self.failed, heard.failed) = (true, true);
                }
            }
        }
        heard
    }

    fn write(&mut self, data: &[u8]) {
        self.conn.writer().write_all(data).expect("the buffer has no limit");
    }

    fn close(&mut self) {
        self.conn.send_close_notify();
    }

    fn take_output(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while self.conn.wants_write() {
            self.conn.write_tls(&mut out).expect("a Vec takes everything");
        }
        out
    }
}
