//! Every form of certificate and key file that hosts upload, and every way such a file goes wrong.
use modemtwin_tls::{
    sign::{PublicKey, SignatureScheme},
    x509::{Anchors, Identity, IdentityError},
};
use std::{fs, path::PathBuf};
use testkit::ca::der;

pub(crate) fn data(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/x509/files").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn text(name: &str) -> String {
    String::from_utf8(data(name)).unwrap()
}

/// The subjects of a CA file, or what is wrong with it.
fn anchors(file: &[u8]) -> Result<Vec<String>, String> {
    let mut anchors = Anchors::default();
    anchors.add_file(file).map_err(|error| error.to_string())?;
    Ok(anchors.certificates().iter().map(|certificate| certificate.subject().to_string()).collect())
}

fn identity(certificate: &str, key: &str, password: Option<&str>) -> Result<Identity, IdentityError> {
    Identity::from_files(&data(certificate), &data(key), password.map(str::as_bytes))
}

const P256: &str = "CN=p256,O=modemtwin,C=CN";

#[test]
fn certificate_files_of_every_form() {
    let pem = text("p256.crt.pem");
    let other = text("rsa1024.crt.pem");
    let one_line =
        pem.replace('\n', "").replace("CATE-----", "CATE-----\n").replace("-----END", "\n-----END");
    for (what, file) in [
        ("as OpenSSL writes it", pem.clone().into_bytes()),
        ("CR LF", pem.replace('\n', "\r\n").into_bytes()),
        ("CR", pem.replace('\n', "\r").into_bytes()),
        ("no line end at the end", pem.trim_end().as_bytes().to_vec()),
        ("a NUL at the end", [pem.as_bytes(), b"\0"].concat()),
        ("a byte order mark", [b"\xef\xbb\xbf", pem.as_bytes()].concat()),
        ("text around", format!("subject: p256\n{pem}\nissuer: p256\n").into_bytes()),
        ("base64 in one line", one_line.into_bytes()),
        ("indented", pem.replace('\n', "\n  ").into_bytes()),
        ("X509 CERTIFICATE", data("p256.x509.pem")),
        ("TRUSTED CERTIFICATE", data("p256.trusted.pem")),
        ("with its key", (pem.clone() + &text("p256.sec1.pem")).into_bytes()),
        ("DER", data("p256.crt.der")),
        ("DER and a line end", [data("p256.crt.der"), b"\r\n".to_vec()].concat()),
    ] {
        assert_eq!(anchors(&file), Ok(vec![P256.to_owned()]), "{what}");
    }
    let both = Ok(vec![P256.to_owned(), "CN=rsa1024,O=modemtwin,C=CN".to_owned()]);
    assert_eq!(anchors((pem + &other).as_bytes()), both);
}

