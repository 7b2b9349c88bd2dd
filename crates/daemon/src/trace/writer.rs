//! The thread that makes and writes the lines of an output.

use super::{Form, Line, human, json};
use crate::{
    aside::{Aside, Inbox},
    config::say,
};
use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Bytes that are written in one go, about.
const PORTION: usize = 256 * 1024;

#[derive(Debug)]
pub(super) struct Writer {
    lines: Aside<Arc<Line>>,
    lost: Arc<AtomicU64>,
}

impl Writer {
    /// The thread of an output with this name.
    pub(super) fn start(out: Box<dyn Write + Send>, name: String, form: Form, colours: bool) -> Writer {
        let lost = Arc::new(AtomicU64::new(0));
        let lost_too = lost.clone();
        let lines = Aside::start(move |mut inbox| {
            // A full disk or a closed pipe ends the trace, not the module.
            if let Err(e) = write_lines(out, form, colours, &mut inbox, &lost_too) {
                say(&format!("{name}: {e}; the trace ends here: free some space, then start again"));
            }
        });
        Writer { lines, lost }
    }

    /// A line with so many bytes of a port in it.
    pub(super) fn line(&self, line: Arc<Line>, size: usize) {
        if !(self.lines.has_room(size) && self.lines.give(line, size)) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn write_lines(
    mut out: Box<dyn Write + Send>,
    form: Form,
    colours: bool,
    lines: &mut Inbox<Arc<Line>>,
    lost: &AtomicU64,
) -> io::Result<()> {
    let mut text = Vec::new();
    let add = |text: &mut Vec<u8>, Line { about, entry }: &Line| match form {
        Form::Human => human::line(text, about, entry, colours),
        Form::Json => json::line(text, about, entry),
    };
    while let Some(first) = lines.next() {
        add(&mut text, &first);
        while text.len() < PORTION
            && let Some(line) = lines.waiting()
        {
            add(&mut text, &line);
        }
        match (lost.swap(0, Ordering::Relaxed), form) {
            (0, _) => {}
            (count, Form::Human) => {
                writeln!(text, "            {count} lines left out: whoever reads this is too slow")?;
            }
            (count, Form::Json) => json::lost(&mut text, count),
        }
        out.write_all(&text)?;
        out.flush()?;
        text.clear();
    }
    Ok(())
}
