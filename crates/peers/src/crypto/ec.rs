//! Elliptic curve keys: ECDSA (deterministic, RFC 6979) and ECDH on the three NIST curves.

use super::{Hash, Rng};

/// A NIST prime curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Curve {
    P256,
    P384,
    P521,
}

/// A private key on one curve.
#[derive(Clone)]
pub struct EcKey {
    curve: Curve,
    scalar: Vec<u8>,
}

/// Runs `$body` with the curve's crate as `$c`.
macro_rules! with_curve {
    ($curve:expr, $c:ident => $body:expr) => {
        match $curve {
            Curve::P256 => {
                use p256 as $c;
                $body
            }
            Curve::P384 => {
                use p384 as $c;
                $body
            }
            Curve::P521 => {
                use p521 as $c;
                $body
            }
        }
    };
}

impl Curve {
    /// Length of a coordinate in bytes.
    pub fn field_len(self) -> usize {
        match self {
            Curve::P256 => 32,
            Curve::P384 => 48,
            Curve::P521 => 66,
        }
    }

    /// Whether the ECDSA signature (DER) of `digest` is one by the key with this uncompressed point.
    pub fn verify(self, point: &[u8], digest: &[u8], signature: &[u8]) -> bool {
        with_curve!(self, c => {
            use c::ecdsa::{Signature, VerifyingKey, signature::hazmat::PrehashVerifier};
            let Ok(key) = VerifyingKey::from_sec1_bytes(point) else { return false };
            let Ok(signature) = Signature::from_der(signature) else { return false };
            key.verify_prehash(digest, &signature).is_ok()
        })
    }
}

impl EcKey {
    /// The next key of a deterministic stream.
    pub fn generate(curve: Curve, rng: &mut Rng) -> EcKey {
        loop {
            let mut scalar = rng.bytes(curve.field_len());
            if curve == Curve::P521 {
                scalar[0] &= 1;
            }
            if with_curve!(curve, c => c::SecretKey::from_slice(&scalar).is_ok()) {
                return EcKey { curve, scalar };
            }
        }
    }

    /// The curve that the key is on.
    pub fn curve(&self) -> Curve {
        self.curve
    }

    /// The private scalar, big-endian, as long as a coordinate.
    pub fn scalar(&self) -> &[u8] {
        &self.scalar
    }

    /// The public point, uncompressed (SEC 1, 2.3.3).
    pub fn point(&self) -> Vec<u8> {
        with_curve!(self.curve, c => {
            let key = c::SecretKey::from_slice(&self.scalar).expect("checked when made");
            key.public_key().to_sec1_bytes().to_vec()
        })
    }

    /// ECDSA signature of a digest, in DER.
    pub fn sign(&self, digest: &[u8]) -> Vec<u8> {
        with_curve!(self.curve, c => {
            use c::ecdsa::{Signature, SigningKey, signature::hazmat::PrehashSigner};
            let key = SigningKey::from_slice(&self.scalar).expect("checked when made");
            let signature: Signature = key.sign_prehash(digest).expect("any digest can be signed");
            signature.to_der().as_bytes().to_vec()
        })
    }

    /// ECDH: the x coordinate of the shared point; `None` when `point` is not one of the curve.
    pub fn agree(&self, point: &[u8]) -> Option<Vec<u8>> {
        with_curve!(self.curve, c => {
            let key = c::SecretKey::from_slice(&self.scalar).expect("checked when made");
            let peer = c::PublicKey::from_sec1_bytes(point).ok()?;
            Some(key.diffie_hellman(&peer).raw_secret_bytes().to_vec())
        })
    }
}

/// The hash that goes with a curve's strength (RFC 5480 4).
impl From<Curve> for Hash {
    fn from(curve: Curve) -> Hash {
        match curve {
            Curve::P256 => Hash::Sha256,
            Curve::P384 => Hash::Sha384,
            Curve::P521 => Hash::Sha512,
        }
    }
}
