//! The trace: every AT byte and every event, one line each, for people ([`human`]) or programs ([`json`]).
//!
//! What is secret is left out of both unless somebody asks for it ([`crate::redact`]), keys of connections even then. A thread for each output makes and writes the
//! lines, so a slow disk or a stopped terminal does not stop the module; what it cannot keep up with is counted and
//! left out. Fields and examples are in `docs/trace.md`.

mod escape;
mod human;
mod json;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

use crate::{
    SetupError,
    ahead::Ahead,
    redact::{Channels, Eyes, Piece, Secrets, discreet},
    watch::{Seen, Stamp, Watch},
};
pub use json::KINDS;
use module::{Action, AtPort, ConnId, Event, Input, OnChannel, Operator, PortId, Talk};
use reader::Reader;
pub use reader::{Events, Sight};
use std::{
    borrow::Cow,
    fs::File,
    io::{self, IsTerminal},
    path::Path,
    sync::Arc,
};
use writer::Writer;

/// How lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people; with colours on a terminal, if `NO_COLOR` is not set.
    Human,
    /// An object of JSON a line.
    Json,
}

/// Where traces go. Clones write to the same places; everything is written when the last one is dropped.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    outputs: Vec<Sink>,
    secrets: Secrets,
}

impl Trace {
    /// One that goes nowhere yet.
    pub fn new(secrets: Secrets) -> Trace {
        Trace { outputs: Vec::new(), secrets }
    }

    /// Also into a file, which is emptied; `-` is the standard output.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn to(mut self, path: &Path, form: Form) -> Result<Trace, SetupError> {
        if path == Path::new("-") {
            let colours =
                form == Form::Human && io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            self.add(Writer::start(Box::new(io::stdout()), "standard output".into(), form, colours));
            return Ok(self);
        }
        let file = File::create(path).map_err(|e| {
            SetupError::new(
                path.display(),
                e,
                "give the trace a file that can be made, or - for standard output",
            )
        })?;
        self.add(Writer::start(Box::new(Ahead::new(file)), path.display().to_string(), form, false));
        Ok(self)
    }

    /// Does it go anywhere?
    pub fn is_wanted(&self) -> bool {
        !self.outputs.is_empty()
    }

    fn add(&mut self, writer: Writer) {
        self.outputs.push(Sink::Writer(Arc::new(writer)));
    }
}

/// Who gets the lines.
#[derive(Clone, Debug)]
enum Sink {
    Writer(Arc<Writer>),
    Reader(Arc<Reader>),
}

impl Sink {
    /// A line with so many bytes of a port in it.
    fn line(&self, line: Arc<Line>, size: usize) {
        match self {
            Sink::Writer(writer) => writer.line(line, size),
            Sink::Reader(reader) => reader.line(line, size),
        }
    }

    fn is_gone(&self) -> bool {
        matches!(self, Sink::Reader(reader) if reader.is_gone())
    }
}

/// Which side bytes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Host,
    Module,
    Network,
}

/// What a line is about.
#[derive(Debug)]
enum Entry {
    /// Bytes on a port.
    Said {
        port: &'static str,
        by: Side,
        talk: Talk,
        piece: Piece,
    },
    /// So many bytes of a connection.
    Moved {
        conn: ConnId,
        by: Side,
        count: usize,
    },
    /// What happens on a channel of a multiplexer beside bytes.
    Channel(AtPort, OnChannel),
    Input(Input),
    Action(Action),
}

/// What of an entry belongs to the module that it is of.
#[derive(Debug)]
struct About {
    at: Stamp,
    ports: Arc<[&'static str]>,
    secrets: Secrets,
}

/// What becomes a line. Making the text is the work of the thread that writes it.
#[derive(Debug)]
struct Line {
    about: About,
    entry: Entry,
}

impl About {
    fn port(&self, id: PortId) -> &'static str {
        self.ports.get(usize::from(id.0)).copied().unwrap_or("port")
    }

    /// An order without the PIN of a card.
    fn order(&self, order: &Operator) -> String {
        match order {
            Operator::Sim(Some(_)) if self.secrets != Secrets::Shown => "Sim(a card)".into(),
            order => format!("{order:?}"),
        }
    }

    /// An event without the values of secret parameters.
    fn event<'e>(&self, event: &'e Event) -> Cow<'e, Event> {
        match event {
            Event::Refused { .. } | Event::Command { .. } if self.secrets != Secrets::Shown => {
                Cow::Owned(discreet(event, self.secrets))
            }
            event => Cow::Borrowed(event),
        }
    }
}

