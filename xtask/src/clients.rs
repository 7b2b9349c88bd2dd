//! `cargo xtask clients`: hosts that others have written, each with a whole session on a pty: identity, SIM,
//! network, PDP context, upload of a certificate, TLS to a server that echoes, close.
//!
//! A client that is not installed is skipped by name; with `CI=true` that is a failure.

use crate::bench::{build, modemtwin_at};
use daemon::Place;
use modemtwin::peer::{Identity, Peer, Stream};
use std::{
    collections::BTreeSet,
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The longest that a session may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// One client.
struct Client {
    name: &'static str,
    /// What runs its script, and the script in the folder of clients.
    run: fn(&Path, &Path) -> Command,
    /// A command that succeeds where it is installed, and prints its version.
    probe: fn(&Path) -> Command,
    /// The upstream versions whose sessions have been seen: those of Debian 12 and 13, and of the lists of packages here.
    /// Another one runs too, with a warning. What a distribution appends for its security updates does not count.
    versions: &'static [&'static str],
    /// More arguments for the module.
    module: &'static [&'static str],
    /// The rules that it breaks, but for notes (docs/lint.md).
    breaks: &'static [&'static str],
}

/// The clients, each from a public registry.
const CLIENTS: &[Client] = &[
    Client {
        name: "pyserial",
        run: |folder, venv| script(venv.join("bin/python"), folder.join("pyserial_session.py")),
        probe: |venv| with(venv.join("bin/python"), &["-c", &python_version("pyserial")]),
        versions: &["3.5"],
        module: &[],
        breaks: &[],
    },
    Client {
        name: "attila",
        run: |folder, venv| script(venv.join("bin/python"), folder.join("attila_session.py")),
        probe: |venv| with(venv.join("bin/python"), &["-c", &python_version("attila")]),
        versions: &["1.2.2"],
        module: &[],
        // It ends everything with CR LF, payloads too.
        breaks: &["lf-before-payload", "stray-after-payload"],
    },
    Client {
        name: "Device::Modem",
        run: |folder, _| script("perl", folder.join("device_modem.pl")),
        probe: |_| with("perl", &["-MDevice::Modem", "-e", "print $Device::Modem::VERSION"]),
        versions: &["1.59"],
        module: &[],
        // ATT, which asks for tone dialling.
        breaks: &["unknown-command"],
    },
    Client {
        name: "chat of ppp",
        run: |folder, _| script("sh", folder.join("ppp_chat.sh")),
        probe: |_| debian("ppp"),
        versions: &["2.4.9", "2.5.2"],
        module: &[],
        breaks: &[],
    },
    Client {
        name: "comgt",
        run: |folder, _| script("sh", folder.join("comgt.sh")),
        probe: |_| debian("comgt"),
        versions: &["0.32"],
        module: &[],
        breaks: &[],
    },
    Client {
        name: "quectel-bg9x-atat",
        run: |_, venv| {
            let mut command = bg9x("run", venv);
            command.arg("--");
            command
        },
        // Building it is no part of its session. Its lock file has the version.
        probe: |venv| bg9x("build", venv),
        versions: &[""],
        // It asks for checkhost and quotes its suites.
        module: &["--lenient"],
        breaks: &["foreign-habit"],
    },
];

/// A program that prints the version of an installed Python package, and fails without it.
fn python_version(package: &str) -> String {
    format!("from importlib.metadata import version; print(version('{package}'))")
}

/// The version of an installed Debian package.
fn debian(package: &str) -> Command {
    with("dpkg-query", &["-W", "-f=${Version}", package])
}

/// A task of cargo for the client that is a crate.
fn bg9x(task: &str, venv: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    command.args([task, "--quiet", "--locked", "--manifest-path"]);
    command.arg(folder().join("bg9x/Cargo.toml"));
    command.env("CARGO_TARGET_DIR", venv.with_file_name("clients-bg9x"));
    command
}

/// Where the scripts of the clients are.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/cli/tests/clients")
}

fn with(program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args);
    command
}

fn script(program: impl AsRef<std::ffi::OsStr>, script: PathBuf) -> Command {
    let mut command = Command::new(program);
    command.arg(script);
    command
}

/// Runs every client whose name has `wanted` in it.
pub(crate) fn run(wanted: Option<&str>) -> std::result::Result<(), String> {
    meet(wanted.unwrap_or_default()).map_err(|e| format!("clients: {e}"))
}

fn meet(wanted: &str) -> Result<()> {
    let chosen: Vec<&Client> = CLIENTS.iter().filter(|client| client.name.contains(wanted)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = CLIENTS.iter().map(|client| client.name).collect();
        return Err(format!("there is no client {wanted}; there are {}", names.join(", ")).into());
    }
    let folder = folder();
    let program = build("modemtwin", "dev")?;
    let venv = program.parent().unwrap_or(Path::new(".")).join("clients-venv");
    make_venv(&venv, &folder.join("requirements.txt"));
    let identity = Identity::new().map_err(|e| e.to_string())?;
    let peer = Peer::start(&identity, echo)?;
    let ca = venv.with_file_name("clients-ca.pem");
    fs::write(&ca, &identity.ca_pem)?;

    let required = std::env::var("CI").is_ok_and(|ci| ci == "true");
    let mut failed = Vec::new();
    let mut out = io::stdout().lock();
    for client in chosen {
        let found = version_of((client.probe)(&venv));
        let verdict = if let Some(found) = &found {
            let note = untested(client, found);
            match session(client, &program, &folder, &venv, &ca, peer.addr().port()) {
                Ok(time) => format!("ok, {:.1} s{note}", time.as_secs_f64()),
                Err(error) => {
                    failed.push(client.name);
                    format!("FAILED{note}: {error}")
                }
            }
        } else {
            if required {
                failed.push(client.name);
            }
            "SKIPPED: it is not installed".into()
        };
        let version = found.unwrap_or_default();
        writeln!(out, "{:<18} {version:<18} {verdict}", client.name)?;
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("not as it should be: {}", failed.join(", ")).into()) }
}

