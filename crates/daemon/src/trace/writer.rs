//! The thread that writes the lines of an output.

use super::{Form, json};
use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::JoinHandle,
};

/// Lines that may wait for the writer.
pub(super) const MAX_WAITING: usize = 4096;

#[derive(Debug)]
pub(super) struct Writer {
    lines: Option<SyncSender<String>>,
    thread: Option<JoinHandle<()>>,
    lost: Arc<AtomicU64>,
}

impl Writer {
    pub(super) fn start(out: Box<dyn Write + Send>, form: Form) -> Writer {
        let (lines, waiting) = sync_channel(MAX_WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let lost_too = lost.clone();
        let thread = std::thread::spawn(move || {
            // A full disk or a closed pipe ends the trace, not the module.
            let _ = write_lines(out, form, &waiting, &lost_too);
        });
        Writer { lines: Some(lines), thread: Some(thread), lost }
    }

    /// With its line end.
    pub(super) fn line(&self, line: String) {
        if let Some(lines) = &self.lines
            && lines.try_send(line).is_err()
        {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn write_lines(
    mut out: Box<dyn Write + Send>,
    form: Form,
    lines: &Receiver<String>,
    lost: &AtomicU64,
) -> io::Result<()> {
    while let Ok(first) = lines.recv() {
        out.write_all(first.as_bytes())?;
        while let Ok(line) = lines.try_recv() {
            out.write_all(line.as_bytes())?;
        }
        match (lost.swap(0, Ordering::Relaxed), form) {
            (0, _) => {}
            (count, Form::Human) => {
                writeln!(out, "            {count} lines left out: whoever reads this is too slow")?;
            }
            (count, Form::Json) => out.write_all(json::lost(count).as_bytes())?,
        }
        out.flush()?;
    }
    Ok(())
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.lines = None;
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has nothing left to write.
            let _ = thread.join();
        }
    }
}
