//! Work that is done aside: a thread takes what watchers have seen of a module, so that neither the effort nor a slow disk
//! stops the module.
//!
//! To wake a thread costs more than what most items ask for. So the thread takes what has come together: it lets
//! [`LINGER`] pass behind the first item, or [`MUCH`] come.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

/// Bytes that may wait for a thread.
pub(crate) const ROOM: usize = 16 * 1024 * 1024;
/// What an item takes beyond its bytes, about.
const ITEM: usize = 256;
/// How long the thread waits for more: nobody sees it, and it is the most that a process that is killed can lose.
const LINGER: Duration = Duration::from_millis(5);
/// Bytes for which the thread does not wait for more.
const MUCH: usize = 256 * 1024;

/// A thread and what waits for it. Dropping it waits until everything is done.
#[derive(Debug)]
pub(crate) struct Aside<T> {
    shared: Arc<Shared<T>>,
    thread: Option<JoinHandle<()>>,
}

/// The thread's end.
pub(crate) struct Inbox<T> {
    shared: Arc<Shared<T>>,
    /// Taken together, and not looked at.
    taken: VecDeque<(usize, T)>,
}

#[derive(Debug)]
struct Shared<T> {
    queue: Mutex<Queue<T>>,
    filled: Condvar,
    /// Bytes that wait, in the queue or taken together.
    waiting: AtomicUsize,
}

#[derive(Debug)]
struct Queue<T> {
    items: VecDeque<(usize, T)>,
    bytes: usize,
    /// How many bytes wake the thread, if it sleeps.
    wakes_at: Option<usize>,
    /// More may come.
    is_open: bool,
    /// The thread has ended by itself.
    is_over: bool,
}

impl<T> Shared<T> {
    fn queue(&self) -> MutexGuard<'_, Queue<T>> {
        // Whoever panicked has left a queue that is whole.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Send + 'static> Aside<T> {
    /// Starts the thread; it works until the inbox has nothing any more.
    pub(crate) fn start(work: impl FnOnce(Inbox<T>) + Send + 'static) -> Aside<T> {
        let queue = Queue { items: VecDeque::new(), bytes: 0, wakes_at: None, is_open: true, is_over: false };
        let shared =
            Shared { queue: Mutex::new(queue), filled: Condvar::new(), waiting: AtomicUsize::new(0) };
        let shared = Arc::new(shared);
        let inbox = Inbox { shared: shared.clone(), taken: VecDeque::new() };
        let thread = std::thread::spawn(move || work(inbox));
        Aside { shared, thread: Some(thread) }
    }

    /// Whether there is room for so many bytes.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.shared.waiting.load(Ordering::Relaxed) + ITEM + bytes <= ROOM
    }

    /// Passes an item with so many bytes on, room or not. False: the thread has ended, or has stood still for so long
    /// that twice the room is taken.
    pub(crate) fn give(&self, item: T, bytes: usize) -> bool {
        let weight = ITEM + bytes;
        let before = self.shared.waiting.fetch_add(weight, Ordering::Relaxed);
        let mut queue = self.shared.queue();
        if queue.is_over || before > 2 * ROOM {
            return false;
        }
        queue.items.push_back((weight, item));
        queue.bytes += weight;
        if queue.wakes_at.is_some_and(|bytes| queue.bytes >= bytes) {
            queue.wakes_at = None;
            drop(queue);
            self.shared.filled.notify_one();
        }
        true
    }

    /// The thread has ended by itself.
    pub(crate) fn is_over(&self) -> bool {
        self.shared.queue().is_over
    }

    /// Lets the thread end when it can, without waiting for it.
    pub(crate) fn abandon(mut self) {
        self.thread = None;
    }
}

impl<T> Drop for Aside<T> {
    fn drop(&mut self) {
        self.shared.queue().is_open = false;
        self.shared.filled.notify_one();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to do.
            let _ = thread.join();
        }
    }
}

impl<T> Inbox<T> {
    /// Waits for an item; there are no more when the other end is gone.
    pub(crate) fn next(&mut self) -> Option<T> {
        if self.taken.is_empty() {
            self.refill();
        }
        self.waiting()
    }

    /// An item that has come together with the last one.
    pub(crate) fn waiting(&mut self) -> Option<T> {
        let (weight, item) = self.taken.pop_front()?;
        self.shared.waiting.fetch_sub(weight, Ordering::Relaxed);
        Some(item)
    }

    fn refill(&mut self) {
        let Shared { filled, .. } = &*self.shared;
        let mut queue = self.shared.queue();
        queue.wakes_at = Some(1);
        queue = filled
            .wait_while(queue, |queue| queue.is_open && queue.items.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        queue.wakes_at = Some(MUCH);
        (queue, _) = filled
            .wait_timeout_while(queue, LINGER, |queue| queue.is_open && queue.bytes < MUCH)
            .unwrap_or_else(PoisonError::into_inner);
        queue.wakes_at = None;
        queue.bytes = 0;
        std::mem::swap(&mut self.taken, &mut queue.items);
    }
}

impl<T> Drop for Inbox<T> {
    fn drop(&mut self) {
        let mut queue = self.shared.queue();
        queue.is_over = true;
        queue.items = VecDeque::new();
    }
}
