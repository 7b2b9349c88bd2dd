//! A TLS *server* for tests: SSL 3.0 to TLS 1.2 with all suites of Table 3 of the note, able to break any rule.
//!
//! It is a second reading of the RFCs (6101, 2246, 4346, 5246, 8422, 5288, 5289, 5077, 5746, 6066, 7366, 7627),
//! written without the client's code, so that both do not share one mistake. It is strict with what the
//! client sends, plain rather than fast, and deterministic: the same seed and the same input give the same
//! output. Like the client it does no I/O: bytes go in through [`Server::read`], bytes come out of
//! [`Server::take_output`]; [`tcp`] puts it behind a real listener.
//!
//! Faults are [`Hook`]s, each a function that edits one thing just before it is sent: the fields of a
//! message, the order of a flight, a record. [`knobs`] has them as a table of rules.

mod config;
mod connection;
pub mod flow;
mod handshake;
mod hello;
mod hook;
mod kdf;
mod key_exchange;
pub mod knobs;
mod negotiate;
pub mod pair;
mod record;
mod sign;
pub mod suites;
pub mod tcp;
pub mod wire;

pub use config::{ClientAuth, DEFAULT_SCHEMES, Packing, Resumption, ServerConfig, Sessions, Version};
pub use connection::{Established, Event, Failure, Server};
pub use hello::{ClientHello, ServerHello};
pub use hook::{Flight, Hook, Item, Message};
pub use kdf::{DirectionKeys, Kdf};
pub use key_exchange::{Group, KeyExchange};
pub use record::{Fault, Outgoing};
pub use sign::Signed;
