//! The clock and the timer of one module: the only places that know the time of the operating system.

use at::time::Instant;
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::time::{Instant as OsInstant, Sleep, sleep_until};

/// The module's time scale on the operating system's.
pub(crate) struct Clock(OsInstant);

impl Clock {
    pub(crate) fn start() -> Clock {
        Clock(OsInstant::now())
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::ZERO + self.0.elapsed()
    }

    pub(crate) fn os_time(&self, at: Instant) -> OsInstant {
        self.0 + at.since(Instant::ZERO)
    }
}

/// One timer, set only when the deadline changes.
#[derive(Default)]
pub(crate) struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, due: Option<OsInstant>) -> Poll<()> {
        let Some(due) = due else { return Poll::Pending };
        let sleep = self.0.get_or_insert_with(|| Box::pin(sleep_until(due)));
        if sleep.deadline() != due {
            sleep.as_mut().reset(due);
        }
        sleep.as_mut().poll(cx)
    }
}
