//! A pseudo-terminal as an AT port.
//!
//! The module holds the master; hosts open the slave (or a link to it) like a serial port. The line is
//! raw from the start, so a host that sets no terminal modes still gets every byte as it is. From then on the modes are
//! the hosts': as with any serial port they stay as the last one left them. To reset them when a host leaves would be to
//! take them from one that has come meanwhile.
//!
//! **Is a host there?** While no slave is open, reading the master fails with `EIO` and polling it says
//! hang-up. The kernel reports the last *close* as an event of the master, and an *open* as one of the
//! file ([`opens`]); then the hang-up state is looked at.
//!
//! **Whose bytes?** All hosts write into one buffer, and a reported close may be older than the next
//! open. So after a close only those bytes are the old host's that are there while the line is *still*
//! hung up. If it is not, then whatever waits may be the new host's, and is left for it: what the old
//! host wrote last cannot be told from it. A host that closes and opens before the reactor has looked
//! even once has, for all that the kernel tells, never left.
//!
//! **Bytes for nobody.** A USB CDC port whose host has closed it has nowhere to put its output, and the
//! module goes on. So do we: what the module says while no host is there is dropped, and so is what the
//! last host left unread. The next host starts with an empty line.

mod opens;

use self::opens::Opens;
use super::{
    PortEvent,
    descriptor::{is_hung_up, register, state},
    every,
};
use crate::SetupError;
use rustix::{
    event::PollFlags,
    fs::{Mode, OFlags},
    io::Errno,
    pty::OpenptFlags,
    termios::{OptionalActions, QueueSelector},
};
use std::{
    fs::{self, File},
    io::{self, ErrorKind},
    os::{fd::OwnedFd, unix::ffi::OsStringExt},
    path::{Path, PathBuf},
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{io::unix::AsyncFd, time::Interval};

/// How often to see whether the link is still there.
const WATCH: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Pty {
    master: Arc<OwnedFd>,
    device: PathBuf,
    link: Option<Link>,
    opens: Opens,
    host: Host,
}

#[derive(Debug)]
enum Host {
    Absent,
    /// `leaving`: it has hung up, but bytes that it wrote may still wait for room, and another may have
    /// opened the device since.
    Present {
        fd: AsyncFd<Arc<OwnedFd>>,
        leaving: bool,
    },
}

impl Pty {
    pub(super) fn open(link: Option<&Path>) -> Result<Pty, SetupError> {
        let failed = |e: io::Error| {
            SetupError::os("pty", &e, "check that /dev/ptmx and /dev/pts are there and not used up")
        };
        let (master, device) = open_pair().map_err(failed)?;
        // Opening and closing the slave once makes "no host yet" look the same as "no host any more".
        make_raw(&device).and_then(|()| forget_unread(&device)).map_err(failed)?;
        let link = link.map(|path| Link::create(path, &device)).transpose()?;
        let opens = Opens::of(&device);
        Ok(Pty { master: Arc::new(master), device, link, opens, host: Host::Absent })
    }

    /// As where the kernel does not tell of opens.
    #[cfg(test)]
    pub(super) fn untold(self) -> Pty {
        Pty { opens: Opens::looked(), ..self }
    }

    pub(super) fn path(&self) -> &Path {
        self.link.as_ref().map_or(&self.device, |link| &link.path)
    }

    pub(super) fn poll_event(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<PortEvent> {
        if let Some(link) = &mut self.link {
            while link.watch.poll_tick(cx).is_ready() {
                link.restore();
            }
        }
        loop {
            match &mut self.host {
                Host::Absent => {
                    ready!(self.opens.poll(cx));
                    // Bytes without a host: one came and went since the last look.
                    let state = state(&self.master);
                    if (!state.contains(PollFlags::HUP) || state.contains(PollFlags::IN))
                        && let Ok(fd) = register(&self.master)
                    {
                        self.host = Host::Present { fd, leaving: false };
                        return Poll::Ready(PortEvent::Attached);
                    }
                }
                Host::Present { fd, leaving } => {
                    // An error here means that the reactor is shutting down.
                    let Ok(mut readable) = ready!(fd.poll_read_ready(cx)) else { return Poll::Pending };
                    *leaving |= readable.ready().is_read_closed();
                    if buf.is_empty() {
                        return Poll::Pending;
                    }
                    let most = if *leaving { last_words(&self.master).min(buf.len()) } else { buf.len() };
                    match rustix::io::read(&self.master, &mut buf[..most]) {
                        Ok(n) if n > 0 => return Poll::Ready(PortEvent::Data(n)),
                        Err(Errno::INTR) => {}
                        Err(Errno::AGAIN) if !*leaving => readable.clear_ready(),
                        // Hung up (`EIO`), or nothing left of what the host wrote that has hung up.
                        Ok(_) | Err(_) => {
                            self.forget_host();
                            return Poll::Ready(PortEvent::Detached);
                        }
                    }
                }
            }
        }
    }

    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<usize> {
        let Host::Present { fd, leaving } = &mut self.host else { return Poll::Ready(bytes.len()) };
        while !*leaving {
            let Ok(mut writable) = ready!(fd.poll_write_ready(cx)) else { return Poll::Pending };
            if writable.ready().is_write_closed() {
                *leaving = true;
                break;
            }
            match rustix::io::write(&self.master, bytes) {
                Ok(n) if n > 0 => return Poll::Ready(n),
                Ok(_) | Err(Errno::AGAIN) => writable.clear_ready(),
                Err(Errno::INTR) => {}
                Err(_) => *leaving = true,
            }
        }
        Poll::Ready(bytes.len())
    }

    /// The registration with the reactor goes too: it would report the hang-up for ever.
    fn forget_host(&mut self) {
        self.host = Host::Absent;
        if is_hung_up(&self.master) {
            // A host that comes meanwhile loses nothing by it: nothing has been said to it yet.
            let _ = forget_unread(&self.device);
        }
    }
}

/// How many of the waiting bytes are surely those of a host that has hung up: none when another host is
/// there already. They are counted before the look at the line, as one may come at any time.
fn last_words(master: &OwnedFd) -> usize {
    loop {
        let waiting = rustix::io::ioctl_fionread(master).unwrap_or(1);
        let state = state(&master);
        if !state.contains(PollFlags::HUP) {
            return 0;
        }
        // What was on its way into the buffer has arrived by now, and is counted in the next round.
        if waiting > 0 || !state.contains(PollFlags::IN) {
            return usize::try_from(waiting).unwrap_or(usize::MAX);
        }
    }
}

/// Opens a port's device as a host program does: raw bytes, and never as the controlling terminal.
///
/// # Errors
/// The operating system's.
pub fn open_as_host(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

fn open_pair() -> io::Result<(OwnedFd, PathBuf)> {
    let master = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    rustix::io::ioctl_fionbio(&master, true)?;
    rustix::pty::grantpt(&master)?;
    rustix::pty::unlockpt(&master)?;
    let name = rustix::pty::ptsname(&master, Vec::new())?;
    Ok((master, std::ffi::OsString::from_vec(name.into_bytes()).into()))
}

/// Every byte passes as it is, until a host says otherwise.
fn make_raw(device: &Path) -> io::Result<()> {
    let slave = open_as_host(device)?;
    let mut modes = rustix::termios::tcgetattr(&slave)?;
    modes.make_raw();
    Ok(rustix::termios::tcsetattr(&slave, OptionalActions::Now, &modes)?)
}

/// Drops what hosts have not read.
fn forget_unread(device: &Path) -> io::Result<()> {
    Ok(rustix::termios::tcflush(open_as_host(device)?, QueueSelector::IFlush)?)
}

/// A symbolic link to the device, removed with the port, and made again when somebody has removed it.
#[derive(Debug)]
struct Link {
    path: PathBuf,
    target: PathBuf,
    watch: Interval,
}

impl Link {
    /// A link that leads to a pty which is gone, or to this one, was left by an earlier run and is
    /// replaced. Anything else stays untouched.
    fn create(path: &Path, target: &Path) -> Result<Link, SetupError> {
        let fail = |reason: String, remedy: &str| Err(SetupError::new(path.display(), reason, remedy));
        match std::os::unix::fs::symlink(target, path) {
            Ok(()) => {}
            Err(e) if e.kind() == ErrorKind::AlreadyExists => match fs::read_link(path) {
                Ok(old) if old == target || (old.starts_with("/dev/pts") && !old.exists()) => {
                    if let Err(e) = replace(path, target) {
                        return fail(format!("the stale link cannot be replaced: {e}"), "remove it");
                    }
                }
                Ok(old) => {
                    return fail(
                        format!("this link is there already and leads to {}, which is in use", old.display()),
                        "stop the program that made it or remove it, or choose another path",
                    );
                }
                Err(_) => {
                    return fail("this file is there already and is no link".into(), "choose another path");
                }
            },
            Err(e) => {
                return fail(
                    format!("the link cannot be made: {e}"),
                    "choose a path in a folder that exists and that you may write to",
                );
            }
        }
        Ok(Link { path: path.to_owned(), target: target.to_owned(), watch: every(WATCH) })
    }

    /// Whatever stands there instead stays; what fails is tried again.
    fn restore(&self) {
        if fs::symlink_metadata(&self.path).is_err_and(|e| e.kind() == ErrorKind::NotFound) {
            let _ = std::os::unix::fs::symlink(&self.target, &self.path);
        }
    }
}

/// In one step, so that a host never finds the path missing.
fn replace(path: &Path, target: &Path) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    let fresh = path.with_file_name(name);
    std::os::unix::fs::symlink(target, &fresh)?;
    fs::rename(&fresh, path)
}

impl Drop for Link {
    fn drop(&mut self) {
        // Someone may have put another link there since; that one is not ours to remove.
        if fs::read_link(&self.path).is_ok_and(|target| target == self.target) {
            let _ = fs::remove_file(&self.path);
        }
    }
}
