//! Services that transcripts put at addresses.

use super::parse::{DEFAULT_CLOCK, MakeService, unix_time};
use crate::world::Service;
use peers::ca::{Curve, Identity, Kind, Template, pki};
use peers::peer::{DatagramPeer, Manners, Peer, PlainPeer, RustlsPeer, TimePeer, TlsPeer};
use peers::server::{ClientAuth, ServerConfig, Sessions, Version};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use rustls::server::WebPkiClientVerifier;
use std::collections::HashMap;
use std::sync::Arc;

/// What may stand behind the address in a `peer` line.
pub const KEYS: &[(&str, &str)] = &[
    ("refuse, unreachable, blackhole", "kinds: what a connect meets; blackhole never answers"),
    ("plain", "kind: accepts and speaks no TLS; without `sends` it is a server that says nothing"),
    ("udp, ntp", "kinds: datagrams; a time server. `to=3030`: the module's port until it has said something"),
    ("caller", "kind: connects to the module's port `to=2020` on `peer 1 calls`"),
    ("echo", "plain, udp, caller: sends everything back"),
    ("time=2026-11-22T12:00:00Z, unsynchronised", "ntp: what it says"),
    ("tls", "kind: a TLS server of all versions and suites"),
    ("rustls", "kind: an independent TLS 1.2 server"),
    ("localport=65344", "the module's own port on connections to this peer"),
    ("lingers", "never answers an end of the module"),
    ("version=3.0|1.0|1.1|1.2", "tls: the only version it speaks"),
    ("suite=0035", "tls: the only suite it speaks"),
    ("key=rsa1024|rsa2048|ec", "tls, rustls: its key; rsa2048 (default) stands under an intermediate"),
    ("cert=valid|expired|future|unknown|selfsigned|badsign", "tls, rustls: its certificate"),
    ("host=a.example", "tls, rustls: the name in its certificate (default `server.example`)"),
    ("ask=client", "tls, rustls: asks for a client certificate and insists on one"),
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
        "plain" => {
            let echo = keys.remove("echo").is_some();
            accept(move |_| plain(manners, echo))
        }
        "caller" => {
            let (to, echo) = (port_of(&mut keys, "to")?, keys.remove("echo").is_some());
            Box::new(move || Service::Call(Box::new(move || plain(manners, echo)), to))
        }
        "udp" => {
            let (to, echo) = (port_of(&mut keys, "to")?, keys.remove("echo").is_some());
            Box::new(move || Service::Datagrams(Box::new(DatagramPeer::new(echo)), to))
        }
        "ntp" => {
            let time = keys.remove("time").map_or(Some(DEFAULT_CLOCK), unix_time);
            let time = time.ok_or("wants time=YYYY-MM-DDThh:mm:ssZ")?;
            let synchronised = keys.remove("unsynchronised").is_none();
            Box::new(move || Service::Datagrams(Box::new(TimePeer::new(time, synchronised)), 0))
        }
        "tls" => {
            let config = own(&mut keys)?;
            // A new copy for every run, so that no run resumes the sessions of another.
            Box::new(move || {
                let config = Arc::new(ServerConfig { sessions: Sessions::default(), ..config.clone() });
                let make = move |seed| Box::new(TlsPeer::new(config.clone(), seed, manners)) as Box<dyn Peer>;
                accept(make)()
            })
        }
        "rustls" => {
            let config = Arc::new(tls12(&mut keys)?);
            accept(move |_| Box::new(RustlsPeer::new(config.clone(), manners)))
        }
        _ => return Err(format!("no such peer: `{kind}`")),
    };
    match keys.keys().next() {
        Some(key) => Err(format!("a {kind} peer has no `{key}`")),
        None => Ok((port, make)),
    }
}

fn plain(manners: Manners, echo: bool) -> Box<dyn Peer> {
    let peer = PlainPeer::new(manners);
    Box::new(if echo { peer.echoing() } else { peer })
}

fn port_of(keys: &mut HashMap<&str, &str>, key: &str) -> Result<u16, String> {
    keys.remove(key).map_or(Ok(0), |p| p.parse().map_err(|_| format!("`{p}` is no port")))
}

/// A service that accepts; `make` gets the number of the connection.
fn accept(make: impl Fn(u64) -> Box<dyn Peer> + Clone + 'static) -> MakeService {
    Box::new(move || {
        let (make, mut count) = (make.clone(), 0);
        Service::Accept(Box::new(move || {
            count += 1;
            make(count)
        }))
    })
}

/// A server of our own.
fn own(keys: &mut HashMap<&str, &str>) -> Result<ServerConfig, String> {
    let config = ServerConfig { identities: vec![identity(keys)?], ..ServerConfig::new("server.example") };
    let versions = match keys.remove("version") {
        None => config.versions,
        Some("3.0") => (Version::Ssl30, Version::Ssl30),
        Some("1.0") => (Version::Tls10, Version::Tls10),
        Some("1.1") => (Version::Tls11, Version::Tls11),
        Some("1.2") => (Version::Tls12, Version::Tls12),
        Some(other) => return Err(format!("no such version: `{other}`")),
    };
    let suites = match keys.remove("suite") {
        None => config.suites.clone(),
        Some(code) => vec![u16::from_str_radix(code, 16).map_err(|_| format!("`{code}` is no suite"))?],
    };
    let client_auth = if asks(keys)? { ClientAuth::Require } else { ClientAuth::No };
    Ok(ServerConfig { versions, suites, client_auth, ..config })
}

fn asks(keys: &mut HashMap<&str, &str>) -> Result<bool, String> {
    match keys.remove("ask") {
        None => Ok(false),
        Some("client") => Ok(true),
        Some(other) => Err(format!("ask for `{other}`?")),
    }
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
fn tls12(keys: &mut HashMap<&str, &str>) -> Result<rustls::ServerConfig, String> {
    let identity = identity(keys)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS12])
        .expect("the provider has TLS 1.2");
    let builder = if asks(keys)? {
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
    Ok(builder.with_single_cert(chain, key).expect("the key fits the certificate"))
}
