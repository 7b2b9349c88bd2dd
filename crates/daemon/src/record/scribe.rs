//! Writes what is said on ports to a tape, without secrets, and the tape to a file, on a thread of its own.

use super::Recording;
use crate::{
    SetupError,
    aside::{Aside, Inbox},
    redact::{Eyes, Piece},
};
use module::Talk;
use scenario::tape::Tape;
use std::{
    fs::File,
    io::{BufWriter, Write},
};

pub(crate) struct Scribe {
    tape: Tape,
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
        Ok(Scribe {
            tape: Tape::new(ports),
            eyes: ports.iter().map(|_| Eyes::new(recording.secrets)).collect(),
            sink: Aside::start(move |inbox| write(inbox, file, &name, report)),
            lost: false,
            report,
        })
    }

    /// What may be written down of what a host says: the bytes, and whether there is a secret among them.
    pub(crate) fn of_host(&mut self, port: usize, talk: Talk, bytes: &[u8]) -> Vec<(Vec<u8>, bool)> {
        let pieces = self.eyes.get_mut(port).map(|eyes| eyes.host(talk, bytes)).unwrap_or_default();
        judged(pieces, bytes)
    }

    /// What may be written down of what the module says: an asterisk for each byte of a secret.
    pub(crate) fn of_module(&mut self, port: usize, talk: Talk, bytes: &[u8]) -> Vec<u8> {
        let pieces = self.eyes.get_mut(port).map(|eyes| eyes.module(talk, bytes)).unwrap_or_default();
        judged(pieces, bytes).into_iter().flat_map(|(bytes, _)| bytes).collect()
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

/// Pieces of `bytes` with what is secret in them marked; their length is that of `bytes`.
fn judged(pieces: Vec<Piece>, bytes: &[u8]) -> Vec<(Vec<u8>, bool)> {
    let mut rest = bytes;
    let mut out = Vec::new();
    for piece in pieces {
        let (shown, n) = match &piece {
            Piece::Shown(shown) => (shown.clone(), shown.len()),
            Piece::Hidden(n) => (vec![b'*'; *n], *n),
        };
        let (own, after) = rest.split_at(n.min(rest.len()));
        rest = after;
        let is_secret = own != shown.as_slice();
        // The end of a line tells that it is one, and is no secret.
        let shown =
            if own.ends_with(b"\r") { [&shown[..n.saturating_sub(1)], b"\r"].concat() } else { shown };
        out.push((shown, is_secret));
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
