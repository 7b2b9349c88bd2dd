//! Services that transcripts put at addresses.

use super::parse::MakeService;
use crate::ca::{Curve, Identity, Kind, Template, pki};
use crate::peer::{Manners, Peer, PlainPeer, TlsPeer};
use crate::world::Service;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::collections::HashMap;
use std::sync::Arc;

/// What may stand behind the address in a `peer` line.
pub const KEYS: &[(&str, &str)] = &[
    ("refuse, unreachable, blackhole", "kinds: what a connect meets; blackhole never answers"),
    ("plain", "kind: accepts and speaks no TLS; without `sends` it is a server that says nothing"),
    ("tls", "kind: a TLS server"),
    ("localport=65344", "the module's own port on connections to this peer"),
    ("lingers", "never answers an end of the module"),
    ("version=1.2", "tls: the version it speaks"),
    ("key=rsa1024|rsa2048|ec", "tls: its key; rsa2048 (default) stands under an intermediate"),
    ("cert=valid|expired|future|unknown|selfsigned|badsign", "tls: its certificate"),
    ("host=a.example", "tls: the name in its certificate (default `server.example`)"),
    ("ask=client", "tls: asks for a client certificate and insists on one"),
];

/// The service of a `peer` line, and the local port it asks for.
pub fn service(kind: &str, keys: &[&str]) -> Result<(Option<u16>, MakeService), String> {
    let mut keys: HashMap<&str, &str> = keys.iter().map(|k| k.split_once('=').unwrap_or((*k, ""))).collect();
    let port =
        keys.remove("localport").map(|p| p.parse().map_err(|_| format!("`{p}` is no port"))).transpose()?;
    let manners = if keys.remove("lingers").is_some() { Manners::Lingers } else { Manners::Polite };
    let make: MakeService = match kind {
        "refuse" => Box::new(|| Service::Refuse),
        "unreachable" => Box::new(|| Service::Unreachable),
        "blackhole" => Box::new(|| Service::Blackhole),
        "plain" => accept(move || Box::new(PlainPeer::new(manners))),
        "tls" => {
            let identity = identity(&mut keys)?;
            let asks = keys.remove("ask").map(|who| who == "client").unwrap_or(false);
            match keys.remove("version").unwrap_or("1.2") {
                "1.2" => {
                    let config = Arc::new(tls12(&identity, asks));
                    accept(move || Box::new(TlsPeer::new(config.clone(), manners)))
                }
                other => return Err(format!("no server for version {other}")),
            }
        }
        _ => return Err(format!("no such peer: `{kind}`")),
    };
    match keys.keys().next() {
        Some(key) => Err(format!("a {kind} peer has no `{key}`")),
        None => Ok((port, make)),
    }
}

fn accept(make: impl Fn() -> Box<dyn Peer> + Clone + 'static) -> MakeService {
    Box::new(move || Service::Accept(Box::new(make.clone())))
}

fn identity(keys: &mut HashMap<&str, &str>) -> Result<Identity, String> {
    let host = keys.remove("host").unwrap_or("server.example");
    let kind = match keys.remove("key").unwrap_or("rsa2048") {
        "rsa1024" => Kind::Rsa1024,
        "rsa2048" => Kind::Rsa2048,
        "ec" => Kind::Ec(Curve::P256),
        other => return Err(format!("no such key: `{other}`")),
    };
    let pki = pki();
    let template = Template::server(host);
    Ok(match keys.remove("cert").unwrap_or("valid") {
        "valid" => pki.identity(kind, "server", &template),
        "expired" => pki.identity(kind, "server", &template.expired()),
        "future" => pki.identity(kind, "server", &template.not_yet_valid()),
        "badsign" => pki.identity(kind, "server", &Template { bad_signature: true, ..template }),
        "unknown" => pki.unknown_root.identity(&template, pki.server(kind, host).key),
        "selfsigned" => Identity::self_signed(&template, pki.server(kind, host).key),
        other => return Err(format!("no such certificate: `{other}`")),
    })
}

/// A TLS 1.2 server of an independent library.
fn tls12(identity: &Identity, asks: bool) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS12])
        .expect("the provider has TLS 1.2");
    let builder = if asks {
        let mut roots = RootCertStore::empty();
        for root in [&pki().rsa_root, &pki().ec_root] {
            roots.add(CertificateDer::from(root.certificate.clone())).expect("a root is a certificate");
        }
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
        builder.with_client_cert_verifier(verifier.expect("there are roots"))
    } else {
        builder.with_no_client_auth()
    };
    let chain = identity.chain.iter().cloned().map(CertificateDer::from).collect();
    let key = PrivateKeyDer::from_pem_slice(identity.key_pem().as_bytes()).expect("the key is PEM");
    builder.with_single_cert(chain, key).expect("the key fits the certificate")
}
