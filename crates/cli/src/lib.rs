//! What the `modemtwin` command has inside that its tests and benchmarks need too: a host on an AT port,
//! and TLS servers made on the spot.
#![forbid(unsafe_code)]

pub mod dte;
pub mod peer;
pub mod sockets;
