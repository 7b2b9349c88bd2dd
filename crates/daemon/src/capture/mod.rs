//! Captures: one pcapng file of what a module says and hears, on one time line, for Wireshark and tshark.
//!
//! The network side is an interface of IP packets ([`network`]), made from what the operating system tells of
//! connections, with the keys of TLS connections before the packets that need them. Each AT port is an interface
//! ([`serial`]), without what is secret ([`crate::redact`]). A thread does the work ([`writer`]); it never stops the module.
//! What it cannot keep up with is left out, and counted in the file. `docs/captures.md` tells how to use one.

mod dns;
mod network;
mod packets;
mod pcapng;
mod serial;
mod sheet;
mod stream;
#[cfg(test)]
mod tests;
mod writer;

use crate::{
    SetupError,
    aside::Aside,
    redact::{Channels, Eyes, Piece, Secrets},
    watch::{Seen, Stamp, Watch},
};
use module::{Action, AtPort, ConnId, Event, Input, OnChannel, PortId, Talk};
use pcapng::Way;
use std::{
    fs::{File, OpenOptions, Permissions},
    io::{self, IsTerminal},
    net::SocketAddr,
    os::{
        fd::AsFd,
        unix::fs::{OpenOptionsExt, PermissionsExt},
    },
    path::{Path, PathBuf},
};
use writer::Writer;

/// The interface of the network side. Those of the AT ports follow.
const NET: usize = 0;

/// Only its owner may read a file with keys in it.
const MODE: u32 = 0o600;

/// A capture to be made of one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// The file, which is emptied; or a pipe that somebody reads; `-` is the standard output.
    pub path: PathBuf,
    /// What is left out of the AT ports.
    pub secrets: Secrets,
}

impl Capture {
    /// Nothing else has a place on standard output.
    pub fn takes_stdout(&self) -> bool {
        self.path == Path::new("-")
    }

    /// Nobody but its owner can read the file afterwards; a pipe or a device stays as it is.
    fn open(&self) -> io::Result<File> {
        if self.takes_stdout() {
            if io::stdout().is_terminal() {
                return Err(io::Error::other("standard output is a terminal, and this is not for people"));
            }
            return Ok(io::stdout().as_fd().try_clone_to_owned()?.into());
        }
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(MODE).open(&self.path)?;
        if file.metadata()?.is_file() {
            file.set_permissions(Permissions::from_mode(MODE))?;
        }
        Ok(file)
    }
}

/// Something to be written.
struct Record {
    /// Nanoseconds since 1970 UTC.
    at: u64,
    what: What,
}

/// An AT port.
#[derive(Clone, Copy)]
enum Wire {
    /// One of the module's.
    Port(PortId),
    /// A channel of a multiplexer on one of these.
    Channel(AtPort),
}

enum What {
    Said { on: Wire, way: Way, piece: Piece },
    SaidTooMuch { on: Wire },
    Channel(AtPort, OnChannel),
    Net { way: Way, conn: ConnId, other: Option<SocketAddr>, bytes: Vec<u8> },
    NetTooMuch { way: Way, conn: ConnId, length: usize },
    Fin(ConnId),
    Input(Input),
    Action(Action),
}

/// The capture of a running module.
pub(crate) struct Camera {
    /// Nothing when the capture has ended before the module.
    thread: Option<Aside<Record>>,
    eyes: Vec<Eyes>,
    channels: Channels,
    secrets: Secrets,
    path: PathBuf,
    report: fn(&str),
}

