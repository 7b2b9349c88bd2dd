use super::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

fn expand(prf: Prf, secret: &[u8], label: &str, seeds: &[&[u8]], len: usize) -> Vec<u8> {
    let mut out = vec![0; len];
    prf.expand(secret, label, seeds, &mut out);
    out
}

/// Posted to the TLS working group in 1999 for RFC 2246.
#[test]
fn tls_1_0() {
    let expected = hex(
        "d3d4d1e349b5d515044666d51de32bab258cb521b6b053463e354832fd976754443bcf9a296519bc289abcbc1187e4eb\
         d31e602353776c408aafb74cbc85eff69255f9788faa184cbb957a9819d84a5d7eb006eb459d3ae8de9810454b8b2d8f\
         1afbc655a8c9a013",
    );
    assert_eq!(expand(Prf::Md5Sha1, &[0xab; 48], "PRF Testvector", &[&[0xcd; 64]], 104), expected);
}

/// Posted to the TLS working group in 2009 for RFC 5246 (msg03416).
#[test]
fn tls_1_2_sha_256() {
    let expected = hex(
        "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af\
         0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701\
         87347b66",
    );
    let (secret, seed) = (hex("9bbe436ba940f017b17652849a71db35"), hex("a0ba9f936cda311827a6f796ffd5198c"));
    assert_eq!(expand(Prf::Sha256, &secret, "test label", &[&seed], 100), expected);
    assert_eq!(expand(Prf::Sha256, &secret, "test label", &[&seed[..7], &seed[7..]], 100), expected);
}

/// From the same message.
#[test]
fn tls_1_2_sha_384() {
    let expected = hex(
        "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe34f82b1233c9146a0\
         e534cb400fed2700884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d918425\
         9b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee691c8f3a26854308d5eaa3be85e0990703\
         d73e56f",
    );
    let (secret, seed) = (hex("b80b733d6ceefcdc71566ea48e5567df"), hex("cd665cf6a8447dd6ff8b27555edb7465"));
    assert_eq!(expand(Prf::Sha384, &secret, "test label", &[&seed], 148), expected);
}

/// Nobody has published any; these were computed from RFC 6101 6.1 and 6.2.2 with other tools.
#[test]
fn ssl_3_0() {
    let premaster: Vec<u8> = (0..48).collect();
    let (client, server) = ([0xc1; 32], [0x5e; 32]);
    let master = Prf::Ssl30.master_secret(&premaster, &client, &server);
    assert_eq!(
        master.as_bytes()[..],
        hex(
            "a05f3ed2ae92fe140eff17db73c69c4ab203f50069d5eb18ae1fd3debdaa772fe72c06a24a46df08ec429c0d7c73c632"
        )
    );
    let same = MasterSecret(Zeroizing::new(premaster.try_into().unwrap()));
    let mut block = [0; 104];
    Prf::Ssl30.key_block(&same, &client, &server, &mut block);
    assert_eq!(
        block[..],
        hex(
            "df968868fd52241291aaee2679036f2c67e51d074747bef54fbb47443ad20269ba8a0ff663fdfce13a94d92d2ece675be0b52b837251ae030efb4ce92f6b368b4835643de6ddf815d7b9a38e76926bd1bc04369626c8dfdfa798a813db09c04dbe7234d265552ea8"
        )
    );
}

#[test]
fn the_function_follows_version_and_suite() {
    use crate::{suites::by_code, version::Version};
    let prf = |version: Version, suite| Prf::new(version.facts(), by_code(suite).unwrap());
    assert_eq!(prf(Version::Ssl30, 0x0035), Prf::Ssl30);
    assert_eq!(prf(Version::Tls10, 0x0035), Prf::Md5Sha1);
    assert_eq!(prf(Version::Tls11, 0xC013), Prf::Md5Sha1);
    assert_eq!(prf(Version::Tls12, 0x0035), Prf::Sha256);
    assert_eq!(prf(Version::Tls12, 0xC028), Prf::Sha384);
    assert_eq!(prf(Version::Tls12, 0xC030), Prf::Sha384);
}
