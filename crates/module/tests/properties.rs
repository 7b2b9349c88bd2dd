//! What holds for every conversation: the pieces in which bytes arrive change nothing, a strict host can read
//! everything, nothing is lost, nothing comes by itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test: what breaks here fails it"
)]

use core::{fmt, ops::Range, time::Duration};
use modemtwin_module::{AtPort, MODELS, PortId, Setup, Tolerance};
use testkit::dte::{self, Item};
use testkit::transcript;
use testkit::world::{Split, World, next_random};

const PORT: PortId = PortId(0);
const PORTS: [PortId; 2] = [PORT, PortId(1)];

/// A module with two ports and an independent TLS server at 192.0.2.1:443.
fn world(split: Split) -> World {
    let mut world = World::new(Setup {
        ports: vec![AtPort::Uart1, AtPort::UsbAt],
        model: MODELS[1],
        tolerance: Tolerance::Default,
        clock_unix: 1_795_348_800,
        seed: [5; 32],
        ..Setup::default()
    });
    let (_, make) = transcript::service("rustls", &[]).unwrap();
    world.serve("192.0.2.1:443".parse().unwrap(), make(), None);
    world.set_split(split);
    world
}

fn read(world: &World) -> dte::Report {
    dte::read(world.log(PORT)).unwrap_or_else(|complaint| panic!("{complaint}"))
}

/// A source of chance.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        (next_random(&mut self.0) % n as u64) as usize
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most + 1)).map(|_| next_random(&mut self.0) as u8).collect()
    }
}

/// What happens in a random conversation.
#[derive(Clone)]
enum Op {
    Send(Vec<u8>),
    SendElsewhere(Vec<u8>),
    Wait(u64),
    PeerSends(Vec<u8>),
    PeerCloses,
    PeerCuts,
    PeerResets,
    PeerReads(bool),
    HostReads(bool),
    Dtr(bool),
}

impl fmt::Debug for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Op::Send(bytes) => write!(f, "> {}", bytes.escape_ascii()),
            Op::SendElsewhere(bytes) => write!(f, "usbat> {}", bytes.escape_ascii()),
            Op::Wait(ms) => write!(f, "+{ms}ms"),
            Op::PeerSends(data) => write!(f, "peer sends {} bytes", data.len()),
            Op::PeerCloses => write!(f, "peer closes"),
            Op::PeerCuts => write!(f, "peer cuts"),
            Op::PeerResets => write!(f, "peer resets"),
            Op::PeerReads(reads) => write!(f, "peer reads {reads}"),
            Op::HostReads(reads) => write!(f, "host reads {reads}"),
            Op::Dtr(on) => write!(f, "dtr {on}"),
        }
    }
}

/// Some hundred things in a row, most of them sensible.
fn conversation(seed: u64) -> Vec<Op> {
    let mut chance = Chance(seed);
    let mut ops = vec![Op::Send(b"AT+QIACT=1\r".to_vec())];
    for _ in 0..80 {
        let acts = act(&mut chance);
        let elsewhere = chance.below(6) == 0;
        ops.extend(acts.into_iter().map(|op| match op {
            Op::Send(bytes) if elsewhere => Op::SendElsewhere(bytes),
            op => op,
        }));
    }
    ops
}

