//! RSA with its paddings (RFC 8017) over the bare modular power, so that faulty paddings can be made too.

use super::{Hash, Rng};
use crate::ca::der;
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
};
use rsa::{
    BoxedUint, RsaPrivateKey, RsaPublicKey,
    hazmat::{rsa_decrypt, rsa_encrypt},
    pkcs1::{DecodeRsaPrivateKey, DecodeRsaPublicKey, EncodeRsaPrivateKey, EncodeRsaPublicKey},
    rand_core::{TryCryptoRng, TryRng},
    traits::PublicKeyParts,
};
use std::{convert::Infallible, io, sync::Arc};

/// Least modulus of a key that others bring, in bytes: it holds PKCS#1 with SHA-512.
const MIN_SIZE: usize = 128;

/// An RSA private key.
#[derive(Clone)]
pub struct RsaKey(Arc<RsaPrivateKey>);

/// An RSA public key.
#[derive(Clone, Debug)]
pub struct RsaPublic(RsaPublicKey);

impl RsaKey {
    /// Reads a PKCS#1 PEM block; it must be a good one.
    pub fn from_pkcs1_pem(pem: &str) -> RsaKey {
        let (_, der) = pem_rfc7468::decode_vec(pem.as_bytes()).expect("a PEM block");
        RsaKey(Arc::new(RsaPrivateKey::from_pkcs1_der(&der).expect("an RSA key")))
    }

    /// A new key of 2048 bits, of which nobody else knows.
    ///
    /// # Errors
    /// The operating system has no random numbers.
    pub fn generate() -> io::Result<RsaKey> {
        let key = KeyPair::generate(KeySize::Rsa2048).map_err(io::Error::other)?;
        let der: Pkcs8V1Der<'_> = key.as_der().expect("encodable");
        // PrivateKeyInfo (RFC 5208 5): version, algorithm, and the key in an OCTET STRING.
        let pkcs1 = der::Reader::new(der.as_ref()).enter(0x30).and_then(|mut info| {
            info.expect(0x02)?;
            info.expect(0x30)?;
            info.expect(0x04)
        });
        let key = RsaPrivateKey::from_pkcs1_der(pkcs1.expect("PKCS#8")).expect("an RSA key");
        Ok(RsaKey(Arc::new(key)))
    }

    /// PKCS#1 RSAPrivateKey.
    pub fn to_pkcs1_der(&self) -> Vec<u8> {
        self.0.to_pkcs1_der().expect("encodable").as_bytes().to_vec()
    }

    /// The public half.
    pub fn public(&self) -> RsaPublic {
        RsaPublic(self.0.to_public_key())
    }

    /// RSASSA-PKCS1-v1_5 over a DigestInfo, or over the bare digest (`None`: MD5 and SHA-1, TLS before 1.2).
    pub fn sign_pkcs1(&self, hash: Option<Hash>, digest: &[u8]) -> Vec<u8> {
        self.power(&pad_pkcs1(self.0.size(), hash, digest)).expect("below the modulus")
    }

    /// RSASSA-PSS with MGF1 of the same hash and a salt as long as the digest (RFC 8446 4.2.3).
    pub fn sign_pss(&self, hash: Hash, digest: &[u8], rng: &mut Rng) -> Vec<u8> {
        let bits = self.0.n().as_ref().bits() as usize;
        self.power(&pad_pss(bits - 1, hash, digest, &rng.bytes(hash.size()))).expect("below the modulus")
    }

    /// RSAES-PKCS1-v1_5; `None` when the padding is wrong.
    pub fn decrypt_pkcs1(&self, ciphertext: &[u8]) -> Option<Vec<u8>> {
        if ciphertext.len() != self.0.size() {
            return None;
        }
        let padded = self.power(ciphertext)?;
        let end = padded.iter().skip(2).position(|b| *b == 0)? + 2;
        (padded.starts_with(&[0, 2]) && end >= 10).then(|| padded[end + 1..].to_vec())
    }

    /// Nothing for a number that is not below the modulus.
    fn power(&self, block: &[u8]) -> Option<Vec<u8>> {
        let n = self.0.n().as_ref();
        let value = BoxedUint::from_be_slice(block, n.bits_precision()).ok()?;
        let value = rsa_decrypt(None::<&mut NoRng>, self.0.as_ref(), &value).ok()?;
        Some(to_block(&value, self.0.size()))
    }
}

impl RsaPublic {
    /// Reads a PKCS#1 RSAPublicKey. A key that has no room for the signatures of TLS is none.
    pub fn from_pkcs1_der(der: &[u8]) -> Option<RsaPublic> {
        RsaPublicKey::from_pkcs1_der(der).ok().filter(|key| key.size() >= MIN_SIZE).map(RsaPublic)
    }

