//! The server's side of the handshake, message by message.

use super::{
    ClientAuth, ClientHello, Established, Event, Failure, Flight, Group, Hook, Item, KeyExchange, Resumption,
    Server, ServerHello, Version,
    config::Saved,
    connection::{fail, hello_item},
    kdf::{Kdf, Side},
    key_exchange::{Secret, server_key_exchange},
    record::Protection,
    sign,
    suites::{self, Kx, Suite},
    wire::{Reader, alert, extension, handshake, vector},
};
use crate::{
    ca::{Identity, der},
    crypto::{PrivateKey, PublicKey},
};

/// What the client has to send next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    ClientHello,
    Certificate,
    ClientKeyExchange,
    CertificateVerify,
    ChangeCipherSpec,
    Finished,
    Traffic,
    /// Closed or failed.
    Nothing,
}

/// What a handshake has found out.
pub(super) struct Handshake {
    pub version: Version,
    pub max_fragment: Option<usize>,
    /// All handshake messages of both sides with their headers.
    pub transcript: Vec<u8>,
    hello: ClientHello,
    suite: &'static Suite,
    server_random: [u8; 32],
    session_id: Vec<u8>,
    identity: Option<Identity>,
    group: Option<Group>,
    scheme: Option<u16>,
    secret: Option<Secret>,
    client_key: Option<PublicKey>,
    master: Vec<u8>,
    ems: bool,
    etm: bool,
    resumed: bool,
    new_ticket: bool,
}

impl Handshake {
    fn kdf(&self) -> Kdf {
        Kdf { version: self.version, suite: self.suite }
    }
}

impl Server {
    /// One whole message with its header.
    pub(super) fn on_message(&mut self, record_version: u16, message: &[u8]) -> Result<(), Failure> {
        let (kind, body) = (message[0], &message[4..]);
        let checked_before_hashing = matches!(kind, handshake::CERTIFICATE_VERIFY | handshake::FINISHED);
        if let Some(hs) = self.hs.as_mut().filter(|_| !checked_before_hashing) {
            hs.transcript.extend(message);
        }
        match (self.expect, kind) {
            (Expect::ClientHello, handshake::CLIENT_HELLO) => {
                self.on_client_hello(record_version, message)?;
            }
            (Expect::Certificate, handshake::CERTIFICATE) => self.on_certificate(body)?,
            (Expect::ClientKeyExchange, handshake::CLIENT_KEY_EXCHANGE) => {
                self.on_client_key_exchange(body)?;
            }
            (Expect::CertificateVerify, handshake::CERTIFICATE_VERIFY) => {
                self.on_certificate_verify(body)?;
            }
            (Expect::Finished, handshake::FINISHED) => return self.on_finished(message),
            (expected, kind) => {
                let reason = format!("handshake message {kind} instead of {expected:?}");
                return fail(alert::UNEXPECTED_MESSAGE, &reason);
            }
        }
        if let Some(hs) = self.hs.as_mut().filter(|_| checked_before_hashing) {
            hs.transcript.extend(message);
        }
        Ok(())
    }

