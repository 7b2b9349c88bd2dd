//! The transcript language, against the thinnest module there is: every line gets an answer.

use super::*;

const GOOD: &str = "\
# a comment
use port uart1
peer plain 192.0.2.1:80 lingers
> AT
< AT\\r\\r\\n
< OK\\r\\n
+120ms
>> AT\\r
< AT\\r\\r\\n
< OK\\r\\n
peer 1 met 0
";

#[test]
fn what_holds_holds() {
    check(GOOD).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(update(GOOD).unwrap(), GOOD);
}

#[test]
fn what_does_not_hold_is_named_by_line() {
    let failure = check(&GOOD.replacen("OK", "ok", 1)).expect_err("ok is not OK");
    assert_eq!(failure.line, 6);
    let shown = failure.to_string();
    assert!(shown.contains("- < ok\\r\\n") && shown.contains("+ < OK\\r\\n"), "{failure}");
    let missing: String = GOOD.lines().filter(|l| !l.starts_with('<')).map(|l| format!("{l}\n")).collect();
    assert_eq!(check(&missing).expect_err("the answer is missing").line, 4);
    assert_eq!(update(&missing).unwrap(), GOOD);
}

#[test]
fn bad_lines_are_named() {
    for (bad, what) in [
        ("hello", "no such line"),
        ("use model EC25", "unknown model"),
        ("use port com1", "unknown port"),
        ("usbat> AT", "no port `usbat` is in use"),
        ("usbat dtr off", "no port `usbat` is in use"),
        ("# nothing", "nothing to play"),
        ("operator signal 32", "0 to 31"),
        ("operator pdp lost 16", "1 to 15"),
        ("fault off net.latncy", "no fault or family is called `net.latncy` (did you mean `net.latency`?)"),
        ("event \"x\"", "no such event"),
        ("settings \"x\"", "keeps nothing"),
        ("< \\q", "unknown escape"),
        ("> AT\nuse strict", "before the first step"),
        ("peer plain 192.0.2.1:1\npeer sends \"x\"", "no connection"),
        ("peer tls 192.0.2.1:1 key=x", "no such key"),
        ("peer tsl 192.0.2.1:1", "(did you mean `tls`?)"),
        ("peer plain 192.0.2.1:1 key=x", "no `key`"),
        ("+5", "`5` is no time"),
        ("peer 1 closes", "there is no peer 1"),
        ("peer rustls 192.0.2.1:1 key=rsa1024", "takes no such key"),
        ("peer tls 192.0.2.1:1 suite=1301", "no suite"),
        ("use port usbat\nuse port usbat", "in use already"),
        ("use pin 12345678901", "no PIN"),
        ("file a.pem from b.pem", "names no files"),
        ("file a.txt \"\\{1048576*x}\"\n>*", "cannot hold"),
        (">*", "only a driver knows"),
        ("host sends stones", "no such content"),
        ("clock 2026-02-30T00:00:00Z", "no time from"),
    ] {
        let failure = check(bad).expect_err(bad);
        let line = if what == "cannot hold" { 1 } else { bad.lines().count() };
        assert!(failure.what.contains(what) && failure.line == line, "{bad}: {failure}");
    }
}

#[test]
fn remedies_say_what_to_write() {
    for (bad, remedy) in [
        ("AT+CSQ", "put `> ` in front"),
        ("pear plain 192.0.2.1:80", "did you mean `peer` instead of `pear`?"),
        ("use modell EC200N-CN", "did you mean `model` instead of `modell`?"),
        ("operator network romaing", "did you mean `roaming` instead of `romaing`?"),
        ("usbta dtr off", "docs/scenario.md"),
        ("peer tsl 192.0.2.1:443", "write `peer KIND"),
        ("peer plain 192.0.2.1", "write `peer KIND ADDRESS:PORT KEY...`, as in `peer tls"),
        ("peer 1 sends hello", "write `peer [N] sends \"TEXT\"`, as in `peer 1 sends \"Test data\"`"),
        ("+12", "write `+TIME`, as in `+120ms`"),
        ("< \\q", "write `< BYTES`"),
        ("usbat> AT", "write `use port usbat` at the top"),
        ("uart> AT", "did you mean `uart1`?"),
        ("com3> AT", "there are uart1"),
        ("use real time", "write `use real timing`"),
    ] {
        let failure = check(bad).expect_err(bad);
        let said = failure.remedy.clone().unwrap_or_default();
        assert!(said.contains(remedy), "{bad}: {failure}");
    }
}

