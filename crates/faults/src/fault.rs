//! A fault as text, the same on the command line, in scenarios, in configuration files and in the control interface:
//! `name key=value ...`, as in `net.latency ms=200 jitter=50 dir=down prob=0.5 for=30s host=example.com`.

use crate::{
    chance::Which,
    effect::Effect,
    nearest::nearest,
    table::{Dir, Family, Row, Takes, row, rows},
    values::{Value, Values},
};
use core::{fmt, str::FromStr, time::Duration};
use module::{AlertDescription, AtPort, Purpose};

/// A fault that somebody asks for.
#[derive(Clone, Debug)]
pub struct Fault {
    text: String,
    pub(crate) row: &'static Row,
    pub(crate) effect: Effect,
    pub(crate) dir: Dir,
    pub(crate) times: Times,
    pub(crate) which: Which,
    pub(crate) prob: f64,
    pub(crate) seed: u64,
    pub(crate) target: Target,
}

/// When a fault is on, counted from when it was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) after: Duration,
    /// For so long; without it, until it is lifted.
    pub(crate) lasts: Option<Duration>,
    /// Once more so long after each beginning.
    pub(crate) again: Option<Duration>,
}

/// What a fault is confined to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) client: Option<u8>,
    pub(crate) host: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) at: Option<AtPort>,
}

impl Target {
    /// Is this connection meant?
    pub(crate) fn includes(&self, purpose: &Purpose) -> bool {
        let remote = purpose.remote;
        let named = |host: &String| {
            purpose.host.eq_ignore_ascii_case(host)
                || remote.is_some_and(|remote| host.parse() == Ok(remote.ip()))
        };
        self.client.is_none_or(|client| purpose.client == Some(client))
            && self.host.as_ref().is_none_or(named)
            && self.port.is_none_or(|port| remote.is_some_and(|remote| remote.port() == port))
    }
}

/// What every fault, or every fault of some families, can be told.
#[derive(Debug)]
pub struct Modifier {
    /// What stands before `=`.
    pub name: &'static str,
    /// What stands behind it.
    pub form: &'static str,
    /// The families that know it.
    pub families: &'static [Family],
    /// What it means.
    pub means: &'static str,
    set: fn(&mut Fault, &str) -> Option<()>,
}

const SINGLE: &[Family] =
    &[Family::Net, Family::Dns, Family::Tls, Family::Port, Family::Module, Family::Error];
const ALL: &[Family] =
    &[Family::Net, Family::Dns, Family::Tls, Family::Port, Family::Module, Family::Error, Family::Preset];

/// The modifiers.
pub static MODIFIERS: &[Modifier] = &[
    Modifier {
        name: "prob",
        form: "a chance from 0 to 1, as in 0.25",
        families: SINGLE,
        means: "strikes each occurrence with this chance (1)",
        set: |f, v| v.parse().ok().filter(|p| (0.0..=1.0).contains(p)).map(|p| f.prob = p),
    },
    Modifier {
        name: "nth",
        form: "a number from 1",
        families: SINGLE,
        means: "strikes this occurrence only",
        set: |f, v| count(v).map(|n| f.which = Which::Nth(n)),
    },
    Modifier {
        name: "first",
        form: "a number from 1",
        families: SINGLE,
        means: "strikes so many occurrences and no more",
        set: |f, v| count(v).map(|n| f.which = Which::First(n)),
    },
    Modifier {
        name: "every",
        form: "a number from 1",
        families: SINGLE,
        means: "strikes every occurrence whose number is a multiple",
        set: |f, v| count(v).map(|n| f.which = Which::Every(n)),
    },
    Modifier {
        name: "after",
        form: "a time, as in 500ms, 30s or 2m",
        families: ALL,
        means: "begins so long after it was asked for (at once)",
        set: |f, v| time(v).map(|t| f.times.after = t),
    },
    Modifier {
        name: "for",
        form: "a time, as in 500ms, 30s or 2m",
        families: ALL,
        means: "ends by itself after so long (when it is lifted)",
        set: |f, v| time(v).filter(|t| !t.is_zero()).map(|t| f.times.lasts = Some(t)),
    },
    Modifier {
        name: "again",
        form: "a time longer than `for`, as in 60s",
        families: ALL,
        means: "begins once more so long after each beginning",
        set: |f, v| time(v).filter(|t| !t.is_zero()).map(|t| f.times.again = Some(t)),
    },
    Modifier {
        name: "seed",
        form: "a number",
        families: ALL,
        means: "decides where chance does, in the same way each time (0)",
        set: |f, v| v.parse().ok().map(|n| f.seed = n),
    },
    Modifier {
        name: "conn",
        form: "a clientID or connectID, 0 to 11",
        families: &[Family::Net, Family::Dns, Family::Tls],
        means: "this socket only",
        set: |f, v| v.parse().ok().filter(|n| *n <= 11).map(|n| f.target.client = Some(n)),
    },
    Modifier {
        name: "host",
        form: "a name or an address",
        families: &[Family::Net, Family::Dns, Family::Tls],
        means: "this host only, as it was given to the command; connections also by address",
        set: |f, v| (!v.is_empty()).then(|| f.target.host = Some(v.into())),
    },
    Modifier {
        name: "port",
        form: "a number from 1 to 65535",
        families: &[Family::Net, Family::Tls],
        means: "this port of the other end only",
        set: |f, v| v.parse().ok().filter(|n| *n > 0).map(|n| f.target.port = Some(n)),
    },
    Modifier {
        name: "at",
        form: "usbat, usbmodem or uart1",
        families: &[Family::Port],
        means: "this AT port only",
        set: |f, v| {
            let ports = [AtPort::UsbAt, AtPort::UsbModem, AtPort::Uart1];
            ports.into_iter().find(|port| port.name() == v).map(|port| f.target.at = Some(port))
        },
    },
    Modifier {
        name: "dir",
        form: "up, down or both",
        families: &[Family::Net, Family::Tls, Family::Port],
        means: "up: host to module, module to server; down: the other way",
        set: |f, v| {
            let dir = match v {
                "up" => Dir::Up,
                "down" => Dir::Down,
                "both" => Dir::Both,
                _ => return None,
            };
            f.row.dirs.contains(&dir).then(|| f.dir = dir)
        },
    },
];

