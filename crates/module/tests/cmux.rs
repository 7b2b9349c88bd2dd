//! `AT+CMUX`: four ports on one wire, met by a host's multiplexer that shares no code with the module's.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test: what breaks here fails it")]

use core::time::Duration;
use modemtwin_module::{AtPort, MODELS, PortId, Setup, Tolerance};
use testkit::{
    mux::{DISC, DM, MuxHost, SABM, UA, UIH, frame, message},
    transcript,
    world::{Split, World},
};

const WIRE: PortId = PortId(0);
const OTHER: PortId = PortId(1);

/// A host on a multiplexed wire.
struct Host {
    world: World,
    mux: MuxHost,
}

impl Host {
    /// After `AT+CMUX=0` with these further parameters; the control channel is open.
    fn multiplexed(parameters: &str) -> Host {
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
        world.send(WIRE, format!("ATE0\rAT+CMUX=0{parameters}\r").as_bytes());
        let said = world.take_output(WIRE);
        assert!(said.ends_with(b"\r\nOK\r\n\r\nOK\r\n"), "{}", said.escape_ascii());
        let mut host = Host { world, mux: MuxHost::default() };
        host.wire(&frame(0, SABM, &[]));
        assert_eq!(host.mux.answers(), [(0, UA)]);
        host
    }

    fn wire(&mut self, bytes: &[u8]) {
        self.world.send(WIRE, bytes);
        self.hear();
    }

    fn hear(&mut self) {
        let said = self.world.take_output(WIRE);
        self.mux.hear(&said);
    }

    fn open(&mut self, dlci: u8) {
        self.wire(&frame(dlci, SABM, &[]));
        assert_eq!(self.mux.answers(), [(dlci, UA)]);
    }

    /// Says something on a channel; what the module answers there.
    fn say(&mut self, dlci: u8, text: &[u8]) -> String {
        self.wire(&frame(dlci, UIH, text));
        String::from_utf8_lossy(&self.mux.data(dlci)).into_owned()
    }

    fn opened(dlcis: &[u8]) -> Host {
        let mut host = Host::multiplexed("");
        dlcis.iter().for_each(|dlci| host.open(*dlci));
        host
    }
}

#[test]
fn the_command() {
    let mut host = Host::opened(&[1]);
    assert_eq!(host.say(1, b"ATE0\r"), "ATE0\r\r\nOK\r\n");
    assert_eq!(
        host.say(1, b"AT+CMUX=?\r"),
        "\r\n+CMUX: (0),(0),(1-8),(1-1509),(1-255),(0-100),(2-255),(1-255),(1-7)\r\n\r\nOK\r\n"
    );
    assert_eq!(host.say(1, b"AT+CMUX?\r"), "\r\n+CMUX: 0,0,5,127,10,3,30,10,2\r\n\r\nOK\r\n");
    assert_eq!(host.say(1, b"AT+CMUX=0\r"), "\r\n+CME ERROR: 3\r\n", "a module has one multiplexer");
    host.world.send(OTHER, b"AT+CMUX=0\r");
    assert_eq!(host.world.take_output(OTHER), b"AT+CMUX=0\r\r\n+CME ERROR: 3\r\n");
    assert_eq!(host.say(1, b"AT+CMUX=1\r"), "\r\n+CME ERROR: 50\r\n", "the advanced option is not there");
}

#[test]
fn channels_are_ports_of_their_own() {
    let mut host = Host::opened(&[1, 2]);
    assert_eq!(host.say(1, b"ATE0\r"), "ATE0\r\r\nOK\r\n");
    assert_eq!(host.say(2, b"AT\r"), "AT\r\r\nOK\r\n", "echo is each port's own");
    host.wire(
        &[frame(1, UIH, b"AT+C"), frame(2, UIH, b"AT"), frame(1, UIH, b"SQ\r"), frame(2, UIH, b"\r")]
            .concat(),
    );
    assert_eq!(host.mux.data(1), b"\r\n+CSQ: 29,99\r\n\r\nOK\r\n");
    assert_eq!(host.mux.data(2), b"AT\r\r\nOK\r\n");
    host.world.send(OTHER, b"AT\r");
    assert_eq!(host.world.take_output(OTHER), b"AT\r\r\nOK\r\n", "other ports go on");
}

