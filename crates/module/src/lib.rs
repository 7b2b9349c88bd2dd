//! The emulated module, sans-IO. SKELETON: answers `OK` to every line that starts with AT.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;

mod contract;
pub use contract::*;

use alloc::{collections::VecDeque, vec::Vec};
use at::time::Instant;

/// The emulated module. Method families: `rx`/`handle` take what happened, `tx`/`poll` give what is
/// to be done, `deadline` says when to come back. Nothing else has an effect.
pub struct Module {
    tx: Vec<Vec<u8>>,
    actions: VecDeque<Action>,
}

impl Module {
    /// A module that has just booted at `now`.
    pub fn new(setup: Setup, _now: Instant) -> Module {
        Module { tx: setup.ports.iter().map(|_| Vec::new()).collect(), actions: VecDeque::new() }
    }
    /// How many bytes `rx` takes at most from this channel now; 0 is back-pressure: do not read.
    pub fn rx_room(&self, ch: Channel) -> usize {
        match ch {
            Channel::Port(p) if self.tx[usize::from(p.0)].len() < 16384 => 4096,
            _ => 0,
        }
    }
    /// Takes all of `bytes`; the caller keeps to `rx_room`.
    pub fn rx(&mut self, _now: Instant, ch: Channel, bytes: &[u8]) {
        if let Channel::Port(p) = ch {
            let tx = &mut self.tx[usize::from(p.0)];
            tx.extend_from_slice(bytes);
            if bytes.contains(&b'\r') {
                tx.extend_from_slice(b"\r\nOK\r\n");
            }
        }
    }
    /// Bytes ready to leave; empty for a channel that is unknown or has nothing to say.
    pub fn tx(&self, ch: Channel) -> &[u8] {
        match ch {
            Channel::Port(p) => &self.tx[usize::from(p.0)],
            Channel::Net(_) => &[],
        }
    }
    /// The first `n` bytes of `tx` have left.
    pub fn tx_done(&mut self, _now: Instant, ch: Channel, n: usize) {
        if let Channel::Port(p) = ch {
            self.tx[usize::from(p.0)].drain(..n);
        }
    }
    /// Everything that is not bytes.
    pub fn handle(&mut self, _now: Instant, _input: Input) {}
    /// What is to be done, in order. Drain after every `rx`, `tx_done` and `handle`.
    pub fn poll(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }
    /// When to come back with `Input::Tick` at the latest.
    pub fn deadline(&self) -> Option<Instant> {
        None
    }
    /// The content of a file, for `Action::StoreFile`.
    pub fn file(&self, _name: &str) -> Option<&[u8]> {
        None
    }
}
