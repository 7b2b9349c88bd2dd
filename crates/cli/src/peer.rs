//! TLS servers on loopback, with certificates made on the spot. For the demonstration and for tests; the
//! TLS is rustls, which shares no code with the module's.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_RSA_SHA256, RsaKeySize,
};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::aws_lc_rs::default_provider,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    version::TLS12,
};
use std::{
    error::Error,
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// A secured connection, seen from the server.
pub type Stream = StreamOwned<ServerConnection, TcpStream>;

/// What a server is and who vouches for it.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate of the authority, PEM: what goes into the module as CA file.
    pub ca_pem: String,
    /// The server's certificate, PEM.
    pub certificate_pem: String,
    /// The server's private key, PKCS#8 PEM.
    pub key_pem: String,
    config: Arc<ServerConfig>,
}

impl Identity {
    /// A fresh authority and a fresh RSA key with a certificate for `localhost` and 127.0.0.1. RSA because
    /// all suites that both the note and rustls have (0XC02F, 0XC030) need it; TLS 1.2 for the same reason.
    ///
    /// # Errors
    /// The cryptographic library refuses, which no input causes.
    pub fn new() -> Result<Identity, Box<dyn Error + Send + Sync>> {
        let mut authority = CertificateParams::default();
        authority.distinguished_name.push(DnType::CommonName, "modemtwin demonstration CA");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca_key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
        let ca_pem = authority.self_signed(&ca_key)?.pem();

        let mut server = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
        server.distinguished_name.push(DnType::CommonName, "localhost");
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
        let certificate = server.signed_by(&key, &Issuer::new(authority, ca_key))?;

        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[&TLS12])?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)?;
        Ok(Identity {
            ca_pem,
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
            config: Arc::new(config),
        })
    }
}

/// A server on a free port of 127.0.0.1, with a thread for each connection. Dropping it stops accepting.
#[derive(Debug)]
pub struct Peer {
    addr: SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl Peer {
    /// Starts it. `serve` talks on each connection; when it returns, the connection is closed properly.
    ///
    /// # Errors
    /// No socket can be had.
    pub fn start(identity: &Identity, serve: fn(&mut Stream) -> io::Result<()>) -> io::Result<Peer> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let addr = listener.local_addr()?;
        let stopped = Arc::new(AtomicBool::new(false));
        let (config, stop) = (Arc::clone(&identity.config), Arc::clone(&stopped));
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let config = Arc::clone(&config);
                thread::spawn(move || {
                    // A connection that fails is the client's story to tell.
                    let _ = converse(config, socket, serve);
                });
            }
        });
        Ok(Peer { addr, stopped })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // The accepting thread sees the flag when something connects.
        let _ = TcpStream::connect(self.addr);
    }
}

fn converse(
    config: Arc<ServerConfig>,
    socket: TcpStream,
    serve: fn(&mut Stream) -> io::Result<()>,
) -> Result<(), Box<dyn Error>> {
    socket.set_nodelay(true)?;
    let mut stream = StreamOwned::new(ServerConnection::new(config)?, socket);
    serve(&mut stream)?;
    stream.conn.send_close_notify();
    while stream.conn.wants_write() {
        stream.conn.write_tls(&mut stream.sock)?;
    }
    Ok(())
}

/// Sends everything back.
///
/// # Errors
/// The connection's.
pub fn echo(stream: &mut Stream) -> io::Result<()> {
    let mut buf = vec![0; 16 * 1024];
    loop {
        match stream.read(&mut buf)? {
            0 => return Ok(()),
            n => stream.write_all(buf.get(..n).unwrap_or_default())?,
        }
    }
}
