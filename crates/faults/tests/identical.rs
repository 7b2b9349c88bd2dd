//! A module with faults at its border, none of them asked for, beside the bare module: everything that both say, want and
//! wait for is the same, call by call, for the host lines of every dialogue of the module.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test: what breaks here fails it")]

use at::time::Instant;
use modemtwin_faults::Faulty;
use module::{
    Action, AtPort, Channel, ConnId, DnsFailure, DteLines, Input, Module, Names, NetFailure, PortId, Setup,
};
use std::{fmt::Debug, fs, net::SocketAddr, path::Path, time::Duration};

const PORT: Channel = Channel::Port(PortId(0));
/// What one connection sends back before its peer closes it.
const MOST: usize = 3;

/// A bare module and one with a border.
struct Both {
    now: Instant,
    bare: Module,
    faulty: Faulty,
    conns: Vec<(ConnId, usize)>,
    said: usize,
}

fn same<T: Debug + PartialEq>(bare: T, faulty: T) -> T {
    assert_eq!(bare, faulty);
    bare
}

impl Both {
    fn new() -> Both {
        let setup =
            || Setup { ports: vec![AtPort::Uart1, AtPort::UsbAt], narrates: true, ..Setup::default() };
        let (bare, faulty) = (Module::new(setup(), Instant::ZERO), Faulty::new(setup(), Instant::ZERO));
        let mut both = Both { now: Instant::ZERO, bare, faulty, conns: Vec::new(), said: 0 };
        both.handle(Input::PortAttached(PortId(0)));
        both
    }

    fn handle(&mut self, input: Input) {
        self.bare.handle(self.now, input.clone());
        self.faulty.handle(self.now, input);
    }

    fn rx(&mut self, channel: Channel, bytes: &[u8]) {
        let room = same(self.bare.rx_room(channel), self.faulty.rx_room(channel));
        let bytes = &bytes[..room.min(bytes.len())];
        if !bytes.is_empty() {
            self.bare.rx(self.now, channel, bytes);
            self.faulty.rx(self.now, channel, bytes);
        }
    }

    fn take(&mut self, channel: Channel) -> Vec<u8> {
        let said = same(self.bare.tx(channel).to_vec(), self.faulty.tx(channel).to_vec());
        same(self.bare.tx_behind(channel), self.faulty.tx_behind(channel));
        self.bare.tx_done(self.now, channel, said.len());
        self.faulty.tx_done(self.now, channel, said.len());
        said
    }

    /// Until nothing moves: does what both want.
    fn settle(&mut self) {
        loop {
            let said = self.take(PORT).len();
            let (bare, faulty) = (self.bare.poll(), self.faulty.poll());
            same(format!("{bare:?}"), format!("{faulty:?}"));
            self.said += said;
            let moved = bare.is_some() || said > 0 || self.talk();
            if let Some(action) = bare {
                self.act(action);
            }
            if !moved {
                same(self.bare.deadline(), self.faulty.deadline());
                return;
            }
        }
    }

    /// What servers do: they send back what they hear, and some close.
    fn talk(&mut self) -> bool {
        for at in 0..self.conns.len() {
            let (conn, times) = self.conns[at];
            let channel = Channel::Net(conn);
            same(self.bare.tx_to(conn), self.faulty.tx_to(conn));
            let heard = self.take(channel);
            if heard.is_empty() {
                continue;
            }
            self.conns[at].1 += 1;
            if times < MOST {
                self.rx(channel, &heard);
            } else if times == MOST && conn.0.is_multiple_of(2) {
                self.handle(Input::NetEof(conn));
            }
            return true;
        }
        false
    }

    fn act(&mut self, action: Action) {
        let here = "192.0.2.9:1000".parse::<SocketAddr>().unwrap();
        match action {
            Action::Resolve(query, name, ..) => {
                let names = Names { addresses: vec!["192.0.2.1".parse().unwrap()], ttl: 60 };
                let found = if name.starts_with("none") { Err(DnsFailure::NotFound) } else { Ok(names) };
                self.handle(Input::Resolved(query, found));
            }
            Action::Connect(conn, to, _) if to.port().is_multiple_of(5) && to.port() != 80 => {
                self.handle(Input::ConnectFailed(conn, NetFailure::Refused));
            }
            Action::Connect(conn, ..) | Action::Bind(conn, ..) | Action::Listen(conn, _) => {
                self.conns.push((conn, 0));
                self.handle(Input::Connected(conn, here));
            }
            Action::Close(conn, _) | Action::Abort(conn) | Action::Vanish(conn) => {
                self.conns.retain(|(other, _)| *other != conn);
            }
            _ => {}
        }
    }

    fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        for _ in 0..20 {
            let Some(next) = same(self.bare.deadline(), self.faulty.deadline()).filter(|at| *at <= end)
            else {
                break;
            };
            self.now = self.now.max(next);
            self.handle(Input::Tick);
            self.settle();
        }
        self.now = end;
    }
}

#[test]
fn with_no_fault_asked_for_nothing_differs_from_a_module_without_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../module/tests/transcripts");
    let (mut dialogues, mut said) = (0, 0);
    for folder in fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
    {
        for file in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let mut both = Both::new();
            for line in fs::read_to_string(&file).unwrap().lines() {
                match line.split_once(' ') {
                    Some((">", line)) => both.rx(PORT, format!("{line}\r").as_bytes()),
                    Some((">>", data)) => both.rx(PORT, data.as_bytes()),
                    _ if line.starts_with('+') => both.wait(Duration::from_secs(1)),
                    _ => continue,
                }
                both.settle();
            }
            for dtr in [false, true] {
                both.handle(Input::PortLines(PortId(0), DteLines { dtr, rts: true }));
                both.settle();
            }
            both.wait(Duration::from_secs(200));
            assert!(both.faulty.faults().is_empty());
            (dialogues, said) = (dialogues + 1, said + both.said);
        }
    }
    assert!(dialogues > 300 && said > 100_000, "{dialogues} dialogues, {said} bytes");
}
