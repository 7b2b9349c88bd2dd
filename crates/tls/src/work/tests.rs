//! Whatever a peer sends, work grows no faster than what it sends, or not beyond a budget.
//!
//! Of `testkit`, which is linked with another build of this crate, only bytes are used.

use crate::{
    Client, Config, Error, Misbehaved, Rng, UnixTime, Version, Versions, limits, suites,
    x509::{Anchors, Certificate, KeyUse, Policy, Problem, verify},
};
use std::{cell::Cell, sync::Arc};
use testkit::{
    ca::{Authority, Template, der},
    crypto::{Curve, PrivateKey},
};

thread_local!(static WORK: Cell<usize> = const { Cell::new(0) });

/// Counts the work of this thread.
pub(crate) fn count(bytes: usize) {
    WORK.set(WORK.get() + bytes);
}

/// The work that was done while `work` ran.
pub(crate) fn counted<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let before = WORK.get();
    let result = work();
    (WORK.get() - before, result)
}

/// A TLS 1.2 client of which the server knows nothing but the address.
fn client() -> Client {
    let config = Config {
        versions: Versions::only(Version::Tls12),
        suites: vec![suites::by_code(0xC02F).unwrap()],
        suites_explicit: true,
        ..Config::new(Policy::None)
    };
    Client::new(Arc::new(config), None, None, Rng::from_seed([7; 32]), UnixTime(0), &mut Vec::new())
}

/// A handshake message of which `len` bytes come after its header, though it says it has `claimed`.
fn message(kind: u8, claimed: usize, len: usize) -> Vec<u8> {
    let mut message = (claimed as u32).to_be_bytes().to_vec();
    message[0] = kind;
    message.resize(4 + len, 0);
    message
}

fn server_hello() -> Vec<u8> {
    let mut hello = message(2, 38, 38);
    hello[4..6].copy_from_slice(&[3, 3]);
    hello[39..41].copy_from_slice(&[0xC0, 0x2F]);
    hello
}

/// In records of `len` bytes.
fn records(messages: &[u8], len: usize) -> Vec<u8> {
    let record = |part: &[u8]| [&[22, 3, 3][..], &(part.len() as u16).to_be_bytes(), part].concat();
    messages.chunks(len).flat_map(record).collect()
}

/// Work and result of a client to which this comes in pieces of `len` bytes.
fn fed(bytes: &[u8], len: usize) -> (usize, Result<(), Error>) {
    let mut client = client();
    counted(|| bytes.chunks(len).try_for_each(|piece| client.read_tls(piece, &mut Vec::new())))
}

/// Up to the longest message there is, in records and pieces of any size: no byte is touched more than a few times.
#[test]
fn fragments_of_a_long_message() {
    for fragment in [1, 2, 100, 16_384] {
        for piece in [1, 7, 16_384] {
            for len in [1_000, 8_000, 64_000] {
                let bytes = [server_hello(), message(11, limits::HANDSHAKE_MESSAGE - 4, len)].concat();
                let bytes = records(&bytes, fragment);
                let (work, result) = fed(&bytes, piece);
                assert_eq!(result, Ok(()));
                assert!(work <= 3 * bytes.len(), "{fragment} {piece} {len}: {work} for {}", bytes.len());
            }
        }
    }
}

#[test]
fn many_messages_in_few_records() {
    // HelloRequests are what may be repeated, and each must be found in what is left of the record.
    let work = |count: usize| {
        let bytes = [vec![0; 4 * count], server_hello()].concat();
        let (work, result) = fed(&records(&bytes, 16_384), 16_384);
        assert_eq!(result.is_ok(), count <= limits::HELLO_REQUESTS as usize, "{result:?}");
        work
    };
    let (few, many) = (work(8), work(4_000));
    assert!(many <= few + 16_384, "{few}, {many}");
}

#[test]
fn what_is_too_long_is_refused_by_its_header() {
    let bytes = [server_hello(), message(11, limits::HANDSHAKE_MESSAGE, 1_000)].concat();
    let (work, result) = fed(&records(&bytes, 1), 16_384);
    let len = limits::HANDSHAKE_MESSAGE + 4;
    assert_eq!(result, Err(Misbehaved::HandshakeTooLong { len }.into()));
    assert!(work < 1_000, "{work}");
}

