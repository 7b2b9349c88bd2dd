//! Services that transcripts put at addresses.

use super::words::{DEFAULT_CLOCK, unix_time};
use crate::world::Service;
use faults::nearest;
use peers::ca::{Authority, Curve, Identity, Kind, Template, pki, rsa};
use peers::peer::{DatagramPeer, Manners, Peer, PlainPeer, RustlsPeer, TimePeer, TlsPeer};
use peers::server::{ClientAuth, ServerConfig, Sessions, Version, suites};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use rustls::server::WebPkiClientVerifier;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

/// What can stand at an address, and which keys it takes.
pub const KINDS: &[(&str, &str, &[&str])] = &[
    (
        "plain",
        "accepts and speaks no TLS; until it `sends` it is a server that says nothing",
        &["waits", "lingers", "localport", "echo"],
    ),
    (
        "tls",
        "a TLS server of all versions and suites of the module",
        &["waits", "lingers", "localport", "version", "suite", "key", "cert", "host", "ask"],
    ),
    (
        "rustls",
        "a TLS 1.2 server of an independent library",
        &["waits", "lingers", "localport", "key", "cert", "host", "ask"],
    ),
    ("udp", "datagrams", &["localport", "to", "echo"]),
    (
        "ntp",
        "a time server; one that `waits` says only what it `sends`, with the time stamp of the request where there is none",
        &["waits", "localport", "time", "unsynchronised"],
    ),
    ("caller", "connects to a port of the module on `peer N calls`", &["to", "lingers", "echo"]),
    ("refuse", "RST answers SYN", &[]),
    ("unreachable", "there is no route", &[]),
    ("blackhole", "nobody answers, ever", &[]),
];

/// The keys of a `peer` line.
pub const KEYS: &[(&str, &str)] = &[
    ("waits", "accepts only on `peer N accepts`; says only what it `sends`"),
    ("lingers", "never answers an end of the module"),
    ("localport=65344", "the module's own port on connections to this peer"),
    ("echo", "sends everything back"),
    ("version=3.0|1.0|1.1|1.2", "the only version it speaks"),
    ("suite=0035", "the only suite it speaks"),
    ("key=rsa1024|rsa2048|ec", "its key; rsa2048 (default) stands under an intermediate"),
    ("cert=valid|expired|future|unknown|selfsigned|badsign", "its certificate"),
    ("cert=weak|md2|client|leafsigned|critical|malformed|wrongkey", "one that only a tls peer has"),
    ("host=a.example", "the name in its certificate (default `server.example`)"),
    ("ask=client", "asks for a client certificate and insists on one"),
    ("to=2020", "the module's port: where a caller connects to, where datagrams go before any has come"),
    ("time=2026-11-22T12:00:00Z", "what it says"),
    ("unsynchronised", "says that it is not synchronised itself"),
];

/// A service, where it stands, and the local port that it asks for. A scenario is played several times.
pub(super) struct Placed {
    pub(super) address: SocketAddr,
    pub(super) make: MakeService,
    pub(super) local_port: Option<u16>,
    /// It accepts only when told to.
    pub(super) waits: bool,
}

/// Makes a service.
pub(super) type MakeService = Box<dyn Fn() -> Service>;

/// The service of a `peer` line.
pub(super) fn placed(kind: &str, address: SocketAddr, keys: &[&str]) -> Result<Placed, String> {
    let waits = keys.contains(&"waits");
    let (local_port, make) = service(kind, keys)?;
    Ok(Placed { address, make, local_port, waits })
}

