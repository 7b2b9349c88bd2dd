//! Against rustls: TLS 1.2 with the suites that it has.

use crate::common::{NOW, config, only, sample};
use modemtwin_tls::{Client, Config, Group, Rng, ServerName, Version, x509};
use rustls::{
    ServerConfig, ServerConnection,
    crypto::{CryptoProvider, SupportedKxGroup, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};
use std::{
    io::Read,
    io::Write,
    sync::{Arc, Mutex},
};
use testkit::ca::{self, Curve, Kind, pki};

const HOST: &str = "server.test";

fn provider(groups: Vec<&'static dyn SupportedKxGroup>) -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider { kx_groups: groups, ..aws_lc_rs::default_provider() })
}

fn chain(identity: &ca::Identity) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let chain = identity.chain.iter().map(|der| CertificateDer::from(der.clone())).collect();
    let key = PrivatePkcs8KeyDer::from_pem_slice(identity.key_pem().as_bytes()).expect("a key");
    (chain, key.into())
}

fn server(kind: Kind, groups: Vec<&'static dyn SupportedKxGroup>, client_auth: bool) -> ServerConfig {
    let provider = provider(groups);
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS12])
        .expect("TLS 1.2");
    let builder = match client_auth {
        false => builder.with_no_client_auth(),
        true => {
            let mut roots = rustls::RootCertStore::empty();
            for root in [&pki().rsa_root, &pki().ec_root] {
                roots.add(root.certificate.clone().into()).expect("a root");
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
        }
    };
    let (chain, key) = chain(&pki().server(kind, HOST));
    builder.with_single_cert(chain, key).expect("a certificate")
}

fn verifying(config: Config) -> Config {
    let mut anchors = x509::Anchors::default();
    anchors.add_file(pki().roots_pem().as_bytes()).expect("a CA file");
    let policy = x509::Policy::strict(anchors);
    Config { policy, ..config }
}

/// Connects, sends `data`, has it sent back, and closes.
fn echo(
    config: Config,
    server: &Arc<ServerConfig>,
    session: Option<modemtwin_tls::Session>,
    data: &[u8],
) -> Client {
    let mut server = ServerConnection::new(Arc::clone(server)).expect("a server");
    server.set_buffer_limit(None);
    let mut out = Vec::new();
    let name = Some(ServerName::Dns(HOST.to_owned()));
    let mut client = Client::new(Arc::new(config), name, session, Rng::from_seed([3; 32]), NOW, &mut out);
    let (mut arrived, mut received) = (Vec::new(), Vec::new());
    let mut sent = false;
    loop {
        let mut input = &out[..];
        while !input.is_empty() {
            server.read_tls(&mut input).expect("room");
            server.process_new_packets().expect("the server agrees");
            let mut more = vec![0; 1 << 16];
            if let Ok(len) = server.reader().read(&mut more) {
                arrived.extend_from_slice(&more[..len]);
                server.writer().write_all(&more[..len]).expect("room");
            }
        }
        out.clear();
        let mut answer = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut answer).expect("memory");
        }
        for piece in answer.chunks(10_000) {
            client.read_tls(piece, &mut out).expect("the client agrees");
            while !client.plaintext().is_empty() {
                received.extend_from_slice(client.plaintext());
                client.consume(client.plaintext().len(), &mut out).expect("the client agrees");
            }
        }
        if client.is_established() && !sent {
            client.write(data, &mut out).expect("open");
            sent = true;
        }
        if received.len() == data.len() && !client.peer_has_closed() {
            server.send_close_notify();
            continue;
        }
        if out.is_empty() && !server.wants_write() {
            break;
        }
    }
    assert!(arrived == data && received == data, "{} and {} bytes", arrived.len(), received.len());
    assert!(client.peer_has_closed());
    client
}

#[test]
fn every_suite_group_and_key() {
    let keys = [Kind::Rsa2048, Kind::Ec(Curve::P256), Kind::Ec(Curve::P384)];
    for (group, kx) in [
        (Group::P256, aws_lc_rs::kx_group::SECP256R1),
        (Group::P384, aws_lc_rs::kx_group::SECP384R1),
        (Group::X25519, aws_lc_rs::kx_group::X25519),
    ] {
        let server = Arc::new(server(keys[0], vec![kx], false));
        for suite in [0xC02F, 0xC030] {
            let client = echo(verifying(only(Version::Tls12, suite)), &server, None, &sample(100_000));
            let summary = client.summary().expect("established");
            assert_eq!((summary.suite.code, summary.group), (suite, Some(group)));
        }
    }
    // rustls has no ECDSA suite that the note has too, so its other keys cannot be asked for.
    let server = Arc::new(server(keys[0], vec![aws_lc_rs::kx_group::SECP256R1], false));
    let client = echo(verifying(config()), &server, None, &sample(1));
    assert_eq!(client.summary().expect("established").suite.code, 0xC030);
}

#[test]
fn resumed_by_ticket_and_by_id() {
    for tickets in [false, true] {
        let mut server = server(Kind::Rsa2048, vec![aws_lc_rs::kx_group::SECP256R1], false);
        if tickets {
            server.ticketer = aws_lc_rs::Ticketer::new().expect("a ticketer");
        }
        let server = Arc::new(server);
        let mut first = echo(config(), &server, None, b"once");
        let session = first.take_session().expect("a session");
        assert_eq!(session.has_ticket(), tickets);
        let second = echo(config(), &server, Some(session), b"more");
        assert!(second.summary().expect("established").resumed);
    }
}

/// The server's key log in NSS format.
#[derive(Debug, Default)]
struct TheirLog(Mutex<Vec<String>>);

impl rustls::KeyLog for TheirLog {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        self.0.lock().expect("whole").push(format!("{label} {} {}", hex(client_random), hex(secret)));
    }
}

#[test]
fn the_key_log_is_the_same_on_both_sides() {
    let log = Arc::new(TheirLog::default());
    let mut server = server(Kind::Rsa2048, vec![aws_lc_rs::kx_group::SECP256R1], false);
    server.key_log = log.clone();
    let server = Arc::new(server);
    let mut first = echo(config(), &server, None, b"once");
    let mut second = echo(config(), &server, first.take_session(), b"more");
    assert!(second.summary().expect("established").resumed);
    let ours = [first.take_key_log(), second.take_key_log()].map(|line| line.expect("a line"));
    assert_eq!(*log.0.lock().expect("whole"), ours);
}

#[test]
fn client_certificates() {
    let server = Arc::new(server(Kind::Rsa2048, vec![aws_lc_rs::kx_group::SECP256R1], true));
    for kind in [Kind::Rsa2048, Kind::Ec(Curve::P256), Kind::Ec(Curve::P384)] {
        let identity = pki().client(kind, "client");
        let identity =
            x509::Identity::from_files(identity.chain_pem().as_bytes(), identity.key_pem().as_bytes(), None);
        let config = Config { identity: Some(Arc::new(identity.expect("an identity"))), ..config() };
        let client = echo(config, &server, None, b"it is me");
        let sent = client.summary().expect("established").client_certificate;
        assert!(matches!(sent, modemtwin_tls::ClientCertificate::Sent(_)), "{kind:?} {sent:?}");
    }
}
