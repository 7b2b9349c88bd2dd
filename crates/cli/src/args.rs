//! The command line.

use crate::{
    config::{self, Named, Plan},
    ctl::{CtlArgs, HELP},
    lint::{CheckArgs, LintArgs},
    peer_command::{self, PeerArgs},
    play::{PLAY_HELP, PlayArgs},
    playback::{PLAYBACK_HELP, PlaybackArgs},
    tap::{TAP_HELP, TapArgs},
    why::WhyArgs,
};
use clap::{ArgGroup, Args, Parser, Subcommand};
use control::TokenSource;
use daemon::faults::Fault;
use daemon::{
    AtPort, Baud, Capture, Config, Endpoint, Form, KeyLog, MODELS, Recording, Secrets, SetupError, SimCard,
    Timing, Tolerance, Trace, WireConfig,
};
use std::{
    net::SocketAddr,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

const EXAMPLES: &str = "\
Examples:
  modemtwin
      One module on a pseudo-terminal; prints its path. Then: picocom /dev/pts/N
  modemtwin --port uart1=pty:/tmp/modem
      The same under a name of its own
  modemtwin --port uart1=tcp:127.0.0.1:5000
      On TCP, for pyserial's socket://127.0.0.1:5000 or `nc 127.0.0.1 5000`
  modemtwin --port uart1=rfc2217:127.0.0.1:2217
      With modem lines, for pyserial's rfc2217://127.0.0.1:2217
  modemtwin --port uart1=serial:/dev/ttyUSB0,115200
      On a serial adapter, for firmware at the other end of a null-modem cable
  modemtwin --model EC800M-CN --files ./ufs --put cacert.pem=ca.pem
      Another model; its files live in ./ufs, and UFS:cacert.pem is there from the start
  modemtwin --port usbat=pty --port uart1=pty:/tmp/uart --trace -
      Two ports; every byte and event is shown
  modemtwin --pcapng twin.pcapng
      A capture for Wireshark and tshark: network, AT ports, and the keys of TLS
  modemtwin --fault 'net.reset_peer bytes=2000 prob=0.3' --trace -
      Three connections in ten are reset; the trace says which, and that it was injected
  modemtwin --port uart1=pty:/tmp/modem --lint - --fail-on-lint
      Tell what the host driver does wrong; exit code 3 if it breaks on the real module
  modemtwin --config fleet.toml
      Any number of modules in one process
  modemtwin --control 127.0.0.1:0
      It can be looked at and driven by other programs, such as `modemtwin ctl`
  modemtwin demo
      The dialogues of chapter 3 of the note, against a TLS server of its own
  modemtwin chat
      A console: type AT commands, see what comes
  modemtwin play tests/
      Dialogues in files, in virtual time; exit code and differences tell

Exit codes:
  0  stopped by SIGINT or SIGTERM, everything closed; demo: every answer was as documented
  1  a port, file or folder could not be had; demo: an answer was not as documented
  2  the command line is wrong
  3  --fail-on-lint, lint: the host driver did something wrong";

const CHAT_KEYS: &str = "\
Keys:
  Tab        completes the name of a command
  Up, Down   go through what was said before
  Ctrl-Z     at the prompt of a send: sends what was typed
  Ctrl-C     at the prompt of a send: cancels it (ESC)
  Ctrl-D     on an empty line: ends the console
After CONNECT lines go out as they are, with CR LF; a line of +++ leaves that state (wait a second first).";

const WHY_HELP: &str = "\
Examples:
  modemtwin why trace.jsonl
      The last sixteen failures of a trace that `modemtwin --trace-json trace.jsonl` has written
  modemtwin why --all --json trace.jsonl | jq -r .reason | sort | uniq -c
      How often each thing has happened

Exit codes:
  0  the trace could be read, whether there are failures in it or not
  1  it could not
  2  the command line is wrong";

/// A software twin of the Quectel EC200M-CN, EC200N-CN, EC800M-CN and EC800N-CN modules: open an AT port,
/// speak the commands of the SSL Application Note, and get a real TLS connection.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES, args_conflicts_with_subcommands = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a module until SIGINT or SIGTERM (what happens without a command)
    #[command(after_help = EXAMPLES)]
    Run(RunArgs),
    /// Look at a running module and drive it, through its control interface
    #[command(after_help = HELP)]
    Ctl(CtlArgs),
    /// Talk to a module by hand
    #[command(after_help = CHAT_KEYS)]
    Chat(ModuleArgs),
    /// Check a recorded trace for what the host driver did wrong, or list the rules
    Lint(CheckArgs),
    /// Start servers to connect to, good ones and ones that are wrong in one way each, until SIGINT or SIGTERM
    #[command(after_help = peer_command::help())]
    Peer(PeerArgs),
    /// Play the dialogues of chapter 3 of the note against a TLS server of its own, and check every answer
    Demo(DemoArgs),
    /// Play scenario files (docs/scenario.md) and compare every byte
    #[command(after_help = PLAY_HELP)]
    Play(PlayArgs),
    /// Say why things failed, a line each with what helps, from a trace (docs/why.md)
    #[command(after_help = WHY_HELP)]
    Why(WhyArgs),
    /// List the faults that --fault takes; with a name, or the beginning of one, everything about them
    Faults {
        /// A fault, as in net.latency, or a family: net, dns, tls, port, module, error, preset
        name: Option<String>,
    },
    /// Answer on a port as a recording has it, without the module that it was made of (docs/record.md)
    #[command(after_help = PLAYBACK_HELP)]
    Playback(PlaybackArgs),
    /// Sit between a host and a real module: pass everything on, show it, write it down (docs/record.md)
    #[command(after_help = TAP_HELP)]
    Tap(TapArgs),
}

