use super::*;
use crate::{crypto::Hash, record::ContentType, suites::Bulk, version::Version, work};

#[test]
fn quotients_are_right_wherever_they_are_needed() {
    for b in [16, 20, 32, 48] {
        for a in 0..=1000 {
            assert_eq!(quotient(a, b), a / b, "{a} / {b}");
        }
    }
}

#[test]
fn a_code_is_found_at_every_place() {
    let window: Vec<u8> = (0..=255).chain(0..60).collect();
    for len in [16, 20, 32, 48] {
        for at in 0..=256 {
            let found = extract(&window[..256 + len], at, len);
            assert_eq!(found[..len], window[usize::from(at)..][..len], "{len} bytes at {at}");
        }
    }
}

fn context() -> Context {
    Context { sequence: 7, content_type: ContentType::ApplicationData, version: 0x0301 }
}

fn pair(version: Version, bulk: Bulk, hash: Hash, encrypt_then_mac: bool) -> (Sealer, Opener) {
    let facts = version.facts();
    let (key, iv) = (vec![0x5e; bulk.key_len()], vec![0x1f; bulk.iv_len()]);
    // Three times the same key is no Triple DES key to the library.
    let key: Vec<u8> = key.iter().zip(0..).map(|(byte, i)| byte ^ i).collect();
    let mac = || match facts.mac {
        MacFamily::Ssl30 => Mac::ssl30(hash, &vec![9; hash.output_len()]),
        MacFamily::Hmac => Mac::hmac(hash, &vec![9; hash.output_len()]),
    };
    let format = Format::new(facts, encrypt_then_mac);
    let cipher = Encryptor::new(bulk, &key, &iv).unwrap();
    let sealer = Sealer { cipher, mac: mac(), format, block_len: bulk.iv_len() };
    let cipher = Decryptor::new(bulk, &key).unwrap();
    (sealer, Opener { cipher, chain: Chain::after(&iv), mac: mac(), format })
}

fn all_formats() -> impl Iterator<Item = (Version, Bulk, Hash, bool)> {
    Version::ALL.into_iter().flat_map(|version| {
        [Bulk::TripleDes, Bulk::Aes128Cbc, Bulk::Aes256Cbc].into_iter().flat_map(move |bulk| {
            [Hash::Sha1, Hash::Sha256, Hash::Sha384].into_iter().flat_map(move |hash| {
                // SSL 3.0 has neither other MACs nor extensions.
                let known = version > Version::Ssl30 || hash == Hash::Sha1;
                let orders: &[bool] = match (known, version) {
                    (false, _) => &[],
                    (true, Version::Ssl30) => &[false],
                    (true, _) => &[false, true],
                };
                orders.iter().map(move |&order| (version, bulk, hash, order))
            })
        })
    })
}

#[test]
fn records_of_every_length_open_again() {
    let mut rng = Rng::from_seed([1; 32]);
    let data: Vec<u8> = (0..600).map(|i| (i * 3) as u8).collect();
    for (version, bulk, hash, order) in all_formats() {
        let (mut sealer, mut opener) = pair(version, bulk, hash, order);
        for len in (0..180).chain([255, 256, 257, 300, 511, 512, 600]) {
            let mut record = vec![0xEE];
            sealer.seal(context(), &data[..len], &mut rng, &mut record).unwrap();
            let (_, fragment) = record.split_at_mut(1);
            let place = opener.open(context(), fragment).unwrap();
            assert_eq!(fragment[place], data[..len], "{version} {bulk:?} {hash:?} {order} {len}");
        }
    }
}

#[test]
fn no_bit_can_be_changed() {
    let mut rng = Rng::from_seed([1; 32]);
    for (version, bulk, hash, order) in all_formats() {
        for len in [0, 20, 70] {
            let (mut sealer, _) = pair(version, bulk, hash, order);
            let mut record = Vec::new();
            sealer.seal(context(), &vec![3; len], &mut rng, &mut record).unwrap();
            for byte in 0..record.len() {
                let (_, mut opener) = pair(version, bulk, hash, order);
                let mut changed = record.clone();
                changed[byte] ^= 1 << (byte % 8);
                // SSL 3.0 leaves the bytes of the padding open, all but the last.
                if let Ok(place) = opener.open(context(), &mut changed) {
                    let padding = record.len() - place.end - hash.output_len();
                    assert_eq!((version, changed[place].to_vec()), (Version::Ssl30, vec![3; len]), "{byte}");
                    assert!(padding > 1);
                }
            }
        }
    }
}

