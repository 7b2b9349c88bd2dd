//! Certificates. SKELETON.
use std::sync::Arc;

/// Why a certificate or key file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError(pub String);

/// One parsed certificate.
#[derive(Clone, Debug)]
pub struct Certificate {
    _private: (),
}

/// The trusted certificates of a context.
#[derive(Clone, Debug, Default)]
pub struct Anchors {
    _private: (),
}
impl Anchors {
    /// Adds the certificates of a PEM (one or many, one bad block fails the file) or DER file.
    pub fn add_file(&mut self, _bytes: &[u8]) -> Result<(), FileError> {
        Ok(())
    }
}

/// A client certificate chain with its private key.
#[derive(Debug)]
pub struct Identity {
    _private: (),
}
impl Identity {
    /// Parses both files and checks that they belong together.
    pub fn from_files(_chain: &[u8], _key: &[u8], _password: Option<&[u8]>) -> Result<Identity, FileError> {
        Ok(Identity { _private: () })
    }
}

/// How the server's certificate is judged; each switch of the note is one field.
#[derive(Clone, Debug)]
pub enum Policy {
    /// seclevel 0: nothing is looked at.
    None,
    /// seclevel 1 and 2.
    Verify {
        /// The trusted certificates.
        anchors: Arc<Anchors>,
        /// sni 1: compare the server's name.
        check_name: bool,
        /// ignorelocaltime 0: compare the dates with the time given.
        check_dates: bool,
        /// ignoreinvalidcertsign 1.
        ignore_signatures: bool,
        /// ignoremulticertchainverify 1.
        leaf_only: bool,
    },
}
