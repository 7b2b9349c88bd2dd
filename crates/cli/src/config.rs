//! What is to run: the one module of a command line, or those of `--config FILE`, which is TOML.

mod entry;
mod values;

use crate::args::{ControlArgs, ModuleArgs};
use daemon::{AtPort, Config, Endpoint, SetupError, faults::nearest};
use entry::Entry;
use lint::Severity;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
};

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

/// A module that is asked for.
pub(crate) struct Wanted {
    /// Where it is asked for.
    pub(crate) place: String,
    /// The one of a command line has none.
    pub(crate) name: String,
    /// None: the default port.
    pub(crate) ports: Vec<(AtPort, Endpoint)>,
    pub(crate) args: ModuleArgs,
}

impl Plan {
    /// # Errors
    /// One place is given to two, or something cannot be had.
    pub(crate) fn new(wanted: Vec<Wanted>, control: Option<control::Settings>) -> Result<Plan, SetupError> {
        nothing_is_shared(&wanted)?;
        let modules = (0..).zip(wanted).map(|(unit, Wanted { name, ports, args, .. })| {
            let fail_on_lint = args.lint.fail_on_lint;
            Ok(Named { name, config: args.on(ports, unit)?, fail_on_lint })
        });
        Ok(Plan { modules: modules.collect::<Result<_, SetupError>>()?, control })
    }
}

/// A name, a place for hosts, a folder and a file have one user.
fn nothing_is_shared(wanted: &[Wanted]) -> Result<(), SetupError> {
    let mut users = BTreeMap::new();
    for module in wanted {
        for (key, what) in module.claims() {
            let Some((other, its_key)) = users.insert(what.clone(), (module, key)) else { continue };
            // Standard output of one module takes everything.
            if what == "-" && std::ptr::eq(other, module) {
                continue;
            }
            let reason = format!("{what} is given to {} and to {}", other.user(its_key), module.user(key));
            let remedy = match &*module.name {
                "" => "give each one of its own",
                _ => {
                    "give each one of its own, in one entry by {n} or {NUMBER+n}, as in tcp:127.0.0.1:{6000+n}"
                }
            };
            return Err(SetupError::new(&module.place, reason, remedy));
        }
    }
    Ok(())
}

impl Wanted {
    /// What it wants for itself, and the keys that say so.
    fn claims(&self) -> impl Iterator<Item = (&'static str, String)> {
        let ports = self.ports.iter().filter_map(|(port, endpoint)| Some((port.name(), address(endpoint)?)));
        let name = (!self.name.is_empty()).then(|| ("name", format!("`{}`", self.name)));
        let files = [
            ("files", &self.args.files),
            ("trace", &self.args.trace.trace),
            ("trace_json", &self.args.trace.trace_json),
            ("pcapng", &self.args.trace.pcapng),
            ("record", &self.args.trace.record),
            ("lint", &self.args.lint.lint),
            ("lint_json", &self.args.lint.lint_json),
            ("coverage", &self.args.lint.coverage),
        ];
        let files = files.into_iter().filter_map(|(key, path)| Some((key, path.as_ref()?)));
        let files = files.filter(|(_, path)| !path.starts_with("/dev"));
        name.into_iter().chain(ports).chain(files.map(|(key, path)| (key, path.display().to_string())))
    }

    fn user(&self, key: &str) -> String {
        if self.name.is_empty() { format!("`{key}`") } else { format!("`{key}` of {}", self.name) }
    }
}

/// What only one port can have of an endpoint.
fn address(endpoint: &Endpoint) -> Option<String> {
    match endpoint {
        Endpoint::Pty { link: None } => None,
        Endpoint::Tcp { port: 0, .. } | Endpoint::Rfc2217 { port: 0, .. } => None,
        Endpoint::Tcp { host, port } | Endpoint::Rfc2217 { host, port } => {
            Some(Endpoint::Tcp { host: host.clone(), port: *port }.to_string())
        }
        Endpoint::Pty { link: Some(path) } | Endpoint::Unix { path } => Some(path.display().to_string()),
        Endpoint::Serial { device, .. } => Some(device.display().to_string()),
        Endpoint::Stdio => Some(endpoint.to_string()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    control: Option<Control>,
    #[serde(default)]
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

impl From<Control> for ControlArgs {
    fn from(Control { address, token, no_token, any_address }: Control) -> ControlArgs {
        ControlArgs {
            control: Some(address),
            control_token: token,
            control_no_token: no_token,
            control_any_address: any_address,
        }
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
    if file.control.as_ref().is_some_and(|control| control.no_token && control.token.is_some()) {
        let place = format!("{}: control", path.display());
        return Err(SetupError::new(place, "`token` and `no_token` contradict each other", "leave one out"));
    }
    if file.module.is_empty() {
        return Err(SetupError::new(
            path.display(),
            "it describes no module",
            "write [[module]] and its keys",
        ));
    }
    let mut modules = Vec::new();
    for (number, entry) in (1..).zip(&file.module) {
        let place = format!("{}: module entry {number}", path.display());
        for n in 0..entry.count() {
            let unit = modules.len();
            let wrong = |reason| SetupError::new(&place, reason, "see docs/config.md");
            modules.push(entry.module(n, unit, &place).map_err(wrong)?);
        }
    }
    Plan::new(modules, file.control.and_then(|control| ControlArgs::from(control).settings()))
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
    if message == "invalid type: map, expected a sequence" {
        return SetupError::new(
            place,
            "there may be several of these",
            "put it into brackets twice, as in [[module]]",
        );
    }
    let remedy = match (message.starts_with("unknown"), quoted.next()) {
        (true, Some(wrong)) => nearest(wrong, quoted).map(|known| format!("did you mean `{known}`?")),
        _ => None,
    };
    SetupError::new(place, message, remedy.unwrap_or_else(|| "see docs/config.md".into()))
}

#[cfg(test)]
mod tests;
