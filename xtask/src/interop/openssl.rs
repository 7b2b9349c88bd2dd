//! OpenSSL's `s_server`, for what the distribution's build has not left out.

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

const CIPHERS: &str = "ALL:COMPLEMENTOFALL:@SECLEVEL=0";

/// One process for each listener.
pub(super) fn start(files: &Files) -> Started {
    let mut listeners = HashMap::new();
    let mut processes = Vec::new();
    // It knows no fixed ECDH since version 1.1.0, so nobody asks for an EC key signed with RSA.
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
        echo: Echo::ReversedLines,
        extended_master_secret: true,
        encrypt_then_mac: true,
        resumes_from: Version::Ssl30,
        ecdsa_clients_from: Version::Ssl30,
        _processes: processes,
    }))
}

fn openssl(command: &str) -> Command {
    let mut openssl = Command::new("openssl");
    // The distribution's configuration would forbid versions.
    openssl.arg(command).env("OPENSSL_CONF", "/dev/null");
    openssl
}

fn listen(files: &Files, key: ServerKey, asks: bool) -> Result<Option<(Process, SocketAddr)>> {
    let mut command = openssl("s_server");
    command.args(["-accept", "127.0.0.1:0", "-rev", "-cipher", CIPHERS]);
    command.arg("-cert").arg(files.chain(key)).arg("-cert_chain").arg(files.chain(key));
    command.arg("-key").arg(files.key(key));
    if asks {
        command.args(["-Verify", "3", "-verify_return_error", "-CAfile"]).arg(files.roots());
    }
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let Some(mut process) = peer::if_installed(child)? else { return Ok(None) };
    let mut lines = BufReader::new(process.0.stdout.take().ok_or("no output")?);
    let mut line = String::new();
    while !line.starts_with("ACCEPT ") {
        line.clear();
        if lines.read_line(&mut line)? == 0 {
            return Err("it ended".into());
        }
    }
    // A full pipe would stop it.
    thread::spawn(move || io::copy(&mut lines, &mut io::sink()));
    let address = line.trim_start_matches("ACCEPT ").trim().parse()?;
    Ok(Some((process, address)))
}

/// What this build has, as it says itself.
fn pairs() -> Result<HashSet<(Version, u16)>> {
    let mut pairs = HashSet::new();
    for version in Version::ALL {
        let option = match version {
            Version::Ssl30 => "-ssl3",
            Version::Tls10 => "-tls1",
            Version::Tls11 => "-tls1_1",
            Version::Tls12 => "-tls1_2",
        };
        // A build without the version fails.
        let output = openssl("ciphers").args(["-s", "-stdname", option, CIPHERS]).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let names: HashSet<_> = text.lines().filter_map(|line| line.split_whitespace().next()).collect();
        let known = SUITES.iter().filter(|suite| legal(version, suite) && names.contains(suite.name));
        pairs.extend(known.map(|suite| (version, suite.code)));
    }
    Ok(pairs)
}
