//! What resumption remembers (D11): five sessions, 300 s each, by context, host and port.

use super::context::CtxId;
use alloc::{string::String, vec::Vec};
use at::time::Instant;
use core::time::Duration;
use tls::Session;

const ENTRIES: usize = 5;
const LIFETIME: Duration = Duration::from_secs(300);

/// Whom a session was made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionKey {
    /// Context.
    pub context: CtxId,
    /// Host as given to `AT+QSSLOPEN`.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// The session cache of a module. Oldest first.
#[derive(Debug, Default)]
pub struct Sessions(Vec<(SessionKey, Session, Instant)>);

impl Sessions {
    /// Remembers a session, in place of an older one with the same peer or else of the oldest.
    pub fn store(&mut self, key: SessionKey, session: Session, now: Instant) {
        self.0.retain(|(k, _, _)| *k != key);
        if self.0.len() == ENTRIES {
            self.0.remove(0);
        }
        self.0.push((key, session, now));
    }

    /// The session to offer, if there is one that still lives.
    pub fn find(&mut self, key: &SessionKey, now: Instant) -> Option<Session> {
        self.0.retain(|(_, _, since)| now - *since < LIFETIME);
        self.0.iter().find(|(k, _, _)| k == key).map(|(_, session, _)| session.clone())
    }
}
