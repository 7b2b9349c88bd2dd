//! GnuTLS's `gnutls-serv`: RC4, 3DES and encrypt-then-MAC, which the others do not have together.

use super::{
    Result, Started, legal,
    peer::{self, Echo, Files, Peer, Process, ServerKey},
};
use std::{
    collections::{HashMap, HashSet},
    io::{self, BufRead, BufReader},
    net::SocketAddr,
    process::{Command, Stdio},
    thread,
};
use tls::{Version, suites::SUITES};

/// Everything old that Debian's build has; no build since 3.6 has SSL 3.0 unless told to.
const PRIORITY: &str = "NORMAL:-VERS-TLS1.3:+VERS-TLS1.1:+VERS-TLS1.0:+ARCFOUR-128:+3DES-CBC:+AES-128-CBC:+AES-256-CBC\
                        :+MD5:+SHA1:+SHA256:+SHA384:+RSA:+ECDHE-RSA:+ECDHE-ECDSA:+SIGN-ALL";

/// One process for each listener.
pub(super) fn start(files: &Files) -> Started {
    let mut listeners = HashMap::new();
    let mut processes = Vec::new();
    for key in [ServerKey::Rsa, ServerKey::Ec] {
        for asks in [false, true] {
            let Some((process, address)) = listen(files, key, asks)? else { return Ok(None) };
            listeners.insert((key, asks), address);
            processes.push(process);
        }
    }
    Ok(Some(Peer {
        listeners,
        pairs: Some(pairs()?),
        echo: Echo::Lines,
        extended_master_secret: true,
        encrypt_then_mac: true,
        resumes_from: Version::Ssl30,
        ecdsa_clients_from: Version::Ssl30,
        _processes: processes,
    }))
}

fn listen(files: &Files, key: ServerKey, asks: bool) -> Result<Option<(Process, SocketAddr)>> {
    let address = peer::free_address()?;
    let mut command = Command::new("gnutls-serv");
    command.args(["--echo", "--crlf", "--quiet", "--priority", PRIORITY]);
    command.arg("--port").arg(address.port().to_string());
    command.arg("--x509certfile").arg(files.chain(key)).arg("--x509keyfile").arg(files.key(key));
    match asks {
        true => {
            command.args(["--require-client-cert", "--verify-client-cert", "--x509cafile"]).arg(files.roots())
        }
        false => command.arg("--disable-client-cert"),
    };
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let Some(mut process) = peer::if_installed(child)? else { return Ok(None) };
    let mut lines = BufReader::new(process.0.stderr.take().ok_or("no output")?);
    let mut line = String::new();
    while !(line.contains("IPv4") && line.trim_end().ends_with("...done")) {
        line.clear();
        if lines.read_line(&mut line)? == 0 {
            return Err("it ended".into());
        }
    }
    // A full pipe would stop it.
    thread::spawn(move || io::copy(&mut lines, &mut io::sink()));
    Ok(Some((process, address)))
}

/// What this build has, as it says itself: lines of a name, `0xc0, 0x13`, and the first version that has the suite.
fn pairs() -> Result<HashSet<(Version, u16)>> {
    let output = Command::new("gnutls-serv").args(["--list", "--priority", PRIORITY]).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let protocols = text.lines().find(|line| line.starts_with("Protocols:")).unwrap_or_default();
    let mut pairs = HashSet::new();
    for version in Version::ALL {
        let name = match version {
            Version::Ssl30 => "VERS-SSL3.0",
            Version::Tls10 => "VERS-TLS1.0",
            Version::Tls11 => "VERS-TLS1.1",
            Version::Tls12 => "VERS-TLS1.2",
        };
        if !protocols.contains(name) {
            continue;
        }
        for suite in SUITES.iter().filter(|suite| legal(version, suite)) {
            let [high, low] = suite.code.to_be_bytes();
            if text.contains(&format!("\t0x{high:02x}, 0x{low:02x}\t")) {
                pairs.insert((version, suite.code));
            }
        }
    }
    Ok(pairs)
}
