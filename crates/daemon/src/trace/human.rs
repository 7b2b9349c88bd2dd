//! Lines for people.
//!
//! ```text
//!   0.512233 uart1 > AT+CSQ\r
//!   0.512304 uart1 < AT+CSQ\r\r\n+CSQ: 24,99\r\n\r\nOK\r\n
//! ```
//!
//! What fails is followed by a line that says what helps, and under which name `docs/why.md` has it.
//!
//! `>` is what the host sent and `<` what the module sent; numbers are seconds since the module started. Bytes other
//! than printable ASCII are escaped as in C.

use super::{About, Entry, Side, escape};
use crate::redact::Piece;
use module::{Action, Cause, DceLines, DteLines, Event, Input, OnChannel, Talk};
use std::io::Write;

/// In front of a remedy, as wide as a time.
const REMEDY: &str = "            what helps: ";

/// Bytes of a piece of transparent data that people are shown; programs get all.
const GLIMPSE: usize = 256;

/// SGR parameters (ECMA-48 8.3.117).
#[derive(Clone, Copy)]
enum Colour {
    Red = 31,
    Green = 32,
    Yellow = 33,
    Cyan = 36,
    Grey = 90,
}

pub(super) fn line(out: &mut Vec<u8>, about: &About, entry: &Entry, colours: bool) {
    let (seconds, micros) = (about.at.elapsed.as_secs(), about.at.elapsed.subsec_micros());
    // Writing to memory cannot fail.
    let _ = write!(out, "{seconds:>4}.{micros:06} ");
    if colours {
        let _ = write!(out, "\x1b[{}m", colour(entry) as u8);
    }
    text(out, about, entry);
    out.extend_from_slice(if colours { b"\x1b[0m\n" } else { b"\n" });
}

fn colour(entry: &Entry) -> Colour {
    match entry {
        Entry::Said { by: Side::Host, .. } => Colour::Cyan,
        Entry::Said { .. } => Colour::Green,
        Entry::Moved { .. } => Colour::Grey,
        Entry::Action(Action::Event(event)) if failure(event).is_some() => Colour::Red,
        Entry::Action(Action::Event(Event::Command { .. } | Event::Tls { .. })) => Colour::Grey,
        Entry::Channel(..) | Entry::Input(_) | Entry::Action(_) => Colour::Yellow,
    }
}

fn text(out: &mut Vec<u8>, about: &About, entry: &Entry) {
    // Writing to memory cannot fail.
    let _ = match entry {
        Entry::Said { port, by, talk, piece } => {
            let arrow = if *by == Side::Host { '>' } else { '<' };
            let _ = write!(out, "{port} {arrow} ");
            match piece {
                Piece::Shown(bytes) if *talk == Talk::Data && bytes.len() > GLIMPSE => {
                    let (first, rest) = bytes.split_at(GLIMPSE);
                    escape::C.push(out, first);
                    write!(out, " [and {} bytes more]", rest.len())
                }
                Piece::Shown(bytes) => {
                    escape::C.push(out, bytes);
                    Ok(())
                }
                Piece::Hidden(count) if *talk == Talk::Frames => write!(out, "[{count} bytes of frames]"),
                Piece::Hidden(count) => write!(out, "[{count} bytes not shown]"),
            }
        }
        Entry::Moved { conn, by: Side::Network, count } => {
            write!(out, "net {} received {count} bytes", conn.0)
        }
        Entry::Moved { conn, count, .. } => write!(out, "net {} sent {count} bytes", conn.0),
        Entry::Channel(port, what) => {
            let port = port.name();
            match what {
                OnChannel::Opened => write!(out, "{port} host attached"),
                OnChannel::Closed => write!(out, "{port} host detached"),
                OnChannel::Lines(lines) => write!(out, "{port} host lines: {}", host_lines(*lines)),
                // These are said.
                OnChannel::Host(..) | OnChannel::Module(..) => Ok(()),
            }
        }
        Entry::Input(input) => out.write_all(input_text(about, input).as_bytes()),
        Entry::Action(action) => {
            let _ = out.write_all(action_text(about, action).as_bytes());
            match action {
                Action::Event(event) => failure(event).map_or(Ok(()), |cause| {
                    write!(out, "\n{REMEDY}{} [{}]", cause.remedy(), cause.kind().name())
                }),
                _ => Ok(()),
            }
        }
    };
}

