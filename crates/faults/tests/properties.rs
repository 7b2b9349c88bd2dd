//! What holds for all faults: nothing is lost that a fault does not take, the same seed does the same, what is off is
//! not there.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test: what breaks here fails it")]

use modemtwin_faults::{MOST_FAULTS, TooMany};
use module::{AtPort, PortId, Setup};
use std::time::Duration;
use testkit::{
    peer::{Manners, PlainPeer},
    world::{Log, Said, Service, Split, World, next_random},
};

const PORT: PortId = PortId(0);

/// A module whose first socket is online with an echo.
fn online(faults: &[&str]) -> World {
    let mut world = World::new(Setup { ports: vec![AtPort::Uart1], ..Setup::default() });
    let echo = || Box::new(PlainPeer::new(Manners::Polite).echoing()) as _;
    world.serve("192.0.2.1:7".parse().unwrap(), Service::Accept(Box::new(echo)), None);
    for fault in faults {
        world.fault(fault.parse().unwrap()).unwrap();
    }
    world.send(PORT, b"ATE0\r");
    world.send(PORT, b"AT+QIACT=1\r");
    world.send(PORT, b"AT+QIOPEN=1,0,\"TCP\",\"192.0.2.1\",7,0,2\r");
    world.run_for(Duration::from_secs(300));
    assert!(world.take_output(PORT).ends_with(b"CONNECT\r\n"), "{faults:?}");
    world
}

/// Everything comes back, whatever acts on it.
fn echoes(world: &mut World, seed: u64) {
    let mut state = seed;
    let sent: Vec<u8> = (0..6000).map(|_| b'a' + (next_random(&mut state) % 26) as u8).collect();
    world.set_split(Split::Random(seed));
    world.set_net_split(Split::Random(seed + 1));
    world.send(PORT, &sent);
    world.run_for(Duration::from_secs(3600));
    assert!(world.take_output(PORT) == sent, "seed {seed}: something was lost, added or moved");
}

const HARMLESS: &[&str] = &[
    "net.latency ms=80 jitter=70",
    "net.latency ms=0",
    "net.bandwidth kbit=64",
    "net.slicer size=7 vary=6 us=300",
    "net.slow_close ms=500",
    "net.timeout bytes=1500 for=20s",
    "net.timeout for=1s again=3s after=500ms",
    "net.loss",
    "port.delay ms=20 jitter=20",
    "port.delay ms=3 dir=down prob=0.5",
];

#[test]
fn what_only_delays_and_cuts_loses_nothing() {
    for (seed, fault) in (1..).zip(HARMLESS) {
        echoes(&mut online(&[fault]), seed);
    }
    for seed in 100..110 {
        let mut state = seed;
        let mut some = HARMLESS.to_vec();
        some.retain(|_| next_random(&mut state).is_multiple_of(2));
        echoes(&mut online(&some), seed);
    }
}

#[test]
fn switching_in_mid_connection_loses_nothing() {
    for seed in 0..12 {
        let mut state = seed;
        let mut world = online(&[]);
        let mut sent = Vec::new();
        let mut heard = Vec::new();
        for round in 0..40_u8 {
            let fault = HARMLESS[next_random(&mut state) as usize % HARMLESS.len()];
            match next_random(&mut state) % 3 {
                0 => world.fault("off all".parse().unwrap()).unwrap(),
                _ => world.fault(fault.parse().unwrap()).unwrap(),
            }
            let piece = vec![b'a' + round % 26; next_random(&mut state) as usize % 700];
            world.send(PORT, &piece);
            sent.extend(piece);
            world.run_for(Duration::from_millis(next_random(&mut state) % 400));
            heard.extend(world.take_output(PORT));
        }
        world.fault("off all".parse().unwrap()).unwrap();
        world.run_for(Duration::from_secs(600));
        heard.extend(world.take_output(PORT));
        assert!(heard == sent, "seed {seed}: something was lost, added or moved");
        assert!(world.faults().is_empty());
    }
}

