//! ClientHello goes out, ServerHello comes back.

use super::{Agreement, Expect, Handshake, Secrets, Wire};
use crate::{
    Config, MaxFragmentLength, Rng, ServerName, Session, UnixTime,
    error::{Error, Incompatible, Local, Misbehaved, Offer},
    msgs::{ClientHello, Extension, Message, ServerExtensions, ServerHello},
    record,
    suites::{self, Suite},
    summary::{ClientCertificate, Summary},
    transcript::Transcript,
    version::Version,
};
use std::sync::Arc;

/// RFC 8446 4.1.3: the end of the random of a server that could speak TLS 1.2 and does not.
const DOWNGRADE: [u8; 8] = *b"DOWNGRD\0";

/// Length of the session ID that is made up to recognise an accepted ticket (RFC 5077 3.4).
const TICKET_ID_LEN: usize = 32;

impl Handshake {
    /// The handshake before its first message. An error leaves it unable to start.
    pub(crate) fn new(
        config: Arc<Config>,
        name: Option<ServerName>,
        resume: Option<Session>,
        rng: &mut Rng,
        now: UnixTime,
    ) -> Result<Handshake, Error> {
        let versions = config.versions;
        let offered = |suite: &&&'static Suite| suite.offered_in(versions.max, config.suites_explicit);
        let suites: Vec<u16> = config.suites.iter().filter(offered).map(|suite| suite.code).collect();
        if suites.is_empty() || versions.min > versions.max {
            return Err(Local::NothingToOffer.into());
        }
        let server_name = match &name {
            Some(ServerName::Dns(name)) if config.sni => Some(name.clone()),
            Some(ServerName::Dns(_) | ServerName::Ip(_)) | None => None,
        };
        let mut handshake = Handshake {
            config,
            name,
            now,
            offer: Offer { versions, suites, server_name },
            client_random: rng.bytes(),
            session_id: Vec::new(),
            extensions: Vec::new(),
            resume: None,
            transcript: Transcript::new(),
            received: 0,
            sent: 0,
            pretend: None,
            key_log: None,
        };
        handshake.resume = resume.filter(|session| handshake.can_resume(session));
        if let Some(session) = &handshake.resume {
            handshake.session_id = match session.has_ticket() {
                true => rng.bytes::<TICKET_ID_LEN>().to_vec(),
                false => session.id.clone(),
            };
        }
        Ok(handshake)
    }

    /// Sends the ClientHello.
    pub(crate) fn start(&mut self, wire: &mut Wire<'_>) -> Result<(), Error> {
        let config = Arc::clone(&self.config);
        let suites = || self.offer.suites.iter().filter_map(|&code| suites::by_code(code));
        let ticket = self.resume.as_ref().map_or(&[][..], |session| &session.ticket);
        let hello = ClientHello {
            versions: config.versions,
            random: &self.client_random,
            session_id: &self.session_id,
            suites: &self.offer.suites,
            server_name: self.offer.server_name.as_deref(),
            max_fragment_length: config.max_fragment_length,
            encrypt_then_mac: config.encrypt_then_mac && suites().any(|suite| suite.bulk.is_cbc()),
            extended_master_secret: config.extended_master_secret,
            groups: suites().any(|suite| suite.kx.is_ec()),
            ticket: config.resumption.then_some(ticket),
        };
        let (hello, extensions) = hello.encode();
        self.extensions = extensions;
        self.send(&hello, wire)
    }

