//! Handles: what others ask of a running module, from any task or thread.
//!
//! A module has one owner, its loop. Those who hold a handle send it orders, which it carries out between two turns, in
//! the order in which they come; an order that has an answer sends it back. Nobody waits for a lock, and a module
//! without orders does nothing for its handles.

use crate::{
    LintView,
    redact::Secrets,
    trace::{Events, Trace},
    twin::Order,
    why::{Failure, Failures},
};
use at::time::Instant;
use faults::{Fault, Faulty, Lift, Request, Status, TooMany};
use io::Place;
use module::{AtPort, DteLines, Module, Operator, PortId};
use std::{fmt, sync::Arc};
use tokio::sync::{mpsc::WeakUnboundedSender, oneshot};

/// A running module, to look at and to act on. It does not keep the module running.
#[derive(Clone, Debug)]
pub struct Handle {
    ports: Arc<[(AtPort, Place)]>,
    orders: WeakUnboundedSender<Order>,
    failures: Failures,
    lint: Option<LintView>,
}

/// The module has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// Why a fault cannot be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultRefused {
    /// The module has ended.
    Gone,
    /// There are as many as it takes.
    TooMany(TooMany),
}

/// Why modem lines cannot be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinesError {
    /// The module has ended.
    Gone,
    /// There is no such port.
    NoPort,
    /// No host has opened the port, so nobody is there to drive its lines.
    NoHost,
    /// Its wire has lines of its own, which the host drives.
    HasWire,
}

impl Handle {
    pub(crate) fn new(
        ports: Vec<(AtPort, Place)>,
        orders: WeakUnboundedSender<Order>,
        failures: Failures,
        lint: Option<LintView>,
    ) -> Handle {
        Handle { ports: ports.into(), orders, failures, lint }
    }

    /// The ports, in the order of the configuration, and where hosts find them.
    pub fn ports(&self) -> &[(AtPort, Place)] {
        &self.ports
    }

    /// The last failures, at most [`crate::KEPT`], the oldest first; also after the end of the module.
    pub fn failures(&self) -> Vec<Failure> {
        self.failures.list()
    }

    /// What the lint finds in the host driver, if it is watched ([`crate::Config::lint`]); also after the end of the module.
    pub fn lint(&self) -> Option<&LintView> {
        self.lint.as_ref()
    }

    /// Lets `question` look at the module, or change it, and waits for what it says.
    ///
    /// # Errors
    /// The module has ended.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Module, Instant) -> T + Send + 'static,
    ) -> Result<T, Gone> {
        self.ask_faulty(|faulty, now| question(faulty.module_mut(), now)).await
    }

    /// Asks for a fault; its number, by which it can be lifted.
    ///
    /// # Errors
    /// The module has ended, or there are as many as it takes.
    pub async fn inject(&self, fault: Fault) -> Result<u32, FaultRefused> {
        let number = self.request(Request::Inject(fault)).await?;
        Ok(u32::try_from(number).unwrap_or(u32::MAX))
    }

    /// Ends faults; how many there were.
    ///
    /// # Errors
    /// The module has ended.
    pub async fn lift(&self, which: Lift) -> Result<usize, Gone> {
        // As many as are asked for can be ended.
        self.request(Request::Lift(which)).await.map_err(|_| Gone)
    }

    async fn request(&self, request: Request) -> Result<usize, FaultRefused> {
        let (answer, coming) = oneshot::channel();
        self.order(Order::Fault(request, answer)).map_err(|Gone| FaultRefused::Gone)?;
        coming.await.map_err(|_| FaultRefused::Gone)?.map_err(FaultRefused::TooMany)
    }

    /// The faults that are asked for and not over.
    ///
    /// # Errors
    /// The module has ended.
    pub async fn faults(&self) -> Result<Vec<Status>, Gone> {
        self.ask_faulty(|faulty, _| faulty.faults()).await
    }

    async fn ask_faulty<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Faulty, Instant) -> T + Send + 'static,
    ) -> Result<T, Gone> {
        let (answer, coming) = oneshot::channel();
        self.order(Order::Ask(Box::new(|faulty, now| {
            // Who has stopped waiting needs no answer.
            let _ = answer.send(question(faulty, now));
        })))?;
        coming.await.map_err(|_| Gone)
    }

    /// Acts on the module, and waits until that is done.
    ///
    /// # Errors
    /// The module has ended.
    pub async fn operate(&self, act: Operator) -> Result<(), Gone> {
        self.order(Order::Operate(act))?;
        self.ask(|_, _| ()).await
    }

    /// Drives the modem lines of the host on a port whose wire has none: a pty, TCP, a Unix socket, standard input (D24).
    /// What is `None` stays as it is.
    ///
    /// # Errors
    /// There is no such port, no host is there, or the host drives the lines itself.
    pub async fn move_lines(
        &self,
        port: AtPort,
        dtr: Option<bool>,
        rts: Option<bool>,
    ) -> Result<(), LinesError> {
        let mut places = (0..).map(PortId).zip(self.ports.iter());
        let (id, (_, place)) = places.find(|(_, (name, _))| *name == port).ok_or(LinesError::NoPort)?;
        if matches!(place, Place::Serial(_) | Place::Rfc2217(_)) {
            return Err(LinesError::HasWire);
        }
        let state =
            self.ask(move |module, _| module.ports().into_iter().find(|state| state.name == port)).await;
        let state = state.map_err(|Gone| LinesError::Gone)?.ok_or(LinesError::NoPort)?;
        if !state.is_attached {
            return Err(LinesError::NoHost);
        }
        let DteLines { dtr: had_dtr, rts: had_rts } = state.host_lines;
        let lines = DteLines { dtr: dtr.unwrap_or(had_dtr), rts: rts.unwrap_or(had_rts) };
        self.order(Order::Lines(id, lines)).map_err(|Gone| LinesError::Gone)?;
        self.ask(|_, _| ()).await.map_err(|Gone| LinesError::Gone)
    }

    /// What happens from now on, as the lines of a trace. Of the JSON lines only those of some `kinds`, if there are any.
    ///
    /// # Errors
    /// The module has ended.
    pub async fn events(&self, form: crate::Form, kinds: Vec<String>) -> Result<Events, Gone> {
        let (trace, events) = Trace::new(Secrets::Hidden).with_reader(form, kinds, self.clone());
        self.order(Order::Watch(trace))?;
        // Whoever has the events sees all that follows.
        self.ask(|_, _| ()).await?;
        Ok(events)
    }

    /// Lets go of those who have stopped to look on.
    pub(crate) fn tidy(&self) {
        // A module that is gone has let go of everybody.
        let _ = self.order(Order::Tidy);
    }

    fn order(&self, order: Order) -> Result<(), Gone> {
        self.orders.upgrade().and_then(|orders| orders.send(order).ok()).ok_or(Gone)
    }
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the module has ended")
    }
}

impl std::error::Error for Gone {}

impl fmt::Display for FaultRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FaultRefused::Gone => Gone.fmt(f),
            FaultRefused::TooMany(many) => many.fmt(f),
        }
    }
}

impl std::error::Error for FaultRefused {}

impl fmt::Display for LinesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LinesError::Gone => return Gone.fmt(f),
            LinesError::NoPort => "the module has no such port",
            LinesError::NoHost => "no host has opened the port",
            LinesError::HasWire => "the host drives the lines of this port itself",
        })
    }
}

impl std::error::Error for LinesError {}
