//! The server behind a real TCP listener, for end-to-end tests: plain threads, one connection each.

use super::{Event, Server, ServerConfig};
use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

/// What the server does with application data.
#[derive(Clone, Debug)]
pub enum Behaviour {
    /// Sends back what it gets.
    Echo,
    /// Keeps what it gets, for [`Report::received`].
    Sink,
    /// Sends these bytes when the handshake is over, then close_notify; drops what it gets.
    Source(Arc<Vec<u8>>),
}

/// A listener on the loopback address; gone when dropped. Open connections go on to their end.
pub struct Listener {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    reports: Mutex<mpsc::Receiver<Report>>,
}

/// How a connection went, once it is over.
#[derive(Clone, Debug)]
pub struct Report {
    /// What happened, in order.
    pub events: Vec<Event>,
    /// Application data of a [`Behaviour::Sink`].
    pub received: Vec<u8>,
}

/// Listens on a free port. The nth connection, from 0, has n as its seed.
///
/// # Errors
/// When no socket can be had.
pub fn spawn(config: ServerConfig, behaviour: Behaviour) -> io::Result<Listener> {
    let socket = TcpListener::bind(("127.0.0.1", 0))?;
    let address = socket.local_addr()?;
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let config = Arc::new(config);
    let (sender, reports) = mpsc::channel();
    thread::spawn(move || {
        for (seed, stream) in (0..).zip(socket.incoming()) {
            if stopped.load(Ordering::SeqCst) {
                break;
            }
            let Ok(stream) = stream else { continue };
            let (config, behaviour, sender) = (config.clone(), behaviour.clone(), sender.clone());
            thread::spawn(move || {
                // Nobody may be waiting for the report.
                let _ = sender.send(serve(stream, Server::new(config, seed), &behaviour));
            });
        }
    });
    Ok(Listener { address, stop, reports: Mutex::new(reports) })
}

impl Listener {
    /// Where to connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for a connection to end; connections are reported in the order in which they end.
    pub fn report(&self) -> Report {
        let reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        reports.recv().expect("the listener holds a sender")
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the accepting thread; if it cannot be reached it is gone already.
        let _ = TcpStream::connect(self.address);
    }
}

/// Runs one connection to its end. Output goes through a thread of its own, so that a client that writes much
/// before it reads does not block both sides.
fn serve(mut stream: TcpStream, mut server: Server, behaviour: &Behaviour) -> Report {
    let (output, to_write) = mpsc::channel::<Vec<u8>>();
    let writer = stream.try_clone().map(|mut stream| {
        thread::spawn(move || {
            for bytes in to_write {
                if stream.write_all(&bytes).is_err() {
                    return;
                }
            }
            let _ = stream.shutdown(Shutdown::Write);
        })
    });
    let _ = stream.set_nodelay(true);
    let mut received = Vec::new();
    let mut sourced = false;
    let mut buffer = vec![0; 32 * 1024];
    while let Ok(n @ 1..) = stream.read(&mut buffer) {
        server.read(&buffer[..n]);
        let plaintext = server.take_plaintext();
        match behaviour {
            Behaviour::Echo if !plaintext.is_empty() => server.write(&plaintext),
            Behaviour::Echo => {}
            Behaviour::Sink => received.extend(plaintext),
            Behaviour::Source(bytes) if !sourced && server.established().is_some() => {
                sourced = true;
                server.write(bytes);
                server.close();
            }
            Behaviour::Source(_) => {}
        }
        let _ = output.send(server.take_output());
        if server.is_over() {
            break;
        }
    }
    drop(output);
    if let Ok(Ok(())) = writer.map(thread::JoinHandle::join) {
        // What the client still sends is read and dropped, so that closing does not reset the connection.
        while let Ok(1..) = stream.read(&mut buffer) {}
    }
    Report { events: server.events().to_vec(), received }
}