fn judge(chain: &[Certificate], anchors: &[&[u8]]) -> (usize, Option<Problem>) {
    let mut trusted = Anchors::default();
    anchors.iter().for_each(|anchor| trusted.add_file(anchor).unwrap());
    let policy = Policy::Verify {
        anchors: Arc::new(trusted),
        check_name: false,
        check_dates: false,
        ignore_signatures: false,
        leaf_only: false,
    };
    counted(|| verify(&policy, chain, None, UnixTime(0), KeyUse::Sign).err().map(|error| error.problem))
}

fn parsed(der: &[u8]) -> Certificate {
    Certificate::from_der(der).unwrap()
}

/// Authorities of the same name that have all signed each other: the number of paths grows with the factorial.
#[test]
fn authorities_that_sign_each_other() {
    let template = Template::authority("same");
    let keys: Vec<_> = (0..12).map(|n| PrivateKey::ec(Curve::P256, &format!("same {n}"))).collect();
    let roots: Vec<_> = keys.iter().map(|key| Authority::root(&template, key.clone())).collect();
    let work = |count: usize| {
        let mut chain = vec![parsed(&roots[0].issue(&Template::server("leaf"), &keys[1].public()))];
        for signer in &roots[..count] {
            chain.extend(keys[..count].iter().map(|key| parsed(&signer.issue(&template, &key.public()))));
        }
        let (work, problem) = judge(&chain, &[]);
        (work, problem == Some(Problem::TooMuchWork))
    };
    let [(three, _), (six, _), (twelve, gave_up)] = [3, 6, 12].map(work);
    assert!(gave_up);
    // Twice the authorities are four times the certificates.
    assert!(six <= 8 * three.max(20_000) && twelve <= 4 * six, "{three}, {six}, {twelve}");
}

/// A server whose certificate has these names, and an authority with so many constraints on such names.
fn constrained(names: Vec<String>, constraints: usize) -> (usize, Option<Problem>) {
    let uri = |text: String| der::tlv(0x86, text.as_bytes());
    let excluded: Vec<_> =
        (0..constraints).map(|n| der::sequence(&[uri(format!("h{n}.bad.test"))])).collect();
    let constraints = der::sequence(&[der::tlv(0xa1, &excluded.concat())]);
    let names: Vec<_> = names.into_iter().map(uri).collect();
    let root =
        Template { extensions: vec![(vec![2, 5, 29, 30], true, constraints)], ..Template::authority("root") };
    let leaf = Template {
        dns: vec![],
        ips: vec![],
        extensions: vec![(vec![2, 5, 29, 17], false, der::sequence(&names))],
        ..Template::server("leaf")
    };
    let root = Authority::root(&root, PrivateKey::ec(Curve::P256, "root"));
    let leaf = root.issue(&leaf, &PrivateKey::ec(Curve::P256, "leaf").public());
    judge(&[parsed(&leaf)], &[&root.certificate])
}

/// Each name is compared with each constraint, and each constraint may be looked for in every byte of a name.
#[test]
fn names_and_constraints() {
    let many = |count| (0..count).map(|n| format!("x://h{n}.good.test/")).collect();
    let long = |len| vec![format!("x://{}@good.test/", "u".repeat(len))];
    assert_eq!(constrained(many(400), 400).1, None);
    assert_eq!(constrained(long(10_000), 400).1, None);
    for (names, constraints) in [(many(2_000), 2_000), (long(30_000), 3_000)] {
        let (work, problem) = constrained(names, constraints);
        assert_eq!(problem, Some(Problem::TooMuchWork));
        assert!(work <= 1 << 24, "{work}");
    }
}

/// Names that differ in their last byte only, each to be compared with each.
#[test]
fn long_names_of_many_issuers() {
    let named = |name: String| Template::authority(&name);
    let key = PrivateKey::ec(Curve::P256, "key");
    let issuer = Authority::root(&named("x".repeat(60_000) + "a"), key.clone());
    let leaf = parsed(&issuer.issue(&Template::server("leaf"), &key.public()));
    let other = parsed(&Authority::root(&named("x".repeat(60_000) + "b"), key).certificate);
    let work = |count: usize| {
        let chain: Vec<_> = std::iter::once(leaf.clone()).chain(vec![other.clone(); count]).collect();
        judge(&chain, &[])
    };
    assert!(matches!(work(100).1, Some(Problem::UnknownIssuer { .. })));
    let (work, problem) = work(1_000);
    assert_eq!(problem, Some(Problem::TooMuchWork));
    assert!(work <= 1 << 24, "{work}");
}
