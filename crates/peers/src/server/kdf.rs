//! From the premaster secret to keys and verify_data, in each version.

use super::{config::Version, suites::Suite};
use crate::crypto::Hash;

/// Which side a Finished message is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
}

/// The secrets of one direction.
#[derive(Clone, Debug)]
pub struct DirectionKeys {
    /// Key of the MAC; empty with GCM.
    pub mac: Vec<u8>,
    /// Key of the cipher.
    pub key: Vec<u8>,
    /// The first initialisation vector, or the salt of GCM.
    pub iv: Vec<u8>,
}

/// How a version and suite derive.
#[derive(Clone, Copy, Debug)]
pub struct Kdf {
    /// The version.
    pub version: Version,
    /// The suite.
    pub suite: &'static Suite,
}

impl Kdf {
    /// The master secret from both randoms (RFC 5246 8.1, RFC 6101 6.1).
    pub(super) fn master(self, premaster: &[u8], client: &[u8], server: &[u8]) -> Vec<u8> {
        let seed = [client, server].concat();
        match self.version {
            Version::Ssl30 => ssl3_ladder(premaster, &seed, 48),
            Version::Tls10 | Version::Tls11 | Version::Tls12 => {
                self.prf(premaster, b"master secret", &seed, 48)
            }
        }
    }

    /// The master secret from the handshake so far (RFC 7627 4).
    pub(super) fn extended_master(self, premaster: &[u8], transcript: &[u8]) -> Vec<u8> {
        self.prf(premaster, b"extended master secret", &self.session_hash(transcript), 48)
    }

    /// client and server keys out of the key block (RFC 5246 6.3, RFC 6101 6.2.2).
    pub fn keys(self, master: &[u8], client: &[u8], server: &[u8]) -> (DirectionKeys, DirectionKeys) {
        let bulk = self.suite.bulk;
        let mac_len = if bulk.is_aead() { 0 } else { self.suite.mac.size() };
        let iv_len = if bulk.is_aead() { 4 } else { bulk.block().unwrap_or(0) };
        let seed = [server, client].concat();
        let len = 2 * (mac_len + bulk.key_len() + iv_len);
        let mut block = match self.version {
            Version::Ssl30 => ssl3_ladder(master, &seed, len),
            Version::Tls10 | Version::Tls11 | Version::Tls12 => {
                self.prf(master, b"key expansion", &seed, len)
            }
        };
        let mut cut = |n: usize| block.drain(..n).collect::<Vec<u8>>();
        let (client_mac, server_mac) = (cut(mac_len), cut(mac_len));
        let (client_key, server_key) = (cut(bulk.key_len()), cut(bulk.key_len()));
        let (client_iv, server_iv) = (cut(iv_len), cut(iv_len));
        (
            DirectionKeys { mac: client_mac, key: client_key, iv: client_iv },
            DirectionKeys { mac: server_mac, key: server_key, iv: server_iv },
        )
    }

    /// Content of a Finished message (RFC 5246 7.4.9, RFC 6101 5.6.9).
    pub(super) fn verify_data(self, master: &[u8], side: Side, transcript: &[u8]) -> Vec<u8> {
        if self.version == Version::Ssl30 {
            let sender: &[u8] = match side {
                Side::Client => b"CLNT",
                Side::Server => b"SRVR",
            };
            return [Hash::Md5, Hash::Sha1]
                .map(|hash| ssl3_handshake_hash(hash, master, sender, transcript))
                .concat();
        }
        let label: &[u8] = match side {
            Side::Client => b"client finished",
            Side::Server => b"server finished",
        };
        self.prf(master, label, &self.session_hash(transcript), 12)
    }

    /// Hash of the handshake messages as the PRF uses it.
    fn session_hash(self, transcript: &[u8]) -> Vec<u8> {
        match self.version {
            Version::Ssl30 | Version::Tls10 | Version::Tls11 => {
                [Hash::Md5, Hash::Sha1].map(|hash| hash.digest(&[transcript])).concat()
            }
            Version::Tls12 => self.suite.prf.digest(&[transcript]),
        }
    }

