//! Record protection in both directions, honest or spoilt.

use super::{
    config::Version,
    kdf::{DirectionKeys, ssl3_pads},
    suites::{Bulk, Suite},
    wire::{alert, vector},
};
use crate::crypto::{Hash, Rng};
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit, StreamCipher};
use aes_gcm::{
    Aes128Gcm, Aes256Gcm,
    aead::{Aead, Payload},
};

/// What a hook may change about a record, just before it is protected.
#[derive(Debug)]
pub struct Outgoing {
    /// Records sent before this one on the connection.
    pub index: u64,
    /// The keys are in use.
    pub protected: bool,
    /// Content type.
    pub content: u8,
    /// Version in the header (and in what is authenticated).
    pub version: u16,
    /// Content.
    pub payload: Vec<u8>,
    /// What goes wrong in the protection.
    pub fault: Option<Fault>,
}

/// A fault of record protection. Those that do not apply to the cipher in use do nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// One bit of the MAC or of the GCM tag is wrong.
    BadMac,
    /// The MAC is that of a record with another sequence number.
    WrongSequence,
    /// The MAC is that of another content type.
    MacOfOtherType,
    /// The MAC is that of another version.
    MacOfOtherVersion,
    /// CBC: one byte of the padding, not its length, is wrong.
    BadPaddingByte,
    /// CBC: the first byte of a padding as in `LongPadding` is wrong.
    BadFarPaddingByte,
    /// CBC: the padding length says more than the record holds.
    PaddingTooLong,
    /// CBC: the padding length says one block more than was added, so that it eats into the MAC.
    PaddingIntoMac,
    /// CBC: 240 bytes more padding than needed, which is legal from TLS 1.0 on.
    LongPadding,
    /// The ciphertext is one byte shorter than it should be.
    OneByteShort,
    /// Only so many bytes of the protected fragment are sent.
    Cut(usize),
    /// So many zero bytes follow the protected fragment, inside the record.
    Extra(usize),
    /// One bit of the first byte of the ciphertext (after nonce or IV) is wrong.
    BadCiphertext,
    /// One bit of the explicit nonce or IV is wrong.
    BadNonce,
    /// The header has another content type than what is authenticated.
    HeaderType(u8),
    /// The header has another version than what is authenticated.
    HeaderVersion(u16),
    /// The header has this length, whatever follows.
    HeaderLength(u16),
    /// The record goes out without protection, although keys are in use.
    Plain,
}

/// One direction of a connection: RFC 5246 6.1's connection state.
pub(super) struct Protection {
    version: Version,
    cipher: Cipher,
    mac: Hash,
    mac_key: Vec<u8>,
    encrypt_then_mac: bool,
    sequence: u64,
}

enum Cipher {
    Null,
    Rc4(Box<rc4::Rc4>),
    Cbc { key: BlockKey, iv: Vec<u8> },
    Gcm { key: GcmKey, salt: Vec<u8> },
}

enum BlockKey {
    TripleDes(Box<des::TdesEde3>),
    Aes128(Box<aes::Aes128>),
    Aes256(Box<aes::Aes256>),
}

enum GcmKey {
    Aes128(Box<Aes128Gcm>),
    Aes256(Box<Aes256Gcm>),
}

impl Protection {
    /// Before the first ChangeCipherSpec.
    pub(super) fn none() -> Protection {
        Protection {
            version: Version::Tls12,
            cipher: Cipher::Null,
            mac: Hash::Md5,
            mac_key: vec![],
            encrypt_then_mac: false,
            sequence: 0,
        }
    }

    pub(super) fn new(version: Version, suite: &Suite, keys: DirectionKeys, etm: bool) -> Protection {
        let DirectionKeys { mac, key, iv } = keys;
        let cbc = |key| Cipher::Cbc { key, iv: iv.clone() };
        let cipher = match suite.bulk {
            Bulk::Rc4 => Cipher::Rc4(Box::new(rc4::Rc4::new_from_slice(&key).expect("16 bytes"))),
            Bulk::TripleDes => cbc(BlockKey::TripleDes(Box::new(init(&key)))),
            Bulk::Aes128 => cbc(BlockKey::Aes128(Box::new(init(&key)))),
            Bulk::Aes256 => cbc(BlockKey::Aes256(Box::new(init(&key)))),
            Bulk::Aes128Gcm => Cipher::Gcm { key: GcmKey::Aes128(Box::new(init(&key))), salt: iv },
            Bulk::Aes256Gcm => Cipher::Gcm { key: GcmKey::Aes256(Box::new(init(&key))), salt: iv },
        };
        let encrypt_then_mac = etm && matches!(cipher, Cipher::Cbc { .. });
        Protection { version, cipher, mac: suite.mac, mac_key: mac, encrypt_then_mac, sequence: 0 }
    }

