//! The `modemtwin` command: arguments, output, exit codes.
#![forbid(unsafe_code)]

mod args;
mod run;

use args::{Cli, Command};
use clap::Parser;
use std::process::ExitCode;

/// Something at the start or in the setting could not be had.
const FAILED: u8 = 1;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command.unwrap_or(Command::Run(cli.run)) {
        Command::Run(args) => run::run(args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("modemtwin: {error}");
            ExitCode::from(FAILED)
        }
    }
}
