//! One TCP connection, from the first SYN to the last FIN.

use rustix::net::sockopt;
use std::{
    future::Future,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpSocket, TcpStream},
};

/// At most so many unread bytes are thrown away on closing. See [`Connection::close`].
const MAX_DISCARD: usize = 256 * 1024;

/// A TCP connection that is being made or is there.
pub struct Connection(State);

/// How a connection is made and kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct DialOptions {
    /// Own port; 0 for any.
    pub local_port: u16,
    /// Probes on an idle connection.
    pub keep_alive: Option<KeepAlive>,
    /// Unacknowledged data breaks the connection after so long; `None`: as the operating system has it.
    pub give_up: Option<Duration>,
    /// So many bytes may be on their way from the peer and wait here; `None`: as the operating system has it.
    pub window: Option<u32>,
}

/// Keep-alive of TCP.
#[derive(Clone, Copy, Debug)]
pub struct KeepAlive {
    /// Idle time before the first probe.
    pub idle: Duration,
    /// Time between probes.
    pub interval: Duration,
    /// Probes without answer that break the connection.
    pub probes: u32,
}

impl DialOptions {
    fn apply(&self, stream: &TcpStream) -> io::Result<()> {
        // Records leave when they are complete; waiting for more would only delay them.
        stream.set_nodelay(true)?;
        if let Some(KeepAlive { idle, interval, probes }) = self.keep_alive {
            sockopt::set_socket_keepalive(stream, true)?;
            sockopt::set_tcp_keepidle(stream, idle)?;
            sockopt::set_tcp_keepintvl(stream, interval)?;
            sockopt::set_tcp_keepcnt(stream, probes)?;
        }
        #[cfg(target_os = "linux")]
        if let Some(give_up) = self.give_up {
            let millis = u32::try_from(give_up.as_millis()).unwrap_or(u32::MAX);
            sockopt::set_tcp_user_timeout(stream, millis)?;
        }
        Ok(())
    }
}

enum State {
    Dialing(Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>),
    Up(Up),
    /// Never came up.
    Failed,
}

struct Up {
    stream: TcpStream,
    /// The peer has sent FIN, or reading failed: there is nothing more to read.
    ended: bool,
    /// Why writing failed. Kept until everything the peer sent before has been read.
    broken: Option<io::Error>,
    /// Our FIN has been sent.
    shut: bool,
}

/// What a read brought.
#[derive(Debug)]
pub enum Received {
    /// So many bytes at the start of the caller's buffer.
    Data(usize),
    /// The peer has sent FIN. Said once.
    End,
    /// The connection broke. Said once, after everything that came before it.
    Broken(io::Error),
}

impl Connection {
    /// Starts connecting.
    pub fn dial(addr: SocketAddr, options: DialOptions) -> Connection {
        Connection(State::Dialing(Box::pin(async move {
            let socket = if addr.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
            if options.local_port != 0 {
                let any: IpAddr = match addr {
                    SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
                    SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
                };
                // The port may have served a connection that is gone just now.
                socket.set_reuseaddr(true)?;
                socket.bind(SocketAddr::new(any, options.local_port))?;
            }
            if let Some(window) = options.window {
                // Before the SYN, which tells the scale.
                socket.set_recv_buffer_size(window)?;
            }
            let stream = socket.connect(addr).await?;
            options.apply(&stream)?;
            Ok(stream)
        })))
    }

    /// A connection that somebody else has made.
    ///
    /// # Errors
    /// It is gone.
    pub fn accepted(stream: TcpStream, options: &DialOptions) -> io::Result<Connection> {
        options.apply(&stream)?;
        if let Some(window) = options.window {
            sockopt::set_socket_recv_buffer_size(&stream, usize::try_from(window).unwrap_or(usize::MAX))?;
        }
        Ok(Connection(State::Up(Up { stream, ended: false, broken: None, shut: false })))
    }

    /// Waits for the connection; gives its local address. To be polled until it is ready, once.
    pub fn poll_connected(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<SocketAddr>> {
        let State::Dialing(dialing) = &mut self.0 else { return Poll::Pending };
        let result = ready!(dialing.as_mut().poll(cx)).and_then(|stream| Ok((stream.local_addr()?, stream)));
        Poll::Ready(match result {
            Ok((local, stream)) => {
                self.0 = State::Up(Up { stream, ended: false, broken: None, shut: false });
                Ok(local)
            }
            Err(e) => {
                self.0 = State::Failed;
                Err(e)
            }
        })
    }

    /// Reads into `buf`. Nothing is read into an empty one: the peer's TCP makes it wait.
    pub fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<Received> {
        let State::Up(up) = &mut self.0 else { return Poll::Pending };
        if buf.is_empty() {
            return Poll::Pending;
        }
        if up.ended {
            // The end has been said; only a failed write is news now.
            return up.broken.take().map_or(Poll::Pending, |e| Poll::Ready(Received::Broken(e)));
        }
        let mut space = ReadBuf::new(buf);
        let read = ready!(Pin::new(&mut up.stream).poll_read(cx, &mut space));
        Poll::Ready(match (read, space.filled().len()) {
            (Ok(()), 0) => {
                up.ended = true;
                up.broken.take().map_or(Received::End, Received::Broken)
            }
            (Ok(()), n) => Received::Data(n),
            (Err(e), _) => {
                up.ended = true;
                Received::Broken(up.broken.take().unwrap_or(e))
            }
        })
    }

    /// Writes as much of `bytes` as TCP takes in one go, and says how much that was. When the connection
    /// is broken the bytes are dropped, and [`poll_read`](Connection::poll_read) tells.
    pub fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<usize> {
        match &mut self.0 {
            State::Dialing(_) => Poll::Pending,
            State::Up(up) if up.broken.is_none() && !up.shut => {
                match ready!(Pin::new(&mut up.stream).poll_write(cx, bytes)) {
                    Ok(n) => Poll::Ready(n),
                    Err(e) => {
                        up.broken = Some(e);
                        Poll::Ready(bytes.len())
                    }
                }
            }
            State::Up(_) | State::Failed => Poll::Ready(bytes.len()),
        }
    }

    /// Writing has failed, and what was written since went nowhere.
    pub fn is_broken(&self) -> bool {
        matches!(&self.0, State::Up(Up { broken: Some(_), .. }) | State::Failed)
    }

    /// Sends FIN; reading goes on.
    pub fn shutdown(&mut self) {
        if let State::Up(up) = &mut self.0
            && !up.shut
        {
            up.shut = true;
            // It fails only when the connection is gone, and that the reader learns.
            let _ = rustix::net::shutdown(&up.stream, rustix::net::Shutdown::Write);
        }
    }

    /// Breaks the connection: RST, and what has not left never leaves.
    pub fn abort(self) {
        if let State::Up(up) = self.0 {
            // Where it fails the connection is gone already.
            let _ = sockopt::set_socket_linger(&up.stream, Some(Duration::ZERO));
        }
    }

    /// Writes `last` as far as TCP takes it, and closes. What the peer sent and nobody read is thrown
    /// away first: closing with unread bytes is a reset, which would destroy `last` on its way.
    pub fn close(mut self, last: &[u8]) {
        if let State::Up(up) = &mut self.0
            && !up.shut
            && up.broken.is_none()
        {
            let _ = up.stream.try_write(last);
        }
        self.shutdown();
        if let State::Up(up) = &self.0 {
            let mut sink = [0; 4096];
            let mut discarded = 0;
            while let Ok(n @ 1..) = up.stream.try_read(&mut sink)
                && discarded < MAX_DISCARD
            {
                discarded += n;
            }
        }
    }
}
