//! Lines for programs: one object of JSON each, as `docs/trace.md` describes them.
//!
//! Objects are flat, their keys are written here, and nothing is ever read: that is less than a library's interface
//! would take.

use super::{About, Entry, Side, Stamp, escape};
use crate::redact::Piece;
use base64_simd::STANDARD as BASE64;
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
    let start = Start { out, at: about.at };
    let object = match entry {
        Entry::Said { port, by, talk, piece } => {
            let kind = match (by, talk) {
                (Side::Host, Talk::Frames) => "host_frames",
                (Side::Host, Talk::Dialogue | Talk::Data) => "host",
                (_, Talk::Frames) => "module_frames",
                (_, Talk::Dialogue | Talk::Data) => "module",
            };
            let object = start.of(kind).text("port", port);
            match piece {
                Piece::Shown(bytes) if *talk != Talk::Dialogue => object.data(bytes),
                Piece::Shown(bytes) => object.bytes("data", bytes),
                Piece::Hidden(count) => object.number("hidden", *count),
            }
        }
        Entry::Moved { conn, by, count } => {
            let kind = if *by == Side::Network { "net_received" } else { "net_sent" };
            start.of(kind).number("conn", conn.0).number("bytes", *count)
        }
        Entry::Channel(port, what) => {
            let kind = match what {
                OnChannel::Opened => "attached",
                OnChannel::Lines(_) => "host_lines",
                // What is said is an entry of its own.
                OnChannel::Closed | OnChannel::Host(..) | OnChannel::Module(..) => "detached",
            };
            let object = start.of(kind).text("port", port.name());
            match what {
                OnChannel::Lines(lines) => object.flag("dtr", lines.dtr).flag("rts", lines.rts),
                _ => object,
            }
        }
        Entry::Input(input) => input_object(about, input, start),
        Entry::Action(Action::Event(event)) => event_object(&about.event(event), start),
        Entry::Action(action) => action_object(about, action, start),
    };
    object.end();
}

/// The kind of a line.
pub(super) fn kind(line: &str) -> Option<&str> {
    // What stands before it are numbers.
    line.split_once("\"kind\":\"")?.1.split('"').next()
}

/// So many lines were left out here.
pub(super) fn lost(out: &mut Vec<u8>, count: u64) {
    out.extend(b"{\"kind\":\"lost\"");
    Object(out).number("lines", count).end();
}

fn input_object<'o>(about: &About, input: &Input, start: Start<'o>) -> Object<'o> {
    match input {
        // Nobody is told.
        Input::Tick => start.of("event"),
        Input::PortAttached(id) => start.of("attached").text("port", about.port(*id)),
        Input::PortDetached(id) => start.of("detached").text("port", about.port(*id)),
        Input::PortLines(id, lines) => {
            start.of("host_lines").text("port", about.port(*id)).flag("dtr", lines.dtr).flag("rts", lines.rts)
        }
        Input::Resolved(id, Ok(names)) => start
            .of("dns_answer")
            .number("query", id.0)
            .list("addresses", &names.addresses)
            .number("ttl", names.ttl),
        Input::Resolved(id, Err(e)) => {
            start.of("dns_failed").number("query", id.0).text("why", format_args!("{e:?}"))
        }
        Input::Connected(id, local) => start.of("connected").number("conn", id.0).text("local", local),
        Input::ConnectFailed(id, e) => {
            start.of("connect_failed").number("conn", id.0).text("why", format_args!("{e:?}"))
        }
        Input::Incoming(id, from) => start.of("incoming").number("conn", id.0).text("remote", from),
        Input::Pong(id, sequence, Ok(_)) => {
            start.of("pong").number("query", id.0).number("sequence", *sequence)
        }
        Input::Pong(id, sequence, Err(e)) => start
            .of("no_pong")
            .number("query", id.0)
            .number("sequence", *sequence)
            .text("why", format_args!("{e:?}")),
        Input::NetEof(id) => start.of("fin_received").number("conn", id.0),
        Input::NetReset(id, e) => start.of("broken").number("conn", id.0).text("why", format_args!("{e:?}")),
        Input::Operator(order) => start.of("operator").text("order", about.order(order)),
    }
}

