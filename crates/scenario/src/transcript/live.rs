//! A scenario in real time, with a driver as the host.
//!
//! The `>` lines are what the driver is to send, in order; the rest is played around it, by a module in its virtual
//! network ([`Live::with_module`]) or by the recording itself ([`Live::from_tape`]). Sans-IO: whoever runs it brings the
//! time and the bytes, and tests bring virtual ones.
//!
//! What the driver sends waits here until the scenario has come to a `>` line, so that a fast driver changes nothing. What
//! has to be so (`peer got`, `event`, a peer's connection) is waited for; everything that is waited for is given up after
//! some patience.

mod host;

use super::acts::Act;
use super::compare::{Difference, Verdict, What, as_lines, as_written, compare, difference, what_differs};
use super::parse::{Script, Step};
use super::play::prefix;
use super::stage::Stage;
use super::{Failure, Scenario};
use at::time::Instant;
use core::time::Duration;
use host::{Host, Progress};
use module::{DceLines, DteLines, Event, PortId};
use std::collections::VecDeque;

/// Something that the driver has done.
#[derive(Clone, Copy, Debug)]
pub enum Deed<'a> {
    /// It has opened the port.
    Opens,
    /// It has closed the port.
    Closes,
    /// It has moved its modem lines.
    Moves(DteLines),
    /// It has sent this.
    Sends(&'a [u8]),
}

/// How a scenario is played with a driver.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How long anything is waited for.
    pub patience: Duration,
    /// Time does not pass where the recording says so.
    pub fast: bool,
}

/// A scenario in the course of being played with a driver.
pub struct Live<'a> {
    script: &'a Script,
    /// Nothing when the recording itself plays the module.
    stage: Option<Stage<'a>>,
    hosts: Vec<Host>,
    pace: Pace,
    now: Instant,
    /// The present step, whether it has happened, and since when it is the present one.
    at: usize,
    happened: bool,
    since: Instant,
    /// What was said last, for the reader of a difference.
    recent: VecDeque<String>,
    verdict: Option<Result<(), Failure>>,
}

/// Lines of the dialogue that are shown before a difference.
const RECENT: usize = 6;

