//! A TLS 1.2 peer over an independent library, sans-IO.

use super::{Manners, Peer};
use ::rustls::{ServerConfig, ServerConnection};
use std::io::{Read, Write};
use std::sync::Arc;

/// A server of TLS 1.2. It shares no code with the client under test.
pub struct RustlsPeer {
    conn: ServerConnection,
    manners: Manners,
    tx: Vec<u8>,
    /// Application data that waits for the end of the handshake, and whether it is the last.
    waiting: Vec<u8>,
    closes: bool,
    received: Vec<u8>,
    facts: Vec<String>,
    established: bool,
    closed_by_module: bool,
    finished: bool,
}

impl RustlsPeer {
    /// A peer that has just accepted a connection.
    pub fn new(config: Arc<ServerConfig>, manners: Manners) -> RustlsPeer {
        let mut conn = ServerConnection::new(config).expect("the server configuration is complete");
        conn.set_buffer_limit(None);
        RustlsPeer {
            conn,
            manners,
            tx: Vec::new(),
            waiting: Vec::new(),
            closes: false,
            received: Vec::new(),
            facts: Vec::new(),
            established: false,
            closed_by_module: false,
            finished: false,
        }
    }

    fn flush(&mut self) {
        while self.conn.wants_write() {
            self.conn.write_tls(&mut self.tx).expect("a Vec takes everything");
        }
    }

    fn handshake_has_ended(&mut self) {
        self.established = true;
        self.facts.push("version TLS 1.2".into());
        let suite = self.conn.negotiated_cipher_suite().map(|s| u16::from(s.suite()));
        self.facts.push(format!("suite 0X{:04X}", suite.unwrap_or(0)));
        if let Some(name) = self.conn.server_name() {
            self.facts.push(format!("sni {name}"));
        }
        if let Some(chain) = self.conn.peer_certificates() {
            self.facts.push(format!("client chain of {}", chain.len()));
        }
        let waiting = std::mem::take(&mut self.waiting);
        self.send(&waiting);
        if self.closes {
            self.close();
        }
    }
}

impl Peer for RustlsPeer {
    fn rx(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && !self.finished {
            let Ok(taken @ 1..) = self.conn.read_tls(&mut bytes) else { break };
            debug_assert!(taken > 0);
            match self.conn.process_new_packets() {
                Ok(state) => {
                    // Ends with an error ("would block") when nothing is left, which is no failure.
                    let _ = self.conn.reader().read_to_end(&mut self.received);
                    if !self.established && !self.conn.is_handshaking() {
                        self.handshake_has_ended();
                    }
                    if state.peer_has_closed() && !self.closed_by_module {
                        self.closed_by_module = true;
                        self.facts.push("close_notify".into());
                        if self.manners == Manners::Polite {
                            self.close();
                        }
                    }
                }
                Err(::rustls::Error::AlertReceived(alert)) => {
                    self.facts.push(format!("alert {alert:?}"));
                    self.finished = true;
                }
                Err(error) => {
                    self.facts.push(format!("error {error}"));
                    self.finished = true;
                }
            }
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
            self.conn.writer().write_all(data).expect("the buffer has no limit");
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
        self.conn.send_close_notify();
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
