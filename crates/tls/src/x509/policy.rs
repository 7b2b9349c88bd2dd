//! How a server's certificate is judged, and by which trusted ones.
use super::{Certificate, FileError, file};
use std::sync::Arc;

/// The trusted certificates of a context.
#[derive(Clone, Debug, Default)]
pub struct Anchors {
    certificates: Vec<Certificate>,
}

impl Anchors {
    /// The certificates, in the order of the files.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Adds the certificates of a PEM (one or many, one bad block fails the file) or DER file.
    pub fn add_file(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        self.certificates.append(&mut file::certificates(bytes)?);
        Ok(())
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

impl Policy {
    /// Everything is checked.
    pub fn strict(anchors: Anchors) -> Policy {
        Policy::Verify {
            anchors: Arc::new(anchors),
            check_name: true,
            check_dates: true,
            ignore_signatures: false,
            leaf_only: false,
        }
    }
}
