//! The network that the module dials into.

mod dial;
mod resolve;

pub use dial::{Connection, Received};
pub use resolve::{LookupError, resolve};

#[cfg(test)]
mod tests;
