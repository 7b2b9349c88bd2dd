//! Signatures inside the handshake: made in ServerKeyExchange, checked in CertificateVerify.

use super::config::Version;
use crate::crypto::{Hash, PrivateKey, PublicKey, Rng};

/// A signature as it stands in a message, for a hook to edit.
#[derive(Clone, Debug)]
pub struct Signed {
    /// SignatureAndHashAlgorithm, TLS 1.2 only.
    pub scheme: Option<u16>,
    /// The signature itself.
    pub signature: Vec<u8>,
}

/// How a scheme number of TLS 1.2 signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Padding {
    Pkcs1,
    Pss,
    Ecdsa,
}

fn scheme(code: u16) -> Option<(Hash, Padding)> {
    if let 0x0804..=0x0806 = code {
        return Some(([Hash::Sha256, Hash::Sha384, Hash::Sha512][usize::from(code - 0x0804)], Padding::Pss));
    }
    let hash = match code >> 8 {
        1 => Hash::Md5,
        2 => Hash::Sha1,
        4 => Hash::Sha256,
        5 => Hash::Sha384,
        6 => Hash::Sha512,
        _ => return None,
    };
    match code & 0xff {
        1 => Some((hash, Padding::Pkcs1)),
        3 => Some((hash, Padding::Ecdsa)),
        _ => None,
    }
}

/// Whether a key can sign with a scheme.
pub(super) fn fits(code: u16, key: &PrivateKey) -> bool {
    match (scheme(code), key) {
        (Some((_, Padding::Ecdsa)), PrivateKey::Ec(_)) => true,
        (Some((_, Padding::Pkcs1)), PrivateKey::Rsa(_)) => true,
        // PSS needs room for two digests; the smallest keys have it for SHA-256 only.
        (Some((hash, Padding::Pss)), PrivateKey::Rsa(_)) => hash == Hash::Sha256,
        _ => false,
    }
}

/// Signs the parts; with a scheme in TLS 1.2, without one before.
pub(super) fn sign(key: &PrivateKey, code: Option<u16>, parts: &[&[u8]], rng: &mut Rng) -> Signed {
    let digests = || [Hash::Md5.digest(parts), Hash::Sha1.digest(parts)].concat();
    let signature = match (key, code.map(scheme)) {
        (PrivateKey::Rsa(key), None) => key.sign_pkcs1(None, &digests()),
        (PrivateKey::Ec(key), None) => key.sign(&Hash::Sha1.digest(parts)),
        (PrivateKey::Rsa(key), Some(Some((hash, Padding::Pss)))) => {
            key.sign_pss(hash, &hash.digest(parts), rng)
        }
        // A scheme of the other kind of key, or an unknown one, comes from a hook: its number is the fault.
        (PrivateKey::Rsa(key), Some(other)) => {
            let hash = other.map_or(Hash::Sha256, |(hash, _)| hash);
            key.sign_pkcs1(Some(hash), &hash.digest(parts))
        }
        (PrivateKey::Ec(key), Some(other)) => {
            let hash = other.map_or(Hash::Sha256, |(hash, _)| hash);
            key.sign(&hash.digest(parts))
        }
    };
    Signed { scheme: code, signature }
}

/// Checks a CertificateVerify of TLS; `false` also when key and scheme do not belong together.
pub(super) fn verify(key: &PublicKey, code: Option<u16>, transcript: &[u8], signature: &[u8]) -> bool {
    let parts = &[transcript];
    match (key, code.map(scheme)) {
        (PublicKey::Rsa(key), None) => {
            let digests = [Hash::Md5.digest(parts), Hash::Sha1.digest(parts)].concat();
            key.verify_pkcs1(None, &digests, signature)
        }
        (PublicKey::Ec(curve, point), None) => curve.verify(point, &Hash::Sha1.digest(parts), signature),
        (PublicKey::Rsa(key), Some(Some((hash, Padding::Pkcs1)))) => {
            key.verify_pkcs1(Some(hash), &hash.digest(parts), signature)
        }
        (PublicKey::Rsa(key), Some(Some((hash, Padding::Pss)))) => {
            key.verify_pss(hash, &hash.digest(parts), signature)
        }
        (PublicKey::Ec(curve, point), Some(Some((hash, Padding::Ecdsa)))) => {
            curve.verify(point, &hash.digest(parts), signature)
        }
        (PublicKey::Rsa(_) | PublicKey::Ec(..), Some(_)) => false,
    }
}

/// Checks a CertificateVerify of SSL 3.0 (RFC 6101 5.6.8), whose hashes are keyed with the master secret.
pub(super) fn verify_ssl3(key: &PublicKey, master: &[u8], transcript: &[u8], signature: &[u8]) -> bool {
    let hash = |hash| super::kdf::ssl3_handshake_hash(hash, master, &[], transcript);
    match key {
        PublicKey::Rsa(key) => {
            key.verify_pkcs1(None, &[hash(Hash::Md5), hash(Hash::Sha1)].concat(), signature)
        }
        PublicKey::Ec(curve, point) => curve.verify(point, &hash(Hash::Sha1), signature),
    }
}

/// Schemes exist from this version on.
pub(super) fn has_schemes(version: Version) -> bool {
    version == Version::Tls12
}
