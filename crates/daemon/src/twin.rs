//! Running modules.

use crate::{Config, LintView, SetupError, Trace, actor::Actor, handle::Handle, why::Failure};
use at::time::Instant;
use faults::{Fault, Faulty, Lift, Request, Status, TooMany};
use io::{Place, Port};
use module::{AtPort, DteLines, Operator, PortId};
use std::{io::Result as IoResult, thread};
use tokio::{
    runtime::{Builder, Runtime},
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

/// What the loop of a running module is asked to do by those who hold a handle.
pub(crate) enum Order {
    /// An act of the operator.
    Operate(Operator),
    /// The host's modem lines of a port whose wire has none.
    Lines(PortId, DteLines),
    /// Faults begin or end; the number of the one, or how many there were.
    Fault(Request, oneshot::Sender<Result<usize, TooMany>>),
    /// A question, which carries the way back for its answer.
    Ask(Question),
    /// From now on this trace is written, too.
    Watch(Trace),
    /// Somebody who looked on has left.
    Tidy,
}

/// What looks at a module, or changes it, at a time of its clock.
pub(crate) type Question = Box<dyn FnOnce(&mut Faulty, Instant) + Send>;

/// A running module. Dropping it shuts the module down without waiting for the end.
#[derive(Debug)]
pub struct Twin {
    handle: Handle,
    /// As long as there is one, the module runs.
    orders: mpsc::UnboundedSender<Order>,
    task: JoinHandle<()>,
}

impl Twin {
    /// Boots a module and opens its ports. To be called on a runtime, such as [`runtime`] makes.
    ///
    /// # Errors
    /// A port, a folder or a file cannot be had, or the configuration contradicts itself.
    pub fn start(config: Config) -> Result<Twin, SetupError> {
        let (setup, files) = config.boot()?;
        let mut ports = Vec::with_capacity(config.ports.len());
        for (name, endpoint) in &config.ports {
            ports.push((*name, Port::open(name.name(), endpoint)?));
        }
        let places = ports.iter().map(|(name, port)| (*name, port.place())).collect();
        let (orders, inbox) = mpsc::unbounded_channel();
        let names: Vec<String> = setup.files.iter().map(|(name, _)| name.clone()).collect();
        let mut actor = Actor::new(setup, ports, files, inbox, &config)?;
        if let Some(name) = names.iter().find(|name| !actor.has_file(name)) {
            return Err(SetupError::new(
                format_args!("UFS:{}", name.escape_default()),
                "the module cannot hold this file",
                "UFS takes 280 KiB in all, and names of 1 to 80 bytes without `*` and control characters",
            ));
        }
        let names = config.ports.iter().map(|(name, _)| *name).collect();
        let linter = config.lint.as_ref().map(|lint| lint.linter(names, config.report));
        let lint = linter.as_ref().map(|linter| linter.view());
        if let Some(linter) = linter {
            actor.watch(Box::new(linter));
        }
        let handle = Handle::new(places, orders.downgrade(), actor.failures(), lint);
        Ok(Twin { handle, orders, task: tokio::spawn(actor.run()) })
    }

    /// A handle for others, to look at the module and act on it.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// The last failures, at most [`crate::KEPT`], the oldest first.
    pub fn failures(&self) -> Vec<Failure> {
        self.handle.failures()
    }

    /// The ports, in the order of the configuration, and where hosts find them.
    pub fn ports(&self) -> &[(AtPort, Place)] {
        self.handle.ports()
    }

    /// Asks for a fault; its number, by which it can be lifted. `None` when the module has stopped, or has too many.
    pub async fn inject(&self, fault: Fault) -> Option<u32> {
        self.handle.inject(fault).await.ok()
    }

    /// Ends faults; how many there were. `None` when the module has stopped.
    pub async fn lift(&self, which: Lift) -> Option<usize> {
        self.handle.lift(which).await.ok()
    }

    /// The faults that are asked for and not over. `None` when the module has stopped.
    pub async fn faults(&self) -> Option<Vec<Status>> {
        self.handle.faults().await.ok()
    }

    /// What the lint finds in the host driver, if it is watched ([`Config::lint`]).
    pub fn lint(&self) -> Option<&LintView> {
        self.handle.lint()
    }

    /// Waits for a module that ends by itself: when its only port is standard input, and that has ended.
    pub async fn ended(&mut self) {
        // An actor that panicked has said so.
        let _ = (&mut self.task).await;
    }

    /// Shuts the module down: connections end with close_notify, links go, files are on the disk.
    pub async fn stop(self) {
        // An actor that is gone has nothing left to shut down, and one that panicked has said so.
        let _ = self.orders.send(Order::Operate(Operator::ShutDown));
        let _ = self.task.await;
    }
}

/// A runtime for any number of modules: one thread, and a few helpers for disks.
///
/// # Errors
/// The operating system has no reactor to give.
pub fn runtime() -> IoResult<Runtime> {
    Builder::new_current_thread().enable_all().max_blocking_threads(4).build()
}

/// A running module on a thread of its own. Dropping it shuts the module down and waits for the end.
#[derive(Debug)]
pub struct Background {
    handle: Handle,
    /// Dropping it is the order to stop.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Background {
    /// Boots a module and opens its ports; they are open when this returns.
    ///
    /// # Errors
    /// As [`Twin::start`].
    pub fn start(config: Config) -> Result<Background, SetupError> {
        let no_thread = |e| SetupError::new("module thread", e, "free some memory or processes");
        let runtime = runtime().map_err(no_thread)?;
        let twin = {
            let _entered = runtime.enter();
            Twin::start(config)?
        };
        let handle = twin.handle();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("modemtwin".into())
            .spawn(move || {
                runtime.block_on(async {
                    let _ = stopped.await;
                    twin.stop().await;
                });
            })
            .map_err(no_thread)?;
        Ok(Background { handle, stop: Some(stop), thread: Some(thread) })
    }

    /// A handle for others, to look at the module and act on it.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// The ports, in the order of the configuration, and where hosts find them.
    pub fn ports(&self) -> &[(AtPort, Place)] {
        self.handle.ports()
    }

    /// What the lint finds in the host driver, if it is watched ([`Config::lint`]). What never came only the end of the
    /// run tells: keep a clone of this and drop the module before you look.
    pub fn lint(&self) -> Option<&LintView> {
        self.handle.lint()
    }

    /// The last failures, as [`Twin::failures`] has them.
    pub fn failures(&self) -> Vec<Failure> {
        self.handle.failures()
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A panic in there has been printed.
            let _ = thread.join();
        }
    }
}
