//! The text of a transcript to what it asks for.

use super::escape::unescape;
use super::{Failure, fixture, service};
use crate::world::{Answer, Service};
use core::time::Duration;
use module::{AtPort, Coverage, MODELS, NetFailure, Operator, Setup, SimCard, Timing, Tolerance};
use std::net::SocketAddr;

/// A transcript, parsed.
pub(super) struct Script {
    pub(super) setup: Setup,
    /// What the module says at boot, and then the steps.
    pub(super) steps: Vec<Step>,
}

/// A thing that happens, and what the module says because of it.
pub(super) struct Step {
    pub(super) line: usize,
    pub(super) act: Act,
    pub(super) expect: Vec<Expect>,
}

/// A `<` line.
pub(super) struct Expect {
    pub(super) line: usize,
    pub(super) port: usize,
    pub(super) bytes: Vec<u8>,
}

/// Makes a service; a script is played several times.
pub(super) type MakeService = Box<dyn Fn() -> Service>;

/// What happens in a step. Peers are counted from 0 here.
pub(super) enum Act {
    Boot,
    Name(String, Answer),
    Serve(SocketAddr, MakeService, Option<u16>),
    Latency(Duration),
    Window(usize),
    Send(usize, Vec<u8>),
    Wait(Duration),
    PeerSends(usize, Vec<u8>),
    PeerCloses(usize),
    PeerCuts(usize),
    PeerResets(usize),
    PeerReads(usize, bool),
    PeerGot(usize, Vec<u8>),
    PeerSaw(usize, String),
    PeerMissed(usize, String),
    PeerMet(usize, usize),
    PeerCalls(usize),
    PeerRefused(usize, usize),
    Fault(NetFailure),
    Dtr(bool),
    Rts(bool),
    Attach(bool),
    HostReads(bool),
    /// A line of the module, by name, and how it has to be.
    Line(String, bool),
    Event(String),
    NoEvent(String),
    Stored(String, Option<Vec<u8>>),
    Operate(Operator),
    Settings(String),
}

/// 2026-11-22T12:00:00Z: inside the validity of every good certificate.
pub(super) const DEFAULT_CLOCK: i64 = 1_795_348_800;

const PORTS: [AtPort; 7] = [
    AtPort::UsbModem,
    AtPort::UsbAt,
    AtPort::Uart1,
    AtPort::Cmux1,
    AtPort::Cmux2,
    AtPort::Cmux3,
    AtPort::Cmux4,
];

pub(super) fn script(text: &str) -> Result<Script, Failure> {
    let mut script = Script {
        setup: Setup { ports: Vec::new(), clock_unix: DEFAULT_CLOCK, ..Setup::default() },
        steps: vec![Step { line: 0, act: Act::Boot, expect: Vec::new() }],
    };
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        script.line(number, line).map_err(|what| Failure { line: number, what })?;
    }
    if script.setup.ports.is_empty() {
        script.setup.ports.push(AtPort::Uart1);
    }
    Ok(script)
}

impl Script {
    fn line(&mut self, number: usize, line: &str) -> Result<(), String> {
        if line.trim().is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if let Some((port, mark, rest)) = self.dialogue(line)? {
            match mark {
                "<" => {
                    let expect = Expect { line: number, port, bytes: unescape(rest)? };
                    self.steps.last_mut().ok_or("nothing happened yet")?.expect.push(expect);
                }
                ">" => self.step(number, Act::Send(port, [rest.as_bytes(), b"\r"].concat())),
                _ => self.step(number, Act::Send(port, unescape(rest)?)),
            }
            return Ok(());
        }
        if self.module_line(line)? {
            return if self.steps.len() == 1 {
                Ok(())
            } else {
                Err("this belongs before the first step".into())
            };
        }
        let act = act(line)?;
        self.step(number, act);
        Ok(())
    }

    fn step(&mut self, line: usize, act: Act) {
        self.steps.push(Step { line, act, expect: Vec::new() });
    }

