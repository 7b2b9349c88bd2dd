//! `--config FILE`: several modules in one process, as TOML.

use crate::{
    args::{self, PORTS},
    lint::{rule, severity},
};
use ::lint::{Rule, Severity};
use control::TokenSource;
use daemon::faults::{Fault, FaultError};
use daemon::{
    AtPort, Baud, Capture, Config, Endpoint, Form, HostLint, MODELS, Secrets, SetupError, SimCard, Timing,
    Tolerance, Trace, WireConfig,
};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

/// Modules that one entry may ask for.
const MAX_COUNT: u32 = 20_000;
/// Index of EC200N-CN in [`MODELS`].
const DEFAULT_MODEL: usize = 1;
/// How alike a key that is unknown and one that is known have to be, from 0 to 1, for a suggestion.
const ALIKE: f64 = 0.7;

/// A module by name.
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) config: Config,
    /// What of the lint makes the program fail.
    pub(crate) fail_on_lint: Option<Severity>,
}

/// What is to run.
pub(crate) struct Plan {
    pub(crate) modules: Vec<Named>,
    pub(crate) control: Option<control::Settings>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    control: Option<Control>,
    module: Vec<Entry>,
}

/// `[control]`: the control interface of all modules.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Control {
    address: SocketAddr,
    token: Option<PathBuf>,
    #[serde(default)]
    no_token: bool,
    #[serde(default)]
    any_address: bool,
}

impl From<Control> for control::Settings {
    fn from(control: Control) -> control::Settings {
        let token = match control.token {
            Some(path) => TokenSource::File(path),
            None if control.no_token => TokenSource::None,
            None => TokenSource::Random,
        };
        control::Settings { address: control.address, any_address: control.any_address, token }
    }
}

/// One `[[module]]`: a module, or as many alike as `count` says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Entry {
    name: Option<Pattern>,
    count: Count,
    ports: Ports,
    model: Model,
    tolerance: Tolerant,
    files: Option<Pattern>,
    put: BTreeMap<String, String>,
    clock: Option<Clock>,
    sim: bool,
    sim_pin: Option<Pin>,
    real_time: bool,
    baud: Option<Speed>,
    chunk: Option<Pieces>,
    latency: Option<Latency>,
    seed: u64,
    faults: Vec<FaultText>,
    trace: Option<Pattern>,
    pcapng: Option<Pattern>,
    lint: Option<Pattern>,
    lint_json: Option<Pattern>,
    lint_ignore: Vec<Ignored>,
    fail_on_lint: Option<Limit>,
    coverage: Option<Pattern>,
}

