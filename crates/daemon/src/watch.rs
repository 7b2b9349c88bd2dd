//! Who looks on while a module runs: the trace, and whatever else wants to know. Watchers see everything that crosses the
//! border of a module, in order, and change nothing.

use at::time::Instant;
use faults::Request;
use module::{Action, ConnId, Input, PortId, Talk};
use std::{
    net::SocketAddr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// When something happened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    /// Since the module was started.
    pub(crate) elapsed: Duration,
    /// Since 1970 UTC, by the clock of this machine.
    pub(crate) unix: Duration,
}

impl Stamp {
    /// A time of the module that is now. A clock of this machine that is set before 1970 shows 1970.
    pub(crate) fn at(now: Instant) -> Stamp {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Stamp { elapsed: now.since(Instant::ZERO), unix }
    }
}

/// Something that crossed the border of a module.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Seen<'a> {
    /// The host said this on a port; the module has not taken it yet.
    Host(PortId, Talk, &'a [u8]),
    /// The host has this from a port.
    Module(PortId, Talk, &'a [u8]),
    /// The network brought this, a datagram from an address or a piece of a connection.
    NetIn {
        /// What it came on.
        conn: ConnId,
        /// The sender of a datagram.
        from: Option<SocketAddr>,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// This went out to the network.
    NetOut {
        /// What it went out on.
        conn: ConnId,
        /// The receiver of a datagram, where there is not only one.
        to: Option<SocketAddr>,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// The host of a port does not take what the module says, or takes it again.
    Held(PortId, bool),
    /// Faults begin or end.
    Fault(&'a Request),
    /// FIN went out on this connection, behind everything else.
    NetFin(ConnId),
    /// The module is told this next.
    Input(&'a Input),
    /// The module wants this, and it is done next.
    Action(&'a Action),
}

/// One who looks on.
pub(crate) trait Watch: Send {
    /// Something has crossed the border of the module. Called on the way of every byte: what takes time belongs to
    /// another thread.
    fn see(&mut self, at: Stamp, seen: &Seen<'_>);

    /// Does it want to be told what commands mean and what TLS says ([`module::Setup::narrates`])?
    fn wants_commands(&self) -> bool {
        false
    }

    /// Does it want to be told what is said on the channels of a multiplexer ([`module::Setup::tells_channels`])?
    fn wants_channels(&self) -> bool {
        false
    }

    /// Does nobody want to know any more?
    fn is_gone(&self) -> bool {
        false
    }
}

/// Shows something to those who look on, at the time at which the module is told or has told it.
pub(crate) fn watched(watchers: &mut [Box<dyn Watch>], now: Instant, seen: &Seen<'_>) {
    if watchers.is_empty() {
        return;
    }
    let at = Stamp::at(now);
    for watcher in watchers {
        watcher.see(at, seen);
    }
}

#[cfg(test)]
mod tests {
    use crate::{Config, Form, Handle, Twin, runtime};
    use module::{Action, Channel, Event, Input, PortId};

    /// Does the module tell what a command means?
    async fn narrates(module: &Handle) -> bool {
        let told = module.ask(|module, now| {
            module.rx(now, Channel::Port(PortId(0)), b"AT+CSQ\r");
            let actions: Vec<_> = std::iter::from_fn(|| module.poll()).collect();
            actions.iter().any(|action| matches!(action, Action::Event(Event::Command { .. })))
        });
        told.await.unwrap()
    }

    #[test]
    fn a_module_tells_what_commands_mean_as_long_as_somebody_reads_it() {
        runtime().unwrap().block_on(async {
            let twin = Twin::start(Config::default()).unwrap();
            let module = twin.handle();
            module.ask(|module, now| module.handle(now, Input::PortAttached(PortId(0)))).await.unwrap();
            assert!(!narrates(&module).await);
            let first = module.events(Form::Json, Vec::new()).await.unwrap();
            let second = module.events(Form::Human, Vec::new()).await.unwrap();
            assert!(narrates(&module).await);
            drop(first);
            assert!(narrates(&module).await);
            drop(second);
            assert!(!narrates(&module).await);
            twin.stop().await;
        });
    }
}
