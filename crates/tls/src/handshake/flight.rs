//! Our second flight: certificate, premaster secret, proof, and the switch to the new keys.

use super::{Agreement, Expect, Handshake, Secrets, ServerShare, Wire};
use crate::{
    alert::{AlertDescription, AlertLevel},
    error::{Error, Local},
    kx,
    msgs::{self, CertificateRequest},
    prf::MasterSecret,
    record::{self, ContentType},
    sign::{PublicKey, SignatureScheme},
    summary::ClientCertificate,
    talk::Speaker,
    version::{NoCertificate, Signing},
    x509::Identity,
};
use std::sync::Arc;

/// ClientCertificateType numbers (RFC 5246 7.4.4, RFC 8422 5.5).
const RSA_SIGN: u8 = 1;
const ECDSA_SIGN: u8 = 64;

impl Handshake {
    pub(super) fn second_flight(
        &mut self,
        mut agreement: Box<Agreement>,
        share: &ServerShare,
        request: Option<&CertificateRequest>,
        wire: &mut Wire<'_>,
    ) -> Result<Expect, Error> {
        // 1. Certificate, if the server has asked.
        let proof = match request {
            Some(request) => self.client_certificate(&mut agreement, request, wire)?,
            None => None,
        };
        // 2. ClientKeyExchange, which fixes the master secret.
        let master = self.client_key_exchange(&agreement, share, wire)?;
        self.log_keys(&master);
        // 3. CertificateVerify, if there was a certificate.
        if let Some((identity, scheme)) = proof {
            self.certificate_verify(&agreement, &identity, scheme, &master, wire)?;
        }
        self.transcript.drop_messages();
        // 4. ChangeCipherSpec and Finished.
        let keys = record::derive(
            agreement.version(),
            agreement.suite(),
            agreement.summary.encrypt_then_mac,
            &master,
            &self.client_random,
            &agreement.server_random,
        )?;
        let mut secrets = Box::new(Secrets {
            agreement: *agreement,
            master,
            opener: keys.opener,
            sealer: Some(keys.sealer),
            ticket: Vec::new(),
        });
        self.client_finished(&mut secrets, wire)?;
        Ok(match secrets.agreement.ticket {
            true => Expect::NewSessionTicket(secrets),
            false => Expect::ChangeCipherSpec(secrets),
        })
    }

    /// Sends the chain, or says that there is none; what has been sent must be proven.
    fn client_certificate(
        &mut self,
        agreement: &mut Agreement,
        request: &CertificateRequest,
        wire: &mut Wire<'_>,
    ) -> Result<Option<(Arc<Identity>, SignatureScheme)>, Error> {
        let identity = self.config.identity.clone();
        let usable = identity.and_then(|identity| {
            let scheme = scheme(&identity, agreement.version().signing, request)?;
            Some((identity, scheme))
        });
        match (&usable, agreement.version().no_certificate) {
            (Some((identity, scheme)), _) => {
                agreement.summary.client_certificate = ClientCertificate::Sent(*scheme);
                self.send(&msgs::certificate(identity.chain_der()), wire)?;
            }
            (None, NoCertificate::EmptyMessage) => {
                agreement.summary.client_certificate = ClientCertificate::None;
                self.send(&msgs::certificate([].into_iter()), wire)?;
            }
            (None, NoCertificate::Alert) => {
                agreement.summary.client_certificate = ClientCertificate::None;
                let alert = [AlertLevel::Warning as u8, AlertDescription::NO_CERTIFICATE.0];
                wire.talk.alert(Speaker::Client, alert[0], AlertDescription::NO_CERTIFICATE);
                wire.sender.send(ContentType::Alert, &alert, wire.rng, wire.out)?;
            }
        }
        Ok(usable)
    }

    fn client_key_exchange(
        &mut self,
        agreement: &Agreement,
        share: &ServerShare,
        wire: &mut Wire<'_>,
    ) -> Result<MasterSecret, Error> {
        let (agreed, message) = match share {
            ServerShare::Rsa(key) => {
                let agreed = kx::rsa_transport(self.offer.versions.max.code(), key, wire.rng)?;
                let message = msgs::client_key_exchange_rsa(agreement.version(), &agreed.public);
                (agreed, message)
            }
            ServerShare::Ecdh(group, public) => {
                let agreed = group.agree(public, wire.rng)?;
                let message = msgs::client_key_exchange_ecdh(&agreed.public);
                (agreed, message)
            }
        };
        self.send(&message, wire)?;
        let prf = agreement.prf();
        Ok(match agreement.summary.extended_master_secret {
            true => prf.extended_master_secret(&agreed.premaster, &self.transcript.digest()),
            false => prf.master_secret(&agreed.premaster, &self.client_random, &agreement.server_random),
        })
    }

    fn certificate_verify(
        &mut self,
        agreement: &Agreement,
        identity: &Identity,
        scheme: SignatureScheme,
        master: &MasterSecret,
        wire: &mut Wire<'_>,
    ) -> Result<(), Error> {
        // MD5 and SHA-1 in a row; ECDSA signs the second one alone (RFC 8422 5.8).
        let legacy = |digest: &[u8]| match identity.public_key() {
            PublicKey::Rsa(_) => identity.sign_digest(scheme, digest),
            PublicKey::Ec(_) => identity.sign_digest(scheme, &digest[16..]),
        };
        let (named, signature) = match agreement.version().signing {
            Signing::Negotiated => (Some(scheme), identity.sign(scheme, self.transcript.messages())),
            Signing::Md5Sha1 => (None, legacy(self.transcript.digest().as_ref())),
            Signing::Ssl30 => (None, legacy(self.transcript.ssl30_digest(master, &[]).as_ref())),
        };
        let signature = signature.map_err(|_| Local::ClientKey)?;
        self.send(&msgs::certificate_verify(named, &signature), wire)
    }
}

/// How the key would sign for this server; `None` if the server could not check it.
fn scheme(identity: &Identity, signing: Signing, request: &CertificateRequest) -> Option<SignatureScheme> {
    let kind = match identity.public_key() {
        PublicKey::Rsa(_) => RSA_SIGN,
        PublicKey::Ec(_) => ECDSA_SIGN,
    };
    if !request.types.contains(&kind) {
        return None;
    }
    match signing {
        Signing::Ssl30 | Signing::Md5Sha1 => Some(identity.legacy_scheme()),
        Signing::Negotiated => {
            identity.schemes().iter().copied().find(|scheme| request.schemes.contains(scheme))
        }
    }
}
