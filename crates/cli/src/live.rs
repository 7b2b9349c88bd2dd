//! A scenario on real ports, in real time: with a module of its own, or with a recording in its place.

use crate::signals::{Signals, lacking};
use ::lint::Seen;
use daemon::{AtPort, Endpoint, LintRun, SetupError, runtime};
use io::{HostLines, ModuleLines, Port, PortEvent};
use scenario::{
    transcript::{
        Failure,
        live::{Deed, Live},
    },
    world::{DteLines, Event, Instant},
};
use std::{
    future::{Future, poll_fn},
    io::Write,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Instant as OsInstant, Sleep, sleep_until};

/// How long a driver has for reading the last bytes, when it does not close the port before.
const FAREWELL: Duration = Duration::from_secs(1);

const SCRATCH: usize = 16 * 1024;

/// How a play has ended.
pub(crate) struct Ended {
    /// What came of it.
    pub(crate) verdict: Result<(), Failure>,
    /// By a signal.
    pub(crate) stopped: bool,
}

/// Opens the ports that a scenario has, says where they are, and plays until it is over or SIGINT or SIGTERM comes. The
/// driver is watched if there is a lint.
pub(crate) fn run(
    live: &mut Live<'_>,
    wanted: &[AtPort],
    endpoints: &[(AtPort, Endpoint)],
    lint: Option<&LintRun>,
) -> Result<Ended, SetupError> {
    let runtime = runtime().map_err(|e| lacking(&e))?;
    runtime.block_on(async {
        let mut signals = Signals::catch()?;
        let mut loops = Loop::open(live, wanted, endpoints, lint)?;
        let ended = poll_fn(|cx| {
            let stop = signals.poll(cx).is_ready();
            match loops.turn(cx) {
                Poll::Pending if stop => {
                    Poll::Ready(Ended { verdict: Err(loops.live.give_up()), stopped: true })
                }
                turn => turn.map(|verdict| Ended { verdict, stopped: false }),
            }
        })
        .await;
        if let Some(lint) = lint {
            lint.end(loops.now());
        }
        Ok(ended)
    })
}

/// What the lint is shown of the driver and the module.
struct Watcher<'a> {
    lint: Option<&'a LintRun>,
    ports: Vec<AtPort>,
    /// Events of the module that it has seen.
    told: usize,
}

impl Watcher<'_> {
    /// What has happened inside.
    fn events(&mut self, events: &[(Instant, Event)]) {
        for (at, event) in events.get(self.told..).unwrap_or_default() {
            self.see(*at, Seen::event(event));
        }
        self.told = events.len();
    }

    /// The driver has done something at a port.
    fn deed(&self, now: Instant, port: usize, deed: Deed<'_>) {
        let seen = self.ports.get(port).map(|port| match deed {
            Deed::Opens => Seen::Attached(*port),
            Deed::Closes => Seen::Detached(*port),
            Deed::Moves(lines) => Seen::Dtr(*port, lines.dtr),
            Deed::Sends(bytes) => Seen::Host(*port, bytes),
        });
        self.see(now, seen);
    }

    /// The driver has been given this.
    fn given(&self, now: Instant, port: usize, bytes: &[u8]) {
        self.see(now, self.ports.get(port).map(|port| Seen::Module(*port, bytes)));
    }

    fn see(&self, at: Instant, seen: Option<Seen<'_>>) {
        if let (Some(lint), Some(seen)) = (self.lint, seen) {
            lint.see(at, seen);
        }
    }
}

struct Loop<'a, 'b> {
    live: &'a mut Live<'b>,
    watcher: Watcher<'a>,
    ports: Vec<(Port, Option<ModuleLines>)>,
    open: usize,
    start: OsInstant,
    alarm: Pin<Box<Sleep>>,
    /// Set when it is over: when to stop waiting for the driver to read.
    ending: Option<Pin<Box<Sleep>>>,
    scratch: Vec<u8>,
}

