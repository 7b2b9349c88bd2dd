//! SKELETON of the AT command engine.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;

pub mod time;
