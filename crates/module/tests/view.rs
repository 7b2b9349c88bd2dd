//! What a module shows of itself, and files that the operator touches.
#![allow(clippy::unwrap_used, reason = "a test: what breaks here fails it")]

use at::time::Instant;
use modemtwin_module::{Action, AtPort, Channel, Input, Module, PortId, Setup, view::Activity};

const PORT: PortId = PortId(0);

fn say(module: &mut Module, text: &str) -> String {
    module.rx(Instant::ZERO, Channel::Port(PORT), text.as_bytes());
    let mut said = String::new();
    loop {
        while module.poll().is_some() {}
        let bytes = module.tx(Channel::Port(PORT)).to_vec();
        if bytes.is_empty() {
            return said;
        }
        said += std::str::from_utf8(&bytes).unwrap();
        module.tx_done(Instant::ZERO, Channel::Port(PORT), bytes.len());
    }
}

#[test]
fn files_of_the_operator_are_files_of_the_host() {
    let mut module = Module::new(Setup::default(), Instant::ZERO);
    module.put_file("UFS:ca.pem", b"one".to_vec()).unwrap();
    module.put_file("ca.pem", b"other".to_vec()).unwrap();
    assert!(matches!(module.poll(), Some(Action::StoreFile(name)) if name == "ca.pem"));
    assert!(say(&mut module, "AT+QFLST\r").contains("+QFLST: \"UFS:ca.pem\",5\r\n"));
    assert!(say(&mut module, "AT+QFOPEN=\"ca.pem\"\r").contains("+QFOPEN: 1\r\n"));

    // V191
    assert_eq!(module.put_file("ca.pem", Vec::new()).unwrap_err().code, 426);
    assert_eq!(module.remove_file("ca.pem").unwrap_err().code, 426);
    assert!(module.files().files[0].is_open);
    say(&mut module, "AT+QFCLOSE=1\r");
    assert_eq!(**module.read_file("ca.pem").unwrap(), *b"other");
    module.remove_file("ca.pem").unwrap();
    assert_eq!(module.remove_file("ca.pem").unwrap_err().code, 405);
    assert_eq!(module.read_file("ca.pem").unwrap_err().code, 405);
    assert_eq!(module.put_file("RAM:x", Vec::new()).unwrap_err().code, 406);
    assert_eq!(module.put_file("big", vec![0; module.files().size + 1]).unwrap_err().code, 420);
    assert!(module.files().files.is_empty());
}

#[test]
fn a_port_says_what_it_does() {
    let mut module = Module::new(Setup::default(), Instant::ZERO);
    let port = |module: &Module| module.ports().remove(0);
    assert_eq!((port(&module).name, port(&module).is_attached), (AtPort::Uart1, false));
    module.handle(Instant::ZERO, Input::PortAttached(PORT));
    say(&mut module, "ATE0&D1\r");
    let state = port(&module);
    assert_eq!((state.is_attached, state.echo, state.dtr_setting), (true, false, 1));
    assert_eq!(state.activity, Activity::Command);
    say(&mut module, "AT+QFUPL=\"x\",3\r");
    assert_eq!(port(&module).activity, Activity::Payload);
    say(&mut module, "abc");
    assert_eq!(port(&module).activity, Activity::Command);

    assert!(!module.pdp_contexts()[0].is_active);
    say(&mut module, "AT+QICSGP=1,3,\"net\",\"me\",\"secret\",1\rAT+QIACT=1\r");
    let context = module.pdp_contexts().remove(0);
    assert_eq!(
        (context.id, context.apn.as_str(), context.is_active, context.addresses.len()),
        (1, "net", true, 2)
    );
    assert!(!format!("{context:?}").contains("secret"));
    say(&mut module, "AT+CMUX=0\r");
    assert_eq!(port(&module).activity, Activity::Multiplexed);
    assert_eq!(module.ports().len(), 5);
}

#[test]
fn a_file_may_leave_with_what_stands_before_it() {
    let mut module = Module::new(Setup::default(), Instant::ZERO);
    let port = Channel::Port(PORT);
    module.put_file("f", b"content".to_vec()).unwrap();
    module.rx(Instant::ZERO, port, b"AT+QFDWL=\"f\"\r");
    let said = module.tx(port).len();
    assert!(module.tx(port).ends_with(b"\r\nCONNECT\r\n"));
    assert_eq!(module.tx_behind(port), b"content");
    module.tx_done(Instant::ZERO, port, said);
    assert_eq!((module.tx(port), module.tx_behind(port)), (&b"content"[..], &b""[..]));
    module.tx_done(Instant::ZERO, port, 3);
    assert_eq!(module.tx(port), b"tent");
    module.tx_done(Instant::ZERO, port, 4);
    assert_eq!(module.tx(port), b"\r\n+QFDWL: 7,1c75\r\n\r\nOK\r\n");
}
