//! `modemtwin run`: modules until they are told to stop.

use crate::{
    args::RunArgs,
    config::{Named, Plan},
    lint::has_failed,
    signals::{Signals, lacking},
};
use control::Server;
use daemon::{Handle, Place, SetupError, Twin, allow_many_files, runtime};
use std::{
    future::{pending, poll_fn},
    io::Write,
    pin::pin,
    task::Poll,
};

/// What a module without a name is called in the control interface.
const ONLY: &str = "module0";

/// Says whether a host driver did what `--fail-on-lint` is about.
pub(crate) fn run(args: RunArgs) -> Result<bool, SetupError> {
    allow_many_files();
    let runtime = runtime().map_err(|e| lacking(&e))?;
    runtime.block_on(async {
        // Before anything exists that a signal should clean up.
        let mut signals = Signals::catch()?;
        let Plan { modules, control } = args.plan()?;
        let mut twins = Vec::new();
        let mut lints = Vec::new();
        for Named { name, config, fail_on_lint } in modules {
            let twin = Twin::start(config)?;
            lints.extend(twin.lint().cloned().zip(fail_on_lint));
            twins.push((name, twin));
        }
        let control = match control {
            Some(settings) => Some(Server::start(settings, handles(&twins)).await?),
            None => None,
        };
        announce(&twins, control.as_ref());
        let has_ended = {
            let mut ended = pin!(async {
                for (_, twin) in &mut twins {
                    twin.ended().await;
                }
            });
            let mut wanted = pin!(async {
                match &control {
                    Some(server) => server.stop_wanted().await,
                    None => pending().await,
                }
            });
            poll_fn(|cx| {
                let mut stop = signals.poll(cx).is_ready();
                stop |= wanted.as_mut().poll(cx).is_ready();
                match ended.as_mut().poll(cx) {
                    Poll::Ready(()) => Poll::Ready(true),
                    Poll::Pending if stop => Poll::Ready(false),
                    Poll::Pending => Poll::Pending,
                }
            })
            .await
        };
        if !has_ended {
            // All at the same time: each may take its time.
            let stops: Vec<_> = twins.into_iter().map(|(_, twin)| tokio::spawn(twin.stop())).collect();
            for stop in stops {
                let _ = stop.await;
            }
        }
        Ok(has_failed(&lints))
    })
}

/// The modules by name, for the control interface.
fn handles(twins: &[(String, Twin)]) -> Vec<(String, Handle)> {
    let name = |name: &String| if name.is_empty() { ONLY.into() } else { name.clone() };
    twins.iter().map(|(own, twin)| (name(own), twin.handle())).collect()
}

/// One line for each port, one for the control interface, then `ready`. A reader that has gone away is no reason to stop. Standard output that is
/// a port has no place for it.
fn announce(twins: &[(String, Twin)], control: Option<&Server>) {
    let mut text = String::new();
    for (name, twin) in twins {
        for (port, place) in twin.ports() {
            if !name.is_empty() {
                text += &format!("module {name} ");
            }
            text += &format!("port {} {place}\n", port.name());
        }
    }
    if let Some(server) = control {
        text += &format!("{}\n", server.announcement());
    }
    text += "ready\n";
    let is_taken = twins.iter().flat_map(|(_, twin)| twin.ports()).any(|(_, place)| *place == Place::Stdio);
    let mut out: Box<dyn Write> =
        if is_taken { Box::new(std::io::stderr().lock()) } else { Box::new(std::io::stdout().lock()) };
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
