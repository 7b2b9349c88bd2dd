//! Whatever a run was like, its recording plays.

use crate::{
    harness::{Folder, Modemtwin, output},
    record::{line, record, record_with, say},
};
use control::client::Client;
use modemtwin::{
    dte::Dte,
    peer::{Identity, Peer, Stream, echo},
    sockets::plain_echo,
};
use rustix::process::Signal;
use std::{
    fs,
    io::{self, Write},
    net::{TcpListener, TcpStream, UdpSocket},
    thread,
    time::Duration,
};

fn until(dte: &mut Dte, end: &str) {
    dte.hear_until(end.as_bytes()).unwrap();
}

fn send(dte: &mut Dte, command: &str, data: &[u8]) {
    say(dte, format!("AT+{command},{}\r", data.len()).as_bytes(), b"> ");
    say(dte, data, b"SEND OK\r\n");
}

#[test]
fn echo_requests_that_are_answered_and_lost() {
    let text = record(&Folder::new("replay-ping"), &[], |dte| {
        line(dte, "AT+QIACT=1");
        for (host, count) in [("127.0.0.1", 3), ("localhost", 2)] {
            say(dte, format!("AT+QPING=1,\"{host}\",1,{count}\r").as_bytes(), b"+QPING: 0,");
            until(dte, &format!("+QPING: 0,{count},"));
            until(dte, "\r\n");
        }
        // For documents (RFC 5737): nobody has it.
        say(dte, b"AT+QPING=1,\"192.0.2.77\",1,1\r", b"+QPING: ");
        until(dte, "+QPING: ");
        until(dte, "\r\n");
    });
    assert!(text.contains("ping 127.0.0.1 ") && text.contains("ping 192.0.2.77 "), "{text}");
}

/// Says nothing to the first question, answers the next two, and is silent from then on.
fn time_server() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut question = [0; 100];
        for number in 1.. {
            let Ok((48, from)) = socket.recv_from(&mut question) else { return };
            if matches!(number, 2 | 3) {
                let mut answer = [0; 48];
                (answer[0], answer[1]) = (0x24, 2);
                answer[24..32].copy_from_slice(&question[40..48]);
                answer[40..44].copy_from_slice(&4_000_000_000_u32.to_be_bytes());
                socket.send_to(&answer, from).unwrap();
            }
        }
    });
    port
}

#[test]
fn a_time_server_that_answers_and_does_not() {
    let server = time_server();
    let text = record(&Folder::new("replay-ntp"), &[], |dte| {
        line(dte, "AT+QIACT=1");
        for (host, result) in
            [("127.0.0.1", "+QNTP: 0,"), ("localhost", "+QNTP: 0,"), ("127.0.0.1", "+QNTP: 569")]
        {
            let ask = format!("AT+QNTP=1,\"{host}\",{server},1,1,5\r");
            say(dte, ask.as_bytes(), result.as_bytes());
            until(dte, "\r\n");
        }
        say(dte, b"AT+CCLK?\r", b"+CCLK: \"26/10/0");
        until(dte, "OK\r\n");
    });
    assert!(text.contains("peer ntp 127.0.0.1:"), "{text}");
}

