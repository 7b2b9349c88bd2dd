//! CPU time of this thread.
//!
//! It is the sum of what getrusage splits into user and system time; but many kernels count that
//! split in ticks of some milliseconds, and this clock in nanoseconds.

use nix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Adds up what is measured.
#[derive(Default)]
pub struct Clock(Duration);

fn now() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("a clock").into()
}

impl Clock {
    pub fn measure<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let before = now();
        let result = work();
        self.0 += now() - before;
        result
    }

    pub fn micros(&self) -> f64 {
        self.0.as_secs_f64() * 1e6
    }
}
