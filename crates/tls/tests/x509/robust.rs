//! Nothing that a server sends or a host uploads makes the crate panic: every truncation and every flipped bit of
//! certificates, chains, PEM and keys, and the inputs in `fuzz/corpus`.
use crate::files::data;
use modemtwin_tls::x509::fuzzing;
use std::{fs, path::Path};
use testkit::{
    ca::{self, Authority, Template, der},
    crypto::{Curve, Hash, PrivateKey, Rng},
};

/// As a Certificate message has it.
fn message(chain: &[Vec<u8>]) -> Vec<u8> {
    chain.iter().flat_map(|der| [&(der.len() as u32).to_be_bytes()[1..], der].concat()).collect()
}

/// A chain with every extension that is looked at, under a root with name constraints.
fn rich_chain() -> Vec<Vec<u8>> {
    let directory =
        der::sequence(&[der::set(&[der::sequence(&[der::oid(&[2, 5, 4, 3]), der::utf8("leaf")])])]);
    let names = [
        der::tlv(0x81, b"a@b.test"),
        der::tlv(0x82, b"*.test"),
        der::tlv(0xa4, &directory),
        der::tlv(0x86, b"https://host.test/"),
        der::tlv(0x87, &[10, 0, 0, 1]),
        der::tlv(0x88, &[42, 3]),
    ];
    let subtree = |name: &[u8]| der::sequence(&[name.to_vec()]);
    let network = der::tlv(0x87, &[10, 0, 0, 0, 255, 0, 0, 0]);
    let constraints = der::sequence(&[
        der::tlv(0xa0, &[subtree(&names[2]), subtree(&der::tlv(0x82, b"test")), subtree(&network)].concat()),
        der::tlv(0xa1, &[subtree(&names[0]), subtree(&der::tlv(0x86, b".other.test"))].concat()),
    ]);
    let root = Authority::root(
        &Template {
            extensions: vec![(vec![2, 5, 29, 30], true, constraints)],
            ..Template::authority("root")
        },
        PrivateKey::ec(Curve::P256, "root"),
    );
    let template = Template {
        dns: vec![],
        ips: vec![],
        extensions: vec![(vec![2, 5, 29, 17], false, der::sequence(&names))],
        ..Template::server("leaf")
    };
    let leaf = root.issue(&template, &PrivateKey::ec(Curve::P256, "leaf").public());
    vec![leaf, root.certificate]
}

/// Small RSA keys, MD5 and PSS: the signatures that RustCrypto checks.
fn rsa_chain() -> Vec<Vec<u8>> {
    let key = || ca::rsa("rsa1024-root");
    let root = Authority::root(&Template { pss: true, ..Template::authority("root") }, key());
    let leaf = root.issue(&Template::server("host.test").hash(Hash::Md5), &key().public());
    vec![leaf, root.certificate]
}

fn every_truncation(bytes: &[u8], play: fn(&[u8])) {
    for end in 0..bytes.len() {
        play(&bytes[..end]);
    }
}