/// Why something has failed, if it has.
fn failure(event: &Event) -> Option<&Cause> {
    event.cause().filter(|cause| cause.is_failure())
}

fn input_text(about: &About, input: &Input) -> String {
    match input {
        Input::Tick => "time has come".into(),
        Input::PortAttached(id) => format!("{} host attached", about.port(*id)),
        Input::PortDetached(id) => format!("{} host detached", about.port(*id)),
        Input::PortLines(id, lines) => format!("{} host lines: {}", about.port(*id), host_lines(*lines)),
        Input::Resolved(id, Ok(names)) => format!("dns {} answer {:?}", id.0, names.addresses),
        Input::Resolved(id, Err(e)) => format!("dns {} failed: {e:?}", id.0),
        Input::Connected(id, local) => format!("net {} connected from {local}", id.0),
        Input::ConnectFailed(id, e) => format!("net {} connect failed: {e:?}", id.0),
        Input::Incoming(id, from) => format!("net {} is called by {from}", id.0),
        Input::Pong(id, sequence, Ok(_)) => format!("ping {} reply {sequence}", id.0),
        Input::Pong(id, sequence, Err(e)) => format!("ping {} no reply {sequence}: {e:?}", id.0),
        Input::NetEof(id) => format!("net {} FIN received", id.0),
        Input::NetReset(id, e) => format!("net {} broken: {e:?}", id.0),
        Input::Operator(order) => format!("operator {}", about.order(order)),
    }
}

fn action_text(about: &About, action: &Action) -> String {
    match action {
        Action::Resolve(id, name, servers, _) if servers.is_empty() => format!("dns {} lookup {name}", id.0),
        Action::Resolve(id, name, servers, _) => format!("dns {} lookup {name} at {servers:?}", id.0),
        Action::Connect(id, addr, _) => format!("net {} connect {addr}", id.0),
        Action::Bind(id, local, Some(peer)) => format!("net {} datagrams from {local} to {peer}", id.0),
        Action::Bind(id, local, None) => format!("net {} datagrams at {local}", id.0),
        Action::Listen(id, local) => format!("net {} listen at {local}", id.0),
        Action::Accept(listener, id, _) => format!("net {} accepted by {}", id.0, listener.0),
        Action::Refuse(id) => format!("net {} turns a connection away", id.0),
        Action::Ping(id, address, sequence) => format!("ping {} {address} {sequence}", id.0),
        Action::Shutdown(id) => format!("net {} FIN", id.0),
        Action::Close(id, last) => format!("net {} close after {} bytes", id.0, last.len()),
        Action::Abort(id) => format!("net {} RST", id.0),
        Action::Vanish(id) => format!("net {} gone without a word", id.0),
        Action::PortLines(id, DceLines { dcd, ri, dsr, cts }) => {
            let lines = [("DCD", *dcd), ("RI", *ri), ("DSR", *dsr), ("CTS", *cts)];
            format!("{} module lines: {}", about.port(*id), modem_lines(&lines))
        }
        Action::StoreFile(name) => format!("file {} stored", name.escape_default()),
        Action::RemoveFile(name) => format!("file {} removed", name.escape_default()),
        Action::StoreSettings => "settings stored".into(),
        Action::Event(event) => about.event(event).to_string(),
    }
}

fn host_lines(DteLines { dtr, rts }: DteLines) -> String {
    modem_lines(&[("DTR", dtr), ("RTS", rts)])
}

fn modem_lines(lines: &[(&str, bool)]) -> String {
    let words: Vec<_> =
        lines.iter().map(|(name, is_on)| format!("{name} {}", if *is_on { "on" } else { "off" })).collect();
    words.join(", ")
}
