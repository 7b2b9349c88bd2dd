use super::*;

const ALL: [Hash; 4] = [Hash::Md5, Hash::Sha1, Hash::Sha256, Hash::Sha384];

/// The libraries' own digest interface, as a second opinion.
fn reference(hash: Hash, data: &[u8]) -> Vec<u8> {
    use md5::Digest;
    match hash {
        Hash::Md5 => md5::Md5::digest(data).to_vec(),
        Hash::Sha1 => sha1::Sha1::digest(data).to_vec(),
        Hash::Sha256 => sha2::Sha256::digest(data).to_vec(),
        Hash::Sha384 => sha2::Sha384::digest(data).to_vec(),
    }
}

fn sample(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 7 + i / 251) as u8).collect()
}

#[test]
fn digests_of_every_length_agree_with_the_libraries() {
    let data = sample(400);
    for hash in ALL {
        for len in 0..data.len() {
            assert_eq!(
                hash.digest(&[&data[..len]]).as_ref(),
                reference(hash, &data[..len]),
                "{hash:?} {len}"
            );
        }
    }
}

#[test]
fn pieces_do_not_matter() {
    let data = sample(300);
    for hash in ALL {
        let whole = reference(hash, &data);
        for cut in 0..data.len() {
            assert_eq!(hash.digest(&[&data[..cut], &[], &data[cut..]]).as_ref(), whole, "{hash:?} {cut}");
        }
    }
}

#[test]
fn stopping_at_a_secret_length_gives_the_digest_of_the_prefix() {
    let data = sample(600);
    for hash in ALL {
        for prefix in [0, 1, 13, 55, 56, 60, 64, 111, 112, 127] {
            for known in [0, 1, 63, 64, 200] {
                let mut hasher = Hasher::new(hash);
                hasher.update(&data[..prefix]);
                let data = &data[prefix..];
                for max in [known, known + 1, known + 70, known + 255] {
                    for len in known..=max {
                        let expected = reference(hash, &[&sample(prefix)[..], &data[..len]].concat());
                        let got = hasher.clone().finish_at(&data[..max], known, len as u16);
                        assert_eq!(got.as_ref(), expected, "{hash:?} {prefix} {known} {len} {max}");
                    }
                }
            }
        }
    }
}

#[test]
fn stopping_at_a_secret_length_costs_the_same_everywhere() {
    let data = sample(1000);
    for hash in ALL {
        let work = |len| {
            let (cost, _) = work::counted(|| Hasher::new(hash).finish_at(&data, 745, len));
            cost
        };
        let all: Vec<usize> = (745..=1000).map(work).collect();
        assert!(all.iter().all(|&cost| cost == all[0]), "{hash:?} {all:?}");
    }
}
