//! What hosts and the module say to each other, and what hosts do with their ports.

use super::{Line, Recorder};
use crate::record::{
    head::{is_public, stand_in},
    multiplexer::END,
    queue::Entry,
};
use module::{AtPort, DteLines, OnChannel, Talk};

impl Recorder {
    pub(super) fn host_says(&mut self, port: usize, talk: Talk, bytes: &[u8]) {
        if talk == Talk::Frames {
            self.wire.has_frames(port);
            return self.ticks();
        }
        let mut rest = bytes;
        for judged in self.scribe.of_host(port, talk, bytes) {
            let (own, after) = rest.split_at(judged.shown.len().min(rest.len()));
            rest = after;
            self.begin(if judged.is_hidden && self.scribe.uploads(port) {
                Entry::Upload(self.caused, port, own.to_vec())
            } else {
                Entry::Host(self.caused, port, judged.shown, judged.is_secret)
            });
        }
    }

    pub(super) fn module_says(&mut self, port: usize, talk: Talk, bytes: &[u8]) {
        if talk == Talk::Frames {
            return;
        }
        let mut bytes = bytes;
        if let Some(rest) = self.wire.ends(port, bytes) {
            for (sent, answer) in END {
                self.begin(Entry::Host(self.caused, port, sent.to_vec(), false));
                self.queue.said(port, answer.to_vec());
            }
            bytes = rest;
        }
        let shown = self.scribe.of_module(port, talk, bytes);
        if !self.scribe.uploads(port) {
            self.uploaded(port);
        }
        if self.ports.get(port).is_some_and(|line| line.is_held) {
            let line = self.of_port(port, &format!("host takes {}", shown.len()));
            self.happens(line);
        }
        if !shown.is_empty() {
            self.queue.said(port, shown);
        }
    }

    /// A file has come to its end: certificates are no secret, and other files are others with the same checksum.
    pub(super) fn uploaded(&mut self, port: usize) {
        let pieces = self.queue.uploads(port);
        let content: Vec<u8> = pieces.iter().flat_map(|entry| entry.bytes()).copied().collect();
        let is_secret = !is_public(&content);
        let shown = if is_secret { stand_in(&content) } else { content };
        let mut rest = shown.as_slice();
        for entry in pieces {
            if let Entry::Upload(at, port, bytes) = entry {
                let (own, after) = rest.split_at(bytes.len());
                rest = after;
                *entry = Entry::Host(*at, *port, own.to_vec(), is_secret);
            }
        }
    }

    pub(super) fn holds(&mut self, port: usize, is_held: bool) {
        if self.wire.is(port) {
            return;
        }
        let at = self.caused;
        let (stops, reads) = (self.of_port(port, "host stops"), self.of_port(port, "host reads"));
        let takes = self.of_port(port, "host takes");
        let Some(line) = self.ports.get_mut(port).filter(|line| line.is_held != is_held) else { return };
        line.is_held = is_held;
        if is_held {
            self.queue.stopped(at, port, stops, |bytes| format!("{takes} {bytes}"));
        } else {
            self.happens(reads);
        }
    }

    pub(super) fn moves(&mut self, port: usize, lines: DteLines) {
        let Some(line) = self.ports.get_mut(port) else { return };
        let before = std::mem::replace(&mut line.lines, lines);
        for (name, was, is) in [("dtr", before.dtr, lines.dtr), ("rts", before.rts, lines.rts)] {
            if was != is {
                let line = self.of_port(port, &format!("{name} {}", if is { "on" } else { "off" }));
                self.happens(line);
            }
        }
    }

    pub(super) fn attaches(&mut self, port: usize, attaches: bool) {
        let line = self.of_port(port, if attaches { "attach" } else { "detach" });
        self.happens(line);
        if attaches {
            return;
        }
        self.uploaded(port);
        self.scribe.forget(port);
        if let Some(line) = self.ports.get_mut(port) {
            *line = Line { lines: Line::REST, is_held: false, ..*line };
        }
    }

    /// A line about a port. The first needs no name.
    pub(super) fn of_port(&self, port: usize, act: &str) -> String {
        match self.ports.get(port) {
            Some(line) if port > 0 => format!("{} {act}", line.name),
            _ => act.to_owned(),
        }
    }

    /// Something happens on a channel of a multiplexer.
    pub(super) fn on_channel(&mut self, port: AtPort, what: &OnChannel) {
        // Behind the ports of the module.
        let Some(port) = self.ports.iter().rposition(|line| line.name == port.name()) else { return };
        match what {
            OnChannel::Opened => self.attaches(port, true),
            OnChannel::Closed => self.attaches(port, false),
            OnChannel::Lines(lines) => self.moves(port, *lines),
            OnChannel::Host(talk, bytes) => self.host_says(port, *talk, bytes),
            OnChannel::Module(talk, bytes) => self.module_says(port, *talk, bytes),
        }
    }
}
