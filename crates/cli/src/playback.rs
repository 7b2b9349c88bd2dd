//! `modemtwin playback`: a recording in place of the module that it was made of.

use crate::{
    args,
    live::run,
    play::{Outcome, Show, read},
};
use clap::Args;
use daemon::{AtPort, Endpoint};
use scenario::transcript::live::{Live, Pace};
use std::{error::Error, path::PathBuf, process::ExitCode, time::Duration};

pub(crate) const PLAYBACK_HELP: &str = "\
Examples:
  modemtwin playback session.at --port uart1=pty:/tmp/modem
      Answers on /tmp/modem as the module did, at the same pace, as long as the host sends the same
  modemtwin playback --fast session.at --port uart1=pty:/tmp/modem
      The same without the waiting

Exit codes:
  0  the host has sent everything that was recorded
  1  it has sent something else, or nothing; or a port could not be had
  2  the file cannot be read, or a line in it is wrong";

#[derive(Args, Debug)]
pub(crate) struct PlaybackArgs {
    /// What `modemtwin tap --record` or `modemtwin run --record` has written, or any scenario
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A port of the recording and where the host finds it, as of `modemtwin run`. May be repeated
    #[arg(long = "port", value_name = "NAME=ENDPOINT", value_parser = args::port, required = true)]
    ports: Vec<(AtPort, Endpoint)>,
    /// Answer at once, and not when the module did
    #[arg(long)]
    fast: bool,
    /// How many seconds the host has for what comes next
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    patience: u32,
}

pub(crate) fn playback(args: &PlaybackArgs) -> Result<ExitCode, Box<dyn Error>> {
    let mut show = Show::new();
    let outcome = match read(&args.file) {
        Err(outcome) => outcome,
        Ok(scenario) => {
            let pace = Pace { patience: Duration::from_secs(args.patience.into()), fast: args.fast };
            let mut live = Live::from_tape(&scenario, pace);
            let ended = run(&mut live, scenario.ports(), &args.ports, None)?;
            ended.verdict.map_or_else(Outcome::Different, |()| Outcome::Holds)
        }
    };
    show.outcome(&args.file, &outcome);
    Ok(outcome.code())
}
