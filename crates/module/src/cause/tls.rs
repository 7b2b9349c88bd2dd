//! What a server did, from ClientHello to the end of the connection.

use super::{Cause, CertificateCause, ContextCause, Explanation, Kind, NetworkCause, row, suites};
use crate::contract::NetFailure;
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::net::{IpAddr, SocketAddr};
use tls::x509::Anchors;
use tls::{
    AlertDescription as Alert, ClientCertificate, Error, Incompatible, Local, Misbehaved, Offer, Progress,
    Version, Versions,
};

/// What an SSL context told a connection, as far as explanations need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SslFacts {
    /// SSL_ctxID.
    pub context: u8,
    /// Its settings of these names.
    pub sslversion: u32,
    /// Its settings of these names.
    pub seclevel: u32,
    /// Its settings of these names.
    pub sni: u32,
    /// Its settings of these names, in seconds.
    pub negotiatetime: u32,
    /// The suites were chosen, and not all.
    pub suites_chosen: bool,
    /// The files with trusted certificates, as set.
    pub ca_files: String,
    /// `<serveraddr>`
    pub host: String,
    /// The address that it has.
    pub to: SocketAddr,
}

/// What a server did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerCause {
    /// It ended the handshake, or the connection after it, with an alert.
    Alert {
        /// What the alert says.
        description: Alert,
        /// The whole error in words.
        text: String,
        /// What it answered, before the handshake was over.
        offer: Option<Offer>,
        /// How far the handshake had come.
        progress: Option<Progress>,
        /// The context.
        facts: SslFacts,
    },
    /// It speaks another version than those offered.
    Version {
        /// What it chose.
        chosen: String,
        /// What was offered.
        offered: Versions,
        /// The context.
        facts: SslFacts,
    },
    /// It does not speak TLS.
    NotTls {
        /// Its first bytes.
        start: [u8; 5],
        /// Where.
        to: SocketAddr,
    },
    /// It breaks the protocol.
    Protocol {
        /// How.
        text: String,
        /// What came is not what was sent.
        corrupted: bool,
    },
    /// It ended TCP before the handshake was over, by FIN or by RST.
    EndInHandshake {
        /// RST or another failure, and not FIN.
        failure: Option<NetFailure>,
        /// How far the handshake had come.
        progress: Progress,
        /// The context.
        facts: SslFacts,
    },
    /// The handshake took longer than negotiatetime.
    Timeout {
        /// How far it had come.
        progress: Progress,
        /// The context.
        facts: SslFacts,
    },
    /// It ended the connection in good order.
    Closed {
        /// How.
        by: &'static str,
    },
    /// It ended TCP without ending TLS before.
    ClosedWithoutNotify,
}

impl Cause {
    /// What a TLS error means to whoever set the context.
    pub(crate) fn tls(error: &Error, progress: Option<Progress>, facts: &SslFacts) -> Cause {
        let context = facts.context;
        match error {
            Error::AlertReceived { description, offer, .. } => ServerCause::Alert {
                description: *description,
                text: error.to_string(),
                offer: offer.as_deref().cloned(),
                progress,
                facts: facts.clone(),
            }
            .into(),
            Error::Certificate(error) => CertificateCause::Judged {
                context,
                error: error.clone(),
                ca_files: facts.ca_files.clone(),
                trusted: Vec::new(),
            }
            .into(),
            Error::CertificateEncoding { depth, cause } => {
                CertificateCause::Malformed { depth: *depth, error: cause.clone() }.into()
            }
            Error::PeerIncompatible(Incompatible::Version { server, offered }) => ServerCause::Version {
                chosen: Version::from_code(*server)
                    .map_or_else(|| format!("version 0x{server:04x}"), |v| v.to_string()),
                offered: *offered,
                facts: facts.clone(),
            }
            .into(),
            Error::PeerMisbehaved(Misbehaved::UnknownContentType(start)) if is_text(*start) => {
                ServerCause::NotTls { start: *start, to: facts.to }.into()
            }
            Error::Local(Local::NothingToOffer) => {
                ContextCause::NothingToOffer { context, sslversion: facts.sslversion }.into()
            }
            Error::PeerMisbehaved(rule) => ServerCause::Protocol {
                text: error.to_string(),
                corrupted: matches!(
                    rule,
                    Misbehaved::BadRecordMac | Misbehaved::BadFinished | Misbehaved::BadSignature
                ),
            }
            .into(),
            Error::Closed | Error::Decode { .. } | Error::PeerIncompatible(_) | Error::Local(_) | _ => {
                ServerCause::Protocol { text: error.to_string(), corrupted: false }.into()
            }
        }
    }