    /// `> x`, `>> x`, `< x`, with or without the name of a port.
    fn dialogue<'a>(&self, line: &'a str) -> Result<Option<(usize, &'static str, &'a str)>, String> {
        let name_len = line.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let (name, rest) = line.split_at(name_len);
        let Some(mark) = [">>", ">", "<"].into_iter().find(|mark| rest.starts_with(mark)) else {
            return Ok(None);
        };
        let text = &rest[mark.len()..];
        let text = text.strip_prefix(' ').unwrap_or(text);
        let port = match name {
            "" => 0,
            _ => self
                .setup
                .ports
                .iter()
                .position(|p| p.name() == name)
                .ok_or_else(|| format!("no port {name} in use"))?,
        };
        Ok(Some((port, mark, text)))
    }

    /// A line about the module itself.
    fn module_line(&mut self, line: &str) -> Result<bool, String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["use", "model", name] => {
                self.setup.model = MODELS.into_iter().find(|m| m == name).ok_or("unknown model")?;
            }
            ["use", "port", name] => {
                self.setup.ports.push(PORTS.into_iter().find(|p| p.name() == *name).ok_or("unknown port")?);
            }
            ["use", "strict"] => self.setup.tolerance = Tolerance::Strict,
            ["use", "lenient"] => self.setup.tolerance = Tolerance::Lenient,
            ["use", "real", "timing"] => self.setup.timing = Timing::Real,
            ["use", "no", "sim"] => self.setup.sim = None,
            ["use", "pin", pin] => self.setup.sim = Some(SimCard { pin: Some(pin.to_string()) }),
            ["clock", time] => self.setup.clock_unix = unix_time(time).ok_or("wants YYYY-MM-DDThh:mm:ssZ")?,
            ["file", name, ..] => {
                let selector = line.split_once(name).map_or("", |(_, rest)| rest.trim());
                let content = match selector.strip_prefix('"') {
                    Some(_) => quoted(selector)?,
                    None => fixture(selector)?,
                };
                self.setup.files.push((name.to_string(), content));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn act(line: &str) -> Result<Act, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    Ok(match words.as_slice() {
        ["dns", name, answer @ ..] => Act::Name(name.to_string(), answer_of(answer)?),
        ["latency", time] => Act::Latency(duration(time)?),
        ["window", bytes] => Act::Window(number(bytes)?),
        ["peer", kind, address, keys @ ..] if address.contains(':') => {
            let address = address.parse().map_err(|_| format!("`{address}` is no address with port"))?;
            let (local_port, make) = service(kind, keys)?;
            Act::Serve(address, make, local_port)
        }
        ["peer", n, "sends", ..] => Act::PeerSends(peer(n)?, quoted(line)?),
        ["peer", n, "closes"] => Act::PeerCloses(peer(n)?),
        ["peer", n, "cuts"] => Act::PeerCuts(peer(n)?),
        ["peer", n, "resets"] => Act::PeerResets(peer(n)?),
        ["peer", n, "stops"] => Act::PeerReads(peer(n)?, false),
        ["peer", n, "reads"] => Act::PeerReads(peer(n)?, true),
        ["peer", n, "got", "nothing"] => Act::PeerGot(peer(n)?, Vec::new()),
        ["peer", n, "got", ..] => Act::PeerGot(peer(n)?, quoted(line)?),
        ["peer", n, "saw", fact @ ..] => Act::PeerSaw(peer(n)?, fact.join(" ")),
        ["peer", n, "missed", fact @ ..] => Act::PeerMissed(peer(n)?, fact.join(" ")),
        ["peer", n, "met", count] => Act::PeerMet(peer(n)?, number(count)?),
        ["peer", n, "calls"] => Act::PeerCalls(peer(n)?),
        ["peer", n, "refused", count] => Act::PeerRefused(peer(n)?, number(count)?),
        ["fault", kind] => Act::Fault(fault(kind)?),
        ["dtr", state] => Act::Dtr(on(state)?),
        ["rts", state] => Act::Rts(on(state)?),
        [line @ ("dcd" | "ri" | "dsr" | "cts"), state] => Act::Line((*line).into(), on(state)?),
        ["attach"] => Act::Attach(true),
        ["detach"] => Act::Attach(false),
        ["host", "stops"] => Act::HostReads(false),
        ["host", "reads"] => Act::HostReads(true),
        ["host", "sends", selector @ ..] => Act::Send(0, fixture(&selector.join(" "))?),
        ["event", ..] => Act::Event(text(line)?),
        ["no", "event", ..] => Act::NoEvent(text(line)?),
        ["stored", name, "nothing"] => Act::Stored(name.to_string(), None),
        ["stored", name, ..] => Act::Stored(name.to_string(), Some(quoted(line)?)),
        ["stop"] => Act::Operate(Operator::ShutDown),
        ["operator", order @ ..] => Act::Operate(operator(order)?),
        ["settings", ..] => Act::Settings(text(line)?),
        [time] if time.starts_with('+') => Act::Wait(duration(&time[1..])?),
        _ => return Err(format!("no such line: `{line}`")),
    })
}