fn action_object<'o>(about: &About, action: &Action, start: Start<'o>) -> Object<'o> {
    match action {
        Action::Resolve(id, name, servers, _) => {
            start.of("dns_query").number("query", id.0).text("name", name).list("servers", servers)
        }
        Action::Connect(id, remote, _) => start.of("connect").number("conn", id.0).text("remote", remote),
        Action::Bind(id, local, remote) => {
            let object = start.of("bind").number("conn", id.0).text("local", local);
            remote.iter().fold(object, |object, remote| object.text("remote", remote))
        }
        Action::Listen(id, local) => start.of("listen").number("conn", id.0).text("local", local),
        Action::Accept(listener, id, _) => {
            start.of("accept").number("listener", listener.0).number("conn", id.0)
        }
        Action::Refuse(id) => start.of("turn_away").number("conn", id.0),
        Action::Ping(id, address, sequence) => {
            start.of("ping").number("query", id.0).text("address", address).number("sequence", *sequence)
        }
        Action::Shutdown(id) => start.of("fin_sent").number("conn", id.0),
        Action::Close(id, last) => start.of("close").number("conn", id.0).number("bytes", last.len()),
        Action::Abort(id) => start.of("rst_sent").number("conn", id.0),
        Action::Vanish(id) => start.of("vanished").number("conn", id.0),
        Action::PortLines(id, lines) => start
            .of("module_lines")
            .text("port", about.port(*id))
            .flag("dcd", lines.dcd)
            .flag("ri", lines.ri)
            .flag("dsr", lines.dsr)
            .flag("cts", lines.cts),
        Action::StoreFile(name) => start.of("file_stored").text("name", name),
        Action::RemoveFile(name) => start.of("file_removed").text("name", name),
        Action::StoreSettings => start.of("settings_stored"),
        Action::Event(event) => event_object(event, start),
    }
}

fn event_object<'o>(event: &Event, start: Start<'o>) -> Object<'o> {
    match event {
        Event::HostMistake { port, command, what } => {
            start.of("host_mistake").text("port", port.name()).text("command", command).text("what", what)
        }
        Event::Refused { port, command, failure, cause } => {
            let object = start.of("refused").text("port", port.name()).text("command", command);
            explained(coded(object, *failure), cause)
        }
        Event::Socket { client, from, to, why } => {
            start.of("socket").number("client", *client).text("from", from).text("to", to).text("why", why)
        }
        Event::Resolved { client, what } => start.of("resolved").number("client", *client).text("what", what),
        Event::Connected { client, local, remote } => {
            start.of("tcp").number("client", *client).text("local", local).text("remote", remote)
        }
        Event::Bound { client, local, what } => {
            start.of("bound").number("client", *client).text("local", local).text("what", what)
        }
        Event::Command { port, command, form, section, summary, values } => {
            let values: Vec<String> = values.iter().map(|(name, value)| format!("{name} {value}")).collect();
            start
                .of("command")
                .text("port", port.name())
                .text("command", command)
                .text("form", form)
                .text("section", section)
                .text("summary", summary)
                .list("values", &values)
        }
        Event::Tls { client, spoken } => {
            let kind = if spoken.by == Speaker::Client { "tls_sent" } else { "tls_received" };
            let object = start
                .of(kind)
                .number("client", *client)
                .text("message", spoken.message)
                .number("bytes", spoken.len);
            let facts: Vec<String> =
                spoken.facts.iter().map(|(name, value)| format!("{name} {value}")).collect();
            object.list("facts", &facts)
        }
        Event::Secured { client, summary } => {
            start.of("tls").number("client", *client).text("summary", summary)
        }
        Event::OpenFailed { client, code, cause } => {
            explained(start.of("open_failed").number("client", *client).number("code", code.code()), cause)
        }
        Event::Ended { client, cause } => explained(start.of("ended").number("client", *client), cause),
        Event::ErrandFailed { command, code, cause } => {
            explained(start.of("errand_failed").text("command", command).number("code", code.code()), cause)
        }
        Event::Urc { port, text } => start.of("urc").text("port", port.name()).text("text", text),
        Event::Fault { what } => start.of("fault").text("what", what),
        Event::Dropped { port, what } => start.of("dropped").text("port", port.name()).bytes("data", what),
        // Key logs, which no trace has, and kinds that are newer than this.
        other => start.of("event").text("text", other),
    }
}

