//! The test server against OpenSSL's client, for every suite and version that the installed one still has.

#![allow(clippy::unwrap_used, reason = "a test")]

use modemtwin_peers::{
    ca::{Curve, Kind, pki},
    server::{
        ClientAuth, Event, Packing, Resumption, ServerConfig, Version,
        suites::legal_pairs,
        tcp::{Behaviour, Report, spawn},
    },
};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// OpenSSL's name of a suite, by asking it.
fn names() -> Option<Vec<(u16, String)>> {
    let output = Command::new("openssl").args(["ciphers", "-V", "ALL:@SECLEVEL=0"]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let rows = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let (high, low) = words.next()?.split_once(',')?;
        let hex = |byte: &str| u16::from_str_radix(byte.trim_start_matches("0x"), 16).ok();
        Some((hex(high)? << 8 | hex(low)?, words.nth(1)?.to_string()))
    });
    Some(rows.collect())
}

fn directory(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("roots.pem"), pki().roots_pem()).unwrap();
    dir
}

/// One connection of `openssl s_client` that says a line and leaves: what it printed, what the server saw.
fn connect(dir: &Path, config: ServerConfig, more: &[&str], connections: usize) -> (String, Vec<Report>) {
    let listener = spawn(config, Behaviour::Echo).unwrap();
    let address = listener.address().to_string();
    let common = ["s_client", "-connect", &address, "-CAfile", "roots.pem", "-verify_return_error"];
    let mut child = Command::new("openssl")
        .args(common)
        .args(more)
        .args(["-servername", "localhost", "-verify_hostname", "localhost", "-quiet", "-no_ign_eof"])
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"hello from a stranger\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (said, (0..connections).map(|_| listener.report()).collect())
}

fn version_option(version: Version) -> &'static str {
    match version {
        Version::Ssl30 => "-ssl3",
        Version::Tls10 => "-tls1",
        Version::Tls11 => "-tls1_1",
        Version::Tls12 => "-tls1_2",
    }
}

fn assert_served(case: &str, said: &str, report: &Report) {
    let established = report.events.iter().any(|event| matches!(event, Event::Established(_)));
    let data = report.events.iter().filter_map(|event| match event {
        Event::Data(n) => Some(*n),
        _ => None,
    });
    let failed = report.events.iter().any(|event| matches!(event, Event::Failed(_)));
    assert!(established && !failed, "{case}: {:#?}\n{said}", report.events);
    assert_eq!(data.sum::<usize>(), 22, "{case}\n{said}");
}

#[test]
fn every_pair_that_openssl_has() {
    let Some(names) = names() else {
        println!("skipped: openssl is not installed");
        return;
    };
    let dir = directory("pairs");
    let client = pki().client(Kind::Rsa1024, "client");
    fs::write(dir.join("client.pem"), client.chain_pem()).unwrap();
    fs::write(dir.join("client.key"), client.key_pem()).unwrap();
    let mut tried = 0;
    for (version, suite) in legal_pairs().filter(|(version, _)| *version > Version::Ssl30) {
        let Some((_, name)) = names.iter().find(|(code, _)| *code == suite.code) else { continue };
        let cipher = format!("{name}:@SECLEVEL=0");
        for client_auth in [ClientAuth::No, ClientAuth::Require] {
            let config = ServerConfig { client_auth, ..ServerConfig::new("localhost") };
            let mut options = vec![version_option(version), "-cipher", &cipher];
            if client_auth == ClientAuth::Require {
                options.extend(["-cert", "client.pem", "-key", "client.key"]);
            }
            let (said, reports) = connect(&dir, config.only(version, suite.code), &options, 1);
            assert_served(&format!("{version:?} {name} {client_auth:?}"), &said, &reports[0]);
        }
        tried += 1;
    }
    println!("{tried} pairs");
    assert!(tried > 0);
}

/// What a connection agreed on, as text: short to compare.
fn agreed(report: &Report) -> String {
    let found = report.events.iter().find_map(|event| match event {
        Event::Established(e) => Some(format!(
            "{:?} {:04x} {:?} ems={} etm={} resumed={}",
            e.version, e.suite.code, e.group, e.extended_master_secret, e.encrypt_then_mac, e.resumed
        )),
        _ => None,
    });
    found.unwrap_or_else(|| format!("{:#?}", report.events))
}

