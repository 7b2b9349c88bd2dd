//! Bytes between a port's host and what the port is busy with: commands, payloads, online data, unsolicited codes.

use crate::{
    Module,
    cause::CommandCause,
    contract::PortId,
    dispatch::{After, Outcome, route, route_general},
    errors::Failure,
    events::Event,
    port::{Link, Op, Port},
    socket::SocketState,
    state::Core,
    urc::Wish,
};
use alloc::string::String;
use at::{
    result::ResultCode,
    session::{Step, TYPE_AHEAD},
    time::Instant,
};

/// Bytes waiting for a host above which no more data are put behind them.
pub(crate) const PORT_HIGH: usize = 16 * 1024;

/// Bytes that an online port takes for a connection that is gone: they are dropped.
const NOWHERE: usize = 4096;

impl Module {
    pub(crate) fn port_room(&self, id: PortId) -> usize {
        let Some(port) = self.ports.get(usize::from(id.0)) else { return 0 };
        let ahead = TYPE_AHEAD.saturating_sub(port.typed.len());
        if port.session.is_online() {
            ahead + self.data_room(port)
        } else if port.session.takes_commands() {
            ahead + port.session.upload_room()
        } else {
            0
        }
    }

    pub(crate) fn port_rx(&mut self, now: Instant, id: PortId, bytes: &[u8]) {
        let index = usize::from(id.0);
        self.attach(now, id);
        if !self.core.general.is_up() {
            return;
        }
        let Some(port) = self.ports.get_mut(index) else { return };
        if port.typed.is_empty() {
            let used = self.feed(now, index, bytes);
            if let (Some(port), Some(rest)) = (self.ports.get_mut(index), bytes.get(used..)) {
                port.typed.extend_from_slice(rest);
            }
        } else {
            port.typed.extend_from_slice(bytes);
        }
    }

    pub(crate) fn port_tx_done(&mut self, id: PortId, n: usize) {
        let Some(port) = self.ports.get_mut(usize::from(id.0)) else { return };
        match (port.session.tx(), &mut port.op, port.link) {
            (&[], Some(Op::Download(download)), _) => download.gone += n,
            (&[], _, Link::Online(client)) => self.core.links.get_mut(client).online_data_done(n),
            _ => port.session.tx_done(n),
        }
    }

    /// Feeds what time has brought, and what the port could not use before. Says whether that was anything.
    pub(crate) fn feed_typed(&mut self, now: Instant, index: usize) -> bool {
        let Some(port) = self.ports.get_mut(index) else { return false };
        let typed = core::mem::take(&mut port.typed);
        let before = typed.len();
        let id = port.id;
        if self.wire(id).is_some() {
            // What came with the command that made it one.
            if before > 0 {
                self.wire_rx(now, &typed);
            }
            return before > 0;
        }
        let used = self.feed(now, index, &typed);
        if let (Some(port), Some(rest)) = (self.ports.get_mut(index), typed.get(used..)) {
            port.typed = rest.to_vec();
            return port.typed.len() != before;
        }
        false
    }

    /// Gives input to a port's session and does what comes of it; how many bytes that used.
    pub(crate) fn feed(&mut self, now: Instant, index: usize, input: &[u8]) -> usize {
        let mut used = 0;
        loop {
            if !self.core.general.is_up() {
                // Nobody hears it.
                return input.len();
            }
            let Some(port) = self.ports.get(index).filter(|port| self.wire(port.id).is_none()) else {
                return used;
            };
            let room = self.data_room(port);
            let Some(port) = self.ports.get_mut(index) else { return used };
            let (n, step) = port.session.step(now, input.get(used..).unwrap_or_default(), room);
            used += n;
            let Some(mut cx) = self.cx(now, index) else { return used };
            let after = match step {
                Step::Idle => return used,
                Step::Line(line) => {
                    cx.port.rest = line;
                    cx.run_line()
                }
                Step::TooLong => {
                    cx.port.running = "";
                    cx.refused(CommandCause::LineTooLong);
                    cx.resume(Outcome::Fail(Failure::Plain))
                }
                Step::Payload(bytes) => {
                    cx.payload(bytes);
                    After::Nothing
                }
                Step::PayloadEnd(end) => {
                    let outcome = cx.payload_end(end);
                    cx.resume(outcome)
                }
                Step::Data(bytes) => {
                    let packing = cx.core.options.packing();
                    if let Link::Online(client) = cx.port.link
                        && let Some(connected) = cx.core.links.get_mut(client).connected()
                    {
                        connected.take_outgoing(now, bytes, packing);
                    }
                    After::Nothing
                }
                Step::Escaped => {
                    self.suspend(now, index);
                    if let Some(port) = self.ports.get_mut(index) {
                        port.session.acknowledge_escape();
                    }
                    After::Nothing
                }
            };
            self.follow(now, after);
        }
    }

