//! The key log: one line of the NSS format for each handshake, which lets Wireshark decrypt the connection.
//!
//! Lines are appended, so that several modules and runs can share a file, and each is written at once and whole: a
//! capture can be looked at while it grows. A handshake is rare and a line short, so the module does the writing.

use crate::SetupError;
use std::{
    fs::{File, OpenOptions, Permissions},
    io::{self, Write},
    os::{
        fd::AsFd,
        unix::fs::{OpenOptionsExt, PermissionsExt},
    },
    path::Path,
    sync::Arc,
};

/// Only its owner may read the secrets.
const MODE: u32 = 0o600;

/// Where the secrets of connections are written. Clones write to the same file.
#[derive(Clone, Debug)]
pub struct KeyLog(Arc<File>);

impl KeyLog {
    /// Appends to a file, which is made when it is missing. Nobody but its owner can read it afterwards; a pipe or a
    /// device stays as it is, and so does the standard output (`-`).
    ///
    /// # Errors
    /// The file cannot be made, or is somebody else's.
    pub fn to(path: &Path) -> Result<KeyLog, SetupError> {
        KeyLog::open(path).map_err(|e| {
            SetupError::new(path.display(), e, "give --keylog a file that is yours or can be made, or -")
        })
    }

    fn open(path: &Path) -> io::Result<KeyLog> {
        if path == Path::new("-") {
            return Ok(KeyLog(Arc::new(io::stdout().as_fd().try_clone_to_owned()?.into())));
        }
        let file = OpenOptions::new().append(true).create(true).mode(MODE).open(path)?;
        if file.metadata()?.is_file() {
            file.set_permissions(Permissions::from_mode(MODE))?;
        }
        Ok(KeyLog(Arc::new(file)))
    }

    /// Writes the line of a handshake in one piece.
    pub(crate) fn line(&self, line: &str) -> io::Result<()> {
        (&*self.0).write_all(format!("{line}\n").as_bytes())
    }
}
