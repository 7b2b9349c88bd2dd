//! Plays a script in a virtual world.

use super::Failure;
use super::escape::{escape, lines};
use super::parse::{Act, Script, Step};
use crate::dte;
use crate::world::{Split, World};
use module::PortId;

/// A world in the course of a script.
struct Stage<'a> {
    script: &'a Script,
    world: World,
    /// Per peer, how much of its data has been compared.
    got: Vec<usize>,
    /// Events before this one have been asked for.
    events: usize,
}

/// Plays everything and compares everything.
pub(super) fn play(script: &Script, split: Split) -> Result<(), Failure> {
    let mut stage = Stage::new(script, split);
    for step in &script.steps {
        stage.act(step)?;
        stage.compare(step)?;
    }
    stage.read_strictly()
}

/// Plays everything and writes down what the module says.
pub(super) fn update(script: &Script, text: &str) -> Result<String, Failure> {
    let mut stage = Stage::new(script, Split::Whole);
    let mut source: Vec<Option<String>> = text.lines().map(|l| Some(l.to_string())).collect();
    for step in &script.steps {
        stage.act(step)?;
        let spoken = stage.spoken();
        if spoken == expected(script, step) {
            continue;
        }
        for expect in &step.expect {
            source[expect.line - 1] = None;
        }
        let mut said = String::new();
        for (port, bytes) in spoken.iter().enumerate() {
            for line in lines(bytes) {
                let name = if port == 0 { "" } else { script.setup.ports[port].name() };
                said.push_str(&format!("\n{name}< {}", escape(line)));
            }
        }
        match step.line {
            0 => {
                let first = source.iter_mut().find(|l| l.as_ref().is_some_and(|l| !is_head(l)));
                if let Some(line) = first.and_then(Option::as_mut) {
                    *line = format!("{}\n{line}", said.trim_start());
                }
            }
            line => {
                if let Some(line) = &mut source[line - 1] {
                    line.push_str(&said);
                }
            }
        }
    }
    stage.read_strictly()?;
    let mut out = source.into_iter().flatten().collect::<Vec<_>>().join("\n");
    out.push('\n');
    Ok(out)
}

/// Lines that come before boot.
fn is_head(line: &str) -> bool {
    line.trim().is_empty() || ["#", "use ", "clock ", "file "].iter().any(|head| line.starts_with(head))
}

fn expected(script: &Script, step: &Step) -> Vec<Vec<u8>> {
    let mut ports = vec![Vec::new(); script.setup.ports.len()];
    for expect in &step.expect {
        ports[expect.port].extend_from_slice(&expect.bytes);
    }
    ports
}