    /// Of a certificate without a trusted one above it: adds what is trusted.
    pub(crate) fn trusting(mut self, anchors: &Anchors) -> Cause {
        if let Cause::Certificate(certificate) = &mut self
            && let CertificateCause::Judged { trusted, .. } = certificate.as_mut()
        {
            *trusted = anchors.certificates().iter().map(|anchor| anchor.subject().to_string()).collect();
        }
        self
    }

    /// TCP ended before the handshake was over.
    pub(crate) fn cut_handshake(failure: Option<&NetFailure>, progress: Progress, facts: &SslFacts) -> Cause {
        match failure {
            None | Some(NetFailure::Reset) => {
                ServerCause::EndInHandshake { failure: failure.cloned(), progress, facts: facts.clone() }
                    .into()
            }
            Some(failure) => NetworkCause::Broken { failure: failure.clone(), to: facts.to }.into(),
        }
    }
}

fn is_text(start: [u8; 5]) -> bool {
    start.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t'))
}

impl ServerCause {
    pub(super) fn explain(&self) -> Explanation {
        match self {
            Self::Alert { description, text, offer, progress, facts } => {
                alert(*description, text, offer.as_ref(), *progress, facts)
            }
            Self::Version { chosen, offered, facts: SslFacts { context, sslversion, .. } } => row(
                Kind::VersionChosen,
                format!(
                    "the server wants {chosen}, and context {context} has sslversion={sslversion} (offered was {offered})"
                ),
                format!("allow it: AT+QSSLCFG=\"sslversion\",{context},4"),
            ),
            Self::NotTls { start, to } => {
                let speaks = match start {
                    b"HTTP/" => "HTTP",
                    [b'S', b'S', b'H', b'-', _] => "SSH",
                    [b'2', b'2', b'0', b' ' | b'-', _] => "SMTP or FTP",
                    [b'*', b' ', b'O', b'K', _] => "IMAP",
                    [b'+', b'O', b'K', ..] => "POP3",
                    _ => "plain text",
                };
                row(
                    Kind::NotTls,
                    format!(
                        "{to} does not speak TLS but {speaks}: its first bytes are \"{}\"",
                        start.escape_ascii()
                    ),
                    "take the port on which the server speaks TLS (HTTPS 443, MQTTS 8883, SMTPS 465), or AT+QIOPEN for a plain one",
                )
            }
            Self::Protocol { text, corrupted: true } => row(
                Kind::Corrupted,
                text.as_str(),
                "the server's keys do not fit, or something in between changes bytes: --keylog and a capture show what came",
            ),
            Self::Protocol { text, corrupted: false } => row(
                Kind::ProtocolError,
                text.as_str(),
                "the server, or something in between, is at fault: --trace shows each message, a capture each byte",
            ),
            Self::EndInHandshake {
                progress: Progress { client_certificate: ClientCertificate::None, .. },
                facts,
                ..
            } => wants_certificate("ended the connection after it got none", facts),
            Self::EndInHandshake { failure: Some(_), progress, facts } => row(
                Kind::ResetInHandshake,
                format!("{} reset the connection {}", facts.to, until(*progress)),
                "it refuses this ClientHello, or a firewall does: try all versions and suites, and sni=1",
            ),
            Self::EndInHandshake { progress, facts, .. } if !progress.answered => row(
                Kind::ClosedSilently,
                format!(
                    "the server closed the TCP connection without close_notify and without a byte, after ClientHello ({})",
                    facts.to
                ),
                format!(
                    "see its log; is TLS on this port? Else try AT+QSSLCFG=\"sslversion\",{0},4 and AT+QSSLCFG=\"sni\",{0},1",
                    facts.context
                ),
            ),
            Self::EndInHandshake { progress, .. } => row(
                Kind::ClosedInHandshake,
                format!("the server closed the TCP connection without close_notify {}", until(*progress)),
                "see the log of the server: it gave the handshake up without an alert",
            ),
            Self::Timeout { progress, facts } => row(
                Kind::NegotiationTimeout,
                format!(
                    "the TLS handshake took longer than negotiatetime ({} s), {}",
                    facts.negotiatetime,
                    match progress.answered {
                        true => until(*progress),
                        false => "and the server has sent nothing".into(),
                    }
                ),
                format!(
                    "is TLS on port {}? If the server is slow, AT+QSSLCFG=\"negotiatetime\",{},300",
                    facts.to.port(),
                    facts.context
                ),
            ),
            Self::Closed { by } => {
                row(Kind::ClosedByPeer, *by, "close the socket, and open it again for more")
            }
            Self::ClosedWithoutNotify => row(
                Kind::ClosedWithoutNotify,
                "the server closed the TCP connection without close_notify",
                "if its data are whole there is nothing to do; else they may have been cut: see the log of the server",
            ),
        }
    }
}