#[derive(Args, Debug)]
pub(crate) struct RunArgs {
    /// Run the modules that this TOML file describes (docs/config.md); everything else is said in there
    #[arg(long, value_name = "FILE", exclusive = true)]
    config: Option<PathBuf>,
    /// An AT port and where hosts find it: NAME usbat, usbmodem or uart1; ENDPOINT pty, pty:LINK,
    /// tcp:HOST:PORT or rfc2217:HOST:PORT (port 0: any free one), unix:PATH, stdio, or
    /// serial:DEVICE[,BAUD[,FLOW]] with FLOW none, rtscts or xonxoff. May be repeated [default: uart1=pty]
    #[arg(long = "port", value_name = "NAME=ENDPOINT", value_parser = port)]
    ports: Vec<(AtPort, Endpoint)>,
    #[command(flatten)]
    module: ModuleArgs,
    #[command(flatten)]
    control: ControlArgs,
}

/// The control interface; none as a rule.
#[derive(Args, Debug)]
struct ControlArgs {
    /// Let programs look at the module and drive it, by HTTP and JSON (docs/control.md), as in 127.0.0.1:4711; port 0
    /// is any free one
    #[arg(long, value_name = "ADDR:PORT")]
    control: Option<SocketAddr>,
    /// Keep its token, and where it is, in this file, which nobody else can read; one that is there stays
    #[arg(long, value_name = "FILE", requires = "control")]
    control_token: Option<PathBuf>,
    /// Let everybody on this machine in without a token
    #[arg(long, requires = "control", conflicts_with = "control_token")]
    control_no_token: bool,
    /// Take an address that is not loopback, where others can reach it
    #[arg(long, requires = "control")]
    control_any_address: bool,
}

impl ControlArgs {
    fn settings(&self) -> Option<control::Settings> {
        self.control.map(|address| control::Settings {
            address,
            any_address: self.control_any_address,
            token: match &self.control_token {
                Some(path) => TokenSource::File(path.clone()),
                None if self.control_no_token => TokenSource::None,
                None => TokenSource::Random,
            },
        })
    }
}

#[derive(Args, Debug)]
pub(crate) struct DemoArgs {
    #[command(flatten)]
    trace: TraceArgs,
}

