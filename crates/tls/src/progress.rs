//! How far a handshake has come, for explanations.

use crate::summary::ClientCertificate;

/// How far a handshake has come, or had when the connection failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The message that is due; of a handshake that is complete the last one.
    pub awaited: &'static str,
    /// The server has sent something.
    pub answered: bool,
    /// What has become of the client's certificate.
    pub client_certificate: ClientCertificate,
}
