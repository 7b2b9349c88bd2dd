//! Ephemeral and fixed ECDH, and the ServerKeyExchange message.

use super::{sign::Signed, wire::vector};
use crate::crypto::{Curve, EcKey, Rng};

/// A named group (RFC 8422 5.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Group {
    P256 = 23,
    P384 = 24,
    P521 = 25,
    X25519 = 29,
}

impl Group {
    /// The curve, if it is a NIST one.
    pub fn curve(self) -> Option<Curve> {
        match self {
            Group::P256 => Some(Curve::P256),
            Group::P384 => Some(Curve::P384),
            Group::P521 => Some(Curve::P521),
            Group::X25519 => None,
        }
    }
}

impl From<Curve> for Group {
    fn from(curve: Curve) -> Group {
        match curve {
            Curve::P256 => Group::P256,
            Curve::P384 => Group::P384,
            Curve::P521 => Group::P521,
        }
    }
}

/// The server's secret of one handshake.
pub(super) enum Secret {
    Nist(EcKey),
    X25519([u8; 32]),
}

impl Secret {
    pub(super) fn generate(group: Group, rng: &mut Rng) -> Secret {
        match group.curve() {
            Some(curve) => Secret::Nist(EcKey::generate(curve, rng)),
            None => Secret::X25519(rng.array()),
        }
    }

    pub(super) fn public(&self) -> Vec<u8> {
        match self {
            Secret::Nist(key) => key.point(),
            Secret::X25519(secret) => {
                x25519_dalek::x25519(*secret, x25519_dalek::X25519_BASEPOINT_BYTES).to_vec()
            }
        }
    }

    /// The premaster secret; `None` when the client's point is not an uncompressed point of the curve.
    pub(super) fn agree(&self, point: &[u8]) -> Option<Vec<u8>> {
        match self {
            Secret::Nist(key) => key.agree(point).filter(|_| point[0] == 4),
            Secret::X25519(secret) => {
                let shared = x25519_dalek::x25519(*secret, point.try_into().ok()?);
                (shared != [0; 32]).then(|| shared.to_vec())
            }
        }
    }
}

/// The signed parameters of an ECDHE ServerKeyExchange (RFC 8422 5.4), for a hook to edit before signing.
#[derive(Clone, Debug)]
pub struct KeyExchange {
    /// ECCurveType; 3 is named_curve.
    pub curve_type: u8,
    /// NamedCurve.
    pub group: u16,
    /// ECPoint, without its length.
    pub point: Vec<u8>,
    /// The length byte of the point, if not the true one.
    pub point_len: Option<u8>,
    /// Sign over these instead of what is sent: the parameters of another handshake.
    pub sign_other_random: bool,
    /// The scheme to sign with (TLS 1.2), whatever the client offered.
    pub scheme: Option<u16>,
}

impl KeyExchange {
    pub(super) fn params(&self) -> Vec<u8> {
        let len = self.point_len.unwrap_or(self.point.len() as u8);
        [&[self.curve_type][..], &self.group.to_be_bytes(), &[len], &self.point].concat()
    }
}

/// The message: parameters and signature (RFC 5246 4.7: with the scheme before it in TLS 1.2).
pub(super) fn server_key_exchange(params: &[u8], signed: &Signed) -> Vec<u8> {
    let scheme = signed.scheme.map_or(vec![], |scheme| scheme.to_be_bytes().to_vec());
    [params, &scheme, &vector(2, &signed.signature)].concat()
}