/// What is written down of a module.
#[derive(Args, Debug)]
struct TraceArgs {
    /// Write every byte and event to a file, or to standard output (-). PINs, passwords and contents of files are
    /// left out
    #[arg(long, value_name = "FILE|-")]
    trace: Option<PathBuf>,
    /// The same for programs: a JSON object a line, as docs/trace.md describes it
    #[arg(long, value_name = "FILE|-")]
    trace_json: Option<PathBuf>,
    /// Write a capture for Wireshark: the network as packets, with the keys of TLS in it, and the AT ports on the
    /// same time line (docs/captures.md). PINs, passwords and contents of files are left out of the ports
    #[arg(long, value_name = "FILE")]
    pcapng: Option<PathBuf>,
    /// Write the run down as a scenario, which `modemtwin play` plays without the servers it had (docs/record.md)
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Leave the data that host and servers exchange out, too, of traces, recordings and the ports in a capture
    #[arg(long, conflicts_with = "trace_secrets")]
    trace_hide_payload: bool,
    /// Leave nothing out of traces, captures and recordings
    #[arg(long)]
    trace_secrets: bool,
}

impl TraceArgs {
    fn secrets(&self) -> Secrets {
        match (self.trace_hide_payload, self.trace_secrets) {
            (true, _) => Secrets::HiddenWithPayload,
            (false, true) => Secrets::Shown,
            (false, false) => Secrets::Hidden,
        }
    }

    fn recording(&self) -> Option<Recording> {
        self.record.clone().map(|path| Recording { path, secrets: self.secrets() })
    }

    fn capture(&self) -> Option<Capture> {
        self.pcapng.clone().map(|path| Capture { path, secrets: self.secrets() })
    }

