//! Private keys in files: PKCS#1, SEC 1, PKCS#8, in PEM or DER, encrypted or not.
use super::{
    decrypt,
    file::{self, Content, FileError, Wanted},
    pem::Block,
};
use crate::sign::{Curve, KeyError, PrivateKey};
use const_oid::db::rfc5912::{ID_EC_PUBLIC_KEY, ID_RSASSA_PSS, RSA_ENCRYPTION};
use der::{AnyRef, Decode, Reader, SliceReader, Tag, asn1::OctetStringRef};
use pkcs8::PrivateKeyInfoRef;
use sec1::{EcParameters, EcPrivateKey};
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

/// The structures a key comes in.
#[derive(Clone, Copy, Debug)]
enum Form {
    Pkcs1,
    Sec1,
    Pkcs8,
    EncryptedPkcs8,
}

/// The private key of a file: the first one, if there are more. The password is not looked at unless the key is
/// encrypted.
pub(super) fn private_key(file: &[u8], password: Option<&[u8]>) -> Result<PrivateKey, FileError> {
    match file::open(file)? {
        Content::Der(der) => {
            let form = form(der).map_err(|error| FileError::Key(KeyError::Malformed(error)))?;
            decode(form, der, password)
        }
        Content::Pem(blocks) => {
            let key = blocks.iter().find_map(|block| Some((form_by_label(&block.label)?, block)));
            let Some((form, block)) = key else {
                let found = blocks.into_iter().map(|block| block.label).collect();
                return Err(FileError::NothingWanted { wanted: Wanted::Key, found });
            };
            from_block(form, block, password)
        }
    }
}

fn form_by_label(label: &str) -> Option<Form> {
    Some(match label {
        "RSA PRIVATE KEY" => Form::Pkcs1,
        "EC PRIVATE KEY" => Form::Sec1,
        "PRIVATE KEY" => Form::Pkcs8,
        "ENCRYPTED PRIVATE KEY" => Form::EncryptedPkcs8,
        _ => return None,
    })
}

/// All are sequences, and differ in their first two elements.
fn form(der: &[u8]) -> der::Result<Form> {
    let outer = AnyRef::decode(&mut SliceReader::new(der)?)?;
    let mut fields = SliceReader::new(outer.value())?;
    if Tag::peek(&fields)? == Tag::Sequence {
        return Ok(Form::EncryptedPkcs8);
    }
    fields.tlv_bytes()?;
    match Tag::peek(&fields)? {
        Tag::Sequence => Ok(Form::Pkcs8),
        Tag::OctetString => Ok(Form::Sec1),
        _ => Ok(Form::Pkcs1),
    }
}

fn from_block(form: Form, block: &Block, password: Option<&[u8]>) -> Result<PrivateKey, FileError> {
    let header = |name| block.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    match header("DEK-Info") {
        Some(info) => {
            let password = password.ok_or(FileError::PasswordNeeded)?;
            let der = decrypt::pem(info, &block.content, password)?;
            fits_password(decode(form, &der, None))
        }
        None => decode(form, &block.content, password),
    }
}

fn decode(form: Form, der: &[u8], password: Option<&[u8]>) -> Result<PrivateKey, FileError> {
    let key = match form {
        Form::Pkcs1 => PrivateKey::from_pkcs1(der),
        Form::Sec1 => from_sec1(der),
        Form::Pkcs8 => from_pkcs8(der),
        Form::EncryptedPkcs8 => {
            let der = decrypt_pkcs8(der, password)?;
            return fits_password(decode(Form::Pkcs8, &der, None));
        }
    };
    key.map_err(FileError::Key)
}

/// A wrong password often enough leaves padding that looks right, and then what was decrypted is no DER.
fn fits_password(key: Result<PrivateKey, FileError>) -> Result<PrivateKey, FileError> {
    key.map_err(|error| match error {
        FileError::Key(KeyError::Malformed(_)) => FileError::WrongPassword,
        other => other,
    })
}

fn from_sec1(der: &[u8]) -> Result<PrivateKey, KeyError> {
    let key = EcPrivateKey::from_der(der).map_err(KeyError::Malformed)?;
    let oid = key.parameters.and_then(EcParameters::named_curve);
    let curve = oid.and_then(Curve::from_oid).ok_or(KeyError::Curve(oid))?;
    PrivateKey::from_sec1(curve, der)
}

fn from_pkcs8(der: &[u8]) -> Result<PrivateKey, KeyError> {
    let info = PrivateKeyInfoRef::from_der(der).map_err(KeyError::Malformed)?;
    let key = info.private_key.as_bytes();
    match info.algorithm.oid {
        RSA_ENCRYPTION | ID_RSASSA_PSS => PrivateKey::from_pkcs1(key),
        ID_EC_PUBLIC_KEY => {
            let oid = info.algorithm.parameters_oid().ok();
            let curve = oid.and_then(Curve::from_oid).ok_or(KeyError::Curve(oid))?;
            PrivateKey::from_sec1(curve, key)
        }
        other => Err(KeyError::Algorithm(other)),
    }
}

/// EncryptedPrivateKeyInfo (RFC 5958 3).
fn decrypt_pkcs8(der: &[u8], password: Option<&[u8]>) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let malformed = |error| FileError::Key(KeyError::Malformed(error));
    let mut reader = SliceReader::new(der).map_err(malformed)?;
    let (scheme, encrypted) = reader
        .sequence(|fields| {
            let scheme = AlgorithmIdentifierRef::decode(fields)?;
            Ok::<_, der::Error>((scheme, <&OctetStringRef>::decode(fields)?))
        })
        .map_err(malformed)?;
    decrypt::pkcs8(&scheme, encrypted.as_bytes(), password.ok_or(FileError::PasswordNeeded)?)
}