fn until(progress: Progress) -> String {
    format!("while {} was due", progress.awaited)
}

fn wants_certificate(what: &str, facts: &SslFacts) -> Explanation {
    let SslFacts { context, seclevel, .. } = facts;
    match seclevel {
        2 => row(
            Kind::ClientCertificateWanted,
            format!(
                "the server asked for a client certificate of another kind than clientcert of context {context}, and {what}"
            ),
            "give it one with a key that it can check: RSA for most servers",
        ),
        _ => row(
            Kind::ClientCertificateWanted,
            format!(
                "the server wants a client certificate and context {context} has seclevel={seclevel}: it {what}"
            ),
            format!(
                "AT+QSSLCFG=\"seclevel\",{context},2, and name the files: AT+QSSLCFG=\"clientcert\",{context},\"UFS:<file>\", the same with \"clientkey\"{}",
                if *seclevel == 0 { ", and \"cacert\" for the server's CA" } else { "" }
            ),
        ),
    }
}

fn alert(
    description: Alert,
    text: &str,
    offer: Option<&Offer>,
    progress: Option<Progress>,
    facts: &SslFacts,
) -> Explanation {
    let SslFacts { context, sslversion, sni, host, .. } = facts;
    let said = description.name().map_or_else(|| format!("alert {}", description.0), ToString::to_string);
    let set_sni = || format!("set sni to 1: AT+QSSLCFG=\"sni\",{context},1");
    let certificate =
        progress.map_or(ClientCertificate::NotRequested, |progress| progress.client_certificate);
    let of_hello = offer.filter(|_| progress.is_none_or(|progress| progress.awaited == "ServerHello"));
    match (description, certificate, of_hello) {
        (Alert::UNRECOGNIZED_NAME, _, _) if *sni == 0 => row(
            Kind::SniOff,
            format!("context {context} has sni=0 and the server answered {said}"),
            set_sni(),
        ),
        (Alert::UNRECOGNIZED_NAME, _, _) => row(
            Kind::SniUnknown,
            match host.parse::<IpAddr>() {
                Ok(_) => format!("the server answered {said}: an address ({host}) is not sent as a name"),
                Err(_) => format!("the server answered {said}: it has no host {host}"),
            },
            "give AT+QSSLOPEN a name that the server has (openssl s_client -servername <name> tells), not an address",
        ),
        (_, ClientCertificate::None, _) => wants_certificate(&format!("answered {said}"), facts),
        (_, ClientCertificate::Sent(_), _) if description != Alert::CLOSE_NOTIFY && progress.is_some() => {
            row(
                Kind::ClientCertificateRefused,
                text.split("; offered").next().unwrap_or(text),
                "let the server trust the CA of clientcert, and check clientcert's dates: the log of the server says which",
            )
        }
        (Alert::PROTOCOL_VERSION, _, Some(offer)) if *sslversion < 3 => row(
            Kind::VersionRefused,
            format!(
                "context {context} has sslversion={sslversion} ({}) and the server answered {said}",
                offer.versions
            ),
            format!("allow all versions: AT+QSSLCFG=\"sslversion\",{context},4"),
        ),
        (Alert::PROTOCOL_VERSION, _, Some(offer)) => row(
            Kind::NewerTlsOnly,
            format!(
                "the server answered {said} to an offer of {}: it likely speaks TLS 1.3 only",
                offer.versions
            ),
            "the module has no TLS 1.3: let the server speak TLS 1.2, too",
        ),
        (Alert::HANDSHAKE_FAILURE | Alert::INSUFFICIENT_SECURITY, _, Some(offer)) => {
            suites::refused(&said, offer, facts)
        }
        _ => row(Kind::Alert, without_offer(text), "the log of the server says more about it"),
    }
}

/// Where what was offered does not matter.
fn without_offer(text: &str) -> &str {
    text.split("; offered").next().unwrap_or(text)
}
