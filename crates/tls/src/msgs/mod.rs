//! Handshake messages (RFC 5246 7.4): their bytes, and nothing of their meaning.

mod certificate;
mod codec;
mod extensions;
mod hello;
mod key_exchange;

pub(crate) use certificate::{CertificateRequest, certificate, certificate_verify, server_certificate};
pub(crate) use codec::{Reader, with_length};
pub(crate) use extensions::{Extension, ServerExtensions};
pub(crate) use hello::{ClientHello, SCHEMES, ServerHello};
pub(crate) use key_exchange::{ServerKeyExchange, client_key_exchange_ecdh, client_key_exchange_rsa};

use crate::error::{Decode, Error};

/// Bytes in front of every handshake message: type and length.
pub(crate) const HEADER_LEN: usize = 4;

/// Kinds of handshake messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandshakeType {
    HelloRequest = 0,
    ClientHello = 1,
    ServerHello = 2,
    NewSessionTicket = 4,
    Certificate = 11,
    ServerKeyExchange = 12,
    CertificateRequest = 13,
    ServerHelloDone = 14,
    CertificateVerify = 15,
    ClientKeyExchange = 16,
    Finished = 20,
}

impl HandshakeType {
    const ALL: [HandshakeType; 11] = [
        Self::HelloRequest,
        Self::ClientHello,
        Self::ServerHello,
        Self::NewSessionTicket,
        Self::Certificate,
        Self::ServerKeyExchange,
        Self::CertificateRequest,
        Self::ServerHelloDone,
        Self::CertificateVerify,
        Self::ClientKeyExchange,
        Self::Finished,
    ];

    fn from_code(code: u8) -> Option<HandshakeType> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == code)
    }

    /// The name of RFC 5246.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::HelloRequest => "HelloRequest",
            Self::ClientHello => "ClientHello",
            Self::ServerHello => "ServerHello",
            Self::NewSessionTicket => "NewSessionTicket",
            Self::Certificate => "Certificate",
            Self::ServerKeyExchange => "ServerKeyExchange",
            Self::CertificateRequest => "CertificateRequest",
            Self::ServerHelloDone => "ServerHelloDone",
            Self::CertificateVerify => "CertificateVerify",
            Self::ClientKeyExchange => "ClientKeyExchange",
            Self::Finished => "Finished",
        }
    }
}

/// One handshake message, whole.
#[derive(Clone, Copy)]
pub(crate) struct Message<'a> {
    /// `None` for a type that does not exist here.
    pub(crate) kind: Option<HandshakeType>,
    pub(crate) body: &'a [u8],
    /// With its header, as it goes into the transcript.
    pub(crate) raw: &'a [u8],
}

impl<'a> Message<'a> {
    /// The first message of `bytes`, or nothing while it is not whole. The length is the one that
    /// the header says, known as soon as the header is there.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Message<'a>> {
        let raw = bytes.get(..Self::length(bytes)?)?;
        let (header, body) = raw.split_first_chunk::<HEADER_LEN>()?;
        Some(Message { kind: HandshakeType::from_code(header[0]), body, raw })
    }

    /// Length of the first message with its header.
    pub(crate) fn length(bytes: &[u8]) -> Option<usize> {
        let [_, a, b, c] = *bytes.first_chunk::<HEADER_LEN>()?;
        Some(HEADER_LEN + u32::from_be_bytes([0, a, b, c]) as usize)
    }

    pub(crate) fn name(self) -> &'static str {
        self.kind.map_or("a message of an unknown type", HandshakeType::name)
    }

    /// Parses the whole body.
    pub(crate) fn read<T>(
        self,
        parse: impl FnOnce(&mut Reader<'a>) -> Result<T, Decode>,
    ) -> Result<T, Error> {
        let mut reader = Reader::new(self.body);
        parse(&mut reader)
            .and_then(|parsed| reader.finish().map(|()| parsed))
            .map_err(|cause| Error::Decode { message: self.name(), cause })
    }
}

/// A message of our own.
pub(crate) fn message(kind: HandshakeType, body: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut message = vec![kind as u8];
    with_length::<3>(&mut message, body);
    message
}
