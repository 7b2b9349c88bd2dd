//! The trace: every AT byte and every event, one line each, for people.
//!
//! ```text
//!   0.512233 uart1 > AT+CSQ\r
//!   0.512304 uart1 < AT+CSQ\r\r\n+CSQ: 24,99\r\n\r\nOK\r\n
//! ```
//!
//! `>` is what the host sent and `<` what the module sent; numbers are seconds since the module started.
//! Bytes other than printable ASCII are escaped as in C. A thread writes the lines, so a slow disk or a
//! stopped terminal does not stop the module; what it cannot keep up with is counted and left out.

use crate::SetupError;
use module::{Action, Event, Input};
use std::{
    fmt::{self, Write as _},
    fs::File,
    io::{self, IsTerminal, Write},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::Duration,
};

/// Lines that may wait for the writer.
const MAX_WAITING: usize = 4096;

/// Where traces go. Clones write to the same place; everything is written when the last one is dropped.
#[derive(Clone, Debug)]
pub struct Trace(Arc<Writer>);

#[derive(Debug)]
struct Writer {
    lines: Option<SyncSender<String>>,
    thread: Option<JoinHandle<()>>,
    lost: Arc<AtomicU64>,
    colours: bool,
}

impl Trace {
    /// Into a file, which is emptied; `-` is the standard output, with colours when that is a terminal
    /// and `NO_COLOR` is not set.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn to(path: &Path) -> Result<Trace, SetupError> {
        if path == Path::new("-") {
            let colours = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            return Ok(Trace::start(Box::new(io::stdout()), colours));
        }
        let file = File::create(path).map_err(|e| {
            SetupError::new(
                path.display(),
                e,
                "give --trace a file that can be made, or - for standard output",
            )
        })?;
        Ok(Trace::start(Box::new(io::BufWriter::new(file)), false))
    }

    fn start(out: Box<dyn Write + Send>, colours: bool) -> Trace {
        let (lines, waiting) = sync_channel(MAX_WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let lost_too = lost.clone();
        let thread = std::thread::spawn(move || {
            // A full disk or a closed pipe ends the trace, not the module.
            let _ = write_lines(out, &waiting, &lost_too);
        });
        Trace(Arc::new(Writer { lines: Some(lines), thread: Some(thread), lost, colours }))
    }

    fn line(&self, at: Duration, colour: Colour, text: fmt::Arguments<'_>) {
        let mut line = format!("{:>4}.{:06} ", at.as_secs(), at.subsec_micros());
        // Writing to a string cannot fail.
        let _ = match self.0.colours {
            true => writeln!(line, "\x1b[{}m{text}\x1b[0m", colour as u8),
            false => writeln!(line, "{text}"),
        };
        if let Some(lines) = &self.0.lines
            && lines.try_send(line).is_err()
        {
            self.0.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn host_said(&self, at: Duration, port: &str, bytes: &[u8]) {
        self.line(at, Colour::Cyan, format_args!("{port} > {}", bytes.escape_ascii()));
    }

    pub(crate) fn module_said(&self, at: Duration, port: &str, bytes: &[u8]) {
        self.line(at, Colour::Green, format_args!("{port} < {}", bytes.escape_ascii()));
    }

    pub(crate) fn net_received(&self, at: Duration, conn: module::ConnId, count: usize) {
        self.line(at, Colour::Grey, format_args!("net {} received {count} bytes", conn.0));
    }

    pub(crate) fn net_sent(&self, at: Duration, conn: module::ConnId, count: usize) {
        self.line(at, Colour::Grey, format_args!("net {} sent {count} bytes", conn.0));
    }

    pub(crate) fn input(&self, at: Duration, port: impl Fn(module::PortId) -> &'static str, input: &Input) {
        let line = |text: fmt::Arguments<'_>| self.line(at, Colour::Yellow, text);
        match input {
            Input::Tick => {}
            Input::PortAttached(id) => line(format_args!("{} host attached", port(*id))),
            Input::PortDetached(id) => line(format_args!("{} host detached", port(*id))),
            Input::PortLines(id, lines) => line(format_args!("{} host lines {lines:?}", port(*id))),
            Input::Resolved(id, Ok(names)) => line(format_args!("dns {} answer {:?}", id.0, names.addresses)),
            Input::Resolved(id, Err(e)) => line(format_args!("dns {} failed: {e:?}", id.0)),
            Input::Connected(id, local) => line(format_args!("net {} connected from {local}", id.0)),
            Input::ConnectFailed(id, e) => line(format_args!("net {} connect failed: {e:?}", id.0)),
            Input::Incoming(id, from) => line(format_args!("net {} is called by {from}", id.0)),
            Input::Pong(id, sequence, Ok(_)) => line(format_args!("ping {} reply {sequence}", id.0)),
            Input::Pong(id, sequence, Err(e)) => {
                line(format_args!("ping {} no reply {sequence}: {e:?}", id.0))
            }
            Input::NetEof(id) => line(format_args!("net {} FIN received", id.0)),
            Input::NetReset(id, e) => line(format_args!("net {} broken: {e:?}", id.0)),
            Input::Operator(order) => line(format_args!("operator {order:?}")),
        }
    }

    pub(crate) fn action(
        &self,
        at: Duration,
        port: impl Fn(module::PortId) -> &'static str,
        action: &Action,
    ) {
        let line = |text: fmt::Arguments<'_>| self.line(at, Colour::Yellow, text);
        match action {
            Action::Resolve(id, name, servers, _) if servers.is_empty() => {
                line(format_args!("dns {} lookup {name}", id.0));
            }
            Action::Resolve(id, name, servers, _) => {
                line(format_args!("dns {} lookup {name} at {servers:?}", id.0));
            }
            Action::Connect(id, addr, _) => line(format_args!("net {} connect {addr}", id.0)),
            Action::Bind(id, local, Some(peer)) => {
                line(format_args!("net {} datagrams from {local} to {peer}", id.0));
            }
            Action::Bind(id, local, None) => line(format_args!("net {} datagrams at {local}", id.0)),
            Action::Listen(id, local) => line(format_args!("net {} listen at {local}", id.0)),
            Action::Accept(listener, id, _) => line(format_args!("net {} accepted by {}", id.0, listener.0)),
            Action::Refuse(id) => line(format_args!("net {} turns a connection away", id.0)),
            Action::Ping(id, address, sequence) => line(format_args!("ping {} {address} {sequence}", id.0)),
            Action::Shutdown(id) => line(format_args!("net {} FIN", id.0)),
            Action::Close(id, last) => line(format_args!("net {} close after {} bytes", id.0, last.len())),
            Action::PortLines(id, lines) => line(format_args!("{} module lines {lines:?}", port(*id))),
            Action::StoreFile(name) => line(format_args!("file {} stored", name.escape_default())),
            Action::RemoveFile(name) => line(format_args!("file {} removed", name.escape_default())),
            Action::StoreSettings => line(format_args!("settings stored")),
            // Whoever reads a trace must not be able to decrypt what it tells of.
            Action::Event(Event::KeyLog(_)) => {}
            Action::Event(event) => line(format_args!("{event}")),
        }
    }
}

/// SGR parameters (ECMA-48 8.3.117).
#[derive(Clone, Copy)]
enum Colour {
    Green = 32,
    Yellow = 33,
    Cyan = 36,
    Grey = 90,
}

fn write_lines(mut out: Box<dyn Write + Send>, lines: &Receiver<String>, lost: &AtomicU64) -> io::Result<()> {
    while let Ok(first) = lines.recv() {
        out.write_all(first.as_bytes())?;
        while let Ok(line) = lines.try_recv() {
            out.write_all(line.as_bytes())?;
        }
        match lost.swap(0, Ordering::Relaxed) {
            0 => {}
            count => writeln!(out, "            {count} lines left out: whoever reads this is too slow")?,
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn traced(colours: bool, run: impl Fn(&Trace)) -> String {
        let sink = Sink::default();
        let trace = Trace::start(Box::new(sink.clone()), colours);
        run(&trace);
        drop(trace);
        let bytes = sink.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn lines_tell_when_who_which_way_and_what() {
        let text = traced(false, |trace| {
            trace.host_said(Duration::from_micros(512_233), "uart1", b"AT\r");
            trace.module_said(Duration::from_secs(12), "uart1", b"\r\n\"\\\x1a\xff");
        });
        assert_eq!(
            text,
            concat!("   0.512233 uart1 > AT\\r\n", "  12.000000 uart1 < \\r\\n\\\"\\\\\\x1a\\xff\n")
        );
    }

    #[test]
    fn colours_frame_the_line() {
        let text = traced(true, |trace| trace.host_said(Duration::ZERO, "uart1", b"AT"));
        assert_eq!(text, "   0.000000 \x1b[36muart1 > AT\x1b[0m\n");
    }

    #[test]
    fn a_slow_reader_loses_lines_and_is_told_how_many() {
        let sink = Sink::default();
        let trace = Trace::start(Box::new(sink.clone()), false);
        let stopped = sink.0.lock().unwrap();
        for _ in 0..2 * MAX_WAITING {
            trace.host_said(Duration::ZERO, "uart1", b"AT");
        }
        drop(stopped);
        drop(trace);
        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        let told = text.lines().find_map(|line| line.trim().split_once(" lines left out")).unwrap().0;
        let written = text.lines().filter(|line| line.ends_with("> AT")).count();
        assert_eq!(written + told.parse::<usize>().unwrap(), 2 * MAX_WAITING);
    }
}
