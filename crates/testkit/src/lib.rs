//! Test support: a virtual world around a module, a strict reader of what modules say, transcripts, a
//! certificate authority and TLS servers of every version.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a library for tests: an expectation that fails here fails the test that relied on it"
)]

pub mod ca;
pub mod crypto;
pub mod dte;
pub mod fuzzing;
pub mod mux;
pub mod peer;
pub mod server;
pub mod transcript;
pub mod world;