impl<'a> Stage<'a> {
    fn new(script: &'a Script, split: Split) -> Stage<'a> {
        let mut world = World::new(script.setup.clone());
        world.set_split(split);
        Stage { script, world, got: Vec::new(), events: 0 }
    }

    fn act(&mut self, step: &Step) -> Result<(), Failure> {
        let fail = |what: String| Err(Failure { line: step.line, what });
        let (world, first) = (&mut self.world, PortId(0));
        if let Act::PeerSends(n, _)
        | Act::PeerCloses(n)
        | Act::PeerGot(n, _)
        | Act::PeerSaw(n, _)
        | Act::PeerMissed(n, _) = &step.act
            && (*n >= self.got.len() || world.connections(*n) == 0)
        {
            return fail(format!("peer {} has had no connection", n + 1));
        }
        match &step.act {
            Act::Boot => {}
            Act::Name(name, answer) => world.set_name(name, answer.clone()),
            Act::Serve(address, make, local_port) => {
                let index = world.serve(*address, make(), *local_port);
                self.got.resize(self.got.len().max(index + 1), 0);
            }
            Act::Latency(latency) => world.set_latency(*latency),
            Act::Window(bytes) => world.set_window(*bytes),
            Act::Send(port, bytes) => world.send(PortId(*port as u8), bytes),
            Act::Wait(time) => world.run_for(*time),
            Act::PeerSends(n, data) => world.with_peer(*n, |peer| peer.send(data)),
            Act::PeerCloses(n) => world.with_peer(*n, |peer| peer.close()),
            Act::PeerCuts(n) => world.cut(*n),
            Act::PeerResets(n) => world.reset(*n),
            Act::PeerReads(n, reads) => world.set_peer_reads(*n, *reads),
            Act::PeerGot(n, expected) => {
                let received = world.with_peer(*n, |peer| peer.received().to_vec());
                let news = received.get(self.got[*n]..).unwrap_or(&received);
                if news != expected {
                    return fail(format!("it got \"{}\"", escape(news)));
                }
                self.got[*n] = received.len();
            }
            Act::PeerSaw(n, fact) | Act::PeerMissed(n, fact) => {
                let facts = world.with_peer(*n, |peer| peer.facts().to_vec());
                if facts.contains(fact) != matches!(step.act, Act::PeerSaw(..)) {
                    return fail(format!("it saw {facts:?}"));
                }
            }
            Act::PeerMet(n, count) => {
                let met = if *n < self.got.len() { world.connections(*n) } else { 0 };
                if met != *count {
                    return fail(format!("it has had {met} connections"));
                }
            }
            Act::PeerCalls(n) => world.call(*n),
            Act::PeerRefused(n, count) => {
                if world.refusals(*n) != *count {
                    return fail(format!("it was refused {} times", world.refusals(*n)));
                }
            }
            Act::Fault(failure) => world.set_fault(failure.clone()),
            Act::Dtr(on) => world.set_dtr(first, *on),
            Act::Rts(on) => world.set_rts(first, *on),
            Act::Attach(true) => world.attach(first),
            Act::Attach(false) => world.detach(first),
            Act::HostReads(reads) => world.set_host_reads(first, *reads),
            Act::Line(name, on) => {
                let is_on = world.dce_lines(first).map(|lines| match name.as_str() {
                    "dcd" => lines.dcd,
                    "ri" => lines.ri,
                    "dsr" => lines.dsr,
                    _ => lines.cts,
                });
                if is_on != Some(*on) {
                    return fail(format!("the lines are {:?}", world.dce_lines(first)));
                }
            }
            Act::Event(text) => {
                let events: Vec<String> =
                    world.events()[self.events..].iter().map(|(_, e)| format!("{e:#}")).collect();
                match events.iter().position(|e| e.contains(text)) {
                    Some(index) => self.events += index + 1,
                    None => return fail(format!("the events are\n    {}", events.join("\n    "))),
                }
            }
            Act::Stored(name, content) => {
                let stored = world.stored().get(name).cloned().flatten();
                if stored != *content {
                    return fail(format!("it is {:?}", stored.map(|bytes| escape(&bytes))));
                }
            }
            Act::Operate(order) => world.operate(order.clone()),
            Act::Settings(text) => {
                let kept = world.settings().unwrap_or_default();
                if !kept.contains(text) {
                    return fail(format!("it keeps\n{kept}"));
                }
            }
            Act::NoEvent(text) => {
                if let Some((_, event)) = world.events().iter().find(|(_, e)| e.to_string().contains(text)) {
                    return fail(format!("there is one: {event}"));
                }
            }
        }
        // A new connection of a peer starts with nothing received.
        for (n, got) in self.got.iter_mut().enumerate() {
            *got = (*got).min(world_received(&self.world, n));
        }
        Ok(())
    }

    fn spoken(&mut self) -> Vec<Vec<u8>> {
        (0..self.script.setup.ports.len()).map(|port| self.world.take_output(PortId(port as u8))).collect()
    }

    fn compare(&mut self, step: &Step) -> Result<(), Failure> {
        let expected = expected(self.script, step);
        let spoken = self.spoken();
        for (port, (expected, spoken)) in expected.iter().zip(&spoken).enumerate() {
            if expected == spoken {
                continue;
            }
            let at = expected.iter().zip(spoken).take_while(|(a, b)| a == b).count();
            let before = |line: &&super::parse::Expect| line.port == port;
            let mut offset = 0;
            let line = step.expect.iter().filter(before).find(|line| {
                offset += line.bytes.len();
                offset > at
            });
            let show =
                |bytes: &[u8]| lines(bytes).map(|l| format!("\n    < {}", escape(l))).collect::<String>();
            return Err(Failure {
                line: line.or(step.expect.last()).map_or(step.line, |line| line.line),
                what: format!(
                    "{} says something else\n  expected:{}\n  said:{}",
                    self.script.setup.ports[port].name(),
                    show(expected),
                    show(spoken)
                ),
            });
        }
        Ok(())
    }

    fn read_strictly(&self) -> Result<(), Failure> {
        for (index, port) in self.script.setup.ports.iter().enumerate() {
            dte::read(self.world.log(PortId(index as u8))).map_err(|complaint| Failure {
                line: self.script.steps.last().map_or(0, |step| step.line),
                what: format!("a strict host at {} could not read this: {complaint}", port.name()),
            })?;
        }
        Ok(())
    }
}

fn world_received(world: &World, peer: usize) -> usize {
    world.peer(peer).map_or(0, |peer| peer.received().len())
}