/// The Python packages, in an environment of their own. What cannot be had is skipped later, by name.
fn make_venv(venv: &Path, requirements: &Path) {
    let python = venv.join("bin/python");
    if succeeds(with(&python, &["-c", "import attila, serial"])) {
        return;
    }
    if succeeds(with("python3", &["-m", "venv", &venv.to_string_lossy()])) {
        succeeds(with(&python, &["-m", "pip", "install", "--quiet", "-r", &requirements.to_string_lossy()]));
    }
}

/// What a probe prints, if it succeeds.
fn version_of(mut command: Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A warning about a version of which nothing is known; empty where it is one of those that have been tried.
fn untested(client: &Client, found: &str) -> String {
    // Whatever revision a distribution has added.
    let is = |version: &&str| {
        let rest = found.strip_prefix(*version);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'))
    };
    match client.versions.iter().any(is) {
        true => String::new(),
        false => {
            let known = client.versions.join(", ");
            format!(" (WARNING: version {found} has not been tried before, only {known})")
        }
    }
}

fn succeeds(mut command: Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// One client on a fresh module.
fn session(
    client: &Client,
    program: &Path,
    folder: &Path,
    venv: &Path,
    ca: &Path,
    port: u16,
) -> Result<Duration> {
    let findings = venv.with_file_name("clients-lint.jsonl");
    let lint = ["--lint-json", &findings.to_string_lossy()];
    let (running, place) = modemtwin_at(program, "pty", &[client.module, &lint].concat())?;
    let Place::Pty(modem) = place else { return Err("no pty".into()) };
    let start = Instant::now();
    let mut child = (client.run)(folder, venv)
        .args([modem.as_os_str(), ca.as_os_str()])
        .arg(port.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let said = std::thread::spawn(move || {
        let mut text = String::new();
        let _ = stdout.map(|mut out| out.read_to_string(&mut text));
        text
    });
    let complained = std::thread::spawn(move || {
        let mut text = String::new();
        let _ = stderr.map(|mut out| out.read_to_string(&mut text));
        text
    });
    let status = loop {
        match child.try_wait()? {
            Some(status) => break Some(status),
            None if start.elapsed() > PATIENCE => {
                child.kill()?;
                child.wait()?;
                break None;
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let text = [said, complained].map(|reader| reader.join().unwrap_or_default()).concat();
    match status {
        Some(status) if status.success() => {
            let time = start.elapsed();
            drop(running);
            check_findings(client, &fs::read_to_string(&findings)?)?;
            Ok(time)
        }
        Some(status) => Err(format!("{status}\n{}", text.trim()).into()),
        None => Err(format!("no end after {} s\n{}", PATIENCE.as_secs(), text.trim()).into()),
    }
}

/// A client that others use is no proof of a mistake: the lint finds what is known of it, all of it and nothing else.
fn check_findings(client: &Client, findings: &str) -> Result<()> {
    let grave = findings.lines().filter(|line| !line.contains(r#""severity":"note""#));
    let rules = grave.filter_map(|line| line.split_once(r#""rule":""#)?.1.split('"').next());
    let (found, known): (BTreeSet<&str>, BTreeSet<&str>) =
        (rules.collect(), client.breaks.iter().copied().collect());
    if found == known {
        return Ok(());
    }
    Err(format!("the lint finds {found:?}, and should find {known:?}\n{}", findings.trim()).into())
}

/// What comes in goes out.
fn echo(stream: &mut Stream) -> io::Result<()> {
    let mut buf = [0; 4096];
    loop {
        match stream.read(&mut buf)? {
            0 => return Ok(()),
            n => stream.write_all(buf.get(..n).unwrap_or_default())?,
        }
    }
}

#[test]
fn a_security_update_is_the_same_release_and_another_release_is_not() {
    let chat = CLIENTS.iter().find(|client| client.name == "chat of ppp").unwrap();
    for (found, tested) in [
        ("2.4.9", true),
        ("2.4.9-1+1.1+b1", true),
        ("2.4.9+deb12u2", true),
        ("2.5.2-1+1", true),
        ("2.4.91", false),
        ("2.4.9.1", false),
        ("2.5.0-1", false),
    ] {
        assert_eq!(untested(chat, found).is_empty(), tested, "{found}");
    }
    assert_eq!(
        untested(chat, "2.5.0-1"),
        " (WARNING: version 2.5.0-1 has not been tried before, only 2.4.9, 2.5.2)"
    );
}
