//! One connection of the server: records in and out.

use super::{
    ClientHello, Flight, Group, Hook, Item, Message, Outgoing, Packing, ServerConfig, Version,
    handshake::{Expect, Handshake},
    hello,
    record::Protection,
    suites::Suite,
    wire::{alert, content, handshake},
};
use crate::crypto::Rng;
use std::{collections::VecDeque, sync::Arc};

/// Longest handshake message that is taken, as with the client of `tls`.
const MAX_MESSAGE: usize = 64 * 1024;

/// Something worth telling a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The client's offer.
    ClientHello(Box<ClientHello>),
    /// The client's certificates; empty when it has none.
    ClientCertificate(Vec<Vec<u8>>),
    /// Both Finished messages are right.
    Established(Established),
    /// A record of application data with so many bytes, also 0.
    Data(usize),
    /// An alert of the client: level, description.
    Alert(u8, u8),
    /// The client broke a rule.
    Failed(Failure),
}

/// What was agreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Established {
    /// Version.
    pub version: Version,
    /// Suite.
    pub suite: &'static Suite,
    /// Group of an ECDHE handshake.
    pub group: Option<Group>,
    /// Abbreviated handshake.
    pub resumed: bool,
    /// RFC 7627 in use.
    pub extended_master_secret: bool,
    /// RFC 7366 in use.
    pub encrypt_then_mac: bool,
}

/// Why the server gave up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The alert sent.
    pub alert: u8,
    /// What the client did.
    pub reason: String,
}

/// A failure in one line of code.
pub(super) fn fail<T>(alert: u8, reason: &str) -> Result<T, Failure> {
    Err(Failure { alert, reason: reason.to_string() })
}

/// One direction: RFC 5246 6.1's current and pending states.
pub(super) struct HalfConnection {
    pub current: Protection,
    pub pending: Option<Protection>,
}

/// One connection.
pub struct Server {
    pub(super) config: Arc<ServerConfig>,
    pub(super) rng: Rng,
    pub(super) expect: Expect,
    pub(super) hs: Option<Box<Handshake>>,
    pub(super) read: HalfConnection,
    pub(super) write: HalfConnection,
    pub(super) events: Vec<Event>,
    inbound: VecDeque<u8>,
    /// Handshake bytes received that are not a whole message yet.
    messages_in: Vec<u8>,
    /// Handshake bytes to send that are not in a record yet.
    messages_out: Vec<u8>,
    out: Vec<u8>,
    records_sent: u64,
    plaintext: Vec<u8>,
    close_sent: bool,
    silent: bool,
}

impl Server {
    /// A server at the start of a connection. Equal seeds give equal random values.
    pub fn new(config: Arc<ServerConfig>, seed: u64) -> Server {
        let half = || HalfConnection { current: Protection::none(), pending: None };
        Server {
            config,
            rng: Rng::new(seed, "server"),
            expect: Expect::ClientHello,
            hs: None,
            read: half(),
            write: half(),
            events: vec![],
            inbound: VecDeque::new(),
            messages_in: vec![],
            messages_out: vec![],
            out: vec![],
            records_sent: 0,
            plaintext: vec![],
            close_sent: false,
            silent: false,
        }
    }

    /// Takes bytes from the client. What goes wrong is an event; the alert is in the output.
    pub fn read(&mut self, bytes: &[u8]) {
        self.inbound.extend(bytes);
        while self.expect != Expect::Nothing {
            match self.next_record() {
                Ok(true) => {}
                Ok(false) => break,
                Err(failure) => {
                    self.send_alert(alert::FATAL, failure.alert);
                    self.expect = Expect::Nothing;
                    self.events.push(Event::Failed(failure));
                }
            }
        }
    }

    /// Sends application data; ignored unless the handshake is over.
    pub fn write(&mut self, data: &[u8]) {
        if self.expect != Expect::Traffic {
            return;
        }
        let limit = self.record_limit();
        let mut flight =
            Flight(data.chunks(limit).map(|d| Item::Record(content::APPLICATION_DATA, d.to_vec())).collect());
        for hook in self.config.hooks.clone() {
            if let Hook::Traffic(edit) = hook {
                edit(&mut flight);
            }
        }
        self.send(flight);
    }

    /// Asks the client for a new handshake.
    pub fn request_renegotiation(&mut self) {
        self.send(Flight(vec![Item::Handshake(handshake::HELLO_REQUEST, vec![])]));
    }

    /// Sends close_notify, once.
    pub fn close(&mut self) {
        if !self.close_sent {
            self.close_sent = true;
            self.send_alert(alert::WARNING, alert::CLOSE_NOTIFY);
        }
    }

