//! Every code of Table 5 can be had at will, in the form that the command has for it, and only where it was asked for.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test: what breaks here fails it")]

use modemtwin_faults::{Family, rows};
use module::{AtPort, ErrorCode, PortId, Setup};
use testkit::{
    peer::{Manners, PlainPeer},
    world::{Answer, Service, World},
};

const PORT: PortId = PortId(0);

/// Codes that a command finds out at once (V170).
const AT_ONCE: [u16; 9] = [551, 552, 555, 561, 563, 568, 572, 573, 574];

struct Host(World);

impl Host {
    fn new() -> Host {
        let mut world = World::new(Setup { ports: vec![AtPort::Uart1], ..Setup::default() });
        let plain = || Box::new(PlainPeer::new(Manners::Polite)) as _;
        world.set_name("a.example", Answer::Addresses(vec!["192.0.2.1".parse().unwrap()]));
        world.serve("192.0.2.1:7".parse().unwrap(), Service::Accept(Box::new(plain)), None);
        let mut host = Host(world);
        assert_eq!(host.says("ATE0"), "ATE0\r\r\nOK\r\n");
        assert_eq!(host.says("AT+QIACT=1"), "\r\nOK\r\n");
        host
    }

    fn says(&mut self, line: &str) -> String {
        self.0.send(PORT, format!("{line}\r").as_bytes());
        String::from_utf8(self.0.take_output(PORT)).unwrap()
    }

    fn fault(&mut self, text: &str) {
        self.0.fault(text.parse().unwrap()).unwrap();
    }

    fn register(&mut self) -> String {
        self.says("AT+QIGETERROR")
    }
}

fn codes() -> impl Iterator<Item = u16> {
    ErrorCode::ALL.iter().map(|code| code.code()).filter(|code| *code != 0)
}

#[test]
fn there_is_a_row_for_every_code() {
    let names: Vec<String> = codes().map(|code| format!("error.{code}")).collect();
    let rows: Vec<&str> = rows().filter(|row| row.family == Family::Error).map(|row| row.name).collect();
    assert_eq!(rows, names);
    assert_eq!(rows.len(), 25);
}

#[test]
fn every_code_comes_in_the_form_of_the_command() {
    for code in codes() {
        for (command, urc) in [
            ("AT+QSSLOPEN=1,0,4,\"192.0.2.1\",7,0", format!("+QSSLOPEN: 4,{code}")),
            ("AT+QIOPEN=1,4,\"TCP\",\"192.0.2.1\",7,0,0", format!("+QIOPEN: 4,{code}")),
            ("AT+QIDNSGIP=1,\"a.example\"", format!("+QIURC: \"dnsgip\",{code}")),
            ("AT+QPING=1,\"192.0.2.1\"", format!("+QPING: {code}")),
            ("AT+QNTP=1,\"192.0.2.1\"", format!("+QNTP: {code}")),
            ("AT+QIACTEX=2", format!("+QIACTEX: 2,{code}")),
            ("AT+QIDEACTEX=1", format!("+QIDEACTEX: 1,{code}")),
        ] {
            let mut host = Host::new();
            let name = command.trim_start_matches("AT+").split('=').next().unwrap();
            host.fault(&format!("error.{code} on={name}"));
            if AT_ONCE.contains(&code) {
                assert_eq!(host.says(command), "\r\nERROR\r\n", "{code} {command}");
                assert!(host.register().contains(&format!("+QIGETERROR: {code},")), "{code} {command}");
            } else {
                assert_eq!(host.says(command), format!("\r\nOK\r\n\r\n{urc}\r\n"), "{code}");
                assert!(host.register().contains("+QIGETERROR: 0,"), "{code} {command}");
            }
            assert!(host.0.faults().is_empty(), "{code} {command}");
            // Once, and then the command does what it does.
            let second = host.says(command);
            assert!(second.starts_with("\r\nOK\r\n") && !second.contains(&urc), "{code} {command}: {second}");
        }
        let mut host = Host::new();
        host.fault(&format!("error.{code} on=+QISEND"));
        host.says("AT+QIOPEN=1,0,\"TCP\",\"192.0.2.1\",7");
        assert_eq!(host.says("AT+QISEND=0,1"), "\r\nERROR\r\n", "{code}");
        assert!(host.register().contains(&format!("+QIGETERROR: {code},")), "{code}");
        assert_eq!(host.says("AT+QISEND=0,1"), "\r\n> ", "{code}");
        let said = format!("(injected by fault error.{code})");
        assert!(host.0.events().iter().any(|(_, event)| event.to_string().contains(&said)), "{code}");
    }
}

#[test]
fn in_transparent_mode_the_open_itself_fails() {
    for code in codes() {
        let mut host = Host::new();
        host.fault(&format!("error.{code} on=QIOPEN"));
        assert_eq!(host.says("AT+QIOPEN=1,0,\"TCP\",\"192.0.2.1\",7,0,2"), "\r\nERROR\r\n", "{code}");
        assert!(host.register().contains(&format!("+QIGETERROR: {code},")), "{code}");
        assert_eq!(host.says("AT+QIOPEN=1,0,\"TCP\",\"192.0.2.1\",7,0,2"), "\r\nCONNECT\r\n", "{code}");
    }
}

#[test]
fn occurrences_are_those_of_the_command() {
    let mut host = Host::new();
    let open = |host: &mut Host, id| host.says(&format!("AT+QIOPEN=1,{id},\"TCP\",\"192.0.2.1\",7"));
    host.fault("error.573 on=QIOPEN every=2");
    host.fault("error.574 on=QSSLOPEN prob=0");
    let fails: Vec<bool> = (0..6).map(|id| open(&mut host, id).contains("ERROR")).collect();
    assert_eq!(fails, [false, true, false, true, false, true]);
    assert_eq!(host.says("AT+CSQ"), "\r\n+CSQ: 29,99\r\n\r\nOK\r\n");
    host.fault("off error");
    assert!(!open(&mut host, 7).contains("ERROR"));
    // Without a name: the next one, whatever it is, once.
    host.fault("error.550");
    assert_eq!(host.says("AT+QIDEACT=1"), "\r\nERROR\r\n");
    assert_eq!(host.says("AT+QIDEACT=1"), "\r\nOK\r\n");
}
