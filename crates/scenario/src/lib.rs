//! Dialogues with a module as text ([`transcript`]), a virtual world around a module to play them in ([`world`]), a strict
//! reader of what modules say ([`dte`]), and a writer of dialogues ([`tape`]).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what it expects it has made itself: an expectation that fails here is a defect"
)]

pub mod dte;
pub mod tape;
pub mod transcript;
pub mod world;
