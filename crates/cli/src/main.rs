//! The `modemtwin` command: arguments, output, exit codes.
#![forbid(unsafe_code)]

mod args;
mod chat;
mod config;
mod ctl;
mod demo;
mod faults;
mod lint;
mod live;
mod peer_command;
mod play;
mod playback;
mod run;
mod signals;
mod tap;
mod why;

use args::{Cli, Command};
use clap::{CommandFactory, Parser};
use clap_complete::Shell;
use std::{
    error::Error,
    io::{self, Write},
    process::ExitCode,
};

/// Something could not be had at the start, or an answer of the demonstration was not as documented.
const FAILED: u8 = 1;
/// `--fail-on-lint`: the host driver did something wrong.
const LINT: u8 = 3;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done: Result<ExitCode, Box<dyn Error>> = match cli.command.unwrap_or(Command::Run(cli.run)) {
        Command::Run(args) => run::run(args).map(linted).map_err(Into::into),
        Command::Ctl(args) => Ok(ctl::ctl(&args)),
        Command::Chat(args) => {
            args.config().map_err(Into::into).and_then(chat::chat).map(|()| ExitCode::SUCCESS)
        }
        Command::Demo(args) => {
            args.config().map_err(Into::into).and_then(demo::demo).map(|()| ExitCode::SUCCESS)
        }
        Command::Faults { name } => faults::faults(name.as_deref()).map(|()| ExitCode::SUCCESS),
        Command::Peer(args) => peer_command::peer(&args).map(|()| ExitCode::SUCCESS).map_err(Into::into),
        Command::Completions { shell } => completions(shell).map_err(Into::into),
        Command::Play(args) => play::play(&args),
        Command::Why(args) => why::why(&args).map(|()| ExitCode::SUCCESS).map_err(Into::into),
        Command::Lint(args) => lint::check(args).map(linted).map_err(Into::into),
        Command::Playback(args) => playback::playback(&args),
        Command::Tap(args) => tap::tap(args).map(linted).map_err(Into::into),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("modemtwin: {error}");
            ExitCode::from(FAILED)
        }
    }
}

fn completions(shell: Shell) -> io::Result<ExitCode> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "modemtwin", &mut text);
    io::stdout().write_all(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn linted(has_failed: bool) -> ExitCode {
    if has_failed { ExitCode::from(LINT) } else { ExitCode::SUCCESS }
}
