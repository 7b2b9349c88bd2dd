//! What captures say, read again by other programs' code: etherparse here, tshark where it is installed.

use super::*;
use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use module::{DceLines, Dial, DnsFailure, DteLines, Families, Names, NetFailure, Pong, QueryId};
use std::{net::IpAddr, process::Command, time::Duration};

const PORT: PortId = PortId(0);
/// More than a packet holds.
static DATA: [u8; 70_000] = [b'x'; 70_000];

/// A file, removed with the value.
struct Scrap(PathBuf);

impl Drop for Scrap {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Makes a capture, one millisecond for each sight.
fn capture(name: &str, secrets: Secrets, sights: &[Seen<'_>]) -> Scrap {
    let path = std::env::temp_dir().join(format!("modemtwin-{name}-{}.pcapng", std::process::id()));
    let wanted = Capture { path: path.clone(), secrets };
    let mut camera = Camera::start(&wanted, "EC200N-CN", &["uart1"], |text| panic!("{text}")).unwrap();
    for (millis, seen) in (0..).zip(sights) {
        let elapsed = Duration::from_millis(millis);
        camera.see(Stamp { elapsed, unix: Duration::from_secs(1_700_000_000) + elapsed }, seen);
    }
    Scrap(path)
}

/// The packets of the network side as etherparse reads them.
fn packets(file: &Scrap) -> Vec<String> {
    let bytes = std::fs::read(&file.0).unwrap();
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let (mut at, mut told) = (0, Vec::new());
    while at < bytes.len() {
        // Type 6 is a packet, of interface 0.
        if (word(at), word(at + 8)) == (6, 0) {
            told.push(describe(&bytes[at + 28..at + 28 + word(at + 20)]));
        }
        let length = word(at + 4);
        assert_eq!(word(at + length - 4), length, "a block with two lengths");
        at += length;
    }
    told
}

fn describe(packet: &[u8]) -> String {
    let sliced = SlicedPacket::from_ip(packet).unwrap();
    let (from, to): (IpAddr, IpAddr) = match sliced.net.as_ref().unwrap() {
        NetSlice::Ipv4(ip) => (ip.header().source_addr().into(), ip.header().destination_addr().into()),
        NetSlice::Ipv6(ip) => (ip.header().source_addr().into(), ip.header().destination_addr().into()),
        other => panic!("{other:?}"),
    };
    match sliced.transport.unwrap() {
        TransportSlice::Tcp(tcp) => {
            let flags =
                [('S', tcp.syn()), ('F', tcp.fin()), ('R', tcp.rst()), ('P', tcp.psh()), ('A', tcp.ack())];
            let flags: String = flags.iter().filter(|(_, is_set)| *is_set).map(|(flag, _)| flag).collect();
            let (from, to) =
                (SocketAddr::new(from, tcp.source_port()), SocketAddr::new(to, tcp.destination_port()));
            format!("{from} {to} {flags} {}", tcp.payload().len())
        }
        TransportSlice::Udp(udp) => {
            let (from, to) =
                (SocketAddr::new(from, udp.source_port()), SocketAddr::new(to, udp.destination_port()));
            format!("{from} {to} udp {}", udp.payload().len())
        }
        TransportSlice::Icmpv4(icmp) => format!("{from} {to} icmp {}", icmp.payload().len()),
        TransportSlice::Icmpv6(icmp) => format!("{from} {to} icmp6 {}", icmp.payload().len()),
        other => panic!("{other:?}"),
    }
}

fn addr(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// What tshark prints; nothing where it is not installed.
fn tshark(file: &Scrap, args: &[&str]) -> Option<String> {
    let checks = ["ip.check_checksum:TRUE", "tcp.check_checksum:TRUE", "udp.check_checksum:TRUE"];
    let output = Command::new("tshark")
        .args(["-n", "-r"])
        .arg(&file.0)
        .args(checks.iter().flat_map(|check| ["-o", check]))
        .args(args)
        .output();
    let Ok(output) = output else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "tshark is not installed");
        eprintln!("skipped: tshark is not installed");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

fn is_flawless(file: &Scrap) {
    let trouble = "_ws.malformed || tcp.analysis.flags || ip.checksum.status == 0 || tcp.checksum.status == 0 \
                   || udp.checksum.status == 0 || icmp.checksum.status == 0 || icmpv6.checksum.status == 0";
    if let Some(found) = tshark(file, &["-Y", trouble]) {
        assert_eq!(found, "");
    }
}

#[test]
fn a_connection_is_segments_from_the_first_syn_to_the_last_fin() {
    for (own, peer) in [("10.0.0.1:50000", "192.0.2.1:443"), ("[2001:db8::1]:50000", "[2001:db8::2]:443")] {
        let id = ConnId(7);
        let file = capture(
            &format!("tcp-{}", own.len()),
            Secrets::Hidden,
            &[
                Seen::Action(&Action::Connect(id, addr(peer), Dial::default())),
                Seen::Input(&Input::Connected(id, addr(own))),
                Seen::NetOut { conn: id, to: None, bytes: b"hello" },
                Seen::NetIn { conn: id, from: None, bytes: &DATA },
                Seen::Action(&Action::Shutdown(id)),
                Seen::NetOut { conn: id, to: None, bytes: b"bye" },
                Seen::NetFin(id),
                Seen::Input(&Input::NetEof(id)),
                Seen::Action(&Action::Close(id, vec![])),
            ],
        );
        let expected = [
            format!("{own} {peer} S 0"),
            format!("{peer} {own} SA 0"),
            format!("{own} {peer} A 0"),
            format!("{own} {peer} PA 5"),
            format!("{peer} {own} A 0"),
            format!("{peer} {own} A {}", 65535 - 60),
            format!("{peer} {own} PA {}", DATA.len() - (65535 - 60)),
            format!("{own} {peer} A 0"),
            format!("{own} {peer} PA 3"),
            format!("{peer} {own} A 0"),
            format!("{own} {peer} FA 0"),
            format!("{peer} {own} A 0"),
            format!("{peer} {own} FA 0"),
            format!("{own} {peer} A 0"),
        ];
        assert_eq!(packets(&file), expected);
        is_flawless(&file);
        let filter = ["-z", "follow,tcp,ascii,0", "-q"];
        if let Some(text) = tshark(&file, &filter) {
            assert!(text.contains("hello") && text.contains(&"x".repeat(1000)), "{text}");
        }
    }
}

#[test]
fn what_is_refused_answers_with_a_reset_and_what_is_lost_has_no_answer() {
    let peer = addr("127.0.0.1:9");
    let dial = Dial { local_port: 5000, ..Dial::default() };
    let file = capture(
        "refused",
        Secrets::Hidden,
        &[
            Seen::Action(&Action::Connect(ConnId(1), peer, dial)),
            Seen::Input(&Input::ConnectFailed(ConnId(1), NetFailure::Refused)),
            Seen::Action(&Action::Connect(ConnId(2), peer, Dial { local_port: 5001, ..dial })),
            Seen::Input(&Input::ConnectFailed(ConnId(2), NetFailure::TimedOut)),
            Seen::Action(&Action::Connect(ConnId(3), peer, Dial { local_port: 5002, ..dial })),
            Seen::Input(&Input::ConnectFailed(ConnId(3), NetFailure::InUse)),
            Seen::Action(&Action::Connect(ConnId(4), peer, Dial { local_port: 5003, ..dial })),
            Seen::Input(&Input::Connected(ConnId(4), addr("127.0.0.1:5003"))),
            Seen::NetOut { conn: ConnId(4), to: None, bytes: b"x" },
            Seen::Input(&Input::NetReset(ConnId(4), NetFailure::Reset)),
            // The network is gone: neither FIN nor RST, but the SYN has been on its way.
            Seen::Action(&Action::Connect(ConnId(5), peer, Dial { local_port: 5004, ..dial })),
            Seen::Action(&Action::Vanish(ConnId(5))),
            Seen::Action(&Action::Connect(ConnId(6), peer, Dial { local_port: 5005, ..dial })),
            Seen::Input(&Input::Connected(ConnId(6), addr("127.0.0.1:5005"))),
            Seen::Action(&Action::Vanish(ConnId(6))),
        ],
    );
    let expected = [
        "127.0.0.1:5000 127.0.0.1:9 S 0",
        "127.0.0.1:9 127.0.0.1:5000 RA 0",
        "127.0.0.1:5001 127.0.0.1:9 S 0",
        "127.0.0.1:5003 127.0.0.1:9 S 0",
        "127.0.0.1:9 127.0.0.1:5003 SA 0",
        "127.0.0.1:5003 127.0.0.1:9 A 0",
        "127.0.0.1:5003 127.0.0.1:9 PA 1",
        "127.0.0.1:9 127.0.0.1:5003 A 0",
        "127.0.0.1:9 127.0.0.1:5003 RA 0",
        "127.0.0.1:5004 127.0.0.1:9 S 0",
        "127.0.0.1:5005 127.0.0.1:9 S 0",
        "127.0.0.1:9 127.0.0.1:5005 SA 0",
        "127.0.0.1:5005 127.0.0.1:9 A 0",
    ];
    assert_eq!(packets(&file), expected);
    is_flawless(&file);
    if let Some(comments) = tshark(&file, &["-Y", "frame.comment", "-T", "fields", "-e", "frame.comment"]) {
        let gone = "network or power went before an answer came";
        assert_eq!(comments, format!("the end of it: TimedOut\n{gone}\n"));
    }
}

#[test]
fn listeners_are_called_and_datagrams_go_both_ways() {
    let caller = addr("127.0.0.1:40000");
    let file = capture(
        "listener",
        Secrets::Hidden,
        &[
            Seen::Action(&Action::Listen(ConnId(1), addr("[::]:0"))),
            Seen::Input(&Input::Connected(ConnId(1), addr("[::]:7777"))),
            Seen::Input(&Input::Incoming(ConnId(1), addr("[::ffff:127.0.0.1]:40000"))),
            Seen::Action(&Action::Accept(ConnId(1), ConnId(2), Dial::default())),
            Seen::NetIn { conn: ConnId(2), from: None, bytes: b"in" },
            Seen::Action(&Action::Close(ConnId(2), b"last".to_vec())),
            Seen::Action(&Action::Bind(ConnId(3), addr("0.0.0.0:0"), None)),
            Seen::Input(&Input::Connected(ConnId(3), addr("0.0.0.0:6000"))),
            Seen::NetIn { conn: ConnId(3), from: Some(caller), bytes: b"datagram" },
            Seen::NetOut { conn: ConnId(3), to: Some(caller), bytes: b"" },
        ],
    );
    let expected = [
        "127.0.0.1:40000 127.0.0.1:7777 S 0",
        "127.0.0.1:7777 127.0.0.1:40000 SA 0",
        "127.0.0.1:40000 127.0.0.1:7777 A 0",
        "127.0.0.1:40000 127.0.0.1:7777 PA 2",
        "127.0.0.1:7777 127.0.0.1:40000 A 0",
        "127.0.0.1:7777 127.0.0.1:40000 PA 4",
        "127.0.0.1:40000 127.0.0.1:7777 A 0",
        "127.0.0.1:7777 127.0.0.1:40000 FA 0",
        "127.0.0.1:40000 127.0.0.1:7777 A 0",
        "127.0.0.1:40000 127.0.0.1:6000 udp 8",
        "127.0.0.1:6000 127.0.0.1:40000 udp 0",
    ];
    assert_eq!(packets(&file), expected);
    is_flawless(&file);
}

#[test]
fn lookups_are_dns_and_pings_are_icmp() {
    let server: IpAddr = "127.0.0.1".parse().unwrap();
    let six: IpAddr = "::1".parse().unwrap();
    let lookup = |id, families| Action::Resolve(QueryId(id), "a.example".into(), vec![server], families);
    let names =
        Names { addresses: vec!["192.0.2.7".parse().unwrap(), "2001:db8::7".parse().unwrap()], ttl: 60 };
    let file = capture(
        "dns",
        Secrets::Hidden,
        &[
            Seen::Action(&lookup(1, Families::Both)),
            Seen::Input(&Input::Resolved(QueryId(1), Ok(names))),
            Seen::Action(&lookup(2, Families::V4)),
            Seen::Input(&Input::Resolved(QueryId(2), Err(DnsFailure::NotFound))),
            Seen::Action(&lookup(3, Families::V4)),
            Seen::Input(&Input::Resolved(QueryId(3), Err(DnsFailure::Unreachable("silence".into())))),
            Seen::Action(&Action::Ping(QueryId(4), server, 1)),
            Seen::Input(&Input::Pong(QueryId(4), 1, Ok(Pong { bytes: 32, ttl: 50 }))),
            Seen::Action(&Action::Ping(QueryId(5), six, 1)),
            Seen::Input(&Input::Pong(QueryId(5), 1, Ok(Pong { bytes: 32, ttl: 50 }))),
        ],
    );
    assert_eq!(packets(&file).len(), 11);
    is_flawless(&file);
    let fields = ["-T", "fields", "-E", "separator=/s", "-e", "dns.qry.name", "-e", "dns.flags.rcode", "-e"];
    let fields = [&fields[..], &["dns.a", "-e", "dns.aaaa", "-e", "icmp.type", "-e", "icmpv6.type"]].concat();
    if let Some(text) = tshark(&file, &fields) {
        let lines: Vec<_> = text.lines().map(str::trim_end).collect();
        let expected = [
            "a.example",
            "a.example",
            "a.example 0 192.0.2.7",
            "a.example 0  2001:db8::7",
            "a.example",
            "a.example 3",
            "a.example",
            "    8",
            "    0",
            "     128",
            "     129",
        ];
        assert_eq!(lines, expected);
    }
}

#[test]
fn a_port_has_bytes_lines_and_nothing_secret() {
    let lines = DceLines { dcd: true, ri: false, dsr: true, cts: true };
    let file = capture(
        "port",
        Secrets::HiddenWithPayload,
        &[
            Seen::Input(&Input::PortAttached(PORT)),
            Seen::Host(PORT, Talk::Dialogue, b"AT+CPIN=12"),
            Seen::Host(PORT, Talk::Dialogue, b"34\r"),
            Seen::Module(PORT, Talk::Dialogue, b"\r\nOK\r\n"),
            Seen::Host(PORT, Talk::Dialogue, b"AT+QSSLSEND=0,4\r"),
            Seen::Host(PORT, Talk::Dialogue, b"body"),
            Seen::Action(&Action::PortLines(PORT, lines)),
            Seen::Input(&Input::PortLines(PORT, DteLines { dtr: false, rts: true })),
            Seen::Action(&Action::Event(Event::KeyLog("CLIENT_RANDOM 00 11".into()))),
        ],
    );
    let bytes = std::fs::read(&file.0).unwrap();
    let has = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    assert!(has(b"AT+CPIN=**") && !has(b"34\r") && !has(b"body") && has(b"4 bytes not shown"));
    assert!(has(b"CLIENT_RANDOM 00 11\n"));
    let fields =
        ["-E", "separator=/s", "-e", "frame.packet_flags_direction", "-e", "rtacser.eventtype", "-e"];
    let fields =
        [&["-T", "fields"], &fields[..], &["rtacser.dcd", "-e", "rtacser.dtr", "-e", "data.len"]].concat();
    if let Some(text) = tshark(&file, &fields) {
        let lines: Vec<_> = text.lines().map(str::trim_end).collect();
        let expected = [
            "0x00000001 0x00 0 1",
            "0x00000001 0x02 0 1 10",
            "0x00000001 0x02 0 1 3",
            "0x00000002 0x01 0 1 6",
            "0x00000001 0x02 0 1 16",
            "0x00000001 0x02 0 1",
            "0x00000002 0x00 1 1",
            "0x00000001 0x00 1 0",
        ];
        assert_eq!(lines, expected);
    }
}

#[test]
fn a_channel_is_an_interface_and_its_frames_are_no_way_to_its_secrets() {
    let on = |what| Action::Event(Event::Channel { port: AtPort::Cmux2, what });
    let said = |text: &str| on(OnChannel::Host(Talk::Dialogue, text.into()));
    let answer = on(OnChannel::Module(Talk::Dialogue, b"\r\nOK\r\n".to_vec()));
    for (secrets, has_frames) in [(Secrets::Hidden, false), (Secrets::Shown, true)] {
        let file = capture(
            &format!("channel-{has_frames}"),
            secrets,
            &[
                Seen::Input(&Input::PortAttached(PORT)),
                Seen::Action(&on(OnChannel::Opened)),
                Seen::Host(PORT, Talk::Frames, b"\xf9AT+CPIN=\xf9\xf91234\r\xf9"),
                Seen::Action(&said("AT+CPIN=")),
                Seen::Action(&said("1234\r")),
                Seen::Action(&answer),
                Seen::Action(&on(OnChannel::Closed)),
            ],
        );
        let bytes = std::fs::read(&file.0).unwrap();
        let has = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
        assert!(has(b"AT+CPIN=") && has(b"cmux2"));
        assert_eq!(has(b"1234"), has_frames);
        let fields = ["-T", "fields", "-E", "separator=/s", "-e", "frame.interface_name", "-e"];
        let fields = [&fields[..], &["frame.packet_flags_direction", "-e", "data.len"]].concat();
        if let Some(text) = tshark(&file, &fields) {
            let lines: Vec<_> = text.lines().map(str::trim_end).collect();
            let frames = if has_frames { "uart1 0x00000001 17" } else { "uart1 0x00000001" };
            let expected = [
                "uart1 0x00000001",
                "cmux2 0x00000001",
                frames,
                "cmux2 0x00000001 8",
                "cmux2 0x00000001 5",
                "cmux2 0x00000002 6",
                "cmux2 0x00000001",
            ];
            assert_eq!(lines, expected);
        }
    }
}

#[test]
fn what_is_left_out_leaves_a_gap_and_is_counted() {
    let id = ConnId(1);
    let (mut sheet, mut network) = (sheet::Sheet::default(), network::Network::default());
    network.action(&mut sheet, 1, &Action::Connect(id, addr("192.0.2.1:80"), Dial::default()));
    network.input(&mut sheet, 2, &Input::Connected(id, addr("10.0.0.1:5000")));
    network.gap(&mut sheet, Way::Out, id, 1000);
    network.gap(&mut sheet, Way::Out, id, 1000);
    sheet.blocks.0.clear();
    network.data(&mut sheet, 3, Way::Out, id, None, b"after");
    let blocks = &sheet.blocks.0;
    // Behind the block's 28 bytes and 20 of IP: ports, then the sequence number.
    let sequence = u32::from_be_bytes(blocks[52..56].try_into().unwrap());
    assert_eq!(sequence, 0x9e37_79b9u32.wrapping_add(1 + 2000));
    let told = b"2 pieces left out before this: the disk is too slow.";
    assert!(blocks.windows(told.len()).any(|window| window == told));
    // epb_dropcount is option 4, of 8 bytes.
    assert!(blocks.windows(12).any(|window| window == [4, 0, 8, 0, 2, 0, 0, 0, 0, 0, 0, 0]));
}
