//! Runs emulated modules on real ports and a real network.
//!
//! One [`Twin`] is one module: an actor, which is a task on a tokio runtime, owns it together with its
//! ports, connections, lookups and files, and is the only place that reads clocks and takes randomness
//! from the operating system. Thousands of them share one thread; none has a thread or buffers of its own.
//! [`Background`] does the same for callers that are not asynchronous.
//!
//! ```
//! use modemtwin_daemon::{Background, Config};
//! let twin = Background::start(Config::default())?;
//! let (port, place) = &twin.ports()[0];
//! assert_eq!(port.name(), "uart1");
//! println!("open {place} and say AT");
//! # Ok::<(), modemtwin_daemon::SetupError>(())
//! ```
#![forbid(unsafe_code)]

mod actor;
mod ahead;
mod aside;
mod capture;
mod clock;
mod config;
mod files;
mod handle;
mod keylog;
mod lint;
mod network;
mod record;
mod redact;
mod tap;
mod trace;
mod twin;
mod watch;
mod why;
mod wire;

pub use at::time::Instant;
pub use capture::Capture;
pub use config::Config;
pub use faults;
pub use handle::{FaultRefused, Gone, Handle, LinesError};
pub use io::{Endpoint, Place, SetupError, allow_many_files, open_as_host};
pub use keylog::KeyLog;
pub use lint::{HostLint, LintRun, LintView};
pub use module::{AtPort, Coverage, MODELS, Module, Operator, SimCard, Timing, Tolerance, commands, view};
pub use record::Recording;
pub use redact::Secrets;
pub use tap::{FarEnd, Tap, TapConfig};
pub use trace::{Events, Form, KINDS, Sight, Trace};
pub use twin::{Background, Twin, runtime};
pub use why::{Failure, KEPT};
pub use wire::{Baud, WireConfig};
