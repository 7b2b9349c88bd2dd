//! `modemtwin run`: modules until they are told to stop.

use crate::{
    args::RunArgs,
    config::{Named, Plan},
    lint::has_failed,
    signals::{Signals, lacking},
};
use control::Server;
use daemon::{Capture, Handle, Place, SetupError, Twin, allow_many_files, runtime};
use std::{
    future::{pending, poll_fn},
    io::{self, Write},
    pin::pin,
    task::Poll,
};
use tokio::sync::oneshot;

/// What a module without a name is called in the control interface.
const ONLY: &str = "module0";

/// Says whether a host driver did what `--fail-on-lint` is about.
pub(crate) fn run(args: RunArgs) -> Result<bool, SetupError> {
    allow_many_files();
    let runtime = runtime().map_err(|e| lacking(&e))?;
    runtime.block_on(async {
        // Before anything exists that a signal should clean up.
        let mut signals = Signals::catch()?;
        let mut released = pin!(end_of_stdin(args.end_with_stdin));
        let Plan { modules, control } = args.plan()?;
        let mut twins = Vec::new();
        let mut lints = Vec::new();
        let mut stdout_is_taken = false;
        for Named { name, config, fail_on_lint } in modules {
            stdout_is_taken |= config.capture.as_ref().is_some_and(Capture::takes_stdout);
            let twin = Twin::start(config)?;
            stdout_is_taken |= twin.ports().iter().any(|(_, place)| *place == Place::Stdio);
            lints.extend(twin.lint().cloned().zip(fail_on_lint));
            twins.push((name, twin));
        }
        let control = match control {
            Some(settings) => Some(Server::start(settings, handles(&twins)).await?),
            None => None,
        };
        announce(&twins, control.as_ref(), stdout_is_taken);
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
                stop |= released.as_mut().poll(cx).is_ready();
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

/// Waits for the end of standard input, or for ever. What comes before it is of no meaning.
async fn end_of_stdin(is_wanted: bool) {
    let (held, end) = oneshot::channel::<()>();
    if is_wanted {
        // A thread that is still reading when the process ends holds up nothing.
        std::thread::spawn(move || {
            let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
            drop(held);
        });
        let _ = end.await;
    } else {
        pending().await
    }
}

/// The modules by name, for the control interface.
fn handles(twins: &[(String, Twin)]) -> Vec<(String, Handle)> {
    let name = |name: &String| if name.is_empty() { ONLY.into() } else { name.clone() };
    twins.iter().map(|(own, twin)| (name(own), twin.handle())).collect()
}

/// One line for each port, one for the control interface, then `ready`. A reader that has gone away is no reason to stop. Standard
/// output that is a port or a capture has no place for it.
fn announce(twins: &[(String, Twin)], control: Option<&Server>, stdout_is_taken: bool) {
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
    let mut out: Box<dyn Write> =
        if stdout_is_taken { Box::new(io::stderr().lock()) } else { Box::new(io::stdout().lock()) };
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
