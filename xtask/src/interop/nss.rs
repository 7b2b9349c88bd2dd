//! The `selfserv` of NSS: a second stranger for SSL 3.0.

use super::{
    Result, Started, legal,
    peer::{self, Echo, Files, Peer, Process, ServerKey},
};
use std::{
    collections::{HashMap, HashSet},
    fmt::Write,
    fs,
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};
use tls::{
    Version,
    suites::{SUITES, Suite},
};

/// One process for each listener.
pub(super) fn start(files: &Files) -> Started {
    let mut listeners = HashMap::new();
    let mut processes = Vec::new();
    for key in [ServerKey::Rsa, ServerKey::Ec] {
        let Some(database) = database(files, key)? else { return Ok(None) };
        for asks in [false, true] {
            let Some((process, address)) = listen(&database, key, asks)? else { return Ok(None) };
            listeners.insert((key, asks), address);
            processes.push(process);
        }
    }
    let pairs = Version::ALL.into_iter().flat_map(|version| {
        SUITES.iter().filter(move |suite| has(version, suite)).map(move |suite| (version, suite.code))
    });
    Ok(Some(Peer {
        listeners,
        pairs: Some(HashSet::from_iter(pairs)),
        echo: Echo::Request,
        extended_master_secret: true,
        encrypt_then_mac: false,
        resumes_from: Version::Ssl30,
        ecdsa_clients_from: Version::Ssl30,
        _processes: processes,
    }))
}

/// It keeps EC suites from SSL 3.0, as RFC 4492 says, and answers fixed ECDH with handshake_failure.
fn has(version: Version, suite: &Suite) -> bool {
    legal(version, suite) && !is_fixed(suite) && (version > Version::Ssl30 || !suite.kx.is_ec())
}

fn is_fixed(suite: &Suite) -> bool {
    suite.kx.is_ec() && !suite.kx.is_ephemeral()
}

/// Its own kind of key store, with one identity: two of the same subject would get the same name.
fn database(files: &Files, key: ServerKey) -> Result<Option<PathBuf>> {
    let folder = files.folder().join(format!("nss-{}", key.name()));
    fs::create_dir_all(&folder)?;
    let store = format!("sql:{}", folder.display());
    let bundle = folder.join("identity.p12");
    let mut commands = [Command::new("certutil"), Command::new("openssl"), Command::new("pk12util")];
    let [certutil, openssl, pk12util] = &mut commands;
    certutil.args(["-N", "--empty-password", "-d", &store]);
    openssl.args(["pkcs12", "-export", "-passout", "pass:x", "-name", key.name(), "-out"]).arg(&bundle);
    openssl.arg("-in").arg(files.chain(key)).arg("-inkey").arg(files.key(key));
    pk12util.args(["-d", &store, "-W", "x", "-K", "", "-i"]).arg(&bundle);
    for command in &mut commands {
        if !done(command)? {
            return Ok(None);
        }
    }
    // It takes one certificate from a file.
    for (n, root) in
        fs::read_to_string(files.roots())?.split_inclusive("-----END CERTIFICATE-----\n").enumerate()
    {
        let file = folder.join(format!("root{n}.pem"));
        fs::write(&file, root)?;
        done(
            Command::new("certutil")
                .args(["-A", "-t", "CT,,", "-n", &format!("root{n}"), "-d", &store, "-i"])
                .arg(&file),
        )?;
    }
    Ok(Some(folder))
}

/// Runs it to its end; false if it is not installed.
fn done(command: &mut Command) -> Result<bool> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Some(mut process) = peer::if_installed(child)? else { return Ok(false) };
    if process.0.wait()?.success() { Ok(true) } else { Err(format!("{command:?} fails").into()) }
}

fn listen(database: &Path, key: ServerKey, asks: bool) -> Result<Option<(Process, SocketAddr)>> {
    let address = peer::free_address()?;
    let mut ciphers = String::new();
    for suite in SUITES.iter().filter(|suite| !is_fixed(suite)) {
        write!(ciphers, ":{:04X}", suite.code)?;
    }
    let mut command = Command::new("selfserv");
    command.args(["-V", "ssl3:tls1.2", "-c", &ciphers]);
    // Extended master secret, and tickets.
    command.args(["-G", "-u"]);
    command.arg("-d").arg(format!("sql:{}", database.display())).arg("-p").arg(address.port().to_string());
    command.args([if key == ServerKey::Rsa { "-n" } else { "-e" }, key.name()]);
    if asks {
        // Requested, and required.
        command.args(["-r", "-r"]);
    }
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Some(mut process) = peer::if_installed(child)? else { return Ok(None) };
    // It does not say when it is ready. A connection without a handshake is an error to it, and it goes on.
    while TcpStream::connect(address).is_err() {
        if process.0.try_wait()?.is_some() {
            return Err("it ended".into());
        }
        thread::yield_now();
    }
    Ok(Some((process, address)))
}
