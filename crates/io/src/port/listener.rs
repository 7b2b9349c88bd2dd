//! Where hosts knock: TCP and Unix domain sockets, told apart here and nowhere else.

use super::Place;
use crate::SetupError;
use rustix::net::sockopt;
use std::{
    fmt, fs,
    io::{self, ErrorKind, IoSlice},
    net::SocketAddr,
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::{Path, PathBuf},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
};

/// After so much silence a TCP host is asked whether it is still there,
const SILENCE: Duration = Duration::from_secs(15);
/// again after so long without an answer,
const AGAIN: Duration = Duration::from_secs(5);
/// and so often, before it counts as gone and the port is free for the next one.
const TRIES: u32 = 3;

#[derive(Debug)]
pub(super) enum Listener {
    Tcp(TcpListener, SocketAddr),
    Unix(UnixListener, SocketFile),
}

/// A connection with a host.
#[derive(Debug)]
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// Who a host is, as far as can be told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(Option<SocketAddr>);

/// The name of a Unix domain socket in the file system, removed with the value.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    /// Device and inode: somebody else may have put another one there since.
    identity: (u64, u64),
}

impl Listener {
    /// `endpoint` is how the user wrote it, for errors.
    pub(super) fn tcp(host: &str, port: u16, endpoint: impl fmt::Display) -> Result<Listener, SetupError> {
        let listen = || {
            let listener = std::net::TcpListener::bind((host, port))?;
            listener.set_nonblocking(true)?;
            let addr = listener.local_addr()?;
            Ok(Listener::Tcp(TcpListener::from_std(listener)?, addr))
        };
        listen().map_err(|e: io::Error| {
            let remedy = match e.kind() {
                ErrorKind::AddrInUse => {
                    "another program listens there: choose another port, or 0 for any free one"
                }
                ErrorKind::PermissionDenied => "choose a port above 1023",
                ErrorKind::AddrNotAvailable => "use an address of this machine, 127.0.0.1 or 0.0.0.0",
                _ => "check the host, or use 127.0.0.1",
            };
            SetupError::os(endpoint, &e, remedy)
        })
    }

    pub(super) fn unix(path: &Path) -> Result<Listener, SetupError> {
        let failed = |reason: &dyn fmt::Display, remedy: &str| {
            SetupError::new(format_args!("unix:{}", path.display()), reason, remedy)
        };
        if let Ok(there) = fs::symlink_metadata(path) {
            if !there.file_type().is_socket() {
                return Err(failed(&"a file is there already and is no socket", "choose another path"));
            }
            match std::os::unix::net::UnixStream::connect(path) {
                // A socket that nobody listens at was left by an earlier run.
                Err(e) if e.kind() == ErrorKind::ConnectionRefused => {
                    fs::remove_file(path)
                        .map_err(|e| failed(&format_args!("it is stale, and stays: {e}"), "remove it"))?;
                }
                _ => {
                    let remedy = "stop that program, or choose another path";
                    return Err(failed(&"another program listens there", remedy));
                }
            }
        }
        let listen = || {
            let listener = UnixListener::bind(path)?;
            let made = fs::symlink_metadata(path)?;
            let file = SocketFile { path: path.to_owned(), identity: (made.dev(), made.ino()) };
            Ok(Listener::Unix(listener, file))
        };
        listen().map_err(|e: io::Error| {
            let remedy =
                "choose a path of at most 107 bytes in a folder that exists and that you may write to";
            SetupError::os(format_args!("unix:{}", path.display()), &e, remedy)
        })
    }

    /// Where it listens, as a plain port.
    pub(super) fn place(&self) -> Place {
        match self {
            Listener::Tcp(_, addr) => Place::Tcp(*addr),
            Listener::Unix(_, file) => Place::Unix(file.path.clone()),
        }
    }

    pub(super) fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(Stream, Peer)>> {
        Poll::Ready(match self {
            Listener::Tcp(listener, _) => ready!(listener.poll_accept(cx)).map(|(stream, addr)| {
                // Without it the answers of a fast dialogue wait for the peer's delayed ACK.
                let _ = stream.set_nodelay(true);
                // Without it a host that has lost its power or its network would hold the port for ever.
                let _ = keep_alive(&stream);
                (Stream::Tcp(stream), Peer(Some(addr)))
            }),
            Listener::Unix(listener, _) => {
                ready!(listener.poll_accept(cx)).map(|(stream, _)| (Stream::Unix(stream), Peer(None)))
            }
        })
    }
}

fn keep_alive(stream: &TcpStream) -> rustix::io::Result<()> {
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, SILENCE)?;
    sockopt::set_tcp_keepintvl(stream, AGAIN)?;
    sockopt::set_tcp_keepcnt(stream, TRIES)
}

impl Stream {
    /// 0 is the end.
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut space = ReadBuf::new(buf);
        ready!(match self {
            Stream::Tcp(stream) => Pin::new(stream).poll_read(cx, &mut space),
            Stream::Unix(stream) => Pin::new(stream).poll_read(cx, &mut space),
        })?;
        Poll::Ready(Ok(space.filled().len()))
    }

    /// Two pieces, one behind the other.
    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, pieces: [&[u8]; 2]) -> Poll<io::Result<usize>> {
        let stream: Pin<&mut (dyn AsyncWrite + Unpin)> = match self {
            Stream::Tcp(stream) => Pin::new(stream),
            Stream::Unix(stream) => Pin::new(stream),
        };
        match pieces {
            [bytes, []] => stream.poll_write(cx, bytes),
            pieces => stream.poll_write_vectored(cx, &pieces.map(IoSlice::new)),
        }
    }

    /// No more will be written.
    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Stream::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(addr) => addr.fmt(f),
            None => f.write_str("another program"),
        }
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let there = fs::symlink_metadata(&self.path);
        if there.is_ok_and(|there| (there.dev(), there.ino()) == self.identity) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    /// That the kernel then finds out is the kernel's; a network that loses everything is not to be had here.
    #[test]
    fn a_host_is_asked_whether_it_is_still_there() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = Listener::tcp("127.0.0.1", 0, "tcp").unwrap();
            let Place::Tcp(addr) = listener.place() else { panic!("not TCP") };
            let _host = std::net::TcpStream::connect(addr).unwrap();
            let (stream, _) = poll_fn(|cx| listener.poll_accept(cx)).await.unwrap();
            let Stream::Tcp(stream) = stream else { panic!("not TCP") };
            assert!(sockopt::socket_keepalive(&stream).unwrap());
            assert_eq!(sockopt::tcp_keepidle(&stream).unwrap(), SILENCE);
            assert_eq!(sockopt::tcp_keepintvl(&stream).unwrap(), AGAIN);
            assert_eq!(sockopt::tcp_keepcnt(&stream).unwrap(), TRIES);
        });
    }
}
