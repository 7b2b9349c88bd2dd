//! What fuzzers have found worth keeping, played again; and the seeds that they start from.

use crate::{common::pairs, flow};
use modemtwin_tls::{Version, fuzzing};
use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target)
}

fn replay(target: &str, play: fn(&[u8])) {
    let entries: Vec<_> = fs::read_dir(folder(target)).expect("a folder").collect();
    assert!(!entries.is_empty(), "{target}");
    for entry in entries {
        play(&fs::read(entry.expect("an entry").path()).expect("a file"));
    }
}

#[test]
fn records() {
    replay("record", fuzzing::record);
}

#[test]
fn handshake_messages() {
    replay("handshake", fuzzing::handshake);
}

#[test]
fn clients() {
    replay("client", |bytes| {
        let whole = fuzzing::client(bytes, usize::MAX);
        for cut in [1, 2, 7, 100] {
            assert!(fuzzing::client(bytes, cut) == whole, "in pieces of {cut}");
        }
    });
}

/// The number of a version in the input of a target.
fn number(version: Version) -> u8 {
    version.code().to_be_bytes()[1]
}

/// A conversation of each pair, and records of each format.
#[test]
#[ignore = "writes files"]
fn write_seeds() {
    let write = |target: &str, name: &str, bytes: &[u8]| {
        fs::write(folder(target).join(name), bytes).expect("a file");
    };
    for (version, suite) in pairs() {
        let server = flow::server_bytes(version, suite);
        let name = format!("{:04x}-{:04x}", version.code(), suite.code);
        let [high, low] = suite.code.to_be_bytes();
        write("client", &name, &[&[number(version), high, low][..], &server].concat());
        // Everything before the ChangeCipherSpec is handshake messages in the clear.
        let mut messages = vec![number(version)];
        let mut rest = &server[..];
        while let [22, _, _, high, low, more @ ..] = rest {
            let (message, more) = more.split_at(usize::from(u16::from_be_bytes([*high, *low])));
            messages.extend_from_slice(message);
            rest = more;
        }
        write("handshake", &name, &messages);
    }
    let mut records: HashMap<String, Vec<u8>> = HashMap::new();
    let mut format = String::new();
    for line in include_str!("../data/records/records.txt").lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            [version, suite, ref etm @ ..] if version.len() == 4 => {
                format = words.join("-");
                let mut head = flow::hex(&format!("{}{suite}", &version[2..]));
                head.push(u8::from(!etm.is_empty()));
                records.insert(format.clone(), head);
            }
            ["<", _, _, record] => {
                let seed = records.get_mut(&format).expect("a format comes first");
                seed.extend_from_slice(&flow::hex(record));
            }
            _ => {}
        }
    }
    for (name, bytes) in records {
        write("record", &name, &bytes);
    }
}
