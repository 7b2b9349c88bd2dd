//! TLS servers that send everything back, neither of them ours.

use crate::harness::Folder;
use modemtwin::peer::{Identity, Peer, echo};
use peers::{
    ca::pki,
    server::{
        ServerConfig, Version,
        tcp::{Behaviour, Listener, spawn},
    },
};
use std::{
    io,
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
};

pub(crate) struct Server {
    /// CA file for the module, PEM.
    pub(crate) ca_pem: String,
    pub(crate) port: u16,
    /// What the module's context has to say for a handshake with it.
    pub(crate) version: u8,
    pub(crate) suite: &'static str,
    _running: Running,
}

#[allow(dead_code, reason = "kept for what dropping them does")]
enum Running {
    Rustls(Peer),
    OpenSsl(Process, Folder),
    Legacy(Listener),
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Server {
    /// rustls in this process: TLS 1.2, ECDHE_RSA_AES_128_GCM.
    pub(crate) fn rustls() -> Server {
        let identity = Identity::new().unwrap();
        let peer = Peer::start(&identity, echo).unwrap();
        Server::of(&identity, peer)
    }

    /// The same with another thing to say.
    pub(crate) fn of(identity: &Identity, peer: Peer) -> Server {
        let (ca_pem, port) = (identity.ca_pem.clone(), peer.addr().port());
        Server { ca_pem, port, version: 3, suite: "0XC02F", _running: Running::Rustls(peer) }
    }

    /// The server of the project's own tests, which has every version and every suite.
    pub(crate) fn legacy(version: Version, suite: &'static str) -> Server {
        let code = u16::from_str_radix(suite.trim_start_matches("0X"), 16).unwrap();
        let config = ServerConfig::new("localhost").only(version, code);
        let listener = spawn(config, Behaviour::Echo).unwrap();
        Server {
            ca_pem: pki().rsa_root.pem(),
            port: listener.address().port(),
            version: version as u8,
            suite,
            _running: Running::Legacy(listener),
        }
    }

    /// OpenSSL, with what the note's chapter 3 uses: TLS 1.0, RSA_AES_256_CBC_SHA. None when it is not
    /// installed or has been built without that.
    pub(crate) fn openssl() -> Option<Server> {
        let suites =
            Command::new("openssl").args(["ciphers", "-tls1", "-s", "AES256-SHA:@SECLEVEL=0"]).output();
        if !suites.is_ok_and(|out| out.status.success() && out.stdout.starts_with(b"AES256-SHA")) {
            return None;
        }
        let identity = Identity::new().unwrap();
        let folder = Folder::new("s_server");
        let (cert, key) = (folder.arg("cert.pem"), folder.arg("key.pem"));
        std::fs::write(&cert, &identity.certificate_pem).unwrap();
        std::fs::write(&key, &identity.key_pem).unwrap();
        // It cannot be asked which free port it found.
        let addr = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let mut child = Command::new("openssl")
            .args(["s_server", "-quiet", "-tls1", "-cipher", "AES256-SHA:@SECLEVEL=0"])
            .args(["-accept", &addr.to_string(), "-cert", &cert, "-key", &key])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (mut from, mut to) = (child.stdout.take().unwrap(), child.stdin.take().unwrap());
        thread::spawn(move || io::copy(&mut from, &mut to));
        // A connection without a handshake is an error to it, and it goes on to the next one.
        while TcpStream::connect(addr).is_err() {
            assert!(child.try_wait().unwrap().is_none(), "openssl s_server does not start");
            thread::yield_now();
        }
        let _running = Running::OpenSsl(Process(child), folder);
        Some(Server { ca_pem: identity.ca_pem, port: addr.port(), version: 1, suite: "0X0035", _running })
    }
}