fn act(chance: &mut Chance) -> Vec<Op> {
    let line = |text: String| Op::Send([text.as_bytes(), b"\r"].concat());
    let id = chance.below(3);
    match chance.below(28) {
        0..=3 => {
            let mode = chance.below(3);
            vec![line(format!("AT+QSSLOPEN=1,0,{id},\"192.0.2.1\",443,{mode}"))]
        }
        4 | 5 => {
            let payload = chance.bytes(40);
            let send = line(format!("AT+QSSLSEND={id},{}", payload.len().max(1)));
            vec![send, Op::Send(if payload.is_empty() { vec![b'x'] } else { payload })]
        }
        6 => {
            let end = chance.pick(&["\x1a", "\x1b"]);
            vec![line(format!("AT+QSSLSEND={id}")), Op::Send(format!("some text{end}").into_bytes())]
        }
        7 | 8 => vec![line(format!("AT+QSSLRECV={id},{}", chance.below(1501)))],
        9 => vec![line(format!("AT+QSSLCLOSE={id}{}", chance.pick(&["", ",0", ",1"])))],
        10 => vec![line(format!("AT+QISWTMD={id},{}", chance.below(3)))],
        11 => vec![line("ATO".into())],
        12 | 13 => vec![Op::Wait(1000), Op::Send(b"+++".to_vec()), Op::Wait(1000)],
        14 => vec![Op::Send(chance.pick(&["+", "++", "++++", "+++\r"]).into())],
        // Without CR: no reader can tell the `3` CR of an ATV0 `NO CARRIER` from the same data.
        15..=17 => {
            vec![Op::PeerSends(
                chance.bytes(4000).into_iter().map(|b| if b == b'\r' { b'.' } else { b }).collect(),
            )]
        }
        18 => vec![[Op::PeerCloses, Op::PeerCuts, Op::PeerResets][chance.below(3)].clone()],
        19 => vec![Op::PeerReads(chance.below(3) > 0)],
        20 => vec![Op::HostReads(chance.below(3) > 0)],
        21 => vec![Op::Dtr(false), Op::Dtr(true)],
        22 => vec![Op::Wait(chance.below(3000) as u64)],
        23 if chance.below(2) == 0 => {
            let file = chance.bytes(2000);
            let sent = file[..chance.below(file.len() + 1)].to_vec();
            let upload = line(format!("AT+QFUPL=\"f{id}\",{},1,{}", file.len().max(1), chance.below(2)));
            vec![line(format!("AT+QFDEL=\"f{id}\"")), upload, Op::Send(sent), Op::Wait(1000)]
        }
        23 => vec![Op::Send(chance.pick(&["AT+QSSL", "A", "AT", "\r", "\r\n", "A/"]).into())],
        24 => vec![Op::Send([chance.bytes(20), b"\r".to_vec()].concat())],
        25 => vec![line(chance.pick(&["ATE0", "ATE1", "ATV0", "ATV1"]).into())],
        26 => vec![line(
            chance
                .pick(&[
                    "AT&D0",
                    "AT&D1",
                    "AT&D2",
                    "AT+QIDEACT=1",
                    "AT+QIACT=1",
                    "AT+CFUN=4",
                    "AT+CFUN=1;+QIACT=1",
                ])
                .into(),
        )],
        _ => vec![line(
            chance
                .pick(&["ATI", "AT+CSQ;+CREG?", "AT+QSSLSTATE", "AT+QSSLCFG=?", "AT+NOSUCH", "AT+QIGETERROR"])
                .into(),
        )],
    }
}

/// Plays a conversation; the result is what the module said after each of its parts.
fn play(ops: &[Op], split: Split) -> (World, Vec<Vec<u8>>) {
    play_over(ops, split, Split::Whole)
}

fn play_over(ops: &[Op], split: Split, net_split: Split) -> (World, Vec<Vec<u8>>) {
    let mut world = world(split);
    world.set_net_split(net_split);
    let mut said = Vec::new();
    for op in ops {
        let connected = world.connections(0) > 0;
        match op {
            Op::Send(bytes) => world.send(PORT, bytes),
            Op::SendElsewhere(bytes) => world.send(PORTS[1], bytes),
            Op::Wait(ms) => world.run_for(Duration::from_millis(*ms)),
            Op::PeerSends(data) if connected => world.with_peer(0, |peer| peer.send(data)),
            Op::PeerCloses if connected => world.with_peer(0, |peer| peer.close()),
            Op::PeerSends(_) | Op::PeerCloses => {}
            Op::PeerCuts => world.cut(0),
            Op::PeerResets => world.reset(0),
            Op::PeerReads(reads) => world.set_peer_reads(0, *reads),
            Op::HostReads(reads) => world.set_host_reads(PORT, *reads),
            Op::Dtr(on) => world.set_dtr(PORT, *on),
        }
        said.push(PORTS.map(|port| world.take_output(port)).concat());
    }
    world.set_host_reads(PORT, true);
    world.run_until_idle();
    said.push(PORTS.map(|port| world.take_output(port)).concat());
    (world, said)
}

#[test]
fn pieces_change_nothing_and_a_strict_host_can_read_everything() {
    conversations(0..150);
}

#[test]
#[ignore = "minutes"]
fn many_more_conversations() {
    conversations(150..20_000);
}

fn conversations(seeds: Range<u64>) {
    for seed in seeds {
        let ops = conversation(seed);
        let (world, whole) = play(&ops, Split::Whole);
        for port in PORTS {
            if let Err(complaint) = dte::read(world.log(port)) {
                panic!("seed {seed}, {port:?}: {complaint}\n{}", story(&ops, &whole));
            }
        }
        for split in [Split::Bytes, Split::Random(seed)] {
            let (_, cut) = play(&ops, split.clone());
            for (n, (whole, cut)) in whole.iter().zip(&cut).enumerate() {
                assert!(
                    whole == cut,
                    "seed {seed}, {split:?}, part {n}: {:?}\nwhole: {}\n  cut: {}",
                    ops.get(n),
                    whole.escape_ascii(),
                    cut.escape_ascii()
                );
            }
        }
    }
}

