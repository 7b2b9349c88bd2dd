//! The text of a fault: what is taken, and what is said about what is not.
#![allow(clippy::unwrap_used, reason = "a test: what breaks here fails it")]

use modemtwin_faults::{Family, Fault, Lift, MODIFIERS, Request, Takes, markdown, overview, rows};

fn error(text: &str) -> String {
    text.parse::<Fault>().unwrap_err().to_string()
}

#[test]
fn mistakes_are_named_with_their_place_and_remedy() {
    for (text, said) in [
        ("", "column 1: no fault is called ``; `modemtwin faults` lists them"),
        (
            "net.latncy ms=5",
            "fault `net.latncy ms=5`, column 1: no fault is called `net.latncy`; did you mean `net.latency`?",
        ),
        ("latency", "no fault is called `latency`; did you mean `net.latency`?"),
        ("NET.Latency", "did you mean `net.latency`?"),
        ("nxdomain", "did you mean `dns.nxdomain`?"),
        ("566", "did you mean `error.566`?"),
        ("xyzzy", "`modemtwin faults` lists them"),
        ("net.latency 200", "column 13: `200` has no `=`; write key=value"),
        ("net.latency ms=600001", "column 16: `600001` is no `ms`; write a number, 0 to 600000"),
        ("net.latency ms=200ms", "column 16: `200ms` is no `ms`; write a number, 0 to 600000"),
        ("net.latency ms=-1", "`-1` is no `ms`"),
        ("net.latency  jiter=5", "column 14: net.latency has no `jiter`; did you mean `jitter`?"),
        ("net.latency zz=1", "net.latency has no `zz`; it has ms, jitter, prob"),
        (
            "net.bandwidth",
            "column 14: net.bandwidth wants `kbit`: kilobits per second; write kbit=1 to 10000000",
        ),
        ("net.latency prob=1.1", "column 18: `1.1` is no `prob`; write a chance from 0 to 1"),
        ("net.latency prob=NaN", "is no `prob`"),
        ("net.latency for=5", "column 17: `5` is no `for`; write a time, as in 500ms, 30s or 2m"),
        ("net.latency for=0s", "`0s` is no `for`"),
        ("net.latency for=99999999999999999999h", "is no `for`"),
        ("net.latency for=9999999999999999h", "is no `for`"),
        ("net.latency nth=0", "`0` is no `nth`; write a number from 1"),
        ("net.latency nth=1 every=2", "column 19: `every` comes after `nth`; say one of them"),
        ("net.latency ms=1 ms=2", "column 18: `ms` comes after `ms`"),
        ("net.latency again=5s", "`again` is the time from one beginning to the next; add a shorter `for`"),
        ("net.latency for=5s again=5s", "add a shorter `for`"),
        ("net.latency conn=12", "`12` is no `conn`; write a clientID or connectID, 0 to 11"),
        ("net.latency port=0", "`0` is no `port`"),
        ("net.latency dir=left", "`left` is no `dir`; write up, down or both"),
        ("net.refuse dir=up", "net.refuse has no `dir`; it has prob, nth"),
        ("dns.nxdomain port=7", "dns.nxdomain has no `port`; it has prob, nth"),
        (
            "tls.alert code=handshake_failur",
            "column 16: `handshake_failur` is no `code`; did you mean `handshake_failure`?",
        ),
        ("tls.alert code=Unknown_CA", "`Unknown_CA` is no `code`; did you mean `unknown_ca`?"),
        ("tls.alert code=256", "`256` is no `code`; write 0 to 255, or a name, as in unknown_ca"),
        ("tls.alert code=-1", "`-1` is no `code`; write 0 to 255, or a name, as in unknown_ca"),
        ("tls.alert code=", "`` is no `code`; write 0 to 255, or a name, as in unknown_ca"),
        ("net.socket why=tired", "column 16: `tired` is no `why`; write denied | no_socket | in_use | other"),
        ("dns.wrong_answer address=a.example", "`a.example` is no `address`; write an IP address"),
        ("port.delay at=uart2", "`uart2` is no `at`; write usbat, usbmodem or uart1"),
        (
            "error.561 on=QSSLOPN",
            "column 14: `QSSLOPN` is no `on`; write a command for sockets, as in QSSLOPEN",
        ),
        ("error.549", "no fault is called `error.549`; did you mean `error.5"),
        ("module.signal rssi=99", "`99` is no `rssi`; write a number, 0 to 31"),
        ("preset.tunnel conn=1", "preset.tunnel has no `conn`"),
        ("net.latency größe=1", "column 13: net.latency has no `größe`"),
    ] {
        assert!(error(text).contains(said), "{text}: {}", error(text));
    }
}