    pub(super) fn is_none(&self) -> bool {
        matches!(self.cipher, Cipher::Null)
    }

    /// A whole record with its header.
    pub(super) fn seal(&mut self, record: Outgoing, rng: &mut Rng) -> Vec<u8> {
        let Outgoing { content, version, payload, fault, .. } = record;
        let fragment = match fault {
            Some(Fault::Plain) => payload,
            _ => self.protect(content, version, &payload, fault, rng),
        };
        let fragment = match fault {
            Some(Fault::OneByteShort) => fragment[..fragment.len().saturating_sub(1)].to_vec(),
            Some(Fault::Cut(n)) => fragment[..n.min(fragment.len())].to_vec(),
            Some(Fault::Extra(n)) => [fragment, vec![0; n]].concat(),
            _ => fragment,
        };
        let content = if let Some(Fault::HeaderType(other)) = fault { other } else { content };
        let version = if let Some(Fault::HeaderVersion(other)) = fault { other } else { version };
        let mut out = [&[content][..], &version.to_be_bytes(), &vector(2, &fragment)].concat();
        if let Some(Fault::HeaderLength(len)) = fault {
            out[3..5].copy_from_slice(&len.to_be_bytes());
        }
        out
    }

    fn protect(
        &mut self,
        content: u8,
        version: u16,
        payload: &[u8],
        fault: Option<Fault>,
        rng: &mut Rng,
    ) -> Vec<u8> {
        let sequence = self.sequence ^ u64::from(fault == Some(Fault::WrongSequence));
        let claimed = if fault == Some(Fault::MacOfOtherType) { content ^ 1 } else { content };
        let claimed_version = if fault == Some(Fault::MacOfOtherVersion) { version ^ 1 } else { version };
        let mac = |protected: &[u8]| {
            let mut mac = self.mac(sequence, claimed, claimed_version, protected);
            if fault == Some(Fault::BadMac) {
                mac[0] ^= 1;
            }
            mac
        };
        let out = match &self.cipher {
            Cipher::Null => payload.to_vec(),
            Cipher::Rc4(_) => [payload, &mac(payload)].concat(),
            Cipher::Cbc { key, .. } if self.encrypt_then_mac => {
                let padded = [payload, &self.padding(payload.len(), key.block(), fault)].concat();
                let encrypted = self.encrypt_cbc(&padded, rng);
                let mac = mac(&encrypted);
                [encrypted, mac].concat()
            }
            Cipher::Cbc { key, .. } => {
                let inner = [payload, &mac(payload)].concat();
                let padded = [&inner[..], &self.padding(inner.len(), key.block(), fault)].concat();
                self.encrypt_cbc(&padded, rng)
            }
            Cipher::Gcm { key, salt } => {
                let explicit = self.sequence.to_be_bytes();
                let nonce = [&salt[..], &explicit].concat();
                let aad = additional_data(sequence, claimed, Some(claimed_version), payload.len());
                let mut sealed = key.seal(&nonce, &aad, payload);
                if fault == Some(Fault::BadMac) {
                    *sealed.last_mut().expect("a tag") ^= 1;
                }
                [explicit.to_vec(), sealed].concat()
            }
        };
        self.sequence += 1;
        self.finish(out, fault)
    }

