//! Follows the dialogue of one port: both directions, byte by byte, from the place of the host. What a host has not seen
//! yet it cannot have waited for, so order alone decides who was early.
//!
//! | state | host's bytes are | module's bytes are |
//! |---|---|---|
//! | Command | command lines | echo, unsolicited codes |
//! | Waiting | too early, and kept | echo, information text, the result |
//! | Payload | payload | its echo |
//! | Online | data | data, until `OK` of an escape or `NO CARRIER` |
//! | Wire | frames of a multiplexer, not followed | the same |

mod host;
mod output;

use crate::{
    SOCKETS,
    fact::{Fact, Good, Outcome, Payload},
    line::{Command, Line},
};
use at::{line::LineEditor, settings::Settings, spec::MaxResponse, syntax::Kind, time::Instant};
use std::time::Duration;

/// Bytes that are kept of what a host sends too early, as the module does (D32).
const MAX_AHEAD: usize = at::session::TYPE_AHEAD;
/// Bytes of a payload that are kept: the most that one may have.
const MAX_PAYLOAD: usize = 1460;
/// A line that was not even echoed for so long was not heard.
const DEAF: Duration = Duration::from_millis(300);
/// What hosts try until they are heard is not waited for longer than this.
const PROBE: Duration = Duration::from_millis(50);

/// What the ports of a module have in common.
#[derive(Debug)]
pub(crate) struct Options {
    /// `AT+QISDE`: payloads are echoed.
    payload_echo: bool,
    /// `AT+QICFG="viewmode"`: a comma stands between header and data.
    comma: bool,
    /// `AT+QICFG="dataformat"`: received data are hexadecimal.
    hex: bool,
    /// Access modes of the sockets.
    modes: [u8; SOCKETS],
    /// Nobody tells when a connection ends.
    pub(crate) lacks_events: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options { payload_echo: true, comma: false, hex: false, modes: [0; SOCKETS], lacks_events: false }
    }
}

impl Options {
    fn apply(&mut self, command: &Command) {
        let mode = |i| command.number(i).and_then(|n| u8::try_from(n).ok()).unwrap_or_default();
        let (id, mode) = match command.name() {
            "+QISDE" if command.kind == Kind::Set => {
                self.payload_echo = command.number(0) == Some(1);
                return;
            }
            "+QICFG" => return self.configure(command),
            "+QSSLOPEN" => (command.id(2), mode(5)),
            "+QIOPEN" => (command.id(1), mode(6)),
            "+QISWTMD" => (command.id(0), mode(1)),
            _ => return,
        };
        if let Some(slot) = id.and_then(|id| self.modes.get_mut(usize::from(id))) {
            *slot = mode;
        }
    }

    fn configure(&mut self, command: &Command) {
        match command.text(0).map(str::to_ascii_lowercase).as_deref() {
            Some("viewmode") if command.text(1).is_some() => self.comma = command.number(1) == Some(1),
            Some("dataformat") if command.text(2).is_some() => self.hex = command.number(2) == Some(1),
            _ => {}
        }
    }

    /// A listener's connection is as the listener is.
    fn incoming(&mut self, urc: &str) {
        let Some(rest) = urc.strip_prefix("+QIURC: \"incoming\",") else { return };
        let mut ids = rest.split(',').map(|id| id.parse::<usize>().ok());
        if let (Some(Some(id)), Some(Some(server))) = (ids.next(), ids.next())
            && let Some(mode) = self.modes.get(server).copied()
            && let Some(slot) = self.modes.get_mut(id)
        {
            *slot = mode;
        }
    }
}

/// Where a fact goes, and what it needs besides the port.
pub(crate) struct Cx<'a> {
    pub(crate) now: Instant,
    pub(crate) options: &'a mut Options,
    pub(crate) sink: &'a mut dyn FnMut(&Fact<'_>),
}

/// A command line that the module works on.
#[derive(Debug)]
struct Waiting {
    line: Line,
    /// What the host has sent since.
    ahead: Vec<u8>,
    /// The host has been told that it is early.
    told: bool,
    /// The line came back.
    echoed: bool,
    /// The payload that the host has sent.
    payload: Option<Payload>,
    /// A file is on its way to the host: bytes so far.
    download: Option<usize>,
}

/// Transparent mode.
#[derive(Debug, Default)]
struct Online {
    client: Option<u8>,
    /// The last of the module's bytes.
    tail: Vec<u8>,
    /// Pluses at the end of what the host has sent.
    pluses: usize,
    /// When the last of them came.
    last: Instant,
    /// The connection has ended: `NO CARRIER` is due.
    ended: bool,
    /// DTR went off, and the module reacts.
    dtr_off: bool,
    /// An unsolicited code is on its way.
    urc_due: bool,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Command,
    Waiting(Box<Waiting>),
    Payload(Box<Waiting>, Box<Payload>),
    Online(Online),
    Wire,
}