    fn on_client_hello(&mut self, record_version: u16, message: &[u8]) -> Result<(), Failure> {
        let Some(hello) = ClientHello::parse(record_version, &message[4..]) else {
            return fail(alert::DECODE_ERROR, "malformed ClientHello");
        };
        self.events.push(Event::ClientHello(Box::new(hello.clone())));
        if let Some(complaint) = hello.complaint() {
            return fail(alert::DECODE_ERROR, complaint);
        }
        // 1. Version: the client's highest, or our highest below it.
        let (min, max) = self.config.versions;
        let version =
            Version::ALL.into_iter().rfind(|v| v.wire() <= hello.version && (min..=max).contains(v));
        let Some(version) = version else { return fail(alert::PROTOCOL_VERSION, "no common version") };
        let extensions = version > Version::Ssl30;
        let has = |kind| extensions && hello.extension(kind).is_some();
        let ems = self.config.extended_master_secret && has(extension::EXTENDED_MASTER_SECRET);

        // 2. An earlier session, or a suite with what it needs.
        let saved = self.find_session(&hello, version, ems)?;
        let (suite, identity, group, scheme) = match &saved {
            Some(saved) => match suites::by_code(saved.suite) {
                Some(suite) => (suite, None, None, None),
                None => return fail(alert::INTERNAL_ERROR, "a session with no suite of ours"),
            },
            None => match self.choose(&hello, version) {
                Some((suite, identity, group, scheme)) => (suite, Some(identity), group, scheme),
                None => return fail(alert::HANDSHAKE_FAILURE, "no common suite"),
            },
        };
        let tickets = matches!(self.config.resumption, Resumption::Tickets | Resumption::RenewedTickets)
            && has(extension::SESSION_TICKET);
        let new_ticket = match self.config.resumption {
            Resumption::RenewedTickets => tickets,
            Resumption::No | Resumption::Ids | Resumption::Tickets => tickets && saved.is_none(),
        };
        let session_id = match (&saved, self.config.resumption) {
            (Some(_), _) => hello.session_id.clone(),
            (None, Resumption::Ids) => self.rng.bytes(32),
            (None, _) => vec![],
        };
        let etm =
            self.config.encrypt_then_mac && has(extension::ENCRYPT_THEN_MAC) && suite.bulk.block().is_some();

        // 3. The answer.
        let mut answer = ServerHello {
            version: version.wire(),
            random: self.rng.array(),
            session_id,
            suite: suite.code,
            compression: 0,
            extensions: vec![],
        };
        if self.config.renegotiation_info && hello.secure_renegotiation() {
            answer.add(extension::RENEGOTIATION_INFO, &[0]);
        }
        if self.config.acknowledge_name && has(extension::SERVER_NAME) && saved.is_none() {
            answer.add(extension::SERVER_NAME, &[]);
        }
        if suite.kx.is_ec() && has(extension::POINT_FORMATS) {
            answer.add(extension::POINT_FORMATS, &[1, 0]);
        }
        if ems {
            answer.add(extension::EXTENDED_MASTER_SECRET, &[]);
        }
        if etm {
            answer.add(extension::ENCRYPT_THEN_MAC, &[]);
        }
        if new_ticket {
            answer.add(extension::SESSION_TICKET, &[]);
        }
        let mut max_fragment = None;
        if self.config.max_fragment_length && has(extension::MAX_FRAGMENT_LENGTH) {
            let code = hello.extension(extension::MAX_FRAGMENT_LENGTH).unwrap_or(&[]).to_vec();
            max_fragment = code.first().map(|code| 256 << code);
            answer.add(extension::MAX_FRAGMENT_LENGTH, &code);
        }
        for hook in self.config.hooks.clone() {
            if let Hook::ServerHello(edit) = hook {
                edit(&mut answer, &hello);
            }
        }

        // 4. Go on with what the answer says, even if a hook changed it.
        self.hs = Some(Box::new(Handshake {
            version: Version::from_wire(answer.version).unwrap_or(version),
            max_fragment,
            transcript: message.to_vec(),
            suite: suites::by_code(answer.suite).unwrap_or(suite),
            server_random: answer.random,
            session_id: answer.session_id.clone(),
            identity,
            group,
            scheme,
            secret: None,
            client_key: None,
            master: saved.as_ref().map_or(vec![], |saved| saved.master.clone()),
            ems,
            etm,
            resumed: saved.is_some(),
            new_ticket,
            hello,
        }));
        let mut flight = Flight(vec![hello_item(&answer)]);
        match saved {
            Some(_) => {
                self.derive_keys();
                flight.0.extend(self.closing_items());
                self.expect = Expect::ChangeCipherSpec;
            }
            None => self.full_handshake(&mut flight),
        }
        for hook in self.config.hooks.clone() {
            if let Hook::FirstFlight(edit) = hook {
                edit(&mut flight);
            }
        }
        self.send(flight);
        Ok(())
    }

    /// The session that the client may resume (RFC 5246 7.4.1.2, RFC 5077 3.4, RFC 7627 5.3).
    fn find_session(
        &self,
        hello: &ClientHello,
        version: Version,
        ems: bool,
    ) -> Result<Option<Saved>, Failure> {
        let ticket = hello.extension(extension::SESSION_TICKET).filter(|ticket| !ticket.is_empty());
        let key = match self.config.resumption {
            Resumption::No => None,
            Resumption::Ids => Some(&hello.session_id[..]).filter(|id| !id.is_empty()),
            Resumption::Tickets | Resumption::RenewedTickets => ticket,
        };
        let Some(saved) = key.and_then(|key| self.config.sessions.get(key)) else { return Ok(None) };
        if saved.version != version || !hello.suites.contains(&saved.suite) || (ems && !saved.ems) {
            return Ok(None);
        }
        if saved.ems && !ems {
            return fail(alert::HANDSHAKE_FAILURE, "extended master secret left out in resumption");
        }
        Ok(Some(saved))
    }

