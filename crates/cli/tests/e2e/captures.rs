//! Captures, read by tshark.

use crate::{
    harness::{Folder, Modemtwin, command},
    servers::Server,
    transfer::{Host, Item},
};
use daemon::Place;
use modemtwin::dte::Dte;
use peers::server::Version;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    io::{BufRead, BufReader, Read},
    process::{Command, Output, Stdio},
};

/// What tshark says of a capture; the key log has to be in there.
fn tshark(capture: &str, args: &[&str]) -> String {
    let output = run_tshark(capture, args);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !errors.contains("cut short"), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn run_tshark(capture: &str, args: &[&str]) -> Output {
    // Without the settings of whoever runs this.
    Command::new("tshark")
        .args(["-n", "-r", capture, "-o", "tls.keylog_file:", "-o", "ip.check_checksum:TRUE"])
        .args(["-o", "tcp.check_checksum:TRUE"])
        .args(args)
        .output()
        .unwrap()
}

/// A tshark that is not installed is no failure, but in CI, which installs it.
fn there_is_tshark() -> bool {
    let is_there = Command::new("tshark").arg("--version").output().is_ok();
    assert!(is_there || std::env::var("CI").as_deref() != Ok("true"), "tshark is not installed");
    if !is_there {
        eprintln!("skipped: tshark is not installed");
    }
    is_there
}

/// Says `request` on socket 4, and hears it again.
fn talk(host: &mut Host, request: &str) {
    host.say(&format!("AT+QSSLSEND=4,{}", request.len()));
    assert_eq!(host.item(), Item::Prompt);
    host.0.say(request.as_bytes()).unwrap();
    assert_eq!(host.item(), Item::Line("SEND OK".into()));
    assert_eq!(host.item(), Item::Line("+QSSLURC: \"recv\",4".into()));
    host.say("AT+QSSLRECV=4,1500");
    assert_eq!(host.item(), Item::Read(request.into()));
    assert_eq!(host.item(), Item::Line("OK".into()));
}

#[test]
fn tshark_decrypts_every_version_from_the_capture_alone() {
    if !there_is_tshark() {
        return;
    }
    const REQUEST: &str = "GET /firmware HTTP/1.1\r\nHost: twin\r\n\r\n";
    for (version, suite, name) in [
        (Version::Ssl30, "0X0035", "0x0300"),
        (Version::Tls10, "0X000A", "0x0301"),
        (Version::Tls11, "0XC013", "0x0302"),
        (Version::Tls12, "0XC02F", "0x0303"),
        (Version::Tls12, "0X003D", "0x0303"),
    ] {
        let folder = Folder::new(&format!("capture-{suite}"));
        let capture = folder.arg("twin.pcapng");
        let server = Server::legacy(version, suite);
        let modem = Modemtwin::start(&["--port=uart1=pty", "--port=usbat=pty", "--pcapng", &capture]);
        let mut host = Host::prepare(&modem, "uart1", &server);
        host.ok("AT+QICSGP=1,1,\"net\",\"me\",\"4711\",1");
        host.open(&server, 0);
        talk(&mut host, REQUEST);
        host.ok("AT+QSSLCLOSE=4");
        modem.stop(Signal::TERM);

        // The port is not one of TLS, nor what is inside HTTP, and tshark's guesses depend on the ports.
        let http = format!("http.tls.port:{}", server.port);
        let as_tls = format!("tcp.port=={},tls", server.port);
        // The server sends the request back, which may look like one, too.
        let to_server = format!("http.request && tcp.dstport == {}", server.port);
        let requests =
            ["-o", &http, "-d", &as_tls, "-Y", &to_server, "-T", "fields", "-e", "http.request.uri"];
        assert_eq!(tshark(&capture, &requests), "/firmware\n", "{suite}");
        let versions = ["-d", &as_tls, "-Y", "tls.handshake.type == 2", "-T", "fields", "-e"];
        let versions = [&versions[..], &["tls.handshake.version"]].concat();
        assert_eq!(tshark(&capture, &versions), format!("{name}\n"));
        let trouble =
            "_ws.malformed || tcp.analysis.flags || tcp.checksum.status == 0 || ip.checksum.status == 0";
        assert_eq!(tshark(&capture, &["-d", &as_tls, "-Y", trouble]), "", "{suite}");
        let flags = tshark(&capture, &["-Y", "tcp", "-T", "fields", "-e", "tcp.flags.str"]);
        let flags: Vec<_> = flags.lines().map(|flags| flags.trim_matches('·')).collect();
        assert_eq!(flags[..3], ["S", "A··S", "A"], "{flags:?}");
        assert!(flags.iter().filter(|flags| flags.ends_with('F')).count() >= 1, "{flags:?}");

        // The AT port on the same time line, without the password and the CA file.
        let fields = ["-Y", "rtacser", "-T", "fields", "-e", "frame.interface_name", "-e"];
        let port =
            tshark(&capture, &[&fields[..], &["frame.packet_flags_direction", "-e", "data.data"]].concat());
        let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        let open = format!("AT+QSSLOPEN=1,1,4,\"127.0.0.1\",{},0\r", server.port);
        assert!(port.contains(&format!("uart1\t0x00000001\t{}\n", hex(&open))), "{port}");
        assert!(port.contains(&hex("+QSSLOPEN: 4,0\r\n")) && port.contains("uart1\t0x00000002\t"), "{port}");
        assert!(port.contains(&hex("\"me\",\"****\",1\r")) && !port.contains(&hex("4711")), "{port}");
        assert!(!port.contains(&hex("BEGIN CERTIFICATE")), "{port}");
    }
}

#[test]
fn a_capture_can_be_read_whenever_the_module_is_killed() {
    if !there_is_tshark() {
        return;
    }
    let folder = Folder::new("capture-kill");
    let capture = folder.arg("twin.pcapng");
    let modem = Modemtwin::start(&["--port=uart1=pty", "--pcapng", &capture]);
    let mut dte = modem.dte("uart1");
    // A thread writes: it is killed as soon as something of this is in the file, in the middle of its work.
    while !std::fs::read(&capture).is_ok_and(|file| file.windows(3).any(|three| three == b"ATI")) {
        dte.command("ATI").unwrap();
    }
    modem.stop(Signal::KILL);
    let output = run_tshark(&capture, &["-T", "fields", "-e", "frame.interface_name"]);
    let (summary, errors) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
    // The kernel ends a write of several pages behind one of them when the writer is killed.
    assert!(output.status.success() || errors.contains("cut short in the middle of a packet"), "{errors}");
    assert!(summary.lines().next().is_some() && summary.lines().all(|name| name == "uart1"), "{summary}");
}

#[test]
fn a_capture_that_cannot_be_made_is_said_at_the_start() {
    let failed = crate::harness::output(&["--pcapng", "/no/such/folder/twin.pcapng"]);
    let stderr = String::from_utf8(failed.stderr).unwrap();
    assert_eq!(failed.status.code(), Some(1));
    assert!(stderr.starts_with("modemtwin: /no/such/folder/twin.pcapng: "), "{stderr}");
    assert!(stderr.contains("give --pcapng a file"), "{stderr}");
}

/// A disk that fills while the module runs: no file may become longer than 64 KiB.
#[test]
fn a_disk_that_fills_ends_what_is_written_and_not_the_module() {
    let folder = Folder::new("disk-fills");
    let names = ["twin.pcapng", "trace.txt", "trace.jsonl", "run.at"].map(|name| folder.arg(name));
    let errors = folder.arg("errors");
    // Ignored, the signal leaves an error; a shell counts in units of 512 or 1024 bytes.
    let limited = "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", limited, env!("CARGO_BIN_EXE_modemtwin"), "--port=uart1=pty"]);
    for (option, name) in ["--pcapng", "--trace", "--trace-json", "--record"].iter().zip(&names) {
        command.args([*option, name]);
    }
    let modem = Modemtwin::of(command.stderr(std::fs::File::create(&errors).unwrap()));
    let mut dte = modem.dte("uart1");
    // What comes together is written or not: something is in the file before it is too much.
    dte.command("ATI").unwrap();
    while !std::fs::read(&names[0]).unwrap().windows(3).any(|three| three == b"ATI") {
        std::thread::yield_now();
    }
    let told = || std::fs::read_to_string(&errors).unwrap();
    while !names.iter().all(|name| told().contains(&format!("{name}: "))) {
        assert!(dte.command("AT+CLAC").unwrap().ends_with("\r\nOK\r\n"));
    }
    assert!(dte.command("AT").unwrap().ends_with("\r\nOK\r\n"));
    assert_eq!(modem.stop(Signal::TERM).code(), Some(0));
    assert!(told().lines().all(|line| line.contains("ends here: free some space")), "{}", told());
    if there_is_tshark() {
        let [capture, ..] = names.each_ref();
        assert!(tshark(capture, &["-Y", "rtacser"]).lines().count() > 2);
    }
}

