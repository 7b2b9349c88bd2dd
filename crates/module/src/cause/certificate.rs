//! The server's certificate.

use super::{Explanation, Kind, row};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use tls::{
    UnixTime,
    sign::KeyError,
    x509::{CertError, ParseError, Problem},
};

/// A clock that shows less has not been set since power-on: 2019, in seconds since 1970. The modules are younger.
const PLAUSIBLE: i64 = 1_546_300_800;

/// Trusted certificates that are named one by one.
const SHOWN: usize = 3;

/// A certificate that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateCause {
    /// It can be read.
    Judged {
        /// SSL_ctxID.
        context: u8,
        /// Which of the chain, and the rule that it breaks.
        error: CertError,
        /// The files with trusted certificates, as set.
        ca_files: String,
        /// Subjects of the certificates in there.
        trusted: Vec<String>,
    },
    /// It cannot be read.
    Malformed {
        /// 0 is the server's own.
        depth: usize,
        /// What is wrong with it.
        error: ParseError,
    },
}

impl CertificateCause {
    pub(super) fn explain(&self) -> Explanation {
        match self {
            Self::Judged { context, error, ca_files, trusted } => judged(*context, error, ca_files, trusted),
            Self::Malformed { depth, error } => row(
                Kind::CertificateMalformed,
                format!("certificate {depth} of the server's chain cannot be parsed: {error}"),
                "give the server another one: openssl x509 -in <file> -noout -text tells whether others read it",
            ),
        }
    }
}

fn judged(context: u8, error: &CertError, ca_files: &str, trusted: &[String]) -> Explanation {
    // TLS does not know whose clock it is.
    let what = error.to_string().replace("the clock says", "module clock says");
    let holds = || match trusted {
        [] => format!("{ca_files} holds none"),
        all if all.len() <= SHOWN => format!("{ca_files} holds {}", all.join(", ")),
        _ => format!("{ca_files} holds {} others", trusted.len()),
    };
    let set_clock = "set the clock: AT+CCLK=\"yy/MM/dd,hh:mm:ss+zz\", or AT+QNTP=1,\"<time server>\"";
    let no_dates = format!("or compare no dates: AT+QSSLCFG=\"ignorelocaltime\",{context},1");
    match &error.problem {
        Problem::NotYetValid { now: UnixTime(now), .. } | Problem::Expired { now: UnixTime(now), .. }
            if *now < PLAUSIBLE =>
        {
            row(
                Kind::ClockUnset,
                format!("{what}: the module's clock has not been set"),
                format!("{set_clock}, {no_dates}"),
            )
        }
        Problem::NotYetValid { .. } => row(
            Kind::CertificateNotYetValid,
            what,
            format!("{set_clock}; if it is right, the certificate is used too early, {no_dates}"),
        ),
        Problem::Expired { .. } => row(
            Kind::CertificateExpired,
            what,
            format!("renew the server's certificate; if the clock is wrong, {set_clock}, {no_dates}"),
        ),
        Problem::UnknownIssuer { issuer } => row(
            Kind::UnknownIssuer,
            format!("{what}; {}", holds()),
            format!(
                "upload the certificate of {issuer}, or of the root above it, as cacert; a server should send all below the root"
            ),
        ),
        Problem::UntrustedRoot { .. } => row(
            Kind::SelfSigned,
            format!("{what}; {}", holds()),
            format!(
                "if it is the server you mean, upload this certificate: AT+QSSLCFG=\"cacert\",{context},\"UFS:<file>\""
            ),
        ),
        Problem::NameMismatch { .. } => row(
            Kind::NameMismatch,
            what,
            format!("open one of these names, or do not compare: AT+QSSLCFG=\"sni\",{context},0"),
        ),
        Problem::WrongSignature { .. } => row(
            Kind::BadSignature,
            what,
            format!(
                "the CA in {ca_files} has the name but not the key: upload the one that signed; or AT+QSSLCFG=\"ignoreinvalidcertsign\",{context},1"
            ),
        ),
        Problem::UnsupportedKey(KeyError::RsaSize(_)) => {
            row(Kind::WeakKey, what, "give the server an RSA key of 1024 to 8192 bits, or P-256")
        }
        Problem::UnsupportedKey(_) | Problem::UnsupportedSignature(_) => row(
            Kind::UnsupportedAlgorithm,
            what,
            "give the server an RSA or P-256 key and a certificate signed with SHA-256",
        ),
        Problem::NotAnAuthority | Problem::PathLength { .. } => row(
            Kind::NotAnAuthority,
            what,
            "have the certificate signed by one that may sign (CA:TRUE, and a path length that allows it)",
        ),
        Problem::KeyUsage(_) | Problem::NotForServers => row(
            Kind::CertificateUsage,
            what,
            "give the server a certificate for serverAuth, with digitalSignature (ECDHE) and keyEncipherment (RSA)",
        ),
        Problem::NoCertificate
        | Problem::UnknownCriticalExtension(_)
        | Problem::NameNotPermitted { .. }
        | Problem::ChainTooLong
        | Problem::TooMuchWork => row(
            Kind::CertificateChain,
            what,
            "give the server a plain chain: its own certificate, those that signed it in order, and no exotic extensions",
        ),
    }
}