impl Default for Entry {
    fn default() -> Entry {
        Entry {
            name: None,
            count: Count(1),
            ports: Ports { usbat: None, usbmodem: None, uart1: None },
            model: Model(DEFAULT_MODEL),
            tolerance: Tolerant::Default,
            files: None,
            put: BTreeMap::new(),
            clock: None,
            sim: true,
            sim_pin: None,
            real_time: false,
            baud: None,
            chunk: None,
            latency: None,
            seed: 0,
            faults: Vec::new(),
            trace: None,
            pcapng: None,
            lint: None,
            lint_json: None,
            lint_ignore: Vec::new(),
            fail_on_lint: None,
            coverage: None,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ports {
    usbat: Option<EndpointPattern>,
    usbmodem: Option<EndpointPattern>,
    uart1: Option<EndpointPattern>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Tolerant {
    Strict,
    Default,
    Lenient,
}

/// Text with `{n}` or `{6000+n}` in it, where n counts the modules of the entry from 0.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
struct Pattern(String);

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct EndpointPattern(Pattern);

#[derive(Deserialize)]
#[serde(try_from = "u32")]
struct Count(u32);

/// Index in [`MODELS`].
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Model(usize);

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Clock(i64);

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Pin(String);

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct FaultText(Fault);

impl TryFrom<String> for FaultText {
    type Error = FaultError;

    fn try_from(text: String) -> Result<FaultText, FaultError> {
        text.parse().map(FaultText)
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Ignored(&'static Rule);

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Limit(Severity);

/// A number, or text for what a number cannot say.
#[derive(Deserialize)]
#[serde(untagged)]
enum Word {
    Number(u32),
    Text(String),
}

#[derive(Deserialize)]
#[serde(try_from = "Word")]
struct Speed(Baud);

#[derive(Deserialize)]
#[serde(try_from = "Word")]
struct Pieces((usize, Duration));

#[derive(Deserialize)]
#[serde(try_from = "Word")]
struct Latency(RangeInclusive<u32>);

impl Word {
    fn text(self) -> String {
        match self {
            Word::Number(number) => number.to_string(),
            Word::Text(text) => text,
        }
    }
}

impl TryFrom<String> for Ignored {
    type Error = String;

    fn try_from(text: String) -> Result<Ignored, String> {
        rule(&text).map(Ignored)
    }
}

impl TryFrom<String> for Limit {
    type Error = String;

    fn try_from(text: String) -> Result<Limit, String> {
        severity(&text).map(Limit)
    }
}

impl TryFrom<Word> for Speed {
    type Error = &'static str;

    fn try_from(word: Word) -> Result<Speed, &'static str> {
        args::baud(&word.text()).map(Speed)
    }
}

impl TryFrom<Word> for Pieces {
    type Error = &'static str;

    fn try_from(word: Word) -> Result<Pieces, &'static str> {
        args::pieces(&word.text()).map(Pieces)
    }
}

impl TryFrom<Word> for Latency {
    type Error = &'static str;

    fn try_from(word: Word) -> Result<Latency, &'static str> {
        args::latency(&word.text()).map(Latency)
    }
}

impl Pattern {
    /// The text of module `n`.
    fn at(&self, n: u32) -> Result<String, String> {
        let mut out = String::new();
        let mut rest = self.0.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let (inner, after) = after.split_once('}').ok_or("`{` without `}`")?;
            let base = match inner {
                "n" => Some(0),
                _ => inner.strip_suffix("+n").and_then(|base| base.parse::<u32>().ok()),
            };
            let number = base.and_then(|base| base.checked_add(n));
            let number = number.ok_or_else(|| format!("`{{{inner}}}` is neither {{n}} nor {{NUMBER+n}}"))?;
            out += before;
            out += &number.to_string();
            rest = after;
        }
        Ok(out + rest)
    }

    fn is_constant(&self) -> bool {
        !self.0.contains('{')
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Pattern, String> {
        let pattern = Pattern(text);
        pattern.at(0).map(|_| pattern)
    }
}

impl EndpointPattern {
    fn at(&self, n: u32) -> Result<Endpoint, String> {
        self.0.at(n)?.parse().map_err(|e| format!("{e}"))
    }
}

impl TryFrom<String> for EndpointPattern {
    type Error = String;

    fn try_from(text: String) -> Result<EndpointPattern, String> {
        let pattern = EndpointPattern(Pattern(text));
        pattern.at(0).map(|_| pattern)
    }
}

impl TryFrom<u32> for Count {
    type Error = String;

    fn try_from(count: u32) -> Result<Count, String> {
        let is_good = (1..=MAX_COUNT).contains(&count);
        if is_good { Ok(Count(count)) } else { Err(format!("count is 1 to {MAX_COUNT}")) }
    }
}

impl TryFrom<String> for Model {
    type Error = String;

    fn try_from(text: String) -> Result<Model, String> {
        let index = MODELS.iter().position(|model| model.eq_ignore_ascii_case(&text));
        index.map(Model).ok_or_else(|| format!("no model is called `{text}` (write {})", MODELS.join(", ")))
    }
}

impl TryFrom<String> for Clock {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Clock, &'static str> {
        args::clock(&text).map(Clock)
    }
}

impl TryFrom<String> for Pin {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Pin, &'static str> {
        args::sim_pin(&text).map(Pin)
    }
}

/// Reads the file.
///
/// # Errors
/// The file cannot be read, says something that is not known or cannot be, or gives one place to two ports.
pub(crate) fn load(path: &Path) -> Result<Plan, SetupError> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| SetupError::new(path.display(), e, "check the path after --config"))?;
    plan(path, &text)
}

fn plan(path: &Path, text: &str) -> Result<Plan, SetupError> {
    let file: File = toml::from_str(text).map_err(|e| explain(path, text, &e))?;
    let mut modules = Vec::new();
    let mut places = BTreeMap::new();
    for (number, entry) in (1..).zip(&file.module) {
        let place = format!("{}: module entry {number}", path.display());
        for n in 0..entry.count.0 {
            let unit = u32::try_from(modules.len()).unwrap_or_default();
            let named = entry.module(n, unit, &place)?;
            for (port, endpoint) in &named.config.ports {
                let user = format!("{} of {}", port.name(), named.name);
                let is_shared = match endpoint {
                    Endpoint::Pty { link: None } => true,
                    Endpoint::Tcp { port, .. } | Endpoint::Rfc2217 { port, .. } => *port == 0,
                    Endpoint::Pty { .. }
                    | Endpoint::Unix { .. }
                    | Endpoint::Serial { .. }
                    | Endpoint::Stdio => false,
                };
                if !is_shared && let Some(other) = places.insert(endpoint.to_string(), user.clone()) {
                    let reason = format!("{endpoint} is given to {other} and to {user}");
                    let remedy = "put {n} or {NUMBER+n} into it, as in tcp:127.0.0.1:{6000+n}";
                    return Err(SetupError::new(place, reason, remedy));
                }
            }
            modules.push(named);
        }
    }
    Ok(Plan { modules, control: file.control.map(Into::into) })
}

