//! The command line.

mod module;
mod values;

pub(crate) use self::{
    module::{ModuleArgs, TraceArgs, WireArgs},
    values::{PORTS, baud, clock, latency, pieces, port, port_name, sim_pin},
};
use crate::{
    config::{self, Plan, Wanted},
    ctl::{CtlArgs, HELP},
    lint::{CheckArgs, LINT_HELP},
    peer_command::{self, PeerArgs},
    play::{PLAY_HELP, PlayArgs},
    playback::{PLAYBACK_HELP, PlaybackArgs},
    tap::{TAP_HELP, TapArgs},
    why::WhyArgs,
};
use clap::{Args, Id, Parser, Subcommand};
use clap_complete::Shell;
use control::TokenSource;
use daemon::{AtPort, Config, Endpoint, SetupError};
use std::{net::SocketAddr, path::PathBuf};

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
  0  stopped by SIGINT, SIGTERM or SIGHUP, everything closed; demo: every answer was as documented
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
    /// Check recorded traces for what the host driver did wrong, or list the rules
    #[command(after_help = LINT_HELP)]
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
    /// Print what completes the command line of a shell, as in: source <(modemtwin completions bash)
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Answer on a port as a recording has it, without the module that it was made of (docs/record.md)
    #[command(after_help = PLAYBACK_HELP)]
    Playback(PlaybackArgs),
    /// Sit between a host and a real module: pass everything on, show it, write it down (docs/record.md)
    #[command(after_help = TAP_HELP)]
    Tap(TapArgs),
}

/// The options of one module and of the control interface, which the file of `--config` has as keys.
fn keys_of_the_file() -> Vec<Id> {
    let options = ControlArgs::augment_args(ModuleArgs::augment_args(clap::Command::new("")));
    options.get_arguments().map(|option| option.get_id().clone()).chain([Id::from("ports")]).collect()
}

#[derive(Args, Debug)]
pub(crate) struct RunArgs {
    /// End as by SIGTERM when standard input ends: whoever holds its other end leaves nothing behind, however it ends
    #[arg(long)]
    pub(crate) end_with_stdin: bool,
    /// Run the modules that this TOML file describes (docs/config.md); what can be said of them and of the control
    /// interface is said in there
    #[arg(long, value_name = "FILE", conflicts_with_all = keys_of_the_file())]
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
pub(crate) struct ControlArgs {
    /// Let programs look at the module and drive it, by HTTP and JSON (docs/control.md), as in 127.0.0.1:4711; port 0
    /// is any free one
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) control: Option<SocketAddr>,
    /// Keep its token, and where it is, in this file, which nobody else can read; one that is there stays
    #[arg(long, value_name = "FILE", requires = "control")]
    pub(crate) control_token: Option<PathBuf>,
    /// Let everybody on this machine in without a token
    #[arg(long, requires = "control", conflicts_with = "control_token")]
    pub(crate) control_no_token: bool,
    /// Take an address that is not loopback, where others can reach it
    #[arg(long, requires = "control")]
    pub(crate) control_any_address: bool,
}

impl ControlArgs {
    pub(crate) fn settings(&self) -> Option<control::Settings> {
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

impl RunArgs {
    /// All modules, and their control interface. The one of a command line without `--config` has no name.
    pub(crate) fn plan(self) -> Result<Plan, SetupError> {
        match &self.config {
            Some(path) => config::load(path),
            None => {
                let control = self.control.settings();
                let (place, name) = ("command line".to_owned(), String::new());
                Plan::new(vec![Wanted { place, name, ports: self.ports, args: self.module }], control)
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use daemon::{Capture, Secrets, SimCard, Timing, Tolerance};

    fn run(args: RunArgs) -> Config {
        args.plan().unwrap().modules.remove(0).config
    }

    fn config(args: &[&str]) -> Config {
        let cli = Cli::try_parse_from([&["modemtwin"], args].concat()).unwrap();
        match cli.command {
            None => run(cli.run),
            Some(Command::Ctl(_)) => panic!("it has no module of its own"),
            Some(Command::Run(args)) => run(args),
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
    fn a_config_file_and_how_the_process_ends_go_together() {
        assert!(Cli::try_parse_from(["modemtwin", "--config=f.toml", "--end-with-stdin"]).is_ok());
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
            (&["--config=f.toml", "--model=EC200M-CN"], "cannot be used with"),
            (&["--model=EC200N"], "[possible values: EC200M-CN, EC200N-CN, EC800M-CN, EC800N-CN]"),
            (&["--strict", "--lenient"], "cannot be used with"),
            (&["--fault=net.latncy"], "did you mean `net.latency`?"),
            (&["--fault=net.latency ms=long"], "column 16: `long` is no `ms`; write a number, 0 to 600000"),
            (&["--lint-ignore=nois"], "did you mean noise?"),
            (&["--fail-on-lint=bad"], "write error, warning or note"),
            (&["lint"], "the following required arguments were not provided"),
        ] {
            let text = error(args);
            assert!(text.contains(said), "{args:?}: {text}");
        }
    }
}