/// Three connections to one address, with and without TLS; what is said on one is not said on another.
#[test]
fn connections_to_one_address_at_the_same_time() {
    let identity = Identity::new().unwrap();
    let (tls, plain) = (Peer::start(&identity, echo).unwrap(), plain_echo().unwrap());
    for (name, ssl, port) in [("tls", true, tls.addr().port()), ("plain", false, plain)] {
        let text = record(&Folder::new(&format!("replay-{name}")), &[], |dte| {
            let open = |id| match ssl {
                true => (
                    format!("AT+QSSLOPEN=1,1,{id},\"127.0.0.1\",{port},1\r"),
                    format!("+QSSLOPEN: {id},0\r\n"),
                ),
                false => (
                    format!("AT+QIOPEN=1,{id},\"TCP\",\"127.0.0.1\",{port},0,1\r"),
                    format!("+QIOPEN: {id},0\r\n"),
                ),
            };
            let (sends, closes) = if ssl { ("QSSLSEND", "QSSLCLOSE") } else { ("QISEND", "QICLOSE") };
            line(dte, "AT+QIACT=1");
            // Two on their way at once.
            let (first, up) = open(0);
            let (second, _) = open(1);
            dte.say((first + &second).as_bytes()).unwrap();
            until(dte, &up);
            say(dte, open(2).0.as_bytes(), open(2).1.as_bytes());
            for id in [1, 0, 2, 1, 2, 0] {
                send(dte, &format!("{sends}={id}"), format!("to {id}").as_bytes());
                until(dte, &format!("\"recv\",{id},4\r\nto {id}"));
            }
            line(dte, &format!("AT+{closes}=1"));
            say(dte, open(5).0.as_bytes(), open(5).1.as_bytes());
            for id in [0, 5, 2] {
                send(dte, &format!("{sends}={id}"), format!("to {id}").as_bytes());
                until(dte, &format!("\"recv\",{id},4\r\nto {id}"));
            }
            [0, 2, 5].iter().for_each(|id| line(dte, &format!("AT+{closes}={id}")));
        });
        for connection in ["peer 1.1 sends", "peer 1.2 sends", "peer 1 sends"] {
            assert!(text.contains(connection), "no {connection} in\n{text}");
        }
    }
}

/// Says goodbye with its last data, as HTTP servers do: in one piece.
fn last_words(stream: &mut Stream) -> io::Result<()> {
    stream.read_exact(&mut [0; 5])?;
    stream.write_all(b"all at once")
}

#[test]
fn tls_sessions_of_all_kinds() {
    let identity = Identity::new().unwrap();
    let (server, closer) =
        (Peer::start(&identity, echo).unwrap(), Peer::start(&identity, last_words).unwrap());
    record(&Folder::new("replay-sessions"), &[], |dte| {
        line(dte, "AT+QIACT=1");
        // The second time it is resumed.
        for _ in 0..2 {
            let open = format!("AT+QSSLOPEN=1,1,4,\"127.0.0.1\",{},0\r", server.addr().port());
            say(dte, open.as_bytes(), b"+QSSLOPEN: 4,0\r\n");
            send(dte, "QSSLSEND=4", b"hello");
            until(dte, "\"recv\",4\r\n");
            line(dte, "AT+QSSLRECV=4,1500");
            line(dte, "AT+QSSLCLOSE=4");
        }
        for mode in [0, 1, 2] {
            let open = format!("AT+QSSLOPEN=1,1,4,\"localhost\",{},{mode}\r", closer.addr().port());
            dte.say(open.as_bytes()).unwrap();
            if mode == 2 {
                until(dte, "CONNECT\r\n");
                say(dte, b"hello", b"all at once\r\nNO CARRIER\r\n");
            } else {
                until(dte, "+QSSLOPEN: 4,0\r\n");
                send(dte, "QSSLSEND=4", b"hello");
                until(dte, "\"closed\",4\r\n");
            }
            line(dte, "AT+QSSLCLOSE=4");
        }
    });
}

