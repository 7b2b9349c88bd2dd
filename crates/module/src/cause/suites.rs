//! Nothing in common: a server answers a ClientHello by handshake_failure and does not say what it wants. What was offered,
//! beside what servers want today, tells.

use super::{Explanation, Kind, SslFacts, row};
use alloc::{format, string::String, vec::Vec};
use core::net::IpAddr;
use tls::{
    Offer, Version,
    suites::{self, KeyExchange, Suite},
};

/// The server has answered this offer so.
pub(super) fn refused(said: &str, offer: &Offer, facts: &SslFacts) -> Explanation {
    let SslFacts { context, sslversion, sni, host, suites_chosen, .. } = facts;
    let versions = &offer.versions;
    let all_suites = format!("AT+QSSLCFG=\"ciphersuite\",{context},0XFFFF");
    if versions.max < Version::Tls12 {
        let all_versions = format!("allow all versions: AT+QSSLCFG=\"sslversion\",{context},4");
        return row(
            Kind::VersionRefused,
            format!(
                "context {context} has sslversion={sslversion} ({versions}) and the server answered {said}: few servers take anything older than TLS 1.2"
            ),
            if *suites_chosen {
                format!("{all_versions}; and all suites: {all_suites}")
            } else {
                all_versions
            },
        );
    }
    if *suites_chosen {
        let codes: Vec<String> = offer.suites.iter().map(|code| format!("{code:04X}")).collect();
        let (are, wants, offers) = compared(&offer.suites);
        return row(
            Kind::NoCommonSuite,
            format!(
                "no suite in common: offered {} ({are}) in {versions}, and the server answered {said}; it likely wants {wants}",
                codes.join(", ")
            ),
            match offers {
                Some(code) => format!(
                    "offer it: AT+QSSLCFG=\"ciphersuite\",{context},0X{code:04X}, or all suites: {all_suites}"
                ),
                None => format!("offer all suites: {all_suites}"),
            },
        );
    }
    if *sni == 0 && host.parse::<IpAddr>().is_err() {
        return row(
            Kind::FailureWithoutSni,
            format!(
                "context {context} has sni=0, and the server answered {said} to all suites in {versions}"
            ),
            format!(
                "set sni to 1: AT+QSSLCFG=\"sni\",{context},1, as many servers find their certificate by it; if it is not that, the server wants TLS 1.3 or a suite that is not in Table 3 of the note"
            ),
        );
    }
    row(
        Kind::NoCommonSuite,
        format!(
            "no suite in common: offered all {} in {versions}, and the server answered {said}; it likely wants TLS 1.3, or a suite that is not in Table 3 of the note",
            offer.suites.len()
        ),
        "let the server take TLS 1.2 with a suite of Table 3 (ECDHE_RSA_WITH_AES_128_GCM_SHA256)",
    )
}

/// What the suites of an offer have in common; what most servers of today want and is not among them; and a suite that has
/// it, if there is one that all of these servers would take.
fn compared(offered: &[u16]) -> (&'static str, &'static str, Option<u16>) {
    /// ECDHE_RSA_WITH_AES_128_GCM_SHA256
    const OF_TODAY: Option<u16> = Some(0xc02f);
    let all = |is: fn(&Suite) -> bool| offered.iter().filter_map(|code| suites::by_code(*code)).all(is);
    if all(|suite| suite.kx == KeyExchange::Rsa) {
        ("RSA key exchange", "ECDHE", OF_TODAY)
    } else if all(|suite| !suite.kx.is_ephemeral()) {
        ("no ECDHE", "ECDHE", OF_TODAY)
    } else if all(|suite| matches!(suite.kx, KeyExchange::EcdheEcdsa | KeyExchange::EcdhEcdsa)) {
        ("for ECDSA certificates", "a suite for RSA certificates", OF_TODAY)
    } else if all(|suite| suite.mac.is_some()) {
        ("no AES-GCM", "AES-GCM", OF_TODAY)
    } else if all(|suite| suite.kx == KeyExchange::EcdheRsa) {
        ("ECDHE for RSA certificates", "a suite for ECDSA certificates, or an old one without ECDHE", None)
    } else {
        ("of several kinds", "another one", None)
    }
}
