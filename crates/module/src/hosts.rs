//! Hosts come, go, and move DTR (D24).

use crate::{
    Module,
    contract::PortId,
    general::power::Power,
    port::{Link, Op},
    socket::{AccessMode, Announce},
};
use alloc::vec::Vec;
use at::{result::ResultCode, session::PayloadEnd, time::Instant};

impl Module {
    /// Online data state is left and the connection kept, in buffer mode (§1.4, D23).
    pub(crate) fn suspend(&mut self, now: Instant, index: usize) {
        let Some(port) = self.ports.get_mut(index) else { return };
        if let Link::Online(client) = port.link {
            port.link = Link::Suspended(client);
            let socket = self.core.links.get_mut(client);
            if let Some(about) = &mut socket.about {
                about.mode = AccessMode::Buffer;
            }
            if let Some(connected) = socket.connected() {
                connected.send_outgoing();
            }
            self.core.service(now, client, false);
        }
    }

    /// A host opens a port. A module that is off is switched on by it: a pty has no PWRKEY.
    pub(crate) fn attach(&mut self, now: Instant, id: PortId) {
        if let Some(port) = self.ports.get_mut(usize::from(id.0)).filter(|port| !port.attached) {
            port.attached = true;
            port.dtr = true;
            if port.is_channel {
                port.session.restart(&self.core.nv.profile.settings);
            }
            if self.core.general.power == Power::Off {
                self.core.power_on(now);
            }
        }
    }

    /// The host has closed the port: DTR OFF, and nobody to read (D24).
    pub(crate) fn detach(&mut self, now: Instant, id: PortId) {
        if self.wire(id).is_some() {
            self.drop_multiplex(now);
        }
        self.dtr_off(now, id);
        let index = usize::from(id.0);
        if let Some(mut cx) = self.cx(now, index)
            && cx.port.session.is_payload()
        {
            // What has come of a file is kept; what has come of a message is not sent.
            let end = match cx.port.op {
                Some(Op::Upload(_) | Op::Write(..)) => PayloadEnd::Cancelled,
                _ => PayloadEnd::TimedOut,
            };
            let _ = cx.payload_end(end);
        }
        if let Some(port) = self.ports.get_mut(index) {
            port.attached = false;
            port.dtr = false;
            port.rts = true;
            port.typed = Vec::new();
            port.session.detach();
        }
    }

    /// DTR ON to OFF (D24). With `AT&D1` or `AT&D2` it ends an upload, and online data state: `AT&D1` keeps the
    /// connection, `AT&D2` closes it.
    pub(crate) fn dtr_off(&mut self, now: Instant, id: PortId) {
        let index = usize::from(id.0);
        let Some(mut cx) = self.cx(now, index) else { return };
        let reaction = cx.port.session.settings.dtr;
        if !cx.port.dtr || reaction == 0 {
            return;
        }
        if matches!(cx.port.op, Some(Op::Upload(_))) {
            cx.port.session.end_payload();
            let outcome = cx.payload_end(PayloadEnd::Cancelled);
            let after = cx.resume(outcome);
            return self.follow(now, after);
        }
        let Link::Online(client) = cx.port.link else { return };
        if reaction == 1 {
            cx.port.session.go_offline(ResultCode::Ok);
            self.suspend(now, index);
        } else {
            cx.port.link = Link::None;
            cx.port.session.go_offline(ResultCode::NoCarrier);
            let _ = self.core.close(now, client, 0, Announce::No);
        }
    }
}
