//! A world in the course of a script.

use super::Failure;
use super::acts::{Act, PeerAct};
use super::compare::difference;
use super::escape::escape;
use super::parse::{Script, Step};
use crate::world::{Whom, World};
use module::PortId;
use std::collections::BTreeMap;

pub(super) struct Stage<'a> {
    script: &'a Script,
    pub(super) world: World,
    /// How many peers there are.
    peers: usize,
    /// How much of the data of a connection, of which peer and which one, has been compared.
    got: BTreeMap<(usize, usize), usize>,
    /// Events before this one have been asked for.
    events: usize,
}

impl<'a> Stage<'a> {
    /// The world at boot.
    pub(super) fn new(script: &'a Script) -> Stage<'a> {
        let open = |port: &usize| !script.closed.contains(port);
        let open: Vec<PortId> =
            (0..script.setup.ports.len()).filter(open).map(|port| PortId(port as u8)).collect();
        Stage::with_hosts(script, &open)
    }

    /// The world at boot, before any host has opened a port.
    pub(super) fn without_hosts(script: &'a Script) -> Stage<'a> {
        Stage::with_hosts(script, &[])
    }

    fn with_hosts(script: &'a Script, hosts: &[PortId]) -> Stage<'a> {
        let world = World::with_hosts(script.setup.clone(), hosts);
        Stage { script, world, peers: 0, got: BTreeMap::new(), events: 0 }
    }

    /// Everything that the module says on each port since the last call.
    pub(super) fn spoken(&mut self) -> Vec<Vec<u8>> {
        (0..self.script.setup.ports.len()).map(|port| self.world.take_output(PortId(port as u8))).collect()
    }

    /// The module holds all files that the script puts into it.
    pub(super) fn check_files(&self) -> Result<(), Failure> {
        match self.script.setup.files.iter().find(|(name, _)| self.world.module().file(name).is_none()) {
            None => Ok(()),
            Some((name, _)) => Err(Failure::new(format!("the module cannot hold the file `{name}`"))
                .remedy(
                    "UFS takes 280 KiB in all, and names of 1 to 80 bytes without `*` and control characters",
                )
                .at(1)),
        }
    }

    /// The world has come to rest.
    pub(super) fn check_rest(&self, line: usize) -> Result<(), Failure> {
        if self.world.is_restless() {
            return Err(Failure::new("the module and its peers do not come to rest")
                .remedy("look for peers that answer each other without end")
                .at(line));
        }
        Ok(())
    }

    /// Does what a step says about the world, or looks whether what it says is so.
    pub(super) fn act(&mut self, step: &Step) -> Result<(), Failure> {
        let outcome = match &step.act {
            Act::Peer(whom, act) => self.peer(*whom, act),
            act => self.surroundings(act).map_err(Failure::new),
        };
        outcome.map_err(|failure| failure.at(step.line))
    }

    fn surroundings(&mut self, act: &Act) -> Result<(), String> {
        let world = &mut self.world;
        match act {
            Act::Name(name, answer) => world.set_name(name, answer.clone()),
            Act::Serve(placed) => {
                let index = world.serve(placed.address, (placed.make)(), placed.local_port);
                world.set_waits(index, placed.waits);
                self.peers = self.peers.max(index + 1);
            }
            Act::Echo(address, echo) => world.set_echo(*address, echo.clone()),
            Act::Latency(latency) => world.set_latency(*latency),
            Act::Window(bytes) => world.set_window(*bytes),
            Act::Fault(request) => world.fault(request.clone()).map_err(|many| many.to_string())?,
            Act::Operate(order) => world.operate(order.clone()),
            Act::Line(port, name, on) => {
                let lines = world.dce_lines(PortId(*port as u8));
                let is_on = lines.map(|lines| match name.as_str() {
                    "dcd" => lines.dcd,
                    "ri" => lines.ri,
                    "dsr" => lines.dsr,
                    _ => lines.cts,
                });
                if is_on != Some(*on) {
                    return Err(lines.map_or("the module has not moved its lines yet".into(), |l| {
                        let on = |on| if on { "on" } else { "off" };
                        let (dcd, ri, dsr, cts) = (on(l.dcd), on(l.ri), on(l.dsr), on(l.cts));
                        format!("the lines are: dcd {dcd}, ri {ri}, dsr {dsr}, cts {cts}")
                    }));
                }
            }
            Act::Event(text) => {
                let events = &world.events()[self.events..];
                match events.iter().position(|(_, event)| format!("{event:#}").contains(text)) {
                    Some(index) => self.events += index + 1,
                    None => {
                        let events: Vec<String> =
                            events.iter().map(|(_, event)| format!("\n    {event:#}")).collect();
                        return Err(match events.as_slice() {
                            [] => "there is no such event, and no other since the last such line".into(),
                            events => format!("there is no such event; there are{}", events.concat()),
                        });
                    }
                }
            }
            Act::NoEvent(text) => {
                if let Some((_, event)) = world.events().iter().find(|(_, e)| e.to_string().contains(text)) {
                    return Err(format!("there is one: {event}"));
                }
            }
            Act::Stored(name, content) => {
                let stored = world.stored().get(name).cloned().flatten();
                if stored != *content {
                    let stored = stored.map_or("nothing".into(), |bytes| format!("\"{}\"", escape(&bytes)));
                    return Err(format!("what is stored is {stored}"));
                }
            }
            Act::Settings(text) => {
                let kept = world.settings().unwrap_or_default();
                if !kept.contains(text) {
                    let lines: Vec<String> = kept.lines().map(|line| format!("\n    {line}")).collect();
                    return Err(match lines.as_slice() {
                        [] => "the module keeps nothing beside its files".into(),
                        lines => format!("the module keeps{}", lines.concat()),
                    });
                }
            }
            Act::Boot
            | Act::Peer(..)
            | Act::Host(..)
            | Act::Wait(_)
            | Act::Dtr(..)
            | Act::Rts(..)
            | Act::Attach(..)
            | Act::HostReads(..)
            | Act::HostTakes(..) => {}
        }
        Ok(())
    }

    fn peer(&mut self, whom: Whom, act: &PeerAct) -> Result<(), Failure> {
        let (world, n) = (&mut self.world, whom.service);
        if n >= self.peers {
            return Err(Failure::new(format!(
                "there is no peer {} yet; a line `peer KIND ADDRESS:PORT` makes one",
                n + 1
            )));
        }
        let needs_connection = match act {
            PeerAct::Sends(_) | PeerAct::Closes(_) | PeerAct::Cuts | PeerAct::Resets => true,
            PeerAct::Reads(_) => true,
            PeerAct::Got(_) | PeerAct::Saw(_) | PeerAct::Missed(_) => true,
            PeerAct::Accepts | PeerAct::Fails(_) | PeerAct::Calls | PeerAct::Met(_) | PeerAct::Refused(_) => {
                false
            }
        };
        if needs_connection && world.peer(whom).is_none() {
            return Err(Failure::new(match whom.conn {
                None => format!("peer {} has had no connection", n + 1),
                Some(conn) => format!("peer {} has had no connection {}", n + 1, conn + 1),
            }));
        }
        match act {
            PeerAct::Sends(data) => world.with_peer(whom, |peer| peer.send(data)),
            PeerAct::Closes(data) => world.with_peer(whom, |peer| {
                peer.send(data);
                peer.close();
            }),
            PeerAct::Cuts => world.cut(whom),
            PeerAct::Resets => world.reset(whom),
            PeerAct::Reads(reads) => world.set_peer_reads(whom, *reads),
            PeerAct::Accepts | PeerAct::Fails(_) => {
                let failure = if let PeerAct::Fails(failure) = act { Some(failure.clone()) } else { None };
                if !world.answer(whom, failure) {
                    return Err(Failure::new(format!("nobody waits for peer {}", n + 1)));
                }
            }
            PeerAct::Calls => world.call(n),
            PeerAct::Got(expected) => {
                let conn = world.number(whom).unwrap_or_default();
                let received = world.with_peer(whom, |peer| peer.received().to_vec());
                let compared = self.got.insert((n, conn), received.len()).unwrap_or_default();
                let news = received.get(compared..).unwrap_or_default();
                if news != expected {
                    self.got.insert((n, conn), compared);
                    let peer =
                        whom.conn.map_or((n + 1).to_string(), |conn| format!("{}.{}", n + 1, conn + 1));
                    let written = |data: &[u8]| match data {
                        [] => format!("peer {peer} got nothing"),
                        data => format!("peer {peer} got \"{}\"", escape(data)),
                    };
                    let diff = difference(&[written(expected)], &[written(news)]);
                    return Err(Failure { diff, ..Failure::new("it got something else") });
                }
            }
            PeerAct::Saw(fact) | PeerAct::Missed(fact) => {
                let facts = world.with_peer(whom, |peer| peer.facts().to_vec());
                if facts.contains(fact) != matches!(act, PeerAct::Saw(_)) {
                    return Err(Failure::new(format!("it saw: {}", facts.join(", "))));
                }
            }
            PeerAct::Met(count) => {
                let met = world.connections(n);
                if met != *count {
                    return Err(Failure::new(format!("it has had {met} connections")));
                }
            }
            PeerAct::Refused(count) => {
                let refusals = world.refusals(n);
                if refusals != *count {
                    return Err(Failure::new(format!("it was refused {refusals} times")));
                }
            }
        }
        Ok(())
    }
}
