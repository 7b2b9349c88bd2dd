//! Table 3 of the note. SKELETON: code and name only.
/// One cipher suite.
#[derive(Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Suite {
    pub code: u16,
    pub name: &'static str,
}
const fn s(code: u16, name: &'static str) -> Suite {
    Suite { code, name }
}
/// The 32 suites in the note's order.
pub static SUITES: [Suite; 32] = [
    s(0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"),
    s(0x002F, "TLS_RSA_WITH_AES_128_CBC_SHA"),
    s(0x0005, "TLS_RSA_WITH_RC4_128_SHA"),
    s(0x0004, "TLS_RSA_WITH_RC4_128_MD5"),
    s(0x000A, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
    s(0x003D, "TLS_RSA_WITH_AES_256_CBC_SHA256"),
    s(0xC002, "TLS_ECDH_ECDSA_WITH_RC4_128_SHA"),
    s(0xC003, "TLS_ECDH_ECDSA_WITH_3DES_EDE_CBC_SHA"),
    s(0xC004, "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA"),
    s(0xC005, "TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA"),
    s(0xC007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"),
    s(0xC008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"),
    s(0xC009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
    s(0xC00A, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
    s(0xC011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA"),
    s(0xC012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    s(0xC013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
    s(0xC014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
    s(0xC00C, "TLS_ECDH_RSA_WITH_RC4_128_SHA"),
    s(0xC00D, "TLS_ECDH_RSA_WITH_3DES_EDE_CBC_SHA"),
    s(0xC00E, "TLS_ECDH_RSA_WITH_AES_128_CBC_SHA"),
    s(0xC00F, "TLS_ECDH_RSA_WITH_AES_256_CBC_SHA"),
    s(0xC023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
    s(0xC024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"),
    s(0xC025, "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256"),
    s(0xC026, "TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA384"),
    s(0xC027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
    s(0xC028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
    s(0xC029, "TLS_ECDH_RSA_WITH_AES_128_CBC_SHA256"),
    s(0xC02A, "TLS_ECDH_RSA_WITH_AES_256_CBC_SHA384"),
    s(0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    s(0xC030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
];
/// The suite with this code.
pub fn by_code(code: u16) -> Option<&'static Suite> {
    SUITES.iter().find(|s| s.code == code)
}