impl Modifier {
    /// Does a fault know this modifier?
    pub fn suits(&self, row: &Row) -> bool {
        self.families.contains(&row.family) && (self.name != "dir" || !row.dirs.is_empty())
    }
}

fn count(text: &str) -> Option<u64> {
    text.parse().ok().filter(|n| *n > 0)
}

/// A number with its unit. Nothing lasts longer than a year.
fn time(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let micros = match unit {
        "us" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" => 60_000_000,
        "h" => 3_600_000_000,
        _ => return None,
    };
    let time = Duration::from_micros(number.checked_mul(micros)?);
    (time <= Duration::from_secs(366 * 86_400)).then_some(time)
}

/// What is wrong with the text of a fault, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultError {
    text: String,
    /// In characters, from 1.
    column: usize,
    reason: String,
    remedy: String,
}

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FaultError { text, column, reason, remedy } = self;
        write!(f, "fault `{text}`, column {column}: {reason}; {remedy}")
    }
}

impl std::error::Error for FaultError {}

/// What may have been meant, or where to look.
fn meant<'a>(wrong: &str, known: impl Iterator<Item = &'a str>, otherwise: &str) -> String {
    nearest(wrong, known).map_or_else(|| otherwise.into(), |name| format!("did you mean `{name}`?"))
}

