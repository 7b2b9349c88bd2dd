//! CBC records on their way out, encrypted and authenticated in one pass (`stitched`). Not every
//! processor has the assembler, and it is there for AES with HMAC-SHA-1 and HMAC-SHA-256 in
//! MAC-then-encrypt order alone; `cbc` makes the same records of parts.

use super::{Context, cbc::Format};
use crate::{
    Rng,
    crypto::Hash,
    error::Local,
    suites::Bulk,
    version::{CbcIv, MacFamily},
};
use stitched::BLOCK;

/// The direction from us.
pub(crate) struct Sealer {
    sealer: stitched::Sealer,
    iv: CbcIv,
}

impl Sealer {
    /// Nothing where there is no such assembler.
    pub(super) fn new(
        format: Format,
        bulk: Bulk,
        key: &[u8],
        iv: &[u8],
        hash: Hash,
        mac_key: &[u8],
    ) -> Option<Sealer> {
        let hash = match (hash, format.mac) {
            (Hash::Sha1, MacFamily::Hmac) => stitched::Hash::Sha1,
            (Hash::Sha256, MacFamily::Hmac) => stitched::Hash::Sha256,
            (Hash::Md5 | Hash::Sha384, _) | (_, MacFamily::Ssl30) => return None,
        };
        let is_aes = matches!(bulk, Bulk::Aes128Cbc | Bulk::Aes256Cbc);
        if !is_aes || format.encrypt_then_mac {
            return None;
        }
        let sealer = stitched::Sealer::new(hash, key, mac_key, iv.try_into().ok()?)?;
        Some(Sealer { sealer, iv: format.iv })
    }

    /// Whether the initialisation vector of the next record is known to the peer.
    pub(super) fn chains(&self) -> bool {
        self.iv == CbcIv::Chained
    }

    /// Encrypts a copy of `plaintext` at the end of `out`, in place.
    pub(super) fn seal(
        &mut self,
        context: Context,
        plaintext: &[u8],
        rng: &mut Rng,
        out: &mut Vec<u8>,
    ) -> Result<(), Local> {
        let start = out.len();
        // As in `cbc`, the explicit vector is a random block of plaintext.
        let iv: [u8; BLOCK];
        let iv = match self.iv {
            CbcIv::Chained => &[][..],
            CbcIv::Explicit => {
                iv = rng.bytes();
                &iv
            }
        };
        let content_len = iv.len() + plaintext.len();
        let sealed_len = self.sealer.sealed_len(content_len);
        out.reserve(sealed_len);
        out.extend_from_slice(iv);
        out.extend_from_slice(plaintext);
        out.resize(start + sealed_len, 0);
        let (_, record) = out.split_at_mut(start);
        let sealed = self.sealer.seal(context.bytes(content_len), record);
        sealed.map_err(|_| Local::Crypto("CBC encryption"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        crypto::Mac,
        record::{ContentType, block_cipher::Encryptor, cbc},
        version::Version,
    };

    /// Byte by byte what `cbc` makes, over one chain, for every length that ends differently and
    /// for the longest.
    #[test]
    fn records_are_those_made_of_parts() {
        let data: Vec<u8> = (0..1 << 14).map(|i: usize| (i % 251 + i / 251) as u8).collect();
        let key: [u8; 32] = std::array::from_fn(|i| i as u8 ^ 0x5e);
        let mut compared = 0;
        for version in [Version::Tls10, Version::Tls11, Version::Tls12] {
            for bulk in [Bulk::Aes128Cbc, Bulk::Aes256Cbc] {
                for hash in [Hash::Sha1, Hash::Sha256] {
                    let format = Format::new(version.facts(), false);
                    let (key, iv, mac_key) = (&key[..bulk.key_len()], &[0x1f; BLOCK], &[9; 32]);
                    let Some(mut joint) = Sealer::new(format, bulk, key, iv, hash, mac_key) else { continue };
                    let cipher = Encryptor::new(bulk, key, iv).unwrap();
                    let mac = Mac::hmac(hash, mac_key);
                    let mut parts = cbc::Sealer { cipher, mac, format, block_len: BLOCK };
                    let [mut ours, mut theirs] = [1, 1].map(|seed| Rng::from_seed([seed; 32]));
                    for len in (0..300).chain(data.len() - 130..=data.len()) {
                        let context = Context {
                            sequence: len as u64,
                            content_type: ContentType::ApplicationData,
                            version: version.code(),
                        };
                        let [mut one, mut other] = [vec![1, 2, 3], vec![1, 2, 3]];
                        joint.seal(context, &data[..len], &mut ours, &mut one).unwrap();
                        parts.seal(context, &data[..len], &mut theirs, &mut other).unwrap();
                        assert!(one == other, "{version} {bulk:?} {hash:?} {len}");
                        compared += 1;
                    }
                    assert_eq!(joint.chains(), parts.chains());
                }
            }
        }
        println!("{compared} records compared; 0 where there is no such assembler");
    }

    #[test]
    fn everything_else_is_left_to_the_parts() {
        let new = |version: Version, bulk: Bulk, hash: Hash, encrypt_then_mac| {
            let format = Format::new(version.facts(), encrypt_then_mac);
            let (key, iv) = (vec![1; bulk.key_len()], vec![2; bulk.iv_len()]);
            Sealer::new(format, bulk, &key, &iv, hash, &[3; 20])
        };
        assert!(new(Version::Ssl30, Bulk::Aes128Cbc, Hash::Sha1, false).is_none());
        assert!(new(Version::Tls12, Bulk::Aes128Cbc, Hash::Sha1, true).is_none());
        assert!(new(Version::Tls12, Bulk::Aes256Cbc, Hash::Sha384, false).is_none());
        assert!(new(Version::Tls10, Bulk::TripleDes, Hash::Sha1, false).is_none());
    }
}
