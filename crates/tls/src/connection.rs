//! The state of a connection: what a record, a message or an alert does to it.

use crate::{
    ClientCertificate, Config, Error, Progress, Rng, ServerName, Session, Summary, UnixTime,
    alert::{AlertDescription, AlertLevel},
    buffer::Buffer,
    error::{Decode, Local, Misbehaved},
    handshake::{Established, Expect, Handshake, Pretend, Step, Wire},
    limits,
    msgs::{HandshakeType, Message},
    record::{self, ContentType, Receiver, Sender},
    talk::{Speaker, Spoken, Talk},
    work,
};
use std::{ops::Range, sync::Arc};
use zeroize::Zeroizing;

/// One connection, from the first byte to the last.
pub(crate) struct Connection {
    state: State,
    link: Link,
    buffer: Buffer,
    /// The beginning of a handshake message whose end is in a later record.
    fragment: Vec<u8>,
    /// The level of an alert whose description is in a later record.
    half_alert: Option<u8>,
    /// Alerts count also unprotected, see [`Pretend::PlainAlert`].
    plain_alerts: bool,
    patience: Patience,
    progress: Progress,
    ours: Direction,
    theirs: Direction,
    summary: Option<Box<Summary>>,
    session: Option<Box<Session>>,
    key_log: Option<Zeroizing<String>>,
}

/// What messages go through on their way, in either direction.
struct Link {
    receiver: Receiver,
    sender: Sender,
    rng: Rng,
    talk: Talk,
}

impl Link {
    /// Lent to the handshake for one step.
    fn wire<'a>(&'a mut self, out: &'a mut Vec<u8>) -> Wire<'a> {
        let Link { receiver, sender, rng, talk } = self;
        Wire { receiver, sender, rng, talk, out }
    }
}

enum State {
    Handshake(Box<Handshake>, Expect),
    Traffic,
    Failed(Error),
}

/// Whether more may come in a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Open,
    /// close_notify has been sent.
    Closed,
}

/// How many useless records the peer has sent in a row.
#[derive(Default)]
struct Patience {
    warnings: u32,
    empty: u32,
    hello_requests: u32,
}

impl Connection {
    /// Sends the ClientHello.
    pub(crate) fn new(
        config: Arc<Config>,
        name: Option<ServerName>,
        resume: Option<Session>,
        mut rng: Rng,
        now: UnixTime,
        out: &mut Vec<u8>,
    ) -> Connection {
        // mbed TLS puts the oldest version offered into the records of its ClientHello.
        let version = config.versions.min;
        let state = match Handshake::new(config, name, resume, &mut rng, now) {
            Ok(handshake) => State::Handshake(Box::new(handshake), Expect::ServerHello),
            Err(error) => State::Failed(error),
        };
        let mut connection = Connection {
            state,
            link: Link {
                receiver: Receiver::new(),
                sender: Sender::new(version),
                rng,
                talk: Talk::default(),
            },
            buffer: Buffer::default(),
            fragment: Vec::new(),
            half_alert: None,
            plain_alerts: false,
            patience: Patience::default(),
            progress: Progress {
                awaited: Expect::ServerHello.name(),
                answered: false,
                client_certificate: ClientCertificate::NotRequested,
            },
            ours: Direction::Open,
            theirs: Direction::Open,
            summary: None,
            session: None,
            key_log: None,
        };
        if let State::Handshake(handshake, _) = &mut connection.state
            && let Err(error) = handshake.start(&mut connection.link.wire(out))
        {
            connection.state = State::Failed(error);
        }
        connection
    }

    pub(crate) fn unread(&self) -> &[u8] {
        self.buffer.unread()
    }

    /// Bytes that the record buffer takes.
    pub(crate) fn room(&self) -> usize {
        self.buffer.room()
    }

    pub(crate) fn read_tls(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        if self.theirs == Direction::Open && !matches!(self.state, State::Failed(_)) {
            self.buffer.append(bytes);
            self.progress.answered |= !bytes.is_empty();
        }
        self.run(out)
    }

    pub(crate) fn plaintext(&self) -> &[u8] {
        self.buffer.plaintext()
    }

    pub(crate) fn consume(&mut self, n: usize, out: &mut Vec<u8>) -> Result<(), Error> {
        self.buffer.consume(n);
        self.run(out)
    }

    pub(crate) fn write(&mut self, plaintext: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        match &self.state {
            State::Failed(error) => return Err(error.clone()),
            State::Handshake(..) => return Err(Local::NotEstablished.into()),
            State::Traffic if self.ours == Direction::Closed => return Err(Error::Closed),
            State::Traffic => {}
        }
        self.link.sender.send(ContentType::ApplicationData, plaintext, &mut self.link.rng, out)
    }

    /// Sends close_notify, once.
    pub(crate) fn close(&mut self, out: &mut Vec<u8>) {
        if self.ours == Direction::Open && !matches!(self.state, State::Failed(_)) {
            self.ours = Direction::Closed;
            self.alert(AlertLevel::Warning, AlertDescription::CLOSE_NOTIFY, out);
        }
    }

