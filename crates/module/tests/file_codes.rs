//! Every code of the FILE commands: provoked here, or named as one that this module never gives, with the reason.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test: what breaks here fails it")]

use modemtwin_module::{PortId, Setup};
use testkit::world::World;

/// Code, and the lines of which the last one gives it. Files `a` and `full` are there.
const PROVOKED: &[(u16, &[&str])] = &[
    (401, &["AT+QFOPEN=\"a\"", "AT+QFSEEK=1,2"]),
    (402, &["AT+QFOPEN=\"a\"", "AT+QFSEEK=1,0,2", "AT+QFREAD=1,1"]),
    (405, &["AT+QFDWL=\"none\""]),
    (406, &["AT+QFUPL=\"SD:x\",1"]),
    (407, &["AT+QFUPL=\"a\",1"]),
    (
        413,
        &[
            "AT+QFOPEN=\"0\";+QFOPEN=\"1\";+QFOPEN=\"2\";+QFOPEN=\"3\";+QFOPEN=\"4\"",
            "AT+QFOPEN=\"5\";+QFOPEN=\"6\";+QFOPEN=\"7\";+QFOPEN=\"8\";+QFOPEN=\"9\"",
            "AT+QFOPEN=\"10\"",
        ],
    ),
    (414, &["AT+QFOPEN=\"a\",2", "AT+QFWRITE=1,1"]),
    (416, &["AT+QFCLOSE=1"]),
    (420, &["AT+QFUPL=\"x\",90000"]),
    (421, &["AT+QFUPL=\"x\",2,1"]),
    (423, &["AT+QFUPL=\"x\",286721"]),
    (425, &["AT+QFOPEN=\"a\",3"]),
    (426, &["AT+QFOPEN=\"a\"", "AT+QFDEL=\"a\""]),
];

/// Codes that nothing leads to; `docs/deviations.md`, V103, says why.
const NEVER: &[u16] = &[400, 403, 404, 408, 409, 410, 411, 412, 415, 417, 418, 419, 422, 424];

#[test]
fn every_code_is_provoked_or_named() {
    let mut all: Vec<u16> = PROVOKED.iter().map(|(code, _)| *code).chain(NEVER.iter().copied()).collect();
    all.sort_unstable();
    assert_eq!(all, (400..=426).collect::<Vec<_>>());
}

#[test]
fn what_is_to_provoke_a_code_does() {
    for (code, lines) in PROVOKED {
        let files = vec![("a".into(), b"a".to_vec()), ("full".into(), vec![0; 200_000])];
        let mut world = World::new(Setup { files, ..Setup::default() });
        for line in *lines {
            world.take_output(PortId(0));
            world.send(PortId(0), format!("{line}\r").as_bytes());
        }
        world.run_until_idle();
        let said = String::from_utf8(world.take_output(PortId(0))).unwrap();
        assert!(said.ends_with(&format!("\r\n+CME ERROR: {code}\r\n")), "{lines:?}: {said}");
    }
}
