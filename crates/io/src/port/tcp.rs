//! A TCP server as an AT port: one host at a time.

use super::PortEvent;
use crate::SetupError;
use std::{
    io::ErrorKind,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{Sleep, sleep},
};

/// How long a refused host has for reading why.
const FAREWELL: Duration = Duration::from_secs(1);
/// How many refused hosts are told why at the same time; more are closed without a word.
const MAX_FAREWELLS: usize = 8;
/// How long to wait after a failed accept(2), which is a lack of file descriptors or memory.
const RECOVER: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(super) struct Tcp {
    name: String,
    listener: TcpListener,
    addr: SocketAddr,
    host: Option<Host>,
    refused: JoinSet<()>,
    recover: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug)]
struct Host {
    stream: TcpStream,
    addr: SocketAddr,
    /// Writing failed; what it sent before is still to be read.
    leaving: bool,
}

impl Tcp {
    pub(super) fn open(name: &str, host: &str, port: u16) -> Result<Tcp, SetupError> {
        let listen = || {
            let listener = std::net::TcpListener::bind((host, port))?;
            listener.set_nonblocking(true)?;
            let addr = listener.local_addr()?;
            Ok((TcpListener::from_std(listener)?, addr))
        };
        let (listener, addr) = listen().map_err(|e: std::io::Error| {
            let remedy = match e.kind() {
                ErrorKind::AddrInUse => {
                    "another program listens there: choose another port, or 0 for any free one"
                }
                ErrorKind::PermissionDenied => "choose a port above 1023",
                ErrorKind::AddrNotAvailable => "use an address of this machine, 127.0.0.1 or 0.0.0.0",
                _ => "check the host, or use 127.0.0.1",
            };
            SetupError::new(format_args!("tcp:{host}:{port}"), e, remedy)
        })?;
        let name = name.to_owned();
        Ok(Tcp { name, listener, addr, host: None, refused: JoinSet::new(), recover: None })
    }

    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub(super) fn poll_event(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<PortEvent> {
        if let Poll::Ready(event) = self.poll_accept(cx) {
            return Poll::Ready(event);
        }
        let Some(host) = &mut self.host else { return Poll::Pending };
        if buf.is_empty() {
            return Poll::Pending;
        }
        let mut space = ReadBuf::new(buf);
        let read = ready!(Pin::new(&mut host.stream).poll_read(cx, &mut space));
        let count = space.filled().len();
        if read.is_ok() && count > 0 {
            return Poll::Ready(PortEvent::Data(count));
        }
        self.host = None;
        Poll::Ready(PortEvent::Detached)
    }

    /// Takes the first host, refuses the others.
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<PortEvent> {
        while self.refused.try_join_next().is_some() {}
        loop {
            if let Some(pause) = &mut self.recover {
                ready!(pause.as_mut().poll(cx));
                self.recover = None;
            }
            match ready!(self.listener.poll_accept(cx)) {
                Err(_) => self.recover = Some(Box::pin(sleep(RECOVER))),
                Ok((stream, addr)) => match &self.host {
                    Some(first) => {
                        let first = first.addr;
                        self.refuse(stream, first);
                    }
                    None => {
                        // Without it the answers of a fast dialogue wait for the peer's delayed ACK.
                        let _ = stream.set_nodelay(true);
                        self.host = Some(Host { stream, addr, leaving: false });
                        return Poll::Ready(PortEvent::Attached);
                    }
                },
            }
        }
    }

    fn refuse(&mut self, stream: TcpStream, first: SocketAddr) {
        if self.refused.len() < MAX_FAREWELLS {
            let why = format!(
                "\r\nmodemtwin: {} is in use by {first} and takes one host at a time; close that one first\r\n",
                self.name
            );
            self.refused.spawn(async move {
                let _ = tokio::time::timeout(FAREWELL, farewell(stream, why)).await;
            });
        }
    }

    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<usize> {
        match &mut self.host {
            Some(host) if !host.leaving => match ready!(Pin::new(&mut host.stream).poll_write(cx, bytes)) {
                Ok(n) => Poll::Ready(n),
                Err(_) => {
                    host.leaving = true;
                    Poll::Ready(bytes.len())
                }
            },
            _ => Poll::Ready(bytes.len()),
        }
    }
}

/// Says why, and waits until the host has read it: closing at once, with the host's first bytes unread,
/// would be a reset, and a reset takes the words back.
async fn farewell(stream: TcpStream, why: String) {
    let mut sent = 0;
    while let Some(rest) = why.as_bytes().get(sent..).filter(|rest| !rest.is_empty()) {
        match (stream.writable().await, stream.try_write(rest)) {
            (Ok(()), Ok(n)) => sent += n,
            (Ok(()), Err(e)) if e.kind() == ErrorKind::WouldBlock => {}
            _ => return,
        }
    }
    if rustix::net::shutdown(&stream, rustix::net::Shutdown::Write).is_err() {
        return;
    }
    let mut sink = [0; 256];
    while stream.readable().await.is_ok() {
        match stream.try_read(&mut sink) {
            Ok(0) => return,
            Ok(_) => {}
            Err(e) if e.kind() == ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}
