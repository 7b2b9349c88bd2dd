//! From the server's certificate up to a trusted one (RFC 5280 6.1).
//!
//! The search goes depth first, trusted certificates before those that the server sent, so that the order of the
//! server's chain and what else is in it do not matter. Each step must hold on its own (name, authority, path length,
//! dates, name constraints, and last, as the dearest, the signature); if one fails, the next candidate is tried, and
//! if none is left, the error that was met farthest up is reported. A budget keeps the work bounded, whatever the
//! server sends.
use super::{
    CertError, Certificate, KeyUsage, Policy, Problem, Version, algorithm,
    budget::{Budget, UsedUp},
    constraints, host,
};
use crate::{ServerName, UnixTime, work};

/// The longest chain, with the server's certificate and the trusted one: what Mbed TLS 2.16 allows.
pub const MAX_PATH: usize = 10;

/// What the handshake does with the key of the server's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUse {
    /// Checks the signature of ServerKeyExchange: ECDHE suites.
    Sign,
    /// Encrypts the premaster secret: RSA suites.
    Encrypt,
    /// Agrees on the premaster secret: ECDH suites.
    Agree,
}

/// Proof that a chain was judged and not found wanting.
#[derive(Debug)]
pub struct Verified<'a> {
    path: Vec<&'a Certificate>,
}

impl<'a> Verified<'a> {
    /// The certificates that were checked, from the server's to the trusted one; none if the policy asks for nothing.
    pub fn path(&self) -> &[&'a Certificate] {
        &self.path
    }
}

/// Judges the chain that a server sent, its own certificate first.
///
/// `name` is who the server should be; it is looked at only if the policy wants it to be. `now` is the module's
/// clock. `key_use` comes from the suite.
pub fn verify<'a>(
    policy: &'a Policy,
    chain: &'a [Certificate],
    name: Option<&ServerName>,
    now: UnixTime,
    key_use: KeyUse,
) -> Result<Verified<'a>, CertError> {
    let Policy::Verify { anchors, check_name, check_dates, ignore_signatures, leaf_only } = policy else {
        return Ok(Verified { path: Vec::new() });
    };
    let Some((leaf, sent)) = chain.split_first() else {
        return Err(CertError { depth: 0, subject: String::new(), problem: Problem::NoCertificate });
    };
    let mut search = Search {
        anchors: anchors.certificates(),
        sent,
        now: check_dates.then_some(now),
        check_signatures: !ignore_signatures,
        leaf_only: *leaf_only,
        budget: Budget::new(),
        farthest: None,
    };
    if *check_name {
        search.check_host(leaf, name)?;
    }
    search.check_leaf(leaf, key_use)?;
    let mut path = vec![leaf];
    match search.extend(&mut path) {
        Ok(()) => Ok(Verified { path }),
        Err(Stop::OutOfBudget) => Err(error(0, leaf, Problem::TooMuchWork)),
        Err(Stop::NoWay) => {
            let issuer = leaf.issuer().to_string();
            Err(search.farthest.unwrap_or_else(|| error(0, leaf, Problem::UnknownIssuer { issuer })))
        }
    }
}

struct Search<'a> {
    anchors: &'a [Certificate],
    sent: &'a [Certificate],
    /// The time to compare with, if dates matter.
    now: Option<UnixTime>,
    check_signatures: bool,
    leaf_only: bool,
    budget: Budget,
    /// Of the errors met, the one that is reported.
    farthest: Option<CertError>,
}

enum Stop {
    /// No candidate leads to a trusted certificate; the search goes on elsewhere.
    NoWay,
    /// The search ends.
    OutOfBudget,
}

impl From<UsedUp> for Stop {
    fn from(_: UsedUp) -> Stop {
        Stop::OutOfBudget
    }
}

impl<'a> Search<'a> {
    fn check_host(&self, leaf: &Certificate, name: Option<&ServerName>) -> Result<(), CertError> {
        if name.is_some_and(|name| host::matches(leaf, name)) {
            return Ok(());
        }
        let wanted = match name {
            Some(ServerName::Dns(name)) => name.clone(),
            Some(ServerName::Ip(address)) => address.to_string(),
            None => "a host without name".to_owned(),
        };
        Err(error(0, leaf, Problem::NameMismatch { wanted, presented: host::presented(leaf) }))
    }

