use super::*;
use crate::spec::{Source, opt, rep, req};

static ID: Param = Param { name: "id", kind: Kind::Range(0, 11), doc: "" };
static FLAG: Param = Param { name: "flag", kind: Kind::List(&[0, 2]), doc: "" };
static PATH: Param = Param { name: "path", kind: Kind::Text(8), doc: "" };
static TYPE: Param = Param { name: "type", kind: Kind::Word(&["TCP", "UDP"]), doc: "" };
static CODES: Param = Param { name: "codes", kind: Kind::Codes(&[0x35, 0xC02F]), doc: "" };

static LEN: Param = Param { name: "len", kind: Kind::Length(0, 1500), doc: "" };

static FORMS: [Form<u8>; 5] = [
    Form::item("path", &[req(&ID), opt(&PATH)], 1)
        .spelled(&[Alias { name: "paht", source: Source::Misprint("9.9") }]),
    Form::item("codes", &[req(&ID), rep(&CODES)], 2),
    Form::plain(&[req(&ID), opt(&FLAG), opt(&TYPE)], 3),
    Form::item("checkhost", &[req(&ID)], 4).foreign(),
    Form::plain(&[req(&ID), opt(&FLAG), opt(&TYPE), opt(&LEN)], 5).foreign(),
];

const STRICT: Leniency = Leniency { misprints: false, foreign: false };
const LENIENT: Leniency = Leniency { misprints: true, foreign: true };

fn parse(tail: &str) -> Result<(u8, Args), ArgError> {
    Args::parse(&FORMS, None, tail.as_bytes(), STRICT).map(|(form, args)| (form.run, args))
}

#[test]
fn selects_and_reads() {
    let (run, args) = parse("\"PATH\",3,\"a;b\\22c\"").unwrap();
    assert_eq!((run, args.int(&ID), args.opt_text(&PATH)), (1, 3, Some("a;b\"c")));
    let (run, args) = parse("\"path\",3").unwrap();
    assert_eq!((run, args.opt_text(&PATH)), (1, None));
    let (run, args) = parse(" 11 , ,\"udp\"").unwrap();
    assert_eq!((run, args.int(&ID), args.opt_int(&FLAG), args.text(&TYPE)), (3, 11, None, "UDP"));
    let (_, args) = parse("\"codes\",1,0x35:0XC02F,0X0035").unwrap();
    assert_eq!(args.codes(&CODES), Some(alloc::vec![0x35, 0xC02F, 0x35]));
    let (_, args) = parse("\"codes\",1").unwrap();
    assert_eq!(args.codes(&CODES), None);
}

#[test]
fn refuses_with_the_reason() {
    for (tail, text) in [
        ("", "<id> is missing"),
        ("12", "<id> must be in 0-11, not 12"),
        ("99999999999", "<id> must be a bare number, not 99999999999"),
        ("-1", "<id> must be a bare number, not -1"),
        ("\"1\"", "<id> must be a bare number, not \"1\""),
        ("1,1", "<flag> must be one of 0,2, not 1"),
        ("1,2,TCP", "<type> must be a string in quotes, not TCP"),
        ("1,2,\"SCTP\"", "<type> must be one of \"TCP\",\"UDP\", not \"SCTP\""),
        ("1,2,\"TCP\",4", "there are more parameters than the command takes"),
        ("1,2,\"TCP\",", "there are more parameters than the command takes"),
        ("\"path\",1,\"123456789\"", "<path> must be at most 8 bytes long, not \"123456789\""),
        ("\"path\",1,\"abc", "a quote is missing, or something stands behind a closing quote"),
        ("\"path\",1,abc\"", "a quote is missing, or something stands behind a closing quote"),
        ("\"path\",1,\"a\"b", "a quote is missing, or something stands behind a closing quote"),
        ("\"codes\",1,0x0036", "<codes> must be one of the known codes, not 0x0036"),
        ("\"codes\",1,35", "<codes> must be a bare number, not 35"),
        ("\"codes\",1,0X", "<codes> must be a bare number, not 0X"),
        ("\"codes\",1,0X+35", "<codes> must be a bare number, not 0X+35"),
    ] {
        assert_eq!(parse(tail).err().map(|e| e.to_string()).as_deref(), Some(text), "{tail}");
    }
    assert_eq!(
        Args::parse(&FORMS[..2], None, b"\"x\",1", STRICT).unwrap_err().to_string(),
        "there is no item \"x\""
    );
}

#[test]
fn leniency_is_noted() {
    let (form, args) = Args::parse(&FORMS, None, b"\"paht\",\"1\"", LENIENT).unwrap();
    assert_eq!((form.run, args.int(&ID), args.habits().len()), (1, 1, 2));
    assert!(Args::parse(&FORMS, None, b"\"paht\",1", STRICT).is_err());
    let (form, args) = Args::parse(&FORMS, None, b"\"checkhost\",1", LENIENT).unwrap();
    assert_eq!((form.run, args.habits()), (4, &[Habit::Foreign(Some("checkhost"))][..]));
    assert!(parse("\"checkhost\",1").is_err());
    let (form, args) = Args::parse(&FORMS, None, b"1,,,2000", LENIENT).unwrap();
    assert_eq!((form.run, args.opt_int(&LEN)), (5, Some(1500)));
    assert!(parse("1,,,1000").is_err());
}

#[test]
fn lead_value_stands_first() {
    let (_, args) = Args::parse(&FORMS, Some(4), b"2", STRICT).unwrap();
    assert_eq!((args.int(&ID), args.opt_int(&FLAG)), (4, Some(2)));
    let (_, args) = Args::parse(&FORMS, Some(4), b"", STRICT).unwrap();
    assert_eq!((args.int(&ID), args.opt_int(&FLAG)), (4, None));
}
