//! What the module keeps without power, besides files: the profile of `AT&W`, settings that are saved at once, and
//! the contexts of `AT+CGDCONT`. As text it is one `name=value` a line; a line that says nothing sensible changes
//! nothing, so an old or spoiled text costs no more than what it spoils.

use crate::contract::AtPort;
use alloc::{
    format,
    string::{String, ToString},
};
use at::settings::Settings;
use at::sreg::SREGS;

/// The rates of `AT+IPR` (companion 1.5): those of autobauding, then all.
pub(crate) const AUTO_RATES: [u32; 5] = [9600, 19200, 38400, 57600, 115_200];
/// All rates of `AT+IPR`.
pub(crate) const RATES: [u32; 11] =
    [600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115_200, 230_400, 460_800];
/// The fastest ones, which the documents list too.
pub(crate) const FAST_RATES: [u32; 2] = [921_600, 1_000_000];

/// The ports that `AT+QURCCFG="urcport"` may name.
pub(crate) const URC_PORTS: [(&str, AtPort); 3] =
    [("usbat", AtPort::UsbAt), ("usbmodem", AtPort::UsbModem), ("uart1", AtPort::Uart1)];

/// A switch of `AT+QINDCFG`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indication {
    /// `"all"`
    All = 0,
    /// `"csq"`
    Signal = 1,
    /// `"act"`
    Access = 2,
}

/// An item of `AT+QCFG`: name, highest value, value of the factory.
pub(crate) struct Item {
    /// As a host writes it.
    pub(crate) name: &'static str,
    /// 0 to this.
    pub(crate) max: u32,
    /// Value of the factory.
    pub(crate) default: u32,
}

/// The items of `AT+QCFG` that are kept, in the order of their test reply.
pub(crate) const ITEMS: [Item; 3] = [
    Item { name: "nwscanmode", max: 3, default: 0 },
    Item { name: "usbnet", max: 3, default: 1 },
    Item { name: "urc/delay", max: 1, default: 0 },
];

/// What RI does at a kind of event: an item of `AT+QCFG`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// `"pulse"`; otherwise `"off"`.
    pub is_on: bool,
    /// How long RI is on, and off between two pulses: 5 to 2000 ms.
    pub millis: u32,
    /// How often: 1 to 5.
    pub count: u32,
}

/// The items of `AT+QCFG` that are pulses.
pub(crate) const PULSES: [&str; 3] = ["urc/ri/ring", "urc/ri/smsincoming", "urc/ri/other"];

/// The profile of `AT&W`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// What V.250 knows.
    pub settings: Settings,
    /// `AT+CREG`, `AT+CGREG`, `AT+CEREG`.
    pub registration_format: [u32; 3],
    /// `AT+IPR` and `AT+IFC`.
    pub line: Line,
}

/// A serial line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// `AT+IPR`: bit/s.
    pub rate: u32,
    /// `AT+IFC`: 0 no flow control, 2 RTS and CTS.
    pub flow: u32,
}

impl Default for Stored {
    fn default() -> Stored {
        Stored {
            settings: Settings::default(),
            registration_format: [0; 3],
            line: Line { rate: 115_200, flow: 0 },
        }
    }
}

/// A context of `AT+CGDCONT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// 1 IPv4, 2 IPv6, 3 both.
    pub kind: u32,
    /// Access point name.
    pub apn: String,
}

/// The memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nv {
    /// `AT&W`.
    pub profile: Stored,
    /// `AT+QURCCFG`: index in [`URC_PORTS`].
    pub urc_port: u32,
    /// `AT+CTZU`.
    pub time_zone_update: u32,
    /// `AT+CTZR`.
    pub time_zone_report: u32,
    /// `AT+QINDCFG`.
    pub indications: [u32; 3],
    /// `AT+QCFG`, in the order of [`ITEMS`].
    pub items: [u32; ITEMS.len()],
    /// `AT+QCFG`, in the order of [`PULSES`].
    pub pulses: [Pulse; PULSES.len()],
    /// `AT+CGDCONT`, contexts 1 to 15.
    pub contexts: [Option<Definition>; crate::pdp::CONTEXTS],
}

impl Default for Nv {
    fn default() -> Nv {
        let mut contexts = [const { None }; crate::pdp::CONTEXTS];
        contexts[0] = Some(Definition { kind: 1, apn: String::new() });
        Nv {
            profile: Stored::default(),
            urc_port: 0,
            time_zone_update: 1,
            time_zone_report: 0,
            indications: [1, 0, 0],
            items: ITEMS.map(|item| item.default),
            pulses: [Pulse { is_on: true, millis: 120, count: 1 }; PULSES.len()],
            contexts,
        }
    }
}

impl Nv {
    /// Does `AT+QINDCFG` let this code through?
    pub fn indicates(&self, item: Indication) -> bool {
        let on = |item: Indication| self.indications.get(item as usize) == Some(&1);
        on(Indication::All) && on(item)
    }

    /// The port of `AT+QURCCFG`.
    pub fn urc_port(&self) -> AtPort {
        let index = usize::try_from(self.urc_port).unwrap_or_default();
        URC_PORTS.get(index).map_or(AtPort::UsbAt, |(_, port)| *port)
    }

    /// What RI does when a code comes; there are no calls and no messages.
    pub fn ri_other(&self) -> Pulse {
        let [_ring, _message, other] = self.pulses;
        other
    }