    /// Bytes for the client.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// Application data received and not yet taken.
    pub fn take_plaintext(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.plaintext)
    }

    /// What has happened so far.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The client's offer, once received.
    pub fn client_hello(&self) -> Option<&ClientHello> {
        self.events.iter().find_map(|event| match event {
            Event::ClientHello(hello) => Some(&**hello),
            _ => None,
        })
    }

    /// What was agreed, once the handshake is over.
    pub fn established(&self) -> Option<&Established> {
        self.events.iter().find_map(|event| match event {
            Event::Established(established) => Some(established),
            _ => None,
        })
    }

    /// What the client did wrong, if anything.
    pub fn failure(&self) -> Option<&Failure> {
        self.events.iter().find_map(|event| match event {
            Event::Failed(failure) => Some(failure),
            _ => None,
        })
    }

    /// The client's alerts.
    pub fn alerts(&self) -> Vec<(u8, u8)> {
        let alerts = self.events.iter().filter_map(|event| match event {
            Event::Alert(level, description) => Some((*level, *description)),
            _ => None,
        });
        alerts.collect()
    }

    /// The client has sent close_notify or a fatal alert, or has broken a rule.
    pub fn is_over(&self) -> bool {
        self.expect == Expect::Nothing
    }

    fn next_record(&mut self) -> Result<bool, Failure> {
        let inbound = self.inbound.make_contiguous();
        let Some((header, rest)) = inbound.split_at_checked(5) else { return Ok(false) };
        let (kind, version) = (header[0], u16::from_be_bytes([header[1], header[2]]));
        let len = usize::from(u16::from_be_bytes([header[3], header[4]]));
        if len > 16384 + 2048 {
            return fail(alert::RECORD_OVERFLOW, "record longer than 2^14 + 2048");
        }
        match &self.hs {
            // Who refuses the ServerHello may not know its version.
            Some(hs)
                if version != hs.version.wire()
                    && (kind != content::ALERT || !self.read.current.is_none()) =>
            {
                return fail(alert::PROTOCOL_VERSION, "record of another version");
            }
            None if version >> 8 != 3 => return fail(alert::PROTOCOL_VERSION, "not an SSL 3 record"),
            Some(_) | None => {}
        }
        let Some(fragment) = rest.get(..len) else { return Ok(false) };
        let payload = match self.read.current.open(kind, version, fragment) {
            Ok(payload) => payload,
            Err(alert) => return fail(alert, "a record cannot be authenticated"),
        };
        self.inbound.drain(..5 + len);
        if payload.len() > self.record_limit_in() {
            return fail(alert::RECORD_OVERFLOW, "content longer than agreed");
        }
        self.on_record(kind, version, &payload)?;
        Ok(true)
    }

    fn on_record(&mut self, kind: u8, version: u16, payload: &[u8]) -> Result<(), Failure> {
        if kind != content::HANDSHAKE && !self.messages_in.is_empty() {
            return fail(alert::UNEXPECTED_MESSAGE, "a handshake message is interrupted");
        }
        match kind {
            content::CHANGE_CIPHER_SPEC => self.on_change_cipher_spec(payload),
            content::ALERT => self.on_alert(payload),
            content::HANDSHAKE => self.on_handshake_bytes(version, payload),
            content::APPLICATION_DATA if self.expect == Expect::Traffic => {
                self.plaintext.extend(payload);
                self.events.push(Event::Data(payload.len()));
                Ok(())
            }
            content::APPLICATION_DATA => fail(alert::UNEXPECTED_MESSAGE, "application data too early"),
            _ => fail(alert::UNEXPECTED_MESSAGE, "unknown content type"),
        }
    }

    fn on_change_cipher_spec(&mut self, payload: &[u8]) -> Result<(), Failure> {
        match (payload, self.expect, self.read.pending.take()) {
            ([1], Expect::ChangeCipherSpec, Some(pending)) => {
                self.read.current = pending;
                self.expect = Expect::Finished;
                Ok(())
            }
            _ => fail(alert::UNEXPECTED_MESSAGE, "ChangeCipherSpec out of turn"),
        }
    }

    fn on_alert(&mut self, payload: &[u8]) -> Result<(), Failure> {
        let [level, description] = *payload else {
            return fail(alert::DECODE_ERROR, "an alert is two bytes");
        };
        self.events.push(Event::Alert(level, description));
        match (level, description) {
            (alert::WARNING, alert::CLOSE_NOTIFY) => {
                if !self.config.lingers {
                    self.close();
                }
                self.expect = Expect::Nothing;
            }
            (alert::WARNING, alert::NO_CERTIFICATE) if self.expect == Expect::Certificate => {
                self.on_no_certificate()?;
            }
            (alert::WARNING, _) => {}
            _ => self.expect = Expect::Nothing,
        }
        Ok(())
    }

    fn on_handshake_bytes(&mut self, record_version: u16, payload: &[u8]) -> Result<(), Failure> {
        if payload.is_empty() {
            return fail(alert::UNEXPECTED_MESSAGE, "empty handshake record");
        }
        self.messages_in.extend(payload);
        while let Some(header) = self.messages_in.get(..4) {
            let len = u32::from_be_bytes([0, header[1], header[2], header[3]]) as usize;
            if len > MAX_MESSAGE {
                return fail(alert::ILLEGAL_PARAMETER, "a handshake message too long");
            }
            if self.messages_in.len() < 4 + len {
                break;
            }
            let message: Vec<u8> = self.messages_in.drain(..4 + len).collect();
            self.on_message(record_version, &message)?;
        }
        Ok(())
    }

    /// Sends steps in their order; `hs` is there whenever a step needs it.
    pub(super) fn send(&mut self, flight: Flight) {
        for item in flight.0 {
            let message = item.message();
            match item {
                Item::Handshake(kind, body) => {
                    let header = [&[kind][..], &(body.len() as u32).to_be_bytes()[1..]].concat();
                    self.send_message([header, body].concat(), message != Message::HelloRequest);
                }
                Item::RawHandshake(bytes) => self.send_message(bytes, true),
                Item::Finished => {
                    let verify_data = self.own_verify_data();
                    let header = [handshake::FINISHED, 0, 0, verify_data.len() as u8];
                    self.send_message([&header[..], &verify_data].concat(), true);
                }
                Item::ChangeCipherSpec(payload) => {
                    self.flush_messages();
                    self.send_record(content::CHANGE_CIPHER_SPEC, payload);
                }
                Item::Activate => {
                    self.flush_messages();
                    if let Some(pending) = self.write.pending.take() {
                        self.write.current = pending;
                    }
                }
                Item::Record(kind, payload) => {
                    self.flush_messages();
                    self.send_record(kind, payload);
                }
                Item::Bytes(bytes) => {
                    self.flush_messages();
                    self.put(&bytes);
                }
                Item::Silence => {
                    self.flush_messages();
                    self.silent = true;
                }
            }
        }
        self.flush_messages();
    }

    fn send_message(&mut self, bytes: Vec<u8>, in_transcript: bool) {
        if let Some(hs) = self.hs.as_mut().filter(|_| in_transcript) {
            hs.transcript.extend(&bytes);
        }
        self.messages_out.extend(bytes);
        if self.config.packing == Packing::OnePerRecord {
            self.flush_messages();
        }
    }

    fn flush_messages(&mut self) {
        let messages = std::mem::take(&mut self.messages_out);
        let limit = match self.config.packing {
            Packing::OnePerRecord | Packing::Coalesced => self.record_limit(),
            Packing::Fragments(n) => n,
        };
        messages.chunks(limit).for_each(|chunk| self.send_record(content::HANDSHAKE, chunk.to_vec()));
    }

    fn send_alert(&mut self, level: u8, description: u8) {
        self.flush_messages();
        self.send_record(content::ALERT, vec![level, description]);
    }

    fn send_record(&mut self, kind: u8, payload: Vec<u8>) {
        let mut record = Outgoing {
            index: self.records_sent,
            protected: !self.write.current.is_none(),
            content: kind,
            version: self.hs.as_ref().map_or(Version::Tls10, |hs| hs.version).wire(),
            payload,
            fault: None,
        };
        self.records_sent += 1;
        for hook in &self.config.hooks {
            if let Hook::Record(edit) = hook {
                edit(&mut record);
            }
        }
        let bytes = self.write.current.seal(record, &mut self.rng);
        self.put(&bytes);
    }

    fn put(&mut self, bytes: &[u8]) {
        if !self.silent {
            self.out.extend(bytes);
        }
    }

    /// Longest plaintext to send.
    fn record_limit(&self) -> usize {
        self.config.max_plaintext.min(self.record_limit_in())
    }

    /// Longest plaintext to accept.
    fn record_limit_in(&self) -> usize {
        self.hs.as_ref().and_then(|hs| hs.max_fragment).unwrap_or(16384)
    }
}

/// The ServerHello of a flight is made from fields, so that a hook sees them.
pub(super) fn hello_item(hello: &hello::ServerHello) -> Item {
    Item::Handshake(handshake::SERVER_HELLO, hello.body())
}