    /// What only the server's own certificate has to fulfil.
    fn check_leaf(&self, leaf: &Certificate, key_use: KeyUse) -> Result<(), CertError> {
        let needed = match key_use {
            KeyUse::Sign => KeyUsage::DIGITAL_SIGNATURE,
            KeyUse::Encrypt => KeyUsage::KEY_ENCIPHERMENT,
            KeyUse::Agree => KeyUsage::KEY_AGREEMENT,
        };
        let extensions = leaf.extensions();
        if extensions.key_usage.is_some_and(|usage| !usage.contains(needed)) {
            return Err(error(0, leaf, Problem::KeyUsage(needed)));
        }
        if extensions.server_auth == Some(false) {
            return Err(error(0, leaf, Problem::NotForServers));
        }
        let verdict =
            check_critical(leaf).and_then(|()| check_key(leaf)).and_then(|()| self.check_dates(leaf));
        verdict.map_err(|problem| error(0, leaf, problem))
    }

    /// Both ends belong to the validity (RFC 5280 4.1.2.5; §1.5 of the note).
    fn check_dates(&self, certificate: &Certificate) -> Result<(), Problem> {
        let Some(now) = self.now else { return Ok(()) };
        let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
        if now < not_before {
            return Err(Problem::NotYetValid { not_before, now });
        }
        if now > not_after {
            return Err(Problem::Expired { not_after, now });
        }
        Ok(())
    }

    /// Completes `path`, whose certificates have all been found good, to a trusted certificate.
    fn extend(&mut self, path: &mut Vec<&'a Certificate>) -> Result<(), Stop> {
        let Some(&child) = path.last() else { return Err(Stop::NoWay) };
        if self.anchors.contains(child) {
            return Ok(());
        }
        let depth = path.len();
        let issuer = child.issuer();
        let (anchors, sent) = (self.anchors, self.sent);
        let trusted = anchors.iter().map(|anchor| (anchor, true));
        let untrusted = sent.iter().map(|certificate| (certificate, false));
        let is_root = child.is_self_issued();
        let mut namesake = false;
        for (candidate, is_anchor) in trusted.chain(untrusted) {
            let subject = candidate.subject();
            self.budget.compare(subject.der().len() + issuer.der().len())?;
            if !subject.matches(&issuer) || path.contains(&candidate) {
                continue;
            }
            if depth == MAX_PATH {
                self.note(error(depth - 1, child, Problem::ChainTooLong));
                return Err(Stop::NoWay);
            }
            namesake = true;
            self.budget.try_issuer()?;
            if let Err(error) = self.check_issuer(path, candidate, is_anchor)? {
                // That one's namesake has not signed it is what one expects of a root.
                if !is_root
                    || !matches!(error.problem, Problem::WrongSignature { .. } | Problem::NotAnAuthority)
                {
                    self.note(error);
                }
                continue;
            }
            path.push(candidate);
            if is_anchor || self.leaf_only {
                return Ok(());
            }
            match self.extend(path) {
                Err(Stop::NoWay) => path.pop(),
                done => return done,
            };
        }
        if is_root {
            self.note(error(depth - 1, child, Problem::UntrustedRoot { namesake }));
        } else if !namesake {
            self.note(error(depth - 1, child, Problem::UnknownIssuer { issuer: issuer.to_string() }));
        }
        Err(Stop::NoWay)
    }