    /// The stream cipher, the chaining, and faults of the ciphertext.
    fn finish(&mut self, mut out: Vec<u8>, fault: Option<Fault>) -> Vec<u8> {
        let explicit = match &mut self.cipher {
            Cipher::Null => 0,
            Cipher::Rc4(rc4) => {
                rc4.apply_keystream(&mut out);
                0
            }
            Cipher::Cbc { key, iv } => {
                let end = out.len() - if self.encrypt_then_mac { self.mac.size() } else { 0 };
                *iv = out[end - key.block()..end].to_vec();
                if self.version >= Version::Tls11 { key.block() } else { 0 }
            }
            Cipher::Gcm { .. } => 8,
        };
        match fault {
            Some(Fault::BadCiphertext) if out.len() > explicit => out[explicit] ^= 1,
            Some(Fault::BadNonce) if explicit > 0 => out[0] ^= 1,
            _ => {}
        }
        out
    }

    /// RFC 5246 6.2.3.1; RFC 6101 5.2.3.1 for the padded hash of SSL 3.0.
    fn mac(&self, sequence: u64, content: u8, version: u16, data: &[u8]) -> Vec<u8> {
        if self.version > Version::Ssl30 {
            let header = additional_data(sequence, content, Some(version), data.len());
            return self.mac.hmac(&self.mac_key, &[&header, data]);
        }
        let header = additional_data(sequence, content, None, data.len());
        let (pad1, pad2) = ssl3_pads(self.mac);
        let inner = self.mac.digest(&[&self.mac_key, &pad1, &header, data]);
        self.mac.digest(&[&self.mac_key, &pad2, &inner])
    }

    /// Padding and its length byte. In SSL 3.0 the bytes are arbitrary: zeros here, unlike in TLS.
    fn padding(&self, len: usize, block: usize, fault: Option<Fault>) -> Vec<u8> {
        let least = block - 1 - len % block;
        let pad = match fault {
            // A multiple of both block lengths.
            Some(Fault::LongPadding | Fault::BadFarPaddingByte) => least + 240,
            Some(Fault::BadPaddingByte) if least == 0 => block,
            _ => least,
        };
        let fill = if self.version == Version::Ssl30 { 0 } else { pad as u8 };
        let mut padding = vec![fill; pad + 1];
        padding[pad] = pad as u8;
        match fault {
            Some(Fault::BadPaddingByte) => padding[pad - 1] ^= 1,
            Some(Fault::BadFarPaddingByte) => padding[0] ^= 1,
            Some(Fault::PaddingTooLong) => padding.fill(255),
            Some(Fault::PaddingIntoMac) => padding.fill((pad + block) as u8),
            _ => {}
        }
        padding
    }

    fn encrypt_cbc(&self, padded: &[u8], rng: &mut Rng) -> Vec<u8> {
        let Cipher::Cbc { key, iv } = &self.cipher else { return vec![] };
        let mut out = Vec::new();
        let mut last = iv.clone();
        if self.version >= Version::Tls11 {
            last = rng.bytes(key.block());
            out.extend(&last);
        }
        for plain in padded.chunks_exact(key.block()) {
            last = plain.iter().zip(&last).map(|(a, b)| a ^ b).collect();
            key.encrypt(&mut last);
            out.extend(&last);
        }
        out
    }

    /// The content of a record, or the alert that its fault calls for.
    pub(super) fn open(&mut self, content: u8, version: u16, fragment: &[u8]) -> Result<Vec<u8>, u8> {
        let bad = alert::BAD_RECORD_MAC;
        let sequence = self.sequence;
        let mac_len = self.mac.size();
        let plain = match &mut self.cipher {
            Cipher::Null => return Ok(fragment.to_vec()),
            Cipher::Rc4(rc4) => {
                let mut plain = fragment.to_vec();
                rc4.apply_keystream(&mut plain);
                let (data, mac) = plain.split_at_checked(plain.len().wrapping_sub(mac_len)).ok_or(bad)?;
                (mac == self.mac(sequence, content, version, data)).then(|| data.to_vec())
            }
            Cipher::Cbc { .. } if self.encrypt_then_mac => {
                let (data, mac) =
                    fragment.split_at_checked(fragment.len().wrapping_sub(mac_len)).ok_or(bad)?;
                let good = mac == self.mac(sequence, content, version, data);
                self.decrypt_cbc(data).filter(|_| good)
            }
            Cipher::Cbc { .. } => {
                let inner = self.decrypt_cbc(fragment).ok_or(bad)?;
                let (data, mac) = inner.split_at_checked(inner.len().wrapping_sub(mac_len)).ok_or(bad)?;
                (mac == self.mac(sequence, content, version, data)).then(|| data.to_vec())
            }
            Cipher::Gcm { key, salt } => {
                let (explicit, sealed) = fragment.split_at_checked(8).ok_or(bad)?;
                let len = sealed.len().checked_sub(16).ok_or(bad)?;
                let nonce = [salt, explicit].concat();
                key.open(&nonce, &additional_data(sequence, content, Some(version), len), sealed)
            }
        };
        self.sequence += 1;
        plain.ok_or(bad)
    }

