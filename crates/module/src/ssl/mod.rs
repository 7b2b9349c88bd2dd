//! What TLS adds to a socket (chapter 2 of the note).
//!
//! `context` holds what `AT+QSSLCFG` sets, `sessions` what resumption remembers.

mod context;
mod sessions;

pub(crate) use context::{Contexts, CtxId, Settings, Suites};
pub(crate) use sessions::{SessionKey, Sessions};
