//! AT ports and their modem lines.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The ports of a module, and the channels of AT+CMUX behind them.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Ports {
    /// In the order of the configuration.
    pub ports: Vec<Port>,
}

/// A port.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Port {
    /// usbat, usbmodem, uart1, or cmux1 to cmux4.
    pub name: String,
    /// Where hosts find it; a channel of AT+CMUX has no place of its own.
    pub endpoint: Option<String>,
    /// A host has it open.
    pub attached: bool,
    /// What it is doing.
    pub activity: Activity,
    /// The socket that it is connected to in transparent mode, also while that is suspended.
    pub online: Option<u8>,
    /// Modem lines.
    pub lines: Lines,
    /// ATE.
    pub echo: bool,
    /// AT&C.
    pub dcd_setting: u8,
    /// AT&D.
    pub dtr_setting: u8,
    /// Bytes of answers and codes that the host has not taken yet.
    pub unsent: usize,
}

/// What a port is doing.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Activity {
    /// Waiting for a command.
    Command,
    /// Working on one.
    Executing,
    /// Taking what a command wants: a message, a file.
    Payload,
    /// Being a connection.
    Online,
    /// Being the wire of AT+CMUX.
    Multiplexed,
}

/// Modem lines; true is on.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "six lines are six bits")]
pub struct Lines {
    /// Of the host: data terminal ready.
    pub dtr: bool,
    /// Of the host: request to send.
    pub rts: bool,
    /// Of the module: data carrier detect.
    pub dcd: bool,
    /// Of the module: ring indicator.
    pub ri: bool,
    /// Of the module: data set ready.
    pub dsr: bool,
    /// Of the module: clear to send.
    pub cts: bool,
}

/// Lines of the host to move; what is left out stays.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LinesChange {
    /// Data terminal ready.
    pub dtr: Option<bool>,
    /// Request to send.
    pub rts: Option<bool>,
}
