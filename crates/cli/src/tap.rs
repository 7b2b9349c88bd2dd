//! `modemtwin tap`: between a host and a real module.

use crate::{
    args,
    lint::{LintArgs, has_failed},
    signals::{Signals, lacking},
};
use clap::Args;
use daemon::{
    AtPort, Endpoint, FarEnd, Form, Recording, Secrets, SetupError, Tap, TapConfig, Trace, runtime,
};
use std::{
    future::{Future, poll_fn},
    io::Write,
    path::PathBuf,
    pin::pin,
    task::Poll,
};

pub(crate) const TAP_HELP: &str = "\
Examples:
  modemtwin tap --host pty:/tmp/modem --module serial:/dev/ttyUSB2,115200 --trace -
      The driver opens /tmp/modem instead of /dev/ttyUSB2; everything that is said is shown
  modemtwin tap --host rfc2217:127.0.0.1:2217 --module serial:/dev/ttyUSB2 --record session.at
      With modem lines; session.at plays back without the module: modemtwin playback
  modemtwin tap --host pty:/tmp/modem --module serial:/dev/ttyUSB2 --lint - --fail-on-lint
      What the driver does wrong on the real module
  modemtwin tap --host pty:/tmp/modem --module rfc2217:lab.example:2217,115200 --trace -
      The module is at a device of another machine, behind ser2net
  modemtwin tap --host serial:/dev/ttyUSB0 --module serial:/dev/ttyUSB2 --record session.at
      Between firmware and module, with two adapters

Exit codes:
  0  stopped by SIGINT or SIGTERM
  1  an end or a file could not be had, or the module's end is gone
  2  the command line is wrong
  3  --fail-on-lint: the host driver did something wrong";

#[derive(Args, Debug)]
pub(crate) struct TapArgs {
    /// Where the host finds the module, as of `modemtwin run --port`: pty, pty:LINK, tcp:HOST:PORT, unix:PATH,
    /// rfc2217:HOST:PORT, stdio, serial:DEVICE[,BAUD[,FLOW]]
    #[arg(long, value_name = "ENDPOINT")]
    host: Endpoint,
    /// Where the module is: serial:DEVICE[,BAUD[,FLOW]], pty:PATH, or to connect to tcp:HOST:PORT or, as of ser2net,
    /// rfc2217:HOST:PORT[,BAUD[,FLOW]]
    #[arg(long, value_name = "ENDPOINT")]
    module: FarEnd,
    /// What the port is called in recording and traces: usbat, usbmodem or uart1
    #[arg(long, value_name = "NAME", default_value = "uart1", value_parser = args::port_name)]
    name: AtPort,
    /// Write everything down as a scenario (docs/record.md). PINs, passwords and contents of files are left out
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Leave nothing out of recording and traces
    #[arg(long)]
    secrets: bool,
    /// Show every byte with its time, in a file or on standard output (-)
    #[arg(long, value_name = "FILE|-")]
    trace: Option<PathBuf>,
    /// The same for programs (docs/trace.md)
    #[arg(long, value_name = "FILE|-")]
    trace_json: Option<PathBuf>,
    #[command(flatten)]
    lint: LintArgs,
}

impl TapArgs {
    fn config(self) -> Result<TapConfig, SetupError> {
        let secrets = if self.secrets { Secrets::Shown } else { Secrets::Hidden };
        let mut trace = Trace::new(secrets);
        for (path, form) in [(&self.trace, Form::Human), (&self.trace_json, Form::Json)] {
            if let Some(path) = path {
                trace = trace.to(path, form)?;
            }
        }
        Ok(TapConfig {
            name: self.name,
            host: self.host,
            module: self.module,
            trace: trace.is_wanted().then_some(trace),
            lint: self.lint.open()?,
            recording: self.record.map(|path| Recording { path, secrets }),
            report: |text| eprintln!("modemtwin: {text}"),
        })
    }
}

/// Says whether the host driver did what `--fail-on-lint` is about.
pub(crate) fn tap(args: TapArgs) -> Result<bool, SetupError> {
    let runtime = runtime().map_err(|e| lacking(&e))?;
    runtime.block_on(async {
        let mut signals = Signals::catch()?;
        let (name, is_stdio) = (args.name, args.host == Endpoint::Stdio);
        let limit = args.lint.fail_on_lint;
        let mut tap = Tap::open(args.config()?)?;
        let text = format!("port {} {}\nready\n", name.name(), tap.place());
        let mut out: Box<dyn Write> =
            if is_stdio { Box::new(std::io::stderr().lock()) } else { Box::new(std::io::stdout().lock()) };
        // Who has started it may not care.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        drop(out);
        let ended = {
            let mut run = pin!(tap.run());
            poll_fn(|cx| {
                let stop = signals.poll(cx).is_ready();
                match run.as_mut().poll(cx) {
                    Poll::Pending if stop => Poll::Ready(Ok(())),
                    turn => turn,
                }
            })
            .await
        };
        tap.end();
        let lints: Vec<_> = tap.lint().zip(limit).into_iter().collect();
        ended.map(|()| has_failed(&lints))
    })
}
