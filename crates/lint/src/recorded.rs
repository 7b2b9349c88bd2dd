//! A recorded trace (`--trace-json`, `docs/trace.md`) in place of a running module.

use crate::{Lint, Rule, Seen};
use at::time::Instant;
use base64_simd::STANDARD as BASE64;
use module::AtPort;
use serde::Deserialize;
use std::{borrow::Cow, fmt};

/// The ports that a trace may name.
const PORTS: [AtPort; 7] = [
    AtPort::Uart1,
    AtPort::UsbAt,
    AtPort::UsbModem,
    AtPort::Cmux1,
    AtPort::Cmux2,
    AtPort::Cmux3,
    AtPort::Cmux4,
];

/// What of a line matters here.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(default)]
    t: f64,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    port: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: Option<Cow<'a, str>>,
    #[serde(borrow)]
    base64: Option<Cow<'a, str>>,
    hidden: Option<usize>,
    dtr: Option<bool>,
    client: Option<u8>,
    #[serde(borrow)]
    command: Option<Cow<'a, str>>,
    #[serde(borrow)]
    what: Option<Cow<'a, str>>,
    #[serde(borrow)]
    order: Option<Cow<'a, str>>,
}

/// A line that is none of a trace.
#[derive(Debug)]
pub struct TraceError {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl std::error::Error for TraceError {}

/// A lint that reads a trace line by line. What the trace leaves out (contents of files, payloads) is known by its
/// length only.
#[derive(Debug)]
pub struct Recorded {
    lint: Lint,
    number: usize,
    gaps: u64,
    last: Instant,
}

impl Recorded {
    /// One that has read nothing and says nothing of these rules.
    pub fn new(ignored: &[&'static Rule]) -> Recorded {
        // As long as it tells of no command: that of `modemtwin tap` has bytes and lines only.
        let lint = Lint::new(ignored).without_events();
        Recorded { lint, number: 0, gaps: 0, last: Instant::ZERO }
    }

    /// Reads the next line, with or without its line end.
    ///
    /// # Errors
    /// It is no line of a trace.
    pub fn line(&mut self, text: &str) -> Result<(), TraceError> {
        self.number += 1;
        if text.trim().is_empty() {
            return Ok(());
        }
        let wrong = |why| TraceError { line: self.number, why };
        let entry: Entry<'_> = serde_json::from_str(text).map_err(|e| wrong(e.to_string()))?;
        if entry.kind == "lost" {
            self.gaps += 1;
            return Ok(());
        }
        // Seconds to the microsecond; what is no time counts as the start.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "such a cast saturates")]
        let at = Instant::from_micros((entry.t * 1e6).round() as u64);
        self.last = self.last.max(at);
        entry.show(&mut self.lint, at).map_err(wrong)
    }

    /// The trace is over: what was found, and how many gaps the trace has, where a reader was too slow for it.
    pub fn end(mut self) -> (Lint, u64) {
        self.lint.end(self.last);
        (self.lint, self.gaps)
    }
}

impl Entry<'_> {
    /// The bytes of a port, if they are shown.
    fn bytes(&self) -> Result<Option<Vec<u8>>, String> {
        if let Some(text) = &self.base64 {
            let bytes = BASE64.decode_to_vec(text.as_bytes());
            return bytes.map(Some).map_err(|_| "`base64` is not base64".into());
        }
        let text = self.data.as_deref().map(str::chars);
        let bytes = text.map(|text| text.map(|c| u8::try_from(u32::from(c))).collect::<Result<_, _>>());
        bytes.transpose().map_err(|_| "`data` holds characters above U+00FF".to_owned())
    }

    fn show(&self, lint: &mut Lint, at: Instant) -> Result<(), String> {
        let port = || -> Result<AtPort, String> {
            let name = self.port.as_deref().ok_or("there is no `port`")?;
            let port = PORTS.into_iter().find(|port| port.name() == name);
            port.ok_or_else(|| format!("no port is called `{name}`"))
        };
        match &*self.kind {
            "host" => match (self.bytes()?, self.hidden) {
                (Some(bytes), _) => lint.see(at, Seen::Host(port()?, &bytes)),
                (None, Some(n)) => lint.see(at, Seen::HostHidden(port()?, n)),
                (None, None) => return Err("there is none of `data`, `base64` and `hidden`".into()),
            },
            "module" => match self.bytes()? {
                Some(bytes) => lint.see(at, Seen::Module(port()?, &bytes)),
                None => lint.see(at, Seen::ModuleHidden(port()?)),
            },
            "attached" => lint.see(at, Seen::Attached(port()?)),
            "detached" => lint.see(at, Seen::Detached(port()?)),
            "host_lines" => lint.see(at, Seen::Dtr(port()?, self.dtr.unwrap_or(true))),
            "host_mistake" => {
                let (command, what) = (self.command.as_deref(), self.what.as_deref());
                lint.see(at, Seen::Mistake(port()?, command.unwrap_or_default(), what.unwrap_or_default()));
            }
            "command" => lint.options.lacks_events = false,
            "socket" | "ended" => {
                if let Some(client) = self.client {
                    lint.see(at, Seen::SocketChanged(client));
                }
            }
            "urc" => lint.see(at, Seen::Urc(port()?)),
            // What the module says when the program ends is nobody's to heed.
            "operator" if self.order.as_deref() == Some("ShutDown") => lint.end(at),
            _ => {}
        }
        Ok(())
    }
}
