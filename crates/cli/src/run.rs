//! `modemtwin run`: a module until it is told to stop.

use crate::args::RunArgs;
use daemon::{SetupError, Twin, runtime};
use std::io::Write;
use tokio::signal::unix::{SignalKind, signal};

pub(crate) fn run(args: RunArgs) -> Result<(), SetupError> {
    let lacking = |e| SetupError::new("operating system", e, "free some memory or file descriptors");
    let runtime = runtime().map_err(lacking)?;
    runtime.block_on(async {
        // Before anything exists that a signal should clean up.
        let mut interrupt = signal(SignalKind::interrupt()).map_err(lacking)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(lacking)?;
        let twin = Twin::start(args.config()?)?;
        announce(&twin);
        std::future::poll_fn(|cx| match interrupt.poll_recv(cx) {
            std::task::Poll::Pending => terminate.poll_recv(cx),
            stop => stop,
        })
        .await;
        twin.stop().await;
        Ok(())
    })
}

/// One line for each port, then `ready`. A reader that has gone away is no reason to stop.
fn announce(twin: &Twin) {
    let mut text = String::new();
    for (port, place) in twin.ports() {
        text += &format!("port {} {place}\n", port.name());
    }
    text += "ready\n";
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
