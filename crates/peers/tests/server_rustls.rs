//! The test server against rustls, for the two suites of Table 3 that it has.

#![allow(clippy::unwrap_used, reason = "a test")]

use modemtwin_peers::{
    ca::{Identity, Kind, pki},
    server::{ClientAuth, Group, Resumption, Server, ServerConfig, Version},
};
use rustls::{
    ClientConfig, ClientConnection, HandshakeKind, RootCertStore,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName},
};
use std::{
    io::{Read, Write},
    sync::Arc,
};

fn client_config(identity: Option<&Identity>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    for root in [&pki().rsa_root, &pki().ec_root] {
        roots.add(root.certificate.clone().into()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_root_certificates(roots);
    match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let chain = identity.chain.iter().cloned().map(Into::into).collect();
            let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.key.pkcs8_der()));
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    }
}

/// Exchanges bytes until nobody has any left; the server echoes.
fn run(client: &mut ClientConnection, server: &mut Server) {
    loop {
        let mut to_server = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut to_server).unwrap();
        }
        server.read(&to_server);
        let plaintext = server.take_plaintext();
        if !plaintext.is_empty() {
            server.write(&plaintext);
        }
        let to_client = server.take_output();
        if to_server.is_empty() && to_client.is_empty() {
            return;
        }
        let mut rest = &to_client[..];
        while !rest.is_empty() {
            client.read_tls(&mut rest).unwrap();
            client.process_new_packets().unwrap();
        }
    }
}

/// A handshake and an echo; whether the session was resumed.
fn talk(config: &Arc<ClientConfig>, server: &Arc<ServerConfig>, case: &str) -> bool {
    let name = ServerName::try_from("localhost").unwrap();
    let mut client = ClientConnection::new(config.clone(), name).unwrap();
    let mut server = Server::new(server.clone(), 5);
    run(&mut client, &mut server);
    client.writer().write_all(b"hello from a stranger").unwrap();
    run(&mut client, &mut server);
    let mut echo = [0; 21];
    client.reader().read_exact(&mut echo).unwrap();
    assert_eq!(&echo, b"hello from a stranger", "{case}");
    assert_eq!(server.failure(), None, "{case}");
    client.handshake_kind() == Some(HandshakeKind::Resumed)
}

#[test]
fn rustls_agrees() {
    let identity = pki().client(Kind::Rsa2048, "client");
    for suite in [0xc02f, 0xc030] {
        for group in [Group::P256, Group::X25519, Group::P384] {
            for resumption in [Resumption::Ids, Resumption::Tickets, Resumption::RenewedTickets] {
                for client_auth in [ClientAuth::No, ClientAuth::Ask, ClientAuth::Require] {
                    let case = format!("{suite:04x} {group:?} {resumption:?} {client_auth:?}");
                    let server = ServerConfig {
                        identities: vec![pki().server(Kind::Rsa2048, "localhost")],
                        groups: vec![group],
                        resumption,
                        client_auth,
                        ..ServerConfig::new("localhost").only(Version::Tls12, suite)
                    };
                    let required = client_auth == ClientAuth::Require;
                    let client = Arc::new(client_config(required.then_some(&identity)));
                    let server = Arc::new(server);
                    assert!(!talk(&client, &server, &case), "{case}");
                    assert!(talk(&client, &server, &case), "{case}");
                }
            }
        }
    }
}