/// `/dev/full` is a disk without room: the first block does not fit.
#[test]
fn a_full_disk_is_said() {
    let failed = crate::harness::output(&["--pcapng", "/dev/full"]);
    let stderr = String::from_utf8(failed.stderr).unwrap();
    assert!(stderr.starts_with("modemtwin: /dev/full: "), "{stderr}");
}

/// `-` is standard output, which then has nothing else in it.
#[test]
fn a_capture_goes_into_a_pipe_and_shares_it_with_nobody() {
    for (args, clash) in [
        (&["--port=uart1=stdio", "--pcapng=-"][..], "--pcapng -: standard output is the port's already"),
        (&["--port=uart1=stdio", "--keylog=-"], "--keylog -: standard output is the port's already"),
        (&["--pcapng=-", "--trace=-"], "--trace -: standard output is the capture's already"),
        (&["--pcapng=-", "--keylog=-"], "--keylog -: standard output is the capture's already"),
        (&["--pcapng=-", "--lint=-"], "--lint -: standard output is the capture's already"),
    ] {
        let refused = crate::harness::output(args);
        let stderr = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{args:?}");
        assert!(stderr.contains(clash), "{stderr}");
    }
    let folder = Folder::new("capture-pipe");
    let link = folder.arg("port");
    let mut modem = command(&[&format!("--port=uart1=pty:{link}"), "--pcapng=-"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut announced = BufReader::new(modem.stderr.take().unwrap()).lines();
    while announced.next().unwrap().unwrap() != "ready" {}
    let mut dte = Dte::open(&Place::Pty(link.into())).unwrap();
    dte.command("ATI").unwrap();
    kill_process(Pid::from_child(&modem), Signal::TERM).unwrap();
    let mut bytes = Vec::new();
    modem.stdout.take().unwrap().read_to_end(&mut bytes).unwrap();
    assert!(modem.wait().unwrap().success());
    assert!(bytes.starts_with(b"\x0a\x0d\x0d\x0a"), "{bytes:?}");
    if there_is_tshark() {
        let capture = folder.arg("twin.pcapng");
        std::fs::write(&capture, bytes).unwrap();
        let port = tshark(&capture, &["-Y", "rtacser", "-T", "fields", "-e", "data.data"]);
        assert!(port.contains("4154490d"), "{port}");
    }
}