#[test]
fn a_bad_certificate_file_says_where_and_why() {
    let pem = text("p256.crt.pem");
    let lines: Vec<_> = pem.lines().collect();
    let cut_der = &data("p256.crt.der")[..200];
    for (file, expected) in [
        (vec![], "the file is empty"),
        (b"\r\n \r\n".to_vec(), "the file is empty"),
        (
            b"\xef\xbb\xbf<html><head><title>".to_vec(),
            r#"the file is neither PEM nor DER; it begins with "\xef\xbb\xbf<html><head><""#,
        ),
        (b"UFS:cacert.pem".to_vec(), r#"the file is neither PEM nor DER; it begins with "UFS:cacert.pem""#),
        (data("p256.pkcs8.pem"), "no certificate in the file, only PRIVATE KEY"),
        (data("p256.sec1.pem"), "no certificate in the file, only EC PARAMETERS, EC PRIVATE KEY"),
        (data("p256.public.pem"), "no certificate in the file, only PUBLIC KEY"),
        (
            lines[..5].join("\n").into_bytes(),
            r#"PEM block 1, line 1: no "-----END CERTIFICATE-----" follows"#,
        ),
        (
            (lines[..5].join("\n") + "\n" + &pem).into_bytes(),
            r#"PEM block 1, line 1: no "-----END CERTIFICATE-----" follows"#,
        ),
        (
            pem.replace("-----END CERTIFICATE", "-----END CERT").into_bytes(),
            r#"PEM block 1, line 1: no "-----END CERTIFICATE-----" follows"#,
        ),
        (
            pem.replace("CATE-----\nM", "CATE-----\\n\nM").into_bytes(),
            r#"PEM block 1, line 1: "\\" does not belong to base64"#,
        ),
        (
            format!("{pem}{}", pem.replace(lines[3], "oops!")).into_bytes(),
            &format!(r#"PEM block 2, line {}: "!" does not belong to base64"#, lines.len() + 4),
        ),
        (
            pem.replace('\n', "\r\n").replace(lines[3], "*").into_bytes(),
            r#"PEM block 1, line 4: "*" does not belong to base64"#,
        ),
        (
            pem.replace(&(lines[3].to_owned() + "\n"), "").into_bytes(),
            "PEM block 1 (line 1): not a certificate in DER: ASN.1 DER message is incomplete: expected",
        ),
        (
            pem.replace(&lines[3][..3], "").into_bytes(),
            &format!(
                "PEM block 1, line {}: {} base64 characters are not a multiple of 4; the file may have been cut",
                lines.len(),
                lines[1..lines.len() - 1].concat().len() - 3
            ),
        ),
        (
            b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n".to_vec(),
            "PEM block 1, line 2: the block is empty",
        ),
        (
            b"-----BEGIN CERTIFICATE\n-----END CERTIFICATE-----\n".to_vec(),
            "PEM block 1, line 1: the BEGIN line does not end in \"-----\"",
        ),
        (
            b"-----BEGIN CERTIFICATE-----\nAA=A\n-----END CERTIFICATE-----\n".to_vec(),
            "PEM block 1, line 3: the base64 is malformed at a \"=\" or at its end",
        ),
        (
            b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n".to_vec(),
            "PEM block 1 (line 1): not a certificate in DER: ASN.1 DER message is incomplete: expected",
        ),
        (cut_der.to_vec(), "the file: not a certificate in DER: ASN.1 DER message is incomplete: expected"),
        (
            data("rsa2048.pkcs1.der"),
            "the file: not a certificate in DER: unexpected ASN.1 DER tag: expected SEQUENCE, got INTEGER",
        ),
        (
            data("ed25519.crt.pem"),
            "PEM block 1 (line 1): the certificate of CN=ed25519 cannot be used: id-Ed25519 (1.3.101.112) keys are not supported, only RSA and ECDSA ones",
        ),
        (
            data("rsa512.crt.pem"),
            "PEM block 1 (line 1): the certificate of CN=rsa512 cannot be used: an RSA key of 512 bits is not supported, only 1024 to 8192",
        ),
    ] {
        let error = anchors(&file).unwrap_err();
        assert!(error.starts_with(expected), "{error}\n{expected}");
    }
}

#[test]
fn a_bad_file_adds_nothing() {
    let mut anchors = Anchors::default();
    let bad = text("p256.crt.pem") + &text("rsa512.crt.pem");
    anchors.add_file(bad.as_bytes()).unwrap_err();
    assert_eq!(anchors.certificates(), []);
    anchors.add_file(&data("p256.crt.pem")).unwrap();
    anchors.add_file(&data("p384.crt.pem")).unwrap();
    assert_eq!(anchors.certificates().len(), 2);
}

#[test]
fn key_files_of_every_form() {
    for (key, password) in [
        ("rsa1024.pkcs1.pem", None),
        ("rsa1024.pkcs8.pem", None),
        ("rsa1024.pkcs8.der", None),
        ("rsa1024.pbes2.der", Some("secret")),
        ("rsa1024.old.aes256.pem", Some("secret")),
        ("rsa2048.pkcs1.pem", None),
        ("rsa2048.pkcs1.der", None),
        ("rsa8192.pkcs1.pem", None),
        ("p256.sec1.pem", None),
        ("p256.sec1.pem", Some("not needed")),
        ("p256.pkcs8.pem", None),
        ("p256.pkcs8.der", None),
        ("p256.pbes2.aes-128-cbc.hmacWithSHA1.pem", Some("secret")),
        ("p256.pbes2.aes-192-cbc.hmacWithSHA384.pem", Some("secret")),
        ("p256.pbes2.aes-256-cbc.hmacWithSHA256.pem", Some("secret")),
        ("p256.pbes2.des3.hmacWithSHA512.pem", Some("secret")),
        ("p256.pbes2.des-cbc.hmacWithSHA1.pem", Some("secret")),
        ("p256.pbes1.PBE-MD5-DES.pem", Some("secret")),
        ("p256.pbes1.PBE-SHA1-DES.pem", Some("secret")),
        ("p256.pbes1.PBE-SHA1-3DES.pem", Some("secret")),
        ("p256.old.aes128.pem", Some("secret")),
        ("p256.old.aes192.pem", Some("secret")),
        ("p256.old.aes256.pem", Some("secret")),
        ("p256.old.des3.pem", Some("secret")),
        ("p256.old.des.pem", Some("secret")),
        ("p384.sec1.pem", None),
        ("p384.sec1.der", None),
        ("p521.sec1.pem", None),
        ("p521.pkcs8.pem", None),
        ("p521.pkcs8.der", None),
    ] {
        let certificate = format!("{}.crt.pem", key.split('.').next().unwrap());
        let identity = identity(&certificate, key, password).unwrap_or_else(|error| panic!("{key}: {error}"));
        every_scheme_verifies(&identity);
    }
}

fn every_scheme_verifies(identity: &Identity) {
    let legacy = identity.legacy_scheme();
    for scheme in identity.schemes().iter().copied().chain([legacy]) {
        let too_small = matches!(identity.public_key(), PublicKey::Rsa(key) if key.bits() == 1024)
            && scheme == SignatureScheme::RSA_PSS_RSAE_SHA512;
        let signature = match identity.sign(scheme, b"message") {
            Ok(signature) => signature,
            Err(error) if too_small => {
                assert_eq!(error.to_string(), "the key is too small for the signature scheme");
                continue;
            }
            Err(error) => panic!("{scheme}: {error}"),
        };
        let key = identity.public_key();
        assert_eq!(key.verify(scheme, b"message", &signature), Ok(()), "{scheme} {key}");
        assert!(key.verify(scheme, b"massage", &signature).is_err(), "{scheme} {key}");
        let digest = scheme.hash().unwrap().digest(b"message");
        assert_eq!(key.verify_digest(scheme, digest.as_ref(), &signature), Ok(()), "{scheme} {key}");
    }
}

#[test]
fn a_bad_key_file_says_why() {
    for (certificate, key, password, expected) in [
        ("p256.crt.pem", "p256.crt.pem", None, "client key: no private key in the file, only CERTIFICATE"),
        ("p256.crt.pem", "p256.public.pem", None, "client key: no private key in the file, only PUBLIC KEY"),
        (
            "p256.pkcs8.pem",
            "p256.pkcs8.pem",
            None,
            "client certificate: no certificate in the file, only PRIVATE KEY",
        ),
        (
            "p256.crt.pem",
            "p384.sec1.pem",
            None,
            "the client key (ECDSA P-384) does not belong to the client certificate of CN=p256,O=modemtwin,C=CN (ECDSA P-256)",
        ),
        (
            "rsa2048.crt.pem",
            "rsa1024.pkcs1.pem",
            None,
            "the client key (RSA-1024) does not belong to the client certificate of CN=rsa2048,O=modemtwin,C=CN (RSA-2048)",
        ),
        (
            "p256.crt.pem",
            "p256.old.aes128.pem",
            None,
            "client key: the key is encrypted and no password is set",
        ),
        (
            "rsa1024.crt.pem",
            "rsa1024.pbes2.der",
            None,
            "client key: the key is encrypted and no password is set",
        ),
        (
            "p256.crt.pem",
            "p256.old.aes128.pem",
            Some("Secret"),
            "client key: the password does not fit the key file",
        ),
        (
            "rsa1024.crt.pem",
            "rsa1024.pbes2.der",
            Some(""),
            "client key: the password does not fit the key file",
        ),
        (
            "p256.crt.pem",
            "p256.pbes1.PBE-MD5-DES.pem",
            Some("x"),
            "client key: the password does not fit the key file",
        ),
        (
            "p256.crt.pem",
            "p256.pbes1.PBE-SHA1-3DES.pem",
            Some("x"),
            "client key: the password does not fit the key file",
        ),
        (
            "p256.crt.pem",
            "p256.scrypt.pem",
            Some("secret"),
            "client key: the key is encrypted with 1.3.6.1.4.1.11591.4.11, which is not supported",
        ),
        (
            "p256.crt.pem",
            "secp256k1.sec1.pem",
            None,
            "client key: curve 1.3.132.0.10 is not supported, only P-256, P-384 and P-521",
        ),
        (
            "p256.crt.pem",
            "ed25519.pkcs8.pem",
            None,
            "client key: id-Ed25519 (1.3.101.112) keys are not supported, only RSA and ECDSA ones",
        ),
        (
            "p256.crt.pem",
            "rsa512.pkcs1.pem",
            None,
            "client key: an RSA key of 512 bits is not supported, only 1024 to 8192",
        ),
    ] {
        let error = identity(certificate, key, password).unwrap_err();
        assert_eq!(error.to_string(), expected, "{key}");
    }
}

/// The file says how long its password is to be worked on.
#[test]
fn key_derivation_is_bounded() {
    let algorithm = |arcs: &[u64], parameters: Vec<u8>| der::sequence(&[der::oid(arcs), parameters]);
    for (iterations, expected) in [
        (2_000_001u32, "client key: the key is encrypted with 2000001 iterations, which is not supported"),
        (u32::MAX, "client key: the key is encrypted with 4294967295 iterations, which is not supported"),
        (0, "client key: the key is encrypted with 0 iterations, which is not supported"),
        (1, "client key: the password does not fit the key file"),
    ] {
        let salt = [der::octets(&[0; 8]), der::integer(&iterations.to_be_bytes())];
        let kdf = algorithm(&[1, 2, 840, 113549, 1, 5, 12], der::sequence(&salt));
        let cipher = algorithm(&[2, 16, 840, 1, 101, 3, 4, 1, 2], der::octets(&[0; 16]));
        let scheme = algorithm(&[1, 2, 840, 113549, 1, 5, 13], der::sequence(&[kdf, cipher]));
        let key = der::sequence(&[scheme, der::octets(&[0; 16])]);
        let error = Identity::from_files(&data("p256.crt.pem"), &key, Some(b"secret")).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_key_whose_parts_do_not_belong_together_is_refused() {
    let mut der = data("rsa2048.pkcs1.der");
    let middle = der.len() / 2;
    der[middle] ^= 1;
    let error = Identity::from_files(&data("rsa2048.crt.pem"), &der, None).unwrap_err();
    assert_eq!(error.to_string(), "client key: the parts of the RSA private key do not belong together");
}

#[test]
fn the_chain_is_sent_in_the_order_of_the_file() {
    let file = text("p256.crt.pem") + &text("rsa1024.crt.pem");
    let identity = Identity::from_files(file.as_bytes(), &data("p256.pkcs8.der"), None).unwrap();
    let chain: Vec<_> = identity.chain_der().map(<[u8]>::len).collect();
    assert_eq!(chain[0], data("p256.crt.der").len());
    assert_eq!(chain.len(), 2);
}

#[test]
fn rsa_signatures_repeat_but_for_the_salt_of_pss() {
    let identity = identity("rsa2048.crt.pem", "rsa2048.pkcs1.pem", None).unwrap();
    let sign = |scheme| identity.sign(scheme, b"message").unwrap();
    for scheme in [SignatureScheme::RSA_PKCS1_SHA256, SignatureScheme::RSA_PKCS1_MD5_SHA1] {
        assert_eq!(sign(scheme), sign(scheme), "{scheme}");
    }
    assert_ne!(sign(SignatureScheme::RSA_PSS_RSAE_SHA256), sign(SignatureScheme::RSA_PSS_RSAE_SHA256));
}
