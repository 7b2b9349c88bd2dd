//! Every fault in a row of its own. The parser, `modemtwin faults`, `docs/faults.md` and the tests derive from here.

mod codes;
mod module;
mod names;
mod network;
mod ports;
mod presets;
mod tls;

use crate::{effect::Effect, values::Values};
use ::module::Injected;

/// What a fault has to do with, and so what can be its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Connections, datagrams and echo requests.
    Net,
    /// Names.
    Dns,
    /// TLS.
    Tls,
    /// AT ports.
    Port,
    /// The module itself.
    Module,
    /// Result codes of Table 5.
    Error,
    /// Several faults under one name.
    Preset,
}

impl Family {
    /// The word before the dot.
    pub const fn name(self) -> &'static str {
        match self {
            Family::Net => "net",
            Family::Dns => "dns",
            Family::Tls => "tls",
            Family::Port => "port",
            Family::Module => "module",
            Family::Error => "error",
            Family::Preset => "preset",
        }
    }
}

/// Which way bytes go. `up` is away from the host: host to module, module to server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dir {
    /// Host to module, module to server.
    Up,
    /// Server to module, module to host.
    Down,
    /// Either way.
    Both,
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A whole number of this range.
    Number(i64, i64),
    /// An IP address.
    Address,
    /// The name of a command for sockets.
    Command,
    /// The number of a TLS alert, or its name in the registry.
    Alert,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// A parameter of a fault.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// What stands before `=`.
    pub name: &'static str,
    /// What stands behind it.
    pub takes: Takes,
    /// What it is when nothing is said; `None`: nothing.
    pub default: Option<i64>,
    /// It has to be said.
    pub required: bool,
    /// What it means, with its unit.
    pub means: &'static str,
}

/// A fault that there is.
#[derive(Debug)]
pub struct Row {
    /// `family.name`; the second part is toxiproxy's word where it has one.
    pub name: &'static str,
    /// Its family.
    pub family: Family,
    /// What it can be told besides what every fault can.
    pub params: &'static [Param],
    /// Directions that make sense, the first one unless told otherwise; none: it has no direction.
    pub dirs: &'static [Dir],
    /// It strikes once unless told otherwise.
    pub once: bool,
    /// What `prob`, `nth`, `first` and `every` count.
    pub counts: &'static str,
    /// What happens.
    pub does: &'static str,
    /// What the host sees of it.
    pub sees: &'static str,
    /// What a good driver does then, as an order.
    pub driver: &'static str,
    pub(crate) make: fn(&Values) -> Effect,
}

impl Row {
    /// What a failure of it says of itself.
    pub(crate) fn injected(&self) -> Injected {
        Injected { fault: self.name, driver: self.driver }
    }

    /// The faults that a preset consists of.
    pub fn parts(&'static self) -> &'static [&'static str] {
        match (self.make)(&Values::none(self)) {
            Effect::Several(parts) => parts,
            _ => &[],
        }
    }
}

const fn param(name: &'static str, takes: Takes, default: Option<i64>, means: &'static str) -> Param {
    Param { name, takes, default, required: false, means }
}

const fn required(name: &'static str, takes: Takes, means: &'static str) -> Param {
    Param { name, takes, default: None, required: true, means }
}

/// Ten minutes, in milliseconds.
const MS: Takes = Takes::Number(0, 600_000);
const BYTES: Takes = Takes::Number(0, 1_000_000_000);
const SIZE: Takes = Takes::Number(1, 65_535);

const EVERY_WAY: &[Dir] = &[Dir::Both, Dir::Up, Dir::Down];
const DOWN_FIRST: &[Dir] = &[Dir::Down, Dir::Up, Dir::Both];
const LATENCY: &[Param] = &[
    param("ms", MS, Some(100), "delay one way, milliseconds"),
    param("jitter", MS, Some(0), "up to so many milliseconds more or less, evenly spread"),
];

const fn net(name: &'static str, make: fn(&Values) -> Effect) -> Row {
    Row {
        name,
        family: Family::Net,
        params: &[],
        dirs: &[],
        once: false,
        counts: "connections",
        does: "",
        sees: "",
        driver: "",
        make,
    }
}

/// All faults, family by family.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    let families =
        [network::ROWS, names::ROWS, ports::ROWS, tls::ROWS, module::ROWS, codes::ROWS, presets::ROWS];
    families.into_iter().flatten()
}

/// The row of this name.
pub(crate) fn row(name: &str) -> Option<&'static Row> {
    rows().find(|row| row.name == name)
}