    pub(crate) fn peer_has_closed(&self) -> bool {
        self.theirs == Direction::Closed
    }

    pub(crate) fn error(&self) -> Option<&Error> {
        match &self.state {
            State::Failed(error) => Some(error),
            State::Handshake(..) | State::Traffic => None,
        }
    }

    pub(crate) fn progress(&self) -> Progress {
        self.progress
    }

    pub(crate) fn narrate(&mut self) {
        self.link.talk.begin();
        if let State::Handshake(handshake, _) = &self.state {
            handshake.tell_hello(&mut self.link.talk);
        }
    }

    pub(crate) fn take_spoken(&mut self) -> Vec<Spoken> {
        self.link.talk.take()
    }

    /// Remembers what is due now: the state forgets it when it fails.
    pub(crate) fn pretend(&mut self, what: Pretend) {
        self.plain_alerts |= what == Pretend::PlainAlert;
        if let State::Handshake(handshake, _) = &mut self.state {
            handshake.pretend = Some(what);
        }
    }

    fn expects(&mut self, handshake: Box<Handshake>, expect: Expect) -> State {
        self.progress.awaited = expect.name();
        self.progress.client_certificate = expect.client_certificate();
        State::Handshake(handshake, expect)
    }

    pub(crate) fn summary(&self) -> Option<&Summary> {
        self.summary.as_deref()
    }

    pub(crate) fn take_session(&mut self) -> Option<Session> {
        self.session.take().map(|session| *session)
    }

    pub(crate) fn take_key_log(&mut self) -> Option<String> {
        self.key_log.take().map(|mut line| std::mem::take(&mut *line))
    }

    /// Works off the buffer up to the next plaintext; an error becomes the state.
    fn run(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        if !self.buffer.plaintext().is_empty() {
            return Ok(());
        }
        if let State::Failed(error) = &self.state {
            return Err(error.clone());
        }
        let result = self.records(out);
        if let Err(error) = &result {
            if let Some(description) = error.alert() {
                self.alert(AlertLevel::Fatal, description.in_version(self.link.sender.version()), out);
            }
            self.state = State::Failed(error.clone());
            self.fragment = Vec::new();
            self.buffer.clear();
        }
        self.buffer.release();
        result
    }

    fn records(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        while self.buffer.plaintext().is_empty() && self.theirs == Direction::Open {
            let Some(&header) = self.buffer.unread().first_chunk() else { break };
            let header = self.link.receiver.header(header)?;
            if self.buffer.unread().len() < record::HEADER_LEN + header.len {
                break;
            }
            work::count(record::HEADER_LEN);
            self.buffer.take(record::HEADER_LEN);
            let (place, fragment) = self.buffer.take(header.len);
            let content = match self.plain_alerts && header.is_plain_alert() {
                true => 0..header.len,
                false => self.link.receiver.open(header, fragment)?,
            };
            let content = place.start + content.start..place.start + content.end;
            self.content(header.content_type, content, out)?;
        }
        if self.theirs == Direction::Closed {
            // Nothing after close_notify counts (RFC 5246 7.2.1).
            self.buffer.clear();
        }
        Ok(())
    }

    fn content(
        &mut self,
        content_type: ContentType,
        content: Range<usize>,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        if content_type != ContentType::Handshake && !self.fragment.is_empty()
            || content_type != ContentType::Alert && self.half_alert.is_some()
        {
            return Err(Misbehaved::SplitByOtherRecord.into());
        }
        match content_type {
            ContentType::ApplicationData => self.application_data(content),
            ContentType::Handshake => {
                // The buffer lends its bytes while the rest of the connection is at work.
                let buffer = std::mem::take(&mut self.buffer);
                let result = self.handshake(buffer.get(content), out);
                self.buffer = buffer;
                result
            }
            ContentType::Alert => {
                let buffer = std::mem::take(&mut self.buffer);
                let result = self.alerts(buffer.get(content), out);
                self.buffer = buffer;
                result
            }
            ContentType::ChangeCipherSpec => match self.buffer.get(content) {
                [1] => self.change_cipher_spec(out),
                [_] => Err(Error::Decode { message: "ChangeCipherSpec", cause: Decode::UnknownValue }),
                _ => Err(Error::Decode { message: "ChangeCipherSpec", cause: Decode::TrailingBytes }),
            },
        }
    }

    fn application_data(&mut self, content: Range<usize>) -> Result<(), Error> {
        match &self.state {
            State::Handshake(_, expect) => return Err(expect.unexpected("application data")),
            State::Failed(error) => return Err(error.clone()),
            State::Traffic => {}
        }
        let empty = if content.is_empty() { self.patience.empty + 1 } else { 0 };
        if empty > limits::EMPTY_RECORDS {
            return Err(Misbehaved::TooManyEmptyRecords.into());
        }
        self.patience = Patience { empty, ..Patience::default() };
        self.buffer.set_plaintext(content);
        Ok(())
    }

