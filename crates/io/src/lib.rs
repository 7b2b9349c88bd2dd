//! The edges of modemtwin: AT ports that hosts open, and the network that the module dials into.
//!
//! This crate moves bytes between the operating system and a caller's slices. It knows nothing of AT
//! commands, TLS or modules, depends on none of the core crates, and keeps no bytes of its own. All
//! sources are *polled* (`poll_*` with a [`Context`](std::task::Context)), so that one task can wait for
//! any number of them without a task or a thread each. A tokio runtime has to be running.
// One exception, in `port::descriptor`: registering a descriptor with the reactor.
#![deny(unsafe_code)]

mod endpoint;
mod error;
mod limits;
pub mod net;
mod port;

pub use endpoint::{BadEndpoint, Endpoint, Flow};
pub use error::SetupError;
pub use limits::allow_many_files;
pub use port::{HostLines, ModuleLines, Place, Port, PortEvent, Remote, RemoteEvent, open_as_host};
