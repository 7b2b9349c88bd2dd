//! A running `modemtwin`.

use daemon::Place;
use modemtwin::dte::Dte;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
};

pub(crate) struct Modemtwin {
    child: Child,
    ports: Vec<(String, Place)>,
    /// What was printed behind `control`.
    control: Option<String>,
}

pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_modemtwin"));
    command.args(args).stdin(Stdio::null());
    command
}

/// Runs to the end, which has to come by itself.
pub(crate) fn output(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

/// A program of others that is not installed is no failure, but in CI, which installs it.
pub(crate) fn is_missing(name: &str, probe: &mut Command) -> bool {
    let missing = !probe.output().is_ok_and(|out| out.status.success());
    assert!(!missing || std::env::var("CI").as_deref() != Ok("true"), "{name} is not installed");
    if missing {
        eprintln!("skipped: {name} is not installed");
    }
    missing
}

/// A Python that has the module: the first one of the path, or that of the distribution, which has its packages.
pub(crate) fn python(module: &str) -> Option<&'static str> {
    let import = format!("import {module}");
    let probe = |python: &&str| Command::new(*python).args(["-c", &import]).output();
    let found = ["python3", "/usr/bin/python3"]
        .into_iter()
        .find(|python| probe(python).is_ok_and(|out| out.status.success()));
    match found {
        None if is_missing(&format!("Python's {module}"), &mut Command::new("false")) => None,
        found => found,
    }
}

pub(crate) fn succeeds(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

impl Modemtwin {
    /// Starts it and waits for `ready`.
    pub(crate) fn start(args: &[&str]) -> Modemtwin {
        Modemtwin::of(&mut command(args))
    }

    /// The same with a command of one's own.
    pub(crate) fn of(command: &mut Command) -> Modemtwin {
        Modemtwin::heard(command).0
    }

    /// And what it says behind `ready`.
    pub(crate) fn heard(command: &mut Command) -> (Modemtwin, BufReader<ChildStdout>) {
        let child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut modem = Modemtwin { child, ports: Vec::new(), control: None };
        let mut said = BufReader::new(modem.child.stdout.take().unwrap());
        let mut line = String::new();
        while said.read_line(&mut line).unwrap() > 0 {
            let line = std::mem::take(&mut line).trim_end().to_owned();
            if line == "ready" {
                return (modem, said);
            }
            if let Some(place) = line.strip_prefix("control ") {
                modem.control = Some(place.to_owned());
                continue;
            }
            let line = line.split_once(" port ").map_or(line.clone(), |(_, port)| format!("port {port}"));
            let words: Vec<_> = line.splitn(4, ' ').collect();
            let place = match words[..] {
                ["port", _, "pty", path] => Place::Pty(path.into()),
                ["port", _, "tcp", addr] => Place::Tcp(addr.parse().unwrap()),
                ["port", _, "unix", path] => Place::Unix(path.into()),
                ["port", _, "serial", device] => Place::Serial(device.into()),
                ["port", _, "rfc2217", addr] => Place::Rfc2217(addr.parse().unwrap()),
                _ => panic!("no line of a start: {line}"),
            };
            modem.ports.push((words[1].to_owned(), place));
        }
        panic!("ended without `ready`: {:?}", modem.child.wait());
    }

    pub(crate) fn place(&self, port: &str) -> Place {
        self.ports.iter().find(|(name, _)| name == port).unwrap().1.clone()
    }

    /// What was printed behind `control`.
    pub(crate) fn control(&self) -> &str {
        self.control.as_deref().unwrap()
    }

    pub(crate) fn dte(&self, port: &str) -> Dte {
        Dte::open(&self.place(port)).unwrap()
    }

    /// Waits for an end that comes by itself.
    pub(crate) fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Stops it, until `Signal::CONT`: what is sent meanwhile it hears all at once.
    pub(crate) fn pause(&self) {
        self.signal(Signal::STOP);
        waitpid(Some(Pid::from_child(&self.child)), WaitOptions::UNTRACED).unwrap();
    }

    /// Sends the signal and waits for the end.
    pub(crate) fn stop(mut self, signal: Signal) -> ExitStatus {
        self.signal(signal);
        self.child.wait().unwrap()
    }
}

impl Drop for Modemtwin {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An empty folder, removed with the value.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Another one each time, also for the same name.
    pub(crate) fn new(test: &str) -> Folder {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("modemtwin-{test}-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// A path in it, as an argument.
    pub(crate) fn arg(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
