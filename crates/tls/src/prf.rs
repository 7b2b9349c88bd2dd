//! Pseudo-random functions and the secrets that come out of them.

use crate::{
    crypto::{Digest, Hash, Mac},
    suites::Suite,
    version::{Facts, PrfFamily},
};
use zeroize::Zeroizing;

/// The function that derives the secrets of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prf {
    /// RFC 6101 6.1 and 6.2.2.
    Ssl30,
    /// RFC 2246 5.
    Md5Sha1,
    /// RFC 5246 5.
    Sha256,
    /// RFC 5246 5 with SHA-384, as the suite says.
    Sha384,
}

/// The master secret: 48 bytes that everything else of a session is derived from. They stay in one
/// place, whoever owns them, because what is moved leaves a copy where it was.
#[derive(Clone)]
pub(crate) struct MasterSecret(Box<Zeroizing<[u8; 48]>>);

impl MasterSecret {
    /// For known answers and fuzzers: a connection derives its own.
    pub(crate) fn from_bytes(bytes: [u8; 48]) -> MasterSecret {
        MasterSecret(Box::new(Zeroizing::new(bytes)))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 48] {
        &self.0
    }
}

impl Prf {
    pub(crate) fn new(version: &Facts, suite: &Suite) -> Prf {
        match version.prf {
            PrfFamily::Ssl30 => Self::Ssl30,
            PrfFamily::Md5Sha1 => Self::Md5Sha1,
            PrfFamily::OfSuite if suite.prf == Hash::Sha384 => Self::Sha384,
            PrfFamily::OfSuite => Self::Sha256,
        }
    }

    /// RFC 5246 8.1.
    pub(crate) fn master_secret(
        self,
        premaster: &[u8],
        client: &[u8; 32],
        server: &[u8; 32],
    ) -> MasterSecret {
        let mut master = MasterSecret::from_bytes([0; 48]);
        self.expand(premaster, "master secret", &[client, server], &mut **master.0);
        master
    }

    /// RFC 7627 4.
    pub(crate) fn extended_master_secret(self, premaster: &[u8], session_hash: &Digest) -> MasterSecret {
        let mut master = MasterSecret::from_bytes([0; 48]);
        self.expand(premaster, "extended master secret", &[session_hash.as_ref()], &mut **master.0);
        master
    }

    /// RFC 5246 6.3; the randoms are the other way round than in the master secret.
    pub(crate) fn key_block(
        self,
        master: &MasterSecret,
        client: &[u8; 32],
        server: &[u8; 32],
        out: &mut [u8],
    ) {
        self.expand(master.as_bytes(), "key expansion", &[server, client], out);
    }

    /// RFC 5246 7.4.9. SSL 3.0 has another construction, see `Transcript::ssl30_hashes`.
    pub(crate) fn verify_data(self, master: &MasterSecret, label: &str, transcript: &Digest, out: &mut [u8]) {
        self.expand(master.as_bytes(), label, &[transcript.as_ref()], out);
    }

    fn expand(self, secret: &[u8], label: &str, seeds: &[&[u8]], out: &mut [u8]) {
        // Label and seeds are one string to all of the functions but SSL 3.0's, which has no label.
        let mut seed = [0; 128];
        let mut len = 0;
        let label = if self == Self::Ssl30 { "" } else { label };
        for part in [&[label.as_bytes()], seeds].concat() {
            seed[len..len + part.len()].copy_from_slice(part);
            len += part.len();
        }
        let seed = &seed[..len];
        out.fill(0);
        match self {
            Self::Ssl30 => ssl30(secret, seed, out),
            Self::Md5Sha1 => {
                // The two halves share the middle byte of a secret of odd length.
                let half = secret.len().div_ceil(2);
                p_hash(Hash::Md5, &secret[..half], seed, out);
                p_hash(Hash::Sha1, &secret[secret.len() - half..], seed, out);
            }
            Self::Sha256 => p_hash(Hash::Sha256, secret, seed, out),
            Self::Sha384 => p_hash(Hash::Sha384, secret, seed, out),
        }
    }
}

/// P_hash of RFC 5246 5, combined into `out` with xor.
fn p_hash(hash: Hash, secret: &[u8], seed: &[u8], out: &mut [u8]) {
    let mac = Mac::hmac(hash, secret);
    let mut a = Zeroizing::new(None);
    for chunk in out.chunks_mut(hash.output_len()) {
        let next = match &*a {
            None => mac.sign(&[seed]),
            Some(a) => mac.sign(&[Digest::as_ref(a)]),
        };
        let output = Zeroizing::new(mac.sign(&[next.as_ref(), seed]));
        chunk.iter_mut().zip(output.as_ref()).for_each(|(out, byte)| *out ^= byte);
        *a = Some(next);
    }
}

/// MD5(secret + SHA-1("A" + secret + seed)), then "BB", "CCC" and so on (RFC 6101 6.1).
fn ssl30(secret: &[u8], seed: &[u8], out: &mut [u8]) {
    for (chunk, (letter, count)) in out.chunks_mut(16).zip((b'A'..=b'Z').zip(1..)) {
        let salt = [letter; 26];
        let inner = Zeroizing::new(Hash::Sha1.digest(&[&salt[..count], secret, seed]));
        let output = Zeroizing::new(Hash::Md5.digest(&[secret, inner.as_ref()]));
        chunk.copy_from_slice(&output.as_ref()[..chunk.len()]);
    }
}

#[cfg(test)]
mod tests;
