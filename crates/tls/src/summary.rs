//! What a handshake agreed on.

use crate::{
    config::{MaxFragmentLength, UnixTime},
    kx::Group,
    sign::SignatureScheme,
    suites::Suite,
    version::Version,
};
use std::fmt;

/// What a finished handshake agreed on, for traces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The version.
    pub version: Version,
    /// The suite.
    pub suite: &'static Suite,
    /// The group of the key exchange; none with RSA key transport, and in a resumed session.
    pub group: Option<Group>,
    /// How ServerKeyExchange was signed; none without one.
    pub signature: Option<SignatureScheme>,
    /// An earlier session was resumed.
    pub resumed: bool,
    /// RFC 7627 is in use.
    pub extended_master_secret: bool,
    /// RFC 7366 is in use.
    pub encrypt_then_mac: bool,
    /// The server knows RFC 5746.
    pub secure_renegotiation: bool,
    /// RFC 6066: the most plaintext bytes in a record, if it was agreed on.
    pub max_fragment_length: Option<MaxFragmentLength>,
    /// What became of the client's certificate.
    pub client_certificate: ClientCertificate,
    /// Subjects of the certificates that the server sent, its own first.
    pub chain: Vec<String>,
    /// Bytes of handshake messages from the server.
    pub received: usize,
    /// Bytes of handshake messages to the server.
    pub sent: usize,
    /// The time that the connection was given when it started.
    pub started: UnixTime,
}

/// What became of the client's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientCertificate {
    /// The server did not ask.
    NotRequested,
    /// The server asked, and was told that there is none (or none that it could check).
    None,
    /// It was sent, and its key proven with this signature.
    Sent(SignatureScheme),
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.version, self.suite.name)?;
        if let Some(group) = self.group {
            write!(f, ", {group}")?;
        }
        if let Some(signature) = self.signature {
            write!(f, ", {signature}")?;
        }
        let flags = [
            (self.resumed, "resumed"),
            (self.extended_master_secret, "extended master secret"),
            (self.encrypt_then_mac, "encrypt-then-MAC"),
        ];
        for (_, name) in flags.into_iter().filter(|(set, _)| *set) {
            write!(f, ", {name}")?;
        }
        match self.client_certificate {
            ClientCertificate::NotRequested => Ok(()),
            ClientCertificate::None => f.write_str(", client certificate asked for and not given"),
            ClientCertificate::Sent(scheme) => write!(f, ", client certificate sent ({scheme})"),
        }
    }
}
