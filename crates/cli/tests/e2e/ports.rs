//! Ports other than ptys and plain TCP, with clients that others have written.

use crate::harness::{Folder, Modemtwin, command, is_missing, python, succeeds};
use daemon::Place;
use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::tcgetattr,
};
use std::{
    io::{Read, Write},
    process::{Command, Stdio},
};

pub(crate) fn rfc2217() -> (Modemtwin, String) {
    let modem = Modemtwin::start(&["--port=uart1=rfc2217:127.0.0.1:0"]);
    let place = modem.place("uart1").to_string();
    let addr = place.strip_prefix("rfc2217 ").unwrap().to_owned();
    (modem, addr)
}

#[test]
fn pyserial_uses_everything_of_rfc_2217() {
    let Some(python) = python("serial") else { return };
    let (_modem, addr) = rfc2217();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/pyserial.py");
    succeeds(&Command::new(python).args([script, &format!("rfc2217://{addr}")]).output().unwrap());
}

#[test]
fn gensio_gets_through_rfc_2217() {
    if is_missing("gensiot (package gensio-bin)", Command::new("gensiot").arg("--version")) {
        return;
    }
    let (_modem, addr) = rfc2217();
    let (host, port) = addr.rsplit_once(':').unwrap();
    let mut client = Command::new("gensiot")
        .args(["-i", "stdio(self)", &format!("telnet(rfc2217=on),tcp,{host},{port}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut to, mut from) = (client.stdin.take().unwrap(), client.stdout.take().unwrap());
    to.write_all(b"ATE0\r").unwrap();
    let mut heard = Vec::new();
    while !heard.ends_with(b"OK\r\n") {
        let mut byte = [0];
        from.read_exact(&mut byte).unwrap();
        heard.extend(byte);
    }
    let _ = client.kill();
    let _ = client.wait();
}

#[test]
fn standard_input_is_a_port_and_its_end_is_the_end() {
    let mut child =
        command(&["--port=uart1=stdio"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut to, mut from) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    to.write_all(b"ATE0\r").unwrap();
    let mut heard = [0; 11];
    from.read_exact(&mut heard).unwrap();
    assert_eq!(&heard, b"ATE0\r\r\nOK\r\n");
    to.write_all(b"AT+GMI\r").unwrap();
    drop(to);
    let mut rest = String::new();
    from.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "\r\nQuectel\r\n\r\nOK\r\n");
    assert_eq!(child.wait().unwrap().code(), Some(0));

    // A file of a disk is no less.
    let folder = Folder::new("stdio");
    let script = folder.arg("script");
    std::fs::write(&script, "ATE0\rAT\r").unwrap();
    let file = std::fs::File::open(&script).unwrap();
    let output = command(&["--port=uart1=stdio"]).stdin(file).output().unwrap();
    assert_eq!(output.stdout, b"ATE0\r\r\nOK\r\n\r\nOK\r\n");
    assert_eq!(output.stderr, b"port uart1 stdio\nready\n");

    let refused = command(&["--port=uart1=stdio", "--trace=-"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
}

/// A pty stands for the device; Linux shows its speed at both ends.
#[test]
fn a_serial_device_follows_ipr_after_its_ok() {
    let cable = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&cable).unwrap();
    unlockpt(&cable).unwrap();
    let device = ptsname(&cable, Vec::new()).unwrap().into_string().unwrap();
    let modem = Modemtwin::start(&[&format!("--port=uart1=serial:{device},9600")]);
    assert_eq!(modem.place("uart1").to_string(), format!("serial {device}"));
    let speed = || tcgetattr(&cable).unwrap().output_speed();
    assert_eq!(speed(), 9600);
    let mut host = std::fs::File::from(cable.try_clone().unwrap());
    let mut command = |line: &str, answer: &str| {
        host.write_all(line.as_bytes()).unwrap();
        let mut heard = vec![0; line.len() + answer.len()];
        host.read_exact(&mut heard).unwrap();
        assert_eq!(String::from_utf8(heard).unwrap(), format!("{line}{answer}"));
    };
    command("AT+IPR=460800\r", "\r\nOK\r\n");
    // What is said next is said at the new speed.
    command("AT\r", "\r\nOK\r\n");
    assert_eq!(speed(), 460_800);
    // A restart has the rate of power-on.
    command(
        "AT+CFUN=1,1\r",
        "\r\nOK\r\n\r\nRDY\r\n\r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n\r\n+QUSIM: 1\r\n\r\n\
         +QIND: SMS DONE\r\n\r\n+QIND: PB DONE\r\n",
    );
    command("AT\r", "\r\nOK\r\n");
    assert_eq!(speed(), 115_200);
}

#[test]
fn a_unix_socket_is_a_port() {
    let folder = Folder::new("unix");
    let path = folder.arg("modem.sock");
    let modem = Modemtwin::start(&[&format!("--port=uart1=unix:{path}"), "--port=usbat=tcp:127.0.0.1:0"]);
    assert!(modem.dte("uart1").command("ATI").unwrap().contains("Quectel"));
    assert!(modem.dte("usbat").command("ATI").unwrap().contains("Quectel"));
    assert_eq!(modem.stop(rustix::process::Signal::TERM).code(), Some(0));
    assert!(!folder.path().join("modem.sock").exists());
}

/// It leaves while the twin is still busy with its leaving, and its next command is not lost with it.
#[test]
fn a_host_that_reopens_a_pty_at_once_is_always_answered() {
    let modem = Modemtwin::start(&["--port=uart1=pty"]);
    for visit in 0..500 {
        let answer = modem.dte("uart1").command("AT");
        assert!(answer.is_ok(), "visit {visit}: {answer:?}");
    }
}

/// Most kernels of containers and of CI have no `n_gsm`: not having it is no failure anywhere.
#[test]
fn the_multiplexer_of_linux_reaches_two_channels() {
    let Some(python) = python("termios") else { return };
    let modem = Modemtwin::start(&["--port=uart1=pty"]);
    let Place::Pty(path) = modem.place("uart1") else { panic!("no pty") };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/n_gsm.py");
    let output = Command::new(python).args([script.as_ref(), path.as_os_str()]).output().unwrap();
    if output.status.code() == Some(77) {
        eprintln!("skipped: n_gsm: {}", String::from_utf8_lossy(&output.stdout).trim_end());
    } else {
        succeeds(&output);
    }
}