/// A whole life under chance: every byte with its time.
fn life(seed: u64) -> Log {
    let faults = [
        "net.latency ms=60 jitter=60",
        "net.slicer size=9 vary=8 us=90",
        "net.reset_peer bytes=900 prob=0.5",
    ];
    let faults: Vec<String> = faults.iter().map(|fault| format!("{fault} seed={seed}")).collect();
    let mut world = World::new(Setup::default());
    let echo = || Box::new(PlainPeer::new(Manners::Polite).echoing()) as _;
    world.serve("192.0.2.1:7".parse().unwrap(), Service::Accept(Box::new(echo)), None);
    faults.iter().for_each(|fault| world.fault(fault.parse().unwrap()).unwrap());
    world.send(PORT, b"AT+QIACT=1\r");
    for client in 0..10 {
        world.send(PORT, format!("AT+QIOPEN=1,{client},\"TCP\",\"192.0.2.1\",7,0,1\r").as_bytes());
        world.run_for(Duration::from_secs(1));
        world.send(PORT, format!("AT+QISEND={client},1000\r").as_bytes());
        world.send(PORT, &[b'x'; 1000]);
        world.run_for(Duration::from_secs(1));
    }
    world.log(PORT).clone()
}

#[test]
fn what_the_module_says_comes_in_pieces() {
    let mut world = World::new(Setup { ports: vec![AtPort::Uart1], ..Setup::default() });
    world.fault("port.split size=4 us=1000 dir=down".parse().unwrap()).unwrap();
    world.send(PORT, b"AT\r");
    world.run_for(Duration::from_secs(1));
    let said = |(at, said): &(testkit::world::Instant, Said)| match said {
        Said::Module(bytes) => Some((at.as_micros(), bytes.clone())),
        _ => None,
    };
    let pieces: Vec<_> = world.log(PORT).iter().filter_map(said).collect();
    let expected: [(u64, &[u8]); 3] = [(0, b"AT\r\r"), (1000, b"\nOK\r"), (2000, b"\n")];
    assert_eq!(pieces, expected.map(|(at, bytes)| (at, bytes.to_vec())));
}

#[test]
fn the_same_seed_does_the_same() {
    assert_eq!(life(3), life(3));
    assert_ne!(life(3), life(4));
}

#[test]
fn what_has_ended_leaves_nothing_behind() {
    let mut world =
        online(&["net.latency ms=10 for=2s", "net.refuse nth=2 for=1s", "dns.timeout for=2s again=9s"]);
    assert_eq!(world.faults().len(), 1, "{:?}", world.faults());
    world.fault("off dns".parse().unwrap()).unwrap();
    assert!(world.faults().is_empty());
    echoes(&mut world, 5);
}

#[test]
fn a_module_takes_only_so_many_and_those_of_a_preset_count_one_by_one() {
    let mut world = online(&[]);
    let ask = |world: &mut World, fault: &str| world.fault(fault.parse().unwrap());
    let preset = "preset.elevator after=1h";
    ask(&mut world, preset).unwrap();
    let parts = world.faults().len();
    assert!(parts > 1);
    for _ in parts..MOST_FAULTS {
        ask(&mut world, "net.refuse after=1h").unwrap();
    }
    assert_eq!(ask(&mut world, "net.refuse after=1h"), Err(TooMany));
    ask(&mut world, "off net.refuse").unwrap();
    for _ in parts..=MOST_FAULTS - parts {
        ask(&mut world, "dns.timeout after=1h").unwrap();
    }
    assert_eq!(ask(&mut world, preset), Err(TooMany), "all of a preset, or nothing of it");
    assert_eq!(world.faults().len(), MOST_FAULTS - parts + 1);
    ask(&mut world, "off all").unwrap();
    ask(&mut world, preset).unwrap();
}

#[test]
fn each_module_of_several_has_its_own_chance() {
    let refused = |unit| {
        let mut world = World::new(Setup { unit, ..Setup::default() });
        let echo = || Box::new(PlainPeer::new(Manners::Polite)) as _;
        world.serve("192.0.2.1:7".parse().unwrap(), Service::Accept(Box::new(echo)), None);
        world.fault("net.refuse prob=0.5 seed=3".parse().unwrap()).unwrap();
        world.send(PORT, b"AT+QIACT=1\r");
        let opens = (0..12).map(|client| {
            world.send(PORT, format!("AT+QIOPEN=1,{client},\"TCP\",\"192.0.2.1\",7\r").as_bytes());
            String::from_utf8(world.take_output(PORT)).unwrap().contains(",566\r\n")
        });
        opens.collect::<Vec<bool>>()
    };
    assert_eq!(refused(1), refused(1));
    assert!(refused(0) != refused(1) && refused(1) != refused(2));
}