/// The words of a text, each with its column.
pub(crate) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_whitespace().map(move |word| {
        let offset = word.as_ptr().addr() - text.as_ptr().addr();
        (text.get(..offset).unwrap_or_default().chars().count() + 1, word)
    })
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Fault, FaultError> {
        let text = text.trim();
        let wrong = |column, reason, remedy| FaultError { text: text.into(), column, reason, remedy };
        let mut words = words(text);
        let (column, name) = words.next().unwrap_or((1, ""));
        let Some(row) = row(name) else {
            let remedy = meant(name, rows().map(|row| row.name), "`modemtwin faults` lists them");
            return Err(wrong(column, format!("no fault is called `{name}`"), remedy));
        };
        let mut values = Values::none(row);
        let mut fault = Fault {
            text: text.split_whitespace().collect::<Vec<_>>().join(" "),
            row,
            // Until the parameters are known.
            effect: Effect::SlowClose { late: Duration::ZERO },
            dir: row.dirs.first().copied().unwrap_or(Dir::Both),
            times: Times::default(),
            which: if row.once { Which::First(1) } else { Which::All },
            prob: 1.0,
            seed: 0,
            target: Target::default(),
        };
        let mut said: Vec<&str> = Vec::new();
        for (column, word) in words {
            let Some((key, value)) = word.split_once('=') else {
                return Err(wrong(column, format!("`{word}` has no `=`"), "write key=value".into()));
            };
            let excludes = |other: &str| {
                let counts = ["nth", "first", "every"];
                other == key || (counts.contains(&other) && counts.contains(&key))
            };
            if let Some(other) = said.iter().find(|other| excludes(other)) {
                return Err(wrong(
                    column,
                    format!("`{key}` comes after `{other}`"),
                    "say one of them".into(),
                ));
            }
            said.push(key);
            let at_value = column + key.chars().count() + 1;
            if let Some(param) = row.params.iter().find(|param| param.name == key) {
                let remedy = || match param.takes {
                    Takes::Alert => {
                        let names = AlertDescription::ALL.iter().filter_map(|alert| alert.name());
                        meant(value, names, &format!("write {}", form(param.takes)))
                    }
                    // And no unit.
                    Takes::Number(..) => format!("write a number, {}", form(param.takes)),
                    _ => format!("write {}", form(param.takes)),
                };
                let value = Value::parse(param.takes, value)
                    .ok_or_else(|| wrong(at_value, format!("`{value}` is no `{key}`"), remedy()))?;
                values.set(param, value);
                continue;
            }
            let Some(modifier) = MODIFIERS.iter().find(|m| m.name == key && m.suits(row)) else {
                let params = row.params.iter().map(|param| param.name);
                let modifiers = MODIFIERS.iter().filter(|m| m.suits(row)).map(|m| m.name);
                let known: Vec<&str> = params.chain(modifiers).collect();
                let all = format!("it has {}", known.join(", "));
                // What others know is no slip of the pen.
                let remedy = match MODIFIERS.iter().any(|m| m.name == key) {
                    true => all,
                    false => meant(key, known.iter().copied(), &all),
                };
                return Err(wrong(column, format!("{name} has no `{key}`"), remedy));
            };
            if (modifier.set)(&mut fault, value).is_none() {
                let form = match (key, row.dirs) {
                    ("dir", [one]) => format!("`dir` of {name} is {}", one.name()),
                    _ => format!("write {}", modifier.form),
                };
                return Err(wrong(at_value, format!("`{value}` is no `{key}`"), form));
            }
        }
        let end = text.chars().count() + 1;
        if let Some(param) = row.params.iter().find(|param| param.required && !said.contains(&param.name)) {
            let remedy = format!("write {}={}", param.name, form(param.takes));
            return Err(wrong(end, format!("{name} wants `{}`: {}", param.name, param.means), remedy));
        }
        if let Some(again) = fault.times.again
            && fault.times.lasts.is_none_or(|lasts| lasts >= again)
            && !row.once
            && row.family != Family::Preset
        {
            let reason = "`again` is the time from one beginning to the next".into();
            return Err(wrong(end, reason, "add a shorter `for`".into()));
        }
        if row.once && row.family == Family::Module {
            // It happens, and is over.
            fault.times.lasts.get_or_insert(Duration::ZERO);
        }
        fault.effect = (row.make)(&values);
        Ok(fault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Fault {
    /// The faults that it consists of: itself, or those of a preset, which are told what it is told.
    pub(crate) fn parts(&self) -> Vec<Fault> {
        let Effect::Several(texts) = self.effect else { return vec![self.clone()] };
        let told: Vec<&str> = self.text.split(' ').skip(1).collect();
        let key = |word: &str| word.split('=').next().unwrap_or_default().to_owned();
        let parts = texts.iter().map(|text| {
            let own = text.split(' ').filter(|own| told.iter().all(|told| key(told) != key(own)));
            own.chain(told.iter().copied()).collect::<Vec<_>>().join(" ")
        });
        // The table's own texts are good, which a test proves with what a preset can be told.
        parts.filter_map(|text| text.parse().ok()).collect()
    }

    /// Its name in the table.
    pub fn name(&self) -> &'static str {
        self.row.name
    }
}

impl Dir {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Dir::Up => "up",
            Dir::Down => "down",
            Dir::Both => "both",
        }
    }
}

/// What a parameter takes, in words.
pub fn form(takes: Takes) -> String {
    match takes {
        Takes::Number(least, most) => format!("{least} to {most}"),
        Takes::Address => "an IP address".into(),
        Takes::Command => "a command for sockets, as in QSSLOPEN".into(),
        Takes::Alert => "0 to 255, or a name, as in unknown_ca".into(),
        Takes::Word(words) => words.join(" | "),
    }
}
