//! A sans-IO TLS client for legacy peers: SSL 3.0 to TLS 1.2, with the 32 suites of the note.
//!
//! It opens no socket, reads no clock, asks nobody for randomness: all of these are arguments.
//! Start at [`Client`].
#![forbid(unsafe_code)]

mod alert;
mod buffer;
mod client;
mod config;
mod connection;
mod crypto;
mod error;
mod handshake;
mod kx;
pub mod limits;
mod msgs;
mod prf;
mod record;
mod rng;
mod session;
pub mod sign;
pub mod suites;
mod summary;
mod transcript;
mod version;
pub mod x509;

pub use alert::{AlertDescription, AlertLevel};
pub use client::Client;
pub use config::{Config, ServerName, UnixTime};
pub use error::{Decode, Error, Incompatible, Local, Misbehaved, Offer};
pub use kx::Group;
pub use rng::Rng;
pub use session::Session;
pub use summary::{ClientCertificate, Summary};
pub use version::{Version, Versions};
