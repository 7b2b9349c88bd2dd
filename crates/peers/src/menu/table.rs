//! All peers, and what a module makes of each of them.
//!
//! What `modemtwin peer --list`, its help, `docs/peers.md` and the tests have of a peer stands here and nowhere else.

use super::{Desk, Service, Talk};
use crate::{
    ca::Identity,
    server::{Hook, Packing, ServerConfig, Version},
};
use rustls::version::{TLS12, TLS13};
use std::sync::Arc;

/// A peer.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its port, if no other is asked for.
    pub port: u16,
    /// What it is.
    pub shows: &'static str,
    /// How a module connects to it.
    pub way: Way,
    /// What becomes of that.
    pub trials: &'static [Trial],
    /// What it does before anything else.
    pub(super) fault: Fault,
    pub(super) service: fn(&Desk) -> Service,
}

/// How a module connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// `AT+QSSLOPEN`
    Ssl,
    /// `AT+QIOPEN` with `"TCP"`
    Tcp,
    /// `AT+QIOPEN` with `"UDP"`
    Udp,
}

/// What a peer does to a connection instead of talking on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It talks.
    None,
    /// It talks, but in small pieces with pauses.
    Slow,
    /// It takes everything and never answers.
    Silent,
    /// It resets the connection when the first byte has come.
    Reset,
    /// It sends FIN in place of its first answer.
    ClosesEarly,
}

/// A module with all versions and suites, `seclevel` 1 and the CA file, and what comes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trial {
    /// What else is set by `AT+QSSLCFG`, a `;` between two: name and value.
    pub settings: &'static str,
    /// The result of the open (Table 5 of the note).
    pub code: u16,
    /// What the trace says of a failure, or a part of it.
    pub why: &'static str,
}

impl Trial {
    /// In words, for lists of peers.
    pub fn sentence(&self) -> String {
        let given = match self.settings {
            "" => String::new(),
            settings => format!("{}: ", settings.replace('"', "").replace(',', " ").replace(';', ", ")),
        };
        match self.code {
            0 => format!("{given}opens"),
            code => format!("{given}{code}, {}", self.why),
        }
    }
}

const fn opens(settings: &'static str) -> Trial {
    Trial { settings, code: 0, why: "" }
}

const fn fails(settings: &'static str, why: &'static str) -> Trial {
    Trial { settings, code: 566, why }
}

const GOOD: &[Trial] = &[opens("")];

const fn row(
    name: &'static str,
    port: u16,
    way: Way,
    shows: &'static str,
    trials: &'static [Trial],
    service: fn(&Desk) -> Service,
) -> Row {
    Row { name, port, shows, way, trials, fault: Fault::None, service }
}

const fn faulty(fault: Fault, row: Row) -> Row {
    Row { fault, ..row }
}