#[test]
fn no_cut_opens() {
    let mut rng = Rng::from_seed([1; 32]);
    for (version, bulk, hash, order) in all_formats() {
        let (mut sealer, _) = pair(version, bulk, hash, order);
        let mut record = Vec::new();
        sealer.seal(context(), b"some text", &mut rng, &mut record).unwrap();
        for len in 0..record.len() {
            let (_, mut opener) = pair(version, bulk, hash, order);
            assert_eq!(opener.open(context(), &mut record.clone()[..len]), Err(BadRecord), "{len}");
        }
    }
}

/// Encrypts a fragment whose content, code and padding are given as they are.
fn craft(version: Version, hash: Hash, content: &[u8], padding: &[u8]) -> (Vec<u8>, Opener) {
    let (mut sealer, opener) = pair(version, Bulk::Aes128Cbc, hash, false);
    let hasher = start_mac(&sealer.mac, sealer.format.mac, context(), content.len());
    let mut hasher = hasher;
    hasher.update(content);
    let code = sealer.mac.finish(hasher.finish());
    let iv = vec![0; sealer.format.iv_len(16)];
    let plain = [&iv, content, code.as_ref(), padding].concat();
    assert_eq!(plain.len() % 16, 0);
    let mut fragment = vec![0; plain.len()];
    sealer.cipher.encrypt(&plain, &mut fragment).unwrap();
    (fragment, opener)
}

#[test]
fn padding_may_be_as_long_as_256_bytes_but_must_be_right() {
    for version in [Version::Tls10, Version::Tls11, Version::Tls12] {
        for len in 1..=256 {
            let content = vec![1; (1024 - 20 - len) % 16 + 64];
            let right = vec![(len - 1) as u8; len];
            let (mut fragment, mut opener) = craft(version, Hash::Sha1, &content, &right);
            let place = opener.open(context(), &mut fragment).unwrap();
            assert_eq!(fragment[place], content);
            for wrong in 0..len {
                let mut padding = right.clone();
                padding[wrong] ^= 0x80;
                let (mut fragment, mut opener) = craft(version, Hash::Sha1, &content, &padding);
                assert_eq!(opener.open(context(), &mut fragment), Err(BadRecord), "{len} {wrong}");
            }
        }
    }
}

#[test]
fn ssl_3_padding_is_at_most_a_block_of_anything() {
    for len in 1..=16 {
        let mut padding = vec![0xA5; len];
        padding[len - 1] = (len - 1) as u8;
        let content = vec![1; (1024 - 20 - len) % 16 + 64];
        let (mut fragment, mut opener) = craft(Version::Ssl30, Hash::Sha1, &content, &padding);
        let place = opener.open(context(), &mut fragment).unwrap();
        assert_eq!(fragment[place], content);
    }
    let content = vec![1; 64 + 12 - 1];
    let padding = vec![16; 17];
    let (mut fragment, mut opener) = craft(Version::Ssl30, Hash::Sha1, &content, &padding);
    assert_eq!(opener.open(context(), &mut fragment), Err(BadRecord));
}

/// "Lucky Thirteen": what a record costs must not tell how long its padding is, nor whether it is
/// right.
#[test]
fn all_paddings_cost_the_same() {
    for hash in [Hash::Sha1, Hash::Sha256, Hash::Sha384] {
        for total in [320, 512, 1024, 4096] {
            let mut costs = Vec::new();
            for len in 1..=256 {
                for right in [true, false] {
                    let mut padding = vec![(len - 1) as u8; len];
                    padding[0] ^= u8::from(!right && len > 1);
                    let content = vec![1; usize::saturating_sub(total, hash.output_len() + len)];
                    if content.len() + hash.output_len() + len != total {
                        continue;
                    }
                    let (mut fragment, mut opener) = craft(Version::Tls12, hash, &content, &padding);
                    let (cost, opened) = work::counted(|| opener.open(context(), &mut fragment).is_ok());
                    assert_eq!(opened, right || len == 1);
                    costs.push(cost);
                }
            }
            assert!(costs.iter().all(|&cost| cost == costs[0]), "{hash:?} {total} {costs:?}");
        }
    }
}
