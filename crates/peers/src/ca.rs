//! A certificate authority for tests, good and bad certificates alike.
//!
//! Everything is deterministic: the same call gives the same bytes on every machine, so that recorded flows
//! can contain certificates. Certificates are written out here and not by a library, because a test needs
//! those that libraries refuse to make: MD5 signatures, version 1, wrong curves, contradictory extensions.
//! RSA keys are committed files (finding primes is slow); they protect nothing.

pub mod der;
mod keys;

use crate::crypto::{Hash, PrivateKey, PublicKey, Rng};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, OnceLock, PoisonError},
};

pub use crate::crypto::Curve;
pub use keys::{rsa, rsa_pem};

/// A certificate chain with the private key of its first certificate.
#[derive(Clone, Debug)]
pub struct Identity {
    /// DER certificates, the owner's first; the root is left out unless it is the only one.
    pub chain: Vec<Vec<u8>>,
    /// The key of `chain[0]`.
    pub key: PrivateKey,
}

/// Who can sign certificates.
#[derive(Clone, Debug)]
pub struct Authority {
    /// Common name in subject and issuer.
    pub name: String,
    /// Its own certificate.
    pub certificate: Vec<u8>,
    /// Its key.
    pub key: PrivateKey,
    /// Certificates to send along, its own first; empty for a root.
    pub above: Vec<Vec<u8>>,
}

/// What a certificate says; the fields start out right and a test spoils some.
#[derive(Clone, Debug)]
pub struct Template {
    /// Common name.
    pub subject: String,
    /// Serial number, big-endian.
    pub serial: Vec<u8>,
    /// First second of validity, `YYYYMMDDhhmmss`.
    pub not_before: String,
    /// Last second of validity, `YYYYMMDDhhmmss`.
    pub not_after: String,
    /// X.509 version: 1 (then without extensions) or 3.
    pub version: u8,
    /// Hash of the signature; `None` takes one that suits the issuer's key.
    pub hash: Option<Hash>,
    /// Sign with RSASSA-PSS where the issuer has an RSA key.
    pub pss: bool,
    /// Flip a bit of the signature.
    pub bad_signature: bool,
    /// basicConstraints: `None` for no extension, else cA with an optional path length.
    pub ca: Option<Option<u8>>,
    /// keyUsage bits; empty for no extension.
    pub key_usage: Vec<u8>,
    /// extendedKeyUsage: last arcs under id-kp (1 server, 2 client); empty for no extension.
    pub ext_key_usage: Vec<u64>,
    /// DNS names of the subjectAltName.
    pub dns: Vec<String>,
    /// Addresses of the subjectAltName.
    pub ips: Vec<IpAddr>,
    /// More extensions, as they are: OID, criticality, DER value.
    pub extensions: Vec<(Vec<u64>, bool, Vec<u8>)>,
}

impl Template {
    /// A server's certificate: this DNS name, and the loopback address.
    pub fn server(name: &str) -> Template {
        Template {
            dns: vec![name.to_string()],
            ips: vec![IpAddr::from([127, 0, 0, 1])],
            ext_key_usage: vec![1],
            key_usage: vec![DIGITAL_SIGNATURE, KEY_ENCIPHERMENT, KEY_AGREEMENT],
            ..Template::plain(name)
        }
    }

    /// A client's certificate.
    pub fn client(name: &str) -> Template {
        Template { ext_key_usage: vec![2], key_usage: vec![DIGITAL_SIGNATURE], ..Template::plain(name) }
    }

    /// An authority's certificate.
    pub fn authority(name: &str) -> Template {
        Template { ca: Some(None), key_usage: vec![KEY_CERT_SIGN, CRL_SIGN], ..Template::plain(name) }
    }

    /// Over since 2011.
    pub fn expired(mut self) -> Template {
        (self.not_before, self.not_after) = ("20100101000000".into(), "20110101000000".into());
        self
    }

    /// Valid from 2060 on.
    pub fn not_yet_valid(mut self) -> Template {
        (self.not_before, self.not_after) = ("20600101000000".into(), "20700101000000".into());
        self
    }

