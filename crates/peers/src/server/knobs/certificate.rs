//! The server's Certificate message, and what stands in the certificates.

use super::*;
use crate::{
    ca::{Curve, Identity, Kind, Template, pki, rsa},
    crypto::Hash,
    server::{Message, wire::alert::*},
};

/// A row about verification: the client checks, and the server has this identity.
fn verified(name: &str, rule: &'static str, setup: fn(&mut Setup), due: Due) -> Knob {
    // The fault is in the settings; there is nothing to hook.
    Knob { name: name.into(), rule, on: NO_SKE.to_vec(), setup, hooks: vec![], due }
}

fn identity(setup: &mut Setup, identity: Identity) {
    setup.client.verify = true;
    setup.server.identities = vec![identity];
}

pub(super) fn knobs() -> Vec<Knob> {
    let list = |name, edit, due| knob(name, "RFC 5246 7.4.2", USUAL, Hook::Certificate(edit), due);
    let body = |name, edit, due| knob(name, "RFC 5246 7.4.2", EACH_VERSION, Hook::FirstFlight(edit), due);
    let decode = Due::Alert(DECODE_ERROR, "Decode");
    vec![
        list(
            "no certificates",
            |chain| chain.clear(),
            Due::Alert(DECODE_ERROR, "PeerMisbehaved(NoCertificate"),
        ),
        list("certificate of no bytes", |chain| chain[0].clear(), decode),
        list(
            "certificate that is no DER",
            |chain| chain[0] = b"certificate".to_vec(),
            Due::Alert(BAD_CERTIFICATE, "Certificate"),
        ),
        list(
            "certificate that ends in the middle",
            |chain| chain[0].truncate(100),
            Due::Alert(BAD_CERTIFICATE, "Certificate"),
        ),
        list(
            "bytes after the certificate, inside its field",
            |chain| chain[0].extend([0, 0]),
            Due::Alert(BAD_CERTIFICATE, "Certificate"),
        ),
        list(
            "forty certificates",
            |chain| *chain = vec![chain[0].clone(); 40],
            Due::Alert(ILLEGAL_PARAMETER, "PeerMisbehaved(TooManyCertificates"),
        ),
        list(
            "certificates of 100 KB",
            |chain| chain.push(vec![0x30; 100_000]),
            Due::Alert(ILLEGAL_PARAMETER, "PeerMisbehaved(HandshakeTooLong"),
        ),
        list(
            "EC certificate for an RSA suite",
            |chain| *chain = pki().server(Kind::Ec(Curve::P256), "localhost").chain,
            Due::Alert(UNSUPPORTED_CERTIFICATE, "PeerMisbehaved(WrongKeyKind"),
        ),
        knob(
            "RSA certificate for an ECDSA suite",
            "RFC 8422 2.2",
            &[(Tls12, ECDHE_ECDSA_AES128)],
            Hook::Certificate(|chain| *chain = pki().server(Kind::Rsa1024, "localhost").chain),
            Due::Alert(UNSUPPORTED_CERTIFICATE, "PeerMisbehaved(WrongKeyKind"),
        ),
        knob(
            "EC certificate for RSA key transport",
            "RFC 5246 7.4.2",
            EACH_VERSION,
            Hook::Certificate(|chain| *chain = pki().server(Kind::Ec(Curve::P256), "localhost").chain),
            Due::Alert(UNSUPPORTED_CERTIFICATE, "PeerMisbehaved(WrongKeyKind"),
        ),
        knob(
            "RSA certificate for fixed ECDH",
            "RFC 8422 2.1",
            &[(Tls10, 0xc00e), (Tls12, 0xc029)],
            Hook::Certificate(|chain| *chain = pki().server(Kind::Rsa1024, "localhost").chain),
            Due::Alert(UNSUPPORTED_CERTIFICATE, "PeerMisbehaved(WrongKeyKind"),
        ),
        body("bytes after the certificates", |f| f.body(Message::Certificate).push(0), decode),
        body("list of certificates that says too much", |f| f.body(Message::Certificate)[2] += 1, decode),
        body("list of certificates that says too little", |f| f.body(Message::Certificate)[2] -= 1, decode),
        body("certificate longer than the list", |f| f.body(Message::Certificate)[5] += 1, decode),
        body("Certificate of two bytes", |f| f.body(Message::Certificate).truncate(2), decode),
        body("empty Certificate", |f| f.body(Message::Certificate).clear(), decode),
        verified(
            "certificate of an unknown root",
            "RFC 5280 6",
            |s| {
                let template = Template::server("localhost");
                identity(s, pki().unknown_root.identity(&template, rsa("rsa1024-server")));
            },
            Due::Alert(UNKNOWN_CA, "Certificate"),
        ),
        verified(
            "self-signed certificate",
            "RFC 5280 6",
            |s| {
                let template = Template::server("localhost");
                identity(s, Identity::self_signed(&template, rsa("rsa1024-server")));
            },
            Due::Alert(UNKNOWN_CA, "Certificate"),
        ),
        verified(
            "expired certificate",
            "RFC 5280 6.1.3",
            |s| {
                let template = Template::server("localhost").expired();
                identity(s, pki().rsa_root.identity(&template, rsa("rsa1024-server")));
            },
            Due::Alert(CERTIFICATE_EXPIRED, "Certificate"),
        ),
        verified(
            "certificate of the future",
            "RFC 5280 6.1.3",
            |s| {
                let template = Template::server("localhost").not_yet_valid();
                identity(s, pki().rsa_root.identity(&template, rsa("rsa1024-server")));
            },
            Due::Alert(CERTIFICATE_EXPIRED, "Certificate"),
        ),
        verified(
            "certificate of another host",
            "RFC 6125 6",
            |s| identity(s, pki().server(Kind::Rsa1024, "elsewhere.example")),
            Due::Alert(BAD_CERTIFICATE, "Certificate"),
        ),
        verified(
            "wrong signature under the certificate",
            "RFC 5280 6.1.3",
            |s| {
                let template = Template { bad_signature: true, ..Template::server("localhost") };
                identity(s, pki().rsa_root.identity(&template, rsa("rsa1024-server")));
            },
            Due::Alert(BAD_CERTIFICATE, "Certificate"),
        ),
        verified(
            "certificate of a client",
            "RFC 5280 4.2.1.12",
            |s| {
                let template = Template { dns: vec!["localhost".into()], ..Template::client("localhost") };
                identity(s, pki().rsa_root.identity(&template, rsa("rsa1024-server")));
            },
            Due::Alert(UNSUPPORTED_CERTIFICATE, "Certificate"),
        ),
        verified(
            "certificate signed by a certificate that is no authority",
            "RFC 5280 6.1.4",
            |s| {
                let end = pki().rsa_root.subordinate(&Template::server("middle"), rsa("rsa2048-server"));
                identity(s, end.identity(&Template::server("localhost"), rsa("rsa1024-server")));
            },
            Due::Alert(BAD_CERTIFICATE, "Certificate"),
        ),
        verified(
            "certificate with a critical extension that nobody knows",
            "RFC 5280 4.2",
            |s| {
                let extensions = vec![(vec![1, 3, 6, 1, 4, 1, 99999, 1], true, vec![5, 0])];
                let template = Template { extensions, ..Template::server("localhost") };
                identity(s, pki().rsa_root.identity(&template, rsa("rsa1024-server")));
            },
            Due::Alert(BAD_CERTIFICATE, "Certificate"),
        ),
        verified(
            "chain with its intermediate missing",
            "RFC 5246 7.4.2",
            |s| {
                let mut whole = pki().server(Kind::Rsa2048, "localhost");
                whole.chain.truncate(1);
                identity(s, whole);
            },
            Due::Alert(UNKNOWN_CA, "Certificate"),
        ),
        verified(
            "good chain over an intermediate",
            "RFC 5280 6",
            |s| identity(s, pki().server(Kind::Rsa2048, "localhost")),
            Due::Accept,
        ),
        verified(
            "RSA key of 512 bits",
            "D7",
            |s| identity(s, pki().rsa_root.identity(&Template::server("localhost"), rsa("rsa512"))),
            Due::Alert(UNSUPPORTED_CERTIFICATE, "Certificate"),
        ),
        verified(
            "RSA key of 4096 bits",
            "D7",
            |s| identity(s, pki().rsa_root.identity(&Template::server("localhost"), rsa("rsa4096"))),
            Due::Accept,
        ),
        verified(
            "RSA key of 8192 bits",
            "D7",
            |s| identity(s, pki().rsa_root.identity(&Template::server("localhost"), rsa("rsa8192"))),
            Due::Accept,
        ),
        verified(
            "certificate signed over MD5",
            "D7",
            |s| {
                let template = Template::server("localhost").hash(Hash::Md5);
                identity(s, pki().rsa_root.identity(&template, rsa("rsa1024-server")));
            },
            Due::Accept,
        ),
        verified(
            "certificate signed over SHA-1",
            "D7",
            |s| {
                let template = Template::server("localhost").hash(Hash::Sha1);
                identity(s, pki().rsa_root.identity(&template, rsa("rsa1024-server")));
            },
            Due::Accept,
        ),
    ]
}
