//! The event loop of one module.
//!
//! It waits for the first of {port, connection, lookup, deadline, operator}, tells the module by one call,
//! writes out what the module has to say, does what the module asks for, and starts over. Everything is
//! polled from one task: a source that is stuck (a host that does not read, a peer that does not answer)
//! is pending and holds up nothing else, and each source gets one turn before any gets a second.

use crate::{
    Config, SetupError,
    capture::Camera,
    clock::{Alarm, Clock},
    files::Store,
    keylog::KeyLog,
    network::{NetEvent, Network},
    record::Recorder,
    trace::Tracer,
    twin::Order,
    watch::{Seen, Stamp, Watch, watched},
    why::Failures,
    wire::Wire,
};
use faults::Faulty;
use io::{HostLines, ModuleLines, Port, PortEvent};
use module::{Action, AtPort, Channel, DceLines, DteLines, Event, Input, Operator, PortId, Setup};
use std::{
    cell::RefCell,
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{Instant as OsInstant, Sleep, sleep_until},
};

/// Bytes moved by one read at most. One TLS record with its overhead fits.
const SCRATCH: usize = 32 * 1024;
/// How long the last bytes have for leaving after the order to shut down.
const FAREWELL: Duration = Duration::from_millis(500);

thread_local! {
    /// Reading goes through here on its way into a module: one buffer for all modules of a thread.
    static SCRATCH_BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; SCRATCH].into_boxed_slice());
}

/// What stands between a port and the module.
struct Line {
    /// Nothing as a rule.
    wire: Option<Box<Wire>>,
    /// That of `AT+IPR`, once everything said before has left.
    rate: u32,
    /// The host does not take what the module says, or the wire does not yet.
    is_held: bool,
}

pub(crate) struct Actor {
    module: Faulty,
    clock: Clock,
    ports: Vec<(AtPort, Port)>,
    /// What stands between the ports and the module, in the same order.
    lines: Vec<Line>,
    network: Network,
    files: Option<Store>,
    orders: UnboundedReceiver<Order>,
    alarm: Alarm,
    /// Set by the order to shut down: when to stop waiting for the last bytes to leave.
    ending: Option<Pin<Box<Sleep>>>,
    /// Whoever looks on.
    watchers: Vec<Box<dyn Watch>>,
    key_log: Option<KeyLog>,
    failures: Failures,
    /// Who is told of trouble.
    report: fn(&str),
}

impl Actor {
    pub(crate) fn new(
        setup: Setup,
        ports: Vec<(AtPort, Port)>,
        files: Option<Store>,
        orders: UnboundedReceiver<Order>,
        config: &Config,
    ) -> Result<Actor, SetupError> {
        let recorder =
            config.recording.as_ref().map(|to| Recorder::start(to, &setup, &config.faults, config.report));
        let recorder = recorder.transpose()?;
        let clock = Clock::start();
        let mut module = Faulty::new(setup, clock.now());
        for fault in &config.faults {
            module
                .inject(clock.now(), fault.clone())
                .map_err(|many| SetupError::new(format_args!("fault {fault}"), many, "ask for fewer"))?;
        }
        let (network, alarm) = (Network::default(), Alarm::default());
        let rate = module.line_rate();
        let line = |port| Line { wire: config.wire.wire(config.unit, port), rate, is_held: false };
        let lines = (0..ports.len()).map(line).collect();
        let names: Vec<_> = ports.iter().map(|(name, _)| name.name()).collect();
        let mut watchers: Vec<Box<dyn Watch>> = Vec::new();
        if let Some(trace) = config.trace.clone() {
            watchers.push(Box::new(Tracer::new(trace, names.iter().copied())));
        }
        if let Some(recorder) = recorder {
            watchers.push(Box::new(recorder));
        }
        if let Some(capture) = &config.capture {
            watchers.push(Box::new(Camera::start(capture, config.model, &names, config.report)?));
        }
        let (key_log, report) = (config.key_log.clone(), config.report);
        let mut actor = Actor {
            module,
            clock,
            ports,
            lines,
            network,
            files,
            orders,
            alarm,
            ending: None,
            watchers,
            key_log,
            failures: Failures::default(),
            report,
        };
        actor.tell_what_is_wanted();
        Ok(actor)
    }

    /// One more who looks on.
    pub(crate) fn watch(&mut self, watcher: Box<dyn Watch>) {
        self.watchers.push(watcher);
        self.tell_what_is_wanted();
    }

