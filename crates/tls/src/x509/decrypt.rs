//! Keys under a password: PBES2 and PBES1 of PKCS#5 (RFC 8018), triple DES of PKCS#12 (RFC 7292), and the encryption
//! of old PEM files.
use super::FileError;
use crate::sign::{Hash, KeyError, oid_name};
use aws_lc_rs::{
    cipher::{
        self, AES_128, AES_192, AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey,
    },
    iv::FixedLength,
    pbkdf2,
};
use const_oid::{ObjectIdentifier, db::rfc5911};
use der::{Decode, Reader, SliceReader, Tag, Tagged, asn1::OctetStringRef};
use spki::AlgorithmIdentifierRef;
use std::num::NonZeroU32;
use zeroize::Zeroizing;

const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");
const PBKDF2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.12");
const PBE_WITH_MD5_AND_DES_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.3");
const PBE_WITH_SHA1_AND_DES_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.10");
const PBE_WITH_SHA1_AND_3_KEY_TRIPLE_DES_CBC: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.3");
const HMAC_WITH_SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.7");
const HMAC_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.9");
const HMAC_WITH_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.10");
const HMAC_WITH_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.11");
const DES_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.7");
const DES_EDE3_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.3.7");

/// More iterations of a key derivation are refused: the file says how many, and each one costs.
const MAX_ITERATIONS: u32 = 2_000_000;

/// A block cipher in CBC mode with PKCS#7 padding.
#[derive(Clone, Copy)]
enum Cipher {
    Aes128,
    Aes192,
    Aes256,
    Des,
    TripleDes,
}

impl Cipher {
    const fn key_bytes(self) -> usize {
        match self {
            Cipher::Aes128 => 16,
            Cipher::Aes192 | Cipher::TripleDes => 24,
            Cipher::Aes256 => 32,
            Cipher::Des => 8,
        }
    }

    #[expect(deprecated, reason = "single and triple DES are what old key files are encrypted with")]
    fn algorithm(self) -> &'static cipher::Algorithm {
        match self {
            Cipher::Aes128 => &AES_128,
            Cipher::Aes192 => &AES_192,
            Cipher::Aes256 => &AES_256,
            Cipher::Des => &cipher::DES_FOR_LEGACY_USE_ONLY,
            Cipher::TripleDes => &cipher::DES_EDE3_FOR_LEGACY_USE_ONLY,
        }
    }

    fn decrypt(self, key: &[u8], iv: &[u8], encrypted: &[u8]) -> Result<Zeroizing<Vec<u8>>, FileError> {
        let context = match self {
            Cipher::Aes128 | Cipher::Aes192 | Cipher::Aes256 => {
                FixedLength::<16>::try_from(iv).map(DecryptionContext::Iv128)
            }
            Cipher::Des | Cipher::TripleDes => FixedLength::<8>::try_from(iv).map(DecryptionContext::Iv64),
        };
        let context = context.map_err(|_| malformed())?;
        let mut content = Zeroizing::new(encrypted.to_vec());
        let key = UnboundCipherKey::new(self.algorithm(), key).and_then(PaddedBlockDecryptingKey::cbc_pkcs7);
        let length = key
            .and_then(|key| key.decrypt(&mut content, context).map(|plain| plain.len()))
            .map_err(|_| FileError::WrongPassword)?;
        content.truncate(length);
        Ok(content)
    }
}

/// The content of an EncryptedPrivateKeyInfo.
pub(super) fn pkcs8(
    scheme: &AlgorithmIdentifierRef<'_>,
    encrypted: &[u8],
    password: &[u8],
) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let parameters = scheme.parameters.filter(|any| any.tag() == Tag::Sequence).ok_or_else(malformed)?;
    let mut reader = SliceReader::new(parameters.value()).map_err(|_| malformed())?;
    match scheme.oid {
        PBES2 => {
            let kdf = reader.decode().map_err(|_| malformed())?;
            let (cipher, iv) = pbes2_cipher(&reader.decode().map_err(|_| malformed())?)?;
            let key = derive_pbkdf2(&kdf, password, cipher.key_bytes())?;
            cipher.decrypt(&key, iv, encrypted)
        }
        PBE_WITH_MD5_AND_DES_CBC => pbes1(Hash::Md5, &mut reader, encrypted, password),
        PBE_WITH_SHA1_AND_DES_CBC => pbes1(Hash::Sha1, &mut reader, encrypted, password),
        PBE_WITH_SHA1_AND_3_KEY_TRIPLE_DES_CBC => {
            let (salt, iterations) = salt_and_iterations(&mut reader)?;
            let key = derive_pkcs12(1, 24, salt, iterations, password);
            let iv = derive_pkcs12(2, 8, salt, iterations, password);
            Cipher::TripleDes.decrypt(&key, &iv, encrypted)
        }
        other => Err(unsupported(&other)),
    }
}