/// A socket on each of two channels, one of them transparent; the port is named after the channel.
#[test]
fn ssl_on_channels() {
    let mut host = Host::opened(&[1, 2]);
    host.say(1, b"ATE0;+QIACT=1\r");
    let opened = host.say(1, b"AT+QSSLOPEN=1,0,0,\"192.0.2.1\",443,0\r");
    assert_eq!(opened, "\r\nOK\r\n\r\n+QSSLOPEN: 0,0\r\n");
    let state = host.say(1, b"AT+QSSLSTATE=0\r");
    assert!(state.contains(",2,1,0,0,\"cmux1\""), "{state}");
    let online = host.say(2, b"AT+QSSLOPEN=1,0,1,\"192.0.2.1\",443,2\r");
    assert!(online.ends_with("443,2\r\r\nCONNECT\r\n"), "{online}");
    // `+++` is data on a channel.
    host.world.run_for(Duration::from_secs(2));
    host.wire(&frame(2, UIH, b"+++"));
    host.world.run_for(Duration::from_secs(2));
    let state = host.say(1, b"AT+QSSLSTATE=1\r");
    assert!(state.contains(",2,1,1,2,\"cmux2\""), "{state}");
    host.world.with_peer(0, |peer| peer.close());
    host.world.run_until_idle();
    host.hear();
    let (one, two) = (host.mux.data(1), host.mux.data(2));
    assert!(
        one == b"\r\n+QSSLURC: \"closed\",0\r\n" || two == b"\r\nNO CARRIER\r\n",
        "{} {}",
        one.escape_ascii(),
        two.escape_ascii()
    );
}

#[test]
fn modem_lines_of_channels() {
    let mut host = Host::opened(&[]);
    host.open(1);
    // DSR and CTS, no carrier.
    assert_eq!(host.mux.messages(), [[0xE3, 0x05, 0x07, 0x0D]]);
    host.wire(&message(0xE3, &[0x07, 0x0D]));
    assert_eq!(host.mux.messages(), [[0xE1, 0x05, 0x07, 0x0D]], "the host's are answered");
    host.say(1, b"AT+QIACT=1;+QSSLOPEN=1,0,0,\"192.0.2.1\",443,2\r");
    host.world.run_until_idle();
    host.hear();
    assert_eq!(host.mux.messages(), [[0xE3, 0x05, 0x07, 0x8D]], "DCD with the connection");
}

#[test]
fn a_host_that_stops_a_channel_stops_only_that() {
    let mut host = Host::opened(&[1, 2]);
    host.mux.messages();
    host.wire(&message(0xE3, &[0x07, 0x0F]));
    assert_eq!(host.say(1, b"AT\r"), "");
    assert_eq!(host.say(2, b"AT\r"), "AT\r\r\nOK\r\n");
    host.wire(&message(0xE3, &[0x07, 0x0D]));
    assert_eq!(host.mux.data(1), b"AT\r\r\nOK\r\n");
    host.wire(&message(0x63, &[]));
    assert_eq!(host.say(2, b"AT\r"), "");
    host.wire(&message(0xA3, &[]));
    assert_eq!(host.mux.data(2), b"AT\r\r\nOK\r\n");
}

/// A server that does not read: the module asks the host of that channel to stop, loses nothing, and the other
/// channel goes on.
#[test]
fn a_full_channel_asks_its_host_to_stop() {
    let mut host = Host::multiplexed(",0,5,1000");
    host.open(1);
    host.open(2);
    host.say(1, b"ATE0;+QIACT=1;+QSSLOPEN=1,0,0,\"192.0.2.1\",443,2\r");
    host.world.run_until_idle();
    host.hear();
    host.mux.messages();
    host.world.set_peer_reads(0, false);
    let mut sent = 0;
    let mut stopped = false;
    while !stopped {
        host.wire(&frame(1, UIH, &[b'x'; 1000]));
        sent += 1000;
        stopped = host.mux.messages().iter().any(|said| said[..] == [0xE3, 0x05, 0x07, 0x8F]);
        assert!(sent < 200_000, "never asked to stop");
    }
    assert_eq!(host.say(2, b"AT\r"), "AT\r\r\nOK\r\n");
    host.world.set_peer_reads(0, true);
    host.world.run_until_idle();
    host.hear();
    assert_eq!(host.mux.messages(), [[0xE3, 0x05, 0x07, 0x8D]], "and to go on");
    let received = host.world.peer(0).unwrap().received().len();
    assert_eq!(received, sent);
}