    /// Whether `issuer` may stand above `path`. The outer result is the search's, the inner one the candidate's.
    fn check_issuer(
        &mut self,
        path: &[&'a Certificate],
        issuer: &'a Certificate,
        is_anchor: bool,
    ) -> Result<Result<(), CertError>, Stop> {
        let depth = path.len();
        let verdict = check_critical(issuer)
            .and_then(|()| check_authority(path, issuer, is_anchor))
            .and_then(|()| if self.check_signatures { check_key(issuer) } else { Ok(()) })
            // With `leaf_only`, the issuer is not what is verified (D9).
            .and_then(|()| if self.leaf_only { Ok(()) } else { self.check_dates(issuer) });
        if let Err(problem) = verdict {
            return Ok(Err(error(depth, issuer, problem)));
        }
        if let Err(error) = self.check_constraints(path, issuer)? {
            return Ok(Err(error));
        }
        Ok(match path.last() {
            Some(child) if self.check_signatures => {
                check_signature(child, issuer).map_err(|problem| error(depth - 1, child, problem))
            }
            _ => Ok(()),
        })
    }

    /// Self-issued certificates are exempt, but for the server's own (RFC 5280 6.1.3 b, c).
    fn check_constraints(
        &mut self,
        path: &[&'a Certificate],
        issuer: &Certificate,
    ) -> Result<Result<(), CertError>, Stop> {
        let Some(constraints) = &issuer.extensions().name_constraints else { return Ok(Ok(())) };
        for (depth, certificate) in path.iter().enumerate() {
            if depth > 0 && certificate.is_self_issued() {
                continue;
            }
            if let Some(name) = constraints::first_forbidden(constraints, certificate, &mut self.budget)? {
                let authority = issuer.subject().to_string();
                return Ok(Err(error(depth, certificate, Problem::NameNotPermitted { name, authority })));
            }
        }
        Ok(Ok(()))
    }

    /// Keeps the error farthest up; at the same height, one that says more than "unknown"; else the first.
    fn note(&mut self, error: CertError) {
        let rank = |error: &CertError| (error.depth, !matches!(error.problem, Problem::UnknownIssuer { .. }));
        if self.farthest.as_ref().is_none_or(|known| rank(&error) > rank(known)) {
            self.farthest = Some(error);
        }
    }
}

/// basicConstraints and keyUsage of a certificate that has signed another (RFC 5280 6.1.4 k to n).
fn check_authority(path: &[&Certificate], issuer: &Certificate, is_anchor: bool) -> Result<(), Problem> {
    let extensions = issuer.extensions();
    match extensions.basic_constraints {
        Some(constraints) if constraints.ca => {
            let intermediates =
                path.iter().skip(1).filter(|certificate| !certificate.is_self_issued()).count();
            match constraints.path_len {
                Some(allowed) if usize::try_from(allowed).is_ok_and(|allowed| intermediates > allowed) => {
                    return Err(Problem::PathLength { allowed, found: intermediates });
                }
                _ => {}
            }
        }
        // Before version 3 there was nothing to say it with: that it is in the CA file says it.
        None if is_anchor && issuer.version() < Version::V3 => {}
        _ => return Err(Problem::NotAnAuthority),
    }
    match extensions.key_usage {
        Some(usage) if !usage.contains(KeyUsage::KEY_CERT_SIGN) => {
            Err(Problem::KeyUsage(KeyUsage::KEY_CERT_SIGN))
        }
        _ => Ok(()),
    }
}

fn check_critical(certificate: &Certificate) -> Result<(), Problem> {
    match certificate.extensions().unknown_critical {
        Some(id) => Err(Problem::UnknownCriticalExtension(id)),
        None => Ok(()),
    }
}

fn check_key(certificate: &Certificate) -> Result<(), Problem> {
    certificate.public_key().map(|_| ()).map_err(|error| Problem::UnsupportedKey(error.clone()))
}

fn check_signature(child: &Certificate, issuer: &Certificate) -> Result<(), Problem> {
    let algorithm = algorithm::decode(child.signature_algorithm()).map_err(Problem::UnsupportedSignature)?;
    let key = issuer.public_key().map_err(|error| Problem::UnsupportedKey(error.clone()))?;
    work::count(child.signed_part().len());
    let digest = algorithm.hash().digest(child.signed_part());
    key.verify_algorithm(algorithm, &digest, child.signature())
        .map_err(|_| Problem::WrongSignature { issuer: issuer.subject().to_string() })
}

fn error(depth: usize, certificate: &Certificate, problem: Problem) -> CertError {
    CertError { depth, subject: certificate.subject().to_string(), problem }
}
