//! What goes wrong: failures, faults, what the host driver does; and the errors of the interface itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The last failures of a module.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Failures {
    /// The oldest first.
    pub failures: Vec<Failure>,
}

/// A failure: when, whose, what the host was told, why, and what helps.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// Seconds since the module started.
    pub t: f64,
    /// Seconds since 1970 UTC by the clock of this machine.
    pub unix: f64,
    /// The port of the command, if it was refused.
    pub port: Option<String>,
    /// The command, without AT.
    pub command: Option<String>,
    /// clientID or connectID, of a connection.
    pub client: Option<u8>,
    /// Code of Table 5.
    pub code: Option<u16>,
    /// Number of +CME ERROR.
    pub cme: Option<u16>,
    /// What happened.
    pub cause: String,
    /// What helps.
    pub remedy: String,
    /// The kind of cause, as docs/why.md has it.
    pub reason: String,
    /// The fault that somebody has asked for, if that is why.
    pub fault: Option<String>,
    /// How often it has happened in a row; the times are those of the last.
    pub times: u32,
    /// All of it in one line.
    pub text: String,
}

/// Faults that are asked for and not over.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Faults {
    /// In the order in which they were asked for.
    pub faults: Vec<Fault>,
}

/// A fault.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Its number; the faults of a preset have the same.
    pub id: u32,
    /// Its text.
    pub fault: String,
    /// What was asked for: itself, or the preset.
    pub asked: String,
    /// It is on now; otherwise it is to begin later.
    pub on: bool,
    /// How often it has struck.
    pub hits: u64,
}

/// A fault to ask for.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NewFault {
    /// As behind --fault (docs/faults.md).
    pub fault: String,
}

/// A fault that was asked for.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FaultId {
    /// Its number.
    pub id: u32,
}

/// Faults that are over.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Lifted {
    /// How many.
    pub lifted: usize,
}

/// What the host driver has done wrong so far.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Findings {
    /// In order.
    pub findings: Vec<Finding>,
}

/// Something that the host driver has done wrong.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Seconds since the module started.
    pub t: f64,
    /// Where.
    pub port: String,
    /// The rule (docs/lint.md).
    pub rule: String,
    /// error, warning or note.
    pub severity: String,
    /// Where the documents say so.
    pub section: String,
    /// What is wrong.
    pub what: String,
    /// By what.
    pub detail: String,
    /// What to do.
    pub remedy: String,
}

/// What of the module the host driver has met so far.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Forms of commands that were sent.
    pub commands: Vec<CommandForm>,
    /// Forms that were not.
    pub commands_not_met: Vec<String>,
    /// Result codes, and how often each came.
    pub results: BTreeMap<String, u64>,
    /// Result codes that never came.
    pub results_not_met: Vec<String>,
    /// Codes of Table 5, and how often each came.
    pub codes: BTreeMap<String, u64>,
    /// Codes of Table 5 that never came and that matter.
    pub codes_not_met: Vec<String>,
    /// Unsolicited codes, and how often each came.
    pub urcs: BTreeMap<String, u64>,
    /// Unsolicited codes that never came.
    pub urcs_not_met: Vec<String>,
}

/// A form of a command.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CommandForm {
    /// As in the documents, with AT.
    pub command: String,
    /// test, read, set or exec.
    pub form: String,
    /// As in AT+QSSLCFG="sni".
    pub item: Option<String>,
    /// How often it was sent.
    pub sent: u64,
    /// How often it, or the line that it stood in, failed.
    pub failed: u64,
}

/// What went wrong (RFC 9457).
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
pub struct Problem {
    /// The status of the answer.
    pub status: u16,
    /// The words of the status.
    pub title: String,
    /// What it is about.
    pub place: String,
    /// What is wrong.
    pub detail: String,
    /// What to do about it.
    pub remedy: String,
}
