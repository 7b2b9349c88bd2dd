//! Which line of the module is which pin of an adapter.
//!
//! A PC's port has the plug of a terminal, and the module is the modem, so what is driven and what is heard change
//! places, as in a null-modem cable.

use crate::port::{HostLines, ModuleLines};
use serial2::SerialPort;
use std::{fmt, io};

/// A pin that an adapter drives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::port) enum Driven {
    Dtr,
    Rts,
}

/// A pin that an adapter hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::port) enum Heard {
    Cts,
    Dsr,
    Ri,
    Dcd,
}

/// A line of the host that comes in: its name in `docs/ports.md`, the pins of which any means "on", where it goes.
pub(in crate::port) type In = (&'static str, &'static [Heard], fn(&mut HostLines) -> &mut bool);

/// A line of the module that goes out: its name in `docs/ports.md`, its value, its pin if an adapter has one.
pub(in crate::port) type Out = (&'static str, fn(ModuleLines) -> bool, Option<Driven>);

pub(in crate::port) const IN: [In; 2] = [
    ("DTR", &[Heard::Dsr, Heard::Dcd], |lines| &mut lines.dtr),
    ("RTS", &[Heard::Cts], |lines| &mut lines.rts),
];

pub(in crate::port) const OUT: [Out; 4] = [
    ("DCD", |lines| lines.dcd, Some(Driven::Dtr)),
    ("CTS", |lines| lines.cts, Some(Driven::Rts)),
    ("DSR", |lines| lines.dsr, None),
    ("RI", |lines| lines.ri, None),
];

/// The pins of a device.
pub(in crate::port) trait Pins: fmt::Debug + Send {
    /// Fails where the device has no pins.
    fn is_on(&self, port: &SerialPort, pin: Heard) -> io::Result<bool>;
    /// Fails where the device has no pins.
    fn drive(&self, port: &SerialPort, pin: Driven, on: bool) -> io::Result<()>;
}

/// As the operating system has them.
#[derive(Debug)]
pub(super) struct System;

impl Pins for System {
    fn is_on(&self, port: &SerialPort, pin: Heard) -> io::Result<bool> {
        match pin {
            Heard::Cts => port.read_cts(),
            Heard::Dsr => port.read_dsr(),
            Heard::Ri => port.read_ri(),
            Heard::Dcd => port.read_cd(),
        }
    }

    fn drive(&self, port: &SerialPort, pin: Driven, on: bool) -> io::Result<()> {
        match pin {
            Driven::Dtr => port.set_dtr(on),
            Driven::Rts => port.set_rts(on),
        }
    }
}

/// A device, its pins, and who else uses them.
pub(super) struct Cable<'a> {
    pub(super) pins: &'a dyn Pins,
    pub(super) port: &'a SerialPort,
    /// `rtscts`: the operating system drives RTS and obeys CTS.
    pub(super) flow_is_theirs: bool,
}

impl Cable<'_> {
    /// The lines of the host.
    pub(super) fn hear(&self) -> io::Result<HostLines> {
        let mut lines = HostLines { dtr: false, rts: false };
        for (_, pins, line) in IN {
            for pin in pins {
                *line(&mut lines) |= self.is_on(*pin)?;
            }
        }
        Ok(lines)
    }

    /// The lines of the module. A device without pins refuses, which changes nothing.
    pub(super) fn drive(&self, lines: ModuleLines) {
        for (_, is_on, pin) in OUT {
            match pin {
                Some(Driven::Rts) if self.flow_is_theirs => {}
                Some(pin) => drop(self.pins.drive(self.port, pin, is_on(lines))),
                None => {}
            }
        }
    }

    /// The lines of a modem at the other end, which change no places.
    pub(super) fn hear_modem(&self) -> io::Result<ModuleLines> {
        Ok(ModuleLines {
            dcd: self.is_on(Heard::Dcd)?,
            ri: self.is_on(Heard::Ri)?,
            dsr: self.is_on(Heard::Dsr)?,
            cts: self.is_on(Heard::Cts)?,
        })
    }

    fn is_on(&self, pin: Heard) -> io::Result<bool> {
        if self.flow_is_theirs && pin == Heard::Cts { Ok(true) } else { self.pins.is_on(self.port, pin) }
    }
}
