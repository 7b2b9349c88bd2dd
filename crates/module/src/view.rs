//! What a module looks like from inside at one moment, for whoever watches over it. Values, made when somebody asks; what
//! is secret (passwords, PINs, contents of files) is not in them.

use crate::{
    Module,
    contract::{AtPort, Coverage, DceLines, DteLines, Tolerance},
    errors::ErrorCode,
    files::{FileName, Storage},
    general::{network::Registration, power, sim::CardState},
    pdp::{PdpContexts, PdpId, address, address_v6},
    port::{Link, Port},
    socket::{ClientId, Socket, SocketState},
    ssl::CtxId,
};
use alloc::{
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};
use at::{result::Cme, time::Instant};
use core::net::IpAddr;

pub use crate::ssl::{Settings as SslSettings, Suites as SslSuites};

/// The module as a whole.
#[derive(Clone, Debug)]
pub struct State {
    /// A name of `MODELS`.
    pub model: &'static str,
    /// How misprints and foreign habits are treated.
    pub tolerance: Tolerance,
    /// `ATI`.
    pub product: &'static str,
    /// `AT+CGMR`.
    pub revision: &'static str,
    /// `AT+CGSN`.
    pub imei: String,
    /// `AT+CGSN=0`.
    pub serial: String,
    /// `AT+CIMI`.
    pub imsi: String,
    /// `AT+QCCID`.
    pub iccid: String,
    /// Is it alive?
    pub power: Power,
    /// `AT+CFUN`.
    pub functionality: u8,
    /// The card in the SIM holder.
    pub sim: Option<Sim>,
    /// Where it is with the network.
    pub network: Network,
    /// Its clock.
    pub clock: Clock,
    /// `AT+QIGETERROR`.
    pub last_error: ErrorCode,
}

/// Is the module alive?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// It hears and says nothing.
    Off,
    /// On its way to `RDY`.
    Booting,
    /// Alive.
    On,
    /// On its way to `POWERED DOWN`.
    Falling,
}

/// A card in the SIM holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sim {
    /// What it wants before it works.
    pub wants: SimWants,
    /// It asks for its PIN when it gets power.
    pub is_locked: bool,
    /// Wrong PINs that are left.
    pub pin_tries: u8,
    /// Wrong PUKs that are left.
    pub puk_tries: u8,
}

/// What a SIM card wants before it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SimWants {
    /// Nothing more.
    Nothing,
    /// Its PIN.
    Pin,
    /// Its PUK and a new PIN.
    Puk,
    /// Nothing helps any more.
    AnotherCard,
}

/// The network, and the module's place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// `<stat>` of `AT+CEREG`: 0 not registered, 1 home, 2 searching, 3 denied, 5 roaming.
    pub registration: u8,
    /// What there is to find.
    pub coverage: Coverage,
    /// Signal strength as `AT+CSQ` prints it: 0 to 31, 99 unknown.
    pub signal: u8,
    /// PDP contexts are refused.
    pub refuses_pdp: bool,
    /// The host wants packet service (`AT+CGATT`).
    pub is_attached: bool,
}

/// The module's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Seconds since 1970 UTC.
    pub unix: i64,
    /// As `AT+CCLK` prints it.
    pub text: String,
}

/// An AT port.
#[derive(Clone, Debug)]
pub struct PortState {
    /// Its name.
    pub name: AtPort,
    /// A host has it open.
    pub is_attached: bool,
    /// What it is doing.
    pub activity: Activity,
    /// The socket that it is connected to in transparent mode, also while that is suspended.
    pub online: Option<u8>,
    /// Lines of the host.
    pub host_lines: DteLines,
    /// Lines of the module.
    pub module_lines: DceLines,
    /// `ATE`.
    pub echo: bool,
    /// `AT&C`.
    pub dcd_setting: u8,
    /// `AT&D`.
    pub dtr_setting: u8,
    /// Bytes of answers and codes that the host has not taken yet.
    pub unsent: usize,
    /// A channel of a multiplexed wire.
    pub is_channel: bool,
}

/// What a port is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Waiting for a command.
    Command,
    /// Working on one.
    Executing,
    /// Taking what a command wants: a message, a file.
    Payload,
    /// Being a connection.
    Online,
    /// Being the wire of `AT+CMUX`.
    Multiplexed,
}

/// A PDP context that the host has defined, set or activated.
#[derive(Clone, Debug)]
pub struct Pdp {
    /// 1 to 15.
    pub id: u8,
    /// 1 IPv4, 2 IPv6, 3 both.
    pub kind: u32,
    /// Access point name.
    pub apn: String,
    /// Activated.
    pub is_active: bool,
    /// The network has ended it, and the host has not yet said `AT+QIDEACT`.
    pub is_lost: bool,
    /// Its addresses while it is active.
    pub addresses: Vec<IpAddr>,
    /// Name servers, if the host has set them.
    pub dns: Option<[IpAddr; 2]>,
}