    /// The module tells of what somebody here wants to know, and only of that.
    fn tell_what_is_wanted(&mut self) {
        let commands = self.watchers.iter().any(|watcher| watcher.wants_commands());
        let channels = self.watchers.iter().any(|watcher| watcher.wants_channels());
        self.module.module_mut().narrate(commands, channels);
    }

    /// Whether a file of the setup is in UFS.
    pub(crate) fn has_file(&self, name: &str) -> bool {
        self.module.file(name).is_some()
    }

    /// What has failed last, from now on too.
    pub(crate) fn failures(&self) -> Failures {
        self.failures.clone()
    }

    pub(crate) async fn run(mut self) {
        poll_fn(|cx| SCRATCH_BUFFER.with_borrow_mut(|scratch| self.turn(cx, scratch))).await;
        self.network.close_all();
        self.ports.clear();
        if let Some(mut files) = self.files.take() {
            poll_fn(|cx| files.poll_idle(cx)).await;
        }
    }

    /// Goes round until nothing moves any more.
    fn turn(&mut self, cx: &mut Context<'_>, scratch: &mut [u8]) -> Poll<()> {
        self.serve(cx);
        loop {
            let mut moved = self.take_order(cx);
            if self.ending.is_none() {
                moved |= self.hear_ports(cx, scratch);
                moved |= self.hear_network(cx, scratch);
            }
            moved |= self.hear_alarm(cx);
            if self.is_finished(cx) {
                return Poll::Ready(());
            }
            if !moved {
                break;
            }
        }
        if let Some(files) = &mut self.files {
            // It wakes this task when a job is done; there is nothing to wait for here.
            let _ = files.poll_idle(cx);
        }
        Poll::Pending
    }

    fn take_order(&mut self, cx: &mut Context<'_>) -> bool {
        if self.ending.is_some() {
            return false;
        }
        let order = match self.orders.poll_recv(cx) {
            // All handles dropped: nobody wants the module any more.
            Poll::Ready(order) => order.unwrap_or(Order::Operate(Operator::ShutDown)),
            Poll::Pending if self.ports.iter().all(|(_, port)| port.is_over()) => {
                Order::Operate(Operator::ShutDown)
            }
            Poll::Pending => return false,
        };
        match order {
            Order::Operate(act) => {
                if matches!(act, Operator::ShutDown) {
                    self.ending = Some(Box::pin(sleep_until(OsInstant::now() + FAREWELL)));
                }
                self.tell(cx, Input::Operator(act));
            }
            Order::Lines(port, lines) => self.tell(cx, Input::PortLines(port, lines)),
            Order::Fault(request, answer) => {
                let now = self.clock.now();
                let asked = self.module.request(now, request.clone());
                if asked.is_ok() {
                    watched(&mut self.watchers, now, &Seen::Fault(&request));
                }
                // Who has stopped waiting needs no answer.
                let _ = answer.send(asked);
                self.serve(cx);
            }
            Order::Ask(question) => {
                question(&mut self.module, self.clock.now());
                self.serve(cx);
            }
            Order::Watch(trace) => {
                let names = self.ports.iter().map(|(name, _)| name.name());
                let reader = Box::new(Tracer::new(trace, names));
                self.watch(reader);
            }
            Order::Tidy => {
                self.watchers.retain(|watcher| !watcher.is_gone());
                self.tell_what_is_wanted();
            }
        }
        true
    }

    fn hear_ports(&mut self, cx: &mut Context<'_>, scratch: &mut [u8]) -> bool {
        let mut moved = false;
        for at in 0..self.ports.len() {
            let (Some((_, port)), Some(line)) = (self.ports.get_mut(at), self.lines.get_mut(at)) else {
                break;
            };
            let id = port_id(at);
            let mut room = self.module.rx_room(Channel::Port(id)).min(scratch.len());
            if let Some(wire) = &mut line.wire {
                room = wire.may_hear(self.clock.now(), room, line.rate);
            }
            let Poll::Ready(event) = port.poll_event(cx, &mut scratch[..room]) else { continue };
            match event {
                PortEvent::Attached => self.tell(cx, Input::PortAttached(id)),
                PortEvent::Lines(HostLines { dtr, rts }) => {
                    self.tell(cx, Input::PortLines(id, DteLines { dtr, rts }));
                }
                PortEvent::Detached => self.tell(cx, Input::PortDetached(id)),
                PortEvent::Data(n) => {
                    let now = self.clock.now();
                    if let Some(wire) = &mut line.wire {
                        wire.has_heard(now, n, line.rate);
                    }
                    let seen = Seen::Host(id, self.module.hears(id), &scratch[..n]);
                    watched(&mut self.watchers, now, &seen);
                    self.module.rx(now, Channel::Port(id), &scratch[..n]);
                    self.serve(cx);
                }
            }
            moved = true;
        }
        moved
    }

