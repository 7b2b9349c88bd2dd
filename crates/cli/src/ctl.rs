//! `modemtwin ctl`: asks the control interface of a running modemtwin.

mod show;

use clap::{Args, Subcommand, ValueEnum};
use control::client::{Client, Failure, VARIABLE, segment};
use serde::Serialize;
use serde_json::{Value, json};
use show::Show;
use std::{
    env, fs,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

/// The interface could not be reached, or a file of this machine not be read or written.
const NO_CONTACT: u8 = 1;
/// The interface has refused.
const REFUSED: u8 = 3;

pub(crate) const HELP: &str = "\
Where the interface is, in this order: --url with --token; the variable
MODEMTWIN_CONTROL, which holds either what modemtwin printed behind `control`
or the name of the file of its --control-token.
  modemtwin --control 127.0.0.1:4711 --control-token /run/user/1000/modemtwin
  export MODEMTWIN_CONTROL=/run/user/1000/modemtwin
  modemtwin ctl sockets

Exit codes:
  0  done
  1  the interface cannot be reached, or a file of this machine cannot be read or written
  2  the command line is wrong
  3  the interface has refused; the message says why and what to do";

#[derive(Args, Debug)]
pub(crate) struct CtlArgs {
    /// The interface, as in http://127.0.0.1:4711, or the file of --control-token
    #[arg(long, global = true, value_name = "URL|FILE")]
    url: Option<String>,
    /// Its token
    #[arg(long, global = true)]
    token: Option<String>,
    /// The module, if there are several [default: the first]
    #[arg(long, global = true, value_name = "NAME")]
    module: Option<String>,
    /// Print the answer as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Ctl,
}

#[derive(Debug, Subcommand)]
enum Ctl {
    /// The modules, and where hosts find their ports
    Modules,
    /// The module as a whole
    State,
    /// Its ports: who is there, what they do, modem lines
    Ports,
    /// Sockets that are not in Initial
    Sockets,
    /// SSL contexts
    Ssl,
    /// Files
    Files {
        #[command(subcommand)]
        command: Option<FilesCommand>,
    },
    /// Show the module's clock, or set it, as in 2026-03-01T12:00:00Z
    Clock {
        /// Date, time and zone (RFC 3339)
        time: Option<String>,
    },
    /// Press PWRKEY (off, and on again) or RESET_N
    Power {
        /// What is pressed
        press: Press,
    },
    /// Show the SIM holder, put a card into it, or take it out
    Sim {
        #[command(subcommand)]
        command: Option<SimCommand>,
    },
    /// Show the network, or set the signal strength, 0 to 31 as AT+CSQ prints it
    Signal {
        /// How strong it is to be
        #[arg(value_parser = clap::value_parser!(u8).range(..=31))]
        strength: Option<u8>,
    },
    /// Show the network, or set what there is to find
    Network {
        /// The networks there are
        coverage: Option<Coverage>,
    },
    /// Show PDP contexts, have the network end one, or refuse them
    Pdp {
        #[command(subcommand)]
        command: Option<PdpCommand>,
    },
    /// Show the modem lines of a port, or drive those of the host, as in: lines uart1 dtr off
    ///
    /// Those of a pty, TCP or Unix port: on a serial or RFC 2217 port the host drives them itself.
    Lines {
        /// usbat, usbmodem or uart1
        port: String,
        /// The line to drive
        #[arg(requires = "state")]
        line: Option<Line>,
        /// How it is to be
        state: Option<Switch>,
    },
    /// Why something failed: the last failures, and what helps
    Why,
    /// Show faults, ask for one, or end some
    Fault {
        #[command(subcommand)]
        command: Option<FaultCommand>,
    },
    /// What the host driver has done wrong so far (modemtwin --lint)
    Lint,
    /// What of the module the host driver has met so far (modemtwin --lint)
    Coverage,
    /// Print what happens from now on
    Events {
        /// Only events of these kinds (docs/trace.md), as in urc,socket; as JSON
        #[arg(long, value_delimiter = ',')]
        kind: Vec<String>,
    },
    /// End the process, as SIGTERM does
    Stop,
}

#[derive(Debug, Subcommand)]
enum FilesCommand {
    /// List them (what happens without a command)
    Ls,
    /// Put a file of this machine into UFS
    Put {
        /// Name in UFS
        name: String,
        /// File of this machine
        path: PathBuf,
    },
    /// Write a file of UFS to a file of this machine, or to standard output
    Get {
        /// Name in UFS
        name: String,
        /// File of this machine
        path: Option<PathBuf>,
    },
    /// Remove a file of UFS
    Rm {
        /// Name in UFS
        name: String,
    },
}

#[derive(Debug, Subcommand)]
enum SimCommand {
    /// Put a card into the holder, in place of one that is there
    Insert {
        /// Its PIN, 4 to 8 digits; without one it asks for none
        pin: Option<String>,
    },
    /// Take the card out
    Remove,
}

#[derive(Debug, Subcommand)]
enum PdpCommand {
    /// The network ends a context
    Drop {
        /// Its number, 1 to 15
        context: u8,
    },
    /// The network refuses contexts from now on
    Refuse,
    /// The network gives contexts again
    Accept,
}

#[derive(Debug, Subcommand)]
enum FaultCommand {
    /// List them (what happens without a command)
    Ls,
    /// Ask for a fault, as behind --fault: fault add net.latency ms=200
    Add {
        /// A line of docs/faults.md; `modemtwin faults` has them, too
        #[arg(required = true, value_name = "FAULT")]
        words: Vec<String>,
    },
    /// End faults; `off` does the same, as in scenarios
    #[command(alias = "off")]
    Rm {
        /// A number, a name, a family, or all
        which: String,
    },
}

#[derive(Clone, Copy, Debug, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
enum Coverage {
    None,
    Home,
    Roaming,
    Denied,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Line {
    Dtr,
    Rts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

#[derive(Clone, Copy, Debug, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
enum Press {
    #[value(alias = "key")]
    Power,
    Reset,
}

/// What is asked for, and how the answer is shown.
struct Request {
    method: &'static str,
    path: String,
    body: Vec<u8>,
    show: Show,
}

pub(crate) fn ctl(args: &CtlArgs) -> ExitCode {
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("modemtwin: {failure}");
            ExitCode::from(match failure {
                Failed::Interface(Failure::Refused(_)) => REFUSED,
                Failed::Interface(Failure::NoContact(_)) | Failed::Here(_) => NO_CONTACT,
            })
        }
    }
}

/// What did not work.
enum Failed {
    Interface(Failure),
    /// Something on this machine: place, reason, remedy.
    Here(String),
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Failed {
        Failed::Interface(failure)
    }
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failed::Interface(failure) => failure.fmt(f),
            Failed::Here(text) => f.write_str(text),
        }
    }
}

