//! What goes through the network: PDP contexts, SSL contexts, sockets; and the files that contexts name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

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