    /// Signed over this hash.
    pub fn hash(mut self, hash: Hash) -> Template {
        self.hash = Some(hash);
        self
    }

    fn plain(name: &str) -> Template {
        Template {
            subject: name.into(),
            serial: Hash::Sha256.digest(&[name.as_bytes()])[..8].to_vec(),
            not_before: "20200101000000".into(),
            not_after: "20491231235959".into(),
            version: 3,
            hash: None,
            pss: false,
            bad_signature: false,
            ca: None,
            key_usage: vec![],
            ext_key_usage: vec![],
            dns: vec![],
            ips: vec![],
            extensions: vec![],
        }
    }

    /// The certificate of `public` under this template.
    fn sign(&self, public: &PublicKey, issuer: &str, key: &PrivateKey) -> Vec<u8> {
        let hash = self.hash.unwrap_or(match key {
            PrivateKey::Rsa(_) => Hash::Sha256,
            PrivateKey::Ec(key) => key.curve().into(),
        });
        let algorithm = signature_algorithm(key, hash, self.pss);
        let extensions = self.extensions();
        let tbs = der::sequence(&[
            if self.version == 1 { vec![] } else { der::tlv(0xa0, &der::integer(&[self.version - 1])) },
            der::integer(&self.serial),
            algorithm.clone(),
            name(issuer),
            der::sequence(&[der::time(&self.not_before), der::time(&self.not_after)]),
            name(&self.subject),
            public.to_spki(),
            if self.version == 1 || extensions.is_empty() {
                vec![]
            } else {
                der::tlv(0xa3, &der::sequence(&extensions))
            },
        ]);
        let mut signature = match key {
            PrivateKey::Rsa(key) if self.pss => {
                key.sign_pss(hash, &hash.digest(&[&tbs]), &mut Rng::new(0, &self.subject))
            }
            key => key.sign(hash, &tbs),
        };
        if self.bad_signature {
            let last = signature.len() - 1;
            signature[last] ^= 1;
        }
        der::sequence(&[tbs, algorithm, der::bits(&signature)])
    }

    fn extensions(&self) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        if let Some(path_len) = self.ca {
            let path_len = path_len.map_or(vec![], |n| der::integer(&[n]));
            out.push(extension(&[2, 5, 29, 19], true, &der::sequence(&[der::yes(), path_len])));
        }
        if !self.key_usage.is_empty() {
            out.push(extension(&[2, 5, 29, 15], true, &der::named_bits(&self.key_usage)));
        }
        if !self.ext_key_usage.is_empty() {
            let purposes: Vec<_> =
                self.ext_key_usage.iter().map(|arc| der::oid(&[1, 3, 6, 1, 5, 5, 7, 3, *arc])).collect();
            out.push(extension(&[2, 5, 29, 37], false, &der::sequence(&purposes)));
        }
        let dns = self.dns.iter().map(|name| der::tlv(0x82, name.as_bytes()));
        let ips = self.ips.iter().map(|ip| match ip {
            IpAddr::V4(ip) => der::tlv(0x87, &ip.octets()),
            IpAddr::V6(ip) => der::tlv(0x87, &ip.octets()),
        });
        let names: Vec<_> = dns.chain(ips).collect();
        if !names.is_empty() {
            out.push(extension(&[2, 5, 29, 17], false, &der::sequence(&names)));
        }
        out.extend(self.extensions.iter().map(|(oid, critical, value)| extension(oid, *critical, value)));
        out
    }
}

impl Authority {
    /// A self-signed root.
    pub fn root(template: &Template, key: PrivateKey) -> Authority {
        let certificate = template.sign(&key.public(), &template.subject, &key);
        Authority { name: template.subject.clone(), certificate, key, above: vec![] }
    }

    /// An authority under this one.
    pub fn subordinate(&self, template: &Template, key: PrivateKey) -> Authority {
        let certificate = self.issue(template, &key.public());
        let above = [vec![certificate.clone()], self.above.clone()].concat();
        Authority { name: template.subject.clone(), certificate, key, above }
    }

    /// One certificate.
    pub fn issue(&self, template: &Template, public: &PublicKey) -> Vec<u8> {
        template.sign(public, &self.name, &self.key)
    }

