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
    assert!(failure.what.contains("< ok\\r\\n") && failure.what.contains("< OK\\r\\n"), "{failure}");
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
        ("usbat> AT", "no port usbat"),
        ("< \\q", "unknown escape"),
        ("> AT\nuse strict", "before the first step"),
        ("peer 1 sends \"x\"", "no connection"),
        ("peer tls 192.0.2.1:1 key=x", "no such key"),
        ("peer plain 192.0.2.1:1 key=x", "no `key`"),
        ("+5", "wants us, ms"),
    ] {
        let failure = check(bad).expect_err(bad);
        assert!(failure.what.contains(what) && failure.line == bad.lines().count(), "{bad}: {failure}");
    }
}
