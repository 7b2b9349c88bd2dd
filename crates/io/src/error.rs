//! Why something cannot be set up, in the three parts a reader needs.

use rustix::io::Errno;
use std::{fmt, io};

/// Something that is needed at the start cannot be had: where, why, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupError {
    /// The endpoint, path or option concerned.
    pub place: String,
    /// What the operating system or a check said.
    pub reason: String,
    /// What the reader can do.
    pub remedy: String,
}

impl SetupError {
    /// An error from its three parts.
    pub fn new(place: impl fmt::Display, reason: impl fmt::Display, remedy: impl Into<String>) -> SetupError {
        SetupError { place: place.to_string(), reason: reason.to_string(), remedy: remedy.into() }
    }

    /// What the operating system refused, with a remedy for whatever `error` may be; that there are too many open files
    /// has a remedy of its own.
    pub fn os(place: impl fmt::Display, error: &io::Error, remedy: impl Into<String>) -> SetupError {
        match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::MFILE | Errno::NFILE) => {
                let remedy = "allow more, as by `ulimit -n 65536` before the start; a module takes two and more for \
                              its connections";
                SetupError::new(place, error, remedy)
            }
            _ => SetupError::new(place, error, remedy),
        }
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.place, self.reason, self.remedy)
    }
}

impl std::error::Error for SetupError {}
