//! Block ciphers in CBC mode without padding, with the chain kept between calls.

use crate::{error::Local, suites::Bulk};
use aws_lc_rs::cipher::{
    AES_128, AES_256, DecryptingKey, DecryptionContext, EncryptionContext, StreamingEncryptingKey,
    UnboundCipherKey,
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

/// The block of ciphertext before a block, or what stands for it before the first; Triple DES takes
/// the front of it.
#[derive(Clone, Copy)]
pub(super) struct Chain([u8; stitched::BLOCK]);

impl Chain {
    /// A block, or a vector.
    pub(super) fn after(block: &[u8]) -> Chain {
        let mut chain = [0; stitched::BLOCK];
        chain.iter_mut().zip(block).for_each(|(to, from)| *to = *from);
        Chain(chain)
    }
}

/// One direction, decrypting, in place.
pub(super) enum Decryptor {
    Aes(Box<stitched::Decryptor>),
    TripleDes(Box<DecryptingKey>),
}

impl Decryptor {
    pub(super) fn new(bulk: Bulk, key: &[u8]) -> Result<Decryptor, Local> {
        let cipher = match bulk {
            Bulk::TripleDes => {
                let key = DecryptingKey::ecb(unbound(bulk, key)?);
                key.ok().map(|key| Self::TripleDes(Box::new(key)))
            }
            Bulk::Aes128Cbc | Bulk::Aes256Cbc | Bulk::Rc4_128 | Bulk::Aes128Gcm | Bulk::Aes256Gcm => {
                stitched::Decryptor::new(key).map(|key| Self::Aes(Box::new(key)))
            }
        };
        cipher.ok_or(WRONG_KEY)
    }

    pub(super) fn block_len(&self) -> usize {
        match self {
            Self::Aes(_) => stitched::BLOCK,
            Self::TripleDes(_) => DES_BLOCK,
        }
    }

    /// Decrypts whole blocks; `chain` goes on to their end.
    pub(super) fn decrypt(&self, chain: &mut Chain, data: &mut [u8]) {
        match self {
            Self::Aes(key) => key.decrypt(&mut chain.0, data),
            Self::TripleDes(key) => {
                let Chain(previous) = chain;
                for piece in data.chunks_mut(PIECE) {
                    let mut before = [0; DES_BLOCK + PIECE];
                    before[..DES_BLOCK].copy_from_slice(&previous[..DES_BLOCK]);
                    before[DES_BLOCK..DES_BLOCK + piece.len()].copy_from_slice(piece);
                    previous[..DES_BLOCK].copy_from_slice(&before[piece.len()..piece.len() + DES_BLOCK]);
                    // Whole blocks cannot fail; if they did, the MAC would be wrong.
                    let _ = key.decrypt(piece, DecryptionContext::None);
                    piece.iter_mut().zip(before).for_each(|(byte, chained)| *byte ^= chained);
                }
            }
        }
    }
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