    /// RFC 5246 5, RFC 2246 5.
    fn prf(self, secret: &[u8], label: &[u8], seed: &[u8], len: usize) -> Vec<u8> {
        let seed = [label, seed].concat();
        if self.version == Version::Tls12 {
            return p_hash(self.suite.prf, secret, &seed, len);
        }
        // Each half gets the middle byte when the length is odd.
        let half = secret.len().div_ceil(2);
        let md5 = p_hash(Hash::Md5, &secret[..half], &seed, len);
        let sha1 = p_hash(Hash::Sha1, &secret[secret.len() - half..], &seed, len);
        md5.iter().zip(sha1).map(|(a, b)| a ^ b).collect()
    }
}

/// RFC 6101 5.6.8 and 5.6.9: the inner and outer padded hash of the handshake messages.
pub(super) fn ssl3_handshake_hash(hash: Hash, master: &[u8], sender: &[u8], transcript: &[u8]) -> Vec<u8> {
    let (pad1, pad2) = ssl3_pads(hash);
    let inner = hash.digest(&[transcript, sender, master, &pad1]);
    hash.digest(&[master, &pad2, &inner])
}

/// pad_1 and pad_2 of RFC 6101 5.2.3.1.
pub(super) fn ssl3_pads(hash: Hash) -> (Vec<u8>, Vec<u8>) {
    let len = if hash == Hash::Md5 { 48 } else { 40 };
    (vec![0x36; len], vec![0x5c; len])
}

/// RFC 6101 6.1 and 6.2.2: MD5 over SHA-1 with `A`, `BB`, `CCC`, ...
fn ssl3_ladder(secret: &[u8], seed: &[u8], len: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for (letter, n) in (b'A'..).zip(1..) {
        if out.len() >= len {
            break;
        }
        let inner = Hash::Sha1.digest(&[&vec![letter; n], secret, seed]);
        out.extend(Hash::Md5.digest(&[secret, &inner]));
    }
    out.truncate(len);
    out
}

fn p_hash(hash: Hash, secret: &[u8], seed: &[u8], len: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut a = seed.to_vec();
    while out.len() < len {
        a = hash.hmac(secret, &[&a]);
        out.extend(hash.hmac(secret, &[&a, seed]));
    }
    out.truncate(len);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::suites;

    /// The known answers for P_SHA256 and P_SHA384 that circulate with RFC 5246.
    #[test]
    fn tls12_prf_known_answers() {
        let kdf = |code| Kdf { version: Version::Tls12, suite: suites::by_code(code).unwrap() };
        let sha256 = kdf(0xc02f).prf(
            b"\x9b\xbe\x43\x6b\xa9\x40\xf0\x17\xb1\x76\x52\x84\x9a\x71\xdb\x35",
            b"test label",
            b"\xa0\xba\x9f\x93\x6c\xda\x31\x18\x27\xa6\xf7\x96\xff\xd5\x19\x8c",
            16,
        );
        assert_eq!(sha256, b"\xe3\xf2\x29\xba\x72\x7b\xe1\x7b\x8d\x12\x26\x20\x55\x7c\xd4\x53");
        let sha384 = kdf(0xc030).prf(
            b"\xb8\x0b\x73\x3d\x6c\xee\xfc\xdc\x71\x56\x6e\xa4\x8e\x55\x67\xdf",
            b"test label",
            b"\xcd\x66\x5c\xf6\xa8\x44\x7d\xd6\xff\x8b\x27\x55\x5e\xdb\x74\x65",
            16,
        );
        assert_eq!(sha384, b"\x7b\x0c\x18\xe9\xce\xd4\x10\xed\x18\x04\xf2\xcf\xa3\x4a\x33\x6a");
    }
}
