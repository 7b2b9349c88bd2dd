//! ECDSA keys on the three NIST curves.
use super::{Digest, KeyError, VerifyError};
use aws_lc_rs::{
    digest::{self, Digest as FastDigest},
    signature::{
        ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1,
        ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
        EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, KeyPair, ParsedPublicKey,
    },
};
use const_oid::{
    ObjectIdentifier,
    db::rfc5912::{SECP_256_R_1, SECP_384_R_1, SECP_521_R_1},
};
use std::{fmt, sync::Arc};

/// A curve that a key of a certificate may be on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Curve {
    /// secp256r1.
    P256,
    /// secp384r1.
    P384,
    /// secp521r1.
    P521,
}

struct Facts {
    oid: ObjectIdentifier,
    name: &'static str,
    field_bytes: usize,
    verify: &'static EcdsaVerificationAlgorithm,
    sign: &'static EcdsaSigningAlgorithm,
    hash: &'static digest::Algorithm,
}

impl Curve {
    /// All of them.
    pub const ALL: [Curve; 3] = [Curve::P256, Curve::P384, Curve::P521];

    fn facts(self) -> Facts {
        match self {
            Curve::P256 => Facts {
                oid: SECP_256_R_1,
                name: "P-256",
                field_bytes: 32,
                verify: &ECDSA_P256_SHA256_ASN1,
                sign: &ECDSA_P256_SHA256_ASN1_SIGNING,
                hash: &digest::SHA256,
            },
            Curve::P384 => Facts {
                oid: SECP_384_R_1,
                name: "P-384",
                field_bytes: 48,
                verify: &ECDSA_P384_SHA384_ASN1,
                sign: &ECDSA_P384_SHA384_ASN1_SIGNING,
                hash: &digest::SHA384,
            },
            Curve::P521 => Facts {
                oid: SECP_521_R_1,
                name: "P-521",
                field_bytes: 66,
                verify: &ECDSA_P521_SHA512_ASN1,
                sign: &ECDSA_P521_SHA512_ASN1_SIGNING,
                hash: &digest::SHA512,
            },
        }
    }

    /// The curve with this object identifier.
    pub fn from_oid(oid: ObjectIdentifier) -> Option<Curve> {
        Curve::ALL.into_iter().find(|curve| curve.facts().oid == oid)
    }

    /// The name that FIPS 186 gives it.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// The digest in the one length for which aws-lc-rs has an algorithm on this curve.
    ///
    /// ECDSA takes the leftmost bits of a digest that is longer than the curve's order, and reads a shorter one as
    /// the number it is (FIPS 186-5 6.4.1): so a long one may be cut to the field's length here, and a short one
    /// filled up with zeros in front, and every hash can be used with every curve.
    fn fit(self, digest: &[u8]) -> Option<FastDigest> {
        let Facts { field_bytes, hash, .. } = self.facts();
        let used = digest.get(..field_bytes).unwrap_or(digest);
        let mut padded = [0; digest::MAX_OUTPUT_LEN];
        let padded = padded.get_mut(..hash.output_len())?;
        let start = padded.len().checked_sub(used.len())?;
        padded.get_mut(start..)?.copy_from_slice(used);
        FastDigest::import_less_safe(padded, hash).ok()
    }
}

/// A public key that is a point on a curve.
#[derive(Clone)]
pub struct EcPublicKey {
    curve: Curve,
    point: Arc<ParsedPublicKey>,
}

impl EcPublicKey {
    /// From the uncompressed point (`04 X Y`), which is checked to be on the curve.
    pub fn new(curve: Curve, point: &[u8]) -> Result<EcPublicKey, KeyError> {
        if point.first() != Some(&4) {
            return Err(KeyError::CompressedPoint);
        }
        let parsed = ParsedPublicKey::new(curve.facts().verify, point)
            .map_err(|_| KeyError::NotOnCurve(curve.name()))?;
        Ok(EcPublicKey { curve, point: Arc::new(parsed) })
    }

    /// The curve.
    pub fn curve(&self) -> Curve {
        self.curve
    }

    /// The uncompressed point.
    pub fn point(&self) -> &[u8] {
        self.point.as_ref().as_ref()
    }

    pub(super) fn verify(&self, digest: &Digest, signature: &[u8]) -> Result<(), VerifyError> {
        let digest = self.curve.fit(digest.as_ref()).ok_or(VerifyError::WrongSignature)?;
        self.point.verify_digest_sig(&digest, signature).map_err(|_| VerifyError::WrongSignature)
    }
}

impl PartialEq for EcPublicKey {
    fn eq(&self, other: &EcPublicKey) -> bool {
        self.curve == other.curve && self.point() == other.point()
    }
}

impl Eq for EcPublicKey {}

impl fmt::Debug for EcPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EcPublicKey").field("curve", &self.curve).finish_non_exhaustive()
    }
}

/// A private key on a curve. aws-lc wipes it when it is dropped.
pub(super) struct EcPrivateKey {
    pair: EcdsaKeyPair,
    public: EcPublicKey,
}

impl EcPrivateKey {
    /// From an `ECPrivateKey` of RFC 5915. The point is computed from the number.
    pub(super) fn from_sec1(curve: Curve, der: &[u8]) -> Result<EcPrivateKey, KeyError> {
        let pair = EcdsaKeyPair::from_private_key_der(curve.facts().sign, der)
            .map_err(|_| KeyError::Inconsistent(curve.name()))?;
        let public = EcPublicKey::new(curve, pair.public_key().as_ref())?;
        Ok(EcPrivateKey { pair, public })
    }

    pub(super) fn public_key(&self) -> &EcPublicKey {
        &self.public
    }

    /// The nonce comes from aws-lc's own generator, so no two signatures are alike.
    pub(super) fn sign(&self, digest: &[u8]) -> Option<Vec<u8>> {
        let digest = self.public.curve.fit(digest)?;
        Some(self.pair.sign_digest(&digest).ok()?.as_ref().to_vec())
    }
}
