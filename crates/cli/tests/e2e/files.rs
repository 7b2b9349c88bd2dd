//! The module's files: from the command line, to a folder, across a restart.

use crate::harness::{Folder, Modemtwin, output};
use modemtwin::dte::Dte;
use rustix::process::Signal;
use std::fs;

fn upload(dte: &mut Dte, name: &str, content: &str) {
    let connect = dte.command(&format!("AT+QFUPL=\"{name}\",{}", content.len())).unwrap();
    assert!(connect.ends_with("\r\nCONNECT\r\n"), "{connect}");
    dte.say(content.as_bytes()).unwrap();
    dte.hear_until(b"\r\nOK\r\n").unwrap();
}

#[test]
fn files_survive_a_restart() {
    let folder = Folder::new("restart");
    let files = format!("--files={}", folder.arg("ufs"));
    let args = ["--port=uart1=tcp:127.0.0.1:0", &files];

    let modem = Modemtwin::start(&args);
    let mut dte = modem.dte("uart1");
    upload(&mut dte, "ca.pem", "certificate");
    upload(&mut dte, "a/b%c", "strange name");
    upload(&mut dte, "gone", "soon");
    dte.command("AT+QFDEL=\"gone\"").unwrap();
    assert_eq!(modem.stop(Signal::TERM).code(), Some(0));

    assert_eq!(fs::read(folder.path().join("ufs/ca.pem")).unwrap(), b"certificate");
    assert_eq!(fs::read(folder.path().join("ufs/a%2Fb%25c")).unwrap(), b"strange name");
    assert_eq!(fs::read_dir(folder.path().join("ufs")).unwrap().count(), 2);

    let modem = Modemtwin::start(&args);
    let list = modem.dte("uart1").command("AT+QFLST").unwrap();
    assert!(list.contains("+QFLST: \"UFS:ca.pem\",11\r\n"), "{list}");
    assert!(list.contains("+QFLST: \"UFS:a/b%c\",12\r\n"), "{list}");
    assert!(!list.contains("gone"), "{list}");
}

#[test]
fn what_the_module_keeps_survives_a_restart() {
    let folder = Folder::new("settings");
    let files = format!("--files={}", folder.arg("ufs"));
    let args = ["--port=uart1=tcp:127.0.0.1:0", &files];
    let modem = Modemtwin::start(&args);
    let mut dte = modem.dte("uart1");
    for line in
        ["AT+CREG=2;+CTZR=1;+CGDCONT=3,\"IPV6\",\"cmnet\"", "AT+QURCCFG=\"urcport\",\"uart1\"", "ATE0;&W"]
    {
        assert!(dte.command(line).unwrap().ends_with("\r\nOK\r\n"), "{line}");
    }
    assert_eq!(modem.stop(Signal::TERM).code(), Some(0));

    let modem = Modemtwin::start(&args);
    let mut dte = modem.dte("uart1");
    let said = dte.command("AT+CREG?;+CTZR?;+CGDCONT?;+QURCCFG=\"urcport\";+QFLST").unwrap();
    for part in ["+CREG: 2,1,", "+CTZR: 1", "+CGDCONT: 3,\"IPV6\",\"cmnet\"", "\"urcport\",\"uart1\""] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("AT+") && !said.contains("+QFLST"), "{said}");
}

#[test]
fn put_brings_a_file_of_this_machine() {
    let folder = Folder::new("put");
    let (source, files) = (folder.arg("ca-from-somewhere.pem"), folder.arg("ufs"));
    fs::write(&source, "from outside").unwrap();
    let put = format!("--put=UFS:cacert.pem={source}");
    let modem = Modemtwin::start(&["--port=uart1=tcp:127.0.0.1:0", &put, "--files", &files]);
    let list = modem.dte("uart1").command("AT+QFLST").unwrap();
    assert!(list.contains("+QFLST: \"UFS:cacert.pem\",12\r\n"), "{list}");
    assert_eq!(modem.stop(Signal::INT).code(), Some(0));
    assert_eq!(fs::read(folder.path().join("ufs/cacert.pem")).unwrap(), b"from outside");

    fs::write(&source, vec![0; 300_000]).unwrap();
    let failed = output(&[&put]);
    assert_eq!(failed.status.code(), Some(1));
    let stderr = String::from_utf8(failed.stderr).unwrap();
    assert!(stderr.starts_with("modemtwin: UFS:cacert.pem: the module cannot hold this file"), "{stderr}");

    let failed = output(&["--put=x=/no/such/file"]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(String::from_utf8(failed.stderr).unwrap().starts_with("modemtwin: /no/such/file: "));
}
