//! The `modemtwin` program from outside: real ptys, real TCP, real files, real signals.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests: what fails here fails the test")]

mod harness;
mod process;
