//! RSA signatures with the keys and hashes of old protocols. aws-lc-rs makes none with less than 2048 bits, nor with
//! SHA-1 or with MD5 and SHA-1; AWS-LC makes all of them, blinded, and checks each before it gives it away.

use aws_lc_sys::{
    EVP_MD, EVP_sha256, EVP_sha384, EVP_sha512, NID_md5_sha1, NID_sha1, NID_sha224, NID_sha256, NID_sha384,
    NID_sha512, RSA, RSA_free, RSA_private_key_from_bytes, RSA_sign, RSA_sign_pss_mgf1, RSA_size,
};
use std::{fmt, ptr::NonNull};

/// The hash that is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedHash {
    /// MD5 and SHA-1 in a row, without a DigestInfo (RFC 4346 7.4.3).
    Md5Sha1,
    /// FIPS 180.
    Sha1,
    /// FIPS 180.
    Sha224,
    /// FIPS 180.
    Sha256,
    /// FIPS 180.
    Sha384,
    /// FIPS 180.
    Sha512,
}

/// An RSA private key. Wiped when it is dropped.
pub struct RsaKey(NonNull<RSA>);

// SAFETY: the key belongs to this value alone, and AWS-LC ties it to no thread.
#[allow(unsafe_code)]
unsafe impl Send for RsaKey {}

// SAFETY: what a shared reference reaches is signing, which AWS-LC documents as non-mutating for the purposes of
// threads: what it caches for blinding is behind a lock of its own.
#[allow(unsafe_code)]
unsafe impl Sync for RsaKey {}

impl RsaKey {
    /// From an `RSAPrivateKey` (RFC 8017 A.1.2) in DER. Nothing if it is malformed, too long, or of parts that do not
    /// belong together.
    pub fn from_pkcs1(der: &[u8]) -> Option<RsaKey> {
        // SAFETY: reads as many bytes as there are, and gives a new key or null.
        #[allow(unsafe_code)]
        let key = unsafe { RSA_private_key_from_bytes(der.as_ptr(), der.len()) };
        NonNull::new(key).map(RsaKey)
    }

    /// Signs a digest as RSASSA-PKCS1-v1_5. Nothing if the digest has not the length of the hash, or the key is too short
    /// for it.
    pub fn sign_pkcs1(&self, hash: SignedHash, digest: &[u8]) -> Option<Vec<u8>> {
        let id = match hash {
            SignedHash::Md5Sha1 => NID_md5_sha1,
            SignedHash::Sha1 => NID_sha1,
            SignedHash::Sha224 => NID_sha224,
            SignedHash::Sha256 => NID_sha256,
            SignedHash::Sha384 => NID_sha384,
            SignedHash::Sha512 => NID_sha512,
        };
        let mut signature = vec![0; self.size()];
        let mut len = 0;
        // SAFETY: reads as many bytes of digest as there are, whose number it compares with the hash's; writes at most
        // RSA_size bytes, which is how many there are; the key is alive as long as `self` is.
        #[allow(unsafe_code)]
        let done = unsafe {
            RSA_sign(id, digest.as_ptr(), digest.len(), signature.as_mut_ptr(), &mut len, self.0.as_ptr())
        };
        (done == 1 && len as usize == signature.len()).then_some(signature)
    }

    /// Signs a digest as RSASSA-PSS, with MGF1 of the same hash and a random salt of its length. Nothing if the digest has
    /// not the length of the hash, if the key is too short, and for the hashes that TLS has no such scheme of.
    pub fn sign_pss(&self, hash: SignedHash, digest: &[u8]) -> Option<Vec<u8>> {
        // SAFETY: these take nothing, and give the address of a static.
        #[allow(unsafe_code)]
        let hash: *const EVP_MD = unsafe {
            match hash {
                SignedHash::Sha256 => EVP_sha256(),
                SignedHash::Sha384 => EVP_sha384(),
                SignedHash::Sha512 => EVP_sha512(),
                SignedHash::Md5Sha1 | SignedHash::Sha1 | SignedHash::Sha224 => return None,
            }
        };
        let salt_len = digest.len().try_into().ok()?;
        let mut signature = vec![0; self.size()];
        let mut len = 0;
        // SAFETY: as above; it is told how much it may write, and no salt longer than the key has room for passes.
        #[allow(unsafe_code)]
        let done = unsafe {
            RSA_sign_pss_mgf1(
                self.0.as_ptr(),
                &mut len,
                signature.as_mut_ptr(),
                signature.len(),
                digest.as_ptr(),
                digest.len(),
                hash,
                hash,
                salt_len,
            )
        };
        (done == 1 && len == signature.len()).then_some(signature)
    }

    /// Bytes of the modulus.
    fn size(&self) -> usize {
        // SAFETY: the key is alive as long as `self` is.
        #[allow(unsafe_code)]
        let size = unsafe { RSA_size(self.0.as_ptr()) };
        size as usize
    }
}

impl Drop for RsaKey {
    fn drop(&mut self) {
        // SAFETY: the key is this value's, and this is the last that is heard of it. The library wipes what it frees.
        #[allow(unsafe_code)]
        unsafe {
            RSA_free(self.0.as_ptr());
        }
    }
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RsaKey").field("bits", &(self.size() * 8)).finish_non_exhaustive()
    }
}