impl<'a, 'b> Loop<'a, 'b> {
    fn open(
        live: &'a mut Live<'b>,
        wanted: &[AtPort],
        endpoints: &[(AtPort, Endpoint)],
        lint: Option<&'a LintRun>,
    ) -> Result<Loop<'a, 'b>, SetupError> {
        if let Some((name, _)) = endpoints.iter().find(|(name, _)| !wanted.contains(name)) {
            let remedy = format!("write `use port {}` into it, or leave this --port out", name.name());
            return Err(SetupError::new(
                format_args!("port {}", name.name()),
                "the scenario has no such port",
                remedy,
            ));
        }
        let mut ports = Vec::new();
        let mut text = String::new();
        for port in wanted {
            let endpoint = endpoints.iter().find(|(name, _)| name == port).map(|(_, endpoint)| endpoint);
            // Nobody can say where a channel is.
            let endpoint = endpoint.or(port.is_channel().then_some(&Endpoint::Pty { link: None }));
            let endpoint = endpoint.ok_or_else(|| {
                let remedy = format!("add --port {}=pty", port.name());
                SetupError::new(
                    format_args!("port {}", port.name()),
                    "the scenario has it, and it is nowhere",
                    remedy,
                )
            })?;
            let opened = Port::open(port.name(), endpoint)?;
            text += &format!("port {} {}\n", port.name(), opened.place());
            ports.push((opened, None));
        }
        text += "ready\n";
        let mut out = std::io::stdout().lock();
        // Who has started it may not care.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        let start = OsInstant::now();
        let alarm = Box::pin(sleep_until(start));
        let watcher = Watcher { lint, ports: wanted.to_vec(), told: 0 };
        Ok(Loop { live, watcher, ports, open: 0, start, alarm, ending: None, scratch: vec![0; SCRATCH] })
    }

    fn now(&self) -> Instant {
        Instant::ZERO + self.start.elapsed()
    }

    fn turn(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        loop {
            let mut moved = self.hear(cx) | self.say(cx);
            if let Some(due) = self.live.deadline() {
                let due = self.start + due.since(Instant::ZERO);
                if self.alarm.deadline() != due {
                    self.alarm.as_mut().reset(due);
                }
                if self.alarm.as_mut().poll(cx).is_ready() {
                    self.live.tick(self.now());
                    moved = true;
                }
            }
            if let Some(verdict) = self.live.verdict().cloned() {
                let ending =
                    self.ending.get_or_insert_with(|| Box::pin(sleep_until(OsInstant::now() + FAREWELL)));
                if self.open == 0 || ending.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(verdict);
                }
            }
            if !moved {
                return Poll::Pending;
            }
        }
    }

    fn hear(&mut self, cx: &mut Context<'_>) -> bool {
        let mut moved = false;
        for at in 0..self.ports.len() {
            let room = self.live.room(at).min(self.scratch.len());
            let (Some((port, _)), Some(buf)) = (self.ports.get_mut(at), self.scratch.get_mut(..room)) else {
                break;
            };
            let Poll::Ready(event) = port.poll_event(cx, buf) else { continue };
            let now = self.now();
            let deed = match event {
                PortEvent::Attached => {
                    self.open += 1;
                    Deed::Opens
                }
                PortEvent::Detached => {
                    self.open -= 1;
                    Deed::Closes
                }
                PortEvent::Lines(HostLines { dtr, rts }) => Deed::Moves(DteLines { dtr, rts }),
                PortEvent::Data(n) => Deed::Sends(self.scratch.get(..n).unwrap_or_default()),
            };
            self.watcher.deed(now, at, deed);
            self.live.hear(now, at, deed);
            moved = true;
        }
        moved
    }

    fn say(&mut self, cx: &mut Context<'_>) -> bool {
        let mut moved = false;
        self.watcher.events(self.live.events());
        for (at, (port, told)) in self.ports.iter_mut().enumerate() {
            let lines =
                self.live.lines(at).map(|l| ModuleLines { dcd: l.dcd, ri: l.ri, dsr: l.dsr, cts: l.cts });
            if let Some(lines) = lines.filter(|lines| *told != Some(*lines)) {
                port.set_lines(lines);
                *told = Some(lines);
            }
            let bytes = self.live.tx(at);
            if bytes.is_empty() {
                continue;
            }
            if let Poll::Ready(n) = port.poll_write(cx, bytes) {
                let now = Instant::ZERO + self.start.elapsed();
                self.watcher.given(now, at, bytes.get(..n).unwrap_or_default());
                self.live.tx_done(now, at, n);
                moved = true;
            }
        }
        moved
    }
}
