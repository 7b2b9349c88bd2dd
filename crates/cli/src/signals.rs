//! The signals that end the program: SIGINT, SIGTERM, and SIGHUP, which a terminal sends that is closed.

use daemon::SetupError;
use std::{
    fs,
    io::Error,
    task::{Context, Poll},
};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGHUP in a mask of signals.
const HANGUP: u64 = 1;

/// They are caught from when it is made.
pub(crate) struct Signals(Vec<Signal>);

impl Signals {
    /// To be called on a runtime, before anything exists that a signal should clean up.
    ///
    /// # Errors
    /// The operating system lacks something.
    pub(crate) fn catch() -> Result<Signals, SetupError> {
        let mut kinds = vec![SignalKind::interrupt(), SignalKind::terminate()];
        if ignored_signals().is_none_or(|mask| mask & HANGUP == 0) {
            kinds.push(SignalKind::hangup());
        }
        kinds.into_iter().map(signal).collect::<Result<_, _>>().map(Signals).map_err(|e| lacking(&e))
    }

    /// Ready when one has come.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // All of them, so that each wakes.
        let came =
            self.0.iter_mut().filter_map(|signal| signal.poll_recv(cx).is_ready().then_some(())).count();
        if came > 0 { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// What this process was told to ignore by who started it, as `nohup` does; unknown where there is no /proc.
fn ignored_signals() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}

/// The operating system has no reactor or no signals to give.
pub(crate) fn lacking(error: &Error) -> SetupError {
    SetupError::os("operating system", error, "free some memory or file descriptors")
}
