//! Lines for programs: one object of JSON each, as `docs/trace.md` describes them.
//!
//! Objects are flat, their keys are written here, and nothing is ever read: that is less than a library's interface
//! would take.

use super::{About, Entry, Side, Stamp, escape};
use crate::redact::Piece;
use module::{Action, Cause, Event, Failure, Input, OnChannel, Speaker, Talk};
use std::{fmt::Display, io::Write};

/// The kinds of lines, as `docs/trace.md` has them.
pub const KINDS: &[&str] = &[
    "accept",
    "attached",
    "bind",
    "bound",
    "broken",
    "close",
    "command",
    "connect",
    "connect_failed",
    "connected",
    "detached",
    "dns_answer",
    "dns_failed",
    "dns_query",
    "dropped",
    "ended",
    "errand_failed",
    "event",
    "fault",
    "file_removed",
    "file_stored",
    "fin_received",
    "fin_sent",
    "host",
    "host_frames",
    "host_lines",
    "host_mistake",
    "incoming",
    "listen",
    "lost",
    "module",
    "module_frames",
    "module_lines",
    "net_received",
    "net_sent",
    "no_pong",
    "open_failed",
    "operator",
    "ping",
    "pong",
    "refused",
    "resolved",
    "rst_sent",
    "settings_stored",
    "socket",
    "tcp",
    "tls",
    "tls_received",
    "tls_sent",
    "turn_away",
    "urc",
    "vanished",
];

pub(super) fn line(out: &mut Vec<u8>, about: &About, entry: &Entry) {
    let of = |kind| Object::new(about.at, kind);
    let object = match entry {
        Entry::Said { port, by, talk, piece } => {
            let kind = match (by, talk) {
                (Side::Host, Talk::Frames) => "host_frames",
                (Side::Host, Talk::Dialogue | Talk::Data) => "host",
                (_, Talk::Frames) => "module_frames",
                (_, Talk::Dialogue | Talk::Data) => "module",
            };
            let object = of(kind).text("port", port);
            match piece {
                Piece::Shown(bytes) => object.bytes("data", bytes),
                Piece::Hidden(count) => object.number("hidden", *count),
            }
        }
        Entry::Moved { conn, by, count } => {
            let kind = if *by == Side::Network { "net_received" } else { "net_sent" };
            of(kind).number("conn", conn.0).number("bytes", *count)
        }
        Entry::Channel(port, what) => {
            let kind = match what {
                OnChannel::Opened => "attached",
                OnChannel::Lines(_) => "host_lines",
                // What is said is an entry of its own.
                OnChannel::Closed | OnChannel::Host(..) | OnChannel::Module(..) => "detached",
            };
            let object = of(kind).text("port", port.name());
            match what {
                OnChannel::Lines(lines) => object.flag("dtr", lines.dtr).flag("rts", lines.rts),
                _ => object,
            }
        }
        Entry::Input(input) => input_object(about, input, of),
        Entry::Action(Action::Event(event)) => event_object(&about.event(event), of),
        Entry::Action(action) => action_object(about, action, of),
    };
    out.append(&mut object.end());
}

/// The kind of a line.
pub(super) fn kind(line: &str) -> Option<&str> {
    // What stands before it are numbers.
    line.split_once("\"kind\":\"")?.1.split('"').next()
}

/// So many lines were left out here.
pub(super) fn lost(count: u64) -> Vec<u8> {
    Object(b"{\"kind\":\"lost\"".to_vec()).number("lines", count).end()
}

