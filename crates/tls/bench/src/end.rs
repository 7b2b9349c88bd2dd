//! One end of a connection, whoever implements it.

use crate::clock::Clock;

pub trait End {
    /// Takes bytes of the other end; says how much application data came with them.
    fn receive(&mut self, bytes: &[u8]) -> usize;
    /// Bytes for the other end.
    fn take(&mut self) -> Vec<u8>;
    fn send(&mut self, data: &[u8]);
    fn is_established(&self) -> bool;
    fn is_resumed(&self) -> bool;
}

/// Moves bytes until both ends are through the handshake; the client's work is measured.
pub fn connect(client: &mut dyn End, server: &mut dyn End, clock: &mut Clock) {
    while !(client.is_established() && server.is_established()) {
        server.receive(&clock.measure(|| client.take()));
        let answer = server.take();
        clock.measure(|| client.receive(&answer));
    }
    // A ticket may still be under way.
    server.receive(&client.take());
}
