//! SSL contexts and sockets (chapter 2 of the note).
//!
//! `context` holds what `AT+QSSLCFG` sets, `conn` one TLS connection over one TCP connection, `socket` the
//! states of §2.2.6, `open` and `close` the ways in and out, `sessions` what resumption remembers.

mod close;
mod conn;
mod context;
mod open;
mod sessions;
mod socket;

pub(crate) use close::Closed;
pub(crate) use conn::Conn;
pub(crate) use context::{Contexts, CtxId, Settings, Suites};
pub(crate) use open::Request;
pub(crate) use sessions::Sessions;
pub(crate) use socket::{AccessMode, ClientId, Links, SOCKETS, Socket, SocketState, Told};
