//! Modem lines of a device, with pins that the test has its hands on.

use super::*;
use crate::port::serial::{
    Serial,
    lines::{Driven, Heard, IN, OUT, Pins},
};
use serial2::SerialPort;
use std::{
    io,
    sync::{Arc, Mutex},
};

/// The pins of an adapter.
#[derive(Clone, Debug, Default)]
struct Adapter(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    heard: Vec<Heard>,
    driven: Vec<(Driven, bool)>,
}

impl Pins for Adapter {
    fn is_on(&self, _: &SerialPort, pin: Heard) -> io::Result<bool> {
        Ok(self.0.lock().unwrap().heard.contains(&pin))
    }

    fn drive(&self, _: &SerialPort, pin: Driven, on: bool) -> io::Result<()> {
        self.0.lock().unwrap().driven.push((pin, on));
        Ok(())
    }
}

impl Adapter {
    fn open(&self, device: &Path, flow: Flow) -> Port {
        Port(Wire::Serial(Serial::with_pins(device, 9600, flow, Box::new(self.clone())).unwrap()))
    }

    fn hears(&self, pins: &[Heard]) {
        self.0.lock().unwrap().heard = pins.to_vec();
    }

    /// What was driven since the last look.
    fn driven(&self) -> Vec<(Driven, bool)> {
        std::mem::take(&mut self.0.lock().unwrap().driven)
    }
}

fn lines(dtr: bool, rts: bool) -> Seen {
    Seen::Lines(HostLines { dtr, rts })
}

#[test]
fn each_pin_of_the_adapter_is_heard_as_its_line() {
    run(async {
        tokio::time::pause();
        let adapter = Adapter::default();
        let (_host, device) = cable();
        let mut port = adapter.open(&device, Flow::None);
        assert_eq!(next(&mut port).await, Seen::Attached);
        // A cable with three wires: everything is off from the start.
        assert_eq!(next(&mut port).await, lines(false, false));
        for (pins, seen) in [
            (&[Heard::Dsr][..], lines(true, false)),
            (&[], lines(false, false)),
            (&[Heard::Dcd], lines(true, false)),
            (&[Heard::Cts], lines(false, true)),
            (&[Heard::Dsr, Heard::Dcd, Heard::Cts, Heard::Ri], lines(true, true)),
            // One of the two is enough for DTR.
            (&[Heard::Dsr, Heard::Ri], lines(true, false)),
        ] {
            adapter.hears(pins);
            assert_eq!(next(&mut port).await, seen, "{pins:?}");
        }
        // RI is nothing that a host drives.
        adapter.hears(&[Heard::Dsr]);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(now(&mut port, &mut [0]).await, Poll::Pending);
    });
}

#[test]
fn each_line_of_the_module_goes_out_on_its_pin() {
    run(async {
        let adapter = Adapter::default();
        let (_host, device) = cable();
        let mut port = adapter.open(&device, Flow::None);
        assert_eq!(adapter.driven(), [(Driven::Dtr, false), (Driven::Rts, true)]);
        for (dcd, cts) in [(true, true), (false, false), (true, false)] {
            // Of these two an adapter has no pins.
            for (dsr, ri) in [(true, true), (false, false)] {
                port.set_lines(ModuleLines { dcd, ri, dsr, cts });
                assert_eq!(adapter.driven(), [(Driven::Dtr, dcd), (Driven::Rts, cts)]);
            }
        }
    });
}

#[test]
fn with_rtscts_two_pins_are_the_operating_systems() {
    run(async {
        let adapter = Adapter::default();
        let (_host, device) = cable();
        let mut port = adapter.open(&device, Flow::RtsCts);
        assert_eq!(next(&mut port).await, Seen::Attached);
        assert_eq!(next(&mut port).await, lines(false, true));
        port.set_lines(ModuleLines { dcd: true, ri: false, dsr: true, cts: false });
        assert_eq!(adapter.driven(), [(Driven::Dtr, false), (Driven::Dtr, true)]);
        let modem = port.far_lines().unwrap();
        assert_eq!(modem, ModuleLines { dcd: false, ri: false, dsr: false, cts: true });
    });
}

#[test]
fn a_modem_at_the_other_end_is_seen_by_the_names_of_its_pins() {
    run(async {
        let adapter = Adapter::default();
        let (_modem, device) = cable();
        let mut port = adapter.open(&device, Flow::None);
        adapter.driven();
        for (dtr, rts) in [(true, true), (false, true), (true, false)] {
            port.set_far_lines(HostLines { dtr, rts });
            assert_eq!(adapter.driven(), [(Driven::Dtr, dtr), (Driven::Rts, rts)]);
        }
        for pin in [Heard::Dcd, Heard::Ri, Heard::Dsr, Heard::Cts] {
            adapter.hears(&[pin]);
            let [dcd, ri, dsr, cts] = [Heard::Dcd, Heard::Ri, Heard::Dsr, Heard::Cts].map(|p| p == pin);
            assert_eq!(port.far_lines(), Some(ModuleLines { dcd, ri, dsr, cts }));
        }
    });
}

#[test]
fn an_adapter_that_returns_has_its_lines_again() {
    run(async {
        tokio::time::pause();
        let folder = Folder::new("replug");
        let name = folder.0.join("ttyUSB0");
        let adapter = Adapter::default();
        adapter.hears(&[Heard::Dsr, Heard::Cts]);
        let (host, device) = cable();
        symlink(&device, &name).unwrap();
        let mut port = adapter.open(&name, Flow::None);
        assert_eq!(next(&mut port).await, Seen::Attached);
        drop(host);
        fs::remove_file(&name).unwrap();
        assert_eq!(next(&mut port).await, Seen::Detached);
        adapter.driven();
        // Nobody is there to see it, or to be seen.
        port.set_lines(ModuleLines { dcd: true, ri: false, dsr: true, cts: false });
        assert_eq!(adapter.driven(), []);
        assert_eq!(port.far_lines(), None);
        let (_host, device) = cable();
        symlink(&device, &name).unwrap();
        assert_eq!(next(&mut port).await, Seen::Attached);
        assert_eq!(adapter.driven(), [(Driven::Dtr, true), (Driven::Rts, false)]);
        // What the host has on when it is there again is no movement; the next one is.
        adapter.hears(&[Heard::Cts]);
        assert_eq!(next(&mut port).await, lines(false, true));
    });
}

/// The table of `docs/ports.md`: its lines, and what stands under `serial`.
#[test]
fn the_manual_has_the_pins() {
    let manual = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/ports.md");
    let manual = fs::read_to_string(manual).unwrap();
    let rows = manual.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        match *cells.as_slice() {
            ["", line, _, _, serial, _, ""] => Some((line.to_owned(), serial.to_owned())),
            _ => None,
        }
    });
    let pin = |pin: &dyn fmt::Debug| format!("{pin:?}").to_uppercase();
    let heard = |pins: &[Heard]| pins.iter().map(|p| pin(p)).collect::<Vec<_>>().join(" or ");
    let ins = IN.map(|(line, pins, _)| (format!("{line} (in)"), heard(pins)));
    let outs = OUT.map(|(line, _, driven)| {
        (format!("{line} (out)"), driven.map_or_else(|| "-".into(), |driven| pin(&driven)))
    });
    let rows: Vec<_> = rows.filter(|(line, _)| line.ends_with("(in)") || line.ends_with("(out)")).collect();
    assert_eq!(rows, [&ins[..], &outs[..]].concat());
}
