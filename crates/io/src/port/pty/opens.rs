//! When somebody may have opened a pty. The kernel does not tell the master, but it tells of every open of a file
//! (inotify), so a pty without a host costs nothing. Where it does not, the pty is looked at every [`LOOK`].
//!
//! Users have few inotify instances (128 as a rule), so all ptys of a runtime share one, a `Hub`.

use crate::port::every;
use std::{
    path::Path,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::Interval;

/// How often to look where nobody tells.
const LOOK: Duration = Duration::from_millis(10);

#[derive(Debug)]
pub(super) enum Opens {
    #[cfg(target_os = "linux")]
    Told(hub::Told),
    Looked(Interval),
}

impl Opens {
    pub(super) fn of(device: &Path) -> Opens {
        #[cfg(target_os = "linux")]
        if let Ok(told) = hub::Told::of(device) {
            return Opens::Told(told);
        }
        let _ = device;
        Opens::looked()
    }

    /// Where nobody tells.
    pub(super) fn looked() -> Opens {
        Opens::Looked(every(LOOK))
    }

    /// Ready, once for any number of opens since the last time, when it is time to look.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self {
            #[cfg(target_os = "linux")]
            Opens::Told(told) => told.poll(cx),
            Opens::Looked(looks) => looks.poll_tick(cx).map(drop),
        }
    }
}

#[cfg(target_os = "linux")]
mod hub {
    use crate::port::descriptor::register;
    use rustix::{
        fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags},
        io::Errno,
    };
    use std::{
        collections::HashMap,
        io,
        mem::MaybeUninit,
        os::fd::OwnedFd,
        path::Path,
        sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
        task::{Context, Poll},
    };
    use tokio::{
        io::unix::AsyncFd,
        runtime::{Handle, Id},
        sync::mpsc::{Receiver, Sender, channel},
        task::AbortHandle,
    };

    /// The hubs of this process, by their runtime.
    static HUBS: Mutex<Vec<(Id, Weak<Hub>)>> = Mutex::new(Vec::new());

    /// The inotify instance of a runtime.
    #[derive(Debug)]
    struct Hub {
        inotify: Arc<OwnedFd>,
        /// Who waits, by watch descriptor.
        waiting: Arc<Mutex<HashMap<i32, Sender<()>>>>,
        reader: AbortHandle,
    }

    /// The opens of one device.
    #[derive(Debug)]
    pub(in crate::port::pty) struct Told {
        hub: Arc<Hub>,
        watch: i32,
        opened: Receiver<()>,
    }

    impl Told {
        pub(super) fn of(device: &Path) -> io::Result<Told> {
            let hub = Hub::of_this_runtime()?;
            // A place for one: it says whether, not how often.
            let (told, opened) = channel(1);
            let mut waiting = lock(&hub.waiting);
            let watch = inotify::add_watch(&hub.inotify, device, WatchFlags::OPEN)?;
            waiting.insert(watch, told);
            drop(waiting);
            Ok(Told { hub, watch, opened })
        }

        pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
            self.opened.poll_recv(cx).map(drop)
        }
    }

    impl Drop for Told {
        fn drop(&mut self) {
            lock(&self.hub.waiting).remove(&self.watch);
            // It is gone already when the device is.
            let _ = inotify::remove_watch(&self.hub.inotify, self.watch);
        }
    }

    impl Hub {
        fn of_this_runtime() -> io::Result<Arc<Hub>> {
            let runtime = Handle::current();
            let mut hubs = lock(&HUBS);
            hubs.retain(|(_, hub)| hub.strong_count() > 0);
            let there = hubs.iter().find(|(id, _)| *id == runtime.id());
            if let Some(hub) = there.and_then(|(_, hub)| hub.upgrade()) {
                return Ok(hub);
            }
            let inotify = Arc::new(inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?);
            let waiting = Arc::default();
            let reader = runtime.spawn(read(register(&inotify)?, Arc::clone(&waiting))).abort_handle();
            let hub = Arc::new(Hub { inotify, waiting, reader });
            hubs.push((runtime.id(), Arc::downgrade(&hub)));
            Ok(hub)
        }
    }

    impl Drop for Hub {
        fn drop(&mut self) {
            self.reader.abort();
        }
    }

    async fn read(inotify: AsyncFd<Arc<OwnedFd>>, waiting: Arc<Mutex<HashMap<i32, Sender<()>>>>) {
        let mut space = [MaybeUninit::uninit(); 4096];
        while let Ok(mut readable) = inotify.readable().await {
            let mut events = Reader::new(readable.get_inner(), &mut space);
            loop {
                match events.next() {
                    Ok(event) => {
                        let waiting = lock(&waiting);
                        // Full: it has been told, and has not looked yet.
                        let tell = |told: &Sender<()>| {
                            let _ = told.try_send(());
                        };
                        if event.events().contains(ReadFlags::QUEUE_OVERFLOW) {
                            waiting.values().for_each(tell);
                        } else {
                            waiting.get(&event.wd()).into_iter().for_each(tell);
                        }
                    }
                    Err(Errno::INTR) => {}
                    Err(_) => break,
                }
            }
            readable.clear_ready();
        }
    }

    fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
