//! What TLS adds to a socket (chapter 2 of the note).
//!
//! `context` holds what `AT+QSSLCFG` sets, `handshake` stands between TCP and an open socket, `sessions` holds what
//! resumption remembers.

mod context;
mod handshake;
mod sessions;

pub(crate) use context::{Contexts, CtxId};
pub use context::{Settings, Suites};
pub(crate) use handshake::Secure;
pub(crate) use sessions::{SessionKey, Sessions};
