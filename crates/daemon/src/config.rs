//! What a module is started with.

use crate::{
    SetupError, capture::Capture, files::Store, keylog::KeyLog, lint::HostLint, record::Recording,
    trace::Trace, wire::WireConfig,
};
use faults::Fault;
use module::{AtPort, MODELS, Setup, SimCard, Timing, Tolerance};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

/// Longest name of a file in UFS, in bytes (D27).
const MAX_NAME: usize = 80;

/// A module to start. The default is an EC200N-CN with one pty as `uart1`, and no files.
#[derive(Clone, Debug)]
pub struct Config {
    /// One of [`MODELS`].
    pub model: &'static str,
    /// How misprints and foreign habits are treated.
    pub tolerance: Tolerance,
    /// Its AT ports and where hosts find them. At least one, no name twice.
    pub ports: Vec<(AtPort, io::Endpoint)>,
    /// A folder that holds the files of UFS; without one they live in memory.
    pub files: Option<PathBuf>,
    /// Files to be in UFS from the start: name there, with or without `UFS:`, and the file to read.
    pub put: Vec<(String, PathBuf)>,
    /// What the module's clock shows at the start, in seconds since 1970 UTC. Without it: the time.
    pub clock_unix: Option<i64>,
    /// What is in the SIM holder.
    pub sim: Option<SimCard>,
    /// How long the hardware takes.
    pub timing: Timing,
    /// Which of several units of the model it is; IMEI, serial number, IMSI and ICCID count up with it.
    pub unit: u32,
    /// What the wires of its ports do beyond passing bytes.
    pub wire: WireConfig,
    /// Faults that it is started with.
    pub faults: Vec<Fault>,
    /// Where bytes and events are written down.
    pub trace: Option<Trace>,
    /// The capture to be made of it.
    pub capture: Option<Capture>,
    /// Where the run is written down as a scenario.
    pub recording: Option<Recording>,
    /// Where the secrets of TLS connections are written down.
    pub key_log: Option<KeyLog>,
    /// What is watched of the host driver.
    pub lint: Option<HostLint>,
    /// Who is told of trouble while the module runs, such as a full disk.
    pub report: fn(&str),
}

impl Default for Config {
    fn default() -> Config {
        Config {
            model: MODELS[1],
            tolerance: Tolerance::Default,
            ports: vec![(AtPort::Uart1, io::Endpoint::Pty { link: None })],
            files: None,
            put: Vec::new(),
            clock_unix: None,
            sim: Some(SimCard::default()),
            timing: Timing::Instant,
            unit: 0,
            wire: WireConfig::default(),
            faults: Vec::new(),
            trace: None,
            capture: None,
            recording: None,
            key_log: None,
            lint: None,
            report: say,
        }
    }
}

impl Config {
    /// What the module needs to boot, and the folder behind its files.
    pub(crate) fn boot(&self) -> Result<(Setup, Option<Store>), SetupError> {
        self.check_ports()?;
        let mut files = BTreeMap::new();
        let mut store = None;
        let mut settings = String::new();
        if let Some(folder) = &self.files {
            let opened = Store::open(folder.clone(), self.report)?;
            files.extend(opened.load()?);
            settings = opened.settings()?;
            store = Some(opened);
        }
        for (name, path) in &self.put {
            let name = name.strip_prefix("UFS:").unwrap_or(name);
            if name.is_empty() || name.len() > MAX_NAME {
                let reason = format!("`{name}` is no file name of 1 to {MAX_NAME} bytes");
                return Err(SetupError::new("--put", reason, "write --put NAME=FILE"));
            }
            let content = std::fs::read(path)
                .map_err(|e| SetupError::new(path.display(), e, "check the path after --put NAME="))?;
            if let Some(store) = &mut store {
                store.store(name.to_owned(), content.clone());
            }
            files.insert(name.to_owned(), content);
        }
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)
            .map_err(|e| SetupError::new("random numbers", e, "check that /dev/urandom is there"))?;
        let setup = Setup {
            ports: self.ports.iter().map(|(port, _)| *port).collect(),
            model: self.model,
            tolerance: self.tolerance,
            clock_unix: self.clock_unix.unwrap_or_else(unix_time),
            seed,
            files: files.into_iter().collect(),
            sim: self.sim.clone(),
            timing: self.timing,
            unit: self.unit,
            settings,
            tells_data: self.recording.is_some(),
            // What else is told depends on who looks on.
            ..Setup::default()
        };
        Ok((setup, store))
    }

    fn check_ports(&self) -> Result<(), SetupError> {
        let mut names: Vec<_> = self.ports.iter().map(|(port, _)| port.name()).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(SetupError::new(
                format_args!("port {}", twice[0]),
                "it is given twice",
                "give each port one endpoint",
            ));
        }
        if names.is_empty() || names.len() > usize::from(u8::MAX) {
            return Err(SetupError::new("ports", "a module needs at least one", "add --port uart1=pty"));
        }
        Ok(())
    }
}

/// Who is told of trouble if nobody else is.
pub(crate) fn say(text: &str) {
    eprintln!("modemtwin: {text}");
}

fn unix_time() -> i64 {
    // A host clock before 1970 counts as 1970.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
