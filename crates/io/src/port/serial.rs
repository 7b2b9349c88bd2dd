//! A serial device of this machine as an AT port: a UART or a USB adapter, and the host at the other end of a
//! null-modem cable.
//!
//! **Lines.** Which is which pin: [`lines`].
//!
//! **Speed.** The device starts with the speed that it was given, and follows [`Serial::set_rate`] once what was said
//! before has left; `AT+IPR` answers `OK` at the old speed. A thread of its own waits for that: with `rtscts` the host may
//! hold it up for ever.
//!
//! **Unplugged.** A device that goes away is looked for every [`LOOK`], and opened when it is back.

pub(super) mod lines;

use self::lines::{Cable, Pins, System};
use super::{
    HostLines, ModuleLines, PortEvent,
    descriptor::{is_hung_up, register},
    every,
};
use crate::{SetupError, endpoint::Flow};
use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};
use serial2::{CharSize, FlowControl, Parity, SerialPort, Settings, StopBits};
use std::{
    future::Future,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll, ready},
    thread,
    time::Duration,
};
use tokio::{io::unix::AsyncFd, sync::oneshot, time::Interval};

/// How often to look for a device that has gone.
const LOOK: Duration = Duration::from_millis(500);
/// How often to look at the lines; the operating system can tell of a change only to a thread that waits.
const WATCH: Duration = Duration::from_millis(10);

#[derive(Debug)]
pub(super) struct Serial {
    device: PathBuf,
    /// The speed that it has, and has again when it is back.
    baud: Arc<AtomicU32>,
    flow: Flow,
    pins: Box<dyn Pins>,
    lines: ModuleLines,
    wire: Wire,
}

#[derive(Debug)]
enum Wire {
    Absent(Interval),
    Present(Box<Present>),
}

#[derive(Debug)]
struct Present {
    fd: AsyncFd<Arc<SerialPort>>,
    /// The port's user knows that it is there.
    told: bool,
    /// The lines as last told, and when to look again. None: the device has no lines.
    watch: Option<(HostLines, Interval)>,
    /// The speed is being changed; nothing may be written meanwhile.
    change: Option<oneshot::Receiver<()>>,
    /// Writing failed; what came before is still to be read.
    leaving: bool,
}

impl Serial {
    pub(super) fn open(device: &Path, baud: u32, flow: Flow) -> Result<Serial, SetupError> {
        Serial::with_pins(device, baud, flow, Box::new(System))
    }

    /// With pins that others than the operating system have, such as tests.
    pub(super) fn with_pins(
        device: &Path,
        baud: u32,
        flow: Flow,
        pins: Box<dyn Pins>,
    ) -> Result<Serial, SetupError> {
        let mut serial = Serial {
            device: device.to_owned(),
            baud: Arc::new(baud.into()),
            flow,
            pins,
            lines: ModuleLines::IDLE,
            wire: Wire::Absent(every(LOOK)),
        };
        serial.plug_in().map_err(|e| explain(&serial.device, baud, &e))?;
        Ok(serial)
    }

    pub(super) fn device(&self) -> &Path {
        &self.device
    }

    pub(super) fn set_lines(&mut self, lines: ModuleLines) {
        self.lines = lines;
        if let Wire::Present(present) = &self.wire {
            cable(&*self.pins, &present.fd, self.flow).drive(lines);
        }
    }

    /// The lines as a modem at the other end drives them.
    pub(super) fn far_lines(&self) -> Option<ModuleLines> {
        let Wire::Present(present) = &self.wire else { return None };
        cable(&*self.pins, &present.fd, self.flow).hear_modem().ok()
    }