fn run(args: &CtlArgs) -> Result<(), Failed> {
    let client = client(args)?;
    let request = args.request(&client)?;
    if let Show::Events = request.show {
        for line in client.events(&request.path)? {
            let line =
                line.map_err(|e| Failed::Here(format!("events: {e} (check that modemtwin still runs)")))?;
            if !print(format!("{line}\n").as_bytes())? {
                break;
            }
        }
        return Ok(());
    }
    let answer = client.send(request.method, &request.path, &request.body)?;
    if let Show::File(path) = &request.show {
        return match path {
            Some(path) => fs::write(path, answer).map_err(|e| {
                Failed::Here(format!("{}: {e} (give a file that can be written)", path.display()))
            }),
            None => print(&answer).map(drop),
        };
    }
    let text =
        if args.json { [&answer[..], b"\n"].concat() } else { request.show.text(&client, &answer)?.into() };
    if !answer.is_empty() {
        print(&text)?;
    }
    Ok(())
}

/// Does somebody read on? A reader that has gone away has had enough.
fn print(text: &[u8]) -> Result<bool, Failed> {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(e) => Err(Failed::Here(format!("standard output: {e} (give it room)"))),
    }
}

fn client(args: &CtlArgs) -> Result<Client, Failed> {
    let place = args.url.clone().or_else(from_environment).ok_or_else(|| {
        Failed::Here(format!(
            "no control interface is known (start modemtwin with --control 127.0.0.1:0, then give --url, or set {VARIABLE} to \
             what it prints behind `control`)"
        ))
    })?;
    Ok(Client::find(&place, args.token.as_deref())?)
}