    /// Decrypts, checks the padding and takes it off.
    fn decrypt_cbc(&mut self, fragment: &[u8]) -> Option<Vec<u8>> {
        let Cipher::Cbc { key, iv } = &mut self.cipher else { return None };
        let block = key.block();
        let (mut last, encrypted) = if self.version >= Version::Tls11 {
            fragment.split_at_checked(block)?
        } else {
            (&iv[..], fragment)
        };
        if encrypted.is_empty() || encrypted.len() % block != 0 {
            return None;
        }
        let mut plain = Vec::new();
        for cipher in encrypted.chunks_exact(block) {
            let mut decrypted = cipher.to_vec();
            key.decrypt(&mut decrypted);
            plain.extend(decrypted.iter().zip(last).map(|(a, b)| a ^ b));
            last = cipher;
        }
        *iv = last.to_vec();
        let pad = *plain.last()?;
        let len = plain.len().checked_sub(usize::from(pad) + 1)?;
        let padding_is_good = match self.version {
            // RFC 6101 5.2.3.2: arbitrary bytes, less than a block of them.
            Version::Ssl30 => usize::from(pad) < block,
            Version::Tls10 | Version::Tls11 | Version::Tls12 => plain[len..].iter().all(|b| *b == pad),
        };
        plain.truncate(len);
        padding_is_good.then_some(plain)
    }
}

impl BlockKey {
    fn block(&self) -> usize {
        match self {
            BlockKey::TripleDes(_) => 8,
            BlockKey::Aes128(_) | BlockKey::Aes256(_) => 16,
        }
    }

    fn encrypt(&self, block: &mut [u8]) {
        match self {
            BlockKey::TripleDes(key) => key.encrypt_block(block.try_into().expect("a block")),
            BlockKey::Aes128(key) => key.encrypt_block(block.try_into().expect("a block")),
            BlockKey::Aes256(key) => key.encrypt_block(block.try_into().expect("a block")),
        }
    }

    fn decrypt(&self, block: &mut [u8]) {
        match self {
            BlockKey::TripleDes(key) => key.decrypt_block(block.try_into().expect("a block")),
            BlockKey::Aes128(key) => key.decrypt_block(block.try_into().expect("a block")),
            BlockKey::Aes256(key) => key.decrypt_block(block.try_into().expect("a block")),
        }
    }
}

impl GcmKey {
    fn seal(&self, nonce: &[u8], aad: &[u8], msg: &[u8]) -> Vec<u8> {
        let nonce = nonce.try_into().expect("12 bytes");
        match self {
            GcmKey::Aes128(key) => key.encrypt(nonce, Payload { msg, aad }),
            GcmKey::Aes256(key) => key.encrypt(nonce, Payload { msg, aad }),
        }
        .expect("short enough")
    }

    fn open(&self, nonce: &[u8], aad: &[u8], msg: &[u8]) -> Option<Vec<u8>> {
        let nonce = nonce.try_into().expect("12 bytes");
        match self {
            GcmKey::Aes128(key) => key.decrypt(nonce, Payload { msg, aad }),
            GcmKey::Aes256(key) => key.decrypt(nonce, Payload { msg, aad }),
        }
        .ok()
    }
}

/// What is authenticated beside the content; without the version in SSL 3.0.
fn additional_data(sequence: u64, content: u8, version: Option<u16>, len: usize) -> Vec<u8> {
    let version = version.map_or(vec![], |version| version.to_be_bytes().to_vec());
    [&sequence.to_be_bytes()[..], &[content], &version, &(len as u16).to_be_bytes()].concat()
}

fn init<K: KeyInit>(key: &[u8]) -> K {
    K::new_from_slice(key).expect("the suite's key length")
}