/// One port.
#[derive(Debug, Default)]
pub(crate) struct Port {
    settings: Settings,
    /// A stored profile was loaded: it may say anything.
    form_unknown: bool,
    state: State,
    // ---- the host's lines
    editor: LineEditor,
    /// The `A` or `a` that begins a line, or may.
    prefix: Option<u8>,
    /// A prefix in mixed case: the rest of its line is noise.
    mixed: bool,
    after_cr: bool,
    host_sends_lf: bool,
    /// What may lie behind this payload.
    behind: Option<Payload>,
    /// Bytes that came early are read now.
    draining: bool,
    /// Lines that the module has not reacted to: the first, and how many.
    unheard: Option<(String, usize)>,
    dtr: bool,
    // ---- the module's lines
    text: Vec<u8>,
    /// Raw bytes still to come.
    skip: usize,
    /// Raw bytes that begin behind the line end.
    skip_next: usize,
    /// Payload bytes that the module has still to echo.
    echo_due: usize,
    /// The trace leaves bytes out here.
    gap: bool,
    /// The connection that was left by `+++`.
    suspended: Option<u8>,
}

impl Port {
    /// The line has ended.
    fn finish(&mut self, cx: &mut Cx<'_>, outcome: Outcome) {
        let (waiting, unfinished) = match std::mem::take(&mut self.state) {
            State::Waiting(waiting) => (*waiting, None),
            State::Payload(waiting, payload) => (*waiting, Some(*payload)),
            other => {
                self.state = other;
                return;
            }
        };
        self.echo_due = 0;
        if outcome != Outcome::Unknown {
            self.unheard = None;
        }
        let connects = outcome == Outcome::Good(Good::Connect);
        if let (true, Some(command)) = (connects, waiting.line.connects().filter(|c| c.moves_file())) {
            let command = command.clone();
            return self.transfer(cx, waiting, &command);
        }
        // Of a payload that a trace leaves out only the length is known.
        if let Some(mut payload) = unfinished.filter(|_| outcome != Outcome::Unknown) {
            payload.broken_off = outcome == Outcome::Bad;
            (cx.sink)(&Fact::Payload(&payload));
        }
        if outcome != Outcome::Unknown && !waiting.echoed {
            self.settings.echo = false;
        }
        if outcome.may_be_good() {
            for command in &waiting.line.commands {
                self.apply(command);
                cx.options.apply(command);
            }
        }
        (cx.sink)(&Fact::Result(&waiting.line, outcome));
        if connects {
            let client = waiting.line.connects().and_then(|command| match command.name() {
                "+QSSLOPEN" => command.id(2),
                "+QIOPEN" => command.id(1),
                "+QISWTMD" => command.id(0),
                _ => self.suspended,
            });
            self.suspended = client;
            (cx.sink)(&Fact::Online(client));
            // An end that nobody announces may come at any time.
            let (ended, urc_due) = (cx.options.lacks_events, cx.options.lacks_events);
            self.state = State::Online(Online { client, last: cx.now, ended, urc_due, ..Online::default() });
        } else if outcome == Outcome::Good(Good::Ok) && waiting.line.commands.iter().any(|c| c.sets("+CMUX"))
        {
            self.state = State::Wire;
        }
        self.behind = waiting.payload;
        self.drain(cx, &waiting.ahead);
    }

    /// A file begins to move.
    fn transfer(&mut self, cx: &mut Cx<'_>, mut waiting: Waiting, command: &Command) {
        if command.name() == "+QFUPL" || command.name() == "+QFWRITE" {
            let size = command.number(1).and_then(|n| usize::try_from(n).ok());
            let ahead = std::mem::take(&mut waiting.ahead);
            waiting.told = false;
            let payload = new_payload(command, Some(size.unwrap_or(10_240)), cx.now);
            self.state = State::Payload(Box::new(waiting), Box::new(payload));
            return self.drain(cx, &ahead);
        }
        waiting.ahead.clear();
        // Nothing is expected of the host now, and nothing harms.
        waiting.told = true;
        waiting.download = (command.name() == "+QFDWL").then_some(0);
        self.state = State::Waiting(Box::new(waiting));
    }

    /// What has come too early is read now.
    fn drain(&mut self, cx: &mut Cx<'_>, ahead: &[u8]) {
        let outer = std::mem::replace(&mut self.draining, true);
        self.host(cx, ahead);
        self.draining = outer;
    }

