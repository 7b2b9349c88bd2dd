//! The `modemtwin` program from outside: real ptys, real TCP, real files, real signals, foreign servers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests: what fails here fails the test")]

mod captures;
mod consoles;
mod control;
mod ctl;
mod faults;
mod files;
mod harness;
mod lint;
mod menu;
mod ports;
mod process;
mod record;
mod replay;
mod scenarios;
mod secrets;
mod see;
mod ser2net;
mod servers;
mod sockets;
mod tap;
mod tls_faults;
mod transfer;
mod why;
mod wire;
