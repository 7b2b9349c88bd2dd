//! A tap: everything passes between a host and a real module, and is written down.
//!
//! Bytes and modem lines go both ways as they come, each direction with one buffer, so that the slower side makes the
//! faster one wait and nothing is lost.

mod far;

use crate::{
    SetupError,
    clock::Clock,
    lint::{HostLint, LintView, Linter},
    record::{Recording, Scribe},
    trace::{Trace, Tracer},
    watch::{Seen, Stamp, Watch},
};
use far::{Far, Heard};
use io::{Endpoint, HostLines, Place, Port, PortEvent};
use module::{AtPort, DteLines, Input, Operator, PortId, Talk};
use std::{
    future::poll_fn,
    task::{Context, Poll},
    time::Duration,
};

pub use far::FarEnd;

/// The most that one direction holds, and reads in one go.
const ROOM: usize = 16 * 1024;

/// The module's bytes that follow each other faster than this are written down without the time between them.
const TOGETHER: Duration = Duration::from_millis(20);

/// The port's number; there is only one.
const PORT: PortId = PortId(0);

/// What a tap is between, and who looks on.
#[derive(Debug)]
pub struct TapConfig {
    /// What the port is called in what is written down.
    pub name: AtPort,
    /// Where the host finds it.
    pub host: Endpoint,
    /// Where the module is.
    pub module: FarEnd,
    /// Where bytes are written down for people or programs.
    pub trace: Option<Trace>,
    /// Where they are written down as a scenario.
    pub recording: Option<Recording>,
    /// What is watched of the host driver.
    pub lint: Option<HostLint>,
    /// Who is told of trouble.
    pub report: fn(&str),
}

/// A tap in place.
pub struct Tap {
    host: Port,
    far: Far,
    /// From the host, and to it.
    up: Vec<u8>,
    down: Vec<u8>,
    scratch: Vec<u8>,
    clock: Clock,
    tracer: Option<Tracer>,
    linter: Option<Linter>,
    scribe: Option<Scribe>,
    /// A host has been there before: coming and going is part of the dialogue from then on.
    was_there: bool,
    lines: HostLines,
    report: fn(&str),
}

impl Tap {
    /// Opens both ends. To be called on a runtime, such as [`crate::runtime`] makes.
    ///
    /// # Errors
    /// An end or a file cannot be had.
    pub fn open(config: TapConfig) -> Result<Tap, SetupError> {
        let name = config.name.name();
        let far = Far::open(&config.module)?;
        let host = Port::open(name, &config.host)?;
        let mut scribe =
            config.recording.as_ref().map(|to| Scribe::start(to, &[name], config.report)).transpose()?;
        if let Some(scribe) = &mut scribe {
            scribe.write(|tape| {
                tape.note(&format!(
                    "# Recorded by modemtwin tap at {}, to be played by modemtwin playback.",
                    config.module
                ));
                tape.note(&format!("use port {name}"));
            });
        }
        let tracer = config.trace.map(|trace| Tracer::new(trace, [name].into_iter()));
        let linter = config.lint.map(|lint| lint.linter_of_bytes(config.name, config.report));
        Ok(Tap {
            host,
            far,
            up: Vec::new(),
            down: Vec::new(),
            scratch: vec![0; ROOM],
            clock: Clock::start(),
            tracer,
            linter,
            scribe,
            was_there: false,
            lines: HostLines { dtr: true, rts: true },
            report: config.report,
        })
    }

    /// Where the host finds it.
    pub fn place(&self) -> Place {
        self.host.place()
    }

    /// What the lint finds in the host driver, if it is watched.
    pub fn lint(&self) -> Option<LintView> {
        self.linter.as_ref().map(Linter::view)
    }

    /// It is over: what the host driver has not done it will not do any more.
    pub fn end(&mut self) {
        let at = self.stamp();
        if let Some(linter) = &mut self.linter {
            linter.see(at, &Seen::Input(&Input::Operator(Operator::ShutDown)));
        }
    }

    /// Passes everything on until the module's end is gone for good.
    ///
    /// # Errors
    /// Why it is gone.
    pub async fn run(&mut self) -> Result<(), SetupError> {
        poll_fn(|cx| self.turn(cx)).await
    }

