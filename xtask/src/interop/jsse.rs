//! The TLS of the Java platform: the only peer of today with all 95 pairs.

use super::{
    Started,
    peer::{self, Echo, Files, Peer, ServerKey},
};
use std::{path::Path, process::Command};
use tls::Version;

/// One virtual machine for all listeners.
pub(super) fn start(files: &Files, extended_master_secret: bool) -> Started {
    let mut java = Command::new("java");
    java.arg(format!("-Djdk.tls.useExtendedMasterSecret={extended_master_secret}"))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/JsseServer.java"))
        .arg(files.folder())
        .args(ServerKey::ALL.map(ServerKey::name));
    let Some((process, listeners)) = peer::announced(&mut java)? else { return Ok(None) };
    Ok(Some(Peer {
        listeners,
        pairs: None,
        echo: Echo::Same,
        extended_master_secret,
        encrypt_then_mac: false,
        // With RFC 7627 it resumes no session that was made without, and SSL 3.0 has no extensions.
        resumes_from: if extended_master_secret { Version::Tls10 } else { Version::Ssl30 },
        ecdsa_clients_from: Version::Ssl30,
        _processes: vec![process],
    }))
}
