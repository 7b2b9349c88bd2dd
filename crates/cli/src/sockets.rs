//! All twelve sockets of a module at once, from the host's side: six plain ones and six of TLS, each in direct push mode
//! to a server that sends everything back.

use crate::dte::Dte;
use std::{
    io::{self, Error},
    net::{Ipv4Addr, TcpListener},
    thread,
    time::{Duration, Instant},
};

/// Plain sockets, which have the ids from 0 on; the others are of TLS.
const PLAIN: usize = 6;
/// All sockets.
pub const SOCKETS: usize = 12;
/// Most that one send takes.
const SEND: usize = 1460;

/// How the sockets have done.
#[derive(Debug)]
pub struct Outcome {
    /// From the first send to the last byte that came back.
    pub elapsed: Duration,
    /// What each had back when the first of them was complete: who is far behind then was starved.
    pub back: [usize; SOCKETS],
}

/// A server on loopback that sends everything back; its port. It runs as long as the process does.
///
/// # Errors
/// The operating system has no port to give.
pub fn plain_echo() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || io::copy(&mut &stream, &mut &stream));
        }
    });
    Ok(port)
}

/// What the module said.
enum Item {
    Prompt,
    Line(String),
    Push(usize, Vec<u8>),
}

/// The byte at a place of what a socket sends.
fn byte(socket: usize, at: usize) -> u8 {
    (at ^ (at >> 8).wrapping_mul(31) ^ socket.wrapping_mul(83)) as u8
}

/// Opens everything, moves `length` bytes through each socket and back, and checks every byte.
///
/// # Errors
/// The module said something else than was expected, or lost or changed a byte.
pub fn echo(dte: &mut Dte, plain: u16, tls: u16, length: usize) -> io::Result<Outcome> {
    dte.command("ATE0")?;
    for line in ["AT+QISDE=0", "AT+QIACT=1"] {
        say(dte, line)?;
        expect(dte, "OK")?;
    }
    for id in 0..SOCKETS {
        let (line, opened) = match id < PLAIN {
            true => (format!("AT+QIOPEN=1,{id},\"TCP\",\"127.0.0.1\",{plain},0,1"), "+QIOPEN"),
            false => (format!("AT+QSSLOPEN=1,1,{id},\"127.0.0.1\",{tls},1"), "+QSSLOPEN"),
        };
        say(dte, &line)?;
        expect(dte, "OK")?;
        expect(dte, &format!("{opened}: {id},0"))?;
    }
    let began = Instant::now();
    let mut run = Run { sent: [0; SOCKETS], back: [0; SOCKETS], first: None, length };
    while run.sent.iter().any(|sent| *sent < length) {
        for id in 0..SOCKETS {
            run.send(dte, id)?;
        }
    }
    while run.back.iter().any(|back| *back < length) {
        run.take(dte)?;
    }
    Ok(Outcome { elapsed: began.elapsed(), back: run.first.unwrap_or(run.back) })
}

struct Run {
    sent: [usize; SOCKETS],
    back: [usize; SOCKETS],
    first: Option<[usize; SOCKETS]>,
    length: usize,
}

impl Run {
    /// One send on a socket; one that is refused for lack of room is tried again in the next round.
    fn send(&mut self, dte: &mut Dte, id: usize) -> io::Result<()> {
        let at = self.sent[id];
        let piece: Vec<u8> = (at..self.length.min(at + SEND)).map(|at| byte(id, at)).collect();
        if piece.is_empty() {
            return Ok(());
        }
        let command = if id < PLAIN { "+QISEND" } else { "+QSSLSEND" };
        say(dte, &format!("AT{command}={id},{}", piece.len()))?;
        loop {
            match item(dte)? {
                Item::Prompt => dte.say(&piece)?,
                Item::Push(id, data) => self.came(id, &data)?,
                Item::Line(line) if line == "SEND OK" => {
                    self.sent[id] += piece.len();
                    return Ok(());
                }
                Item::Line(line) if line == "SEND FAIL" => return Ok(()),
                Item::Line(line) => return Err(Error::other(format!("{line} in answer to {command}"))),
            }
        }
    }

    fn take(&mut self, dte: &mut Dte) -> io::Result<()> {
        match item(dte)? {
            Item::Push(id, data) => self.came(id, &data),
            Item::Prompt => Err(Error::other("a prompt that nobody asked for")),
            Item::Line(line) => Err(Error::other(format!("{line} instead of data"))),
        }
    }

    fn came(&mut self, id: usize, data: &[u8]) -> io::Result<()> {
        let at = self.back.get(id).copied().ok_or_else(|| Error::other("an id that nobody has"))?;
        if !data.iter().enumerate().all(|(n, found)| *found == byte(id, at + n)) {
            return Err(Error::other(format!("socket {id} got something else behind byte {at}")));
        }
        self.back[id] += data.len();
        if self.back[id] == self.length && self.first.is_none() {
            self.first = Some(self.back);
        }
        Ok(())
    }
}

fn say(dte: &mut Dte, line: &str) -> io::Result<()> {
    dte.say(format!("{line}\r").as_bytes())
}

fn expect(dte: &mut Dte, wanted: &str) -> io::Result<()> {
    match item(dte)? {
        Item::Line(line) if line == wanted => Ok(()),
        Item::Line(line) => Err(Error::other(format!("{line} instead of {wanted}"))),
        Item::Prompt | Item::Push(..) => Err(Error::other(format!("no {wanted}"))),
    }
}

fn item(dte: &mut Dte) -> io::Result<Item> {
    let start = dte.hear_exactly(4)?;
    if start.ends_with(b"> ") {
        return Ok(Item::Prompt);
    }
    let line = [start, dte.hear_until(b"\r\n")?].concat();
    let line = String::from_utf8_lossy(&line).trim().to_owned();
    let push = line.strip_prefix("+QIURC: \"recv\",").or_else(|| line.strip_prefix("+QSSLURC: \"recv\","));
    let Some((id, length)) = push.and_then(|push| push.split_once(',')) else { return Ok(Item::Line(line)) };
    let (Ok(id), Ok(length)) = (id.parse(), length.parse::<usize>()) else { return Ok(Item::Line(line)) };
    let mut data = dte.hear_exactly(length + 2)?;
    data.truncate(length);
    Ok(Item::Push(id, data))
}