    fn turn(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SetupError>> {
        loop {
            let mut moved = self.hear_host(cx);
            match self.hear_far(cx) {
                Ok(heard) => moved |= heard,
                // What has been heard before the end still belongs to the host.
                Err(why) if self.down.is_empty() => return Poll::Ready(Err(why)),
                Err(_) => {}
            }
            moved |= pass(&mut self.up, |bytes| self.far.poll_write(cx, bytes));
            moved |= pass(&mut self.down, |bytes| self.host.poll_write(cx, bytes));
            if !moved {
                return Poll::Pending;
            }
        }
    }

    fn hear_host(&mut self, cx: &mut Context<'_>) -> bool {
        let room = if self.up.is_empty() { ROOM } else { 0 };
        let Poll::Ready(event) = self.host.poll_event(cx, self.scratch.get_mut(..room).unwrap_or_default())
        else {
            return false;
        };
        match event {
            PortEvent::Data(n) => {
                self.up.extend_from_slice(self.scratch.get(..n).unwrap_or_default());
                self.host_said();
            }
            PortEvent::Attached => {
                self.move_lines(HostLines { dtr: true, rts: true });
                self.tell(&Input::PortAttached(PORT));
                if std::mem::replace(&mut self.was_there, true) {
                    self.step("attach");
                }
            }
            PortEvent::Detached => {
                self.move_lines(HostLines { dtr: false, rts: false });
                self.tell(&Input::PortDetached(PORT));
                self.step("detach");
            }
            PortEvent::Lines(lines) => {
                let before = self.lines;
                self.move_lines(lines);
                self.tell(&Input::PortLines(PORT, DteLines { dtr: lines.dtr, rts: lines.rts }));
                for (line, was, is) in [("dtr", before.dtr, lines.dtr), ("rts", before.rts, lines.rts)] {
                    if was != is {
                        self.step(&format!("{line} {}", if is { "on" } else { "off" }));
                    }
                }
            }
        }
        true
    }

    fn move_lines(&mut self, lines: HostLines) {
        self.lines = lines;
        self.far.set_lines(lines);
    }

    fn hear_far(&mut self, cx: &mut Context<'_>) -> Result<bool, SetupError> {
        let room = if self.down.is_empty() { ROOM } else { 0 };
        let heard = self.far.poll(cx, self.scratch.get_mut(..room).unwrap_or_default());
        match heard {
            Poll::Pending => return Ok(false),
            Poll::Ready(Heard::Data(n)) => {
                self.down.extend_from_slice(self.scratch.get(..n).unwrap_or_default());
                self.module_said();
            }
            Poll::Ready(Heard::Lines(lines)) => self.host.set_lines(lines),
            Poll::Ready(Heard::Trouble(what)) => (self.report)(&what),
            Poll::Ready(Heard::End(why)) => return Err(why),
        }
        Ok(true)
    }

    fn host_said(&mut self) {
        let at = self.stamp();
        let seen = Seen::Host(PORT, Talk::Dialogue, &self.up);
        watched(&mut self.tracer, &mut self.linter, at, &seen);
        if let Some(scribe) = &mut self.scribe {
            for judged in scribe.of_host(0, Talk::Dialogue, &self.up) {
                scribe.write(|tape| tape.host(at.elapsed, 0, &judged.shown, judged.is_secret));
            }
        }
    }

    fn module_said(&mut self) {
        let at = self.stamp();
        let seen = Seen::Module(PORT, Talk::Dialogue, &self.down);
        watched(&mut self.tracer, &mut self.linter, at, &seen);
        if let Some(scribe) = &mut self.scribe {
            let bytes = scribe.of_module(0, Talk::Dialogue, &self.down);
            scribe.write(|tape| {
                if tape.unwritten(at.elapsed) >= TOGETHER {
                    tape.pass(at.elapsed);
                }
                tape.module(0, &bytes);
            });
        }
    }

    fn step(&mut self, line: &str) {
        let at = self.stamp();
        if let Some(scribe) = &mut self.scribe {
            scribe.write(|tape| tape.step(at.elapsed, line));
        }
    }

    fn tell(&mut self, input: &Input) {
        let at = self.stamp();
        watched(&mut self.tracer, &mut self.linter, at, &Seen::Input(input));
    }

    fn stamp(&self) -> Stamp {
        Stamp::at(self.clock.now())
    }
}

/// Shows something to those who look on.
fn watched(tracer: &mut Option<Tracer>, linter: &mut Option<Linter>, at: Stamp, seen: &Seen<'_>) {
    if let Some(tracer) = tracer {
        tracer.see(at, seen);
    }
    if let Some(linter) = linter {
        linter.see(at, seen);
    }
}

/// Passes on what waits, as far as it is taken.
fn pass(waiting: &mut Vec<u8>, write: impl FnOnce(&[u8]) -> Poll<usize>) -> bool {
    if waiting.is_empty() {
        return false;
    }
    let Poll::Ready(n) = write(waiting) else { return false };
    waiting.drain(..n.min(waiting.len()));
    n > 0
}
