//! Certificate, CertificateRequest and CertificateVerify (RFC 5246 7.4.2, 7.4.4, 7.4.8).

use super::{HandshakeType, Message, Reader, codec::with_length, message};
use crate::{
    error::{Decode, Error, Misbehaved},
    limits,
    sign::SignatureScheme,
    version::{Facts, Signing},
};

/// The certificates of the server's Certificate message, its own first.
pub(crate) fn server_certificate(message: Message<'_>) -> Result<Vec<&[u8]>, Error> {
    let list = message.read(Reader::vec24)?;
    let wrong = |cause| Error::Decode { message: message.name(), cause };
    let mut certificates = Vec::new();
    let mut reader = Reader::new(list);
    while !reader.is_empty() {
        if certificates.len() == limits::CERTIFICATES {
            return Err(Misbehaved::TooManyCertificates.into());
        }
        let certificate = reader.vec24().map_err(wrong)?;
        if certificate.is_empty() {
            return Err(wrong(Decode::Empty));
        }
        certificates.push(certificate);
    }
    Ok(certificates)
}

/// Our certificates; none of them says that there is none.
pub(crate) fn certificate<'a>(chain: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    message(HandshakeType::Certificate, |out| {
        with_length::<3>(out, |out| {
            chain.for_each(|der| with_length::<3>(out, |out| out.extend_from_slice(der)));
        });
    })
}

/// What the server takes from clients.
pub(crate) struct CertificateRequest {
    /// ClientCertificateType numbers.
    pub(crate) types: Vec<u8>,
    /// Signature schemes; none before TLS 1.2.
    pub(crate) schemes: Vec<SignatureScheme>,
}

impl CertificateRequest {
    /// The authorities at the end are parsed, but a client has one certificate, and sends it to
    /// whoever asks, as the modules do.
    pub(crate) fn read(message: Message<'_>, version: &Facts) -> Result<CertificateRequest, Error> {
        message.read(|reader| {
            let types = reader.vec8()?.to_vec();
            let schemes = match version.signing {
                Signing::Negotiated => reader.u16s()?.map(SignatureScheme).collect(),
                Signing::Ssl30 | Signing::Md5Sha1 => Vec::new(),
            };
            let mut authorities = Reader::new(reader.vec16()?);
            while !authorities.is_empty() {
                authorities.vec16()?;
            }
            Ok(CertificateRequest { types, schemes })
        })
    }
}

/// The proof that the client has the key; `scheme` is named where the version names it.
pub(crate) fn certificate_verify(scheme: Option<SignatureScheme>, signature: &[u8]) -> Vec<u8> {
    message(HandshakeType::CertificateVerify, |out| {
        if let Some(scheme) = scheme {
            out.extend_from_slice(&scheme.0.to_be_bytes());
        }
        with_length::<2>(out, |out| out.extend_from_slice(signature));
    })
}