/// The service of a kind with keys, and the local port it asks for.
///
/// # Errors
/// There is no such kind or key, or the key has no such value.
pub fn service(kind: &str, keys: &[&str]) -> Result<(Option<u16>, MakeService), String> {
    let Some((_, _, takes)) = KINDS.iter().find(|(name, _, _)| *name == kind) else {
        let names: Vec<&str> = KINDS.iter().map(|(name, _, _)| *name).collect();
        let meant =
            nearest(kind, names.iter().copied()).map_or(String::new(), |n| format!(" (did you mean `{n}`?)"));
        return Err(format!("no such peer: `{kind}`{meant}; there are {}", names.join(", ")));
    };
    let mut values = HashMap::new();
    for word in keys {
        let (key, value) = word.split_once('=').unwrap_or((*word, ""));
        if !takes.contains(&key) {
            let takes = if takes.is_empty() { "no keys".into() } else { takes.join(", ") };
            return Err(format!("a {kind} peer has no `{key}`; it takes {takes}"));
        }
        if values.insert(key, value).is_some() {
            return Err(format!("`{key}` stands there twice"));
        }
    }
    let mut keys = values;
    let port = match port_of(&mut keys, "localport")? {
        0 => None,
        port => Some(port),
    };
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
            let time = keys.remove("time").map_or(Ok(DEFAULT_CLOCK), unix_time)?;
            let synchronised = keys.remove("unsynchronised").is_none();
            let waits = keys.remove("waits").is_some();
            Box::new(move || {
                let peer = if waits { TimePeer::waiting() } else { TimePeer::new(time, synchronised) };
                Service::Datagrams(Box::new(peer), 0)
            })
        }
        "tls" => {
            let config = own(&mut keys)?;
            // A new copy for every run, so that no run resumes the sessions of another.
            Box::new(move || {
                let lingers = manners == Manners::Lingers;
                let config =
                    Arc::new(ServerConfig { sessions: Sessions::default(), lingers, ..config.clone() });
                let make = move |seed| Box::new(TlsPeer::new(config.clone(), seed, manners)) as Box<dyn Peer>;
                accept(make)()
            })
        }
        _ => {
            let config = Arc::new(tls12(&mut keys)?);
            accept(move |_| Box::new(RustlsPeer::new(config.clone(), manners)))
        }
    };
    Ok((port, make))
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
        Some(other) => return Err(format!("no such version: `{other}`; there are 3.0, 1.0, 1.1, 1.2")),
    };
    let suites = match keys.remove("suite") {
        None => config.suites.clone(),
        Some(code) => {
            let suite = u16::from_str_radix(code, 16).ok().filter(|code| suites::by_code(*code).is_some());
            vec![suite.ok_or_else(|| format!("`{code}` is no suite of Table 3, as in 0035 or C02F"))?]
        }
    };
    let client_auth = if asks(keys)? { ClientAuth::Require } else { ClientAuth::No };
    Ok(ServerConfig { versions, suites, client_auth, ..config })
}

fn asks(keys: &mut HashMap<&str, &str>) -> Result<bool, String> {
    match keys.remove("ask") {
        None => Ok(false),
        Some("client") => Ok(true),
        Some(other) => Err(format!("`ask={other}`: it can ask for `client` only")),
    }
}

fn identity(keys: &mut HashMap<&str, &str>) -> Result<Identity, String> {
    let host = keys.remove("host").unwrap_or("server.example");
    let kind = match keys.remove("key").unwrap_or("rsa2048") {
        "rsa1024" => Kind::Rsa1024,
        "rsa2048" => Kind::Rsa2048,
        "ec" => Kind::Ec(Curve::P256),
        other => return Err(format!("no such key: `{other}`; there are rsa1024, rsa2048, ec")),
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
        other => return strange(other, kind, host),
    })
}

/// Certificates that no ordinary authority issues.
fn strange(name: &str, kind: Kind, host: &str) -> Result<Identity, String> {
    let (pki, template) = (pki(), Template::server(host));
    let good = pki.server(kind, host);
    let replaced = |der: &[u8]| {
        // sha256WithRSAEncryption becomes md2WithRSAEncryption: the last arc is 2 in place of 11.
        let sha256 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
        let mut der = der.to_vec();
        for at in 0..der.len().saturating_sub(sha256.len()) {
            if der[at..].starts_with(&sha256) {
                der[at + sha256.len() - 1] = 2;
            }
        }
        der
    };
    Ok(match name {
        "weak" => pki.rsa_root.identity(&template, rsa("rsa512")),
        "md2" => {
            let own = replaced(&pki.rsa_root.identity(&template, good.key.clone()).chain[0]);
            Identity { chain: vec![own], key: good.key }
        }
        "client" => pki.identity(kind, "server", &Template::client(host)),
        "leafsigned" => {
            let other = pki.server(kind, "leaf.example");
            let leaf = Authority {
                name: "leaf.example".into(),
                certificate: other.chain[0].clone(),
                key: other.key,
                above: other.chain,
            };
            leaf.identity(&template, good.key)
        }
        "critical" => {
            let extensions = vec![(vec![1, 3, 6, 1, 4, 1, 99999, 1], true, vec![5, 0])];
            pki.identity(kind, "server", &Template { extensions, ..template })
        }
        "malformed" => Identity { chain: vec![b"\x30\x03\x02\x01\x01".to_vec()], key: good.key },
        "wrongkey" => Identity { key: pki.client(kind, "client").key, ..good },
        other => {
            return Err(format!(
                "no such certificate: `{other}`; there are valid, expired, future, unknown, selfsigned, badsign, \
                 and of a tls peer weak, md2, client, leafsigned, critical, malformed, wrongkey"
            ));
        }
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
    builder.with_single_cert(chain, key).map_err(|e| format!("this library takes no such key: {e}"))
}
