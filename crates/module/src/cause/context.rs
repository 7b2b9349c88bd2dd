//! What an SSL context is set to, and the files that it names.

use super::{Explanation, Kind, row};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use tls::x509::{FileError, IdentityError, Wanted};

/// An SSL context that cannot open anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContextCause {
    /// A setting wants a file, and none is named.
    NotSet {
        /// SSL_ctxID.
        context: u8,
        /// What wants it.
        seclevel: u32,
        /// The setting that is missing.
        item: Item,
    },
    /// A file cannot be used.
    File {
        /// SSL_ctxID.
        context: u8,
        /// The setting that names it.
        item: Item,
        /// Its name as set.
        path: String,
        /// What is wrong with it.
        fault: FileFault,
    },
    /// Client certificate and key are good, and do not belong together.
    KeyMismatch {
        /// SSL_ctxID.
        context: u8,
        /// The files, as set.
        clientcert: String,
        /// The files, as set.
        clientkey: String,
        /// What the library says: subject and kinds of keys.
        what: String,
    },
    /// None of the suites exists in any of the versions (D10).
    NothingToOffer {
        /// SSL_ctxID.
        context: u8,
        /// What it is set to.
        sslversion: u32,
    },
}

/// A setting of `AT+QSSLCFG` that names a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are the names of the note, but for cacertex (D6)")]
pub enum Item {
    CaCert,
    CaCertEx,
    ClientCert,
    ClientKey,
}

impl Item {
    /// As in the command.
    pub const fn name(self) -> &'static str {
        match self {
            Item::CaCert => "cacert",
            Item::CaCertEx => "cacertex",
            Item::ClientCert => "clientcert",
            Item::ClientKey => "clientkey",
        }
    }

    /// What is in it, in words.
    const fn holds(self) -> &'static str {
        match self {
            Item::CaCert | Item::CaCertEx => "CA",
            Item::ClientCert => "client certificate",
            Item::ClientKey => "client key",
        }
    }
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileFault {
    /// There is none.
    Missing,
    /// What it holds.
    Content(FileError),
}

impl ContextCause {
    /// Of client certificate and key: the error says which.
    pub(crate) fn identity(
        context: u8,
        clientcert: &str,
        clientkey: &str,
        error: IdentityError,
    ) -> ContextCause {
        let file = |item, path: &str, error| Self::File {
            context,
            item,
            path: path.into(),
            fault: FileFault::Content(error),
        };
        match error {
            IdentityError::Chain(error) => file(Item::ClientCert, clientcert, *error),
            IdentityError::Key(error) => file(Item::ClientKey, clientkey, *error),
            IdentityError::Mismatch { .. } => Self::KeyMismatch {
                context,
                clientcert: clientcert.into(),
                clientkey: clientkey.into(),
                what: error.to_string(),
            },
        }
    }

    pub(super) fn explain(&self) -> Explanation {
        match self {
            Self::NotSet { context, seclevel, item: item @ (Item::CaCert | Item::CaCertEx) } => row(
                Kind::CaNotSet,
                format!(
                    "context {context} has seclevel={seclevel}, which needs a CA certificate, and no cacert"
                ),
                format!(
                    "upload one and name it: AT+QSSLCFG=\"{}\",{context},\"UFS:ca.pem\"; or verify nothing: AT+QSSLCFG=\"seclevel\",{context},0",
                    item.name()
                ),
            ),
            Self::NotSet { context, seclevel, item } => row(
                Kind::ClientNotSet,
                format!(
                    "context {context} has seclevel={seclevel}, which needs a client certificate and key, and no {}",
                    item.name()
                ),
                format!(
                    "upload it and name it: AT+QSSLCFG=\"{}\",{context},\"UFS:{}.pem\"; or verify the server only: AT+QSSLCFG=\"seclevel\",{context},1",
                    item.name(),
                    item.name()
                ),
            ),
            Self::File { context, item, path, fault } => file(*context, *item, path, fault),
            Self::KeyMismatch { clientcert, clientkey, what, .. } => row(
                Kind::KeyMismatch,
                format!("{clientcert} and {clientkey}: {what}"),
                format!(
                    "upload the key that {clientcert} was made with, or the certificate made with {clientkey}"
                ),
            ),
            Self::NothingToOffer { context, sslversion } => row(
                Kind::NothingToOffer,
                format!("none of the suites of context {context} exists in sslversion={sslversion}"),
                format!(
                    "allow more: AT+QSSLCFG=\"ciphersuite\",{context},0XFFFF or AT+QSSLCFG=\"sslversion\",{context},4"
                ),
            ),
        }
    }
}