#[test]
fn closing_and_a_plain_port_again() {
    let close_down = message(0xC3, &[]);
    let disconnect = frame(0, DISC, &[]);
    for close in [close_down, disconnect] {
        let mut host = Host::opened(&[1, 2]);
        host.wire(&frame(2, DISC, &[]));
        assert_eq!(host.mux.answers(), [(2, UA)]);
        host.wire(&frame(2, UIH, b"AT\r"));
        assert_eq!(host.mux.answers(), [(2, DM)]);
        host.wire(&close);
        host.world.send(WIRE, b"AT\r");
        assert_eq!(host.world.take_output(WIRE), b"\r\nOK\r\n", "with the settings that the port had");
        host.world.send(WIRE, b"AT+CMUX=0\r");
        assert_eq!(host.world.take_output(WIRE), b"\r\nOK\r\n", "and it can be multiplexed anew");
    }
}

/// What a host types behind the end, without a wait for the answer, is typed at the port.
#[test]
fn typed_behind_the_end() {
    for split in [Split::Whole, Split::Bytes, Split::Random(7)] {
        for close in [message(0xC3, &[]), frame(0, DISC, &[])] {
            let mut host = Host::opened(&[1]);
            host.world.set_split(split.clone());
            host.world.send(WIRE, &[close.as_slice(), b"AT+CMUX?\rAT"].concat());
            host.world.send(WIRE, b"\r");
            let said = host.world.take_output(WIRE);
            assert!(said.ends_with(b",10,2\r\n\r\nOK\r\n\r\nOK\r\n"), "{}", said.escape_ascii());
        }
    }
}

#[test]
fn a_host_that_goes_away_leaves_a_plain_port() {
    let mut host = Host::opened(&[1]);
    host.wire(&frame(1, UIH, b"AT+CSQ"));
    host.world.detach(WIRE);
    host.world.attach(WIRE);
    host.world.take_output(WIRE);
    host.world.send(WIRE, b"AT\r");
    assert_eq!(host.world.take_output(WIRE), b"\r\nOK\r\n");
}

#[test]
fn a_restart_ends_it() {
    let mut host = Host::opened(&[1]);
    host.world.send(WIRE, &frame(1, UIH, b"AT+CFUN=1,1\r"));
    let said = host.world.take_output(WIRE);
    assert!(said.windows(6).any(|part| part == b"\r\nOK\r\n"), "on the channel: {}", said.escape_ascii());
    host.world.send(WIRE, b"AT\r");
    assert!(host.world.take_output(WIRE).ends_with(b"AT\r\r\nOK\r\n"));
}

#[test]
fn garbage_and_half_frames() {
    let mut host = Host::opened(&[1]);
    host.wire(b"AT\r\nAT\r\n\x00\xFF");
    host.wire(&frame(1, UIH, b"AT+CSQ\r")[..7]);
    host.world.run_for(Duration::from_millis(150));
    host.hear();
    assert_eq!(host.say(1, b"AT\r"), "AT\r\r\nOK\r\n");
    let mut damaged = frame(1, UIH, b"AT+CSQ\r");
    damaged[3] ^= 4;
    host.wire(&damaged);
    host.world.run_for(Duration::from_millis(150));
    assert_eq!(host.say(1, b"AT\r"), "AT\r\r\nOK\r\n");
}

/// The pieces in which the wire's bytes come change nothing.
#[test]
fn pieces_change_nothing() {
    let mut results = Vec::new();
    for split in [Split::Whole, Split::Bytes, Split::Random(7)] {
        let mut host = Host::multiplexed("");
        host.world.set_split(split);
        host.open(1);
        host.open(2);
        let all = [
            frame(1, UIH, b"ATI;+CSQ\r"),
            frame(2, UIH, b"AT+QIACT=1\r"),
            message(0x23, b"test"),
            frame(1, DISC, &[]),
        ];
        host.wire(&all.concat());
        results.push((host.mux.data(1), host.mux.data(2), host.mux.messages(), host.mux.answers()));
    }
    assert!(results.iter().all(|result| *result == results[0]), "{results:?}");
}