fn pbes2_cipher<'a>(scheme: &AlgorithmIdentifierRef<'a>) -> Result<(Cipher, &'a [u8]), FileError> {
    let cipher = match scheme.oid {
        rfc5911::ID_AES_128_CBC => Cipher::Aes128,
        rfc5911::ID_AES_192_CBC => Cipher::Aes192,
        rfc5911::ID_AES_256_CBC => Cipher::Aes256,
        DES_CBC => Cipher::Des,
        DES_EDE3_CBC => Cipher::TripleDes,
        other => return Err(unsupported(&other)),
    };
    let iv = scheme.parameters.and_then(|any| any.decode_as::<&OctetStringRef>().ok());
    Ok((cipher, iv.ok_or_else(malformed)?.as_bytes()))
}

/// PBKDF2-params (RFC 8018 A.2).
fn derive_pbkdf2(
    kdf: &AlgorithmIdentifierRef<'_>,
    password: &[u8],
    key_bytes: usize,
) -> Result<Zeroizing<Vec<u8>>, FileError> {
    if kdf.oid != PBKDF2 {
        return Err(unsupported(&kdf.oid));
    }
    let parameters = kdf.parameters.filter(|any| any.tag() == Tag::Sequence).ok_or_else(malformed)?;
    let fields = |mut reader: SliceReader<'_>| {
        let salt = <&OctetStringRef>::decode(&mut reader)?;
        let iterations = u32::decode(&mut reader)?;
        let _key_length = Option::<u16>::decode(&mut reader)?;
        let prf = (!reader.is_finished()).then(|| AlgorithmIdentifierRef::decode(&mut reader)).transpose()?;
        Ok::<_, der::Error>((salt.as_bytes().to_vec(), iterations, prf.map(|prf| prf.oid)))
    };
    let (salt, iterations, prf) =
        SliceReader::new(parameters.value()).and_then(fields).map_err(|_| malformed())?;
    let prf = match prf.unwrap_or(HMAC_WITH_SHA1) {
        HMAC_WITH_SHA1 => pbkdf2::PBKDF2_HMAC_SHA1,
        HMAC_WITH_SHA256 => pbkdf2::PBKDF2_HMAC_SHA256,
        HMAC_WITH_SHA384 => pbkdf2::PBKDF2_HMAC_SHA384,
        HMAC_WITH_SHA512 => pbkdf2::PBKDF2_HMAC_SHA512,
        other => return Err(unsupported(&other)),
    };
    let mut key = Zeroizing::new(vec![0; key_bytes]);
    pbkdf2::derive(prf, checked(iterations)?, &salt, password, &mut key);
    Ok(key)
}

/// PBKDF1 (RFC 8018 5.1): half of 16 bytes is the key, half the initialization vector.
fn pbes1(
    hash: Hash,
    parameters: &mut SliceReader<'_>,
    encrypted: &[u8],
    password: &[u8],
) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let (salt, iterations) = salt_and_iterations(parameters)?;
    let derived = iterate(hash, Zeroizing::new([password, salt].concat()), iterations);
    let (key, rest) = derived.split_at_checked(8).ok_or_else(malformed)?;
    let iv = rest.get(..8).ok_or_else(malformed)?;
    Cipher::Des.decrypt(key, iv, encrypted)
}

/// PBEParameter (RFC 8018 A.3) and pkcs-12PbeParams (RFC 7292 C).
fn salt_and_iterations<'a>(parameters: &mut SliceReader<'a>) -> Result<(&'a [u8], NonZeroU32), FileError> {
    let salt = <&OctetStringRef>::decode(parameters).map_err(|_| malformed())?;
    let iterations = u32::decode(parameters).map_err(|_| malformed())?;
    Ok((salt.as_bytes(), checked(iterations)?))
}

