//! `modemtwin run`: a module until it is told to stop.

use crate::args::RunArgs;
use daemon::{Place, SetupError, Twin, runtime};
use std::{future::poll_fn, io::Write, pin::pin, task::Poll};
use tokio::signal::unix::{SignalKind, signal};

pub(crate) fn run(args: RunArgs) -> Result<(), SetupError> {
    let lacking = |e| SetupError::new("operating system", e, "free some memory or file descriptors");
    let runtime = runtime().map_err(lacking)?;
    runtime.block_on(async {
        // Before anything exists that a signal should clean up.
        let mut interrupt = signal(SignalKind::interrupt()).map_err(lacking)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(lacking)?;
        let mut twin = Twin::start(args.config()?)?;
        announce(&twin);
        let has_ended = {
            let mut ended = pin!(twin.ended());
            poll_fn(|cx| {
                let stop = interrupt.poll_recv(cx).is_ready() || terminate.poll_recv(cx).is_ready();
                match ended.as_mut().poll(cx) {
                    Poll::Ready(()) => Poll::Ready(true),
                    Poll::Pending if stop => Poll::Ready(false),
                    Poll::Pending => Poll::Pending,
                }
            })
            .await
        };
        if !has_ended {
            twin.stop().await;
        }
        Ok(())
    })
}

/// One line for each port, then `ready`. A reader that has gone away is no reason to stop. Standard output that is
/// a port has no place for it.
fn announce(twin: &Twin) {
    let mut text = String::new();
    for (port, place) in twin.ports() {
        text += &format!("port {} {place}\n", port.name());
    }
    text += "ready\n";
    let is_taken = twin.ports().iter().any(|(_, place)| *place == Place::Stdio);
    let mut out: Box<dyn Write> =
        if is_taken { Box::new(std::io::stderr().lock()) } else { Box::new(std::io::stdout().lock()) };
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
