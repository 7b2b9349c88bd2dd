//! The TLS of the Java platform: the only peer with all 95 pairs.

use super::{
    Started,
    peer::{self, Echo, Files, Peer, ServerKey},
};
use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::{Command, Stdio},
};
use tls::Version;

/// One virtual machine for all listeners.
pub(super) fn start(files: &Files, extended_master_secret: bool) -> Started {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/JsseServer.java");
    let child = Command::new("java")
        .arg(format!("-Djdk.tls.useExtendedMasterSecret={extended_master_secret}"))
        .arg(program)
        .arg(files.folder())
        .args(ServerKey::ALL.map(ServerKey::name))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Some(mut process) = peer::if_installed(child)? else { return Ok(None) };
    let mut lines = BufReader::new(process.0.stdout.take().ok_or("no output")?).lines();
    let mut listeners = HashMap::new();
    for key in ServerKey::ALL {
        for asks in [false, true] {
            let line = lines.next().ok_or("it ended")??;
            let port = line.strip_prefix(&format!("{} {asks} ", key.name())).ok_or("an unknown line")?;
            listeners.insert((key, asks), SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse()?)));
        }
    }
    Ok(Some(Peer {
        listeners,
        pairs: None,
        echo: Echo::Same,
        extended_master_secret,
        encrypt_then_mac: false,
        // With RFC 7627 it resumes no session that was made without, and SSL 3.0 has no extensions.
        resumes_from: if extended_master_secret { Version::Tls10 } else { Version::Ssl30 },
        _processes: vec![process],
    }))
}