/// Printable ASCII as it is, the rest as `\xNN`.
fn escaped(bytes: &[u8]) -> String {
    let shown = |byte: &u8| match byte {
        b' '..=b'~' => char::from(*byte).to_string(),
        byte => format!("\\x{byte:02X}"),
    };
    bytes.iter().map(shown).collect()
}

fn file(context: u8, item: Item, path: &str, fault: &FileFault) -> Explanation {
    let (name, holds) = (item.name(), item.holds());
    let wrong =
        |what: &dyn core::fmt::Display| format!("{holds} file {path} ({name} of context {context}): {what}");
    let again =
        format!("remove it and upload it again as it is: AT+QFDEL=\"{path}\", AT+QFUPL=\"{path}\",<size>");
    let error = match fault {
        FileFault::Missing => {
            return row(
                Kind::FileMissing,
                format!("{name} of context {context}: there is no file {path}"),
                format!("upload it: AT+QFUPL=\"{path}\",<size>; AT+QFLST lists the files there are"),
            );
        }
        FileFault::Content(error) => error,
    };
    match error {
        FileError::Empty => row(Kind::FileEmpty, wrong(error), again),
        FileError::Unrecognised(start) => {
            let content = if item == Item::ClientKey { "key" } else { "certificate" };
            let said = |start: &[u8]| {
                format!("{holds} file {path} has no {content} (starts with {})", escaped(start))
            };
            let mark = match start.as_slice() {
                [0xef, 0xbb, 0xbf, ..] => 3,
                [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => 2,
                _ => 0,
            };
            match start.get(..mark) {
                Some(mark @ [_, ..]) => row(
                    Kind::FileByteOrderMark,
                    said(mark),
                    "an editor has put a byte order mark in front: save it as ASCII, with its -----BEGIN line",
                ),
                Some([]) | None => row(
                    Kind::FileNotPem,
                    said(start),
                    "upload PEM (with -----BEGIN and -----END lines) or DER, and give AT+QFUPL its exact size",
                ),
            }
        }
        FileError::NothingWanted { wanted, found } => {
            let has = |word: &str| found.iter().any(|label| label.contains(word));
            let said: Vec<&str> = found.iter().map(String::as_str).collect();
            let what = wrong(&format_args!("it holds {}, not a {wanted}", said.join(", ")));
            match wanted {
                Wanted::Certificate if has("PRIVATE KEY") => row(
                    Kind::FileIsKey,
                    what,
                    format!(
                        "name the certificate: AT+QSSLCFG=\"{name}\",{context},\"UFS:<file>\"; a key belongs into clientkey"
                    ),
                ),
                Wanted::Key if has("CERTIFICATE") && !has("REQUEST") => row(
                    Kind::FileIsCertificate,
                    what,
                    format!("name the private key: AT+QSSLCFG=\"clientkey\",{context},\"UFS:<file>\""),
                ),
                Wanted::Certificate | Wanted::Key => row(
                    Kind::FileWithoutBlock,
                    what,
                    format!(
                        "upload a file with -----BEGIN {}-----",
                        if *wanted == Wanted::Key { "PRIVATE KEY" } else { "CERTIFICATE" }
                    ),
                ),
            }
        }
        FileError::Pem(_) => row(Kind::FileDamaged, wrong(error), again),
        FileError::Certificate { .. } => row(
            Kind::FileBadCertificate,
            wrong(error),
            "it is no X.509 certificate, or was cut: compare with openssl x509 -in <file> -noout -text",
        ),
        FileError::CertificateKey { .. } | FileError::Key(_) => row(
            Kind::FileBadKey,
            wrong(error),
            "take RSA of 1024 to 8192 bits, or P-256, P-384 or P-521, unencrypted",
        ),
        FileError::PasswordNeeded | FileError::WrongPassword | FileError::UnsupportedEncryption(_) => row(
            Kind::KeyEncrypted,
            wrong(error),
            "the module takes no password: upload it decrypted (openssl pkey -in <file> -out <new file>)",
        ),
    }
}
