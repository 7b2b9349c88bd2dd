//! Work is counted where it is done, in bytes, so that tests can say how it grows with what a peer sends. Outside of
//! tests this is nothing.

/// So much has been done.
#[cfg(not(test))]
pub(crate) const fn count(_bytes: usize) {}

#[cfg(test)]
pub(crate) use tests::{count, counted};

#[cfg(test)]
mod tests;