/// A record of a server is more than the module has room for: it gets to the rest of it later, when the host reads.
#[test]
fn records_that_wait_and_a_handshake_that_takes_its_time() {
    fn source(stream: &mut Stream) -> io::Result<()> {
        stream.write_all(&[b'x'; 60_000])
    }
    let identity = Identity::new().unwrap();
    let server = Peer::start(&identity, source).unwrap();
    // TCP, and nothing behind it for the time being.
    let gate = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, to) = (gate.local_addr().unwrap().port(), server.addr());
    let (opens, opened) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let mut module = gate.accept().unwrap().0;
        let mut server = TcpStream::connect(to).unwrap();
        let (mut back, mut forth) = (server.try_clone().unwrap(), module.try_clone().unwrap());
        opened.recv().unwrap();
        thread::spawn(move || io::copy(&mut back, &mut forth).unwrap());
        io::copy(&mut module, &mut server).unwrap();
    });
    let text = record(&Folder::new("replay-records"), &[], |dte| {
        line(dte, "AT+QIACT=1");
        dte.say(format!("AT+QSSLOPEN=1,1,4,\"127.0.0.1\",{port},0\r").as_bytes()).unwrap();
        until(dte, "OK\r\n");
        // Until TCP is up: the module's own port is known.
        while !dte.command("AT+QSSLSTATE=4").unwrap().contains(&format!(",{port},")) {}
        while dte.command("AT+QSSLSTATE=4").unwrap().contains(&format!(",{port},0,")) {}
        opens.send(()).unwrap();
        until(dte, "+QSSLOPEN: 4,0\r\n");
        until(dte, "\"recv\",4\r\n");
        for _ in 0..40 {
            line(dte, "AT+QSSLRECV=4,1500");
        }
        line(dte, "AT+QSSLCLOSE=4");
    });
    assert!(text.contains("peer 1.1 stops\n") && text.contains("peer 1.1 reads\n"), "{}", &text[..3000]);
}

#[test]
fn opens_that_fail() {
    let identity = Identity::new().unwrap();
    let stranger = Peer::start(&Identity::new().unwrap(), echo).unwrap();
    let folder = Folder::new("replay-fails");
    let ca = folder.arg("ca.pem");
    fs::write(&ca, &identity.ca_pem).unwrap();
    let text = record(&folder, &["--put", &format!("ca.pem={ca}")], |dte| {
        line(dte, "AT+QIACT=1");
        line(dte, "AT+QSSLCFG=\"seclevel\",1,1");
        line(dte, "AT+QSSLCFG=\"cacert\",1,\"UFS:ca.pem\"");
        let places = [("127.0.0.1", stranger.addr().port()), ("127.0.0.1", 1), ("no.such.invalid", 443)];
        for (host, port) in places {
            let open = format!("AT+QSSLOPEN=1,1,4,\"{host}\",{port},0\r");
            say(dte, open.as_bytes(), b"+QSSLOPEN: 4,5");
            until(dte, "\r\n");
        }
    });
    for line in ["peer 1 sends \"\\x16\\x03", "peer 2 refuses", "dns no.such.invalid "] {
        assert!(text.contains(line), "no {line} in\n{text}");
    }
}

#[test]
fn datagrams_and_a_port_for_everybody() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let server = socket.local_addr().unwrap().port();
    let own = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    thread::spawn(move || {
        let mut data = [0; 100];
        while let Ok((n, from)) = socket.recv_from(&mut data) {
            socket.send_to(&data[..n], from).unwrap();
        }
    });
    record(&Folder::new("replay-udp"), &[], |dte| {
        line(dte, "AT+QIACT=1");
        for id in [1, 2] {
            let open = format!("AT+QIOPEN=1,{id},\"UDP\",\"127.0.0.1\",{server},0,1\r");
            say(dte, open.as_bytes(), format!("+QIOPEN: {id},0\r\n").as_bytes());
        }
        for id in [1, 2, 1] {
            send(dte, &format!("QISEND={id}"), format!("to {id}").as_bytes());
            until(dte, &format!("\"recv\",{id},4"));
        }
        line(dte, "AT+QISTATE");
        let open = format!("AT+QIOPEN=1,3,\"UDP SERVICE\",\"127.0.0.1\",0,{own},1\r");
        say(dte, open.as_bytes(), b"+QIOPEN: 3,0\r\n");
        for number in 0..3 {
            let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
            stranger.send_to(format!("datagram {number}").as_bytes(), ("127.0.0.1", own)).unwrap();
            until(dte, &format!("datagram {number}"));
        }
    });
}