#[test]
fn groups_schemes_fragments_and_extensions() {
    if names().is_none() {
        println!("skipped: openssl is not installed");
        return;
    }
    let dir = directory("options");
    for (kind, name) in [(Kind::Ec(Curve::P384), "ec"), (Kind::Rsa2048, "rsa")] {
        let client = pki().client(kind, "client");
        fs::write(dir.join(format!("{name}.pem")), client.chain_pem()).unwrap();
        fs::write(dir.join(format!("{name}.key")), client.key_pem()).unwrap();
    }
    let plain = || ServerConfig::new("localhost");
    let ecdsa =
        |curve| ServerConfig { identities: vec![pki().server(Kind::Ec(curve), "localhost")], ..plain() };
    let asking = || ServerConfig { client_auth: ClientAuth::Require, ..plain() };
    let rows: Vec<(&str, ServerConfig, &[&str], &str)> = vec![
        ("P-256", plain(), &["-groups", "P-256"], "Tls12 c030 Some(P256) ems=true etm=false resumed=false"),
        ("P-384", plain(), &["-groups", "P-384"], "Tls12 c030 Some(P384) ems=true etm=false resumed=false"),
        ("P-521", plain(), &["-groups", "P-521"], "Tls12 c030 Some(P521) ems=true etm=false resumed=false"),
        (
            "X25519",
            plain(),
            &["-groups", "X25519"],
            "Tls12 c030 Some(X25519) ems=true etm=false resumed=false",
        ),
        (
            "PSS",
            plain(),
            &[
                "-sigalgs",
                "rsa_pss_rsae_sha256:RSA+SHA256",
                "-cipher",
                "ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0",
            ],
            "Tls12 c02f Some(P256) ems=true etm=false resumed=false",
        ),
        (
            "ECDSA P-384",
            ecdsa(Curve::P384),
            &["-cipher", "ECDHE-ECDSA-AES256-SHA384:@SECLEVEL=0"],
            "Tls12 c024 Some(P256) ems=true etm=true resumed=false",
        ),
        (
            "ECDSA P-521, SHA-1",
            ecdsa(Curve::P521),
            &["-cipher", "ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0", "-tls1"],
            "Tls10 c00a Some(P256) ems=true etm=true resumed=false",
        ),
        (
            "ECDSA client",
            asking(),
            &["-cert", "ec.pem", "-key", "ec.key"],
            "Tls12 c030 Some(P256) ems=true etm=false resumed=false",
        ),
        (
            "ECDSA client, TLS 1.0",
            asking(),
            &["-cert", "ec.pem", "-key", "ec.key", "-tls1", "-cipher", "ALL:@SECLEVEL=0"],
            "Tls10 c014 Some(P256) ems=true etm=true resumed=false",
        ),
        (
            "RSA 2048 client with its chain",
            asking(),
            &["-cert", "rsa.pem", "-key", "rsa.key", "-cert_chain", "rsa.pem"],
            "Tls12 c030 Some(P256) ems=true etm=false resumed=false",
        ),
        (
            "no certificate",
            ServerConfig { client_auth: ClientAuth::Ask, ..plain() },
            &[],
            "Tls12 c030 Some(P256) ems=true etm=false resumed=false",
        ),
        (
            "fragments",
            ServerConfig { packing: Packing::Fragments(1), max_plaintext: 1, ..plain() },
            &[],
            "Tls12 c030 Some(P256) ems=true etm=false resumed=false",
        ),
        (
            "coalesced",
            ServerConfig { packing: Packing::Coalesced, ..plain() },
            &[],
            "Tls12 c030 Some(P256) ems=true etm=false resumed=false",
        ),
        (
            "max_fragment_length",
            plain(),
            &["-maxfraglen", "512"],
            "Tls12 c030 Some(P256) ems=true etm=false resumed=false",
        ),
        (
            "no EtM",
            ServerConfig { encrypt_then_mac: false, ..plain() },
            &["-cipher", "AES256-SHA256:@SECLEVEL=0"],
            "Tls12 003d None ems=true etm=false resumed=false",
        ),
        (
            "no EMS",
            ServerConfig { extended_master_secret: false, ..plain() },
            &["-cipher", "AES256-SHA256:@SECLEVEL=0"],
            "Tls12 003d None ems=false etm=true resumed=false",
        ),
    ];
    for (case, config, options, expected) in rows {
        let mut options = options.to_vec();
        if !options.iter().any(|option| option.starts_with("-tls1")) {
            options.push("-tls1_2");
        }
        if !options.contains(&"-cipher") {
            options.extend(["-cipher", "ALL:@SECLEVEL=0"]);
        }
        let (said, reports) = connect(&dir, config, &options, 1);
        assert_served(case, &said, &reports[0]);
        assert_eq!(agreed(&reports[0]), expected, "{case}");
    }
}

#[test]
fn resumption() {
    if names().is_none() {
        println!("skipped: openssl is not installed");
        return;
    }
    let dir = directory("resumption");
    for version in [Version::Tls10, Version::Tls11, Version::Tls12] {
        for resumption in [Resumption::Ids, Resumption::Tickets, Resumption::RenewedTickets] {
            let config = ServerConfig { resumption, ..ServerConfig::new("localhost") };
            let options = [version_option(version), "-cipher", "ALL:@SECLEVEL=0", "-reconnect"];
            let (said, reports) = connect(&dir, config, &options, 6);
            let resumed = reports.iter().filter(|report| agreed(report).ends_with("resumed=true")).count();
            assert_eq!(resumed, 5, "{version:?} {resumption:?}: {reports:#?}\n{said}");
        }
    }
}
