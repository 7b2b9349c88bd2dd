//! A serial device of this machine as an AT port: a UART or a USB adapter, and the host at the other end of a
//! null-modem cable.
//!
//! **Lines.** A PC's port has the plug of a terminal, and the module is the modem, so what is driven and what is
//! heard change places. Heard: DSR or DCD is the host's DTR, CTS is its RTS. Driven: DTR is the module's DCD (a
//! full null-modem cable brings it to the host's DSR and DCD), RTS is its CTS. RI and DSR have no pin.
//!
//! **Unplugged.** A device that goes away is looked for every [`LOOK`], and opened when it is back.

use super::{
    HostLines, ModuleLines, PortEvent,
    descriptor::{is_hung_up, register},
};
use crate::{SetupError, endpoint::Flow};
use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};
use serial2::{CharSize, FlowControl, Parity, SerialPort, Settings, StopBits};
use std::{
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::unix::AsyncFd,
    time::{Interval, MissedTickBehavior, interval},
};

/// How often to look for a device that has gone.
const LOOK: Duration = Duration::from_millis(500);
/// How often to look at the lines; the operating system can tell of a change only to a thread that waits.
const WATCH: Duration = Duration::from_millis(10);

#[derive(Debug)]
pub(super) struct Serial {
    device: PathBuf,
    baud: u32,
    flow: Flow,
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
    /// Writing failed; what came before is still to be read.
    leaving: bool,
}

impl Serial {
    pub(super) fn open(device: &Path, baud: u32, flow: Flow) -> Result<Serial, SetupError> {
        let lines = ModuleLines::IDLE;
        let present = Present::open(device, baud, flow, lines).map_err(|e| explain(device, baud, &e))?;
        let wire = Wire::Present(Box::new(present));
        Ok(Serial { device: device.to_owned(), baud, flow, lines, wire })
    }

    pub(super) fn device(&self) -> &Path {
        &self.device
    }

    pub(super) fn set_lines(&mut self, lines: ModuleLines) {
        self.lines = lines;
        if let Wire::Present(present) = &self.wire {
            drive(present.fd.get_ref(), self.flow, lines);
        }
    }

    /// The lines as a modem at the other end drives them.
    pub(super) fn far_lines(&self) -> Option<ModuleLines> {
        let Wire::Present(present) = &self.wire else { return None };
        let port = present.fd.get_ref();
        let cts = self.flow == Flow::RtsCts || port.read_cts().ok()?;
        Some(ModuleLines {
            dcd: port.read_cd().ok()?,
            ri: port.read_ri().ok()?,
            dsr: port.read_dsr().ok()?,
            cts,
        })
    }

    pub(super) fn poll_event(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<PortEvent> {
        loop {
            match &mut self.wire {
                Wire::Absent(look) => {
                    ready!(look.poll_tick(cx));
                    if let Ok(present) = Present::open(&self.device, self.baud, self.flow, self.lines) {
                        self.wire = Wire::Present(Box::new(present));
                    }
                }
                Wire::Present(present) => {
                    let event = ready!(present.poll_event(cx, self.flow, buf));
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
    fn open(device: &Path, baud: u32, flow: Flow, lines: ModuleLines) -> io::Result<Present> {
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
        drive(&port, flow, lines);
        let watch = hear(&port, flow).is_ok().then(|| (HostLines::ON, every(WATCH)));
        Ok(Present { fd, told: false, watch, leaving: false })
    }

    fn poll_event(&mut self, cx: &mut Context<'_>, flow: Flow, buf: &mut [u8]) -> Poll<PortEvent> {
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
                if let Ok(lines) = hear(self.fd.get_ref(), flow)
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

fn every(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
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

/// A device without lines refuses, which changes nothing.
fn drive(port: &SerialPort, flow: Flow, lines: ModuleLines) {
    let _ = port.set_dtr(lines.dcd);
    if flow != Flow::RtsCts {
        let _ = port.set_rts(lines.cts);
    }
}

fn hear(port: &SerialPort, flow: Flow) -> io::Result<HostLines> {
    let dtr = port.read_dsr()? || port.read_cd()?;
    let rts = flow == Flow::RtsCts || port.read_cts()?;
    Ok(HostLines { dtr, rts })
}

fn explain(device: &Path, baud: u32, error: &io::Error) -> SetupError {
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
        _ => (error.to_string(), format!("check {} and its cable", device.display())),
    };
    SetupError::new(format_args!("serial:{}", device.display()), reason, remedy)
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
