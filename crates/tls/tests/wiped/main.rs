//! Secrets are wiped: no block of memory that is given back has one in it.
//!
//! The allocator of this program looks into every block before it frees it, for secrets that are known from a first
//! run: recorded conversations with fixed randomness say the same twice. What the C library allocates does not come
//! by here; it wipes all that it frees.
#![allow(dead_code, reason = "the modules of the other tests have more than is needed here")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests fail the test that relied on them"
)]

#[path = "../engine/common.rs"]
mod common;
#[path = "../engine/flow.rs"]
mod flow;
mod inspector;
mod secrets;

use flow::{Flow, Handshakes, Speaker, Turn, flows};
use inspector::{Inspector, watch};
use modemtwin_tls::{Session, sign::SignatureScheme, x509::Identity};
use secrets::Secret;
use std::{fs, path::Path};

#[global_allocator]
static ALLOCATOR: Inspector = Inspector;

fn replay(flow: &Flow, resume: Option<Session>, turns: &[Turn]) -> Speaker {
    let mut out = Vec::new();
    let mut speaker = flow.speaker(resume, &mut out);
    for turn in turns.iter().filter(|turn| !turn.client) {
        turn.bytes.chunks(700).for_each(|piece| speaker.hear(piece, &mut out));
    }
    assert!(speaker.client.peer_has_closed());
    speaker
}

/// All in one test: the allocator is everybody's.
#[test]
fn no_freed_block_has_a_secret_in_it() {
    the_inspector_finds_what_is_there();
    for flow in flows() {
        connections(&flow);
    }
    key_files();
}

fn the_inspector_finds_what_is_there() {
    let secret = Secret { name: "sixteen bytes".to_owned(), bytes: b"sixteen bytes ok".to_vec() };
    let copy = [&[0; 5][..], &secret.bytes, &[0; 3]].concat();
    assert_eq!(watch(vec![secret.clone()], || drop(copy)), ["sixteen bytes in a freed block of 24 bytes"]);
    // A vector that grows leaves its old block.
    let mut growing = secret.bytes.clone();
    let found = watch(vec![secret.clone()], || growing.reserve_exact(1000));
    assert_eq!(found, ["sixteen bytes in a freed block of 16 bytes"]);
    assert!(watch(vec![secret], || drop(vec![0; 1000])).is_empty());
}

/// Runs the connections of a file, drops them, and then the session and the key log too.
fn connections(flow: &Flow) {
    let recorded = flow.recorded();
    let mut session = None;
    for turns in &recorded {
        let resumes = session.is_some();
        let mut speaker = replay(flow, session.clone(), turns);
        let group = speaker.client.summary().expect("established").group;
        let line = speaker.client.take_key_log().expect("a line");
        let secrets = secrets::of_connection(flow, resumes, group, &line, turns);
        let names: Vec<_> = secrets.iter().map(|secret| secret.name.clone()).collect();

        let again = session.clone();
        let found = watch(secrets.clone(), || drop(replay(flow, again, turns)));
        assert!(found.is_empty(), "{}: {found:?} of {names:?}", flow.heading());
        session = speaker.client.take_session();
        if flow.handshakes != Handshakes::Full && !resumes {
            let found = watch(secrets, || drop(session.clone()));
            assert!(found.is_empty(), "{}, the session: {found:?}", flow.heading());
        }
    }
}

/// Reads every key file of the tests, signs with the key, drops it.
fn key_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/x509/files");
    let read = |name: &str| fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let names = fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let names: Vec<String> = names.map(|name| name.into_string().expect("ASCII")).collect();
    for (kind, plain) in
        [("rsa1024", "pkcs1"), ("rsa2048", "pkcs1"), ("p256", "sec1"), ("p384", "sec1"), ("p521", "sec1")]
    {
        let chain = read(&format!("{kind}.crt.pem"));
        let secrets = secrets::of_key(&String::from_utf8(read(&format!("{kind}.{plain}.pem"))).expect("PEM"));
        for name in names.iter().filter(|name| name.starts_with(kind)) {
            let file = read(name);
            let found = watch(secrets.clone(), || {
                // Files with other things in them are refused, and leave nothing behind either.
                let Ok(identity) = Identity::from_files(&chain, &file, Some(b"secret")) else { return };
                for scheme in identity.schemes().iter().chain([&identity.legacy_scheme()]) {
                    let signed = identity.sign(*scheme, b"something");
                    // 1024 bits are too few for PSS with SHA-512.
                    assert!(signed.is_ok() || *scheme == SignatureScheme::RSA_PSS_RSAE_SHA512, "{scheme}");
                }
            });
            assert!(found.is_empty(), "{name}: {found:?}");
        }
    }
}
