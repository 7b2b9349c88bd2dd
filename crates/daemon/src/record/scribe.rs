//! Writes what is said on ports to a tape, without secrets, and the tape to a file, on a thread of its own.

use super::Recording;
use crate::{
    SetupError,
    aside::{Aside, Inbox},
    redact::{Disguise, Eyes, Piece, Secrets},
};
use module::Talk;
use scenario::tape::Tape;
use std::{
    fs::File,
    io::{BufWriter, Write},
    sync::Arc,
};

pub(crate) struct Scribe {
    tape: Tape,
    secrets: Secrets,
    disguise: Arc<Disguise>,
    eyes: Vec<Eyes>,
    sink: Aside<String>,
    /// Something could not be written down, and who is told.
    lost: bool,
    report: fn(&str),
}

impl Scribe {
    pub(crate) fn start(
        recording: &Recording,
        ports: &[&str],
        report: fn(&str),
    ) -> Result<Scribe, SetupError> {
        let file = recording.create()?;
        let name = recording.path.display().to_string();
        let mut seed = [0; 80];
        getrandom::fill(&mut seed)
            .map_err(|e| SetupError::new("random numbers", e, "check that /dev/urandom is there"))?;
        let disguise = Arc::new(Disguise::new(seed));
        let eyes = |_| Eyes::with_disguise(recording.secrets, disguise.clone());
        Ok(Scribe {
            tape: Tape::new(ports),
            secrets: recording.secrets,
            eyes: ports.iter().map(eyes).collect(),
            disguise: disguise.clone(),
            sink: Aside::start(move |inbox| write(inbox, file, &name, report)),
            lost: false,
            report,
        })
    }

    /// What is written down in place of a PIN.
    pub(crate) fn pin(&self, pin: &str) -> String {
        self.disguise.pin(pin)
    }

    /// The host of a port has a file on its way into the module.
    pub(crate) fn uploads(&self, port: usize) -> bool {
        self.eyes.get(port).is_some_and(Eyes::uploads)
    }

    /// The host of a port has gone: who comes next begins anew.
    pub(crate) fn forget(&mut self, port: usize) {
        if let Some(eyes) = self.eyes.get_mut(port) {
            *eyes = Eyes::with_disguise(self.secrets, self.disguise.clone());
        }
    }

    /// What may be written down of what a host says.
    pub(crate) fn of_host(&mut self, port: usize, talk: Talk, bytes: &[u8]) -> Vec<Judged> {
        let pieces = self.eyes.get_mut(port).map(|eyes| eyes.host(talk, bytes)).unwrap_or_default();
        judged(pieces, bytes)
    }

    /// What may be written down of what the module says: an asterisk for each byte of a secret.
    pub(crate) fn of_module(&mut self, port: usize, talk: Talk, bytes: &[u8]) -> Vec<u8> {
        let pieces = self.eyes.get_mut(port).map(|eyes| eyes.module(talk, bytes)).unwrap_or_default();
        judged(pieces, bytes).into_iter().flat_map(|judged| judged.shown).collect()
    }

    /// The tape, to write on; what is complete goes to the file.
    pub(crate) fn write(&mut self, act: impl FnOnce(&mut Tape)) {
        act(&mut self.tape);
        let text = self.tape.take();
        self.give(text);
    }

    fn give(&mut self, text: String) {
        if text.is_empty() || self.lost {
            return;
        }
        let bytes = text.len();
        if !self.sink.has_room(bytes) || !self.sink.give(text, bytes) {
            self.lost = true;
            // A thread that has ended has said why.
            if !self.sink.is_over() {
                (self.report)("recording: the disk is too slow; the recording ends here: take a faster one");
            }
        }
    }
}

impl Drop for Scribe {
    fn drop(&mut self) {
        let rest = self.tape.end();
        self.give(rest);
    }
}

/// A piece of what was said.
pub(crate) struct Judged {
    /// What may be written down of it, as many bytes as there were.
    pub(crate) shown: Vec<u8>,
    /// That is not all.
    pub(crate) is_secret: bool,
    /// It is a content, of which nothing may be written down as it stands here.
    pub(crate) is_hidden: bool,
}

/// Pieces of `bytes`, with what is secret in them replaced.
fn judged(pieces: Vec<Piece>, bytes: &[u8]) -> Vec<Judged> {
    let mut rest = bytes;
    let mut out = Vec::new();
    for piece in pieces {
        let (mut shown, is_hidden) = match piece {
            Piece::Shown(shown) => (shown, false),
            Piece::Hidden(n) => (vec![b'*'; n], true),
        };
        let (own, after) = rest.split_at(shown.len().min(rest.len()));
        rest = after;
        let is_secret = own != shown.as_slice();
        // The end of a line tells that it is one, and is no secret.
        if own.ends_with(b"\r")
            && let Some(last) = shown.last_mut()
        {
            *last = b'\r';
        }
        out.push(Judged { shown, is_secret, is_hidden });
    }
    out
}

fn write(mut inbox: Inbox<String>, file: File, name: &str, report: fn(&str)) {
    let mut out = BufWriter::new(file);
    while let Some(text) = inbox.next() {
        let mut done = out.write_all(text.as_bytes());
        while let Some(text) = inbox.waiting() {
            done = done.and_then(|()| out.write_all(text.as_bytes()));
        }
        if let Err(e) = done.and_then(|()| out.flush()) {
            report(&format!("{name}: {e}; the recording ends here: free some space, then start again"));
            return;
        }
    }
}
