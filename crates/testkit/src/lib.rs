//! SKELETON
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a library for tests: an expectation that fails here fails the test that relied on it"
)]

pub mod ca;
pub mod crypto;
