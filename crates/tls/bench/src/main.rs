//! CPU time of the client, handshakes and records, as ratios to OpenSSL's and rustls' clients.
//!
//! One thread, no sockets: bytes go from one end to the other through memory, and only the
//! client's work is measured (CPU time of the thread). All clients talk to the same OpenSSL
//! server, verify the same chain, and send and receive the same data.

mod clock;
mod end;
mod memory;
mod ours;
mod peers;
mod primitives;

use clock::Clock;
use end::End;
use modemtwin_tls::Version;
use testkit::ca::{Curve, Kind, pki};

const HANDSHAKES: usize = 40;
const HANDSHAKE_ROUNDS: usize = 15;
const RECORDS: usize = 4;
const RECORD_ROUNDS: usize = 400;
const RECORD: usize = 16384;

/// What a row measures.
pub struct Case {
    pub version: Version,
    /// Code of our suite.
    pub ours: u16,
    /// OpenSSL's name of the same one.
    pub openssl: &'static str,
    pub key: Kind,
    pub encrypt_then_mac: bool,
    pub resumed: bool,
}

const CASE: Case = Case {
    version: Version::Tls12,
    ours: 0xC02F,
    openssl: "ECDHE-RSA-AES128-GCM-SHA256",
    key: Kind::Rsa2048,
    encrypt_then_mac: true,
    resumed: false,
};

type Clients = Vec<Box<dyn FnMut() -> Box<dyn End>>>;

/// Ours first, then the references.
fn clients(case: &Case, with_rustls: bool) -> Clients {
    let mut clients = vec![ours::client(case), peers::openssl_client(case)];
    if with_rustls {
        clients.push(peers::rustls_client(case));
    }
    clients
}

/// Microseconds of client CPU per handshake, for each client. They take turns, so that all of them
/// see the machine in the same moods, and the best round of each counts.
fn handshakes(case: &Case, clients: &mut Clients) -> Vec<f64> {
    let server = peers::server(case);
    let mut best = vec![f64::MAX; clients.len()];
    for round in 0..=HANDSHAKE_ROUNDS {
        for (new, best) in clients.iter_mut().zip(&mut best) {
            let mut clock = Clock::default();
            for index in 0..HANDSHAKES {
                let mut server = server();
                let mut client = clock.measure(&mut *new);
                end::connect(&mut *client, &mut *server, &mut clock);
                assert_eq!(client.is_resumed(), case.resumed && (index > 0 || round > 0));
                clock.measure(|| drop(client));
            }
            // The first round warms up.
            if round > 0 {
                *best = best.min(clock.micros() / HANDSHAKES as f64);
            }
        }
    }
    best
}

/// MB/s of client CPU, received and sent, for each client.
fn records(case: &Case, clients: &mut Clients) -> Vec<(f64, f64)> {
    let server = peers::server(case);
    let mut connections: Vec<_> = clients
        .iter_mut()
        .map(|new| {
            let (mut server, mut client) = (server(), new());
            end::connect(&mut *client, &mut *server, &mut Clock::default());
            (server, client, (f64::MAX, f64::MAX))
        })
        .collect();
    let data = vec![0x5a; RECORD];
    let mut wire = Vec::new();
    for _ in 0..RECORD_ROUNDS {
        for (server, client, best) in &mut connections {
            (0..RECORDS).for_each(|_| server.send(&data));
            server.take(&mut wire);
            let mut clock = Clock::default();
            assert_eq!(clock.measure(|| client.receive(&wire)), RECORDS * RECORD);
            best.0 = best.0.min(clock.micros());

            let mut clock = Clock::default();
            clock.measure(|| {
                (0..RECORDS).for_each(|_| client.send(&data));
                client.take(&mut wire);
            });
            assert_eq!(server.receive(&wire), RECORDS * RECORD);
            best.1 = best.1.min(clock.micros());
        }
    }
    let bytes = (RECORDS * RECORD) as f64;
    connections.iter().map(|(_, _, best)| (bytes / best.0, bytes / best.1)).collect()
}

fn handshake_row(name: &str, case: &Case, with_rustls: bool) {
    if filtered(name) {
        return;
    }
    let times = handshakes(case, &mut clients(case, with_rustls));
    print_row(name, times[0], "us", &times[1..]);
}

fn record_row(name: &str, case: &Case, with_rustls: bool) {
    if filtered(name) {
        return;
    }
    let rates = records(case, &mut clients(case, with_rustls));
    let received: Vec<f64> = rates.iter().map(|rates| rates.0).collect();
    let sent: Vec<f64> = rates.iter().map(|rates| rates.1).collect();
    print_row(&format!("{name} received"), received[0], "MB/s", &received[1..]);
    print_row(&format!("{name} sent"), sent[0], "MB/s", &sent[1..]);
}

fn print_row(name: &str, ours: f64, unit: &str, references: &[f64]) {
    print!("{name:54} {ours:8.1} {unit:4}");
    for (reference, name) in references.iter().zip(["OpenSSL", "rustls"]) {
        print!(" {:6.2} x {name}", ours / reference);
    }
    println!();
}

fn main() {
    let _ = pki();
    println!("client CPU time per handshake, and as a ratio (less is better)");
    for resumed in [false, true] {
        let how = if resumed { "resumed" } else { "full" };
        handshake_row(&format!("ECDHE_RSA 2048 P-256 AES128-GCM {how}"), &Case { resumed, ..CASE }, true);
        let ecdsa = Case {
            ours: 0xC009,
            openssl: "ECDHE-ECDSA-AES128-SHA",
            key: Kind::Ec(Curve::P256),
            resumed,
            ..CASE
        };
        handshake_row(&format!("ECDHE_ECDSA P-256 AES128-CBC-SHA {how}"), &ecdsa, false);
        let rsa = Case { ours: 0x002F, openssl: "AES128-SHA", resumed, ..CASE };
        handshake_row(&format!("RSA 2048 AES128-CBC-SHA {how}"), &rsa, false);
    }
    println!("16 KiB records, client CPU (more is better)");
    record_row("AES128-GCM", &CASE, true);
    let aes256 = Case { ours: 0xC030, openssl: "ECDHE-RSA-AES256-GCM-SHA384", ..CASE };
    record_row("AES256-GCM", &aes256, true);
    for encrypt_then_mac in [true, false] {
        for (ours, openssl) in [
            (0x002F, "AES128-SHA"),
            (0x0035, "AES256-SHA"),
            (0xC027, "ECDHE-RSA-AES128-SHA256"),
            (0x003D, "AES256-SHA256"),
            (0xC028, "ECDHE-RSA-AES256-SHA384"),
        ] {
            let how = if encrypt_then_mac { "encrypt-then-MAC" } else { "MAC-then-encrypt" };
            let case = Case { ours, openssl, encrypt_then_mac, ..CASE };
            record_row(&format!("{openssl} {how}"), &case, false);
        }
    }
    primitives::rows();
    println!("heap of an idle connection");
    for (name, case) in [
        ("AES128-GCM", CASE),
        ("AES256-SHA256", Case { ours: 0x003D, openssl: "AES256-SHA256", ..CASE }),
        ("AES128-GCM with a ticket", Case { resumed: true, ..CASE }),
    ] {
        if !filtered(name) {
            println!("{name:54} {:8} bytes", memory::idle(&case));
        }
    }
}

/// An argument chooses the rows whose name contains it.
fn filtered(name: &str) -> bool {
    std::env::args().nth(1).is_some_and(|wanted| !name.contains(&wanted))
}
