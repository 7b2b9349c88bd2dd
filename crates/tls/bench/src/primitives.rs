//! RC4 and 3DES, which distributions build out of OpenSSL's TLS: here the reference is the bare
//! cipher and HMAC of its library on the same bytes, without any record protocol around them.

use crate::{
    CASE, Case, RECORD, RECORD_ROUNDS, RECORDS, clock::Clock, end, end::End, filtered, ours, print_row,
};
use openssl::{
    hash::MessageDigest,
    pkey::PKey,
    provider::Provider,
    sign::Signer,
    symm::{Cipher, Crypter, Mode},
};
use std::sync::Arc;
use testkit::server::{Server, ServerConfig, Version};

struct Kit(Server);

impl End for Kit {
    fn receive(&mut self, bytes: &[u8]) -> usize {
        self.0.read(bytes);
        self.0.take_plaintext().len()
    }

    fn take(&mut self, wire: &mut Vec<u8>) {
        *wire = self.0.take_output();
    }

    fn send(&mut self, data: &[u8]) {
        self.0.write(data);
    }

    fn is_established(&self) -> bool {
        self.0.established().is_some()
    }

    fn is_resumed(&self) -> bool {
        self.0.established().is_some_and(|established| established.resumed)
    }
}

/// MB/s of cipher and HMAC.
fn reference(cipher: Cipher, mode: Mode, digest: MessageDigest) -> f64 {
    let key: Vec<u8> = (1..=cipher.key_len() as u8).collect();
    let iv = vec![0; cipher.iv_len().unwrap_or(0)];
    let mut crypter = Crypter::new(cipher, mode, &key, Some(&iv)).expect("a cipher");
    crypter.pad(false);
    let key = PKey::hmac(&key).expect("a key");
    let (data, mut out) = (vec![0x5a; RECORD], vec![0; RECORD + 64]);
    let mut best = f64::MAX;
    for _ in 0..RECORD_ROUNDS {
        let mut clock = Clock::default();
        clock.measure(|| {
            for _ in 0..RECORDS {
                let mut signer = Signer::new(digest, &key).expect("a MAC");
                signer.update(&data).expect("a MAC");
                signer.sign_to_vec().expect("a MAC");
                crypter.update(&data, &mut out).expect("a cipher");
            }
        });
        best = best.min(clock.micros());
    }
    (RECORDS * RECORD) as f64 / best
}

fn rates(code: u16) -> (f64, f64) {
    let config = Arc::new(ServerConfig::new("localhost").only(Version::Tls12, code));
    let case = Case { ours: code, encrypt_then_mac: false, ..CASE };
    let mut client = ours::client(&case)();
    let mut server = Kit(Server::new(config, 1));
    end::connect(&mut *client, &mut server, &mut Clock::default());
    let data = vec![0x5a; RECORD];
    let mut wire = Vec::new();
    let (mut received, mut sent) = (f64::MAX, f64::MAX);
    for _ in 0..RECORD_ROUNDS / 10 {
        (0..RECORDS).for_each(|_| server.send(&data));
        server.take(&mut wire);
        let mut clock = Clock::default();
        assert_eq!(clock.measure(|| client.receive(&wire)), RECORDS * RECORD);
        received = received.min(clock.micros());
        let mut clock = Clock::default();
        clock.measure(|| {
            (0..RECORDS).for_each(|_| client.send(&data));
            client.take(&mut wire);
        });
        sent = sent.min(clock.micros());
    }
    let bytes = (RECORDS * RECORD) as f64;
    (bytes / received, bytes / sent)
}

pub fn rows() {
    let _legacy = Provider::load(None, "legacy").expect("OpenSSL's legacy provider");
    let _default = Provider::load(None, "default").expect("OpenSSL's default provider");
    for (name, code, cipher, digest) in [
        ("RC4-SHA", 0x0005, Cipher::rc4(), MessageDigest::sha1()),
        ("RC4-MD5", 0x0004, Cipher::rc4(), MessageDigest::md5()),
        ("3DES-SHA", 0x000A, Cipher::des_ede3_cbc(), MessageDigest::sha1()),
    ] {
        if filtered(name) {
            continue;
        }
        let (received, sent) = rates(code);
        print_row(&format!("{name} received"), received, "MB/s", &[reference(cipher, Mode::Decrypt, digest)]);
        print_row(&format!("{name} sent"), sent, "MB/s", &[reference(cipher, Mode::Encrypt, digest)]);
    }
}
