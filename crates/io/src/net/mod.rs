//! The network: connections from here and to here, datagrams, names, echo requests.

mod datagrams;
mod dial;
mod listen;
mod ping;
mod resolve;

pub use datagrams::Datagrams;
pub use dial::{Connection, DialOptions, KeepAlive, Received};
pub use listen::Listener;
pub use ping::{EchoReply, Pinger};
pub use resolve::{Families, Found, LookupError, resolve};

/// The operating system has no more sockets or no memory for one.
pub fn is_out_of_sockets(error: &std::io::Error) -> bool {
    use rustix::io::Errno;
    let errno = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(errno, Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM))
}

#[cfg(test)]
mod tests;
