//! The options of a module. The keys of a `[[module]]` in a `--config` file fill the same structures, so each is in both.

use super::values::{baud, clock, latency, pieces, put, sim_pin};
use crate::lint::LintArgs;
use clap::{ArgGroup, Args};
use daemon::{
    AtPort, Baud, Capture, Config, Endpoint, Form, KeyLog, MODELS, Recording, Secrets, SetupError, SimCard,
    Timing, Tolerance, Trace, WireConfig, faults::Fault,
};
use std::{
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

/// What a module is, whatever it is connected to.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("tolerance").multiple(false))]
pub(crate) struct ModuleArgs {
    /// The model
    #[arg(long, default_value = "EC200N-CN", ignore_case = true, value_parser = MODELS)]
    pub(crate) model: String,
    /// Keep the module's files in this folder, one file each (made if missing); without it they live in memory
    #[arg(long, value_name = "DIR")]
    pub(crate) files: Option<PathBuf>,
    /// Put a file of this machine into the module's file system (UFS) at the start. May be repeated
    #[arg(long, value_name = "UFSNAME=FILE", value_parser = put)]
    pub(crate) put: Vec<(String, PathBuf)>,
    /// What the module's clock shows at the start, as in 2026-03-01T12:00:00Z [default: the time]
    #[arg(long, value_name = "RFC3339", value_parser = clock)]
    pub(crate) clock: Option<i64>,
    /// Lock the SIM card: it asks for this PIN of 4 to 8 digits (its PUK is 12345678)
    #[arg(long, value_name = "PIN", value_parser = sim_pin, conflicts_with = "no_sim")]
    pub(crate) sim_pin: Option<String>,
    /// Leave the SIM holder empty
    #[arg(long)]
    pub(crate) no_sim: bool,
    /// Take the time that real hardware takes: the module is switched on when a port is first opened, boots
    /// with its codes (RDY after 3.3 s), registers, activates contexts
    #[arg(long)]
    pub(crate) real_time: bool,
    /// Make something fail, as in "net.latency ms=200 jitter=50" or preset.tunnel; `modemtwin faults` lists what
    /// there is. May be repeated
    #[arg(long = "fault", value_name = "TEXT")]
    pub(crate) faults: Vec<Fault>,
    #[command(flatten)]
    pub(crate) wire: WireArgs,
    /// Refuse the note's misprinted commands
    #[arg(long, group = "tolerance")]
    pub(crate) strict: bool,
    /// Accept what sibling modules and sloppy drivers use
    #[arg(long, group = "tolerance")]
    pub(crate) lenient: bool,
    #[command(flatten)]
    pub(crate) trace: TraceArgs,
    /// Append the secrets of every TLS connection to a file (NSS key log, as SSLKEYLOGFILE), for Wireshark
    #[arg(long, value_name = "FILE|-")]
    pub(crate) keylog: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) lint: LintArgs,
}

/// What a wire does beyond passing bytes; nothing as a rule.
#[derive(Args, Debug, Default)]
pub(crate) struct WireArgs {
    /// Make bytes take the time of a serial line, both ways: bits per second, or ipr for what AT+IPR says
    #[arg(long, value_name = "RATE|ipr", value_parser = baud)]
    pub(crate) baud: Option<Baud>,
    /// Pass bytes in pieces of N, with so many milliseconds of silence between two [default: 10], both ways
    #[arg(long, value_name = "N[,MS]", value_parser = pieces)]
    pub(crate) chunk: Option<(usize, Duration)>,
    /// Answer late: so many milliseconds, or evenly between two numbers of them
    #[arg(long, value_name = "MS[-MS]", value_parser = latency)]
    pub(crate) latency: Option<RangeInclusive<u32>>,
    /// Decides between the latencies, in the same way at every start
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub(crate) seed: u64,
}

