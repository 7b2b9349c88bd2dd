//! One connection of the client over a socket that blocks.

use super::{Result, peer::Echo};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use testkit::server::pair::NOW;
use tls::{Client, Config, Rng, ServerName, Session, Summary};

/// How many bytes every connection sends and wants back.
const ECHOED: usize = 1 << 20;

/// Length of a line for a peer that reverses lines, its end included.
const LINE: usize = 1 << 10;

/// A peer that says nothing for so long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a connection sends at a time, over and over: around the size of a record, and in many.
const PIECES: [usize; 5] = [1, 16_383, 16_384, 16_385, 50_000];

pub(super) struct Connection {
    client: Client,
    stream: TcpStream,
    /// Records not yet sent.
    out: Vec<u8>,
}

impl Connection {
    /// Connects, and goes through the handshake.
    pub(super) fn open(address: SocketAddr, config: Config, session: Option<Session>) -> Result<Connection> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut out = Vec::new();
        let name = Some(ServerName::Dns("localhost".into()));
        let client = Client::new(Arc::new(config), name, session, Rng::from_seed(seed()), NOW, &mut out);
        let mut connection = Connection { client, stream, out };
        while !connection.client.is_established() {
            connection.send()?;
            if !connection.receive()? {
                return Err("closed in the handshake".into());
            }
        }
        connection.send()?;
        Ok(connection)
    }

    pub(super) fn summary(&self) -> Result<Summary> {
        self.client.summary().cloned().ok_or_else(|| "not established".into())
    }

    pub(super) fn take_session(&mut self) -> Option<Session> {
        self.client.take_session()
    }

    /// Sends 1 MiB and compares what comes back, piece by piece, so that neither side's buffers fill up.
    pub(super) fn echo(&mut self, echo: Echo) -> Result<()> {
        let (data, expected): (Vec<u8>, Vec<u8>) = match echo {
            Echo::Same => {
                let data: Vec<u8> = (0..ECHOED).map(|i| (i * 7 + i / 251) as u8).collect();
                (data.clone(), data)
            }
            Echo::Lines => (line().repeat(ECHOED / LINE), line().repeat(ECHOED / LINE)),
            Echo::ReversedLines => (line().repeat(ECHOED / LINE), reversed(&line()).repeat(ECHOED / LINE)),
            Echo::Request => return self.request(),
        };
        let mut pieces = match echo {
            // More would wait for each other's acknowledgements in the peer, which answers line by line.
            Echo::Lines => [LINE].iter().cycle(),
            Echo::Same | Echo::ReversedLines | Echo::Request => PIECES.iter().cycle(),
        };
        let (mut sent, mut received) = (0, Vec::with_capacity(ECHOED));
        while received.len() < ECHOED {
            let piece = pieces.next().map_or(1, |n| *n).min(data.len() - sent);
            self.client.write(&data[sent..sent + piece], &mut self.out).map_err(explained)?;
            sent += piece;
            self.send()?;
            let due = match echo {
                Echo::Same => sent,
                // It answers whole ones only.
                Echo::Lines | Echo::ReversedLines | Echo::Request => sent / LINE * LINE,
            };
            self.drain(&mut received)?;
            while received.len() < due {
                if !self.receive()? {
                    return Err(format!("closed after {} bytes of the echo", received.len()).into());
                }
                self.drain(&mut received)?;
            }
        }
        if received == expected { Ok(()) } else { Err("the echo is not what was to come".into()) }
    }

    /// Sends a request of eight lines, and looks for it in the answer.
    fn request(&mut self) -> Result<()> {
        let request = [b"GET / HTTP/1.0\r\n", line().repeat(8).as_slice()].concat();
        self.client.write(&request, &mut self.out).map_err(explained)?;
        self.client.write(b"\r\n\r\n", &mut self.out).map_err(explained)?;
        self.send()?;
        let mut answer = Vec::new();
        self.drain(&mut answer)?;
        while !self.client.peer_has_closed() && self.receive()? {
            self.drain(&mut answer)?;
        }
        let found = answer.windows(request.len()).any(|part| part == request);
        if found {
            Ok(())
        } else {
            Err(format!("the request is not in the answer of {} bytes", answer.len()).into())
        }
    }

    /// Says goodbye and hears the peer out.
    pub(super) fn close(mut self) -> Result<()> {
        self.client.close(&mut self.out);
        self.send()?;
        // Not every peer answers a close_notify with one.
        while !self.client.peer_has_closed() && self.receive()? {}
        Ok(())
    }

    fn send(&mut self) -> Result<()> {
        self.stream.write_all(&self.out)?;
        self.out.clear();
        Ok(())
    }

    /// Gives the client what has come; false at the end of the stream.
    fn receive(&mut self) -> Result<bool> {
        let mut buffer = [0; 1 << 14];
        let room = self.client.room().min(buffer.len());
        let n = self.stream.read(&mut buffer[..room])?;
        let result = self.client.read_tls(&buffer[..n], &mut self.out);
        // The alert that explains an error.
        self.send()?;
        result.map_err(explained)?;
        Ok(n > 0)
    }

    fn drain(&mut self, received: &mut Vec<u8>) -> Result<()> {
        while !self.client.plaintext().is_empty() {
            received.extend_from_slice(self.client.plaintext());
            let n = self.client.plaintext().len();
            self.client.consume(n, &mut self.out).map_err(explained)?;
        }
        Ok(())
    }
}

fn explained(error: tls::Error) -> String {
    format!("{error:?}")
}

/// A line that is not its own reverse.
fn line() -> Vec<u8> {
    (0..LINE - 1).map(|i| b'a' + (i % 25) as u8).chain([b'\n']).collect()
}

fn reversed(line: &[u8]) -> Vec<u8> {
    line.iter().rev().skip(1).copied().chain([b'\n']).collect()
}

/// Another one for each connection.
fn seed() -> [u8; 32] {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    seed
}
