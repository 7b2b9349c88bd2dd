//! The rules that a server can break, as a table: how to break each, and what a client has to say to it.
//!
//! A knob is one row: where the rule matters (versions and suites, settings of both sides), the hook that
//! breaks it, and the alert and error that are due. Rows that break nothing, but only look strange, are due
//! to be accepted. Hooks edit what is sent and hashed alike, so a client that overlooks the fault would come to the
//! end of its handshake.
//!
//! Errors are written as the beginning of the client error's `Debug` text.

mod alerts;
mod certificate;
mod cipher;
mod hello;
mod key_exchange;
mod order;
mod records;
mod request;
mod resumption;
mod tolerated;

use super::{
    Hook, Packing, ServerConfig, Version,
    pair::{ClientSide, Pair},
};
use Version::{Ssl30, Tls10, Tls11, Tls12};
use std::sync::Arc;

/// One rule, and one way to break it.
#[derive(Clone, Debug)]
pub struct Knob {
    /// Unique, in words.
    pub name: String,
    /// The clause that is broken, or that allows what is done.
    pub rule: &'static str,
    /// Versions and suites on which the row is run.
    pub on: Vec<(Version, u16)>,
    /// Settings that make the row matter.
    pub setup: fn(&mut Setup),
    /// What the server does.
    pub hooks: Vec<Hook>,
    /// What is due.
    pub due: Due,
}

/// Settings of both sides.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The client.
    pub client: ClientSide,
    /// The server.
    pub server: ServerConfig,
    /// The row is about the second of two connections, which resumes the first.
    pub resumed: bool,
    /// What the first of two connections does differently.
    pub first: fn(&mut ServerConfig),
    /// The client gets its bytes in pieces of at most so many.
    pub cut: usize,
}