/// All of them, by kind.
pub const ROWS: &[Row] = &[
    row("echo", 8401, Way::Ssl, "sends everything back; TLS 1.2", GOOD, |desk| good(desk, Talk::Echo)),
    row("sink", 8402, Way::Ssl, "takes everything; TLS 1.2", GOOD, |desk| good(desk, Talk::Sink)),
    row("source", 8403, Way::Ssl, "sends a mebibyte, and closes; TLS 1.2", GOOD, |desk| {
        good(desk, Talk::Source)
    }),
    row("http", 8404, Way::Ssl, "answers a request of HTTP, and closes; TLS 1.2", GOOD, |desk| {
        good(desk, Talk::Http)
    }),
    row("echo-tcp", 8411, Way::Tcp, "sends everything back, without TLS", GOOD, |_| {
        Service::Plain(Talk::Echo)
    }),
    row("sink-tcp", 8412, Way::Tcp, "takes everything, without TLS", GOOD, |_| Service::Plain(Talk::Sink)),
    row("source-tcp", 8413, Way::Tcp, "sends a mebibyte, and closes, without TLS", GOOD, |_| {
        Service::Plain(Talk::Source)
    }),
    row("http-tcp", 8414, Way::Tcp, "answers a request of HTTP, and closes, without TLS", GOOD, |_| {
        Service::Plain(Talk::Http)
    }),
    row("echo-udp", 8415, Way::Udp, "sends datagrams back", GOOD, |_| Service::Datagrams),
    row(
        "expired",
        8421,
        Way::Ssl,
        "a certificate that ended in 2011",
        &[fails("\"ignorelocaltime\",0", "expired 2011-01-01"), opens("\"ignorelocaltime\",1")],
        |desk| certified(desk, desk.issued(&desk.template().expired())),
    ),
    row(
        "not-yet-valid",
        8422,
        Way::Ssl,
        "a certificate that begins in 2060",
        &[fails("\"ignorelocaltime\",0", "is valid from 2060"), opens("\"ignorelocaltime\",1")],
        |desk| certified(desk, desk.issued(&desk.template().not_yet_valid())),
    ),
    row(
        "self-signed",
        8423,
        Way::Ssl,
        "a certificate that nobody vouches for",
        &[fails("", "signed itself and is not in the CA file"), opens("\"seclevel\",0")],
        |desk| certified(desk, desk.self_signed()),
    ),
    row(
        "unknown-root",
        8424,
        Way::Ssl,
        "a certificate of an authority that is not in ca.pem",
        &[fails("", "was signed by CN=A CA that nobody knows"), opens("\"seclevel\",0")],
        |desk| certified(desk, desk.of_unknown_root()),
    ),
    row(
        "no-intermediate",
        8425,
        Way::Ssl,
        "a good certificate, sent without the authority between it and the root",
        &[fails("", "which is neither in the CA file nor sent by the server")],
        |desk| certified(desk, desk.without_intermediate()),
    ),
    row(
        "wrong-host",
        8426,
        Way::Ssl,
        "a certificate for wrong.example",
        &[fails("\"sni\",1", "is for wrong.example, wanted localhost"), opens("")],
        |desk| {
            let mut template = desk.template();
            (template.dns, template.ips) = (vec!["wrong.example".into()], vec![]);
            template.subject = "wrong.example".into();
            certified(desk, desk.issued(&template))
        },
    ),
    row(
        "client-cert",
        8427,
        Way::Ssl,
        "wants a client certificate of its own authority: client.pem, client.key",
        &[
            fails("", "the server wants a client certificate and context 1 has seclevel=1"),
            opens("\"seclevel\",2;\"clientcert\",\"UFS:client.pem\";\"clientkey\",\"UFS:client.key\""),
        ],
        |desk| Service::Tls(desk.rustls(&[&TLS12], desk.good(), true), Talk::Echo),
    ),
    row("ecdsa", 8428, Way::Ssl, "a P-256 key: ECDHE_ECDSA suites only", GOOD, |desk| {
        certified(desk, desk.ecdsa())
    }),
    row(
        "big-chain",
        8429,
        Way::Ssl,
        "six authorities and a certificate with 200 names, some 15 KiB",
        GOOD,
        |desk| certified(desk, desk.big_chain(6, 200)),
    ),
    row(
        "ssl30-only",
        8431,
        Way::Ssl,
        "SSL 3.0",
        &[opens(""), opens("\"sslversion\",0"), fails("\"sslversion\",3", "the server wants SSL 3.0")],
        |desk| {
            // Without extensions there are no curves to agree on.
            let config = ServerConfig {
                versions: (Version::Ssl30, Version::Ssl30),
                suites: vec![0x0035, 0x002f, 0x000a, 0x0005, 0x0004],
                ..desk.legacy(desk.good())
            };
            Service::Legacy(Arc::new(config), Talk::Echo)
        },
    ),
    row(
        "tls10-only",
        8432,
        Way::Ssl,
        "TLS 1.0",
        &[opens(""), opens("\"sslversion\",1"), fails("\"sslversion\",3", "the server wants TLS 1.0")],
        |desk| only(desk, Version::Tls10),
    ),
    row(
        "tls11-only",
        8433,
        Way::Ssl,
        "TLS 1.1",
        &[opens(""), opens("\"sslversion\",2"), fails("\"sslversion\",3", "the server wants TLS 1.1")],
        |desk| only(desk, Version::Tls11),
    ),
    row(
        "tls12-only",
        8434,
        Way::Ssl,
        "TLS 1.2",
        &[
            opens(""),
            opens("\"sslversion\",3"),
            fails("\"sslversion\",1", "the server answered protocol_version"),
        ],
        |desk| only(desk, Version::Tls12),
    ),
    row(
        "tls13-only",
        8435,
        Way::Ssl,
        "TLS 1.3, which the module does not speak",
        &[fails("", "likely speaks TLS 1.3 only")],
        |desk| Service::Tls(desk.rustls(&[&TLS13], desk.good(), false), Talk::Echo),
    ),
    row(
        "rc4-only",
        8436,
        Way::Ssl,
        "RC4 suites: 0X0005, 0X0004",
        &[opens(""), opens("\"ciphersuite\",0X0005"), fails("\"ciphersuite\",0XC02F", "no suite in common")],
        |desk| with_suites(desk, &[0x0005, 0x0004]),
    ),
    row(
        "3des-only",
        8437,
        Way::Ssl,
        "3DES suites: 0X000A, 0XC012",
        &[opens(""), opens("\"ciphersuite\",0X000A"), fails("\"ciphersuite\",0XC02F", "no suite in common")],
        |desk| with_suites(desk, &[0x000a, 0xc012]),
    ),
    row(
        "sni-required",
        8438,
        Way::Ssl,
        "answers unrecognized_name to who does not name it",
        &[
            fails("\"sni\",0", "context 1 has sni=0 and the server answered unrecognized_name"),
            opens("\"sni\",1"),
        ],
        |desk| {
            let config = ServerConfig { requires_name: true, ..desk.legacy(desk.good()) };
            Service::Legacy(Arc::new(config), Talk::Echo)
        },
    ),
    row("tiny-records", 8441, Way::Ssl, "one byte a record, handshakes in records of 16", GOOD, |desk| {
        let config =
            ServerConfig { packing: Packing::Fragments(16), max_plaintext: 1, ..desk.legacy(desk.good()) };
        Service::Legacy(Arc::new(config), Talk::Echo)
    }),
    faulty(
        Fault::Slow,
        row("slow", 8442, Way::Ssl, "sends 128 bytes 40 times a second, and no faster", GOOD, |desk| {
            good(desk, Talk::Echo)
        }),
    ),
    row("truncated", 8443, Way::Ssl, "says a few bytes and is gone, without close_notify", GOOD, |desk| {
        good(desk, Talk::Truncated)
    }),
    faulty(
        Fault::ClosesEarly,
        row(
            "closing-early",
            8444,
            Way::Ssl,
            "FIN in place of a ServerHello",
            &[fails("", "the server closed the TCP connection without close_notify")],
            |desk| good(desk, Talk::Echo),
        ),
    ),
    faulty(
        Fault::Reset,
        row(
            "reset",
            8445,
            Way::Ssl,
            "RST in place of a ServerHello",
            &[fails("", "reset the connection while ServerHello was due")],
            |desk| good(desk, Talk::Echo),
        ),
    ),
    faulty(
        Fault::Silent,
        row(
            "silent",
            8446,
            Way::Ssl,
            "accepts, and never answers",
            &[Trial { settings: "\"negotiatetime\",10", code: 569, why: "longer than negotiatetime (10 s)" }],
            |desk| good(desk, Talk::Echo),
        ),
    ),
    row(
        "bad-mac",
        8447,
        Way::Ssl,
        "a record of its Finished that cannot be authenticated",
        &[fails("", "a record does not authenticate")],
        |desk| {
            let spoil = |record: &mut crate::server::Outgoing| {
                if record.protected {
                    record.fault = Some(crate::server::Fault::BadMac);
                }
            };
            let config = desk.legacy(desk.good()).hook(Hook::Record(spoil));
            Service::Legacy(Arc::new(config), Talk::Echo)
        },
    ),
];

fn good(desk: &Desk, talk: Talk) -> Service {
    desk.tls12(desk.good(), talk)
}

fn certified(desk: &Desk, identity: Identity) -> Service {
    Service::Legacy(Arc::new(desk.legacy(identity)), Talk::Echo)
}

fn only(desk: &Desk, version: Version) -> Service {
    let config = ServerConfig { versions: (version, version), ..desk.legacy(desk.good()) };
    Service::Legacy(Arc::new(config), Talk::Echo)
}

fn with_suites(desk: &Desk, suites: &[u16]) -> Service {
    let config = ServerConfig { suites: suites.to_vec(), ..desk.legacy(desk.good()) };
    Service::Legacy(Arc::new(config), Talk::Echo)
}