    pub(super) fn server_hello(
        &mut self,
        message: Message<'_>,
        wire: &mut Wire<'_>,
    ) -> Result<Expect, Error> {
        let hello = ServerHello::read(message)?;
        let version = self.judge_version(&hello)?;
        wire.receiver.set_version(version);
        wire.sender.set_version(version);
        let suite = self.judge_suite(&hello, version)?;
        if hello.compression != 0 {
            return Err(Misbehaved::Compression(hello.compression).into());
        }
        // In SSL 3.0 there is the one extension that the signalling suite stands for.
        let answerable = match version.facts().extensions {
            true => &self.extensions[..],
            false => &[Extension::RENEGOTIATION_INFO],
        };
        let extensions = ServerExtensions::read(hello.extensions, answerable)?;
        if extensions.encrypt_then_mac && !suite.bulk.is_cbc() {
            return Err(Misbehaved::EncryptThenMac.into());
        }
        let max_fragment_length = self.judge_fragment_length(extensions.max_fragment_length)?;
        if let Some(length) = max_fragment_length {
            wire.receiver.set_max_plaintext(length.bytes());
            wire.sender.set_max_plaintext(length.bytes());
        }

        let resumed = self.resume.take().filter(|_| hello.session_id == self.session_id);
        let agreement = Agreement {
            server_random: hello.random,
            session_id: hello.session_id.to_vec(),
            ticket: extensions.session_ticket,
            summary: Summary {
                version,
                suite,
                group: None,
                signature: None,
                resumed: resumed.is_some(),
                extended_master_secret: extensions.extended_master_secret,
                encrypt_then_mac: extensions.encrypt_then_mac,
                secure_renegotiation: extensions.secure_renegotiation,
                max_fragment_length,
                client_certificate: ClientCertificate::NotRequested,
                chain: Vec::new(),
                received: 0,
                sent: 0,
                started: self.now,
            },
        };
        self.transcript.start(agreement.prf(), self.config.identity.is_some());
        self.transcript.add(message.raw);
        match resumed {
            Some(session) => self.resume(agreement, session),
            None => Ok(Expect::Certificate(Box::new(agreement))),
        }
    }

    fn judge_version(&self, hello: &ServerHello<'_>) -> Result<Version, Error> {
        let offered = self.offer.versions;
        let version = Version::from_code(hello.version)
            .filter(|&version| version >= offered.min)
            .ok_or(Incompatible::Version { server: hello.version, offered })?;
        if version > offered.max {
            return Err(Misbehaved::VersionNotOffered(version).into());
        }
        let could_do_better = offered.max.facts().looks_for_downgrade && version < offered.max;
        if could_do_better && hello.random.ends_with(&DOWNGRADE) {
            return Err(Misbehaved::Downgrade(version).into());
        }
        Ok(version)
    }

    fn judge_suite(&self, hello: &ServerHello<'_>, version: Version) -> Result<&'static Suite, Error> {
        let offered = self.offer.suites.contains(&hello.suite);
        suites::by_code(hello.suite)
            .filter(|suite| offered && suite.offered_in(version, self.config.suites_explicit))
            .ok_or(Misbehaved::SuiteNotOffered(hello.suite).into())
    }

    /// RFC 6066 4: the answer repeats what was asked for.
    fn judge_fragment_length(&self, answer: Option<u8>) -> Result<Option<MaxFragmentLength>, Error> {
        match (answer, self.config.max_fragment_length) {
            (None, _) => Ok(None),
            (Some(code), Some(asked)) if code == asked.code() => Ok(Some(asked)),
            (Some(_), _) => Err(Misbehaved::MaxFragmentLength.into()),
        }
    }

    /// The server remembers the session: its Finished comes next.
    fn resume(&mut self, agreement: Agreement, session: Session) -> Result<Expect, Error> {
        let summary = &agreement.summary;
        if summary.version != session.version || summary.suite != session.suite {
            return Err(Misbehaved::ResumedDifferently.into());
        }
        if summary.extended_master_secret != session.extended_master_secret {
            return Err(Misbehaved::ResumedMasterSecret.into());
        }
        self.transcript.drop_messages();
        let keys = record::derive(
            agreement.version(),
            agreement.suite(),
            summary.encrypt_then_mac,
            &session.master,
            &self.client_random,
            &agreement.server_random,
        )?;
        self.log_keys(&session.master);
        let ticket = agreement.ticket;
        let secrets = Box::new(Secrets {
            agreement,
            master: session.master,
            opener: keys.opener,
            sealer: Some(keys.sealer),
            ticket: Vec::new(),
        });
        Ok(match ticket {
            true => Expect::NewSessionTicket(secrets),
            false => Expect::ChangeCipherSpec(secrets),
        })
    }
}
