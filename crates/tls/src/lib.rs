//! A sans-IO TLS client for legacy peers: SSL 3.0 to TLS 1.2, with the 32 cipher suites that cellular modules have.
//!
//! It opens no socket, reads no clock and asks nobody for randomness: bytes, time and chance are
//! arguments. The same seed and the same peer give the same bytes, so whole conversations can be
//! recorded and replayed.
//!
//! [`Client`] is a connection, [`Config`] what it is told, [`Error`] why it failed, [`suites`] and
//! [`Version`] what there is, [`x509`] how certificates are judged, [`limits`] how far a peer can go.
//!
//! ```
//! use modemtwin_tls::{Client, Config, Rng, ServerName, UnixTime, Version, Versions, x509};
//! use std::sync::Arc;
//!
//! let config = Arc::new(Config {
//!     versions: Versions { min: Version::Tls10, max: Version::Tls12 },
//!     ..Config::new(x509::Policy::None)
//! });
//! let name = Some(ServerName::Dns("server.example".to_owned()));
//! let (rng, now) = (Rng::from_seed([0; 32]), UnixTime(1_700_000_000));
//!
//! // What is to be sent stands in `out` after each call.
//! let mut out = Vec::new();
//! let mut client = Client::new(config, name, None, rng, now, &mut out);
//! assert_eq!(out[..3], [22, 3, 1], "a handshake record with the oldest version offered");
//!
//! // The server does not like it.
//! let error = client.read_tls(b"\x15\x03\x01\x00\x02\x02\x46", &mut out).unwrap_err();
//! assert!(error.to_string().starts_with(
//!     "the server ended the connection with fatal alert 70 (protocol_version): \
//!      it speaks none of the versions offered; offered were TLS 1.0 to TLS 1.2, 32 suites"
//! ));
//! ```
//!
//! `examples/connect.rs` is a whole program over TCP.
#![forbid(unsafe_code)]

mod alert;
mod buffer;
mod client;
mod config;
mod connection;
mod crypto;
mod error;
pub mod fuzzing;
mod handshake;
mod kx;
pub mod limits;
mod msgs;
mod prf;
mod progress;
mod record;
mod rng;
mod session;
pub mod sign;
pub mod suites;
mod summary;
mod talk;
mod transcript;
mod version;
mod work;
pub mod x509;

pub use alert::{AlertDescription, AlertLevel};
pub use client::Client;
pub use config::{Config, MaxFragmentLength, ServerName, UnixTime};
pub use error::{Decode, Error, Incompatible, Local, Misbehaved, Offer};
pub use handshake::Pretend;
pub use kx::Group;
pub use progress::Progress;
pub use rng::Rng;
pub use session::Session;
pub use summary::{ClientCertificate, Summary};
pub use talk::{Speaker, Spoken};
pub use version::{Version, Versions};
