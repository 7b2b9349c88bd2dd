//! Whether a certificate is for the host that was asked for (RFC 6125, D8).
use super::{Certificate, GeneralName};
use crate::ServerName;
use std::net::IpAddr;

/// Compares with the names of the subjectAltName extension; with the common names if there is no such extension.
pub(super) fn matches(certificate: &Certificate, wanted: &ServerName) -> bool {
    match &certificate.extensions().subject_alt_names {
        Some(names) => names.iter().any(|name| match (name, wanted) {
            (GeneralName::Dns(pattern), ServerName::Dns(host)) => dns_matches(pattern, host),
            (GeneralName::Ip(bytes), ServerName::Ip(address)) => ip_matches(bytes, *address),
            _ => false,
        }),
        None => certificate.subject().common_names().iter().any(|cn| match wanted {
            ServerName::Dns(host) => dns_matches(cn, host),
            ServerName::Ip(address) => cn.parse() == Ok(*address),
        }),
    }
}

/// The names that `matches` compares with, to be read by a person.
pub(super) fn presented(certificate: &Certificate) -> Vec<String> {
    match &certificate.extensions().subject_alt_names {
        Some(names) => names.iter().filter_map(readable).collect(),
        None => certificate.subject().common_names(),
    }
}

fn readable(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::Dns(name) => Some(name.escape_debug().to_string()),
        GeneralName::Ip(bytes) => address(bytes).map(|address| address.to_string()),
        GeneralName::Email(_) | GeneralName::Directory(_) | GeneralName::Uri(_) | GeneralName::Other(_) => {
            None
        }
    }
}

/// A wildcard stands for exactly one label, the first, and for the whole of it (Mbed TLS 2.16 does the same).
fn dns_matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(domain) => host
            .split_once('.')
            .is_some_and(|(label, rest)| !label.is_empty() && rest.eq_ignore_ascii_case(domain)),
        None => !pattern.is_empty() && pattern.eq_ignore_ascii_case(host),
    }
}

fn ip_matches(bytes: &[u8], wanted: IpAddr) -> bool {
    address(bytes) == Some(wanted)
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        _ => None,
    }
}
