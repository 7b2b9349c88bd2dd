//! One `[[module]]`: the options of a module, as keys.

use super::{
    Wanted,
    values::{
        Clock, Count, EndpointPattern, FaultText, Ignored, Latency, Limit, Model, Pattern, Pieces, Pin, Speed,
    },
};
use crate::{
    args::{ModuleArgs, PORTS, TraceArgs, WireArgs},
    lint::LintArgs,
};
use serde::Deserialize;
use std::{collections::BTreeMap, path::PathBuf};

/// A module, or as many alike as `count` says.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Entry {
    name: Option<Pattern>,
    count: Count,
    ports: Ports,
    model: Model,
    tolerance: Tolerant,
    files: Option<Pattern>,
    put: BTreeMap<String, Pattern>,
    clock: Option<Clock>,
    sim: Option<bool>,
    sim_pin: Option<Pin>,
    real_time: bool,
    faults: Vec<FaultText>,
    baud: Option<Speed>,
    chunk: Option<Pieces>,
    latency: Option<Latency>,
    seed: u64,
    trace: Option<Pattern>,
    trace_json: Option<Pattern>,
    trace_hide_payload: bool,
    trace_secrets: bool,
    pcapng: Option<Pattern>,
    record: Option<Pattern>,
    keylog: Option<Pattern>,
    lint: Option<Pattern>,
    lint_json: Option<Pattern>,
    lint_ignore: Vec<Ignored>,
    fail_on_lint: Option<Limit>,
    coverage: Option<Pattern>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table of ports, as in { uart1 = \"pty\" }")]
struct Ports {
    usbat: Option<EndpointPattern>,
    usbmodem: Option<EndpointPattern>,
    uart1: Option<EndpointPattern>,
}

#[derive(Default, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Tolerant {
    Strict,
    #[default]
    Default,
    Lenient,
}

impl Entry {
    pub(super) fn count(&self) -> u32 {
        self.count.0
    }

    /// Module `n` of the entry, `unit` of the file.
    pub(super) fn module(&self, n: u32, unit: usize, place: &str) -> Result<Wanted, String> {
        let ports = [&self.ports.usbat, &self.ports.usbmodem, &self.ports.uart1];
        let ports = PORTS.into_iter().zip(ports).filter_map(|(port, at)| Some((port, at.as_ref()?)));
        Ok(Wanted {
            place: place.to_owned(),
            name: self.name.as_ref().map_or_else(|| Ok(format!("module{unit}")), |name| name.at(n))?,
            ports: ports.map(|(port, at)| Ok((port, at.at(n)?))).collect::<Result<_, String>>()?,
            args: self.args(n)?,
        })
    }

    /// The options of module `n`. Every one is named here, so one more is a key, too.
    fn args(&self, n: u32) -> Result<ModuleArgs, String> {
        if self.sim == Some(false) && self.sim_pin.is_some() {
            return Err("`sim_pin` is the PIN of a SIM card, and `sim = false` leaves none".into());
        }
        if self.trace_hide_payload && self.trace_secrets {
            return Err("`trace_hide_payload` and `trace_secrets` contradict each other".into());
        }
        let path = |pattern: &Option<Pattern>| {
            pattern.as_ref().map(|pattern| pattern.at(n).map(PathBuf::from)).transpose()
        };
        let put = |(name, file): (&String, &Pattern)| Ok((name.clone(), file.at(n)?.into()));
        Ok(ModuleArgs {
            model: self.model.0.clone(),
            files: path(&self.files)?,
            put: self.put.iter().map(put).collect::<Result<_, String>>()?,
            clock: self.clock.as_ref().map(|clock| clock.0),
            sim_pin: self.sim_pin.as_ref().map(|pin| pin.0.clone()),
            no_sim: self.sim == Some(false),
            real_time: self.real_time,
            faults: self.faults.iter().map(|fault| fault.0.clone()).collect(),
            wire: WireArgs {
                baud: self.baud.as_ref().map(|speed| speed.0),
                chunk: self.chunk.as_ref().map(|pieces| pieces.0),
                latency: self.latency.as_ref().map(|latency| latency.0.clone()),
                seed: self.seed,
            },
            strict: self.tolerance == Tolerant::Strict,
            lenient: self.tolerance == Tolerant::Lenient,
            trace: TraceArgs {
                trace: path(&self.trace)?,
                trace_json: path(&self.trace_json)?,
                pcapng: path(&self.pcapng)?,
                record: path(&self.record)?,
                trace_hide_payload: self.trace_hide_payload,
                trace_secrets: self.trace_secrets,
            },
            keylog: path(&self.keylog)?,
            lint: LintArgs {
                lint: path(&self.lint)?,
                lint_json: path(&self.lint_json)?,
                lint_ignore: self.lint_ignore.iter().map(|ignored| ignored.0).collect(),
                fail_on_lint: self.fail_on_lint.as_ref().map(|limit| limit.0),
                coverage: path(&self.coverage)?,
            },
        })
    }
}
