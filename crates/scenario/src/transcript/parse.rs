//! The text of a transcript to what it asks for.

use super::acts::{Act, HostAct};
use super::compare::{Expect, What};
use super::escape::unescape;
use super::forms::{Found, Load, Read, find};
use super::words::{DEFAULT_CLOCK, number};
use super::{Failure, forms, setup};
use faults::nearest;
use module::{AtPort, Setup};

/// A transcript, parsed.
pub(super) struct Script {
    pub(super) setup: Setup,
    /// Ports that no host has opened at boot.
    pub(super) closed: Vec<usize>,
    /// Lines that a driver may send at any time.
    pub(super) allowed: Vec<String>,
    /// What the module says at boot, and then the steps.
    pub(super) steps: Vec<Step>,
}

/// A thing that happens, and what the module says because of it.
pub(super) struct Step {
    pub(super) line: usize,
    pub(super) act: Act,
    pub(super) expect: Vec<Expect>,
}

/// More wrong lines than this are not listed.
const MOST_FAILURES: usize = 20;

/// Longest line of a file. What stands for more bytes is written as `\{N*x}`.
const MAX_LINE: usize = 1 << 20;

/// Reads a transcript. Every line that is wrong is told, up to some number.
pub(super) fn script(text: &str, load: Load<'_>) -> Result<Script, Vec<Failure>> {
    let mut script = Script {
        setup: Setup { ports: Vec::new(), clock_unix: DEFAULT_CLOCK, narrates: true, ..Setup::default() },
        closed: Vec::new(),
        allowed: Vec::new(),
        steps: vec![Step { line: 0, act: Act::Boot, expect: Vec::new() }],
    };
    let mut failures = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim_start();
        if let Err(mut failure) = script.line(index + 1, line, load) {
            failure.line = index + 1;
            failures.push(failure);
            if failures.len() == MOST_FAILURES {
                break;
            }
        }
    }
    failures.extend(script.endless());
    if failures.is_empty() && script.is_empty() {
        let remedy = "write what the host sends, as in `> AT`, and behind it what the module has to say";
        failures.push(Failure::new("there is nothing to play in it").remedy(remedy).at(1));
    }
    if !failures.is_empty() {
        return Err(failures);
    }
    if script.setup.ports.is_empty() {
        script.setup.ports.push(AtPort::Uart1);
    }
    Ok(script)
}

/// Marks of the dialogue; of two that fit the first is meant.
const MARKS: [&str; 9] = [">>*", ">>", ">...", ">*", ">?", ">", "<...", "<*", "<"];

impl Script {
    /// Nothing happens, and nothing has to be said.
    fn is_empty(&self) -> bool {
        matches!(self.steps.as_slice(), [boot] if boot.expect.is_empty())
    }

    /// A `>...` that nothing ends.
    fn endless(&self) -> Option<Failure> {
        let port = |step: &Step| match step.act {
            Act::Host(port, HostAct::Anything) => Some(port),
            _ => None,
        };
        let ends = |step: &Step, at| matches!(&step.act, Act::Host(port, HostAct::Sends(_)) if *port == at);
        let mut pairs = self.steps.windows(2).filter_map(|pair| port(&pair[0]).map(|port| (port, pair)));
        let (_, pair) = pairs.find(|(port, pair)| !ends(&pair[1], *port))?;
        let remedy = "write the `>` or `>>` line that ends it behind it, or nothing at all";
        Some(Failure::new("nothing ends this").remedy(remedy).at(pair[0].line))
    }

    fn line(&mut self, number: usize, line: &str, load: Load<'_>) -> Result<(), Failure> {
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if line.len() > MAX_LINE {
            let remedy = "write bytes that repeat as `\\{1460*x}`, and the others in several lines";
            return Err(Failure::new(format!("this line is longer than {MAX_LINE} bytes")).remedy(remedy));
        }
        if let Some(channel) = channel(line) {
            self.add_channel(channel);
        }
        let names: Vec<&str> = self.setup.ports.iter().map(|port| port.name()).collect();
        let names = if names.is_empty() { vec![AtPort::Uart1.name()] } else { names };
        if let Some((name, mark, rest)) = dialogue(line) {
            let port = match name {
                "" => 0,
                _ => names.iter().position(|port| *port == name).ok_or_else(|| no_port(name, &names))?,
            };
            return self.dialogue(number, port, mark, rest).map_err(|what| of_dialogue(what, mark));
        }
        match find(line, &names, load) {
            Found::Line(form, fields) => {
                let wrong = |what: String| Failure::new(what).remedy(form.remedy());
                match form.read {
                    Read::Setup(_) if self.steps.len() > 1 => {
                        Err(Failure::new("this belongs before the first step").remedy("move the line up"))
                    }
                    Read::Setup(read) => read(self, &fields).map_err(wrong),
                    Read::Act(read) => {
                        let act = read(&fields).map_err(wrong)?;
                        self.step(number, act);
                        Ok(())
                    }
                    Read::Dialogue => Ok(()),
                }
            }
            Found::Nothing { closest, instead_of, word } => {
                let first = line.split_whitespace().next().unwrap_or_default();
                match setup::port_named(first) {
                    Some(port) if !names.contains(&port.name()) => Err(no_port(first, &names)),
                    _ => Err(unknown(line, closest, instead_of, word)),
                }
            }
        }
    }

