//! ClientHello and ServerHello (RFC 5246 7.4.1).

use super::{HandshakeType, Message, codec::with_length, extensions::Extension, message};
use crate::{
    MaxFragmentLength,
    error::Error,
    kx::Group,
    sign::SignatureScheme,
    version::{Signing, Versions},
};

/// RFC 5746 3.3: "I know renegotiation_info", as a suite, which every server can read over.
const EMPTY_RENEGOTIATION_INFO_SCSV: u16 = 0x00FF;

/// The signatures offered in TLS 1.2, the preferred first.
pub(crate) const SCHEMES: [SignatureScheme; 11] = [
    SignatureScheme::ECDSA_SHA256,
    SignatureScheme::RSA_PSS_RSAE_SHA256,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::ECDSA_SHA384,
    SignatureScheme::RSA_PSS_RSAE_SHA384,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::ECDSA_SHA512,
    SignatureScheme::RSA_PSS_RSAE_SHA512,
    SignatureScheme::RSA_PKCS1_SHA512,
    SignatureScheme::ECDSA_SHA1,
    SignatureScheme::RSA_PKCS1_SHA1,
];

/// What a client offers.
pub(crate) struct ClientHello<'a> {
    pub(crate) versions: Versions,
    pub(crate) random: &'a [u8; 32],
    pub(crate) session_id: &'a [u8],
    pub(crate) suites: &'a [u16],
    pub(crate) server_name: Option<&'a str>,
    pub(crate) max_fragment_length: Option<MaxFragmentLength>,
    pub(crate) encrypt_then_mac: bool,
    pub(crate) extended_master_secret: bool,
    /// Elliptic curves have a part in some suite.
    pub(crate) groups: bool,
    /// An empty one asks for a ticket.
    pub(crate) ticket: Option<&'a [u8]>,
}

impl ClientHello<'_> {
    /// The message, and the extensions that a server may answer.
    pub(crate) fn encode(&self) -> (Vec<u8>, Vec<Extension>) {
        // The signalling suite stands for this one.
        let mut offered = vec![Extension::RENEGOTIATION_INFO];
        let hello = message(HandshakeType::ClientHello, |out| {
            out.extend_from_slice(&self.versions.max.code().to_be_bytes());
            out.extend_from_slice(self.random);
            with_length::<1>(out, |out| out.extend_from_slice(self.session_id));
            with_length::<2>(out, |out| {
                numbers(out, self.suites.iter().copied().chain([EMPTY_RENEGOTIATION_INFO_SCSV]));
            });
            // Compression: null alone.
            out.extend_from_slice(&[1, 0]);
            if self.versions.max.facts().extensions {
                self.extensions(out, &mut offered);
            }
        });
        (hello, offered)
    }

    /// In mbed TLS's order.
    fn extensions(&self, out: &mut Vec<u8>, offered: &mut Vec<Extension>) {
        let start = out.len();
        with_length::<2>(out, |out| {
            let mut add = |extension: Extension, body: &dyn Fn(&mut Vec<u8>)| {
                offered.push(extension);
                extension.write(out, body);
            };
            if let Some(name) = self.server_name {
                add(Extension::SERVER_NAME, &|out| {
                    with_length::<2>(out, |out| {
                        out.push(0);
                        with_length::<2>(out, |out| out.extend_from_slice(name.as_bytes()));
                    });
                });
            }
            if self.versions.max.facts().signing == Signing::Negotiated {
                add(Extension::SIGNATURE_ALGORITHMS, &|out| {
                    with_length::<2>(out, |out| numbers(out, SCHEMES.iter().map(|scheme| scheme.0)));
                });
            }
            if self.groups {
                add(Extension::SUPPORTED_GROUPS, &|out| {
                    with_length::<2>(out, |out| numbers(out, Group::ALL.iter().map(|group| group.code())));
                });
                add(Extension::EC_POINT_FORMATS, &|out| out.extend_from_slice(&[1, 0]));
            }
            if let Some(length) = self.max_fragment_length {
                add(Extension::MAX_FRAGMENT_LENGTH, &|out| out.push(length.code()));
            }
            if self.encrypt_then_mac {
                add(Extension::ENCRYPT_THEN_MAC, &|_| {});
            }
            if self.extended_master_secret {
                add(Extension::EXTENDED_MASTER_SECRET, &|_| {});
            }
            if let Some(ticket) = self.ticket {
                add(Extension::SESSION_TICKET, &|out| out.extend_from_slice(ticket));
            }
        });
        // An empty block confuses some old servers, and says nothing.
        if out.len() == start + 2 {
            out.truncate(start);
        }
    }
}

fn numbers(out: &mut Vec<u8>, numbers: impl Iterator<Item = u16>) {
    numbers.for_each(|number| out.extend_from_slice(&number.to_be_bytes()));
}

/// What a server has chosen.
pub(crate) struct ServerHello<'a> {
    pub(crate) version: u16,
    pub(crate) random: [u8; 32],
    pub(crate) session_id: &'a [u8],
    pub(crate) suite: u16,
    pub(crate) compression: u8,
    /// Not looked into yet.
    pub(crate) extensions: &'a [u8],
}

impl<'a> ServerHello<'a> {
    pub(crate) fn read(message: Message<'a>) -> Result<ServerHello<'a>, Error> {
        message.read(|reader| {
            let version = reader.u16()?;
            let random = reader.array()?;
            let session_id = reader.vec8()?;
            if session_id.len() > 32 {
                return Err(crate::error::Decode::TooLong);
            }
            Ok(ServerHello {
                version,
                random,
                session_id,
                suite: reader.u16()?,
                compression: reader.u8()?,
                extensions: reader.rest(),
            })
        })
    }
}
