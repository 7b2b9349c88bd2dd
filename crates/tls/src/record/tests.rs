//! Known answers of every record format.
//!
//! One conversation of AES-128-CBC-SHA in TLS 1.2 is published (tls12.xargs.org). Nobody has published records of
//! the other formats; `tests/data/records` has them from a program that shares nothing with this crate but the RFCs:
//! RC4, CBC with chained and explicit vectors, encrypt-then-MAC, GCM, each in every version and with every MAC.

use super::*;
use crate::{
    crypto::{Hash, Mac},
    prf::{MasterSecret, Prf},
    suites::{Bulk, by_code},
    version::Version,
};

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

fn code(text: &str) -> u16 {
    u16::from_str_radix(text, 16).unwrap()
}

/// What a receiver makes of a whole record: its type and content.
fn open(receiver: &mut Receiver, record: &[u8]) -> (ContentType, Vec<u8>) {
    let (header, fragment) = record.split_first_chunk().unwrap();
    let header = receiver.header(*header).unwrap();
    assert_eq!(header.len, fragment.len());
    let mut fragment = fragment.to_vec();
    let place = receiver.open(header, &mut fragment).unwrap();
    (header.content_type, fragment[place].to_vec())
}

#[test]
fn every_format() {
    let text = include_str!("../../tests/data/records/records.txt");
    let (mut secrets, mut rng) = (Vec::new(), Rng::from_seed([0; 32]));
    let mut ends = None;
    let (mut formats, mut sent) = (0, 0);
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').collect();
        match (&words[..], &mut ends) {
            (["master" | "client" | "server", value], _) => secrets.push(hex(value)),
            ([sign @ (">" | "<"), content_type, content, record], Some((sender, receiver))) => {
                let (content, record) = (hex(content), hex(record));
                let content_type = ContentType::from_code(content_type.parse().unwrap()).unwrap();
                if *sign == "<" {
                    assert_eq!(open(receiver, &record), (content_type, content), "{line}");
                } else {
                    let mut out = Vec::new();
                    Sender::record(sender, content_type, &content, &mut rng, &mut out).unwrap();
                    assert_eq!(out, record, "{line}");
                    sent += 1;
                }
            }
            ([version, suite, etm @ ..], ends) => {
                let version = Version::from_code(code(version)).unwrap();
                let [master, client, server] = &secrets[..] else { panic!("three secrets") };
                let keys = derive(
                    version.facts(),
                    by_code(code(suite)).unwrap(),
                    !etm.is_empty(),
                    &MasterSecret::from_bytes(master[..].try_into().unwrap()),
                    client[..].try_into().unwrap(),
                    server[..].try_into().unwrap(),
                )
                .unwrap();
                let (mut sender, mut receiver) = (Sender::new(version), Receiver::new());
                sender.set_sealer(keys.sealer);
                receiver.set_opener(keys.opener);
                receiver.set_version(version);
                *ends = Some((sender, receiver));
                formats += 1;
            }
            _ => panic!("{line}"),
        }
    }
    assert_eq!((formats, sent), (37, 76));
}

/// The client's records of "The Illustrated TLS 1.2 Connection": Finished and "ping".
#[test]
fn published() {
    let master = hex(
        "916abf9da55973e13614ae0a3f5d3f37b023ba129aee02cc9134338127cd7049781c8e19fc1eb2a7387ac06ae237344c",
    );
    let master = MasterSecret::from_bytes(master.try_into().unwrap());
    let [client, server] = [0x00, 0x70].map(|first| std::array::from_fn(|i| first + i as u8));
    let mut block = [0; 104];
    Prf::Sha256.key_block(&master, &client, &server, &mut block);
    assert_eq!(
        block[..],
        hex(
            "1b7d117c7d5f690bc263cae8ef60af0f1878acc22ad8bdd8c601a617126f63540eb20906f781fad2f656d037b173ef3e\
             11169f27231a84b6752a18e7a9fcb7cbcdd8f98dd8f769eba0d2550c9238eebfef5c32251abb67d6434528db4937d540\
             d393135e06a11bb8"
        )
    );
    let cipher = block_cipher::Decryptor::new(Bulk::Aes128Cbc, &block[40..56]).unwrap();
    let format = cbc::Format::new(Version::Tls12.facts(), false);
    let opener = cbc::Opener {
        cipher,
        chain: block_cipher::Chain::after(&block[72..88]),
        mac: Mac::hmac(Hash::Sha1, &block[..20]),
        format,
    };
    let mut receiver = Receiver::new();
    receiver.set_opener(Opener::Cbc(Box::new(opener)));
    receiver.set_version(Version::Tls12);
    let finished = hex(
        "1603030040404142434445464748494a4b4c4d4e4f227bc9ba81ef30f2a8a78ff1df50844d5804b7eeb2e214c32b6892ac\
         a3db7b78077fdd90067c516bacb3ba90dedf720f",
    );
    let message = hex("1400000ccf919626f1360c536aaad73a");
    assert_eq!(open(&mut receiver, &finished), (ContentType::Handshake, message));
    let ping = hex(
        "1703030030000102030405060708090a0b0c0d0e0f6c421c71c42b183bfa06195d133d0a09d00fc7cb4e0f5d1cda59d147\
         ec790c99",
    );
    assert_eq!(open(&mut receiver, &ping), (ContentType::ApplicationData, b"ping".to_vec()));
}
