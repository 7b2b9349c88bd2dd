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
use module::{Action, Event, Input};

/// In front of a remedy, as wide as a time.
const REMEDY: &str = "            what helps: ";

/// SGR parameters (ECMA-48 8.3.117).
#[derive(Clone, Copy)]
enum Colour {
    Red = 31,
    Green = 32,
    Yellow = 33,
    Cyan = 36,
    Grey = 90,
}

pub(super) fn line(about: &About, entry: &Entry, colours: bool) -> String {
    let (colour, text) = match entry {
        Entry::Said { port, by, piece } => {
            let (colour, arrow) = if *by == Side::Host { (Colour::Cyan, '>') } else { (Colour::Green, '<') };
            let mut text = format!("{port} {arrow} ");
            match piece {
                Piece::Shown(bytes) => escape::C.push(&mut text, bytes),
                Piece::Hidden(count) => text += &format!("[{count} bytes not shown]"),
            }
            (colour, text)
        }
        Entry::Moved { conn, by: Side::Network, count } => {
            (Colour::Grey, format!("net {} received {count} bytes", conn.0))
        }
        Entry::Moved { conn, count, .. } => (Colour::Grey, format!("net {} sent {count} bytes", conn.0)),
        Entry::Input(input) => (Colour::Yellow, input_text(about, input)),
        Entry::Action(Action::Event(event)) => match event.cause().filter(|cause| cause.is_failure()) {
            Some(cause) => {
                let remedy = format!("{REMEDY}{} [{}]", cause.remedy(), cause.kind().name());
                (Colour::Red, format!("{}\n{remedy}", about.event(event)))
            }
            None if matches!(event, Event::Command { .. } | Event::Tls { .. }) => {
                (Colour::Grey, about.event(event).to_string())
            }
            None => (Colour::Yellow, about.event(event).to_string()),
        },
        Entry::Action(action) => (Colour::Yellow, action_text(about, action)),
    };
    let (seconds, micros) = (about.at.elapsed.as_secs(), about.at.elapsed.subsec_micros());
    match colours {
        true => format!("{seconds:>4}.{micros:06} \x1b[{}m{text}\x1b[0m\n", colour as u8),
        false => format!("{seconds:>4}.{micros:06} {text}\n"),
    }
}

fn input_text(about: &About, input: &Input) -> String {
    match input {
        Input::Tick => "time has come".into(),
        Input::PortAttached(id) => format!("{} host attached", about.port(*id)),
        Input::PortDetached(id) => format!("{} host detached", about.port(*id)),
        Input::PortLines(id, lines) => format!("{} host lines {lines:?}", about.port(*id)),
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
        Action::PortLines(id, lines) => format!("{} module lines {lines:?}", about.port(*id)),
        Action::StoreFile(name) => format!("file {} stored", name.escape_default()),
        Action::RemoveFile(name) => format!("file {} removed", name.escape_default()),
        Action::StoreSettings => "settings stored".into(),
        Action::Event(event) => about.event(event).to_string(),
    }
}
