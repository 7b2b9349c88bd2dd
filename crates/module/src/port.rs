//! One AT port of the module: its session, and what the session is busy with.

use crate::{
    cause::Cause,
    commands::transfer::Sending,
    contract::{AtPort, DceLines, PortId},
    dispatch::Outcome,
    files::FileName,
    handles::Handle,
    lines::Ring,
    pdp::PdpId,
    socket::ClientId,
};
use alloc::{boxed::Box, string::String, sync::Arc, vec::Vec};
use at::{session::Session, time::Instant};

/// A port.
pub struct Port {
    /// Its index.
    pub id: PortId,
    /// Its name.
    pub name: AtPort,
    /// V.250 side.
    pub session: Session,
    /// A host has it open.
    pub attached: bool,
    /// DTR as the host last drove it; on while a host is there, unless told otherwise.
    pub dtr: bool,
    /// RTS as the host last drove it; on unless it has.
    pub rts: bool,
    /// Commands of the present line that are still to run.
    pub rest: Vec<u8>,
    /// What the present command waits for.
    pub op: Option<Op>,
    /// Its data link.
    pub link: Link,
    /// Bytes that came before they could be used (D32).
    pub typed: Vec<u8>,
    /// RI tells of a code.
    pub ring: Option<Ring>,
    /// Modem lines as last told to the world.
    pub lines: DceLines,
    /// It is a channel of a multiplexed wire.
    pub is_channel: bool,
    /// The command that runs, or ran last, without `AT`.
    pub running: &'static str,
    /// What is known of its failure before it fails.
    pub doubt: Doubt,
}

/// What is known of the failure of a command before the host is told of it.
#[derive(Debug, Default)]
pub enum Doubt {
    /// Nothing.
    #[default]
    None,
    /// Why it fails.
    Cause(Cause),
    /// Trace readers have been told.
    Told,
}

/// A port's data link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// No connection has been in transparent mode here.
    None,
    /// Online data state of this socket.
    Online(ClientId),
    /// Left by `+++` or DTR; `ATO` returns to it.
    Suspended(ClientId),
}

/// What a command waits for.
pub enum Op {
    /// An open in transparent mode; which one tells the generation of the socket.
    Open(ClientId, u32),
    /// The peer's close.
    Close(ClientId, u32),
    /// The network, which is asked for this PDP context again.
    Activate(PdpId),
    /// The payload of `AT+QSSLSEND` or `AT+QISEND`.
    Send(Sending),
    /// The content of a file that comes.
    Upload(Upload),
    /// Bytes for an open file.
    Write(Handle, Vec<u8>),
    /// The content of a file that goes.
    Download(Download),
    /// The delay of real hardware (D29).
    Delay(Instant, Box<Outcome>),
}

/// A file on its way in.
pub struct Upload {
    /// Its name.
    pub name: FileName,
    /// What has come.
    pub content: Vec<u8>,
    /// Acknowledge every 1024 bytes (`ackmode` 1).
    pub acknowledge: bool,
}

/// A file on its way out.
pub struct Download {
    /// All of it.
    pub content: Arc<Vec<u8>>,
    /// How much of it has gone.
    pub gone: usize,
    /// The line behind it (`AT+QFDWL`).
    pub summary: Option<String>,
}

impl Download {
    /// What has not gone yet.
    pub fn rest(&self) -> &[u8] {
        self.content.get(self.gone..).unwrap_or_default()
    }
}

impl Port {
    /// A port that no host has opened yet.
    pub fn new(id: PortId, name: AtPort) -> Port {
        Port {
            id,
            name,
            session: Session::default(),
            attached: false,
            dtr: false,
            rts: true,
            ring: None,
            rest: Vec::new(),
            op: None,
            link: Link::None,
            typed: Vec::new(),
            lines: DceLines { dcd: false, ri: false, dsr: true, cts: true },
            is_channel: false,
            running: "",
            doubt: Doubt::None,
        }
    }

    /// A port that the world sees. A channel among them is one whose wire it does not see.
    pub fn of(id: PortId, name: AtPort) -> Port {
        if name.is_channel() { Port::channel(id, name) } else { Port::new(id, name) }
    }

    /// A channel of a multiplexed wire. On it, `+++` is data (V105).
    pub fn channel(id: PortId, name: AtPort) -> Port {
        Port { session: Session::without_escape(), is_channel: true, ..Port::new(id, name) }
    }
}