#[test]
fn what_a_peer_got_instead_is_shown() {
    let text = "peer plain 192.0.2.1:80\n> AT+QIACT=1\n<...\n> AT+QIOPEN=1,0,\"TCP\",\"192.0.2.1\",80\n<...\n\
                > AT+QISEND=0,3\n<...\n>> abc\n<...\n";
    let failure = check(&format!("{text}peer 1 got nothing\n")).expect_err("it got something");
    assert_eq!(failure.line, 10);
    let shown = failure.to_string();
    assert!(shown.contains("\n  - peer 1 got nothing\n  + peer 1 got \"abc\""), "{shown}");
}

#[test]
fn line_ends_stay_as_they_are() {
    let text = GOOD.replacen("OK", "ok", 1).replace('\n', "\r\n");
    assert_eq!(update(&text).unwrap(), GOOD.replace('\n', "\r\n"));
}

/// A line without an end is refused at once, and not compared with everything that it may have been meant as.
#[test]
fn lines_have_a_longest_length() {
    for head in ["", "> ", "usbat> "] {
        let failure = check(&format!("{head}{}", "a".repeat(1 << 21))).expect_err("too long");
        assert!(failure.what.contains("longer than 1048576 bytes"), "{}", failure.what);
    }
    assert!(check(&"a".repeat(1 << 20)).is_err());
}

#[test]
fn every_wrong_line_is_told() {
    let no_files = |_: &str| Err(String::new());
    let failures = Scenario::parse("hello\n> AT\n\n+5\n", &no_files).err().unwrap();
    assert_eq!(failures.iter().map(|f| f.line).collect::<Vec<_>>(), [1, 4]);
}

#[test]
fn what_need_not_be_known_exactly_may_be_left_open() {
    let text = "> ATI\n<*\n< Quectel\\r\\n\n<...\n< OK\\r\\n\n>? AT+CSQ\n< never\n";
    check(text).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(update(text).unwrap(), text);
    let failure = check(&text.replace("Quectel", "Other")).expect_err("it is Quectel");
    assert_eq!(failure.line, 3);
}

#[test]
fn a_peer_may_let_the_module_wait() {
    check(
        "dns a.example silent\npeer plain 192.0.2.1:80 waits\n> ATE0\n<...\n> AT+QIACT=1\n< \\r\\n\n< OK\\r\\n\n\
         > AT+QIOPEN=1,0,\"TCP\",\"a.example\",80\n< \\r\\n\n< OK\\r\\n\n+2s\ndns a.example 192.0.2.1\n+1s\n\
         peer 1 met 0\npeer 1 accepts\n< \\r\\n\n< +QIOPEN: 0,0\\r\\n\n\
         peer 1 sends \"x\"\n< \\r\\n\n< +QIURC: \"recv\",0\\r\\n\n\
         > AT+QIOPEN=1,1,\"TCP\",\"192.0.2.1\",80\n< \\r\\n\n< OK\\r\\n\npeer 1 refuses\n\
         < \\r\\n\n< +QIOPEN: 1,566\\r\\n\n",
    )
    .unwrap_or_else(|failure| panic!("{failure}"));
}

/// Connections to one address by their numbers, those that wait too; what is sent then comes with the handshake.
#[test]
fn connections_have_numbers() {
    let open =
        |id, mode| format!("> AT+QIOPEN=1,{id},\"TCP\",\"192.0.2.1\",80,0,{mode}\n< \\r\\n\n< OK\\r\\n\n");
    let up = |id| format!("< \\r\\n\n< +QIOPEN: {id},0\\r\\n\n");
    check(&format!(
        "peer plain 192.0.2.1:80 waits\n> ATE0\n<...\n> AT+QIACT=1\n< \\r\\n\n< OK\\r\\n\n{}{}\
         peer 1.2 accepts\n{}peer 1.1 accepts\n{}peer 1.1 sends \"a\"\n< \\r\\n\n< +QIURC: \"recv\",0\\r\\n\n\
         peer 1.2 closes with \"b\"\n< \\r\\n\n< +QIURC: \"recv\",1\\r\\n\n< \\r\\n\n< +QIURC: \"closed\",1\\r\\n\n\
         peer 1.1 got nothing\npeer 1 met 2\n{}peer 1.3 is unreachable\n< \\r\\n\n< +QIOPEN: 2,566\\r\\n\npeer 1 met 2\n",
        open(0, 0), open(1, 0), up(1), up(0), open(2, 0),
    ))
    .unwrap_or_else(|failure| panic!("{failure}"));
    let failure = check("peer plain 192.0.2.1:80\npeer 1.4 closes").expect_err("there is none");
    assert!(failure.what.contains("peer 1 has had no connection 4"), "{failure}");
}