    /// Another speed, behind everything that has been written. A device that cannot have it keeps the one it has, and
    /// `report` is told.
    pub(super) fn set_rate(&mut self, rate: u32, report: fn(&str)) {
        let Wire::Present(present) = &mut self.wire else {
            return self.baud.store(rate, Ordering::Relaxed);
        };
        let (done, change) = oneshot::channel();
        present.change = Some(change);
        let (port, device) = (Arc::clone(present.fd.get_ref()), self.device.clone());
        let baud = Arc::clone(&self.baud);
        thread::spawn(move || {
            match change_rate(&port, rate) {
                Ok(()) => baud.store(rate, Ordering::Relaxed),
                Err(e) => report(&format!(
                    "serial:{}: no {rate} bit/s, as AT+IPR wants: {e}; the device keeps its speed",
                    device.display()
                )),
            }
            drop(done);
        });
    }

    fn plug_in(&mut self) -> io::Result<()> {
        let mut present = Present::open(&self.device, self.baud.load(Ordering::Relaxed), self.flow)?;
        let cable = cable(&*self.pins, &present.fd, self.flow);
        cable.drive(self.lines);
        present.watch = cable.hear().is_ok().then(|| (HostLines::ON, every(WATCH)));
        self.wire = Wire::Present(Box::new(present));
        Ok(())
    }

    pub(super) fn poll_event(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<PortEvent> {
        loop {
            match &mut self.wire {
                Wire::Absent(look) => {
                    ready!(look.poll_tick(cx));
                    // Until it is back it cannot be opened.
                    let _ = self.plug_in();
                }
                Wire::Present(present) => {
                    let event = ready!(present.poll_event(cx, &*self.pins, self.flow, buf));
                    if event == PortEvent::Detached {
                        self.wire = Wire::Absent(every(LOOK));
                    }
                    return Poll::Ready(event);
                }
            }
        }
    }

    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<usize> {
        let Wire::Present(present) = &mut self.wire else { return Poll::Ready(bytes.len()) };
        if let Some(change) = &mut present.change {
            // It says nothing; it is dropped when the speed is another.
            let _ = ready!(Pin::new(change).poll(cx));
            present.change = None;
        }
        while !present.leaving {
            let Ok(mut writable) = ready!(present.fd.poll_write_ready(cx)) else { return Poll::Pending };
            match rustix::io::write(writable.get_inner(), bytes) {
                Ok(n) if n > 0 => return Poll::Ready(n),
                Ok(_) | Err(Errno::AGAIN) => writable.clear_ready(),
                Err(Errno::INTR) => {}
                Err(_) => present.leaving = true,
            }
        }
        Poll::Ready(bytes.len())
    }
}

impl Present {
    fn open(device: &Path, baud: u32, flow: Flow) -> io::Result<Present> {
        let mut port = SerialPort::open(device, serial2::KeepSettings)?;
        // Two kinds of locks are in use among programs; one of them is asked for, the other is there already
        // when opening fails with EBUSY.
        flock(&port, FlockOperation::NonBlockingLockExclusive)?;
        rustix::termios::ioctl_tiocexcl(&port)?;
        let mut settings = port.get_configuration()?;
        configure(&mut settings, baud, flow)?;
        port.set_configuration(&settings)?;
        port.discard_buffers()?;
        let port = Arc::new(port);
        let fd = register(&port)?;
        Ok(Present { fd, told: false, watch: None, change: None, leaving: false })
    }

    fn poll_event(
        &mut self,
        cx: &mut Context<'_>,
        pins: &dyn Pins,
        flow: Flow,
        buf: &mut [u8],
    ) -> Poll<PortEvent> {
        if !self.told {
            self.told = true;
            return Poll::Ready(PortEvent::Attached);
        }
        // What came first is given out first: bytes, and then the lines.
        if !buf.is_empty()
            && let Poll::Ready(event) = self.poll_read(cx, buf)
        {
            return Poll::Ready(event);
        }
        if let Some((told, watch)) = &mut self.watch {
            while watch.poll_tick(cx).is_ready() {
                if let Ok(lines) = cable(pins, &self.fd, flow).hear()
                    && lines != *told
                {
                    *told = lines;
                    return Poll::Ready(PortEvent::Lines(lines));
                }
            }
        }
        Poll::Pending
    }

