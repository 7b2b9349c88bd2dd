//! Public keys and signatures, the good and the spoiled.
use modemtwin_tls::sign::{
    Curve, EcPublicKey, Hash, PrivateKey, PublicKey, RsaPublicKey, SignError, SignatureScheme, VerifyError,
};
use testkit::{
    ca::{self, der},
    crypto,
};

fn rsa(name: &str) -> PublicKey {
    PublicKey::from_spki(&ca::rsa(name).public().to_spki()).unwrap()
}

fn ec(curve: crypto::Curve) -> PublicKey {
    PublicKey::from_spki(&crypto::PrivateKey::ec(curve, "key").public().to_spki()).unwrap()
}

#[test]
fn keys_show_their_parts() {
    let PublicKey::Rsa(key) = rsa("rsa2048-server") else { panic!() };
    assert_eq!((key.bits(), key.modulus().len(), key.exponent()), (2048, 256, &[1, 0, 1][..]));
    assert_eq!(RsaPublicKey::from_pkcs1(key.pkcs1_der()).as_ref(), Ok(&key));
    assert_eq!(RsaPublicKey::new(key.modulus(), key.exponent()).as_ref(), Ok(&key));
    for (curve, name, length) in [
        (crypto::Curve::P256, Curve::P256, 65),
        (crypto::Curve::P384, Curve::P384, 97),
        (crypto::Curve::P521, Curve::P521, 133),
    ] {
        let PublicKey::Ec(key) = ec(curve) else { panic!() };
        assert_eq!((key.curve(), key.point().len()), (name, length));
        assert_eq!(EcPublicKey::new(name, key.point()).as_ref(), Ok(&key));
    }
}

#[test]
fn keys_print_readably_and_keep_their_secret() {
    assert_eq!(rsa("rsa1024-root").to_string(), "RSA-1024");
    assert_eq!(ec(crypto::Curve::P521).to_string(), "ECDSA P-521");
    let key = PrivateKey::from_pkcs1(&ca::rsa("rsa1024-root").traditional_der()).unwrap();
    assert_eq!(format!("{key:?}"), "PrivateKey(RSA-1024)");
}

