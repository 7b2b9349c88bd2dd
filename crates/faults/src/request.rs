//! What is asked of a running module about faults, as text: `FAULT`, or `off NAME`, `off NUMBER`, `off all`.

use crate::{
    fault::{Fault, FaultError},
    faulty::Lift,
};
use core::{fmt, str::FromStr};

/// Something that is asked about faults.
#[derive(Clone, Debug)]
pub enum Request {
    /// A fault begins.
    Inject(Fault),
    /// Faults end.
    Lift(Lift),
}

impl FromStr for Request {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Request, FaultError> {
        let mut words = text.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some("off"), Some(which), None) => Ok(Request::Lift(Lift::parse(which))),
            _ => text.parse().map(Request::Inject),
        }
    }
}

/// As it is read.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Request::Inject(fault) => fault.fmt(f),
            Request::Lift(which) => write!(f, "off {which}"),
        }
    }
}