#[test]
fn every_row_takes_everything_that_it_says_it_takes() {
    for row in rows() {
        let mut least = row.name.to_owned();
        let mut most = row.name.to_owned();
        for param in row.params {
            let (low, high) = match param.takes {
                Takes::Number(low, high) => (low.to_string(), high.to_string()),
                Takes::Address => ("0.0.0.0".into(), "2001:db8::1".into()),
                Takes::Command => ("QSSLOPEN".into(), "at+qiopen".to_uppercase()),
                Takes::Alert => ("0".into(), "no_application_protocol".into()),
                Takes::Word(words) => (words[0].into(), words[words.len() - 1].into()),
            };
            least += &format!(" {}={low}", param.name);
            most += &format!(" {}={high}", param.name);
            if let (Takes::Number(low, high), Some(default)) = (param.takes, param.default) {
                assert!((low..=high).contains(&default), "{}: {}", row.name, param.name);
            }
        }
        for text in [least, most] {
            text.parse::<Fault>().unwrap_or_else(|e| panic!("{e}"));
        }
        for modifier in MODIFIERS.iter().filter(|m| m.suits(row) && m.name != "again" && m.name != "dir") {
            let value = match modifier.name {
                "prob" => "0.5",
                "after" | "for" => "250us",
                "host" => "a.example",
                "at" => "usbat",
                _ => "1",
            };
            let required = row.params.iter().filter(|param| param.required);
            let given = required.map(|param| match param.takes {
                Takes::Number(low, _) => format!(" {}={low}", param.name),
                Takes::Address => format!(" {}=::1", param.name),
                Takes::Command => format!(" {}=QISEND", param.name),
                Takes::Alert => format!(" {}=255", param.name),
                Takes::Word(words) => format!(" {}={}", param.name, words[0]),
            });
            let text = format!("{}{} {}={value}", row.name, given.collect::<String>(), modifier.name);
            assert_eq!(text.parse::<Fault>().unwrap().to_string(), text);
        }
        let texts = [row.does, row.sees, row.driver];
        assert!(texts.iter().all(|text| !text.is_empty()), "{} is not explained", row.name);
        assert!(row.name.starts_with(&format!("{}.", row.family.name())), "{}", row.name);
        assert!(overview(Some(row.name)).unwrap().contains(row.does));
    }
}

#[test]
fn presets_are_faults_of_the_table() {
    for row in rows().filter(|row| row.family == Family::Preset) {
        for part in row.parts() {
            part.parse::<Fault>().unwrap_or_else(|e| panic!("{}: {e}", row.name));
        }
        assert!(!row.parts().is_empty());
    }
    assert_eq!(overview(Some("net.nothing")), None);
}

#[test]
fn alerts_are_listed_by_number_and_name() {
    let alert = overview(Some("tls.alert")).unwrap();
    for said in
        ["code=0 to 255, or a name, as in unknown_ca  ", "70 protocol_version", "112 unrecognized_name"]
    {
        assert!(alert.contains(said), "{alert}");
    }
}

#[test]
fn requests_are_faults_or_their_end() {
    let lift = |text: &str| match text.parse().unwrap() {
        Request::Lift(lift) => lift,
        Request::Inject(fault) => panic!("{fault}"),
    };
    assert_eq!(lift("off all"), Lift::All);
    assert_eq!(lift(" off  net.latency "), Lift::Name("net.latency".into()));
    assert_eq!(lift("off 7"), Lift::Id(7));
    assert!(matches!("net.refuse".parse(), Ok(Request::Inject(_))));
    assert!("off".parse::<Request>().unwrap_err().to_string().contains("no fault is called `off`"));
}

/// `UPDATE_EXPECT=1` writes the tables.
#[test]
fn the_document_has_the_table() {
    const START: &str = "<!-- the table -->\n\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/faults.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (head, table) = text.split_once(START).unwrap();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, format!("{head}{START}{}", markdown())).unwrap();
    } else {
        assert_eq!(table, markdown(), "docs/faults.md differs from the table: UPDATE_EXPECT=1 writes it");
    }
}
