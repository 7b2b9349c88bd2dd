//! Standard input and output as an AT port.
//!
//! Both may be shared with other processes, so they are not made non-blocking: pipes and terminals are opened
//! once more, which has modes of its own. Files of a disk and `/dev/null` are always ready and cannot be waited
//! for. A terminal on standard input is raw for as long as the port is open, except that Ctrl-C still is a signal.

use super::{PortEvent, descriptor::register};
use crate::SetupError;
use rustix::{
    fs::{FileType, Mode, OFlags},
    io::Errno,
    termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr},
};
use std::{
    io,
    os::fd::{AsFd, OwnedFd},
    sync::Arc,
    task::{Context, Poll, ready},
};
use tokio::io::unix::AsyncFd;

#[derive(Debug)]
pub(super) struct Stdio {
    input: End,
    output: End,
    state: State,
    /// Output waits for room. The end of input waits for it.
    is_blocked: bool,
    /// What the terminal's modes were.
    terminal: Option<Termios>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Opened,
    Attached,
    Over,
}

/// One direction.
#[derive(Debug)]
struct End {
    fd: Arc<OwnedFd>,
    /// None: always ready.
    ready: Option<AsyncFd<Arc<OwnedFd>>>,
}

impl Stdio {
    pub(super) fn open() -> Result<Stdio, SetupError> {
        let failed = |e: io::Error| SetupError::new("stdio", e, "check what this process was started with");
        let input = End::open(io::stdin().as_fd(), "/dev/stdin", OFlags::RDONLY).map_err(failed)?;
        let output = End::open(io::stdout().as_fd(), "/dev/stdout", OFlags::WRONLY).map_err(failed)?;
        let terminal = tcgetattr(&input.fd).ok();
        if let Some(before) = &terminal {
            let mut raw = before.clone();
            raw.make_raw();
            raw.local_modes |= LocalModes::ISIG;
            // A terminal that keeps its modes still works, line by line.
            let _ = tcsetattr(&input.fd, OptionalActions::Now, &raw);
        }
        Ok(Stdio { input, output, state: State::Opened, is_blocked: false, terminal })
    }

    pub(super) fn is_over(&self) -> bool {
        self.state == State::Over
    }

    pub(super) fn poll_event(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<PortEvent> {
        match self.state {
            State::Opened => {
                self.state = State::Attached;
                Poll::Ready(PortEvent::Attached)
            }
            State::Attached if !buf.is_empty() && !self.is_blocked => {
                match ready!(self.input.poll_read(cx, buf)) {
                    0 => {
                        self.state = State::Over;
                        Poll::Ready(PortEvent::Detached)
                    }
                    n => Poll::Ready(PortEvent::Data(n)),
                }
            }
            State::Attached | State::Over => Poll::Pending,
        }
    }

    /// What nobody reads any more is dropped. It is tried before it is waited for: input may end before the reactor
    /// has ever said that there is room for output.
    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<usize> {
        loop {
            self.is_blocked = false;
            match (rustix::io::write(&self.output.fd, bytes), &self.output.ready) {
                (Ok(n), _) => return Poll::Ready(n),
                (Err(Errno::INTR), _) => {}
                (Err(Errno::AGAIN), Some(fd)) => {
                    self.is_blocked = true;
                    let Ok(mut guard) = ready!(fd.poll_write_ready(cx)) else { return Poll::Pending };
                    guard.clear_ready();
                }
                (Err(_), _) => return Poll::Ready(bytes.len()),
            }
        }
    }
}

impl Drop for Stdio {
    fn drop(&mut self) {
        if let Some(before) = &self.terminal {
            let _ = tcsetattr(&self.input.fd, OptionalActions::Now, before);
        }
    }
}

impl End {
    fn open(shared: impl AsFd, path: &str, direction: OFlags) -> io::Result<End> {
        let kind = FileType::from_raw_mode(rustix::fs::fstat(&shared)?.st_mode);
        let fd = match kind {
            FileType::Fifo | FileType::CharacterDevice => {
                let flags = direction | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
                rustix::fs::open(path, flags, Mode::empty())?
            }
            FileType::Socket => {
                let fd = rustix::io::dup(&shared)?;
                rustix::io::ioctl_fionbio(&fd, true)?;
                fd
            }
            _ => rustix::io::dup(&shared)?,
        };
        let fd = Arc::new(fd);
        let ready = match register(&fd) {
            Ok(ready) => Some(ready),
            Err(e) if e.raw_os_error() == Some(Errno::PERM.raw_os_error()) => None,
            Err(e) => return Err(e),
        };
        Ok(End { fd, ready })
    }

    /// 0 is the end; an error is one too.
    fn poll_read(&self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<usize> {
        loop {
            let guard = match &self.ready {
                Some(fd) => match ready!(fd.poll_read_ready(cx)) {
                    Ok(guard) => Some(guard),
                    Err(_) => return Poll::Pending,
                },
                None => None,
            };
            match (rustix::io::read(&self.fd, &mut *buf), guard) {
                (Ok(n), _) => return Poll::Ready(n),
                (Err(Errno::INTR), _) => {}
                (Err(Errno::AGAIN), Some(mut guard)) => guard.clear_ready(),
                (Err(_), _) => return Poll::Ready(0),
            }
        }
    }
}
