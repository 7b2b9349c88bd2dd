//! RSA keys, and which library works with them.
use super::{Algorithm, Digest, Hash, KeyError, VerifyError};
use aws_lc_rs::{
    digest::Digest as FastDigest,
    signature::{
        RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA384, RSA_PSS_2048_8192_SHA256,
        RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, VerificationAlgorithm,
    },
};
use der::{Decode, Encode, asn1::UintRef};
use rsa::{
    BoxedUint, Pkcs1v15Sign, Pss,
    sha2::{Sha256, Sha384, Sha512},
};
use std::fmt;
use stitched::{RsaKey, SignedHash};

/// Sizes of RSA keys in bits that are accepted (D7; the upper end is the libraries').
pub(super) const MODULUS_BITS: std::ops::RangeInclusive<usize> = 1024..=8192;
/// Public exponents that both libraries accept; each bit more is work that the peer can order.
const EXPONENTS: std::ops::Range<u64> = 3..1 << 33;
/// The smallest key that aws-lc-rs verifies in every scheme with.
const FAST_BITS: usize = 2048;

/// An RSA public key of 1024 to 8192 bits.
#[derive(Clone, PartialEq, Eq)]
pub struct RsaPublicKey {
    /// `RSAPublicKey` of RFC 8017 A.1.1.
    der: Box<[u8]>,
    modulus: Box<[u8]>,
    exponent: Box<[u8]>,
}

impl RsaPublicKey {
    /// From an `RSAPublicKey` in DER.
    pub fn from_pkcs1(der: &[u8]) -> Result<RsaPublicKey, KeyError> {
        let key = pkcs1::RsaPublicKeyRef::from_der(der).map_err(KeyError::Malformed)?;
        RsaPublicKey::new(key.modulus.as_bytes(), key.public_exponent.as_bytes())
    }

    /// From modulus and exponent, big-endian.
    pub fn new(modulus: &[u8], exponent: &[u8]) -> Result<RsaPublicKey, KeyError> {
        let modulus = UintRef::new(modulus).map_err(KeyError::Malformed)?;
        let public_exponent = UintRef::new(exponent).map_err(KeyError::Malformed)?;
        let der =
            pkcs1::RsaPublicKeyRef { modulus, public_exponent }.to_der().map_err(KeyError::Malformed)?;
        let key = RsaPublicKey {
            der: der.into(),
            modulus: modulus.as_bytes().into(),
            exponent: public_exponent.as_bytes().into(),
        };
        let bits = key.bits();
        if !MODULUS_BITS.contains(&bits) {
            return Err(KeyError::RsaSize(bits));
        }
        // Both libraries refuse these later with less to say.
        let odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
        if !odd(&key.modulus) || !odd(&key.exponent) || !EXPONENTS.contains(&small_number(&key.exponent)) {
            return Err(KeyError::RsaNumbers);
        }
        Ok(key)
    }

    /// The modulus, big-endian without leading zeros.
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// The public exponent, big-endian without leading zeros.
    pub fn exponent(&self) -> &[u8] {
        &self.exponent
    }

    /// The key as `RSAPublicKey` in DER (RFC 8017 A.1.1).
    pub fn pkcs1_der(&self) -> &[u8] {
        &self.der
    }

    /// Length of the modulus in bits.
    pub fn bits(&self) -> usize {
        let zeros = self.modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
        self.modulus.len() * 8 - zeros
    }

    pub(super) fn verify(
        &self,
        algorithm: Algorithm,
        digest: &Digest,
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        let right = match self.fast(algorithm) {
            Some((parameters, hash)) => FastDigest::import_less_safe(digest.as_ref(), hash)
                .and_then(|digest| parameters.verify_digest_sig(&self.der, &digest, signature))
                .is_ok(),
            None => self.verify_slowly(algorithm, digest.as_ref(), signature),
        };
        if right { Ok(()) } else { Err(VerifyError::WrongSignature) }
    }

