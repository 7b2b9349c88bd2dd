//! What AWS-LC has for old versions of TLS, and aws-lc-rs does not offer: [`Sealer`] encrypts and authenticates in one
//! pass, [`Decryptor`] decrypts in place and in pieces.
//!
//! CBC encryption and SHA are chains in which every instruction waits for the one before, so a processor that does one
//! after the other is idle for most of the time. OpenSSL and AWS-LC have assembler that interleaves the two
//! instruction by instruction ("stitched"). Towards us, pieces let a caller do the same: eight blocks are decrypted
//! while the hash waits for itself.
//!
//! [`RsaKey`] signs with the keys and hashes of old protocols; [`EcdhKey`] agrees by a private key that is given.
//!
//! This crate is a safe door to these functions of C and nothing else; it is the one below the TLS engine with
//! `unsafe` code. Each block says why it is sound.

#![deny(unsafe_code)]

mod ecdh;
mod rsa;

pub use ecdh::{Curve, EcdhKey};
pub use rsa::{RsaKey, SignedHash};

use aws_lc_sys::{
    AES_KEY, AES_cbc_encrypt, AES_set_decrypt_key, EVP_AEAD_TLS1_AAD_LEN, EVP_CIPHER, EVP_CIPHER_CTX,
    EVP_CIPHER_CTX_ctrl, EVP_CIPHER_CTX_free, EVP_CIPHER_CTX_new, EVP_CTRL_AEAD_SET_MAC_KEY,
    EVP_CTRL_AEAD_TLS1_AAD, EVP_Cipher, EVP_EncryptInit_ex, EVP_aes_128_cbc_hmac_sha1,
    EVP_aes_128_cbc_hmac_sha256, EVP_aes_256_cbc_hmac_sha1, EVP_aes_256_cbc_hmac_sha256,
};
use std::{fmt, ptr::NonNull};
use zeroize::Zeroize;

/// Bytes of a block, and of an initialisation vector.
pub const BLOCK: usize = 16;

/// Bytes that are authenticated in front of the content.
pub const HEADER: usize = 13;

const _: () = assert!(HEADER as i32 == EVP_AEAD_TLS1_AAD_LEN);

/// The hash of the HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// HMAC-SHA-1, 20 bytes.
    Sha1,
    /// HMAC-SHA-256, 32 bytes.
    Sha256,
}

impl Hash {
    /// Length of the code in bytes.
    pub const fn output_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

/// The arguments of [`Sealer::seal`] do not fit each other, or the library has refused them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the record's length does not fit its header")
    }
}

impl std::error::Error for Refused {}

/// Protects the records of one direction (RFC 5246 6.2.3.2), each with the chain of the one before.
pub struct Sealer {
    /// Owned by this value; has its cipher and both keys.
    context: NonNull<EVP_CIPHER_CTX>,
    hash: Hash,
}

// SAFETY: the context is a plain block of memory that belongs to this value alone. AWS-LC keeps nothing of it in
// thread-local or global state, and nothing here gives the pointer away.
#[allow(unsafe_code)]
unsafe impl Send for Sealer {}

// SAFETY: through a shared reference nothing reaches the context: every method that does takes `&mut self`.
#[allow(unsafe_code)]
unsafe impl Sync for Sealer {}

impl Sealer {
    /// With a key of 16 or 32 bytes, the key of the HMAC, and the vector before the first block.
    ///
    /// Nothing where the library has no such assembler: on processors other than x86-64 with AES instructions, and in
    /// builds without assembler. The caller needs another way for those.
    pub fn new(hash: Hash, key: &[u8], mac_key: &[u8], iv: [u8; BLOCK]) -> Option<Sealer> {
        let cipher = cipher(hash, key.len())?;
        let mac_key_len = mac_key.len().try_into().ok()?;
        // SAFETY: takes nothing, and gives a new context or null.
        #[allow(unsafe_code)]
        let context = NonNull::new(unsafe { EVP_CIPHER_CTX_new() })?;
        // From here on the context is freed on every way out.
        let sealer = Sealer { context, hash };
        // SAFETY: the context is new; the cipher is a static of the library; it reads as many bytes of key as
        // `cipher` was chosen for, and one block of vector. No engine is allowed.
        #[allow(unsafe_code)]
        let ready = unsafe {
            EVP_EncryptInit_ex(
                sealer.context.as_ptr(),
                cipher.as_ptr(),
                std::ptr::null_mut(),
                key.as_ptr(),
                iv.as_ptr(),
            )
        };
        if ready != 1 {
            return None;
        }
        // SAFETY: with this command the library reads so many bytes, and writes to none of them: the pointer is to
        // mutable memory only because other commands want that.
        #[allow(unsafe_code)]
        let keyed = unsafe {
            EVP_CIPHER_CTX_ctrl(
                sealer.context.as_ptr(),
                EVP_CTRL_AEAD_SET_MAC_KEY,
                mac_key_len,
                mac_key.as_ptr().cast_mut().cast(),
            )
        };
        (keyed == 1).then_some(sealer)
    }

