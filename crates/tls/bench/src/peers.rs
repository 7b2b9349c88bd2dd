//! OpenSSL, as the server of all and as a client; rustls as a client.

use crate::{Case, end::End};
use openssl::{
    pkey::PKey,
    ssl::{
        ErrorCode, ShutdownState, Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslSession,
        SslSessionCacheMode, SslStream, SslVerifyMode, SslVersion,
    },
    x509::{X509, store::X509StoreBuilder},
};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore,
    crypto::{CryptoProvider, aws_lc_rs},
};
use std::{
    cell::RefCell,
    collections::VecDeque,
    io::{self, Read, Write},
    rc::Rc,
    sync::Arc,
};
use testkit::ca::pki;

/// SSL_OP_NO_ENCRYPT_THEN_MAC, which the crate does not name.
const NO_ENCRYPT_THEN_MAC: u64 = 1 << 19;

/// A stream whose two directions are in memory.
#[derive(Default)]
struct Pipe {
    input: VecDeque<u8>,
    output: Vec<u8>,
}

impl Read for Pipe {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        match self.input.is_empty() {
            true => Err(io::ErrorKind::WouldBlock.into()),
            false => self.input.read(to),
        }
    }
}

impl Write for Pipe {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.output.write(from)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct OpenSsl {
    stream: SslStream<Pipe>,
    server: bool,
    established: bool,
    sessions: Option<Rc<RefCell<Option<SslSession>>>>,
    scratch: Vec<u8>,
}

impl OpenSsl {
    fn new(ssl: Ssl, server: bool) -> OpenSsl {
        let stream = SslStream::new(ssl, Pipe::default()).expect("a stream");
        OpenSsl { stream, server, established: false, sessions: None, scratch: vec![0; 16384] }
    }

