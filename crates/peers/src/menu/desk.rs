//! Certificates of a run: a new authority each time, which vouches for what should be vouched for.

use super::{Service, Talk};
use crate::{
    ca::{Authority, Curve, Identity, Template},
    crypto::{PrivateKey, RsaKey},
    server::{self, Resumption},
};
use rustls::{
    RootCertStore, ServerConfig, SupportedProtocolVersion,
    crypto::aws_lc_rs::default_provider,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
    version::TLS12,
};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

/// This machine, as everybody calls it.
const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// A file for the module: its name in UFS, and what is in it.
pub type StoredFile = (&'static str, String);

/// Who makes certificates.
#[derive(Debug)]
pub struct Desk {
    root: Authority,
    intermediate: Authority,
    /// Of whom no module has heard.
    unknown: Authority,
    rsa: PrivateKey,
    ec: PrivateKey,
    client: Identity,
    hosts: Vec<String>,
    addresses: Vec<IpAddr>,
}

impl Desk {
    /// New keys, and certificates for `localhost`, 127.0.0.1, ::1, and these names and addresses.
    ///
    /// # Errors
    /// The operating system has no random numbers.
    pub fn new(names: &[String]) -> io::Result<Desk> {
        let (mut hosts, mut addresses) = (vec!["localhost".to_owned()], LOOPBACK.to_vec());
        for name in names {
            match name.parse::<IpAddr>() {
                Ok(address) => addresses.push(address),
                Err(_) => hosts.push(name.clone()),
            }
        }
        let key = || RsaKey::generate().map(PrivateKey::Rsa);
        // The authorities that do the least share a key: making one takes a while.
        let (root_key, other_key, rsa) = (key()?, key()?, key()?);
        let root = Authority::root(&Template::authority("modemtwin peer CA"), root_key);
        let intermediate = Template::authority("modemtwin peer intermediate CA");
        Ok(Desk {
            intermediate: root.subordinate(&intermediate, other_key.clone()),
            unknown: Authority::root(&Template::authority("A CA that nobody knows"), other_key),
            client: root.identity(&Template::client("modemtwin client"), key()?),
            root,
            rsa,
            ec: PrivateKey::random_ec(Curve::P256)?,
            hosts,
            addresses,
        })
    }

    /// What a module needs: the CA file, and a client's certificate with its key.
    pub fn files(&self) -> [StoredFile; 3] {
        [
            ("ca.pem", self.root.pem()),
            ("client.pem", self.client.chain_pem()),
            ("client.key", self.client.key_pem()),
        ]
    }

    /// What a server certificate says when nothing is wrong.
    pub fn template(&self) -> Template {
        let (dns, ips) = (self.hosts.clone(), self.addresses.clone());
        Template { dns, ips, ..Template::server("localhost") }
    }

    /// A good server with an RSA key, below the intermediate authority.
    pub fn good(&self) -> Identity {
        self.issued(&self.template())
    }

    /// A server with this certificate, below the intermediate authority.
    pub fn issued(&self, template: &Template) -> Identity {
        self.intermediate.identity(template, self.rsa.clone())
    }

    /// A good server right below the root, for programs that send one certificate only.
    pub fn below_root(&self) -> Identity {
        self.root.identity(&self.template(), self.rsa.clone())
    }

    /// A good server without the intermediate's certificate.
    pub fn without_intermediate(&self) -> Identity {
        let mut identity = self.good();
        identity.chain.truncate(1);
        identity
    }

    /// A server whose certificate is its own authority.
    pub fn self_signed(&self) -> Identity {
        Identity::self_signed(&self.template(), self.rsa.clone())
    }

    /// A server below an authority that no module knows.
    pub fn of_unknown_root(&self) -> Identity {
        self.unknown.identity(&self.template(), self.rsa.clone())
    }

    /// A good server with a P-256 key.
    pub fn ecdsa(&self) -> Identity {
        // An EC key cannot encipher (RFC 5480 3).
        let mut template = self.template();
        template.key_usage.retain(|usage| *usage != crate::ca::KEY_ENCIPHERMENT);
        self.intermediate.identity(&template, self.ec.clone())
    }

    /// A good server with so many authorities above it, and a certificate with many names.
    pub fn big_chain(&self, authorities: usize, names: usize) -> Identity {
        let mut authority = self.intermediate.clone();
        for number in 1..authorities {
            let name = format!("modemtwin peer intermediate CA {number}");
            authority = authority.subordinate(&Template::authority(&name), self.rsa.clone());
        }
        let mut template = self.template();
        template
            .dns
            .extend((0..names).map(|number| format!("host-{number}.of.a.very.large.service.example")));
        authority.identity(&template, self.rsa.clone())
    }

    /// A server of the project's own with everything on but resumption, which a run of any length would have to forget.
    pub fn legacy(&self, identity: Identity) -> server::ServerConfig {
        server::ServerConfig {
            identities: vec![identity],
            resumption: Resumption::No,
            ..server::ServerConfig::new("localhost")
        }
    }

    /// TLS 1.2 by rustls.
    pub fn tls12(&self, identity: Identity, talk: Talk) -> Service {
        Service::Tls(self.rustls(&[&TLS12], identity, false), talk)
    }

    /// A server of rustls; with `asks`, one that wants a certificate of this desk's.
    ///
    /// # Panics
    /// Never: it is this desk's certificates that are put together.
    pub fn rustls(
        &self,
        versions: &[&'static SupportedProtocolVersion],
        identity: Identity,
        asks: bool,
    ) -> Arc<ServerConfig> {
        let provider = Arc::new(default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone());
        let builder = builder.with_protocol_versions(versions).expect("suites of each version");
        let builder = match asks {
            true => {
                let mut roots = RootCertStore::empty();
                roots.add(self.root.certificate.clone().into()).expect("a root of this desk's");
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().expect("a root to go by"))
            }
            false => builder.with_no_client_auth(),
        };
        let chain = identity.chain.iter().cloned().map(Into::into).collect();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.key.pkcs8_der()));
        Arc::new(builder.with_single_cert(chain, key).expect("a certificate with its key"))
    }
}
