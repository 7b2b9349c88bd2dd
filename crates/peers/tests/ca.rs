//! What the CA makes is what a stranger reads.

use modemtwin_peers::{
    ca::{Authority, Curve, Identity, Kind, Template, pki, rsa},
    crypto::{Hash, PrivateKey, PublicKey},
};
use std::{fs, path::Path, process::Command};

fn identities() -> Vec<(String, Identity)> {
    let curves = [Curve::P256, Curve::P384, Curve::P521];
    let kinds = [Kind::Rsa1024, Kind::Rsa2048].into_iter();
    let kinds = kinds.chain(curves.map(Kind::Ec)).chain(curves.map(Kind::EcByRsa));
    let mut all: Vec<_> = kinds.map(|k| (format!("{k:?}"), pki().server(k, "localhost"))).collect();
    all.extend([Hash::Md5, Hash::Sha1, Hash::Sha384, Hash::Sha512].map(|hash| {
        let template = Template::server("localhost").hash(hash);
        (format!("{hash:?}"), pki().rsa_root.identity(&template, rsa("rsa1024-server")))
    }));
    let pss = Template { pss: true, ..Template::server("localhost") };
    all.push(("pss".into(), pki().rsa_root.identity(&pss, rsa("rsa1024-server"))));
    all
}

fn openssl(arguments: &[&str], dir: &Path) -> Option<String> {
    let output = Command::new("openssl").args(arguments).current_dir(dir).output().ok()?;
    Some(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[test]
fn openssl_accepts_every_certificate_and_key() {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::write(dir.join("roots.pem"), pki().roots_pem()).unwrap();
    for (name, identity) in identities() {
        fs::write(dir.join("chain.pem"), identity.chain_pem()).unwrap();
        let verify =
            ["verify", "-auth_level", "0", "-CAfile", "roots.pem", "-untrusted", "chain.pem", "chain.pem"];
        let Some(said) = openssl(&verify, dir) else {
            println!("skipped: openssl is not installed");
            return;
        };
        assert_eq!(said, "chain.pem: OK\n", "{name}");
        for (form, pem) in [("pkcs8", identity.key_pem()), ("traditional", identity.key.traditional_pem())] {
            fs::write(dir.join("key.pem"), pem).unwrap();
            let said = openssl(&["pkey", "-in", "key.pem", "-noout", "-check"], dir);
            assert_eq!(said.as_deref(), Some("Key is valid\n"), "{name} {form}");
        }
    }
}

#[test]
fn same_call_gives_same_bytes_and_the_key_can_be_read_back() {
    for ((name, a), (_, b)) in identities().into_iter().zip(identities()) {
        assert_eq!(a.chain, b.chain, "{name}");
        let public = PublicKey::of_certificate(&a.chain[0]).unwrap();
        assert_eq!(public.to_spki(), a.key.public().to_spki(), "{name}");
    }
}

/// SHA-1 is shorter than the order of P-521: the digest is padded, not refused.
#[test]
fn short_digest_under_a_long_curve() {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let root = Authority::root(&Template::authority("P-521"), PrivateKey::ec(Curve::P521, "p-521"));
    let leaf = root.identity(&Template::server("localhost").hash(Hash::Sha1), rsa("rsa1024-server"));
    fs::write(dir.join("p521.pem"), root.pem()).unwrap();
    fs::write(dir.join("sha1.pem"), leaf.chain_pem()).unwrap();
    match openssl(&["verify", "-auth_level", "0", "-CAfile", "p521.pem", "sha1.pem"], dir) {
        Some(said) => assert_eq!(said, "sha1.pem: OK\n"),
        None => println!("skipped: openssl is not installed"),
    }
}