/// The same for the network's side: a record may come in any number of segments.
#[test]
fn segments_change_nothing() {
    for seed in 1000..1040 {
        let ops = conversation(seed);
        let (_, whole) = play(&ops, Split::Whole);
        for split in [Split::Bytes, Split::Random(seed)] {
            let (_, cut) = play_over(&ops, Split::Whole, split.clone());
            assert!(whole == cut, "seed {seed}, {split:?}\n{}", story(&ops, &cut));
        }
    }
}

/// A conversation as text, for whoever looks for a mistake in it.
fn story(ops: &[Op], said: &[Vec<u8>]) -> String {
    ops.iter()
        .zip(said)
        .map(|(op, said)| format!("{op:?}\n< {:.400}\n", said.escape_ascii().to_string()))
        .collect()
}

/// Bytes both ways through all three modes: every byte arrives once, in order.
#[test]
fn totals_are_conserved() {
    for seed in 0..60 {
        let mut chance = Chance(seed);
        let mut world = world(Split::Random(seed));
        world.set_window(1 + chance.below(20_000));
        world.send(PORT, b"AT+QISDE=0;+QIACT=1\rAT+QSSLOPEN=1,0,0,\"192.0.2.1\",443,0\r");
        let (mut to_host, mut to_peer) = (Vec::new(), Vec::new());
        for _ in 0..40 {
            match chance.below(7) {
                0 | 1 => {
                    let data = chance.bytes(6000);
                    world.with_peer(0, |peer| peer.send(&data));
                    to_host.extend(data);
                }
                2 => world.send(PORT, format!("AT+QISWTMD=0,{}\r", chance.below(2)).as_bytes()),
                3 => world.send(PORT, format!("AT+QSSLRECV=0,{}\r", 1 + chance.below(1500)).as_bytes()),
                4 => {
                    let data = chance.bytes(1459);
                    world.send(PORT, format!("AT+QSSLSEND=0,{}\r", data.len() + 1).as_bytes());
                    world.send(PORT, &[&data[..], b"."].concat());
                    to_peer.extend([&data[..], b"."].concat());
                }
                5 => {
                    world.send(PORT, b"AT+QISWTMD=0,2\r");
                    // No plus, so that none is held back when the escape comes.
                    let data: Vec<u8> =
                        chance.bytes(5000).into_iter().map(|b| if b == b'+' { b'-' } else { b }).collect();
                    world.send(PORT, &data);
                    to_peer.extend(data);
                    world.run_for(Duration::from_secs(1));
                    world.send(PORT, b"+++");
                    world.run_for(Duration::from_secs(1));
                }
                _ => world.run_for(Duration::from_millis(chance.below(500) as u64)),
            }
        }
        world.send(PORT, b"AT+QISWTMD=0,0\r");
        for _ in 0..400 {
            world.send(PORT, b"AT+QSSLRECV=0\r");
        }
        let report = read(&world);
        assert!(!report.results().contains(&"SEND FAIL"), "seed {seed}: the peer reads all the time");
        let mut received: Vec<u8> = Vec::new();
        for item in &report.items {
            match item {
                Item::InfoData(_, data) | Item::UrcData(_, data) | Item::Online(data) => {
                    received.extend(data)
                }
                _ => {}
            }
        }
        assert!(
            received == to_host,
            "seed {seed}: {} of {} bytes reached the host",
            received.len(),
            to_host.len()
        );
        let sent = world.peer(0).unwrap().received();
        assert!(sent == to_peer, "seed {seed}: {} of {} bytes reached the peer", sent.len(), to_peer.len());
    }
}

#[test]
fn nothing_comes_by_itself() {
    let mut world = world(Split::Whole);
    world.take_output(PORT);
    world.run_for(Duration::from_secs(86400));
    assert_eq!(world.take_output(PORT), b"");
    world.send(PORT, b"AT+QIACT=1\rAT+QSSLOPEN=1,0,0,\"192.0.2.1\",443,0\r");
    world.take_output(PORT);
    world.run_for(Duration::from_secs(86400));
    assert_eq!(world.take_output(PORT), b"");
}

