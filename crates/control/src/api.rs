//! The values of the interface as JSON. The OpenAPI description is made of these types and their comments, and the client
//! reads with them.

mod convert;
mod links;
mod module;
mod ports;
mod trouble;

pub use links::{File, Files, PdpContext, PdpContexts, Socket, Sockets, SslContext, SslContexts, Tls};
pub use module::*;
pub use ports::{Activity, Lines, LinesChange, Port, Ports};
pub use trouble::*;
