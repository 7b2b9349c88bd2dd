//! A TLS server on loopback that says what it is told to, for the demonstration, tests and benchmarks. It is one of
//! [`peers::menu`], with rustls, which shares no code with the module's TLS.

use peers::menu::{Desk, Fault, Running, Service, Talk, listen};
use std::{
    error::Error,
    io,
    net::{Ipv4Addr, SocketAddr},
};

pub use peers::menu::{Stream, echo};

/// What a server is and who vouches for it.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate of the authority, PEM: what goes into the module as CA file.
    pub ca_pem: String,
    /// The server's certificate, PEM.
    pub certificate_pem: String,
    /// The server's private key, PKCS#8 PEM.
    pub key_pem: String,
    server: Service,
}

impl Identity {
    /// A fresh authority and a fresh RSA key with a certificate for `localhost` and the loopback addresses. RSA because
    /// all suites that both the note and rustls have (0XC02F, 0XC030) need it; TLS 1.2 for the same reason.
    ///
    /// # Errors
    /// The operating system has no random numbers.
    pub fn new() -> Result<Identity, Box<dyn Error + Send + Sync>> {
        let desk = Desk::new(&[])?;
        let identity = desk.below_root();
        let [(_, ca_pem), ..] = desk.files();
        Ok(Identity {
            ca_pem,
            certificate_pem: identity.chain_pem(),
            key_pem: identity.key_pem(),
            server: desk.tls12(identity, Talk::Echo),
        })
    }
}

/// A server on a free port of 127.0.0.1, with a thread for each connection. Dropping it stops accepting.
#[derive(Debug)]
pub struct Peer(Running);

impl Peer {
    /// Starts it. `serve` talks on each connection; when it returns, the connection is closed properly.
    ///
    /// # Errors
    /// No socket can be had.
    pub fn start(identity: &Identity, serve: fn(&mut Stream) -> io::Result<()>) -> io::Result<Peer> {
        let service = identity.server.clone().saying(Talk::Of(serve));
        listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), service, Fault::None).map(Peer)
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.0.addr()
    }
}
