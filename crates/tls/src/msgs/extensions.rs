//! Hello extensions (RFC 6066 and others).

use super::codec::{Reader, with_length};
use crate::error::{Decode, Error, Misbehaved};

/// An extension: a newtype over the number on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extension(pub(crate) u16);

impl Extension {
    /// RFC 6066 3.
    pub(crate) const SERVER_NAME: Extension = Extension(0);
    /// RFC 6066 4.
    pub(crate) const MAX_FRAGMENT_LENGTH: Extension = Extension(1);
    /// RFC 8422 5.1.1.
    pub(crate) const SUPPORTED_GROUPS: Extension = Extension(10);
    /// RFC 8422 5.1.2.
    pub(crate) const EC_POINT_FORMATS: Extension = Extension(11);
    /// RFC 5246 7.4.1.4.1.
    pub(crate) const SIGNATURE_ALGORITHMS: Extension = Extension(13);
    /// RFC 7366.
    pub(crate) const ENCRYPT_THEN_MAC: Extension = Extension(22);
    /// RFC 7627.
    pub(crate) const EXTENDED_MASTER_SECRET: Extension = Extension(23);
    /// RFC 5077.
    pub(crate) const SESSION_TICKET: Extension = Extension(35);
    /// RFC 5746.
    pub(crate) const RENEGOTIATION_INFO: Extension = Extension(0xFF01);

    /// Appends the extension with this body.
    pub(super) fn write(self, out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
        out.extend_from_slice(&self.0.to_be_bytes());
        with_length::<2>(out, body);
    }
}

/// The extensions of a ServerHello.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ServerExtensions {
    pub(crate) encrypt_then_mac: bool,
    pub(crate) extended_master_secret: bool,
    pub(crate) secure_renegotiation: bool,
    /// A NewSessionTicket will come.
    pub(crate) session_ticket: bool,
    pub(crate) max_fragment_length: Option<u8>,
}

impl ServerExtensions {
    /// Reads what stands behind the compression method. `offered` says what a server may answer.
    pub(crate) fn read(block: &[u8], offered: &[Extension]) -> Result<ServerExtensions, Error> {
        let wrong = |cause| Error::Decode { message: "extensions of ServerHello", cause };
        let mut extensions = ServerExtensions::default();
        // Before extensions were invented the message ended here.
        if block.is_empty() {
            return Ok(extensions);
        }
        let mut outer = Reader::new(block);
        let mut reader = Reader::new(outer.vec16().map_err(wrong)?);
        outer.finish().map_err(wrong)?;
        let mut seen = Vec::new();
        while !reader.is_empty() {
            let extension = Extension(reader.u16().map_err(wrong)?);
            let body = reader.vec16().map_err(wrong)?;
            if !offered.contains(&extension) {
                return Err(Misbehaved::UnsolicitedExtension(extension.0).into());
            }
            // No longer than `offered`, so looking through it stays cheap.
            if seen.contains(&extension) {
                return Err(Misbehaved::DuplicateExtension(extension.0).into());
            }
            seen.push(extension);
            extensions.take(extension, body).map_err(wrong)??;
        }
        Ok(extensions)
    }

    fn take(&mut self, extension: Extension, body: &[u8]) -> Result<Result<(), Misbehaved>, Decode> {
        let mut reader = Reader::new(body);
        match extension {
            Extension::SERVER_NAME => {}
            Extension::ENCRYPT_THEN_MAC => self.encrypt_then_mac = true,
            Extension::EXTENDED_MASTER_SECRET => self.extended_master_secret = true,
            Extension::SESSION_TICKET => self.session_ticket = true,
            Extension::MAX_FRAGMENT_LENGTH => self.max_fragment_length = Some(reader.u8()?),
            Extension::RENEGOTIATION_INFO => {
                if !reader.vec8()?.is_empty() {
                    return Ok(Err(Misbehaved::RenegotiationInfo));
                }
                self.secure_renegotiation = true;
            }
            Extension::EC_POINT_FORMATS => {
                if !reader.vec8()?.contains(&0) {
                    return Ok(Err(Misbehaved::PointFormats));
                }
            }
            // The others are for the client to say, but servers have been seen to say them too.
            _ => {
                reader.rest();
            }
        }
        reader.finish().map(Ok)
    }
}
