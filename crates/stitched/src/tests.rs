//! A record made in one pass is the record made of parts: HMAC, padding, CBC. What is decrypted in pieces is what was
//! encrypted.

use super::*;
use aes::{Aes128, Aes256};
use aws_lc_rs::hmac;
use cbc::{
    Encryptor,
    cipher::{Array, BlockModeEncrypt, KeyIvInit},
};

const MAC_KEY: &[u8] = b"a key for the authentication code";
const IV: [u8; BLOCK] = *b"sixteen bytes IV";

/// Encrypts blocks in place, and goes on with the next.
type Cipher = Box<dyn FnMut(&mut [u8])>;

/// The same by other means.
struct Parts {
    mac: hmac::Key,
    cipher: Cipher,
}

impl Parts {
    fn new(hash: Hash, key: &[u8]) -> Parts {
        fn cbc<C: BlockModeEncrypt<BlockSize = cbc::cipher::consts::U16> + 'static>(mut cipher: C) -> Cipher {
            Box::new(move |data| cipher.encrypt_blocks(Array::slice_as_chunks_mut(data).0))
        }
        let algorithm = match hash {
            Hash::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Hash::Sha256 => hmac::HMAC_SHA256,
        };
        let cipher = match key.len() {
            16 => cbc(Encryptor::<Aes128>::new_from_slices(key, &IV).unwrap()),
            _ => cbc(Encryptor::<Aes256>::new_from_slices(key, &IV).unwrap()),
        };
        Parts { mac: hmac::Key::new(algorithm, MAC_KEY), cipher }
    }

    fn seal(&mut self, version: u16, vector: &[u8], content: &[u8]) -> Vec<u8> {
        let mut mac = hmac::Context::with_key(&self.mac);
        mac.update(&header(version, content.len()));
        mac.update(content);
        let mut record = [vector, content, mac.sign().as_ref()].concat();
        let padding = BLOCK - record.len() % BLOCK;
        record.resize(record.len() + padding, (padding - 1) as u8);
        (self.cipher)(&mut record);
        record
    }
}

fn header(version: u16, len: usize) -> [u8; HEADER] {
    let mut header = [1, 2, 3, 4, 5, 6, 7, 8, 23, 0, 0, 0, 0];
    header[9..11].copy_from_slice(&version.to_be_bytes());
    header[11..].copy_from_slice(&(len as u16).to_be_bytes());
    header
}

fn sealers() -> Vec<(Sealer, Parts, String)> {
    let mut sealers = Vec::new();
    for hash in [Hash::Sha1, Hash::Sha256] {
        for key in [&b"a key of 16 byte"[..], b"a key of thirty-two bytes, count"] {
            let name = format!("AES-{} {hash:?}", key.len() * 8);
            match Sealer::new(hash, key, MAC_KEY, IV) {
                Some(sealer) => sealers.push((sealer, Parts::new(hash, key), name)),
                None => println!("skipped: {name} (no such assembler on this processor)"),
            }
        }
    }
    let promised = cfg!(all(target_arch = "x86_64", target_os = "linux"))
        && std::fs::read_to_string("/proc/cpuinfo").is_ok_and(|info| info.contains(" aes "));
    assert!(!promised || sealers.len() == 4, "the library has it on this processor");
    sealers
}

/// Each length once, and all over one chain.
fn lengths() -> impl Iterator<Item = usize> {
    (0..=700).chain([1023, 1024, 1025, 4000]).chain(16300..=16384)
}

#[test]
fn records_with_a_chained_vector_are_the_same() {
    for (mut sealer, mut parts, name) in sealers() {
        for len in lengths() {
            let content: Vec<u8> = (0..len).map(|i| (i * 7 + len) as u8).collect();
            let mut record = content.clone();
            record.resize(sealer.sealed_len(len), 0xEE);
            sealer.seal(header(0x0301, len), &mut record).unwrap();
            assert!(record == parts.seal(0x0301, &[], &content), "{name}, {len} bytes");
        }
    }
}

#[test]
fn records_with_an_explicit_vector_are_the_same() {
    for (mut sealer, mut parts, name) in sealers() {
        for (len, version) in lengths().zip([0x0302, 0x0303].into_iter().cycle()) {
            let vector: Vec<u8> = (0..BLOCK).map(|i| (i + len) as u8).collect();
            let content: Vec<u8> = (0..len).map(|i| (i * 5 + len) as u8).collect();
            let mut record = [&vector[..], &content].concat();
            record.resize(sealer.sealed_len(record.len()), 0xEE);
            sealer.seal(header(version, BLOCK + len), &mut record).unwrap();
            assert!(record == parts.seal(version, &vector, &content), "{name}, {len} bytes");
        }
    }
}

#[test]
fn what_does_not_fit_is_refused_and_does_no_harm() {
    for (mut sealer, mut parts, name) in sealers() {
        let room = sealer.sealed_len(100);
        for (len, record) in [(100, room - 16), (100, room + 16), (100, room - 1), (101 + 16, room), (5, 0)] {
            let mut record = vec![7; record];
            assert_eq!(sealer.seal(header(0x0301, len), &mut record), Err(Refused), "{name}");
            assert!(record.iter().all(|&byte| byte == 7));
        }
        // An explicit vector that is not there.
        let mut record = vec![7; sealer.sealed_len(15)];
        assert_eq!(sealer.seal(header(0x0303, 15), &mut record), Err(Refused));
        assert!(record.iter().all(|&byte| byte == 7));

        let mut record = vec![7; room];
        sealer.seal(header(0x0301, 100), &mut record).unwrap();
        assert!(record == parts.seal(0x0301, &[], &[7; 100]), "{name}");
    }
}

