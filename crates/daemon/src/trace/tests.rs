mod kinds;

use super::*;
use crate::aside::ROOM;
use core::net::SocketAddr;
use module::{
    AtPort, Cause, CommandCause, ErrorCode, Failure, Injected, NetworkCause, Operator, QueryId, SimCard,
    Speaker, Spoken,
};
use std::{io::Write, sync::Mutex, time::Duration};

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const PORT: PortId = PortId(0);
const AT: Stamp =
    Stamp { elapsed: Duration::from_micros(512_233), unix: Duration::from_micros(1_700_000_000_000_042) };

/// What a trace of one port says of what `run` does with it.
fn traced(form: Form, colours: bool, secrets: Secrets, run: impl FnOnce(&mut Tracer)) -> String {
    let sink = Sink::default();
    let mut trace = Trace::new(secrets);
    trace.add(Writer::start(Box::new(sink.clone()), "sink".into(), form, colours));
    let mut tracer = Tracer::new(trace, ["uart1"].into_iter());
    run(&mut tracer);
    drop(tracer);
    let bytes = sink.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

fn human(run: impl FnOnce(&mut Tracer)) -> String {
    traced(Form::Human, false, Secrets::Hidden, run)
}

fn json(run: impl FnOnce(&mut Tracer)) -> String {
    traced(Form::Json, false, Secrets::Hidden, run)
}

#[test]
fn lines_tell_when_who_which_way_and_what() {
    let text = human(|trace| {
        trace.said(AT, PORT, Side::Host, Talk::Dialogue, b"AT\r");
        trace.said(
            Stamp { elapsed: Duration::from_secs(12), ..AT },
            PORT,
            Side::Module,
            Talk::Dialogue,
            b"\r\n\"\\\x1a\xff",
        );
    });
    assert_eq!(
        text,
        concat!("   0.512233 uart1 > AT\\r\n", "  12.000000 uart1 < \\r\\n\\\"\\\\\\x1a\\xff\n")
    );
}

#[test]
fn colours_frame_the_line() {
    let text = traced(Form::Human, true, Secrets::Hidden, |trace| {
        trace.said(AT, PORT, Side::Host, Talk::Dialogue, b"AT")
    });
    assert_eq!(text, "   0.512233 \x1b[36muart1 > AT\x1b[0m\n");
}

#[test]
fn objects_tell_the_same_to_programs() {
    let peer: SocketAddr = "192.0.2.1:443".parse().unwrap();
    let local: SocketAddr = "10.0.0.1:50000".parse().unwrap();
    let text = json(|trace| {
        trace.input(AT, &Input::PortAttached(PORT));
        trace.said(AT, PORT, Side::Host, Talk::Dialogue, b"AT\r");
        trace.said(AT, PORT, Side::Module, Talk::Dialogue, b"\"\\\x1a\xff");
        trace.action(
            AT,
            &Action::Resolve(QueryId(1), "a.example".into(), vec![peer.ip()], module::Families::V4),
        );
        trace.input(AT, &Input::Resolved(QueryId(1), Err(module::DnsFailure::NotFound)));
        trace.input(AT, &Input::Tick);
        trace.action(AT, &Action::Connect(ConnId(7), peer, module::Dial::default()));
        trace.input(AT, &Input::Connected(ConnId(7), local));
        trace.see(AT, &Seen::NetOut { conn: ConnId(7), to: None, bytes: &[0; 120] });
        trace.see(AT, &Seen::NetIn { conn: ConnId(7), from: None, bytes: &[0; 1460] });
        trace.action(AT, &Action::Event(Event::KeyLog("CLIENT_RANDOM".into())));
        trace.action(
            AT,
            &Action::Event(Event::Socket { client: 4, from: "Opening", to: "Initial", why: "näher".into() }),
        );
        trace.action(AT, &Action::Event(Event::Urc { port: AtPort::Uart1, text: "+QSSLOPEN: 4,566".into() }));
    });
    let expected = [
        r#""kind":"attached","port":"uart1""#,
        r#""kind":"host","port":"uart1","data":"AT\r""#,
        r#""kind":"module","port":"uart1","data":"\"\\\u001aÿ""#,
        r#""kind":"dns_query","query":1,"name":"a.example","servers":["192.0.2.1"]"#,
        r#""kind":"dns_failed","query":1,"why":"NotFound""#,
        r#""kind":"connect","conn":7,"remote":"192.0.2.1:443""#,
        r#""kind":"connected","conn":7,"local":"10.0.0.1:50000""#,
        r#""kind":"net_sent","conn":7,"bytes":120"#,
        r#""kind":"net_received","conn":7,"bytes":1460"#,
        r#""kind":"socket","client":4,"from":"Opening","to":"Initial","why":"n\u00e4her""#,
        r#""kind":"urc","port":"uart1","text":"+QSSLOPEN: 4,566""#,
    ];
    let expected: String = expected
        .iter()
        .map(|rest| format!("{{\"t\":0.512233,\"unix\":1700000000.000042,{rest}}}\n"))
        .collect();
    assert_eq!(text, expected);
}

/// What is shown of what both sides say, each side's bytes in pieces of so many.
fn dialogue(secrets: Secrets, size: usize, said: &[(Side, &str)]) -> String {
    let mut eyes = Eyes::new(secrets);
    let mut text = String::new();
    for (by, said) in said {
        let mut hidden = 0;
        for bytes in said.as_bytes().chunks(size) {
            let pieces = if *by == Side::Host {
                eyes.host(Talk::Dialogue, bytes)
            } else {
                eyes.module(Talk::Dialogue, bytes)
            };
            for piece in pieces {
                match piece {
                    Piece::Shown(bytes) => text += &String::from_utf8(bytes).unwrap(),
                    Piece::Hidden(count) => hidden += count,
                }
            }
        }
        if hidden > 0 {
            text += &format!("[{hidden}]");
        }
        text += "|";
    }
    text
}

/// The same for pieces of every size.
fn shown(secrets: Secrets, said: &[(Side, &str)]) -> String {
    let longest = said.iter().map(|(_, said)| said.len()).max().unwrap();
    let whole = dialogue(secrets, longest, said);
    for size in 1..longest {
        assert_eq!(dialogue(secrets, size, said), whole, "in pieces of {size}");
    }
    whole
}

/// A line and its echo, unless secrets are wanted, too.
#[track_caller]
fn is_shown_as(typed: &str, told: &str, answer: &str) {
    use Side::{Host, Module};
    let both = [(Host, typed), (Module, typed), (Module, answer)];
    assert_eq!(shown(Secrets::Hidden, &both), format!("{told}|{told}|{answer}|"));
    assert_eq!(shown(Secrets::Shown, &both), format!("{typed}|{typed}|{answer}|"));
}

#[test]
fn secret_parameters_become_asterisks_on_their_way_and_in_the_echo() {
    use Side::{Host, Module};
    for (typed, told) in [
        ("AT+CPIN=\"1234\"\r", "AT+CPIN=\"****\"\r"),
        ("at + cpin = 1234\r", "at + cpin =*****\r"),
        ("AT+CPIN=\"12345678\",\"1234\";+CSQ\r", "AT+CPIN=\"********\",\"****\";+CSQ\r"),
        ("AT+CPIX\x08N=\"1234\"\r", "AT+CPIX\x08N=\"****\"\r"),
        ("AT+CPIN?;+CPIN=?\r", "AT+CPIN?;+CPIN=?\r"),
        ("AT+CPWD=\"SC\",\"1234\",\"4321\"\r", "AT+CPWD=\"SC\",\"****\",\"****\"\r"),
        ("AT+CLCK=\"SC\",1,\"1234\"\r", "AT+CLCK=\"SC\",1,\"****\"\r"),
        ("AT+QICSGP=1,1,\"net\",\"me\",\"a,;b\",1\r", "AT+QICSGP=1,1,\"net\",\"me\",\"****\",1\r"),
        ("AT+CSQ;+CPIN=\"1234\"\r", "AT+CSQ;+CPIN=\"****\"\r"),
        ("AT+CGAUTH=1,2,\"me\",\"word\"\r", "AT+CGAUTH=1,2,\"**\",\"****\"\r"),
        ("AT+QSSLCFG=\"clientkey\",1,\"key.pem\"\r", "AT+QSSLCFG=\"clientkey\",1,\"key.pem\"\r"),
    ] {
        is_shown_as(typed, told, "\r\nOK\r\n");
    }
    let asked = [(Host, "AT+QICSGP=1\r"), (Module, "\r\n+QICSGP: 1,\"net\",\"me\",\"word\",1\r\n\r\nOK\r\n")];
    assert_eq!(
        shown(Secrets::Hidden, &asked),
        "AT+QICSGP=1\r|\r\n+QICSGP: 1,\"net\",\"me\",\"****\",1\r\n\r\nOK\r\n|"
    );
}

#[test]
fn a_mistyped_command_shows_no_secret() {
    use Side::{Host, Module};
    for (typed, told) in [
        ("AT+CPIN:1234\r", "AT+CPIN:****\r"),
        ("at+cpin \"1234\"\r", "at+cpin \"****\"\r"),
        ("AT+CPIN\t= \"1234\"\r", "AT+CPIN\t=*\"****\"\r"),
        ("AT+CP\tIN=1234\r", "AT+CP\tIN=****\r"),
        ("AT+CPIN1234\r", "AT+CPIN****\r"),
        ("AT+CPIN,1234\r", "AT+CPIN,****\r"),
        ("AT+CPIN?1234\r", "AT+CPIN?****\r"),
        ("AT+CPIN=?;1234\r", "AT+CPIN=?;****\r"),
        ("AT+CSQ;+cpin-1 2 34;+CSQ\r", "AT+CSQ;+cpin*******;+CSQ\r"),
        ("AT+CPIN=12;34;AT+CSQ\r", "AT+CPIN=**;**;AT+CSQ\r"),
        ("AT+CPIN=12; A34\r", "AT+CPIN=**; A**\r"),
        ("AT+CPIN=\"1234;+CSQ\r", "AT+CPIN=\"*********\r"),
        ("AT+CPINN\x08=1234\rAT\r", "AT+CPIN*******\rAT\r"),
        ("AT+CPWD \"SC\",\"1234\",\"4321\"\r", "AT+CPWD \"**\",\"****\",\"****\"\r"),
        ("AT+CPWD=\"SC\" \"1234\",\"4321\"\r", "AT+CPWD=\"SC\" \"****\",\"****\"\r"),
        ("AT+CLCK=\"SC\",0 \"1234\"\r", "AT+CLCK=\"SC\",0 \"****\"\r"),
        ("AT+CLCK=\"SC\"1234\r", "AT+CLCK=\"SC\"****\r"),
        ("AT+QICSGP:1,1,\"net\",\"me\",\"word\"\r", "AT+QICSGP:*,*,\"***\",\"**\",\"****\"\r"),
        ("AT+CPINR;+COPS?\r", "AT+CPIN*;+COPS?\r"),
    ] {
        is_shown_as(typed, told, "\r\nERROR\r\n");
    }
    let payload = [(Host, "AT+QISENDEX 1,\"6162\"\r")];
    assert_eq!(shown(Secrets::HiddenWithPayload, &payload), "AT+QISENDEX *,\"****\"\r|");
    assert_eq!(shown(Secrets::Hidden, &payload), "AT+QISENDEX 1,\"6162\"\r|");
    // What the module answers is there to be read.
    let answers = "\r\n+CPIN: READY\r\n\r\n+CLCK: 1\r\n\r\n+CPWD: (\"SC\",8)\r\n+CGAUTH: 1,0\r\n";
    assert_eq!(shown(Secrets::Hidden, &[(Module, answers)]), format!("{answers}|"));
}

#[test]
fn a_line_feed_in_a_command_is_no_way_to_its_secret() {
    use Side::Host;
    for (typed, told) in [
        ("AT+CPIN=\"12\n34\"\r\nAT\r\n", "AT+CPIN=\"**\n**\"\r\nAT\r\n"),
        ("AT+CPIN=12\n34\r\nAT\r\n", "AT+CPIN=**\n**\r\nAT\r\n"),
        ("AT+CP\nIN\n=1234\r", "AT+CP\nIN\n=****\r"),
        ("AT+QICSGP=1,1,\"net\",\"me\",\"wo\nAT\"\r", "AT+QICSGP=1,1,\"net\",\"me\",\"**\n**\"\r"),
        // After ATS3=10 it ends the line.
        ("AT+CPIN=1234\nAT+CSQ\nAT+CPIN?\nat\n", "AT+CPIN=****\nAT+CSQ\nAT+CPIN?\nat\n"),
    ] {
        assert_eq!(shown(Secrets::Hidden, &[(Host, typed)]), format!("{told}|"));
    }
    let upload = [(Host, "AT+QF\nUPL\t=\"k\",6\rsecret"), (Side::Module, "\r\nOK\r\n")];
    assert_eq!(shown(Secrets::Hidden, &upload), "AT+QF\nUPL\t=\"k\",6\r[6]|\r\nOK\r\n|");
}

#[test]
fn the_echo_of_a_correction_is_followed() {
    let echo = [(Side::Module, "AT+CPX\x08 \x08IN=1234\r\r\nOK\r\n")];
    assert_eq!(shown(Secrets::Hidden, &echo), "AT+CPX\x08 \x08IN=****\r\r\nOK\r\n|");
}

#[test]
fn contents_of_files_become_a_count() {
    use Side::{Host, Module};
    let name = "n".repeat(80);
    let upload = format!("AT+QFUPL=\"{name}\",9\r");
    let dialogue = [
        (Host, upload.as_str()),
        (Module, "\r\nCONNECT\r\n"),
        (Host, "a\rsecret\n"),
        (Module, "\r\n+QFUPL: 9,abcd\r\n\r\nOK\r\n"),
        (Host, "AT+QFDWL=\"k\"\r"),
        (Module, "AT+QFDWL=\"k\"\r\r\nCONNECT\r\n"),
        (Module, "a\rsecret\n\r\n+QFDWL: 9,abcd\r\n\r\nOK\r\n"),
        (Host, "AT+QFUPL=?\r"),
        (Module, "\r\nOK\r\n"),
        (Host, "AT\r"),
    ];
    let expected = format!(
        "{upload}|\r\nCONNECT\r\n|[9]|\r\n+QFUPL: 9,abcd\r\n\r\nOK\r\n|AT+QFDWL=\"k\"\r|AT+QFDWL=\"k\"\r\r\nCONNECT\r[1]|\
         \n[32]|AT+QFUPL=?\r|\r\nOK\r\n|AT\r|"
    );
    assert_eq!(shown(Secrets::Hidden, &dialogue), expected);
    // A host that does not wait: what it types ahead is left out with the content.
    let hasty = [(Host, "AT+QFUPL=\"k\",6\rsecretAT\r"), (Module, "\r\nERROR\r\n"), (Host, "AT\r")];
    assert_eq!(shown(Secrets::Hidden, &hasty), "AT+QFUPL=\"k\",6\r[9]|\r\nERROR\r\n|AT\r|");
}

#[test]
fn payload_is_left_out_on_request() {
    use Side::{Host, Module};
    let send = [
        (Host, "AT+QSSLSEND=4\r"),
        (Module, "AT+QSSLSEND=4\r\r\n> "),
        (Host, "private\x1a"),
        (Module, "private\x1a"),
        (Module, "\r\nSEND OK\r\n"),
        (Host, "AT\r"),
    ];
    let all: String = send.iter().map(|(_, said)| format!("{said}|")).collect();
    assert_eq!(shown(Secrets::Hidden, &send), all);
    assert_eq!(
        shown(Secrets::HiddenWithPayload, &send),
        "AT+QSSLSEND=4\r|AT+QSSLSEND=4\r\r\n> |[8]|[8]|\n[10]|AT\r|"
    );
}

#[test]
fn received_data_are_left_out_on_request_too() {
    use Side::{Host, Module};
    let hidden = |said: &[(Side, &str)]| shown(Secrets::HiddenWithPayload, said);
    for (said, told) in [
        ("\r\n+QSSLRECV: 7\r\npri\r\nte\r\n\r\nOK\r\n", "\r\n+QSSLRECV: 7\r\n\r\n\r\nOK\r\n[7]|"),
        ("\r\n+QIRD: 4,\"192.0.2.1\",80\r\nmine\r\n", "\r\n+QIRD: 4,\"192.0.2.1\",80\r\n\r\n[4]|"),
        ("\r\n+QIRD: 9,4,5\r\n\r\nOK\r\n", "\r\n+QIRD: 9,4,5\r\n\r\nOK\r\n|"),
        ("\r\n+QSSLURC: \"recv\",4\r\n\r\nOK\r\n", "\r\n+QSSLURC: \"recv\",4\r\n\r\nOK\r\n|"),
        ("\r\n+QSSLURC: \"recv\",4,3\r\nown\r\n", "\r\n+QSSLURC: \"recv\",4,3\r\n\r\n[3]|"),
        ("\r\n+QIURC: \"recv\",11,3\r\nown\r\n", "\r\n+QIURC: \"recv\",11,3\r\n\r\n[3]|"),
    ] {
        assert_eq!(hidden(&[(Module, said)]), told);
        assert_eq!(shown(Secrets::Hidden, &[(Module, said)]), format!("{said}|"));
    }
    assert_eq!(hidden(&[(Host, "AT+QISENDEX=1,\"6162\"\r")]), "AT+QISENDEX=1,\"****\"\r|");
    // Who lets data look in another way is shown nothing of what the module says.
    let comma = [(Host, "AT+QICFG=\"viewmode\",1\r"), (Module, "\r\n+QIRD: 4,mine\r\n")];
    assert_eq!(hidden(&comma), "AT+QICFG=\"viewmode\",1\r|[17]|");
}

/// Transparent data that look like a command with a secret, or with a content.
const DATA: &[u8] = b"AT+CPIN=1234\r\nAT+QFUPL=\"a\",9\r\n";

#[test]
fn transparent_data_are_no_dialogue() {
    let data = |trace: &mut Tracer| {
        trace.said(AT, PORT, Side::Host, Talk::Data, DATA);
        trace.said(AT, PORT, Side::Module, Talk::Data, DATA);
        trace.said(AT, PORT, Side::Host, Talk::Dialogue, b"AT\r");
    };
    let all = DATA.escape_ascii();
    let line = "   0.512233 uart1";
    assert_eq!(human(data), format!("{line} > {all}\n{line} < {all}\n{line} > AT\\r\n"));
    let hidden = traced(Form::Human, false, Secrets::HiddenWithPayload, data);
    let count = "[30 bytes not shown]";
    assert_eq!(hidden, format!("{line} > {count}\n{line} < {count}\n{line} > AT\\r\n"));
}

#[test]
fn people_are_shown_the_beginning_of_much_transparent_data_and_programs_all() {
    let much = [b'x'; 1000];
    let data = |trace: &mut Tracer| {
        trace.said(AT, PORT, Side::Host, Talk::Data, &much);
        trace.said(AT, PORT, Side::Host, Talk::Dialogue, &much);
    };
    let line = "   0.512233 uart1 >";
    let (first, all) = ("x".repeat(256), "x".repeat(1000));
    assert_eq!(human(data), format!("{line} {first} [and 744 bytes more]\n{line} {all}\n"));
    assert_eq!(json(data).matches(&all).count(), 2);
}

#[test]
fn programs_get_what_is_no_text_in_base64_where_that_is_shorter() {
    let bytes: Vec<u8> = (0..=255).collect();
    let said = |talk, bytes: &[u8]| {
        traced(Form::Json, false, Secrets::Shown, |trace| trace.said(AT, PORT, Side::Host, talk, bytes))
    };
    for talk in [Talk::Data, Talk::Frames] {
        let line: serde_json::Value = serde_json::from_str(&said(talk, &bytes)).unwrap();
        let text = line["base64"].as_str().unwrap();
        assert_eq!(base64_simd::STANDARD.decode_to_vec(text).unwrap(), bytes);
        assert_eq!(line.get("data"), None);
    }
    assert!(said(Talk::Data, b"\x01\x02\x03").contains(r#","base64":"AQID"}"#));
    // As long either way.
    assert!(said(Talk::Data, b"\x1a").contains(r#","data":"\u001a"}"#));
    assert!(said(Talk::Data, b"GET / HTTP/1.1\r\n\r\n").contains(r#","data":"GET / HTTP/1.1\r\n\r\n"}"#));
    // What a host and a module say to each other is there to be read.
    assert!(said(Talk::Dialogue, b"\x01\x02\x03").contains(r#","data":"\u0001\u0002\u0003"}"#));
}

#[test]
fn channels_are_ports_and_frames_are_no_way_to_their_secrets() {
    let channel = |trace: &mut Tracer| {
        let mut on = |what| trace.action(AT, &Action::Event(Event::Channel { port: AtPort::Cmux1, what }));
        on(OnChannel::Opened);
        on(OnChannel::Lines(module::DteLines { dtr: true, rts: false }));
        on(OnChannel::Host(Talk::Dialogue, b"AT+CPIN=".to_vec()));
        on(OnChannel::Host(Talk::Dialogue, b"1234\r".to_vec()));
        on(OnChannel::Module(Talk::Dialogue, b"\r\nOK\r\n".to_vec()));
        on(OnChannel::Closed);
        trace.said(AT, PORT, Side::Host, Talk::Frames, b"\xf9AT+CPIN=\xf9\xf91234\r\xf9");
    };
    let t = "   0.512233";
    let lines = [
        "cmux1 host attached",
        "cmux1 host lines: DTR on, RTS off",
        "cmux1 > AT+CPIN=",
        "cmux1 > ****\\r",
        "cmux1 < \\r\\nOK\\r\\n",
        "cmux1 host detached",
        "uart1 > [17 bytes of frames]",
    ];
    assert_eq!(human(channel), lines.iter().map(|line| format!("{t} {line}\n")).collect::<String>());
    let text = json(channel);
    for line in [
        r#""kind":"attached","port":"cmux1"}"#,
        r#""kind":"host_lines","port":"cmux1","dtr":true,"rts":false}"#,
        r#""kind":"host","port":"cmux1","data":"****\r"}"#,
        r#""kind":"detached","port":"cmux1"}"#,
        r#""kind":"host_frames","port":"uart1","hidden":17}"#,
    ] {
        assert!(text.contains(line), "no {line} in\n{text}");
    }
}

#[test]
fn what_the_module_says_of_secrets_is_left_out_too() {
    let events = |trace: &mut Tracer| {
        let what = "<pin> must be a string in quotes, not 1234".into();
        let cause = CommandCause::Parameter { command: "+CPIN", what }.into();
        let (command, failure) = ("+CPIN".into(), Failure::Code(ErrorCode::InvalidParameter));
        let refused = Event::Refused { port: AtPort::Uart1, command, failure, cause };
        trace.action(AT, &Action::Event(refused));
        let cause = CommandCause::NoSuchCommand { name: "+CPIN:1234".into() }.into();
        let (command, failure) = (String::new(), Failure::Plain);
        let refused = Event::Refused { port: AtPort::Uart1, command, failure, cause };
        trace.action(AT, &Action::Event(refused));
        let card = SimCard { pin: Some("1234".into()) };
        trace.input(AT, &Input::Operator(Operator::Sim(Some(card))));
    };
    assert_eq!(
        human(events),
        "   0.512233 uart1: AT+CPIN refused with 552: <pin> must be a string in quotes, not this\n            \
         what helps: AT+CPIN=? lists the parameters and their ranges [wrong_parameter]\n   \
         0.512233 uart1: AT refused with ERROR: there is no such command: AT+CPIN:****\n            \
         what helps: AT+CLAC lists the commands there are [no_such_command]\n   \
         0.512233 operator Sim(a card)\n"
    );
    assert_eq!(traced(Form::Human, false, Secrets::Shown, events).matches("1234").count(), 3);
}

#[test]
fn commands_and_messages_of_tls_are_explained() {
    let command = |command, values| Event::Command {
        port: AtPort::Uart1,
        command,
        form: "=",
        section: "2.2.5",
        summary: "Close an SSL socket",
        values,
    };
    let events = |trace: &mut Tracer| {
        trace.action(AT, &Action::Event(command("+QSSLCLOSE", vec![("clientID", "4".into())])));
        let facts = vec![("version", "TLS 1.2".into())];
        let spoken = Spoken { by: Speaker::Server, message: "ServerHello", len: 67, facts };
        trace.action(AT, &Action::Event(Event::Tls { client: 4, spoken }));
        trace.action(AT, &Action::Event(command("+CPIN", vec![("pin", "\"1234\"".into())])));
    };
    assert_eq!(
        human(events),
        "   0.512233 uart1 # AT+QSSLCLOSE= 2.2.5 Close an SSL socket: clientID 4\n   \
         0.512233 socket 4: receives ServerHello, 67 bytes, version TLS 1.2\n   \
         0.512233 uart1 # AT+CPIN= 2.2.5 Close an SSL socket\n"
    );
    let text = traced(Form::Json, false, Secrets::Hidden, events);
    for line in [
        r#""kind":"command","port":"uart1","command":"+QSSLCLOSE","form":"=","section":"2.2.5","summary":"Close an SSL socket","values":["clientID 4"]"#,
        r#""kind":"tls_received","client":4,"message":"ServerHello","bytes":67,"facts":["version TLS 1.2"]"#,
        r#""command":"+CPIN","form":"=","section":"2.2.5","summary":"Close an SSL socket","values":[]"#,
    ] {
        assert!(text.contains(line), "no {line} in\n{text}");
    }
    assert!(traced(Form::Json, false, Secrets::Shown, events).contains("1234"));
}

#[test]
fn a_failure_has_its_remedy() {
    let events = |trace: &mut Tracer| {
        let cause = NetworkCause::PdpLost { pdp: 1 }.into();
        let failed = Event::OpenFailed { client: 4, code: ErrorCode::PdpBroken, cause };
        trace.action(AT, &Action::Event(failed));
        let by = Injected { fault: "net.socket", driver: "try again" };
        let cause = Cause::Fault(by, Box::new(NetworkCause::PdpTooMany.into()));
        let failed = Event::ErrandFailed { command: "+QIACTEX", code: ErrorCode::OpenPdpFailed, cause };
        trace.action(AT, &Action::Event(failed));
    };
    let text = traced(Form::Human, true, Secrets::Hidden, events);
    let due = "\x1b[31msocket 4: open failed with 570: the network deactivated the PDP context 1\n            \
               what helps: AT+QIDEACT=1, then AT+QIACT=1, then open again [pdp_lost]\x1b[0m\n";
    assert!(text.contains(due), "{text}");
    let text = traced(Form::Json, false, Secrets::Hidden, events);
    for line in [
        r#""kind":"open_failed","client":4,"code":570,"cause":"the network deactivated the PDP context 1","reason":"pdp_lost","remedy":"AT+QIDEACT=1, then"#,
        r#""kind":"errand_failed","command":"+QIACTEX","code":561,"cause":"three contexts are active already (injected by fault net.socket)","reason":"pdp_too_many""#,
        r#""remedy":"a driver should try again","fault":"net.socket"}"#,
    ] {
        assert!(text.contains(line), "no {line} in\n{text}");
    }
}

#[test]
fn a_slow_reader_loses_lines_and_is_told_how_many() {
    const BYTES: usize = 64 * 1024;
    let lines = 2 * ROOM / BYTES;
    for (form, told) in [(Form::Human, " lines left out"), (Form::Json, "}")] {
        let sink = Sink::default();
        let mut trace = Trace::new(Secrets::Hidden);
        trace.add(Writer::start(Box::new(sink.clone()), "sink".into(), form, false));
        let mut tracer = Tracer::new(trace, ["uart1"].into_iter());
        let stopped = sink.0.lock().unwrap();
        for _ in 0..lines {
            tracer.said(AT, PORT, Side::Host, Talk::Dialogue, &[b'x'; BYTES]);
        }
        drop(stopped);
        drop(tracer);
        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        let of_lost = |line: &str| {
            let line = line.trim().trim_start_matches("{\"kind\":\"lost\",\"lines\":");
            line.split_once(told).and_then(|(count, _)| count.parse::<usize>().ok())
        };
        let lost: usize = text.lines().filter_map(of_lost).sum();
        let written = text.lines().filter(|line| line.contains("xxx")).count();
        assert_eq!(written + lost, lines);
        assert!(lost > 0);
    }
}
