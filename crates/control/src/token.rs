//! The token: whoever has it may do everything.

use daemon::SetupError;
use std::{
    fs::{OpenOptions, Permissions},
    io::{self, ErrorKind, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// Random bytes of a token.
const BYTES: usize = 24;

/// Only its owner may read a token.
const MODE: u32 = 0o600;

/// Where the token comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// Made at the start, and printed.
    Random,
    /// The last word of this file, which has the address in front of it; made when it is missing or empty.
    File(PathBuf),
    /// There is none: every program on this machine is let in.
    None,
}

impl TokenSource {
    /// The token.
    pub(crate) fn token(&self) -> Result<Option<String>, SetupError> {
        Ok(match self {
            TokenSource::None => None,
            TokenSource::Random => Some(random()?),
            TokenSource::File(path) => match read(path) {
                Ok(Some(token)) => Some(token),
                Ok(None) => Some(random()?),
                Err(e) => return Err(unusable(path, e)),
            },
        })
    }

    /// Writes where the interface is to be found into the file, if there is one.
    pub(crate) fn publish(&self, place: &str) -> Result<(), SetupError> {
        match self {
            TokenSource::File(path) => write(path, place).map_err(|e| unusable(path, e)),
            TokenSource::Random | TokenSource::None => Ok(()),
        }
    }
}

fn unusable(path: &Path, error: io::Error) -> SetupError {
    SetupError::new(path.display(), error, "give --control-token a file that is yours or can be made")
}

/// In hexadecimal digits.
fn random() -> Result<String, SetupError> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)
        .map_err(|e| SetupError::new("random numbers", e, "check that /dev/urandom is there"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn read(path: &Path) -> io::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text.split_whitespace().last().map(str::to_owned)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

fn write(path: &Path, place: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(MODE).open(path)?;
    file.set_permissions(Permissions::from_mode(MODE))?;
    writeln!(file, "{place}")
}
