//! Certificates, chains and keys through the crate's own front door.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)]

mod chains;
mod files;
mod keys;
mod pkits;
mod robust;