    /// As text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.clone().numbers(&mut |name, value| text += &format!("{name}={value}\n"));
        for (cid, context) in (1..).zip(&self.contexts) {
            text += &match context {
                Some(Definition { kind, apn }) => format!("context.{cid}={kind},{apn}\n"),
                None => format!("context.{cid}=\n"),
            };
        }
        text
    }

    /// From text.
    pub fn parse(text: &str) -> Nv {
        let mut nv = Nv::default();
        let value = |name: &str| {
            text.lines().find_map(|line| line.split_once('=').filter(|(n, _)| *n == name).map(|(_, v)| v))
        };
        nv.numbers(&mut |name, number| {
            if let Some(new) = value(name).and_then(|v| v.parse().ok()) {
                *number = new;
            }
        });
        for (cid, context) in (1_usize..).zip(&mut nv.contexts) {
            match value(&format!("context.{cid}")) {
                None => {}
                Some("") => *context = None,
                Some(text) => {
                    if let Some((kind @ ("1" | "2" | "3"), apn)) = text.split_once(',') {
                        let kind = kind.parse().unwrap_or(1);
                        *context = Some(Definition { kind, apn: apn.to_string() });
                    }
                }
            }
        }
        nv
    }

    /// Every number by name, once: to write and to read. A value out of range is not taken.
    fn numbers(&mut self, each: &mut dyn FnMut(&str, &mut u32)) {
        let mut number = |name: &str, value: u32, allowed: &dyn Fn(u32) -> bool| {
            let mut new = value;
            each(name, &mut new);
            if allowed(new) { new } else { value }
        };
        let upto = |max: u32| move |n: u32| n <= max;
        let Stored { settings: s, registration_format, line } = &mut self.profile;
        s.echo = number("profile.echo", s.echo.into(), &upto(1)) == 1;
        s.quiet = number("profile.quiet", s.quiet.into(), &upto(1)) == 1;
        s.verbose = number("profile.verbose", s.verbose.into(), &upto(1)) == 1;
        s.progress = small(number("profile.progress", s.progress.into(), &upto(4)));
        s.dcd = small(number("profile.dcd", s.dcd.into(), &upto(1)));
        s.dtr = small(number("profile.dtr", s.dtr.into(), &upto(2)));
        s.dsr = small(number("profile.dsr", s.dsr.into(), &upto(1)));
        for register in &SREGS {
            let value = s.s.get(register.number).unwrap_or_default();
            let new = number(&format!("profile.s{}", register.number), value.into(), &upto(255));
            s.s.set(register.number, small(new));
        }
        for (name, format) in ["creg", "cgreg", "cereg"].iter().zip(registration_format) {
            *format = number(&format!("profile.{name}"), *format, &upto(2));
        }
        line.rate = number("profile.rate", line.rate, &is_rate);
        line.flow = number("profile.flow", line.flow, &|n| n == 0 || n == 2);
        self.urc_port = number("urcport", self.urc_port, &upto(2));
        self.time_zone_update = number("ctzu", self.time_zone_update, &|n| matches!(n, 0 | 1 | 3));
        self.time_zone_report = number("ctzr", self.time_zone_report, &upto(2));
        for (name, on) in ["all", "csq", "act"].iter().zip(&mut self.indications) {
            *on = number(&format!("qindcfg.{name}"), *on, &upto(1));
        }
        for (item, value) in ITEMS.iter().zip(&mut self.items) {
            *value = number(&format!("qcfg.{}", item.name), *value, &upto(item.max));
        }
        for (name, pulse) in PULSES.iter().zip(&mut self.pulses) {
            pulse.is_on = number(&format!("qcfg.{name}"), pulse.is_on.into(), &upto(1)) == 1;
            pulse.millis = number(&format!("qcfg.{name}.ms"), pulse.millis, &|n| (5..=2000).contains(&n));
            pulse.count = number(&format!("qcfg.{name}.count"), pulse.count, &|n| (1..=5).contains(&n));
        }
    }
}

/// Is this a rate of `AT+IPR`?
pub(crate) fn is_rate(rate: u32) -> bool {
    RATES.contains(&rate) || FAST_RATES.contains(&rate)
}

/// A number that is below 256 by its range.
fn small(n: u32) -> u8 {
    u8::try_from(n).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let mut nv = Nv::default();
        assert_eq!(Nv::parse(&nv.text()), nv);
        assert_eq!(Nv::parse(""), nv);
        nv.profile.settings.echo = false;
        nv.profile.settings.s.set(3, 10);
        nv.profile.registration_format = [1, 2, 0];
        nv.profile.line = Line { rate: 921_600, flow: 2 };
        nv.urc_port = 2;
        nv.time_zone_update = 3;
        nv.indications = [1, 1, 1];
        nv.items[0] = 3;
        nv.contexts[0] = None;
        nv.contexts[14] = Some(Definition { kind: 3, apn: "a=b,c".into() });
        assert_eq!(Nv::parse(&nv.text()), nv);
    }

    #[test]
    fn nonsense_changes_nothing() {
        let bad =
            "ctzu=2\nprofile.rate=7\nurcport=3\nprofile.echo=\nprofile.flow=x\ncontext.1=4,x\nhello\n=\n";
        assert_eq!(Nv::parse(bad), Nv::default());
        let one = Nv::parse("ctzr=2\nctzu=9");
        assert_eq!((one.time_zone_report, one.time_zone_update), (2, 1));
    }
}