    fn handshake(&mut self) {
        let result = if self.server { self.stream.accept() } else { self.stream.connect() };
        match result {
            Ok(()) => {
                self.established = true;
                if let Some(sessions) = &self.sessions {
                    *sessions.borrow_mut() = self.stream.ssl().session().map(ToOwned::to_owned);
                }
            }
            Err(error) if error.code() == ErrorCode::WANT_READ => {}
            Err(error) => panic!("{error}"),
        }
    }
}

impl Drop for OpenSsl {
    fn drop(&mut self) {
        // Or else OpenSSL forgets the session.
        self.stream.set_shutdown(ShutdownState::SENT | ShutdownState::RECEIVED);
    }
}

impl End for OpenSsl {
    fn receive(&mut self, bytes: &[u8]) -> usize {
        self.stream.get_mut().input.extend(bytes);
        if !self.established {
            self.handshake();
            return 0;
        }
        let mut len = 0;
        loop {
            match self.stream.ssl_read(&mut self.scratch) {
                Ok(some) => len += some,
                Err(error) if error.code() == ErrorCode::WANT_READ => return len,
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn take(&mut self, wire: &mut Vec<u8>) {
        wire.clear();
        std::mem::swap(&mut self.stream.get_mut().output, wire);
    }

    fn send(&mut self, data: &[u8]) {
        self.stream.ssl_write(data).expect("open");
    }

    fn is_established(&self) -> bool {
        self.established
    }

    fn is_resumed(&self) -> bool {
        self.stream.ssl().session_reused()
    }
}

fn builder(case: &Case) -> SslContextBuilder {
    let mut builder = SslContext::builder(SslMethod::tls()).expect("a context");
    builder.set_security_level(0);
    let version = SslVersion::TLS1_2;
    builder.set_min_proto_version(Some(version)).expect("TLS 1.2");
    builder.set_max_proto_version(Some(version)).expect("TLS 1.2");
    builder.set_cipher_list(case.openssl).expect("a suite");
    builder.set_groups_list("P-256").expect("a group");
    if !case.encrypt_then_mac {
        builder.set_options(SslOptions::from_bits_retain(NO_ENCRYPT_THEN_MAC));
    }
    builder
}

/// Makes servers.
pub fn server(case: &Case) -> impl Fn() -> Box<dyn End> + use<> {
    let identity = pki().server(case.key, "localhost");
    let mut builder = builder(case);
    let mut chain = identity.chain.iter().map(|der| X509::from_der(der).expect("a certificate"));
    builder.set_certificate(&chain.next().expect("a certificate")).expect("a certificate");
    chain.for_each(|certificate| builder.add_extra_chain_cert(certificate).expect("a certificate"));
    builder
        .set_private_key(&PKey::private_key_from_pem(identity.key_pem().as_bytes()).expect("a key"))
        .expect("a key");
    builder.set_session_id_context(b"bench").expect("a name");
    let context = builder.build();
    move || {
        let mut ssl = Ssl::new(&context).expect("a connection");
        ssl.set_accept_state();
        Box::new(OpenSsl::new(ssl, true))
    }
}

/// Makes OpenSSL clients.
pub fn openssl_client(case: &Case) -> Box<dyn FnMut() -> Box<dyn End>> {
    let mut builder = builder(case);
    let mut store = X509StoreBuilder::new().expect("a store");
    for root in X509::stack_from_pem(pki().roots_pem().as_bytes()).expect("roots") {
        store.add_cert(root).expect("a root");
    }
    builder.set_cert_store(store.build());
    builder.set_verify(SslVerifyMode::PEER);
    builder.set_session_cache_mode(SslSessionCacheMode::CLIENT);
    let context = builder.build();
    let sessions = Rc::new(RefCell::new(None::<SslSession>));
    let resumed = case.resumed;
    Box::new(move || {
        let mut ssl = Ssl::new(&context).expect("a connection");
        ssl.set_hostname("localhost").expect("a name");
        ssl.param_mut().set_host("localhost").expect("a name");
        ssl.set_connect_state();
        if let Some(session) = sessions.borrow().as_ref() {
            // The session was made in this context.
            unsafe { ssl.set_session(session) }.expect("a session");
        }
        let mut end = OpenSsl::new(ssl, false);
        end.sessions = resumed.then(|| Rc::clone(&sessions));
        end.handshake();
        Box::new(end)
    })
}

struct Rustls {
    connection: ClientConnection,
    scratch: Vec<u8>,
}

/// Makes rustls clients.
pub fn rustls_client(case: &Case) -> Box<dyn FnMut() -> Box<dyn End>> {
    let all = aws_lc_rs::default_provider();
    let provider = CryptoProvider {
        cipher_suites: all
            .cipher_suites
            .into_iter()
            .filter(|suite| u16::from(suite.suite()) == case.ours)
            .collect(),
        kx_groups: vec![aws_lc_rs::kx_group::SECP256R1],
        ..aws_lc_rs::default_provider()
    };
    let mut roots = RootCertStore::empty();
    roots.add(pki().rsa_root.certificate.clone().into()).expect("a root");
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS12])
        .expect("TLS 1.2")
        .with_root_certificates(roots)
        .with_no_client_auth();
    if !case.resumed {
        config.resumption = rustls::client::Resumption::disabled();
    }
    let config = Arc::new(config);
    Box::new(move || {
        let name = "localhost".try_into().expect("a name");
        let mut connection = ClientConnection::new(Arc::clone(&config), name).expect("a client");
        connection.set_buffer_limit(None);
        Box::new(Rustls { connection, scratch: vec![0; 16384] })
    })
}

impl End for Rustls {
    fn receive(&mut self, mut bytes: &[u8]) -> usize {
        let mut len = 0;
        while !bytes.is_empty() {
            self.connection.read_tls(&mut bytes).expect("room");
            self.connection.process_new_packets().expect("a good server");
            while let Ok(some @ 1..) = self.connection.reader().read(&mut self.scratch) {
                len += some;
            }
        }
        len
    }

    fn take(&mut self, wire: &mut Vec<u8>) {
        wire.clear();
        while self.connection.wants_write() {
            self.connection.write_tls(wire).expect("memory");
        }
    }

    fn send(&mut self, data: &[u8]) {
        self.connection.writer().write_all(data).expect("room");
    }

    fn is_established(&self) -> bool {
        !self.connection.is_handshaking()
    }

    fn is_resumed(&self) -> bool {
        self.connection.handshake_kind() == Some(rustls::HandshakeKind::Resumed)
    }
}
