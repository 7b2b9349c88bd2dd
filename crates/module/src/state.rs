//! Everything of the module but its ports: one owner, no locks. What ports need of it they ask for; what it
//! wants of the world are actions.

use crate::{
    clock::Clock,
    contract::{Action, AtPort, ConnId, PortId, QueryId, Setup, Timing, Tolerance},
    errors::ErrorCode,
    events::Event,
    files::{FileName, Files, Storage},
    general::{General, nv::Nv},
    handles::Handles,
    pdp::{PdpContexts, PdpId},
    profile::{Delays, NO_DELAYS, Profile},
    socket::{AccessMode, ClientId, Links, Socket, SocketState},
    ssl::{Contexts, Sessions},
};
use alloc::{collections::VecDeque, format, string::String, vec::Vec};
use at::time::Instant;
use tls::Rng;

/// Open results that wait for their port; more than there are sockets only when a host opens and closes
/// without ever reading.
const MAX_RESULTS: usize = 64;

/// The module behind its ports.
pub struct Core {
    /// Data of the model.
    pub profile: &'static Profile,
    /// How long the hardware takes.
    pub delays: &'static Delays,
    /// How misprints and foreign habits are treated.
    pub tolerance: Tolerance,
    /// PDP contexts.
    pub pdp: PdpContexts,
    /// UFS.
    pub files: Files,
    /// Open files.
    pub handles: Handles,
    /// The module's clock.
    pub clock: Clock,
    /// SSL contexts.
    pub contexts: Contexts,
    /// Sockets.
    pub links: Links,
    /// Sessions for resumption.
    pub sessions: Sessions,
    /// Identity, SIM, network and power.
    pub general: General,
    /// Code of the last TCP/IP or SSL command (`AT+QIGETERROR`).
    pub register: ErrorCode,
    /// `AT+QISDE`: payloads are echoed.
    pub payload_echo: bool,
    /// What the module keeps without power.
    pub nv: Nv,
    /// Randomness.
    pub rng: Rng,
    /// The socket whose turn it is among those with something to say.
    pub push_turn: u8,
    /// What `AT+CMUX` was given, while a port is multiplexed.
    pub multiplexer: Option<[u32; 9]>,
    at_ports: Vec<AtPort>,
    results: VecDeque<OpenResult>,
    actions: VecDeque<Action>,
    conns: u64,
    queries: u64,
}

/// The result of an open in buffer or direct push mode, for its URC.
#[derive(Clone, Copy, Debug)]
pub struct OpenResult {
    /// Where the open came from.
    pub port: PortId,
    /// Socket.
    pub client: ClientId,
    /// Result.
    pub code: ErrorCode,
}

impl Core {
    /// A module at boot.
    pub fn new(setup: Setup, profile: &'static Profile, now: Instant) -> Core {
        let clock = Clock::new(setup.clock_unix, now);
        let nv = Nv::parse(&setup.settings);
        let general = General::new(profile, &setup, &clock, &nv);
        let mut files = Files::new(profile.ufs_size);
        let mut actions = VecDeque::new();
        for (name, content) in setup.files {
            let stored = FileName::parse(&name, false).and_then(|n| files.put(n, content));
            if let (Err(error), Some(port)) = (stored, setup.ports.first()) {
                let why = format!("the file {name} cannot be put into UFS: {}", error.text);
                let event = Event::Refused { port: *port, command: "+QFUPL".into(), why };
                actions.push_back(Action::Event(event));
            }
        }
        Core {
            profile,
            delays: match setup.timing {
                Timing::Instant => &NO_DELAYS,
                Timing::Real => &profile.delays,
            },
            tolerance: setup.tolerance,
            pdp: PdpContexts::of(&nv),
            files,
            handles: Handles::default(),
            clock,
            contexts: Contexts::default(),
            links: Links::default(),
            sessions: Sessions::default(),
            general,
            register: ErrorCode::Success,
            payload_echo: true,
            nv,
            rng: Rng::from_seed(setup.seed),
            push_turn: 0,
            multiplexer: None,
            at_ports: setup.ports,
            results: VecDeque::new(),
            actions,
            conns: 0,
            queries: 0,
        }
    }

    /// Everything volatile is as after power-on; files, clock and the stored profile stay.
    pub fn restart(&mut self) {
        self.close_all();
        self.pdp = PdpContexts::of(&self.nv);
        self.contexts = Contexts::default();
        self.sessions = Sessions::default();
        self.restart_general();
        self.handles = Handles::default();
        self.register = ErrorCode::Success;
        self.payload_echo = true;
        self.results.clear();
    }