    fn hear_network(&mut self, cx: &mut Context<'_>, scratch: &mut [u8]) -> bool {
        let mut moved = false;
        // Serving may add and remove connections, so the list is looked at anew each time.
        let mut at = 0;
        while let Some(conn) = self.network.conns().get_mut(at) {
            at += 1;
            let id = conn.id;
            let room = self.module.rx_room(Channel::Net(id)).min(scratch.len());
            let Poll::Ready(event) = conn.poll_event(cx, &mut scratch[..room]) else { continue };
            match event {
                NetEvent::Data(n) => {
                    let now = self.clock.now();
                    let seen = Seen::NetIn { conn: id, from: None, bytes: &scratch[..n] };
                    watched(&mut self.watchers, now, &seen);
                    self.module.rx(now, Channel::Net(id), &scratch[..n]);
                    self.serve(cx);
                }
                NetEvent::Datagram(n, from) => {
                    let now = self.clock.now();
                    let seen = Seen::NetIn { conn: id, from: Some(from), bytes: &scratch[..n] };
                    watched(&mut self.watchers, now, &seen);
                    self.module.rx_from(now, id, from, &scratch[..n]);
                    self.serve(cx);
                }
                NetEvent::Input(input) => {
                    if matches!(input, Input::ConnectFailed(..) | Input::NetReset(..)) {
                        self.network.forget(id);
                    }
                    self.tell(cx, input);
                }
            }
            moved = true;
        }
        while let Poll::Ready(answer) = self.network.poll_errands(cx) {
            self.tell(cx, answer);
            moved = true;
        }
        moved
    }

    fn hear_alarm(&mut self, cx: &mut Context<'_>) -> bool {
        let wires = self.lines.iter().filter_map(|line| line.wire.as_ref()?.deadline(line.rate));
        let due = wires.chain(self.module.deadline()).min().map(|at| self.clock.os_time(at));
        let rings = self.alarm.poll(cx, due).is_ready();
        if rings {
            self.tell(cx, Input::Tick);
        }
        rings
    }

    /// After the order to shut down: everything has been written, or there was no more time for it.
    fn is_finished(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(ending) = &mut self.ending else { return false };
        let module = &self.module;
        let ports_are_done = (0..self.ports.len()).all(|at| module.tx(Channel::Port(port_id(at))).is_empty());
        let net_is_done = self.network.conns().iter().all(|c| module.tx(Channel::Net(c.id)).is_empty());
        (ports_are_done && net_is_done) || ending.as_mut().poll(cx).is_ready()
    }

    fn tell(&mut self, cx: &mut Context<'_>, input: Input) {
        self.hand(input);
        self.serve(cx);
    }

    fn hand(&mut self, input: Input) {
        let now = self.clock.now();
        watched(&mut self.watchers, now, &Seen::Input(&input));
        self.module.handle(now, input);
    }

    /// Does what the module asks for and writes what it has to say, until it has no more.
    fn serve(&mut self, cx: &mut Context<'_>) {
        loop {
            while let Some(action) = self.module.poll() {
                self.act(action);
            }
            if self.write_out(cx) {
                continue;
            }
            let Some(answer) = self.network.answer() else { return };
            self.hand(answer);
        }
    }

