//! `modemtwin peer`: servers to connect to, good ones and ones that are wrong in one way each.

use crate::signals::{Signals, lacking};
use daemon::{SetupError, allow_many_files, faults::nearest, runtime};
use peers::menu::{Desk, ROWS, Row};
use std::{
    fmt::Write as _,
    fs::{self, OpenOptions, Permissions},
    future::poll_fn,
    io::{self, Write},
    net::{IpAddr, SocketAddr},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// Only its owner may read a key; certificates are for everybody.
const KEY_MODE: u32 = 0o600;
const CERTIFICATE_MODE: u32 = 0o644;

/// A peer, and where, if it is not its own port.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    row: &'static Row,
    at: Option<SocketAddr>,
}

#[derive(clap::Args, Debug)]
pub(crate) struct PeerArgs {
    /// Peers to start, each at its own port of --address or where ADDR:PORT says (port 0: any free one)
    #[arg(value_name = "NAME[=ADDR:PORT]", value_parser = wanted, required_unless_present_any = ["all", "list"])]
    wanted: Vec<Wanted>,
    /// Start all of them
    #[arg(long)]
    all: bool,
    /// Where peers without a place of their own listen; 0.0.0.0 or :: for others on the network, too
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    address: IpAddr,
    /// Take any free port for each of these, so that several sets can run at the same time; it is printed
    #[arg(long)]
    any_port: bool,
    /// Tell what there is, and what a module makes of each
    #[arg(long, exclusive = true)]
    list: bool,
    /// Write what a module needs into this folder (made if missing): ca.pem, client.pem, client.key
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Another name or address in the certificates, beside localhost and the loopback addresses. May be repeated
    #[arg(long = "san", value_name = "NAME|IP")]
    names: Vec<String>,
}

fn wanted(text: &str) -> Result<Wanted, String> {
    let (name, at) = text.split_once('=').map_or((text, None), |(name, at)| (name, Some(at)));
    let row = Row::by_name(name)
        .ok_or_else(|| format!("no peer is called `{name}`; {} (see modemtwin peer --list)", meant(name)))?;
    let at = at
        .map(str::parse)
        .transpose()
        .map_err(|_| format!("write NAME=ADDR:PORT, as in {name}=0.0.0.0:{}", row.port))?;
    Ok(Wanted { row, at })
}

/// What may have been meant by a name that no peer has.
fn meant(wrong: &str) -> String {
    nearest(wrong, ROWS.iter().map(|row| row.name))
        .map_or_else(|| format!("there are {}", ROWS.len()), |name| format!("did you mean `{name}`?"))
}

/// What stands below the help: all peers.
pub(crate) fn help() -> String {
    let names = ROWS.iter().map(|row| format!("  {:<16} {}", row.name, row.shows));
    format!(
        "Peers:\n{}\n\nExamples:\n  \
         modemtwin peer echo expired --dir certs\n      \
         Then: modemtwin --put ca.pem=certs/ca.pem, and AT+QSSLOPEN=1,1,4,\"localhost\",8401,0\n  \
         modemtwin peer --all --dir certs --san 192.168.0.5 --address 0.0.0.0\n      \
         All of them, for a real module on this network, too",
        names.collect::<Vec<_>>().join("\n")
    )
}

/// Runs the peers until SIGINT or SIGTERM.
pub(crate) fn peer(args: &PeerArgs) -> Result<(), SetupError> {
    allow_many_files();
    if args.list {
        let _ = io::stdout().write_all(list().as_bytes());
        return Ok(());
    }
    let desk = Desk::new(&args.names)
        .map_err(|e| SetupError::new("random numbers", e, "check that /dev/urandom is there"))?;
    runtime().map_err(|e| lacking(&e))?.block_on(async {
        let mut signals = Signals::catch()?;
        let mut running = Vec::new();
        let mut text = String::new();
        for Wanted { row, at } in all(args) {
            let port = if args.any_port { 0 } else { row.port };
            let at = at.unwrap_or(SocketAddr::new(args.address, port));
            let peer = row.start(&desk, at).map_err(|e| {
                let any = SocketAddr::new(at.ip(), 0);
                let remedy = format!(
                    "give it another place, or any port: {}={any}; all of them: --any-port",
                    row.name
                );
                SetupError::new(format_args!("peer {} at {at}", row.name), e, remedy)
            })?;
            let _ = writeln!(text, "peer {} {}", row.name, peer.addr());
            running.push(peer);
        }
        // Not before: the certificates of peers that run at these ports stay theirs.
        if let Some(folder) = &args.dir {
            store(folder, &desk)?;
        }
        text += "ready\n";
        // A reader that has gone away is no reason to stop.
        let _ = io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush());
        poll_fn(|cx| signals.poll(cx)).await;
        Ok(())
    })
}

/// With `--all`, those with a place of their own have it.
fn all(args: &PeerArgs) -> Vec<Wanted> {
    let mut wanted = args.wanted.clone();
    if args.all {
        let others = ROWS.iter().filter(|row| !args.wanted.iter().any(|wanted| wanted.row.name == row.name));
        wanted.extend(others.map(|row| Wanted { row, at: None }));
    }
    wanted
}

fn store(folder: &Path, desk: &Desk) -> Result<(), SetupError> {
    let wrong = |path: &Path, e| {
        SetupError::new(path.display(), e, "give --dir a folder that is yours or can be made")
    };
    fs::create_dir_all(folder).map_err(|e| wrong(folder, e))?;
    for (name, content) in desk.files() {
        let path = folder.join(name);
        let mode = if name.ends_with(".key") { KEY_MODE } else { CERTIFICATE_MODE };
        write(&path, mode, &content).map_err(|e| wrong(&path, e))?;
    }
    Ok(())
}

fn write(path: &Path, mode: u32, content: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path)?;
    // One that was there already, and whatever the umask is.
    file.set_permissions(Permissions::from_mode(mode))?;
    file.write_all(content.as_bytes())
}

fn list() -> String {
    let mut text = String::new();
    for row in ROWS {
        let _ = writeln!(text, "{:<16} {}  {}", row.name, row.port, row.shows);
        for trial in row.trials {
            let _ = writeln!(text, "{:22} {}", "", trial.sentence());
        }
    }
    text
}
