//! Descriptors that are no sockets, registered with the reactor.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::{
    io,
    os::fd::{AsFd, AsRawFd},
    sync::Arc,
};
use tokio::io::unix::AsyncFd;

/// Fails when the reactor can take no more, and for files that are always ready, such as those of a disk.
#[allow(unsafe_code)]
pub(super) fn register<T: AsRawFd>(owner: &Arc<T>) -> io::Result<AsyncFd<Arc<T>>> {
    // SAFETY: the registration holds a share of the owner, which is never taken out of its `Arc`. So the
    // descriptor is valid, stays open, and stays the same one for as long as the registration lives.
    Ok(unsafe { AsyncFd::register(Arc::clone(owner)) }?)
}

/// Is the other end gone?
pub(super) fn is_hung_up(fd: &impl AsFd) -> bool {
    state(fd).contains(PollFlags::HUP)
}

/// Is the other end gone (`HUP`), are there bytes to read (`IN`)? A failing poll(2) counts as gone: it is
/// looked at again.
pub(super) fn state(fd: &impl AsFd) -> PollFlags {
    let mut fds = [PollFd::from_borrowed_fd(fd.as_fd(), PollFlags::IN)];
    match poll(&mut fds, Some(&Timespec::default())) {
        Ok(_) => fds[0].revents(),
        Err(_) => PollFlags::HUP,
    }
}