    fn poll_read(&self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<PortEvent> {
        loop {
            let Ok(mut readable) = ready!(self.fd.poll_read_ready(cx)) else { return Poll::Pending };
            match rustix::io::read(readable.get_inner(), &mut *buf) {
                Ok(n) if n > 0 => return Poll::Ready(PortEvent::Data(n)),
                Err(Errno::INTR) => {}
                // Of a terminal device "nothing there" may be 0 as well as EAGAIN.
                Ok(_) | Err(Errno::AGAIN) if !self.leaving && !is_hung_up(readable.get_inner()) => {
                    readable.clear_ready();
                }
                Ok(_) | Err(_) => return Poll::Ready(PortEvent::Detached),
            }
        }
    }
}

/// 8 data bits, no parity, 1 stop bit.
fn configure(settings: &mut Settings, baud: u32, flow: Flow) -> io::Result<()> {
    settings.set_raw();
    settings.set_baud_rate(baud)?;
    settings.set_char_size(CharSize::Bits8);
    settings.set_parity(Parity::None);
    settings.set_stop_bits(StopBits::One);
    settings.set_flow_control(match flow {
        Flow::None => FlowControl::None,
        Flow::RtsCts => FlowControl::RtsCts,
        Flow::XonXoff => FlowControl::XonXoff,
    });
    Ok(())
}

fn cable<'a>(pins: &'a dyn Pins, fd: &'a AsyncFd<Arc<SerialPort>>, flow: Flow) -> Cable<'a> {
    Cable { pins, port: fd.get_ref(), flow_is_theirs: flow == Flow::RtsCts }
}

/// Waits until what was written has left.
fn change_rate(port: &SerialPort, rate: u32) -> io::Result<()> {
    let mut port = port.try_clone()?;
    let mut settings = port.get_configuration()?;
    settings.set_baud_rate(rate)?;
    port.set_configuration(&settings)
}

fn explain(device: &Path, baud: u32, error: &io::Error) -> SetupError {
    let place = format!("serial:{}", device.display());
    let os = error.raw_os_error().map(Errno::from_raw_os_error);
    let (reason, remedy) = match (error.kind(), os) {
        (ErrorKind::NotFound, _) => (
            "there is no such device".to_owned(),
            "plug the adapter in; `ls -l /dev/serial/by-id` shows what is there".to_owned(),
        ),
        (ErrorKind::PermissionDenied, _) => (
            "this user may not open it".to_owned(),
            "join the group that owns it, on most systems by `sudo usermod -aG dialout $USER`, and log in again"
                .to_owned(),
        ),
        (ErrorKind::WouldBlock | ErrorKind::ResourceBusy, _) => (
            "it is busy: another program has it open".to_owned(),
            format!("close that program; `fuser -v {}` tells which one it is", device.display()),
        ),
        (_, Some(Errno::NOTTY | Errno::INVAL)) => (
            format!("it is no serial device, or cannot do {baud} bit/s: {error}"),
            "choose a device such as /dev/ttyUSB0, or another speed".to_owned(),
        ),
        _ => return SetupError::os(place, error, format!("check {} and its cable", device.display())),
    };
    SetupError::new(place, reason, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Through the table, for root is refused nothing.
    #[test]
    fn who_may_not_open_a_device_is_told_of_the_group() {
        let refused = io::Error::from_raw_os_error(Errno::ACCESS.raw_os_error());
        let error = explain(Path::new("/dev/ttyUSB0"), 115_200, &refused);
        assert_eq!((&*error.place, &*error.reason), ("serial:/dev/ttyUSB0", "this user may not open it"));
        assert!(error.remedy.contains("sudo usermod -aG dialout $USER"), "{error}");
    }

    #[test]
    fn both_kinds_of_locks_mean_another_program() {
        for lock in [Errno::BUSY, Errno::WOULDBLOCK] {
            let error = explain(
                Path::new("/dev/ttyUSB0"),
                115_200,
                &io::Error::from_raw_os_error(lock.raw_os_error()),
            );
            assert_eq!(error.reason, "it is busy: another program has it open");
            assert_eq!(error.remedy, "close that program; `fuser -v /dev/ttyUSB0` tells which one it is");
        }
    }
}
