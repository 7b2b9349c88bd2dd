//! The oracle itself: what it accepts and what it complains about.

use super::*;
use crate::world::Said;
use at::time::Instant;

/// A log from `(milliseconds, who, bytes)`; `>` is the host.
fn log(entries: &[(u64, char, &[u8])]) -> Log {
    entries
        .iter()
        .map(|(ms, who, bytes)| {
            let said = match who {
                '>' => Said::Host(bytes.to_vec()),
                '!' => Said::Dtr(false),
                _ => Said::Module(bytes.to_vec()),
            };
            (Instant::from_micros(ms * 1000), said)
        })
        .collect()
}

fn accepts(entries: &[(u64, char, &[u8])]) -> Report {
    read(&log(entries)).unwrap_or_else(|complaint| panic!("{complaint}"))
}

fn refuses(entries: &[(u64, char, &[u8])], what: &str) {
    let complaint = read(&log(entries)).expect_err("this has to be refused");
    assert!(complaint.what.contains(what), "{complaint}");
}

#[test]
fn plain_exchange() {
    let report =
        accepts(&[(0, '>', b"AT\r"), (0, '<', b"AT\r\r\nOK\r\n"), (0, '<', b"\r\n+QSSLURC: \"recv\",4\r\n")]);
    assert_eq!(report.results(), ["OK"]);
    assert!(!report.unanswered);
    assert!(accepts(&[(0, '>', b"AT\r"), (0, '<', b"AT\r")]).unanswered);
}

#[test]
fn urc_inside_a_response() {
    let urc = b"\r\n+QSSLURC: \"closed\",4\r\n";
    refuses(
        &[
            (0, '>', b"AT+CSQ\r"),
            (0, '<', b"AT+CSQ\r"),
            (0, '<', urc),
            (0, '<', b"\r\n+CSQ: 29,99\r\n\r\nOK\r\n"),
        ],
        "no answer",
    );
    refuses(&[(0, '>', b"AT+C"), (0, '<', b"AT+C"), (1999, '<', urc)], "not the echo");
    accepts(&[
        (0, '>', b"AT+C"),
        (0, '<', b"AT+C"),
        (2000, '<', urc),
        (2001, '>', b"SQ\r"),
        (2001, '<', b"SQ\r\r\n+CSQ: 29,99\r\n\r\nOK\r\n"),
    ]);
}

#[test]
fn output_without_cause() {
    refuses(&[(0, '<', b"\r\nOK\r\n")], "not a known");
    refuses(&[(0, '<', b"AT\r\r\nOK\r\n"), (0, '>', b"AT\r")], "not the echo");
    refuses(&[(0, '<', b"AT\r\r\nOK\r\n")], "did not send");
    refuses(&[(0, '>', b"AT\r"), (0, '<', b"AT\r\r\nOK\r\n\r\nOK\r\n")], "not a known");
    refuses(&[(0, '>', b"AT\r"), (0, '<', b"AT\r\r\n+CSQ: 1,2\r\n\r\nOK\r\n")], "no answer");
}

#[test]
fn torn_frames() {
    refuses(&[(0, '<', b"\r\n+QSSLURC: "), (0, '<', b"\"recv\",4\r\n")], "several writes");
    refuses(&[(0, '<', b"\r\n+QSSLURC: \"recv\",4,5\r\nabcd\r\n")], "as long as");
    refuses(&[(0, '<', b"\r\n+QSSLURC: \"recv\",12\r\n")], "client id");
    accepts(&[(0, '<', b"\r\n+QSSLURC: \"recv\",4,5\r\na\r\nbc\r\n")]);
}

#[test]
fn payload_and_its_echo() {
    let head: &[(u64, char, &[u8])] = &[(0, '>', b"AT+QSSLSEND=4,3\r"), (0, '<', b"AT+QSSLSEND=4,3\r\r\n> ")];
    let whole = |rest: &[(u64, char, &'static [u8])]| [head, rest].concat();
    let report = accepts(&whole(&[(0, '>', b"a\x1ab"), (0, '<', b"a\x1ab\r\nSEND OK\r\n")]));
    assert_eq!(report.results(), ["SEND OK"]);
    assert!(accepts(&whole(&[(0, '>', b"ab"), (0, '<', b"ab")])).unanswered);
    refuses(&whole(&[(0, '>', b"abc"), (0, '<', b"abx")]), "payload");
    refuses(&whole(&[(0, '>', b"ab"), (0, '<', b"ab\r\n+QSSLURC: \"recv\",4\r\n")]), "inside a payload");
}

#[test]
fn variable_payload_of_a_host_with_line_feeds() {
    let report = accepts(&[
        (0, '>', b"AT+QISDE=0\r\n"),
        (0, '<', b"AT+QISDE=0\r\r\nOK\r\n"),
        (0, '>', b"AT+QSSLSEND=4\r"),
        (0, '<', b"AT+QSSLSEND=4\r\r\n> "),
        (0, '>', b"\nabc\x1a"),
        (0, '<', b"\r\nSEND OK\r\n"),
        (0, '>', b"ATE0\r\n"),
        (0, '<', b"ATE0\r\r\nOK\r\n"),
        (0, '>', b"ATV0\r\nAT+CSQ\r\n"),
        (0, '<', b"0\r+CSQ: 1,99\r\n0\r"),
    ]);
    assert_eq!(report.results(), ["OK", "SEND OK", "OK", "OK", "OK"]);
}

#[test]
fn online_data_state() {
    let connect: &[(u64, char, &[u8])] = &[
        (0, '>', b"AT+QSSLOPEN=1,1,4,\"h\",1,2\r"),
        (9, '<', b"AT+QSSLOPEN=1,1,4,\"h\",1,2\r\r\nCONNECT\r\n"),
    ];
    let whole = |rest: &[(u64, char, &'static [u8])]| [connect, rest].concat();
    let report = accepts(&whole(&[
        (20, '<', b"\r\nOK\r\n+QSSLURC"),
        (1500, '>', b"+++"),
        (2500, '<', b"x\r\nOK\r\n"),
        (2600, '<', b"\r\n+QSSLURC: \"recv\",4\r\n"),
    ]));
    assert_eq!(report.online(), b"\r\nOK\r\n+QSSLURCx");
    assert_eq!(report.results(), ["CONNECT", "OK"]);
    let report = accepts(&whole(&[
        (20, '<', b"data"),
        (30, '<', b"\r\nNO CARRIER\r\n"),
        (40, '>', b"AT\r"),
        (40, '<', b"AT\r\r\nOK\r\n"),
    ]));
    assert_eq!(report.results(), ["CONNECT", "NO CARRIER", "OK"]);
    let report = accepts(&whole(&[(20, '!', b""), (20, '<', b"\r\nOK\r\n")]));
    assert_eq!(report.results(), ["CONNECT", "OK"]);
}

#[test]
fn upload_with_its_checksum() {
    let head: &[(u64, char, &[u8])] =
        &[(0, '>', b"AT+QFUPL=\"f\",3\r"), (0, '<', b"AT+QFUPL=\"f\",3\r\r\nCONNECT\r\n"), (0, '>', b"abc")];
    let whole = |rest: &[(u64, char, &'static [u8])]| [head, rest].concat();
    accepts(&whole(&[(0, '<', b"\r\n+QFUPL: 3,0262\r\n\r\nOK\r\n")]));
    refuses(&whole(&[(0, '<', b"\r\n+QFUPL: 3,0263\r\n\r\nOK\r\n")]), "checksum");
}