/// What the client has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Finish the handshake, and get its echo.
    Accept,
    /// The same, with this warning on the way.
    AcceptAndWarn(u8),
    /// Fail with this fatal alert and this error.
    Alert(u8, &'static str),
    /// Fail with some fatal alert: which one hangs on random bytes.
    AnyAlert,
    /// Fail with this error, and say nothing.
    Silence(&'static str),
}

/// What a client did.
#[derive(Debug)]
pub struct Outcome {
    /// The handshake was finished and the echo came back.
    pub echoed: bool,
    /// The client's alerts, close_notify left out: level, description.
    pub alerts: Vec<(u8, u8)>,
    /// The client's error.
    pub error: Option<tls::Error>,
    /// What the server complains of, which is never due.
    pub complaint: Option<String>,
    /// The handshake was an abbreviated one.
    pub resumed: bool,
}

/// The whole table.
pub fn all() -> Vec<Knob> {
    [
        hello::knobs(),
        certificate::knobs(),
        key_exchange::knobs(),
        request::knobs(),
        order::knobs(),
        resumption::knobs(),
        records::knobs(),
        cipher::knobs(),
        alerts::knobs(),
        tolerated::knobs(),
    ]
    .concat()
}

impl Knob {
    /// Runs the row on one version and suite, with its hooks or without.
    pub fn run(&self, (version, suite): (Version, u16), with_hooks: bool) -> Outcome {
        let mut setup = Setup {
            client: ClientSide::default(),
            server: ServerConfig::new("localhost").only(version, suite),
            resumed: false,
            first: |_| {},
            cut: usize::MAX,
        };
        (self.setup)(&mut setup);
        let client = Arc::new(setup.client.config());
        let mut session = None;
        if setup.resumed {
            let mut server = setup.server.clone();
            (setup.first)(&mut server);
            let mut pair = Pair::new(client.clone(), None, Arc::new(server), 1);
            pair.run();
            session = pair.client.take_session();
            assert!(session.is_some(), "{}: no session to resume: {:?}", self.name, pair.error);
        }
        if with_hooks {
            setup.server.hooks = self.hooks.clone();
        } else {
            setup.server.packing = Packing::OnePerRecord;
        }
        let mut pair = Pair::new(client, session, Arc::new(setup.server), 2).cut(setup.cut);
        pair.run();
        if pair.error.is_none() && pair.client.is_established() {
            pair.say(PING);
        }
        let alerts = pair.server.alerts().into_iter().filter(|alert| *alert != (1, 0)).collect();
        Outcome {
            echoed: pair.received == PING,
            alerts,
            error: pair.error.take(),
            complaint: pair.server.failure().map(|failure| failure.reason.clone()),
            resumed: pair.server.established().is_some_and(|e| e.resumed),
        }
    }

    /// Why the outcome is not the one that is due.
    pub fn objection(&self, version: Version, outcome: &Outcome) -> Option<String> {
        let Outcome { echoed, alerts, error, complaint, .. } = outcome;
        let said = error.as_ref().map_or("no error".into(), |error| format!("{error:?}"));
        let fatal: Vec<u8> = alerts.iter().filter(|(level, _)| *level == 2).map(|(_, what)| *what).collect();
        let as_due = match self.due {
            Due::Accept => *echoed && alerts.is_empty() && error.is_none() && complaint.is_none(),
            Due::AcceptAndWarn(warning) => {
                let only_these = !alerts.is_empty() && alerts.iter().all(|alert| *alert == (1, warning));
                *echoed && only_these && error.is_none() && complaint.is_none()
            }
            Due::Alert(description, error) => {
                let alert_is_due = match (version, fatal.as_slice()) {
                    (Ssl30, [sent]) => is_ssl3_alert(*sent),
                    (_, fatal) => fatal == [description],
                };
                alert_is_due && said.starts_with(error)
            }
            Due::AnyAlert => fatal.len() == 1 && error.is_some(),
            Due::Silence(error) => alerts.is_empty() && said.starts_with(error),
        };
        let stalled = if !*echoed && error.is_none() { "; the client waits" } else { "" };
        let complaint = complaint.as_ref().map_or(String::new(), |c| format!("; the server says: {c}"));
        (!as_due).then(|| {
            format!("due {:?}; got alerts {alerts:?}, {said}, echo {echoed}{stalled}{complaint}", self.due)
        })
    }
}

/// RFC 6101 5.4.2 has twelve descriptions; later ones say nothing to an SSL 3.0 peer.
fn is_ssl3_alert(description: u8) -> bool {
    matches!(description, 0 | 10 | 20 | 30 | 40..=47)
}

/// What the client says once it may.
///
/// 44 bytes: with each MAC of 16 to 48 bytes, no block cipher comes out without padding.
pub const PING: &[u8] = b"ping over a connection of uncertain quality!";

/// A row with one hook and nothing to set.
fn knob(name: &str, rule: &'static str, on: &[(Version, u16)], hook: Hook, due: Due) -> Knob {
    Knob { name: name.into(), rule, on: on.to_vec(), setup: |_| {}, hooks: vec![hook], due }
}

impl Knob {
    /// With settings.
    fn with(mut self, setup: fn(&mut Setup)) -> Knob {
        self.setup = setup;
        self
    }

    /// With one more hook.
    fn and(mut self, hook: Hook) -> Knob {
        self.hooks.push(hook);
        self
    }
}

const RSA_RC4: u16 = 0x0005;
const RSA_AES128: u16 = 0x002f;
const RSA_AES256_SHA256: u16 = 0x003d;
const ECDHE_RSA_AES128: u16 = 0xc013;
const ECDHE_RSA_3DES: u16 = 0xc012;
const ECDHE_ECDSA_AES128: u16 = 0xc009;
const ECDHE_RSA_GCM: u16 = 0xc02f;
const ECDHE_RSA_GCM256: u16 = 0xc030;

/// TLS 1.2 with the suite that is usual today.
const USUAL: &[(Version, u16)] = &[(Tls12, ECDHE_RSA_GCM)];
/// The same with RSA key transport: no ServerKeyExchange.
const NO_SKE: &[(Version, u16)] = &[(Tls12, RSA_AES128)];
/// Each version, with RSA key transport.
const EACH_VERSION: &[(Version, u16)] =
    &[(Ssl30, RSA_AES128), (Tls10, RSA_AES128), (Tls11, RSA_AES128), (Tls12, RSA_AES128)];
/// Each version, with a ServerKeyExchange.
const EACH_ECDHE: &[(Version, u16)] = &[
    (Ssl30, ECDHE_RSA_AES128),
    (Tls10, ECDHE_RSA_AES128),
    (Tls11, ECDHE_RSA_AES128),
    (Tls12, ECDHE_RSA_AES128),
    (Tls12, ECDHE_ECDSA_AES128),
];
/// TLS only.
const EACH_TLS: &[(Version, u16)] = &[(Tls10, RSA_AES128), (Tls11, RSA_AES128), (Tls12, RSA_AES128)];
