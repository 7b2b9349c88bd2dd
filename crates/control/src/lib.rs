//! The control interface: running modules as resources of HTTP and JSON on loopback, and a client for it.
//!
//! | room | what |
//! |---|---|
//! | `routes` | the table: every route, its body, its answer, its handler |
//! | `api` | the values of bodies and answers |
//! | `handlers` | what the routes do |
//! | `events` | what happens, as server-sent events |
//! | `openapi` | the description, made of `routes` and `api` |
//! | `guard` | who is let in |
//! | `server` | sockets and HTTP |
//! | `client` | the other end, for `modemtwin ctl` |
//!
//! A handler asks the module by its [`daemon::Handle`]; nothing here has a state of its own. Switched off it costs
//! nothing, and switched on it does nothing until somebody asks.
#![forbid(unsafe_code)]

pub mod api;
pub mod client;
mod events;
mod guard;
mod handlers;
mod openapi;
mod problem;
mod routes;
mod server;
mod token;

pub use openapi::document;
pub use server::{Server, Settings};
pub use token::TokenSource;