/// With the code of Table 5 or of `+CME ERROR`, if there is one.
fn coded(object: Object<'_>, failure: Failure) -> Object<'_> {
    match failure {
        Failure::Code(code) => object.number("code", code.code()),
        Failure::Cme(cme) => object.number("cme", cme.code),
        Failure::Plain => object,
    }
}

/// With what happened, what helps, and the kind that `docs/why.md` has.
fn explained<'o>(object: Object<'o>, cause: &Cause) -> Object<'o> {
    let object = object.text("cause", cause).text("reason", cause.kind().name());
    let object = if cause.is_failure() { object.text("remedy", cause.remedy()) } else { object };
    match cause.fault() {
        Some(name) => object.text("fault", name),
        None => object,
    }
}

/// Where an object is to begin, and when what it tells of was.
struct Start<'o> {
    out: &'o mut Vec<u8>,
    at: Stamp,
}

impl<'o> Start<'o> {
    /// It is of this kind.
    fn of(self, kind: &'static str) -> Object<'o> {
        debug_assert!(KINDS.contains(&kind), "{kind} is not among the kinds");
        let Start { out, at: Stamp { elapsed, unix } } = self;
        let (t, t_micros) = (elapsed.as_secs(), elapsed.subsec_micros());
        let (unix, unix_micros) = (unix.as_secs(), unix.subsec_micros());
        // Writing to memory cannot fail, here and below.
        let _ = write!(out, "{{\"t\":{t}.{t_micros:06},\"unix\":{unix}.{unix_micros:06},\"kind\":\"{kind}\"");
        Object(out)
    }
}

/// An object on its way, at the end of a text.
struct Object<'o>(&'o mut Vec<u8>);

impl<'o> Object<'o> {
    fn end(self) {
        self.0.extend_from_slice(b"}\n");
    }

    /// Keys are names of this file and need no escapes.
    fn raw(self, key: &str, value: impl Display) -> Object<'o> {
        let _ = write!(self.0, ",\"{key}\":{value}");
        self
    }

    fn number(self, key: &str, value: impl Display) -> Object<'o> {
        self.raw(key, value)
    }

    fn flag(self, key: &str, value: bool) -> Object<'o> {
        self.raw(key, value)
    }

    fn text(self, key: &str, value: impl Display) -> Object<'o> {
        self.raw(key, quoted(value.to_string().chars()))
    }

    /// Each byte is the character of the same number, so nothing is lost.
    fn bytes(self, key: &str, value: &[u8]) -> Object<'o> {
        let _ = write!(self.0, ",\"{key}\":\"");
        escape::JSON.push(self.0, value);
        self.0.push(b'"');
        self
    }

    /// What is no dialogue may be anything: as a string, or in base64 where that is shorter.
    fn data(self, value: &[u8]) -> Object<'o> {
        const NAME: &str = "base64";
        let length = BASE64.encoded_length(value.len());
        if !escape::JSON.is_longer(value, length + NAME.len() - "data".len()) {
            return self.bytes("data", value);
        }
        let _ = write!(self.0, ",\"{NAME}\":\"");
        self.0.reserve(length);
        BASE64.encode_append(value, self.0);
        self.0.push(b'"');
        self
    }

    fn list(self, key: &str, values: &[impl Display]) -> Object<'o> {
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
