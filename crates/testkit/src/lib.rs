//! Test support: entry points for fuzzers, a host's multiplexer; and under one name what tests need of [`peers`] and
//! [`scenario`].
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a library for tests: an expectation that fails here fails the test that relied on it"
)]

pub mod fuzzing;
pub mod mux;

pub use peers::{ca, crypto, peer, server};
pub use scenario::{dte, transcript, world};