/// One bit in every `step` of them.
fn flipped_bits(bytes: &[u8], step: usize, play: fn(&[u8])) {
    let mut bytes = bytes.to_vec();
    for bit in (0..bytes.len() * 8).step_by(step) {
        bytes[bit / 8] ^= 1 << (bit % 8);
        play(&bytes);
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn spoiled_chains() {
    let message_of = |chain: Vec<Vec<u8>>| message(&chain);
    let (rich, rsa) = (message_of(rich_chain()), message_of(rsa_chain()));
    every_truncation(&rich, fuzzing::chain);
    flipped_bits(&rich, 1, fuzzing::chain);
    every_truncation(&rsa, fuzzing::chain);
    flipped_bits(&rsa, 3, fuzzing::chain);
}

#[test]
fn spoiled_files() {
    for (name, step) in [
        ("p256.crt.der", 1),
        ("p256.trusted.pem", 1),
        ("p256.sec1.pem", 1),
        ("p256.pkcs8.der", 1),
        ("p521.sec1.pem", 1),
        ("p256.old.des3.pem", 1),
        ("p256.pbes1.PBE-MD5-DES.pem", 5),
        ("p256.pbes1.PBE-SHA1-3DES.pem", 11),
        ("p256.pbes2.aes-128-cbc.hmacWithSHA1.pem", 5),
        ("rsa1024.pkcs8.der", 7),
        ("rsa1024.pkcs1.pem", 11),
    ] {
        let file = data(name);
        every_truncation(&file, fuzzing::file);
        flipped_bits(&file, step, fuzzing::file);
    }
}

#[test]
fn corpus() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for (kind, play) in [("x509_chain", fuzzing::chain as fn(&[u8])), ("key_file", fuzzing::file)] {
        let entries: Vec<_> = fs::read_dir(folder.join(kind)).unwrap().collect();
        assert!(!entries.is_empty(), "{kind}");
        for entry in entries {
            play(&fs::read(entry.unwrap().path()).unwrap());
        }
    }
}

/// Several spoiled bytes at once, and pieces of one input in another; `MUTATIONS` says how many inputs.
#[test]
#[ignore = "takes minutes"]
fn random_mutations() {
    let count: usize = std::env::var("MUTATIONS").map_or(200_000, |text| text.parse().unwrap());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let mut rng = Rng::new(1, "mutations");
    for (kind, play) in [("x509_chain", fuzzing::chain as fn(&[u8])), ("key_file", fuzzing::file)] {
        let entries = fs::read_dir(folder.join(kind)).unwrap();
        let seeds: Vec<_> = entries.map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
        let mut below =
            |limit: usize| rng.bytes(4).iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)) % limit;
        for _ in 0..count {
            let mut input = seeds[below(seeds.len())].clone();
            for _ in 0..below(8) {
                let at = below(input.len() + 1);
                match below(4) {
                    0 => input.insert(at, below(256) as u8),
                    1 => input.truncate(at),
                    2 => {
                        let other = &seeds[below(seeds.len())];
                        let from = below(other.len() + 1);
                        let to = (from + below(64)).min(other.len());
                        input.splice(at..at, other[from..to].iter().copied());
                    }
                    _ => {
                        if let Some(byte) = input.get_mut(at) {
                            *byte = [below(256) as u8, 0, 0x30, 0x7f, 0x80, 0xff][below(6)];
                        }
                    }
                }
            }
            play(&input);
        }
    }
}

/// Writes the seeds of the corpus: the chains of this file, and a few more that are odd in one place.
#[test]
#[ignore = "writes files"]
fn write_corpus() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let write = |kind: &str, name: &str, bytes: &[u8]| {
        fs::create_dir_all(folder.join(kind)).unwrap();
        fs::write(folder.join(kind).join(name), bytes).unwrap();
    };
    write("chain", "rich", &message(&rich_chain()));
    write("chain", "rsa", &message(&rsa_chain()));
    write("chain", "empty", b"");
    write("chain", "length-beyond-end", b"\xff\xff\xff\x30");
    write("chain", "long-der-length", b"\0\0\x06\x30\x84\xff\xff\xff\xff");
    write("chain", "indefinite-length", b"\0\0\x04\x30\x80\0\0");
    let nested = (0..200).fold(vec![], |inner, _| der::sequence(&[inner]));
    write("chain", "nested", &message(&[nested]));
    for name in ["p256.crt.der", "p256.trusted.pem", "p256.sec1.pem", "p256.pkcs8.der", "rsa1024.pkcs8.der"] {
        write("file", name, &data(name));
    }
    let both = [data("p256.crt.pem"), data("p256.sec1.pem")].concat();
    write("file", "identity", &both);
    write("file", "begin-without-end", b"-----BEGIN CERTIFICATE-----");
    write("file", "begin-only", b"-----BEGIN ");
    write(
        "file",
        "headers-only",
        b"-----BEGIN RSA PRIVATE KEY-----\nDEK-Info: AES-128-CBC,\n-----END RSA PRIVATE KEY-----",
    );
    write("file", "label-of-hyphens", b"-----BEGIN -----AAAA-----END -----");
}