/// Both hosts have said something before the module hears either: whose port it is, and whether the module has it, is said
/// at once, and not behind what the other host is told.
#[test]
fn ports_that_are_taken_while_another_host_talks() {
    // Of TCP the system gives one that no connection lingers on.
    let own = loop {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if UdpSocket::bind(("127.0.0.1", port)).is_ok() {
            break port;
        }
    };
    record_with(&Folder::new("replay-ports"), &["--port=usbat=pty"], |dte, twin| {
        let mut other = twin.dte("usbat");
        line(dte, "AT+QIACT=1");
        let opens = [
            ("UDP", 7, 0, 0),
            ("UDP SERVICE", 0, own, 0),
            ("UDP SERVICE", 0, own, 556),
            ("TCP LISTENER", 0, own, 0),
            ("TCP LISTENER", 0, own, 556),
        ];
        for (id, (service, remote, local, result)) in opens.into_iter().enumerate() {
            twin.pause();
            let open = format!("AT+QIOPEN=1,{id},\"{service}\",\"127.0.0.1\",{remote},{local},1\r");
            dte.say(open.as_bytes()).unwrap();
            other.say(b"AT+CSQ\r").unwrap();
            twin.signal(Signal::CONT);
            until(dte, &format!("+QIOPEN: {id},{result}\r\n"));
            until(&mut other, "OK\r\n");
        }
    });
}

#[test]
fn callers_at_the_same_time() {
    record(&Folder::new("replay-callers"), &[], |dte| {
        line(dte, "AT+QIACT=1");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let open = format!("AT+QIOPEN=1,0,\"TCP LISTENER\",\"127.0.0.1\",0,{port},1\r");
        say(dte, open.as_bytes(), b"+QIOPEN: 0,0\r\n");
        let mut callers = Vec::new();
        for id in [11, 10, 9] {
            callers.push(TcpStream::connect(("127.0.0.1", port)).unwrap());
            until(dte, &format!("\"incoming\",{id},0,"));
        }
        for at in [2, 0, 1] {
            callers[at].write_all(b"hello").unwrap();
            until(dte, &format!("\"recv\",{},5", 11 - at));
        }
        drop(callers.remove(1));
        until(dte, "\"closed\",10\r\n");
        line(dte, "AT+QICLOSE=10");
    });
}

/// A host that reads late and in pieces, in transparent mode, and a wire of 9600 bit/s.
#[test]
fn what_a_host_does_not_take_is_taken_later() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let data: Vec<u8> = (0..120_000_u32).map(|n| b'a' + (n % 23) as u8).collect();
    let told = data.clone();
    thread::spawn(move || {
        for stream in server.incoming() {
            let _ = stream.unwrap().write_all(&told);
        }
    });
    let folder = Folder::new("replay-slow");
    let file = folder.arg("run.at");
    let text = record_with(&folder, &["--port=usbat=pty"], |dte, twin| {
        let mut other = twin.dte("usbat");
        line(dte, "AT+QIACT=1");
        say(dte, format!("AT+QIOPEN=1,4,\"TCP\",\"127.0.0.1\",{port},0,2\r").as_bytes(), b"CONNECT\r\n");
        // More than a pty holds waits by now, or soon.
        while !fs::read_to_string(&file).unwrap().contains("host stops\n") {
            line(&mut other, "AT");
        }
        assert_eq!(dte.hear_exactly(data.len()).unwrap(), data);
        until(dte, "NO CARRIER\r\n");
    });
    assert!(text.contains("host takes "), "{}", &text[..2000]);
    let text = record(&Folder::new("replay-baud"), &["--baud=9600", "--latency=2"], |dte| {
        line(dte, "AT");
        line(dte, "ATI");
    });
    assert!(text.contains("host takes "), "{text}");
}

