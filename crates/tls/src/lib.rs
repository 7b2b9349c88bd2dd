//! A sans-IO TLS client for legacy peers. SKELETON: the record layer is a null one.
#![forbid(unsafe_code)]

mod client;
mod config;
mod error;
mod rng;
pub mod sign;
pub mod x509;

pub use client::{Client, Summary};
pub use config::{Config, ServerName, Session, UnixTime, Version, Versions};
pub use error::Error;
pub use rng::Rng;
pub mod suites;
