//! The answer to a ClientHello: version, session or suite, extensions.

use super::{
    ClientHello, Event, Failure, Flight, Group, Hook, Resumption, Server, ServerHello, Version,
    config::Saved,
    connection::{fail, hello_item},
    handshake::{Expect, Handshake},
    sign,
    suites::{self, Kx, Suite},
    wire::{alert, extension},
};
use crate::{
    ca::{Identity, der},
    crypto::PrivateKey,
};

impl Server {
    pub(super) fn on_client_hello(&mut self, record_version: u16, message: &[u8]) -> Result<(), Failure> {
        let Some(hello) = ClientHello::parse(record_version, &message[4..]) else {
            return fail(alert::DECODE_ERROR, "malformed ClientHello");
        };
        self.events.push(Event::ClientHello(Box::new(hello.clone())));
        if let Some(complaint) = hello.complaint() {
            return fail(alert::DECODE_ERROR, complaint);
        }
        if self.config.requires_name && hello.extension(extension::SERVER_NAME).is_none() {
            return fail(alert::UNRECOGNIZED_NAME, "no server_name");
        }
        // 1. Version: the client's highest, or our highest below it.
        let (min, max) = self.config.versions;
        let version =
            Version::ALL.into_iter().rfind(|v| v.wire() <= hello.version && (min..=max).contains(v));
        let Some(version) = version else { return fail(alert::PROTOCOL_VERSION, "no common version") };
        let ems = self.config.extended_master_secret
            && version > Version::Ssl30
            && hello.extension(extension::EXTENDED_MASTER_SECRET).is_some();

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

        // 3. The answer.
        let resumed = saved.is_some();
        let mut answer = self.answer(&hello, version, suite, resumed, ems);
        for hook in self.config.hooks.clone() {
            if let Hook::ServerHello(edit) = hook {
                edit(&mut answer, &hello);
            }
        }

        // 4. Go on with what the answer says, even if a hook changed it: a client that overlooks the change
        // comes to the end of the handshake.
        let suite = suites::by_code(answer.suite).unwrap_or(suite);
        self.hs = Some(Box::new(Handshake {
            version: Version::from_wire(answer.version).unwrap_or(version),
            max_fragment: match answer.extension(extension::MAX_FRAGMENT_LENGTH) {
                Some([code @ 1..=4]) => Some(256 << code),
                _ => None,
            },
            transcript: message.to_vec(),
            suite,
            server_random: answer.random,
            session_id: answer.session_id.clone(),
            identity,
            group,
            scheme,
            secret: None,
            client_key: None,
            master: saved.as_ref().map_or(vec![], |saved| saved.master.clone()),
            ems: answer.extension(extension::EXTENDED_MASTER_SECRET).is_some(),
            etm: answer.extension(extension::ENCRYPT_THEN_MAC).is_some() && suite.bulk.block().is_some(),
            resumed,
            new_ticket: answer.extension(extension::SESSION_TICKET).is_some(),
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

    /// An honest ServerHello.
    fn answer(
        &mut self,
        hello: &ClientHello,
        version: Version,
        suite: &Suite,
        resumed: bool,
        ems: bool,
    ) -> ServerHello {
        let session_id = match self.config.resumption {
            _ if resumed => hello.session_id.clone(),
            Resumption::Ids => self.rng.bytes(32),
            Resumption::No | Resumption::Tickets | Resumption::RenewedTickets => vec![],
        };
        let mut answer = ServerHello {
            version: version.wire(),
            random: self.rng.array(),
            session_id,
            suite: suite.code,
            compression: 0,
            extensions: vec![],
        };
        let config = &self.config;
        if config.renegotiation_info && hello.secure_renegotiation() {
            answer.add(extension::RENEGOTIATION_INFO, &[0]);
        }
        // The others need extensions in the ClientHello, which SSL 3.0 ignores.
        let has = |kind| version > Version::Ssl30 && hello.extension(kind).is_some();
        let new_ticket = match config.resumption {
            Resumption::Tickets => !resumed,
            Resumption::RenewedTickets => true,
            Resumption::No | Resumption::Ids => false,
        };
        if config.acknowledge_name && !resumed && has(extension::SERVER_NAME) {
            answer.add(extension::SERVER_NAME, &[]);
        }
        if suite.kx.is_ec() && has(extension::POINT_FORMATS) {
            answer.add(extension::POINT_FORMATS, &[1, 0]);
        }
        if ems {
            answer.add(extension::EXTENDED_MASTER_SECRET, &[]);
        }
        if config.encrypt_then_mac && suite.bulk.block().is_some() && has(extension::ENCRYPT_THEN_MAC) {
            answer.add(extension::ENCRYPT_THEN_MAC, &[]);
        }
        if new_ticket && has(extension::SESSION_TICKET) {
            answer.add(extension::SESSION_TICKET, &[]);
        }
        if config.max_fragment_length && has(extension::MAX_FRAGMENT_LENGTH) {
            let code = hello.extension(extension::MAX_FRAGMENT_LENGTH).unwrap_or_default();
            answer.add(extension::MAX_FRAGMENT_LENGTH, code);
        }
        answer
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