    /// What aws-lc-rs can verify with a key of this size.
    fn fast(
        &self,
        algorithm: Algorithm,
    ) -> Option<(&'static RsaParameters, &'static aws_lc_rs::digest::Algorithm)> {
        let small = self.bits() < FAST_BITS;
        let parameters = match algorithm {
            Algorithm::RsaPkcs1(Hash::Sha1) => &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
            Algorithm::RsaPkcs1(Hash::Sha256) => &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
            Algorithm::RsaPkcs1(Hash::Sha512) => &RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
            Algorithm::RsaPkcs1(Hash::Sha384) if !small => &RSA_PKCS1_2048_8192_SHA384,
            Algorithm::RsaPss(Hash::Sha256, 32) if !small => &RSA_PSS_2048_8192_SHA256,
            Algorithm::RsaPss(Hash::Sha384, 48) if !small => &RSA_PSS_2048_8192_SHA384,
            Algorithm::RsaPss(Hash::Sha512, 64) if !small => &RSA_PSS_2048_8192_SHA512,
            Algorithm::RsaPkcs1(_) | Algorithm::RsaPss(..) | Algorithm::Ecdsa(_) => return None,
        };
        Some((parameters, algorithm.hash().fast()?))
    }

    fn verify_slowly(&self, algorithm: Algorithm, digest: &[u8], signature: &[u8]) -> bool {
        let numbers = (number(&self.modulus), number(&self.exponent));
        let Ok(key) = rsa::RsaPublicKey::new(numbers.0, numbers.1) else { return false };
        match algorithm {
            Algorithm::RsaPkcs1(hash) => key.verify(pkcs1_padding(hash), digest, signature),
            Algorithm::RsaPss(Hash::Sha256, salt) => {
                key.verify(Pss::<Sha256>::new_with_salt(salt), digest, signature)
            }
            Algorithm::RsaPss(Hash::Sha384, salt) => {
                key.verify(Pss::<Sha384>::new_with_salt(salt), digest, signature)
            }
            Algorithm::RsaPss(Hash::Sha512, salt) => {
                key.verify(Pss::<Sha512>::new_with_salt(salt), digest, signature)
            }
            Algorithm::RsaPss(..) | Algorithm::Ecdsa(_) => return false,
        }
        .is_ok()
    }
}

impl fmt::Debug for RsaPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RsaPublicKey").field("bits", &self.bits()).finish_non_exhaustive()
    }
}

/// An RSA private key, wiped when it is dropped. AWS-LC does all that is done with it, because RUSTSEC-2023-0071 stands
/// against RustCrypto's.
pub(super) struct RsaPrivateKey {
    key: RsaKey,
    public: RsaPublicKey,
}

impl RsaPrivateKey {
    /// From an `RSAPrivateKey` of RFC 8017 A.1.2.
    pub(super) fn from_pkcs1(der: &[u8]) -> Result<RsaPrivateKey, KeyError> {
        let key = pkcs1::RsaPrivateKeyRef::from_der(der).map_err(KeyError::Malformed)?;
        let public = RsaPublicKey::new(key.modulus.as_bytes(), key.public_exponent.as_bytes())?;
        let key = RsaKey::from_pkcs1(der).ok_or(KeyError::Inconsistent("RSA"))?;
        Ok(RsaPrivateKey { key, public })
    }

    pub(super) fn public_key(&self) -> &RsaPublicKey {
        &self.public
    }

    /// Nothing if the key is too small for the scheme.
    pub(super) fn sign(&self, algorithm: Algorithm, digest: &[u8]) -> Option<Vec<u8>> {
        let hash = match algorithm.hash() {
            Hash::Md5 => return None,
            Hash::Md5Sha1 => SignedHash::Md5Sha1,
            Hash::Sha1 => SignedHash::Sha1,
            Hash::Sha224 => SignedHash::Sha224,
            Hash::Sha256 => SignedHash::Sha256,
            Hash::Sha384 => SignedHash::Sha384,
            Hash::Sha512 => SignedHash::Sha512,
        };
        match algorithm {
            Algorithm::RsaPkcs1(_) => self.key.sign_pkcs1(hash, digest),
            Algorithm::RsaPss(_, salt) if salt == digest.len() => self.key.sign_pss(hash, digest),
            Algorithm::RsaPss(..) | Algorithm::Ecdsa(_) => None,
        }
    }
}

fn pkcs1_padding(hash: Hash) -> Pkcs1v15Sign {
    Pkcs1v15Sign { hash_len: Some(hash.output_len()), prefix: hash.digest_info().into() }
}

fn number(bytes: &[u8]) -> BoxedUint {
    BoxedUint::from_be_slice_vartime(bytes)
}

/// A big-endian number, or the greatest one if it does not fit.
fn small_number(bytes: &[u8]) -> u64 {
    if bytes.len() > 8 {
        return u64::MAX;
    }
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
