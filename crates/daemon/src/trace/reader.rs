//! A reader in this process: lines of a trace as they come. Their text is made when they are read.

use super::{Form, Line, Sink, Trace, human, json};
use crate::handle::Handle;
use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Lines that may wait for a reader, and bytes of ports in them.
const MAX_LINES: usize = 4096;
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// What somebody who looks on at a module has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// A line of the trace, without its line end.
    Line(String),
    /// So many lines, of any kind, were left out here: the reader was too slow for them.
    Lost(u64),
}

/// What happens in a module, for one reader. A reader that is too slow loses lines and is told how many; the module does
/// not wait for it. It ends with the module.
#[derive(Debug)]
pub struct Events {
    lines: Receiver<Passed>,
    waiting: Arc<Waiting>,
    form: Form,
    /// The kinds of JSON lines that are wanted; all when there are none.
    kinds: Vec<String>,
    module: Handle,
}

/// The module's end of it.
#[derive(Debug)]
pub(super) struct Reader {
    lines: Sender<Passed>,
    waiting: Arc<Waiting>,
}

/// What goes from one end to the other.
#[derive(Debug)]
enum Passed {
    /// A line, and how many bytes of a port it has.
    Line(Arc<Line>, usize),
    Lost(u64),
}

/// What both ends count.
#[derive(Debug, Default)]
struct Waiting {
    bytes: AtomicUsize,
    lost: AtomicU64,
}

impl Trace {
    /// Also to a reader in this process.
    pub(crate) fn with_reader(mut self, form: Form, kinds: Vec<String>, module: Handle) -> (Trace, Events) {
        let (sender, lines) = channel(MAX_LINES);
        let waiting = Arc::new(Waiting::default());
        self.outputs.push(Sink::Reader(Arc::new(Reader { lines: sender, waiting: waiting.clone() })));
        (self, Events { lines, waiting, form, kinds, module })
    }
}

impl Reader {
    pub(super) fn line(&self, line: Arc<Line>, size: usize) {
        let Waiting { bytes, lost } = &*self.waiting;
        let before = lost.load(Ordering::Relaxed);
        if before > 0 && self.lines.try_send(Passed::Lost(before)).is_ok() {
            lost.fetch_sub(before, Ordering::Relaxed);
        }
        let has_room = bytes.load(Ordering::Relaxed) + size <= MAX_BYTES;
        if has_room && self.lines.try_send(Passed::Line(line, size)).is_ok() {
            bytes.fetch_add(size, Ordering::Relaxed);
        } else {
            lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn is_gone(&self) -> bool {
        self.lines.is_closed()
    }
}

impl Events {
    /// The next thing; `None` when the module has ended.
    pub async fn next(&mut self) -> Option<Sight> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// The same for those who poll.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Sight>> {
        loop {
            let passed = match self.lines.poll_recv(cx) {
                // Everything that came before is out, and nothing else may come that could tell of it.
                Poll::Pending => match self.waiting.lost.swap(0, Ordering::Relaxed) {
                    0 => return Poll::Pending,
                    lost => Some(Passed::Lost(lost)),
                },
                passed => ready!(passed),
            };
            match passed {
                None => return Poll::Ready(None),
                Some(Passed::Lost(lost)) => return Poll::Ready(Some(Sight::Lost(lost))),
                Some(Passed::Line(line, size)) => {
                    self.waiting.bytes.fetch_sub(size, Ordering::Relaxed);
                    if let Some(text) = self.text(&line) {
                        return Poll::Ready(Some(Sight::Line(text)));
                    }
                }
            }
        }
    }

    /// The text of a line, if it is wanted.
    fn text(&self, Line { about, entry }: &Line) -> Option<String> {
        let mut text = Vec::new();
        match self.form {
            Form::Human => human::line(&mut text, about, entry, false),
            Form::Json => json::line(&mut text, about, entry),
        }
        // All lines are text.
        let mut text = String::from_utf8(text).ok()?;
        text.truncate(text.trim_end_matches('\n').len());
        let is_wanted =
            self.kinds.is_empty() || self.kinds.iter().any(|kind| json::kind(&text) == Some(kind));
        is_wanted.then_some(text)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.lines.close();
        self.module.tidy();
    }
}
