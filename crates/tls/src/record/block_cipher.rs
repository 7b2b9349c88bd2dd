//! Block ciphers in CBC mode without padding, in place, with the chain kept between calls.

use aes::{Aes128, Aes256};
use aws_lc_rs::cipher::{
    DecryptingKey, DecryptionContext, EncryptionContext, StreamingEncryptingKey, UnboundCipherKey,
};
use cbc::cipher::{Array, BlockModeDecrypt, BlockModeEncrypt, BlockSizeUser, KeyIvInit};

use crate::{error::Local, suites::Bulk};

/// Bytes of stack for ciphers that cannot work in place.
const PIECE: usize = 1024;

/// Bytes of a Triple DES block.
const DES_BLOCK: usize = 8;

/// One direction, encrypting.
pub(super) enum Encryptor {
    Aes128(cbc::Encryptor<Aes128>),
    Aes256(cbc::Encryptor<Aes256>),
    TripleDes(StreamingEncryptingKey),
}

/// One direction, decrypting.
pub(super) enum Decryptor {
    Aes128(cbc::Decryptor<Aes128>),
    Aes256(cbc::Decryptor<Aes256>),
    /// The key, and the last block of ciphertext. aws-lc-rs does not decrypt CBC in place, but
    /// ECB, and the chain is a xor.
    TripleDes(DecryptingKey, [u8; DES_BLOCK]),
}

const WRONG_LENGTH: Local = Local::Crypto("block cipher key");

impl Encryptor {
    pub(super) fn new(bulk: Bulk, key: &[u8], iv: &[u8]) -> Result<Encryptor, Local> {
        Ok(match bulk {
            Bulk::Aes256Cbc => {
                Self::Aes256(cbc::Encryptor::new_from_slices(key, iv).map_err(|_| WRONG_LENGTH)?)
            }
            Bulk::TripleDes => {
                let iv: [u8; DES_BLOCK] = iv.try_into().map_err(|_| WRONG_LENGTH)?;
                let key = triple_des(key)?;
                // Nothing is ever finished, so the padding of the name never comes.
                let key =
                    StreamingEncryptingKey::less_safe_cbc_pkcs7(key, EncryptionContext::Iv64(iv.into()));
                Self::TripleDes(key.map_err(|_| WRONG_LENGTH)?)
            }
            Bulk::Aes128Cbc | Bulk::Rc4_128 | Bulk::Aes128Gcm | Bulk::Aes256Gcm => {
                Self::Aes128(cbc::Encryptor::new_from_slices(key, iv).map_err(|_| WRONG_LENGTH)?)
            }
        })
    }

    /// Encrypts whole blocks.
    pub(super) fn encrypt(&mut self, data: &mut [u8]) {
        match self {
            Self::Aes128(cipher) => encrypt(cipher, data),
            Self::Aes256(cipher) => encrypt(cipher, data),
            Self::TripleDes(key) => {
                for piece in data.chunks_mut(PIECE) {
                    let mut input = [0; PIECE];
                    let input = &mut input[..piece.len()];
                    input.copy_from_slice(piece);
                    // Whole blocks in, whole blocks out: that cannot fail.
                    let done = key.less_safe_update(input, piece);
                    debug_assert!(done.is_ok_and(|done| done.remainder().is_empty()));
                }
            }
        }
    }
}

impl Decryptor {
    pub(super) fn new(bulk: Bulk, key: &[u8], iv: &[u8]) -> Result<Decryptor, Local> {
        Ok(match bulk {
            Bulk::Aes256Cbc => {
                Self::Aes256(cbc::Decryptor::new_from_slices(key, iv).map_err(|_| WRONG_LENGTH)?)
            }
            Bulk::TripleDes => {
                let iv = iv.try_into().map_err(|_| WRONG_LENGTH)?;
                let key = DecryptingKey::ecb(triple_des(key)?).map_err(|_| WRONG_LENGTH)?;
                Self::TripleDes(key, iv)
            }
            Bulk::Aes128Cbc | Bulk::Rc4_128 | Bulk::Aes128Gcm | Bulk::Aes256Gcm => {
                Self::Aes128(cbc::Decryptor::new_from_slices(key, iv).map_err(|_| WRONG_LENGTH)?)
            }
        })
    }

    pub(super) fn block_len(&self) -> usize {
        match self {
            Self::Aes128(_) | Self::Aes256(_) => 16,
            Self::TripleDes(..) => DES_BLOCK,
        }
    }

    /// Decrypts whole blocks.
    pub(super) fn decrypt(&mut self, data: &mut [u8]) {
        match self {
            Self::Aes128(cipher) => decrypt(cipher, data),
            Self::Aes256(cipher) => decrypt(cipher, data),
            Self::TripleDes(key, previous) => {
                for piece in data.chunks_mut(PIECE) {
                    let mut chain = [0; DES_BLOCK + PIECE];
                    chain[..DES_BLOCK].copy_from_slice(previous);
                    chain[DES_BLOCK..DES_BLOCK + piece.len()].copy_from_slice(piece);
                    previous.copy_from_slice(&chain[piece.len()..piece.len() + DES_BLOCK]);
                    let done = key.decrypt(piece, DecryptionContext::None);
                    debug_assert!(done.is_ok());
                    piece.iter_mut().zip(chain).for_each(|(byte, chained)| *byte ^= chained);
                }
            }
        }
    }
}

fn encrypt<C: BlockModeEncrypt + BlockSizeUser>(cipher: &mut C, data: &mut [u8]) {
    let (blocks, rest) = Array::slice_as_chunks_mut(data);
    debug_assert!(rest.is_empty());
    cipher.encrypt_blocks(blocks);
}

fn decrypt<C: BlockModeDecrypt + BlockSizeUser>(cipher: &mut C, data: &mut [u8]) {
    let (blocks, rest) = Array::slice_as_chunks_mut(data);
    debug_assert!(rest.is_empty());
    cipher.decrypt_blocks(blocks);
}

#[allow(deprecated, reason = "Triple DES is in Table 3 of the note")]
fn triple_des(key: &[u8]) -> Result<UnboundCipherKey, Local> {
    UnboundCipherKey::new(&aws_lc_rs::cipher::DES_EDE3_FOR_LEGACY_USE_ONLY, key).map_err(|_| WRONG_LENGTH)
}