    /// The first suite that both sides can do, with its certificate, group and signature scheme.
    fn choose(
        &self,
        hello: &ClientHello,
        version: Version,
    ) -> Option<(&'static Suite, Identity, Option<Group>, Option<u16>)> {
        let groups = hello.groups().filter(|_| version > Version::Ssl30);
        let group_ok = |group: Group| groups.as_ref().is_none_or(|list| list.contains(&(group as u16)));
        let schemes = hello.schemes().unwrap_or(vec![0x0201, 0x0203]);
        let offered = self.config.suites.iter().filter(|code| hello.suites.contains(code));
        let mut offered = offered.filter_map(|c| suites::by_code(*c)).filter(|suite| suite.fits(version));
        offered.find_map(|suite| {
            let identity = self.config.identities.iter().find(|identity| {
                can_serve(suite.kx, identity)
                    && match &identity.key {
                        PrivateKey::Ec(key) => group_ok(key.curve().into()),
                        PrivateKey::Rsa(_) => true,
                    }
            })?;
            if !suite.kx.is_ephemeral() {
                return Some((suite, identity.clone(), None, None));
            }
            let group = self.config.groups.iter().copied().find(|group| group_ok(*group))?;
            let mut usable = self.config.schemes.iter().filter(|s| sign::fits(**s, &identity.key));
            let scheme = match sign::has_schemes(version) {
                true => Some(*usable.find(|scheme| schemes.contains(scheme))?),
                false => None,
            };
            Some((suite, identity.clone(), Some(group), scheme))
        })
    }

    /// Everything after the ServerHello of a full handshake.
    fn full_handshake(&mut self, flight: &mut Flight) {
        let Some(hs) = &mut self.hs else { return };
        let Some(identity) = hs.identity.clone() else { return };
        let hooks = &self.config.hooks;
        let mut chain = identity.chain.clone();
        for hook in hooks {
            if let Hook::Certificate(edit) = hook {
                edit(&mut chain);
            }
        }
        let chain: Vec<u8> = chain.iter().flat_map(|certificate| vector(3, certificate)).collect();
        flight.push(Item::Handshake(handshake::CERTIFICATE, vector(3, &chain)));

        if let Some(group) = hs.group {
            let secret = Secret::generate(group, &mut self.rng);
            let mut exchange = KeyExchange {
                curve_type: 3,
                group: group as u16,
                point: secret.public(),
                point_len: None,
                sign_other_random: false,
                scheme: hs.scheme,
            };
            for hook in hooks {
                if let Hook::KeyExchange(edit) = hook {
                    edit(&mut exchange);
                }
            }
            let params = exchange.params();
            let client_random = if exchange.sign_other_random { [0; 32] } else { hs.hello.random };
            let parts = [&client_random[..], &hs.server_random, &params];
            let mut signed = sign::sign(&identity.key, exchange.scheme, &parts, &mut self.rng);
            for hook in hooks {
                if let Hook::Signature(edit) = hook {
                    edit(&mut signed);
                }
            }
            let body = server_key_exchange(&params, &signed);
            flight.push(Item::Handshake(handshake::SERVER_KEY_EXCHANGE, body));
            hs.secret = Some(secret);
        } else if let PrivateKey::Ec(key) = identity.key {
            hs.secret = Some(Secret::Nist(key));
        }

        if self.config.client_auth != ClientAuth::No {
            let names: Vec<u8> =
                self.config.client_authorities.iter().flat_map(|name| vector(2, name)).collect();
            let schemes: Vec<u8> = self.config.schemes.iter().flat_map(|s| s.to_be_bytes()).collect();
            let schemes = if sign::has_schemes(hs.version) { vector(2, &schemes) } else { vec![] };
            // rsa_sign and ecdsa_sign
            let body = [vector(1, &[1, 64]), schemes, vector(2, &names)].concat();
            flight.push(Item::Handshake(handshake::CERTIFICATE_REQUEST, body));
        }
        flight.push(Item::Handshake(handshake::SERVER_HELLO_DONE, vec![]));
        self.expect = match self.config.client_auth {
            ClientAuth::No => Expect::ClientKeyExchange,
            ClientAuth::Ask | ClientAuth::Require => Expect::Certificate,
        };
    }