fn answer_of(words: &[&str]) -> Result<Answer, String> {
    Ok(match words {
        ["none"] => Answer::NotFound,
        ["dead"] => Answer::Unreachable,
        ["silent"] => Answer::Silence,
        [] => return Err("a name wants its addresses".into()),
        addresses => Answer::Addresses(
            addresses
                .iter()
                .map(|a| a.parse().map_err(|_| format!("`{a}` is no address")))
                .collect::<Result<_, _>>()?,
        ),
    })
}

fn operator(words: &[&str]) -> Result<Operator, String> {
    Ok(match words {
        ["power"] => Operator::PowerKey,
        ["sim", "removed"] => Operator::Sim(None),
        ["sim", "inserted"] => Operator::Sim(Some(SimCard::default())),
        ["sim", "inserted", pin] => Operator::Sim(Some(SimCard { pin: Some(pin.to_string()) })),
        ["signal", rssi] => Operator::Signal(rssi.parse().map_err(|_| "a signal is 0 to 31")?),
        ["network", "gone"] => Operator::Coverage(Coverage::None),
        ["network", "home"] => Operator::Coverage(Coverage::Home),
        ["network", "roaming"] => Operator::Coverage(Coverage::Roaming),
        ["network", "denies"] => Operator::Coverage(Coverage::Denied),
        ["pdp", "lost", id] => Operator::LosePdp(number(id)? as u8),
        ["pdp", "refused"] => Operator::RefusePdp(true),
        ["pdp", "accepted"] => Operator::RefusePdp(false),
        ["time", time, zone] => Operator::NetworkTime(
            unix_time(time).ok_or("wants YYYY-MM-DDThh:mm:ssZ")?,
            zone.parse().map_err(|_| "a zone is +32")?,
        ),
        _ => return Err("no such order".into()),
    })
}

/// What the next thing asked of the network's sockets fails with.
fn fault(kind: &str) -> Result<NetFailure, String> {
    Ok(match kind {
        "denied" => NetFailure::Denied("permission denied".into()),
        "nosocket" => NetFailure::NoSocket("too many open files".into()),
        "inuse" => NetFailure::InUse,
        "timeout" => NetFailure::TimedOut,
        "other" => NetFailure::Other("something else".into()),
        _ => return Err("denied, nosocket, inuse, timeout or other".into()),
    })
}

fn on(word: &str) -> Result<bool, String> {
    match word {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("on or off".into()),
    }
}

fn peer(word: &str) -> Result<usize, String> {
    number(word)?.checked_sub(1).ok_or_else(|| "peers are counted from 1".into())
}

pub(super) fn number(word: &str) -> Result<usize, String> {
    word.parse().map_err(|_| format!("`{word}` is no number"))
}

/// The text between the first and the last quote of a line, unescaped.
fn quoted(line: &str) -> Result<Vec<u8>, String> {
    let begin = line.find('"').ok_or("wants a text in quotes")?;
    let end = line.rfind('"').filter(|end| *end > begin && line[end + 1..].trim().is_empty());
    unescape(&line[begin + 1..end.ok_or("wants a closing quote at the end")?])
}

fn text(line: &str) -> Result<String, String> {
    String::from_utf8(quoted(line)?).map_err(|_| "wants text".into())
}

fn duration(word: &str) -> Result<Duration, String> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let (value, unit) = word.split_at(digits);
    let value = number(value)? as u64;
    Ok(match unit {
        "us" => Duration::from_micros(value),
        "ms" => Duration::from_millis(value),
        "s" => Duration::from_secs(value),
        "m" => Duration::from_secs(value * 60),
        "h" => Duration::from_secs(value * 3600),
        _ => return Err(format!("`{word}` wants us, ms, s, m or h")),
    })
}

/// Seconds since 1970 of `YYYY-MM-DDThh:mm:ssZ`.
pub(super) fn unix_time(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let fields = |text: &str, mark| -> Option<[i64; 3]> {
        let fields: Vec<i64> = text.split(mark).map(|f| f.parse().ok()).collect::<Option<_>>()?;
        fields.try_into().ok()
    };
    let [year, month, day] = fields(date, '-')?;
    let [hour, minute, second] = fields(time, ':')?;
    // Days since 0000-03-01, so that the leap day is the last of its year.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks() {
        assert_eq!(unix_time("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(unix_time("2000-02-29T12:34:56Z"), Some(951_827_696));
        assert_eq!(unix_time("2026-11-22T12:00:00Z"), Some(DEFAULT_CLOCK));
        assert_eq!(unix_time("2026-11-22"), None);
    }
}