/// What is written down of a module.
#[derive(Args, Debug)]
pub(crate) struct TraceArgs {
    /// Write every byte and event to a file, or to standard output (-). PINs, passwords and contents of files are
    /// left out
    #[arg(long, value_name = "FILE|-")]
    pub(crate) trace: Option<PathBuf>,
    /// The same for programs: a JSON object a line, as docs/trace.md describes it
    #[arg(long, value_name = "FILE|-")]
    pub(crate) trace_json: Option<PathBuf>,
    /// Write a capture for Wireshark: the network as packets, with the keys of TLS in it, and the AT ports on the
    /// same time line (docs/captures.md). PINs, passwords and contents of files are left out of the ports
    #[arg(long, value_name = "FILE|-")]
    pub(crate) pcapng: Option<PathBuf>,
    /// Write the run down as a scenario, which `modemtwin play` plays without the servers it had (docs/record.md)
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// Leave the data that host and servers exchange out, too, of traces, recordings and the ports in a capture
    #[arg(long, conflicts_with = "trace_secrets")]
    pub(crate) trace_hide_payload: bool,
    /// Leave nothing out of traces, captures and recordings
    #[arg(long)]
    pub(crate) trace_secrets: bool,
}

impl TraceArgs {
    fn secrets(&self) -> Secrets {
        match (self.trace_hide_payload, self.trace_secrets) {
            (true, _) => Secrets::HiddenWithPayload,
            (false, true) => Secrets::Shown,
            (false, false) => Secrets::Hidden,
        }
    }

    pub(crate) fn recording(&self) -> Option<Recording> {
        self.record.clone().map(|path| Recording { path, secrets: self.secrets() })
    }

    pub(crate) fn capture(&self) -> Option<Capture> {
        self.pcapng.clone().map(|path| Capture { path, secrets: self.secrets() })
    }

    pub(crate) fn open(&self) -> Result<Option<Trace>, SetupError> {
        let mut trace = Trace::new(self.secrets());
        for (path, form) in [(&self.trace, Form::Human), (&self.trace_json, Form::Json)] {
            if let Some(path) = path {
                trace = trace.to(path, form)?;
            }
        }
        Ok(trace.is_wanted().then_some(trace))
    }

    /// The option that writes to standard output, if there is one.
    fn on_stdout(&self) -> Option<&'static str> {
        let is_stdout = |path: &Option<PathBuf>| path.as_deref() == Some(Path::new("-"));
        match (is_stdout(&self.trace), is_stdout(&self.trace_json)) {
            (true, _) => Some("--trace -"),
            (false, true) => Some("--trace-json -"),
            (false, false) => None,
        }
    }
}

impl ModuleArgs {
    /// The module on these ports; without any, on its default port. It is the `unit`th of its model.
    pub(crate) fn on(self, ports: Vec<(AtPort, Endpoint)>, unit: u32) -> Result<Config, SetupError> {
        let keylog = (self.keylog.as_deref() == Some(Path::new("-"))).then_some("--keylog -");
        let texts = self.trace.on_stdout().or(self.lint.on_stdout()).or(keylog);
        let capture = self.trace.capture().is_some_and(|c| c.takes_stdout()).then_some("--pcapng -");
        let is_stdio = ports.iter().any(|(_, endpoint)| *endpoint == Endpoint::Stdio);
        // These share it with nobody.
        let clash = match (is_stdio, capture) {
            (true, _) => texts.or(capture).zip(Some("standard output is the port's already")),
            (false, Some(_)) => texts.zip(Some("standard output is the capture's already")),
            (false, None) => None,
        };
        if let Some((option, reason)) = clash {
            return Err(SetupError::new(option, reason, "write a file, or /dev/stderr"));
        }
        let config = Config { unit, ..self.config()? };
        Ok(if ports.is_empty() { config } else { Config { ports, ..config } })
    }

    /// The module on its default port.
    pub(crate) fn config(self) -> Result<Config, SetupError> {
        let default = Config::default();
        Ok(Config {
            model: MODELS.into_iter().find(|m| m.eq_ignore_ascii_case(&self.model)).unwrap_or(default.model),
            tolerance: match (self.strict, self.lenient) {
                (true, _) => Tolerance::Strict,
                (false, true) => Tolerance::Lenient,
                (false, false) => Tolerance::Default,
            },
            files: self.files,
            put: self.put,
            clock_unix: self.clock,
            sim: (!self.no_sim).then_some(SimCard { pin: self.sim_pin }),
            timing: if self.real_time { Timing::Real } else { Timing::Instant },
            wire: WireConfig {
                baud: self.wire.baud,
                pieces: self.wire.chunk,
                latency: self.wire.latency,
                seed: self.wire.seed,
            },
            faults: self.faults,
            trace: self.trace.open()?,
            recording: self.trace.recording(),
            capture: self.trace.capture(),
            lint: self.lint.open()?,
            key_log: self.keylog.as_deref().map(KeyLog::to).transpose()?,
            ..default
        })
    }
}