    /// One more port.
    pub fn add_port(&mut self, name: AtPort) {
        self.at_ports.push(name);
    }

    /// Name of a port.
    pub fn at_port(&self, port: PortId) -> AtPort {
        self.at_ports.get(usize::from(port.0)).copied().unwrap_or(AtPort::UsbModem)
    }

    /// The port that stands for the module where none is concerned.
    pub fn first_port(&self) -> AtPort {
        self.at_ports.first().copied().unwrap_or(AtPort::UsbModem)
    }

    /// Is `RAM:` taken (D34)?
    pub fn takes_ram(&self) -> bool {
        self.tolerance == Tolerance::Lenient
    }

    /// Asks for something to be done.
    pub fn act(&mut self, action: Action) {
        self.actions.push_back(action);
    }

    /// Tells trace readers.
    pub fn event(&mut self, event: Event) {
        self.act(Action::Event(event));
    }

    /// What is to be done next.
    pub fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// A new connection.
    pub fn next_conn(&mut self) -> ConnId {
        self.conns += 1;
        ConnId(self.conns)
    }

    /// A new name query.
    pub fn next_query(&mut self) -> QueryId {
        self.queries += 1;
        QueryId(self.queries)
    }

    /// Changes the state of a socket, and tells.
    pub fn change<T>(
        &mut self,
        client: ClientId,
        why: impl Into<String>,
        next: impl FnOnce(SocketState) -> (SocketState, T),
    ) -> T {
        let socket = self.links.get_mut(client);
        let context = socket.about.as_ref().map(|about| about.context);
        let (event, value) = socket.change(why.into(), next);
        self.event(event);
        if let Some(context) = context {
            let in_use = |s: &Socket| s.about.as_ref().is_some_and(|about| about.context == context);
            if !self.links.iter().any(in_use) {
                self.contexts.release(context);
            }
        }
        value
    }

    /// The result of an open is known. In transparent mode the port that waits sees it; else it becomes a URC.
    pub fn open_result(&mut self, client: ClientId, code: ErrorCode) {
        let Some(about) = &self.links.get(client).about else { return };
        if about.mode == AccessMode::Transparent {
            if code != ErrorCode::Success {
                self.register = code;
            }
            return;
        }
        let result = OpenResult { port: about.port, client, code };
        if self.results.len() < MAX_RESULTS {
            self.results.push_back(result);
        } else {
            let what = format!("+QSSLOPEN: {},{}", client.number(), code.code()).into_bytes();
            self.event(Event::Dropped { port: self.at_port(result.port), what });
        }
    }

    /// The next open result for which `port` is the right one.
    pub fn take_result(&mut self, routed_here: impl Fn(PortId) -> bool) -> Option<OpenResult> {
        let index = self.results.iter().position(|result| routed_here(result.port))?;
        self.results.remove(index)
    }

    /// Is there an open result for this port?
    pub fn has_result(&self, routed_here: impl Fn(PortId) -> bool) -> bool {
        self.results.iter().any(|result| routed_here(result.port))
    }

    /// A PDP context goes.
    pub fn deactivate(&mut self, pdp: PdpId) {
        if core::mem::take(&mut self.pdp.get_mut(pdp).active) {
            self.pdp_lost(pdp);
        }
    }

    /// Stores a file and has it made durable.
    pub fn store_file(&mut self, name: FileName, content: Vec<u8>) -> Result<(), at::result::Cme> {
        self.files.put(name.clone(), content)?;
        if name.storage == Storage::Ufs {
            self.act(Action::StoreFile(name.name));
        }
        Ok(())
    }

    /// Removes a file, durably. `false` when there was none.
    pub fn remove_file(&mut self, name: &FileName) -> bool {
        let removed = self.files.remove(name);
        if removed && name.storage == Storage::Ufs {
            self.act(Action::RemoveFile(name.name.clone()));
        }
        removed
    }

    /// When [`Core::tick`] has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        let sockets = self
            .links
            .iter()
            .filter_map(|socket| match socket.state() {
                SocketState::Opening(opening) => Some(opening.deadline()),
                SocketState::Connected(connected) => connected.flush_at,
                SocketState::ClosingOurs(_, deadline) => Some(*deadline),
                SocketState::Initial | SocketState::ClosingTheirs(_) => None,
            })
            .min();
        [sockets, self.general_deadline()].into_iter().flatten().min()
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Instant) {
        self.advance(now);
        for client in ClientId::all() {
            self.open_deadline(now, client);
            self.close_deadline(now, client);
            if let Some(connected) = self.links.get_mut(client).connected()
                && connected.flush_at.is_some_and(|at| at <= now)
            {
                connected.send_outgoing();
            }
        }
    }
}
