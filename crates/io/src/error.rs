//! Why something cannot be set up, in the three parts a reader needs.

use std::fmt;

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
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.place, self.reason, self.remedy)
    }
}

impl std::error::Error for SetupError {}