/// The trace of one module.
pub(crate) struct Tracer {
    trace: Trace,
    ports: Arc<[&'static str]>,
    eyes: Vec<Eyes>,
    /// Of the channels of a multiplexer.
    channels: Channels,
}

impl Tracer {
    pub(crate) fn new(trace: Trace, ports: impl Iterator<Item = &'static str>) -> Tracer {
        let ports: Arc<[_]> = ports.collect();
        let eyes = ports.iter().map(|_| Eyes::new(trace.secrets)).collect();
        let channels = Channels::new(trace.secrets);
        Tracer { trace, ports, eyes, channels }
    }

    fn said(&mut self, at: Stamp, id: PortId, by: Side, talk: Talk, bytes: &[u8]) {
        let index = usize::from(id.0);
        let (Some(port), Some(eyes)) = (self.ports.get(index).copied(), self.eyes.get_mut(index)) else {
            return;
        };
        // Here and not in the thread, which may miss what makes the rest a secret.
        let pieces = if by == Side::Host { eyes.host(talk, bytes) } else { eyes.module(talk, bytes) };
        for piece in pieces {
            self.write(at, Entry::Said { port, by, talk, piece });
        }
    }

    fn on_channel(&mut self, at: Stamp, port: AtPort, what: &OnChannel) {
        let (by, talk, pieces) = match (what, self.channels.eyes(port, what)) {
            (OnChannel::Host(talk, bytes), eyes) => (Side::Host, *talk, eyes.host(*talk, bytes)),
            (OnChannel::Module(talk, bytes), eyes) => (Side::Module, *talk, eyes.module(*talk, bytes)),
            (OnChannel::Opened | OnChannel::Closed | OnChannel::Lines(_), _) => {
                return self.write(at, Entry::Channel(port, what.clone()));
            }
        };
        for piece in pieces {
            self.write(at, Entry::Said { port: port.name(), by, talk, piece });
        }
    }

    fn input(&mut self, at: Stamp, input: &Input) {
        match input {
            Input::Tick => return,
            Input::PortDetached(id) => {
                // Who comes next begins anew.
                if let Some(eyes) = self.eyes.get_mut(usize::from(id.0)) {
                    *eyes = Eyes::new(self.trace.secrets);
                }
            }
            _ => {}
        }
        self.write(at, Entry::Input(input.clone()));
    }

    fn action(&mut self, at: Stamp, action: &Action) {
        match action {
            // Whoever reads a trace must not be able to decrypt what it tells of.
            Action::Event(Event::KeyLog(_)) => {}
            Action::Event(Event::Channel { port, what }) => self.on_channel(at, *port, what),
            action => self.write(at, Entry::Action(action.clone())),
        }
    }

    fn write(&self, at: Stamp, entry: Entry) {
        let size = if let Entry::Said { piece: Piece::Shown(bytes), .. } = &entry { bytes.len() } else { 0 };
        let about = About { at, ports: self.ports.clone(), secrets: self.trace.secrets };
        let line = Arc::new(Line { about, entry });
        for output in &self.trace.outputs {
            output.line(line.clone(), size);
        }
    }
}

impl Watch for Tracer {
    fn see(&mut self, at: Stamp, seen: &Seen<'_>) {
        match *seen {
            Seen::Host(port, talk, bytes) => self.said(at, port, Side::Host, talk, bytes),
            Seen::Module(port, talk, bytes) => self.said(at, port, Side::Module, talk, bytes),
            Seen::NetIn { conn, bytes, .. } => {
                self.write(at, Entry::Moved { conn, by: Side::Network, count: bytes.len() });
            }
            Seen::NetOut { conn, bytes, .. } => {
                self.write(at, Entry::Moved { conn, by: Side::Module, count: bytes.len() });
            }
            // The trace has the one from the order to send it, and the other from what the fault tells.
            Seen::NetFin(_) | Seen::Held(..) | Seen::Fault(_) => {}
            Seen::Input(input) => self.input(at, input),
            Seen::Action(action) => self.action(at, action),
        }
    }

    fn wants_commands(&self) -> bool {
        true
    }

    fn wants_channels(&self) -> bool {
        true
    }

    fn is_gone(&self) -> bool {
        self.trace.outputs.iter().all(Sink::is_gone)
    }
}
