//! The values of the interface as JSON. The OpenAPI description is made of these types and their comments, and the client
//! reads with them.

mod convert;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, net::IpAddr};

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

/// PDP contexts that the host has defined or activated.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PdpContexts {
    /// In the order of their ids.
    pub contexts: Vec<PdpContext>,
}

/// A PDP context.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PdpContext {
    /// 1 to 15.
    pub id: u8,
    /// 1 IPv4, 2 IPv6, 3 both.
    pub kind: u32,
    /// Access point name.
    pub apn: String,
    /// Activated.
    pub active: bool,
    /// The network has ended it, and the host has not yet said AT+QIDEACT.
    pub lost: bool,
    /// Its addresses while it is active.
    pub addresses: Vec<IpAddr>,
    /// Name servers, if the host has set them.
    pub dns: Option<Vec<IpAddr>>,
}

/// The SSL contexts.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SslContexts {
    /// 0 to 5.
    pub contexts: Vec<SslContext>,
}

/// What AT+QSSLCFG has set for a context; the names and numbers are the note's.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct SslContext {
    /// 0 to 5.
    pub id: u8,
    pub sslversion: u32,
    /// 0XFFFF, or codes of suites in the order of preference.
    pub ciphersuite: Vec<String>,
    pub seclevel: u32,
    pub sni: u32,
    pub ignorelocaltime: u32,
    pub negotiatetime: u32,
    pub closetimemode: u32,
    pub ignoremulticertchainverify: u32,
    pub ignoreinvalidcertsign: u32,
    pub session_cache: u32,
    pub checkhost: u32,
    pub cacert: String,
    pub cacertex: String,
    pub clientcert: String,
    pub clientkey: String,
}

/// Sockets that are not in Initial.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sockets {
    /// In the order of their ids.
    pub sockets: Vec<Socket>,
}

/// A socket.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Socket {
    /// clientID or connectID, 0 to 11.
    pub id: u8,
    /// As AT+QISTATE and AT+QSSLSTATE print it.
    pub service: String,
    /// Initial, Opening, Connected, Listening or Closing.
    pub state: String,
    /// The number of the state (2.2.6).
    pub state_code: u8,
    /// Access mode: 0 buffer, 1 direct push, 2 transparent.
    pub mode: u8,
    /// PDP context.
    pub pdp: u8,
    /// SSL context of an SSL socket.
    pub ssl_context: Option<u8>,
    /// Name or address as given at the open.
    pub host: String,
    /// Address, once known.
    pub remote: Option<IpAddr>,
    /// Port of the other end.
    pub remote_port: u16,
    /// Own port; 0 until known.
    pub local_port: u16,
    /// The port that opened it.
    pub opened_by: String,
    /// Bytes that have come for the host on this connection.
    pub received: u64,
    /// Those of them that the host has not read.
    pub unread: usize,
    /// Bytes that the host has sent on this connection.
    pub sent: u64,
    /// Those of them that have not left yet.
    pub unsent: usize,
    /// What the handshake agreed on, once it is complete.
    pub tls: Option<Tls>,
}

/// What a handshake agreed on.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// Everything, in words.
    pub summary: String,
    /// The version.
    pub version: String,
    /// The suite.
    pub suite: String,
    /// An earlier session was resumed.
    pub resumed: bool,
    /// Subjects of the certificates that the server sent, its own first.
    pub chain: Vec<String>,
}

/// The file storage.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// Bytes of UFS.
    pub size: usize,
    /// Bytes that a new file may have.
    pub free: usize,
    /// In the order of their names.
    pub files: Vec<File>,
}

/// A file.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its name, with RAM: in front if it lies there.
    pub name: String,
    /// Bytes in it.
    pub size: usize,
    /// A host has it open (AT+QFOPEN).
    pub open: bool,
}

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
