//! Every kind of cause has a transcript of its own (`transcripts/why/<kind>.at`), whose `event` line pins what happened
//! and what helps; and a row in `docs/why.md`, which is made of that line. `UPDATE_EXPECT=1` writes the rows anew.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test: what breaks here fails it")]

use modemtwin_module::{Cause, Kind, NetFailure, NetworkCause};
use std::{fs, path::Path};
use testkit::transcript::escape;

const BEGIN: &str = "<!-- causes: made by crates/module/tests/why.rs -->\n";
const END: &str = "<!-- end of causes -->";

#[test]
fn every_kind_has_its_transcript_and_its_row() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = own.join("tests/transcripts/why");
    let mut table = String::from("| | when | what is said |\n|---|---|---|\n");
    for kind in Kind::ALL {
        let name = kind.name();
        let text = fs::read_to_string(folder.join(name).with_extension("at"));
        let text = text.unwrap_or_else(|_| panic!("why/{name}.at is missing: each kind has a transcript"));
        let when =
            text.lines().next().and_then(|line| line.strip_prefix("# ")).expect("the case in a comment");
        let quoted = text.lines().find_map(|line| line.strip_prefix("event \"")?.strip_suffix('"'));
        let said = escape::unescape(quoted.unwrap_or_default()).expect("the event is a text");
        let said = String::from_utf8(said).expect("it is ASCII");
        let of_kind = said.strip_suffix(&format!(" [{name}]"));
        let said = of_kind.unwrap_or_else(|| panic!("why/{name}.at pins no event that ends in [{name}]"));
        let real = of_this_machine(*kind).map(|(to, cause)| format!("{to}: {cause:#}"));
        let said = real.as_deref().map_or(said, |real| real.trim_end_matches(&format!(" [{name}]")));
        let when = when.trim_end_matches('.');
        table += &format!("| `{name}` | {when} | {} |\n", said.replace('<', "&lt;").replace('|', "\\|"));
    }
    let path = own.join("../../docs/why.md");
    let page = fs::read_to_string(&path).expect("docs/why.md is there");
    let (before, rest) = page.split_once(BEGIN).expect("the page has the mark where the causes begin");
    let (_, after) = rest.split_once(END).expect("the page has the mark where the causes end");
    let due = format!("{before}{BEGIN}{table}{END}{after}");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &due).expect("the page is writable");
    } else {
        assert!(page == due, "docs/why.md is not what the transcripts say: UPDATE_EXPECT=1");
    }
}

/// What only a real operating system does. A transcript has it by a fault, against which something else helps.
fn of_this_machine(kind: Kind) -> Option<(&'static str, Cause)> {
    if kind == Kind::PingDenied {
        let (to, why) = ("192.0.2.1".parse().unwrap(), "permission denied".into());
        return Some(("AT+QPING failed with 554", NetworkCause::PingDenied { to, why }.into()));
    }
    let (open, to, failure) = match kind {
        Kind::LocalPortInUse => ("socket 0: open failed with 556", "0.0.0.0:2020", NetFailure::InUse),
        Kind::Denied => {
            ("socket 0: open failed with 556", "0.0.0.0:80", NetFailure::Denied("permission denied".into()))
        }
        Kind::NoSocket => {
            let why = NetFailure::NoSocket("too many open files".into());
            ("socket 4: open failed with 554", "192.0.2.1:443", why)
        }
        Kind::NetworkError => {
            let why = NetFailure::Other("something else".into());
            ("socket 4: open failed with 566", "192.0.2.1:443", why)
        }
        _ => return None,
    };
    let to = to.parse().unwrap();
    Some((open, NetworkCause::Socket { failure, to, over: "TCP" }.into()))
}

#[test]
fn no_transcript_is_about_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/why");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(Kind::ALL.iter().any(|kind| kind.name() == name), "there is no kind {name}");
    }
}
