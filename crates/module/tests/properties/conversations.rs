//! Random conversations: two ports, SSL and plain sockets, listeners, datagrams, files, with every piece of chance in the
//! seed. Pieces of input change nothing, and a strict host reads everything.

use super::{Chance, PORT, PORTS, world};
use core::{fmt, ops::Range, time::Duration};
use testkit::{
    dte,
    mux::{MuxHost, SABM, UIH, frame},
    world::{Log, Said, Split, World},
};

/// Numbers of services.
const TLS: usize = 0;
const CALLER: usize = 4;

/// What happens in a random conversation.
#[derive(Clone)]
enum Op {
    Send(Vec<u8>),
    SendElsewhere(Vec<u8>),
    Wait(u64),
    PeerSends(usize, Vec<u8>),
    PeerCloses(usize),
    PeerCuts(usize),
    PeerResets(usize),
    PeerReads(usize, bool),
    PeerCalls,
    HostReads(bool),
    Dtr(bool),
}

impl fmt::Debug for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Op::Send(bytes) => write!(f, "> {}", bytes.escape_ascii()),
            Op::SendElsewhere(bytes) => write!(f, "usbat> {}", bytes.escape_ascii()),
            Op::Wait(ms) => write!(f, "+{ms}ms"),
            Op::PeerSends(peer, data) => write!(f, "peer {peer} sends {} bytes", data.len()),
            Op::PeerCloses(peer) => write!(f, "peer {peer} closes"),
            Op::PeerCuts(peer) => write!(f, "peer {peer} cuts"),
            Op::PeerResets(peer) => write!(f, "peer {peer} resets"),
            Op::PeerReads(peer, reads) => write!(f, "peer {peer} reads {reads}"),
            Op::PeerCalls => write!(f, "peer {CALLER} calls"),
            Op::HostReads(reads) => write!(f, "host reads {reads}"),
            Op::Dtr(on) => write!(f, "dtr {on}"),
        }
    }
}

/// Some hundred things in a row, most of them sensible: with SSL sockets alone, or with everything.
fn conversation(seed: u64, kinds: usize) -> Vec<Op> {
    let mut chance = Chance(seed);
    let mut ops = vec![Op::Send(b"AT+QIACT=1\r".to_vec())];
    for item in ITEMS.iter().filter(|_| kinds == ALL) {
        // A reader knows what it has set itself, and this is about the whole module.
        if chance.below(4) == 0 {
            let set = format!("AT+QICFG={item},1\r").into_bytes();
            ops.extend([Op::Send(set.clone()), Op::SendElsewhere(set)]);
        }
    }
    for _ in 0..80 {
        let acts = act(&mut chance, kinds);
        let elsewhere = chance.below(6) == 0;
        ops.extend(acts.into_iter().map(|op| match op {
            Op::Send(bytes) if elsewhere => Op::SendElsewhere(bytes),
            op => op,
        }));
    }
    ops
}

/// How many kinds of things happen with SSL sockets, and in all.
const SSL: usize = 28;
const ALL: usize = 50;

/// What `AT+QICFG` may have at 1 from the beginning.
const ITEMS: [&str; 6] = [
    "\"recvind\"",
    "\"passiveclosed\"",
    "\"udp/readmode\"",
    "\"close/mode\"",
    "\"sendinfo\"",
    "\"viewmode\"",
];