#[test]
fn keys_of_other_lengths_are_nothing() {
    for len in [0, 15, 17, 24, 31, 33] {
        assert!(Sealer::new(Hash::Sha1, &vec![1; len], MAC_KEY, IV).is_none());
        assert!(Sealer::new(Hash::Sha256, &vec![1; len], MAC_KEY, IV).is_none());
    }
}

#[test]
fn keys_of_codes_may_be_of_any_length() {
    // Longer than a block of the hash: RFC 2104 hashes them first.
    let (key, mac_key) = (b"a key of 16 byte", [3; 100]);
    let Some(mut sealer) = Sealer::new(Hash::Sha1, key, &mac_key, IV) else { return };
    let mut parts = Parts::new(Hash::Sha1, key);
    parts.mac = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &mac_key);
    let mut record = vec![9; sealer.sealed_len(300)];
    sealer.seal(header(0x0301, 300), &mut record).unwrap();
    assert!(record == parts.seal(0x0301, &[], &[9; 300]));
}

#[test]
fn a_sealer_says_nothing_of_its_keys() {
    for (sealer, ..) in sealers() {
        let text = format!("{sealer:?}");
        assert!(text.starts_with("Sealer { hash: Sha") && text.ends_with(", .. }"), "{text}");
    }
}

#[test]
fn pieces_of_every_size_decrypt_to_what_was_encrypted() {
    for key in [&b"a key of 16 byte"[..], b"a key of thirty-two bytes, count"] {
        let plain: Vec<u8> = (0..64 * BLOCK).map(|i| (i * 11) as u8).collect();
        let mut encrypted = plain.clone();
        (Parts::new(Hash::Sha1, key).cipher)(&mut encrypted);
        for blocks in 1..=64 {
            let decryptor = Decryptor::new(key).unwrap();
            let (mut chain, mut data) = (IV, encrypted.clone());
            data.chunks_mut(blocks * BLOCK).for_each(|piece| decryptor.decrypt(&mut chain, piece));
            assert!(data == plain, "pieces of {blocks} blocks");
            assert_eq!(chain, encrypted[63 * BLOCK..]);
        }
        let decryptor = Decryptor::new(key).unwrap();
        let (mut chain, mut odd) = (IV, encrypted[..BLOCK + 5].to_vec());
        decryptor.decrypt(&mut chain, &mut odd);
        assert_eq!(odd, [&plain[..BLOCK], &encrypted[BLOCK..BLOCK + 5]].concat());
        assert_eq!(format!("{decryptor:?}"), "Decryptor { .. }");
    }
    for len in [0, 15, 17, 24, 31, 33] {
        assert!(Decryptor::new(&vec![1; len]).is_none());
    }
}

#[test]
fn rsa_signatures_are_good_to_others() {
    use aws_lc_rs::{
        digest,
        encoding::{AsDer, Pkcs8V1Der},
        rsa::{KeyPair, KeySize},
        signature::{
            KeyPair as _, RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256,
            RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
            RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, UnparsedPublicKey,
        },
    };
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let pkcs8: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    // Version, algorithm, and the heads around them are 26 bytes with a key of this size.
    let pkcs1 = &pkcs8.as_ref()[26..];
    let key = RsaKey::from_pkcs1(pkcs1).unwrap();
    let digest = |algorithm| digest::digest(algorithm, b"message");
    for (hash, algorithm, pkcs1, pss) in [
        (
            SignedHash::Sha1,
            &digest::SHA1_FOR_LEGACY_USE_ONLY,
            &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
            None,
        ),
        (SignedHash::Sha256, &digest::SHA256, &RSA_PKCS1_2048_8192_SHA256, Some(&RSA_PSS_2048_8192_SHA256)),
        (SignedHash::Sha384, &digest::SHA384, &RSA_PKCS1_2048_8192_SHA384, Some(&RSA_PSS_2048_8192_SHA384)),
        (SignedHash::Sha512, &digest::SHA512, &RSA_PKCS1_2048_8192_SHA512, Some(&RSA_PSS_2048_8192_SHA512)),
    ] {
        let digest = digest(algorithm);
        let signature = key.sign_pkcs1(hash, digest.as_ref()).unwrap();
        UnparsedPublicKey::new(pkcs1, pair.public_key()).verify(b"message", &signature).unwrap();
        let signature = key.sign_pss(hash, digest.as_ref());
        assert_eq!(signature.is_some(), pss.is_some());
        if let (Some(parameters), Some(signature)) = (pss, signature) {
            UnparsedPublicKey::new(parameters, pair.public_key()).verify(b"message", &signature).unwrap();
        }
        let (_, short) = digest.as_ref().split_at(1);
        assert!(key.sign_pkcs1(hash, short).is_none() && key.sign_pss(hash, short).is_none());
    }
    assert_eq!(key.sign_pkcs1(SignedHash::Md5Sha1, &[7; 36]).map(|signature| signature.len()), Some(256));
    assert!(key.sign_pkcs1(SignedHash::Md5Sha1, &[7; 35]).is_none());
    assert_eq!(format!("{key:?}"), "RsaKey { bits: 2048, .. }");

    assert!(RsaKey::from_pkcs1(&[]).is_none());
    assert!(RsaKey::from_pkcs1(&pkcs1[..pkcs1.len() - 1]).is_none());
    let mut other = pkcs1.to_vec();
    // In the middle of the modulus.
    other[100] ^= 1;
    assert!(RsaKey::from_pkcs1(&other).is_none());
}
