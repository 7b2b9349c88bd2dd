//! ser2net (Debian), between a host and the module: in front of an RFC 2217 port, and with a pty for its serial device.

use crate::{
    harness::{Folder, Modemtwin, is_missing, python, succeeds},
    ports::rfc2217,
};
use daemon::Place;
use modemtwin::dte::Dte;
use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    process::{Child, Command},
    thread,
    time::Duration,
};

struct Ser2net {
    child: Child,
    addr: SocketAddr,
}

impl Ser2net {
    /// Hosts come to `accepter`, a kind of gensio; it leads them to `connector`. One host, for the next one is refused
    /// until the first has been cleared away.
    fn start(folder: &Folder, accepter: &str, connector: &str) -> Ser2net {
        let config = folder.arg("ser2net.yaml");
        loop {
            // It does not tell which port it has: a free one is looked for and left to it, unless somebody is faster.
            let addr = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
            let place = format!("tcp,{},{}", addr.ip(), addr.port());
            let text = format!(
                "%YAML 1.1\n---\nconnection: &con\n  accepter: {accepter}{place}\n  connector: {connector}\n"
            );
            std::fs::write(&config, text).unwrap();
            let child = Command::new("ser2net").args(["-n", "-u", "-c", &config]).spawn().unwrap();
            let server = Ser2net { child, addr };
            if server.listens() {
                return server;
            }
        }
    }

    /// Waits until it listens. A connection to find out would be one that it leads on.
    fn listens(&self) -> bool {
        let wanted = format!("0100007F:{:04X} 00000000:0000 0A", self.addr.port());
        (0..1000).any(|_| {
            thread::sleep(Duration::from_millis(5));
            std::fs::read_to_string("/proc/net/tcp").unwrap().contains(&wanted)
        })
    }
}

impl Drop for Ser2net {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn missing() -> bool {
    is_missing("ser2net", Command::new("ser2net").arg("-v"))
}

/// A module at an RFC 2217 port, and ser2net in front of it.
fn relayed(folder: &str) -> (Modemtwin, Ser2net) {
    let (modem, addr) = rfc2217();
    let (host, port) = addr.rsplit_once(':').unwrap();
    let behind = format!("telnet(rfc2217),tcp,{host},{port}");
    (modem, Ser2net::start(&Folder::new(folder), "telnet(rfc2217),", &behind))
}

/// An unmodified pyserial has a whole conversation at this address.
fn pyserial_talks(python: &str, addr: SocketAddr) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/pyserial.py");
    let url = format!("rfc2217://{addr}");
    succeeds(&Command::new(python).args([script, &url, "relayed"]).output().unwrap());
}

#[test]
fn pyserial_reaches_an_rfc_2217_port_through_ser2net() {
    let Some(python) = python("serial") else { return };
    if missing() {
        return;
    }
    let (_modem, server) = relayed("ser2net-rfc2217");
    pyserial_talks(python, server.addr);
}

/// A tap whose module is behind ser2net, as one in a laboratory is: everything of the session passes.
#[test]
fn a_tap_reaches_a_module_behind_ser2net() {
    let Some(python) = python("serial") else { return };
    if missing() {
        return;
    }
    let (_modem, server) = relayed("ser2net-tap");
    let module = format!("rfc2217:{},115200", server.addr);
    let tap = Modemtwin::start(&["tap", "--host=rfc2217:127.0.0.1:0", "--module", &module]);
    let Place::Rfc2217(addr) = tap.place("uart1") else { panic!("{:?}", tap.place("uart1")) };
    // The tap says at once that CTS and DSR are on, which ser2net may keep for itself; what moves later, arrives.
    pyserial_talks(python, addr);
}

#[test]
fn plain_tcp_reaches_an_rfc_2217_port_and_a_pty_through_ser2net() {
    if missing() {
        return;
    }
    let folder = Folder::new("ser2net-plain");
    let link = folder.arg("modem");
    let modem = Modemtwin::start(&["--port=uart1=rfc2217:127.0.0.1:0", &format!("--port=usbat=pty:{link}")]);
    let Place::Rfc2217(addr) = modem.place("uart1") else { panic!("{:?}", modem.place("uart1")) };
    let telnet = format!("telnet(rfc2217),tcp,{},{}", addr.ip(), addr.port());
    for connector in [telnet, format!("serialdev,{link},115200n81,local")] {
        let server = Ser2net::start(&folder, "", &connector);
        let mut dte = Dte::open(&Place::Tcp(server.addr)).unwrap();
        dte.say(b"ATE0\r").unwrap();
        dte.hear_until(b"OK\r\n").unwrap();
        assert!(dte.command("ATI").unwrap().contains("Quectel"), "{connector}");
        dte.say(b"AT+QFUPL=\"every\",256\r").unwrap();
        dte.hear_until(b"CONNECT\r\n").unwrap();
        let every: Vec<u8> = (0..=255).collect();
        dte.say(&every).unwrap();
        dte.hear_until(b"OK\r\n").unwrap();
        dte.say(b"AT+QFDWL=\"every\"\r").unwrap();
        dte.hear_until(b"CONNECT\r\n").unwrap();
        assert_eq!(dte.hear_exactly(256).unwrap(), every, "{connector}");
        dte.hear_until(b"OK\r\n").unwrap();
        dte.command("AT+QFDEL=\"every\"").unwrap();
    }
}
