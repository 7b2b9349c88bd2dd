//! The server's side of the handshake, message by message.

use super::{
    ClientAuth, ClientHello, Established, Event, Failure, Flight, Group, Hook, Item, KeyExchange, Resumption,
    Server, Version,
    config::Saved,
    connection::fail,
    kdf::{Kdf, Side},
    key_exchange::{Secret, server_key_exchange},
    record::Protection,
    sign,
    suites::{Kx, Suite},
    wire::{Reader, alert, handshake, vector},
};
use crate::{
    ca::Identity,
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
    pub hello: ClientHello,
    pub suite: &'static Suite,
    pub server_random: [u8; 32],
    pub session_id: Vec<u8>,
    pub identity: Option<Identity>,
    pub group: Option<Group>,
    pub scheme: Option<u16>,
    pub secret: Option<Secret>,
    pub client_key: Option<PublicKey>,
    pub master: Vec<u8>,
    pub ems: bool,
    pub etm: bool,
    pub resumed: bool,
    pub new_ticket: bool,
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

    /// Everything after the ServerHello of a full handshake.
    pub(super) fn full_handshake(&mut self, flight: &mut Flight) {
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
    pub(super) fn closing_items(&mut self) -> Vec<Item> {
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

    pub(super) fn derive_keys(&mut self) {
        let Some(hs) = &self.hs else { return };
        let (client, server) = hs.kdf().keys(&hs.master, &hs.hello.random, &hs.server_random);
        self.read.pending = Some(Protection::new(hs.version, hs.suite, client, hs.etm));
        self.write.pending = Some(Protection::new(hs.version, hs.suite, server, hs.etm));
    }
}

fn saved(hs: &Handshake) -> Saved {
    Saved { version: hs.version, suite: hs.suite.code, master: hs.master.clone(), ems: hs.ems }
}