fn act(chance: &mut Chance, kinds: usize) -> Vec<Op> {
    let id = chance.below(3);
    match chance.below(kinds) {
        28..=39 => plain(chance),
        40..=45 => network(chance),
        46..=49 => files(chance),
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
            vec![Op::PeerSends(TLS, data(chance, 4000))]
        }
        18 => vec![[Op::PeerCloses(TLS), Op::PeerCuts(TLS), Op::PeerResets(TLS)][chance.below(3)].clone()],
        19 => vec![Op::PeerReads(TLS, chance.below(3) > 0)],
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

fn line(text: String) -> Op {
    Op::Send([text.as_bytes(), b"\r"].concat())
}

/// Received data without CR: no reader can tell the `3` CR of an ATV0 `NO CARRIER` from the same data.
fn data(chance: &mut Chance, most: usize) -> Vec<u8> {
    chance.bytes(most).into_iter().map(|b| if b == b'\r' { b'.' } else { b }).collect()
}

/// Plain sockets have ids from 3 on; connections of a listener the highest ones.
fn plain(chance: &mut Chance) -> Vec<Op> {
    let id = [3, 4, 5, 6, 7, 11, 10][chance.below(7)];
    let mode = chance.below(3);
    match chance.below(11) {
        0 | 1 => vec![line(format!("AT+QIOPEN=1,{id},\"TCP\",\"192.0.2.2\",80,0,{mode}"))],
        // Command lines that come back as data are data with CR.
        2 if mode == 2 => vec![line(format!("AT+QIOPEN=1,{id},\"UDP\",\"192.0.2.4\",9,0,2"))],
        2 => vec![line(format!("AT+QIOPEN=1,{id},\"UDP\",\"192.0.2.3\",7,0,{mode}"))],
        3 => vec![line(format!("AT+QIOPEN=1,{id},\"UDP SERVICE\",\"127.0.0.1\",0,3030,{}", mode % 2))],
        4 => vec![
            line(format!("AT+QIOPEN=1,{id},\"TCP LISTENER\",\"127.0.0.1\",0,2020,{},2", mode % 2)),
            Op::PeerCalls,
        ],
        5 | 6 => {
            let to = chance.pick(&["", "", ",\"192.0.2.4\",9"]);
            // The UDP peer sends it back.
            let payload = data(chance, 40);
            let send = line(format!("AT+QISEND={id},{}{to}", payload.len().max(1)));
            vec![send, Op::Send(if payload.is_empty() { vec![b'x'] } else { payload })]
        }
        7 => {
            vec![line(format!("AT+QISENDEX={id},\"{}\"", chance.pick(&["41", "4142434445", "0a00ff", "4"])))]
        }
        8 | 9 => vec![line(format!("AT+QIRD={id}{}", chance.pick(&["", ",0", ",100", ",1500"])))],
        _ => vec![line(format!("AT+QICLOSE={id}{}", chance.pick(&["", ",0", ",1"])))],
    }
}

/// What plain sockets meet, and what may be asked of the network beside them.
fn network(chance: &mut Chance) -> Vec<Op> {
    let peer = 1 + chance.below(4);
    let stream = if chance.below(2) == 0 { 1 } else { CALLER };
    match chance.below(8) {
        // Datagrams have a size of their own.
        0..=2 => vec![Op::PeerSends(peer, data(chance, if peer == stream { 4000 } else { 1400 }))],
        3 => vec![
            [Op::PeerCloses(stream), Op::PeerCuts(stream), Op::PeerResets(stream)][chance.below(3)].clone(),
        ],
        4 => vec![Op::PeerReads(stream, chance.below(3) > 0)],
        5 => vec![Op::PeerCalls],
        6 => vec![line(chance.pick(&["AT+QISTATE", "AT+QISTATE=0,1", "AT+QISEND=3,0", "AT+QICFG=?"]).into())],
        _ => vec![line(
            chance
                .pick(&["AT+QIDNSGIP=1,\"192.0.2.1\"", "AT+QIACTEX=2", "AT+QIDEACTEX=2", "AT+QIACT?"])
                .into(),
        )],
    }
}

/// Open files, and downloads: these to the port that always reads, for `+++` cuts off what has not left.
fn files(chance: &mut Chance) -> Vec<Op> {
    let (name, handle) = (chance.below(3), 1 + chance.below(3));
    match chance.below(6) {
        0 | 1 => vec![line(format!("AT+QFOPEN=\"f{name}\",{}", chance.below(3)))],
        2 => {
            let content = chance.bytes(600);
            let write = line(format!("AT+QFWRITE={handle},{},1", content.len().max(1)));
            let sent = content[..chance.below(content.len() + 1)].to_vec();
            vec![write, Op::Send(sent), Op::Wait(1000)]
        }
        3 => vec![
            line(format!("AT+QFSEEK={handle},0")),
            Op::SendElsewhere(format!("AT+QFREAD={handle},{}\r", 1 + chance.below(900)).into_bytes()),
        ],
        4 => vec![Op::SendElsewhere(format!("AT+QFDWL=\"f{name}\"\r").into_bytes())],
        _ => vec![line(format!("{}={handle}", chance.pick(&["AT+QFCLOSE", "AT+QFPOSITION", "AT+QFTUCAT"])))],
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
        match op {
            Op::Send(bytes) => world.send(PORT, bytes),
            Op::SendElsewhere(bytes) => world.send(PORTS[1], bytes),
            op => outside(&mut world, op),
        }
        said.push(PORTS.map(|port| world.take_output(port)).concat());
    }
    world.set_host_reads(PORT, true);
    world.run_until_idle();
    said.push(PORTS.map(|port| world.take_output(port)).concat());
    (world, said)
}

/// What happens beside what hosts type.
fn outside(world: &mut World, op: &Op) {
    match op {
        Op::Send(_) | Op::SendElsewhere(_) => {}
        Op::Wait(ms) => world.run_for(Duration::from_millis(*ms)),
        Op::PeerSends(peer, _) | Op::PeerCloses(peer) if world.connections(*peer) == 0 => {}
        Op::PeerSends(peer, data) => world.with_peer(*peer, |peer| peer.send(data)),
        Op::PeerCloses(peer) => world.with_peer(*peer, |peer| peer.close()),
        Op::PeerCuts(peer) => world.cut(*peer),
        Op::PeerResets(peer) => world.reset(*peer),
        Op::PeerReads(peer, reads) => world.set_peer_reads(*peer, *reads),
        Op::PeerCalls => world.call(CALLER),
        Op::HostReads(reads) => world.set_host_reads(PORT, *reads),
        Op::Dtr(on) => world.set_dtr(PORT, *on),
    }
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
        let ops = conversation(seed, ALL);
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

/// The same for the network's side: a record may come in any number of segments. What a plain socket says of its data
/// depends on them, by its nature.
#[test]
fn segments_change_nothing() {
    for seed in 1000..1040 {
        let ops = conversation(seed, SSL);
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

/// The same on two channels of `AT+CMUX`, in frames of at most so many bytes: what each said after each part, and its log.
fn play_multiplexed(ops: &[Op], frame_size: usize) -> (Vec<Vec<u8>>, [Log; 2]) {
    let mut world = world(Split::Whole);
    world.send(PORT, b"ATE0\rAT+CMUX=0\r");
    world.take_output(PORT);
    let (mut mux, mut logs) = (MuxHost::default(), [Log::new(), Log::new()]);
    for dlci in 0..=2 {
        world.send(PORT, &frame(dlci, SABM, &[]));
    }
    let mut said = Vec::new();
    for op in ops {
        let typed = match op {
            Op::Send(bytes) => Some((1, bytes)),
            Op::SendElsewhere(bytes) => Some((2, bytes)),
            op => {
                outside(&mut world, op);
                None
            }
        };
        if let Some((dlci, bytes)) = typed {
            logs[usize::from(dlci) - 1].push((world.now(), Said::Host(bytes.clone())));
            let frames: Vec<Vec<u8>> =
                bytes.chunks(frame_size).map(|piece| frame(dlci, UIH, piece)).collect();
            world.send(PORT, &frames.concat());
        }
        mux.hear(&world.take_output(PORT));
        for (dlci, log) in (1..).zip(&mut logs) {
            let heard = mux.data(dlci);
            if !heard.is_empty() {
                log.push((world.now(), Said::Module(heard.clone())));
            }
            said.push(heard);
        }
    }
    (said, logs)
}

/// What a channel has as a port has it: a strict host reads it, and frames of any size change nothing. `+++` and DTR mean
/// nothing there, and a host that stops is told apart by its frames (`tests/cmux.rs`).
#[test]
fn channels_are_read_like_ports() {
    for seed in 2000..2060 {
        let mut ops = conversation(seed, ALL);
        ops.retain(|op| match op {
            Op::HostReads(_) | Op::Dtr(_) => false,
            Op::Send(bytes) | Op::SendElsewhere(bytes) => !bytes.starts_with(b"+"),
            _ => true,
        });
        let (whole, logs) = play_multiplexed(&ops, 127);
        assert!(whole[0] == b"AT+QIACT=1\r\r\nOK\r\n" || whole[0] == b"\r\nOK\r\n", "{:?}", whole[0]);
        for (log, port) in logs.iter().zip(["cmux1", "cmux2"]) {
            if let Err(complaint) = dte::read(log) {
                panic!("seed {seed}, {port}: {complaint}");
            }
        }
        for size in [1, 7] {
            assert!(play_multiplexed(&ops, size).0 == whole, "seed {seed}, frames of {size}");
        }
    }
}
