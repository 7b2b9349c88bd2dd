//! Sessions that can be resumed.

use crate::{prf::MasterSecret, suites::Suite, version::Version};
use std::fmt;

/// A resumable session (session ID or ticket); opaque to the caller, who stores it.
///
/// It belongs to the server that it was made with: the caller keys it by host and port (D11).
#[derive(Clone)]
pub struct Session {
    pub(crate) version: Version,
    pub(crate) suite: &'static Suite,
    pub(crate) master: MasterSecret,
    /// The server's name for it; empty when there is a ticket alone.
    pub(crate) id: Vec<u8>,
    /// RFC 5077; empty when the server keeps the session itself.
    pub(crate) ticket: Vec<u8>,
    pub(crate) extended_master_secret: bool,
}

impl Session {
    /// The version it was made in.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The suite it was made with.
    pub fn suite(&self) -> &'static Suite {
        self.suite
    }

    /// Whether the server has put it into a ticket.
    pub fn has_ticket(&self) -> bool {
        !self.ticket.is_empty()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("version", &self.version)
            .field("suite", &self.suite.name)
            .field("ticket", &self.has_ticket())
            .finish_non_exhaustive()
    }
}
