//! Block ciphers in CBC mode without padding, with the chain kept between calls.

use crate::{error::Local, suites::Bulk};
use aes::{Aes128, Aes256};
use aws_lc_rs::cipher::{
    AES_128, AES_256, DecryptingKey, DecryptionContext, EncryptionContext, StreamingEncryptingKey,
    UnboundCipherKey,
};
use cbc::{
    Decryptor as Cbc,
    cipher::{Array, BlockModeDecrypt, BlockSizeUser, KeyIvInit},
};

/// Bytes of a Triple DES block.
const DES_BLOCK: usize = 8;

/// Bytes of stack for Triple DES, whose library does not decrypt CBC in place.
const PIECE: usize = 1024;

const WRONG_KEY: Local = Local::Crypto("block cipher key");

/// One direction, encrypting: aws-lc-rs, from one buffer into another.
pub(super) struct Encryptor(StreamingEncryptingKey);

impl Encryptor {
    pub(super) fn new(bulk: Bulk, key: &[u8], iv: &[u8]) -> Result<Encryptor, Local> {
        let context = match <[u8; 16]>::try_from(iv) {
            Ok(iv) => EncryptionContext::Iv128(iv.into()),
            Err(_) => EncryptionContext::Iv64(<[u8; DES_BLOCK]>::try_from(iv).map_err(|_| WRONG_KEY)?.into()),
        };
        // Nothing is ever finished, so the padding of the name never comes.
        let key = StreamingEncryptingKey::less_safe_cbc_pkcs7(unbound(bulk, key)?, context);
        key.map(Encryptor).map_err(|_| WRONG_KEY)
    }

    /// Encrypts whole blocks into the front of `to`.
    pub(super) fn encrypt(&mut self, from: &[u8], to: &mut [u8]) -> Result<(), Local> {
        let roomy = to.len() - from.len() >= self.0.algorithm().block_len();
        let done = match roomy {
            true => self.0.update(from, to),
            // The same, but it divides to find out how much room is needed.
            false => self.0.less_safe_update(from, to),
        };
        match done {
            Ok(done) if done.written().len() == from.len() => Ok(()),
            Ok(_) | Err(_) => Err(Local::Crypto("CBC encryption")),
        }
    }
}

/// One direction, decrypting, in place: RustCrypto for AES, which aws-lc-rs decrypts in place
/// only in ECB and one block at a time. For Triple DES that does not matter.
pub(super) enum Decryptor {
    Aes128(Cbc<Aes128>),
    Aes256(Cbc<Aes256>),
    /// The key, and the last block of ciphertext.
    TripleDes(DecryptingKey, [u8; DES_BLOCK]),
}

impl Decryptor {
    pub(super) fn new(bulk: Bulk, key: &[u8], iv: &[u8]) -> Result<Decryptor, Local> {
        Ok(match bulk {
            Bulk::Aes256Cbc => Self::Aes256(Cbc::new_from_slices(key, iv).map_err(|_| WRONG_KEY)?),
            Bulk::TripleDes => {
                let iv = iv.try_into().map_err(|_| WRONG_KEY)?;
                let key = DecryptingKey::ecb(unbound(bulk, key)?).map_err(|_| WRONG_KEY)?;
                Self::TripleDes(key, iv)
            }
            Bulk::Aes128Cbc | Bulk::Rc4_128 | Bulk::Aes128Gcm | Bulk::Aes256Gcm => {
                Self::Aes128(Cbc::new_from_slices(key, iv).map_err(|_| WRONG_KEY)?)
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
                    // Whole blocks cannot fail; if they did, the MAC would be wrong.
                    let _ = key.decrypt(piece, DecryptionContext::None);
                    piece.iter_mut().zip(chain).for_each(|(byte, chained)| *byte ^= chained);
                }
            }
        }
    }
}

fn decrypt<C: BlockModeDecrypt + BlockSizeUser>(cipher: &mut C, data: &mut [u8]) {
    let (blocks, rest) = Array::slice_as_chunks_mut(data);
    debug_assert!(rest.is_empty());
    cipher.decrypt_blocks(blocks);
}

fn unbound(bulk: Bulk, key: &[u8]) -> Result<UnboundCipherKey, Local> {
    #[allow(deprecated, reason = "Triple DES is in Table 3 of the note")]
    let algorithm = match bulk {
        Bulk::TripleDes => &aws_lc_rs::cipher::DES_EDE3_FOR_LEGACY_USE_ONLY,
        Bulk::Aes256Cbc => &AES_256,
        Bulk::Aes128Cbc | Bulk::Rc4_128 | Bulk::Aes128Gcm | Bulk::Aes256Gcm => &AES_128,
    };
    UnboundCipherKey::new(algorithm, key).map_err(|_| WRONG_KEY)
}
