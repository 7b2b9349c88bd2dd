//! What holds for every conversation: the pieces in which bytes arrive change nothing, a strict host can read
//! everything, nothing is lost, nothing comes by itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test: what breaks here fails it"
)]

mod conversations;

use core::time::Duration;
use modemtwin_module::{AtPort, MODELS, PortId, Setup, Tolerance};
use testkit::dte::{self, Item};
use testkit::transcript;
use testkit::world::{Split, World, next_random};

const PORT: PortId = PortId(0);
const PORTS: [PortId; 2] = [PORT, PortId(1)];

/// The services of every world, by what module and host know of them.
const SERVICES: [(&str, &str, &[&str]); 5] = [
    ("192.0.2.1:443", "rustls", &[]),
    ("192.0.2.2:80", "plain", &[]),
    ("192.0.2.3:7", "udp", &["echo"]),
    ("192.0.2.4:9", "udp", &["to=3030"]),
    ("192.0.2.9:40000", "caller", &["to=2020"]),
];

/// A module with two ports, an independent TLS server at 192.0.2.1:443, and everything that plain sockets meet.
fn world(split: Split) -> World {
    let mut world = World::new(Setup {
        ports: vec![AtPort::Uart1, AtPort::UsbAt],
        model: MODELS[1],
        tolerance: Tolerance::Default,
        clock_unix: 1_795_348_800,
        seed: [5; 32],
        ..Setup::default()
    });
    for (address, kind, keys) in SERVICES {
        let (_, make) = transcript::service(kind, keys).unwrap();
        world.serve(address.parse().unwrap(), make(), None);
    }
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
