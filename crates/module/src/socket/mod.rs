//! Sockets, whatever carries their bytes: one pool of twelve for the commands of the note and of document \[1\].
//!
//! | | |
//! |---|---|
//! | `service` | what a socket is for |
//! | `state` | its states (§2.2.6) and what a host is told of it |
//! | `conn` | one connection: TLS over TCP, bare TCP, datagrams |
//! | `packets` | the queue that both use |
//! | `open`, `listen`, `close` | the ways in and out |
//! | `linger` | own ports that nobody may have yet |
//! | `options` | what `AT+QICFG` sets |

mod close;
mod conn;
mod linger;
mod listen;
mod open;
mod options;
mod packets;
mod service;
mod state;

pub(crate) use close::{Closed, Loss};
pub(crate) use conn::Conn;
pub(crate) use linger::Lingering;
pub(crate) use open::{NETWORK_TIME, Request, Step, Then, any_address};
pub(crate) use options::{Heartbeat, Options};
pub(crate) use service::Service;
pub(crate) use state::{
    AccessMode, Announce, ClientId, Connected, Links, SOCKETS, Socket, SocketState, Told,
};