    /// One write for each channel that has something to say and takes something.
    fn write_out(&mut self, cx: &mut Context<'_>) -> bool {
        let mut wrote = false;
        let now = self.clock.now();
        let ipr = self.module.line_rate();
        for (at, ((name, port), line)) in self.ports.iter_mut().zip(&mut self.lines).enumerate() {
            let channel = Channel::Port(port_id(at));
            let mut bytes = self.module.tx(channel);
            if bytes.is_empty() && line.rate != ipr {
                line.rate = ipr;
                if *name == AtPort::Uart1 {
                    port.set_rate(ipr, self.report);
                }
            }
            let mut behind = self.module.tx_behind(channel);
            let mut is_held = !bytes.is_empty();
            if let Some(wire) = &mut line.wire {
                let passing = wire.may_say(now, bytes.len(), line.rate);
                bytes = bytes.get(..passing).unwrap_or(bytes);
                // Of a wire that takes its time only one piece passes at a time.
                behind = &[];
            }
            if !bytes.is_empty()
                && let Poll::Ready(n) = port.poll_write_both(cx, [bytes, behind])
            {
                if let Some(wire) = &mut line.wire {
                    wire.has_said(now, n, line.rate);
                }
                // The rest has its turn.
                is_held = line.is_held;
                let first = n.min(bytes.len());
                // Each piece is told of, and done with, on its own.
                for n in [first, n - first].into_iter().filter(|n| *n > 0) {
                    let bytes = self.module.tx(channel);
                    let written = bytes.get(..n).unwrap_or(bytes);
                    let seen = Seen::Module(port_id(at), self.module.says(port_id(at)), written);
                    watched(&mut self.watchers, now, &seen);
                    self.module.tx_done(now, channel, n);
                }
                wrote = true;
            }
            if line.is_held != is_held {
                line.is_held = is_held;
                watched(&mut self.watchers, now, &Seen::Held(port_id(at), is_held));
            }
        }
        for conn in self.network.conns() {
            let channel = Channel::Net(conn.id);
            let (to, bytes) = (self.module.tx_to(conn.id), self.module.tx(channel));
            if bytes.is_empty() && conn.finish() {
                watched(&mut self.watchers, now, &Seen::NetFin(conn.id));
            }
            if let Poll::Ready(n) = conn.poll_write(cx, to, bytes) {
                let seen = Seen::NetOut { conn: conn.id, to, bytes: bytes.get(..n).unwrap_or(bytes) };
                watched(&mut self.watchers, now, &seen);
                self.module.tx_done(now, channel, n);
                wrote = true;
            }
        }
        wrote
    }

    fn act(&mut self, action: Action) {
        watched(&mut self.watchers, self.clock.now(), &Seen::Action(&action));
        match action {
            Action::Resolve(id, name, servers, families) => {
                self.network.resolve(id, name, &servers, families);
            }
            Action::Connect(id, addr, dial) => self.network.connect(id, addr, dial),
            Action::Bind(id, local, peer) => self.network.bind(id, local, peer),
            Action::Listen(id, local) => self.network.listen(id, local),
            Action::Accept(listener, id, dial) => self.network.accept(listener, id, dial),
            Action::Refuse(listener) => self.network.refuse(listener),
            Action::Ping(id, address, sequence) => self.network.ping(id, address, sequence),
            Action::Shutdown(id) => self.network.shutdown(id),
            Action::Close(id, last) => self.network.close(id, &last),
            Action::Abort(id) => self.network.abort(id),
            Action::Vanish(id) => self.network.vanish(id),
            Action::StoreFile(name) => {
                if let (Some(files), Some(content)) = (&mut self.files, self.module.file(&name)) {
                    files.store(name, content.to_vec());
                }
            }
            Action::RemoveFile(name) => {
                if let Some(files) = &mut self.files {
                    files.remove(name);
                }
            }
            Action::StoreSettings => {
                if let Some(files) = &mut self.files {
                    files.store_settings(self.module.settings());
                }
            }
            Action::PortLines(id, DceLines { dcd, ri, dsr, cts }) => {
                if let Some((_, port)) = self.ports.get_mut(usize::from(id.0)) {
                    port.set_lines(ModuleLines { dcd, ri, dsr, cts });
                }
            }
            Action::Event(Event::KeyLog(line)) => self.log_keys(&line),
            // The others are for the trace.
            Action::Event(event) if event.cause().is_some() => {
                self.failures.note(Stamp::at(self.clock.now()), &event)
            }
            Action::Event(_) => {}
        }
    }

    /// A log that cannot be written any more ends, and the module goes on.
    fn log_keys(&mut self, line: &str) {
        if let Some(Err(e)) = self.key_log.as_ref().map(|log| log.line(line)) {
            (self.report)(&format!(
                "key log: {e}; no more lines are written: free some space, then start again"
            ));
            self.key_log = None;
        }
    }
}

/// Configurations with more ports than a `PortId` can count are refused at the start.
fn port_id(at: usize) -> PortId {
    PortId(u8::try_from(at).unwrap_or(u8::MAX))
}
