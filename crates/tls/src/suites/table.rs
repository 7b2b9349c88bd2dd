//! Table 3 of the note.

use super::{
    Bulk::{self, Aes128Cbc, Aes128Gcm, Aes256Cbc, Aes256Gcm, Rc4_128, TripleDes},
    Hash::{self, Md5, Sha1, Sha256, Sha384},
    KeyExchange::{self, EcdhEcdsa, EcdhRsa, EcdheEcdsa, EcdheRsa, Rsa},
    Suite,
};

const fn mac(code: u16, name: &'static str, kx: KeyExchange, bulk: Bulk, mac: Hash) -> Suite {
    let prf = match mac {
        Sha384 => Sha384,
        Md5 | Sha1 | Sha256 => Sha256,
    };
    Suite { code, name, kx, bulk, mac: Some(mac), prf }
}

const fn aead(code: u16, name: &'static str, kx: KeyExchange, bulk: Bulk, prf: Hash) -> Suite {
    Suite { code, name, kx, bulk, mac: None, prf }
}

/// The 32 suites in the note's order.
#[rustfmt::skip]
pub static SUITES: [Suite; 32] = [
    mac(0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA", Rsa, Aes256Cbc, Sha1),
    mac(0x002F, "TLS_RSA_WITH_AES_128_CBC_SHA", Rsa, Aes128Cbc, Sha1),
    mac(0x0005, "TLS_RSA_WITH_RC4_128_SHA", Rsa, Rc4_128, Sha1),
    mac(0x0004, "TLS_RSA_WITH_RC4_128_MD5", Rsa, Rc4_128, Md5),
    mac(0x000A, "TLS_RSA_WITH_3DES_EDE_CBC_SHA", Rsa, TripleDes, Sha1),
    mac(0x003D, "TLS_RSA_WITH_AES_256_CBC_SHA256", Rsa, Aes256Cbc, Sha256),
    mac(0xC002, "TLS_ECDH_ECDSA_WITH_RC4_128_SHA", EcdhEcdsa, Rc4_128, Sha1),
    mac(0xC003, "TLS_ECDH_ECDSA_WITH_3DES_EDE_CBC_SHA", EcdhEcdsa, TripleDes, Sha1),
    mac(0xC004, "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA", EcdhEcdsa, Aes128Cbc, Sha1),
    mac(0xC005, "TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA", EcdhEcdsa, Aes256Cbc, Sha1),
    mac(0xC007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", EcdheEcdsa, Rc4_128, Sha1),
    mac(0xC008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA", EcdheEcdsa, TripleDes, Sha1),
    mac(0xC009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", EcdheEcdsa, Aes128Cbc, Sha1),
    mac(0xC00A, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", EcdheEcdsa, Aes256Cbc, Sha1),
    mac(0xC011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA", EcdheRsa, Rc4_128, Sha1),
    mac(0xC012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", EcdheRsa, TripleDes, Sha1),
    mac(0xC013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", EcdheRsa, Aes128Cbc, Sha1),
    mac(0xC014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", EcdheRsa, Aes256Cbc, Sha1),
    mac(0xC00C, "TLS_ECDH_RSA_WITH_RC4_128_SHA", EcdhRsa, Rc4_128, Sha1),
    mac(0xC00D, "TLS_ECDH_RSA_WITH_3DES_EDE_CBC_SHA", EcdhRsa, TripleDes, Sha1),
    mac(0xC00E, "TLS_ECDH_RSA_WITH_AES_128_CBC_SHA", EcdhRsa, Aes128Cbc, Sha1),
    mac(0xC00F, "TLS_ECDH_RSA_WITH_AES_256_CBC_SHA", EcdhRsa, Aes256Cbc, Sha1),
    mac(0xC023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", EcdheEcdsa, Aes128Cbc, Sha256),
    mac(0xC024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", EcdheEcdsa, Aes256Cbc, Sha384),
    mac(0xC025, "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256", EcdhEcdsa, Aes128Cbc, Sha256),
    mac(0xC026, "TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA384", EcdhEcdsa, Aes256Cbc, Sha384),
    mac(0xC027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", EcdheRsa, Aes128Cbc, Sha256),
    mac(0xC028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", EcdheRsa, Aes256Cbc, Sha384),
    mac(0xC029, "TLS_ECDH_RSA_WITH_AES_128_CBC_SHA256", EcdhRsa, Aes128Cbc, Sha256),
    mac(0xC02A, "TLS_ECDH_RSA_WITH_AES_256_CBC_SHA384", EcdhRsa, Aes256Cbc, Sha384),
    aead(0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", EcdheRsa, Aes128Gcm, Sha256),
    aead(0xC030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", EcdheRsa, Aes256Gcm, Sha384),
];
