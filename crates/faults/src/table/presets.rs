//! Faults that go together.

use super::{Family, Row, net};
use crate::{effect::Effect, values::Values};

const fn preset(name: &'static str, make: fn(&Values) -> Effect) -> Row {
    Row { family: Family::Preset, counts: "", ..net(name, make) }
}

pub(super) static ROWS: &[Row] = &[
    Row {
        does: "LTE Cat 1 where reception is good: 10 Mbit/s down, 5 up.",
        sees: "a network like the module's own",
        driver: "work as ever",
        ..preset("preset.cat1", |_| {
            Effect::Several(&[
                "net.bandwidth kbit=5000 of=module dir=up",
                "net.bandwidth kbit=10000 of=module dir=down",
                "net.latency ms=35 jitter=10",
                "dns.latency ms=70 jitter=20",
            ])
        })
    },
    Row {
        does: "The edge of a cell: slow, late, and a datagram in ten is lost.",
        sees: "everything later, some of it not at all",
        driver: "be slow, and lose nothing",
        ..preset("preset.weak_signal", |_| {
            Effect::Several(&[
                "net.bandwidth kbit=64 of=module",
                "net.latency ms=400 jitter=300",
                "net.loss prob=0.1",
                "dns.latency ms=800 jitter=600",
                "module.signal rssi=3",
            ])
        })
    },
    Row {
        does: "Nothing passes for 30 s (another `for`: so long); then everything goes on.",
        sees: "silence, then what has waited; timeouts of the host",
        driver: "wait or open again, and lose nothing that was not confirmed",
        ..preset("preset.tunnel", |_| Effect::Several(&["net.timeout for=30s", "dns.timeout for=30s"]))
    },
    Row {
        does: "Nothing passes for 8 s, and it is slow for 4 s more; once a minute.",
        sees: "silence, then what has waited",
        driver: "wait or open again, and lose nothing that was not confirmed",
        ..preset("preset.elevator", |_| {
            Effect::Several(&[
                "net.timeout for=8s again=60s",
                "dns.timeout for=8s again=60s",
                "net.latency ms=600 jitter=400 for=12s again=60s",
            ])
        })
    },
];
