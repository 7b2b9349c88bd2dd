//! Modem lines: DTR and RTS in, DCD, RI, CTS and DSR out.

use crate::{
    Module,
    contract::{Action, AtPort, Channel, DceLines, DteLines, PortId},
    port::Link,
    socket::SocketState,
};
use at::time::Instant;
use core::time::Duration;

/// RI while it tells of an unsolicited code: on and off in turn.
pub struct Ring {
    /// Until when it stays as it is.
    pub until: Instant,
    /// How often it still changes; on while this is odd.
    changes: u32,
    width: Duration,
}

impl Ring {
    fn is_on(&self) -> bool {
        !self.changes.is_multiple_of(2)
    }
}

impl Module {
    /// The rate of `AT+IPR`, in bits a second: for whoever makes bytes take their time.
    pub fn line_rate(&self) -> u32 {
        self.core.general.line.rate
    }

    /// The host has moved its lines.
    pub(crate) fn lines(&mut self, now: Instant, id: PortId, lines: DteLines) {
        let is_wire = self.wire(id).is_some();
        if !is_wire {
            self.attach(now, id);
        }
        // On a multiplexed channel DTR is not watched (V105).
        let is_channel = self.ports.get(usize::from(id.0)).is_some_and(|port| port.is_channel);
        if !lines.dtr && !is_wire && !is_channel {
            self.dtr_off(now, id);
        }
        if let Some(port) = self.ports.get_mut(usize::from(id.0)) {
            port.dtr = lines.dtr;
            port.rts = lines.rts;
        }
    }

    /// Does `AT+IFC` concern this port? USB has a flow control of its own.
    fn obeys_flow(&self, name: AtPort) -> bool {
        name == AtPort::Uart1 && self.core.general.line.flow != 0
    }

    /// RTS is off, and says that nothing may be sent.
    pub(crate) fn is_held(&self, id: PortId) -> bool {
        let port = self.ports.get(usize::from(id.0));
        port.is_some_and(|port| !port.rts && self.obeys_flow(port.name))
    }

    /// A code goes to this port: RI tells, if `AT+QCFG="urc/ri/other"` has it so. One that is on already goes on.
    pub(crate) fn ring(&mut self, now: Instant, index: usize) {
        let pulse = self.core.nv.ri_other();
        if let Some(port) = self.ports.get_mut(index).filter(|port| port.ring.is_none() && pulse.is_on) {
            let width = Duration::from_millis(pulse.millis.into());
            port.ring = Some(Ring { until: now + width, changes: 2 * pulse.count - 1, width });
        }
    }

    /// Tells the world when the lines of a port have changed: DCD after `AT&C`, DSR after `AT&S`, CTS after `AT+IFC`, RI.
    pub(crate) fn tell_lines(&mut self, now: Instant, index: usize) {
        let Some(port) = self.ports.get_mut(index) else { return };
        if let Some(ring) = &mut port.ring
            && ring.until <= now
        {
            ring.changes -= 1;
            ring.until = now + ring.width;
            if ring.changes == 0 {
                port.ring = None;
            }
        }
        let Some(port) = self.ports.get(index) else { return };
        let carrier = match port.link {
            Link::None => false,
            Link::Online(_) => true,
            Link::Suspended(client) => {
                matches!(self.core.links.get(client).state(), SocketState::Connected(_))
            }
        };
        let full = self.obeys_flow(port.name) && self.rx_room(Channel::Port(port.id)) == 0;
        let lines = DceLines {
            dcd: carrier || port.session.settings.dcd == 0,
            ri: port.ring.as_ref().is_some_and(Ring::is_on),
            cts: !full,
            dsr: port.session.settings.dsr == 0 || matches!(port.link, Link::Online(_)),
        };
        if let Some(port) = self.ports.get_mut(index).filter(|port| port.lines != lines) {
            port.lines = lines;
            if !port.is_channel {
                self.core.act(Action::PortLines(port.id, lines));
            }
        }
    }
}