#[test]
fn faults_are_played_too() {
    for fault in ["port.corrupt prob=0.02 seed=7", "port.drop every=11 dir=down"] {
        let text = record(&Folder::new("replay-port-fault"), &["--fault", fault], |dte| {
            for _ in 0..20 {
                dte.say(b"AT+CSQ;+CREG?;+CGREG?\r").unwrap();
            }
            // What is lost has no end by which it could be known but silence. The recording holds however much comes.
            while dte.hear(4096, Duration::from_millis(300)).is_ok() {}
        });
        assert!(text.contains(&format!("fault {fault}\n")), "{text}");
    }
    let server = Peer::start(&Identity::new().unwrap(), echo).unwrap();
    let port = server.addr().port();
    let text = record_with(&Folder::new("replay-faults"), &["--control=127.0.0.1:0"], |dte, twin| {
        let control = Client::find(twin.control(), None).unwrap();
        let ask = |fault: &str| {
            let body = format!("{{\"fault\":\"{fault}\"}}");
            control.send("POST", "/v1/modules/module0/faults", body.as_bytes()).unwrap();
        };
        line(dte, "AT+QIACT=1");
        let open = format!("AT+QSSLOPEN=1,1,4,\"127.0.0.1\",{port},0\r");
        ask("net.refuse first=1");
        say(dte, open.as_bytes(), b"+QSSLOPEN: 4,566\r\n");
        control.send("DELETE", "/v1/modules/module0/faults/all", b"").unwrap();
        ask("net.latency ms=40");
        say(dte, open.as_bytes(), b"+QSSLOPEN: 4,0\r\n");
        send(dte, "QSSLSEND=4", b"hello");
        until(dte, "\"recv\",4\r\n");
        line(dte, "AT+QSSLRECV=4,100");
        line(dte, "AT+QSSLCLOSE=4");
        control.send("DELETE", "/v1/modules/module0/faults/all", b"").unwrap();
        ask("module.pdp_drop");
        until(dte, "\"pdpdeact\",1\r\n");
        say(dte, b"AT+CFUN=1,1\r", b"PB DONE\r\n");
    });
    for fault in ["fault net.refuse first=1\n", "fault off all\n", "fault net.latency ms=40\n"] {
        assert!(text.contains(fault), "no {fault} in\n{text}");
    }
}

/// PINs, keys and passwords are not in the file, and it plays all the same: without a driver, and with one that has them.
#[test]
fn secrets_are_played_without_being_told() {
    let folder = Folder::new("replay-secrets");
    let identity = Identity::new().unwrap();
    let server = Peer::start(&identity, echo).unwrap();
    let key = "-----BEGIN PRIVATE KEY-----\nvery dark\n-----END PRIVATE KEY-----";
    // Eight digits: four stand in many a time and port number.
    let talk = |dte: &mut Dte| {
        say(dte, b"AT+CPIN=\"0000\"\r", b"+CME ERROR: 16\r\n");
        say(dte, b"AT+CPIN=\"47110815\"\r", b"PB DONE\r\n");
        line(dte, "AT+CPWD=\"SC\",\"47110815\",\"08154711\"");
        line(dte, "AT+QICSGP=1,1,\"apn\",\"user\",\"hidden\",1");
        line(dte, "AT+QICSGP=1");
        line(dte, "AT+QIACT=1");
        for (name, content) in [("ca.pem", &identity.ca_pem[..]), ("key.pem", key)] {
            say(dte, format!("AT+QFUPL=\"{name}\",{}\r", content.len()).as_bytes(), b"CONNECT\r\n");
            let (first, second) = content.split_at(content.len() / 2);
            dte.say(first.as_bytes()).unwrap();
            say(dte, second.as_bytes(), b"OK\r\n");
        }
        line(dte, "AT+QSSLCFG=\"seclevel\",1,1");
        line(dte, "AT+QSSLCFG=\"cacert\",1,\"UFS:ca.pem\"");
        let open = format!("AT+QSSLOPEN=1,1,4,\"localhost\",{},0\r", server.addr().port());
        say(dte, open.as_bytes(), b"+QSSLOPEN: 4,0\r\n");
        line(dte, "AT+QSSLCLOSE=4");
    };
    let text = record(&folder, &["--sim-pin=47110815"], talk);
    for secret in ["47110815", "08154711", "hidden", "very dark"] {
        assert!(!text.contains(secret), "{secret} in\n{text}");
    }
    assert!(text.contains("BEGIN CERTIFICATE"), "{text}");
    for args in [&["play"][..], &["playback", "--fast"]] {
        let file = folder.arg("run.at");
        let played = Modemtwin::start(&[args, &["--port=uart1=pty", &file]].concat());
        let mut dte = played.dte("uart1");
        say(&mut dte, b"AT+CPIN=\"0000\"\r", b"+CME ERROR: 16\r\n");
        say(&mut dte, b"AT+CPIN=\"47110815\"\r", b"PB DONE\r\n");
        line(&mut dte, "AT+CPWD=\"SC\",\"47110815\",\"08154711\"");
        assert_eq!(played.stop(Signal::TERM).code(), Some(1), "it was stopped before its end");
    }
}

