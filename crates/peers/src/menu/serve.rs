//! Listeners of the peers: plain threads, one for each connection, and limits.

use super::{Fault, Service, Talk};
use crate::server::{Server, ServerConfig};
use rustls::{ServerConnection, StreamOwned};
use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// Connections of one peer at the same time; more are closed at once.
pub const MAX_CONNECTIONS: usize = 2048;
/// A connection on which nothing moves for so long is closed.
const IDLE: Duration = Duration::from_secs(600);
/// What a slow peer sends at a time, and how long it waits in between.
const TRICKLE: (usize, Duration) = (128, Duration::from_millis(25));
/// What happened on a connection is kept by the project's own server; more than that is not.
const MAX_EVENTS: usize = 1 << 20;
/// Unread bytes that are taken after the end, so that it arrives.
const MAX_FAREWELL: u64 = 1 << 20;

/// A peer that runs. Dropping it stops it from taking connections; those that are there go on to their end.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    stopped: Arc<AtomicBool>,
    is_udp: bool,
}

impl Running {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // The thread sees the flag when something comes; if it cannot be reached it is gone already.
        if self.is_udp {
            let any = if self.addr.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" };
            let _ = UdpSocket::bind(any).and_then(|socket| socket.send_to(b"", self.addr));
        } else {
            let _ = TcpStream::connect(self.addr);
        }
    }
}

/// Starts a service at an address; port 0 is any free one.
///
/// # Errors
/// The address cannot be had.
pub fn listen(at: SocketAddr, service: Service, fault: Fault) -> io::Result<Running> {
    let stopped = Arc::new(AtomicBool::new(false));
    let stop = stopped.clone();
    if let Service::Datagrams = service {
        let socket = UdpSocket::bind(at)?;
        let addr = socket.local_addr()?;
        thread::spawn(move || {
            let mut datagram = vec![0; usize::from(u16::MAX)];
            while !stop.load(Ordering::SeqCst) {
                // An error is about an earlier datagram: its sender is not there any more.
                if let Ok((length, from)) = socket.recv_from(&mut datagram) {
                    let _ = socket.send_to(datagram.get(..length).unwrap_or_default(), from);
                }
            }
        });
        return Ok(Running { addr, stopped, is_udp: true });
    }
    let listener = TcpListener::bind(at)?;
    let addr = listener.local_addr()?;
    let (service, present) = (Arc::new(service), Arc::new(AtomicUsize::new(0)));
    thread::spawn(move || {
        for socket in listener.incoming() {
            if stop.load(Ordering::SeqCst) {
                return;
            }
            let Ok(socket) = socket else {
                // No descriptors; one will be free when a connection ends.
                thread::sleep(Duration::from_millis(50));
                continue;
            };
            if present.fetch_add(1, Ordering::SeqCst) >= MAX_CONNECTIONS {
                present.fetch_sub(1, Ordering::SeqCst);
                continue;
            }
            let (service, present) = (service.clone(), present.clone());
            thread::spawn(move || {
                // A connection that fails is the client's story to tell.
                let _ = serve(socket, &service, fault);
                present.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    Ok(Running { addr, stopped, is_udp: false })
}

fn serve(socket: TcpStream, service: &Service, fault: Fault) -> io::Result<()> {
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(IDLE))?;
    socket.set_write_timeout(Some(IDLE))?;
    match fault {
        Fault::None | Fault::Slow => {}
        Fault::Silent => return io::copy(&mut &socket, &mut io::sink()).map(|_| ()),
        Fault::Reset => {
            // Closing with unread bytes is a reset.
            return socket.peek(&mut [0]).map(|_| ());
        }
        Fault::ClosesEarly => {
            // All of a ClientHello is read, so that this is a proper end of TCP.
            let mut hello = [0; 16 * 1024];
            let _count = (&socket).read(&mut hello)?;
            return socket.shutdown(Shutdown::Both);
        }
    }
    let mut wire = Wire { socket: socket.try_clone()?, is_slow: fault == Fault::Slow };
    let done = match service {
        Service::Plain(talk) => talk.run(&mut wire),
        Service::Tls(config, talk) => {
            let connection = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
            over_rustls(StreamOwned::new(connection, wire), *talk)
        }
        Service::Legacy(config, talk) => over_legacy(config, wire, *talk),
        Service::Datagrams => Ok(true),
    };
    // After a failed handshake, too: the alert has to arrive.
    if !matches!(done, Ok(false)) {
        socket.shutdown(Shutdown::Write)?;
        // What still comes is thrown away, so that closing does not reset the connection.
        io::copy(&mut (&socket).take(MAX_FAREWELL), &mut io::sink())?;
    }
    Ok(())
}

fn over_rustls(mut stream: StreamOwned<ServerConnection, Wire>, talk: Talk) -> io::Result<bool> {
    let done = talk.run(&mut stream);
    if let Ok(true) = done {
        stream.conn.send_close_notify();
    }
    // Also the alert of a handshake that has failed.
    while stream.conn.wants_write() {
        stream.conn.write_tls(&mut stream.sock)?;
    }
    done
}

fn over_legacy(config: &Arc<ServerConfig>, wire: Wire, talk: Talk) -> io::Result<bool> {
    // Its randomness comes from a number.
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).map_err(io::Error::other)?;
    let server = Server::new(config.clone(), u64::from_ne_bytes(seed));
    let mut stream = Legacy { server, wire, plaintext: Vec::new() };
    stream.handshake()?;
    let done = talk.run(&mut stream)?;
    if done {
        stream.server.close();
        stream.send()?;
    }
    Ok(done)
}

/// A socket, and how fast it may be written to.
struct Wire {
    socket: TcpStream,
    is_slow: bool,
}

impl Read for Wire {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.socket.read(buf)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_slow {
            return self.socket.write(bytes);
        }
        let (size, pause) = TRICKLE;
        thread::sleep(pause);
        self.socket.write(bytes.get(..size.min(bytes.len())).unwrap_or_default())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The project's own server on a socket.
struct Legacy {
    server: Server,
    wire: Wire,
    plaintext: Vec<u8>,
}

impl Legacy {
    fn handshake(&mut self) -> io::Result<()> {
        while self.server.established().is_none() {
            if !self.receive()? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    /// One read of the socket. False: there is nothing more to come.
    fn receive(&mut self) -> io::Result<bool> {
        let mut buf = [0; 16 * 1024];
        if self.server.is_over() || self.server.events().len() > MAX_EVENTS {
            return Ok(false);
        }
        let n = self.wire.read(&mut buf)?;
        self.server.read(buf.get(..n).unwrap_or_default());
        self.plaintext.extend(self.server.take_plaintext());
        self.send()?;
        Ok(n > 0)
    }

    fn send(&mut self) -> io::Result<()> {
        let output = self.server.take_output();
        self.wire.write_all(&output)
    }
}

impl Read for Legacy {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.plaintext.is_empty() {
            if !self.receive()? {
                return Ok(0);
            }
        }
        let n = buf.len().min(self.plaintext.len());
        for (to, from) in buf.iter_mut().zip(self.plaintext.drain(..n)) {
            *to = from;
        }
        Ok(n)
    }
}

impl Write for Legacy {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.server.write(bytes);
        self.send()?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