impl Entry {
    /// Module `n` of the entry, `unit` of the file.
    fn module(&self, n: u32, unit: u32, place: &str) -> Result<Named, SetupError> {
        let wrong = |reason: String| SetupError::new(place, reason, "see docs/config.md");
        let many = self.count.0 > 1;
        for (key, pattern) in [
            ("files", &self.files),
            ("trace", &self.trace),
            ("pcapng", &self.pcapng),
            ("lint", &self.lint),
            ("lint_json", &self.lint_json),
            ("coverage", &self.coverage),
        ] {
            if many && pattern.as_ref().is_some_and(Pattern::is_constant) {
                return Err(wrong(format!("{} modules cannot share `{key}`: it wants {{n}}", self.count.0)));
            }
        }
        let ports = [&self.ports.usbat, &self.ports.usbmodem, &self.ports.uart1];
        let mut named = Vec::new();
        for (port, endpoint) in PORTS.into_iter().zip(ports) {
            if let Some(endpoint) = endpoint {
                named.push((port, endpoint.at(n).map_err(wrong)?));
            }
        }
        if named.is_empty() {
            named.push((AtPort::Uart1, Endpoint::Pty { link: None }));
        }
        let text = |pattern: &Option<Pattern>| pattern.as_ref().map(|p| p.at(n)).transpose().map_err(wrong);
        let name = self.name.as_ref().map_or_else(|| Ok(format!("module{unit}")), |name| name.at(n));
        let config = Config {
            model: MODELS.get(self.model.0).copied().unwrap_or(MODELS[0]),
            tolerance: match self.tolerance {
                Tolerant::Strict => Tolerance::Strict,
                Tolerant::Default => Tolerance::Default,
                Tolerant::Lenient => Tolerance::Lenient,
            },
            ports: named,
            files: text(&self.files)?.map(Into::into),
            put: self.put.iter().map(|(name, path)| (name.clone(), path.into())).collect(),
            clock_unix: self.clock.as_ref().map(|clock| clock.0),
            sim: self.sim.then(|| SimCard { pin: self.sim_pin.as_ref().map(|pin| pin.0.clone()) }),
            timing: if self.real_time { Timing::Real } else { Timing::Instant },
            unit,
            wire: WireConfig {
                baud: self.baud.as_ref().map(|speed| speed.0),
                pieces: self.chunk.as_ref().map(|pieces| pieces.0),
                latency: self.latency.as_ref().map(|latency| latency.0.clone()),
                seed: self.seed,
            },
            faults: self.faults.iter().map(|fault| fault.0.clone()).collect(),
            trace: text(&self.trace)?
                .map(|path| Trace::default().to(Path::new(&path), Form::Human))
                .transpose()?,
            capture: text(&self.pcapng)?
                .map(|path| Capture { path: path.into(), secrets: Secrets::default() }),
            lint: self.lint(text)?,
            ..Config::default()
        };
        let fail_on_lint = self.fail_on_lint.as_ref().map(|limit| limit.0);
        Ok(Named { name: name.map_err(wrong)?, config, fail_on_lint })
    }
}

impl Entry {
    /// The host lint, if one of its keys is there; `text` fills the number of the module in.
    fn lint(
        &self,
        text: impl Fn(&Option<Pattern>) -> Result<Option<String>, SetupError>,
    ) -> Result<Option<HostLint>, SetupError> {
        let mut lint = HostLint::default().ignoring(self.lint_ignore.iter().map(|ignored| ignored.0));
        let mut is_wanted = self.fail_on_lint.is_some();
        for (pattern, form) in [(&self.lint, Form::Human), (&self.lint_json, Form::Json)] {
            if let Some(path) = text(pattern)? {
                (lint, is_wanted) = (lint.to(Path::new(&path), form)?, true);
            }
        }
        if let Some(path) = text(&self.coverage)? {
            (lint, is_wanted) = (lint.coverage(Path::new(&path))?, true);
        }
        Ok(is_wanted.then_some(lint))
    }
}