#[test]
fn echo_requests_have_a_fate() {
    check(
        "ping 192.0.2.1 34.5ms ttl=54\n> ATE0\n<...\n> AT+QIACT=1\n< \\r\\n\n< OK\\r\\n\n\
         > AT+QPING=1,\"192.0.2.1\",1,2\n< \\r\\n\n< OK\\r\\n\nping 192.0.2.1 unreachable 900ms\n\
         +34499us\n+1us\n< \\r\\n\n< +QPING: 0,\"192.0.2.1\",32,34,54\\r\\n\n\
         +900ms\n< \\r\\n\n< +QPING: 559\\r\\n\n< \\r\\n\n< +QPING: 0,2,1,1,34,34,34\\r\\n\nping 192.0.2.1 silent\n\
         > AT+QPING=1,\"192.0.2.1\",1,1\n< \\r\\n\n< OK\\r\\n\n+1s\n< \\r\\n\n< +QPING: 569\\r\\n\n\
         < \\r\\n\n< +QPING: 0,1,0,1,0,0,0\\r\\n\n",
    )
    .unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn a_host_that_stops_takes_some_bytes_all_the_same() {
    check("host stops\n> AT\nhost takes 2\n< AT\nhost takes 3\n< \\r\\r\\n\nhost reads\n< OK\\r\\n\n")
        .unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn channels_of_a_multiplexer_are_ports() {
    let text = "> AT+CMUX=0\n< AT+CMUX=0\\r\\r\\n\n< OK\\r\\n\ncmux2 attach\ncmux2> ATE0\ncmux2< ATE0\\r\\r\\n\ncmux2< OK\\r\\n\n\
         cmux2> AT\ncmux2< \\r\\n\ncmux2< OK\\r\\n\ncmux2 detach\ncmux2 attach\ncmux2> AT\n\
         cmux2< AT\\r\\r\\n\ncmux2< OK\\r\\n\n";
    // The strict host does not know that who opens a channel begins anew.
    let scenario =
        Scenario::parse(text, &|_: &str| Err(String::new())).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    scenario.play(Split::Whole, &mut Vec::new()).unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn what_a_driver_knows_may_have_something_in_its_place() {
    check("use pin 1234\n>* AT+CPIN?\n<...\n< OK\\r\\n\n>>* 3 AT\\r\n< AT\\r\\r\\n\n< OK\\r\\n\n")
        .unwrap_or_else(|failure| panic!("{failure}"));
    assert!(check(">>* 3 A").expect_err("that is one").what.contains("1 bytes and not 3"));
}

/// The language as people read it has every form, kind and key, in the words of the tables.
#[test]
fn the_documentation_has_every_form() {
    let page = include_str!("../../../../docs/scenario.md");
    let mut rows: Vec<String> = Vec::new();
    for section in forms::SECTIONS {
        rows.push(format!("### {}", section.title));
        let row =
            |f: &forms::Form| format!("| `{}` | {} | `{}` |", f.form.replace('|', "\\|"), f.means, f.example);
        rows.extend(section.forms.iter().map(row));
    }
    let keys = |keys: &[&str]| keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    rows.extend(KINDS.iter().map(|(kind, means, takes)| format!("| `{kind}` | {means} | {} |", keys(takes))));
    rows.extend(KEYS.iter().map(|(key, means)| format!("| `{}` | {means} |", key.replace('|', "\\|"))));
    rows.extend(SELECTORS.iter().map(|(name, means)| format!("| `{name}` | {means} |")));
    if std::env::var_os("PRINT_FORMS").is_some() {
        println!("{}", rows.join("\n"));
    }
    let missing: Vec<_> = rows.iter().filter(|row| !page.lines().any(|line| line == row.as_str())).collect();
    assert!(missing.is_empty(), "docs/scenario.md has not: {missing:#?}");
}

/// A form's example is a line of this form, and of no other.
#[test]
fn examples_are_what_they_are_examples_of() {
    let load = |_: &str| Ok(b"content".to_vec());
    for form in forms() {
        assert!(
            Scenario::parse(&format!("use port uart1\nuse port usbat\n{}\n> AT", form.example), &load)
                .is_ok()
                || form.form.starts_with("use port"),
            "{}",
            form.example
        );
        if let forms::Found::Line(found, _) = forms::find(form.example, &["uart1", "usbat"], &load) {
            assert_eq!(found.form, form.form);
        }
    }
    // Every key is one of some kind, and every kind's keys are described.
    let described: Vec<&str> = KEYS.iter().map(|(key, _)| key.split('=').next().unwrap()).collect();
    for (_, _, takes) in KINDS {
        assert!(takes.iter().all(|key| described.contains(key)), "{takes:?}");
    }
    assert!(described.iter().all(|key| KINDS.iter().any(|(_, _, takes)| takes.contains(key))));
}