    fn on_certificate(&mut self, body: &[u8]) -> Result<(), Failure> {
        let decode_error = Failure { alert: alert::DECODE_ERROR, reason: "malformed Certificate".into() };
        let mut reader = Reader::new(body);
        let list = reader.vector(3).filter(|_| reader.is_empty()).ok_or(decode_error.clone())?;
        let mut list = Reader::new(list);
        let mut chain = Vec::new();
        while !list.is_empty() {
            chain.push(list.vector(3).ok_or(decode_error.clone())?.to_vec());
        }
        let Some(own) = chain.first() else {
            if self.hs.as_ref().is_some_and(|hs| hs.version == Version::Ssl30) {
                return fail(alert::DECODE_ERROR, "SSL 3.0 says no_certificate by an alert");
            }
            return self.on_no_certificate();
        };
        let Some(key) = PublicKey::of_certificate(own) else {
            return fail(alert::BAD_CERTIFICATE, "the client's certificate cannot be read");
        };
        self.events.push(Event::ClientCertificate(chain));
        if let Some(hs) = &mut self.hs {
            hs.client_key = Some(key);
        }
        self.expect = Expect::ClientKeyExchange;
        Ok(())
    }

    /// An empty Certificate, or the warning of SSL 3.0.
    pub(super) fn on_no_certificate(&mut self) -> Result<(), Failure> {
        self.events.push(Event::ClientCertificate(vec![]));
        if self.config.client_auth == ClientAuth::Require {
            return fail(alert::HANDSHAKE_FAILURE, "a client certificate is required");
        }
        self.expect = Expect::ClientKeyExchange;
        Ok(())
    }

    fn on_client_key_exchange(&mut self, body: &[u8]) -> Result<(), Failure> {
        let Some(hs) = &mut self.hs else { return Ok(()) };
        let mut reader = Reader::new(body);
        let premaster = match hs.suite.kx {
            Kx::Rsa => {
                let encrypted = match hs.version {
                    Version::Ssl30 => Some(reader.rest()),
                    Version::Tls10 | Version::Tls11 | Version::Tls12 => reader.vector(2),
                };
                let key = match hs.identity.as_ref().map(|identity| &identity.key) {
                    Some(PrivateKey::Rsa(key)) => key,
                    // A hook named a suite that the certificate does not fit.
                    Some(PrivateKey::Ec(_)) | None => {
                        return fail(alert::INTERNAL_ERROR, "no RSA key here");
                    }
                };
                let premaster = encrypted.and_then(|encrypted| key.decrypt_pkcs1(encrypted));
                // RFC 5246 7.4.7.1: 48 bytes that begin with the version of the ClientHello.
                premaster.filter(|pm| pm.len() == 48 && pm.starts_with(&hs.hello.version.to_be_bytes()))
            }
            Kx::EcdhRsa | Kx::EcdhEcdsa | Kx::EcdheRsa | Kx::EcdheEcdsa => {
                let point = reader.vector(1).filter(|point| !point.is_empty());
                point.and_then(|point| hs.secret.as_ref()?.agree(point))
            }
        };
        let Some(premaster) = premaster.filter(|_| reader.is_empty()) else {
            return fail(alert::DECRYPT_ERROR, "no premaster secret in ClientKeyExchange");
        };
        hs.master = match hs.ems {
            true => hs.kdf().extended_master(&premaster, &hs.transcript),
            false => hs.kdf().master(&premaster, &hs.hello.random, &hs.server_random),
        };
        self.expect = match hs.client_key {
            Some(_) => Expect::CertificateVerify,
            None => Expect::ChangeCipherSpec,
        };
        self.derive_keys();
        Ok(())
    }

    fn on_certificate_verify(&mut self, body: &[u8]) -> Result<(), Failure> {
        let Some(hs) = &self.hs else { return Ok(()) };
        let mut reader = Reader::new(body);
        let scheme = if sign::has_schemes(hs.version) { reader.u16() } else { None };
        let signature = reader.vector(2).filter(|_| reader.is_empty());
        let (Some(signature), Some(key)) = (signature, &hs.client_key) else {
            return fail(alert::DECODE_ERROR, "malformed CertificateVerify");
        };
        if scheme.is_some_and(|scheme| !self.config.schemes.contains(&scheme)) {
            return fail(alert::ILLEGAL_PARAMETER, "CertificateVerify with a scheme not asked for");
        }
        let good = match hs.version {
            Version::Ssl30 => sign::verify_ssl3(key, &hs.master, &hs.transcript, signature),
            Version::Tls10 | Version::Tls11 | Version::Tls12 => {
                sign::verify(key, scheme, &hs.transcript, signature)
            }
        };
        if !good {
            return fail(alert::DECRYPT_ERROR, "wrong signature in CertificateVerify");
        }
        self.expect = Expect::ChangeCipherSpec;
        Ok(())
    }