    /// How many online bytes the port's connection takes.
    pub(crate) fn data_room(&self, port: &Port) -> usize {
        match port.link {
            Link::Online(client) => match self.core.links.get(client).state() {
                SocketState::Connected(_) if self.core.points.send_buffers_are_full().is_some() => 0,
                SocketState::Connected(connected) => connected.outgoing_room(),
                _ => NOWHERE,
            },
            Link::None | Link::Suspended(_) => 0,
        }
    }

    pub(crate) fn finish_op(&mut self, now: Instant, index: usize) -> bool {
        let Some(mut cx) = self.cx(now, index) else { return false };
        let Some(outcome) = cx.op_outcome() else { return false };
        let after = cx.resume(outcome);
        self.follow(now, after);
        if let Some(port) = self.ports.get_mut(index).filter(|port| !port.attached) {
            // The host went away meanwhile: as if it had gone now.
            let id = port.id;
            self.detach(now, id);
        }
        true
    }

    /// The end of the connection that a port is, once its data have left.
    pub(crate) fn end_online(&mut self, index: usize) -> bool {
        let Some(port) = self.ports.get_mut(index) else { return false };
        let Link::Online(client) = port.link else { return false };
        let socket = self.core.links.get_mut(client);
        let over = matches!(socket.state(), SocketState::ClosingTheirs(_) | SocketState::Initial);
        if over && socket.rx.is_empty() {
            socket.tell_closed();
            port.link = Link::None;
            port.session.go_offline(ResultCode::NoCarrier);
        }
        over && port.link == Link::None
    }

    pub(crate) fn push_urc(&mut self, now: Instant, index: usize) -> bool {
        let Some(port) = self.ports.get(index) else { return false };
        if !port.session.at_boundary(now) || port.session.backlog() >= PORT_HIGH || !self.wants_urc(port) {
            return false;
        }
        let (id, quiet) = (port.id, port.session.settings.quiet);
        let (ports, core) = (&self.ports, &mut self.core);
        let routed_here = |opener| route(ports, opener) == Some(id);
        let general = route_general(ports, core.nv.urc_port()) == Some(id);
        let urc = core.next_urc(&Wish { routed_here: &routed_here, general, quiet });
        match (urc, self.ports.get_mut(index)) {
            (Some(urc), Some(port)) => {
                port.session.urc(&urc.text, urc.payload.as_deref());
                core.event(Event::Urc {
                    port: port.name,
                    text: String::from_utf8_lossy(&urc.text).into_owned(),
                });
                self.ring(now, index);
                true
            }
            _ => false,
        }
    }

    pub(crate) fn wants_urc(&self, port: &Port) -> bool {
        let routed_here = |opener| route(&self.ports, opener) == Some(port.id);
        let general = route_general(&self.ports, self.core.nv.urc_port()) == Some(port.id);
        self.core.has_urc(&Wish { routed_here: &routed_here, general, quiet: port.session.settings.quiet })
    }
}

/// What a port has to say: its session first, then the file that goes to the host, or the connection that the port is.
pub(crate) fn port_tx<'a>(ports: &'a [Port], core: &'a Core, id: PortId) -> &'a [u8] {
    let Some(port) = ports.get(usize::from(id.0)) else { return &[] };
    match (port.session.tx(), &port.op, port.link) {
        (&[], Some(Op::Download(download)), _) => download.rest(),
        (&[], _, Link::Online(client)) => core.links.get(client).online_data(),
        (said, ..) => said,
    }
}