/// Place with line, reason, and what may have been meant.
fn explain(path: &Path, text: &str, error: &toml::de::Error) -> SetupError {
    let line =
        error.span().and_then(|span| text.get(..span.start)).map(|before| before.matches('\n').count() + 1);
    let place = match line {
        Some(line) => format!("{}:{line}", path.display()),
        None => path.display().to_string(),
    };
    let message = error.message();
    let mut quoted = message.split('`').skip(1).step_by(2);
    let remedy = match (message.starts_with("unknown"), quoted.next()) {
        (true, Some(wrong)) => quoted
            .map(|known| (strsim::jaro_winkler(wrong, known), known))
            .filter(|(alike, _)| *alike >= ALIKE)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, known)| format!("did you mean `{known}`?")),
        _ => None,
    };
    SetupError::new(place, message, remedy.unwrap_or_else(|| "see docs/config.md".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Named>, String> {
        plan(Path::new("fleet.toml"), text).map(|plan| plan.modules).map_err(|e| e.to_string())
    }

    #[test]
    fn the_example_is_good() {
        let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/config.example.toml"));
        let modules = load(path).unwrap().modules;
        assert_eq!((modules.len(), &*modules[0].name, modules[0].config.model), (103, "lock", "EC800M-CN"));
        let last = modules.last().unwrap();
        assert_eq!(last.name, "meter99");
        assert_eq!(last.config.ports, [(AtPort::Uart1, "tcp:127.0.0.1:6099".parse().unwrap())]);
    }

    #[test]
    fn modules_differ_by_number() {
        let modules = read(
            "[[module]]\nbaud = 9600\nlatency = '5-50'\n[[module]]\ncount = 2\nname = 'm{10+n}'\nports = { usbat = 'tcp:[::1]:0', uart1 = 'unix:/tmp/{n}' }",
        )
        .unwrap();
        let names: Vec<_> = modules.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names, ["module0", "m10", "m11"]);
        assert_eq!(modules[0].config.ports, [(AtPort::Uart1, Endpoint::Pty { link: None })]);
        assert_eq!(modules[2].config.ports[1], (AtPort::Uart1, Endpoint::Unix { path: "/tmp/1".into() }));
        assert_eq!(modules.iter().map(|m| m.config.unit).collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn mistakes_are_named_by_line_and_what_was_meant() {
        for (text, said) in [
            ("[[module]]\n\nmodle = 'EC800M-CN'", "fleet.toml:3: unknown field `modle`"),
            ("[[module]]\n\nmodle = 'EC800M-CN'", "did you mean `model`?"),
            ("[[modul]]", "did you mean `module`?"),
            ("[[module]]\nports = { uart = 'pty' }", "fleet.toml:2: unknown field `uart`"),
            ("[[module]]\nports = { uart = 'pty' }", "did you mean `uart1`?"),
            ("[[module]]\nports = { uart1 = 'usb:1' }", "fleet.toml:2: endpoint `usb:1`: unknown kind"),
            ("[[module]]\nports = { uart1 = 'tcp:h:{6000+m}' }", "`{6000+m}` is neither {n} nor {NUMBER+n}"),
            ("[[module]]\ntolerance = 'strickt'", "did you mean `strict`?"),
            ("[[module]]\nmodel = 'EC200'", "fleet.toml:2: no model is called `EC200` (write EC200M-CN, "),
            ("[[module]]\ncount = 0", "fleet.toml:2: count is 1 to 20000"),
            ("[[module]]\nlatency = 'long'", "fleet.toml:2: write milliseconds"),
            ("[[module]]\nclock = 'now'", "as in 2026-03-01T12:00:00Z"),
            (
                "[[module]]\nfaults = ['net.refuse', 'dns.timeot']",
                "fleet.toml:2: fault `dns.timeot`, column 1: no ",
            ),
            ("[[module]]\nsim_pin = '1'", "fleet.toml:2: write 4 to 8 digits"),
            (
                "[[module]]\nlint_ignore = ['nois']",
                "fleet.toml:2: no rule has this name (did you mean noise?)",
            ),
            ("[[module]]\nfail_on_lint = 'bad'", "fleet.toml:2: write error, warning or note"),
            ("[[module]]\ncount = 2\ncoverage = 'c.json'", "2 modules cannot share `coverage`"),
            ("[[module]]\ncount = 2\nfiles = 'ufs'", "2 modules cannot share `files`"),
            ("[[module]]\ncount = 2\npcapng = 'x.pcapng'", "2 modules cannot share `pcapng`"),
            (
                "[[module]]\ncount = 2\nports = { uart1 = 'tcp:h:5' }",
                "uart1 of module0 and to uart1 of module1",
            ),
            ("[[module]]\ncount = 2\nports = { uart1 = 'tcp:h:{65535+n}' }", "the port is no number"),
            ("[[module]\n", "fleet.toml:1: "),
            ("", "missing field `module`"),
        ] {
            let error = read(text).err().unwrap_or_default();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