/// An SSL context.
#[derive(Clone, Debug)]
pub struct SslContext {
    /// 0 to 5.
    pub id: u8,
    /// What `AT+QSSLCFG` has set.
    pub settings: SslSettings,
}

/// A socket that is not in Initial.
#[derive(Clone, Debug)]
pub struct SocketView {
    /// clientID or connectID, 0 to 11.
    pub id: u8,
    /// As `AT+QISTATE` and `AT+QSSLSTATE` print it.
    pub service: &'static str,
    /// The number of its state (§2.2.6).
    pub state: u8,
    /// The name of its state.
    pub state_name: &'static str,
    /// Access mode: 0 buffer, 1 direct push, 2 transparent.
    pub mode: u8,
    /// PDP context.
    pub pdp: u8,
    /// SSL context of an SSL socket.
    pub ssl_context: Option<u8>,
    /// Name or address as given at the open.
    pub host: String,
    /// Address, once known.
    pub remote: Option<IpAddr>,
    /// Port of the other end.
    pub remote_port: u16,
    /// Own port; 0 until known.
    pub local_port: u16,
    /// The port that opened it.
    pub opened_by: AtPort,
    /// Bytes that have come for the host on this connection.
    pub received: u64,
    /// Those of them that the host has not read.
    pub unread: usize,
    /// Bytes that the host has sent on this connection.
    pub sent: u64,
    /// Those of them that have not left yet.
    pub unsent: usize,
    /// What the handshake agreed on.
    pub tls: Option<Tls>,
}

/// What a handshake agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// Everything, in words.
    pub summary: String,
    /// The version.
    pub version: String,
    /// The suite.
    pub suite: &'static str,
    /// An earlier session was resumed.
    pub is_resumed: bool,
    /// Subjects of the certificates that the server sent, its own first.
    pub chain: Vec<String>,
}

/// The file storage.
#[derive(Clone, Debug)]
pub struct Files {
    /// Bytes of UFS.
    pub size: usize,
    /// Bytes that a new file may have.
    pub free: usize,
    /// All files, in the order of their names.
    pub files: Vec<File>,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name, with `RAM:` in front if it lies there.
    pub name: String,
    /// Bytes in it.
    pub size: usize,
    /// A host has it open (`AT+QFOPEN`).
    pub is_open: bool,
}

impl Module {
    /// The module as a whole.
    pub fn state(&self, now: Instant) -> State {
        let core = &self.core;
        let (profile, unit, general) = (core.profile, core.unit, &core.general);
        State {
            model: profile.model,
            tolerance: core.tolerance,
            product: profile.product,
            revision: profile.revision,
            imei: profile.imei_of(unit),
            serial: profile.serial_of(unit),
            imsi: profile.imsi_of(unit),
            iccid: profile.iccid_of(unit),
            power: match general.power {
                power::Power::Off => Power::Off,
                power::Power::Booting => Power::Booting,
                power::Power::On => Power::On,
                power::Power::Falling(_) => Power::Falling,
            },
            functionality: general.functionality.number(),
            sim: general.card.as_ref().map(|card| Sim {
                wants: match card.state() {
                    CardState::Ready => SimWants::Nothing,
                    CardState::Pin => SimWants::Pin,
                    CardState::Puk => SimWants::Puk,
                    CardState::Blocked => SimWants::AnotherCard,
                },
                is_locked: card.locked,
                pin_tries: card.pin1.pin_tries,
                puk_tries: card.pin1.puk_tries,
            }),
            network: Network {
                registration: Registration::number(general.network.state()),
                coverage: general.network.coverage,
                signal: general.signal(),
                refuses_pdp: general.network.refuses_pdp,
                is_attached: general.attached,
            },
            clock: Clock { unix: core.clock.unix(now), text: core.clock.text(now) },
            last_error: core.register,
        }
    }

    /// All ports in the order of their ids, and then the channels of `AT+CMUX`.
    pub fn ports(&self) -> Vec<PortState> {
        self.ports.iter().map(|port| self.port_state(port)).collect()
    }

    fn port_state(&self, port: &Port) -> PortState {
        let session = &port.session;
        PortState {
            name: port.name,
            is_attached: port.attached,
            activity: match () {
                () if self.wire(port.id).is_some() => Activity::Multiplexed,
                () if session.is_online() => Activity::Online,
                () if session.is_payload() => Activity::Payload,
                () if session.is_executing() => Activity::Executing,
                () => Activity::Command,
            },
            online: match port.link {
                Link::None => None,
                Link::Online(client) | Link::Suspended(client) => Some(client.number()),
            },
            host_lines: DteLines { dtr: port.dtr, rts: port.rts },
            module_lines: port.lines,
            echo: session.settings.echo,
            dcd_setting: session.settings.dcd,
            dtr_setting: session.settings.dtr,
            unsent: session.tx().len(),
            is_channel: port.is_channel,
        }
    }

