//! The committed RSA keys, by name.

use crate::crypto::{PrivateKey, RsaKey};
use std::{
    collections::HashMap,
    sync::{Mutex, OnceLock, PoisonError},
};

/// Declares the table from the file names.
macro_rules! keys {
    ($($name:literal),* $(,)?) => {
        const KEYS: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("keys/", $name, ".pem")))),*];
    };
}

keys![
    "rsa512",
    "rsa1024-root",
    "rsa1024-server",
    "rsa1024-client",
    "rsa2048-root",
    "rsa2048-intermediate",
    "rsa2048-server",
    "rsa2048-client",
    "rsa2048-other",
    "rsa4096",
    "rsa8192",
];

/// The committed key of this name, PKCS#1 PEM.
pub fn rsa_pem(name: &str) -> &'static str {
    let row = KEYS.iter().find(|(key, _)| *key == name);
    row.unwrap_or_else(|| panic!("no key {name} among ca/keys")).1
}

/// The committed key of this name. Reading one checks its primes, so that each is read only once.
pub fn rsa(name: &str) -> PrivateKey {
    static READ: OnceLock<Mutex<HashMap<String, RsaKey>>> = OnceLock::new();
    let mut read = READ.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    let key = read.entry(name.to_string()).or_insert_with(|| RsaKey::from_pkcs1_pem(rsa_pem(name)));
    PrivateKey::Rsa(key.clone())
}
