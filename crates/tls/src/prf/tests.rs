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

/// The first cases of NIST's vectors for SP 800-135, TLS 1.0/1.1 and TLS 1.2 with SHA-256: what premaster and master
/// secret become.
#[test]
fn nist() {
    let cases = [
        (
            Prf::Md5Sha1,
            [
                "bded7fa5c1699c010be23dd06ada3a48349f21e5f86263d512c0c5cc379f0e780ec55d9844b2f1db02a96453513568d0",
                "e5acaf549cd25c22d964c0d930fa4b5261d2507fad84c33715b7b9a864020693",
                "135e4d557fdf3aa6406d82975d5c606a9734c9334b42136e96990fbd5358cdb2",
                "2f6962dfbc744c4b2138bb6b3d33054c5ecc14f24851d9896395a44ab3964efc2090c5bf51a0891209f46c1e1e998f62",
                "d58a7b1cd4fedaa232159df652ce188f9d997e061b9bf48e83b62990440931f6",
                "67267e650eb32444119d222a368c191af3082888dc35afe8368e638c828874be",
                "3088825988e77fce68d19f756e18e43eb7fe672433504feaf99b3c503d9091b164f166db301d70c9fc0870b4a94563907\
                 bee1a61fb786cb717576890bcc51cb9ead97e01d0a2fea99c953377b195205ff07b369589178796edc963fd80fdbe518a2\
                 fc1c35c18ae8d",
            ],
        ),
        (
            Prf::Sha256,
            [
                "f8938ecc9edebc5030c0c6a441e213cd24e6f770a50dda07876f8d55da062bcadb386b411fd4fe4313a604fce6c17fbc",
                "36c129d01a3200894b9179faac589d9835d58775f9b5ea3587cb8fd0364cae8c",
                "f6c9575ed7ddd73e1f7d16eca115415812a43c2b747daaaae043abfb50053fce",
                "202c88c00f84a17a20027079604787461176455539e705be730890602c289a5001e34eeb3a043e5d52a65e66125188bf",
                "62e1fd91f23f558a605f28478c58cf72637b89784d959df7e946d3f07bd1b616",
                "ae6c806f8ad4d80784549dff28a4b58fd837681a51d928c3e30ee5ff14f39868",
                "d06139889fffac1e3a71865f504aa5d0d2a2e89506c6f2279b670c3e1b74f531016a2530c51a3a0f7e1d6590d0f0566b2\
                 f387f8d11fd4f731cdd572d2eae927f6f2f81410b25e6960be68985add6c38445ad9f8c64bf8068bf9a6679485d966f1a\
                 d6f68b43495b10a683755ea2b858d70ccac7ec8b053c6bd41ca299d4e51928",
            ],
        ),
    ];
    for (prf, texts) in cases {
        let [premaster, client, server, master, key_client, key_server, block] = texts.map(hex);
        let random = |bytes: Vec<u8>| <[u8; 32]>::try_from(bytes).unwrap();
        let derived = prf.master_secret(&premaster, &random(client), &random(server));
        assert_eq!(derived.as_bytes()[..], master);
        let mut out = vec![0; block.len()];
        prf.key_block(&derived, &random(key_client), &random(key_server), &mut out);
        assert_eq!(out, block);
    }
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
    let same = MasterSecret::from_bytes(premaster.try_into().unwrap());
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
