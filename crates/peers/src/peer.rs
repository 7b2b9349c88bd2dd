//! What sits behind an address of the virtual network: bytes in, bytes out, no clock and no socket.

mod datagram;
mod plain;
mod rustls;
mod secure;
mod tls;

pub use self::rustls::RustlsPeer;
pub use datagram::{DatagramPeer, TimePeer};
pub use plain::PlainPeer;
pub use secure::SecurePeer;
pub use tls::TlsPeer;

/// One accepted connection, seen from the server's side.
///
/// A test talks to it in application data (`send`, `received`, `close`); the network moves its bytes
/// (`rx`, `tx`, `eof`).
pub trait Peer {
    /// Bytes from the module have arrived.
    fn rx(&mut self, bytes: &[u8]);
    /// The module's FIN has arrived; no byte will follow.
    fn eof(&mut self);
    /// The module's RST has arrived: no byte goes either way.
    fn reset(&mut self);
    /// Bytes ready to leave for the module; the network drains them from the front.
    fn tx(&mut self) -> &mut Vec<u8>;
    /// True once the peer wants its FIN to follow everything in `tx`.
    fn has_finished(&self) -> bool;
    /// Application data for the module. Before the end of a handshake it waits for it.
    fn send(&mut self, data: &[u8]);
    /// Ends the conversation as a well-behaved server does: TLS says close_notify, then FIN follows; before the
    /// end of a handshake it waits for it.
    fn close(&mut self);
    /// All application data received so far.
    fn received(&self) -> &[u8];
    /// What the peer noticed, in order, a short line each: `close_notify`, `eof`, `sni a.example`, ...
    fn facts(&self) -> &[String];
}

/// How a peer answers when the module ends the conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manners {
    /// Answers close_notify with close_notify, and FIN with FIN.
    #[default]
    Polite,
    /// Never answers an end; the module has to stop waiting by itself.
    Lingers,
}
