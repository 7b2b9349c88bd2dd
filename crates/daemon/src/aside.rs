//! Work that is done aside: a thread takes what watchers have seen of a module, so that neither the effort nor a slow disk
//! stops the module.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::JoinHandle,
};

/// Bytes that may wait for a thread.
pub(crate) const ROOM: usize = 16 * 1024 * 1024;
/// What an item takes beyond its bytes, about.
const ITEM: usize = 256;

/// A thread and what waits for it. Dropping it waits until everything is done.
#[derive(Debug)]
pub(crate) struct Aside<T> {
    items: Option<Sender<(usize, T)>>,
    /// Bytes that wait.
    waiting: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

/// The thread's end.
pub(crate) struct Inbox<T> {
    items: Receiver<(usize, T)>,
    waiting: Arc<AtomicUsize>,
}

impl<T: Send + 'static> Aside<T> {
    /// Starts the thread; it works until the inbox has nothing any more.
    pub(crate) fn start(work: impl FnOnce(Inbox<T>) + Send + 'static) -> Aside<T> {
        let (sender, receiver) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let inbox = Inbox { items: receiver, waiting: waiting.clone() };
        let thread = std::thread::spawn(move || work(inbox));
        Aside { items: Some(sender), waiting, thread: Some(thread) }
    }

    /// Whether there is room for so many bytes.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.waiting.load(Ordering::Relaxed) + ITEM + bytes <= ROOM
    }

    /// Passes an item with so many bytes on, room or not. False: the thread has ended, or has stood still for so long
    /// that twice the room is taken.
    pub(crate) fn give(&self, item: T, bytes: usize) -> bool {
        let before = self.waiting.fetch_add(ITEM + bytes, Ordering::Relaxed);
        before <= 2 * ROOM
            && self.items.as_ref().is_some_and(|items| items.send((ITEM + bytes, item)).is_ok())
    }

    /// The thread has ended by itself.
    pub(crate) fn is_over(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Lets the thread end when it can, without waiting for it.
    pub(crate) fn abandon(mut self) {
        self.thread = None;
    }
}

impl<T> Drop for Aside<T> {
    fn drop(&mut self) {
        self.items = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to do.
            let _ = thread.join();
        }
    }
}

impl<T> Inbox<T> {
    /// Waits for an item; there are no more when the other end is gone.
    pub(crate) fn next(&mut self) -> Option<T> {
        self.items.recv().ok().map(|item| self.taken(item))
    }

    /// An item that waits already.
    pub(crate) fn waiting(&mut self) -> Option<T> {
        self.items.try_recv().ok().map(|item| self.taken(item))
    }

    fn taken(&self, (weight, item): (usize, T)) -> T {
        self.waiting.fetch_sub(weight, Ordering::Relaxed);
        item
    }
}
