//! Private and public keys of either kind, with their file formats.

use super::{Curve, EcKey, Hash, Rng, RsaKey, rsa::RsaPublic};
use crate::ca::der;
use std::{fmt, io};

/// A private key.
#[derive(Clone)]
#[allow(missing_docs, reason = "the names say it")]
pub enum PrivateKey {
    Rsa(RsaKey),
    Ec(EcKey),
}

/// A public key as a certificate carries it.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum PublicKey {
    Rsa(RsaPublic),
    Ec(Curve, Vec<u8>),
}

impl PrivateKey {
    /// The deterministic key of this curve and label.
    pub fn ec(curve: Curve, label: &str) -> PrivateKey {
        PrivateKey::Ec(EcKey::generate(curve, &mut Rng::new(0, label)))
    }

    /// A new key on this curve, of which nobody else knows.
    ///
    /// # Errors
    /// The operating system has no random numbers.
    pub fn random_ec(curve: Curve) -> io::Result<PrivateKey> {
        let mut label = [0; 32];
        getrandom::fill(&mut label).map_err(io::Error::other)?;
        let label: String = label.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(PrivateKey::ec(curve, &label))
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        match self {
            PrivateKey::Rsa(key) => PublicKey::Rsa(key.public()),
            PrivateKey::Ec(key) => PublicKey::Ec(key.curve(), key.point()),
        }
    }

    /// A plain X.509 signature: PKCS#1 v1.5 or ECDSA.
    pub fn sign(&self, hash: Hash, message: &[u8]) -> Vec<u8> {
        let digest = hash.digest(&[message]);
        match self {
            PrivateKey::Rsa(key) => key.sign_pkcs1(Some(hash), &digest),
            PrivateKey::Ec(key) => key.sign(&digest),
        }
    }

    /// PKCS#1 RSAPrivateKey or SEC 1 ECPrivateKey.
    pub fn traditional_der(&self) -> Vec<u8> {
        match self {
            PrivateKey::Rsa(key) => key.to_pkcs1_der(),
            PrivateKey::Ec(key) => self.ec_private_key(key, true),
        }
    }

    /// [`Self::traditional_der`] in its PEM block.
    pub fn traditional_pem(&self) -> String {
        let label = match self {
            PrivateKey::Rsa(_) => "RSA PRIVATE KEY",
            PrivateKey::Ec(_) => "EC PRIVATE KEY",
        };
        der::pem(label, &self.traditional_der())
    }

    /// PKCS#8 PrivateKeyInfo (RFC 5208), unencrypted.
    pub fn pkcs8_der(&self) -> Vec<u8> {
        let inner = match self {
            PrivateKey::Rsa(key) => key.to_pkcs1_der(),
            PrivateKey::Ec(key) => self.ec_private_key(key, false),
        };
        der::sequence(&[der::integer(&[0]), self.public().algorithm(), der::octets(&inner)])
    }

    /// [`Self::pkcs8_der`] in its PEM block.
    pub fn pkcs8_pem(&self) -> String {
        der::pem("PRIVATE KEY", &self.pkcs8_der())
    }

    /// RFC 5915 3; inside PKCS#8 the curve is named outside.
    fn ec_private_key(&self, key: &EcKey, with_curve: bool) -> Vec<u8> {
        let curve = if with_curve { der::tlv(0xa0, &der::oid(curve_oid(key.curve()))) } else { vec![] };
        der::sequence(&[
            der::integer(&[1]),
            der::octets(key.scalar()),
            curve,
            der::tlv(0xa1, &der::bits(&key.point())),
        ])
    }
}

impl PublicKey {
    /// SubjectPublicKeyInfo (RFC 5280 4.1).
    pub fn to_spki(&self) -> Vec<u8> {
        let key = match self {
            PublicKey::Rsa(key) => key.to_pkcs1_der(),
            PublicKey::Ec(_, point) => point.clone(),
        };
        der::sequence(&[self.algorithm(), der::bits(&key)])
    }

    /// Reads the key out of a certificate; `None` when it is of no known kind.
    pub fn of_certificate(certificate: &[u8]) -> Option<PublicKey> {
        let mut fields = der::Reader::new(certificate).enter(0x30)?.enter(0x30)?;
        fields.optional(0xa0);
        // serialNumber, signature, issuer, validity, subject
        for tag in [0x02, 0x30, 0x30, 0x30, 0x30] {
            fields.expect(tag)?;
        }
        let mut spki = fields.enter(0x30)?;
        let algorithm = spki.expect(0x30)?;
        let key = spki.expect(0x03)?.strip_prefix(&[0])?;
        if algorithm.starts_with(&der::oid(RSA_ENCRYPTION)) {
            return RsaPublic::from_pkcs1_der(key).map(PublicKey::Rsa);
        }
        let curve = [Curve::P256, Curve::P384, Curve::P521]
            .into_iter()
            .find(|c| algorithm == [der::oid(EC_PUBLIC_KEY), der::oid(curve_oid(*c))].concat())?;
        Some(PublicKey::Ec(curve, key.to_vec()))
    }

    fn algorithm(&self) -> Vec<u8> {
        match self {
            PublicKey::Rsa(_) => der::sequence(&[der::oid(RSA_ENCRYPTION), der::null()]),
            PublicKey::Ec(curve, _) => der::sequence(&[der::oid(EC_PUBLIC_KEY), der::oid(curve_oid(*curve))]),
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PrivateKey").field(&self.public()).finish()
    }
}

fn curve_oid(curve: Curve) -> &'static [u64] {
    match curve {
        Curve::P256 => &[1, 2, 840, 10045, 3, 1, 7],
        Curve::P384 => &[1, 3, 132, 0, 34],
        Curve::P521 => &[1, 3, 132, 0, 35],
    }
}

const RSA_ENCRYPTION: &[u64] = &[1, 2, 840, 113549, 1, 1, 1];
const EC_PUBLIC_KEY: &[u64] = &[1, 2, 840, 10045, 2, 1];
