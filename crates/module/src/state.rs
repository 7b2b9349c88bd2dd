//! Everything of the module but its ports: one owner, no locks. What ports need of it they ask for; what it
//! wants of the world are actions.

use crate::{
    clock::Clock,
    commands::probe::Kept,
    contract::{Action, AtPort, ConnId, PortId, QueryId, Setup, Timing, Tolerance},
    errors::{ErrorCode, Failure},
    events::Event,
    files::{FileName, Files, Storage},
    general::{General, nv::Nv},
    handles::Handles,
    pdp::{PdpContexts, PdpId},
    points::Points,
    profile::{Delays, NO_DELAYS, Profile},
    socket::{
        AccessMode, ClientId, Conn, Heartbeat, Lingering, Links, Loss, Options, Service, Socket, SocketState,
    },
    ssl::{Contexts, Sessions},
    tcpip::{Errands, NameCache},
};
use alloc::{collections::VecDeque, format, string::String, vec::Vec};
use at::time::Instant;
use core::time::Duration;
use tls::Rng;

/// Results that wait for their port; more than there are sockets only when a host opens and closes without ever
/// reading.
const MAX_NEWS: usize = 64;

/// The module behind its ports.
pub struct Core {
    /// Data of the model.
    pub profile: &'static Profile,
    /// How long the hardware takes.
    pub delays: &'static Delays,
    /// Which unit of its model this is.
    pub unit: u32,
    /// Somebody reads what commands mean and what TLS says.
    pub narrates: bool,
    /// What is said on the channels of a multiplexer is told.
    pub tells_channels: bool,
    /// What servers say behind TLS is told.
    pub tells_data: bool,
    /// Certificates that are trusted beside those of CA files.
    pub trusted: Vec<u8>,
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
    /// What `AT+QICFG` sets.
    pub options: Options,
    /// Lookups, echo requests and time queries on their way.
    pub errands: Errands,
    /// Names that are known already.
    pub names: NameCache,
    /// Own ports that nobody may have yet.
    pub lingering: Lingering,
    /// Sessions for resumption.
    pub sessions: Sessions,
    /// Identity, SIM, network and power.
    pub general: General,
    /// Code of the last TCP/IP or SSL command (`AT+QIGETERROR`).
    pub register: ErrorCode,
    /// `AT+QISDE`: payloads are echoed.
    pub payload_echo: bool,
    /// What software for any modem sets.
    pub kept: Kept,
    /// What the module keeps without power.
    pub nv: Nv,
    /// What the module is made to do wrong.
    pub points: Points,
    /// Randomness.
    pub rng: Rng,
    /// The socket whose turn it is among those with something to say.
    pub push_turn: u8,
    /// What `AT+CMUX` was given, while a port is multiplexed.
    pub multiplexer: Option<[u32; 9]>,
    at_ports: Vec<AtPort>,
    news: VecDeque<News>,
    actions: VecDeque<Action>,
    conns: u64,
    queries: u64,
}

