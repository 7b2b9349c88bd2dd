//! Records the conversations again, after a change of what the client says. Randomness is fixed, so it has to say
//! exactly that from then on. This needs `java`, and OpenSSL 1.0.2 where `cargo xtask interop openssl102` puts it:
//!
//! ```text
//! cargo test -p modemtwin-tls --test engine -- --ignored record_flows
//! ```

use crate::flow::{Flow, Handshakes, Stranger, Turn, flows, print};
use modemtwin_tls::{Session, suites::KeyExchange};
use std::{
    collections::HashMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use testkit::ca::{Curve, Kind, pki};

const IDENTITIES: [(&str, Kind); 3] =
    [("rsa", Kind::Rsa1024), ("ec", Kind::Ec(Curve::P256)), ("by-rsa", Kind::EcByRsa(Curve::P256))];

/// A process that listens for each identity.
struct Server {
    process: Child,
    ports: HashMap<String, String>,
}

impl Server {
    fn start(stranger: Stranger, tickets: bool, folder: &Path) -> Server {
        let interop = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../xtask/interop");
        let mut command = match stranger {
            Stranger::Java => {
                let mut java = Command::new("java");
                java.arg(format!("-Djdk.tls.server.enableSessionTicketExtension={tickets}"))
                    // With RFC 7627 it resumes no session of SSL 3.0.
                    .arg(format!("-Djdk.tls.useExtendedMasterSecret={tickets}"))
                    .arg(interop.join("JsseServer.java"));
                java
            }
            Stranger::OpenSsl102 => {
                let libraries = interop.join("../../target/openssl-1.0.2/psycopg2/.libs");
                let mut python = Command::new("python3");
                python.env("LD_LIBRARY_PATH", &libraries).arg(interop.join("openssl102.py"));
                python.args((!tickets).then_some("--no-tickets")).arg(libraries);
                python
            }
        };
        command.arg(folder).args(IDENTITIES.map(|(name, _)| name));
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a program");
        let lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let ports = lines
            .take(2 * IDENTITIES.len())
            .map(|line| {
                let line = line.expect("text");
                let (name, port) = line.rsplit_once(' ').expect("a port");
                (name.to_owned(), port.to_owned())
            })
            .collect();
        Server { process, ports }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().expect("a process");
        self.process.wait().expect("a process");
    }
}

#[test]
#[ignore = "writes the files, and needs java and OpenSSL 1.0.2"]
fn record_flows() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("flows");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("roots.pem"), pki().roots_pem()).expect("a file");
    for (name, kind) in IDENTITIES {
        let identity = pki().server(kind, "localhost");
        fs::write(folder.join(format!("{name}.pem")), identity.chain_pem()).expect("a file");
        fs::write(folder.join(format!("{name}.key")), identity.key_pem()).expect("a file");
    }
    for stranger in [Stranger::Java, Stranger::OpenSsl102] {
        for tickets in [true, false] {
            let server = Server::start(stranger, tickets, &folder);
            let kept_by_server = |flow: &Flow| flow.handshakes == Handshakes::Id;
            let mine = |flow: &Flow| flow.stranger == stranger && kept_by_server(flow) != tickets;
            for flow in flows().iter().filter(|flow| mine(flow)) {
                let name = match flow.suite.kx {
                    KeyExchange::Rsa | KeyExchange::EcdheRsa => "rsa false",
                    KeyExchange::EcdhEcdsa | KeyExchange::EcdheEcdsa => "ec false",
                    KeyExchange::EcdhRsa => "by-rsa false",
                };
                let port = &server.ports[name];
                let (first, session) = record(flow, port, None);
                let mut connections = vec![first];
                if flow.handshakes != Handshakes::Full {
                    assert!(session.is_some(), "{}: no session", flow.heading());
                    connections.push(record(flow, port, session).0);
                }
                fs::write(flow.path(), print(&flow.heading(), &connections)).expect("a file");
            }
        }
    }
}

fn record(flow: &Flow, port: &str, resume: Option<Session>) -> (Vec<Turn>, Option<Session>) {
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).expect("a listener");
    let mut out = Vec::new();
    let mut speaker = flow.speaker(resume, &mut out);
    let mut turns: Vec<Turn> = Vec::new();
    loop {
        if !out.is_empty() {
            stream.write_all(&out).expect("an open connection");
            turns.push(Turn { client: true, bytes: std::mem::take(&mut out) });
        }
        if speaker.client.peer_has_closed() {
            return (turns, speaker.client.take_session());
        }
        let mut bytes = [0; 1 << 14];
        let len = stream.read(&mut bytes).expect("an open connection");
        assert!(len > 0, "{}: closed", flow.heading());
        speaker.hear(&bytes[..len], &mut out);
        match turns.last_mut() {
            Some(turn) if !turn.client => turn.bytes.extend_from_slice(&bytes[..len]),
            _ => turns.push(Turn { client: false, bytes: bytes[..len].to_vec() }),
        }
    }
}