/// A PIN with which nothing can be told of another one.
#[test]
fn other_runs_have_other_digits() {
    let texts = [1, 2].map(|_| {
        record(&Folder::new("replay-digits"), &["--sim-pin=11111111"], |dte| {
            say(dte, b"AT+CPIN=\"11111111\"\r", b"PB DONE\r\n");
        })
    });
    let digits = texts.each_ref().map(|text| text.split("use pin ").nth(1).unwrap()[..8].to_owned());
    assert_ne!(digits[0], digits[1]);
}

mod frames {
    use super::*;
    use testkit::mux::{MuxHost, SABM, UIH, frame, message};

    /// CLD, a command.
    const CLD: u8 = 0xC3;

    #[test]
    fn a_multiplexed_wire() {
        let folder = Folder::new("replay-cmux");
        let server = Peer::start(&Identity::new().unwrap(), echo).unwrap();
        let text = record(&folder, &["--sim-pin=47110815"], |dte| {
            line(dte, "AT+CMUX=0");
            let mut host = MuxHost::default();
            let mut ask = |dte: &mut Dte, channel, bytes: &[u8], end: &str| {
                dte.say(&frame(channel, UIH, bytes)).unwrap();
                let mut heard = Vec::new();
                while !String::from_utf8_lossy(&heard).ends_with(end) {
                    host.hear(&dte.hear(4096, Duration::from_secs(10)).unwrap());
                    heard.extend(host.data(channel));
                }
            };
            for channel in 0..3 {
                dte.say(&frame(channel, SABM, &[])).unwrap();
            }
            ask(dte, 1, b"AT+CPIN=\"47110815\"\r", "PB DONE\r\n");
            ask(dte, 2, b"ATE0\r", "OK\r\n");
            ask(dte, 1, b"AT+QIACT=1\r", "OK\r\n");
            let open = format!("AT+QSSLOPEN=1,1,4,\"127.0.0.1\",{},2\r", server.addr().port());
            ask(dte, 1, open.as_bytes(), "CONNECT\r\n");
            ask(dte, 1, b"some data", "some data");
            ask(dte, 2, b"AT+CSQ\r", "OK\r\n");
            dte.say(&message(CLD, &[])).unwrap();
            dte.hear_until(b"\x93\xF9").unwrap();
            line(dte, "ATI");
        });
        assert!(text.contains("cmux1> AT+QIACT=1\n") && text.contains("cmux2> AT+CSQ\n"), "{text}");
        assert!(!text.contains("47110815"), "{text}");
    }
}

/// Killed, it has left what it has; on a disk that is full, it says so.
#[test]
fn a_run_that_is_killed_and_a_file_that_cannot_be_had() {
    let folder = Folder::new("replay-killed");
    let file = folder.arg("run.at");
    let twin = Modemtwin::start(&["--port=uart1=pty", "--record", &file]);
    let mut dte = twin.dte("uart1");
    for _ in 0..50 {
        line(&mut dte, "ATI");
    }
    // What it lingers with at most comes before an answer to something later.
    while fs::read_to_string(&file).unwrap().matches("> ATI").count() < 40 {
        line(&mut dte, "AT");
    }
    twin.stop(Signal::KILL);
    let played = output(&["play", &file]);
    assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stdout));
    let refused = output(&["--port=uart1=pty", "--record", &folder.arg("no/such.at")]);
    assert_eq!(refused.status.code(), Some(1));
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("no/such.at") && told.contains("give the recording a file"), "{told}");
}
