//! Watches what a host driver does on the AT ports of a module, and reports what is wrong with it.
//!
//! [`Lint`] takes what crosses the border of a module, in order, with its time, and gives [`Finding`]s; it reads no
//! clock and opens nothing. [`Lint::coverage`] says what of the module the driver has met.
//!
//! | room | what |
//! |---|---|
//! | `rules` | the table of rules |
//! | `follow` | bytes of one port to facts of its dialogue |
//! | `fact`, `line` | what rules are told |
//! | `watch` | the rules at work, one file per topic |
//! | `findings` | what was found |
//! | `coverage` | what the driver has met |
//! | `recorded` | a trace of JSON lines in place of a running module |
#![forbid(unsafe_code)]

mod coverage;
mod fact;
mod findings;
mod follow;
mod line;
mod recorded;
mod rules;
mod watch;

pub use coverage::{CommandForm, Coverage};
pub use findings::{Finding, KEPT};
pub use recorded::{Recorded, TraceError};
pub use rules::{Limit, RULES, Rule, Severity};

use at::time::Instant;
use coverage::Meter;
use fact::Fact;
use findings::Findings;
use follow::{Cx, Options, Port};
use module::{AtPort, Event, OnChannel};
use watch::{Out, Topic};

/// Sockets of a module (D12).
const SOCKETS: usize = 12;

/// Something that crossed the border of a module.
#[derive(Clone, Copy, Debug)]
pub enum Seen<'a> {
    /// The host said this.
    Host(AtPort, &'a [u8]),
    /// The host has this from the module.
    Module(AtPort, &'a [u8]),
    /// So many bytes of the host that a trace does not show.
    HostHidden(AtPort, usize),
    /// Bytes of the module that a trace does not show.
    ModuleHidden(AtPort),
    /// A host opened the port.
    Attached(AtPort),
    /// The host closed the port.
    Detached(AtPort),
    /// The host drives DTR so.
    Dtr(AtPort, bool),
    /// The module accepted a mistake: where, in which command, and what.
    Mistake(AtPort, &'a str, &'a str),
    /// This socket changed its state, or ended.
    SocketChanged(u8),
    /// An unsolicited result code was printed.
    Urc(AtPort),
}

impl<'a> Seen<'a> {
    /// What of an event matters here.
    pub fn event(event: &'a Event) -> Option<Seen<'a>> {
        match event {
            Event::HostMistake { port, command, what } => Some(Seen::Mistake(*port, command, what)),
            Event::Socket { client, .. } | Event::Ended { client, .. } => Some(Seen::SocketChanged(*client)),
            Event::Urc { port, .. } => Some(Seen::Urc(*port)),
            Event::Channel { port, what } => Some(match what {
                OnChannel::Opened => Seen::Attached(*port),
                OnChannel::Closed => Seen::Detached(*port),
                OnChannel::Lines(lines) => Seen::Dtr(*port, lines.dtr),
                OnChannel::Host(_, bytes) => Seen::Host(*port, bytes),
                OnChannel::Module(_, bytes) => Seen::Module(*port, bytes),
            }),
            _ => None,
        }
    }
}

/// What watches the host driver of one module.
pub struct Lint {
    ports: Vec<Watched>,
    module: Vec<Box<dyn Topic>>,
    options: Options,
    findings: Findings,
    meter: Meter,
    /// Since when no host is at any port.
    alone_since: Option<Instant>,
    /// How many findings have been handed out.
    told: usize,
    ended: bool,
}

struct Watched {
    name: AtPort,
    attached: bool,
    port: Port,
    topics: Vec<Box<dyn Topic>>,
}

impl Default for Lint {
    fn default() -> Lint {
        Lint::new(&[])
    }
}

impl std::fmt::Debug for Lint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lint").field("findings", &self.findings).finish_non_exhaustive()
    }
}