impl CtlArgs {
    fn request(&self, client: &Client) -> Result<Request, Failed> {
        let top = |method, path: &str, show| Request { method, path: path.into(), body: Vec::new(), show };
        match self.command {
            Ctl::Modules => return Ok(top("GET", "/v1/modules", Show::Modules)),
            Ctl::Stop => return Ok(top("POST", "/v1/shutdown", Show::Nothing)),
            _ => {}
        }
        let module = match &self.module {
            Some(name) => name.clone(),
            None => first(client)?,
        };
        let base = format!("/v1/modules/{}", segment(&module));
        let at = |method, path: &str, body: Option<Value>, show| Request {
            method,
            path: format!("{base}{path}"),
            body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
            show,
        };
        let get = |path: &str, show| at("GET", path, None, show);
        Ok(match &self.command {
            Ctl::Modules | Ctl::State | Ctl::Stop => get("", Show::Module),
            Ctl::Ports => get("/ports", Show::Ports),
            Ctl::Sockets => get("/sockets", Show::Sockets),
            Ctl::Ssl => get("/ssl", Show::Ssl),
            Ctl::Files { command } => files(command.as_ref(), at)?,
            Ctl::Clock { time: None } => get("/clock", Show::Clock),
            Ctl::Clock { time: Some(time) } => at("PUT", "/clock", Some(json!({"utc": time})), Show::Clock),
            Ctl::Power { press } => at("POST", "/power", Some(json!({"press": press})), Show::Nothing),
            Ctl::Sim { command: None } => get("/sim", Show::Sim),
            Ctl::Sim { command: Some(SimCommand::Insert { pin }) } => {
                at("PUT", "/sim", Some(json!({"pin": pin})), Show::Sim)
            }
            Ctl::Sim { command: Some(SimCommand::Remove) } => at("DELETE", "/sim", None, Show::Sim),
            Ctl::Signal { strength: None } | Ctl::Network { coverage: None } => {
                get("/network", Show::Network)
            }
            Ctl::Signal { strength } => {
                at("PATCH", "/network", Some(json!({"signal": strength})), Show::Network)
            }
            Ctl::Network { coverage } => {
                at("PATCH", "/network", Some(json!({"coverage": coverage})), Show::Network)
            }
            Ctl::Pdp { command: None } => get("/pdp", Show::Pdp),
            Ctl::Pdp { command: Some(PdpCommand::Drop { context }) } => {
                at("POST", &format!("/pdp/{context}/drop"), None, Show::Nothing)
            }
            Ctl::Pdp { command: Some(PdpCommand::Refuse) } => {
                at("PATCH", "/network", Some(json!({"refuse_pdp": true})), Show::Network)
            }
            Ctl::Pdp { command: Some(PdpCommand::Accept) } => {
                at("PATCH", "/network", Some(json!({"refuse_pdp": false})), Show::Network)
            }
            Ctl::Lines { port, line, state } => {
                let path = format!("/ports/{}/lines", segment(port));
                let is_on = *state == Some(Switch::On);
                match line {
                    None => get(&path, Show::Lines),
                    Some(Line::Dtr) => at("PATCH", &path, Some(json!({"dtr": is_on})), Show::Lines),
                    Some(Line::Rts) => at("PATCH", &path, Some(json!({"rts": is_on})), Show::Lines),
                }
            }
            Ctl::Why => get("/why", Show::Why),
            Ctl::Fault { command: None | Some(FaultCommand::Ls) } => get("/faults", Show::Faults),
            Ctl::Fault { command: Some(FaultCommand::Add { words }) } => {
                at("POST", "/faults", Some(json!({"fault": words.join(" ")})), Show::FaultId)
            }
            Ctl::Fault { command: Some(FaultCommand::Rm { which }) } => {
                at("DELETE", &format!("/faults/{}", segment(which)), None, Show::Lifted)
            }
            Ctl::Lint => get("/lint", Show::Lint),
            Ctl::Coverage => get("/coverage", Show::Met),
            Ctl::Events { kind } => {
                let form = if self.json || !kind.is_empty() { "json" } else { "human" };
                let kinds = segment(&kind.join(",")).to_string();
                get(&format!("/events?form={form}&kind={kinds}"), Show::Events)
            }
        })
    }
}

fn files(
    command: Option<&FilesCommand>,
    at: impl Fn(&'static str, &str, Option<Value>, Show) -> Request,
) -> Result<Request, Failed> {
    let path = |name: &str| format!("/files/{}", segment(name));
    Ok(match command {
        None | Some(FilesCommand::Ls) => at("GET", "/files", None, Show::Files),
        Some(FilesCommand::Put { name, path: source }) => {
            let content = fs::read(source).map_err(|e| {
                Failed::Here(format!("{}: {e} (give a file that can be read)", source.display()))
            })?;
            Request { body: content, ..at("PUT", &path(name), None, Show::Nothing) }
        }
        Some(FilesCommand::Get { name, path: to }) => at("GET", &path(name), None, Show::File(to.clone())),
        Some(FilesCommand::Rm { name }) => at("DELETE", &path(name), None, Show::Nothing),
    })
}

/// The last failures of the first module of the interface that the environment names.
pub(crate) fn failures() -> Result<Vec<daemon::Failure>, String> {
    let place = from_environment().ok_or("no control interface is known")?;
    let ask = || {
        let client = Client::find(&place, None)?;
        let module = first(&client)?;
        let answer: Value = client.get(&format!("/v1/modules/{}/why", segment(&module)))?;
        Ok(answer)
    };
    let mut answer = ask().map_err(|failed: Failed| failed.to_string())?;
    serde_json::from_value(answer["failures"].take()).map_err(|e| e.to_string())
}

/// The name of the first module.
fn first(client: &Client) -> Result<String, Failed> {
    let list: control::api::Modules = client.get("/v1/modules")?;
    let first = list.modules.into_iter().next();
    first.map(|module| module.name).ok_or_else(|| Failed::Here("there is no module (start one)".into()))
}

/// Where the environment says that the interface is; an empty variable says nothing.
fn from_environment() -> Option<String> {
    env::var(VARIABLE).ok().filter(|place| !place.is_empty())
}