    /// A channel is a port without further words, behind all others.
    fn add_channel(&mut self, channel: AtPort) {
        let ports = &mut self.setup.ports;
        if ports.is_empty() {
            ports.push(AtPort::Uart1);
        }
        if !ports.contains(&channel) {
            self.closed.push(ports.len());
            ports.push(channel);
        }
    }

    fn step(&mut self, line: usize, act: Act) {
        self.steps.push(Step { line, act, expect: Vec::new() });
    }

    /// `> x`, `>> x`, `< x` and so on, with or without the name of a port.
    fn dialogue(&mut self, line: usize, port: usize, mark: &str, rest: &str) -> Result<(), String> {
        let sent = || [rest.as_bytes(), b"\r"].concat();
        let nothing_behind = || match rest.trim() {
            "" => Ok(()),
            _ => Err(format!("nothing stands behind `{mark}`")),
        };
        let what = match mark {
            "<" => What::Bytes(unescape(rest)?),
            "<*" => nothing_behind().map(|()| What::AnyLine)?,
            "<..." => nothing_behind().map(|()| What::Anything)?,
            _ => {
                let act = match mark {
                    ">" => HostAct::Sends(sent()),
                    ">?" => HostAct::May(sent()),
                    ">*" => HostAct::AnyLine((!rest.trim().is_empty()).then(sent)),
                    ">..." => nothing_behind().map(|()| HostAct::Anything)?,
                    ">>*" => any_bytes(rest)?,
                    _ => HostAct::Sends(unescape(rest)?),
                };
                self.step(line, Act::Host(port, act));
                return Ok(());
            }
        };
        if let Some(step) = self.steps.last_mut() {
            step.expect.push(Expect { line, port, what });
        }
        Ok(())
    }
}

/// `N`, or `N BYTES`.
fn any_bytes(rest: &str) -> Result<HostAct, String> {
    let Some((count, bytes)) = rest.trim().split_once(' ') else {
        return Ok(HostAct::AnyBytes(number(rest.trim())?, None));
    };
    let (count, bytes) = (number(count)?, unescape(bytes)?);
    match bytes.len() {
        n if n == count => Ok(HostAct::AnyBytes(count, Some(bytes))),
        n => Err(format!("here are {n} bytes and not {count}")),
    }
}

/// The channel of a multiplexer that a line names in front.
fn channel(line: &str) -> Option<AtPort> {
    let end = line.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(line.len());
    AtPort::CHANNELS.into_iter().find(|port| port.name() == &line[..end])
}

/// Port, mark and text of a line of the dialogue.
fn dialogue(line: &str) -> Option<(&str, &'static str, &str)> {
    let name_len = line.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let (name, rest) = line.split_at(name_len);
    let mark = MARKS.into_iter().find(|mark| rest.starts_with(mark))?;
    let text = &rest[mark.len()..];
    Some((name, mark, text.strip_prefix(' ').unwrap_or(text)))
}

fn of_dialogue(what: String, mark: &str) -> Failure {
    let form = forms().find(|form| form.form.split(' ').next() == Some(mark));
    Failure { remedy: form.map(forms::Form::remedy), ..Failure::new(what) }
}

/// A line about a port that the module does not have.
fn no_port(name: &str, names: &[&str]) -> Failure {
    let failure = Failure::new(format!("no port `{name}` is in use"));
    match (nearest(name, names.iter().copied()), setup::port_named(name)) {
        (Some(meant), None) => failure.remedy(format!("did you mean `{meant}`?")),
        (_, Some(port)) => failure.remedy(format!("write `use port {}` at the top", port.name())),
        (None, None) => failure.remedy(format!("there are {}", names.join(", "))),
    }
}

fn unknown(line: &str, closest: Option<&forms::Form>, instead_of: &str, word: Option<&str>) -> Failure {
    let shown: String = line.chars().take(60).collect();
    let failure = Failure::new(format!("no such line: `{shown}`"));
    if line.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("AT")) {
        return failure.remedy("put `> ` in front of what the host sends");
    }
    match (word, closest) {
        (Some(word), _) => failure.remedy(format!("did you mean `{word}` instead of `{instead_of}`?")),
        (None, Some(form)) => failure.remedy(form.remedy()),
        (None, None) => failure.remedy("docs/scenario.md lists all kinds of lines"),
    }
}