/// The result of something that a command has begun, or another thing that happens once.
#[derive(Clone, Debug)]
pub struct News {
    /// Where the command came from.
    pub port: PortId,
    /// The unsolicited result code.
    pub text: String,
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
                let cause = format!("the file {name} cannot be put into UFS: {}", error.text).into();
                let (failure, command) = (Failure::Cme(error), "+QFUPL".into());
                let event = Event::Refused { port: *port, command, failure, cause };
                actions.push_back(Action::Event(event));
            }
        }
        Core {
            profile,
            delays: match setup.timing {
                Timing::Instant => &NO_DELAYS,
                Timing::Real => &profile.delays,
            },
            unit: setup.unit,
            narrates: setup.narrates,
            tells_channels: setup.tells_channels,
            tells_data: setup.tells_data,
            trusted: setup.trusted,
            tolerance: setup.tolerance,
            pdp: PdpContexts::of(&nv),
            files,
            handles: Handles::default(),
            clock,
            contexts: Contexts::default(),
            links: Links::default(),
            options: Options::default(),
            errands: Errands::default(),
            names: NameCache::default(),
            lingering: Lingering::default(),
            sessions: Sessions::default(),
            general,
            register: ErrorCode::Success,
            payload_echo: true,
            kept: Kept::default(),
            nv,
            points: Points::default(),
            rng: Rng::from_seed(setup.seed),
            push_turn: 0,
            multiplexer: None,
            at_ports: setup.ports,
            news: VecDeque::new(),
            actions,
            conns: 0,
            queries: 0,
        }
    }

    /// Everything volatile is as after power-on; files, clock and the stored profile stay.
    pub fn restart(&mut self) {
        self.close_all();
        self.end_ntp();
        self.pdp = PdpContexts::of(&self.nv);
        self.contexts = Contexts::default();
        self.sessions = Sessions::default();
        self.restart_general();
        self.handles = Handles::default();
        self.register = ErrorCode::Success;
        self.payload_echo = true;
        self.kept = Kept::default();
        self.options = Options::default();
        self.errands = Errands::default();
        self.names = NameCache::default();
        self.lingering = Lingering::default();
        self.news.clear();
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
        if self.tells_data && self.actions.is_empty() {
            ClientId::all().for_each(|client| self.tell_data(client));
        }
        self.actions.pop_front()
    }

    /// Tells what a server has said behind TLS, if somebody wants to know.
    pub fn tell_data(&mut self, client: ClientId) {
        let Some(conn) = self.links.get_mut(client).conn_mut() else { return };
        if let Some(bytes) = conn.take_fresh() {
            let more = conn.has_whole_record();
            self.event(Event::Received { client: client.number(), bytes, more });
        }
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

    /// The connection of a socket or of an errand.
    pub fn conn(&self, id: ConnId) -> Option<&Conn> {
        match self.links.by_conn(id) {
            Some(client) => self.links.get(client).conn(),
            None => self.errands.conn().filter(|conn| conn.id == id),
        }
    }

    /// The connection of a socket or of an errand.
    pub fn conn_mut(&mut self, id: ConnId) -> Option<&mut Conn> {
        match self.links.by_conn(id) {
            Some(client) => self.links.get_mut(client).conn_mut(),
            None => self.errands.conn_mut().filter(|conn| conn.id == id),
        }
    }

    /// Changes the state of a socket, and tells.
    pub fn change<T>(
        &mut self,
        client: ClientId,
        why: impl Into<String>,
        next: impl FnOnce(SocketState) -> (SocketState, T),
    ) -> T {
        let socket = self.links.get_mut(client);
        let context = match socket.service() {
            Some(Service::Ssl(context)) => Some(context),
            _ => None,
        };
        let (event, value) = socket.change(why.into(), next);
        self.event(event);
        if let Some(context) = context {
            let in_use = |s: &Socket| s.service() == Some(Service::Ssl(context));
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
        let command = about.service.open_command();
        self.report(about.port, format!("{command}: {},{}", client.number(), code.code()));
    }

    /// A URC for what this port has begun; it is given as soon as the port can take it.
    pub fn report(&mut self, port: PortId, text: String) {
        if self.news.len() < MAX_NEWS {
            self.news.push_back(News { port, text });
        } else {
            self.event(Event::Dropped { port: self.at_port(port), what: text.into_bytes() });
        }
    }

    /// The next news for which `port` is the right one.
    pub fn take_news(&mut self, routed_here: impl Fn(PortId) -> bool) -> Option<News> {
        let index = self.news.iter().position(|news| routed_here(news.port))?;
        self.news.remove(index)
    }

    /// Is there news for this port?
    pub fn has_news(&self, routed_here: impl Fn(PortId) -> bool) -> bool {
        self.news.iter().any(|news| routed_here(news.port))
    }

    /// The host ends a PDP context, or gives up one that the network has ended.
    pub fn deactivate(&mut self, pdp: PdpId) {
        self.give_up_activation(pdp);
        let context = self.pdp.get_mut(pdp);
        let (active, lost) = (core::mem::take(&mut context.active), core::mem::take(&mut context.lost));
        if active || lost {
            self.pdp_lost(pdp, Loss::Host);
            self.errands_lost(pdp, Loss::Host);
        }
    }

    /// The network ends a PDP context: one URC for all, at the port that opened the first of its sockets.
    pub fn lose_pdp(&mut self, pdp: PdpId) {
        let context = self.pdp.get_mut(pdp);
        if core::mem::take(&mut context.active) {
            context.lost = true;
            let opener = self.links.iter().find_map(|s| s.about.as_ref().filter(|about| about.pdp == pdp));
            let code = format!("+QIURC: \"pdpdeact\",{}", pdp.number());
            match opener.map(|about| about.port) {
                Some(port) => self.report(port, code),
                None => self.announce(code),
            }
            self.pdp_lost(pdp, Loss::Network);
            self.errands_lost(pdp, Loss::Network);
        }
    }

    /// The first message of `send/auto` comes a cycle from now.
    pub fn start_heartbeat(&mut self, now: Instant, client: ClientId) {
        let cycle = self.options.heartbeat(client).map(|heartbeat| heartbeat.cycle);
        if let Some(connected) = self.links.get_mut(client).connected() {
            connected.heartbeat_at = cycle.map(|cycle| now + Duration::from_secs(u64::from(cycle)));
        }
    }

    /// Sends the message of `send/auto` when it is due and there is room for it.
    fn heartbeat(&mut self, now: Instant, client: ClientId) {
        let is_full = self.points.send_buffers_are_full().is_some();
        let Some(connected) = self.links.get_mut(client).connected() else { return };
        if connected.heartbeat_at.is_none_or(|at| at > now) {
            return;
        }
        if let Some(Heartbeat { message, .. }) = self.options.heartbeat(client)
            && !is_full
            && connected.outgoing_room() >= message.len()
        {
            connected.conn.send(message);
        }
        self.start_heartbeat(now, client);
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
                SocketState::Connected(connected) => {
                    [connected.flush_at, connected.heartbeat_at].into_iter().flatten().min()
                }
                SocketState::ClosingOurs(_, deadline, _) => Some(*deadline),
                SocketState::Initial | SocketState::Listening(_) | SocketState::ClosingTheirs(_) => None,
            })
            .min();
        let others = [self.errands.deadline(), self.general_deadline(), self.activation_deadline()];
        others.into_iter().chain([sockets]).flatten().min()
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Instant) {
        self.advance(now);
        for client in ClientId::all() {
            self.open_deadline(now, client);
            self.close_deadline(now, client);
            self.heartbeat(now, client);
            if let Some(connected) = self.links.get_mut(client).connected()
                && connected.flush_at.is_some_and(|at| at <= now)
            {
                connected.send_outgoing();
            }
        }
        self.errands_tick(now);
        self.activation_tick(now);
    }
}