#[test]
fn impossible_keys_say_why() {
    let PublicKey::Ec(good) = ec(crypto::Curve::P256) else { panic!() };
    let mut off_curve = good.point().to_vec();
    off_curve[64] ^= 1;
    let compressed = [&[2 + (good.point()[64] & 1)], &good.point()[1..33]].concat();
    for (point, expected) in [
        (&off_curve[..], "the key's point is not on P-256"),
        (&compressed, "the key's point is not in the uncompressed form"),
        (&[0], "the key's point is not in the uncompressed form"),
        (&[], "the key's point is not in the uncompressed form"),
        (&good.point()[..64], "the key's point is not on P-256"),
    ] {
        assert_eq!(EcPublicKey::new(Curve::P256, point).unwrap_err().to_string(), expected);
    }

    let modulus = |bytes: usize, first: u8, last: u8| {
        let mut modulus = vec![0xa5; bytes];
        modulus[0] = first;
        modulus[bytes - 1] = last;
        modulus
    };
    let impossible = "the RSA key's modulus or exponent is impossible";
    for (modulus, exponent, expected) in [
        (modulus(128, 0x80, 1), &[1, 0, 1][..], Ok(1024)),
        (modulus(1024, 0x80, 1), &[3], Ok(8192)),
        (modulus(128, 0x7f, 1), &[3], Err("an RSA key of 1023 bits is not supported, only 1024 to 8192")),
        (modulus(1025, 1, 1), &[3], Err("an RSA key of 8193 bits is not supported, only 1024 to 8192")),
        (modulus(128, 0x80, 2), &[3], Err(impossible)),
        (modulus(128, 0x80, 1), &[2], Err(impossible)),
        (modulus(128, 0x80, 1), &[1], Err(impossible)),
        (modulus(128, 0x80, 1), &[0], Err(impossible)),
        (modulus(128, 0x80, 1), &[1, 0xff, 0xff, 0xff, 0xff], Ok(1024)),
        (modulus(128, 0x80, 1), &[2, 0, 0, 0, 1], Err(impossible)),
        (modulus(128, 0x80, 1), &[1, 0, 0, 0, 0, 0, 0, 0, 1], Err(impossible)),
    ] {
        let key = RsaPublicKey::new(&modulus, exponent).map(|key| key.bits());
        assert_eq!(key.map_err(|error| error.to_string()), expected.map_err(str::to_owned));
    }

    let spki = |algorithm: &[Vec<u8>], key: &[u8]| der::sequence(&[der::sequence(algorithm), der::bits(key)]);
    let ec_public_key = der::oid(&[1, 2, 840, 10045, 2, 1]);
    for (spki, expected) in [
        (
            spki(&[ec_public_key.clone(), der::oid(&[1, 3, 132, 0, 10])], &[4]),
            "curve 1.3.132.0.10 is not supported, only P-256, P-384 and P-521",
        ),
        (spki(&[ec_public_key, der::sequence(&[])], &[4]), "the key does not name its curve"),
        (
            spki(&[der::oid(&[1, 2, 840, 10040, 4, 1])], &[]),
            "id-dsa (1.2.840.10040.4.1) keys are not supported, only RSA and ECDSA ones",
        ),
        (vec![0x30, 0], "the key is malformed: "),
    ] {
        let error = PublicKey::from_spki(&spki).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn signatures_of_strangers_verify() {
    for name in ["rsa1024-server", "rsa2048-server", "rsa4096"] {
        let (ours, theirs) = (rsa(name), ca::rsa(name));
        for (scheme, hash) in [
            (SignatureScheme::RSA_PKCS1_MD5, crypto::Hash::Md5),
            (SignatureScheme::RSA_PKCS1_SHA1, crypto::Hash::Sha1),
            (SignatureScheme::RSA_PKCS1_SHA256, crypto::Hash::Sha256),
            (SignatureScheme::RSA_PKCS1_SHA384, crypto::Hash::Sha384),
            (SignatureScheme::RSA_PKCS1_SHA512, crypto::Hash::Sha512),
        ] {
            check(&ours, scheme, &theirs.sign(hash, b"message"));
        }
        let crypto::PrivateKey::Rsa(key) = &theirs else { panic!() };
        let digest = Hash::Md5Sha1.digest(b"message");
        check(&ours, SignatureScheme::RSA_PKCS1_MD5_SHA1, &key.sign_pkcs1(None, digest.as_ref()));
        let pss = key.sign_pss(
            crypto::Hash::Sha256,
            &crypto::Hash::Sha256.digest(&[b"message"]),
            &mut crypto::Rng::new(1, "salt"),
        );
        check(&ours, SignatureScheme::RSA_PSS_RSAE_SHA256, &pss);
    }
    for curve in [crypto::Curve::P256, crypto::Curve::P384, crypto::Curve::P521] {
        let theirs = crypto::PrivateKey::ec(curve, "key");
        for (scheme, hash) in [
            (SignatureScheme::ECDSA_SHA1, crypto::Hash::Sha1),
            (SignatureScheme::ECDSA_SHA256, crypto::Hash::Sha256),
            (SignatureScheme::ECDSA_SHA384, crypto::Hash::Sha384),
            (SignatureScheme::ECDSA_SHA512, crypto::Hash::Sha512),
        ] {
            check(&ec(curve), scheme, &theirs.sign(hash, b"message"));
        }
    }
}

/// The signature verifies; no part of it may change.
fn check(key: &PublicKey, scheme: SignatureScheme, signature: &[u8]) {
    assert_eq!(key.verify(scheme, b"message", signature), Ok(()), "{key} {scheme}");
    let wrong = Err(VerifyError::WrongSignature);
    assert_eq!(key.verify(scheme, b"Message", signature), wrong, "{key} {scheme}");
    for spoil in [
        &signature[1..],
        &signature[..signature.len() - 1],
        &[signature, &[0]].concat(),
        &[&[0], signature].concat(),
        &vec![0; signature.len()],
        &vec![0xff; signature.len()],
        &[],
    ] {
        assert_eq!(key.verify(scheme, b"message", spoil), wrong, "{key} {scheme}");
    }
    let mut flipped = signature.to_vec();
    flipped[signature.len() / 2] ^= 1;
    assert_eq!(key.verify(scheme, b"message", &flipped), wrong, "{key} {scheme}");
}

#[test]
fn schemes_keys_and_digests_must_fit_each_other() {
    let (rsa_key, ec_key) = (rsa("rsa1024-server"), ec(crypto::Curve::P256));
    let verify =
        |key: &PublicKey, scheme, digest: &[u8]| key.verify_digest(scheme, digest, &[0; 128]).unwrap_err();
    assert_eq!(verify(&rsa_key, SignatureScheme::ECDSA_SHA256, &[0; 32]), VerifyError::WrongKeyKind);
    assert_eq!(verify(&ec_key, SignatureScheme::RSA_PKCS1_SHA256, &[0; 32]), VerifyError::WrongKeyKind);
    assert_eq!(verify(&ec_key, SignatureScheme::ECDSA_SHA256, &[0; 20]), VerifyError::WrongDigestLength);
    assert_eq!(verify(&rsa_key, SignatureScheme(0x0807), &[0; 32]), VerifyError::UnknownScheme);

    let key = PrivateKey::from_pkcs1(&ca::rsa("rsa1024-server").traditional_der()).unwrap();
    let sign = |scheme, digest: &[u8]| key.sign_digest(scheme, digest).unwrap_err();
    let scheme = SignatureScheme::ECDSA_SHA256;
    assert_eq!(sign(scheme, &[0; 32]), SignError::Scheme(scheme));
    let scheme = SignatureScheme::RSA_PKCS1_MD5;
    assert_eq!(sign(scheme, &[0; 16]), SignError::Scheme(scheme));
    let scheme = SignatureScheme(0x0807);
    assert_eq!(sign(scheme, &[0; 32]), SignError::Scheme(scheme));
    assert_eq!(sign(SignatureScheme::RSA_PKCS1_SHA256, &[0; 20]), SignError::WrongDigestLength);
    assert_eq!(sign(SignatureScheme::RSA_PSS_RSAE_SHA512, &[0; 64]), SignError::Failed);
}

#[test]
fn schemes_print_their_names() {
    assert_eq!(SignatureScheme::RSA_PKCS1_SHA256.to_string(), "rsa_pkcs1_sha256");
    assert_eq!(format!("{:?}", SignatureScheme(0x0807)), "0x0807");
}