    fn open(&self) -> Result<Option<Trace>, SetupError> {
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

/// What a module is, whatever it is connected to.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("tolerance").multiple(false))]
pub(crate) struct ModuleArgs {
    /// The model
    #[arg(long, default_value = "EC200N-CN", ignore_case = true, value_parser = MODELS)]
    model: String,
    /// Keep the module's files in this folder, one file each (made if missing); without it they live in memory
    #[arg(long, value_name = "DIR")]
    files: Option<PathBuf>,
    /// Put a file of this machine into the module's file system (UFS) at the start. May be repeated
    #[arg(long, value_name = "UFSNAME=FILE", value_parser = put)]
    put: Vec<(String, PathBuf)>,
    /// What the module's clock shows at the start, as in 2026-03-01T12:00:00Z [default: the time]
    #[arg(long, value_name = "RFC3339", value_parser = clock)]
    clock: Option<i64>,
    /// Lock the SIM card: it asks for this PIN of 4 to 8 digits (its PUK is 12345678)
    #[arg(long, value_name = "PIN", value_parser = sim_pin, conflicts_with = "no_sim")]
    sim_pin: Option<String>,
    /// Leave the SIM holder empty
    #[arg(long)]
    no_sim: bool,
    /// Take the time that real hardware takes: the module is switched on when a port is first opened, boots
    /// with its codes (RDY after 3.3 s), registers, activates contexts
    #[arg(long)]
    real_time: bool,
    /// Make something fail, as in "net.latency ms=200 jitter=50" or preset.tunnel; `modemtwin faults` lists what
    /// there is. May be repeated
    #[arg(long = "fault", value_name = "TEXT")]
    faults: Vec<Fault>,
    #[command(flatten)]
    wire: WireArgs,
    /// Refuse the note's misprinted commands
    #[arg(long, group = "tolerance")]
    strict: bool,
    /// Accept what sibling modules and sloppy drivers use
    #[arg(long, group = "tolerance")]
    lenient: bool,
    #[command(flatten)]
    trace: TraceArgs,
    /// Append the secrets of every TLS connection to a file (NSS key log, as SSLKEYLOGFILE), for Wireshark
    #[arg(long, value_name = "FILE")]
    keylog: Option<PathBuf>,
    #[command(flatten)]
    lint: LintArgs,
}

/// What a wire does beyond passing bytes; nothing as a rule.
#[derive(Args, Debug, Default)]
struct WireArgs {
    /// Make bytes take the time of a serial line, both ways: bits per second, or ipr for what AT+IPR says
    #[arg(long, value_name = "RATE|ipr", value_parser = baud)]
    baud: Option<Baud>,
    /// Pass bytes in pieces of N, with so many milliseconds of silence between two [default: 10], both ways
    #[arg(long, value_name = "N[,MS]", value_parser = pieces)]
    chunk: Option<(usize, Duration)>,
    /// Answer late: so many milliseconds, or evenly between two numbers of them
    #[arg(long, value_name = "MS[-MS]", value_parser = latency)]
    latency: Option<RangeInclusive<u32>>,
    /// Decides between the latencies, in the same way at every start
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
}

impl RunArgs {
    /// All modules, and their control interface. The one of a command line without `--config` has no name.
    pub(crate) fn plan(self) -> Result<Plan, SetupError> {
        match &self.config {
            Some(path) => config::load(path),
            None => {
                let (control, fail_on_lint) = (self.control.settings(), self.module.lint.fail_on_lint);
                let module = Named { name: String::new(), config: self.config()?, fail_on_lint };
                Ok(Plan { modules: vec![module], control })
            }
        }
    }

    fn config(self) -> Result<Config, SetupError> {
        let on_stdout = self.module.trace.on_stdout().or(self.module.lint.on_stdout());
        let mut config = self.module.config()?;
        if !self.ports.is_empty() {
            config.ports = self.ports;
        }
        let is_stdio = config.ports.iter().any(|(_, endpoint)| *endpoint == Endpoint::Stdio);
        if let (Some(option), true) = (on_stdout, is_stdio) {
            let reason = "standard output is the port's already";
            return Err(SetupError::new(option, reason, "write a file, or /dev/stderr"));
        }
        Ok(config)
    }
}

impl DemoArgs {
    pub(crate) fn config(self) -> Result<Config, SetupError> {
        Ok(Config {
            trace: self.trace.open()?,
            capture: self.trace.capture(),
            recording: self.trace.recording(),
            ..Config::default()
        })
    }
}

impl ModuleArgs {
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

/// Longest silence and latency.
const MAX_MILLIS: u32 = 60_000;

/// The ports of the module that a host can be connected to from outside.
pub(crate) const PORTS: [AtPort; 3] = [AtPort::UsbAt, AtPort::UsbModem, AtPort::Uart1];

pub(crate) fn port_name(name: &str) -> Result<AtPort, String> {
    let port = PORTS.into_iter().find(|port| port.name() == name);
    port.ok_or_else(|| format!("no port is called `{name}` (write usbat, usbmodem or uart1)"))
}

pub(crate) fn port(text: &str) -> Result<(AtPort, Endpoint), String> {
    let (name, endpoint) = text.split_once('=').ok_or("write NAME=ENDPOINT, as in uart1=pty")?;
    Ok((port_name(name)?, endpoint.parse().map_err(|e| format!("{e}"))?))
}

fn put(text: &str) -> Result<(String, PathBuf), &'static str> {
    let (name, path) = text.split_once('=').ok_or("write UFSNAME=FILE, as in cacert.pem=certs/ca.pem")?;
    Ok((name.to_owned(), path.into()))
}

pub(crate) fn baud(text: &str) -> Result<Baud, &'static str> {
    match text {
        "ipr" => Ok(Baud::Ipr),
        _ => {
            text.parse().ok().filter(|rate| *rate > 0).map(Baud::Fixed).ok_or("write bits per second, or ipr")
        }
    }
}

pub(crate) fn pieces(text: &str) -> Result<(usize, Duration), &'static str> {
    let (size, gap) = text.split_once(',').unwrap_or((text, "10"));
    let size = size.parse().ok().filter(|size| *size > 0);
    let gap = gap.parse::<u32>().ok().filter(|gap| *gap <= MAX_MILLIS);
    let pair = size.zip(gap.map(u64::from).map(Duration::from_millis));
    pair.ok_or("write bytes and milliseconds up to 60000, as in 16,5")
}

pub(crate) fn latency(text: &str) -> Result<RangeInclusive<u32>, &'static str> {
    let (least, most) = text.split_once('-').unwrap_or((text, text));
    let range = least.parse().ok().zip(most.parse().ok());
    let range = range.filter(|(least, most)| least <= most && *most <= MAX_MILLIS);
    range.map(|(least, most)| least..=most).ok_or("write milliseconds up to 60000, as in 20 or 5-50")
}

pub(crate) fn sim_pin(text: &str) -> Result<String, &'static str> {
    let is_pin = (4..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if is_pin { Ok(text.to_owned()) } else { Err("write 4 to 8 digits, as in 1234") }
}