    /// PKCS#1 RSAPublicKey.
    pub fn to_pkcs1_der(&self) -> Vec<u8> {
        self.0.to_pkcs1_der().expect("encodable").as_bytes().to_vec()
    }

    /// Checks a signature made like [`RsaKey::sign_pkcs1`], by making the padded block again.
    pub fn verify_pkcs1(&self, hash: Option<Hash>, digest: &[u8], signature: &[u8]) -> bool {
        self.power(signature).is_some_and(|block| block == pad_pkcs1(self.0.size(), hash, digest))
    }

    /// Checks a signature made like [`RsaKey::sign_pss`], by making the padded block again from its salt.
    pub fn verify_pss(&self, hash: Hash, digest: &[u8], signature: &[u8]) -> bool {
        let bits = self.0.n().as_ref().bits() as usize - 1;
        let Some(block) = self.power(signature) else { return false };
        let block = &block[block.len() - bits.div_ceil(8)..];
        let h = hash.size();
        if block.len() < 2 * h + 2 {
            return false;
        }
        let (masked, tail) = block.split_at(block.len() - h - 1);
        let mut db = xor(masked, &mgf1(hash, &tail[..h], masked.len()));
        db[0] &= 0xff >> (8 * block.len() - bits);
        let salt = db[db.len() - h..].to_vec();
        block == pad_pss(bits, hash, digest, &salt)
    }

    fn power(&self, block: &[u8]) -> Option<Vec<u8>> {
        let n = self.0.n().as_ref();
        if block.len() != self.0.size() {
            return None;
        }
        let value = BoxedUint::from_be_slice(block, n.bits_precision()).ok()?;
        Some(to_block(&rsa_encrypt(&self.0, &value).ok()?, self.0.size()))
    }
}

/// EMSA-PKCS1-v1_5 (RFC 8017 9.2).
fn pad_pkcs1(size: usize, hash: Option<Hash>, digest: &[u8]) -> Vec<u8> {
    let info = [hash.map_or(&[][..], digest_info), digest].concat();
    let mut block = vec![0xff; size];
    block[..2].copy_from_slice(&[0, 1]);
    let at = size - info.len();
    block[at - 1] = 0;
    block[at..].copy_from_slice(&info);
    block
}

/// EMSA-PSS-ENCODE (RFC 8017 9.1.1) for a modulus of `bits` + 1 bits, as long as the modulus.
fn pad_pss(bits: usize, hash: Hash, digest: &[u8], salt: &[u8]) -> Vec<u8> {
    let len = bits.div_ceil(8);
    let h = hash.digest(&[&[0; 8], digest, salt]);
    let mut db = vec![0; len - h.len() - 1];
    let at = db.len() - salt.len();
    db[at - 1] = 1;
    db[at..].copy_from_slice(salt);
    let mut masked = xor(&db, &mgf1(hash, &h, db.len()));
    masked[0] &= 0xff >> (8 * len - bits);
    let leading = if bits.is_multiple_of(8) { vec![0] } else { vec![] };
    [leading, masked, h, vec![0xbc]].concat()
}

/// RFC 8017 B.2.1.
fn mgf1(hash: Hash, seed: &[u8], len: usize) -> Vec<u8> {
    let mut mask = Vec::new();
    for counter in 0u32.. {
        if mask.len() >= len {
            break;
        }
        mask.extend(hash.digest(&[seed, &counter.to_be_bytes()]));
    }
    mask.truncate(len);
    mask
}

/// The DER before the digest in a DigestInfo (RFC 8017 9.2, note 1).
fn digest_info(hash: Hash) -> &'static [u8] {
    match hash {
        Hash::Md5 => b"\x30\x20\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05\x05\x00\x04\x10",
        Hash::Sha1 => b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
        Hash::Sha256 => b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
        Hash::Sha384 => b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30",
        Hash::Sha512 => b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40",
    }
}

fn xor(a: &[u8], b: &[u8]) -> Vec<u8> {
    a.iter().zip(b).map(|(a, b)| a ^ b).collect()
}

/// A number as big-endian bytes of exactly `size`.
fn to_block(value: &BoxedUint, size: usize) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let skip = bytes.len().saturating_sub(size);
    [vec![0; size.saturating_sub(bytes.len())], bytes[skip..].to_vec()].concat()
}

/// The power function can blind with a generator; here nothing is to be hidden, and the same input must give
/// the same output. This type only names the generator that is not given.
struct NoRng;

impl TryRng for NoRng {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0)
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0)
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.fill(0);
        Ok(())
    }
}

impl TryCryptoRng for NoRng {}
