//! A module as a whole: who it is, its SIM, network, clock, power.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The modules of this process.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Modules {
    /// Version of modemtwin.
    pub version: String,
    /// In the order of the configuration.
    pub modules: Vec<ModuleName>,
}

/// A module and where hosts find it.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleName {
    /// What it is called here: the name of the configuration, `module0` without one.
    pub name: String,
    /// Its ports.
    pub ports: Vec<PortPlace>,
}

/// Where hosts find a port.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PortPlace {
    /// usbat, usbmodem or uart1.
    pub name: String,
    /// pty, tcp, unix, stdio, serial or rfc2217, and behind it the path or address.
    pub endpoint: String,
}

/// A module.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// What it is called here.
    pub name: String,
    /// EC200M-CN, EC200N-CN, EC800M-CN or EC800N-CN.
    pub model: String,
    /// How misprints and foreign habits are treated.
    pub tolerance: ToleranceName,
    /// Who it is.
    pub identity: Identity,
    /// Is it alive?
    pub power: PowerState,
    /// AT+CFUN: 0 minimum, 1 full, 4 airplane.
    pub functionality: u8,
    /// What is in the SIM holder.
    pub sim: Sim,
    /// Network and registration.
    pub network: Network,
    /// Its clock.
    pub clock: Clock,
    /// AT+QIGETERROR.
    pub last_error: LastError,
}

/// How misprints and foreign habits are treated.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum ToleranceName {
    Strict,
    Default,
    Lenient,
}

/// Who a module is.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// ATI.
    pub product: String,
    /// AT+CGMR.
    pub revision: String,
    /// AT+CGSN.
    pub imei: String,
    /// AT+CGSN=0.
    pub serial: String,
    /// AT+CIMI.
    pub imsi: String,
    /// AT+QCCID.
    pub iccid: String,
}

/// Is a module alive?
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum PowerState {
    Off,
    Booting,
    On,
    Falling,
}

/// What is in the SIM holder.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sim {
    /// There is a card.
    pub present: bool,
    /// What the card wants before it works; none without a card.
    pub wants: Option<SimWants>,
    /// The card asks for its PIN when it gets power.
    pub locked: bool,
    /// Wrong PINs that are left.
    pub pin_tries: u8,
    /// Wrong PUKs that are left.
    pub puk_tries: u8,
}

/// What a SIM card wants before it works.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum SimWants {
    Nothing,
    Pin,
    Puk,
    /// It is blocked for good.
    Another,
}

/// A card for the SIM holder.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NewSim {
    /// The PIN that it asks for, 4 to 8 digits; without one it asks for none.
    pub pin: Option<String>,
}

/// Network and registration.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// stat of AT+CREG: 0 not registered, 1 home, 2 searching, 3 denied, 5 roaming.
    pub registration: u8,
    /// What there is to find.
    pub coverage: CoverageName,
    /// As AT+CSQ prints it: 0 to 31, 99 unknown.
    pub signal: u8,
    /// The network refuses PDP contexts.
    pub refuse_pdp: bool,
    /// The host wants packet service (AT+CGATT).
    pub attached: bool,
}

/// What is to change of the network; what is left out stays.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkChange {
    /// What there is to find.
    pub coverage: Option<CoverageName>,
    /// Signal strength as AT+CSQ prints it, 0 to 31.
    pub signal: Option<u8>,
    /// The network refuses PDP contexts.
    pub refuse_pdp: Option<bool>,
}

/// What the network has for a module.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum CoverageName {
    None,
    Home,
    Roaming,
    Denied,
}

/// A clock.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Seconds since 1970 UTC.
    pub unix: i64,
    /// The same as date and time (RFC 3339).
    pub utc: String,
    /// Local time as AT+CCLK prints it.
    pub cclk: String,
}

/// What a clock is to show: one of the two.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NewClock {
    /// Seconds since 1970 UTC.
    pub unix: Option<i64>,
    /// Date, time and zone (RFC 3339), as in 2026-03-01T12:00:00Z.
    pub utc: Option<String>,
}

/// The code of the last TCP/IP or SSL command.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LastError {
    /// Table 5 of the note.
    pub code: u16,
    /// Its words.
    pub text: String,
}

/// What is pressed.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PowerAct {
    /// The key or pin.
    pub press: Key,
}

/// A key or pin of a module.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Key {
    /// PWRKEY: switches the module off, or on again.
    Power,
    /// RESET_N: the module starts anew at once.
    Reset,
}
