//! Working off a command line: find the row, check the form, run it, and turn its outcome into a result code
//! and the next state of the port.

use crate::{
    cause::{Cause, CommandCause},
    commands::{self, Group, params, transfer::Family},
    contract::{AtPort, PortId, Tolerance},
    errors::{ErrorCode, Failure, cme},
    events::Event,
    port::{Doubt, Link, Op, Port},
    socket::{AccessMode, ClientId},
    state::Core,
};
use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
    vec::Vec,
};
use at::{
    args::{ArgError, Args, Leniency, Value},
    result::{Cme, ResultCode},
    session::{PayloadKind, Prompt},
    spec::{Command, Param, Source, Test},
    syntax::{self, Invocation, Kind},
    test_reply,
    time::Instant,
};
use core::time::Duration;

/// What a handler works on.
pub struct Cx<'a> {
    /// Now.
    pub now: Instant,
    /// The module behind the ports.
    pub core: &'a mut Core,
    /// The port that the command came from.
    pub port: &'a mut Port,
}

/// Runs one form of a command.
pub(crate) type Run = fn(&mut Cx<'_>, &Args) -> Outcome;

/// A row of the command table.
pub type Row = Command<Run, Group>;

/// What a handler answers.
pub enum Outcome {
    /// The next command of the line, or `OK` after the last.
    Done,
    /// Ends the line with an error.
    Fail(Failure),
    /// Ends the line with this result code.
    Final(ResultCode),
    /// The outcome comes when the operation ends.
    Later(Op),
    /// A prompt, and a payload that the operation takes.
    Prompt(PayloadKind, Op),
    /// `CONNECT` in the form given, and bytes to or from the operation.
    Transfer(ResultCode, PayloadKind, Op),
    /// `CONNECT`: the port is the connection of this socket.
    Online(ClientId),
    /// `OK`, and then the module starts anew.
    Restart,
    /// `OK`, and then the module is off.
    PowerDown,
    /// `OK`, and then the port is a multiplexed wire with this N1.
    Multiplex(usize),
}

impl Outcome {
    /// Fails with a code for `AT+QIGETERROR`.
    pub fn code(code: ErrorCode) -> Outcome {
        Outcome::Fail(Failure::Code(code))
    }

    /// Fails with a `+CME ERROR`.
    pub fn cme(cme: Cme) -> Outcome {
        Outcome::Fail(Failure::Cme(cme))
    }

    /// The same after the delay that real hardware takes, in milliseconds.
    pub fn after(self, now: Instant, millis: u32) -> Outcome {
        match millis {
            0 => self,
            _ => Outcome::Later(Op::Delay(now + Duration::from_millis(u64::from(millis)), Box::new(self))),
        }
    }
}

impl Cx<'_> {
    /// Prints a line of information text.
    pub fn info(&mut self, text: impl AsRef<[u8]>) {
        self.port.session.info(text.as_ref());
    }

    /// Tells trace readers that the host did what it should not, and it was accepted.
    pub fn mistake(&mut self, command: &str, what: impl Into<String>) {
        let event = Event::HostMistake { port: self.port.name, command: command.into(), what: what.into() };
        self.core.event(event);
    }

    /// Explains the failure that follows: trace readers are told when the host is.
    pub fn refused(&mut self, cause: impl Into<Cause>) {
        self.port.doubt = Doubt::Cause(cause.into());
    }

    /// Fails for this reason.
    pub fn refuse(&mut self, code: ErrorCode, cause: impl Into<Cause>) -> Outcome {
        self.refused(cause);
        Outcome::code(code)
    }

    /// Tells trace readers that the host is told of a failure, and why.
    pub fn tell_refused(&mut self, failure: Failure) {
        let cause = match core::mem::take(&mut self.port.doubt) {
            Doubt::None => Cause::Result(failure),
            Doubt::Cause(cause) => cause,
            Doubt::Told => return,
        };
        let (port, command) = (self.port.name, self.port.running.into());
        self.core.event(Event::Refused { port, command, failure, cause });
    }

    /// Works off what is left of the line.
    pub fn run_line(&mut self) -> After {
        loop {
            let rest = core::mem::take(&mut self.port.rest);
            let mut body = rest.as_slice();
            let outcome = match syntax::next(&mut body) {
                None => Outcome::Final(ResultCode::Ok),
                Some(Err(_)) => {
                    self.begin("");
                    self.refused(CommandCause::NotACommand);
                    Outcome::Fail(Failure::Plain)
                }
                Some(Ok(invocation)) => {
                    self.port.rest = body.to_vec();
                    self.port.session.begin_command();
                    self.run(&invocation)
                }
            };
            match self.apply(outcome) {
                Applied::NextCommand => {}
                Applied::Stop(after) => return after,
            }
        }
    }

    /// What an operation that ended leads to.
    pub fn resume(&mut self, outcome: Outcome) -> After {
        match self.apply(outcome) {
            Applied::NextCommand => self.run_line(),
            Applied::Stop(after) => after,
        }
    }

    /// A command begins, of which nothing is known yet.
    fn begin(&mut self, command: &'static str) {
        (self.port.running, self.port.doubt) = (command, Doubt::None);
    }

    fn apply(&mut self, outcome: Outcome) -> Applied {
        if let Outcome::Fail(failure) = outcome {
            self.tell_refused(failure);
        }
        let (now, port) = (self.now, &mut *self.port);
        match outcome {
            Outcome::Done => return Applied::NextCommand,
            Outcome::Fail(failure) => {
                if let Failure::Code(code) = failure {
                    self.core.register = code;
                }
                port.session.finish(match failure {
                    Failure::Code(_) | Failure::Plain => ResultCode::Error,
                    Failure::Cme(cme) => ResultCode::Cme(cme),
                });
            }
            Outcome::Final(code) => port.session.finish(code),
            Outcome::Later(op) => {
                port.op = Some(op);
                return Applied::Stop(After::Nothing);
            }
            Outcome::Prompt(kind, op) => {
                port.op = Some(op);
                let limit = match &port.op {
                    Some(Op::Send(sending)) if sending.family == Family::TcpIp => {
                        self.core.options.send_timeout
                    }
                    _ => 0,
                };
                let prompt = Prompt {
                    echo: self.core.payload_echo,
                    own_line: self.core.options.prompt_form == 1,
                    patience: (limit > 0).then(|| Duration::from_secs(u64::from(limit))),
                };
                port.session.prompt(now, kind, prompt);
            }
            Outcome::Transfer(connect, kind, op) => {
                port.op = Some(op);
                port.session.connect(now, connect, kind);
            }
            Outcome::Online(client) => self.go_online(client),
            Outcome::Restart => {
                port.session.finish(ResultCode::Ok);
                return Applied::Stop(After::Restart);
            }
            Outcome::PowerDown => {
                port.session.finish(ResultCode::Ok);
                return Applied::Stop(After::PowerDown);
            }
            Outcome::Multiplex(n1) => {
                port.rest = Vec::new();
                port.session.finish(ResultCode::Ok);
                return Applied::Stop(After::Multiplex(port.id, n1));
            }
        }
        Applied::Stop(After::Nothing)
    }

    fn go_online(&mut self, client: ClientId) {
        if let Some(about) = &mut self.core.links.get_mut(client).about {
            about.mode = AccessMode::Transparent;
        }
        self.port.link = Link::Online(client);
        self.port.rest = Vec::new();
        self.port.session.go_online(self.now);
    }

    fn run(&mut self, invocation: &Invocation) -> Outcome {
        let name = invocation.name.as_str();
        let Some((row, alias)) = Command::find(commands::TABLE, name) else {
            self.begin("");
            self.refused(CommandCause::NoSuchCommand { name: name.into() });
            return Outcome::Fail(Failure::Plain);
        };
        self.begin(row.name);
        if self.core.narrates {
            self.narrate(row, invocation);
        }
        if let Some(Source::Misprint(section)) = alias.map(|alias| alias.source) {
            if self.core.tolerance == Tolerance::Strict {
                self.refused(CommandCause::Misprint { section, command: row.name });
                return Outcome::Fail(Failure::Plain);
            }
            self.mistake(name, format!("a misprint of section {section}; the command is {}", row.name));
        }
        if row.group.has_register() {
            self.core.register = ErrorCode::Success;
        }
        let none = Args::default();
        let outcome = match invocation.kind {
            Kind::Test => self.test(row),
            Kind::Read => match (row.read, invocation.register) {
                (Some(run), None) => run(self, &none),
                (Some(run), Some(n)) => run(self, &Args::single(&params::REGISTER, u32::from(n))),
                (None, _) => self.no_such_form(row, "?"),
            },
            Kind::Exec => match (row.exec, row.set.first()) {
                (Some(run), _) => self.point(row, &none).unwrap_or_else(|| run(self, &none)),
                // A basic command without its number means 0 (V.250 5.3.1).
                (None, Some(_)) if row.group == Group::Basic && invocation.register.is_none() => {
                    let zero = Invocation { tail: b"0".to_vec(), ..invocation.clone() };
                    self.set(row, &zero)
                }
                (None, _) => self.no_such_form(row, ""),
            },
            Kind::Set if row.set.is_empty() => self.no_such_form(row, "="),
            Kind::Set => self.set(row, invocation),
        };
        if row.group == Group::File { self.written(outcome) } else { outcome }
    }

    /// Tells trace readers what a command means.
    fn narrate(&mut self, row: &'static Row, invocation: &Invocation) {
        let form = match invocation.kind {
            Kind::Test => "=?",
            Kind::Read => "?",
            Kind::Exec => "",
            Kind::Set => "=",
        };
        // What is wrong with parameters is told when they are refused.
        let parsed = match invocation.kind {
            Kind::Set => Args::parse(row.set, invocation.register, &invocation.tail, self.leniency()).ok(),
            Kind::Test | Kind::Read | Kind::Exec => None,
        };
        let item = parsed.iter().filter_map(|(form, _)| Some(("item", format!("\"{}\"", form.selector?))));
        let values = parsed.iter().flat_map(|(_, args)| args.values());
        // Of `<IP_address>/<domain_name>` the second stands for both.
        let name = |name: &'static str| name.rsplit_once(">/<").map_or(name, |(_, last)| last);
        let values = values.map(|(param, value)| (name(param.name), in_words(param, value)));
        let values = item.chain(values).collect();
        let event = Event::Command {
            port: self.port.name,
            command: row.name,
            form,
            section: row.section,
            summary: row.summary,
            values,
        };
        self.core.event(event);
    }

    fn leniency(&self) -> Leniency {
        Leniency {
            misprints: self.core.tolerance != Tolerance::Strict,
            foreign: self.core.tolerance == Tolerance::Lenient,
        }
    }

    fn test(&mut self, row: &'static Row) -> Outcome {
        match row.test {
            Test::Derived if row.group == Group::Basic => return self.no_such_form(row, "=?"),
            Test::Derived => {
                for line in test_reply::lines(row) {
                    self.info(line);
                }
            }
            Test::Empty => {}
            Test::Literal(lines) => lines.iter().for_each(|line| self.info(line)),
            Test::Run(run) => return run(self, &Args::default()),
        }
        Outcome::Done
    }

    fn set(&mut self, row: &'static Row, invocation: &Invocation) -> Outcome {
        match self.parse(row, invocation) {
            Ok((run, args)) => self.point(row, &args).unwrap_or_else(|| run(self, &args)),
            Err(error) => self.wrong_parameter(row, &error.to_string()),
        }
    }

    fn parse(&mut self, row: &'static Row, invocation: &Invocation) -> Result<(Run, Args), ArgError> {
        let (form, args) = Args::parse(row.set, invocation.register, &invocation.tail, self.leniency())?;
        for habit in args.habits() {
            self.mistake(row.name, habit.to_string());
        }
        Ok((form.run, args))
    }

    fn no_such_form(&mut self, row: &'static Row, form: &'static str) -> Outcome {
        self.refused(CommandCause::NoSuchForm { command: row.name, form });
        match row.group {
            Group::Ssl | Group::TcpIp => Outcome::code(ErrorCode::InvalidParameter),
            Group::Basic | Group::General | Group::File | Group::LastError => Outcome::Fail(Failure::Plain),
        }
    }

    /// Refuses a parameter in the way of the command's family.
    pub fn wrong_parameter(&mut self, row: &'static Row, why: &str) -> Outcome {
        self.refused(CommandCause::Parameter { command: row.name, what: why.into() });
        match row.group {
            Group::Ssl | Group::TcpIp => Outcome::code(ErrorCode::InvalidParameter),
            Group::General => Outcome::cme(cme::INCORRECT_PARAMETERS),
            Group::File => Outcome::cme(cme::FILE_PARAMETER),
            Group::Basic | Group::LastError => Outcome::Fail(Failure::Plain),
        }
    }
}

