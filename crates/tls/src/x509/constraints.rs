//! Name constraints (RFC 5280 4.2.1.10).
use super::{
    Certificate, GeneralName, Name, NameConstraints,
    budget::{Budget, UsedUp},
};
use std::net::IpAddr;

/// The first name of `certificate` that the constraints do not allow. `budget` pays for the comparisons: each name may
/// be looked at once for each constraint.
pub(super) fn first_forbidden(
    constraints: &NameConstraints,
    certificate: &Certificate,
    budget: &mut Budget,
) -> Result<Option<String>, UsedUp> {
    let bases = || constraints.permitted.iter().chain(&constraints.excluded);
    let (count, length) = (bases().count(), bases().map(cost).sum::<usize>());
    for name in names(certificate) {
        budget.compare(length + count * cost(&name))?;
        if !is_allowed(constraints, &name) {
            return Ok(Some(readable(&name)));
        }
    }
    Ok(None)
}

/// What the constraints are about: the subject, the alternative names, and where older certificates keep the same
/// facts, in the subject (RFC 5280 says so for the mail address; a common name serves as host name, so the
/// constraints must hold for it too).
fn names(certificate: &Certificate) -> Vec<GeneralName> {
    let subject = certificate.subject();
    let mut names = Vec::new();
    if !subject.is_empty() {
        names.push(GeneralName::Directory(subject.der().into()));
    }
    match &certificate.extensions().subject_alt_names {
        Some(alternative) => names.extend_from_slice(alternative),
        None => {
            let hosts = subject.common_names().into_iter().filter(|cn| looks_like_host(cn));
            names.extend(hosts.map(GeneralName::Dns));
            names.extend(subject.email_addresses().into_iter().map(GeneralName::Email));
        }
    }
    names
}

/// Bytes that a comparison looks at; even that of two kinds is some work.
fn cost(name: &GeneralName) -> usize {
    1 + match name {
        GeneralName::Email(text) | GeneralName::Dns(text) | GeneralName::Uri(text) => text.len(),
        GeneralName::Directory(bytes) | GeneralName::Ip(bytes) => bytes.len(),
        GeneralName::Other(_) => 0,
    }
}

fn looks_like_host(text: &str) -> bool {
    text.contains('.') && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.*_".contains(&byte))
}

fn is_allowed(constraints: &NameConstraints, name: &GeneralName) -> bool {
    let mut same_kind = constraints.permitted.iter().filter(|base| is_same_kind(name, base)).peekable();
    let permitted = same_kind.peek().is_none() || same_kind.any(|base| is_within(name, base));
    permitted
        && !constraints.excluded.iter().any(|base| is_same_kind(name, base) && may_be_within(name, base))
}

fn is_same_kind(name: &GeneralName, base: &GeneralName) -> bool {
    match (name, base) {
        (GeneralName::Other(a), GeneralName::Other(b)) => a == b,
        _ => std::mem::discriminant(name) == std::mem::discriminant(base),
    }
}

fn is_within(name: &GeneralName, base: &GeneralName) -> bool {
    match (name, base) {
        (GeneralName::Dns(name), GeneralName::Dns(base)) => {
            base.is_empty() || name.eq_ignore_ascii_case(base) || is_subdomain(name, base)
        }
        (GeneralName::Ip(address), GeneralName::Ip(base)) => is_in_network(address, base),
        (GeneralName::Directory(name), GeneralName::Directory(base)) => {
            Name::trusted(name).is_within(&Name::trusted(base))
        }
        (GeneralName::Email(name), GeneralName::Email(base)) => match base.split_once('@') {
            Some((mailbox, host)) => name
                .split_once('@')
                .is_some_and(|(ours, at)| ours == mailbox && at.eq_ignore_ascii_case(host)),
            None => name.split_once('@').is_some_and(|(_, host)| host_is_within(host, base)),
        },
        (GeneralName::Uri(uri), GeneralName::Uri(base)) => {
            uri_host(uri).is_some_and(|host| host_is_within(host, base))
        }
        _ => false,
    }
}

/// As `is_within`, and also true of what cannot be judged: a kind of name that is not understood, a wildcard that
/// covers the base, a URI without host.
fn may_be_within(name: &GeneralName, base: &GeneralName) -> bool {
    is_within(name, base)
        || match (name, base) {
            (GeneralName::Dns(name), GeneralName::Dns(base)) => {
                name.strip_prefix("*.").is_some_and(|domain| is_subdomain(base, domain))
            }
            (GeneralName::Uri(uri), GeneralName::Uri(_)) => uri_host(uri).is_none(),
            (GeneralName::Other(_), GeneralName::Other(_)) => true,
            _ => false,
        }
}

/// Of mail addresses and URIs: `.example.com` means the hosts in the domain, `example.com` the host alone.
fn host_is_within(host: &str, base: &str) -> bool {
    match base.strip_prefix('.') {
        Some(domain) => is_subdomain(host, domain),
        None => host.eq_ignore_ascii_case(base),
    }
}

fn is_subdomain(name: &str, domain: &str) -> bool {
    let domain = domain.strip_prefix('.').unwrap_or(domain);
    let split = name.len().checked_sub(domain.len());
    split.and_then(|at| name.split_at_checked(at)).is_some_and(|(front, end)| {
        front.len() > 1 && front.ends_with('.') && end.eq_ignore_ascii_case(domain)
    })
}

/// `scheme://user@host:port/path`. An address instead of a host name has no place in a constraint.
fn uri_host(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    (!host.is_empty() && !host.starts_with('[') && host.parse::<IpAddr>().is_err()).then_some(host)
}

/// `base` is an address and a mask of the same length.
fn is_in_network(address: &[u8], base: &[u8]) -> bool {
    let (network, mask) = base.split_at(base.len() / 2);
    address.len() == network.len()
        && address.iter().zip(network).zip(mask).all(|((ours, theirs), mask)| (ours ^ theirs) & mask == 0)
}

fn readable(name: &GeneralName) -> String {
    match name {
        GeneralName::Dns(text) | GeneralName::Email(text) | GeneralName::Uri(text) => {
            text.escape_debug().to_string()
        }
        GeneralName::Directory(der) => Name::trusted(der).to_string(),
        GeneralName::Ip(bytes) => match (<[u8; 4]>::try_from(&**bytes), <[u8; 16]>::try_from(&**bytes)) {
            (Ok(address), _) => IpAddr::from(address).to_string(),
            (_, Ok(address)) => IpAddr::from(address).to_string(),
            _ => "(malformed address)".to_owned(),
        },
        GeneralName::Other(tag) => format!("(kind {tag})"),
    }
}
