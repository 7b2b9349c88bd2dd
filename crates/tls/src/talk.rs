//! What both sides say in a handshake, message by message, for traces.
//!
//! Nobody hears of it unless [`crate::Client::narrate`] was called. What has been said is taken away by
//! [`crate::Client::take_spoken`]; an idle connection keeps none of it, and application data is no part of it.

use crate::{
    alert::AlertDescription,
    error::Offer,
    msgs::{self, CertificateRequest, HandshakeType, Message, ServerHello, ServerKeyExchange},
    suites,
    version::Version,
    x509::Certificate,
};

/// Messages that wait to be taken; more are left out.
const MOST: usize = 64;

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// This side.
    Client,
    /// The peer.
    Server,
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// By whom.
    pub by: Speaker,
    /// The name of RFC 5246: `ServerHello`, `ChangeCipherSpec`, `Alert`.
    pub message: &'static str,
    /// Its length in bytes, with its header and without that of the record.
    pub len: usize,
    /// What matters in it: names (`version`, `suites`, `sni`) and values.
    pub facts: Vec<(&'static str, String)>,
}

/// What has been said and not been taken; nothing at all while nobody wants to know.
#[derive(Debug, Default)]
pub(crate) struct Talk(Option<Vec<Spoken>>);

impl Talk {
    /// Somebody wants to know.
    pub(crate) fn begin(&mut self) {
        self.0.get_or_insert_default();
    }

    pub(crate) fn take(&mut self) -> Vec<Spoken> {
        self.0.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Facts are looked for only if somebody wants to know them.
    pub(crate) fn add(
        &mut self,
        by: Speaker,
        message: &'static str,
        len: usize,
        facts: impl FnOnce() -> Vec<(&'static str, String)>,
    ) {
        if let Some(spoken) = self.0.as_mut().filter(|spoken| spoken.len() < MOST) {
            spoken.push(Spoken { by, message, len, facts: facts() });
        }
    }

    pub(crate) fn alert(&mut self, by: Speaker, level: u8, description: AlertDescription) {
        let level = if level == 2 { "fatal" } else { "warning" };
        self.add(by, "Alert", 2, || vec![("level", level.into()), ("description", description.to_string())]);
    }

    pub(crate) fn change_cipher_spec(&mut self, by: Speaker) {
        self.add(by, "ChangeCipherSpec", 1, Vec::new);
    }

    pub(crate) fn client_hello(&mut self, len: usize, offer: &Offer, resumes: bool) {
        self.add(Speaker::Client, HandshakeType::ClientHello.name(), len, || {
            let suites: Vec<String> = offer.suites.iter().map(|code| format!("{code:04X}")).collect();
            let mut facts = vec![("versions", offer.versions.to_string()), ("suites", suites.join(" "))];
            facts.extend(offer.server_name.iter().map(|name| ("sni", name.clone())));
            facts.extend(resumes.then(|| ("session", "to be resumed".to_owned())));
            facts
        });
    }

    /// A message of our own, as it goes out.
    pub(crate) fn sent(&mut self, raw: &[u8]) {
        let Some(message) = Message::parse(raw) else { return };
        self.add(Speaker::Client, message.name(), raw.len(), || match message.kind {
            Some(HandshakeType::Certificate) => certificates(message),
            _ => Vec::new(),
        });
    }

    /// A message of the server, before it is judged. `version` is the one agreed on, once it is.
    pub(crate) fn received(&mut self, message: Message<'_>, version: Option<Version>, session_id: &[u8]) {
        self.add(Speaker::Server, message.name(), message.raw.len(), || match message.kind {
            Some(HandshakeType::ServerHello) => server_hello(message, session_id),
            Some(HandshakeType::Certificate) => certificates(message),
            Some(HandshakeType::ServerKeyExchange) => key_exchange(message, version),
            Some(HandshakeType::CertificateRequest) => request(message, version),
            _ => Vec::new(),
        });
    }
}

// What does not parse has no facts: the error that follows says why.

fn server_hello(message: Message<'_>, session_id: &[u8]) -> Vec<(&'static str, String)> {
    let Ok(hello) = ServerHello::read(message) else { return Vec::new() };
    let version = Version::from_code(hello.version)
        .map_or_else(|| format!("0x{:04x}", hello.version), |version| version.to_string());
    let suite = suites::by_code(hello.suite)
        .map_or_else(|| format!("{:04X}", hello.suite), |suite| format!("{:04X} {}", suite.code, suite.name));
    let mut facts = vec![("version", version), ("suite", suite)];
    if !session_id.is_empty() && hello.session_id == session_id {
        facts.push(("session", "resumed".to_owned()));
    }
    facts
}

fn certificates(message: Message<'_>) -> Vec<(&'static str, String)> {
    let Ok(chain) = msgs::server_certificate(message) else { return Vec::new() };
    let told = |der: &[u8]| match Certificate::from_der(der) {
        Ok(certificate) => {
            format!("{}, {} to {}", certificate.subject(), certificate.not_before(), certificate.not_after())
        }
        Err(error) => error.to_string(),
    };
    match chain.is_empty() {
        true => vec![("certificate", "none".to_owned())],
        false => chain.into_iter().map(|der| ("certificate", told(der))).collect(),
    }
}

fn key_exchange(message: Message<'_>, version: Option<Version>) -> Vec<(&'static str, String)> {
    let Some(Ok(exchange)) = version.map(|version| ServerKeyExchange::read(message, version.facts())) else {
        return Vec::new();
    };
    let mut facts = vec![("group", exchange.group.to_string())];
    facts.extend(exchange.scheme.map(|scheme| ("signature", scheme.to_string())));
    facts
}

fn request(message: Message<'_>, version: Option<Version>) -> Vec<(&'static str, String)> {
    let Some(Ok(request)) = version.map(|version| CertificateRequest::read(message, version.facts())) else {
        return Vec::new();
    };
    let kinds: Vec<&str> = request
        .types
        .iter()
        .map(|code| match code {
            1 => "RSA",
            64 => "ECDSA",
            _ => "other",
        })
        .collect();
    vec![("keys", kinds.join(" "))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_for_nobody_nor_after_it_was_taken() {
        let mut talk = Talk::default();
        talk.add(Speaker::Server, "ServerHello", 4, || panic!("nobody wants to know"));
        assert_eq!(talk.take(), []);
        talk.begin();
        talk.alert(Speaker::Server, 2, AlertDescription::HANDSHAKE_FAILURE);
        let facts = vec![("level", "fatal".to_owned()), ("description", "40 (handshake_failure)".to_owned())];
        assert_eq!(talk.take(), [Spoken { by: Speaker::Server, message: "Alert", len: 2, facts }]);
        assert_eq!(talk.0.as_ref().map(Vec::capacity), Some(0), "an idle connection keeps no heap");
    }

    #[test]
    fn a_peer_that_talks_without_end_is_cut_short() {
        let mut talk = Talk::default();
        talk.begin();
        (0..10 * MOST).for_each(|_| talk.change_cipher_spec(Speaker::Server));
        assert_eq!(talk.take().len(), MOST);
    }
}