/// A value with its meaning, where the documents list meanings.
fn in_words(param: &Param, value: &Value) -> String {
    match value {
        Value::Int(number) => match param.meaning(*number) {
            Some(meaning) => format!("{number} ({meaning})"),
            None => number.to_string(),
        },
        Value::Text(text) => format!("\"{text}\""),
        Value::Codes(codes) => {
            let codes: Vec<String> = codes.iter().map(|code| format!("0X{code:04X}")).collect();
            codes.join(":")
        }
    }
}

enum Applied {
    NextCommand,
    Stop(After),
}

/// What the module does after a line, beyond what the port has seen.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Nothing.
    Nothing,
    /// Start anew.
    Restart,
    /// Switch off.
    PowerDown,
    /// Multiplex the port with this N1.
    Multiplex(PortId, usize),
}

/// Which port an unsolicited result code goes to that belongs to no socket: the one of `AT+QURCCFG`, or the first
/// that is open.
pub(crate) fn route_general(ports: &[Port], named: AtPort) -> Option<PortId> {
    let open = || ports.iter().filter(|port| port.attached);
    open().find(|port| port.name == named).or_else(|| open().next()).map(|port| port.id)
}

/// Which port an unsolicited result code goes to: the one that `opener` names, or the first that is open (D21).
pub(crate) fn route(ports: &[Port], opener: PortId) -> Option<PortId> {
    let attached = |id: PortId| ports.iter().any(|port| port.id == id && port.attached);
    if attached(opener) {
        return Some(opener);
    }
    ports.iter().find(|port| port.attached).map(|port| port.id)
}
