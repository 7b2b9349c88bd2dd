//! The multiplexer of 3GPP TS 27.010, basic option, as a module speaks it: several virtual ports on one wire.
//!
//! [`Mux`] takes the bytes of the wire and gives [`Event`]s; what channels have to say and what the protocol answers
//! goes into the buffer that each call is given. It reads no clock and opens nothing.
//!
//! | room | what |
//! |---|---|
//! | `frame` | frames to bytes and back, and how to find the next frame in garbage (clause 5.2) |
//! | `message` | messages of the control channel (clause 5.4.6.3) |
//! | `mux` | which channels are open, who may send (clauses 5.3 and 5.4) |
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;

mod frame;
mod message;
mod mux;

pub use message::Lines;
pub use mux::{CHANNELS, Dlci, Event, MAX_N1, MIN_N1, Mux, PATIENCE};
