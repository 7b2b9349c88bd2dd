//! The handshake (RFC 5246 7.3) as a machine of expectations.
//!
//! ```text
//! ServerHello -> Certificate -> [ServerKeyExchange] -> [CertificateRequest] -> ServerHelloDone
//!                                      (our second flight)
//!             -> [NewSessionTicket] -> ChangeCipherSpec -> Finished
//! ServerHello -> [NewSessionTicket] -> ChangeCipherSpec -> Finished     resumed: our end comes last
//! ```
//!
//! What has been learnt travels from one [`Expect`] to the next; what all of them share is in
//! [`Handshake`].

mod finish;
mod flight;
mod hello;
mod server;

use crate::{
    ClientCertificate, Config, Rng, ServerName, Session, Summary, UnixTime,
    error::{Error, Misbehaved, Offer},
    kx::Group,
    msgs::{CertificateRequest, Extension, HandshakeType, Message},
    prf::{MasterSecret, Prf},
    record::{ContentType, Opener, Receiver, Sealer, Sender},
    sign::{PublicKey, RsaPublicKey},
    suites::Suite,
    talk::Talk,
    transcript::Transcript,
    version::{Facts, Version},
};
use std::sync::Arc;
use zeroize::Zeroizing;

/// What a connection can be told to take for wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pretend {
    /// It is a second after the server's certificate has ended.
    Expired,
    /// It is a second before the server's certificate begins.
    NotYetValid,
    /// The server's certificate is to be for another host.
    OtherHost,
    /// A bit of the signature of the server's certificate is another.
    BadSignature,
    /// A bit of the server's Finished is another.
    BadFinished,
    /// An alert that comes unprotected where records are protected is the server's all the same.
    PlainAlert,
}

/// What all steps of one handshake share.
pub(crate) struct Handshake {
    config: Arc<Config>,
    name: Option<ServerName>,
    now: UnixTime,
    offer: Offer,
    client_random: [u8; 32],
    /// What stands in the ClientHello; a server that echoes it resumes.
    session_id: Vec<u8>,
    extensions: Vec<Extension>,
    resume: Option<Session>,
    transcript: Transcript,
    received: usize,
    sent: usize,
    /// What it is told to take for wrong.
    pub(crate) pretend: Option<Pretend>,
    /// Its line for the key log, until somebody takes it.
    key_log: Option<Zeroizing<String>>,
}

/// The way out: the record protocol, and where its bytes go.
pub(crate) struct Wire<'a> {
    pub(crate) receiver: &'a mut Receiver,
    pub(crate) sender: &'a mut Sender,
    pub(crate) rng: &'a mut Rng,
    /// Who wants to know what is said.
    pub(crate) talk: &'a mut Talk,
    pub(crate) out: &'a mut Vec<u8>,
}

/// What ServerHello has fixed, and what is added to it on the way to the summary.
pub(crate) struct Agreement {
    server_random: [u8; 32],
    /// The server's name for the session.
    session_id: Vec<u8>,
    /// A NewSessionTicket is promised.
    ticket: bool,
    summary: Summary,
}

impl Agreement {
    fn version(&self) -> &'static Facts {
        self.summary.version.facts()
    }

    fn suite(&self) -> &'static Suite {
        self.summary.suite
    }

    fn prf(&self) -> Prf {
        Prf::new(self.version(), self.suite())
    }
}

/// What of the server goes into the premaster secret.
pub(crate) enum ServerShare {
    Rsa(RsaPublicKey),
    Ecdh(Group, Vec<u8>),
}

/// Everything is known but whether the server knows it too.
pub(crate) struct Secrets {
    agreement: Agreement,
    master: MasterSecret,
    opener: Opener,
    /// Ours is in use already, unless the session is resumed.
    sealer: Option<Sealer>,
    ticket: Vec<u8>,
}

/// What is due next, with what is known by then.
pub(crate) enum Expect {
    ServerHello,
    Certificate(Box<Agreement>),
    ServerKeyExchange(Box<Agreement>, PublicKey),
    /// Or ServerHelloDone.
    CertificateRequest(Box<Agreement>, ServerShare),
    ServerHelloDone(Box<Agreement>, ServerShare, CertificateRequest),
    NewSessionTicket(Box<Secrets>),
    ChangeCipherSpec(Box<Secrets>),
    Finished(Box<Secrets>),
}

/// Where a message has led to.
pub(crate) enum Step {
    Next(Expect),
    Established(Established),
}

/// What a handshake leaves behind.
pub(crate) struct Established {
    pub(crate) summary: Summary,
    pub(crate) session: Option<Session>,
}

impl Expect {
    /// What is agreed on so far.
    fn summary(&self) -> Option<&Summary> {
        match self {
            Self::ServerHello => None,
            Self::Certificate(agreement)
            | Self::ServerKeyExchange(agreement, _)
            | Self::CertificateRequest(agreement, _)
            | Self::ServerHelloDone(agreement, ..) => Some(&agreement.summary),
            Self::NewSessionTicket(secrets) | Self::ChangeCipherSpec(secrets) | Self::Finished(secrets) => {
                Some(&secrets.agreement.summary)
            }
        }
    }