    /// A certificate for this key with the chain to send along.
    pub fn identity(&self, template: &Template, key: PrivateKey) -> Identity {
        let own = self.issue(template, &key.public());
        Identity { chain: [vec![own], self.above.clone()].concat(), key }
    }

    /// The certificate's PEM block.
    pub fn pem(&self) -> String {
        der::pem("CERTIFICATE", &self.certificate)
    }

    /// DER of the subject, as a CertificateRequest names it.
    pub fn distinguished_name(&self) -> Vec<u8> {
        name(&self.name)
    }
}

impl Identity {
    /// A self-signed one, not an authority.
    pub fn self_signed(template: &Template, key: PrivateKey) -> Identity {
        Identity { chain: vec![template.sign(&key.public(), &template.subject, &key)], key }
    }

    /// All certificates as PEM blocks.
    pub fn chain_pem(&self) -> String {
        self.chain.iter().map(|certificate| der::pem("CERTIFICATE", certificate)).collect()
    }

    /// The key as a PKCS#8 PEM block.
    pub fn key_pem(&self) -> String {
        self.key.pkcs8_pem()
    }
}

/// The kinds of key that a certificate can hold, and who signs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// RSA 1024 under the RSA root: the quick one, for tests in numbers.
    Rsa1024,
    /// RSA 2048 under the RSA intermediate.
    Rsa2048,
    /// EC under the EC root: for ECDHE_ECDSA and ECDH_ECDSA.
    Ec(Curve),
    /// EC under the RSA root: for ECDH_RSA, and ECDHE_ECDSA in TLS 1.2.
    EcByRsa(Curve),
}

/// Two roots and an intermediate, from which everything ordinary is issued.
#[derive(Debug)]
pub struct Pki {
    /// RSA 2048, self-signed.
    pub rsa_root: Authority,
    /// RSA 2048 under `rsa_root`.
    pub rsa_intermediate: Authority,
    /// P-256, self-signed.
    pub ec_root: Authority,
    /// RSA 2048, self-signed, of whom no client has heard.
    pub unknown_root: Authority,
    /// What `server` and `client` have issued: signing takes longer than a handshake, and always
    /// gives the same.
    issued: Mutex<HashMap<(Kind, &'static str, String), Identity>>,
}

/// The authorities, made once per process.
pub fn pki() -> &'static Pki {
    static PKI: OnceLock<Pki> = OnceLock::new();
    PKI.get_or_init(|| {
        let rsa_root = Authority::root(&Template::authority("Test RSA Root"), rsa("rsa2048-root"));
        Pki {
            rsa_intermediate: rsa_root
                .subordinate(&Template::authority("Test RSA Intermediate"), rsa("rsa2048-intermediate")),
            ec_root: Authority::root(
                &Template::authority("Test EC Root"),
                PrivateKey::ec(Curve::P256, "ec root"),
            ),
            unknown_root: Authority::root(&Template::authority("Unknown Root"), rsa("rsa2048-other")),
            rsa_root,
            issued: Mutex::default(),
        }
    })
}

impl Pki {
    /// A good server identity.
    pub fn server(&self, kind: Kind, host: &str) -> Identity {
        self.once(kind, "server", host, Template::server)
    }

    /// A good client identity.
    pub fn client(&self, kind: Kind, name: &str) -> Identity {
        self.once(kind, "client", name, Template::client)
    }

    fn once(&self, kind: Kind, owner: &'static str, name: &str, template: fn(&str) -> Template) -> Identity {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (kind, owner, name.to_string());
        issued.entry(key).or_insert_with(|| self.identity(kind, owner, &template(name))).clone()
    }

    /// Both roots in one PEM file.
    pub fn roots_pem(&self) -> String {
        self.rsa_root.pem() + &self.ec_root.pem()
    }