pub(crate) fn clock(text: &str) -> Result<i64, &'static str> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map(OffsetDateTime::unix_timestamp)
        .map_err(|_| "write date, time and zone, as in 2026-03-01T12:00:00Z")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn config(args: &[&str]) -> Config {
        let cli = Cli::try_parse_from([&["modemtwin"], args].concat()).unwrap();
        match cli.command {
            None => cli.run.config().unwrap(),
            Some(Command::Ctl(_)) => panic!("it has no module of its own"),
            Some(Command::Run(args)) => args.config().unwrap(),
            Some(Command::Chat(args)) => args.config().unwrap(),
            Some(Command::Demo(args)) => args.config().unwrap(),
            Some(other) => panic!("it has no module: {other:?}"),
        }
    }

    fn error(args: &[&str]) -> String {
        Cli::try_parse_from([&["modemtwin"], args].concat()).unwrap_err().to_string()
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn nothing_said_means_one_pty() {
        for args in [&[][..], &["run"]] {
            let config = config(args);
            assert_eq!(config.ports, [(AtPort::Uart1, Endpoint::Pty { link: None })]);
            assert_eq!((config.model, config.tolerance), ("EC200N-CN", Tolerance::Default));
        }
    }

    #[test]
    fn everything_said_is_heard() {
        let config = config(&[
            "run",
            "--model=ec800m-cn",
            "--port=usbat=pty:/tmp/a=b",
            "--port=uart1=tcp:[::1]:0",
            "--put=UFS:ca.pem=x/y.pem",
            "--clock=2026-03-01T20:00:00+08:00",
            "--lenient",
            "--sim-pin=4711",
            "--real-time",
            "--pcapng=x.pcapng",
            "--trace-secrets",
            "--fault=net.refuse nth=2",
            "--fault=preset.cat1",
        ]);
        assert_eq!(config.model, "EC800M-CN");
        assert_eq!(config.ports[0], (AtPort::UsbAt, Endpoint::Pty { link: Some("/tmp/a=b".into()) }));
        assert_eq!(config.ports[1], (AtPort::Uart1, Endpoint::Tcp { host: "::1".into(), port: 0 }));
        assert_eq!(config.put, [("UFS:ca.pem".to_owned(), PathBuf::from("x/y.pem"))]);
        assert_eq!(config.clock_unix, Some(1_772_366_400));
        assert_eq!((config.tolerance, config.timing), (Tolerance::Lenient, Timing::Real));
        let capture = Capture { path: "x.pcapng".into(), secrets: Secrets::Shown };
        assert_eq!(config.capture, Some(capture));
        assert_eq!(config.faults.len(), 2);
        assert_eq!(config.sim, Some(SimCard { pin: Some("4711".into()) }));
    }

    #[test]
    fn mistakes_come_with_a_remedy() {
        for (args, said) in [
            (&["--port=uart2=pty"][..], "no port is called `uart2` (write usbat, usbmodem or uart1)"),
            (&["--port=uart1"], "write NAME=ENDPOINT"),
            (&["--port=uart1=tcp:5000"], "write tcp:HOST:PORT"),
            (&["--port=uart1=serial:/dev/ttyS0,fast"], "write serial:DEVICE[,BAUD[,FLOW]]"),
            (&["--baud=fast"], "write bits per second, or ipr"),
            (&["--chunk=0,5"], "as in 16,5"),
            (&["--latency=50-5"], "as in 20 or 5-50"),
            (&["--clock=yesterday"], "as in 2026-03-01T12:00:00Z"),
            (&["--put=ca.pem"], "write UFSNAME=FILE"),
            (&["--sim-pin=12"], "write 4 to 8 digits"),
            (&["--sim-pin=1234", "--no-sim"], "cannot be used with"),
            (&["--model=EC200N"], "[possible values: EC200M-CN, EC200N-CN, EC800M-CN, EC800N-CN]"),
            (&["--strict", "--lenient"], "cannot be used with"),
            (&["--fault=net.latncy"], "did you mean `net.latency`?"),
            (&["--fault=net.latency ms=long"], "column 16: `long` is no `ms`; write 0 to 600000"),
            (&["--lint-ignore=nois"], "did you mean noise?"),
            (&["--fail-on-lint=bad"], "write error, warning or note"),
            (&["lint"], "the following required arguments were not provided"),
        ] {
            let text = error(args);
            assert!(text.contains(said), "{args:?}: {text}");
        }
    }
}
