//! What must not be found.

use crate::{
    common::server_version,
    flow::{Flow, Turn, hex},
};
use aws_lc_rs::agreement;
use base64ct::{Base64, Encoding};
use der::Decode;
use modemtwin_tls::{Group, Rng, suites::KeyExchange};
use testkit::server::{Kdf, suites};

/// Bytes that nobody else may have.
#[derive(Clone)]
pub(crate) struct Secret {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

impl Secret {
    fn new(name: &str, bytes: &[u8]) -> Secret {
        assert!(bytes.len() >= 16, "{name}: too short to be found by no accident");
        Secret { name: name.to_owned(), bytes: bytes.to_vec() }
    }

    /// Big integers stand in memory the other way round.
    fn both_ways(name: &str, bytes: &[u8]) -> [Secret; 2] {
        let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
        [Secret::new(name, bytes), Secret::new(&format!("{name}, reversed"), &reversed)]
    }
}

/// The secrets of a connection whose key log line is known.
pub(crate) fn of_connection(
    flow: &Flow,
    resumes: bool,
    group: Option<Group>,
    line: &str,
    turns: &[Turn],
) -> Vec<Secret> {
    let [_, random, master] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
    let mut secrets = vec![
        Secret::new("the line of the key log", master.as_bytes()),
        Secret::new("the master secret", &hex(master)),
    ];

    // The generator gives the same again.
    let mut rng = Rng::from_seed(flow.seed(resumes));
    assert_eq!(rng.bytes::<32>(), hex(random)[..]);
    let server: Vec<u8> =
        turns.iter().filter(|turn| !turn.client).flat_map(|turn| turn.bytes.clone()).collect();
    match flow.suite.kx {
        _ if resumes => {}
        KeyExchange::Rsa => {
            secrets.extend(Secret::both_ways("the premaster secret", &rng.bytes::<46>()));
        }
        KeyExchange::EcdhRsa | KeyExchange::EcdhEcdsa | KeyExchange::EcdheRsa | KeyExchange::EcdheEcdsa => {
            let (algorithm, scalar_len, public_len, code) = match group.expect("a group") {
                Group::P256 => (&agreement::ECDH_P256, 32, 65, 23),
                Group::P384 => (&agreement::ECDH_P384, 48, 97, 24),
                Group::P521 => (&agreement::ECDH_P521, 66, 133, 25),
                Group::X25519 => (&agreement::X25519, 32, 32, 29),
            };
            let mut scalar = vec![0; scalar_len];
            rng.fill(&mut scalar);
            if group == Some(Group::P521) {
                scalar[0] &= 1;
            }
            secrets.extend(Secret::both_ways("the ephemeral key", &scalar));
            if flow.suite.kx.is_ephemeral() {
                // ECParameters, and the length of the public key.
                let head = [3, 0, code, public_len as u8];
                let at = server.windows(4).position(|window| window == head).expect("a public key") + 4;
                let key = agreement::PrivateKey::from_private_key(algorithm, &scalar).expect("a key");
                let point = agreement::UnparsedPublicKey::new(algorithm, &server[at..at + public_len]);
                let premaster =
                    agreement::agree(&key, point, (), |secret| Ok(secret.to_vec())).expect("a point");
                secrets.extend(Secret::both_ways("the premaster secret", &premaster));
            }
        }
    }
    // Keys that the test server decrypts with, by its own derivation.
    let kdf = Kdf {
        version: server_version(flow.version),
        suite: suites::by_code(flow.suite.code).expect("a suite"),
    };
    let (client_keys, server_keys) = kdf.keys(&hex(master), &hex(random), &server[11..43]);
    for (side, keys) in [("client", client_keys), ("server", server_keys)] {
        secrets
            .extend((!keys.mac.is_empty()).then(|| Secret::new(&format!("the {side}'s MAC key"), &keys.mac)));
        secrets.push(Secret::new(&format!("the {side}'s key"), &keys.key));
    }
    secrets
}

/// The secret numbers of a key in PEM: PKCS#1 for RSA, SEC 1 for ECDSA.
pub(crate) fn of_key(pem: &str) -> Vec<Secret> {
    let (_, body) = pem.split_once("PRIVATE KEY-----").expect("a key");
    let (body, _) = body.split_once("-----END").expect("a whole key");
    let der = Base64::decode_vec(&body.replace('\n', "")).expect("base64");
    let numbers = match pkcs1::RsaPrivateKeyRef::from_der(&der) {
        Ok(key) => vec![
            ("the private exponent", key.private_exponent),
            ("the first prime", key.prime1),
            ("the second prime", key.prime2),
            ("the first exponent", key.exponent1),
            ("the second exponent", key.exponent2),
            ("the coefficient", key.coefficient),
        ]
        .into_iter()
        .map(|(name, number)| (name, number.as_bytes().to_vec()))
        .collect(),
        Err(_) => {
            let key = sec1::EcPrivateKey::from_der(&der).expect("SEC 1");
            vec![("the private key", key.private_key.to_vec())]
        }
    };
    // Of long numbers a part, so that no piece of them passes.
    let parts = numbers.iter().flat_map(|(name, number)| {
        number.chunks_exact(16).flat_map(move |part| Secret::both_ways(name, part))
    });
    parts.collect()
}
