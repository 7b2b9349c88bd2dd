//! What a module of a test is made of.

use crate::ModemTwin;
use daemon::{AtPort, Config, Endpoint, MODELS, SetupError, SimCard, Timing, Tolerance, faults::Fault};
use lint::Rule;
use std::path::{Path, PathBuf};

/// A module to be made. Without anything said: an EC200N-CN with `uart1` on a pty, files in memory, a SIM card that asks
/// for nothing, registered, and as fast as this machine.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    model: Option<String>,
    ports: Vec<(AtPort, String)>,
    files: Vec<(String, Vec<u8>)>,
    folder: Option<PathBuf>,
    faults: Vec<String>,
    ignored: Vec<String>,
    config: Config,
}

impl Builder {
    /// The model: EC200M-CN, EC200N-CN, EC800M-CN or EC800N-CN, in any case.
    pub fn model(mut self, name: &str) -> Builder {
        self.model = Some(name.into());
        self
    }

    /// A port and where the host finds it, as behind `--port`: `pty`, `pty:LINK`, `tcp:127.0.0.1:0`, `unix:PATH`,
    /// `rfc2217:127.0.0.1:0`, `serial:DEVICE`. May be repeated.
    pub fn port(mut self, port: AtPort, endpoint: &str) -> Builder {
        self.ports.push((port, endpoint.into()));
        self
    }

    /// A file in UFS from the start, such as a CA certificate.
    pub fn file(mut self, name: &str, content: impl Into<Vec<u8>>) -> Builder {
        self.files.push((name.into(), content.into()));
        self
    }

    /// Files, and what the module keeps without power, live in this folder.
    pub fn folder(mut self, path: impl AsRef<Path>) -> Builder {
        self.folder = Some(path.as_ref().into());
        self
    }

    /// What the module's clock shows at the start, in seconds since 1970 UTC.
    pub fn clock(mut self, unix: i64) -> Builder {
        self.config.clock_unix = Some(unix);
        self
    }

    /// The SIM card asks for this PIN.
    pub fn sim_pin(mut self, pin: &str) -> Builder {
        self.config.sim = Some(SimCard { pin: Some(pin.into()) });
        self
    }

    /// The SIM holder is empty.
    pub fn no_sim(mut self) -> Builder {
        self.config.sim = None;
        self
    }

    /// The note's misprints are refused.
    pub fn strict(mut self) -> Builder {
        self.config.tolerance = Tolerance::Strict;
        self
    }

    /// What sibling modules and sloppy drivers use is accepted.
    pub fn lenient(mut self) -> Builder {
        self.config.tolerance = Tolerance::Lenient;
        self
    }

    /// The module takes the time of real hardware: it boots when a host opens a port, registers, activates contexts.
    pub fn real_time(mut self) -> Builder {
        self.config.timing = Timing::Real;
        self
    }

    /// A fault from the start, as behind `--fault` (docs/faults.md). May be repeated.
    pub fn fault(mut self, fault: &str) -> Builder {
        self.faults.push(fault.into());
        self
    }

    /// A rule of the host lint that the driver may break (docs/lint.md). May be repeated.
    pub fn ignore_lint(mut self, rule: &str) -> Builder {
        self.ignored.push(rule.into());
        self
    }

    /// Anything else that modemtwin can be started with.
    pub fn configure(mut self, change: impl FnOnce(&mut Config)) -> Builder {
        change(&mut self.config);
        self
    }

    /// Starts the module on a thread of its own; its ports are open when this returns.
    ///
    /// # Errors
    /// Something cannot be had or is not known: place, reason, remedy.
    pub fn spawn(self) -> Result<ModemTwin, SetupError> {
        let mut config = self.config;
        if let Some(name) = &self.model {
            let known = MODELS.into_iter().find(|model| model.eq_ignore_ascii_case(name));
            config.model = known.ok_or_else(|| {
                SetupError::new(
                    "model",
                    format_args!("`{name}` is not known"),
                    format!("write {}", MODELS.join(", ")),
                )
            })?;
        }
        if !self.ports.is_empty() {
            let endpoint = |(port, text): &(AtPort, String)| {
                let endpoint: Endpoint =
                    text.parse().map_err(|e| SetupError::new("port", e, "see docs/ports.md"))?;
                Ok((*port, endpoint))
            };
            config.ports = self.ports.iter().map(endpoint).collect::<Result<_, SetupError>>()?;
        }
        if self.folder.is_some() {
            config.files = self.folder;
        }
        for text in self.faults {
            let fault: Fault = text.parse().map_err(|e| SetupError::new("fault", e, "see docs/faults.md"))?;
            config.faults.push(fault);
        }
        let rule = |name: &String| {
            Rule::named(name).ok_or_else(|| {
                SetupError::new("lint", format_args!("no rule is called `{name}`"), "see docs/lint.md")
            })
        };
        let ignored = self.ignored.iter().map(rule).collect::<Result<Vec<_>, SetupError>>()?;
        config.lint = Some(config.lint.unwrap_or_default().ignoring(ignored));
        ModemTwin::start(config, self.files)
    }
}
