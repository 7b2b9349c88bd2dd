//! Signature algorithms of certificates (RFC 3279, 4055, 5758).
use crate::sign::{Algorithm, Hash};
use const_oid::{
    ObjectIdentifier,
    db::rfc5912::{
        ECDSA_WITH_SHA_224, ECDSA_WITH_SHA_256, ECDSA_WITH_SHA_384, ECDSA_WITH_SHA_512, ID_MGF_1,
        ID_RSASSA_PSS, ID_SHA_1, ID_SHA_224, ID_SHA_256, ID_SHA_384, ID_SHA_512, MD_5_WITH_RSA_ENCRYPTION,
        SHA_1_WITH_RSA_ENCRYPTION, SHA_224_WITH_RSA_ENCRYPTION, SHA_256_WITH_RSA_ENCRYPTION,
        SHA_384_WITH_RSA_ENCRYPTION, SHA_512_WITH_RSA_ENCRYPTION,
    },
};
use der::{Decode, Reader, SliceReader, Tag, TagMode, TagNumber, asn1::AnyRef};
use spki::AlgorithmIdentifierRef;

/// RFC 3279 2.2.3.
const ECDSA_WITH_SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.1");
/// OIW's name for SHA-1 with RSA, which old tools still write.
const OIW_SHA_1_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.29");

/// The algorithm of an AlgorithmIdentifier, or the identifier of one that is not supported.
pub(super) fn decode(der: &[u8]) -> Result<Algorithm, ObjectIdentifier> {
    // The certificate's parser has seen that this is an element; that it is this one has to be checked here.
    let Ok(identifier) = AlgorithmIdentifierRef::from_der(der) else {
        return Err(ID_RSASSA_PSS);
    };
    Ok(match identifier.oid {
        MD_5_WITH_RSA_ENCRYPTION => Algorithm::RsaPkcs1(Hash::Md5),
        SHA_1_WITH_RSA_ENCRYPTION | OIW_SHA_1_WITH_RSA => Algorithm::RsaPkcs1(Hash::Sha1),
        SHA_224_WITH_RSA_ENCRYPTION => Algorithm::RsaPkcs1(Hash::Sha224),
        SHA_256_WITH_RSA_ENCRYPTION => Algorithm::RsaPkcs1(Hash::Sha256),
        SHA_384_WITH_RSA_ENCRYPTION => Algorithm::RsaPkcs1(Hash::Sha384),
        SHA_512_WITH_RSA_ENCRYPTION => Algorithm::RsaPkcs1(Hash::Sha512),
        ECDSA_WITH_SHA_1 => Algorithm::Ecdsa(Hash::Sha1),
        ECDSA_WITH_SHA_224 => Algorithm::Ecdsa(Hash::Sha224),
        ECDSA_WITH_SHA_256 => Algorithm::Ecdsa(Hash::Sha256),
        ECDSA_WITH_SHA_384 => Algorithm::Ecdsa(Hash::Sha384),
        ECDSA_WITH_SHA_512 => Algorithm::Ecdsa(Hash::Sha512),
        ID_RSASSA_PSS => pss(identifier.parameters).ok_or(ID_RSASSA_PSS)?,
        other => return Err(other),
    })
}

/// RSASSA-PSS-params (RFC 4055 3.1) with the same hash for the message and for MGF1.
fn pss(parameters: Option<AnyRef<'_>>) -> Option<Algorithm> {
    let parameters = parameters.filter(|any| der::Tagged::tag(any) == Tag::Sequence)?;
    let mut reader = SliceReader::new(parameters.value()).ok()?;
    let hash = reader.context_specific::<AlgorithmIdentifierRef<'_>>(TagNumber(0), TagMode::Explicit).ok()?;
    let mask = reader.context_specific::<AlgorithmIdentifierRef<'_>>(TagNumber(1), TagMode::Explicit).ok()?;
    let salt = reader.context_specific::<u16>(TagNumber(2), TagMode::Explicit).ok()?;
    let mask = mask.filter(|mask| mask.oid == ID_MGF_1)?.parameters?;
    let mask_hash = mask.decode_as::<AlgorithmIdentifierRef<'_>>().ok()?.oid;
    // SHA-1 is the default for both, and nobody signs with it.
    let hash = hash.filter(|hash| hash.oid == mask_hash)?.oid;
    Some(Algorithm::RsaPss(hash_by_oid(hash)?, salt.unwrap_or(20).into()))
}

fn hash_by_oid(oid: ObjectIdentifier) -> Option<Hash> {
    Some(match oid {
        ID_SHA_1 => Hash::Sha1,
        ID_SHA_224 => Hash::Sha224,
        ID_SHA_256 => Hash::Sha256,
        ID_SHA_384 => Hash::Sha384,
        ID_SHA_512 => Hash::Sha512,
        _ => return None,
    })
}
