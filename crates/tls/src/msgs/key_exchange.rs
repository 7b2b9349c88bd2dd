//! ServerKeyExchange and ClientKeyExchange (RFC 5246 7.4.3, 7.4.7; RFC 8422 5.4, 5.7).

use super::{HandshakeType, Message, codec::with_length, message};
use crate::{
    error::{Error, Incompatible, Misbehaved},
    kx::Group,
    sign::SignatureScheme,
    version::{Facts, Signing},
};

/// ECCurveType named_curve.
const NAMED_CURVE: u8 = 3;

/// A fresh ECDH key of the server, and its signature.
pub(crate) struct ServerKeyExchange<'a> {
    pub(crate) group: Group,
    pub(crate) public: &'a [u8],
    /// The parameters as they are signed.
    pub(crate) params: &'a [u8],
    /// `None` where the version does not name it.
    pub(crate) scheme: Option<SignatureScheme>,
    pub(crate) signature: &'a [u8],
}

impl<'a> ServerKeyExchange<'a> {
    pub(crate) fn read(message: Message<'a>, version: &Facts) -> Result<ServerKeyExchange<'a>, Error> {
        // Judged before the rest, whose form depends on it.
        if let Some(&curve_type) = message.body.first()
            && curve_type != NAMED_CURVE
        {
            return Err(Incompatible::ExplicitCurve(curve_type).into());
        }
        let (group, public, scheme, signature) = message.read(|reader| {
            reader.u8()?;
            let group = reader.u16()?;
            let public = reader.vec8()?;
            let scheme = match version.signing {
                Signing::Negotiated => Some(SignatureScheme(reader.u16()?)),
                Signing::Ssl30 | Signing::Md5Sha1 => None,
            };
            Ok((group, public, scheme, reader.vec16()?))
        })?;
        let params = message.body.get(..4 + public.len()).unwrap_or_default();
        let group = Group::from_code(group).ok_or(Misbehaved::GroupNotOffered(group))?;
        Ok(ServerKeyExchange { group, public, params, scheme, signature })
    }
}

/// Our ECDH key.
pub(crate) fn client_key_exchange_ecdh(public: &[u8]) -> Vec<u8> {
    message(HandshakeType::ClientKeyExchange, |out| {
        with_length::<1>(out, |out| out.extend_from_slice(public));
    })
}

/// The encrypted premaster secret.
pub(crate) fn client_key_exchange_rsa(version: &Facts, encrypted: &[u8]) -> Vec<u8> {
    message(HandshakeType::ClientKeyExchange, |out| match version.premaster_has_length {
        true => with_length::<2>(out, |out| out.extend_from_slice(encrypted)),
        false => out.extend_from_slice(encrypted),
    })
}
