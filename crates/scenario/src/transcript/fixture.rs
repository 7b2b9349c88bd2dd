//! Contents of files that transcripts name.

use super::words::number;
use peers::ca::{Curve, Kind, Template, der, pki};

/// What `file NAME SELECTOR` can put into a file, besides a quoted text.
pub const SELECTORS: &[(&str, &str)] = &[
    ("ca", "the two roots under which good servers stand, PEM"),
    ("ca rsa", "the RSA root alone, PEM"),
    ("ca ec", "the EC root alone, PEM"),
    ("ca der", "the RSA root, DER"),
    ("ca intermediate", "the authority between RSA root and 2048-bit servers, PEM"),
    ("ca unknown", "a root under which no good server stands, PEM"),
    ("ca spoiled", "the RSA root and behind it a block that is no certificate"),
    ("client cert", "an RSA client's certificate and its intermediate, PEM"),
    ("client unknown cert", "the same under a root that no server knows, PEM"),
    ("client key", "its key, PEM (PKCS#8)"),
    ("client ec cert", "a P-256 client's certificate, PEM"),
    ("client ec key", "its key, PEM (PKCS#8)"),
    ("empty", "nothing"),
    ("garbage", "a text that is no certificate"),
    ("bytes N", "N bytes"),
];

/// The content that a selector stands for.
pub fn fixture(selector: &str) -> Result<Vec<u8>, String> {
    let pki = pki();
    let rsa = || pki.client(Kind::Rsa2048, "client");
    let ec = || pki.client(Kind::Ec(Curve::P256), "client");
    Ok(match selector.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["ca"] => pki.roots_pem().into_bytes(),
        ["ca", "rsa"] => pki.rsa_root.pem().into_bytes(),
        ["ca", "ec"] => pki.ec_root.pem().into_bytes(),
        ["ca", "der"] => pki.rsa_root.certificate.clone(),
        ["ca", "intermediate"] => pki.rsa_intermediate.pem().into_bytes(),
        ["ca", "unknown"] => pki.unknown_root.pem().into_bytes(),
        ["ca", "spoiled"] => (pki.rsa_root.pem() + &der::pem("CERTIFICATE", b"no certificate")).into_bytes(),
        ["client", "cert"] => rsa().chain_pem().into_bytes(),
        ["client", "unknown", "cert"] => {
            let template = Template::client("client");
            pki.unknown_root.identity(&template, rsa().key).chain_pem().into_bytes()
        }
        ["client", "key"] => rsa().key_pem().into_bytes(),
        ["client", "ec", "cert"] => ec().chain_pem().into_bytes(),
        ["client", "ec", "key"] => ec().key_pem().into_bytes(),
        ["empty"] => Vec::new(),
        ["garbage"] => b"-----BEGIN CERTIFICATE-----\nthis is none\n".to_vec(),
        ["bytes", n] => (0..number(n)?).map(|i| i as u8).collect(),
        _ => {
            let names: Vec<&str> = SELECTORS.iter().map(|(name, _)| *name).collect();
            return Err(format!("no such content: `{selector}`; there are {}", names.join(", ")));
        }
    })
}