impl Lint {
    /// One that has seen nothing yet and says nothing of these rules. It is to be there from the start of a module.
    pub fn new(ignored: &[&'static Rule]) -> Lint {
        Lint {
            ports: Vec::new(),
            module: watch::of_a_module(),
            options: Options::default(),
            findings: Findings::without(ignored),
            meter: Meter::default(),
            alone_since: None,
            told: 0,
            ended: false,
        }
    }

    /// Sees bytes and lines only, of a module that tells nothing of what happens inside: what looks like the end of
    /// transparent mode is its end.
    #[must_use]
    pub fn without_events(mut self) -> Lint {
        self.options.lacks_events = true;
        self
    }

    /// Something crossed the border of the module at this time.
    pub fn see(&mut self, at: Instant, seen: Seen<'_>) {
        if !self.ended {
            self.note_presence(at, &seen);
        }
        match seen {
            Seen::Host(name, bytes) => self.on(at, name, |port, cx| port.host(cx, bytes)),
            // Bytes that nothing is made of: they count as payload, and as nothing else.
            Seen::HostHidden(name, n) => {
                for _ in 0..n {
                    self.on(at, name, |port, cx| port.host(cx, &[0]));
                }
            }
            Seen::Module(name, bytes) => self.on(at, name, |port, cx| port.module(cx, bytes)),
            Seen::ModuleHidden(name) => self.on(at, name, |port, _| port.module_hidden()),
            Seen::Attached(name) => self.on(at, name, |port, _| port.attached()),
            Seen::Detached(name) => self.on(at, name, |port, cx| port.detached(cx)),
            Seen::Dtr(name, on) => self.on(at, name, |port, cx| port.dtr(cx, on)),
            Seen::Mistake(name, command, what) => {
                self.on(at, name, |_, cx| (cx.sink)(&Fact::Habit { command, what }));
            }
            Seen::SocketChanged(client) => {
                self.ports.iter_mut().for_each(|watched| watched.port.link_ended(client));
            }
            Seen::Urc(name) => self.on(at, name, |port, _| port.urc_due()),
        }
    }

    /// The run is over: what should have followed will not follow any more. What is seen afterwards counts no more.
    pub fn end(&mut self, at: Instant) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        // What a host did not do after it had gone is no fault of its.
        let at = self.alone_since.map_or(at, |since| since.min(at));
        let names: Vec<AtPort> = self.ports.iter().map(|watched| watched.name).collect();
        for name in &names {
            self.on_port(at, *name, |port, cx| port.end(cx));
        }
        let port = names.first().copied().unwrap_or(AtPort::Uart1);
        let mut out = Out { now: at, port, findings: &mut self.findings };
        for watched in &mut self.ports {
            out.port = watched.name;
            watched.topics.iter_mut().for_each(|topic| topic.see(&Fact::End, &mut out));
        }
        for topic in &mut self.module {
            out.port = port;
            topic.see(&Fact::End, &mut out);
        }
    }

    /// The findings since the last call.
    pub fn news(&mut self) -> &[Finding] {
        let from = std::mem::replace(&mut self.told, self.findings.list.len());
        self.findings.list.get(from..).unwrap_or_default()
    }

    /// All findings so far, in order; of each rule at most [`KEPT`].
    pub fn findings(&self) -> &[Finding] {
        &self.findings.list
    }

    /// How often each rule was broken, in the order of [`RULES`].
    pub fn counts(&self) -> impl Iterator<Item = (&'static Rule, usize)> {
        self.findings.counts()
    }

    /// The severity of the worst finding.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.worst()
    }

    /// How many findings there are of what, in lines for people.
    pub fn summary(&self) -> String {
        let mut text = String::new();
        for severity in Severity::ALL {
            let all = self.counts().filter(|(rule, _)| rule.severity == severity);
            let sum: usize = all.map(|(_, count)| count).sum();
            text += &format!("{sum} {severity}{}, ", if sum == 1 { "" } else { "s" });
        }
        text.truncate(text.len() - 2);
        text.push('\n');
        for (rule, count) in self.counts() {
            text += &format!("{count:>6}  {}[{}] {}\n", rule.severity, rule.name, rule.what);
        }
        text
    }

    /// What the driver has met so far.
    pub fn coverage(&self) -> Coverage {
        self.meter.coverage()
    }

    fn note_presence(&mut self, at: Instant, seen: &Seen<'_>) {
        let (name, attached) = match seen {
            Seen::Host(name, _) | Seen::HostHidden(name, _) | Seen::Attached(name) => (*name, true),
            Seen::Detached(name) => (*name, false),
            _ => return,
        };
        self.watched(name);
        for watched in self.ports.iter_mut().filter(|watched| watched.name == name) {
            watched.attached = attached;
        }
        let is_alone = !self.ports.iter().any(|watched| watched.attached);
        self.alone_since = is_alone.then_some(at);
    }

    fn on(&mut self, at: Instant, name: AtPort, act: impl FnOnce(&mut Port, &mut Cx<'_>)) {
        if !self.ended {
            self.on_port(at, name, act);
        }
    }

    /// Sees to it that a port is followed.
    fn watched(&mut self, name: AtPort) {
        if !self.ports.iter().any(|watched| watched.name == name) {
            let (port, topics) = (Port::default(), watch::of_a_port());
            self.ports.push(Watched { name, attached: false, port, topics });
        }
    }

    fn on_port(&mut self, at: Instant, name: AtPort, act: impl FnOnce(&mut Port, &mut Cx<'_>)) {
        self.watched(name);
        let Some(watched) = self.ports.iter_mut().find(|watched| watched.name == name) else { return };
        let Watched { port, topics, .. } = watched;
        let mut out = Out { now: at, port: name, findings: &mut self.findings };
        let mut sink = |fact: &Fact<'_>| {
            self.meter.see(fact);
            for topic in topics.iter_mut().chain(&mut self.module) {
                topic.see(fact, &mut out);
            }
        };
        act(port, &mut Cx { now: at, options: &mut self.options, sink: &mut sink });
    }
}