fn iterate(hash: Hash, mut bytes: Zeroizing<Vec<u8>>, times: NonZeroU32) -> Zeroizing<Vec<u8>> {
    for _ in 0..times.get() {
        bytes = Zeroizing::new(hash.digest(&bytes).as_ref().to_vec());
    }
    bytes
}

/// RFC 7292 B.2 with SHA-1, whose blocks have 64 bytes. `purpose` 1 is a key, 2 an initialization vector.
fn derive_pkcs12(
    purpose: u8,
    length: usize,
    salt: &[u8],
    iterations: NonZeroU32,
    password: &[u8],
) -> Zeroizing<Vec<u8>> {
    const BLOCK: usize = 64;
    let fill = |bytes: &[u8]| -> Vec<u8> {
        bytes.iter().copied().cycle().take(bytes.len().next_multiple_of(BLOCK)).collect()
    };
    // A BMPString with its terminator; who has other than Latin-1 passwords has other problems, too.
    let password =
        Zeroizing::new(password.iter().chain(&[0]).flat_map(|byte| [0, *byte]).collect::<Vec<_>>());
    let mut input = Zeroizing::new([fill(salt), fill(&password)].concat());
    let mut derived = Zeroizing::new(Vec::with_capacity(length + BLOCK));
    while derived.len() < length {
        let first = Zeroizing::new([&[purpose; BLOCK][..], &input].concat());
        let digest = iterate(Hash::Sha1, first, iterations);
        derived.extend_from_slice(&digest);
        // Each block of the input, as a number, is increased by the digest (repeated to a block) and one.
        for block in input.chunks_exact_mut(BLOCK) {
            let addend = digest.iter().cycle().take(BLOCK);
            let mut carry = 1;
            for (byte, more) in block.iter_mut().zip(addend.collect::<Vec<_>>()).rev() {
                carry += u16::from(*byte) + u16::from(*more);
                *byte = carry.to_le_bytes()[0];
                carry >>= 8;
            }
        }
    }
    derived.truncate(length);
    derived
}

/// The content of a PEM block with the header `DEK-Info: CIPHER,IV` (RFC 1421 4.6.1.3, with OpenSSL's ciphers and its
/// key derivation: MD5 once over what came before, the password, and the first 8 bytes of the IV).
pub(super) fn pem(info: &str, encrypted: &[u8], password: &[u8]) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let (name, iv) = info.split_once(',').ok_or_else(malformed)?;
    let cipher = match name.trim() {
        "AES-128-CBC" => Cipher::Aes128,
        "AES-192-CBC" => Cipher::Aes192,
        "AES-256-CBC" => Cipher::Aes256,
        "DES-CBC" => Cipher::Des,
        "DES-EDE3-CBC" => Cipher::TripleDes,
        other => return Err(FileError::UnsupportedEncryption(other.escape_debug().to_string())),
    };
    let iv = hex(iv.trim()).ok_or_else(malformed)?;
    let salt = iv.get(..8).ok_or_else(malformed)?;
    let mut key = Zeroizing::new(Vec::with_capacity(48));
    let mut last = Zeroizing::new(Vec::new());
    while key.len() < cipher.key_bytes() {
        let input = Zeroizing::new([&last[..], password, salt].concat());
        last = Zeroizing::new(Hash::Md5.digest(&input).as_ref().to_vec());
        key.extend_from_slice(&last);
    }
    cipher.decrypt(key.get(..cipher.key_bytes()).unwrap_or_default(), &iv, encrypted)
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |pair: &[u8; 2]| u8::try_from(digit(pair[0])? << 4 | digit(pair[1])?).ok();
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

fn checked(iterations: u32) -> Result<NonZeroU32, FileError> {
    NonZeroU32::new(iterations)
        .filter(|number| number.get() <= MAX_ITERATIONS)
        .ok_or_else(|| FileError::UnsupportedEncryption(format!("{iterations} iterations")))
}

fn unsupported(id: &ObjectIdentifier) -> FileError {
    FileError::UnsupportedEncryption(oid_name(id))
}

fn malformed() -> FileError {
    FileError::Key(KeyError::Encryption)
}
