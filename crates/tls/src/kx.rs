//! Key exchange: how the premaster secret comes about.

use crate::{
    Rng,
    error::{Error, Local, Misbehaved},
    sign::{Curve, RsaPublicKey},
};
use aws_lc_rs::agreement::{self, PrivateKey, UnparsedPublicKey, X25519};
use rsa::{BoxedUint, Pkcs1v15Encrypt};
use std::fmt;
use stitched::EcdhKey;
use zeroize::Zeroizing;

const NO_PUBLIC_KEY: Local = Local::Crypto("no public key");

/// A premaster secret, and what the server needs to come to the same one.
pub(crate) struct Agreed {
    pub(crate) premaster: Zeroizing<Vec<u8>>,
    pub(crate) public: Vec<u8>,
}

/// Groups for ECDH (RFC 8422 5.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// secp256r1.
    P256,
    /// secp384r1.
    P384,
    /// secp521r1.
    P521,
    /// RFC 7748.
    X25519,
}

impl Group {
    /// All groups in the order in which they are offered: the cheap ones first, since nothing that
    /// the note's suites do is weaker than they are.
    pub const ALL: [Group; 4] = [Self::P256, Self::X25519, Self::P384, Self::P521];

    /// The number on the wire.
    pub const fn code(self) -> u16 {
        match self {
            Self::P256 => 23,
            Self::P384 => 24,
            Self::P521 => 25,
            Self::X25519 => 29,
        }
    }

    /// The group with this number.
    pub fn from_code(code: u16) -> Option<Group> {
        Self::ALL.into_iter().find(|group| group.code() == code)
    }

    /// Length of a private key in bytes.
    const fn scalar_len(self) -> usize {
        match self {
            Self::P256 | Self::X25519 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// Length of a public key in bytes: the coordinate, or both in the uncompressed form.
    const fn public_len(self) -> usize {
        match self {
            Self::X25519 => 32,
            Self::P256 | Self::P384 | Self::P521 => 1 + 2 * self.scalar_len(),
        }
    }

    /// ECDH with a fresh key of our own (RFC 8422 5.10).
    pub(crate) fn agree(self, peer: &[u8], rng: &mut Rng) -> Result<Agreed, Error> {
        // The libraries would also take compressed points and whole SubjectPublicKeyInfos.
        let uncompressed = self == Self::X25519 || peer.first() == Some(&4);
        if peer.len() != self.public_len() || !uncompressed {
            return Err(Misbehaved::BadPublicValue.into());
        }
        match self {
            Self::P256 => self.agree_on(stitched::Curve::P256, peer, rng),
            Self::P384 => self.agree_on(stitched::Curve::P384, peer, rng),
            Self::P521 => self.agree_on(stitched::Curve::P521, peer, rng),
            Self::X25519 => self.agree_on_x25519(peer, rng),
        }
    }

    fn agree_on(self, curve: stitched::Curve, peer: &[u8], rng: &mut Rng) -> Result<Agreed, Error> {
        let key = self.fresh_key(rng, |scalar| EcdhKey::new(curve, scalar))?;
        let public = key.derive_public_key().ok_or(NO_PUBLIC_KEY)?;
        let premaster = key.agree(peer).ok_or(Misbehaved::BadPublicValue)?;
        Ok(Agreed { premaster, public })
    }

    fn agree_on_x25519(self, peer: &[u8], rng: &mut Rng) -> Result<Agreed, Error> {
        let key = self.fresh_key(rng, |scalar| PrivateKey::from_private_key(&X25519, scalar).ok())?;
        let public = key.compute_public_key().map_err(|_| NO_PUBLIC_KEY)?.as_ref().to_vec();
        let peer = UnparsedPublicKey::new(&X25519, peer);
        let premaster = agreement::agree(&key, peer, Misbehaved::BadPublicValue, |secret| {
            Ok(Zeroizing::new(secret.to_vec()))
        })?;
        Ok(Agreed { premaster, public })
    }

    /// A fresh private key. The scalar comes from `rng`; one that `new` refuses, because it is not below the group's
    /// order, is thrown away, which next to never happens.
    fn fresh_key<K>(self, rng: &mut Rng, new: impl Fn(&[u8]) -> Option<K>) -> Result<K, Local> {
        for _ in 0..64 {
            let mut scalar = Zeroizing::new([0; 66]);
            let (scalar, _) = scalar.split_at_mut(self.scalar_len());
            rng.fill(scalar);
            if let (Self::P521, Some(first)) = (self, scalar.first_mut()) {
                *first &= 1;
            }
            if let Some(key) = new(scalar) {
                return Ok(key);
            }
        }
        Err(Local::Crypto("no private key"))
    }
}

impl From<Curve> for Group {
    fn from(curve: Curve) -> Group {
        match curve {
            Curve::P256 => Self::P256,
            Curve::P384 => Self::P384,
            Curve::P521 => Self::P521,
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::X25519 => "X25519",
        })
    }
}

/// A random premaster secret encrypted to the server's key (RFC 5246 7.4.7.1). `version` is the
/// newest one that was offered, so that the server notices a forced downgrade.
pub(crate) fn rsa_transport(version: u16, server: &RsaPublicKey, rng: &mut Rng) -> Result<Agreed, Error> {
    let mut premaster = Zeroizing::new(vec![0; 48]);
    let (head, random) = premaster.split_at_mut(2);
    head.copy_from_slice(&version.to_be_bytes());
    rng.fill(random);
    let number = BoxedUint::from_be_slice_vartime;
    let public = rsa::RsaPublicKey::new(number(server.modulus()), number(server.exponent()))
        .and_then(|key| key.encrypt(rng.core(), Pkcs1v15Encrypt, &premaster))
        .map_err(|_| Local::Crypto("RSA encryption"))?;
    Ok(Agreed { premaster, public })
}
