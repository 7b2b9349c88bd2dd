//! What `modemtwin peer` offers: servers that are good, and servers that are wrong in one way each, on real sockets.
//!
//! [`ROWS`] has them all, with what a module makes of each. Certificates come from a [`Desk`], made on the spot.
//! Well-behaved servers of TLS 1.2 and later are rustls; the others are [`crate::server`], which
//! takes whatever a client sends without a panic (`tests/hostile.rs`).

mod desk;
mod serve;
mod table;
mod talk;

pub use desk::{Desk, StoredFile};
pub use serve::{MAX_CONNECTIONS, Running, listen};
pub use table::{Fault, ROWS, Row, Trial, Way};
pub use talk::{Stream, Talk, Traffic, echo};

use crate::server::ServerConfig;
use std::{net::SocketAddr, sync::Arc};

/// What sits behind a port.
#[derive(Clone, Debug)]
pub enum Service {
    /// TCP as it is.
    Plain(Talk),
    /// TLS by rustls.
    Tls(Arc<rustls::ServerConfig>, Talk),
    /// TLS of any version, by the project's own server.
    Legacy(Arc<ServerConfig>, Talk),
    /// Datagrams, which go back to where they came from.
    Datagrams,
}

impl Service {
    /// The same, with something else to say.
    pub fn saying(self, talk: Talk) -> Service {
        match self {
            Service::Plain(_) => Service::Plain(talk),
            Service::Tls(config, _) => Service::Tls(config, talk),
            Service::Legacy(config, _) => Service::Legacy(config, talk),
            Service::Datagrams => Service::Datagrams,
        }
    }
}

impl Row {
    /// The peer of this name.
    pub fn by_name(name: &str) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.name == name)
    }

    /// Starts the peer at an address; port 0 is any free one.
    ///
    /// # Errors
    /// The address cannot be had.
    pub fn start(&self, desk: &Desk, at: SocketAddr) -> std::io::Result<Running> {
        listen(at, (self.service)(desk), self.fault)
    }
}