    /// The length of an encrypted record of so much content: with the code and the shortest padding.
    pub fn sealed_len(&self, content: usize) -> usize {
        (content + self.hash.output_len() + 1).next_multiple_of(BLOCK)
    }

    /// Authenticates, pads and encrypts a record in place.
    ///
    /// `header` is sequence number, type, version and length of the content. From TLS 1.1 on (0x0302) the content
    /// begins with a block that is encrypted but not authenticated, the explicit vector; the header's length counts
    /// it, and what is authenticated is the length without it. `record` is the content and room behind it, of
    /// [`sealed_len`](Self::sealed_len) bytes in all; what stands in that room does not matter.
    ///
    /// When this fails, the record is as it was, and later ones can be sealed.
    pub fn seal(&mut self, mut header: [u8; HEADER], record: &mut [u8]) -> Result<(), Refused> {
        let [.., high, low] = header;
        if record.len() != self.sealed_len(u16::from_be_bytes([high, low]).into()) {
            return Err(Refused);
        }
        // SAFETY: with this command the library reads and writes HEADER bytes, which is the length of `header`. The
        // context has its keys since `new`.
        #[allow(unsafe_code)]
        let added = unsafe {
            EVP_CIPHER_CTX_ctrl(
                self.context.as_ptr(),
                EVP_CTRL_AEAD_TLS1_AAD,
                EVP_AEAD_TLS1_AAD_LEN,
                header.as_mut_ptr().cast(),
            )
        };
        if added <= 0 {
            return Err(Refused);
        }
        let place = record.as_mut_ptr();
        // SAFETY: input and output are the same bytes, which the cipher allows, and as many as are said. It takes the
        // content's length from the header above, and only if the rest is just the code and the padding, which was
        // looked at above too, so it writes to nothing outside of `record`.
        #[allow(unsafe_code)]
        let done = unsafe { EVP_Cipher(self.context.as_ptr(), place, place, record.len()) };
        if done == 1 { Ok(()) } else { Err(Refused) }
    }
}

impl Drop for Sealer {
    fn drop(&mut self) {
        // SAFETY: the context is this value's, and this is the last that is heard of it. The library wipes what it
        // frees.
        #[allow(unsafe_code)]
        unsafe {
            EVP_CIPHER_CTX_free(self.context.as_ptr());
        }
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").field("hash", &self.hash).finish_non_exhaustive()
    }
}

/// The library's cipher, if it has one on this processor.
fn cipher(hash: Hash, key_len: usize) -> Option<NonNull<EVP_CIPHER>> {
    // SAFETY: these take nothing, and give the address of a static or null.
    #[allow(unsafe_code)]
    let cipher = unsafe {
        match (hash, key_len) {
            (Hash::Sha1, 16) => EVP_aes_128_cbc_hmac_sha1(),
            (Hash::Sha1, 32) => EVP_aes_256_cbc_hmac_sha1(),
            (Hash::Sha256, 16) => EVP_aes_128_cbc_hmac_sha256(),
            (Hash::Sha256, 32) => EVP_aes_256_cbc_hmac_sha256(),
            (Hash::Sha1 | Hash::Sha256, _) => return None,
        }
    };
    NonNull::new(cipher.cast_mut())
}

/// AES in CBC mode, decrypting in place, in pieces of any number of blocks.
pub struct Decryptor {
    key: AES_KEY,
}

impl Decryptor {
    /// With a key of 16 or 32 bytes; nothing for one of another length.
    pub fn new(key: &[u8]) -> Option<Decryptor> {
        let bits = match key.len() {
            16 => 128,
            32 => 256,
            _ => return None,
        };
        let mut decryptor = Decryptor { key: AES_KEY { rd_key: [0; 60], rounds: 0 } };
        // SAFETY: reads as many bits of key as it is told, which are there, and writes to the schedule alone.
        #[allow(unsafe_code)]
        let done = unsafe { AES_set_decrypt_key(key.as_ptr(), bits, &mut decryptor.key) };
        (done == 0).then_some(decryptor)
    }

    /// Decrypts whole blocks; bytes behind the last whole one stay as they are. `chain` is the block of ciphertext
    /// before them, and then the last one of them, so that the next blocks can follow.
    pub fn decrypt(&self, chain: &mut [u8; BLOCK], data: &mut [u8]) {
        let len = data.len() - data.len() % BLOCK;
        let place = data.as_mut_ptr();
        // SAFETY: input and output are the same bytes, which CBC decryption allows, and as many as are said; the
        // schedule was made for decryption (the last argument), and the vector is a block.
        #[allow(unsafe_code)]
        unsafe {
            AES_cbc_encrypt(place, place, len, &self.key, chain.as_mut_ptr(), 0);
        }
    }
}

impl Drop for Decryptor {
    fn drop(&mut self) {
        self.key.rd_key.zeroize();
    }
}

impl fmt::Debug for Decryptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decryptor").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