    /// What has become of the client's certificate.
    pub(crate) fn client_certificate(&self) -> ClientCertificate {
        self.summary().map_or(ClientCertificate::NotRequested, |summary| summary.client_certificate)
    }

    /// The version agreed on.
    fn version(&self) -> Option<Version> {
        self.summary().map(|summary| summary.version)
    }

    /// The message, for explanations.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::ServerHello => "ServerHello",
            Self::Certificate(_) => "Certificate",
            Self::ServerKeyExchange(..) => "ServerKeyExchange",
            Self::CertificateRequest(..) => "CertificateRequest or ServerHelloDone",
            Self::ServerHelloDone(..) => "ServerHelloDone",
            Self::NewSessionTicket(_) => "NewSessionTicket",
            Self::ChangeCipherSpec(_) => "ChangeCipherSpec",
            Self::Finished(_) => "Finished",
        }
    }

    /// Something else has come.
    pub(crate) fn unexpected(&self, got: &'static str) -> Error {
        Misbehaved::UnexpectedMessage { got, expected: self.name() }.into()
    }
}

impl Handshake {
    /// What was offered, for explanations.
    pub(crate) fn offer(&self) -> Box<Offer> {
        Box::new(self.offer.clone())
    }

    /// Tells of the ClientHello, which has gone out.
    pub(crate) fn tell_hello(&self, talk: &mut Talk) {
        talk.client_hello(self.sent, &self.offer, self.resume.is_some());
    }

    /// The line for the key log, once the keys are known.
    pub(crate) fn take_key_log(&mut self) -> Option<Zeroizing<String>> {
        self.key_log.take()
    }

    /// Takes the next message.
    pub(crate) fn message(
        &mut self,
        expect: Expect,
        message: Message<'_>,
        wire: &mut Wire<'_>,
    ) -> Result<Step, Error> {
        self.received += message.raw.len();
        let resuming: &[u8] = if self.resume.is_some() { &self.session_id } else { &[] };
        wire.talk.received(message, expect.version(), resuming);
        let next = match (expect, message.kind) {
            // Not part of the transcript, and of no use now (RFC 5246 7.4.1.1).
            (expect, Some(HandshakeType::HelloRequest)) => {
                message.read(|_| Ok(()))?;
                expect
            }
            (Expect::ServerHello, Some(HandshakeType::ServerHello)) => self.server_hello(message, wire)?,
            (Expect::Certificate(agreement), Some(HandshakeType::Certificate)) => {
                self.transcript.add(message.raw);
                self.server_certificate(agreement, message)?
            }
            (Expect::ServerKeyExchange(agreement, key), Some(HandshakeType::ServerKeyExchange)) => {
                self.transcript.add(message.raw);
                self.server_key_exchange(agreement, &key, message)?
            }
            (Expect::CertificateRequest(agreement, share), Some(HandshakeType::CertificateRequest)) => {
                self.transcript.add(message.raw);
                let request = CertificateRequest::read(message, agreement.version())?;
                Expect::ServerHelloDone(agreement, share, request)
            }
            (Expect::CertificateRequest(agreement, share), Some(HandshakeType::ServerHelloDone)) => {
                self.transcript.add(message.raw);
                message.read(|_| Ok(()))?;
                self.second_flight(agreement, &share, None, wire)?
            }
            (Expect::ServerHelloDone(agreement, share, request), Some(HandshakeType::ServerHelloDone)) => {
                self.transcript.add(message.raw);
                message.read(|_| Ok(()))?;
                self.second_flight(agreement, &share, Some(&request), wire)?
            }
            (Expect::NewSessionTicket(secrets), Some(HandshakeType::NewSessionTicket)) => {
                self.transcript.add(message.raw);
                self.new_session_ticket(secrets, message)?
            }
            (Expect::Finished(secrets), Some(HandshakeType::Finished)) => {
                return self.server_finished(*secrets, message, wire).map(Step::Established);
            }
            (expect, _) => return Err(expect.unexpected(message.name())),
        };
        Ok(Step::Next(next))
    }

    /// The server switches to the keys agreed on.
    pub(crate) fn change_cipher_spec(expect: Expect, wire: &mut Wire<'_>) -> Result<Expect, Error> {
        match expect {
            Expect::ChangeCipherSpec(mut secrets) => {
                wire.receiver.set_opener(std::mem::replace(&mut secrets.opener, Opener::Null));
                Ok(Expect::Finished(secrets))
            }
            expect => Err(expect.unexpected("ChangeCipherSpec")),
        }
    }

    /// Sends a handshake message in a record of its own.
    fn send(&mut self, message: &[u8], wire: &mut Wire<'_>) -> Result<(), Error> {
        self.transcript.add(message);
        self.sent += message.len();
        wire.talk.sent(message);
        wire.sender.send(ContentType::Handshake, message, wire.rng, wire.out)
    }

    /// What resumption needs to be worth trying.
    fn can_resume(&self, session: &Session) -> bool {
        let config = &self.config;
        config.resumption
            && config.versions.contains(session.version)
            && self.offer.suites.contains(&session.suite.code)
            // RFC 7627 5.3: such a session must be offered with the extension.
            && (!session.extended_master_secret || config.extended_master_secret)
            && (!session.has_ticket() || config.versions.max.facts().extensions)
    }
}
