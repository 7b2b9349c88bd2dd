//! Against OpenSSL's `s_server`, where it is installed: TLS 1.0 to 1.2.

use crate::common::{NOW, only, pairs, sample};
use modemtwin_tls::{
    Client, ClientCertificate, Config, Rng, ServerName, Session, Version, suites::KeyExchange, x509,
};
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Arc,
};
use testkit::ca::{Curve, Kind, pki};

/// A running `openssl s_server -rev`-less echo: it sends back each line reversed.
struct Peer {
    process: Child,
    address: String,
    folder: PathBuf,
}

impl Peer {
    /// `None`, with the reason printed, where there is no OpenSSL.
    fn start(name: &str, kind: Kind, options: &[&str]) -> Option<Peer> {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("openssl-{name}"));
        fs::create_dir_all(&folder).expect("a folder");
        let identity = pki().server(kind, "server.test");
        let file = |name: &str, content: String| {
            let path = folder.join(name);
            fs::write(&path, content).expect("a file");
            path
        };
        let chain = file("chain.pem", identity.chain_pem());
        let key = file("key.pem", identity.key_pem());
        let roots = file("roots.pem", pki().roots_pem());
        let process = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-rev"])
            .args(["-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0", "-legacy_renegotiation"])
            .args(["-sigalgs", "ECDSA+SHA256:RSA+SHA256:ECDSA+SHA1:RSA+SHA1:RSA-PSS+SHA256"])
            .arg("-cert")
            .arg(&chain)
            .arg("-cert_chain")
            .arg(&chain)
            .arg("-key")
            .arg(&key)
            .arg("-CAfile")
            .arg(&roots)
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut process) = process else {
            println!("skipped: no `openssl` on this machine");
            return None;
        };
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut line = String::new();
        while !line.starts_with("ACCEPT ") {
            line.clear();
            if lines.read_line(&mut line).expect("text") == 0 {
                println!("skipped: `openssl s_server` does not start with {options:?}");
                let _ = process.wait();
                return None;
            }
        }
        // A full pipe would stop it.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        let address = line.trim().trim_start_matches("ACCEPT ").to_owned();
        Some(Peer { process, address, folder })
    }

    fn reverse(&self, config: Config, session: Option<Session>, data: &[u8]) -> Client {
        let mut stream = TcpStream::connect(&self.address).expect("a listener");
        let mut out = Vec::new();
        let name = Some(ServerName::Dns("server.test".to_owned()));
        let mut client = Client::new(Arc::new(config), name, session, Rng::from_seed([9; 32]), NOW, &mut out);
        let mut received = Vec::new();
        let mut sent = false;
        while received.len() < data.len() {
            if client.is_established() && !sent {
                client.write(data, &mut out).expect("open");
                sent = true;
            }
            stream.write_all(&out).expect("an open connection");
            out.clear();
            let mut bytes = [0; 4096];
            let len = stream.read(&mut bytes).expect("an open connection");
            assert!(len > 0, "closed by the peer; {client:?}");
            let mut result = client.read_tls(&bytes[..len], &mut out);
            while result.is_ok() && !client.plaintext().is_empty() {
                received.extend_from_slice(client.plaintext());
                result = client.consume(client.plaintext().len(), &mut out);
            }
            result.unwrap_or_else(|error| panic!("{error}"));
        }
        let (line, end) = data.split_at(data.len() - 1);
        let reversed: Vec<u8> = line.iter().rev().chain(end).copied().collect();
        assert!(received == reversed);
        client.close(&mut out);
        stream.write_all(&out).expect("an open connection");
        client
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A long line.
fn line() -> Vec<u8> {
    let mut line: Vec<u8> = sample(12_000).into_iter().filter(|byte| *byte != b'\n' && *byte != 0).collect();
    line.push(b'\n');
    line
}

/// What OpenSSL 3 has of the note's suites unless it was built with weak ones.
fn has(suite: &modemtwin_tls::suites::Suite) -> bool {
    use modemtwin_tls::suites::Bulk::{Rc4_128, TripleDes};
    let fixed = matches!(suite.kx, KeyExchange::EcdhRsa | KeyExchange::EcdhEcdsa);
    !fixed && !matches!(suite.bulk, Rc4_128 | TripleDes)
}

fn against_openssl(name: &str, kind: Kind, suits: impl Fn(KeyExchange) -> bool) {
    let Some(peer) = Peer::start(name, kind, &[]) else { return };
    for (version, suite) in pairs().filter(|(version, suite)| *version > Version::Ssl30 && has(suite)) {
        if !suits(suite.kx) {
            continue;
        }
        for encrypt_then_mac in [true, false] {
            let config = || Config { encrypt_then_mac, ..only(version, suite.code) };
            let mut first = peer.reverse(config(), None, &line());
            let summary = first.summary().expect("established");
            assert_eq!((summary.version, summary.suite), (version, suite));
            assert_eq!(summary.encrypt_then_mac, encrypt_then_mac && suite.bulk.is_cbc());
            let session = first.take_session();
            let second = peer.reverse(config(), session, &line());
            assert!(second.summary().expect("established").resumed, "{version} {}", suite.name);
        }
    }
}

#[test]
fn rsa() {
    against_openssl("rsa", Kind::Rsa2048, |kx| matches!(kx, KeyExchange::Rsa | KeyExchange::EcdheRsa));
}

#[test]
fn ecdsa() {
    against_openssl("ecdsa", Kind::Ec(Curve::P256), |kx| kx == KeyExchange::EcdheEcdsa);
}

#[test]
fn client_certificates() {
    let Some(peer) = Peer::start("client", Kind::Rsa2048, &["-Verify", "3", "-verify_return_error"]) else {
        return;
    };
    for version in [Version::Tls10, Version::Tls11, Version::Tls12] {
        for kind in [
            Kind::Rsa1024,
            Kind::Rsa2048,
            Kind::Ec(Curve::P256),
            Kind::Ec(Curve::P384),
            Kind::Ec(Curve::P521),
        ] {
            let identity = pki().client(kind, "client");
            let identity = x509::Identity::from_files(
                identity.chain_pem().as_bytes(),
                identity.key_pem().as_bytes(),
                None,
            );
            let identity = Some(Arc::new(identity.expect("an identity")));
            let client = peer.reverse(Config { identity, ..only(version, 0x002F) }, None, &line());
            let sent = client.summary().expect("established").client_certificate;
            assert!(matches!(sent, ClientCertificate::Sent(_)), "{version} {kind:?} {sent:?}");
        }
    }
}
