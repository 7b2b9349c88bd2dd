//! Sockets, whatever carries their bytes: one pool of twelve for the commands of the note and of document \[1\].
//!
//! `state` holds the states of §2.2.6, `conn` one connection, `open` and `close` the ways in and out.

mod close;
mod conn;
mod open;
mod state;

pub(crate) use close::Closed;
pub(crate) use conn::Conn;
pub(crate) use open::Request;
pub(crate) use state::{AccessMode, ClientId, Links, SOCKETS, Socket, SocketState, Told};