    /// What a command that worked has changed.
    fn apply(&mut self, command: &Command) {
        let number = std::str::from_utf8(&command.tail).ok().and_then(|n| n.trim().parse::<u8>().ok());
        let value = number.unwrap_or_default();
        match (command.name(), command.kind) {
            ("E", _) => self.settings.echo = value != 0,
            ("V", _) => (self.settings.verbose, self.form_unknown) = (value != 0, false),
            ("Q", _) => self.settings.quiet = value != 0,
            ("&D", _) => self.settings.dtr = value,
            ("&F" | "Z", _) => {
                self.settings = Settings::default();
                self.form_unknown = command.name() == "Z";
            }
            ("S", Kind::Set) => {
                if let Some(register) = command.register {
                    self.settings.s.set(register, value);
                }
            }
            _ => {}
        }
    }

    /// The module starts anew: whatever was going on is over.
    fn restarted(&mut self, cx: &mut Cx<'_>) {
        if let Some((first, count)) = self.unheard.take() {
            (cx.sink)(&Fact::Unheard(&first, count));
        }
        let (sends_lf, dtr) = (self.host_sends_lf, self.dtr);
        *self = Port { host_sends_lf: sends_lf, dtr, form_unknown: true, ..Port::default() };
    }

    /// A host opens the port.
    pub(crate) fn attached(&mut self) {
        self.dtr = true;
    }

    /// The host closes the port: DTR goes off, and what it has not completed is void.
    pub(crate) fn detached(&mut self, cx: &mut Cx<'_>) {
        match std::mem::take(&mut self.state) {
            State::Payload(_, payload) => (cx.sink)(&Fact::Payload(&payload)),
            State::Online(online) => match self.settings.dtr {
                0 => self.state = State::Online(online),
                1 => (cx.sink)(&Fact::Escaped),
                _ => (cx.sink)(&Fact::NoCarrier { client: online.client, by_dtr: true }),
            },
            State::Wire | State::Command | State::Waiting(_) => {}
        }
        self.editor.reset();
        (self.prefix, self.after_cr, self.behind, self.dtr) = (None, false, None, false);
        (self.text, self.skip, self.skip_next, self.echo_due) = (Vec::new(), 0, 0, 0);
        (cx.sink)(&Fact::Detached);
    }

    /// The host moves DTR.
    pub(crate) fn dtr(&mut self, cx: &mut Cx<'_>, on: bool) {
        let fell = self.dtr && !on;
        self.dtr = on;
        if let (true, State::Online(online)) = (fell, &mut self.state) {
            let reaction = self.settings.dtr;
            online.dtr_off = reaction != 0;
            (cx.sink)(&Fact::DtrOff { reaction });
        }
    }

    /// A connection has ended, or changed its state.
    pub(crate) fn link_ended(&mut self, client: u8) {
        if let State::Online(online) = &mut self.state {
            online.ended |= online.client.is_none_or(|own| own == client);
        }
    }

    /// The module prints an unsolicited code here, behind what it has printed already: transparent mode is over by
    /// then, by a restart if by nothing else.
    pub(crate) fn urc_due(&mut self) {
        if let State::Online(online) = &mut self.state {
            online.urc_due = true;
        }
    }

    /// The run is over.
    pub(crate) fn end(&mut self, cx: &mut Cx<'_>) {
        if let State::Payload(_, payload) = &self.state {
            (cx.sink)(&Fact::Payload(payload));
        }
    }
}

impl Waiting {
    fn new(line: Line) -> Waiting {
        Waiting { line, ahead: Vec::new(), told: false, echoed: false, payload: None, download: None }
    }

    /// A host that waits no longer has waited long enough.
    fn has_had_time(&self, now: Instant, echoes: bool) -> bool {
        let waited = now.since(self.line.at);
        if !self.echoed && (echoes && waited >= DEAF || self.line.is_probe() && waited >= PROBE) {
            return true;
        }
        let longest =
            self.line.commands.iter().map(|command| match command.row.map(|row| row.max_response) {
                Some(MaxResponse::Seconds(s)) => Duration::from_secs(s.into()),
                Some(MaxResponse::Words(_)) => Duration::MAX,
                Some(MaxResponse::Millis(ms)) => Duration::from_millis(ms.into()),
                None => DEAF,
            });
        waited >= longest.max().unwrap_or(DEAF)
    }
}

fn new_payload(command: &Command, announced: Option<usize>, now: Instant) -> Payload {
    Payload {
        command: command.clone(),
        announced,
        bytes: Vec::new(),
        count: 0,
        end: None,
        last: now,
        paused_at: None,
        echoed: false,
        broken_off: false,
    }
}
