//! What looks strange and is allowed, so that a client must not mind.

use super::*;
use crate::{
    ca::{Curve, Kind, pki},
    server::{
        ClientAuth, Group, Item, Message, Resumption,
        wire::{alert::*, content, extension},
    },
};

/// A row whose strangeness is in the settings.
fn set(name: &str, rule: &'static str, on: &[(Version, u16)], setup: fn(&mut Setup)) -> Knob {
    Knob { name: name.into(), rule, on: on.to_vec(), setup, hooks: vec![], due: Due::Accept }
}

/// Ciphers and key exchanges of each version.
const ALL: &[(Version, u16)] = &[
    (Ssl30, RSA_RC4),
    (Ssl30, ECDHE_RSA_AES128),
    (Tls10, RSA_RC4),
    (Tls10, ECDHE_RSA_AES128),
    (Tls11, ECDHE_RSA_AES128),
    (Tls12, RSA_AES256_SHA256),
    (Tls12, ECDHE_ECDSA_AES128),
    (Tls12, ECDHE_RSA_GCM),
];

pub(super) fn knobs() -> Vec<Knob> {
    let hello = |name, rule, on, edit| knob(name, rule, on, Hook::ServerHello(edit), Due::Accept);
    let traffic = |name, rule, edit| knob(name, rule, EACH_VERSION, Hook::Traffic(edit), Due::Accept);
    vec![
        // Records and messages need not match.
        set("handshake records of one byte", "RFC 5246 6.2.1", ALL, |s| {
            s.server.packing = Packing::Fragments(1);
        }),
        set("handshake records of three bytes", "RFC 5246 6.2.1", ALL, |s| {
            s.server.packing = Packing::Fragments(3);
        }),
        set("handshake records of 100 bytes", "RFC 5246 6.2.1", ALL, |s| {
            s.server.packing = Packing::Fragments(100);
        }),
        set("all messages of a flight in one record", "RFC 5246 6.2.1", ALL, |s| {
            s.server.packing = Packing::Coalesced;
        }),
        set("network that gives one byte at a time", "RFC 5246 6.2.1", ALL, |s| s.cut = 1),
        set("network that gives seven bytes at a time", "RFC 5246 6.2.1", ALL, |s| s.cut = 7),
        set("records and network of one byte", "RFC 5246 6.2.1", ALL, |s| {
            s.cut = 1;
            s.server.packing = Packing::Fragments(1);
            s.server.max_plaintext = 1;
        }),
        set("data records of one byte", "RFC 5246 6.2.1", ALL, |s| s.server.max_plaintext = 1),
        set("Certificate over several records", "RFC 5246 6.2.1", ALL, |s| {
            s.server.identities.iter_mut().for_each(|i| i.chain.extend(vec![i.chain[0].clone(); 20]));
            s.server.max_plaintext = 500;
        }),
        traffic("empty data records before the data", "RFC 5246 6.2.1", |f| {
            (0..20).for_each(|_| f.before(Message::Data, Item::Record(content::APPLICATION_DATA, vec![])));
        }),
        // HelloRequest.
        knob(
            "HelloRequest in the middle of the handshake",
            "RFC 5246 7.4.1.1",
            EACH_VERSION,
            Hook::FirstFlight(|f| f.before(Message::ServerHelloDone, Item::Handshake(0, vec![]))),
            Due::Accept,
        ),
        knob(
            "HelloRequest among the data",
            "RFC 5246 7.4.1.1, RFC 5746 4.2",
            EACH_TLS,
            Hook::Traffic(|f| f.before(Message::Data, Item::Handshake(0, vec![]))),
            Due::AcceptAndWarn(NO_RENEGOTIATION),
        ),
        knob(
            "HelloRequest of a server without renegotiation_info",
            "RFC 5746 4.2",
            EACH_TLS,
            Hook::Traffic(|f| f.before(Message::Data, Item::Handshake(0, vec![]))),
            Due::AcceptAndWarn(NO_RENEGOTIATION),
        )
        .with(|s| s.server.renegotiation_info = false),
        // Hellos.
        hello("ServerHello without extensions", "RFC 5246 7.4.1.4", ALL, |h, _| h.extensions.clear()),
        hello("server random of zeros", "RFC 5246 7.4.1.3", ALL, |h, _| h.random = [0; 32]),
        hello("extensions in reverse order", "RFC 5246 7.4.1.4", ALL, |h, _| h.extensions.reverse()),
        hello("all point formats", "RFC 8422 5.1.2", USUAL, |h, _| {
            h.set(extension::POINT_FORMATS, &[3, 0, 1, 2]);
        }),
        hello("mark of a TLS 1.3 server in TLS 1.2", "RFC 8446 4.1.3", USUAL, |h, _| {
            h.random[24..].copy_from_slice(b"DOWNGRD\x01");
        }),
        knob(
            "mark of a TLS 1.2 server, to a client that offered no more",
            "RFC 8446 4.1.3",
            &[(Tls10, RSA_AES128)],
            Hook::ServerHello(|h, _| h.random[24..].copy_from_slice(b"DOWNGRD\x00")),
            Due::Accept,
        )
        .with(|s| s.client.versions = (Ssl30, Tls10)),
        set("max_fragment_length of 512", "RFC 6066 4", ALL, |s| {
            s.client.max_fragment_length = Some(tls::MaxFragmentLength::Bytes512)
        }),
        set("max_fragment_length that the server does not know", "RFC 6066 4", ALL, |s| {
            s.client.max_fragment_length = Some(tls::MaxFragmentLength::Bytes512);
            s.server.max_fragment_length = false;
        }),
        set("server without any extension of its own", "RFC 5246 7.4.1.4", ALL, |s| {
            s.server.extended_master_secret = false;
            s.server.encrypt_then_mac = false;
            s.server.renegotiation_info = false;
            s.server.acknowledge_name = false;
            s.server.resumption = Resumption::No;
        }),
        // Key exchange.
        set("group P-384", "RFC 8422 5.1.1", ALL, |s| s.server.groups = vec![Group::P384]),
        set("group P-521", "RFC 8422 5.1.1", ALL, |s| s.server.groups = vec![Group::P521]),
        set("group X25519", "RFC 8422 5.1.1", ALL, |s| s.server.groups = vec![Group::X25519]),
        set("signature over SHA-1", "RFC 5246 7.4.1.4.1", ALL, |s| s.server.schemes = vec![0x0201, 0x0203]),
        set("signature over SHA-384", "RFC 5246 7.4.1.4.1", ALL, |s| s.server.schemes = vec![0x0501, 0x0503]),
        set("signature over SHA-512", "RFC 5246 7.4.1.4.1", ALL, |s| s.server.schemes = vec![0x0601, 0x0603]),
        set("signature with PSS", "RFC 8446 4.2.3", USUAL, |s| s.server.schemes = vec![0x0804]),
        set("fixed ECDH on P-384", "RFC 8422 2.1", EACH_FIXED, |s| ec_keys(s, Curve::P384)),
        set("fixed ECDH on P-521", "RFC 8422 2.1", EACH_FIXED, |s| ec_keys(s, Curve::P521)),
        set("ECDSA on P-384", "RFC 8422 2.2", ECDSA, |s| ec_keys(s, Curve::P384)),
        set("ECDSA on P-521", "RFC 8422 2.2", ECDSA, |s| ec_keys(s, Curve::P521)),
        // Client certificates.
        set("client certificate, RSA", "RFC 5246 7.4.6", ALL, |s| {
            s.server.client_auth = ClientAuth::Require;
            s.client.identity = Some(Kind::Rsa1024);
        }),
        set("client certificate, ECDSA", "RFC 8422 5.6", ALL, |s| {
            s.server.client_auth = ClientAuth::Require;
            s.client.identity = Some(Kind::Ec(Curve::P256));
        }),
        set("client certificate asked for and not there", "RFC 5246 7.4.6", &ALL[2..], ask),
        Knob {
            due: Due::AcceptAndWarn(NO_CERTIFICATE),
            ..set("client certificate asked for and not there, SSL 3.0", "RFC 6101 5.6.6", &ALL[..2], ask)
        },
        knob(
            "CertificateRequest without types",
            "RFC 5246 7.4.4 wants one; nothing depends on it",
            EACH_TLS,
            Hook::FirstFlight(|f| {
                f.body(Message::CertificateRequest).splice(..3, [0]);
            }),
            Due::Accept,
        )
        .with(ask),
        knob(
            "CertificateRequest without schemes",
            "RFC 5246 7.4.4 wants one; there is no certificate to send then",
            USUAL,
            Hook::FirstFlight(|f| *f.body(Message::CertificateRequest) = vec![1, 1, 0, 0, 0, 0]),
            Due::Accept,
        )
        .with(ask),
        knob(
            "unknown certificate types in the CertificateRequest",
            "RFC 5246 7.4.4",
            ALL,
            Hook::FirstFlight(|f| {
                f.body(Message::CertificateRequest).splice(..3, [5, 1, 64, 2, 3, 200]);
            }),
            Due::Accept,
        )
        .with(|s| {
            s.server.client_auth = ClientAuth::Ask;
            s.client.identity = Some(Kind::Rsa1024);
        }),
        set("names of authorities in the CertificateRequest", "RFC 5246 7.4.4", ALL, |s| {
            s.server.client_auth = ClientAuth::Ask;
            s.client.identity = Some(Kind::Rsa1024);
            s.server.client_authorities = vec![pki().rsa_root.distinguished_name(); 3];
        }),
        // Resumption.
        set("resumption by session ID", "RFC 5246 7.3", ALL, resumption::by_id),
        set("resumption that the server has forgotten", "RFC 5246 7.4.1.2", ALL, |s| {
            resumption::by_id(s);
            s.first = |first| first.sessions = super::super::Sessions::default();
        }),
        knob(
            "ticket of no bytes",
            "RFC 5077 3.3",
            EACH_TLS,
            Hook::LastFlight(|f| *f.body(Message::NewSessionTicket) = vec![0, 0, 0, 0, 0, 0]),
            Due::Accept,
        ),
        knob(
            "ticket of 16 KB",
            "RFC 5077 3.3",
            EACH_TLS,
            Hook::LastFlight(|f| {
                *f.body(Message::NewSessionTicket) = [&[0, 0, 1, 0, 64, 0][..], &[9; 16384]].concat();
            }),
            Due::Accept,
        ),
        set("resumption by ticket", "RFC 5077 3.1", EACH_TLS, |s| s.resumed = true),
        set("resumption by ticket, with a new ticket", "RFC 5077 3.1", EACH_TLS, |s| {
            s.resumed = true;
            s.server.resumption = Resumption::RenewedTickets;
        }),
    ]
}

/// Fixed ECDH under an RSA and under an EC certificate.
const EACH_FIXED: &[(Version, u16)] =
    &[(Ssl30, 0xc00e), (Tls10, 0xc004), (Tls10, 0xc00e), (Tls11, 0xc002), (Tls12, 0xc026), (Tls12, 0xc029)];
const ECDSA: &[(Version, u16)] = &[
    (Ssl30, ECDHE_ECDSA_AES128),
    (Tls10, ECDHE_ECDSA_AES128),
    (Tls11, ECDHE_ECDSA_AES128),
    (Tls12, ECDHE_ECDSA_AES128),
];

fn ec_keys(setup: &mut Setup, curve: Curve) {
    let kinds = [Kind::Ec(curve), Kind::EcByRsa(curve)];
    setup.server.identities = kinds.map(|kind| pki().server(kind, "localhost")).to_vec();
}

fn ask(setup: &mut Setup) {
    setup.server.client_auth = ClientAuth::Ask;
}