/// Lines that resemble commands, damaged by chance.
fn garbage(chance: &mut Chance) -> Vec<u8> {
    let commands: [&str; 13] = [
        "AT+QSSLCFG=\"sslversion\",1,1",
        "AT+QSSLOPEN=1,1,4,\"220.180.239.212\",8010,0",
        "AT+QSSLSEND=4,18",
        "AT+QSSLRECV=4,1500",
        "AT+QSSLSTATE",
        "AT+QICSGP=1,1,\"UNINET\",\"\",\"\",1",
        "AT+CCLK=\"26/11/22,12:00:00+32\"",
        "AT+QFLST=\"*\"",
        "AT+QSSLCLOSE=4",
        "AT+QIOPEN=1,0,\"UDP SERVICE\",\"127.0.0.1\",0,3030,1",
        "AT+QICFG=\"tcp/keepalive\",1,60,25,3",
        "AT+QISENDEX=0,\"41424344\"",
        "AT+QISTATE=1,0",
    ];
    let mut line =
        if chance.below(4) == 0 { chance.bytes(60) } else { chance.pick(&commands).as_bytes().to_vec() };
    for _ in 0..1 + chance.below(4) {
        let at = chance.below(line.len() + 1);
        match chance.below(4) {
            0 if at < line.len() => drop(line.remove(at)),
            1 => line.insert(at, next_random(&mut chance.0) as u8),
            2 => line.truncate(at),
            _ => line.extend_from_within(..at),
        }
    }
    line.push(b'\r');
    line
}

#[test]
fn garbage_never_loses_the_good_command() {
    for seed in 0..20 {
        let mut chance = Chance(seed);
        let mut world = world(Split::Random(seed));
        for _ in 0..100 {
            let line = garbage(&mut chance);
            world.send(PORT, &line);
            // A quote that stands open, an echo that went off: the line end has closed and begun everything.
            world.send(PORT, b"ATE1V1Q0&F\r");
            world.take_output(PORT);
            world.send(PORT, b"AT+CSQ\r");
            let said = world.take_output(PORT);
            assert_eq!(
                said.escape_ascii().to_string(),
                b"AT+CSQ\r\r\n+CSQ: 29,99\r\n\r\nOK\r\n".escape_ascii().to_string(),
                "seed {seed}, after {}",
                line.escape_ascii()
            );
        }
        read(&world);
    }
}

/// A host that types far ahead, and one that does not read either: every command is answered, in order.
#[test]
fn a_flood_of_type_ahead_is_answered() {
    const LINES: usize = 5000;
    for reads in [true, false] {
        let mut world = world(Split::Random(9));
        world.set_host_reads(PORT, reads);
        world.send(PORT, &b"AT+CSQ\r".repeat(LINES));
        if !reads {
            assert!(world.untaken(PORT) > 0, "a module has no unlimited memory for what nobody reads");
            world.set_host_reads(PORT, true);
        }
        assert_eq!(world.untaken(PORT), 0);
        assert_eq!(world.take_output(PORT), b"AT+CSQ\r\r\n+CSQ: 29,99\r\n\r\nOK\r\n".repeat(LINES));
        assert_eq!(read(&world).results().len(), LINES);
    }
}

/// D32: what is typed while the network is busy waits, more than a line of it at the host.
#[test]
fn type_ahead_waits_for_the_network() {
    let mut world = world(Split::Bytes);
    world.set_latency(Duration::from_secs(1));
    world.send(PORT, b"AT+QIACT=1\rAT+QSSLOPEN=1,0,0,\"192.0.2.1\",443,0\r");
    world.run_for(Duration::from_secs(10));
    world.take_output(PORT);
    world.send(PORT, &[&b"AT+QSSLCLOSE=0\r"[..], &b"AT+CSQ\r".repeat(2000)].concat());
    assert_eq!(world.take_output(PORT), b"AT+QSSLCLOSE=0\r");
    assert!(world.untaken(PORT) > 0, "one line limit is kept, not everything");
    world.run_for(Duration::from_secs(10));
    let said = world.take_output(PORT);
    assert_eq!(said, [&b"\r\nOK\r\n"[..], &b"AT+CSQ\r\r\n+CSQ: 29,99\r\n\r\nOK\r\n".repeat(2000)].concat());
}

/// D36: a host that polls state five thousand times a second slows neither its own socket nor another's.
#[test]
fn polling_does_not_slow_the_network() {
    let run = |polls_per_ms: usize| {
        let mut world = world(Split::Whole);
        world.set_latency(Duration::from_millis(10));
        world.set_window(3000);
        world.send(PORT, b"AT+QIACT=1\rAT+QSSLOPEN=1,0,0,\"192.0.2.1\",443,1\r");
        world.run_for(Duration::from_millis(500));
        world.with_peer(0, |peer| peer.send(&[b'x'; 100_000]));
        let began = world.now();
        let mut pushed = 0;
        while pushed < 100_000 {
            world.run_for(Duration::from_millis(1));
            world.send(PORT, &b"AT+QSSLSTATE=0\r".repeat(polls_per_ms));
            pushed += world.take_output(PORT).iter().filter(|b| **b == b'x').count();
            assert!(world.now() - began < Duration::from_secs(60), "{pushed} bytes in a minute");
        }
        read(&world);
        world.now() - began
    };
    assert_eq!(run(0), run(5));
}