    fn on_finished(&mut self, message: &[u8]) -> Result<(), Failure> {
        let Some(hs) = &mut self.hs else { return Ok(()) };
        if message[4..] != hs.kdf().verify_data(&hs.master, Side::Client, &hs.transcript) {
            return fail(alert::DECRYPT_ERROR, "wrong Finished");
        }
        hs.transcript.extend(message);
        let established = Established {
            version: hs.version,
            suite: hs.suite,
            group: hs.group,
            resumed: hs.resumed,
            extended_master_secret: hs.ems,
            encrypt_then_mac: hs.etm,
        };
        if !hs.resumed {
            if self.config.resumption == Resumption::Ids {
                self.config.sessions.put(hs.session_id.clone(), saved(hs));
            }
            let mut flight = Flight(self.closing_items());
            for hook in self.config.hooks.clone() {
                if let Hook::LastFlight(edit) = hook {
                    edit(&mut flight);
                }
            }
            self.send(flight);
        }
        self.expect = Expect::Traffic;
        self.events.push(Event::Established(established));
        Ok(())
    }

    /// NewSessionTicket if one is due, ChangeCipherSpec, Finished.
    fn closing_items(&mut self) -> Vec<Item> {
        let mut items = Vec::new();
        if let Some(hs) = self.hs.as_ref().filter(|hs| hs.new_ticket) {
            let ticket = self.rng.bytes(48);
            self.config.sessions.put(ticket.clone(), saved(hs));
            // RFC 5077 3.3: lifetime hint in seconds, then the ticket.
            let body = [&300u32.to_be_bytes()[..], &vector(2, &ticket)].concat();
            items.push(Item::Handshake(handshake::NEW_SESSION_TICKET, body));
        }
        items.extend([Item::ChangeCipherSpec(vec![1]), Item::Activate, Item::Finished]);
        items
    }

    /// The server's own verify_data, after the hooks.
    pub(super) fn own_verify_data(&self) -> Vec<u8> {
        let Some(hs) = &self.hs else { return vec![] };
        let mut data = hs.kdf().verify_data(&hs.master, Side::Server, &hs.transcript);
        for hook in &self.config.hooks {
            if let Hook::VerifyData(edit) = hook {
                edit(&mut data);
            }
        }
        data
    }

    fn derive_keys(&mut self) {
        let Some(hs) = &self.hs else { return };
        let (client, server) = hs.kdf().keys(&hs.master, &hs.hello.random, &hs.server_random);
        self.read.pending = Some(Protection::new(hs.version, hs.suite, client, hs.etm));
        self.write.pending = Some(Protection::new(hs.version, hs.suite, server, hs.etm));
    }
}

fn saved(hs: &Handshake) -> Saved {
    Saved { version: hs.version, suite: hs.suite.code, master: hs.master.clone(), ems: hs.ems }
}

/// Whether a certificate can be used with a key exchange (RFC 8422 2).
fn can_serve(kx: Kx, identity: &Identity) -> bool {
    match (&identity.key, kx) {
        (PrivateKey::Rsa(_), Kx::Rsa | Kx::EcdheRsa) | (PrivateKey::Ec(_), Kx::EcdheEcdsa) => true,
        (PrivateKey::Ec(_), Kx::EcdhRsa) => is_signed_with_rsa(&identity.chain[0]),
        (PrivateKey::Ec(_), Kx::EcdhEcdsa) => !is_signed_with_rsa(&identity.chain[0]),
        (PrivateKey::Rsa(_), _) | (PrivateKey::Ec(_), Kx::Rsa | Kx::EcdheRsa) => false,
    }
}

fn is_signed_with_rsa(certificate: &[u8]) -> bool {
    let algorithm = der::Reader::new(certificate).enter(0x30).and_then(|mut certificate| {
        certificate.expect(0x30)?;
        certificate.expect(0x30)
    });
    // All of PKCS#1's signatures are below this arc; the last arc is one byte.
    let pkcs1 = der::oid(&[1, 2, 840, 113549, 1, 1, 1]);
    algorithm.is_some_and(|algorithm| algorithm.starts_with(&pkcs1[..pkcs1.len() - 1]))
}