fn input_object(about: &About, input: &Input, of: impl Fn(&'static str) -> Object) -> Object {
    match input {
        // Nobody is told.
        Input::Tick => of("event"),
        Input::PortAttached(id) => of("attached").text("port", about.port(*id)),
        Input::PortDetached(id) => of("detached").text("port", about.port(*id)),
        Input::PortLines(id, lines) => {
            of("host_lines").text("port", about.port(*id)).flag("dtr", lines.dtr).flag("rts", lines.rts)
        }
        Input::Resolved(id, Ok(names)) => of("dns_answer")
            .number("query", id.0)
            .list("addresses", &names.addresses)
            .number("ttl", names.ttl),
        Input::Resolved(id, Err(e)) => {
            of("dns_failed").number("query", id.0).text("why", format_args!("{e:?}"))
        }
        Input::Connected(id, local) => of("connected").number("conn", id.0).text("local", local),
        Input::ConnectFailed(id, e) => {
            of("connect_failed").number("conn", id.0).text("why", format_args!("{e:?}"))
        }
        Input::Incoming(id, from) => of("incoming").number("conn", id.0).text("remote", from),
        Input::Pong(id, sequence, Ok(_)) => of("pong").number("query", id.0).number("sequence", *sequence),
        Input::Pong(id, sequence, Err(e)) => of("no_pong")
            .number("query", id.0)
            .number("sequence", *sequence)
            .text("why", format_args!("{e:?}")),
        Input::NetEof(id) => of("fin_received").number("conn", id.0),
        Input::NetReset(id, e) => of("broken").number("conn", id.0).text("why", format_args!("{e:?}")),
        Input::Operator(order) => of("operator").text("order", about.order(order)),
    }
}

fn action_object(about: &About, action: &Action, of: impl Fn(&'static str) -> Object) -> Object {
    match action {
        Action::Resolve(id, name, servers, _) => {
            of("dns_query").number("query", id.0).text("name", name).list("servers", servers)
        }
        Action::Connect(id, remote, _) => of("connect").number("conn", id.0).text("remote", remote),
        Action::Bind(id, local, remote) => {
            let object = of("bind").number("conn", id.0).text("local", local);
            remote.iter().fold(object, |object, remote| object.text("remote", remote))
        }
        Action::Listen(id, local) => of("listen").number("conn", id.0).text("local", local),
        Action::Accept(listener, id, _) => of("accept").number("listener", listener.0).number("conn", id.0),
        Action::Refuse(id) => of("turn_away").number("conn", id.0),
        Action::Ping(id, address, sequence) => {
            of("ping").number("query", id.0).text("address", address).number("sequence", *sequence)
        }
        Action::Shutdown(id) => of("fin_sent").number("conn", id.0),
        Action::Close(id, last) => of("close").number("conn", id.0).number("bytes", last.len()),
        Action::Abort(id) => of("rst_sent").number("conn", id.0),
        Action::Vanish(id) => of("vanished").number("conn", id.0),
        Action::PortLines(id, lines) => of("module_lines")
            .text("port", about.port(*id))
            .flag("dcd", lines.dcd)
            .flag("ri", lines.ri)
            .flag("dsr", lines.dsr)
            .flag("cts", lines.cts),
        Action::StoreFile(name) => of("file_stored").text("name", name),
        Action::RemoveFile(name) => of("file_removed").text("name", name),
        Action::StoreSettings => of("settings_stored"),
        Action::Event(event) => event_object(event, of),
    }
}

fn event_object(event: &Event, of: impl Fn(&'static str) -> Object) -> Object {
    match event {
        Event::HostMistake { port, command, what } => {
            of("host_mistake").text("port", port.name()).text("command", command).text("what", what)
        }
        Event::Refused { port, command, failure, cause } => {
            let object = of("refused").text("port", port.name()).text("command", command);
            explained(coded(object, *failure), cause)
        }
        Event::Socket { client, from, to, why } => {
            of("socket").number("client", *client).text("from", from).text("to", to).text("why", why)
        }
        Event::Resolved { client, what } => of("resolved").number("client", *client).text("what", what),
        Event::Connected { client, local, remote } => {
            of("tcp").number("client", *client).text("local", local).text("remote", remote)
        }
        Event::Bound { client, local, what } => {
            of("bound").number("client", *client).text("local", local).text("what", what)
        }
        Event::Command { port, command, form, section, summary, values } => {
            let values: Vec<String> = values.iter().map(|(name, value)| format!("{name} {value}")).collect();
            of("command")
                .text("port", port.name())
                .text("command", command)
                .text("form", form)
                .text("section", section)
                .text("summary", summary)
                .list("values", &values)
        }
        Event::Tls { client, spoken } => {
            let kind = if spoken.by == Speaker::Client { "tls_sent" } else { "tls_received" };
            let object = of(kind)
                .number("client", *client)
                .text("message", spoken.message)
                .number("bytes", spoken.len);
            let facts: Vec<String> =
                spoken.facts.iter().map(|(name, value)| format!("{name} {value}")).collect();
            object.list("facts", &facts)
        }
        Event::Secured { client, summary } => of("tls").number("client", *client).text("summary", summary),
        Event::OpenFailed { client, code, cause } => {
            explained(of("open_failed").number("client", *client).number("code", code.code()), cause)
        }
        Event::Ended { client, cause } => explained(of("ended").number("client", *client), cause),
        Event::ErrandFailed { command, code, cause } => {
            explained(of("errand_failed").text("command", command).number("code", code.code()), cause)
        }
        Event::Urc { port, text } => of("urc").text("port", port.name()).text("text", text),
        Event::Fault { what } => of("fault").text("what", what),
        Event::Dropped { port, what } => of("dropped").text("port", port.name()).bytes("data", what),
        // Key logs, which no trace has, and kinds that are newer than this.
        other => of("event").text("text", other),
    }
}

/// With the code of Table 5 or of `+CME ERROR`, if there is one.
fn coded(object: Object, failure: Failure) -> Object {
    match failure {
        Failure::Code(code) => object.number("code", code.code()),
        Failure::Cme(cme) => object.number("cme", cme.code),
        Failure::Plain => object,
    }
}

/// With what happened, what helps, and the kind that `docs/why.md` has.
fn explained(object: Object, cause: &Cause) -> Object {
    let object = object.text("cause", cause).text("reason", cause.kind().name());
    let object = if cause.is_failure() { object.text("remedy", cause.remedy()) } else { object };
    match cause.fault() {
        Some(name) => object.text("fault", name),
        None => object,
    }
}

/// An object on its way.
struct Object(Vec<u8>);

impl Object {
    fn new(at: Stamp, kind: &str) -> Object {
        debug_assert!(KINDS.contains(&kind), "{kind} is not among the kinds");
        let Stamp { elapsed, unix } = at;
        let head = format!(
            "{{\"t\":{}.{:06},\"unix\":{}.{:06},\"kind\":\"{kind}\"",
            elapsed.as_secs(),
            elapsed.subsec_micros(),
            unix.as_secs(),
            unix.subsec_micros()
        );
        Object(head.into_bytes())
    }

    fn end(mut self) -> Vec<u8> {
        self.0.extend_from_slice(b"}\n");
        self.0
    }

    /// Keys are names of this file and need no escapes. Writing to memory cannot fail, here and below.
    fn raw(mut self, key: &str, value: impl Display) -> Object {
        let _ = write!(self.0, ",\"{key}\":{value}");
        self
    }

    fn number(self, key: &str, value: impl Display) -> Object {
        self.raw(key, value)
    }

    fn flag(self, key: &str, value: bool) -> Object {
        self.raw(key, value)
    }

    fn text(self, key: &str, value: impl Display) -> Object {
        self.raw(key, quoted(value.to_string().chars()))
    }

    /// Each byte is the character of the same number, so nothing is lost.
    fn bytes(mut self, key: &str, value: &[u8]) -> Object {
        let _ = write!(self.0, ",\"{key}\":\"");
        escape::JSON.push(&mut self.0, value);
        self.0.push(b'"');
        self
    }

    fn list(self, key: &str, values: &[impl Display]) -> Object {
        let items: Vec<String> = values.iter().map(|value| quoted(value.to_string().chars())).collect();
        self.raw(key, format_args!("[{}]", items.join(",")))
    }
}

/// A string of JSON, in ASCII.
fn quoted(text: impl Iterator<Item = char>) -> String {
    let mut out = String::from('"');
    text.for_each(|c| out.push_str(&escaped(c)));
    out.push('"');
    out
}

/// A character within a string of JSON (RFC 8259 7), in ASCII.
pub(super) fn escaped(c: char) -> String {
    match c {
        '"' => "\\\"".into(),
        '\\' => "\\\\".into(),
        '\r' => "\\r".into(),
        '\n' => "\\n".into(),
        '\t' => "\\t".into(),
        ' '..='~' => c.into(),
        _ => c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
    }
}
