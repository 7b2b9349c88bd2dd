//! Entry points for fuzzers and for the replay of their corpora (`fuzz/corpus`). Whatever the bytes, these return.

pub use crate::x509::fuzzing::{chain, file};

use crate::{
    Client, Config, Error, Rng, ServerName, UnixTime, Version, Versions,
    msgs::{
        CertificateRequest, Extension, HandshakeType, Message, Reader, ServerExtensions, ServerHello,
        ServerKeyExchange, server_certificate,
    },
    prf::MasterSecret,
    record::{self, HEADER_LEN},
    suites::{SUITES, by_code},
    x509::Policy,
};
use std::sync::Arc;

/// Records under protection, as a server sends them.
///
/// The first byte is the version (0 to 3), then come the suite's code and whether encrypt-then-MAC was agreed on (0 or
/// 1). The secrets are those of `tests/data/records`, so the records there open.
pub fn record(bytes: &[u8]) {
    let Some(([version, high, low, order], mut rest)) = bytes.split_first_chunk() else { return };
    let Some(version) = Version::ALL.get(usize::from(*version)) else { return };
    let Some(suite) = by_code(u16::from_be_bytes([*high, *low])) else { return };
    let [client, server] = [0x80, 0xC0].map(counting::<32>);
    let master = MasterSecret::from_bytes(counting(0x40));
    let keys = record::derive(version.facts(), suite, *order == 1, &master, &client, &server);
    let Ok(keys) = keys else { return };
    let mut receiver = record::Receiver::new();
    receiver.set_version(*version);
    receiver.set_opener(keys.opener);
    while let Some((header, more)) = rest.split_first_chunk::<HEADER_LEN>() {
        let Ok(header) = receiver.header(*header) else { return };
        let Some((fragment, more)) = more.split_at_checked(header.len) else { return };
        if receiver.open(header, &mut fragment.to_vec()).is_err() {
            return;
        }
        rest = more;
    }
}

/// Handshake messages of a server, after a byte for the version (0 to 3).
pub fn handshake(bytes: &[u8]) {
    let Some((version, mut rest)) = bytes.split_first() else { return };
    let Some(version) = Version::ALL.get(usize::from(*version)) else { return };
    while let Some(message) = Message::parse(rest) {
        rest = rest.get(message.raw.len()..).unwrap_or_default();
        if let Err(error) = message_of(version.facts(), message) {
            let _ = (error.to_string(), error.alert());
        }
    }
}

fn message_of(version: &crate::version::Facts, message: Message<'_>) -> Result<(), Error> {
    const ANSWERABLE: [Extension; 7] = [
        Extension::SERVER_NAME,
        Extension::MAX_FRAGMENT_LENGTH,
        Extension::EC_POINT_FORMATS,
        Extension::ENCRYPT_THEN_MAC,
        Extension::EXTENDED_MASTER_SECRET,
        Extension::SESSION_TICKET,
        Extension::RENEGOTIATION_INFO,
    ];
    match message.kind {
        Some(HandshakeType::ServerHello) => {
            let hello = ServerHello::read(message)?;
            ServerExtensions::read(hello.extensions, &ANSWERABLE).map(drop)
        }
        Some(HandshakeType::Certificate) => server_certificate(message).map(drop),
        Some(HandshakeType::ServerKeyExchange) => {
            let exchange = ServerKeyExchange::read(message, version)?;
            exchange.group.agree(exchange.public, &mut Rng::from_seed([0; 32])).map(drop)
        }
        Some(HandshakeType::CertificateRequest) => CertificateRequest::read(message, version).map(drop),
        Some(HandshakeType::NewSessionTicket) => {
            message.read(|reader: &mut Reader<'_>| reader.u32().and_then(|_| reader.vec16())).map(drop)
        }
        Some(_) | None => Ok(()),
    }
}

/// What came of a connection.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    /// What the client sent.
    pub sent: Vec<u8>,
    /// The application data that it received.
    pub received: Vec<u8>,
    /// Why it failed, if it did.
    pub error: Option<Error>,
}

/// A whole connection with fixed randomness.
///
/// The first byte is the version (0 to 3, 4 for all), then comes the suite's code (0xFFFF for all) and what the server
/// sends. The client gets it in pieces of `cut` bytes; their length must make no difference.
pub fn client(bytes: &[u8], cut: usize) -> Option<Outcome> {
    let ([version, high, low], rest) = bytes.split_first_chunk()?;
    let versions = match version {
        4 => Versions::ALL,
        version => Versions::only(*Version::ALL.get(usize::from(*version))?),
    };
    let suites = match u16::from_be_bytes([*high, *low]) {
        0xFFFF => SUITES.iter().collect(),
        code => vec![by_code(code)?],
    };
    let config =
        Config { versions, suites, suites_explicit: true, resumption: false, ..Config::new(Policy::None) };
    let name = Some(ServerName::Dns("localhost".to_owned()));
    let (rng, now) = (Rng::from_seed([0x42; 32]), UnixTime(1_732_233_600));
    let mut outcome = Outcome { sent: Vec::new(), received: Vec::new(), error: None };
    let mut client = Client::new(Arc::new(config), name, None, rng, now, &mut outcome.sent);
    outcome.error = drive(&mut client, rest, cut, &mut outcome).err();
    Some(outcome)
}

fn drive(client: &mut Client, mut rest: &[u8], cut: usize, outcome: &mut Outcome) -> Result<(), Error> {
    while !rest.is_empty() {
        let (now, later) = rest.split_at(cut.clamp(1, client.room().max(1)).min(rest.len()));
        rest = later;
        client.read_tls(now, &mut outcome.sent)?;
        while !client.plaintext().is_empty() {
            outcome.received.extend_from_slice(client.plaintext());
            client.consume(client.plaintext().len(), &mut outcome.sent)?;
        }
    }
    Ok(())
}

/// `first`, `first` + 1 and so on.
fn counting<const N: usize>(first: u8) -> [u8; N] {
    std::array::from_fn(|i| first.wrapping_add(i as u8))
}
