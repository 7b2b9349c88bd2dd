//! The server's flight: who it is, and its part of the key exchange.

use super::{Agreement, Expect, Handshake, Pretend, ServerShare};
use crate::{
    ServerName, UnixTime,
    error::{Error, Misbehaved},
    kx::Group,
    msgs::{self, Message, ServerKeyExchange},
    sign::{PublicKey, SignatureScheme, VerifyError},
    suites::KeyExchange,
    x509::{self, CertError, Certificate, KeyUse, Problem},
};

/// A host that nobody has a certificate for (RFC 6761 6.4).
const OTHER_HOST: &str = "other.invalid";

impl Handshake {
    pub(super) fn server_certificate(
        &mut self,
        mut agreement: Box<Agreement>,
        message: Message<'_>,
    ) -> Result<Expect, Error> {
        let mut chain = Vec::new();
        for (depth, der) in msgs::server_certificate(message)?.into_iter().enumerate() {
            let certificate = match (depth, self.pretend) {
                (0, Some(Pretend::BadSignature)) => {
                    let mut damaged = der.to_vec();
                    damaged.last_mut().into_iter().for_each(|last| *last ^= 1);
                    Certificate::from_der(&damaged)
                }
                _ => Certificate::from_der(der),
            };
            chain.push(certificate.map_err(|cause| Error::CertificateEncoding { depth, cause })?);
        }
        agreement.summary.chain = chain.iter().map(|certificate| certificate.subject().to_string()).collect();
        let leaf = chain.first().ok_or(Misbehaved::NoCertificate)?;
        let kx = agreement.suite().kx;
        let key_use = match kx {
            KeyExchange::Rsa => KeyUse::Encrypt,
            KeyExchange::EcdhRsa | KeyExchange::EcdhEcdsa => KeyUse::Agree,
            KeyExchange::EcdheRsa | KeyExchange::EcdheEcdsa => KeyUse::Sign,
        };
        let other = ServerName::Dns(OTHER_HOST.into());
        let name = if self.pretend == Some(Pretend::OtherHost) { Some(&other) } else { self.name.as_ref() };
        let now = match self.pretend {
            Some(Pretend::Expired) => UnixTime(leaf.not_after().0.saturating_add(1)),
            Some(Pretend::NotYetValid) => UnixTime(leaf.not_before().0.saturating_sub(1)),
            _ => self.now,
        };
        x509::verify(&self.config.policy, &chain, name, now, key_use).map_err(Error::Certificate)?;
        let key = leaf.public_key().map_err(|cause| {
            let problem = Problem::UnsupportedKey(cause.clone());
            Error::Certificate(CertError { depth: 0, subject: leaf.subject().to_string(), problem })
        })?;

        Ok(match (kx, key) {
            (KeyExchange::EcdheRsa, PublicKey::Rsa(_)) | (KeyExchange::EcdheEcdsa, PublicKey::Ec(_)) => {
                Expect::ServerKeyExchange(agreement, key.clone())
            }
            (KeyExchange::Rsa, PublicKey::Rsa(key)) => {
                Expect::CertificateRequest(agreement, ServerShare::Rsa(key.clone()))
            }
            (KeyExchange::EcdhRsa | KeyExchange::EcdhEcdsa, PublicKey::Ec(key)) => {
                let group = Group::from(key.curve());
                agreement.summary.group = Some(group);
                Expect::CertificateRequest(agreement, ServerShare::Ecdh(group, key.point().to_vec()))
            }
            (_, key) => return Err(Misbehaved::WrongKeyKind { key: key.to_string() }.into()),
        })
    }

    pub(super) fn server_key_exchange(
        &mut self,
        mut agreement: Box<Agreement>,
        key: &PublicKey,
        message: Message<'_>,
    ) -> Result<Expect, Error> {
        let exchange = ServerKeyExchange::read(message, agreement.version())?;
        // Before TLS 1.2 the kind of key says it all.
        let scheme = exchange.scheme.unwrap_or(match key {
            PublicKey::Rsa(_) => SignatureScheme::RSA_PKCS1_MD5_SHA1,
            PublicKey::Ec(_) => SignatureScheme::ECDSA_SHA1,
        });
        if exchange.scheme.is_some_and(|scheme| !msgs::SCHEMES.contains(&scheme)) {
            return Err(Misbehaved::SchemeNotOffered(scheme).into());
        }
        let signed = [&self.client_random[..], &agreement.server_random, exchange.params].concat();
        key.verify(scheme, &signed, exchange.signature).map_err(|error| match error {
            VerifyError::UnknownScheme | VerifyError::WrongKeyKind => Misbehaved::SchemeNotOffered(scheme),
            VerifyError::WrongDigestLength | VerifyError::WrongSignature => Misbehaved::BadSignature,
        })?;
        agreement.summary.group = Some(exchange.group);
        agreement.summary.signature = Some(scheme);
        let share = ServerShare::Ecdh(exchange.group, exchange.public.to_vec());
        Ok(Expect::CertificateRequest(agreement, share))
    }
}