    fn handshake(&mut self, content: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let mut joined = std::mem::take(&mut self.fragment);
        let mut rest = match joined.is_empty() {
            true => content,
            false => {
                work::count(content.len());
                joined.extend_from_slice(content);
                &joined
            }
        };
        while let Some(message) = Message::parse(rest) {
            rest = rest.get(message.raw.len()..).unwrap_or_default();
            self.message(message, out)?;
        }
        match Message::length(rest) {
            Some(len) if len > limits::HANDSHAKE_MESSAGE => {
                return Err(Misbehaved::HandshakeTooLong { len }.into());
            }
            Some(_) | None => {}
        }
        let used = joined.len().saturating_sub(rest.len());
        match joined.is_empty() {
            true => self.fragment = rest.to_vec(),
            false => {
                // Nothing is moved while nothing is drained.
                work::count(if used > 0 { rest.len() } else { 0 });
                joined.drain(..used);
                self.fragment = joined;
            }
        }
        if self.fragment.is_empty() {
            self.fragment = Vec::new();
        }
        Ok(())
    }

    fn message(&mut self, message: Message<'_>, out: &mut Vec<u8>) -> Result<(), Error> {
        let hello_request = message.kind == Some(HandshakeType::HelloRequest);
        if hello_request {
            self.patience.hello_requests += 1;
            if self.patience.hello_requests > limits::HELLO_REQUESTS {
                return Err(Misbehaved::TooManyHelloRequests.into());
            }
        }
        // Until the step is done there is no state to come back to.
        match std::mem::replace(&mut self.state, State::Failed(Error::Closed)) {
            State::Handshake(mut handshake, expect) => {
                let step = handshake.message(expect, message, &mut self.link.wire(out));
                self.key_log = handshake.take_key_log().or(self.key_log.take());
                self.state = match step? {
                    Step::Next(expect) => self.expects(handshake, expect),
                    Step::Established(established) => self.established(established),
                };
                Ok(())
            }
            State::Traffic if hello_request => {
                self.state = State::Traffic;
                self.link.talk.received(message, None, &[]);
                message.read(|_| Ok(()))?;
                self.refuse_renegotiation(out)
            }
            State::Traffic => {
                let expected = "application data";
                Err(Misbehaved::UnexpectedMessage { got: message.name(), expected }.into())
            }
            State::Failed(error) => Err(error),
        }
    }

    fn established(&mut self, established: Established) -> State {
        self.summary = Some(Box::new(established.summary));
        self.session = established.session.map(Box::new);
        State::Traffic
    }

    /// RFC 5746 4.2. SSL 3.0 has no warning for this; mbed TLS gives up there.
    fn refuse_renegotiation(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        if !self.link.sender.version().facts().tls_alerts {
            return Err(Misbehaved::Renegotiation.into());
        }
        self.alert(AlertLevel::Warning, AlertDescription::NO_RENEGOTIATION, out);
        Ok(())
    }

    fn change_cipher_spec(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        self.link.talk.change_cipher_spec(Speaker::Server);
        match std::mem::replace(&mut self.state, State::Failed(Error::Closed)) {
            State::Handshake(handshake, expect) => {
                let expect = Handshake::change_cipher_spec(expect, &mut self.link.wire(out))?;
                self.state = self.expects(handshake, expect);
                Ok(())
            }
            State::Traffic => {
                let (got, expected) = ("ChangeCipherSpec", "application data");
                Err(Misbehaved::UnexpectedMessage { got, expected }.into())
            }
            State::Failed(error) => Err(error),
        }
    }

    /// Alerts, two bytes each, however they are spread over records.
    fn alerts(&mut self, content: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        for &byte in content {
            let Some(level) = self.half_alert.take() else {
                self.half_alert = Some(byte);
                continue;
            };
            if self.theirs == Direction::Closed {
                return Ok(());
            }
            let description = AlertDescription(byte);
            self.link.talk.alert(Speaker::Server, level, description);
            let level = match level {
                1 => AlertLevel::Warning,
                2 => AlertLevel::Fatal,
                other => return Err(Misbehaved::AlertLevel(other).into()),
            };
            let offer = match &self.state {
                State::Handshake(handshake, _) => Some(handshake.offer()),
                State::Traffic | State::Failed(_) => None,
            };
            let over = description == AlertDescription::CLOSE_NOTIFY && offer.is_some();
            if level == AlertLevel::Fatal || over {
                return Err(Error::AlertReceived { description, level, offer });
            }
            if description == AlertDescription::CLOSE_NOTIFY {
                self.theirs = Direction::Closed;
                // The answer is due at once (RFC 5246 7.2.1).
                self.close(out);
                continue;
            }
            self.patience.warnings += 1;
            if self.patience.warnings > limits::WARNING_ALERTS {
                return Err(Misbehaved::TooManyWarnings.into());
            }
        }
        Ok(())
    }

    fn alert(&mut self, level: AlertLevel, description: AlertDescription, out: &mut Vec<u8>) {
        let alert = [level as u8, description.0];
        self.link.talk.alert(Speaker::Client, level as u8, description);
        // If even this cannot be encrypted there is nothing more to say.
        let _ = self.link.sender.send(ContentType::Alert, &alert, &mut self.link.rng, out);
    }
}
