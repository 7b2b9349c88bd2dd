//! What sits at the other end of a module's connections: a certificate authority with certificates of every kind,
//! well-behaved and faulty TLS servers of every version, and services in the form that a virtual network wants.
//!
//! All of it is sans-IO and deterministic but for [`menu`], the servers of `modemtwin peer`, and [`server::tcp`], which
//! puts the server of tests behind a real listener.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what it expects it has made itself: an expectation that fails here is a defect"
)]

pub mod ca;
pub mod crypto;
pub mod menu;
pub mod peer;
pub mod server;