    /// The PDP contexts that the host has defined or activated.
    pub fn pdp_contexts(&self) -> Vec<Pdp> {
        PdpContexts::ids().filter_map(|id| self.pdp(id)).collect()
    }

    fn pdp(&self, id: PdpId) -> Option<Pdp> {
        let pdp = self.core.pdp.get(id);
        let is_used = pdp.defined || pdp.active || pdp.lost || !pdp.apn.is_empty();
        let addresses = match pdp.kind {
            _ if !pdp.active => Vec::new(),
            1 => [address(id).into()].into(),
            2 => [address_v6(id).into()].into(),
            _ => [address(id).into(), address_v6(id).into()].into(),
        };
        is_used.then(|| Pdp {
            id: id.number(),
            kind: pdp.kind,
            apn: pdp.apn.clone(),
            is_active: pdp.active,
            is_lost: pdp.lost,
            addresses,
            dns: pdp.dns,
        })
    }

    /// The six SSL contexts.
    pub fn ssl_contexts(&self) -> Vec<SslContext> {
        let ids = (0..).map_while(CtxId::new);
        ids.map(|id| SslContext { id: id.number(), settings: self.core.contexts.settings(id).clone() })
            .collect()
    }

    /// The sockets that are not in Initial.
    pub fn sockets(&self) -> Vec<SocketView> {
        ClientId::all().filter_map(|id| socket_view(self.core.links.get(id))).collect()
    }

    /// The file storage.
    pub fn files(&self) -> Files {
        let (files, handles) = (&self.core.files, &self.core.handles);
        let file = |(name, file): (&FileName, &crate::files::File)| File {
            name: match name.storage {
                Storage::Ufs => name.name.clone(),
                Storage::Ram => name.printed(),
            },
            size: file.content.len(),
            is_open: handles.is_open(name),
        };
        Files { size: files.size(), free: files.free(), files: files.iter().map(file).collect() }
    }

    /// The content of a file, by its name with or without a prefix.
    ///
    /// # Errors
    /// This is no name of a file, or there is none.
    pub fn read_file(&self, name: &str) -> Result<Arc<Vec<u8>>, Cme> {
        let name = FileName::parse(name, self.core.takes_ram())?;
        self.core.files.get(&name).map(|file| file.content.clone()).ok_or(crate::errors::cme::FILE_NOT_FOUND)
    }

    /// Puts a file in place of whatever has its name, as if it had been there from the start.
    ///
    /// # Errors
    /// This is no name of a file, it does not fit, or the host has it open (V191).
    pub fn put_file(&mut self, name: &str, content: Vec<u8>) -> Result<(), Cme> {
        let name = self.closed_file(name)?;
        self.core.store_file(name, content)
    }

    /// Removes a file.
    ///
    /// # Errors
    /// This is no name of a file, there is none, or the host has it open (V191).
    pub fn remove_file(&mut self, name: &str) -> Result<(), Cme> {
        let name = self.closed_file(name)?;
        self.core.remove_file(&name).then_some(()).ok_or(crate::errors::cme::FILE_NOT_FOUND)
    }

    /// The file of a name, which no host has open.
    fn closed_file(&self, name: &str) -> Result<FileName, Cme> {
        let name = FileName::parse(name, self.core.takes_ram())?;
        if self.core.handles.is_open(&name) { Err(crate::errors::cme::FILE_OPEN) } else { Ok(name) }
    }
}

fn socket_view(socket: &Socket) -> Option<SocketView> {
    let about = socket.about.as_ref()?;
    let (sent, unsent) = socket.conn().map_or((0, 0), |conn| conn.send_counts());
    // Transparent mode hands out what stands in the connection, and the rest may still wait for room in `rx`.
    let waiting = match socket.state() {
        SocketState::Connected(connected) if !connected.conn.is_datagram() => {
            connected.conn.plaintext().len()
        }
        _ => 0,
    };
    let tls = socket.conn().and_then(|conn| conn.tls_summary());
    Some(SocketView {
        id: socket.id().number(),
        service: about.service.name(),
        state: socket.state().code(),
        state_name: socket.state().name(),
        mode: about.mode.number(),
        pdp: about.pdp.number(),
        ssl_context: match about.service {
            crate::socket::Service::Ssl(context) => Some(context.number()),
            _ => None,
        },
        host: about.host.clone(),
        remote: about.remote,
        remote_port: about.remote_port,
        local_port: about.local_port,
        opened_by: about.at_port,
        received: socket.received + waiting as u64,
        unread: socket.rx.len() + waiting,
        sent,
        unsent,
        tls: tls.map(|summary| Tls {
            summary: summary.to_string(),
            version: summary.version.to_string(),
            suite: summary.suite.name,
            is_resumed: summary.resumed,
            chain: summary.chain.clone(),
        }),
    })
}