impl Camera {
    /// Begins a capture of a module of this model with these ports.
    ///
    /// # Errors
    /// The file cannot be made, or is somebody else's.
    pub(crate) fn start(
        capture: &Capture,
        model: &str,
        ports: &[&'static str],
        report: fn(&str),
    ) -> Result<Camera, SetupError> {
        let Capture { path, secrets } = capture.clone();
        let can_be_cut = !capture.takes_stdout();
        let writer = capture.open().and_then(|file| Writer::begin(file, can_be_cut, model, ports));
        let writer = writer.map_err(|e| {
            let remedy = "give --pcapng a file that is yours or can be made, or - and a pipe to tshark -i -";
            SetupError::new(path.display(), e, remedy)
        })?;
        let place = path.clone();
        let thread = Aside::start(move |mut inbox| {
            if let Err(e) = writer.run(&mut inbox) {
                let place = place.display();
                report(&format!("{place}: {e}; the capture ends here: free some space, then start again"));
            }
        });
        let eyes = ports.iter().map(|_| Eyes::new(secrets)).collect();
        let channels = Channels::new(secrets);
        Ok(Camera { thread: Some(thread), eyes, channels, secrets, path, report })
    }

    fn said(&mut self, at: u64, port: PortId, way: Way, talk: Talk, bytes: &[u8]) {
        let Some(eyes) = self.eyes.get_mut(usize::from(port.0)) else { return };
        // Even when there is no room: what is secret depends on what came before.
        let pieces = if way == Way::In { eyes.host(talk, bytes) } else { eyes.module(talk, bytes) };
        self.keep_pieces(at, Wire::Port(port), way, pieces);
    }

    fn on_channel(&mut self, at: u64, port: AtPort, what: &OnChannel) {
        let (way, pieces) = match (what, self.channels.eyes(port, what)) {
            (OnChannel::Host(talk, bytes), eyes) => (Way::In, eyes.host(*talk, bytes)),
            (OnChannel::Module(talk, bytes), eyes) => (Way::Out, eyes.module(*talk, bytes)),
            (OnChannel::Opened | OnChannel::Closed | OnChannel::Lines(_), _) => {
                return self.keep(at, What::Channel(port, what.clone()), 0);
            }
        };
        self.keep_pieces(at, Wire::Channel(port), way, pieces);
    }

    fn keep_pieces(&mut self, at: u64, on: Wire, way: Way, pieces: Vec<Piece>) {
        for piece in pieces {
            let size = if let Piece::Shown(bytes) = &piece { bytes.len() } else { 0 };
            match self.has_room(size) {
                true => self.keep(at, What::Said { on, way, piece }, size),
                false => self.keep(at, What::SaidTooMuch { on }, 0),
            }
        }
    }

    fn net(&mut self, at: u64, way: Way, conn: ConnId, other: Option<SocketAddr>, bytes: &[u8]) {
        match self.has_room(bytes.len()) {
            true => self.keep(at, What::Net { way, conn, other, bytes: bytes.to_vec() }, bytes.len()),
            false => self.keep(at, What::NetTooMuch { way, conn, length: bytes.len() }, 0),
        }
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.thread.as_ref().is_some_and(|thread| thread.has_room(bytes))
    }

    fn keep(&mut self, at: u64, what: What, bytes: usize) {
        let Some(thread) = self.thread.take() else { return };
        if thread.give(Record { at, what }, bytes) {
            self.thread = Some(thread);
        } else if !thread.is_over() {
            thread.abandon();
            let place = self.path.display();
            (self.report)(&format!("{place}: the disk takes nothing; the capture ends here"));
        }
    }
}

impl Watch for Camera {
    fn wants_channels(&self) -> bool {
        true
    }

    fn see(&mut self, at: Stamp, seen: &Seen<'_>) {
        if self.thread.is_none() {
            return;
        }
        let at = u64::try_from(at.unix.as_nanos()).unwrap_or(u64::MAX);
        match *seen {
            Seen::Host(port, talk, bytes) => self.said(at, port, Way::In, talk, bytes),
            Seen::Module(port, talk, bytes) => self.said(at, port, Way::Out, talk, bytes),
            Seen::NetIn { conn, from, bytes } => self.net(at, Way::In, conn, from, bytes),
            Seen::NetOut { conn, to, bytes } => self.net(at, Way::Out, conn, to, bytes),
            Seen::NetFin(conn) => self.keep(at, What::Fin(conn), 0),
            Seen::Held(..) | Seen::Fault(_) => {}
            Seen::Input(input) => {
                if let Input::PortDetached(port) = input
                    && let Some(eyes) = self.eyes.get_mut(usize::from(port.0))
                {
                    // Who comes next begins anew.
                    *eyes = Eyes::new(self.secrets);
                }
                if !matches!(input, Input::Tick | Input::Operator(_)) {
                    self.keep(at, What::Input(input.clone()), 0);
                }
            }
            Seen::Action(action) => match action {
                Action::Event(Event::Channel { port, what }) => self.on_channel(at, *port, what),
                Action::Event(Event::KeyLog(_)) => self.keep(at, What::Action(action.clone()), 0),
                Action::Close(_, last) => self.keep(at, What::Action(action.clone()), last.len()),
                Action::Event(_)
                | Action::StoreFile(_)
                | Action::RemoveFile(_)
                | Action::StoreSettings
                | Action::Shutdown(_) => {}
                _ => self.keep(at, What::Action(action.clone()), 0),
            },
        }
    }
}