impl<'a> Live<'a> {
    /// With a module that lives in the network of the scenario.
    ///
    /// # Errors
    /// The module cannot hold the files that the scenario puts into it.
    pub fn with_module(scenario: &'a Scenario, pace: Pace) -> Result<Live<'a>, Failure> {
        let stage = Stage::without_hosts(&scenario.script);
        stage.check_files()?;
        Ok(Live::new(&scenario.script, Some(stage), pace))
    }

    /// With what the file has behind `<` instead of a module.
    pub fn from_tape(scenario: &'a Scenario, pace: Pace) -> Live<'a> {
        Live::new(&scenario.script, None, pace)
    }

    fn new(script: &'a Script, stage: Option<Stage<'a>>, pace: Pace) -> Live<'a> {
        let hosts = (0..script.setup.ports.len()).map(|_| Host::default()).collect();
        Live {
            script,
            stage,
            hosts,
            pace,
            now: Instant::ZERO,
            at: 0,
            happened: false,
            since: Instant::ZERO,
            recent: VecDeque::new(),
            verdict: None,
        }
    }

    /// The driver has done something at a port.
    pub fn hear(&mut self, now: Instant, port: usize, deed: Deed<'_>) {
        if let Some(host) = self.hosts.get_mut(port) {
            host.push(now, deed);
        }
        self.tick(now);
    }

    /// How many bytes of the driver may come now.
    pub fn room(&self, port: usize) -> usize {
        self.hosts.get(port).map_or(0, Host::room)
    }

    /// What the driver has to be given.
    pub fn tx(&self, port: usize) -> &[u8] {
        self.hosts.get(port).map_or(&[], |host| &host.out)
    }

    /// The driver has been given so much of it.
    pub fn tx_done(&mut self, now: Instant, port: usize, n: usize) {
        if let Some(host) = self.hosts.get_mut(port) {
            host.out.drain(..n.min(host.out.len()));
        }
        self.tick(now);
    }

    /// The modem lines of the module, once it has moved them.
    pub fn lines(&self, port: usize) -> Option<DceLines> {
        self.stage.as_ref().and_then(|stage| stage.world.dce_lines(PortId(port as u8)))
    }

    /// When to call [`Live::tick`] at the latest.
    pub fn deadline(&self) -> Option<Instant> {
        if self.verdict.is_some() {
            return None;
        }
        let world = self.stage.as_ref().and_then(|stage| stage.world.deadline());
        let step = match self.script.steps.get(self.at) {
            Some(Step { act: Act::Boot, .. }) | None => None,
            Some(Step { act: Act::Wait(time), .. }) if !self.happened => Some(self.since + self.time(*time)),
            Some(_) => Some(self.since + self.pace.patience),
        };
        let hosts = self.hosts.iter().filter_map(Host::deadline);
        world.into_iter().chain(step).chain(hosts).filter(|at| *at > self.now).min()
    }

    /// What came of it, once it is over.
    pub fn verdict(&self) -> Option<&Result<(), Failure>> {
        self.verdict.as_ref()
    }

    /// What has happened inside.
    pub fn events(&self) -> &[(Instant, Event)] {
        self.stage.as_ref().map_or(&[], |stage| stage.world.events())
    }

    /// It is over before its end, and this is where it stands.
    pub fn give_up(&self) -> Failure {
        match self.script.steps.get(self.at) {
            Some(Step { act: Act::Boot, .. }) if !self.happened => {
                Failure::new("it was stopped before a driver had opened the port").at(1)
            }
            step => {
                let line = step.map_or(1, |step| step.line.max(1));
                self.failed(Failure::new("it was stopped here").at(line))
            }
        }
    }

    /// Does everything that is due now.
    pub fn tick(&mut self, now: Instant) {
        self.now = self.now.max(now);
        while self.verdict.is_none() {
            if let Some(stage) = &mut self.stage {
                stage.world.run_to(self.now);
                if stage.check_rest(1).is_err() {
                    self.verdict =
                        Some(stage.check_rest(self.script.steps.get(self.at).map_or(1, |s| s.line)));
                    return;
                }
            }
            self.collect();
            (0..self.hosts.len()).for_each(|port| self.serve(port));
            let Some(step) = self.script.steps.get(self.at) else {
                return self.end();
            };
            match self.step(step) {
                Progress::Done | Progress::Skipped => {
                    (self.at, self.happened, self.since) = (self.at + 1, false, self.now);
                }
                Progress::Waiting(failure) => {
                    let waits_for_ever = matches!(step.act, Act::Boot) && !self.happened;
                    if !waits_for_ever && self.now >= self.since + self.patience(step) {
                        self.verdict = Some(Err(self.failed(failure)));
                    }
                    return;
                }
                Progress::Failed(failure) => self.verdict = Some(Err(self.failed(failure))),
            }
        }
    }

    /// Everything has happened; nothing may be left.
    fn end(&mut self) {
        for (port, host) in self.hosts.iter().enumerate() {
            if !host.heard.is_empty() && !host.loose {
                let found = as_lines(prefix(self.script, port), &host.heard);
                let line = self.script.steps.last().map_or(0, |step| step.line);
                let failure = Failure {
                    diff: difference(&[], &found),
                    ..Failure::new("the module says more than the scenario has")
                };
                self.verdict = Some(Err(failure.at(line)));
                return;
            }
        }
        self.verdict = Some(Ok(()));
    }

    fn time(&self, time: Duration) -> Duration {
        if self.pace.fast { Duration::ZERO } else { time }
    }

    fn patience(&self, step: &Step) -> Duration {
        match step.act {
            Act::Wait(time) => self.time(time) + self.pace.patience,
            _ => self.pace.patience,
        }
    }

    /// Tries to get the present step behind us.
    fn step(&mut self, step: &'a Step) -> Progress {
        if !self.happened {
            match self.act(step) {
                Progress::Done => self.happened = true,
                other => return other,
            }
            self.collect();
        }
        self.listen(step)
    }

    fn act(&mut self, step: &'a Step) -> Progress {
        let waiting = |what: &str| Progress::Waiting(Failure::new(what).at(step.line));
        match &step.act {
            Act::Boot => {
                let open = |(port, host): (usize, &Host)| host.is_open || self.script.closed.contains(&port);
                if self.hosts.iter().enumerate().all(open) {
                    Progress::Done
                } else {
                    waiting("nobody has opened the port")
                }
            }
            Act::Wait(time) => {
                let due = self.now >= self.since + self.time(*time);
                if due || self.is_cut_short(step) { Progress::Done } else { waiting("time is to pass") }
            }
            Act::Host(port, act) => self.host_acts(step.line, *port, act),
            Act::Dtr(port, on) => match self.hosts[*port].has_moved(|lines| lines.dtr, *on) {
                true => Progress::Done,
                false => waiting("the driver has not moved DTR so"),
            },
            Act::Rts(port, on) => match self.hosts[*port].has_moved(|lines| lines.rts, *on) {
                true => Progress::Done,
                false => waiting("the driver has not moved RTS so"),
            },
            Act::Attach(port, open) => match self.hosts[*port].has_opened(*open) {
                true => Progress::Done,
                false if *open => waiting("the driver has not opened the port"),
                false => waiting("the driver has not closed the port"),
            },
            // A driver that does not read shows by nothing but that.
            Act::HostReads(..) | Act::HostTakes(..) => Progress::Done,
            _ => match &mut self.stage {
                None => Progress::Done,
                Some(stage) => stage.act(step).map_or_else(Progress::Waiting, |()| Progress::Done),
            },
        }
    }

    /// A driver ends a time in which nothing else is to happen by what it sends.
    fn is_cut_short(&self, step: &Step) -> bool {
        let next = self.script.steps.get(self.at + 1).map(|next| &next.act);
        let Some(Act::Host(port, _)) = next else { return false };
        step.expect.is_empty() && self.hosts[*port].has_sent()
    }

    /// What the module has to say because of the present step: all of it has come, or not yet, or something else.
    fn listen(&mut self, step: &'a Step) -> Progress {
        if self.stage.is_none() {
            self.recite(step);
            return Progress::Done;
        }
        let mut heard = Vec::new();
        for (port, host) in self.hosts.iter().enumerate() {
            let expects: Vec<_> = step.expect.iter().filter(|expect| expect.port == port).collect();
            let mut wanted: Vec<&What> = expects.iter().map(|expect| &expect.what).collect();
            if wanted.is_empty() {
                continue;
            }
            let failure = |wanted: &[&What], at: usize| {
                let prefix = prefix(self.script, port);
                let wanted: Vec<String> = wanted.iter().flat_map(|what| as_written(prefix, what)).collect();
                let line = expects.get(at).or(expects.last()).map_or(step.line, |expect| expect.line);
                let diff = difference(&wanted, &as_lines(prefix, &host.heard));
                let what = what_differs(self.script.setup.ports[port].name(), &diff, &host.heard);
                Failure { diff, ..Failure::new(what).at(line) }
            };
            let is_loose = usize::from(host.loose);
            wanted.splice(0..0, host.loose.then_some(&What::Anything));
            match compare(&wanted, &host.heard) {
                Verdict::Whole(n) => heard.push((port, n, matches!(wanted.last(), Some(What::Anything)))),
                Verdict::Part => return Progress::Waiting(failure(&wanted, usize::MAX)),
                Verdict::Different(at) => {
                    return Progress::Failed(failure(&wanted, at.saturating_sub(is_loose)));
                }
            }
        }
        for (port, n, loose) in heard {
            let said: Vec<u8> = self.hosts[port].heard.drain(..n).collect();
            self.hosts[port].loose = loose;
            self.remember(as_lines(prefix(self.script, port), &said));
        }
        Progress::Done
    }

    /// Says what the recording has.
    fn recite(&mut self, step: &'a Step) {
        for expect in &step.expect {
            if let What::Bytes(bytes) = &expect.what {
                self.hosts[expect.port].out.extend_from_slice(bytes);
                self.remember(as_lines(prefix(self.script, expect.port), bytes));
            }
        }
    }

    fn remember(&mut self, lines: Vec<String>) {
        self.recent.extend(lines);
        while self.recent.len() > RECENT {
            self.recent.pop_front();
        }
    }

    /// A failure with what was said before it.
    fn failed(&self, mut failure: Failure) -> Failure {
        let before = self.recent.iter().cloned().map(Difference::Both);
        failure.diff.splice(0..0, before);
        failure
    }

    /// Takes what the module says: for the driver, and for the comparison.
    fn collect(&mut self) {
        let Some(stage) = &mut self.stage else { return };
        for (port, host) in self.hosts.iter_mut().enumerate() {
            let said = stage.world.take_output(PortId(port as u8));
            host.say(&said);
            stage.world.limit_host(PortId(port as u8), host.is_full());
        }
    }
}

#[cfg(test)]
mod tests;