    /// An identity of this kind with the key of `owner` (`server` or `client`).
    pub fn identity(&self, kind: Kind, owner: &str, template: &Template) -> Identity {
        // An EC key cannot encipher (RFC 5480 3).
        let mut template = template.clone();
        if matches!(kind, Kind::Ec(_) | Kind::EcByRsa(_)) {
            template.key_usage.retain(|bit| *bit != KEY_ENCIPHERMENT);
        }
        let template = &template;
        match kind {
            Kind::Rsa1024 => self.rsa_root.identity(template, rsa(&format!("rsa1024-{owner}"))),
            Kind::Rsa2048 => self.rsa_intermediate.identity(template, rsa(&format!("rsa2048-{owner}"))),
            Kind::Ec(curve) => self.ec_root.identity(template, PrivateKey::ec(curve, owner)),
            Kind::EcByRsa(curve) => self.rsa_root.identity(template, PrivateKey::ec(curve, owner)),
        }
    }
}

/// A name of one common name.
fn name(common: &str) -> Vec<u8> {
    der::sequence(&[der::set(&[der::sequence(&[der::oid(&[2, 5, 4, 3]), der::utf8(common)])])])
}

fn extension(oid: &[u64], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { der::yes() } else { vec![] };
    der::sequence(&[der::oid(oid), critical, der::octets(value)])
}

/// AlgorithmIdentifier of a signature (RFC 3279 2.2, RFC 4055 3.1 and 5, RFC 5758 3.2).
fn signature_algorithm(key: &PrivateKey, hash: Hash, pss: bool) -> Vec<u8> {
    let rsa = |arc| der::sequence(&[der::oid(&[1, 2, 840, 113549, 1, 1, arc]), der::null()]);
    let ecdsa = |arcs: &[u64]| der::sequence(&[der::oid(&[&[1, 2, 840, 10045, 4], arcs].concat())]);
    match (key, hash) {
        (PrivateKey::Rsa(_), _) if pss => pss_algorithm(hash),
        (PrivateKey::Rsa(_), Hash::Md5) => rsa(4),
        (PrivateKey::Rsa(_), Hash::Sha1) => rsa(5),
        (PrivateKey::Rsa(_), Hash::Sha256) => rsa(11),
        (PrivateKey::Rsa(_), Hash::Sha384) => rsa(12),
        (PrivateKey::Rsa(_), Hash::Sha512) => rsa(13),
        (PrivateKey::Ec(_), Hash::Md5) => panic!("ECDSA with MD5 has no name"),
        (PrivateKey::Ec(_), Hash::Sha1) => ecdsa(&[1]),
        (PrivateKey::Ec(_), Hash::Sha256) => ecdsa(&[3, 2]),
        (PrivateKey::Ec(_), Hash::Sha384) => ecdsa(&[3, 3]),
        (PrivateKey::Ec(_), Hash::Sha512) => ecdsa(&[3, 4]),
    }
}

fn pss_algorithm(hash: Hash) -> Vec<u8> {
    let arc = match hash {
        Hash::Sha384 => 2,
        Hash::Sha512 => 3,
        Hash::Md5 | Hash::Sha1 | Hash::Sha256 => 1,
    };
    let hash_id = der::sequence(&[der::oid(&[2, 16, 840, 1, 101, 3, 4, 2, arc]), der::null()]);
    let mgf = der::sequence(&[der::oid(&[1, 2, 840, 113549, 1, 1, 8]), hash_id.clone()]);
    let salt = der::integer(&[hash.size() as u8]);
    let parameters = der::sequence(&[der::tlv(0xa0, &hash_id), der::tlv(0xa1, &mgf), der::tlv(0xa2, &salt)]);
    der::sequence(&[der::oid(&[1, 2, 840, 113549, 1, 1, 10]), parameters])
}

/// keyUsage bits (RFC 5280 4.2.1.3).
pub const DIGITAL_SIGNATURE: u8 = 0;
/// keyUsage bit for RSA key exchange.
pub const KEY_ENCIPHERMENT: u8 = 2;
/// keyUsage bit for ECDH key exchange.
pub const KEY_AGREEMENT: u8 = 4;
/// keyUsage bit of an authority.
pub const KEY_CERT_SIGN: u8 = 5;
/// keyUsage bit of an authority that revokes.
pub const CRL_SIGN: u8 = 6;
