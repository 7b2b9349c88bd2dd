//! A peer that runs: where it listens, and what may be expected of it.

use super::Result;
use std::{
    collections::{HashMap, HashSet},
    fs,
    io::{self, BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use testkit::ca::{Curve, Kind, pki};
use tls::{
    Version,
    suites::{KeyExchange, Suite},
};

/// The server identities, one for each way to sign or to agree on a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum ServerKey {
    Rsa,
    /// In a certificate signed with ECDSA.
    Ec,
    /// In a certificate signed with RSA.
    EcByRsa,
}

impl ServerKey {
    pub(super) const ALL: [ServerKey; 3] = [Self::Rsa, Self::Ec, Self::EcByRsa];

    /// What a suite needs.
    pub(super) fn of(suite: &Suite) -> ServerKey {
        match suite.kx {
            KeyExchange::Rsa | KeyExchange::EcdheRsa => Self::Rsa,
            KeyExchange::EcdhEcdsa | KeyExchange::EcdheEcdsa => Self::Ec,
            KeyExchange::EcdhRsa => Self::EcByRsa,
        }
    }

    /// Names its files.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ec => "ec",
            Self::EcByRsa => "ec-by-rsa",
        }
    }

    const fn kind(self) -> Kind {
        match self {
            Self::Rsa => Kind::Rsa2048,
            Self::Ec => Kind::Ec(Curve::P256),
            Self::EcByRsa => Kind::EcByRsa(Curve::P256),
        }
    }
}

/// A folder with `NAME.pem` and `NAME.key` for each server key, and `roots.pem`; gone when dropped.
pub(super) struct Files(PathBuf);

impl Files {
    pub(super) fn write() -> io::Result<Files> {
        let files = Files(std::env::temp_dir().join(format!("modemtwin-interop-{}", std::process::id())));
        fs::create_dir_all(&files.0)?;
        fs::write(files.roots(), pki().roots_pem())?;
        for key in ServerKey::ALL {
            let identity = pki().server(key.kind(), "localhost");
            fs::write(files.chain(key), identity.chain_pem())?;
            fs::write(files.key(key), identity.key_pem())?;
        }
        Ok(files)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.0
    }

    pub(super) fn roots(&self) -> PathBuf {
        self.0.join("roots.pem")
    }

    pub(super) fn chain(&self, key: ServerKey) -> PathBuf {
        self.0.join(format!("{}.pem", key.name()))
    }

    pub(super) fn key(&self, key: ServerKey) -> PathBuf {
        self.0.join(format!("{}.key", key.name()))
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What a peer makes of what it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Echo {
    /// The same bytes.
    Same,
    /// The same bytes, but no line before its end.
    Lines,
    /// Each line with its characters in reverse.
    ReversedLines,
    /// It answers one HTTP request of some kilobytes with a page that contains it, and closes.
    Request,
}

/// Addresses by server key, and whether a client certificate is demanded.
pub(super) type Listeners = HashMap<(ServerKey, bool), SocketAddr>;

/// A peer that runs.
pub(super) struct Peer {
    pub(super) listeners: Listeners,
    /// The pairs that it does not refuse from the start; `None` for all.
    pub(super) pairs: Option<HashSet<(Version, u16)>>,
    pub(super) echo: Echo,
    /// Knows RFC 7627.
    pub(super) extended_master_secret: bool,
    /// Knows RFC 7366.
    pub(super) encrypt_then_mac: bool,
    /// The oldest version in which it resumes sessions.
    pub(super) resumes_from: Version,
    /// The oldest version in which it takes ECDSA certificates from clients.
    pub(super) ecdsa_clients_from: Version,
    /// They end with the peer.
    pub(super) _processes: Vec<Process>,
}

impl Peer {
    /// Whether it has the pair at all.
    pub(super) fn knows(&self, version: Version, suite: &Suite) -> bool {
        self.pairs.as_ref().is_none_or(|pairs| pairs.contains(&(version, suite.code)))
    }

    pub(super) fn address(&self, key: ServerKey, asks: bool) -> Result<SocketAddr> {
        self.listeners.get(&(key, asks)).copied().ok_or_else(|| "the peer does not listen".into())
    }
}

/// A program that ends with the value.
pub(super) struct Process(pub(super) Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The value of a start that finds no program.
pub(super) fn if_installed(child: io::Result<Child>) -> Result<Option<Process>> {
    match child {
        Ok(child) => Ok(Some(Process(child))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// For peers that cannot say which port they were given: one that was free a moment ago.
pub(super) fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// Starts a server of ours around a foreign library, and reads what it says: `KEY ASKS PORT`, for each key without and
/// with the demand for a client certificate. It ends with its standard input.
pub(super) fn announced(command: &mut Command) -> Result<Option<(Process, Listeners)>> {
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let Some(mut process) = if_installed(child)? else { return Ok(None) };
    let mut lines = BufReader::new(process.0.stdout.take().ok_or("no output")?).lines();
    let mut listeners = HashMap::new();
    for key in ServerKey::ALL {
        for asks in [false, true] {
            let line = lines.next().ok_or("it ended")??;
            let port = line.strip_prefix(&format!("{} {asks} ", key.name())).ok_or("an unknown line")?;
            listeners.insert((key, asks), SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse()?)));
        }
    }
    Ok(Some((process, listeners)))
}
