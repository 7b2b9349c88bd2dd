//! One end of a connection, whoever implements it.

use crate::clock::Clock;

pub trait End {
    /// Takes bytes of the other end; says how much application data came with them.
    fn receive(&mut self, bytes: &[u8]) -> usize;
    /// Puts bytes for the other end in the place of what is in `wire`. Its memory is used again, as a program would.
    fn take(&mut self, wire: &mut Vec<u8>);
    fn send(&mut self, data: &[u8]);
    fn is_established(&self) -> bool;
    fn is_resumed(&self) -> bool;
}

/// Moves bytes until both ends are through the handshake; the client's work is measured.
pub fn connect(client: &mut dyn End, server: &mut dyn End, clock: &mut Clock) {
    let mut wire = Vec::new();
    while !(client.is_established() && server.is_established()) {
        clock.measure(|| client.take(&mut wire));
        server.receive(&wire);
        server.take(&mut wire);
        clock.measure(|| client.receive(&wire));
    }
    // A ticket may still be under way.
    client.take(&mut wire);
    server.receive(&wire);
}
